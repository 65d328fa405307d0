"""Planted calls by their recipe: what they need, what they lack, what is drawn for them, and which files describe none."""

from dataclasses import asdict, replace
from math import inf, nan
from typing import Any, get_args

import numpy as np
import pytest

from hardlab.conformance.arithmetic import representable
from hardlab.conformance.case import LARGEST, TILTED, Case, case_of
from hardlab.conformance.planting import TOP, Mode, Shape
from hardlab.kernels.call import FEATURES, PACKED, Storage
from hardlab.kernels.kernel import Conventions, Dtype, Offer
from instances.faults import BadInput

PLAIN = Case("x/y", Shape(1, 1, 1, 6, 6, 16, 16), "spread", (1, 2))

NEEDING: dict[str, Case] = {
    "batch": replace(PLAIN, shape=Shape(2, 1, 1, 6, 6, 16, 16)),
    "heads": replace(PLAIN, shape=Shape(1, 2, 2, 6, 6, 16, 16)),
    "gqa": replace(PLAIN, shape=Shape(1, 2, 1, 6, 6, 16, 16)),
    "cross": replace(PLAIN, shape=Shape(1, 1, 1, 6, 7, 16, 16)),
    "width": replace(PLAIN, shape=Shape(1, 1, 1, 6, 6, 16, 15)),
    "causal": replace(PLAIN, causal="top-left"),
    "window": replace(PLAIN, window=(2, None)),
    "lengths": replace(PLAIN, keep="lengths"),
    "keep": replace(PLAIN, keep="some"),
    "mask": replace(PLAIN, mask="pairs"),
    "bias": replace(PLAIN, bias="pairs"),
    "alibi": replace(PLAIN, alibi=True),
    "packed": replace(PLAIN, packed=1),
    "layouts": replace(PLAIN, stored=("packed", "padded", "packed", "packed")),
    "backward": replace(PLAIN, gradients=True),
}


@pytest.mark.parametrize("word", NEEDING)
def test_what_a_case_needs(word: str) -> None:
    case = NEEDING[word]
    assert case.needs == (("heads", "gqa") if word == "gqa" else (word,))
    assert set(NEEDING) == set(FEATURES) - {"scale"}
    without = Offer(tuple(name for name in FEATURES if name != word))
    assert case.lacks(without) == f"{word} is not offered: it is left out by --features"
    assert case.lacks(replace(without, missing={word: "no parameter"})) == f"{word} is not offered: no parameter"
    assert case.lacks(Offer(tuple(FEATURES), missing={word: "why"})) == ""
    needs = case.planted(Conventions(dtype="float32")).call.needs
    assert set(needs) == set(case.needs) - {"lengths"} | ({"keep"} if word == "lengths" else set())


def test_what_is_always_there_need_not_be_offered() -> None:
    case = replace(PLAIN, causal="top-left", window=(1, None))
    assert case.lacks(Offer(("window",))).startswith("causal is not offered")
    assert case.lacks(Offer(("window",), always="top-left")) == ""
    assert case.lacks(Offer((), always="top-left")).startswith("window is not offered")
    assert PLAIN.needs == ()
    assert PLAIN.lacks(Offer()) == ""


def test_pairs_that_are_not_taken_together() -> None:
    case = replace(PLAIN, causal="top-left", window=(1, None), bias="pairs")
    offer = Offer(tuple(FEATURES), apart=(("mask", "bias"), ("causal", "bias"), ("window", "bias")))
    assert case.lacks(offer) == "causal and bias are not taken in one call"
    assert replace(case, causal=None).lacks(offer) == "window and bias are not taken in one call"
    assert replace(case, bias=None).lacks(offer) == ""


