"""Parts merged: within the promise of ball arithmetic and extended precision, attained where it can be; planted faults."""

import importlib
from math import inf, log, tanh
from typing import Any

import numpy as np
import pytest
from flint import ctx

import attention.exact.partial
from attention import Attended, attend, merge
from attention.laws import BITS
from instances.coded import Floats
from instances.exact import logarithm
from instances.faults import BadInput
from instances.task import Attention

SCALE = 0.5

MERGE = importlib.import_module("attention.merge")
"""The module, not its function."""


def parts(Q: Any, K: Any, V: Any, cuts: list[int], algorithms: list[str], error: float = 1e-4) -> list[Attended]:
    """Attention over each piece of the keys."""
    ends = list(zip([0, *cuts], [*cuts, len(K)], strict=True))
    return [
        attend(Q, K[a:b], V[a:b], scale=SCALE, error=error, algorithm=algorithms[t % len(algorithms)], logsumexp=True)
        for t, (a, b) in enumerate(ends)
    ]


def excess(found: Attended, Q: Floats, K: Floats, V: Floats) -> float:
    """The largest error of an output or a logarithm in units of its promise."""
    inputs, worst = Attention(Q, K, V, SCALE), 0.0
    assert found.logsumexp is not None
    with ctx.workprec(BITS):
        for i in range(len(Q)):
            pairs = zip(inputs.exact.row(i), found.output[i].tolist(), strict=True)
            worst = max(worst, *(float(abs(exact - given)) / found.promise for exact, given in pairs))
            off = float(abs(logarithm(inputs.exact.mass(i)) - float(found.logsumexp[i])))
            worst = max(worst, off / found.logsumexp_promise)
    return worst


