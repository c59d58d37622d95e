"""The names of the language, VISSL's and ours, and how a mapping is read by them."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from schedcore._config.locations import Fault, Path, Place, Run, hint, shown
from schedcore._config.schedcore_names import CLASSES, RECIPES
from schedcore._config.signatures import EPOCHS, Form
from schedcore._config.value_types import FLAG, NUMBER, WHOLE, Kind, word
from schedcore._config.vissl_names import VISSL
from schedcore.combinators.hold import MOST_UPDATES
from schedcore.schedule import Schedule

Config = Mapping[Any, Any]

AUTO_SCALING = {
    "auto_scale": FLAG,
    "base_value": NUMBER,
    "base_lr_batch_size": WHOLE,
    "scaling_type": word("linear", "sqrt"),
}
SCALING_NEEDS = ("base_value", "base_lr_batch_size")
# What any schedule may have beside its own keys. A place's epochs are read before the rest.
COMMON: dict[str, Kind | None] = {
    "name": None,
    "update_interval": word("step", "epoch"),
    EPOCHS: WHOLE,
    "num_updates": WHOLE,
    "auto_lr_scaling": None,
}


def _forms() -> dict[str, list[Form]]:
    """The forms of each name; of those that are written alike, VISSL's."""
    found: dict[str, list[Form]] = {}
    for table in (VISSL, CLASSES, RECIPES):
        for name, form in table.items():
            known = found.setdefault(name, [])
            if not any(form.keys.keys() <= other.keys.keys() for other in known):
                known.append(form)
    return found


NAMES = _forms()
# VISSL's defaults put keys of one schedule beside those of another, so they may stand anywhere.
ANYWHERE = frozenset((*COMMON, *(key for form in VISSL.values() for key in form.keys)))


def new_run(faults: list[Fault] | None = None, root: Path = (), **more: Any) -> Run:
    """A run of this language; without a list for its faults, nobody will ask for them."""
    return Run([] if faults is None else faults, read_schedule, read_shape, root, **more)


def name_in(keys: Config) -> Any:
    """The name in a mapping; what has `schedulers` and no name is a composite."""
    name = keys.get("name")
    return "composite" if name is None and keys.get("schedulers") else name


def read_schedule(x: object, place: Place) -> Schedule | None:
    """The schedule that a mapping describes; None, and faults noted, if it describes none."""
    keys = _mapping(x, place)
    if keys is None:
        return None
    before = len(place.run.faults)
    place = with_epochs(keys, place)
    _read_interval(keys, place)
    _read_scaling(keys, place)
    form = _form(keys, place)
    arguments = form.arguments(keys, place) if form else None
    if form is None or arguments is None or len(place.run.faults) > before:
        return None
    schedule: Schedule | None = form.built(arguments, place)
    return schedule


def _mapping(x: object, place: Place) -> Config | None:
    if isinstance(x, Mapping):
        return x
    place.wrong(f"must be a mapping, got {shown(x)}")
    return None


def with_epochs(keys: Config, place: Place) -> Place:
    """A place with the epochs that its mapping gives, else with those from further out."""
    if keys.get(EPOCHS) is None or place.run.epochs is not None:
        return place
    epochs = WHOLE.read(keys[EPOCHS], place.at(EPOCHS))
    if epochs is not None and not 1 <= epochs <= MOST_UPDATES:
        place.at(EPOCHS).wrong(f"must be from 1 to {MOST_UPDATES}, got {epochs}")
    return place._replace(epochs=epochs or 1)  # what is wrong is noted, and missing it is not


def _read_interval(keys: Config, place: Place) -> None:
    interval, allowed = keys.get("update_interval"), COMMON["update_interval"]
    place = place.at("update_interval")
    if interval is None or allowed is None or allowed.read(interval, place) is None:
        return
    if interval != place.run.interval:
        place.wrong(
            f"is {interval!r}, but the whole schedule has one interval, {place.run.interval!r}"
        )


def _read_scaling(keys: Config, place: Place) -> None:
    if auto_scaling(keys, place) is None:
        return
    root = place.path == place.run.root
    what = place.run.unscaled if root else "is true, but only the outermost schedule is scaled"
    if what:
        place.at("auto_lr_scaling", "auto_scale").wrong(what)


