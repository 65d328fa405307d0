"""What an algorithm may promise, at the limits; which mechanisms it is given, by a table; what is said of what it gives."""

from dataclasses import dataclass
from itertools import product
from math import inf, nan
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from attention.algorithm import (
    NO_PROMISE,
    Promise,
    Trusted,
    Unpromised,
    Wrapped,
    answers,
    asked_for,
    check_mechanism,
    checked_error,
    promised,
    says,
)
from instances.faults import BadInput, Declined, PlugInFault
from instances.gradients import Gradient
from instances.mechanism import Mechanism
from instances.task import Attention

QUALITIES = ("mechanisms", "visibility", "intervals", "rotary", "gradients", "tensors", "networks")


def asked(word: str = "softmax", arrays: Any = None, V: Any = ((1.0,), (-3.0,))) -> Attention:
    return Attention(np.ones((2, 2)), np.ones((2, 2)), np.array(V), 0.5, Mechanism.of(word, arrays))


def gradient(word: str = "softmax") -> Gradient:
    two = np.ones((2, 2))
    return Gradient(two, two, two, 0.5, Mechanism.of(word), dO=two, of="dQ", column=0)


@dataclass
class Given:
    """An algorithm that answers what it is told to."""

    array: Any = None
    promise_: Any = NO_PROMISE
    key: str = "given"
    logarithmic: bool = False

    def __call__(self, inputs: Attention) -> Any:
        return self.array

    def promise(self, inputs: Attention) -> Any:
        return self.promise_


# ------------------------------------------------------------------------------------------------------ promises


@pytest.mark.parametrize("numbers", [(0.0, 0.0, 0.0), (0.0, 0.0, 1.0), (inf, 0.0, 0.5), (0.0, inf, 0.0), (1e-320, 1e300, 1e-9)])
def test_what_may_be_promised(numbers: tuple[float, float, float]) -> None:
    promise = Promise(*numbers)
    assert (promise.absolute, promise.relative, promise.failure) == numbers


@pytest.mark.parametrize(
    "numbers",
    [
        (-1e-300, 0.0, 0.0), (0.0, -1e-300, 0.0), (0.0, 0.0, -1e-300), (nan, 0.0, 0.0), (0.0, nan, 0.0), (0.0, 0.0, nan),
        (0.0, 0.0, 1 + 2.0**-52), (-inf, 0.0, 0.0),
    ],
)  # fmt: skip
def test_what_may_not_be_promised(numbers: tuple[float, float, float]) -> None:
    with pytest.raises(BadInput, match="errors must be numbers >= 0 and the failure at most 1"):
        Promise(*numbers)


def test_a_promise_of_a_logarithm() -> None:
    for delta in (0.0, 1e-12, 0.5, 20.0, 699.9):
        promise = Promise.of_logarithm(delta)
        assert promise.absolute == promise.failure == 0.0
        assert np.log1p(promise.relative) == pytest.approx(delta, rel=1e-12)
    assert Promise.of_logarithm(700.0) == Promise.of_logarithm(1e6) == Promise(0.0, inf)


@pytest.mark.parametrize(("absolute", "relative"), [*product((0.0, 2.0, inf), repeat=2)])
def test_what_is_made(absolute: float, relative: float) -> None:
    assert Promise(absolute, relative).made == (inf not in (absolute, relative))


def test_the_largest_error_of_a_promise() -> None:
    """absolute + relative max |V|, of certain promises and where a mean of V bounds the answer."""
    inputs, nearly = asked(V=[[1.0], [-3.0]]), 1 + 2.0**-50
    assert Promise(0.25, 0.5).largest_error(inputs) == (0.25 + 0.5 * 3) * nearly
    assert Promise(0.25, 0.0).largest_error(inputs) == 0.25 * nearly
    assert Promise(0.0, 0.5).largest_error(asked(V=np.zeros((2, 0)))) == 0.0
    assert Promise(0.0, 0.5).largest_error(asked("gaussian-mean")) == 1.5 * nearly
    for promise in (Promise(inf, 0.0), Promise(0.0, inf), Promise(0.25, 0.5, 1e-9)):
        assert promise.largest_error(inputs) == inf
    assert Promise(0.0, inf).largest_error(asked(V=[[0.0], [0.0]])) == inf
    for other in (asked("exp"), gradient()):
        assert Promise(0.25, 1e-9).largest_error(other) == inf
        assert Promise(0.25, 0.0).largest_error(other) == 0.25 * nearly


