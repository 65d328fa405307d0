"""Checks of kernel sums: is what is promised kept, in one to three dimensions, at any bandwidth, with weights of either sign,
and at the ends of what a dtype holds; are tasks of gap Hamming distance decided; how does time grow.

Queries lie where points are, on a point, and some bandwidths off it, where all kernels are small: what is dropped there is all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import log, sqrt

import numpy as np

from hardlab.conformance.comparing import drawn, failed, worst
from hardlab.conformance.kernel_sums import Sum, asked_for, judged, summed
from hardlab.conformance.ladder import LEAST_NORMAL, Rung
from hardlab.conformance.result import Result
from hardlab.kernels.kernel import Kernel
from hardlab.work.failure import Failure
from instances.coded import Floats
from instances.faults import BadInput, Declined
from reductions.edges.hamming_kde import HammingKde

BANDWIDTHS = (1e-3, 0.03, 0.3, 1.0, 3.0, 30.0, 1e3)
"""In units of the spread of the points."""

TOLERANCES = ((1e-3, 0.0), (1e-6, 0.0), (1e-9, 0.0), (0.0, 1e-3), (0.0, 1e-9), (1e-6, 1e-6), (1e-10, 1e-12))
"""rtol and atol; the latter where weights sum to about 1."""

USUAL = (1e-8, 0.0)
"""What other checks ask for."""

SHAPES = ((5, 7, 3), (1, 9, 2), (6, 1, 2), (1, 1, 1), (33, 70, 1), (20, 20, 4))
"""(n, m, d)."""

AWAY = (0.0, 0.5, 2.0, 4.0, 6.0, 9.0, 20.0)
"""Bandwidths between a query and a point."""

MARGINS = (1.05, 2.0, 16.0)

OF_HAMMING = 256
"""The largest n of tasks; above it nothing else is asked."""

LIMIT, GROWN = 1.0, (10, 17)
"""Seconds of a call after which nothing larger is tried; the powers of two that n = m goes through."""

ROWS_GROWN = 4


def points(random: np.random.Generator, n: int, m: int, d: int, h: float) -> tuple[Floats, Floats]:
    """Y normal, X among them, and AWAY h from some of them."""
    Y = random.normal(size=(m, d))
    direction = random.normal(size=(n, d))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    near = Y[random.integers(0, m, n)] + h * np.resize(AWAY, n)[:, None] * direction
    X = np.where((np.arange(n) % 8 == 7)[:, None], random.normal(size=(n, d)), near)
    return X, Y


def weights(random: np.random.Generator, m: int) -> Mapping[str, Floats]:
    """Kinds of weights; the first is given to every function."""
    signs = np.where(np.arange(m) % 2 == 0, 1.0, -1.0)
    return {
        "1": np.ones(m),
        "positive": random.uniform(0.1, 2, m),
        "both signs": random.normal(size=m),
        "alternating": signs,
        "negative": -random.uniform(0.1, 2, m),
    }


def _kinds(kernel: Kernel, random: np.random.Generator, m: int) -> list[Floats]:
    kinds = list(weights(random, m).values())
    return kinds if "weights" in kernel.offer.features else kinds[:1]


def _worst(results: Sequence[Result]) -> Result:
    """The worst of those that were not declined, if there are any."""
    answered = [result for result in results if result.status != "declined"] or results
    needs = tuple(dict.fromkeys(word for result in answered for word in result.needs))
    return replace(worst(answered), needs=needs)


def shapes_of_sums(kernel: Kernel, quick: bool) -> Iterator[Result]:
    """(n,) numbers for several (n, m, d), within the tolerance."""
    for n, m, d in SHAPES[:3] if quick else SHAPES:
        random = drawn(kernel, n, m, d)
        X, Y = points(random, n, m, d, 1.0)
        yield summed(kernel, f"shapes/n={n},m={m},d={d}", Sum(X, Y, 1.0, np.ones(m), asked_for(kernel, USUAL)))


def determinism_of_sums(kernel: Kernel, quick: bool) -> Iterator[Result]:
    """The same twice, whether `quick` or not."""
    n, m, d = SHAPES[2]
    X, Y = points(drawn(kernel, n, m, d), n, m, d, 1.0)
    given = Sum(X, Y, 1.0, np.ones(m), asked_for(kernel, USUAL)).held(kernel.conventions.dtype)
    first, second = kernel.call(given.call), kernel.call(given.call)
    if not isinstance(first, Failure) and not isinstance(second, Failure):
        same = np.array_equal(first.output, second.output, equal_nan=True)
        said = "two equal calls gave equal sums" if same else "nondeterministic: two equal calls gave other sums"
        yield Result("determinism", "passed" if same else "wrong", said)


def bandwidths(kernel: Kernel, quick: bool) -> Iterator[Result]:
    """At each bandwidth the worst of all kinds of weights."""
    for d in (1, 2, 3):
        for h in BANDWIDTHS[1::2] if quick else BANDWIDTHS:
            random = drawn(kernel, d, int(1e6 * h))
            X, Y = points(random, 24, 60, d, h)
            kinds = _kinds(kernel, random, 60)
            name = f"bandwidths/d={d}/h={h:g}"
            yield _worst([summed(kernel, name, Sum(X, Y, h, w, asked_for(kernel, USUAL))) for w in kinds])


def tolerances(kernel: Kernel, quick: bool) -> Iterator[Result]:
    """Whether what is asked for is kept: by rtol alone, by atol alone, with weights of either sign, small and large."""
    if "tolerance" not in kernel.offer.features:
        why = (kernel.offer.missing or {}).get("tolerance", "it is left out by --features")
        yield Result("tolerances", "skipped", f"no error can be asked for: {why}; it is held to the rounding of its precision")
        return
    for rtol, atol in TOLERANCES[1::2] if quick else TOLERANCES:
        found: list[Result] = []
        for d, h in ((1, 0.1), (2, 0.5), (3, 2.0)):
            random = drawn(kernel, d, int(1e6 * h), int(-log(rtol or 1)), int(-log(atol or 1)))
            X, Y = points(random, 24, 200, d, h)
            first, *others = _kinds(kernel, random, 200)
            sized = [w * (size / float(np.abs(w).sum())) for size, w in zip((1.0, 1e6, 1e-3, 1.0), others, strict=False)]
            name = f"tolerances/rtol={rtol:g},atol={atol:g}"
            found += [summed(kernel, name, Sum(X, Y, h, w, (rtol, atol))) for w in (first, *sized)]
        yield _worst(found)


def extremes_of_sums(kernel: Kernel, quick: bool) -> Iterator[Result]:
    """Inputs at the ends of what is asked of anybody."""
    random, d, m = drawn(kernel, 3), 2, 40
    X, Y = points(random, 16, m, d, 1.0)
    one, asked, dtype = np.ones(m), asked_for(kernel, USUAL), kernel.conventions.dtype
    offset = {"float64": 1e6, "float32": 64.0}.get(dtype, 8.0)
    big = {"float64": 1e200, "float32": 1e30}.get(dtype, 1e2)
    cases: dict[str, Sum] = {
        "far from the origin": Sum(X + offset, Y + offset, 1.0, one, asked, far=True),
        "points that are equal": Sum(X, np.repeat(Y[:4], 10, axis=0), 1.0, one, asked),
        "one point": Sum(X, Y[:1], 1.0, one[:1], asked),
        "queries beyond all kernels": Sum(X + 1e3, Y, 1.0, one, asked, far=True),
        "sorted points": Sum(np.sort(X, axis=0), np.sort(Y, axis=0), 0.3, one, asked),
        "points on a line": Sum(X * [1.0, 0.0], Y * [1.0, 0.0], 0.5, one, asked),
        "an outlier": Sum(X, np.concatenate([Y[1:], np.full((1, d), 1e3)]), 0.5, one, asked),
    }
    if "weights" in kernel.offer.features:
        alone = np.zeros(m)
        alone[-1] = -3.0
        cases |= {
            "weights of 0 but for one": Sum(X, Y, 1.0, alone, asked),
            "huge weights": Sum(X, Y, 1.0, one * big, asked),
            "tiny weights": Sum(X, Y, 1.0, one / big, asked),
            "sums that cancel": Sum(X, np.repeat(Y[: m // 2], 2, axis=0), 1.0, weights(random, m)["alternating"], asked),
        }
    for what, given in list(cases.items())[:: 2 if quick else 1]:
        yield summed(kernel, f"extremes/{what}", given)


def decision_of_sums(kernel: Kernel, rung: Rung) -> Result:
    """Rows of a task of `hamming-kde` that are told apart, by whether a sum is above the middle of both thresholds."""
    name, dtype = f"decisions/hamming-kde/{rung.family}/n={rung.n}/R0={rung.R0:g}", kernel.conventions.dtype
    try:
        source = rung.source
        task = HammingKde(R0=rung.R0).apply(source)
        if task.low < log(LEAST_NORMAL[dtype]):
            raise Declined(f"sums are down to 10^{task.low / log(10):.1f}, below the least normal number of {dtype}")
    except (Declined, BadInput) as why:
        return Result(name, "skipped", str(why))
    inputs, truth = task.inputs, rung.truth
    X, Y = inputs.queries(slice(None)), inputs.keys(slice(None))
    demanded = (rung.R0 - 1) / (rung.R0 + 1)
    tolerance = asked_for(kernel, (min(USUAL[0], demanded / 8), 0.0))
    asked = Sum(X, Y, 1 / sqrt(inputs.scale), np.ones(inputs.m), tolerance).held(dtype)
    outcome = kernel.call(asked.call)
    if isinstance(outcome, Failure):
        return failed(name, outcome)
    output = outcome.output[0, 0, :, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        above = np.log(output) > (task.low + task.high) / 2
    wrong = np.flatnonzero(np.isnan(output) | (above != truth))
    delivered = float(judged(name, asked, outcome, dtype, 4).delivered or 0.0)
    yes, lost = int(truth.sum()), int(truth[wrong].sum())
    said = f"{lost} of {yes} YES and {len(wrong) - lost} of {len(truth) - yes} NO rows are flipped"
    if not len(wrong):
        said = f"all of {yes} YES and {len(truth) - yes} NO rows are right"
    what = f"at bandwidth {asked.h:.3g} {said}: a relative error of {demanded:.3g} is allowed"
    return Result(name, "wrong" if len(wrong) else "passed", what, None, delivered or None)


def timing(kernel: Kernel, quick: bool) -> Iterator[Result]:
    """How the time of a call grows with n = m, and whether the largest one keeps what it is held to."""
    for d in (1, 2, 3):
        random, times = drawn(kernel, 10, d), dict[int, float]()
        for power in range(GROWN[0], GROWN[1] - (3 if quick else 0)):
            n = 2**power
            X, Y = points(random, n, n, d, 0.1)
            asked = Sum(X, Y, 0.1, np.ones(n), asked_for(kernel, (1e-6, 0.0))).held(kernel.conventions.dtype)
            outcomes = [kernel.call(asked.call)]
            if not isinstance(outcomes[0], Failure) and (
                not times or outcomes[0].seconds < LIMIT
            ):  # after what loads or compiles
                outcomes.append(kernel.call(asked.call))
            outcome = outcomes[-1]
            if isinstance(outcome, Failure):
                if not times:
                    result = failed(f"timing/d={d}", outcome)
                break
            times[n] = min(answer.seconds for answer in outcomes if not isinstance(answer, Failure))
            result = judged(f"timing/d={d}", asked, outcome, kernel.conventions.dtype, ROWS_GROWN)
            if result.status != "passed" or times[n] > LIMIT / (4 if quick else 1):
                break
        if times:
            result = replace(result, reason=f"{_grown(times)}; there {result.reason}")
        yield result


def _grown(times: Mapping[int, float]) -> str:
    """The exponent over the upper half of the sizes."""
    sizes = sorted(times)
    low, high = sizes[len(sizes) // 2 - 1 if len(sizes) > 1 else 0], sizes[-1]
    if low == high or min(times[low], times[high]) <= 0:
        return f"{times[high]:.3g} s at n = m = {high:,}"
    slope = log(times[high] / times[low]) / log(high / low)
    return f"time grows as n^{slope:.2g} between n = m = {low:,} and {high:,}: {times[low]:.3g} to {times[high]:.3g} s"


def rungs_of_sums(seed: int, sizes: Sequence[int]) -> Iterator[Rung]:
    """The tasks of `hamming-kde`: worst rows, and formulas."""
    for n in sizes:
        for R0 in MARGINS:
            yield Rung("T5", "worst", n, R0, (48, 4), seed)
        yield Rung("T5", "planted-sat", n, 2.0, None, seed)
        yield Rung("T5", "planted-ov", n, 2.0, None, seed)
