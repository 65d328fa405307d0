"""Gradients in balls against a second implementation and central differences, and what a question about them must be."""

from pathlib import Path

import numpy as np
import pytest

from instances.bits import BitMatrix
from instances.coded import Coded, Floats
from instances.exact import precision
from instances.faults import BadInput, Declined
from instances.gradients import OF, Gradient, GradientTask
from instances.mechanism import Mechanism
from instances.storage import load, save
from instances.task import Attention
from instances.visibility import Visibility
from tests.support.differentiated import cases, column_of

ONE = np.ones((2, 1))


def exact(of: Gradient) -> Floats:
    with precision(128):
        return np.array([float(of.exact.row(r)[0]) for r in range(of.shape[0])])


def small(**changed: object) -> Gradient:
    given = {"Q": np.eye(2), "K": np.eye(2), "V": ONE, "scale": 1.0, "dO": ONE, "of": "dQ", "column": 0}
    return Gradient(**{**given, **changed})  # type: ignore[arg-type]


def test_entries_are_those_of_the_second_implementation() -> None:
    compared = 0
    for case in cases():
        for of in OF:
            expected = case.exact(of)
            for column in range(expected.shape[1]):
                found = exact(case.column(of, column))
                assert np.allclose(found, expected[:, column], rtol=1e-12, atol=1e-13), (case.name, of, column)
                compared += len(found)
    assert compared > 400


def test_a_planted_fault_is_seen() -> None:
    """A dO of another row, a key more, the scale twice: no entry of the second implementation is met by chance."""
    case = next(cases())
    of = case.inputs
    for other in (
        column_of(of, case.dO[::-1].copy(), "dQ", 0),
        column_of(Attention(of.Q, of.K, of.V, 2 * of.scale), case.dO, "dQ", 0),
        column_of(Attention(of.Q, of.K, of.V, of.scale, Mechanism(sees=Visibility.causal())), case.dO, "dQ", 0),
    ):
        assert not np.allclose(exact(other), case.expected[0][:, 0], rtol=1e-3)


def test_entries_are_slopes() -> None:
    """Central differences of <dO, O> by an entry of Q, K, V and X, for causal attention with coded rows."""
    rng = np.random.default_rng(1)
    bits = [BitMatrix.of(rng.integers(0, 2, (5, 4))) for _ in range(2)]
    Q, K = (Coded(b, rng.normal(size=4), rng.normal(size=4)) for b in bits)
    V, dO = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    mechanism, h = Mechanism(sees=Visibility.causal()), 1e-6

    def loss(Q: Floats, K: Floats, V: Floats, X: Floats) -> float:
        of = Attention(Q @ X, K, V, 0.6, mechanism)
        with precision(128):
            return sum(float(value) * float(dO[i, c]) for i in range(5) for c, value in enumerate(of.exact.row(i)))

    plain = [Q.dense(slice(None)), K.dense(slice(None)), V, np.eye(4)]
    for place, of in enumerate(OF):
        found = exact(Gradient((Q,), (K,), V, 0.6, mechanism, dO=dO, of=of, column=1))
        for row in range(len(found)):
            moved = [[x.copy() for x in plain] for _ in range(2)]
            moved[0][place][row, 1] += h
            moved[1][place][row, 1] -= h
            assert (loss(*moved[0]) - loss(*moved[1])) / (2 * h) == pytest.approx(found[row], abs=1e-8), (of, row)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"dO": np.array([[1.0], [np.nan]])}, "dO holds NaN or an infinity: every entry must be finite"),
        ({"dO": np.ones((3, 1))}, "dO has shape (3, 1): it must be that of the output, (n, v) = (2, 1)"),
        ({"dO": np.ones(2)}, "dO has shape (2,): it must be"),
        ({"of": "dP"}, "of = 'dP': a gradient is one of dQ, dK, dV, dX"),
        ({"column": 2}, "column = 2: dQ has the columns 0 to 1"),
        ({"of": "dV", "column": 1}, "column = 1: dV has the columns 0 to 0"),
        ({"mechanism": Mechanism("gaussian", True)}, "gradients of gaussian-mean are not known"),
        ({"V": np.ones((3, 1))}, "V must be (m, v)"),
    ],
)
def test_what_is_no_gradient_is_refused_in_a_line(changed: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput) as refusal:
        small(**changed)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("read", "said"),
    [
        ([], "read has shape (0,)"),
        ([1, 0], "they rise"),
        ([0, 2], "from 0 to n - 1 = 1"),
        ([0.0], "type float64"),
    ],
)
def test_entries_that_are_not_there_are_refused(read: list[float], said: str) -> None:
    with pytest.raises(BadInput) as refusal:
        GradientTask(small(), 0.0, 1.0, np.array(read))
    assert said in str(refusal.value)


def test_rows_that_see_no_key_have_no_part_in_a_question() -> None:
    blind = Mechanism(sees=Visibility(mask=np.array([[True, True], [False, False]])))
    with pytest.raises(BadInput, match="row 1 sees no key"):
        GradientTask(small(mechanism=blind, of="dV"), 0.0, 1.0, np.array([0]))
    quiet = np.array([[1.0], [0.0]])
    GradientTask(small(mechanism=blind, dO=quiet, of="dV"), 0.0, 1.0, np.array([0]))
    with pytest.raises(BadInput, match="row 1 sees no key"):
        GradientTask(small(mechanism=blind, dO=quiet), 0.0, 1.0, np.array([0, 1]))