def options(case: Case, dtype: Dtype = "float32") -> Any:
    return case.planted(Conventions(dtype=dtype)).call.options


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("m", [1, 2, 3, 7, 40])
def test_keys_that_are_kept(m: int, seed: int) -> None:
    case = replace(PLAIN, shape=Shape(3, 1, 1, 4, m, 16, 16), seed=(seed,))
    lengths = options(replace(case, keep="lengths")).keep
    assert lengths.shape == (3, m)
    assert (np.diff(lengths.astype(int), axis=1) <= 0).all()
    assert lengths.sum(axis=1).min() >= max(1, m // 3)
    some = options(replace(case, keep="some")).keep
    assert some.shape == (3, m)
    assert some.any(axis=1).all()


def test_so_many_keys_are_kept() -> None:
    case = replace(PLAIN, shape=Shape(8, 1, 1, 2, 600, 16, 16))
    assert 0.55 < options(replace(case, keep="some")).keep.mean() < 0.65
    found = options(replace(case, keep="lengths", shape=Shape(200, 1, 1, 2, 6, 16, 16))).keep.sum(axis=1)
    assert set(found.tolist()) == {2, 3, 4, 5, 6}


@pytest.mark.parametrize(("axes", "shape"), [("pairs", (40, 50)), ("members", (2, 1, 40, 50)), ("heads", (2, 3, 40, 50))])
def test_masks_and_biases_have_their_axes(axes: Any, shape: tuple[int, ...]) -> None:
    case = replace(PLAIN, shape=Shape(2, 3, 3, 40, 50, 64, 8))
    mask = options(replace(case, mask=axes)).mask
    assert mask.shape == shape
    assert mask.any(axis=-1).all()
    assert 0.45 < mask.mean() < 0.55
    same = (mask[..., 1:] == mask[..., :-1]).mean()
    assert 0.6 < same < 0.75  # in stretches, where half of them would be alike
    bias = options(replace(case, bias=axes)).bias
    assert bias.shape == shape
    assert (4 * bias == np.round(4 * bias)).all()
    assert 0.9 * 0.6 * TOP < np.abs(bias).max() <= 0.6 * TOP + 0.125
    assert abs(bias.mean()) < 1


@pytest.mark.parametrize(("n", "m"), [(20, 20), (10, 40), (40, 10)])
def test_slopes(n: int, m: int) -> None:
    """From 40% of the steepest upwards, evenly; each in another place."""
    slopes = options(replace(PLAIN, shape=Shape(1, 5, 5, n, m, 16, 16), alibi=True)).alibi
    steepest = TILTED / max(n, m)
    expected = representable(steepest * (1 - 0.6 * np.arange(5) / 5), "bfloat16")
    assert sorted(slopes.tolist()) == sorted(expected.tolist())


@pytest.mark.parametrize(("n", "m", "count"), [(12, 12, 4), (12, 30, 4), (12, 30, 1), (5, 9, 5)])
def test_packed_sequences(n: int, m: int, count: int) -> None:
    queries, keys = options(replace(PLAIN, shape=Shape(1, 1, 1, n, m, 16, 16), packed=count)).cu_seqlens
    for cumulative, total in ((queries, n), (keys, m)):
        assert cumulative.dtype == np.int32
        assert len(cumulative) == count + 1
        assert (cumulative[0], cumulative[-1]) == (0, total)
        assert (np.diff(cumulative) > 0).all()
    assert n != m or (queries == keys).all()
    assert options(PLAIN).cu_seqlens is None


def test_what_stands_in_the_call() -> None:
    case = replace(PLAIN, causal="bottom-right", window=(3, None), gradients=True, size=4.0, steep=1.0)
    made = case.planted(Conventions(dtype="float32", scale="1/d"))
    assert (made.call.options.causal, made.call.options.window) == ("bottom-right", (3, None))
    assert made.call.scale == 1 / 16
    assert made.call.dO is not None
    assert made.call.stored == PACKED
    plain = replace(case, size=1.0).planted(Conventions(dtype="float32", scale="1/d"))
    assert (made.call.Q == 4 * plain.call.Q).all()
    corner = replace(PLAIN, window=(1, 1), corner="bottom-right")
    assert options(corner).corner == "bottom-right"
    argument = PLAIN.planted(Conventions(dtype="float32"))
    assert argument.call.scale == 0.25
    np.testing.assert_array_equal(argument.call.Q, representable(argument.call.Q, "float32"))
    assert argument.call.identity != replace(PLAIN, seed=(1, 3)).planted(Conventions(dtype="float32")).call.identity


def record(**others: Any) -> dict[str, Any]:
    """The case as a file has it."""
    given = asdict(replace(PLAIN, window=(2, None)))
    return {**given, "seed": list(given["seed"]), "stored": list(given["stored"]), "window": [2, None], **others}


def shaped(**others: Any) -> dict[str, Any]:
    return record(shape={**asdict(PLAIN.shape), **others})


def test_a_file_gives_the_case_again() -> None:
    assert case_of(record()) == replace(PLAIN, window=(2, None))
    given = record()
    del given["window"]
    assert case_of(given) == PLAIN
    assert case_of(record(mode="gaussian", size=0.5, steep=3, packed=2)).steep == 3
    assert {case_of(record(mode=mode)).mode for mode in get_args(Mode)} == set(get_args(Mode))
    assert {case_of(record(stored=[word] * 4)).stored[0] for word in get_args(Storage)} == set(get_args(Storage))


WRONG = {
    "no size": [shaped(**{name: value}) for name in ("b", "H", "G", "n", "m", "d", "v") for value in (0, -1)],
    "heads that do not divide": [shaped(H=3, G=2), shaped(H=1, G=2)],
    "no mode": [record(mode="other"), record(mode=None)],
    "no storage": [record(stored=["packed"] * 3), record(stored=["packed"] * 5), record(stored=["packed"] * 3 + ["odd"])],
    "no seed": [record(seed=[-1]), record(seed=[0.5]), record(seed=["1"]), record(packed=-1), record(packed=0.5)],
    "no factor": [record(**{name: value}) for name in ("size", "steep") for value in (0, -1.0, inf, nan, "1", None)],
    "no shape": [record(shape={}) | {"mode": 3}, record(shape=[1]), record(shape={"x": 1}), record(shape={"n": "a"})],
    "no record": [{}, {"shape": asdict(PLAIN.shape)}, record(nonsense=1), record(window=3), record(seed=None)],
}


@pytest.mark.parametrize("why", WRONG)
def test_what_describes_no_call(why: str) -> None:
    for given in WRONG[why]:
        with pytest.raises(BadInput, match=r"^this describes no planted call: \w+Error: "):
            case_of(given)
    assert all(isinstance(given, dict) for given in WRONG[why])


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ({"n": 2**13, "m": 2**14, "d": 1, "v": 1}, {"n": 2**13, "m": 2**14 + 1, "d": 1, "v": 1}),
        (
            {"b": 2**20, "H": 2, "G": 2, "n": 2, "m": 2, "d": 8, "v": 8},
            {"b": 2**20 + 1, "H": 2, "G": 2, "n": 2, "m": 2, "d": 8, "v": 8},
        ),
        (
            {"H": 2, "G": 1, "n": 1, "m": 2, "d": 2**24, "v": 2**23 + 2**23},
            {"H": 2, "G": 1, "n": 1, "m": 2, "d": 2**24, "v": 2**24 + 1},
        ),
    ],
)
def test_calls_as_large_as_they_may_be(right: dict[str, int], wrong: dict[str, int]) -> None:
    """Numbers in Q, dO, K and V, and pairs of a head."""
    assert LARGEST == 2**27
    case_of(shaped(**right))
    with pytest.raises(BadInput):
        case_of(shaped(**wrong))
