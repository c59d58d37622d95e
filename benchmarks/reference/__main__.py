"""The reference of the API as one page: this writes build/reference.html.

What pdoc makes of the docstrings of all that is public, in sections by purpose. A warning, a name
without a section, or one that is in two, is an error.
"""

import inspect
import sys
import warnings
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import pdoc
from pdoc.doc import Class, Doc, Module

import schedcore
import schedcore.testing
import schedcore_torch
from schedcore import combinators, curves, recipes
from schedcore._atomic_write import replace

HERE = Path(__file__).parent
PAGE = HERE.parent.parent / "build" / "reference.html"
SECTIONS: dict[str, list[str]] = {
    "Schedules": ["Schedule", "StepSchedule", "Horizon"],
    "Curves": curves.__all__,
    "Combinators": combinators.__all__,
    "Recipes": recipes.__all__,
    "Configurations": ["from_config", "to_config", "load", "scale_lr", "scale_config"],
    "Advice": ["recommend", "Recipe", "check", "Finding"],
    "Plateaus": ["Plateau", "PlateauState"],
    "Range tests": ["suggest_lr", "LRSuggestion", "RangeTestInconclusive"],
    "Pictures": ["plot"],
}
INHERITED = {
    "Schedule": ("__call__", "boundaries"),
    "StepSchedule": ("__call__",),
    "Warp": ("boundaries",),
}
"""What a class has from one that is not shown, or what its name hides."""


class Section(NamedTuple):
    """A heading, and what stands under it."""

    heading: str
    members: list[Doc[Any]]
    about: Module | None = None

    @property
    def anchor(self) -> str:
        """What a link to it names."""
        return self.heading.lower().replace(" ", "-")


def sections() -> Iterator[Section]:
    """The page, from top to bottom."""
    core, torch = Module(schedcore), Module(schedcore_torch)
    listed = [name for names in SECTIONS.values() for name in names]
    if sorted(listed) != schedcore.__all__:
        odd = sorted(set(listed) ^ set(schedcore.__all__)) or "some twice"
        raise ValueError(f"the sections are not what is public in schedcore: {odd}")
    for heading, names in SECTIONS.items():
        yield Section(heading, [core.members[name] for name in names])
    names = [name for name in schedcore_torch.__all__ if name != "layers"]
    yield Section("In torch: schedcore_torch", [torch.members[name] for name in names])
    for module in (schedcore_torch.layers, schedcore.testing):
        about = Module(module)
        members = [about.members[name] for name in module.__all__]
        for member in members:
            member.qualname = f"{module.__name__.split('.')[-1]}.{member.name}"
        yield Section(module.__name__, members, about)


def parts_of(found: Class) -> list[Doc[Any]]:
    """The members of a class that are shown with it."""
    own = [part for part in found.own_members if part.docstring and not part.name.startswith("_")]
    return [*(found.members[name] for name in INHERITED.get(found.name, ())), *own]


def signature_of(found: Class) -> str:
    """What a class takes; its docstring says of what kind."""
    if inspect.isabstract(found.obj) or issubclass(found.obj, Exception):
        return ""
    signature = inspect.signature(found.obj)
    if "_" in signature.parameters:  # of a __new__ that only looks at the keywords
        signature = inspect.signature(found.obj.__init__)
    bare = [
        parameter.replace(annotation=parameter.empty)
        for name, parameter in signature.parameters.items()
        if name != "self"
    ]
    return str(inspect.Signature(bare))


def page() -> str:
    """The page as HTML."""
    pdoc.render.configure(
        docformat="google",
        include_undocumented=False,
        search=False,
        show_source=False,
        footer_text=f"schedcore-lr {version('schedcore-lr')}",
        template_directory=HERE,
    )
    pdoc.render.env.globals.update(
        sections=list(sections()), parts_of=parts_of, signature_of=signature_of
    )
    front = Module(schedcore)
    return pdoc.render.html_module(front, {"schedcore": front})


def main() -> None:
    """Write the page."""
    warnings.simplefilter("error")
    text = page()
    PAGE.parent.mkdir(exist_ok=True)
    replace(PAGE, text.encode())
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    main()
