"""`attend` over what rows see: every option against the definition in balls, and one clear line for what is wrong."""

from math import isfinite, nan, prod
from typing import Any

import numpy as np
import pytest
from flint import ctx

from attention import PlainFunction, Trusted, attend
from attention.exact import softmax, streaming
from attention.polynomial.groups import Groups
from instances.faults import BadInput, Declined
from tests.support.asked import BITS, heads, outputs
from tests.support.attending import arrays, grouped


def held(given: list[Any], asked: dict[str, Any], **more: Any) -> int:
    """That `attend` keeps its promise in every row that sees a key, and has nan in the others; how many of these there are."""
    Q, K, V = given
    found = attend(Q, K, V, **asked, blind=nan, **more)
    output = np.asarray(found.output, np.float64)
    assert output.shape == (*given[0].shape[:-1], given[2].shape[-1])
    none, errors = 0, [0.0]
    measured = found.measure(1000)
    Q, K, V, T = heads(*(np.asarray(x, np.float64) for x in given), output)
    for at, row in outputs(Q, K, V, more.get("scale", 1 / np.sqrt(Q.shape[-1])), asked):
        none += row is None
        for exact, value in zip(row or (), T[at].tolist(), strict=row is not None):
            with ctx.workprec(BITS):
                assert isfinite(value)
                assert abs(exact - value) <= found.promise
                errors.append(float(abs(exact - value)))
        assert row is not None or np.isnan(T[at]).all()
    assert len(measured.rows) == prod(given[0].shape[:-1]) - none
    assert abs(measured.error - max(errors)) <= measured.bound < 1e-12
    return none


ONE: list[dict[str, Any]] = [
    {},
    {"causal": "top-left"},
    {"causal": "bottom-right"},
    {"window": 0},
    {"window": 1},
    {"window": (2, None)},
    {"window": (None, 1)},
    {"window": (1, 3)},
    {"window": 2, "causal": "top-left"},
    {"window": (1, None), "causal": "bottom-right"},
    {"window": (0, None), "causal": "top-left"},
    {"alibi": 0.5},
    {"alibi": [0.25], "causal": "bottom-right"},
    {"lengths": ([2, 0, 3], [4, 1, 2])},
    {"lengths": ([0, 5], [3, 4]), "causal": "bottom-right"},
    {"cu_seqlens": ([0, 1, 5], [0, 6, 7]), "causal": "top-left"},
]


@pytest.mark.parametrize("asked", ONE, ids=str)
def test_every_option_keeps_the_promise(asked: dict[str, Any]) -> None:
    Q, K, V = arrays(5, 7)
    for algorithm in ("auto", "softmax", "certified"):
        held([Q, K, V], asked, algorithm=algorithm)
    held([x.astype(np.float32) for x in (Q, K, V)], asked, algorithm="softmax32", error=1e-4)
    if "lengths" not in asked and "cu_seqlens" not in asked:
        held(arrays(7, 5), asked)


def test_arrays_for_matrices() -> None:
    rng = np.random.default_rng(1)
    given = arrays(5, 7)
    for asked in (
        {"keep": rng.random(7) < 0.5},
        {"mask": rng.random((5, 7)) < 0.6},
        {"mask": rng.random((5, 1)) < 0.5, "keep": np.ones(7, dtype=np.bool_)},
        {"mask": np.zeros((5, 7), dtype=np.bool_)},
        {"bias": rng.normal(size=(5, 7))},
        {"bias": rng.normal(size=(1, 7)).astype(np.float32), "causal": "top-left"},
        {"bias": rng.integers(-3, 3, (5, 1)), "mask": rng.random((5, 7)) < 0.6, "window": 4, "alibi": 0.1},
    ):
        held(given, asked)


def test_heads_of_groups() -> None:
    """Each head of queries reads the keys of its own group, and has the masks, biases and slopes that are its own."""
    rng = np.random.default_rng(2)
    blind = 0
    for b, H, G in ((1, 4, 2), (2, 2, 1), (2, 2, 2), (1, 6, 3)):
        n, m = 4, 5
        for asked in (
            {},
            {"causal": "bottom-right", "alibi": 2.0 ** -np.arange(1, H + 1)},
            {"keep": rng.random((b, m)) < 0.6},
            {"keep": rng.random((b, G, m)) < 0.6, "causal": "top-left"},
            {"mask": rng.random((b, H, n, m)) < 0.5, "bias": rng.normal(size=(H, n, m))},
            {"mask": rng.random((b, 1, n, m)) < 0.5, "bias": rng.normal(size=(b, 1, 1, m)), "window": (1, 2)},
            {"lengths": ([1, 3], [3, 2]), "causal": "bottom-right"},
        ):
            blind += held(grouped(b, H, G, n, m), asked)
    assert blind > 20
    Q, K, V = grouped(1, 4, 2, 3, 3)
    wrong = attend(Q, K[:, [0, 1, 0, 1]], V[:, [0, 1, 0, 1]]).output
    assert np.abs(attend(Q, K, V).output - wrong).max() > 0.1


