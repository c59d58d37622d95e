"""A configuration for another batch size: the rule of each schedule, applied to its keys."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from schedcore._checks import fault, positive
from schedcore._config.document_reader import SCALED, locate
from schedcore._config.locations import ConfigError, Fault, Place, parameter_of, shown, written
from schedcore._config.value_types import LENGTH, NUMBER, is_list, several
from schedcore._config.vocabulary import auto_scaling, name_in, new_run
from schedcore._exact import as_number, fraction, shares
from schedcore.scaling import scale_lr

Keys = dict[Any, Any]


class _Scaling(NamedTuple):
    """How one schedule is scaled, and what was changed so far."""

    lr: float
    start: float | None
    """Where warmups start, if that is to be changed."""
    needs_no_warmup: str
    """Why it is begun without a warmup, if it is."""
    changes: list[str]

    def change(self, keys: Keys, key: str, new: Any, place: Place) -> None:
        """Write a new value, and say so if it is another."""
        if keys[key] != new:
            self.changes.append(f"{written(place.at(key).path)}: {keys[key]} -> {new}")
            keys[key] = new


Rule = Callable[[Keys, Place, _Scaling], None]


def scaled(
    config: Mapping[str, Any],
    batch_size: int,
    node_batch_size: int | None = None,
) -> tuple[Keys, list[str]]:
    """What `scale_config` returns."""
    size = positive("scale_config", "batch_size", batch_size)
    if node_batch_size is not None:
        node = positive("scale_config", "node_batch_size", node_batch_size)
        if node > size:
            must = f"be at most the batch size, {batch_size}"
            raise ValueError(fault("scale_config", "node_batch_size", must, node_batch_size))
    try:
        result: Keys = _copy(config)
    except RecursionError:
        raise ConfigError([Fault((), "is nested too deeply")]) from None
    where = locate(result)
    faults: list[Fault] = []
    changes: list[str] = []
    for name in SCALED:
        keys = where.schedules.get(name)
        path = where.path_to(name)
        place = Place(path, new_run(faults, path))
        settings = auto_scaling(keys, place) if isinstance(keys, dict) else None
        if keys is None or settings is None:
            continue
        base, base_size = settings["base_value"], settings["base_lr_batch_size"]
        try:
            lr = scale_lr(base, base_size, batch_size, settings.get("scaling_type", "linear"))
            start = (
                scale_lr(base, base_size, node_batch_size, "linear") if node_batch_size else None
            )
        except (TypeError, ValueError) as error:
            key = parameter_of(error)[0].replace("base_batch", "base_lr_batch")
            place.at("auto_lr_scaling", key).wrong(parameter_of(error)[2])
            continue
        small = f"the batch size, {batch_size}, is not above the base's, {base_size}"
        scaling = _Scaling(lr, start, small if size <= base_size else "", changes)
        _scale(keys, place, scaling)
        keys["auto_lr_scaling"]["auto_scale"] = False
    if faults:
        raise ConfigError(dict.fromkeys(faults))
    return result, changes


def _copy(x: Any) -> Any:
    """Mappings and lists of one's own, to write into."""
    if isinstance(x, Mapping):
        return {key: _copy(value) for key, value in x.items()}
    return [_copy(value) for value in x] if is_list(x) else x


def _scale(keys: object, place: Place, scaling: _Scaling) -> None:
    if not isinstance(keys, dict):
        place.wrong(f"must be a mapping, got {shown(keys)}")
        return
    name = name_in(keys)
    rule = _RULES.get(name) if isinstance(name, str) else None
    if rule is None:
        place.at("name").wrong(
            f"is {name!r}, for which auto_lr_scaling has no rule: it has those for "
            f"{', '.join(_RULES)}; scale_lr computes values for others"
        )
    else:
        rule(keys, place, scaling)


def _first(key: str, other: str = "") -> Rule:
    """The rule that sets a key to the learning rate, and keeps another in proportion to it."""
    names = [key, other] if other else [key]

    def rule(keys: Keys, place: Place, scaling: _Scaling) -> None:
        numbers = [_number(keys, name, place) for name in names]
        found = _in_proportion(numbers, place.at(key), scaling.lr)
        for name, new in zip(names, found, strict=False):
            scaling.change(keys, name, new, place)

    return rule


def _inverse_sqrt(keys: Keys, place: Place, scaling: _Scaling) -> None:
    if keys.get("warmup_interval_length") is None:
        place.wrong(
            "is our own inverse_sqrt, for which auto_lr_scaling has no rule: scale its peak"
        )
    else:
        _first("start_value")(keys, place, scaling)


def _exponential(keys: Keys, place: Place, scaling: _Scaling) -> None:
    ratio = keys.get("decay") is not None
    _first("start_value", "" if ratio else "end_value")(keys, place, scaling)


def _polynomial(keys: Keys, place: Place, scaling: _Scaling) -> None:
    vissl = keys.get("base_value") is not None
    rule = _first("base_value") if vissl else _first("start_value", "end_value")
    rule(keys, place, scaling)


def _values(keys: Keys, place: Place, scaling: _Scaling) -> None:
    numbers = several(NUMBER).read(keys.get("values"), place.at("values"))
    if numbers == ():
        place.at("values").wrong("must hold at least one value, got none")
    if numbers:
        found = _in_proportion(numbers, place.at("values", 0), scaling.lr)
        if found:
            scaling.change(keys, "values", found, place)


