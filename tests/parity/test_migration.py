"""schedcore/coming_from.md: every row of it can be copied, and the README's are some of them."""

import ast
import builtins
import re
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from parity import SECTION, TABLES, Table, read_tables, unmentioned, values, write

import schedcore as sc

N = 1000
ALL = [(library, used) for library, table in TABLES.items() for used in table]
EXPRESSIONS = [(library, used) for library, used in ALL if TABLES[library][used][0]]
LIBRARIES = (
    *("torch", "optax", "transformers", "Ignite", "Keras", "fvcore"),
    *("timm", "mmengine", "fastai", "pytorch_optimizer", "Composer", "LLM trainers"),
)

# A value for each letter: a run of 1000 steps with base learning rate 0.1.
LETTERS: dict[str, Any] = {
    "lr": 0.1,
    "N": N,
    "w": 100,
    "m": 100,
    "n": 2,
    "up": 0.3,
    "size": 250,
    "cycles": 4,
    "factor": 0.999,
    "gamma": 0.999,
    "step_size": 300,
    "milestones": [300, 600],
    "start_factor": 0.1,
    "end_factor": 1.0,
    "total_iters": 100,
    "power": 2.0,
    "T_max": N,
    "eta_min": 0.001,
    "T_0": 100,
    "T_mult": 2,
    "swa_lr": 0.01,
    "base_lr": 0.01,
    "max_lr": 0.1,
    "step_size_up": 100,
    "base_momentum": 0.85,
    "max_momentum": 0.95,
    "pct_start": 0.3,
    "div_factor": 25.0,
    "final_div_factor": 1e4,
    "anneal_epochs": 100,
    "lr_lambda": lambda k: 0.5**k,
    "first": sc.Linear(0.0, 1.0),
    "second": sc.Cosine(1.0, 0.0),
    "value": 0.1,
    "values": (0.1, 0.01, 0.001),
    "boundaries": (300, N),
    "init_value": 0.1,
    "end_value": 0.001,
    "transition_steps": 900,
    "transition_begin": 100,
    "decay_rate": 0.5,
    "decay_steps": 250,
    "alpha": 0.1,
    "exponent": 2.0,
    "peak_value": 1.0,
    "pct_final": 0.85,
    "low": 0.001,
    "warmup_steps": 10,
    "num_cycles": 2,
    "wave": sc.Cosine(0.1, 0.0),
    "lr_end": 0.001,
    "timescale": 1e4,
    "min_lr": 0.001,
    "warmup_lr_rate": 0.1,
    "num_decay_steps": 100,
    "min_lr_ratio": 0.01,
    "start_value": 0.1,
    "cycle_size": 250,
    "cycle_mult": 2,
    "warmup_duration": 50,
    "duration": 100,
    "milestones_values": [(0, 0.0), (500, 0.1)],
    "warmup_start_value": 0.0,
    "schedule": sc.Cosine(0.1, 0.0),
    "scheduler_fn": lambda k: k + 1,
    "initial_value": 0.1,
    "lambda_obj": lambda k: 0.5**k,
    "end_learning_rate": 0.001,
    "warmup_target": 1.0,
    "t_mul": 2.0,
    "m_mul": 0.5,
    "decay": 0.1,
    "base_value": 0.1,
    "num_updates": N,
    "num_decays": 3,
    "lengths": (0.1, 0.9),
    "lr_min": 0.001,
    "k_decay": 2.0,
    "warmup_t": 100,
    "warmup_lr_init": 0.01,
    "cycle_decay": 0.5,
    "cycle_mul": 2,
    "cycle_limit": 2,
    "t_initial": 1000 / 3,
    "lb": -7.0,
    "ub": 3.0,
    "main": sc.Cosine(0.1, 0.0),
    "decay_t": 300,
    "restart_weights": (1.0, 0.5),
    "periods": (400, 600),
    "start": 0.1,
    "end": 0.001,
    "pcts": (0.25, 0.75),
    "lr_max": 0.1,
    "div": 25.0,
    "div_final": 1e5,
    "n_cycles": 3,
    "start_lr": 1e-7,
    "end_lr": 10.0,
    "total_steps": N,
    "t_max": N,
    "init_lr": 0.01,
    "first_cycle_max_steps": 250,
    "max_value": 1.0,
    "min_value": 0.5,
    "alpha_i": 1.0,
    "alpha_f": 0.1,
    "decay_period": 100,
    "t_0": 100,
    "t_mult": 2,
    "t_warmup": 100,
    "t_cooldown": 100,
    "alpha_f_cooldown": 0.01,
    "f": 0.1,
    "b": -0.5,
    "stable": 700,
    "cooldown_steps": 200,
    "init_scale": 0.01,
    "final_scale": 0.01,
    "hold": 400,
    "inverse": sc.InversePower(1.0, 0.1),
    "down": sc.Cosine,
    "boundaries_and_scales": {},
    "cosine_kwargs": [
        {
            "init_value": 0.0,
            "peak_value": 0.1,
            "warmup_steps": 10,
            "decay_steps": N,
            "end_value": 0.0,
        }
    ],
}
# The same letter for other things.
OWN = {
    "transformers: warmup_stable_decay(warmup_type)": {"up": partial(sc.Polynomial, power=0.5)},
    "timm: MultiStepLRScheduler(decay_t, decay_rate)": {"decay_t": [300, 600]},
    "Ignite: CosineAnnealingScheduler(start_value_mult, end_value_mult, warmup_duration)": {
        "m": 0.5,
        "size": 300,
    },
    "Keras: PiecewiseConstantDecay(boundaries, values)": {"boundaries": (300, 600)},
}