def test_random_conjunctions_on_both_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the compiled kernels, over several tiles too, and by products of blocks."""
    rng = np.random.default_rng(3)
    for number in range(30):
        if number == 15:
            monkeypatch.setattr(softmax, "FUSED", 0)
            monkeypatch.setattr(streaming, "SMALL", 0)
        n, m = int(rng.integers(1, 12)), int(rng.integers(1, 12))
        asked: dict[str, Any] = {}
        if rng.random() < 0.5:
            asked["causal"] = ("top-left", "bottom-right")[rng.integers(2)]
        if rng.random() < 0.5:
            asked["window"] = (int(rng.integers(0, 6)), None)
        if rng.random() < 0.3:
            asked["keep"] = rng.random(m) < 0.7
        if rng.random() < 0.3:
            asked["bias"] = 10 * rng.normal(size=(n, m))
        if rng.random() < 0.3:
            asked["cu_seqlens"] = tuple(np.sort(np.append(rng.integers(0, size + 1, 2), [0, size])) for size in (n, m))
        given = [x * (1, 30, 1)[number % 3] for x in arrays(n, m, seed=number)]
        held(given, asked)
        held(given, asked, algorithm="softmax32", error=1.0)


def test_rows_that_see_no_key() -> None:
    Q, K, V = arrays(6, 4)
    with pytest.raises(BadInput, match=r"^2 rows, the first of them row 0, see no key, so there is no answer: give the number"):
        attend(Q, K, V, causal="bottom-right")
    with pytest.raises(BadInput, match=r"^row 5 sees no key"):
        attend(Q, K, V, mask=np.arange(6)[:, None] < np.full(4, 5))
    found = attend(Q, K, V, causal="bottom-right", blind=0.0)
    assert (found.output[:2] == 0).all()
    assert np.array_equal(found.output[2:], attend(Q[2:], K, V, causal="bottom-right").output)
    assert (attend(Q, K, V, causal="bottom-right", blind=-1, algorithm="certified").output[:2] == -1).all()
    alone = attend(Q, K[:1], V[:1], causal="bottom-right", blind=7.0)
    assert (alone.output[:5] == 7).all()
    assert np.array_equal(alone.output[5], V[0])


RISING = [asked for asked in ONE if "alibi" not in asked]


@pytest.mark.parametrize("asked", RISING, ids=str)
def test_polynomials_take_intervals_that_rise(asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """In blocks of one key, where every row that sees a key sees a block; heads of groups each for themselves."""
    whole = Groups.of
    monkeypatch.setattr(Groups, "of", lambda seen: whole(seen, 1))
    held([x / 2 for x in arrays(5, 7)], asked, algorithm="polynomial", error=1e-5)
    if "lengths" not in asked and "cu_seqlens" not in asked:
        held([x / 2 for x in arrays(7, 5)], asked, algorithm="taylor", error=1e-5)
    Q, K, V = (x / 2 for x in arrays(5, 7))
    batch = [np.stack([Q, -Q, 2 * Q, Q])[None], np.stack([K, -K])[None], np.stack([V, 1 - V])[None]]
    found = attend(*batch, **asked, algorithm="polynomial", error=1e-5, blind=0.0)
    assert np.abs(found.output - attend(*batch, **asked, algorithm="softmax", blind=0.0).output).max() <= found.promise + 1e-12


def test_polynomials_take_no_other_masks_and_functions_none() -> None:
    Q, K, V = arrays()
    for algorithm in ("polynomial", "taylor"):
        for other in (
            {"mask": np.eye(len(Q), len(K), dtype=np.bool_)[::-1], "blind": 0.0},
            {"alibi": 0.5},
            {"bias": np.ones((1, len(K)))},
        ):
            with pytest.raises(Declined, match="over all keys, or intervals of them that rise with the rows, this is"):
                attend(Q, K, V, **other, algorithm=algorithm)
        with pytest.raises(Declined, match="there is nothing to sum: the definition is faster"):
            attend(Q, K, V, causal="top-left", algorithm=algorithm)
    mine = Trusted(PlainFunction(lambda Q, K, V, scale: Q[:, :2], "mine"), 1.0)
    with pytest.raises(Declined, match="over all keys"):
        attend(Q, K, V, causal="top-left", algorithm=mine, error=1.0)
    assert attend(Q, K, V, causal="top-left").algorithm in ("softmax", "softmax32")


def test_long_causal_attention_of_small_entries_is_by_a_polynomial() -> None:
    rng = np.random.default_rng(0)
    Q, K, V = (rng.uniform(-0.5, 0.5, (6000, 3)).astype(np.float32) for _ in range(3))
    for asked in ({"causal": "top-left"}, {"causal": "bottom-right", "window": (2500, None)}, {"window": 2000}):
        found = attend(Q, K, V, error=1e-6, **asked)
        assert found.algorithm == "polynomial"
        assert "by the definition up to" in str(found.plans[0])
        exact = attend(Q, K, V, error=1e-6, algorithm="softmax", **asked)
        assert np.abs(found.output - exact.output).max() <= found.promise + exact.promise
    assert attend(Q, K, V, error=1e-6, window=100).algorithm.startswith("softmax")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"causal": True}, '^causal = True: say where the diagonal is, "top-left" or "bottom-right"$'),
    ({"causal": "lower"}, "^causal = 'lower': say"),
    ({"window": -1}, "^window = -1: give w or"),
    ({"window": (1, 2, 3)}, "^window = .*whole numbers from 0"),
    ({"window": 1.5}, "^window = 1.5"),
    ({"window": True}, "^window = True"),
    ({"window": (3, 3), "causal": "top-left"}, "and causal: the right side is closed"),
    ({"keep": np.ones(6, dtype=np.bool_)}, r"^keep has shape \(6,\) and type bool: give booleans of shape \(7,\)$"),
    ({"lengths": (np.array([3, 2]), 7)}, "^lengths is not an array"),
    ({"keep": np.ones(1, dtype=np.bool_)}, r"^keep has shape \(1,\) and type bool: give booleans of shape \(7,\)$"),
    ({"keep": np.ones((1, 1, 1, 7), dtype=np.bool_)}, r"^keep has shape \(1, 1, 1, 7\) and type bool"),
    ({"keep": np.ones(7)}, "^keep has shape .* type float64"),
    ({"mask": np.ones((7, 5), dtype=np.bool_)}, r"^mask has shape \(7, 5\) and type bool: give booleans of shape \(5, 7\)$"),
    ({"mask": np.ones((5, 7))}, "^mask .* give booleans"),
    ({"mask": np.ones(7, dtype=np.bool_)}, "^mask has shape"),
    ({"bias": np.ones((4, 7))}, "^bias has shape .* give numbers of shape"),
    ({"bias": np.full((5, 7), -np.inf)}, "^bias holds minus infinity.*hidden by mask"),
    ({"bias": np.full((5, 7), np.nan)}, "^bias holds NaN or an infinity"),
    ({"bias": np.full((5, 7), "a")}, "^bias has shape .* type"),
    ({"alibi": [1.0, 2.0]}, "^alibi has shape .* one slope for each of 1 heads"),
    ({"alibi": np.nan}, "^alibi holds NaN"),
    ({"lengths": [2, 3]}, "^the cumulative lengths of the keys end at 5, there are 7"),
    ({"lengths": [-1, 6]}, "^lengths = .* whole numbers from 0"),
    ({"lengths": []}, "^lengths = "),
    ({"lengths": [2.5, 2.5]}, "^lengths = "),
    ({"lengths": ([5], [3, 4])}, "^cumulative lengths of 1 sequences of queries and 2 of keys"),
    ({"cu_seqlens": ([0, 3, 2, 5], [0, 1, 2, 7])}, "^the cumulative lengths of the queries fall from 3 to 2"),
    ({"cu_seqlens": ([1, 5], [0, 7])}, "^the cumulative lengths of the queries start at 1"),
    ({"cu_seqlens": ([0, 5], [0, 7]), "lengths": ([5], [7])}, "^lengths and cu_seqlens say the same"),
    ({"blind": "zero"}, "^blind = 'zero': give the number"),
]


@pytest.mark.parametrize(("asked", "message"), WRONG, ids=lambda x: str(x)[:40])
def test_one_clear_line_for_what_is_wrong(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        attend(*arrays(5, 7), **asked)
    assert "\n" not in str(caught.value)


def test_heads_that_do_not_divide() -> None:
    for H, G in ((4, 3), (2, 4), (2, 0)):
        with pytest.raises(BadInput, match=rf"the {G} heads of K and V must divide the {H} of Q"):
            attend(*grouped(1, H, G, 3, 3))
    assert attend(*grouped(1, 0, 0, 3, 3)).output.shape == (1, 0, 3, 2)
    with pytest.raises(BadInput, match=r"keep has shape .*give booleans of shape \(3,\), \(2, 3\) or \(2, 1, 3\)"):
        attend(*grouped(2, 2, 1, 3, 3), keep=np.ones((2, 2, 3), dtype=np.bool_))
    with pytest.raises(BadInput, match=r"mask has shape .*give booleans of shape \(3, 3\) or \(1, 2, 3, 3\)"):
        attend(*grouped(1, 2, 1, 3, 3), mask=np.ones((1, 4, 3, 3), dtype=np.bool_))


def test_a_bias_that_a_mask_hides_costs_no_promise() -> None:
    Q, M = np.random.default_rng(0).normal(size=(4, 2)), np.tril(np.ones((4, 4), dtype=np.bool_))
    hidden = attend(Q, Q, Q, bias=np.where(M, 0.0, -1e30), mask=M)
    assert hidden.promise <= 1e-6
    assert np.abs(hidden.output - attend(Q, Q, Q, causal="top-left").output).max() <= 2e-6
    assert attend(Q[:0], Q, Q, bias=np.zeros((0, 4))).output.shape == (0, 2)
    with pytest.raises(BadInput, match="top-left"):
        attend(Q, Q, Q, causal=np.array(["top-left", "x"]))  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="float32 does not hold it"):
        attend(*[np.ones((3, 2), np.float32)] * 3, keep=np.zeros(3, dtype=np.bool_), blind=1e39, error=1e-3)
