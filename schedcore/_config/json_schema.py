"""The language as a JSON Schema, from the table that reads it; `python -m` this prints it.

Editors complete and check files by it. It is shipped as `configs/schema.json`.
"""

import json
import sys
from collections.abc import Sequence
from typing import Any

from schedcore._config.optimizer_block import BLOCK
from schedcore._config.schedcore_names import CLASSES
from schedcore._config.signatures import Form
from schedcore._config.value_types import NUMBER, SCHEDULE, or_null
from schedcore._config.vocabulary import (
    ANYWHERE,
    AUTO_SCALING,
    COMMON,
    NAMES,
    SCALING_NEEDS,
    SHAPES,
    shape_keys,
)

Schema = dict[str, Any]

_DECIMAL = r"^\s*[+-]?(\d+(_\d+)*\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
_WRITTEN = {"type": "string", "pattern": _DECIMAL}
_RATIO = {"type": "string", "pattern": r"^\s*[-+]?\d+/\d+\s*$"}
_PERCENT = {"type": "string", "pattern": r"^\s*[-+]?\d+(\.\d*)?%\s*$"}


def json_schema() -> Schema:
    """The JSON Schema of a configuration: a schedule, or a block with schedules."""
    block = {"$ref": "#/$defs/block"}
    outer = {"required": ["OPTIMIZER"], "properties": {"OPTIMIZER": block}}
    alone: Schema = {"if": {"required": ["param_schedulers"]}, "then": block}
    alone["else"] = SCHEDULE.schema
    inner = {"if": {"required": ["OPTIMIZER"]}, "then": outer, "else": alone}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A schedcore configuration",
        "type": "object",
        "if": {"required": ["config"]},
        "then": {"properties": {"config": inner}},
        "else": inner,
        "$defs": {
            "number": {"anyOf": [{"type": "number"}, _WRITTEN]},
            "whole": {"anyOf": [{"type": "integer"}, _WRITTEN]},
            "length": {"anyOf": [{"type": "number"}, _WRITTEN, _RATIO, _PERCENT]},
            "operand": {"anyOf": [NUMBER.schema, SCHEDULE.schema]},
            "shape": _shape(),
            "schedule": _schedule(),
            "block": _block(),
            **{f"schedule {name}": _named(forms) for name, forms in NAMES.items()},
        },
    }


def _block() -> Schema:
    schedules = {
        "type": "object",
        "properties": {"lr": SCHEDULE.schema},
        "additionalProperties": SCHEDULE.schema,
        "required": ["lr"],
    }
    return {
        "type": "object",
        "properties": {
            **{key: or_null(kind.schema) for key, kind in BLOCK.items()},
            "param_schedulers": schedules,
        },
        "required": ["param_schedulers"],
    }


def _schedule() -> Schema:
    settings = {
        "type": "object",
        "properties": {key: kind.schema for key, kind in AUTO_SCALING.items()},
        "additionalProperties": False,
        "if": {"properties": {"auto_scale": {"const": True}}, "required": ["auto_scale"]},
        "then": {"required": [*SCALING_NEEDS]},
    }
    common = {key: or_null(kind.schema) for key, kind in COMMON.items() if kind is not None}
    composite = {"if": {"not": {"required": ["name"]}}, "then": _case("composite")["then"]}
    return {
        "type": "object",
        "properties": {
            "name": {"enum": list(NAMES)},
            **common,
            "auto_lr_scaling": or_null(settings),
        },
        "anyOf": [{"required": ["name"]}, {"required": ["schedulers"]}],
        "allOf": [*map(_case, NAMES), composite],
    }


def _case(name: str) -> Schema:
    return {
        "if": {"required": ["name"], "properties": {"name": {"const": name}}},
        "then": {"$ref": f"#/$defs/schedule {name}"},
    }


def _named(forms: Sequence[Form]) -> Schema:
    """A schedule of one name: the keys of its forms, besides those that may stand anywhere."""
    keys = {
        key: kind.schema if key in form.required else or_null(kind.schema)
        for form in forms
        for key, kind in form.keys.items()
    }
    needed = [{"required": form.required} for form in forms]
    return {
        "properties": keys,
        "propertyNames": {"enum": sorted({*keys, *ANYWHERE})},
        **(needed[0] if len(needed) == 1 else {"anyOf": needed}),
    }


def _shape() -> Schema:
    """The name of a shape, or a mapping with its other parameters."""
    alone = [name for name in SHAPES if not _needed(name)]
    mappings = [
        {
            "type": "object",
            "properties": {
                "name": {"const": name},
                **dict.fromkeys(shape_keys(name), NUMBER.schema),
            },
            "required": ["name", *_needed(name)],
            "additionalProperties": False,
        }
        for name in SHAPES
    ]
    return {"anyOf": [{"enum": alone}, *mappings]}


def _needed(name: str) -> list[str]:
    return [key for key in CLASSES[name].required if key in shape_keys(name)]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(json_schema(), indent=1) + "\n")
