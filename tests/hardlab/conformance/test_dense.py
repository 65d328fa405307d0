"""The dense definition against others of this repository: what rows see, certified values, `attend` and its gradients."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attention import attend, attend_backward
from attention.exact.certified import certified_row
from attention.options import NONE, Options
from hardlab.conformance.dense import Sight, heads_read, meant, seen
from hardlab.conformance.planting import Shape
from instances.bits import Bools
from instances.coded import Floats
from instances.gradients import OF, Gradient
from instances.precision import precision
from tests.support.planted import SIZES, drawn, features, options_of, seen_by_instances

SHAPE = Shape(2, 4, 2, 5, 7, 3, 2)

named = pytest.mark.parametrize(("name", "options"), list(features()), ids=[name for name, _ in features()])


def seen_by_dense(call: object, batch: int, head: int) -> Bools:
    return meant(call).sees(batch, head, np.arange(call.sizes[3]))  # type: ignore[arg-type, attr-defined]


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_every_conjunction_is_seen_as_instances_see_it(n: int, m: int) -> None:
    random, count = np.random.default_rng((n, m)), 0
    empty = drawn(Shape(1, 2, 1, n, m, 1, 1))
    for options in options_of(n, m, 1, 2, random):
        call = replace(empty, options=options)
        for head in range(2):
            assert (seen_by_dense(call, 0, head) == seen_by_instances(call, 0, head)).all(), options
            count += 1
    assert count == 2 * 128


@named
def test_heads_of_batches_are_seen_each_by_its_own(name: str, options: Options) -> None:
    call = drawn(SHAPE, options)
    found = np.array([[seen_by_dense(call, batch, head) for head in range(4)] for batch in range(2)])
    assert (found == [[seen_by_instances(call, batch, head) for head in range(4)] for batch in range(2)]).all()
    assert (found.reshape(8, -1) != found[0, 0].reshape(-1)).any() == (name in ("keep", "mask", "all at once"))


def test_a_part_of_the_rows_is_seen_as_in_the_whole() -> None:
    for _, options in features():
        call = drawn(SHAPE, options)
        rows = np.array([4, 0, 2])
        assert (meant(call).sees(1, 2, rows) == seen_by_dense(call, 1, 2)[rows]).all()


@named
def test_outputs_are_the_certified_ones(name: str, options: Options) -> None:
    call = drawn(SHAPE, options)
    found = meant(call).output()
    for batch, head in np.ndindex(2, 4):
        inputs = call.inputs(batch, head)
        for i in range(5):
            if i not in inputs.blind:
                np.testing.assert_allclose(found[batch, head, i], certified_row(inputs, i), rtol=0, atol=1e-14)


@pytest.mark.slow
@named
def test_gradients_are_the_exact_ones(name: str, options: Options) -> None:
    """Each entry of dQ, dK and dV, in balls of 128 bits; dK and dV summed over the query heads of a key head."""
    call = drawn(SHAPE, options, gradients=True)
    assert call.dO is not None
    expected: list[Any] = [np.zeros(X.shape) for X in call.operands[:3]]
    for batch, head in np.ndindex(2, 4):
        of = call.inputs(batch, head)
        for name_, whole in zip(OF, expected, strict=False):
            of_head = whole[batch, head if name_ == "dQ" else head // 2]
            for column in range(whole.shape[3]):
                wanted = Gradient(of.Q, of.K, of.V, of.scale, of.mechanism, dO=call.dO[batch, head], of=name_, column=column)
                with precision(128):
                    exact = wanted.exact
                    blind = wanted.unanswered
                    of_head[:, column] += [0.0 if i in blind else float(exact.row(i)[0].mid()) for i in range(len(of_head))]
    for found, right in zip(meant(call).gradients(), expected, strict=True):
        np.testing.assert_allclose(found, right, rtol=0, atol=1e-13)


@pytest.mark.slow
@named
def test_larger_calls_are_what_attend_gives(name: str, options: Options) -> None:
    if options.keep is not None or options.mask is not None or options.bias is not None or options.cu_seqlens is not None:
        random = np.random.default_rng(3)
        options = Options(
            options.causal,
            options.window,
            keep=None if options.keep is None else random.random((2, 41)) < 0.8,
            mask=None if options.mask is None else random.random((2, 4, 37, 41)) < 0.7,
            bias=None if options.bias is None else random.normal(size=(2, 4, 37, 41)),
            alibi=options.alibi,
            cu_seqlens=None if options.cu_seqlens is None else (np.array([0, 11, 37]), np.array([0, 20, 41])),
        )
    call = drawn(Shape(2, 4, 2, 37, 41, 8, 5), options, gradients=True)
    assert call.dO is not None
    told = {name: getattr(options, name) for name in ("causal", "window", "keep", "mask", "bias", "alibi", "cu_seqlens")}
    output = attend(call.Q, call.K, call.V, scale=call.scale, error=1e-10, algorithm="softmax", blind=0.0, **told).output
    np.testing.assert_allclose(meant(call).output(), output, rtol=0, atol=1e-13)
    back = attend_backward(call.Q, call.K, call.V, call.dO, scale=call.scale, blind=0.0, **told)
    for found, right in zip(meant(call).gradients(), (back.dQ, back.dK, back.dV), strict=True):
        np.testing.assert_allclose(found, right, rtol=0, atol=1e-12)


def test_rows_that_see_no_key_give_zero_and_no_gradients() -> None:
    mask = np.ones((4, 6), dtype=np.bool_)
    mask[1] = False
    call = drawn(Shape(1, 1, 1, 4, 6, 3, 2), Options(mask=mask), gradients=True)
    assert not meant(call).output()[0, 0, 1].any()
    assert meant(call).output()[0, 0, [0, 2, 3]].all()
    dQ, dK, dV = meant(call).gradients()
    assert not dQ[0, 0, 1].any()
    assert call.dO is not None
    other = replace(call, dO=np.where(np.arange(4)[:, None] == 1, 7.0, call.dO))
    for found, right in zip(meant(other).gradients(), (dQ, dK, dV), strict=True):
        assert (found == right).all()


def test_sums_of_absolute_values_are_no_smaller() -> None:
    for _, options in features():
        reading = meant(drawn(SHAPE, options, gradients=True))
        for size, found in zip(reading.gradients(absolute=True), reading.gradients(), strict=True):
            assert (size >= np.abs(found) - 1e-14).all()


def test_a_backward_pass_may_be_read_otherwise_than_the_forward_pass() -> None:
    """By the mass of what it sees itself, or by that of the forward pass: then its weights do not add up to 1."""
    call = drawn(Shape(1, 1, 1, 6, 6, 4, 4), Options("top-left"), gradients=True)
    right, everything = meant(call), meant(replace(call, options=NONE))
    other = replace(right, backward=everything.sees)
    assert (other.output() == right.output()).all()
    for found, expected in zip(other.gradients(), everything.gradients(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-15)
    rows = np.arange(6)
    P = replace(other, by_kept_sums=True).sensitivity(0, 0, rows)[0]
    forward = right.weights(0, 0, rows)
    assert (P[forward > 0] == forward[forward > 0]).all()
    assert (P.sum(axis=1)[:-1] > 1).all()


@pytest.mark.parametrize(("b", "H", "G"), [(1, 1, 1), (2, 4, 2), (1, 6, 1), (3, 3, 3)])
def test_heads_read_those_of_their_group(b: int, H: int, G: int) -> None:
    assert [tuple(x) for x in heads_read(b, H, G).reshape(-1, 2)] == [(x, h * G // H) for x in range(b) for h in range(H)]


# ------------------------------------------------------------------------------------------------ planted faults


def _changed(sight: Sight, name: str) -> Sight:
    changes: dict[str, Sight] = {
        "the other corner": replace(sight, bottom_right=not sight.bottom_right),
        "strict": replace(sight, right=None if sight.right is None else sight.right - 1),
        "one key more": replace(sight, right=None if sight.right is None else sight.right + 1),
        "left off by one": replace(sight, left=None if sight.left is None else sight.left + 1),
        "borders forgotten": replace(sight, queries=None, keys=None),
        "no padding": replace(sight, keep=None),
        "no mask": replace(sight, mask=None),
    }
    return changes[name]


@pytest.mark.parametrize(
    "name", ["the other corner", "strict", "one key more", "left off by one", "borders forgotten", "no padding", "no mask"]
)
def test_a_fault_in_what_rows_see_would_be_found(name: str) -> None:
    """The comparison with `instances.visibility` tells each of them apart."""
    random, rows = np.random.default_rng(1), np.arange(3)
    empty = drawn(Shape(1, 1, 1, 3, 5, 1, 1))
    differ = 0
    for options in options_of(3, 5, 1, 1, random):
        call = replace(empty, options=options)
        differ += bool((seen(_changed(Sight.of(call), name), 0, 0, rows) != seen_by_instances(call, 0, 0)).any())
    assert differ > 10


def test_a_fault_in_the_definition_would_be_found() -> None:
    call = drawn(SHAPE, Options("top-left"), gradients=True)
    right = meant(call)

    def worst(X: tuple[Floats, ...], Y: tuple[Floats, ...]) -> float:
        return max(float(np.abs(x - y).max()) for x, y in zip(X, Y, strict=True))

    for wrong in (
        replace(right, scale=1.01 * right.scale),
        replace(right, keys_of=right.keys_of[:, ::-1]),
        replace(right, values_of=0 * right.values_of),
    ):
        assert worst((wrong.output(),), (right.output(),)) > 1e-3
        assert worst(wrong.gradients(), right.gradients()) > 1e-3
