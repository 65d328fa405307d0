"""The studies: records that agree with themselves, fits that recover what was planted, figures from records alone."""

import builtins
import json
import sys
from dataclasses import asdict, replace
from math import comb, isnan, log, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attention import Polynomial
from hardlab.pages.panels import apart_around
from hardlab.study import exponent as growth
from hardlab.study import measuring
from hardlab.study import transition as times
from hardlab.study.crossover import cells, crossovers, ratio_at, summary
from hardlab.study.foresight import least_polynomial, rank_boundary, rank_needed, time_boundary
from hardlab.study.forms import FORMS
from hardlab.study.records import read, write
from tests.support.calling import Caller

QUICK = ("--octaves", "6:8", "--factors", "0.2,0.6,1.2,2.5", "--repeats", 1, "--rows", 2)


@pytest.fixture(scope="module")
def records() -> list[times.Record]:
    settings = times.Settings(range(6, 9), (0.2, 0.6, 1.2, 2.5), repeats=1, rows=2, seed=3)
    found = list(times.measured(settings))
    assert len(found) == settings.count
    return found


def planted(n: int, B: float, ratio: float | None, of: times.Record) -> list[times.Record]:
    """Records of polynomial and softmax whose times have this ratio; polynomial declined where it is None."""
    declined: dict[str, Any] = {"seconds": None, "reason": "too large", "approximation": None, "rounding": None}
    done: dict[str, Any] = {"seconds": ratio, "reason": None, "approximation": 1e-5, "rounding": 1e-9}
    common: dict[str, Any] = {"n": n, "B": B, "sqrt_ln_n": sqrt(log(n)), "factor": B / sqrt(log(n)), "M": 0.75 * B**2}
    polynomial = declined if ratio is None else done
    return [
        replace(of, algorithm="polynomial", **common, **polynomial),
        replace(of, algorithm="softmax", **(common | done | {"seconds": 1.0})),
    ]


@pytest.fixture
def crossing(records: list[times.Record]) -> list[times.Record]:
    """Three n: crossovers at B = 1.5 and between 2 and 3 (declined there), and one n without."""
    table = {
        (2**10, 1.0): 0.5, (2**10, 2.0): 2.0, (2**10, 3.0): 3.0,
        (2**14, 1.0): 0.01, (2**14, 2.0): 0.1, (2**14, 3.0): None,
        (2**8, 1.0): 2.0, (2**8, 2.0): 4.0,
    }  # fmt: skip
    return [record for (n, B), ratio in table.items() for record in planted(n, B, ratio, records[0])]


def test_records_are_complete_and_agree_with_themselves(records: list[times.Record]) -> None:
    seen = {(record.algorithm, record.n, record.factor) for record in records}
    assert len(seen) == len(records) == 3 * 3 * 4
    for record in records:
        assert record.factor * record.sqrt_ln_n == record.B
        assert record.sqrt_ln_n == sqrt(log(record.n))
        assert record.M is not None
        assert 0 < record.M <= 1.05 * record.B**2
        assert (record.seconds is None) == (record.reason is not None)
        assert record.versions["numba"] != "absent"
        if record.algorithm != "softmax" and record.g is not None:
            assert record.r == comb(record.d + record.g, record.g)
        if record.predicted_seconds is not None:
            assert record.predicted_seconds > 0
        if record.seconds is not None:
            assert record.seconds > 0
            assert record.approximation is not None
            assert record.rounding is not None
            assert record.measured_error is not None
            assert record.measured_error <= record.approximation + record.rounding
            assert record.approximation + record.rounding <= record.error


def test_some_run_and_some_decline_with_degree_and_reason(records: list[times.Record]) -> None:
    declined = [record for record in records if record.reason is not None]
    assert {record.algorithm for record in declined} == {"polynomial", "taylor"}
    assert {record.algorithm for record in records if record.seconds} == {"polynomial", "taylor", "softmax"}
    for record in declined:
        assert record.M is not None
        if record.M > 16:
            assert record.g is None
            assert record.r is None
        elif record.reason is not None and "rank" in record.reason:
            assert f"g = {record.g} " in record.reason
            assert f"= {record.r}," in record.reason
    assert any(record.g is None for record in declined)
    assert any(record.g is not None for record in declined)


def test_equal_seeds_give_equal_instances(records: list[times.Record]) -> None:
    settings = times.Settings(range(6, 7), (0.2,), repeats=1, rows=1, seed=3)
    again = next(times.cell(6, 0, 0.2, settings))
    other = next(times.cell(6, 0, 0.2, replace(settings, seed=4)))
    assert (again.M, again.rounding) == (records[0].M, records[0].rounding)
    assert again.rounding != other.rounding


