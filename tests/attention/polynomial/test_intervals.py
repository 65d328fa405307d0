"""Polynomials over rising intervals of keys: within the promise, whatever rows see; faults that break it; its bound again."""

import json
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from math import exp, expm1, inf
from typing import Any

import numpy as np
import pytest

import attention.polynomial.intervals as module
import attention.polynomial.polynomial as polynomial
from attention import Polynomial, Softmax, Taylor
from attention.blocks import Whole
from attention.exp_polynomial import ExpPolynomial, minimax
from attention.laws import keeps_its_promise
from attention.polynomial.groups import Groups
from attention.polynomial.intervals import IntervalPlan, interval_rounding, interval_rows, ranges_over
from attention.polynomial.known import Extents, Scores, Values
from attention.polynomial.rounding import Ranges, off
from attention.rounding import U64
from instances.bits import BitMatrix
from instances.coded import Coded, Floats
from instances.faults import Declined
from instances.law import LawBroken
from instances.mechanism import Mechanism
from instances.seen import Seen
from instances.task import Attention
from instances.visibility import Visibility
from tests.support.fixtures import FOLDER, floats
from tests.support.tasks import ranged

CASES: list[Any] = json.loads((FOLDER / "regimes_causal.json").read_text())["cases"]

LENGTHS = np.array([0, 9, 9, 21])
SEES = {
    "causal": Visibility.causal(),
    "bottom-right": Visibility.causal("bottom-right"),
    "window of 1": Visibility(left=0, right=0),
    "window of 2": Visibility(left=1, right=0),
    "window of 7": Visibility(left=6, right=0, corner="bottom-right"),
    "neighbours": Visibility.window(1),
    "to both sides": Visibility.window(5),
    "to come": Visibility(left=0),
}
SIZES = [(1, 1), (1, 7), (7, 1), (5, 5), (8, 9), (21, 21), (12, 40), (40, 12), (40, 40)]
VALUES: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "uniform": lambda rng, m: rng.uniform(-1, 1, (m, 2)),
    "of two signs in turns": lambda rng, m: np.where(np.arange(m) % 2 == 0, 1.0, -1.0)[:, None],
    "large before, 1 after": lambda rng, m: np.where(np.arange(m) < m // 2, 1e8, 1.0)[:, None],
    "a step": lambda rng, m: (np.arange(m) >= m // 2).astype(float)[:, None],
    "of two sizes": lambda rng, m: rng.normal(size=(m, 2)) * [1e-9, 1e3],
    "far from 0": lambda rng, m: 1e6 + rng.integers(0, 2, (m, 1)) / 1024,
}
KEYS: dict[str, Callable[[np.random.Generator, int, int], Floats]] = {
    "uniform": lambda rng, m, d: rng.uniform(-1, 1, (m, d)),
    "sorted": lambda rng, m, d: np.sort(rng.uniform(-1, 1, (m, d)), axis=0),
    "one-sided": lambda rng, m, d: np.where(np.arange(m)[:, None] < m // 2, 1.0, -1.0) * np.ones(d),
    "off-centre": lambda rng, m, d: 100 + rng.uniform(-1, 1, (m, d)),
    "one far": lambda rng, m, d: np.where(np.arange(m)[:, None] == m // 3, 5.0, 0.1 * rng.uniform(-1, 1, (m, d))),
    "equal": lambda rng, m, d: np.full((m, d), 0.75),
}


@pytest.fixture
def in_blocks(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Groups and blocks of so many rows and keys."""
    whole = Groups.of

    def of(block: int) -> None:
        monkeypatch.setattr(Groups, "of", lambda seen: whole(seen, block))

    return of


def drawn(
    seed: int, n: int, m: int, sees: Visibility, M: float = 0.5, keys: str = "uniform", values: str = "uniform"
) -> Attention:
    rng = np.random.default_rng(seed)
    d = 1 + seed % 3
    all_ = ranged(rng, rng.uniform(-1, 1, (n, d)), KEYS[keys](rng, m, d), VALUES[values](rng, m), M)
    return Attention(all_.Q, all_.K, all_.V, all_.scale, Mechanism(sees=sees))


def fitting(inputs: Attention, error: float) -> float:
    """The error in units of the values, with room for rounding about them."""
    return error * max(1e-12, float(np.ptp(inputs.V, axis=0).max(initial=0.0))) + 1e-14 * float(
        np.abs(inputs.V).max(initial=0.0)
    )


def kept(inputs: Attention, error: float) -> int:
    """How many outputs were checked; 0 where no group sees a block."""
    algorithm = Polynomial(fitting(inputs, error))
    if inputs.seen is not None and not len(Groups.of(inputs.seen).summed):
        with pytest.raises(Declined, match="nothing to sum"):
            algorithm.plan(inputs)
        return 0
    allowed = algorithm.promise(inputs).absolute
    assert allowed <= algorithm.error
    T = algorithm(inputs)
    seeing = np.setdiff1d(np.arange(inputs.n), inputs.blind)
    assert np.isnan(T[inputs.blind]).all()
    for i in seeing.tolist():
        for given, exact in zip(T[i].tolist(), inputs.exact.row(i), strict=True):
            assert not abs(exact - given) > allowed, (inputs, i)
    return T[seeing].size


@pytest.mark.parametrize("block", [1, 2, 3, 8])
@pytest.mark.parametrize("name", SEES)
def test_the_promise_is_kept(name: str, block: int, in_blocks: Callable[[int], None]) -> None:
    """For all sizes, with as many errors as degrees make of it."""
    in_blocks(block)
    tasks = [
        drawn(seed, n, m, SEES[name])
        for seed, (n, m) in enumerate(SIZES)
        if n <= m or name not in ("window of 1", "window of 2", "to come")
    ]
    checked = [kept(inputs, error) for inputs in tasks if inputs.seen is not None for error in (1e-2, 1e-9)]
    assert sum(checked) >= 100 or (block > 1 and "window" in name) or (block > 2 and name == "neighbours")


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("keys", KEYS)
def test_whatever_keys_and_values_are(keys: str, values: str, in_blocks: Callable[[int], None]) -> None:
    in_blocks(3)
    for seed, (name, error) in enumerate((name, error) for name in ("causal", "window of 7") for error in (1e-1, 1e-5, 1e-10)):
        assert kept(drawn(seed, 25, 25, SEES[name], 1.5, keys, values), error) >= 25


def test_packed_sequences_and_masks_that_leave_intervals(in_blocks: Callable[[int], None]) -> None:
    in_blocks(2)
    keep = np.arange(21) < 15
    for sees in (
        Visibility(queries=LENGTHS, keys=LENGTHS),
        Visibility(right=0, queries=LENGTHS, keys=np.array([0, 2, 8, 21])),
        Visibility(keep=keep),
        Visibility(right=0, keep=keep),
        Visibility(mask=np.tri(21, dtype=np.bool_)),
    ):
        assert kept(drawn(1, 21, 21, sees), 1e-6) >= 21


@pytest.mark.parametrize(("M", "error"), [(1.0, 1e-1), (2.0, 1e-2), (6.0, 1e-3)])
def test_errors_come_near_the_promise(M: float, error: float, in_blocks: Callable[[int], None]) -> None:
    """Of values that follow the sign of the polynomial's error, as far as keys of a row can."""
    in_blocks(1)
    found = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        K = np.concatenate([[-1.0, 1.0], np.sort(rng.uniform(-1, 1, 38))])
        inputs = Attention(np.ones((40, 1)), K[:, None], np.zeros((40, 1)), M, Mechanism(sees=Visibility.causal()))
        P = Polynomial(error).plan(replace(inputs, V=np.sign(K)[:, None])).P
        h = np.polyval(P.coefficients[::-1], M * K) * np.exp(-M * K) - 1
        inputs = replace(inputs, V=np.sign(h)[:, None])
        plan = Polynomial(error).plan(inputs)
        kept(inputs, error / 2)
        T = Polynomial(error)(inputs)
        found.append(max(abs(float(T[i, 0]) - float(inputs.exact.row(i)[0])) for i in range(40)) / plan.error)
    assert 0.2 < max(found) <= 1


def test_blocks_as_they_are() -> None:
    """256 rows and keys, in both types, against the definition in float64."""
    rng = np.random.default_rng(0)
    Q, K, V = (rng.uniform(-0.5, 0.5, (n, 3)) for n in (900, 1100, 1100))
    for sees in (Visibility.causal(), Visibility.causal("bottom-right"), Visibility(left=700, right=0), Visibility.window(600)):
        inputs = Attention(Q, K, V, 1.0, Mechanism(sees=sees))
        for error in (1e-5, 1e-12):
            plan = Polynomial(error).plan(inputs)
            assert isinstance(plan, IntervalPlan)
            assert (plan.h <= 2) == (error == 1e-5)
            assert np.abs(Polynomial(error)(inputs) - Softmax()(inputs)).max() <= plan.error + 1e-13
            assert 256 <= plan.groups.most_left <= 3 * 256


def test_many_columns_coded_rows_and_other_polynomials(in_blocks: Callable[[int], None]) -> None:
    in_blocks(4)
    rng = np.random.default_rng(0)
    sees = Mechanism(sees=Visibility.causal())
    wide = Attention(rng.uniform(-1, 1, (30, 2)), rng.uniform(-1, 1, (30, 2)), rng.uniform(-1, 1, (30, 30)), 0.5, sees)
    assert kept(wide, 1e-6) == 900
    none = replace(wide, V=np.zeros((30, 0)))
    assert Polynomial()(none).shape == (30, 0)
    Q, K = (Coded(BitMatrix.of(rng.random((30, 3)) < 0.5), np.zeros(3), np.ones(3)) for _ in range(2))
    assert kept(Attention((Q,), (K,), rng.uniform(-1, 1, (30, 1)), 0.5, sees), 1e-6) == 30
    assert keeps_its_promise(Taylor(1e-6), [wide])["checked"] == 900
    few = replace(wide, Q=np.zeros((0, 2)))
    assert Polynomial()(few).shape == (0, 30)


# --------------------------------------------------------------------------------------------------------- planted faults


def altered(change: Callable[[Groups, Seen], Groups]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return lambda of: lambda seen: change(of(seen, 2), seen)


def shifted(before: tuple[int, int], after: tuple[int, int]) -> Callable[[Groups, Seen], Groups]:
    """The ends of what is left to the definition, as long as those are keys."""
    return lambda groups, seen: replace(
        groups, before=np.clip(groups.before + before, 0, seen.m), after=np.clip(groups.after + after, 0, seen.m)
    )


FAULTS: dict[str, Callable[[Groups, Seen], Groups]] = {
    "keys j < i alone": shifted((0, 0), (0, -1)),
    "the key j = i + 1 too": shifted((0, 0), (0, 1)),
    "a window begins a key late": shifted((1, 0), (0, 0)),
    "a window begins a key early": shifted((-1, 0), (0, 0)),
    "a block is counted before the group is answered": lambda groups, seen: replace(
        groups, last=np.minimum(groups.last + (groups.first < groups.last), len(groups.keys) - 1)
    ),
    "a block too few": lambda groups, seen: replace(groups, last=np.maximum(groups.last - 1, groups.first)),
    "the first block stays in the window": lambda groups, seen: replace(
        groups, first=np.maximum(groups.first - (groups.first < groups.last), 0)
    ),
    "what comes after the blocks is left out": lambda groups, seen: replace(groups, after=groups.after * 0),
    "what comes before the blocks is left out": lambda groups, seen: replace(groups, before=groups.before * 0),
}


@pytest.mark.parametrize("fault", ["none", *FAULTS])
def test_faults_are_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every mask of which they change anything."""
    change = FAULTS.get(fault, lambda groups, seen: groups)
    monkeypatch.setattr(Groups, "of", altered(change)(Groups.of))
    caught = set()
    for name in ("causal", "window of 7", "to both sides"):
        try:
            keeps_its_promise(Polynomial(1e-3), [drawn(2, 21, 21, SEES[name], values="of two signs in turns")])
        except LawBroken:
            caught.add(name)
    masks = {"causal", "window of 7", "to both sides"}
    of_windows = "window" in fault or "before the blocks" in fault
    assert caught == (set() if fault == "none" else masks - {"causal"} if of_windows else masks)


PLANTED: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "constants are left out": ("_constants", lambda f: lambda *given: tuple(0 * x for x in f(*given))),
    "constants of the next block": ("_constants", lambda f: lambda *given: tuple(np.roll(x, -1, axis=0) for x in f(*given))),
    "the definition without the centre": (
        "of_tiles",
        lambda f: lambda K, centre, columns, dtype: f(K, centre + 1, columns, dtype),
    ),
    "weights by powers of e": ("tile_sums", lambda f: lambda Q, factor, *rest: f(Q, factor * np.log(2), *rest)),
    "coefficients of another degree": ("Sets", lambda f: lambda totals, weights, *rest: f(totals, np.roll(weights, 1), *rest)),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_faults_of_sums_are_caught(fault: str, in_blocks: Callable[[int], None], monkeypatch: pytest.MonkeyPatch) -> None:
    in_blocks(2)
    name, plant = PLANTED[fault]
    import attention.fused
    import attention.polynomial.sums

    where: Any = {"of_tiles": attention.fused, "tile_sums": attention.fused, "Sets": attention.polynomial.sums}.get(
        name, module
    )
    what = "tiles" if name == "of_tiles" else name
    monkeypatch.setattr(where, what, plant(getattr(where, what)))
    inputs = drawn(2, 21, 21, SEES["causal"], 1.5)
    with pytest.raises(LawBroken):
        keeps_its_promise(Polynomial(1e-6), [inputs])


# --------------------------------------------------------------------------------------------------- a second implementation


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_sums_of_a_fixed_polynomial(case: Any) -> None:
    """Those at 50 digits: in blocks of one key nothing is left to the definition."""
    given, expected = case["inputs"], case["expected"]
    Q, K, V, c = (floats(given[name]) for name in ("Q", "K", "V", "c"))
    W, M = given["W"], float(given["M"])
    sees = Visibility.causal() if W is None else Visibility(left=W - 1, right=0)
    inputs = Attention(Q, K, V, float(given["scale"]), Mechanism(sees=sees))
    whole = Whole(inputs)
    values, scores = Values.of(whole), Scores.of(whole, Extents.of(whole), c)
    P = ExpPolynomial(M, tuple(float(p) for p in given["coefficients"]), float(expected["eta"]))
    assert 0.8 * M < scores.M < 1.02 * M
    assert inputs.seen is not None
    plan = IntervalPlan(scores, values.columns, values.constants, P, P.g + 1, 0.0, 0.0, groups=Groups.of(inputs.seen, 1))
    T, _ = interval_rows(plan, inputs)
    size = float(np.abs(V).max())
    for i, row in enumerate(expected["rows"]):
        assert [int(x) for x in row["keys"]] == [inputs.seen.start[i], inputs.seen.stop[i] - 1]
        assert T[i] == pytest.approx(floats(row["output"]), rel=0, abs=2e-15 * size)
        assert [float(x.mid()) for x in inputs.exact.row(i)] == pytest.approx(floats(row["attention"]), rel=1e-14)


# ------------------------------------------------------------------------------------------------------------- its bounds

USUAL = Ranges(d=3, m=1000, b=0.5, mu=0.25, Y=0.9, mean=0.5, sigma=2.0, residue=1e-17)


def restated(a: float, P: ExpPolynomial, h: int, of: Ranges) -> float:
    found = off(P, h, of)
    assert found is not None
    sizes = 8 * 2.0**-53 * sum(abs(p) * P.M**k for k, p in enumerate(P.coefficients))
    rho = max((found.D + sizes) / found.least, exp(a) - 1) + 8 * 2.0**-53
    nu = max((found.N + of.Y * sizes) / found.least, of.Y * (exp(a) - 1)) + 8 * 2.0**-53 * of.Y
    return of.sigma * (nu + of.Y * rho) / (1 - rho) + 4 * 2.0**-53 * (of.mean + 2 * of.sigma * of.Y)


@pytest.mark.parametrize("a", [1e-15, 1e-6, 1e-3, 0.1])
@pytest.mark.parametrize("P", [minimax(1.0, 6), minimax(4.0, 9), minimax(2.0, 2)], ids=lambda P: str(P.g))
def test_the_bound_is_that_of_the_derivation(P: ExpPolynomial, a: float) -> None:
    for of in (USUAL, replace(USUAL, mean=1e12), replace(USUAL, Y=1e-6, mu=1e-6), replace(USUAL, sigma=1e-9)):
        for h in (1, 2, P.g + 1):
            found = interval_rounding(a, P, h, of)
            assert restated(a, P, h, of) * (1 - 1e-10) <= found <= restated(a, P, h, of) * (1 + 1e-7)


def test_it_holds_while_masses_are_known_within_a_half() -> None:
    P = minimax(1.0, 6)
    assert interval_rounding(0.4, P, 7, USUAL) < inf == interval_rounding(0.41, P, 7, USUAL)
    assert expm1(0.41) > 0.5 > expm1(0.4)
    assert interval_rounding(inf, P, 7, USUAL) == interval_rounding(1e-9, P._replace(eta=inf), 7, USUAL) == inf


def test_what_is_known_is_that_of_the_keys_of_a_row() -> None:
    """No mean over all keys: of sorted keys each prefix has its own, up to M."""
    inputs = drawn(0, 40, 40, SEES["causal"], 2.0, "sorted", "large before, 1 after")
    whole = Whole(inputs)
    extents, values = Extents.of(whole), Values.of(whole)
    scores = Scores.of(whole, extents, extents.middle)
    assert inputs.seen is not None
    groups = Groups.of(inputs.seen, 4)
    mu = module.largest_mean(groups, values.columns, inputs.V)
    of = ranges_over(groups, values.ranges(whole, scores), scores.M, mu)
    assert (of.b, of.mu, of.blocks, of.rows) == (scores.M, mu, 9, 256)
    assert mu == pytest.approx(of.Y)  # of a block of ones
    assert of.m == 256 + 9
    assert scores.b < scores.M / 3
    assert of.additions == 2 + 9


def test_the_mean_of_sizes_is_the_largest_of_a_block() -> None:
    inputs = drawn(0, 40, 40, SEES["causal"], values="a step")
    V = np.concatenate([[1.0, -1.0] * 19, [3.0, -3.0]])[:, None]
    values = Values.of(Whole(replace(inputs, V=V)))
    assert inputs.seen is not None
    found = [module.largest_mean(Groups.of(inputs.seen, block), values.columns, V) for block in (1, 4, 40)]
    unit, mean = float(values.columns.unit[0]), float(values.columns.mean[0])
    y = np.abs(V[:, 0] - mean) / unit
    assert found == pytest.approx([max(y), y[36:].mean(), y.mean()])


def test_weights_of_the_definition_have_the_rounding_of_its_tiles() -> None:
    inputs = drawn(1, 40, 40, SEES["causal"], 2.0)
    extents = Extents.of(Whole(inputs))
    scores = Scores.of(Whole(inputs), extents, extents.middle)
    assert inputs.seen is not None
    a = module.of_definition(Whole(inputs), Groups.of(inputs.seen, 4), extents, scores)
    assert 2 * U64 * (inputs.d + 6 + 32 + 8) < a < 2000 * U64
    away = replace(scores, centre=scores.centre + 1e6)
    assert module.of_definition(Whole(inputs), Groups.of(inputs.seen, 4), extents, away) > 1e4 * a
    assert (
        module.of_definition(Whole(inputs), Groups.of(inputs.seen, 4), replace(extents, queries=np.full(2, 1e300)), away) == inf
    )


# ----------------------------------------------------------------------------------------------------------- what it declines


@pytest.mark.parametrize(
    ("mechanism", "why"),
    [
        (
            Mechanism(sees=Visibility(keep=np.arange(600) % 2 == 0)),
            "all keys, or intervals of them that rise with the rows, this is",
        ),
        (Mechanism.of("softmax[causal=top-left,rotary=10000]"), "turns no rows to positions"),
        (
            Mechanism(sees=Visibility(left=300, right=0)),
            "no 256 rows in a row see a block of 256 keys in full, so there is nothing to",
        ),
    ],
    ids=str,
)
def test_what_is_declined(mechanism: Mechanism, why: str) -> None:
    rng = np.random.default_rng(0)
    Q, K, V = (rng.uniform(-0.5, 0.5, (600, 2)) for _ in range(3))
    inputs = Attention(Q, K, V, 0.5, mechanism)
    for call in (Polynomial().promise, Polynomial(), Polynomial().plan):
        with pytest.raises(Declined, match=why):
            call(inputs)


def test_declined_with_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    Q, K, V = (rng.uniform(-0.5, 0.5, (600, 2)) for _ in range(3))
    causal = Mechanism(sees=Visibility.causal())
    with pytest.raises(Declined, match="moments are those of all keys, and rows do not see all: leave certificate out"):
        Polynomial(certificate="moments").plan(Attention(Q, K, V, 0.5, causal))
    with pytest.raises(Declined, match=r"exponents within \+-M = "):
        Polynomial().plan(Attention(Q, K, V, 500.0, causal))
    with pytest.raises(Declined, match="rounding in float64 alone may come to"):
        Polynomial(1e-17).plan(Attention(Q, K, V, 0.5, causal))
    monkeypatch.setattr(polynomial, "MEMORY_BUDGET", 1000)
    with pytest.raises(Declined, match=r"sums over r = \d+ features of blocks \(n=600 m=600 d=2 g=\d+\) needs"):
        Polynomial().plan(Attention(Q, K, V, 0.5, causal))


def test_how_it_was_computed_is_said() -> None:
    rng = np.random.default_rng(0)
    Q, K, V = (rng.uniform(-0.5, 0.5, (600, 2)) for _ in range(3))
    plan = Polynomial(1e-4).plan(Attention(Q, K, V, 0.5, Mechanism(sees=Visibility.causal())))
    assert str(plan).endswith("proved by range; by the definition up to 256 keys of a row")


def test_memory_is_what_is_checked() -> None:
    """But for what numba allocates inside kernels, which is added to it."""
    rng = np.random.default_rng(0)
    Q, K, V = (rng.uniform(-0.5, 0.5, (20000, 4)) for _ in range(3))
    for sees in (Visibility.causal(), Visibility(left=9000, right=0)):
        inputs = Attention(Q, K, V, 0.25, Mechanism(sees=sees))
        plan = Polynomial(1e-9).plan(inputs)
        assert isinstance(plan, IntervalPlan)
        interval_rows(plan, inputs)
        tracemalloc.start()
        interval_rows(plan, inputs)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak <= module.working_memory(inputs, plan) <= 4 * peak
