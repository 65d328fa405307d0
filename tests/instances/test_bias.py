"""What is added to scores, pair by pair from its definition; its largest part; shapes that fit; blocks of rows."""

from typing import Any

import numpy as np
import pytest

from instances import bias as module
from instances.bias import ARRAYS, NO_BIAS, Bias, ball
from instances.coded import Floats
from instances.faults import BadInput
from instances.seen import Seen
from instances.visibility import ALL, Visibility
from tests.support.sight import place, visible

N, M = 8, 4
SIGHTS = {
    "all": ALL,
    "causal": Visibility.causal("top-left"),
    "bottom-right": Visibility.causal("bottom-right"),
    "window": Visibility.window(1),
    "heads": Visibility(heads=(1, 4, 2)),
    "batch": Visibility(left=1, right=0, heads=(2, 2, 1)),
    "none": Visibility(keep=np.zeros(M, dtype=np.bool_)),
    "mask": Visibility(mask=np.arange(N * M).reshape(N, M) % 3 == 0),
}


def biases(heads: int) -> dict[str, Bias]:
    rng = np.random.default_rng(1)
    full = rng.normal(size=(N, M))
    full[0, 0], full[1, 2], full[7, 1] = 9.0, -8.0, 7.0
    slopes: Floats = 0.5 + np.arange(heads, dtype=np.float64)
    return {
        "full": Bias(full), "rows": Bias(full[:, :1]), "keys": Bias(full[:1]), "one": Bias(full[:1, :1]),
        "slope": Bias(slopes=np.array([0.75])), "slopes": Bias(slopes=slopes - 2),
        "both": Bias(full, slopes), "both of one": Bias(full[:1, :1], np.array([-2.0])),
        "none": NO_BIAS,
    }  # fmt: skip