def test_what_should_take_too_long_is_not_run() -> None:
    found = list(times.measured(times.Settings(range(6, 7), (0.2,), limit=1e-9, rows=1, repeats=1)))
    assert [record.seconds for record in found] == [None, None, None]
    assert all("limit" in str(record.reason) and record.predicted_seconds for record in found)
    assert cells(found) == []


def test_the_least_degree_is_the_plans_degree(records: list[times.Record]) -> None:
    for record in records:
        if record.algorithm == "polynomial" and record.seconds is not None and record.M is not None:
            P = least_polynomial(Polynomial(record.error), record.M)
            assert P is not None
            assert record.g is not None
            assert record.g <= P.g  # by moments perhaps less


def test_boundaries_are_where_the_rank_passes_n() -> None:
    for n in (2**7, 2**10, 2**13):
        M = rank_boundary(n, 8, 1e-4)
        below, above = rank_needed(8, M, 1e-4), rank_needed(8, M * 1.03, 1e-4)
        assert below is not None
        assert above is not None
        assert below <= n < above
    assert rank_boundary(2**13, 8, 1e-2) > rank_boundary(2**13, 8, 1e-4) > rank_boundary(2**13, 16, 1e-4)
    assert isnan(rank_boundary(2, 8, 1e-4))
    assert time_boundary(2**18, 8, 1e-4) > time_boundary(2**14, 8, 1e-4) > 0
    assert isnan(time_boundary(2**4, 8, 1e-4))


def test_planted_crossovers_are_found(crossing: list[times.Record]) -> None:
    found = crossovers(cells(crossing))
    assert [(c.n, c.below, c.above, c.declined) for c in found] == [(2**10, 1, 2, False), (2**14, 2, 3, True)]
    assert [c.B for c in found] == pytest.approx([1.5, 2.5])
    assert found[0].of_root == pytest.approx(1.5 / sqrt(log(2**10)))
    assert ratio_at(cells(crossing), 2**12) == pytest.approx(0.75)


def test_the_summary_says_what_the_records_say(crossing: list[times.Record]) -> None:
    said = summary(crossing)
    assert "grows with n, and faster than sqrt(ln n)" in said
    assert "B = 1.50 = 0.57 sqrt(ln n) at n = 2^10" in said
    assert "below sqrt(ln n) by constants" in said
    assert "no measured n" in summary([record for record in crossing if record.n == 2**8])
    assert "One crossover" in summary([record for record in crossing if record.n <= 2**10])


def test_labels_are_moved_apart() -> None:
    assert apart_around([1.0, 5.0], 0.5) == [1.0, 5.0]
    places = apart_around([2.0, 1.9, 2.05], 0.5)
    assert sorted(places) == pytest.approx([places[1], places[1] + 0.5, places[1] + 1.0])
    assert places[1] < places[0] < places[2]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "start"), [("a.svg", b"<?xml"), ("a.png", b"\x89PNG")])
def test_the_figure_is_drawn_from_records_alone(
    call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crossing: list[times.Record], name: str, start: bytes
) -> None:
    def fails(*_: object) -> None:
        raise AssertionError("nothing may be computed")

    monkeypatch.setattr(times, "cell", fails)
    monkeypatch.setattr(times, "timed", fails)
    write(crossing, tmp_path / "stored.jsonl")
    answer = call("study", "transition", "--from", tmp_path / "stored.jsonl", "--figure", tmp_path / name)
    assert answer.code == 0, answer
    drawn = (tmp_path / name).read_bytes()
    assert drawn.startswith(start)
    assert summary(crossing) in answer.out
    call("study", "transition", "--from", tmp_path / "stored.jsonl", "--figure", tmp_path / name)
    assert (tmp_path / name).read_bytes() == drawn


@pytest.mark.slow
def test_transition_on_the_command_line(call: Caller, tmp_path: Path) -> None:
    stored, drawn = tmp_path / "times.jsonl", tmp_path / "times.svg"
    answer = call("study", "transition", *QUICK, "-o", stored, "--figure", drawn, "--json")
    assert answer.code == 0, answer
    assert len(answer.json["records"]) == 3 * 3 * 4
    assert answer.json["records"] == [json.loads(line) for line in stored.read_text().splitlines()]
    assert answer.json["figure"] == str(drawn)
    assert drawn.stat().st_size > 10_000
    assert [asdict(record) for record in read(stored, times.Record)] == answer.json["records"]
    text = call("study", "transition", "--from", stored)
    assert answer.json["summary"] in text.out
    assert call("study", "transition", "--from", stored, "-q").out.strip() == answer.json["summary"]


