"""What is public has a docstring with an example, its parameters, and what it raises."""

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
import textwrap
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

import schedcore
import schedcore_torch
from schedcore import _checks

RAISING = {
    name for name, x in vars(_checks).items()
    if inspect.isfunction(x) and "raise " in inspect.getsource(x)
}  # fmt: skip
"""What refuses a parameter: a call of one of these raises as a `raise` does."""


def public_modules() -> Iterator[ModuleType]:
    """The modules whose names say that they are for users, and that list what is."""
    for package in (schedcore, schedcore_torch):
        found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        for name in [package.__name__, *(info.name for info in found)]:
            if "._" not in name and not name.startswith("schedcore_torch.demo"):
                module = importlib.import_module(name)
                if hasattr(module, "__all__"):
                    yield module


MODULES = list(public_modules())
PUBLIC = {
    f"{module.__name__}.{name}": getattr(module, name)
    for module in MODULES
    for name in module.__all__
}
OBJECTS = {
    name: x
    for name, x in PUBLIC.items()
    if callable(x) and not isinstance(x, schedcore_torch.layers.Rule)
}
METHODS = {
    f"{x.__module__}.{x.__qualname__}.{name}": function
    for x in OBJECTS.values()
    if inspect.isclass(x)
    for cls in x.__mro__
    if cls.__module__.startswith("schedcore")
    for name, found in vars(cls).items()
    if not name.startswith("_")
    for function in [getattr(found, "fget", None) or getattr(found, "__func__", found)]
    if inspect.isfunction(function)
}


def example(doc: str) -> bool:
    """Whether a docstring has an example that prints, or asserts by not failing."""
    return bool(doctest.DocTestParser().get_examples(doc))


def undocumented(function: Any, doc: str) -> list[str]:
    """The parameters that a docstring does not name: as `name`, or at the head of an entry."""
    if inspect.isabstract(function) or function is schedcore.RangeTestInconclusive:
        return []
    parameters = inspect.signature(function).parameters
    if "_" in parameters:  # of a __new__ that only looks at the keywords
        parameters = inspect.signature(function.__init__).parameters
    names = [
        name
        for name, parameter in parameters.items()
        if name not in ("self", "cls") and parameter.kind is not parameter.VAR_KEYWORD
    ]
    pattern = r"^ *(?:\w+, )*{0}(?:, [\w ]+)*:|`{0}\b"
    return [name for name in names if not re.search(pattern.format(name), doc, re.MULTILINE)]


def raises(function: Any) -> bool:
    """Whether a function raises by itself."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    called = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(isinstance(node, ast.Raise) for node in ast.walk(tree)) or any(
        isinstance(name, ast.Name) and name.id in RAISING for name in called
    )


def says_so(doc: str) -> bool:
    return bool(re.search(r"^ *Raises:$|\b\w+Error\b", doc, re.MULTILINE))


def test_all_that_is_public_is_looked_at() -> None:
    names = {module.__name__ for module in MODULES}
    assert {"schedcore", "schedcore.testing", "schedcore_torch", "schedcore_torch.layers"} <= names
    assert {"schedcore.ScheduleLR", "schedcore.warmup_cosine"} & OBJECTS.keys() == {
        "schedcore.warmup_cosine"
    }
    assert "schedcore_torch.scheduler.ScheduleLR.seek" in METHODS
    assert "schedcore.steps.Horizon.samples" in METHODS
    assert len(METHODS) > 40


@pytest.mark.parametrize("name", OBJECTS)
def test_has_an_example_that_runs(name: str) -> None:
    assert example(inspect.getdoc(OBJECTS[name]) or "")


@pytest.mark.parametrize("name", OBJECTS)
def test_names_its_parameters(name: str) -> None:
    assert undocumented(OBJECTS[name], inspect.getdoc(OBJECTS[name]) or "") == []


# They check nothing: records of what was found, and the class that others are made from.
TAKE_ANYTHING = {
    "Finding", "LRSuggestion", "Published", "RangeTestInconclusive", "Recipe", "Schedule", "describe",
}  # fmt: skip


@pytest.mark.parametrize("name", OBJECTS)
def test_says_what_it_raises(name: str) -> None:
    short, doc = name.rsplit(".", 1)[-1], inspect.getdoc(OBJECTS[name]) or ""
    if name.startswith("schedcore.testing."):  # strategies, which hypothesis checks
        return
    if short in TAKE_ANYTHING:
        public = OBJECTS[name]
        check = getattr(public, "__post_init__", None) if inspect.isclass(public) else public
        assert check is None or not raises(check)
    else:
        assert says_so(doc)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_says_what_it_does_takes_and_raises(name: str) -> None:
    doc = inspect.getdoc(METHODS[name]) or ""
    assert doc
    assert undocumented(METHODS[name], doc) == []
    assert says_so(doc) or not raises(METHODS[name])


def test_the_rules_of_layers_are_shown() -> None:
    layers = schedcore_torch.layers
    doc = inspect.getdoc(layers) or ""
    assert says_so(doc)
    for name in layers.__all__:
        assert f">>> {name}(" in doc


def good(first: int, second: int = 0) -> None:
    """Does nothing.

    Parameters:
        first, second: numbers.

    >>> good(1)
    """


def bad(first: int, second: int = 0, third: int = 0) -> int:
    """Says something of `first` and of another second: and > >> bad(1)."""
    return _checks.integer("bad", "third", third, 0)


def test_this_test_sees_what_is_missing() -> None:
    assert undocumented(good, good.__doc__ or "") == []
    assert undocumented(bad, bad.__doc__ or "") == ["second", "third"]
    assert example(good.__doc__ or "")
    assert not example(bad.__doc__ or "")
    assert not raises(good)
    assert raises(schedcore.Horizon.fraction)
    assert raises(schedcore.Horizon.epochs)
    assert not says_so(good.__doc__ or "")
