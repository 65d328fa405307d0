"""What every attention algorithm must satisfy; for the tests, and for authors of plug-ins."""

from collections.abc import Iterable
from math import isinf, log1p

import numpy as np
from flint import arb

from attention.algorithm import Algorithm, Promise, answers, promised
from instances.exact import MAX_BITS, decided
from instances.law import Counts, LawBroken, not_vacuous
from instances.task import Attention


def keeps_its_promise(algorithm: Algorithm, tasks: Iterable[Attention]) -> Counts:
    """Every output lies within the promised error of the exact one (compared in ball arithmetic).

    "checked" counts outputs of tasks with a finite promise, "varied" those whose exact value a constant function
    could not have guessed (the values of their column differ). Raises `LawBroken` at the first output outside,
    and where nothing was checked or nothing varied.
    """
    checked = varied = 0
    for inputs in tasks:
        promise = promised(algorithm, inputs)
        if not promise.made:
            continue
        given = answers(algorithm, inputs)
        columns = inputs.V.shape[1]
        with_means = Attention(inputs.Q, inputs.K, np.hstack([inputs.V, np.abs(inputs.V)]), inputs.scale)
        for i in range(inputs.n):
            for c in range(columns):
                if not _within(with_means, (i, c), columns, float(given[i, c]), promise, algorithm.logarithmic):
                    exact = with_means.exact.row(i)[c]
                    raise LawBroken(
                        f"{algorithm.key} gave {given[i, c]!r} at row {i}, column {c}; the exact value is "
                        f"{(exact.log() if algorithm.logarithmic else exact).str(17)}, the promise {promise}"
                    )
                checked += 1
                varied += int(np.ptp(inputs.V[:, c]) > 0)
    return not_vacuous(f"keeps_its_promise of {algorithm.key}", checked=checked, varied=varied)


def _within(inputs: Attention, where: tuple[int, int], columns: int, given: float, promise: Promise, logs: bool) -> bool:
    """Whether |given - Att| <= absolute + relative mean|V|; column + `columns` of the inputs holds |V|."""
    i, c = where
    if not np.isfinite(given):
        return logs and isinf(given) and given < 0 and inputs.exact.row(i)[c] == 0
    if logs:
        allowed = log1p(promise.relative)
        return decided(lambda bits: abs(inputs.exact.row(i, bits)[c].log() - arb(given)) - arb(allowed)) <= 0

    def excess(bits: int) -> arb:
        row = inputs.exact.row(i, bits)
        return abs(row[c] - arb(given)) - arb(promise.absolute) - arb(promise.relative) * row[c + columns]

    return decided(excess) <= 0 if promise != Promise(0.0, 0.0) else _equal(inputs, where, given)


def _equal(inputs: Attention, where: tuple[int, int], given: float) -> bool:
    return bool(inputs.exact.row(where[0], MAX_BITS)[where[1]].contains(arb(given)))
