"""A form: the keys that a schedule of some name is written with, and what builds it of them."""

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from schedcore._config.locations import Place, parameter_of
from schedcore._config.value_types import Kind

EPOCHS = "num_epochs"
# Keys for the parameters that VISSL has another word for.
_WORDS = {"start": "start_value", "end": "end_value", "pieces": "schedulers"}


class Form(NamedTuple):
    """What builds a schedule, and the kind of each of its parameters.

    The parameter `num_epochs` has no kind: it is the epochs of the run, which the key `counted`
    speaks of.
    """

    build: Callable[..., Any]
    kinds: Mapping[str, Kind]
    words: Mapping[str, str] = _WORDS
    counted: str = ""

    def key(self, parameter: str) -> str:
        """The key under which a parameter is written."""
        return self.words.get(parameter, _WORDS.get(parameter, parameter))

    @property
    def keys(self) -> dict[str, Kind]:
        """The kind under each key."""
        return {self.key(parameter): kind for parameter, kind in self.kinds.items()}

    @property
    def required(self) -> list[str]:
        """The keys that have to be there."""
        # Of a class, Python 3.10 would show the parameters of `__new__`.
        build: Any = self.build
        own = build.__init__ if inspect.isclass(build) else build
        parameters = inspect.signature(own).parameters
        return [self.key(x) for x in self.kinds if parameters[x].default is inspect.Parameter.empty]

    def arguments(
        self, given: Mapping[Any, Any], place: Place, but: Collection[str] = ()
    ) -> dict[str, Any] | None:
        """The arguments that are written in a mapping, by parameter; None if one is wrong."""
        found: dict[str, Any] = {}
        before = len(place.run.faults)
        for parameter, kind in self.kinds.items():
            key = self.key(parameter)
            if given.get(key) is not None and parameter not in but:
                found[parameter] = kind.read(given[key], place.at(key))
        if self.counted:
            found[EPOCHS] = place.at(self.counted).counted_epochs()
        return found if len(place.run.faults) == before else None

    def built(self, arguments: Mapping[str, Any], place: Place) -> Any:
        """What the arguments make; None, and the fault noted where it lies, if they make none."""
        try:
            return self.build(**arguments)
        except (TypeError, ValueError) as error:
            parameter, indices, what = parameter_of(error)
            if parameter not in self.kinds:
                place.wrong(str(error))
                return None
            place.at(self.key(parameter), *indices).wrong(what)
            return None


def form(build: Callable[..., Any], **kinds: Kind) -> Form:
    """What builds a schedule, with the kind of each parameter."""
    return Form(build, kinds)
