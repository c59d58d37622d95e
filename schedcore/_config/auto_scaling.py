"""The schedules of a configuration for a batch size: read, scaled, and read again."""

from collections.abc import Mapping
from typing import Any

from schedcore._config.document_reader import read_schedules
from schedcore._config.scaling_rules import scaled
from schedcore.schedule import Schedule


def read_sized(
    config: Mapping[str, Any], num_epochs: int | None, batch_size: int | None
) -> tuple[dict[str, Schedule], list[str]]:
    """All schedules by name, and what scaling to the batch size changed.

    Without a batch size nothing is scaled, and it is a fault to ask for it. ConfigError tells all
    faults at once, of the configuration as it is written first.
    """
    found = read_schedules(config, num_epochs, to_be_scaled=batch_size is not None)
    if batch_size is None:
        return found, []
    rewritten, changes = scaled(config, batch_size)
    return read_schedules(rewritten, num_epochs), changes
