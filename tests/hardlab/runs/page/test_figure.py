"""The figure of a run's answers says what its record says, explains itself, and lets no texts overlap."""

import json
import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hardlab.pages.text import number
from hardlab.runs.page.answers import Answers
from hardlab.runs.page.figure import figure_of_run
from hardlab.runs.page.lighting import Lights
from hardlab.runs.page.page import page_of_run
from tests.support.calling import Caller
from tests.support.places import ROOT
from tests.support.runs import RECORDS, Record

SVG = "{http://www.w3.org/2000/svg}"
ASSETS = ROOT / "docs" / "pages" / "assets"
ANSWERED = ("yes", "no", "no promise", "wrong", "disjunction", "tiles")


def texts(drawn: str) -> list[tuple[str, float, float, str]]:
    """What is written: its classes, x, y and the text."""
    root = ElementTree.fromstring(drawn)
    moved = {
        text: [float(part) for part in re.findall(r"[\d.]+", group.attrib["transform"])]
        for group in root.iter(f"{SVG}g")
        if "rotate" not in group.get("transform", "rotate")
        for text in group.iter(f"{SVG}text")
    }
    found = []
    for text in root.iter(f"{SVG}text"):
        (dx, dy), said = moved.get(text, [0.0, 0.0]), "".join(text.itertext())
        if said not in ("output", "ln of the output"):
            found.append((text.attrib["class"], float(text.attrib["x"]) + dx, float(text.attrib["y"]) + dy, said))
    return found


def overlapping(drawn: str) -> list[object]:
    """Pairs of texts that meet, and texts that reach out of the paper."""
    boxes = []
    for classes, x, y, said in texts(drawn):
        width = len(said) * (9.64 if "title" in classes else 7.83)
        left = x - width * ("end" in classes) - width / 2 * ("middle" in classes)
        boxes.append((left, y - 10, left + width, y + 3, said))
    found: list[object] = [box for box in boxes if box[0] < 0 or box[2] > 640]
    pairs = combinations(boxes, 2)
    return found + [(a, b) for a, b in pairs if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]]


@pytest.mark.parametrize("name", ANSWERED)
def test_it_says_what_the_record_says(name: str) -> None:
    record = RECORDS[name]()
    drawn, answers = figure_of_run(record), record["answers"]
    said = [text for _, _, _, text in texts(drawn)]
    assert said[0].startswith(f"{record['verdict'].upper()}: a formula of {record['stages'][0]['size']['n']} variables")
    assert f"through {record['chain']}" in said
    assert {f"high = {number(answers['high'])}", f"low = {number(answers['low'])}", "YES from", "NO up to"} <= set(said)
    assert drawn.count('<g class="answer r') == len(answers["rows"])
    wrong = len(answers["wrong"])
    assert drawn.count('class="cross"') == (wrong + 1 if wrong else 0)
    assert any(text.startswith("on the wrong side") for text in said) == bool(wrong)
    assert any(" by themselves" in text for text in said) == (record["own"]["verdict"] != record["verdict"])
    if record["verdict"] == "yes":
        row = record["route"][-1]["witness"][-1]
        given = number(answers["given"][answers["rows"].index(row)])
        assert any(re.match(rf"row {row} decides: (answered )?{given}(,|$)", text) for text in said)
    assert "prefers-color-scheme: dark" in drawn
    assert overlapping(drawn) == []


def test_what_overlaps_or_lies_is_found() -> None:
    drawn = figure_of_run(RECORDS["yes"]())
    assert overlapping(re.sub(r'(<text class="bold" .*? y=")[\d.]+', r"\g<1>120", drawn))
    assert overlapping(drawn.replace('x="16.00"', 'x="-16.00"'))
    record = json.loads(json.dumps(RECORDS["wrong"]()))
    record["answers"]["wrong"] = []
    assert 'class="cross"' not in figure_of_run(record)


def test_foreign_texts_are_escaped_and_cut() -> None:
    record: Record = {**RECORDS["yes"](), "algorithm": "<script>&" + "x" * 200}
    drawn = figure_of_run(record)
    assert "<script" not in drawn
    assert overlapping(re.sub("<title>.*?</title>", "", drawn)) == []


@pytest.mark.parametrize("value", [0.0, 1.0, -2.5])
def test_answers_and_thresholds_that_are_all_alike(value: float) -> None:
    """As where both thresholds underflow."""
    record = json.loads(json.dumps(RECORDS["no"]()))
    answers = record["answers"]
    answers |= {"low": value, "high": value, "no": value, "yes": value, "exact": {}, "given": [value] * len(answers["given"])}
    for drawn in (figure_of_run(record), page_of_run(record)):
        assert "nan" not in drawn
        assert "inf" not in drawn
    middle = Answers(answers, None, Lights())
    least, most = middle.range
    assert least < value < most
    assert middle.y(value) == pytest.approx(sum((middle.frame.top, middle.frame.ends[1])) / 2)


def test_from_the_record_of_a_run(call: Caller, tmp_path: Path) -> None:
    words = ("run", ROOT / "instances" / "examples" / "random-20-sat.cnf", "--no-oracle", "--measure", 0)
    stored = tmp_path / "run.json"
    stored.write_text(call(*words, "--json").out)
    said = call("report", stored, "--figure", tmp_path / "drawn.svg").out
    assert said.startswith("YES: row 3 answers 9.69214")
    assert call("report", stored, "--figure", "-").out == (tmp_path / "drawn.svg").read_text()
    assert "stdout" in call("report", stored, "--figure", "-", "-o", "-").refusal()
    assert "is an input" in call("report", stored, "--figure", stored).refusal()
    assert "ends in .svg" in call("report", stored, "--figure", tmp_path / "drawn.png").refusal()


def test_what_has_no_answers_is_told_so(call: Caller, tmp_path: Path) -> None:
    record, stored, figure = {**RECORDS["yes"](), "answers": None}, tmp_path / "run.json", tmp_path / "answers.svg"
    stored.write_text(json.dumps(record))
    assert call("report", stored, "--figure", figure).refusal() == (
        f"{stored} has no answers to draw: give a run that an attention algorithm answered row by row"
    )
    stored.write_text(json.dumps({**RECORDS["yes"](), "answers": {"rows": [1]}}))
    assert "not all is what records hold" in call("report", stored, "--figure", figure).refusal()
    stored.write_text(call("check", "softmax", "--rows", "64", "--json").out)
    assert "--figure is of a run or a sweep" in call("report", stored, "--figure", figure).refusal()
    assert not figure.exists()


def test_the_figure_of_the_documentation_is_that_of_its_record_and_of_a_run(call: Caller, tmp_path: Path) -> None:
    stored = json.loads((ASSETS / "answers.json").read_text())
    assert call("report", ASSETS / "answers.json", "--figure", "-").out == (ASSETS / "answers.svg").read_text()
    run = call("run", ROOT / "instances" / "examples" / "random-20-sat.cnf", "--algorithm", "softmax", "--json").json
    assert run["instance"] == stored["instance"]
    assert run["answers"]["given"] == pytest.approx(stored["answers"]["given"], rel=1e-5)
    stale = {**stored, "answers": {**stored["answers"], "high": 7.0}}
    (tmp_path / "stale.json").write_text(json.dumps(stale))
    assert call("report", tmp_path / "stale.json", "--figure", "-").out != (ASSETS / "answers.svg").read_text()
