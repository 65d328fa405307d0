"""What rows see, against the definition pair by pair, and exact attention over it against sums of balls."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

from instances.bias import Bias
from instances.bits import BitMatrix
from instances.coded import Coded
from instances.faults import BadInput, Declined
from instances.mechanism import SOFTMAX, Mechanism
from instances.seen import Seen
from instances.storage import load, save
from instances.task import Attention, AttentionTask
from instances.visibility import ALL, Visibility
from tests.support.sight import biases, conjunctions, definition, kinds, visible

SHAPES = ((8, 8), (4, 8), (8, 4))


def cases(seed: int = 0, count: int = 40) -> list[tuple[int, int, Visibility]]:
    rng = np.random.default_rng(seed)
    return [(n, m, of) for n, m in SHAPES for of in (*kinds(n, m, rng), *conjunctions(n, m, rng, count))]


def plain(n: int, m: int, mechanism: Mechanism, seed: int = 0) -> Attention:
    rng = np.random.default_rng(seed)
    return Attention(rng.normal(size=(n, 3)), rng.normal(size=(m, 3)), rng.normal(size=(m, 2)), 0.7, mechanism)


def coded(n: int, m: int, mechanism: Mechanism) -> Attention:
    rng = np.random.default_rng(3)

    def blocks(*sizes: int) -> tuple[Coded, ...]:
        bits = (BitMatrix.of(rng.integers(0, 2, (size, 9))) for size in sizes)
        return tuple(Coded(b, rng.choice([-1.0, 0.0, 0.5], 9), rng.choice([1.0, 2.0], 9)) for b in bits)

    return Attention(blocks(n - 3, 3), blocks(1, m - 1), rng.integers(0, 3, (m, 1)).astype(float), 0.3, mechanism)


def mistakes(of: Visibility, seen: Seen, n: int, m: int) -> int:
    """How many pairs `seen` has otherwise than the definition of `of` says, by each of its ways to ask."""
    expected = visible(of, n, m) > 0
    wrong = 0
    for rows, keys in ((slice(0, n), slice(0, m)), (slice(1, n), slice(2, m - 1)), (slice(n - 1, n), slice(0, 1))):
        hidden = seen.hidden(rows, keys)
        wrong += int((expected[rows, keys] == (np.zeros((1, 1), dtype=np.bool_) if hidden is None else hidden)).sum())
    for i in range(n):
        these, shown = seen.keys(i)
        found = np.zeros(m, dtype=np.bool_)
        found[these] = True if shown is None else shown
        wrong += int((found != expected[i]).sum())
    return wrong


def test_what_rows_see_is_what_the_definition_says() -> None:
    intervals = bits = blind = 0
    for n, m, of in cases():
        seen, expected = of.over(n, m), visible(of, n, m) > 0
        assert mistakes(of, seen, n, m) == 0, of
        assert seen.blind.tolist() == np.flatnonzero(~expected.any(axis=1)).tolist()
        assert seen.everything == bool(expected.all())
        some = np.flatnonzero(expected.any(axis=0))
        assert seen.span(slice(0, n)) == (slice(int(some[0]), int(some[-1]) + 1) if len(some) else slice(0, 0))
        first, last = expected.argmax(axis=1), m - expected[:, ::-1].argmax(axis=1)
        for i in np.flatnonzero(expected.any(axis=1)).tolist():
            assert (int(seen.start[i]), int(seen.stop[i])) == (first[i], last[i])
        assert seen.intervals == bool((expected.sum(axis=1) == seen.stop - seen.start).all())
        intervals, bits, blind = intervals + seen.intervals, bits + (not seen.intervals), blind + len(seen.blind)
    assert min(intervals, bits, blind) > 30


def test_planted_faults_are_seen() -> None:
    """A mask one off, the other corner, window ends exchanged, the interleaved map of heads, a border of sequences moved."""

    def swapped(of: Visibility) -> Visibility:
        return replace(of, left=of.right, right=of.left)

    def other_corner(of: Visibility) -> Visibility:
        return replace(of, corner="bottom-right" if of.corner == "top-left" else "top-left")

    def moved(of: Visibility) -> Visibility:
        return of if of.keys is None else replace(of, keys=np.append(np.maximum(of.keys[:-1] - 1, 0), of.keys[-1]))

    faults: dict[str, Any] = {
        "one too wide": (lambda of: replace(of, right=of.right + 1) if of.right is not None else of),
        "one too narrow": (lambda of: replace(of, right=of.right - 1) if of.right else of),
        "left one off": (lambda of: replace(of, left=of.left + 1) if of.left is not None else of),
        "the other corner": other_corner,
        "ends exchanged": swapped,
        "a key shifted": (lambda of: replace(of, keep=np.roll(of.keep, 1)) if of.keep is not None else of),
        "mask transposed": (lambda of: replace(of, mask=of.mask[::-1]) if of.mask is not None else of),
        "keys of another head": (lambda of: replace(of, heads=(4, 1, 1)) if of == Visibility(heads=(1, 4, 2)) else of),
        "border moved": moved,
    }
    for name, fault in faults.items():
        caught = [mistakes(of, fault(of).over(n, m), n, m) > 0 for n, m, of in cases() if fault(of) != of]
        assert sum(caught) >= max(3, len(caught) // 4), name


@pytest.mark.parametrize("make", [plain, coded])
def test_exact_values_are_those_of_the_definition(make: Any) -> None:
    rng, rows = np.random.default_rng(5), 0
    with ctx.workprec(200):
        for number, (n, m, of) in enumerate(cases(1, 12)):
            of_heads = (of.heads or (1, 1, 1))[1]
            options = biases(n, m, of_heads, rng)
            kernel, normalised = (("dot", True), ("dot", False), ("gaussian", True), ("gaussian", False))[number % 4]
            inputs = make(n, m, Mechanism(kernel, normalised, of, options[number % len(options)]))  # type: ignore[arg-type]
            for i, expected in enumerate(definition(inputs)):
                if expected is None:
                    with pytest.raises(BadInput, match=f"row {i} sees no key"):
                        inputs.exact.row(i)
                    continue
                for given, value in zip(inputs.exact.row(i), expected, strict=True):
                    assert given.overlaps(value), inputs.mechanism
                    assert value == 0 or given.rel_accuracy_bits() > 120 or abs(value) < arb(2) ** -150
                    rows += 1
    assert rows > 500


def test_rows_of_blocks_of_a_plain_K() -> None:
    """Windows that start and end inside blocks of 1,024 keys."""
    rng = np.random.default_rng(7)
    K = rng.normal(size=(2100, 1))
    mask = rng.random((3, 2100)) < 0.5
    for of in (Visibility(mask=mask), Visibility(1000, 100, "bottom-right"), Visibility(keep=mask[0])):
        inputs = Attention(rng.normal(size=(3, 1)), K, rng.normal(size=(2100, 1)), 1.0, Mechanism(sees=of))
        Q, shown = inputs.queries(slice(None)), visible(of, 3, 2100)
        weights = np.exp(Q @ K.T) * shown
        for i in range(3):
            assert float(inputs.exact.row(i)[0]) == pytest.approx(
                float((weights @ inputs.V)[i, 0] / weights[i].sum()), rel=1e-12
            )


def test_words_read_back_and_say_what_is_said() -> None:
    said = {
        "softmax": ALL,
        "softmax[window=8]": Visibility.window(8),
        "softmax[window=0]": Visibility(0, 0),
        "softmax[causal=top-left]": Visibility.causal(),
        "softmax[causal=bottom-right,left=3]": Visibility(3, 0, "bottom-right"),
        "softmax[corner=bottom-right,left=2,right=2]": Visibility(2, 2, "bottom-right"),
        "softmax[right=3]": Visibility(right=3),
        "softmax[heads=2:8:4]": Visibility(heads=(2, 8, 4)),
        "softmax[causal=top-left,heads=1:2:2]": Visibility(right=0, heads=(1, 2, 2)),
    }
    for text, of in said.items():
        assert str(Mechanism(sees=of)) == text
        assert Mechanism.of(text) == Mechanism(sees=of)
    assert Mechanism.of("softmax[left=3,right=3]") == Mechanism.of("softmax[window=3]")
    assert str(Mechanism(sees=Visibility(right=0, keep=np.ones(3, dtype=np.bool_)), bias=Bias(np.ones((1, 3))))) == (
        "softmax[causal=top-left] with keep, bias"
    )
    for text in (
        "softmax[window=1,left=1]",
        "softmax[causal=top-left,right=0]",
        "softmax[causal=left]",
        "softmax[heads=1:4:3]",
    ):
        with pytest.raises(BadInput, match=r"it is one of softmax, .* \(.+\)$"):
            Mechanism.of(text)


def test_what_is_the_same_is_equal() -> None:
    keep = np.array([True, False])
    assert Visibility(keep=keep) == Visibility(keep=keep.copy())
    assert hash(Visibility(keep=keep)) == hash(Visibility(keep=keep.copy()))
    assert Visibility(keep=keep) != Visibility(keep=~keep) != ALL
    assert Bias(np.array([[0.0]])) == Bias(np.array([[-0.0]])) != Bias()
    assert Mechanism() == SOFTMAX != Mechanism(bias=Bias(None, np.array([0.5])))
    copied = keep.copy()
    of = Visibility(keep=copied)
    copied[:] = True
    assert of == Visibility(keep=keep)


REFUSED: list[tuple[str, Any]] = [
    ("left = -1", lambda: Visibility(left=-1)),
    ("right = 2.0", lambda: Visibility(right=2.0)),  # type: ignore[arg-type]
    ("corner = 'left'", lambda: Visibility(corner="left")),  # type: ignore[arg-type]
    ("4 heads of queries and 3 of keys: the second number must divide the first", lambda: Visibility(heads=(1, 4, 3))),
    (r"heads = \(1, 4\)", lambda: Visibility(heads=(1, 4))),  # type: ignore[arg-type]
    (r"heads = \(0, 4, 2\)", lambda: Visibility(heads=(0, 4, 2))),
    ("lengths of the queries alone", lambda: Visibility(queries=np.array([0, 4]))),
    ("2 sequences of queries and 1 of keys", lambda: Visibility(queries=np.array([0, 2, 4]), keys=np.array([0, 4]))),
    ("fall from 3 to 2", lambda: Visibility(queries=np.array([0, 3, 2]), keys=np.array([0, 1, 2]))),
    ("start at 1: they start at 0", lambda: Visibility(queries=np.array([1, 3]), keys=np.array([0, 2]))),
    ("give cumulative lengths", lambda: Visibility(queries=np.array([0.0, 3.0]), keys=np.array([0, 2]))),
    ("keep has shape .* give booleans of shape", lambda: Visibility(keep=np.ones(3))),  # type: ignore[arg-type]
    ("mask has shape .* give booleans of shape", lambda: Visibility(mask=np.ones(3, dtype=np.bool_))),
    (r"keep has the shape \(3,\), there are n = 4 rows and m = 4", lambda: Visibility(keep=np.ones(3, dtype=np.bool_))),
    (r"mask has the shape \(4, 3\), there are n = 4", lambda: Visibility(mask=np.ones((4, 3), dtype=np.bool_))),
    ("end at 3, there are 4", lambda: Visibility(queries=np.array([0, 3]), keys=np.array([0, 4]))),
    ("4 rows and 4 keys for b = 3", lambda: Visibility(heads=(3, 1, 1))),
    (r"the bias has the shape \(2, 4\)", lambda: Bias(np.ones((2, 4)))),
    ("the bias of shape", lambda: Bias(np.ones(4))),
    ("the bias holds NaN", lambda: Bias(np.full((4, 4), np.nan))),
    ("2 slopes for 1 heads", lambda: Bias(None, np.ones(2))),
]


@pytest.mark.parametrize(("said", "made"), REFUSED)
def test_what_is_wrong_is_said_on_one_line(said: str, made: Any) -> None:
    def used() -> None:
        given = made()
        plain(4, 4, Mechanism(bias=given) if isinstance(given, Bias) else Mechanism(sees=given))

    with pytest.raises(BadInput, match=said) as caught:
        used()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_storage_both_ways(tmp_path: Path, suffix: str) -> None:
    rng = np.random.default_rng(11)
    identities = set()
    for number, (n, m, of) in enumerate(cases(2, 6)):
        mechanism = Mechanism(sees=of, bias=biases(n, m, (of.heads or (1, 1, 1))[1], rng)[number % 7])
        inputs = plain(n, m, mechanism, number)
        read = np.setdiff1d(np.arange(n), inputs.blind)
        if len(read) == 0:
            continue
        task = AttentionTask(inputs, -0.25, 0.5, len(read), read=read)
        save(task, tmp_path / f"task{suffix}")
        again = load(tmp_path / f"task{suffix}")
        assert isinstance(again, AttentionTask)
        assert (again.inputs.mechanism, again.identity, list(again.counted)) == (mechanism, task.identity, read.tolist())
        identities.add(task.identity)
    assert len(identities) > 60


def test_identities_tell_what_rows_see() -> None:
    """Each part enters; what says nothing new does not."""

    def identity(mechanism: Mechanism, read: Any = None) -> str:
        return AttentionTask(plain(4, 4, mechanism), 0.0, 1.0, 4 if read is None else len(read), read=read).identity

    mask = np.tril(np.ones((4, 4), dtype=np.bool_))
    ones = (np.ones((1, 4)), np.ones((4, 1)))
    given = [Mechanism(), Mechanism(sees=Visibility.causal()), Mechanism(sees=Visibility(mask=mask)),
             Mechanism(sees=Visibility(keep=mask[3])), Mechanism(bias=Bias(ones[0])), Mechanism(bias=Bias(ones[1])),
             Mechanism(bias=Bias(None, np.ones(1)))]  # fmt: skip
    found = [identity(mechanism) for mechanism in given]
    assert len({*found, identity(SOFTMAX, [0, 1, 2, 3])}) == 8
    assert found[0] == identity(SOFTMAX)


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_bad_files_are_one_clear_line(tmp_path: Path, suffix: str) -> None:
    from instances.storage.tasks import task_fields
    from instances.storage.writing import write_npz, write_safetensors

    task = AttentionTask(plain(4, 4, SOFTMAX), 0.0, 1.0, 4)
    write: Any = write_npz if suffix == ".npz" else write_safetensors
    matrices = {"Q": task.inputs.Q, "K": task.inputs.K, "V": task.inputs.V}
    fields = {key: value for key, value in task_fields(task).items() if key != "instance"}
    wrong: list[tuple[str, dict[str, Any]]] = [
        (r"mask has the shape \(4,\) and the type bool", {"mask": np.ones(4, dtype=np.bool_)}),
        (r"keep has the shape \(4,\) and the type int64: give booleans", {"keep": np.ones(4, dtype=np.int64)}),
        (r"read lists rows from 0 to 9", {"read": np.array([0, 1, 2, 9])}),
        (r"read has shape \(3,\)", {"read": np.array([0, 1, 2])}),
        ("keep has the shape", {"keep": np.ones(3, dtype=np.bool_)}),
        ("fall from 4 to 3", {"queries": np.array([0, 4, 3]), "keys": np.array([0, 3, 4])}),
        ("cumulative lengths of the keys alone", {"keys": np.array([0, 4])}),
        ("row 0 sees no key", {"keep": np.zeros(4, dtype=np.bool_)}),
        ("the identity is", {"instance": "0" * 64}),
    ]
    for said, arrays in wrong:
        notes = {key: value for key, value in arrays.items() if isinstance(value, str)}
        with open(tmp_path / f"bad{suffix}", "wb") as stream:
            write(stream, matrices, {**fields, **notes}, {}, {key: x for key, x in arrays.items() if key not in notes})
        with pytest.raises(BadInput, match=said) as caught:
            load(tmp_path / f"bad{suffix}")
        assert "\n" not in str(caught.value)
    with open(tmp_path / f"large{suffix}", "wb") as stream:
        write(stream, matrices, fields, {}, {"mask": np.ones((4, 4), dtype=np.bool_)})
    with pytest.raises(Declined, match="reading Q, K, V and mask"):
        load(tmp_path / f"large{suffix}", memory=300)


def test_rows_that_are_read() -> None:
    inputs = plain(6, 4, Mechanism(sees=Visibility.causal("bottom-right")))
    assert inputs.blind.tolist() == [0, 1]
    with pytest.raises(BadInput, match="row 0 sees no key, and its answer would count; read other rows"):
        AttentionTask(inputs, 0.0, 1.0, 6)
    task = AttentionTask(inputs, -9.0, 9.0, 3, read=np.array([2, 3, 5]))
    assert list(task.witnesses()) == [(i,) for i in task.counted] == [(2,), (3,), (5,)]
    assert [task.accepts((i,)) for i in range(6)] == [False, False, True, True, False, True]
    for read in ([2, 2, 3], [3, 2, 5], [2, 3, 6], [-1, 2, 3], [2, 3], [2.0, 3.0, 5.0]):
        with pytest.raises(BadInput, match="read"):
            AttentionTask(inputs, 0.0, 1.0, 3, read=np.array(read))


@pytest.mark.parametrize(
    ("word", "identity"),
    [
        ("softmax", "a332e4df64e5a1ebca53b725fb280cd042ecae56db10aff789e8ee37c3d7a6a0"),
        ("softmax[window=2]", "1029e81f5e3fc0593e38e2f87188897f07e8b8e9809033a91614553c8bd53772"),
        ("exp[window=0]", "a9a8683e2c21da43b0feae2e2af5ef8630cc2bd6c224a799dbcfeec3f632b5fc"),
    ],
)
def test_identities_of_old_files_stay(word: str, identity: str) -> None:
    """As they were when a window was a number of the mechanism, and there was nothing else."""
    Q, K, V = np.arange(8.0).reshape(4, 2) / 8, np.arange(10.0).reshape(5, 2) / 8, np.arange(5.0)[:, None]
    task = AttentionTask(Attention(Q, K, V, 0.5, Mechanism.of(word)), 0.25, 0.5, 2, True, 2)
    assert (task.identity, str(task.inputs.mechanism)) == (identity, word)