@pytest.mark.parametrize("error", [5e-324, 1e-9, 1, 1e300, np.float32(0.5)])
def test_an_error_that_may_be_asked_for(error: Any) -> None:
    checked_error(error)


@pytest.mark.parametrize("error", [0, 0.0, -1e-9, inf, -inf, nan, "0.1", None])
def test_an_error_that_may_not_be_asked_for(error: Any) -> None:
    with pytest.raises(BadInput, match="must be a positive finite number"):
        checked_error(error)


# ------------------------------------------------------------------------------------------------------ what it is given

ASKED: dict[str, tuple[Attention, set[frozenset[str]]]] = {
    "all keys": (asked(), {frozenset()}),
    "another kernel": (asked("gaussian"), {frozenset({"mechanisms"})}),
    "sums": (asked("exp"), {frozenset({"mechanisms"})}),
    "a window": (asked("softmax[window=1]"), {frozenset({"mechanisms"}), frozenset({"visibility"}), frozenset({"intervals"})}),
    "a window of another kernel": (asked("gaussian[window=1]"), {frozenset({"mechanisms"})}),
    "half a window": (asked("softmax[left=1]"), {frozenset({"visibility"}), frozenset({"intervals"})}),
    "causal": (asked("softmax[causal=top-left]"), {frozenset({"visibility"}), frozenset({"intervals"})}),
    "causal sums": (
        asked("exp[causal=top-left]"),
        {frozenset({"visibility", "mechanisms"}), frozenset({"intervals", "mechanisms"})},
    ),
    "a mask that falls": (asked(arrays={"mask": np.array([[True, True], [True, False]])}), {frozenset({"visibility"})}),
    "a mask that rises": (
        asked(arrays={"mask": np.array([[True, False], [True, True]])}),
        {frozenset({"visibility"}), frozenset({"intervals"})},
    ),
    "a bias": (asked(arrays={"bias": np.ones((2, 2))}), {frozenset({"visibility"})}),
    "a window and a bias": (asked("softmax[window=1]", {"bias": np.ones((2, 2))}), {frozenset({"visibility"})}),
    "positions": (asked("softmax[rotary=10]"), {frozenset({"rotary", "visibility"}), frozenset({"rotary", "intervals"})}),
    "positions of sums": (
        asked("exp[rotary=10]"),
        {frozenset({"rotary", "visibility", "mechanisms"}), frozenset({"rotary", "intervals", "mechanisms"})},
    ),
    "a gradient": (gradient(), {frozenset({"gradients"})}),
    "a gradient in a window": (
        gradient("softmax[window=1]"),
        {frozenset({"gradients", other}) for other in ("visibility", "intervals", "mechanisms")},
    ),
    "a gradient of positions": (
        gradient("softmax[rotary=10]"),
        {frozenset({"gradients", "visibility", "rotary"}), frozenset({"gradients", "intervals", "rotary"})},
    ),
}
"""What is asked for, and the least sets of qualities with which an algorithm is given it."""


def with_qualities(has: frozenset[str], **more: Any) -> Any:
    return SimpleNamespace(key="it", **{name: name in has for name in QUALITIES}, **more)


@pytest.mark.parametrize("what", ASKED)
def test_who_is_given_what(what: str) -> None:
    inputs, least = ASKED[what]
    for flags in product((False, True), repeat=len(QUALITIES)):
        has = frozenset(name for name, flag in zip(QUALITIES, flags, strict=True) if flag)
        algorithm = with_qualities(has)
        if any(enough <= has for enough in least):
            check_mechanism(algorithm, inputs)
            continue
        with pytest.raises(Declined) as said:
            check_mechanism(algorithm, inputs)
        words, of_softmax = str(said.value), inputs.mechanism.name == "softmax"
        if isinstance(inputs, Gradient) and "gradients" not in has:
            assert words == "it computes attention, this asks for dQ: use backward or certified"
        elif not of_softmax and "mechanisms" not in has:
            assert words == f"it computes softmax attention, this is {inputs.mechanism}: use logspace or certified"
        elif inputs.mechanism.rotary is not None and "rotary" not in has:
            assert words == f"it turns no rows to positions, this is {inputs.mechanism}: use softmax or certified"
        else:
            of, others = "" if "mechanisms" in has else "softmax ", "softmax, " if of_softmax else ""
            keys = "all keys, or intervals of them that rise with the rows" if "intervals" in has else "all keys"
            over = f"it computes {of}attention over {keys}, this is {inputs.mechanism}"
            assert words == f"{over}: use {others}logspace or certified"