VALUES: dict[str, Any] = {
    "of both signs": lambda rng, m: rng.normal(size=(m, 2)),
    "bits far from 0": lambda rng, m: 1e6 + rng.integers(0, 2, (m, 2)) / 1024,
    "one number": lambda rng, m: np.full((m, 2), 0.1),
    "an offset a part": lambda rng, m: rng.normal(size=(m, 2)) / 1000 + np.repeat([-1e4, 1e4], [m // 2, m - m // 2])[:, None],
}


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("algorithms", [["softmax"], ["softmax32", "softmax"], ["polynomial", "boxes", "split"], ["certified"]])
def test_merged_parts_are_the_whole(values: str, algorithms: list[str]) -> None:
    rng = np.random.default_rng(0)
    Q, K, V = rng.uniform(-1, 1, (20, 2)), rng.uniform(-1, 1, (90, 2)), VALUES[values](rng, 90)
    error = 1e-4 if "polynomial" in algorithms else 1e-3 * np.abs(V).max() if "softmax32" in algorithms else 1e-7
    found = merge(parts(Q, K, V, [17, 45, 46], algorithms, error))
    assert excess(found, Q, K, V) <= 1
    assert found.algorithm == "+".join(sorted(algorithms))
    if not (values == "an offset a part" and "polynomial" in algorithms):  # whose errors are small for the spread of one part
        assert found.promise < 30 * error


def test_an_offset_common_to_all_values_costs_its_own_rounding_only() -> None:
    """R. of mean values about one vector: rounding counts in the spread, and once in the offset."""
    rng = np.random.default_rng(1)
    Q, K = rng.normal(size=(30, 2)), rng.normal(size=(80, 2))
    spread, offset = rng.integers(0, 2, (80, 1)) / 1024, 1e6
    found = merge(parts(Q, K, offset + spread, [20, 50], ["certified"], 1e-8))
    least = parts(Q, K, offset + spread, [80 - 1], ["certified"], 1e-8)[0].promise
    assert excess(found, Q, K, offset + spread) <= 1
    assert found.promise - least <= 5 * 2.0**-53 * offset


def of(T: Any, L: Any, error: float = 0.0, of_mass: float = 0.0) -> Attended:
    return Attended(np.array(T, float), "mine", error, logsumexp=np.array(L, float), logsumexp_promise=of_mass)


@pytest.mark.parametrize("apart", [0.0, 1.0, 30.0, 700.0, 5000.0, 1e15])
@pytest.mark.parametrize("about", [0.0, 1e3, -1e9])
def test_logarithms_far_apart(apart: float, about: float) -> None:
    """Against the formula in extended precision."""
    T, L = np.array([[1.0, 3.0]]), np.array([about, about - apart], np.longdouble)
    found = merge([of([[t]], [float(x)]) for t, x in zip(T[0], L, strict=True)])
    w = np.exp(L - L.max())
    exact, mass = (w * T[0]).sum() / w.sum(), L.max() + np.log(w.sum())
    assert found.logsumexp is not None
    assert abs(float(found.output[0, 0] - exact)) <= found.promise <= 1e-13 + 100 * 2.0**-53 * (abs(about) + apart)
    assert abs(float(found.logsumexp[0] - mass)) <= found.logsumexp_promise


def test_the_bound_is_attained() -> None:
    """Two parts of equal mass a spread apart, whose logarithms are off in opposite directions, and whose outputs are off."""
    for off in (1e-6, 0.1, 1.0, 3.0):
        found = merge([of([[0.25]], [off], 0.25, off), of([[1.25]], [-off], 0.25, off)])
        assert found.promise == pytest.approx(0.25 + tanh(off / 2), rel=1e-6)
        assert found.output[0, 0] == pytest.approx(0.25 + 1 / (1 + np.exp(2 * off)), rel=1e-9)
        # where the log-odds are off, 1/(1 + e^-off), and come out as 1/(1 + e^off): outputs are off by e, upwards
        true = 1 / (1 + np.exp(off))
        worst = merge([of([[0.25]], [0.0], 0.25, off), of([[1.25]], [off], 0.25, off)]).output[0, 0]
        assert worst - true == pytest.approx(0.25 + tanh(off / 2), rel=1e-9)


def test_rows_that_see_no_key() -> None:
    one, other = (
        of([[1.0], [np.nan], [5.0], [7.0]], [0.0, -inf, -inf, 3.0]),
        of([[3.0], [2.0], [6.0], [np.inf]], [0, 1.0, -inf, -inf]),
    )
    with pytest.raises(BadInput, match="row 2 sees no key in any part, so there is no answer: give the number to stand there"):
        merge([one, other])
    found = merge([one, other], blind=-9.0)
    assert found.output[:, 0] == pytest.approx([2, 2, -9, 7])
    assert found.logsumexp == pytest.approx([log(2), 1, -inf, 3])
    assert found.promise < 1e-13
    assert merge([found, of([[0.0]] * 4, [-inf] * 4)], blind=0.0).output[:, 0] == pytest.approx([2, 2, 0, 7])
    assert np.isnan(merge([one, other], blind=np.nan).output[2, 0])


def test_masked_parts_are_the_whole() -> None:
    rng = np.random.default_rng(2)
    Q, K, V = rng.normal(size=(2, 3, 9, 4)), rng.normal(size=(2, 3, 14, 4)), rng.normal(size=(2, 3, 14, 2))
    mask = rng.random((9, 14)) < 0.4
    mask[4] = False
    whole = attend(Q, K, V, mask=mask, blind=0.0, logsumexp=True)
    found = merge(
        [
            attend(Q, K[:, :, cut], V[:, :, cut], mask=mask[:, cut], blind=0.0, logsumexp=True)
            for cut in (slice(0, 5), slice(5, 6), slice(6, 14))
        ],
        blind=0.0,
    )
    assert np.abs(found.output - whole.output).max() <= found.promise + whole.promise
    assert found.logsumexp is not None
    assert whole.logsumexp is not None
    sees = whole.logsumexp > -inf
    assert np.array_equal(sees, found.logsumexp > -inf)
    assert np.abs(found.logsumexp[sees] - whole.logsumexp[sees]).max() <= found.logsumexp_promise + whole.logsumexp_promise


def test_merging_is_in_any_order_and_in_steps() -> None:
    rng = np.random.default_rng(3)
    Q, K, V = (rng.normal(size=(size, 3)) for size in (8, 40, 40))
    pieces = parts(Q, K, V, [10, 20, 30], ["softmax"])
    once, back = merge(pieces), merge(pieces[::-1])
    steps = merge([merge(pieces[:2]), merge(pieces[2:])])
    for found in (once, back, steps, merge([pieces[0], merge(pieces[1:])])):
        assert excess(found, Q, K, V) <= 1
        assert found.promise < 1e-12
    assert merge(parts(Q, K, V, [], ["softmax"])).output == pytest.approx(attend(Q, K, V, scale=SCALE).output, abs=1e-14)


def test_types() -> None:
    rng = np.random.default_rng(4)
    Q, K, V = (rng.normal(size=(size, 3)).astype(np.float32) for size in (8, 40, 40))
    found = merge(parts(Q, K, V, [10], ["softmax"]))
    assert found.output.dtype == np.float32
    assert 2.0**-25 < found.promise < 1e-6
    assert excess(found, *(X.astype(np.float64) for X in (Q, K, V))) <= 1
    wide = merge([*parts(Q, K[:10], V[:10], [], ["softmax"]), *parts(Q.astype(float), K[10:], V[10:], [], ["softmax"])])
    assert wide.output.dtype == np.float64
    assert merge([of(np.empty((0, 2)), [])]).output.shape == (0, 2)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "there are no parts to merge"),
        (of([[1.0]], [0.0]), "parts is one answer of attend: give a list"),
        ([attend(np.ones((2, 1)), np.ones((1, 1)), np.ones((1, 1)))], "part 0 of 1 has no logsumexp: ask attend for it"),
        ([of([[1.0]], [0.0]), "nothing"], "part 1 of 2 has no logsumexp"),
        (
            [of([[1.0]], [0.0]), of([[1.0], [2.0]], [0.0, 0.0])],
            "shapes .1, 1. with .1,., .2, 1. with .2,.: parts are of the same",
        ),
        ([of([[1.0]], [0.0]), of([[1.0, 2.0]], [0.0])], "parts are of the same queries and columns"),
        ([of([[1.0]], [[0.0]])], "parts are of the same queries and columns"),
        ([of([[1.0]], [np.nan])], "NaN or infinity in a row that sees keys"),
        ([of([[1.0]], [inf])], "NaN or infinity"),
        ([of([[np.nan]], [0.0])], "NaN or infinity"),
    ],
)
def test_refusals(given: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        merge(given)


def test_nothing_is_promised_where_a_part_promises_nothing() -> None:
    found = merge([of([[1.0]], [0.0]), of([[2.0]], [0.0], of_mass=inf)])
    assert (found.promise, found.logsumexp_promise) == (inf, inf)
    assert merge([of([[1.0]], [1e300]), of([[2.0]], [0.0])]).promise == inf  # such logarithms are not known to anything


# ----------------------------------------------------------------------------------------------------------- planted faults


def _merged(scaled: Any) -> Any:
    def fault(one: Any, other: Any) -> Any:
        peak = np.maximum(one[0], other[0])
        first, second = scaled(one[0] - peak), scaled(other[0] - peak)
        return peak, one[1] * first + other[1] * second, one[2] * first[:, None] + other[2] * second[:, None]

    return fault


FAULTS: dict[str, tuple[Any, str, Any]] = {
    "no rescaling": (attention.exact.partial, "merged", _merged(np.ones_like)),
    "powers of e": (attention.exact.partial, "merged", _merged(np.exp)),
    "weights in float32": (attention.exact.partial, "merged", _merged(lambda x: np.exp2(x.astype(np.float32)).astype(float))),
    "no spread": (MERGE, "tanh", lambda x: 0.0),
    "half the spread": (MERGE, "tanh", lambda x: tanh(x) / 2),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    Q, K, V = rng.normal(size=(9, 2)), rng.normal(size=(60, 2)), np.repeat([0.0, 1.0], 30)[:, None]
    given = parts(Q, K, V, [30], ["certified"])
    if fault.endswith("spread"):  # parts that use all that they promise
        given = [
            Attended(x.output, x.algorithm, x.promise, logsumexp=x.logsumexp + side, logsumexp_promise=0.01)
            for x, side in zip(given, (0.01, -0.01), strict=True)
            if x.logsumexp is not None
        ]
    assert excess(merge(given), Q, K, V) <= 1
    monkeypatch.setattr(*FAULTS[fault])
    assert excess(merge(given), Q, K, V) > 1