@pytest.mark.parametrize(("library", "used"), EXPRESSIONS)
def test_an_expression_can_be_evaluated(library: str, used: str) -> None:
    letters = LETTERS | OWN.get(f"{library}: {used}", {})
    written = write(library, used, **letters)
    assert isinstance(written, sc.Schedule | sc.StepSchedule)
    run = values(written, N + 1, N)
    assert np.isfinite(run).all()
    # A piece that is a letter may begin at another value; no schedule is 0 all the way.
    assert run.any()


def free_names(code: str) -> set[str]:
    """The names that an expression takes from outside: not those that it binds itself."""
    tree = ast.parse(code, mode="eval")
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return {node.id for node in names} - bound


@pytest.mark.parametrize(("library", "used"), EXPRESSIONS)
def test_every_letter_is_said(library: str, used: str) -> None:
    """Above the tables, above the library's, or in the rows of its table."""
    code, _ = TABLES[library][used]
    assert code is not None
    letters = free_names(code) - set(sc.__all__) - set(vars(builtins)) - {"np", "partial"}
    before_tables, _, tables = SECTION.partition("\n## ")
    part = next(p for p in tables.split("\n## ") if p.startswith(f"{library}\n"))
    said = before_tables + part
    for row, _ in TABLES[library].values():
        said = said.replace(f"| `{row}` |", "|")
    assert letters <= set(re.findall(r"\w+", said))


def test_a_letter_that_is_not_said_would_be_found() -> None:
    assert free_names("lr * Cosine(1.0, eta_min) + [x for x in y][0]") == {
        *("lr", "Cosine", "eta_min", "y")
    }


@pytest.mark.parametrize(("library", "used"), ALL)
def test_a_row_without_an_expression_says_why(library: str, used: str) -> None:
    code, note = TABLES[library][used]
    assert code or note


def test_what_is_not_a_function_of_progress_is_listed_as_such() -> None:
    listed = {
        used
        for table in TABLES.values()
        for used, (code, note) in table.items()
        if code is None and note.startswith("not a function of progress: ")
    }
    assert listed >= {"ReduceLROnPlateau", "contrib.reduce_on_plateau", "noise_range_t", "greedy"}


def test_the_readme_s_rows_are_some_of_these() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    section = readme.split("\n## If you used another library\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if "`" in line[:40]]
    rows = [row for row in rows if row[0] in TABLES]
    assert {row[0] for row in rows} >= {"torch", "transformers", "timm", "optax", "fvcore"}
    for library, used, code in rows:
        assert TABLES[library][used.strip("`")][0] == code.strip("`")


def test_the_libraries() -> None:
    assert tuple(TABLES) == LIBRARIES


def test_a_row_that_is_missing_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    table: Table = {k: v for k, v in TABLES["torch"].items() if not k.startswith("StepLR")}
    monkeypatch.setitem(TABLES, "torch", table)
    assert unmentioned("torch", ["StepLR", "LinearLR"]) == {"StepLR"}


def test_a_row_twice_would_be_found() -> None:
    row = "| `A` | `Constant(1.0)` | |\n"
    with pytest.raises(AssertionError, match="X has a row twice"):
        read_tables(f"\n## X\n\n{row}{row}")