def test_an_interrupted_run_leaves_its_records(call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = measuring.timed, [0]

    def interrupted(*arguments: Any) -> Any:
        calls[0] += 1
        if calls[0] > 5:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(times, "timed", interrupted)
    answer = call("study", "transition", *QUICK, "-o", tmp_path / "a.jsonl")
    assert answer.code == 130
    kept = read(tmp_path / "a.jsonl", times.Record)
    assert sum(record.seconds is not None for record in kept) == 5
    assert call("study", "transition", "--from", tmp_path / "a.jsonl").code == 0
    calls[0] = 5
    (tmp_path / "b.jsonl").write_text("older records\n")
    assert call("study", "transition", *QUICK, "-o", tmp_path / "b.jsonl").code == 130
    assert (tmp_path / "b.jsonl").read_text() == "older records\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "b.jsonl"]


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.9])
def test_an_exact_power_law_gives_its_exponent(exponent: float) -> None:
    sizes = [2**k for k in range(10, 16)]
    found = growth.fit(sizes, [3e-9 * n**exponent for n in sizes])
    assert found.slope == pytest.approx(exponent, abs=1e-9)
    assert found.low <= found.slope <= found.high
    assert found.high - found.low < 1e-6


def test_the_interval_covers_as_often_as_it_says() -> None:
    sizes = [2**k for k in range(11, 16)]
    generator = np.random.default_rng(np.random.SeedSequence(5))
    covered = 0
    for _ in range(200):
        noise = generator.normal(0, 0.1, len(sizes))
        found = growth.fit(sizes, [1e-9 * n**1.3 * 2**x for n, x in zip(sizes, noise, strict=True)])
        covered += found.low <= 1.3 <= found.high
    assert 180 <= covered <= 199


def test_the_implication_has_numbers_only_where_the_fit_allows_them() -> None:
    clear = growth.implication(growth.Fit(1.5, 1.4, 1.6, 5), FORMS["attention"])
    assert "2^(0.75 v)" in clear
    assert "SETH" in clear
    assert "evidence of nothing asymptotic" in clear
    for high in (2.0, 2.1):
        unclear = growth.implication(growth.Fit(1.9, 1.7, high, 5), FORMS["attention"])
        assert "does not separate" in unclear
        assert "k-SAT" not in unclear


def test_exponent_on_the_command_line(call: Caller, tmp_path: Path) -> None:
    words = ("study", "exponent", "polynomial", "--octaves", "6:8", "--repeats", 1)
    answer = call(*words, "--critical", 0.2, "--error", "1e-3", "-o", tmp_path / "a.jsonl", "--json")
    assert answer.code == 0, answer
    for regime in ("bounded", "critical"):
        found = answer.json[regime]
        assert found["fit"]["low"] <= found["fit"]["slope"] <= found["fit"]["high"]
        assert found["q"]["q"] == pytest.approx(2 - found["fit"]["slope"])
        assert found["text"].startswith("time ~ n^")
    assert answer.json["bounded"]["implies"] is None
    assert answer.json["critical"]["implies"]
    assert {record["error"] for record in answer.json["records"]} == {1e-3}
    assert len(read(tmp_path / "a.jsonl", growth.Record)) == 6
    assert "time ~ n^" in call(*words, "--critical", 0.2, "-q").out


def test_a_regime_that_is_declined_gives_no_exponent(call: Caller) -> None:
    answer = call("study", "exponent", "taylor", "--octaves", "6:8", "--repeats", 1, "--critical", 3, "--json")
    assert answer.code == 0, answer
    critical = answer.json["critical"]
    assert critical["fit"] is None
    assert critical["q"] is None
    assert critical["implies"] is None
    assert critical["reason"].startswith("n = 64: taylor: ")
    text = call("study", "exponent", "taylor", "--octaves", "6:8", "--repeats", 1, "--critical", 3).out
    assert "no exponent: n = 64: taylor: " in text
    assert "SETH" not in text


def test_algorithms_that_answer_in_logarithms_are_timed_too(call: Caller) -> None:
    answer = call("study", "exponent", "logspace", "--octaves", "6:8", "--repeats", 1, "--json")
    assert answer.json["critical"]["fit"] is not None
    assert {record["error"] for record in answer.json["records"]} == {None}


BAD: list[tuple[tuple[object, ...], str]] = [
    (("--octaves", "9:8"), "first <= last"),
    (("--octaves", ""), "first:last"),
    (("--octaves", "8"), "first:last"),
    (("--octaves", "a:b"), "first:last"),
    (("--octaves", "0:3"), "1 <= first"),
    (("--octaves", "10:1000000"), "last <= 40"),
    (("--octaves", "10:30"), "memory budget"),
    (("--d", 0), "--d 0"),
    (("--d", 10**9), "memory budget"),
    (("--error", 0), "--error 0"),
    (("--error", -1), "--error -1"),
    (("--error", "1e-20"), "float64"),
    (("--error", "nan"), "--error nan"),
    (("--seed", -1), "--seed -1"),
    (("--repeats", 0), "--repeats 0"),
    (("--memory", "much"), "--memory"),
    (("-o", "missing/records.jsonl"), "missing/records.jsonl"),
    (("-o", "-", "--json"), "stdout"),
]


