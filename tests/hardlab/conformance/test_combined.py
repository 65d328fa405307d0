"""Kernels that are right in each feature alone, and wrong where two meet, for large entries or for one kind of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hardlab.conformance.checking import checked, checks
from hardlab.conformance.result import FAILED, Result
from hardlab.conformance.suffered import Suffered
from hardlab.kernels.kernel import Conventions
from tests.support.bed.right_numpy import everything
from tests.support.kernels import Here

Kernel = Callable[..., Any]


def forgetting(one: str, other: str) -> Kernel:
    """It does not look at one feature where there is the other."""

    def attention(
        Q: Any,
        K: Any,
        V: Any,
        scale: float,
        causal: Any = None,
        window: Any = None,
        keep: Any = None,
        mask: Any = None,
        bias: Any = None,
        alibi: Any = None,
        cu_seqlens: Any = None,
    ) -> Any:
        words = {
            "causal": causal,
            "window": window,
            "keep": keep,
            "mask": mask,
            "bias": bias,
            "alibi": alibi,
            "cu_seqlens": cu_seqlens,
        }
        if words[other] is not None and words[one] is not None:
            words[one] = None
        return everything(Q, K, V, scale, **words)

    return attention


def where(odd: Callable[[Any], bool]) -> Kernel:
    """It gives the mean of V where Q is odd in that way."""

    def attention(Q: Any, K: Any, V: Any, scale: float) -> Any:
        return everything(Q * (not odd(Q)), K, V, scale)

    return attention


def by_rounded_entries() -> Kernel:
    """Its answers are kept by the eighths to which the entries round."""
    kept: dict[bytes, Any] = {}

    def attention(Q: Any, K: Any, V: Any, scale: float) -> Any:
        key = b"".join(np.round(8 * X).tobytes() + str(X.shape).encode() for X in (Q, K, V))
        if key not in kept:
            kept[key] = everything(Q, K, V, scale)
        return kept[key].copy()

    return attention


def from_zero() -> Kernel:
    """The running maximum begins at 0, so that rows whose scores are all far below it are 0/0."""

    def attention(Q: Any, K: Any, V: Any, scale: float) -> Any:
        share = Q.shape[1] // K.shape[1]
        K, V = (np.repeat(X, share, axis=1) for X in (K, V))
        S = scale * Q @ K.swapaxes(2, 3)
        P = np.exp(S - np.maximum(S.max(axis=3, keepdims=True), 0))
        with np.errstate(all="ignore"):
            return (P @ V / P.sum(axis=3, keepdims=True)).astype(Q.dtype)

    return attention


WRONG: tuple[tuple[str, Kernel, str], ...] = (
    ("slopes with a window", forgetting("alibi", "window"), "together"),
    ("padding with a mask", forgetting("keep", "mask"), "together"),
    ("a bias with slopes", forgetting("bias", "alibi"), "together"),
    ("a mask in packed sequences", forgetting("mask", "cu_seqlens"), "together"),
    ("many heads", where(lambda Q: Q.shape[0] * Q.shape[1] >= 24), "heads"),
    ("long normal entries", where(lambda Q: Q.shape[2] >= 256 and abs(float(Q.std()) - 1) < 0.05), "entries"),
    ("entries from 0 to 1", where(lambda Q: bool((Q >= 0).all())), "entries"),
    ("rounded entries", by_rounded_entries(), "replays"),
    ("scores below zero", from_zero(), "entries"),
)


def results(kernel: Kernel, only: str) -> list[Result]:
    suffered = Suffered(Here(kernel, Conventions(convention="heads", dtype="float32")), 1)
    return list(checked(list(checks(suffered, (16,), only)), only=only))


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(("kernel", "check"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG])
def test_it_is_found(kernel: Kernel, check: str) -> None:
    assert any(result.status in FAILED for result in results(kernel, check))


@pytest.mark.slow
@pytest.mark.parametrize("check", ["together", "heads", "entries", "replays", "packing"])
def test_a_right_kernel_passes(check: str) -> None:
    found = results(everything, check)
    assert {result.name: result.reason for result in found if result.status in FAILED} == {}
    assert any(result.status == "passed" for result in found)


@pytest.mark.slow
def test_a_causal_mask_of_packed_sequences_that_differ_in_length_is_asked() -> None:
    def attention(Q: Any, K: Any, V: Any, scale: float, causal: Any = None, cu_seqlens: Any = None) -> Any:
        equal = cu_seqlens is None or np.array_equal(*cu_seqlens)
        return everything(Q, K, V, scale, causal=causal if equal else None, cu_seqlens=cu_seqlens)

    found = [result for result in results(attention, "packing") if result.status == "wrong"]
    assert found
    assert all("bottom-right" in result.name or "top-left" in result.name for result in found)