def auto_scaling(keys: Config, place: Place) -> dict[str, Any] | None:
    """The settings under `auto_lr_scaling`, if they ask for scaling."""
    if keys.get("auto_lr_scaling") is None:
        return None
    place = place.at("auto_lr_scaling")
    settings = _mapping(keys["auto_lr_scaling"], place)
    if settings is None:
        return None
    before = len(place.run.faults)
    unknown = _unknown(settings, AUTO_SCALING, "auto_lr_scaling", AUTO_SCALING, place)
    found = {
        key: kind.read(settings[key], place.at(key))
        for key, kind in AUTO_SCALING.items()
        if settings.get(key) is not None
    }
    if not found.get("auto_scale"):
        return None
    needs = f"auto_scale needs {' and '.join(SCALING_NEEDS)}"
    _missing(SCALING_NEEDS, settings, unknown, needs, place)
    return found if len(place.run.faults) == before else None


def _form(keys: Config, place: Place) -> Form | None:
    """The form that a mapping is written in, if its name is known."""
    name = name_in(keys)
    if name is None:
        place.at("name").wrong("is missing: it says which schedule this is, such as 'cosine'")
        return None
    if not isinstance(name, str) or name not in NAMES:
        place.at("name").wrong(f"unknown schedule {shown(name)}; {hint(name, NAMES)}")
        return None
    form = max(NAMES[name], key=partial(_fit, keys))
    known = [*dict.fromkeys(key for form in NAMES[name] for key in form.keys), *COMMON]
    unknown = _unknown(keys, {*known, *ANYWHERE}, name, known, place)
    needs = ", or ".join(" and ".join(form.required) for form in NAMES[name])
    _missing(form.required, keys, unknown, f"{name} needs {needs}", place)
    return form


def _fit(keys: Config, form: Form) -> tuple[bool, int]:
    """How well keys fit a form: whether all that it requires are there, and how many.

    Where all are there, those that may stand anywhere count for nothing.
    """
    there = [key for key in form.required if keys.get(key) is not None]
    complete = len(there) == len(form.required)
    return complete, len([key for key in there if not complete or key not in ANYWHERE])


def _unknown(
    keys: Config, allowed: Iterable[str], owner: str, known: Iterable[str], place: Place
) -> str:
    """Note the keys that are not known; what is said of them, which may name what is missing."""
    said = []
    for key in keys:
        if key not in allowed:
            meant = hint(key, known)
            place.at(str(key)).wrong(f"is not a key of {owner}; {meant}")
            said.append(meant)
    return " ".join(said)


def _missing(required: Iterable[str], keys: Config, unknown: str, needs: str, place: Place) -> None:
    """Note what is missing, but not what was only misspelt."""
    for key in required:
        if keys.get(key) is None and f"did you mean {key!r}?" not in unknown:
            place.at(key).wrong(f"is missing: {needs}")


def read_shape(x: object, place: Place) -> Any:
    """What makes a schedule of a start and an end: a name, or a mapping with more parameters."""
    keys = x if isinstance(x, Mapping) else {"name": x}
    name = keys.get("name")
    if not isinstance(name, str) or name not in SHAPES:
        place.wrong(f"unknown shape {shown(name)}; {hint(name, SHAPES)}")
        return None
    form = CLASSES[name]
    allowed = shape_keys(name)
    unknown = _unknown(keys, {"name", *allowed}, f"the shape {name}", ["name", *allowed], place)
    required = [key for key in form.required if key in allowed]
    before = len(place.run.faults)
    needs = f"the shape {name} needs {' and '.join(required)}"
    _missing(required, keys, unknown, needs, place)
    arguments = form.arguments(keys, place, but=("start", "end"))
    if unknown or arguments is None or len(place.run.faults) > before:
        return None
    if form.built({"start": 1.0, "end": 2.0, **arguments}, place) is None:
        return None
    return partial(form.build, **arguments) if arguments else form.build


SHAPES = [name for name, form in CLASSES.items() if {"start", "end"} <= form.kinds.keys()]


def shape_keys(name: str) -> list[str]:
    """The keys of a shape besides its name."""
    return [key for key in CLASSES[name].keys if key not in ("start_value", "end_value")]
