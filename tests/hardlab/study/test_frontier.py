"""The gaps side by side: records that agree with built instances, the largest eps, the constants far beyond any float."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from fractions import Fraction
from itertools import product
from math import log2, prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hardlab.names.chains import chain
from hardlab.study.asymptotic import Constant, Gadget, bits, constants, least, power_text
from hardlab.study.frontier import KINDS, LINE, Record, records, summary
from hardlab.study.frontier_figure import STYLES, _figure, caption
from hardlab.study.records import read
from instances.anyof import AnyOf
from instances.bits import BitMatrix
from instances.coded import dense
from instances.faults import BadInput, Declined
from instances.vectors import OrthogonalVectors
from reductions.codes.field import FIELDS, most_multipliers
from reductions.codes.parameters import MAX_MESSAGES, Code, chosen
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.ov_gap import OvGap
from tests.support.calling import Caller
from tests.support.places import ROOT

STORED = ROOT / "docs" / "pages" / "explanation" / "frontier.jsonl"


@pytest.fixture(scope="module")
def found() -> list[Record]:
    return list(records(range(1, 33), 1024))


def of(found: list[Record], kind: str) -> dict[int, Record]:
    return {record.m: record for record in found if record.kind == kind and record.eps is not None}


@pytest.mark.parametrize("m", [1, 2, 3, 5])
def test_the_figures_are_those_of_built_instances(m: int) -> None:
    N = 6
    generator = np.random.default_rng(np.random.SeedSequence(m))
    A, B = (BitMatrix.of(generator.random((N, m)) < 0.5) for _ in range(2))
    for record in records([m], N):
        if record.reduction is None:
            continue
        built: Any = OrthogonalVectors(A, B)
        for step in chain(record.reduction, OrthogonalVectors).steps:
            built = step.apply(built)
        count = 1
        if isinstance(built, AnyOf):
            count, built = built.count, built.member(built.count - 1)
        size = built.size
        assert (size["n"], size["d"], size["t"], size["t2"]) == (record.n, record.d, record.t, record.t2), record
        assert count == record.messages
        if size["d"] < 2000:
            entries = dense(HammingAttention().apply(built).inputs.Q, slice(None))
            assert np.abs(entries).max() == pytest.approx(record.B)


def test_records_agree_with_themselves(found: list[Record]) -> None:
    assert len(found) == 32 * (1 + len(KINDS))
    for record in found:
        if record.reason is not None:
            assert record.eps is record.messages is record.B is None
            continue
        assert record.messages is not None
        assert record.messages <= MAX_MESSAGES
        assert record.log2_messages == log2(record.messages)
        assert record.pairs == record.messages * 1024**2
        if record.kind != LINE:
            assert record.t is not None
            assert record.t2 is not None
            assert record.eps == float(Fraction(record.t2 - record.t, record.t))


def test_the_direct_gadgets(found: list[Record]) -> None:
    assert of(found, "pair gadgets").keys() == of(found, LINE).keys() == set(range(1, 33))
    for m in range(1, 33):
        assert of(found, "pair gadgets")[m].eps == 2 / -(-m // 2)
        assert of(found, "single gadgets")[m].eps == of(found, "farthest pair")[m].eps == 2 / m
        assert of(found, LINE)[m].eps == pytest.approx(min(2, 4 / m))
        assert of(found, "gadgets on a circle")[m].eps == of(found, LINE)[m].eps


def test_the_projective_codes(found: list[Record]) -> None:
    projective = of(found, "projective over F_3")
    assert max(projective) == 12
    for m, eps, messages in ((4, 0.667, 3), (6, 0.615, 27), (8, 0.6, 729), (10, 0.595, 59049)):
        assert projective[m].eps == pytest.approx(eps, abs=5e-4)
        assert projective[m].messages == messages
    assert [m for m in projective if projective[m].beats_the_line] == [7, 8, 9, 10, 11, 12]


def test_the_default_choice_is_that_of_the_reduction(found: list[Record]) -> None:
    for m, record in of(found, "Reed-Solomon, least work").items():
        size = OvGap().size({"n": 1024, "m": 1024, "d": m})
        assert (record.d, record.t, record.t2, record.messages) == (size["d"], size["t"], size["t2"], size["count"])


def every(m: int, code: Code, q: int) -> Iterator[Fraction]:
    """eps of every choice of parameters of a small code that holds m coordinates."""
    widths = [(T, k, L, 0) for T in range(1, 5) for k in range(1, m + 1) for L in range(1, q + 1)]
    if code == "hermitian":
        widths = [(T, 0, 0, alpha) for T in range(1, 5) for alpha in range(1, 14)]
    for T, k, L, alpha in widths:
        if most_multipliers(q) >= T and (code == "hermitian" or (T * k >= m and 2 * k - 1 <= L)):
            try:
                yield chosen(m, code, T, k, q, L, alpha).eps
            except (BadInput, Declined):
                continue


@pytest.mark.parametrize("m", [2, 6, 9])
def test_no_other_choice_has_a_larger_eps(found: list[Record], m: int) -> None:
    widest = of(found, "Reed-Solomon, largest eps")[m].eps
    assert widest == float(max(eps for q in FIELDS if q <= 32 or m == 2 for eps in every(m, "reed-solomon", q)))
    for q in (4, 9):
        record = of(found, f"Hermitian over F_{q}").get(m)
        candidates = list(every(m, "hermitian", q))
        assert (record.eps if record else None) == (float(max(candidates)) if candidates else None)


def test_where_a_code_beats_the_line_merlin_could_name_the_set(found: list[Record]) -> None:
    above = [record for record in found if record.beats_the_line]
    assert {record.m for record in above} == set(range(3, 13))
    assert all(record.messages is not None and record.messages >= 2**record.m for record in above)
    assert "At none of these points" in caption(found)
    assert "25" not in caption(found)
    assert "by ov-gap[code=projective,k=4], whose 729 messages are no fewer than the 2^8" in summary(found, 8)
    assert "no code holds m = 32" in summary(found, 32)


TABLE: list[tuple[float, float, Gadget, int, int, str]] = [
    (1, 0.9, "hyperplane", 13, 17, "1e-32"),
    (2, 0.5, "hyperplane", 50, 53, "1e-172"),
    (4, 0.5, "hyperplane", 116, 127, "1e-488"),
    (1, 0.9, "square", 160, 163, "2.4e-15"),
    (2, 0.5, "square", 720, 727, "2.9e-19"),
    (4, 0.5, "square", 1602, 1607, "2.4e-21"),
]


@pytest.mark.parametrize(("c", "delta", "gadget", "T", "p", "eps"), TABLE)
def test_the_constants_of_the_known_table(c: float, delta: float, gadget: Gadget, T: int, p: int, eps: str) -> None:
    """Independently found values: powers of ten are rounded exponents, others are rounded to two digits."""
    found = least(c, delta, gadget)
    assert (found.T, found.p) == (T, p)
    if eps.startswith("1e"):
        assert round(found.log10_eps) == int(eps[2:])
    else:
        assert power_text(found.log10_eps) == eps
    assert 4 * found.inverse < found.overtakes <= 4 * found.inverse + 1


def test_where_the_square_gadget_overtakes() -> None:
    known: dict[tuple[float, float], float] = {(1, 0.9): 2e15, (2, 0.5): 1e19, (4, 0.5): 2e21}
    for found in constants():
        if found.gadget == "square":
            assert float(f"{float(found.overtakes):.0e}") == known[found.c, found.delta]


def fits(found: Constant, T: int, p: int) -> bool:
    """Merlin's bits against delta log2 N, in whole numbers: both sides to the power of 2, times 10 (p-1) for the tenths."""
    if p <= max(5, T):
        return False
    symbol = p**2 * ((2 * T * p) ** 8 if found.gadget == "square" else 1)
    messages: int = symbol ** (round(10 * found.c) * (p - 1))
    return messages <= 1 << (round(10 * found.delta) * T * (p - 5))