def defined(of: Bias, sees: Visibility) -> Floats:
    """b_ij = added_ij - slope_h |j - diagonal_i| for all pairs."""
    found = np.zeros((N, M))
    for i in range(N):
        head, _, diagonal = place(sees, N, M, i)
        for j in range(M):
            if of.added is not None:
                rows, keys = of.added.shape
                found[i, j] += of.added[i if rows > 1 else 0, j if keys > 1 else 0]
            if of.slopes is not None:
                found[i, j] -= of.slopes[head if len(of.slopes) > 1 else 0] * abs(j - diagonal)
    return found


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("kind", list(biases(1)))
def test_what_is_added(sight: str, kind: str) -> None:
    sees = SIGHTS[sight]
    of, seen = biases((sees.heads or (1, 1, 1))[1])[kind], sees.over(N, M)
    expected = defined(of, sees)
    of.check(N, M, (sees.heads or (1, 1, 1))[1])
    for rows, keys in (
        (slice(0, N), slice(0, M)),
        (slice(3, 5), slice(1, 4)),
        (slice(7, 8), slice(0, 1)),
        (slice(2, 2), slice(0, M)),
    ):
        wanted = expected[rows, keys]
        assert np.broadcast_to(of.block(seen, rows, keys), wanted.shape) == pytest.approx(wanted)
    for i in range(N):
        for keys in (slice(0, M), slice(1, 3), slice(3, 4)):
            which, kinds = of.exact(seen, i, keys)
            assert [float(ball(kinds[k])) for k in which] == pytest.approx(expected[i, keys].tolist())
            assert len(kinds) == len(set(kinds)) == len(set(which.tolist()))


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("kind", list(biases(1)))
@pytest.mark.parametrize("rows", [1, 3, 8, 1024])
def test_the_largest_part(sight: str, kind: str, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is that of seen pairs alone, but that what is given and what is tilted are counted apart, over each row's interval."""
    monkeypatch.setattr(module, "ROWS", rows)
    sees = SIGHTS[sight]
    of, seen, pairs = biases((sees.heads or (1, 1, 1))[1])[kind], sees.over(N, M), visible(sees, N, M) > 0
    added, tilted = np.abs(defined(Bias(of.added), sees)), np.abs(defined(Bias(None, of.slopes), sees))
    between = np.zeros((N, M), dtype=np.bool_)
    for i in np.flatnonzero(pairs.any(axis=1)):
        first, last = np.flatnonzero(pairs[i])[[0, -1]]
        between[i, first : last + 1] = True
    assert of.largest(seen) == pytest.approx(added.max(where=pairs, initial=0.0) + tilted.max(where=between, initial=0.0))
    assert of.largest(seen) >= np.abs(defined(of, sees)).max(where=pairs, initial=0.0)


def test_two_keys_have_a_bias_each() -> None:
    seen = ALL.over(2, 2)
    of = Bias(np.array([[1.0, 2.0]]))
    assert of.block(seen, slice(0, 2), slice(0, 2)).tolist() == [[1.0, 2.0]]
    assert of.block(seen, slice(1, 2), slice(1, 2)).tolist() == [[2.0]]
    assert of.largest(seen) == 2.0
    assert Bias(np.array([[1.0], [2.0]])).block(seen, slice(1, 2), slice(0, 2)).tolist() == [[2.0]]


def test_of_no_rows() -> None:
    seen = ALL.over(0, M)
    for of in (Bias(np.ones((1, M)), np.ones(1)), Bias(np.ones((0, M))), NO_BIAS):
        of.check(0, M, 1)
        assert of.largest(seen) == 0.0


def test_a_largest_part_beyond_floats() -> None:
    seen = Visibility.causal().over(N, M)
    assert Bias(slopes=np.array([1.5e308])).largest(seen) == np.inf


@pytest.mark.parametrize(
    ("shape", "fits"),
    [((8, 4), True), ((1, 4), True), ((8, 1), True), ((1, 1), True), ((4, 8), False), ((2, 4), False), ((8, 2), False),
     ((9, 4), False), ((8, 5), False), ((0, 4), False), ((8, 0), False)],
)  # fmt: skip
def test_shapes_that_fit(shape: tuple[int, int], fits: bool) -> None:
    of = Bias(np.zeros(shape))
    if fits:
        of.check(8, 4, 1)
        return
    with pytest.raises(BadInput, match=r"n = 8 rows and m = 4 keys: give \(8, 4\)$"):
        of.check(8, 4, 1)


@pytest.mark.parametrize(("count", "heads", "fits"), [(1, 1, True), (1, 3, True), (3, 3, True), (2, 3, False), (4, 3, False)])
def test_slopes_that_fit(count: int, heads: int, fits: bool) -> None:
    of = Bias(slopes=np.ones(count))
    if fits:
        of.check(8, 4, heads)
        return
    with pytest.raises(BadInput, match=f"^{count} slopes for {heads} heads of queries"):
        of.check(8, 4, heads)


@pytest.mark.parametrize("values", [np.zeros(3), np.zeros((1, 1, 1)), np.array(1.0), [[np.nan]], [[np.inf]], [["a"]]])
def test_what_is_no_bias(values: Any) -> None:
    with pytest.raises(BadInput, match="the bias"):
        Bias(values)


@pytest.mark.parametrize("values", [np.zeros((1, 1)), np.zeros(0), np.array(1.0), [np.nan], [-np.inf]])
def test_what_are_no_slopes(values: Any) -> None:
    with pytest.raises(BadInput, match="slopes"):
        Bias(None, values)


def test_an_array_without_entries_is_a_bias() -> None:
    assert Bias(np.zeros((0, 4))).added is not None
    assert not Bias(np.zeros((0, 4))).is_none


def test_parts_by_their_names() -> None:
    added, slopes = np.ones((1, 1)), np.ones(2)
    assert ARRAYS == ("bias", "slopes")
    assert dict(NO_BIAS.arrays) == {}
    assert list(Bias(added).arrays) == ["bias"]
    assert list(Bias(None, slopes).arrays) == ["slopes"]
    assert {name: values.shape for name, values in Bias(added, slopes).arrays.items()} == {"bias": (1, 1), "slopes": (2,)}
    assert [of.is_none for of in (NO_BIAS, Bias(added), Bias(None, slopes), Bias(added, slopes))] == [True, False, False, False]


def test_biases_are_equal_by_their_numbers() -> None:
    of = Bias(np.array([[1.0, 0.0]]), np.array([2.0]))
    assert of == Bias(np.array([[1.0, -0.0]]), np.array([2.0]))
    assert hash(of) == hash(Bias(np.array([[1.0, -0.0]]), np.array([2.0])))
    for other in (Bias(np.array([[1.0], [0.0]]), np.array([2.0])), Bias(np.array([[1.0, 1e-300]]), np.array([2.0])),
                  Bias(np.array([[1.0, 0.0]])), Bias(np.array([[1.0, 0.0]]), np.array([3.0])), NO_BIAS, None):  # fmt: skip
        assert of != other


def test_sight_of_another_kind_is_seen() -> None:
    """The intervals of `Seen` alone are not all that is seen: pairs that a mask hides do not count."""
    mask = np.ones((2, 3), dtype=np.bool_)
    mask[0, 1] = False
    seen: Seen = Visibility(mask=mask).over(2, 3)
    added = np.array([[1.0, 9.0, 2.0], [3.0, -4.0, 0.0]])
    assert Bias(added).largest(seen) == 4.0
