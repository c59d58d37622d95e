"""What commands write: text to a terminal, a pipe or a file in any encoding.

What is written is not known here.
"""

import errno
import os
import sys
from typing import TextIO

OUTPUT = "standard output"
COLOURS = {"error": 31, "warning": 33, "note": 36}


def write(text: str) -> None:
    """Write to the output, with signs that its encoding lacks as "?"."""
    out = sys.stdout
    if out is None:  # as of a program that was started without one
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), OUTPUT)
    encoding = out.encoding or "utf-8"
    try:
        out.write(text.encode(encoding, "replace").decode(encoding))
        out.flush()
    except OSError as error:  # as of a disk that is full, or whoever has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())  # for what is still to come
        raise OSError(error.errno, error.strerror, OUTPUT) from None


def said(error: Exception) -> str:
    """What an error says, a line for each fault."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def painted(word: str, kind: str) -> str:
    """A word in the colour of its kind, if a terminal shows it that wants colours."""
    return f"\x1b[{COLOURS[kind]}m{word}\x1b[0m" if _colourful(sys.stdout) else word


def _colourful(stream: TextIO) -> bool:
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and stream.isatty()
