"""The fastest algorithm by place: what is measured, what records say of it, and the figure from records alone."""

import json
from dataclasses import asdict, replace
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attention.auto import Auto, contestants
from hardlab.pages.colours import BLUE, VERMILION
from hardlab.study import regimes
from hardlab.study.records import read, write
from hardlab.study.regimes import Cell, Record, Settings, cells, long_rows, measured, summary, table
from hardlab.study.regimes_figure import _figure, draw_regimes
from instances.faults import BadInput, Declined
from tests.support.calling import Caller


@pytest.fixture(scope="module")
def records() -> list[Record]:
    settings = Settings((5, 7), (2,), (0.25, 30.0), (0.0, 0.1), error=1e-4, repeats=1, limit=1e-3)
    found = list(measured(settings))
    assert len(found) == settings.count == 2 * 1 * 2 * 2 * len(contestants(1e-4))
    return found


def a_record(**others: Any) -> Record:
    given: dict[str, Any] = {
        "study": "regimes", "algorithm": "softmax", "n": 4, "d": 2, "B": 0.5, "share": 0.5, "error": 1e-6, "promise": 0.0,
        "predicted_seconds": 1.0, "seconds": 1.0, "repeats": 1, "reason": None, "chosen": True, "seed": 0, "threads": 1,
        "versions": {},
    }  # fmt: skip
    return Record(**{**given, **others})


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        *((name, (1e-100, 1e100), (0.99e-100, 1.01e100, 0.0, -1.0, inf)) for name in ("B", "error")),
        *((name, (1e-100, 1e100, None), (0.99e-100, 1.01e100, 0.0)) for name in ("predicted_seconds", "seconds")),
        ("n", (2, 2**60), (1, 2**60 + 1)),
        ("d", (1, 2**30), (0, 2**30 + 1)),
        ("share", (0.0, 1.0), (-1e-9, 1.0 + 1e-9)),
    ],
)
def test_numbers_of_records_have_a_range(name: str, inside: tuple[Any, ...], outside: tuple[Any, ...]) -> None:
    for value in inside:
        assert getattr(a_record(**{name: value}), name) == value
    for value in outside:
        with pytest.raises(BadInput, match="out of range: write the file again"):
            a_record(**{name: value})


def test_what_is_run_and_what_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """A promise of exactly the error, and a time of exactly the limit, are few enough."""

    class Asked:
        key = "asked"

        def promise(self, inputs: Any) -> Any:
            return self

        def largest_error(self, inputs: Any) -> float:
            return ahead[0]

    ahead = [0.0, 0.0]
    monkeypatch.setattr(regimes, "contestants", lambda error: [Asked()])
    monkeypatch.setattr(regimes, "predicted_seconds", lambda algorithm, inputs: ahead[1])
    monkeypatch.setattr(regimes, "timed", lambda algorithm, inputs, repeats: (0.125 * repeats, None))
    settings = Settings((2,), (2,), (0.5,), (0.0,), error=0.25, limit=2.0, repeats=2)
    for promised, predicted, said in (
        (0.25, 2.0, None),
        (0.26, 1.0, "promises 0.26"),
        (0.25, 2.01, "should take 2.01 seconds, above the limit of 2"),
        (inf, 1.0, "promises inf"),
    ):
        ahead[:] = promised, predicted
        (found,) = measured(settings)
        assert found.reason == said
        assert found.seconds == (0.25 if said is None else None)
        assert found.promise == (promised if promised < inf else None)
        assert (found.predicted_seconds, found.n, found.chosen) == (predicted, 4, False)


@pytest.mark.parametrize(("octaves", "widths"), [((5, 20), (2,)), ((5,), (2, 2**16))])
def test_what_is_too_large_is_declined_at_once(octaves: tuple[int, ...], widths: tuple[int, ...]) -> None:
    with pytest.raises(Declined, match="random attention"):
        measured(Settings(octaves, widths, (0.25,), (0.0,)), memory=2**20)


def test_every_contestant_stands_at_every_place(records: list[Record]) -> None:
    keys = [algorithm.key for algorithm in contestants(1e-4)]
    for start in range(0, len(records), len(keys)):
        here = records[start : start + len(keys)]
        assert [record.algorithm for record in here] == keys
        assert len({record.place for record in here}) == 1
        inputs = long_rows(here[0].place, 0)
        assert [record.algorithm for record in here if record.chosen] == [Auto(1e-4).choice(inputs).key]
        for record in here:
            assert (record.seconds is None) == (record.reason is not None)
            assert record.seconds is None or (record.promise is not None and record.promise <= 1e-4)
    assert {record.place for record in records} == {(n, 2, B, s) for n in (32, 128) for B in (0.25, 30.0) for s in (0.0, 0.1)}


