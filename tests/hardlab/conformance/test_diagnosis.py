"""Wrong kernels of the bed are found by the check that is about them and named; right ones are not accused."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from hardlab.conformance.asking import KIND
from hardlab.conformance.checking import checked, checks
from hardlab.conformance.diagnosis import diagnosis
from hardlab.conformance.meaning import always
from hardlab.conformance.recalled import recalled
from hardlab.conformance.result import FAILED, Result
from hardlab.conformance.suffered import Suffered
from hardlab.kernels.kernel import Conventions
from instances.faults import BadInput
from tests.support import faulty_numpy, gaming
from tests.support.bed.entries import Entry
from tests.support.kernels import Here

BED = {entry.name: entry for entry in (*faulty_numpy.RIGHT, *faulty_numpy.WRONG)}

NAMED = (
    ("causal_ignored", "visibility", "the causal mask is ignored"),
    ("causal_strict", "visibility", "strict: the diagonal is hidden"),
    ("causal_top_left_always", "alignment", "aligned top-left"),
    ("mask_inverted", "masks", "the mask is inverted"),
    ("mask_of_the_first_member", "masks", "batch member 0"),
    ("keep_ignored", "padding", "the padding mask is ignored"),
    ("window_left_wide", "windows", "one key too far to the left"),
    ("window_right_narrow", "windows", "one key too early on the right"),
    ("window_shifted", "windows", "shifted by one key"),
    ("bias_ignored", "bias", "the bias is ignored"),
    ("bias_subtracted", "bias", "is subtracted"),
    ("bias_scaled", "bias", "multiplied by the scale"),
    ("alibi_ignored", "alibi", "ALiBi is ignored"),
    ("alibi_by_formula", "alibi", "slopes that were given are not used"),
    ("alibi_with_signs", "alibi", "distances keep their signs"),
    ("heads_next", "heads", "the next key head"),
    ("batch_reads_the_first", "heads", "batch member 0"),
    ("layout_of_K", "layouts", "K is read as if it were packed"),
    ("layout_without_the_offset", "layouts", "from the beginning of the array"),
    ("lost_last_key", "keys", "the last key is never seen"),
    ("scale_missing", "keys", "there is no scale"),
    ("normalised_by_block", "keys", "normalised by itself"),
    ("delta_dropped", "gradients", "delta is dropped"),
    ("dK_unscaled", "gradients", "dK lacks the scale"),
    ("dK_of_one_head", "gradients", "alone"),
    ("averages_over_groups", "gradients", "mean over the heads of a group"),
    ("back_causal_ignored", "gradients", "the backward pass ignores the mask"),
)
"""Kernels, the check that is run of them, and what the diagnosis says."""


def conventions(entry: Entry) -> Conventions:
    back = entry.backward if entry.backward not in ("", "autograd") else None
    return Conventions(convention=entry.convention, dtype=entry.dtypes[0], layout=entry.layout, backward=back)  # type: ignore[arg-type]


def results(entry: Entry, only: str | None, seed: int = 1, quick: bool = True) -> Sequence[Result]:
    kernel = Suffered(Here(entry.target, conventions(entry)), seed)
    chosen = list(checks(kernel, (16,), only, quick=quick))
    return list(checked(chosen, only=only))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "check", "said"), NAMED, ids=[name for name, _, _ in NAMED])
def test_a_fault_is_found_and_named(name: str, check: str, said: str) -> None:
    found = results(BED[name], check)
    wrong = [result for result in found if result.status == "wrong"]
    assert wrong
    assert said in diagnosis(found, BED[name].dtypes[0])[0].sentence  # type: ignore[arg-type]


OF_TENSORS = (
    ("flash_alibi_top_left", "alibi", "counted from the other corner"),
    ("tensor_layout_of_dO", "gradients", "dO is read as if it were packed"),
    ("tensor_layout_of_expanded_dO", "gradients", "zeros are given"),
)
"""The same of kernels that take tensors."""


@pytest.mark.peers
@pytest.mark.parametrize(("name", "check", "said"), OF_TENSORS, ids=[name for name, _, _ in OF_TENSORS])
def test_a_fault_of_a_kernel_on_tensors_is_found_and_named(name: str, check: str, said: str) -> None:
    found = results(tensors()[name], check, quick=False)
    assert any(result.status == "wrong" for result in found)
    assert said in diagnosis(found, "float32")[0].sentence


@pytest.mark.peers
def test_what_a_mask_does_not_explain_is_not_put_on_the_mask() -> None:
    found = results(tensors()["tensor_dS_in_bfloat16"], "gradients", quick=False)
    assert any(result.status == "wrong" for result in found)
    assert not any("mask" in one.sentence for one in diagnosis(found, "float32"))


def tensors() -> dict[str, Entry]:
    pytest.importorskip("torch", reason="torch is not installed")
    return {entry.name: entry for entry in import_module("tests.support.faulty_torch").WRONG}


RIGHT = ("everything", "online_16", "by_logarithms", "gradients_of_everything", "packed_one_by_one", "contiguous_only")


@pytest.mark.slow
@pytest.mark.parametrize("name", RIGHT)
def test_a_right_kernel_is_not_accused(name: str) -> None:
    found = results(BED[name], None, seed=np.random.default_rng().integers(2**31).item())
    assert {result.name: result.reason for result in found if result.status in FAILED} == {}
    assert sum(result.status == "passed" for result in found) > 100


@pytest.mark.slow
@pytest.mark.parametrize("name", ["by_identity", "by_sum", "by_first_entries", "by_moments", "queries_forgotten"])
def test_answers_that_are_kept_are_named(name: str) -> None:
    entry = next(entry for entry in gaming.TABLE if entry.name == name)
    kernel = Suffered(Here(entry.fresh(), Conventions(dtype="float32")), 1)
    found = [result for check in checks(kernel, (), "replays") for result in check.results()]
    assert any(result.status == "wrong" and result.reason.startswith("answers are kept") for result in found)
    assert diagnosis(found, "float32")[0].sentence.startswith("answers are kept")


def causal(corner: str) -> Any:
    def kernel(Q: Any, K: Any, V: Any, scale: float) -> Any:
        n, m = len(Q), len(K)
        shift = m - n if corner == "bottom-right" else 0
        S = np.where(np.arange(m) <= np.arange(n)[:, None] + shift, scale * Q @ K.T, -np.inf)
        A = np.exp(S - S.max(axis=1, keepdims=True))
        return A @ V / A.sum(axis=1, keepdims=True)

    return kernel


@pytest.mark.parametrize(("corner", "word"), [("top-left", "causal"), ("bottom-right", "causal-bottom-right")])
def test_a_kernel_that_is_always_causal_is_taken_for_one(corner: str, word: str) -> None:
    kernel = Here(causal(corner), Conventions(dtype="float32"))
    found = always(kernel.call, kernel.conventions, kernel.offer, 1)
    assert found is not None
    assert found[0] == word
    assert f"aligned {corner}, in all of 40 cases" in found[1]


def test_full_attention_and_nonsense_are_not_taken_for_causal_attention() -> None:
    def full(Q: Any, K: Any, V: Any, scale: float) -> Any:
        A = np.exp(scale * Q @ K.T - np.max(scale * Q @ K.T, axis=1, keepdims=True))
        return A @ V / A.sum(axis=1, keepdims=True)

    def nonsense(Q: Any, K: Any, V: Any, scale: float) -> Any:
        return np.ones((len(Q), V.shape[1]), dtype=np.float32)

    for function in (full, nonsense):
        kernel = Here(function, Conventions(dtype="float32"))
        assert always(kernel.call, kernel.conventions, kernel.offer, 1) is None


def test_a_seed_asks_the_same_and_another_one_does_not() -> None:
    asked = []
    for seed in (7, 7, 8):
        kernel = Here("tests.support.bed.right_numpy:everything")
        list(checked(checks(Suffered(kernel, seed), (), "visibility", quick=True), only="visibility"))
        asked.append(kernel.asked)
    assert asked[0] == asked[1]
    assert not set(asked[0]) & set(asked[2])


def test_a_wrong_entry_is_confirmed_from_its_recipe() -> None:
    wrong = next(result for result in results(BED["causal_ignored"], "visibility") if result.status == "wrong")
    record = wrong.counterexample
    assert record is not None
    assert record["kind"] == KIND
    assert recalled(record).holds
    assert not recalled({**record, "output": recalled(record).expected}).holds
    changes: tuple[dict[str, Any], ...] = (
        {"task": "0" * 64},
        {"place": [0, 0, 0, 10**9]},
        {"part": "nothing"},
        {"case": {}},
        {"dtype": "int8"},
    )
    for change in changes:
        with pytest.raises(BadInput):
            recalled({**record, **change})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "check", "begins"),
    [
        ("scale_missing", "entries", "entries/gaussian"),
        ("lost_from_512", "long", "long/"),
        ("lost_from_512", "long", "long/flat"),
        ("dK_unscaled", "gradients", "gradients/"),
    ],
)
def test_a_wrong_entry_of_any_kind_of_call_is_confirmed(name: str, check: str, begins: str) -> None:
    records = [x.counterexample for x in results(BED[name], check) if x.status == "wrong" and x.name.startswith(begins)]
    assert records
    for record in records[:3]:
        assert record is not None
        assert recalled(record).holds
        assert not recalled({**record, "output": recalled(record).expected}).holds


def along(bottom_right: bool) -> Any:
    """A kernel in the convention `flash-attn` that knows windows alone, along this diagonal."""

    def attention(q: Any, k: Any, v: Any, softmax_scale: float, window_size: tuple[int, int] = (-1, -1)) -> Any:
        (n, H), (m, G) = q.shape[1:3], k.shape[1:3]
        k, v = (np.repeat(X, H // G, axis=2) for X in (k, v))
        place = np.arange(n)[:, None] + (m - n if bottom_right else 0)
        left, right = (n + m if side < 0 else side for side in window_size)
        seen = (np.arange(m) >= place - left) & (np.arange(m) <= place + right)
        S = np.where(seen, np.einsum("bnhd,bmhd->bhnm", q, k) * softmax_scale, -np.inf)
        top = S.max(axis=3, keepdims=True)
        P = np.exp(S - np.where(np.isfinite(top), top, 0))
        Z = P.sum(axis=3, keepdims=True)
        return np.einsum("bhnm,bmhd->bnhd", P / np.where(Z > 0, Z, 1), v).astype(q.dtype)

    return attention


@pytest.mark.slow
def test_a_window_follows_the_diagonal_of_its_convention_where_lengths_differ() -> None:
    found = {}
    for bottom_right in (True, False):
        kernel = Suffered(Here(along(bottom_right), Conventions(convention="flash-attn", dtype="float32")), 1)
        found[bottom_right] = list(checked(list(checks(kernel, (16,), "windows")), only="windows"))
    assert {result.name: result.reason for result in found[True] if result.status in FAILED} == {}
    assert any(result.status == "wrong" for result in found[False])
    assert "the window is aligned top-left" in diagnosis(found[False], "float32")[0].sentence
