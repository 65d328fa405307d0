"""What the verbs of `hardlab study` ask for, refuse and say, with nothing measured: every limit from both sides."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from hardlab.cli.verbs import study
from hardlab.study import asymptotic, exponent, frontier, frontier_figure, plan, regimes, transition
from hardlab.study.plan import Checked, Planned
from hardlab.study.plan_rates import Rates
from hardlab.study.records import read
from tests.support.calling import Caller
from tests.support.kept import Keeper, shown
from tests.support.places import ROOT

STORED = ROOT / "docs" / "pages" / "explanation"

OF_ALL: list[list[Any]] = [
    ["--octaves", "4:7", "--repeats", 1, "--seed", 0, "--memory", "2M", "--error", "1e-3"],
    ["--octaves", "5:4"], ["--repeats", 0], ["--seed", -1], ["--error", 0],
]  # fmt: skip
OF_ONE: dict[str, list[list[Any]]] = {
    "transition": [
        ["--d", 1, "--rows", 0, "--limit", "1e-30", "--factors", "2,0.5"], ["--d", 0], ["--rows", -1], ["--limit", "0.9e-30"],
        ["--factors", "0.5,0.5"], ["--factors", "0,1"], ["--figure", "a.pdf"],
    ],
    "exponent": [
        ["--octaves", "4:6", "--d", 1], ["--d", 0], ["--octaves", "4:5"], ["--bounded", 0], ["--critical", 0],
        ["--form", "tensor"], ["--form", "dX"], ["--form", "other"], ["--bounded", 0.7, "--critical", 3],
    ],
    "regimes": [
        ["--widths", f"8,{2**20}", "--shares", "0,1", "--bounds", "2,1"], ["--widths", "0"], ["--widths", 2**20 + 1],
        ["--widths", "1.5"], ["--shares", "-0.1"], ["--shares", "1.01"], ["--bounds", "-1"], ["--limit", 0],
    ],
}  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would be measured, with the memory for it; instead of that there are a few records from the docs."""
    said: list[str] = []

    def times(settings: Any, memory: int) -> Iterator[Any]:
        said.append(f"{shown(settings)} {memory}")
        yield from read(STORED / "transition.jsonl", transition.Record)[:45]

    def fastest(settings: Any, memory: int) -> Iterator[Any]:
        said.append(f"{shown(settings)} {memory}")
        yield from read(STORED / "regimes.jsonl", regimes.Record)[:24]

    def growth(algorithm: Any, error: Any, settings: exponent.Settings, memory: int) -> Iterator[Any]:
        said.append(f"{shown(algorithm)} {error} {settings.form.name} {shown((*asdict(settings).values(),)[1:-1])} {memory}")
        for regime, power in ((exponent.BOUNDED, 1.1), (exponent.CRITICAL, 1.6)):
            for k in settings.octaves:
                B, seconds = settings.B(regime, 2**k), 1e-9 * 2 ** (power * k)
                yield exponent.Record("exponent", "x", settings.form.name, regime, 2**k, 8, B, None, seconds, None, 1, 0, 1, {})

    monkeypatch.setattr(transition, "measured", times)
    monkeypatch.setattr(regimes, "measured", fastest)
    monkeypatch.setattr(exponent, "measured", growth)
    return said


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("verb", OF_ONE)
def test_what_is_asked_for(verb: str, part: int, call: Caller, kept: Keeper, asked: list[str]) -> None:
    algorithm = {"exponent": ["polynomial"]}.get(verb, [])
    for words in [[], ["-q"], ["--json"], *OF_ALL, *OF_ONE[verb]][part::4]:
        answer = call("study", verb, *algorithm, *words)
        out = shown(answer.json) if words == ["--json"] else answer.out
        asked.append(f"{words} {answer.code} {out} {answer.err}")
    kept("\n".join(asked))


@pytest.mark.parametrize(("verb", "kind"), [("transition", transition.Record), ("regimes", regimes.Record)])
def test_records_are_written_and_read(verb: str, kind: Any, call: Caller, tmp_path: Path, asked: list[str]) -> None:
    """To stdout all that is said of them is on stderr."""
    written = tmp_path / "R.jsonl"
    first = call("study", verb, "-o", written)
    found = read(written, kind)
    assert len(found) in (24, 45)
    assert call("study", verb, "--from", written).out == first.out
    there = call("study", verb, "-o", "-")
    assert there.out == written.read_text()
    assert first.out in there.err
    record = call("study", verb, "--json", "-o", written).json
    assert (len(record["records"]), record["output"], record["figure"]) == (len(found), str(written), None)
    assert len(asked) == 3


def test_exponents_are_written(call: Caller, tmp_path: Path, asked: list[str]) -> None:
    words = ("study", "exponent", "polynomial", "--octaves", "4:6")
    first = call(*words, "-o", tmp_path / "R.jsonl")
    assert len(read(tmp_path / "R.jsonl", exponent.Record)) == 6
    there = call(*words, "-o", "-")
    assert there.out == (tmp_path / "R.jsonl").read_text()
    assert first.out in there.err
    assert call(*words, "--json", "-o", tmp_path / "R.jsonl").json["output"] == str(tmp_path / "R.jsonl")


