"""LARC of sharded models: two and four processes of gloo step as one process does."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

RANK = Path(__file__).parents[1] / "support" / "larc_rank.py"


@pytest.fixture(scope="module", params=[2, 4])
def ranks(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What each of some processes tells of its cases."""
    folder = tmp_path_factory.mktemp("ranks")
    command = [sys.executable, "-W", "error::UserWarning", str(RANK), str(folder)]
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
    processes = [
        subprocess.Popen(
            [*command, str(rank), str(request.param)],
            env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(request.param)
    ]
    try:
        said = [process.communicate(timeout=120)[1] for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert [process.returncode for process in processes] == [0] * request.param, said
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in range(request.param)]


def cases(ranks: Any, name: str) -> list[Any]:
    if len(ranks) == 2 and name in ("hsdp", "placed on a square"):
        pytest.skip("it takes four processes")
    return [done[name] for done in ranks]


@pytest.mark.parametrize(
    ("name", "collectives"),
    [
        ("fsdp2", 1),
        ("fsdp2 with AdamW", 1),
        ("hsdp", 1),
        ("placed", 1),
        ("placed on a square", 2),  # one for each of its dimensions, as some are sharded on both
        ("flat shards", 1),
        ("fsdp1 with original parameters", 1),
    ],
)
def test_shards_are_stepped_as_the_whole(ranks: Any, name: str, collectives: int) -> None:
    for done in cases(ranks, name):
        assert done["apart"] < 1e-12
        assert done["count"] == collectives


def test_gradients_may_be_of_another_dtype_or_none(ranks: Any) -> None:
    for done in cases(ranks, "flat shards, gradients in float32"):
        assert done["apart"] < 1e-6
        assert done["count"] == 1


def test_some_shards_are_empty(ranks: Any) -> None:
    assert any(done["empty"] for done in cases(ranks, "fsdp2"))


@pytest.mark.parametrize("name", ["fsdp1", "fsdp1 with original parameters"])
def test_flat_parameters_need_a_process_group(ranks: Any, name: str) -> None:
    for done in cases(ranks, name):
        assert done["said"].startswith("LARC: FullyShardedDataParallel's parameters are shards")
        assert "give process_group=" in done["said"]


def test_what_is_placed_otherwise_is_refused(ranks: Any) -> None:
    for said in cases(ranks, "refused"):
        assert said == [
            "LARC: DTensors must be sharded or replicated, got one placed (Partial(sum),)",
            "LARC: gradients must be placed as their parameters, (Shard(dim=0),), got one placed (Replicate(),): p.grad.redistribute(placements=p.placements)",
            "LARC: gradients must be placed as their parameters, (Shard(dim=0),), got one placed (Partial(sum),): p.grad.redistribute(placements=p.placements)",
            "LARC: 'process_group' must be None for DTensors, which know how they are sharded, got <process group '0'> and one of shape (4,)",
        ]
