"""Recipes that go up and down."""

from collections.abc import Callable
from fractions import Fraction

from schedcore._checks import answering, fault, number, one_of, positive
from schedcore._exact import Length, fraction, share
from schedcore.combinators import Join, Repeat, Restrict
from schedcore.combinators.repeat import MOST_CYCLES
from schedcore.curves import Cosine, Exponential, Points
from schedcore.recipes._shape import Shape
from schedcore.schedule import Schedule


@answering
def one_cycle(
    peak: float,
    warmup: Length = 0.3,
    div: float = 25.0,
    final_div: float = 1e4,
    shape: Shape = Cosine,
    three_phase: bool = False,
) -> Schedule:
    """One cycle: from `peak/div` up to `peak`, and down to `peak/div/final_div`.

    Parameters:
        peak: value at the top.
        warmup: share of the run that the way up takes.
        div: peak over the first value.
        final_div: first value over the last.
        shape: what each way is made with, from its start and end.
        three_phase: come down as fast as up, to the first value, and from there to the last.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    Source: Smith and Topin 2019, "Super-Convergence", arXiv:1708.07120, section 2.

    >>> one_cycle(1.0)([0.0, 0.3, 1.0])
    array([4.e-02, 1.e+00, 4.e-06])
    """
    length = share("one_cycle", "warmup", warmup)
    low = peak / positive("one_cycle", "div", div)
    final = low / positive("one_cycle", "final_div", final_div)
    if not isinstance(three_phase, bool):
        raise TypeError(fault("one_cycle", "three_phase", "be True or False", three_phase))
    if not three_phase:
        return Join((shape(low, peak), shape(peak, final)), (length, 1 - length))
    if 2 * length > 1:
        must = "be at most 0.5 with three phases"
        raise ValueError(fault("one_cycle", "warmup", must, warmup))
    pieces = (shape(low, peak), shape(peak, low), shape(low, final))
    return Join(pieces, (length, length, 1 - 2 * length))


@answering
def cosine_restarts(
    start: float,
    end: float,
    interval: Length,
    wave: str = "half",
    decay: float = 1.0,
    adaptive: bool = False,
) -> Schedule:
    """VISSL's cosine with warm restarts, after every `interval` of the run.

    Parameters:
        start, end: top of the first wave, and bottom of all.
        interval: share of the run that half a wave takes; the last is cut off at 1.
        wave: "half" jumps back up; "full" rises again as it fell.
        decay: factor from one top to the next.
        adaptive: instead, each top lies on the cosine that goes from `start` to `end` without
            restarts. Full waves have their tops an interval late, the first one too, so that
            they do not begin at `start`.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    Source: VISSL's `CosineWarmRestartScheduler`, after Loshchilov and Hutter 2017,
    arXiv:1608.03983.

    >>> cosine_restarts(1.0, 0.0, 0.5, decay=0.5)([0.0, 0.25, 0.5, 0.75, 1.0])
    array([1.  , 0.5 , 0.5 , 0.25, 0.  ])
    """
    half = share("cosine_restarts", "interval", interval)
    if half == 0:
        raise ValueError(fault("cosine_restarts", "interval", "be above 0", interval))
    full = one_of("cosine_restarts", "wave", wave, ("half", "full")) == "full"
    decay = number("cosine_restarts", "decay", decay)
    if not isinstance(adaptive, bool):
        raise TypeError(fault("cosine_restarts", "adaptive", "be True or False", adaptive))
    plain = Cosine(start, end)

    def top(j: int) -> float:
        if not adaptive:
            return start * decay**j
        place = 2 * j * half + (half if j == 0 else 0) if full else j * half
        return plain(float(min(place, Fraction(1))))

    def wave_part(i: int) -> Schedule:
        if not full:
            return Cosine(top(i), end)
        return Cosine(top(i // 2), end) if i % 2 == 0 else Cosine(end, top((i + 1) // 2))

    return _until_full("cosine_restarts", "interval", half, Fraction(1), wave_part)


@answering
def sgdr(start: float, end: float, first: Length, stretch: Length = 1) -> Schedule:
    """Cosines with warm restarts, each `stretch` times as long as the one before.

    Parameters:
        start, end: top and bottom of each cosine.
        first: share of the run that the first takes; the last is cut off at 1.
        stretch: length of a cosine over that of the one before it, at least 1.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    Source: Loshchilov and Hutter 2017, "SGDR", arXiv:1608.03983, equation (5).

    >>> sgdr(1.0, 0.0, first="1/7", stretch=2)(3 / 7)
    1.0
    """
    length = share("sgdr", "first", first)
    if length == 0:
        raise ValueError(fault("sgdr", "first", "be above 0", first))
    factor = fraction("sgdr", "stretch", stretch)
    if factor < 1:
        raise ValueError(fault("sgdr", "stretch", "be at least 1", stretch))
    return _until_full("sgdr", "first", length, factor, lambda i: Cosine(start, end))


def _until_full(
    owner: str, name: str, first: Fraction, stretch: Fraction, part: Callable[[int], Schedule]
) -> Schedule:
    """Parts 0, 1, ... side by side until the run is full, the last of them cut off there.

    `first`, which the caller knows by `name`, is the length of part 0.
    """
    length = first
    pieces: list[Schedule] = []
    lengths: list[Fraction] = []
    rest = Fraction(1)
    while rest > 0:
        # The exact powers of a stretch such as 1.000001 grow by 20 digits a cycle.
        if len(pieces) == MOST_CYCLES or length.denominator.bit_length() > 2 * MOST_CYCLES:
            must = f"be so long that at most {len(pieces)} fill the run"
            raise ValueError(fault(owner, name, must, float(first)))
        piece = part(len(pieces))
        pieces.append(piece if length <= rest else Restrict(piece, 0, rest / length))
        lengths.append(min(length, rest))
        rest -= lengths[-1]
        length *= stretch
    return Join(pieces, lengths)


@answering
def triangular(
    low: float, high: float, cycles: int, rise: Length = 0.5, decay: float = 1.0, fade: float = 1.0
) -> Schedule:
    """Cyclical learning rates: from `low` up to `high` and back, `cycles` times.

    Parameters:
        low, high: bottom and top of the first triangle.
        cycles: how many triangles.
        rise: share of a triangle that goes up.
        decay: factor of the height from one triangle to the next; 0.5 is "triangular2".
        fade: factor of the height from the start to the end of the run, applied continuously;
            gamma**total_steps is "exp_range".

    Raises:
        ValueError, TypeError: for parameters that are not such.

    Source: Smith 2017, "Cyclical Learning Rates for Training Neural Networks", arXiv:1506.01186,
    section 3.

    >>> triangular(0.1, 0.5, cycles=2)([0.0, 0.25, 0.5, 0.75])
    array([0.1, 0.5, 0.1, 0.5])
    """
    triangle = Points((0.0, 1.0, 0.0), (0, share("triangular", "rise", rise), 1))
    waves = (high - low) * Repeat(triangle, cycles, decay=decay)
    return low + (waves if fade == 1 else waves * Exponential(1.0, fade))
