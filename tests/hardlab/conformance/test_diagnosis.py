"""Wrong kernels of the bed are found by the check that is about them and named; right ones are not accused."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hardlab.conformance import diagnosis as module
from hardlab.conformance.arithmetic import ROUNDOFF
from hardlab.conformance.asking import KIND
from hardlab.conformance.case import Case
from hardlab.conformance.checking import checked, checks
from hardlab.conformance.checks.honesty import KEPT, OTHER_Q
from hardlab.conformance.diagnosis import PIECES, Explained, diagnosis, told
from hardlab.conformance.evidence import Evidence
from hardlab.conformance.faults.told import Fault
from hardlab.conformance.meaning import always
from hardlab.conformance.planting import Planted, Shape
from hardlab.conformance.recalled import recalled
from hardlab.conformance.result import FAILED, Result, Status
from hardlab.conformance.suffered import Suffered
from hardlab.kernels.kernel import Conventions
from instances.coded import Floats
from instances.faults import BadInput
from tests.support import faulty_numpy, gaming
from tests.support.bed.entries import Entry
from tests.support.kernels import Here
from tests.support.sampling import some, strides

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


@pytest.mark.long
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


@pytest.mark.long
@pytest.mark.slow
@strides(6)
@pytest.mark.parametrize("name", RIGHT)
def test_a_right_kernel_is_not_accused(name: str, stride: int) -> None:
    """By checks that are drawn anew every day."""
    seed = np.random.default_rng().integers(2**31).item()
    kernel = Suffered(Here(BED[name].target, conventions(BED[name])), seed)
    found = list(checked(some(list(checks(kernel, (16,), quick=True)), stride, seed)))
    assert {result.name: result.reason for result in found if result.status in FAILED} == {}
    assert sum(result.status == "passed" for result in found) > 100 / stride


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


@pytest.mark.slow
def test_a_seed_asks_the_same_and_another_one_does_not() -> None:
    asked = []
    for seed in (7, 7, 8):
        kernel = Here("tests.support.bed.right_numpy:everything")
        list(checked(checks(Suffered(kernel, seed), (), "visibility", quick=True), only="visibility"))
        asked.append(kernel.asked)
    assert asked[0] == asked[1]
    assert not set(asked[0]) & set(asked[2])


@pytest.mark.slow
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


# How faults are put together to a diagnosis, of evidence and results that are made up


CASE = Case("x/y", Shape(1, 2, 2, 10, 10, 8, 5), "spread", (1,))
MADE: Planted = CASE.planted(Conventions(dtype="float32"))
ZEROS = np.zeros((1, 2, 10, 5))


def evidence(given: Floats, expected: Floats = ZEROS + 1.0, allowed: float = 1e-3, part: str = "output") -> Evidence:
    """100 entries, each allowed the same."""
    bound = np.full(expected.shape, allowed)
    with np.errstate(invalid="ignore"):
        wrong = ~(np.abs(given - expected) <= bound)
    return Evidence(CASE, MADE, part, given, expected, bound, wrong)


def entries(count: int, value: float, other: float) -> Floats:
    """So many of the first entries are the one, the others are the other."""
    return np.where(np.arange(100).reshape(1, 2, 10, 5) < count, value, other)


def with_faults(monkeypatch: pytest.MonkeyPatch, **numbers: Any) -> None:
    """There are these faults."""
    made = [Fault(name.replace("_", " "), partial(np.array, given)) for name, given in numbers.items()]
    monkeypatch.setattr(module, "faults", lambda one: iter(made))


def of(*pieces: Evidence, names: tuple[str, ...] = ()) -> list[Explained]:
    given = names or tuple(f"x/{place}" for place in range(len(pieces)))
    return diagnosis([Result(name, "wrong", "", evidence=(one,)) for name, one in zip(given, pieces, strict=True)], "float32")


@pytest.mark.parametrize(("right", "named"), [(97, True), (96, False), (100, True)])
def test_enough_of_the_wrong_entries_are_what_the_fault_gives(right: int, named: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with_faults(monkeypatch, it_gives_seven=ZEROS + 7.0)
    [found] = of(evidence(entries(right, 7.0, 3.0)))
    assert (found.sentence == "it gives seven") == named
    assert (found.pieces, found.of, found.checks) == (1, 1, ("x",))


@pytest.mark.parametrize(("said", "named"), [(50, True), (49, False)])
def test_a_fault_says_something_of_half_of_the_wrong_entries(said: int, named: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with_faults(monkeypatch, it_gives_seven=entries(said, 7.0, np.nan))
    [found] = of(evidence(ZEROS + 7.0))
    assert (found.sentence == "it gives seven") == named


@pytest.mark.parametrize(("off", "named"), [(2e-3, True), (2.1e-3, False)])
def test_as_near_as_rounding_allows(off: float, named: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice what is allowed of the entry, or a twentieth of the largest where that is less; and some roundings."""
    with_faults(monkeypatch, it_gives_seven=ZEROS + 7.0)
    [found] = of(evidence(ZEROS + 7.0 + off))
    assert (found.sentence == "it gives seven") == named
    wide = evidence(ZEROS + 7.0 + 50 * off, allowed=5.0)
    assert wide.wrong.all()
    [found] = of(wide)
    assert (found.sentence == "it gives seven") == named


