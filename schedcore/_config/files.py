"""Mappings from YAML, TOML and JSON files. What they mean is not known here."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from schedcore._checks import nearest_word
from schedcore._config.locations import ConfigError, Fault, Path, shown

LARGEST = 2**20
_FORMATS = (".yaml", ".yml", ".toml", ".json")

Contents = tuple[object, Mapping[Path, int], list[Fault]]
"""What a file holds, the lines of its places where they are known, and what is wrong."""


@contextmanager
def read(path: str | os.PathLike[str]) -> Iterator[Mapping[str, Any]]:
    """The mapping in a file; a `ConfigError` about it is raised again with the file and the line.

    ValueError if the file holds no mapping, OSError if it can not be read.
    """
    path = os.fspath(path)
    found, lines, faults = _contents(path)
    try:
        yield found
    except ConfigError as error:
        faults.extend(error.faults)
    if faults:
        raise ConfigError(faults, path, lines)


def shipped() -> dict[str, str]:
    """The paths of the recipes that come with the package, by name."""
    folder = files("schedcore") / "configs"
    found = sorted(str(item) for item in folder.iterdir() if item.name.endswith(".yaml"))
    return {os.path.splitext(os.path.basename(path))[0]: path for path in found}


def find(file: str | os.PathLike[str]) -> str:
    """The path of a file, or of a recipe that comes with the package, by its name."""
    file, recipes = os.fspath(file), shipped()
    if file in recipes and not os.path.exists(file):
        return recipes[file]
    if not os.path.splitext(file)[1] and not os.path.exists(file):
        meant = nearest_word(file, recipes)
        hint = f"did you mean {meant!r}?" if meant else f"recipes are {', '.join(recipes)}"
        raise ValueError(f"{file}: is neither a file nor a recipe; {hint}")
    return file


def _contents(path: str) -> tuple[Mapping[str, Any], Mapping[Path, int], list[Fault]]:
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in _FORMATS:
        raise ValueError(f"{path}: must be a {', '.join(_FORMATS[:-1])} or {_FORMATS[-1]} file")
    with open(path, "rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(f"{path}: is larger than {LARGEST} bytes, so it is no configuration")
    try:
        text = data.decode("utf-8-sig")  # some editors begin a file with a byte order mark
        found, lines, faults = _parse(text, suffix) if text.strip() else (None, {}, [])
    except RecursionError:
        raise ValueError(f"{path}: is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    if found is None and not faults:
        raise ValueError(f"{path}: is empty")
    if not isinstance(found, Mapping):
        raise ValueError(f"{path}: must hold a mapping, got {shown(found)}")
    return found, lines, faults


def _parse(text: str, suffix: str) -> Contents:
    if suffix == ".json":
        return _json(text), {}, []
    if suffix == ".toml":
        return _toml(text), {}, []
    try:
        from schedcore._config.yaml_text import parse
    except ModuleNotFoundError as error:
        if error.name != "yaml":
            raise
        raise ValueError("reading YAML needs PyYAML: pip install 'schedcore-lr[cli]'") from None
    return parse(text)


def _json(text: str) -> object:
    import json  # here, since few programs read a file

    try:
        return json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error}") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A mapping whose keys are there once; JSON would take the last of several."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"has the key {key!r} twice in one mapping")
        found[key] = value
    return found


def _toml(text: str) -> object:
    try:
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib
    except ModuleNotFoundError:
        raise ValueError("reading TOML needs tomli: pip install 'schedcore-lr[cli]'") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"is not TOML: {error}") from None
