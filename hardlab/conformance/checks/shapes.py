"""Checks (1): (n, v) real numbers in the dtype's family for all shapes, inputs left alone, equal calls giving equal outputs."""

from collections.abc import Iterator

import numpy as np

from hardlab.conformance.comparing import ask, drawn, failed, held, usual_scale
from hardlab.conformance.result import Result
from hardlab.kernels.kernel import Answer, Dtype, Kernel
from hardlab.work.failure import Failure
from instances.task import Attention

SHAPES = ((5, 7, 4, 3), (1, 9, 4, 2), (6, 1, 4, 2), (1, 1, 1, 1), (8, 8, 8, 8), (5, 12, 6, 1), (4, 6, 2, 9), (33, 70, 5, 3))
"""(n, m, d, v)."""

_WIDTH: dict[str, int] = {"bfloat16": 1, "float16": 1, "float32": 2, "float64": 3, "longdouble": 4, "float128": 4}


def shapes(kernel: Kernel) -> Iterator[Result]:
    """(n, v) finite numbers of the dtype or a wider one, for several (n, m, d, v), inputs not written to."""
    for n, m, d, v in SHAPES:
        name = f"shapes/n={n},m={m},d={d},v={v}"
        outcome = ask(kernel, _plain(kernel, n, m, d, v))
        yield failed(name, outcome) if isinstance(outcome, Failure) else _shaped(kernel, name, outcome, (n, v))


def determinism(kernel: Kernel) -> Iterator[Result]:
    """Two equal calls give equal outputs, with the declared seed if there is one."""
    for n, m in ((9, 33), (70, 300)):
        name = f"determinism/n={n},m={m}"
        inputs = _plain(kernel, n, m, 8, 3)
        first, second = ask(kernel, inputs), ask(kernel, inputs)
        if isinstance(first, Failure):
            yield failed(name, first)
        elif isinstance(second, Failure):
            yield failed(name, second)
        else:
            yield _equal(kernel, name, first, second)


def _plain(kernel: Kernel, n: int, m: int, d: int, v: int) -> Attention:
    random = drawn(kernel, n, m, d, v)
    Q, K, V = (random.normal(size=shape) for shape in ((n, d), (m, d), (m, v)))
    return held(Q, K, V, usual_scale(kernel.conventions, d), kernel.conventions.dtype)


def _shaped(kernel: Kernel, name: str, answer: Answer, shape: tuple[int, int]) -> Result:
    if answer.output.shape != shape:
        return Result(name, "wrong", f"the output has shape {answer.output.shape}, not {shape}")
    if not _family(answer.dtype, kernel.conventions.dtype):
        return Result(name, "wrong", f"the output is {answer.dtype}, the inputs were {kernel.conventions.dtype}")
    if not np.isfinite(answer.output).all():
        where = tuple(int(x) for x in np.argwhere(~np.isfinite(answer.output))[0])
        return Result(name, "wrong", f"the output is {answer.output[where]} at {where}")
    return Result(name, "passed", f"{shape} of {answer.dtype}")


def _family(given: str, dtype: Dtype) -> bool:
    """Whether an output type is real floating point and no narrower than the inputs'."""
    return _WIDTH.get(given.rpartition(".")[2], 0) >= _WIDTH[dtype]


def _equal(kernel: Kernel, name: str, first: Answer, second: Answer) -> Result:
    seed = kernel.conventions.seed
    how = "no seed declared" if seed is None else f"seed {seed} set before each"
    if first.output.shape == second.output.shape and np.array_equal(first.output, second.output, equal_nan=True):
        return Result(name, "passed", f"two equal calls gave equal outputs, {how}")
    apart = first.output.shape == second.output.shape and float(np.nanmax(np.abs(first.output - second.output), initial=0.0))
    return Result(name, "wrong", f"nondeterministic: two equal calls differ by {apart:.3g}, {how}", 0.0, float(apart))
