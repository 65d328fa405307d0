"""What every attention algorithm must satisfy; for the tests, and for authors of plug-ins."""

from collections.abc import Iterable
from math import inf, isfinite, isnan
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import numpy as np
from flint import arb, ctx

from attention.algorithm import Algorithm, Promise, answers, promised
from instances.exact import logarithm, precision
from instances.law import Counts, LawBroken, not_vacuous
from instances.task import Attention

BITS = 320
"""Working precision: far beyond that of any promise, so that what is not certainly outside is inside for all purposes."""


def keeps_its_promise(algorithm: Algorithm, tasks: Iterable[Attention]) -> Counts:
    """No output lies outside the promised error of the exact one (in ball arithmetic, at 320 bits).

    "checked" counts outputs of tasks with a finite promise; "telling" those for which the plain mean of the column of V,
    which knows nothing of Q and K, or for gradients 0, would have been outside. Raises `LawBroken` at the first output
    outside, and where nothing was checked or nothing was telling.
    """
    checked = telling = 0
    for inputs in tasks:
        promise = promised(algorithm, inputs)
        if not promise.made:
            continue
        given = answers(algorithm, inputs)
        for i in np.setdiff1d(np.arange(inputs.shape[0]), inputs.unanswered).tolist():
            with precision(BITS):
                for c, allowed in enumerate(allowed_in_row(inputs, i, promise, algorithm.logarithmic)):
                    if allowed.excludes(float(given[i, c])):
                        raise LawBroken(
                            f"{algorithm.key} gave {float(given[i, c])!r} at row {i}, column {c}; the exact value is "
                            f"{allowed.exact.str(17)}, the promise {promise}"
                        )
                    telling += allowed.excludes(_ignorant(inputs, c, algorithm.logarithmic))
                    checked += 1
    return not_vacuous(f"keeps_its_promise of {algorithm.key}", checked=checked, telling=telling)


class Summing(Algorithm, Protocol):
    """An algorithm that cuts tasks into parts of at most so many keys (0: not at all), and merges the sums of parts."""

    @property
    def keys(self) -> int: ...

    def sums(self, inputs: Attention) -> tuple[Any, Any, Any]:
        """(n,) peaks, (n,) masses and (n, v) weighted values, over all keys: of 2^score, mass 2^peak and weighted 2^peak."""


def merges_its_parts(algorithm: Summing, tasks: Iterable[Attention]) -> Counts:
    """The merged sums D' and N' of the parts are those over all keys (in ball arithmetic, at 320 bits), so that none is lost,
    counted twice or in another scale, even where the quotient would not show it:

        |D' - D| <= (rel + abs) D,   |N' - N| <= (rel + abs) sum_j w_ij |V_j|       for a promise of rel and abs.

    "checked" counts sums of tasks with a finite promise; "telling" the parts that have in some row more than twice that share
    of D, so that it would show if they were lost. Raises `LawBroken` at the first sum outside, and where a part is not telling.
    """
    checked = telling = 0
    for inputs in tasks:
        promise = promised(algorithm, inputs)
        if not promise.made:
            continue
        peak, mass, weighted = algorithm.sums(inputs)
        parts = range(0, inputs.m, algorithm.keys or inputs.m)
        told = set()
        for i in np.setdiff1d(np.arange(inputs.n), inputs.blind).tolist():
            with precision(BITS):
                masses, sums = _sums_of_parts(inputs, i, parts)
                share, D, scale = arb(promise.relative) + promise.absolute, sum(masses, arb(0)), arb(2) ** arb(float(peak[i]))
                pairs = [(float(mass[i]), D, D), *((float(x), *sums[c]) for c, x in enumerate(weighted[i]))]
                for given, exact, size in pairs:
                    if not isfinite(given) or abs(given * scale - exact) > share * size:
                        said = f"{(given * scale).str(17)}, exact {exact.str(17)}"
                        raise LawBroken(f"the merged sums of {algorithm.key} at row {i} are not those over all keys: {said}")
                    checked += 1
                told |= {number for number, part in enumerate(masses) if part > 2 * share * D}
        if len(told) < len(parts):
            lost = next(number for number in range(len(parts)) if number not in told)
            raise LawBroken(f"merges_its_parts of {algorithm.key}: it would not show if part {lost} of {len(parts)} were lost")
        telling += len(told)
    return not_vacuous(f"merges_its_parts of {algorithm.key}", checked=checked, telling=telling)


def _sums_of_parts(inputs: Attention, row: int, parts: range) -> tuple[list[arb], list[tuple[arb, arb]]]:
    """The masses of the parts in a row, and sum w V and sum w |V| over all of them for each column."""
    of, masses = inputs.exact, [arb(0) for _ in parts]
    sums = [(arb(0), arb(0)) for _ in range(inputs.V.shape[1])]
    for j in range(inputs.m):
        for weight, kind, _ in of.classes(row, only=j):
            masses[j // parts.step] += weight
            values = of.values[kind].tolist()
            sums = [(N + weight * x, size + weight * abs(x)) for (N, size), x in zip(sums, values, strict=True)]
    return masses, sums


def allowed_in_row(inputs: Attention, row: int, promise: Promise, logarithmic: bool) -> "list[Allowed]":
    """What a promise allows in each column of a row, at flint's working precision."""
    if not inputs.averages:
        (entry,) = inputs.exact.row(row)
        return [Allowed(entry, abs(entry), promise, logarithmic)]
    columns = inputs.V.shape[1]
    exact = _exact_row(inputs, row)
    return [Allowed(exact[c], exact[c + columns], promise, logarithmic) for c in range(columns)]


_Rows = dict[tuple[int, int], list[arb]]

_ROWS: "WeakKeyDictionary[Attention, tuple[Attention, _Rows]]" = WeakKeyDictionary()
"""The inputs with |V| beside V, and the exact rows of them by number and working precision, while somebody has the inputs."""


def _exact_row(inputs: Attention, row: int) -> list[arb]:
    """Att, and beside it mean|V| (or the weighted sum of |V|): once, however many algorithms are held to it."""
    if inputs not in _ROWS:
        _ROWS[inputs] = inputs.beside_sizes, {}
    wide, rows = _ROWS[inputs]
    if (row, ctx.prec) not in rows:
        rows[row, ctx.prec] = wide.exact.row(row)
    return rows[row, ctx.prec]


class Allowed:
    """What a promise allows as the answer where the exact output is `exact` and mean|V| is `mean`."""

    def __init__(self, exact: arb, mean: arb, promise: Promise, logarithmic: bool) -> None:
        self.exact = logarithm(exact) if logarithmic else exact
        self._error = arb(promise.relative).log1p() if logarithmic else promise.absolute + arb(promise.relative) * mean

    def excludes(self, given: float) -> bool:
        """Whether `given` is certainly outside. NaN is; where the working precision does not tell the exact value, nothing
        else is.
        """
        if self.exact == arb(-inf):
            return given != -inf
        if not self.exact.is_finite():
            return isnan(given)
        return not isfinite(given) or bool(abs(self.exact - arb(given)) > self._error)


def _ignorant(inputs: Attention, c: int, logarithmic: bool) -> float:
    mean = inputs.plain_mean(c) if inputs.averages else 0.0
    with np.errstate(divide="ignore"):
        return float(np.log(mean)) if logarithmic and inputs.averages else mean
