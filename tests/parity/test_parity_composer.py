"""Composer's multipliers: its formulas restated, since it would bring an older torch.

Lines are those of composer/optim/scheduler.py at git 6405188, and of llmfoundry/optim/scheduler.py;
k is the batch, all lengths are in batches.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from parity import TABLES, assert_same, case_id, run, write

import schedcore as sc


def cosine(u: float, alpha_f: float) -> float:
    return alpha_f + (1 - alpha_f) * 0.5 * (1 + math.cos(math.pi * u))


def lerp(u: float, start: float, end: float) -> float:
    return start + min(max(u, 0.0), 1.0) * (end - start)


def step(k: int, step_size: int, gamma: float) -> float:  # 207-237
    return gamma ** int(k / step_size)


def multistep(k: int, milestones: list[int], gamma: float) -> float:  # 240-273
    return math.prod(gamma for m in milestones if k >= m)


def constant(k: int, alpha: float, t_max: int) -> float:  # 276-307
    return alpha if k < t_max else 1.0


def linear(k: int, n: int, alpha_i: float, alpha_f: float) -> float:  # 310-355
    return lerp(k / n, alpha_i, alpha_f)


def exponential(k: int, gamma: float, decay_period: int) -> float:  # 358-386
    return gamma ** (k / decay_period)


def cosine_annealing(k: int, n: int, alpha_f: float) -> float:  # 389-432
    return cosine(min(1.0, k / n), alpha_f)


def restarts(k: int, t_0: int, t_mult: int, alpha_f: float) -> float:  # 435-490
    length, begin = t_0, 0
    while k >= begin + length:
        begin += length
        length = int(t_mult * length)
    return cosine((k - begin) / length, alpha_f)


def polynomial(k: int, n: int, power: float, alpha_f: float) -> float:  # 493-529
    return alpha_f + (1 - alpha_f) * (1 - min(1.0, k / n)) ** power


def warm(k: int, t_warmup: int, to: float, rest: Callable[[], float]) -> float:  # 594-952
    return k / t_warmup * to if k < t_warmup else rest()


def inverse_square_root(  # llmfoundry 112-176
    k: int, n: int, t_warmup: int, t_scale: int, t_cooldown: int, decay: float, cooldown: float
) -> float:
    def at(j: int) -> float:
        return decay + (1 - decay) / math.sqrt((j + t_scale - t_warmup) / t_scale)

    if k < t_warmup:
        return k / t_warmup
    if k < n - t_cooldown:
        return at(k)
    return lerp((k - n + t_cooldown) / t_cooldown, at(n - t_cooldown), cooldown)


# The row, the formula, and the letters.
Case = tuple[str, Callable[[int], float], dict[str, Any]]


def plain(n: int) -> Iterator[Case]:
    for size, gamma in ((1, 0.99), (max(1, n // 3), 0.1)):
        given: dict[str, Any] = {"step_size": size, "gamma": gamma}
        yield "StepScheduler", lambda k, g=given: step(k, **g), given
    for places in ([n // 3, n // 2], [n - 1], []):
        given = {"milestones": places, "gamma": 0.3}
        yield "MultiStepScheduler", lambda k, g=given: multistep(k, **g), given
    for t_max in (n // 2, n):
        given = {"alpha": 0.3, "t_max": t_max}
        yield "ConstantScheduler", lambda k, g=given: constant(k, **g), given
    given = {"alpha_i": 0.2, "alpha_f": 0.7}
    yield "LinearScheduler", lambda k, g=given: linear(k, n, **g), given
    given = {"gamma": 0.5, "decay_period": 30}
    yield "ExponentialScheduler", lambda k, g=given: exponential(k, **g), given
    for alpha_f in (0.0, 0.1):
        given = {"alpha_f": alpha_f}
        yield "CosineAnnealingScheduler", lambda k, g=given: cosine_annealing(k, n, **g), given
        for t_0, t_mult in ((max(1, n // 7), 1), (max(1, n // 9), 2), (n, 3)):
            given = {"t_0": t_0, "t_mult": t_mult, "alpha_f": alpha_f}
            yield "CosineAnnealingWarmRestarts", lambda k, g=given: restarts(k, **g), given
        for power in (0.5, 2.0):
            given = {"power": power, "alpha_f": alpha_f}
            yield "PolynomialScheduler", lambda k, g=given: polynomial(k, n, **g), given


def warmed_up(n: int, w: int) -> Iterator[Case]:
    given: dict[str, Any] = {"t_warmup": w, "milestones": [n // 2, n - 1], "gamma": 0.3}
    places = given["milestones"]
    main = {"schedule": write("Composer", "MultiStepScheduler", N=n, **given)}
    row = "MultiStepWithWarmupScheduler"
    yield row, lambda k: warm(k, w, 1.0, lambda: multistep(k, places, 0.3)), given | main
    given = {"t_warmup": w, "alpha": 0.7}
    yield "ConstantWithWarmupScheduler", lambda k: warm(k, w, 0.7, lambda: 0.7), given
    left = n - w
    given = {"t_warmup": w, "alpha_i": 0.7, "alpha_f": 0.1}
    row = "LinearWithWarmupScheduler"
    yield row, lambda k: warm(k, w, 0.7, lambda: linear(k - w, left, 0.7, 0.1)), given
    given = {"t_warmup": w, "alpha_f": 0.1}
    row = "CosineAnnealingWithWarmupScheduler"
    yield row, lambda k: warm(k, w, 1.0, lambda: cosine_annealing(k - w, left, 0.1)), given
    given = {"t_warmup": w, "power": 2.0, "alpha_f": 0.1}
    row = "PolynomialWithWarmupScheduler"
    yield row, lambda k: warm(k, w, 1.0, lambda: polynomial(k - w, left, 2.0, 0.1)), given
    down = n // 4
    given = {"t_warmup": w, "t_cooldown": down, "alpha_f_cooldown": 0.01}
    given["main"] = 0.1 + sc.InversePower(1 - 0.1, 5 / (n - down - w))
    row = "InverseSquareRootWithWarmupScheduler"
    yield row, lambda k: inverse_square_root(k, n, w, 5, down, 0.1, 0.01), given


CASES = [(n, *case) for n in (1, 2, 7, 100, 1000) for case in plain(n)] + [
    (n, *case) for n in (7, 100, 1000) for w in (1, n // 3) for case in warmed_up(n, w)
]


@pytest.mark.parametrize(("n", "used", "formula", "given"), CASES, ids=case_id)
def test_same(n: int, used: str, formula: Callable[[int], float], given: dict[str, Any]) -> None:
    assert_same(run("Composer", used, n, N=n, **given), [formula(k) for k in range(n)])


def test_every_row_has_a_case() -> None:
    rows = TABLES["Composer"]
    assert all(sum(row.startswith(used) for row in rows) == 1 for _, used, *_ in CASES)
    assert len({used for _, used, *_ in CASES}) == len(rows) == 14


def test_on_purpose_intervals_are_not_cut_to_whole_steps() -> None:
    # Composer's last interval after 3, 4, 6 of 3 * 1.5**j steps begins at 13; ours at 14.25.
    assert [k for k in range(20) if restarts(k, 3, 1.5, 0.0) == 1.0] == [0, 3, 7, 13]
    assert sc.sgdr(1.0, 0.0, 3 / 20, 1.5).over(20).boundaries == (3, 8, 15)
