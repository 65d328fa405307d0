"""What attend computes by which algorithm, what it promises and why it refuses, is what it was."""

from re import sub
from typing import Any

import numpy as np
import pytest

from attention import Softmax, Trusted, attend
from attention.attend import BY_NAME
from attention.attend_backward import attend_backward
from instances.faults import BadInput, Declined, PlugInFault
from tests.support.dyadic import dyadic
from tests.support.kept import Keeper, places

Arrays = tuple[Any, Any, Any]


def arrays(n: int, m: int, d: int = 3, v: int = 2, size: float = 1.0, dtype: Any = np.float64) -> Arrays:
    return tuple(X.astype(dtype) for X in (size * dyadic(1, (n, d)), dyadic(2, (m, d)), dyadic(3, (m, v))))  # type: ignore[return-value]


def far(dtype: Any = np.float64) -> Arrays:
    """A row of Q and one of K are long."""
    Q, K, V = arrays(40, 50, 2)
    Q[3], K[7] = 50, -60
    return Q.astype(dtype), K.astype(dtype), V.astype(dtype)


GIVEN: dict[str, Arrays] = {
    "few": arrays(4, 5), "one key": arrays(3, 1), "no rows": arrays(0, 3), "cold": arrays(5, 6, size=300.0),
    "float32": arrays(6, 8, dtype=np.float32), "float16": arrays(6, 8, dtype=np.float16), "far": far(),
    "far float32": far(np.float32), "huge values": (*arrays(3, 4)[:2], 1e300 * dyadic(5, (4, 1))),
    "beyond": (*arrays(3, 4)[:2], 1.7e308 * np.ones((4, 1))), "huge scores": arrays(3, 4, size=1e200),
    "heads": (dyadic(1, (1, 2, 5, 3)), dyadic(2, (1, 1, 6, 3)), dyadic(3, (1, 1, 6, 2))),
    "wide apart": (*arrays(3, 4)[:2], np.array([[-1.7e308], [1.7e308], [0.0], [1.0]])),
}  # fmt: skip
ASKED: list[dict[str, Any]] = [
    {"algorithm": "softmax"}, {"error": 1e-17}, {"error": 1e-9, "scale": 0.25}, {"causal": "top-left", "error": 1e-9},
    {"window": (2, 0), "blind": 0.5, "algorithm": "softmax32", "error": 1e-3}, {"error": 6e-8},
    {"error": 1e-9, "logsumexp": True},
    {"algorithm": Softmax(), "error": 1e-9}, {"algorithm": Trusted(Softmax("float32"), 1e-5), "error": 1e-4}, {"error": 4e-7},
]  # fmt: skip
NAMED: list[dict[str, Any]] = [{"algorithm": name, "error": error} for name in BY_NAME for error in (1e-3, 1e-15)]


def without_figures(refused: Exception) -> str:
    """What polynomials that are searched for promise is not the same everywhere."""
    searched = any(name in str(refused) for name in ("polynomial", "low-rank", "split", "boxes", "degree"))
    return sub(r"\d[\d.e+-]*", "#", str(refused)) if searched else str(refused)


def told(call: Any) -> str:
    try:
        found = call()
    except (BadInput, Declined, PlugInFault) as refused:
        return f"{type(refused).__name__}: {without_figures(refused)}"
    promise = f"{found.promise:.1g}"
    logs = "" if found.logsumexp is None else f" {places(found.logsumexp, 3)} {found.logsumexp_promise < 1e-3}"
    return f"{found.algorithm} {promise} {found.output.dtype} {places(np.clip(found.output, -99, 99), 2)}{logs}"


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", GIVEN)
def test_attend(name: str, kept: Keeper) -> None:
    Q, K, V = GIVEN[name]
    lines = []
    for asked in [*ASKED, *(NAMED if name in ("few", "far") else [])]:
        with np.errstate(all="ignore"):
            lines.append(f"{asked}: {told(lambda asked=asked: attend(Q, K, V, **asked))}")
    kept("\n".join(lines))


BACKWARD: list[dict[str, Any]] = [
    {}, {"error": 1e-3}, {"error": 1e-14}, {"error": 1e-18}, {"algorithm": "polynomial", "error": 1e-3},
    {"algorithm": "softmax"}, {"causal": "top-left"}, {"scale": 0.25, "error": 1e-4},
]  # fmt: skip


@pytest.mark.parametrize("name", GIVEN)
def test_attend_backward(name: str, kept: Keeper) -> None:
    Q, K, V = GIVEN[name]
    dO = dyadic(9, (*Q.shape[:-1], V.shape[-1])).astype(V.dtype)
    lines = []
    for asked in BACKWARD:
        try:
            with np.errstate(all="ignore"):
                found: Any = attend_backward(Q, K, V, dO, **asked)
            parts = " ".join(places(np.clip(X, -99, 99), 2) for X in (found.dQ, found.dK, found.dV))
            lines.append(f"{asked}: {found.algorithm} {found.dQ.dtype} {parts}")
        except (BadInput, Declined, PlugInFault) as refused:
            lines.append(f"{asked}: {type(refused).__name__}: {without_figures(refused)}")
    kept("\n".join(lines))