@pytest.mark.parametrize("found", constants()[:4], ids=lambda found: f"{found.gadget}-{found.c:g}")
def test_parameters_are_the_least_in_whole_numbers(found: Constant) -> None:
    primes = [p for p in range(2, 2 * found.p) if all(p % i for i in range(2, p))]
    assert fits(found, found.T, found.p)
    assert not any(fits(found, found.T, p) for p in primes if p < found.p)
    assert not any(fits(found, found.T - 1, p) for p in primes)
    assert 0 < found.merlin <= found.delta


def test_no_prime_fits_fewer_blocks() -> None:
    """What lets the search stop at the first T: at a smaller T no prime fits, tried far beyond the least."""
    primes = [p for p in range(7, 3000) if all(p % i for i in range(2, 1 + int(p**0.5)))]
    for found in constants():
        smaller = range(max(1, found.T - 30), found.T)
        assert all(found.c * bits(found.gadget, T, p) > found.delta * T for T in smaller for p in primes if p > T)


def test_one_hot_is_better_by_the_field() -> None:
    by = {(of.c, of.gadget): of for of in constants()}
    for c in (1.0, 2.0, 4.0):
        one_hot, hyperplane = by[c, "one-hot"], by[c, "hyperplane"]
        assert (one_hot.T, one_hot.p) == (hyperplane.T, hyperplane.p)
        assert one_hot.inverse * one_hot.p**2 == hyperplane.inverse + 1


def grids(u: int, v: int, P: int, complement: bool) -> int:
    """The distance of [i < u] and [j < v] (or its complement) on a P x P grid, the bits written out, with their pads."""
    left = np.repeat(np.arange(P) < u, P)
    right = np.tile(np.arange(P) < v, P)
    pads = (u * P, v * P) if complement else (P * (P - u), P * (P - v))
    return int(np.count_nonzero(left != (~right if complement else right))) + sum(pads)


