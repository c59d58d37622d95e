"""Mappings from YAML and JSON files. What they mean is not known here."""

import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any


def read(path: str | PathLike[str]) -> Mapping[str, Any]:
    """The mapping in a file; ValueError if it holds none, OSError if it can not be read."""
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in (".yaml", ".yml", ".json"):
        raise ValueError(f"{path}: must be a .yaml, .yml or .json file")
    data = path.read_bytes()
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