def test_a_quality_is_true_itself() -> None:
    assert says(SimpleNamespace(rotary=True), "rotary")
    for none in (SimpleNamespace(), SimpleNamespace(rotary=1), SimpleNamespace(rotary="yes"), SimpleNamespace(rotary=False)):
        assert not says(none, "rotary")


def test_a_gradient_is_asked_of_what_asks_for_one() -> None:
    inputs = gradient()
    assert asked_for(Gradient, "it", inputs) is inputs
    with pytest.raises(Declined, match=r"^it computes gradients, this asks for attention"):
        asked_for(Gradient, "it", asked())


# ------------------------------------------------------------------------------------------------------ what it gives


@pytest.mark.parametrize("array", [[[1], [2]], np.ones((2, 1), np.float32), np.ones((2, 1), np.uint8), [[nan], [inf]]])
def test_answers_are_floats_of_their_shape(array: Any) -> None:
    found = answers(Given(array), asked())
    assert found.dtype == np.float64
    assert np.array_equal(found, np.asarray(array), equal_nan=True)


@pytest.mark.parametrize(
    "array",
    [np.ones(2), np.ones((1, 2)), np.ones((2, 2)), np.ones((2, 1), complex), [[True], [False]], [["1"], ["2"]], None],
)
def test_answers_of_other_shapes_and_types_are_faults(array: Any) -> None:
    with pytest.raises(PlugInFault, match=r"^given gave shape .* expected \(2, 1\) of floats"):
        answers(Given(array), asked())


def test_no_answer_and_no_promise_of_what_is_not_computed() -> None:
    algorithm = Given(np.ones((2, 1)))
    for inputs in (asked("gaussian"), asked("softmax[causal=top-left]")):
        for ask in (answers, promised):
            with pytest.raises(Declined, match=r"^given computes softmax attention"):
                ask(algorithm, inputs)


def test_a_promise_is_a_promise() -> None:
    assert promised(Given(promise_=Promise(0.5, 0.0)), asked()) == Promise(0.5, 0.0)
    for other in (0.5, None, (0.0, 0.0)):
        with pytest.raises(PlugInFault, match=f"is a {type(other).__name__}, expected a Promise"):
            promised(Given(promise_=other), asked())


def test_one_that_promises_nothing() -> None:
    class Some(Unpromised):
        key = "some"

    assert Some().promise(asked()) == Promise(inf, inf)
    assert Some.logarithmic is False
    with pytest.raises(Declined):
        Some().promise(asked("gaussian"))


# ------------------------------------------------------------------------------------------------------ wrapped


@pytest.mark.parametrize("quality", [*QUALITIES, None])
def test_one_that_is_wrapped_has_the_same_qualities(quality: str | None) -> None:
    inner = with_qualities(frozenset({quality} - {None}), logarithmic=True)  # type: ignore[arg-type]
    outer = Wrapped(inner)
    assert [says(outer, name) for name in QUALITIES] == [name == quality for name in QUALITIES]
    assert (outer.key, outer.logarithmic) == ("it", True)


def test_one_that_is_wrapped_does_the_same() -> None:
    array, promise = np.ones((2, 1)), Promise(0.5, 0.25)
    outer = Wrapped(Given(array, promise))
    assert outer(asked()) is array
    assert outer.promise(asked()) is promise


def test_a_trusted_error_takes_the_place_of_the_promise() -> None:
    for error in (0.0, 0.25, 1e300):
        assert Trusted(Given(), error).promise(asked()) == Promise(error, 0.0)
    assert Trusted(Given(logarithmic=True), 0.25).promise(asked()) == Promise.of_logarithm(0.25)
    for error in (-1e-300, inf, nan):
        with pytest.raises(BadInput, match="it must be a finite number >= 0"):
            Trusted(Given(), error)
