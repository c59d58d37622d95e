"""Files that are written whole, or not at all."""

import os


def replace(path: str | os.PathLike[str], data: bytes) -> None:
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