def test_the_square_gadget_has_the_distances_of_its_formula() -> None:
    """T = 1, p = 3, every u, v in [0, 2]^2 and every s: t plus 2 (S - s)^2, and the constant bits are never negative."""
    T, p = 1, 3
    top = 2 * T * (p - 1) ** 2
    base = 3 * (2 * T) ** 2 * (p - 1) ** 4
    vectors = list(product(range(p), repeat=2 * T))
    for u, v in product(vectors, repeat=2):
        S = sum(map(prod, zip(u, v, strict=True)))
        pairs = list(product(range(2 * T), repeat=2))
        squares = sum(grids(u[i] * u[j], v[i] * v[j], (p - 1) ** 2, True) for i, j in pairs)
        linear = sum(grids(u[i], v[i], p - 1, False) for i in range(2 * T))
        for s in range(top + 1):
            constant = base - ((2 * T) ** 2 * (p - 1) ** 4 + 8 * s * T * (p - 1) ** 2 - 2 * s**2)
            assert constant >= 0
            assert squares + 2 * s * linear + constant == base + 2 * (S - s) ** 2
    assert Constant(1, 1, "square", T, p).inverse == 2 * base  # t = 2 L base, t2 - t = 2 D' = L


def test_powers_are_written_with_two_digits() -> None:
    assert power_text(-488.08) == "8.3e-489"
    assert power_text(-14.62) == "2.4e-15"
    assert power_text(-0.0001) == "1.0e0"
    assert power_text(21.0) == "1.0e21"


def test_the_stored_records_are_the_computed_ones() -> None:
    stored = read(STORED, Record)
    computed = list(records(range(1, 65), 1024))
    assert len(stored) == len(computed)
    for old, new in zip(stored, computed, strict=True):
        exact, again = asdict(old), asdict(new)
        for name in ("B", "log2_messages", "log2_pairs"):
            assert exact.pop(name) == pytest.approx(again.pop(name))
        assert exact == again


@pytest.mark.slow
def test_on_the_command_line(call: Caller, tmp_path: Path) -> None:
    stored, drawn = tmp_path / "gaps.jsonl", tmp_path / "gaps.svg"
    answer = call("study", "frontier", "--m", 6, "--max-m", 4, "--n", 64, "-o", stored, "--figure", drawn, "--json")
    assert answer.code == 0, answer
    kept = read(stored, Record)
    assert sorted({record.m for record in kept}) == [1, 2, 3, 4, 6]
    assert answer.json["records"] == [asdict(record) for record in kept if record.m == 6]
    assert len(answer.json["constant"]) == 9
    text = call("study", "frontier", "--m", 6).out
    assert "ov-gap[code=projective,k=3]" in text
    assert "2.4e-15" in text
    assert answer.json["summary"] == call("study", "frontier", "--m", 6, "-q").out.strip()
    streamed = call("study", "frontier", "--m", 3, "-q", "-o", "-")
    assert {json.loads(row)["m"] for row in streamed.out.splitlines()} == {3}
    assert "m = 3" in streamed.err


@pytest.mark.slow
@pytest.mark.parametrize(("name", "start"), [("a.svg", b"<?xml"), ("a.png", b"\x89PNG")])
def test_the_figure(call: Caller, tmp_path: Path, name: str, start: bytes) -> None:
    assert STYLES.keys() == {LINE, *KINDS}
    words = ("study", "frontier", "--max-m", 14, "-q", "--figure", tmp_path / name)
    assert call(*words).code == 0
    drawn = (tmp_path / name).read_bytes()
    assert drawn.startswith(start)
    assert call(*words).code == 0
    assert (tmp_path / name).read_bytes() == drawn


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--m", 0), "--m 0: it must be at least 1"),
        (("--m", -3), "--m -3"),
        (("--m", 10**6), "--m 1000000: it must be at most 2^16"),
        (("--n", 0), "--n 0"),
        (("--n", 10**30), "at most 2^60"),
        (("--max-m", 1), "--max-m 1"),
        (("--max-m", 257), "--max-m 257: it must be at most 2^8"),
        (("--figure", "a.pdf"), ".svg or .png"),
        (("--figure", "missing/a.svg"), "missing/a.svg"),
        (("-o", "missing/a.jsonl"), "missing/a.jsonl"),
        (("--m", "x"), "--m"),
    ],
    ids=str,
)
def test_bad_input(call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[object, ...], said: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in call("study", "frontier", *words).refusal()


def test_help_and_json_errors(call: Caller) -> None:
    assert "hardlab study frontier" in call("study", "frontier", "--help").out
    answer = call("study", "frontier", "-o", "-", "--json")
    assert answer.code == 2
    assert "stdout" in answer.err


def test_records_of_another_study_are_refused(tmp_path: Path) -> None:
    record = asdict(next(records([2], 4)))
    (tmp_path / "a.jsonl").write_text(json.dumps({**record, "study": "transition"}))
    with pytest.raises(BadInput, match="frontier"):
        read(tmp_path / "a.jsonl", Record)


def test_a_figure_is_of_one_run(found: list[Record]) -> None:
    with pytest.raises(BadInput, match=r"^a figure shows records of one N"):
        _figure([])
    with pytest.raises(BadInput, match=r"^a figure shows records of one N"):
        _figure([found[0], replace(found[1], N=found[0].N + 1)])
