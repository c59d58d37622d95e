"""What may stand under a key: how it is read, and how a JSON Schema describes it.

A reader gives None for what is not of its kind, and notes at the place what is wrong.
"""

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any, NamedTuple, TypeGuard

from schedcore._checks import number
from schedcore._config.locations import Place, hint, parameter_of, shown
from schedcore._exact import fraction


class Kind(NamedTuple):
    """What may stand under a key."""

    read: Callable[[object, Place], Any]
    schema: Mapping[str, Any]


def _number(x: object, place: Place) -> float | None:
    found = x
    if isinstance(x, str):  # as YAML reads 1e-3
        try:
            found = float(x)
        except ValueError:
            found = None
    if isinstance(found, bool) or not isinstance(found, Real):
        place.wrong(f"must be a number, got {shown(x)}")
        return None
    try:
        return number("config", "number", found)
    except ValueError as error:
        place.wrong(parameter_of(error)[2])
        return None


def _whole(x: object, place: Place) -> int | None:
    if not isinstance(x, bool) and isinstance(x, Integral):
        return int(x)
    found = _number(x, place)
    if found is None or found.is_integer():
        return None if found is None else int(found)
    place.wrong(f"must be a whole number, got {shown(x)}")
    return None


def _length(x: object, place: Place) -> Any:
    """A length as it was given, so that errors show it; only a number in a string is read."""
    if isinstance(x, str) and not {"/", "%"} & {*x}:
        return _number(x, place)
    try:
        fraction("config", "length", x)
    except (TypeError, ValueError) as error:
        place.wrong(parameter_of(error)[2])
        return None
    return x


def _flag(x: object, place: Place) -> bool | None:
    if not isinstance(x, bool):
        place.wrong(f"must be true or false, got {shown(x)}")
        return None
    return x


def word(*allowed: str) -> Kind:
    """One of a few words."""

    def read(x: object, place: Place) -> str | None:
        if isinstance(x, str) and x in allowed:
            return x
        place.wrong(f"must be {' or '.join(allowed)}, got {shown(x)}")
        return None

    return Kind(read, {"enum": list(allowed)})


def _text(x: object, place: Place) -> str | None:
    if isinstance(x, str) and x:
        return x
    place.wrong(f"must be a word, got {shown(x)}")
    return None


def keyed(owner: str, **keys: Kind) -> Kind:
    """A mapping with some of these keys; null is as if a key were not there."""

    def read(x: object, place: Place) -> dict[str, Any] | None:
        if not isinstance(x, Mapping):
            place.wrong(f"must be a mapping, got {shown(x)}")
            return None
        for key in x:
            if key not in keys:
                place.at(str(key)).wrong(f"is not a key of {owner}; {hint(key, keys)}")
        given = {key: kind for key, kind in keys.items() if x.get(key) is not None}
        return {key: kind.read(x[key], place.at(key)) for key, kind in given.items()}

    properties = {key: or_null(kind.schema) for key, kind in keys.items()}
    return Kind(read, {"type": "object", "properties": properties, "additionalProperties": False})


def or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What may also be null, which is as if it were not there."""
    return {"anyOf": [schema, {"type": "null"}]}


def is_list(x: object) -> TypeGuard[Sequence[Any]]:
    """Whether something is a list, of whatever class."""
    return isinstance(x, Sequence) and not isinstance(x, str | bytes)


def several(kind: Kind) -> Kind:
    """A list of things of one kind."""

    def read(x: object, place: Place) -> tuple[Any, ...] | None:
        if not is_list(x):
            place.wrong(f"must be a list, got {shown(x)}")
            return None
        found = tuple(kind.read(item, place.at(i)) for i, item in enumerate(x))
        return None if None in found else found

    return Kind(read, {"type": "array", "items": kind.schema})


def _schedule(x: object, place: Place) -> Any:
    return place.run.schedule(x, place)


def _operand(x: object, place: Place) -> Any:
    return _schedule(x, place) if isinstance(x, Mapping) else _number(x, place)


def _shape(x: object, place: Place) -> Any:
    return place.run.shape(x, place)


def _defined(read: Callable[[object, Place], Any], name: str) -> Kind:
    """A kind that the schema describes once, by name."""
    return Kind(read, {"$ref": f"#/$defs/{name}"})


NUMBER = _defined(_number, "number")
WHOLE = _defined(_whole, "whole")
LENGTH = _defined(_length, "length")
SCHEDULE = _defined(_schedule, "schedule")
OPERAND = _defined(_operand, "operand")
SHAPE = _defined(_shape, "shape")
FLAG = Kind(_flag, {"type": "boolean"})
TEXT = Kind(_text, {"type": "string", "minLength": 1})