@pytest.mark.parametrize("verb", [("transition",), ("exponent", "polynomial")], ids=["transition", "exponent"])
@pytest.mark.parametrize(("words", "said"), BAD, ids=lambda value: str(value)[:40])
def test_bad_input_of_both(
    call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: tuple[str, ...], words: tuple[object, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = call("study", *verb, *words)
    assert said in (answer.err if "--json" in words else answer.refusal())
    assert answer.code == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("transition", "--factors", "0.5,x"), "--factors"),
        (("transition", "--factors", "0.5,-1"), "--factors -1"),
        (("transition", "--factors", "0.5,0.5"), "twice"),
        (("transition", "--factors", "1e-200"), "--factors 1e-200"),
        (("transition", "--factors", "0.5,1e308"), "--factors 1e+308"),
        (("transition", "--factors", ""), "--factors"),
        (("transition", "--rows", -1), "--rows -1"),
        (("transition", "--limit", 0), "--limit 0"),
        (("transition", "--figure", "a.pdf"), ".svg or .png"),
        (("transition", "--figure", "missing/a.svg"), "missing/a.svg"),
        (("transition", "--from", "missing/a.jsonl"), "no file"),
        (("exponent", "polynomials"), "did you mean polynomial"),
        (("exponent", "polynomial", "--octaves", "10:11"), "at least three"),
        (("exponent", "polynomial", "--bounded", -0.3), "--bounded -0.3"),
        (("exponent", "polynomial", "--critical", 0), "--critical 0"),
        (("exponent", "polynomial", "--critical", "inf"), "--critical inf"),
    ],
    ids=lambda value: " ".join(map(str, value))[:40] if isinstance(value, tuple) else "",
)
def test_bad_input_of_one(
    call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[object, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in call("study", *words).refusal()


def test_records_that_are_none(call: Caller, tmp_path: Path, records: list[times.Record]) -> None:
    good = asdict(records[0])
    contents: dict[str, tuple[bytes, str]] = {
        "empty": (b"", "no record"),
        "blank": (b"\n \n", "no record"),
        "binary": (bytes(range(256)), "line 1"),
        "truncated": (json.dumps(good).encode()[:-5], "line 1"),
        "number": (b"7\n", "not a record"),
        "foreign": (b'{"verdict": "yes"}\n', "not a record"),
        "other study": (json.dumps({**good, "study": "frontier"}).encode(), "study"),
        "text for a number": (json.dumps({**good, "n": "64"}).encode(), "n = '64'"),
        "nan": (json.dumps({**good, "B": float("nan")}).encode(), "B = 'nan'"),
        "negative": (json.dumps({**good, "n": -4}).encode(), "out of range"),
        "tiny": (json.dumps({**good, "B": 1e-200}).encode(), "out of range"),
        "later line": (json.dumps(good).encode() + b"\n{}\n", "line 2"),
        "twice": (json.dumps(good).encode() + b"\n" + json.dumps(good).encode(), "twice"),
        "mixed": (json.dumps(good).encode() + b"\n" + json.dumps({**good, "d": 9}).encode(), "several settings"),
    }
    for name, (content, said) in contents.items():
        (tmp_path / "stored.jsonl").write_bytes(content)
        assert said in call("study", "transition", "--from", tmp_path / "stored.jsonl").refusal(), name
    (tmp_path / "stored.jsonl").write_text(json.dumps(good))
    message = call("study", "transition", "--from", tmp_path / "stored.jsonl", "-o", tmp_path / "b.jsonl").refusal()
    assert "leave out -o" in message


def test_without_matplotlib_one_line_says_so(call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    real = builtins.__import__

    def missing(name: str, *arguments: Any, **others: Any) -> Any:
        if name.partition(".")[0] == "matplotlib":
            raise ImportError(name)
        return real(name, *arguments, **others)

    monkeypatch.setattr(builtins, "__import__", missing)
    message = call("study", "transition", *QUICK, "--figure", tmp_path / "a.svg").refusal()
    assert "pip install 'hardness-lab[plots]'" in message
    assert ".venv/bin/pip install -e '.[plots]' in a checkout" in message


@pytest.mark.parametrize("verb", ["transition", "exponent"])
def test_help_has_an_example(call: Caller, verb: str) -> None:
    answer = call("study", verb, "--help")
    assert answer.code == 0
    assert f"hardlab study {verb}" in answer.out
