"""What commands write: text to a terminal, a pipe or a file in any encoding, files as a whole.

What is written is not known here.
"""

import os
import sys
from typing import TextIO

COLOURS = {"error": 31, "warning": 33, "note": 36}


def write(text: str) -> None:
    """Write to the output, with signs that its encoding lacks as "?"."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


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


def replace(path: str, data: bytes) -> None:
    """Write a file as a whole: whatever fails, one that was there stays as it was."""
    target = os.path.realpath(path)
    part = f"{target}.{os.getpid()}.part"
    try:
        file = open(part, "xb")  # noqa: SIM115, since what is closed is moved
        try:
            with file:
                file.write(data)
            os.replace(part, target)
        except BaseException:
            os.unlink(part)
            raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None
