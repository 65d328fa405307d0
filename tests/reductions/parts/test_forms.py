"""The two forms of a normaliser: constants written down a second time, weights of keys of each kind, what a heavy key does."""

from itertools import product
from math import ceil, exp, inf, log, nan, sqrt

import numpy as np
import pytest

from instances.bits import BitMatrix
from instances.coded import Coded, dense
from instances.faults import BadInput, Declined
from instances.problem import Size
from reductions.parts.forms import FORMS, Form, InForm, Matched, Sink, part

SIZES: list[Size] = [
    {"n": 3, "m": 5, "d": d, "t": t, "t2": t2}
    for d, t, t2 in ((2, 0, 1), (6, 1, 3), (6, 0, 4), (9, 2, 3), (9, 5, 9), (20, 3, 5))
]
CASES = [(size, s, R0) for size in SIZES for s in (1, 2, 7) for R0 in (1.5, 16.0)]
ROOM = 2.0**-20


def weights(form: Form, of: Size, queries: Coded, keys: Coded, constants: dict[str, float]) -> np.ndarray:
    """exp of scale times the inner products, but for a factor that a query has for all keys."""
    scale = form.vectors(of, constants).scale
    return np.asarray(np.exp(scale * (dense((queries,), slice(None)) @ dense((keys,), slice(None)).T)))


def apart(d: int, *distances: int) -> tuple[BitMatrix, BitMatrix]:
    """A vector, and others at these distances from it."""
    rng = np.random.default_rng(d)
    a = rng.integers(0, 2, d)
    return BitMatrix.of(a[None]), BitMatrix.of(np.array([a ^ (np.arange(d) < k) for k in distances]))


def mass(form: Form, of: Size, constants: dict[str, float], distances: tuple[int, ...]) -> tuple[list[float], float]:
    """What data keys at these distances weigh, and the dummy."""
    a, b = apart(of["d"], *distances)
    vectors = form.vectors(of, constants)
    queries, data, dummy = vectors.queries(a), vectors.data(b), vectors.dummies(1)
    of_data, of_dummy = (weights(form, of, queries, keys, constants)[0].tolist() for keys in (data, dummy))
    assert {block.bits.d for block in (queries, data, dummy)} == {of["d"] + form.columns(constants)}
    return of_data, of_dummy[0]


@pytest.mark.parametrize(("of", "s", "R0"), CASES)
def test_one_near_key_is_told_from_s_far_ones(of: Size, s: int, R0: float) -> None:
    """By a factor R0, with the dummy: halfway between (matched), or as heavy as a key at distance t (sink)."""
    for form in (Matched(R0), Sink(R0)):
        (near, far, nearest), dummy = mass(form, of, form.constants(of, s), (of["t"], of["t2"], 0))
        assert near == pytest.approx(R0 * s * far, rel=1e-9, abs=0)
        assert nearest >= near * (1 - 1e-12)
        wanted = sqrt(near * s * far) if isinstance(form, Matched) else near
        assert dummy == pytest.approx(wanted, rel=1e-9, abs=0)


@pytest.mark.parametrize(("of", "s", "R0"), CASES)
def test_thresholds_have_a_little_room(of: Size, s: int, R0: float) -> None:
    """The answer of a row with one near key, or with s far ones, by its masses and values."""
    for form in (Matched(R0), Sink(R0)):
        found = form.constants(of, s)
        vectors = form.vectors(of, found)
        (near, far), dummy = mass(form, of, found, (of["t"], of["t2"]))
        yes, no = ((S * vectors.data_value + dummy * vectors.dummy_value) / (S + dummy) for S in (near, s * far))
        span = yes if isinstance(form, Matched) else 1 / 2
        assert found["high"] == pytest.approx(yes - ROOM * span, rel=1e-9, abs=0)
        assert found["low"] == pytest.approx(
            no + (ROOM * span if isinstance(form, Matched) else ROOM / (R0 + 1)), rel=1e-9, abs=0
        )
        assert found["low"] < found["high"]


@pytest.mark.parametrize(("of", "s", "R0"), CASES)
def test_a_heavy_key_decides_alone(of: Size, s: int, R0: float) -> None:
    """With s data keys and the dummy in sight: at least high where it is worth a data key, at most low where a dummy."""
    for form in (Matched(R0), Sink(R0)):
        found = form.constants(of, s, heavy=True)
        vectors = form.vectors(of, found)
        a, _ = apart(of["d"], 0)
        key = form.heavy(of, found, 2)
        assert key.bits.n == 2
        heavy = weights(form, of, vectors.queries(a), key, found)[0]
        assert heavy[0] == heavy[1]
        for distance in range(of["d"] + 1):
            (data,), dummy = mass(form, of, found, (distance,))
            for value, against in ((vectors.data_value, vectors.dummy_value), (vectors.dummy_value, vectors.data_value)):
                total = heavy[0] + s * data + dummy
                others = s * data * vectors.data_value + dummy * vectors.dummy_value
                answer = (heavy[0] * value + others) / total
                assert answer >= found["high"] if value > against else answer <= found["low"], (form, distance)