def test_what_a_fault_leaves_as_it_is_it_does_not_explain(monkeypatch: pytest.MonkeyPatch) -> None:
    with_faults(monkeypatch, it_changes_little=ZEROS + 1.0)
    [found] = of(evidence(ZEROS + 1.0015))
    assert found.sentence.startswith("numbers are less precise than the dtype")
    with_faults(monkeypatch, it_changes_little=entries(97, 1.0015, 1.0))
    assert of(evidence(ZEROS + 1.0015))[0].sentence == "it changes little"


def test_numbers_that_are_none_are_explained_by_what_gives_none(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = np.full(ZEROS.shape, np.nan)
    with_faults(monkeypatch, it_is_none=nothing, infinite=ZEROS + np.inf)
    assert of(evidence(nothing))[0].sentence == "it is none"
    assert of(evidence(ZEROS + np.inf))[0].sentence == "infinite"
    assert of(evidence(ZEROS - np.inf))[0].sentence.startswith("none of the faults")


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        (np.s_[:, :, :, :], ""), (np.s_[:, 1:, :, :], " (in head 1)"), (np.s_[:, :, 4:, :], " (in rows from 4 on)"),
        (np.s_[:, :, :4, :], " (in rows up to 3)"), (np.s_[:, :, 4:5, :], " (in row 4)"),
        (np.s_[:, 0:1, :, 2:], " (in head 0, columns from 2 on)"), (np.s_[:, :, ::2, :], " (not everywhere)"),
    ],
)  # fmt: skip
def test_where_a_fault_acts(wrong: Any, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_faults(monkeypatch, it_gives_seven=ZEROS + 7.0)
    given = ZEROS + 1.0
    given[wrong] = 7.0
    [found] = of(evidence(given))
    assert found.sentence == f"it gives seven{where}"


def test_the_fault_that_explains_most_comes_first_and_then_the_one_that_harms_least(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    narrow = entries(50, 7.0, 1.0)
    with_faults(monkeypatch, everywhere=ZEROS + 7.0, in_half=narrow, in_nine=ZEROS + 9.0)
    half, nine = evidence(narrow), evidence(ZEROS + 9.0)
    found = of(nine, half, half, names=("a/0", "b/0", "c/0"))
    assert [(one.sentence, one.pieces, one.of, one.checks) for one in found] == [
        ("in half", 2, 3, ("b", "c")), ("in nine", 1, 3, ("a",)),
    ]  # fmt: skip


@pytest.mark.parametrize("count", [1, PIECES, PIECES + 1, 3 * PIECES])
def test_so_many_pieces_are_looked_at(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with_faults(monkeypatch, it_gives_seven=ZEROS + 7.0)
    one = evidence(ZEROS + 7.0)
    names = tuple(f"{'ab'[place % 2]}/{place}/x" for place in range(count))
    [found] = of(*[one] * count, names=names)
    assert (found.pieces, found.of) == (min(count, PIECES),) * 2


def test_pieces_are_taken_in_turn_and_the_small_ones_first() -> None:
    large = replace(evidence(ZEROS), given=np.zeros((1, 2, 10, 9)))
    small = evidence(ZEROS)
    given = [("a/0", large), ("a/1", small), ("a/2", large), ("b/0", large), ("c", small)]
    assert [name for name, _ in module._spread(given)] == ["a/1", "b/0", "c", "a/0", "a/2"]
    other = replace(small, part="dQ")
    assert [(name, one.part) for name, one in module._spread([("a/0", small), ("a/1", small), ("a/0", other)])] == [
        ("a/0", "output"), ("a/0", "dQ"), ("a/1", "output"),
    ]  # fmt: skip
    many = [(f"{place}/x", small) for place in range(PIECES + 5)]
    assert [name for name, _ in module._spread(many)] == [name for name, _ in many[:PIECES]]


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.029, ", as where bfloat16 is inside"), (2.0**-9, ", as where bfloat16 is inside"),
        (2.0**-9 * 0.99, ", as where float16 or TF32 is inside"), (2.0**-13, ", as where float16 or TF32 is inside"),
        (2.0**-13 * 0.99, ", as where float32 is inside"), (2.0**-26, ", as where float32 is inside"), (2.0**-27, ""),
    ],
)  # fmt: skip
def test_small_errors_are_rounding(share: float, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_faults(monkeypatch)
    expected = ZEROS + 0.5
    expected[0, 0, 0, 0] = -2.0
    given = expected.copy()
    given[0, 1, 3, 2] += 2 * share
    [found] = of(evidence(given, expected, 1e-12))
    much = f"output is off by up to {share:.2g} of its largest entry"
    assert found.sentence == f"numbers are less precise than the dtype: {much}{said}"


def test_what_no_fault_explains_is_said_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    with_faults(monkeypatch)
    given = ZEROS + 1.0
    given[0, 1, 6:, 2] = 1.031
    [found] = of(evidence(given))
    assert found.sentence == (
        "none of the faults that are known: output of x/y is off by up to 0.031 in head 1, rows from 6 on, column 2 "
        "in rows (batch, head, row) [[0, 1, 6], [0, 1, 7], [0, 1, 8], [0, 1, 9]]"
    )
    given[0, 0, 0, 0] = np.nan
    [found] = of(evidence(given))
    assert "is off by up to inf in" in found.sentence


def statuses(*words: str, name: str = "x") -> list[Result]:
    kinds: dict[str, Status] = {"p": "passed", "w": "wrong", "s": "skipped", "d": "declined", "b": "beyond"}
    return [Result(f"{name}/{place}", kinds[word], "") for place, word in enumerate("".join(words))]


@pytest.mark.parametrize(
    ("words", "after"),
    [
        ("ppp" + "w" * 9, 3), ("pp" + "w" * 20, 0), ("ppp" + "w" * 8, 0), ("p" * 20 + "w" * 9, 20), ("ppp" + "w" * 9 + "p", 0),
        ("pspdp" + "w" * 5 + "s" + "w" * 4, 3), ("p" * 20, 0), ("w" * 20, 0),
    ],
)  # fmt: skip
def test_after_which_check_all_is_wrong(words: str, after: int) -> None:
    found = told(statuses(words))
    if after:
        count = words.count("w")
        assert found == [Explained(f"right in the first {after} checks, and wrong in all that came after", count, count, ())]
    else:
        assert found == []


def test_what_the_results_say_by_themselves() -> None:
    results = [
        Result("honesty/clock", "wrong", "the clock was replaced"), Result("honesty/other", "passed", "nothing"),
        Result(f"replays/{OTHER_Q}", "wrong", f"{KEPT}: gets that of an earlier call"),
    ]  # fmt: skip
    assert told(results) == [
        Explained(f"{KEPT} under K and V, without Q: 1 of 10 calls get that of another, first {OTHER_Q}", 1, 1, ("replays",)),
        Explained("the clock was replaced", 1, 1, ("honesty/clock",)),
    ]
    assert told([]) == []


ONE_KIND = [("pp", "www", True), ("pw", "www", False), ("pp", "wwp", False), ("", "www", False), ("pp", "", False)]


@pytest.mark.parametrize(("some", "others", "said"), ONE_KIND)
def test_who_is_right_for_one_kind_of_entries_only(some: str, others: str, said: bool) -> None:
    for name, what in (("entries/gaussian 1", "Gaussian entries"), ("entries/Q times 64", "coded entries of other sizes")):
        beside = statuses("pwp", name="heads")  # which are about something else
        found = told([*statuses(some, name=name), *statuses(others, name="keys"), *beside])
        assert found == ([Explained(f"right for {what} only", 3, 3, ("keys", "entries"))] if said else [])


@pytest.mark.parametrize("size", [1e-3, 1.0, 40.0])
def test_numbers_that_explain_are_as_near_as_the_promise_or_a_twentieth_of_the_largest(
    size: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And roundings more; whatever the size of the numbers. What is not computed counts as nothing."""
    asked: list[Floats] = []
    monkeypatch.setattr(module, "faults", lambda one: [Fault("x", lambda: np.zeros(3))])
    monkeypatch.setattr(module, "_fit", lambda one, numbers, slack: asked.append(slack))
    one: Any = SimpleNamespace(expected=size * np.array([0.25, -0.5, np.nan]), allowed=size * np.array([0.001, np.inf, 0.5]))
    assert module._fits(one, "float32") == {}
    [slack] = asked
    assert slack == pytest.approx(size * (np.array([0.001, 0.025, 0.025]) + 16 * ROUNDOFF["float32"] * 0.5), rel=1e-12)
