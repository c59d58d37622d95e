"""Arrows point one way, the core stays light, modules stay small."""

import ast
import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import schedcore

# Found, not imported: the adapter needs torch, and this test does not.
ROOTS = [Path(schedcore.__file__).parent]
ROOTS += [Path(str(find_spec("schedcore_torch").origin)).parent]  # type: ignore[union-attr]
MODULES = {
    ".".join(path.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for root in ROOTS
    for path in sorted(root.rglob("*.py"))
}
HEAVY = ("torch", "jax", "yaml", "matplotlib", "plotext", "hypothesis", "difflib", "json")


def imported(name: str) -> set[str]:
    """The modules of ours that a module imports: anywhere in it, for type checkers too."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            module = node.module or ""
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return {module for module in found if module in MODULES and module != name}


def cycle(graph: dict[str, set[str]]) -> list[str]:
    """A path of imports that comes back to where it began; empty if there is none."""
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for other in sorted(graph[name]):
            if found := visit(other, [*path, name]):
                return found
        done.add(name)
        return []

    for name in graph:
        if found := visit(name, []):
            return found
    return []


def test_no_import_comes_back() -> None:
    assert cycle({name: imported(name) for name in MODULES}) == []


def test_this_test_sees_a_cycle() -> None:
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]


def test_the_core_does_not_know_the_adapter() -> None:
    for name in MODULES:
        if name.startswith("schedcore") and not name.startswith("schedcore_torch"):
            assert not [other for other in imported(name) if other.startswith("schedcore_torch")]


def loaded_by(code: str) -> set[str]:
    """Which of the heavy modules a program loads."""
    code += f"\nimport json, sys; print(json.dumps([m for m in {HEAVY!r} if m in loaded]))"
    code = code.replace("\nimport json", "\nimport sys; loaded = set(sys.modules)\nimport json", 1)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_importing_the_core_is_light() -> None:
    code = "import schedcore; schedcore.warmup_cosine(0.1, 0.1).over(10).values()"
    assert loaded_by(code) == set()


USE = """
import numpy as np, schedcore
schedule = schedcore.warmup_cosine(0.1, 0.1)
schedule(np.ones(3, np.float32)), schedule([0.5]), schedule.over(10)(np.arange(3))
try:
    schedule("0.5")
except TypeError as error:
    assert "a torch tensor or a jax array" in str(error)
"""


def test_no_array_library_is_loaded_that_the_caller_has_not() -> None:
    assert loaded_by(USE) & {"torch", "jax"} == set()
    of_torch = loaded_by(USE + "import torch\nschedule(torch.ones(3))")
    assert of_torch & {"torch", "jax"} == {"torch"}
    of_jax = loaded_by(USE + "import jax\nschedule(jax.numpy.ones(3))")
    assert of_jax & {"torch", "jax"} == {"jax"}


def test_only_one_room_knows_array_libraries() -> None:
    for name, path in MODULES.items():
        if name.startswith("schedcore.") and not name.startswith("schedcore._namespaces."):
            assert not re.search(
                r"^\s*(import|from) (torch|jax)\b", path.read_text("utf-8"), re.MULTILINE
            )


def test_this_test_sees_what_is_heavy() -> None:
    assert loaded_by("import schedcore, yaml, difflib") == {"yaml", "difflib"}


def test_the_adapter_says_what_it_needs() -> None:
    code = "import sys; sys.modules['torch'] = None; import schedcore_torch"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: schedcore_torch needs torch: pip install 'schedcore-lr[torch]'"
    )


def test_the_adapter_hides_no_fault_inside_torch() -> None:
    code = (
        "import sys, types\n"
        "class Broken:\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'torch': raise ModuleNotFoundError('no part', name='torch.part')\n"
        "sys.meta_path.insert(0, Broken())\n"
        "import schedcore_torch\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == "ModuleNotFoundError: no part"


@pytest.mark.parametrize("name", MODULES)
def test_modules_are_small_and_say_what_they_are_for(name: str) -> None:
    source = MODULES[name].read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 300
    assert ast.get_docstring(ast.parse(source))


def test_no_module_bears_the_name_of_a_public_function() -> None:
    functions = {name for name in schedcore.__all__ if name.islower()}
    assert functions
    assert not functions & {name.rsplit(".", 1)[-1] for name in MODULES}


def test_py_typed_is_there() -> None:
    assert all((root / "py.typed").exists() for root in ROOTS)
