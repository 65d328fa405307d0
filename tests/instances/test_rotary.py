"""Rotary positions: a second implementation's numbers, balls beside floats, the words, and what is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

from attention import Auto, Certified, Logspace, Softmax
from attention.algorithm import promised
from attention.laws import keeps_its_promise
from attention.ours import ALGORITHMS
from instances.coded import Floats
from instances.faults import BadInput, Declined
from instances.mechanism import Mechanism
from instances.rotary import ROUNDINGS, Rotary
from instances.storage import load, save
from instances.task import Attention, AttentionTask
from instances.visibility import Visibility
from tests.support.fixtures import fixture, floats

GIVEN, EXPECTED = fixture("attention_rotary")

CASES = {
    "interleaved": Rotary(),
    "half_split": Rotary(pairs="half-split"),
    "partial_4_of_6_half_split": Rotary(pairs="half-split", columns=4),
}


@pytest.mark.parametrize("name", CASES)
def test_the_numbers_of_a_second_implementation(name: str) -> None:
    """By `generate_extensions.py`: turned rows in balls and floats, outputs and sums of weights, causal."""
    Q, K, V = (floats(GIVEN[letter]) for letter in "QKV")
    expected, rotary, at = EXPECTED[name], CASES[name], np.arange(5)
    inputs = Attention(Q, K, V, float(GIVEN["scale"]), Mechanism(sees=Visibility.causal(), rotary=rotary))
    sums = Attention(Q, K, np.ones((5, 1)), inputs.scale, replace(inputs.mechanism, normalised=False))
    for rows, turned in ((Q, expected["rotated_Q"]), (K, expected["rotated_K"])):
        np.testing.assert_allclose(rotary.turned(rows, at), floats(turned), rtol=0, atol=1e-15)
        np.testing.assert_allclose(rotary.turned(rotary.turned(rows, at), -at), rows, rtol=0, atol=2e-15)
        with ctx.workprec(200):
            for i, row in enumerate(rows.tolist()):
                for x, y in zip(rotary.ball(row, i), turned[i], strict=True):
                    assert abs(x - arb(y)) < 1e-23
    with ctx.workprec(200):
        for i, row in enumerate(expected["output"]):
            for x, y in zip(inputs.exact.row(i), row, strict=True):
                assert abs(x - arb(y)) < 1e-23
            assert abs(sums.exact.row(i)[0].log() - arb(expected["logsumexp"][i])) < 1e-23
    for algorithm, error in ((Softmax(), 1e-14), (Softmax("float32"), 1e-5), (Certified(), 1e-15)):
        np.testing.assert_allclose(algorithm(inputs), floats(expected["output"]), rtol=0, atol=error)


def test_where_the_sequence_starts_does_not_matter() -> None:
    """By `generate_extensions.py`: both sides from 7 on; a later head, or sequence, is turned as the first is."""
    Q, K, V = (floats(GIVEN[letter]) for letter in "QKV")
    expected = floats(EXPECTED["interleaved_both_from_7"]["output"])
    np.testing.assert_allclose(Rotary().turned(Q, np.arange(7, 12)), floats(EXPECTED["interleaved_both_from_7"]["rotated_Q"]))
    three_Q, three_K, three_V = (np.tile(X, (3, 1)) for X in (Q, K, V))
    for sees in (
        Visibility(right=0, heads=(1, 3, 3)),
        Visibility(right=0, queries=np.array([0, 5, 10, 15]), keys=np.array([0, 5, 10, 15])),
    ):
        inputs = Attention(three_Q, three_K, three_V, float(GIVEN["scale"]), Mechanism(sees=sees, rotary=Rotary()))
        for algorithm in (Softmax(), Certified()):
            np.testing.assert_allclose(algorithm(inputs), np.tile(expected, (3, 1)), rtol=0, atol=1e-14)


def test_a_row_is_at_the_key_on_its_diagonal() -> None:
    """One query behind a cache of keys, aligned bottom-right, is the last row of causal attention."""
    rng = np.random.default_rng(0)
    Q, K, V = rng.normal(size=(9, 4)), rng.normal(size=(9, 4)), rng.normal(size=(9, 2))
    whole = Softmax()(Attention(Q, K, V, 0.5, Mechanism(sees=Visibility.causal(), rotary=Rotary())))
    last = Attention(Q[-1:], K, V, 0.5, Mechanism(sees=Visibility.causal("bottom-right"), rotary=Rotary()))
    np.testing.assert_allclose(Softmax()(last), whole[-1:], rtol=0, atol=1e-14)
    first = Attention(Q[-1:], K, V, 0.5, Mechanism(sees=Visibility(left=8, right=8), rotary=Rotary()))
    assert np.abs(Softmax()(first) - whole[-1:]).max() > 1e-3


def test_points_far_out_are_a_few_roundings_off() -> None:
    """Positions up to 2^40, for every base: within ROUNDINGS, and not within a quarter of it (so it is not vacuous)."""
    rng, worst = np.random.default_rng(1), 0.0
    for base in (1.0, 10000.0, 5e5, 1e30):
        for start in (0, 2**20, 2**40, -(2**30)):
            rotary, at = Rotary(base, "half-split"), start + rng.integers(0, 3000, 40)
            rows = rng.normal(size=(40, 8)) * 10.0 ** rng.integers(-3, 4, (40, 1))
            found = rotary.turned(rows, at)
            for i, row in enumerate(rows.tolist()):
                with ctx.workprec(300):
                    off = [float(abs(arb(x) - y)) for x, y in zip(found[i].tolist(), rotary.ball(row, int(at[i])), strict=True)]
                lengths = np.hypot(rows[i, :4], rows[i, 4:])
                worst = max(worst, float((np.hypot(off[:4], off[4:]) / lengths).max()) * 2**53)
    assert ROUNDINGS / 4 < worst <= ROUNDINGS


def steep(seed: int, n: int, m: int, d: int, size: float, sees: Visibility, rotary: Rotary) -> Attention:
    rng = np.random.default_rng(seed)
    Q, K = (size * rng.normal(size=(rows, d)) * (rng.random((1, d)) < 0.7) for rows in (n, m))
    return Attention(Q, K, rng.uniform(0, 2, (m, 2)), 0.7, Mechanism(sees=sees, rotary=rotary))


def test_promises_are_kept() -> None:
    """Steep scores, columns of zeros in a plane, rows and keys that are fewer than each other, partial turns."""
    tasks = [
        steep(seed, n, m, d, size, sees, rotary)
        for seed, (n, m) in enumerate(((7, 7), (3, 12), (12, 3)))
        for d, size in ((4, 1.0), (6, 8.0))
        for sees in (Visibility(), Visibility.causal(), Visibility(2, 1, "bottom-right"))
        for rotary in (Rotary(), Rotary(5e5, "half-split"), Rotary(2.0, columns=2))
    ]
    for algorithm in (Softmax(), Softmax("float32"), Logspace(), Auto(1e-3), Certified(), Certified(logarithmic=True)):
        assert keeps_its_promise(algorithm, tasks)["checked"] > 500


def test_a_promise_counts_the_turning() -> None:
    """It grows beside that of the rows turned by somebody else, and declines with them beyond float64."""
    inputs = steep(5, 20, 20, 6, 3.0, Visibility(), Rotary())
    assert promised(Softmax(), inputs).relative > promised(Softmax(), inputs.turned).relative
    one, two = (
        Attention(np.full((n, 2), 1.7e308), np.ones((2, 2)), np.ones((2, 1)), 1.0, Mechanism(rotary=Rotary())) for n in (1, 2)
    )
    assert not promised(Softmax(), one).made
    with pytest.raises(Declined, match="beyond float64"):
        promised(Softmax(), two)


def test_who_does_not_say_that_it_turns_is_not_asked() -> None:
    inputs = Attention(np.eye(2), np.eye(2), np.ones((2, 1)), 1.0, Mechanism(rotary=Rotary()))
    declining = [algorithm for algorithm in ALGORITHMS if not getattr(algorithm, "rotary", False)]
    assert {algorithm.key for algorithm in declining} >= {"boolean", "polynomial", "hyper-attention"}
    for algorithm in declining:
        with pytest.raises(Declined, match="rotary=10000"):
            promised(algorithm, inputs)


@pytest.mark.parametrize(
    "word",
    [
        "softmax[rotary=10000]", "exp[rotary=500000,pairs=half-split]", "softmax[causal=top-left,rotary=2.5,columns=4]",
        "softmax[window=3,rotary=1e+30]", "softmax[left=2,heads=1:2:1,rotary=1]",
    ],
)  # fmt: skip
def test_words_go_there_and_back(word: str) -> None:
    mechanism = Mechanism.of(word)
    assert mechanism.word == word
    assert Mechanism.of(str(mechanism)) == mechanism
    assert mechanism != Mechanism.of(word.replace("rotary=", "rotary=3"))


def test_files_keep_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    mechanism = Mechanism(sees=Visibility.causal(), rotary=Rotary(5e5, "half-split", 2))
    inputs = Attention(rng.normal(size=(3, 4)), rng.normal(size=(3, 4)), rng.normal(size=(3, 1)), 0.5, mechanism)
    task, plain = (
        AttentionTask(given, -1.0, 1.0, 3) for given in (inputs, replace(inputs, mechanism=replace(mechanism, rotary=None)))
    )
    assert task.identity != plain.identity
    for suffix in (".npz", ".safetensors"):
        save(task, tmp_path / f"task{suffix}")
        again = load(tmp_path / f"task{suffix}")
        assert isinstance(again, AttentionTask)
        assert (again.identity, again.inputs.mechanism) == (task.identity, mechanism)
        assert again.output(2).overlaps(task.output(2))


REFUSED: list[tuple[Any, str]] = [
    (lambda: Rotary(0.5), "base = 0.5"),
    (lambda: Rotary(float("nan")), "base = nan"),
    (lambda: Rotary(pairs="halves"), "pairs = 'halves'"),  # type: ignore[arg-type]
    (lambda: Rotary(columns=3), "columns = 3"),
    (lambda: Mechanism("gaussian", rotary=Rotary()), "inner products to turn"),
    (lambda: Mechanism.of("softmax[pairs=half-split]"), "rotary=BASE"),
    (lambda: Mechanism.of("softmax[rotary=big]"), "must be a number"),
    (lambda: Mechanism.of("softmax[rotary=2,rotary=3]"), "given twice"),
    (lambda: odd(3, Rotary()), "turns 3 of d = 3 columns"),
    (lambda: odd(2, Rotary(columns=4)), "turns 4 of d = 2 columns"),
]


def odd(d: int, rotary: Rotary) -> Attention:
    ones: Floats = np.ones((1, d))
    return Attention(ones, ones, ones, 1.0, Mechanism(rotary=rotary))


@pytest.mark.parametrize(("make", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_what_is_refused(make: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        make()
    assert "\n" not in str(refused.value)