def a_task(of: str = "dV") -> GradientTask:
    inputs = small(V=np.array([[1.0], [-1.0]]), of=of, mechanism=Mechanism(sees=Visibility.causal()))
    return GradientTask(inputs, 0.5, 1.25, np.array([0, 1]))


def test_a_question_is_answered_by_its_entries() -> None:
    """dV = P^T dO over causal weights (1, 0), (1, e)/(1 + e): 1.2689 and 0.7311."""
    task = a_task()
    assert [task.reaches((i,)) for i in (0, 1)] == [True, False]
    assert [task.accepts((i,)) for i in (0, 1)] == [True, True]
    assert not task.promised()
    assert not task.accepts((2,))
    assert not task.accepts((0, 0))
    assert task.size == {"n": 2, "m": 2, "d": 2, "rows": 2}
    assert task.says((0,)) == "dV[0, 0] is 1.26894, >= high = 1.25"
    assert task.additive.value == 0.375
    assert repr(task) == "GradientTask(2 x 2, d = 2, rows = 2, column 0 of dV, low = 0.5, high = 1.25)"


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
@pytest.mark.parametrize("of", OF)
def test_a_question_is_stored_and_read_again(tmp_path: Path, suffix: str, of: str) -> None:
    task = a_task(of)
    save(task, tmp_path / f"task{suffix}", {"note": "mine"})
    again = load(tmp_path / f"task{suffix}")
    assert isinstance(again, GradientTask)
    assert again.identity == task.identity
    assert (again.inputs.of, again.inputs.column, again.counted) == (of, 0, [0, 1])
    assert np.array_equal(again.inputs.dO, task.inputs.dO)
    assert str(again.inputs.mechanism) == "softmax[causal=top-left]"
    with pytest.raises(Declined):
        load(tmp_path / f"task{suffix}", memory=10)
    with pytest.raises(BadInput, match="an instance of GradientTask, not of AttentionTask"):
        load(tmp_path / f"task{suffix}", kind="AttentionTask")


def test_identities_differ() -> None:
    tasks = [a_task(of) for of in OF]
    inputs = tasks[0].inputs
    tasks += [GradientTask(inputs, 0.5, 1.5, np.array([0, 1])), GradientTask(inputs, 0.5, 1.25, np.array([0]))]
    tasks += [GradientTask(column_of(inputs, 2 * ONE, "dQ", c), 0.5, 1.25, np.array([0, 1])) for c in (0, 1)]
    assert len({task.identity for task in tasks}) == len(tasks)


@pytest.mark.parametrize(
    ("without", "put", "said"),
    [
        ("dO", {}, "it has no dO"),
        ("", {"dO": np.full((2, 1), np.inf)}, "dO holds NaN"),
        ("", {"dO": np.ones((3, 1))}, "(n, v) = (2, 1)"),
        ("", {"of": "dP"}, "of = 'dP'"),
        ("", {"column": 7}, "column = 7"),
        ("", {"column": 0.5}, "column"),
        ("read", {}, "read"),
        ("", {"read": np.array([0.5])}, "read"),
        ("", {"kind": "AttentionTask"}, "kind"),
        ("", {"instance": "0" * 64}, "the identity is"),
        ("of", {}, "of"),
    ],
)
def test_bad_files_are_refused_in_a_line(tmp_path: Path, without: str, put: dict[str, object], said: str) -> None:
    save(a_task(), tmp_path / "task.npz")
    with np.load(tmp_path / "task.npz") as held:
        arrays = {key: held[key] for key in held.files if key != without}
    np.savez(tmp_path / "bad.npz", **{**arrays, **put})
    with pytest.raises(BadInput) as refusal:
        load(tmp_path / "bad.npz")
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_how_they_are_called() -> None:
    """The mechanism only where it is not plain softmax; a question by its thresholds, its entries by row and column."""
    of = small(of="dK", column=1)
    assert repr(of) == "Gradient(2 x 2, d = 2, v = 1, scale = 1, column 1 of dK)"
    causal = Mechanism(sees=Visibility.causal())
    assert repr(small(mechanism=causal)) == f"Gradient(2 x 2, d = 2, v = 1, scale = 1, column 0 of dQ, {causal})"
    question = GradientTask(of, -0.5, 1 / 3, np.array([1]))
    assert question.short == "GradientTask(2 x 2, d = 2, rows = 1, column 1 of dK, low = -0.5, high = 0.333333)"
    assert question.answer_named(1) == "dK[1, 1]"
    assert (of.asked, of.tiny) == ("dK", "")


@pytest.mark.parametrize(("d", "words"), [(1, 1), (64, 1), (65, 2), (128, 2), (129, 3)])
def test_memory_is_words_of_bits_and_numbers(d: int, words: int) -> None:
    """8 bytes for each word and each dO or V of a row, and for each entry that is read; two values a column of Q and of K."""
    assert GradientTask.memory({"n": 3, "m": 5, "d": d, "rows": 7}) == 8 * (3 + 5) * (words + 1) + 8 * 7 + 2 * 2 * 8 * d


def test_copies_of_gradients_share_nothing() -> None:
    of = small()
    copy = of.copied()
    assert (copy.of, copy.column, copy.scale) == (of.of, of.column, of.scale)
    for a, b in ((of.Q, copy.Q), (of.K, copy.K), (of.V, copy.V), (of.dO, copy.dO)):
        assert isinstance(a, np.ndarray)
        assert isinstance(b, np.ndarray)
        assert np.array_equal(a, b)
        assert not np.shares_memory(a, b)
