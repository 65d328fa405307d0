"""A call of a kernel held against what it should give: the result names the two numbers and where they are.

Letters as in `kernel`; g is the size of the entries of Q and K at which a matching key scores B^2. An output is within its
demand, or inaccurate; one that is not a number is wrong.
"""

from collections.abc import Callable, Iterable, Mapping
from math import sqrt

import numpy as np

from attention.exact.certified import certified_row
from hardlab.conformance.arithmetic import LARGEST_FINITE, bound, reference, representable
from hardlab.conformance.result import Result, Status
from hardlab.kernels.kernel import Conventions, Dtype, Kernel, Outcome
from hardlab.work.failure import Failure, FailureKind
from instances.coded import Floats
from instances.task import Attention

STATUS: Mapping[FailureKind, Status] = {
    "declined": "declined",
    "timeout": "timeout",
    "crashed": "crashed",
    "raised": "crashed",
    "memory": "crashed",
    "shape": "wrong",
    "mutated": "wrong",
}
"""What a call that gave no numbers comes to."""

USEFUL = 0.25
"""A demand beyond this part of the range of V tells nothing."""

_ORDER: tuple[Status, ...] = ("crashed", "timeout", "wrong", "inaccurate", "beyond", "declined", "passed", "skipped")


def drawn(kernel: Kernel, *words: int) -> np.random.Generator:
    """The numbers of one input, by the seed of the check."""
    return np.random.default_rng((kernel.seed_of_check, *words))


def ask(kernel: Kernel, inputs: Attention) -> Outcome:
    """One call."""
    rows = slice(0, inputs.n), slice(0, inputs.m)
    return kernel(inputs.queries(rows[0]), inputs.keys(rows[1]), inputs.V, inputs.scale)


def held(Q: Floats, K: Floats, V: Floats, scale: float, dtype: Dtype) -> Attention:
    """The inputs, rounded to what the dtype holds."""
    return Attention(representable(Q, dtype), representable(K, dtype), representable(V, dtype), scale)


def usual_scale(conventions: Conventions, d: int) -> float:
    """The scale that is built in, or 1/d."""
    return conventions.built_in(d) or 1 / d


def signs(random: np.random.Generator, n: int, d: int) -> Floats:
    """(n, d) of +-1."""
    return random.choice([-1.0, 1.0], size=(n, d))


def matching(kernel: Kernel, keys: Floats, positions: Iterable[int], V: Floats, B: float) -> Attention:
    """Row i has the key at positions[i]: keys are (m, d) of +-1, a match scores B^2, others far less for most keys."""
    d = keys.shape[1]
    scale = usual_scale(kernel.conventions, d)
    K = keys * (B / sqrt(scale * d))
    return held(K[list(positions)], K, V, scale, kernel.conventions.dtype)


def exact(inputs: Attention, rows: Iterable[int]) -> Floats:
    """The certified values of some rows."""
    return np.array([certified_row(inputs, i) for i in rows]).reshape(-1, inputs.V.shape[1])


def allowance(kernel: Kernel, inputs: Attention) -> Floats:
    """(n, v): the a-priori bound of the kernel's precision, or the error that it promises for these inputs, if that is more."""
    promised = kernel.promise(inputs.queries(slice(0, inputs.n)), inputs.keys(slice(0, inputs.m)), inputs.V, inputs.scale)
    return np.fmax(bound(inputs, kernel.conventions.dtype), promised if isinstance(promised, float) else 0.0)


def demand(kernel: Kernel, inputs: Attention, expected: Floats) -> Floats:
    """(n, v): what is allowed, or twice the error of the reference in the same precision where that is more."""
    allowed = allowance(kernel, inputs)
    error = np.abs(reference(inputs, kernel.conventions.dtype) - expected)
    allowed[:] = np.fmax(allowed, 2 * np.where(np.isfinite(error), error, 0.0))
    return allowed


def useful(inputs: Attention, allowed: Floats) -> bool:
    """Whether a demand tells right from wrong: it is below a part of the range of V (of its size where that is constant)."""
    reach = np.ptp(inputs.V, axis=0)
    reach = np.where(reach > 0, reach, np.abs(inputs.V).max(axis=0))
    return bool((allowed <= USEFUL * reach).all())


def failed(name: str, failure: Failure) -> Result:
    """The result of a call that gave no numbers."""
    return Result(name, STATUS[failure.kind], f"{failure.kind}: {failure.reason}")


def beyond_precision(name: str, dtype: Dtype) -> Result:
    """The result where nothing is demanded."""
    return Result(name, "skipped", f"no {dtype} kernel can be held to anything here: its rounding reaches the range of V")


def measured(
    kernel: Kernel,
    name: str,
    inputs: Attention,
    expected: Floats,
    allowed: Floats,
    outside: Status = "inaccurate",
    place: Callable[[int], str] | None = None,
) -> Result:
    """One call, `compared`; skipped where it passes and the demand tells nothing, and without a call where it is infinite."""
    if not np.isfinite(allowed).all():
        return beyond_precision(name, kernel.conventions.dtype)
    outcome = ask(kernel, inputs)
    if isinstance(outcome, Failure):
        return failed(name, outcome)
    result = compared(name, outcome.output, expected, allowed, outside, place)
    return result if result.status != "passed" or useful(inputs, allowed) else beyond_precision(name, kernel.conventions.dtype)


def compared(
    name: str,
    output: Floats,
    expected: Floats,
    allowed: Floats,
    outside: Status = "inaccurate",
    place: Callable[[int], str] | None = None,
) -> Result:
    """The worst output against what is expected, by the ratio of its error to what is allowed. `place` says more of a row."""
    if output.shape != expected.shape:
        return Result(name, "wrong", f"the output has shape {output.shape}, not {expected.shape}")
    odd = ~np.isfinite(output)
    delivered = np.where(odd, np.inf, np.abs(np.where(odd, 0.0, output) - expected))
    ratio = np.where(odd, np.inf, delivered / allowed)
    i, c = (int(x) for x in np.unravel_index(int(np.argmax(ratio)), ratio.shape))
    where = f"row {i}, column {c}{'' if place is None else place(i)}"
    if odd[i, c]:
        return Result(name, "wrong", f"{where}: {output[i, c]}, expected {expected[i, c]:.9g}", float(allowed[i, c]), None)
    lost, most = float(delivered[i, c]), float(allowed[i, c])
    status: Status = "passed" if lost <= most else outside
    gave = f"{where}: {output[i, c]:.9g}, expected {expected[i, c]:.9g}"
    rows = int((ratio > 1).any(axis=1).sum())
    count = f"; {rows} of {len(output)} rows outside" if status != "passed" else ""
    return Result(name, status, f"{gave}: delivered {lost:.3g}, demanded {most:.3g}{count}", most, lost)


def worst(results: Iterable[Result]) -> Result:
    """The worst of several results of one check: by status, then by delivered/demanded."""

    def badness(result: Result) -> tuple[int, float]:
        ratio = (result.delivered or 0.0) / (result.demanded or LARGEST_FINITE["float64"])
        return (-_ORDER.index(result.status), ratio)

    return max(results, key=badness)