def test_reasons_are_those_of_algorithms_and_of_the_limit(records: list[Record]) -> None:
    reasons = {record.algorithm: str(record.reason) for record in records if record.n == 128 and record.B == 30.0}
    assert reasons["polynomial"].startswith("polynomial: ")
    assert reasons["boolean"].startswith("boolean")
    assert reasons["softmax32"].startswith("promises ")
    slow = list(measured(Settings((5,), (2,), (0.25,), (0.0,), repeats=1, limit=1e-9)))
    assert [record.reason for record in slow if record.algorithm == "softmax"] == [
        f"should take {slow[3].predicted_seconds:.3g} seconds, above the limit of 1e-09"
    ]


def test_some_rows_are_ten_times_as_long() -> None:
    plain, long = long_rows((200, 3, 0.5, 0.0), 4), long_rows((200, 3, 0.5, 0.05), 4)
    for X, Y in ((plain.queries(slice(None)), long.queries(slice(None))), (plain.keys(slice(None)), long.keys(slice(None)))):
        other = np.flatnonzero((X != Y).any(axis=1))
        assert len(other) == 10
        assert np.allclose(Y[other], 10 * X[other], rtol=1e-15)
        assert np.abs(X).max() <= 0.5
    assert plain.scale == 1 / 3
    assert not np.array_equal(np.array(plain.Q), np.array(long_rows((200, 3, 0.5, 0.0), 5).Q))


def planted(records: list[Record]) -> list[Record]:
    """At n = 4 softmax takes 1 s and polynomial, which auto takes, 2 s; at n = 8 only polynomial ran, 3 s, and is not taken."""
    of: dict[str, Any] = {"d": 2, "B": 0.5, "share": 0.0, "reason": None}
    return [
        replace(records[0], algorithm="softmax", n=4, seconds=1.0, chosen=False, **of),
        replace(records[0], algorithm="polynomial", n=4, seconds=2.0, chosen=True, **of),
        replace(records[0], algorithm="softmax", n=8, seconds=None, chosen=True, **{**of, "reason": "too slow"}),
        replace(records[0], algorithm="polynomial", n=8, seconds=3.0, chosen=False, **of),
        replace(records[0], algorithm="softmax", n=16, seconds=None, chosen=True, **{**of, "reason": "too slow"}),
    ]


def test_cells(records: list[Record]) -> None:
    found = cells(planted(records))
    assert found == [
        Cell((4, 2, 0.5, 0.0), "softmax", 1.0, "polynomial", 2.0),
        Cell((8, 2, 0.5, 0.0), "polynomial", 3.0, "softmax", inf),
    ]
    assert [cell.ratio for cell in found] == [2.0, inf]
    assert summary(found) == (
        "Fastest of 2 cells: polynomial in 1, softmax in 1. Auto takes at most 1.5 times the least time in 0 of them."
    )
    assert "in 1 of them." in summary([replace(found[0], chosen_seconds=1.5)])
    assert "in 0 of them." in summary([replace(found[0], chosen_seconds=1.51)])
    lines = table(found).splitlines()
    assert lines[1].split() == ["2^2", "2", "0.5", "0", "%", "softmax", "1.0000", "polynomial", "2.00"]
    assert lines[2].split()[-2:] == ["softmax", "-"]


def test_records_that_do_not_fit_together(records: list[Record]) -> None:
    with pytest.raises(BadInput, match="several errors"):
        cells([records[0], replace(records[1], error=1e-3)])
    with pytest.raises(BadInput, match="stand twice"):
        cells([records[0], records[0]])
    for wrong in ({"study": "transition"}, {"n": 1}, {"d": 0}, {"share": 1.5}, {"share": -0.1}, {"B": 0.0}, {"seconds": 1e101}):
        with pytest.raises(BadInput, match=r"not of regimes|out of range"):
            replace(records[0], **wrong)
    with pytest.raises(BadInput, match="no record has a time"):
        _figure([], 1e-6)


