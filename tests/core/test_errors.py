"""Every complaint, one fault a test, with its whole sentence."""

import math
from functools import partial

import numpy as np
import pytest
from strategies import whole

import schedcore as sc

L = sc.Linear(0.0, 1.0)
SIZE = "be 0 or between 2.2250738585072014e-308 and 1e+150 in size"

VALUES = [
    (lambda: sc.Constant(math.nan), "Constant: 'value' must be finite, got nan"),
    (lambda: sc.Cosine(1.0, math.inf), "Cosine: 'end' must be finite, got inf"),
    (lambda: sc.Linear(10**400, 0.0), f"Linear: 'start' must be finite, got {10**400}"),
    (lambda: sc.Linear(1e151, 0.0), f"Linear: 'start' must {SIZE}, got 1e+151"),
    (lambda: sc.Linear(0.0, 1e-310), f"Linear: 'end' must {SIZE}, got 1e-310"),
    (lambda: sc.Exponential(0.0, 1.0), "Exponential: 'start' must not be 0, got 0.0: it is reached by no ratio (Polynomial and Cosine reach 0)"),
    (lambda: sc.Exponential(1.0, 0.0), "Exponential: 'end' must not be 0, got 0.0: it is reached by no ratio (Polynomial and Cosine reach 0)"),
    (lambda: sc.Exponential(1.0, -1.0), "Exponential: 'start' and 'end' must have one sign, got 1.0 and -1.0"),
    (lambda: sc.Polynomial(1.0, 0.0, 0.0), "Polynomial: 'power' must be above 0, got 0.0"),
    (lambda: sc.Power(1.0, 0.0, -1.0), "Power: 'power' must be above 0, got -1.0"),
    (lambda: sc.InversePower(1.0, 0.0), "InversePower: 'timescale' must be above 0, got 0.0"),
    (lambda: sc.InversePower(1.0, 1.0, 0.0), "InversePower: 'power' must be above 0, got 0.0"),
    (lambda: sc.Rex(1.0, 0.0, 1.0), "Rex: 'beta' must be at least 0 and below 1, got 1.0"),
    (lambda: sc.Rex(1.0, 0.0, -0.1), "Rex: 'beta' must be at least 0 and below 1, got -0.1"),
    (lambda: sc.Saturating(1.0, 0.0, 0.0), "Saturating: 'rate' must be at most 700 in size and not 0 (where the curve would be Linear), got 0.0"),
    (lambda: sc.Saturating(1.0, 0.0, -701), "Saturating: 'rate' must be at most 700 in size and not 0 (where the curve would be Linear), got -701"),
    (lambda: sc.Tanh(1.0, 0.0, 3.0, 3.0), "Tanh: 'lower' and 'upper' must differ, got 3.0 twice"),
    (lambda: sc.Tanh(1.0, 0.0, -151.0), "Tanh: 'lower' must be between -150.0 and 150.0, got -151.0"),
    (lambda: sc.Steps((), ()), "Steps: 'values' must hold at least one value, got none"),
    (lambda: sc.Steps((1.0, 2.0), ()), "Steps: 'boundaries' must be one fewer than 'values', got 0 boundaries for 2 values"),
    (lambda: sc.Steps((1.0, 2.0, 3.0), (0.5, 0.4)), "Steps: 'boundaries' must be in ascending order, got [0.5, 0.4]: boundaries[1] is below boundaries[0]"),
    (lambda: sc.Steps((1.0, 2.0), (30,)), "Steps: 'boundaries[0]' must be between 0 and 1, got 30"),
    (lambda: sc.Steps((1.0, math.nan), (0.5,)), "Steps: 'values[1]' must be finite, got nan"),
    (lambda: sc.Points((), ()), "Points: 'values' must hold at least one value, got none"),
    (lambda: sc.Points((1.0,), ()), "Points: 'positions' must be as many as 'values', got 0 positions for 1 values"),
    (lambda: sc.Join((), ()), "Join: 'pieces' must hold at least one schedule, got none"),
    (lambda: sc.Join((L, L), (1.0,)), "Join: 'lengths' must be as many as 'pieces', got 1 lengths for 2 pieces"),
    (lambda: sc.Join((L, L), (0.5, 0.6)), "Join: 'lengths' must sum to 1, got [0.5, 0.6], which sums to 1.1"),
    (lambda: sc.Join((L, L), (0.5, 0.502)), "Join: 'lengths' must sum to 1, got [0.5, 0.502], which sums to 1.002"),
    (lambda: sc.Hold(L, 10**7 + 1).boundaries, "there are too many boundaries to list: 10000001 in a Hold"),
    (lambda: sc.Join((L, L), (-0.5, 1.5)), "Join: 'lengths[0]' must be at least 0, got -0.5"),
    (lambda: sc.Join((L, L), (math.nan, 1.0)), "Join: 'lengths[0]' must be finite, got nan"),
    (lambda: sc.Join((L, L), ("a third", 1.0)), "Join: 'lengths[0]' must be a number such as '0.1' or '1/3', got 'a third'"),
    (lambda: sc.Join((L, L), ("1/0", 1.0)), "Join: 'lengths[0]' must be a number such as '0.1' or '1/3', got '1/0'"),
    (lambda: sc.Join((L, L, L), (0.5, 0.5005, 0)), "Join: 'lengths' must leave room for the last piece, got [0.5, 0.5005, 0]: the others alone sum to 1.0005"),
    (lambda: sc.Restrict(L, 0.5, 0.5), "Restrict: 'lo' must be below 'hi', got 0.5 and 0.5"),
    (lambda: sc.Restrict(L, 0.0, 1.5), "Restrict: 'hi' must be between 0 and 1, got 1.5"),
    (lambda: sc.Repeat(L, 0), "Repeat: 'times' must be from 1 to 10000, got 0"),
    (lambda: sc.Repeat(L, 10**6), "Repeat: 'times' must be from 1 to 10000, got 1000000"),
    (lambda: sc.Repeat(L, 2, stretch=0), "Repeat: 'stretch' must be above 0, got 0"),
    (lambda: sc.Repeat(L, 2, decay=math.nan), "Repeat: 'decay' must be finite, got nan"),
    (lambda: sc.Repeat(L, 9999, decay=2.0), "Repeat(Linear(start=0.0, end=1.0), times=9999, decay=2.0) could overflow: its last cycle goes beyond 1e+300"),
    (lambda: sc.Repeat(100 * L, 1000, decay=1.995), "Repeat(100.0 * Linear(start=0.0, end=1.0), times=1000, decay=1.995) could overflow: its last cycle goes beyond 1e+300"),
    (lambda: sc.Hold(L, 0), "Hold: 'updates' must be from 1 to 1125899906842624, got 0"),
    (lambda: sc.Warp(L, sc.Linear(0.0, -1.0)), "Warp: 'clock' must stay in [0, 1], but Linear(start=0.0, end=-1.0) comes to -1.0"),
    (lambda: 1 / L, "1.0 / Linear(start=0.0, end=1.0): the divisor must stay away from 0, but all that is known of its values is that they lie between 0.0 and 1.0"),
    (lambda: L / 0, "Linear(start=0.0, end=1.0) / 0.0: the divisor must stay away from 0, but all that is known of its values is that they lie between 0.0 and 0.0"),
    (lambda: L / sc.Custom(math.exp), "Linear(start=0.0, end=1.0) / Custom(math.exp): the divisor must stay away from 0, but all that is known of its values is that they lie between -inf and inf"),
    (lambda: 1e150 * (1e150 * (10 * L)), "1e+150 * (1e+150 * (10.0 * Linear(start=0.0, end=1.0))) could overflow: its values lie between 0.0 and 1e+301"),
    (lambda: L + math.nan, "Sum: 'right' must be finite, got nan"),
    (lambda: sc.clip(L, 1.0, 0.0), "clip: 'lo' must not be above 'hi', got 1.0 and 0.0"),
    (lambda: sc.warmup(L, 1.5), "warmup: 'length' must be between 0 and 1, got 1.5"),
    (lambda: sc.warmup_cosine(0.1, 500), "warmup_cosine: 'warmup' must be between 0 and 1, got 500"),
    (lambda: sc.inverse_sqrt(0.1, 0), "inverse_sqrt: 'warmup' must be above 0, got 0"),
    (lambda: sc.noam(0, 10, 100), "noam: 'model_dim' must be above 0, got 0"),
    (lambda: sc.noam(512, 0, 100), "noam: 'warmup_steps' must be at least 1, got 0"),
    (lambda: sc.wsd(0.1, 0.6, 0.5), "wsd: 'warmup' and 'cooldown' must leave the run at most full, got 0.6 and 0.5, 1.1 together"),
    (lambda: sc.one_cycle(0.1, div=0), "one_cycle: 'div' must be above 0, got 0"),
    (lambda: sc.one_cycle(0.1, 0.6, three_phase=True), "one_cycle: 'warmup' must be at most 0.5 with three phases, got 0.6"),
    (lambda: sc.cosine_restarts(1.0, 0.0, 0), "cosine_restarts: 'interval' must be above 0, got 0"),
    (lambda: sc.cosine_restarts(1.0, 0.0, 0.5, wave="whole"), "cosine_restarts: 'wave' must be one of 'half', 'full', got 'whole'"),
    (lambda: sc.sgdr(1.0, 0.0, 0), "sgdr: 'first' must be above 0, got 0"),
    (lambda: sc.sgdr(1.0, 0.0, 0.1, 0.5), "sgdr: 'stretch' must be at least 1, got 0.5"),
    (lambda: sc.cosine_restarts(1, 0, 1e-5), "cosine_restarts: 'interval' must be so long that at most 10000 fill the run, got 1e-05"),
    (lambda: sc.sgdr(1, 0, 1 / 9999, 1.000001), "sgdr: 'first' must be so long that at most 1004 fill the run, got 0.00010001000100010001"),
    (lambda: sc.step_decay(0.1, 0.1, -1), "step_decay: 'times' must be from 0 to 10000, got -1"),
    (lambda: sc.multistep((1.0, 0.1), (30,), 0), "multistep: 'total' must be above 0, got 0"),
    (lambda: sc.multistep((1.0, 0.1), (100,), 90), "multistep: 'milestones[0]' must be between 0 and 'total', 90, got 100"),
]  # fmt: skip

