"""Mappings from YAML and JSON files. What they mean is not known here."""

import os
from collections.abc import Mapping
from typing import Any


def read(path: str | os.PathLike[str]) -> Mapping[str, Any]:
    """The mapping in a file; ValueError if it holds none, OSError if it can not be read."""
    path = os.fspath(path)
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in (".yaml", ".yml", ".json"):
        raise ValueError(f"{path}: must be a .yaml, .yml or .json file")
    with open(path, "rb") as file:
        data = file.read()
    try:
        text = data.decode("utf-8")
        found = _json(text) if suffix == ".json" else _yaml(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    if found is None:
        raise ValueError(f"{path}: is empty")
    if not isinstance(found, Mapping):
        raise ValueError(f"{path}: must hold a mapping, not a {type(found).__name__}")
    return found


def _json(text: str) -> object:
    import json  # here, since few programs read a file

    if not text.strip():
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error}") from None


def _yaml(text: str) -> object:
    try:
        import yaml
    except ModuleNotFoundError:
        raise ValueError("reading YAML needs PyYAML: pip install 'schedcore-lr[cli]'") from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"is not YAML: {' '.join(str(error).split())}") from None
