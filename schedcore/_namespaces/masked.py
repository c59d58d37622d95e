"""Arrays whose values can not be seen: traced, batched, or on a device.

No element can be given to the one formula that it needs, so masks take the place of slices.
Formulas that differ in their numbers alone are evaluated once, with the numbers chosen for each
element: both halves of a cosine, all cycles of a restart, all values of a staircase. Where an
element belongs to a formula of another form, this one is given a progress inside its own piece
instead, so that no gradient meets an infinity. What guards against rounding is left out: it would
make gradients 0 where it acts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from schedcore._formulas.expression import Opaque
from schedcore._formulas.pieces import UNIT, Piece
from schedcore._namespaces.canonical import fitted
from schedcore._namespaces.grid import Clock, Number, progress_clock, step_clock
from schedcore._namespaces.plans import Pieces
from schedcore._namespaces.precision import FLOAT64, Precision
from schedcore._namespaces.visible_pieces import Part, seen_parts
from schedcore.steps import Reading

MASKS = 8
"""Up to so many pieces are told apart by comparisons, more by a binary search."""
LONG = 2**24
"""Integers below it are exact in float32."""


class Library(NamedTuple):
    """An array library, at one precision."""

    precision: Precision
    functions: dict[str, Callable[..., Any]]
    """What the written code calls."""
    table: Callable[[Sequence[Number]], Any]
    """Numbers as an array to look up: floats in the precision, ints as ints."""

    def inner(self, pieces: Pieces) -> Callable[[Any], Any]:
        """A schedule as a function of progress as it is computed with."""
        return traced_function(pieces(UNIT), progress_clock(self.precision), self)


def common(own: dict[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """What the written code calls, of a library's own functions.

    Those are sin, exp, expm1, fmod, where; full(like, number), like's number everywhere;
    index(cuts, t), how many cuts are at or below t; lookup(table, index); real(x), x in the
    precision; array(x, like), what a user's function gave, in the precision and like's shape.
    """
    where, full, real = own["where"], own["full"], own["real"]

    def count(t: Any, first: Number, *choices: Any) -> Any:
        out = full(t, first)
        for mask, x in zip(choices[::2], choices[1::2], strict=True):
            out = where(mask, x, out)
        return out

    def number(t: Any, first: float, *choices: Any) -> Any:
        return count(real(t), first, *choices)

    def unit(x: Any) -> Any:  # with the gradient of what is in [0, 1], the ends included
        return where(x < 0, 0.0, where(x > 1, 1.0, x))

    def apart(distance: Any) -> Any:
        return real(distance != 0)

    def power(x: Any, exponent: Any) -> Any:  # of x >= 0, with a finite gradient at 0
        inside = x > 0
        flat = exponent <= 1
        slope = float(flat) if isinstance(flat, bool) else real(flat)
        return where(inside, where(inside, x, 1.0) ** exponent, x * slope)

    return {"count": count, "number": number, "unit": unit, "apart": apart, "power": power}


def progress_function(
    pieces: Pieces, precision: Precision, library: Library
) -> Callable[[Any], Any]:
    """The schedule as a function of progresses of a precision, clamped to [0, 1]."""
    clock = progress_clock(precision)
    formula = traced_function(pieces(clock.frame), clock, library)
    real, unit, where = (library.functions[name] for name in ("real", "unit", "where"))

    def of_progress(progress: Any) -> Any:
        t = real(progress)
        found = formula(unit(t))
        return where(t == t, found, t)  # NaN gives NaN  # noqa: PLR0124

    return of_progress


def step_function(pieces: Pieces, reading: Reading, library: Library) -> Callable[[Any], Any]:
    """The schedule as a function of steps from 0 to the last that is read apart."""
    clock = step_clock(reading)
    return traced_function(pieces(clock.frame), clock, library)


def traced_function(pieces: list[Piece], clock: Clock, library: Library) -> Callable[[Any], Any]:
    """The schedule as one function of an array of counts between 0 and the last."""
    writer = _Writer(seen_parts(pieces, clock), clock, library)
    source = "\n".join(["def formula(t):", *writer.lines()])
    namespace = dict(writer.names)
    exec(source, namespace)  # noqa: S102 (written here, of formulas and numbers alone)
    written: Callable[[Any], Any] = namespace["formula"]
    return written


class _Writer:
    """Writes the parts as Python over arrays."""

    def __init__(self, parts: list[Part], clock: Clock, library: Library) -> None:
        self._parts = parts
        self._clock = clock
        self._library = library
        self._counts_steps = isinstance(clock.last, int)
        self._few = len(parts) <= MASKS
        self.names = dict(library.functions)

    def lines(self) -> Iterator[str]:
        """The body of a function of `t`."""
        parts = self._parts
        forms: dict[tuple[Any, ...], int] = {}
        owner = [forms.setdefault(part.program.form, len(forms)) for part in parts]
        if self._few:
            for i, part in enumerate(parts[1:], start=1):
                yield f" m{i} = t >= {part.start!r}"
        else:
            cuts = self._table([part.start for part in parts[1:]])
            yield f" i = index({cuts}, t)"
            yield f" owner = lookup({self._table(owner)}, i)"
        for form, g in forms.items():
            members = [n for n, each in enumerate(owner) if each == g]
            if len(forms) > 1:
                yield f" in{g} = {self._inside(g, owner)}"
                inner = self._spread(members, [self._inner(n) for n in members])
                yield f" t{g} = where(in{g}, t, {self._chosen(inner, count=True)})"
            numbers = zip(*[self._fitted(n) for n in members], strict=True)
            spread = [self._spread(members, list(each)) for each in numbers]
            functions = parts[members[0]].program.functions
            yield from self._body(form, functions, spread, f"t{g}" if len(forms) > 1 else "t", g)
            yield f" out = where(in{g}, out{g}, out)" if g else " out = out0"
        yield " return out"

    def _span(self, n: int) -> tuple[Number, Number]:
        """Where part n begins and ends."""
        stop = self._parts[n + 1].start if n + 1 < len(self._parts) else self._clock.last
        return self._parts[n].start, stop

    def _inner(self, n: int) -> Number:
        """A count within part n."""
        start, stop = self._span(n)
        return (start + stop) // 2 if self._counts_steps else (start + stop) / 2

    def _inside(self, g: int, owner: list[int]) -> str:
        if not self._few:
            return f"owner == {g}"
        turns = [i for i in range(1, len(owner)) if (owner[i] == g) != (owner[i - 1] == g)]
        changed = " ^ ".join(f"m{i}" for i in turns)
        return f"~({changed})" if owner[0] == g else changed

    def _spread(self, members: list[int], values: list[Any]) -> list[Any]:
        """A value for each part: a member's own, and of others that of the member before."""
        out: list[Any] = []
        mine = iter(zip([*members[1:], len(self._parts)], values, strict=True))
        for until, x in mine:
            out += [x] * (until - len(out))
        return out

    def _chosen(self, values: list[Number], count: bool = False) -> str:
        """The number of each element's part."""
        if values.count(values[0]) == len(values):
            return _literal(values[0])
        if not self._few:
            return f"lookup({self._table(values)}, i)"
        turns = [i for i in range(1, len(values)) if values[i] != values[i - 1]]
        choices = "".join(f", m{i}, {values[i]!r}" for i in turns)
        return f"{'count' if count else 'number'}(t, {values[0]!r}{choices})"

    def _fitted(self, n: int) -> tuple[Any, ...]:
        """The numbers of part n, as the precision holds them."""
        start, stop = map(Fraction, self._span(n))
        return fitted(
            self._parts[n].program,
            lambda place: float(max(abs(start - place), abs(stop - place))),
            self._library.precision,
        )

    def _added(self, values: list[float]) -> str:
        """Numbers of which what is too small to be held does not matter."""
        least = 2.0**self._library.precision.least
        return self._chosen([x if abs(x) >= least else 0.0 for x in values])

    def _table(self, values: Sequence[Number]) -> str:
        name = f"c{len(self.names)}"
        self.names[name] = self._library.table(values)
        return name

    def _body(
        self,
        form: tuple[Any, ...],
        functions: tuple[Opaque, ...],
        numbers: list[list[Any]],
        t: str,
        g: int,
    ) -> Iterator[str]:
        """The operations of a form; `numbers` hold a value for each part."""
        if not form:
            chosen = self._chosen(numbers[0])
            same = numbers[0].count(numbers[0][0]) == len(numbers[0])
            yield f" out{g} = {f'number(t, {chosen})' if same else chosen}"
            return
        following, calls = iter(numbers), iter(functions)
        for n, (op, *operands) in enumerate(form):
            name = f"x{g}_{n}" if n < len(form) - 1 else f"out{g}"
            if op == "line":
                yield from self._line(name, t, next(following), next(following))
                continue
            texts = [
                f"x{g}_{each}" if isinstance(each, int) else self._chosen(next(following))
                for each in (operands[:1] if op == "call" else operands)  # and the function's key
            ]
            if op == "call":
                function = f"f{len(self.names)}"
                traced = next(calls).traced
                assert traced is not None
                self.names[function] = traced(self._library)
                yield f" {name} = {function}(unit({texts[0]}))"
            elif op == "+" and texts[0] == "0.0":
                yield f" {name} = {texts[1]}"
            elif op == "power" and texts[1] in PRODUCTS:
                yield f" {name} = {PRODUCTS[texts[1]].format(texts[0])}"
            else:
                yield f" {name} = {SPELL.get(op, op + '({0})').format(*texts)}"

    def _line(
        self, name: str, t: str, slopes: list[float], places: list[Fraction]
    ) -> Iterator[str]:
        """Slope * (t - place), as exact as the result can be."""
        slope = self._chosen(slopes)
        precision = self._library.precision
        near = [self._clock.nearest(place) for place in places]
        from_ = self._chosen(near, count=self._counts_steps)
        yield f" d = {t} - {from_}" if any(near) else f" d = {t}"
        off = [float(x - place) for place, x in zip(places, map(Fraction, near), strict=True)]
        if not self._counts_steps:
            yield f" {name} = {_times(slope, 'd')}"
            # What the rounding of the place is off by, save where it stands for the place. Added
            # after the product: a compiler may add up what is subtracted from t.
            if precision is not FLOAT64 and any(off):
                bias = self._added([s * x for s, x in zip(slopes, off, strict=True)])
                yield f" {name} = {name} + {bias} * apart(d)"
            return
        rest = f" + {self._chosen(off)}" if any(off) else ""
        if precision is FLOAT64:
            yield f" {name} = {_times(slope, f'(real(d){rest})')}"
            return
        # float32 holds neither a slope nor every step: both in two parts, the largest product last.
        high = [precision.nearest(Fraction(s)) for s in slopes]
        low = self._added([s - x for s, x in zip(slopes, high, strict=True)])
        if self._clock.last < LONG:
            yield f" d = real(d){rest}"
            yield f" {name} = {self._chosen(high)} * d + {low} * d"
            return
        yield " few = fmod(d, 256)"
        yield " most = real(d - few)"
        yield f" few = real(few){rest}"
        small = f"{self._chosen(high)} * few + {low} * (most + few)"
        yield f" {name} = {self._chosen(high)} * most + ({small})"


SPELL = {
    "+": "{0} + {1}",
    "sum": "{0} + {1}",
    "scale": "{0} * {1}",
    "*": "{0} * {1}",
    "/": "{0} / {1}",
    "power": "power({0}, {1})",
    "min": "where({0} <= {1}, {0}, {1})",
    "max": "where({0} >= {1}, {0}, {1})",
}
PRODUCTS = {"1.0": "{0}", "2.0": "{0} * {0}", "3.0": "{0} * {0} * {0}"}
"""Powers that are cheaper so."""


def _literal(x: Number) -> str:
    return repr(x) if x >= 0 else f"({x!r})"


def _times(factor: str, x: str) -> str:
    return x if factor == "1.0" else f"{factor} * {x}"