def test_the_fewest_pads_of_a_heavy_key() -> None:
    """One more than what is enough where that is a whole number, for rounding; s = 1 and R0 alone: lam = ln(R0)/(2 gap)."""
    for d, t, t2 in ((6, 1, 3), (8, 0, 2), (20, 3, 5), (20, 9, 13)):
        of: Size = {"n": 3, "m": 5, "d": d, "t": t, "t2": t2}
        gap, p_eta = t2 - t, (d - t - t2) / 2
        assert Matched(16.0).constants(of, 1, heavy=True)["p"] == max(d - p_eta + gap, p_eta + gap) + 1
        assert Matched(16.0).constants(of, 1)["p"] == ceil(abs(d - t - t2) / 2) + 1


@pytest.mark.parametrize(("of", "s", "R0"), CASES)
def test_pads_of_a_heavy_key(of: Size, s: int, R0: float) -> None:
    """e^(lam p) is sqrt R0 times the largest masses there can be, and with one less it is not (or fewer are not possible)."""
    form = Matched(R0)
    found, plain = form.constants(of, s, heavy=True), form.constants(of, s)
    lam, p_eta = (log(s) + log(R0)) / (2 * (of["t2"] - of["t"])), plain["p"] * plain["eta"]
    largest = max(log(s) + lam * (of["d"] - p_eta), lam * p_eta) + log(R0) / 2
    assert lam * found["p"] > largest
    assert lam * (found["p"] - 1) <= largest * (1 + ROOM) or found["p"] == plain["p"]
    assert found["p"] * found["eta"] == pytest.approx(p_eta)
    assert found["beta"] == pytest.approx(lam * (of["d"] + found["p"]))
    assert found["B"] == pytest.approx(sqrt(found["beta"]))
    assert found["M"] == 1


@pytest.mark.parametrize(("of", "s", "R0"), CASES)
def test_entries_of_a_heavy_sink(of: Size, s: int, R0: float) -> None:
    form = Sink(R0)
    found, plain = form.constants(of, s, heavy=True), form.constants(of, s)
    assert plain["B"] == max(1, abs(of["d"] - 2 * of["t"])) / 2
    assert found["B"] == max(plain["B"], of["d"] / 2 + of["t2"] - of["t"])
    assert {name: found[name] for name in ("lam", "low", "high")} == {name: plain[name] for name in ("lam", "low", "high")}
    blocks = form.vectors(of, found).queries(BitMatrix.of(["0" * of["d"]])), form.heavy(of, found, 1)
    assert max(float(np.abs(dense((block,), slice(None))).max()) for block in blocks) <= found["B"]
    assert float(np.abs(dense((blocks[1],), slice(None))).max()) == of["d"] / 2 + of["t2"] - of["t"]
    assert exp(found["lam"] * (of["t2"] - of["t"]) / 2) == pytest.approx(R0 * s)


def test_columns_and_what_they_are() -> None:
    of = SIZES[1]
    assert [FORMS[name](16.0).columns(FORMS[name](16.0).constants(of, 2)) for name in ("matched", "sink")] == [
        int(Matched(16.0).constants(of, 2)["p"]), 1
    ]  # fmt: skip
    assert [FORMS[name].pads for name in ("matched", "sink")] == ["pads, the same in every row", "what the sink weighs"]


@pytest.mark.parametrize("R0", [1.001, 2.0, 1e300])
def test_ratios(R0: float) -> None:
    for form, name in product(FORMS.values(), FORMS):
        assert form(R0).R0 == InForm(R0, name).R0 == R0  # type: ignore[arg-type]
        assert InForm(R0, name).formed == FORMS[name](R0)  # type: ignore[arg-type]


@pytest.mark.parametrize("R0", [1.0009, 1.0, 0.0, -16.0, inf, nan])
def test_what_is_no_ratio(R0: float) -> None:
    for make in (*FORMS.values(), InForm):
        with pytest.raises(BadInput, match=r"must be finite and at least 1\.001$"):
            make(R0)


def test_what_is_no_form() -> None:
    assert InForm() == InForm(16.0, "matched")
    for name in ("", "Matched", "sinks", None):
        with pytest.raises(BadInput, match="the form is matched or sink"):
            InForm(16.0, name)  # type: ignore[arg-type]


def test_rounding_that_would_eat_the_margin() -> None:
    """8 beta 2^-53 against 2^-20 tanh(ln(R0)/4)."""
    of, form = SIZES[1], Matched(16.0)
    most = 2.0**30 * np.tanh(log(16) / 4)
    form.vectors(of, {**form.constants(of, 1), "beta": most * (1 - 1e-9)})
    with pytest.raises(Declined, match="rounding would eat the margin; raise R0"):
        form.vectors(of, {**form.constants(of, 1), "beta": most * (1 + 1e-9)})


def test_rows_of_a_block() -> None:
    block = Coded(BitMatrix.of(["01", "10", "11"]), np.array([0.0, 1.0]), np.array([2.0, 3.0]))
    found = part(block, slice(1, 3))
    assert dense((found,), slice(None)).tolist() == [[2.0, 1.0], [2.0, 3.0]]
    assert found.zero is block.zero
    assert found.one is block.one