def test_a_line_of_each_n(kept: Keeper) -> None:
    """Of all records, and of a few, of which no n has a crossover."""
    found: list[Any] = list(read(STORED / "transition.jsonl", transition.Record))
    kept("\n".join(study._table(some) for some in (found, found[:9])))


@pytest.mark.parametrize("part", range(4))
def test_gaps(part: int, call: Caller, kept: Keeper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said: list[str] = []
    constants = [asymptotic.least(1.0, 0.9, gadget) for gadget in asymptotic.GADGETS]
    of_all = [one for one in read(STORED / "frontier.jsonl", frontier.Record) if one.m in (1, 2, 3, 7, 8)]

    def records(sizes: list[int], N: int) -> Iterator[frontier.Record]:
        said.append(f"{sizes} {N}")
        yield from of_all

    monkeypatch.setattr(frontier, "records", records)
    monkeypatch.setattr(asymptotic, "constants", lambda: constants)
    monkeypatch.setattr(frontier_figure, "draw_gaps", lambda records, figure: said.append(shown([one.m for one in records])))
    asked: list[list[Any]] = [
        [],
        ["-q"],
        ["--json"],
        ["--m", 1],
        ["--m", 0],
        ["--m", 2**16],
        ["--m", 2**16 + 1],
        ["--n", 2**60],
    ]
    asked += [["--n", 0], ["--n", 2**60 + 1], ["--max-m", 2], ["--max-m", 1], ["--max-m", 256], ["--max-m", 257]]
    asked += [["--m", 7, "--max-m", 3, "--figure", f"{tmp_path}/a.svg"], ["--max-m", 8, "--figure", f"{tmp_path}/a.svg"]]
    for words in asked[part::4]:
        answer = call("study", "frontier", *words)
        out = shown(answer.json) if words == ["--json"] else answer.out
        said.append(f"{words[:4]} {answer.code} {out} {answer.err}".replace(str(tmp_path), ""))
    kept("\n".join(said))


@pytest.mark.parametrize("part", range(2))
def test_plans(part: int, call: Caller, kept: Keeper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said: list[str] = []

    def planned(formula: Any, chain: Any, algorithm: Any, workers: int, price: float, memory: int) -> Planned:
        said.append(f"{formula.identity} {chain.spelled} {shown(algorithm)} {workers} {price:g} {memory}")
        size = {"n": formula.n, "m": 7, "d": 3}
        return Planned(
            formula.n, 9, chain.keys, algorithm.key, size, formula.n > 20, size, 70, 800, 90, Rates(1, 2, 3e-9), 3.5, workers,
            2.5, 2, price, 0.25, 1, "cnf-cubes[fix=1]",
        )  # fmt: skip

    def checked(formula: Any, chain: Any, algorithm: Any, limit: float, memory: int) -> Checked:
        said.append(f"{formula.identity} {chain.spelled} {shown(algorithm)} {limit:g} {memory}")
        return Checked(formula.n, "yes", 3.0, 2.0)

    def validated(chain: Any, algorithm: Any, ratio: float, seed: int, limit: float, memory: int) -> Iterator[Checked]:
        said.append(f"{chain.spelled} {shown(algorithm)} {ratio:g} {seed} {limit:g} {memory}")
        yield Checked(20, "no", 1.0, 2.0)

    for name, instead in (("planned", planned), ("checked", checked), ("validated", validated)):
        monkeypatch.setattr(plan, name, instead)
    (tmp_path / "f.cnf").write_text("p cnf 3 1\n1 2 0\n")
    (tmp_path / "g.cnf").write_text("p cnf 3 2\n1 2 0\n")
    against = ["--measure-against", f"{tmp_path}/f.cnf"]
    asked: list[list[Any]] = [[], ["-q"], ["--json"], ["--validate"], ["--validate", "-q"], ["--validate", "--json"]]
    asked += [against, [*against, "--json"], [*against, "--validate"], [*against, "--vars", 9], ["--validate", "--vars", 9]]
    asked += [["--vars", n] for n in (2, 3, 4, 80, 81)] + [["--ratio", ratio] for ratio in (0, 0.03, 0.02, 100, 100.1)]
    asked += [["--price", price] for price in (-0.1, 0, 1e9, 1.1e9)] + [["--limit", limit] for limit in (0, 1e-30)]
    asked += [["--vars", 9, "--seeds", 0], ["--vars", 9, "--seeds", 2, "--seed", 5], ["--seed", -1], ["--workers", 0]]
    asked += [["--vars", 9, "--workers", 3, "--price", 2, "--algorithm", "boolean", "--memory", "3M"]]
    asked += [["--measure-against", f"{tmp_path}/g.cnf"], ["--measure-against", f"{tmp_path}/g.cnf", "--lenient"]]
    for words in asked[part::2]:
        answer = call("study", "plan", *words)
        said.append(f"{words} {answer.code} {answer.out} {answer.err}".replace(str(tmp_path), ""))
    kept("\n".join(said))