def _in_proportion(numbers: Any, place: Place, lr: float) -> list[float]:
    """The numbers, the first of which becomes the learning rate; none if that can not be."""
    if None in numbers:
        return []
    if numbers[0] == 0 and any(numbers):
        place.wrong("is 0, so the others have no proportion to it that could be kept")
        return []
    if max(numbers) > numbers[0]:
        place.wrong(
            f"is {numbers[0]!r}, and {max(numbers)!r} comes later, but the rule takes the first "
            "for the highest: write the scaled values"
        )
        return []
    first = fraction("", "", numbers[0] or 1.0)
    try:
        return [
            lr,
            *(float(fraction("", "", lr) * fraction("", "", x) / first) for x in numbers[1:]),
        ]
    except OverflowError:
        place.wrong(f"is {numbers[0]!r}: the others in proportion are too large at {lr!r}")
        return []


def _number(keys: Keys, key: str, place: Place) -> float | None:
    if keys.get(key) is None:
        place.at(key).wrong("is missing")
        return None
    found: float | None = NUMBER.read(keys[key], place.at(key))
    return found


def _linear(keys: Keys, place: Place, scaling: _Scaling) -> None:
    start, end = _number(keys, "start_value", place), _number(keys, "end_value", place)
    if start is None or end is None:
        return
    if start > end:
        place.wrong(
            f"goes down, from {start!r} to {end!r}, so it is no warmup, and the rule for linear "
            f"would end it at {scaling.lr!r}: write a polynomial of power 1"
        )
        return
    if scaling.start is not None:
        start = scaling.start
    if start > scaling.lr:
        place.at("start_value").wrong(
            f"must not be above the end of the warmup, {scaling.lr!r} after scaling, got {start!r}"
        )
        return
    if scaling.start is not None:
        scaling.change(keys, "start_value", start, place)
    scaling.change(keys, "end_value", scaling.lr, place)


def _composite(keys: Keys, place: Place, scaling: _Scaling) -> None:
    parts = keys.get("schedulers")
    if not isinstance(parts, list) or not parts:
        place.at("schedulers").wrong(f"must be a list of schedules, got {shown(parts)}")
        return
    removed = 0
    top = max((x for part in parts for x in _numbers(part)), default=0.0)
    for i, part in enumerate(parts):
        here = place.at("schedulers", i)
        begins = i == removed
        if begins and scaling.needs_no_warmup and _is_warmup(part):
            removed += 1
            scaling.changes.append(
                f"{written(here.path)}: removed, a warmup from {part['start_value']} to "
                f"{part['end_value']}: {scaling.needs_no_warmup}"
            )
        else:
            _refuse_low_constant(part, top, here)
            _scale(part, here, scaling if begins else scaling._replace(needs_no_warmup=""))
    if removed == len(parts):
        place.at("schedulers").wrong(
            f"are warmups alone, of which none remains: {scaling.needs_no_warmup}"
        )
    elif removed:
        _remove(keys, removed, place, scaling)


def _refuse_low_constant(part: object, top: float, place: Place) -> None:
    """Refuse a constant below the top of its composite, which the rule would raise to the top."""
    constant = isinstance(part, dict) and part.get("name") == "constant"
    if constant and max(_numbers(part), default=top) < top:
        place.wrong(
            f"is a constant below {top!r}, and the rule for constant would set it to the scaled "
            "learning rate: write the scaled values"
        )


def _numbers(part: object) -> list[float]:
    """The values in a part's own keys."""
    aside = Place((), new_run())
    keys = part if isinstance(part, dict) else {}
    given = [keys.get(key) for key in ("value", "start_value", "end_value", "base_value")]
    listed = keys.get("values")
    given += listed if isinstance(listed, list) else []
    found = [NUMBER.read(x, aside) for x in given if x is not None]
    return [x for x in found if x is not None]


def _is_warmup(part: object) -> bool:
    if not isinstance(part, dict) or part.get("name") != "linear":
        return False
    aside = Place((), new_run())
    start, end = _number(part, "start_value", aside), _number(part, "end_value", aside)
    return start is not None and end is not None and start <= end


def _remove(keys: Keys, count: int, place: Place, scaling: _Scaling) -> None:
    """Remove the first parts; the other lengths keep their proportions."""
    kept = len(keys["schedulers"]) - count
    scaled = keys.get("interval_scaling")
    if scaled and (not isinstance(scaled, list) or len(scaled) != kept + count):
        place.at("interval_scaling").wrong(f"must be a list of {kept + count}, got {shown(scaled)}")
        return
    del keys["schedulers"][:count]
    if scaled:
        keys["interval_scaling"] = scaled[count:]
    lengths = several(LENGTH).read(keys.get("lengths"), place.at("lengths"))
    if lengths is None:
        return
    try:
        rest = shares("composite", "lengths", lengths)[count:]
    except ValueError as error:
        place.at("lengths").wrong(parameter_of(error)[2])
        return
    whole = sum(rest, Fraction(0))
    if len(rest) != kept or whole <= 0:
        place.at("lengths").wrong(
            f"must leave more than 0 to the {kept} schedules that remain without warmups, "
            f"got {shown(keys['lengths'])}"
        )
        return
    scaling.change(keys, "lengths", [as_number(length / whole) for length in rest], place)


_RULES: dict[str, Rule] = {
    "cosine": _first("start_value", "end_value"),
    "cosine_warm_restart": _first("start_value", "end_value"),
    "multistep": _values,
    "step": _values,
    "step_with_fixed_gamma": _first("base_value"),
    "linear": _linear,
    "inverse_sqrt": _inverse_sqrt,
    "constant": _first("value"),
    "exponential": _exponential,
    "polynomial": _polynomial,
    "composite": _composite,
}