def test_the_figure(records: list[Record]) -> None:
    """A square for each cell in the colour and with the letter of the fastest, a line where auto changes its mind."""
    axes = _figure(cells(planted(records)), 1e-4).axes
    assert len(axes) == 1
    assert [text.get_text() for text in axes[0].texts] == ["D", "P"]
    colours = [patch.get_facecolor()[:3] for patch in axes[0].patches]
    assert [tuple(round(255 * x) for x in colour) for colour in colours] == [
        tuple(bytes.fromhex(name[1:])) for name in (VERMILION, BLUE)
    ]
    assert [line.get_xdata().tolist() for line in axes[0].lines] == [[0.5, 0.5]]
    same = [replace(record, chosen=record.algorithm == "softmax") for record in planted(records)]
    assert not _figure(cells(same), 1e-4).axes[0].lines
    upwards = [replace(record, n=4, B=record.n / 8) for record in planted(records)]
    assert [line.get_ydata().tolist() for line in _figure(cells(upwards), 1e-4).axes[0].lines] == [[0.5, 0.5]]


def test_panels_are_by_width_and_share(records: list[Record]) -> None:
    many = [replace(r, d=d, share=s) for r in planted(records) for d in (2, 8, 16) for s in (0.0, 0.001)]
    titles = [axes.get_title() for axes in _figure(cells(many), 1e-4).axes]
    assert titles == [f"d = {d}, {s}" for s in ("0.1 % of the rows long", "no long rows") for d in (2, 8, 16)]


def test_the_command(tmp_path: Path, call: Caller, records: list[Record]) -> None:
    stored, figure = tmp_path / "R.jsonl", tmp_path / "R.svg"
    asked = ("--octaves", "4:5", "--widths", "2", "--bounds", "0.5", "--shares", "0,0.1", "--error", "1e-3", "--repeats", 1)
    done = call("study", "regimes", *asked, "-o", str(stored), "--figure", str(figure))
    assert done.code == 0
    assert done.out.splitlines()[-1] == summary(cells(read(stored, Record)))
    again = call("study", "regimes", "-q", "--from", str(stored), "--figure", str(tmp_path / "again.svg"))
    assert again.out.strip() == summary(cells(read(stored, Record)))
    assert (tmp_path / "again.svg").read_bytes() == figure.read_bytes()
    found = json.loads(call("study", "regimes", "--from", str(stored), "--json").out)
    assert found["records"] == [asdict(record) for record in read(stored, Record)]
    write(planted(records), tmp_path / "P.jsonl")
    assert "in 0 of them" in call("study", "regimes", "-q", "--from", str(tmp_path / "P.jsonl")).out


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--widths", "0"), "--widths 0"),
        (("--bounds", "0"), "--bounds 0"),
        (("--shares", "2"), "--shares 2"),
        (("--octaves", "9:8"), "--octaves 9:8"),
        (("--repeats", "0"), "--repeats 0"),
        (("--seed", "-1"), "--seed -1"),
        (("--limit", "0"), "--limit 0"),
        (("--error", "0"), "--error 0"),
        (("--figure", "x.pdf"), "--figure x.pdf"),
        (("--json", "-o", "-"), "--json and -o -"),
        (("--from", "none.jsonl", "-o", "x.jsonl"), "--from takes records"),
        (("--from", "none.jsonl"), "none.jsonl"),
    ],
)
def test_bad_input(asked: tuple[str, ...], said: str, call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = call("study", "regimes", *asked)
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert said in done.err
    assert not list(tmp_path.iterdir())


def test_a_study_that_is_interrupted_keeps_what_there_is(
    tmp_path: Path, call: Caller, monkeypatch: pytest.MonkeyPatch, records: list[Record]
) -> None:
    def some(settings: Settings, memory: int) -> Any:
        yield from planted(records)[:2]
        raise KeyboardInterrupt

    monkeypatch.setattr(regimes, "measured", some)
    assert call("study", "regimes", "-q", "-o", str(tmp_path / "R.jsonl")).code == 130
    assert len(read(tmp_path / "R.jsonl", Record)) == 2


def test_drawing_writes_nothing_where_it_cannot(tmp_path: Path, records: list[Record]) -> None:
    with pytest.raises(BadInput, match="no record has a time"):
        draw_regimes([replace(planted(records)[4])], tmp_path / "F.svg")
    assert not list(tmp_path.iterdir())