TYPES = [
    (lambda: sc.Linear("0.1", 0.0), "Linear: 'start' must be a number, got '0.1'"),
    (lambda: sc.Linear(True, 0.0), "Linear: 'start' must be a number, got True"),
    (lambda: sc.Linear(0.0, None), "Linear: 'end' must be a number, got None"),
    (lambda: sc.Rex(1.0, 0.0, "0.5"), "Rex: 'beta' must be a number, got '0.5'"),
    (lambda: sc.Custom(3), "Custom: 'function' must be callable, got 3"),
    (lambda: sc.Join((0.1, L), (0.5, 0.5)), "Join: 'pieces[0]' must be a schedule (Constant(x) makes one of a number), got 0.1"),
    (lambda: sc.Join((L, L), (None, 0.5)), "Join: 'lengths[0]' must be a number, a Fraction or a string like '1/3', got None"),
    (lambda: sc.Join((L, L), (True, 0)), "Join: 'lengths[0]' must be a number, a Fraction or a string like '1/3', got True"),
    (lambda: sc.Join(L, (1,)), "Join: 'pieces' must be a list or a tuple, got Linear(start=0.0, end=1.0)"),
    (lambda: sc.Join((L,), 1), "Join: 'lengths' must be a list or a tuple, got 1"),
    (lambda: sc.Steps("12", (0.5,)), "Steps: 'values' must be a list or a tuple, got '12'"),
    (lambda: sc.Steps((1.0, 2.0), 0.5), "Steps: 'boundaries' must be a list or a tuple, got 0.5"),
    (lambda: sc.Points((1.0, 2.0), 0.5), "Points: 'positions' must be a list or a tuple, got 0.5"),
    (lambda: sc.Restrict(0.1, 0, 1), "Restrict: 'schedule' must be a schedule (Constant(x) makes one of a number), got 0.1"),
    (lambda: sc.Reverse(0.1), "Reverse: 'schedule' must be a schedule (Constant(x) makes one of a number), got 0.1"),
    (lambda: sc.Repeat(L, 2.0), "Repeat: 'times' must be an integer, got 2.0"),
    (lambda: sc.Hold(L, True), "Hold: 'updates' must be an integer, got True"),
    (lambda: sc.one_cycle(0.1, three_phase="False"), "one_cycle: 'three_phase' must be True or False, got 'False'"),
    (lambda: sc.cosine_restarts(0.1, 0.0, 0.5, adaptive=0), "cosine_restarts: 'adaptive' must be True or False, got 0"),
    (lambda: sc.minimum(0.1, 0.2), "minimum: one of the two must be a schedule, got 0.1 and 0.2"),
    (lambda: sc.clip(0.5, 0.1, 0.2), "clip: 'schedule' must be a schedule (Constant(x) makes one of a number), got 0.5"),
    (lambda: sc.cosine_restarts(1.0, 0.0, 0.5, wave=1), "cosine_restarts: 'wave' must be one of 'half', 'full', got 1"),
]  # fmt: skip

