"""jax with and without 64-bit numbers, in any of its versions."""

from collections.abc import Iterator
from contextlib import contextmanager

import jax


@contextmanager
def enable_x64(enabled: bool = True) -> Iterator[None]:
    """64-bit numbers inside the block, or not, and as before after it."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", enabled)
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", before)