WORDS = [
    (partial(sc.Cosine, 1.0), {"eta_min": 0.0}, "Cosine: unknown parameter 'eta_min': did you mean 'end'? It takes (start, end)"),
    (partial(sc.Cosine, 1.0), {"T_max": 100}, "Cosine: unknown parameter 'T_max': a schedule has no length in steps; use schedule.over(total_steps). It takes (start, end)"),
    (partial(sc.Linear), {"start_value": 1.0, "end": 0.0}, "Linear: unknown parameter 'start_value': did you mean 'start'? It takes (start, end)"),
    (partial(sc.Rex, 1.0, 0.0), {"bta": 0.5}, "Rex: unknown parameter 'bta': did you mean 'beta'? It takes (start, end, beta)"),
    (partial(sc.Rex, 1.0, 0.0), {"zzz": 0.5}, "Rex: unknown parameter 'zzz': It takes (start, end, beta)"),
    (partial(sc.Repeat, L), {"num_cycles": 2}, "Repeat: unknown parameter 'num_cycles': did you mean 'times'? It takes (schedule, times, stretch, decay)"),
    (partial(sc.Repeat, L, 2), {"T_mult": 2}, "Repeat: unknown parameter 'T_mult': did you mean 'stretch'? It takes (schedule, times, stretch, decay)"),
    (partial(sc.warmup_cosine, 0.1), {"warmup_steps": 500}, "warmup_cosine: unknown parameter 'warmup_steps': did you mean 'warmup'? It takes (peak, warmup, start, end)"),
    (partial(sc.one_cycle), {"max_lr": 1.0}, "one_cycle: unknown parameter 'max_lr': did you mean 'peak'? It takes (peak, warmup, div, final_div, shape, three_phase)"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "message"), VALUES)
def test_values(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=whole(message)):
        make()  # type: ignore[operator]


@pytest.mark.parametrize(("make", "message"), TYPES)
def test_types(make: object, message: str) -> None:
    with pytest.raises(TypeError, match=whole(message)):
        make()  # type: ignore[operator]


@pytest.mark.parametrize(("make", "given", "message"), WORDS)
def test_words_of_other_libraries_are_understood(
    make: object, given: dict[str, float], message: str
) -> None:
    with pytest.raises(TypeError, match=whole(message)):
        make(**given)  # type: ignore[operator]


def test_what_is_nearly_too_much_is_taken() -> None:
    sc.Linear(1e150, -1e150)
    sc.Join((L, L), (0.5, 0.501))
    sc.Join((L, L), (0.5, 0.499))
    sc.Linear(2.2250738585072014e-308, 0.0)
    sc.Repeat(L, 997, decay=2.0)
    sc.Repeat(sc.Custom(math.exp), 3, decay=2.0)
    assert (2 * sc.Custom(math.exp) - sc.Custom(math.exp))(1.0) == math.e
    assert sc.Linear(np.float32(0.5), np.int8(1)) == sc.Linear(0.5, 1.0)
