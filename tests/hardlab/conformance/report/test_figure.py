"""The figures of a report: marks at their numbers, texts that do not overlap."""

import re
import xml.etree.ElementTree as ET
from itertools import combinations
from math import inf, log2, log10, nan
from typing import Any

import pytest

from hardlab.conformance.report.chain_figure import chain
from hardlab.conformance.report.figure import figures
from hardlab.conformance.report.page import report
from hardlab.pages.panels import SMALL, WIDTH, apart, power_of_ten
from tests.support.kept import Keeper
from tests.support.reports import CHAIN, FAILING, LADDER, Page, Record, record, rung


def panels(of: Record, construction: str = "T5") -> list[ET.Element]:
    return [ET.fromstring(panel) for panel in figures(of)[construction]]


def level(text: str) -> float:
    """The exponent of 10 that a label of the upward axis shows."""
    raised = text.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return float(raised[2:]) if raised != text else log10(float(text))


def axis(ticks: list[tuple[float, float]]) -> tuple[float, float]:
    """Slope and offset of a place over its logarithm, by the first and last tick; all ticks lie on that line."""
    (a, at_a), (b, at_b) = ticks[0], ticks[-1]
    slope = (at_b - at_a) / (b - a)
    assert all(abs(at_a + slope * (value - a) - at) < 0.02 for value, at in ticks)
    return slope, at_a - slope * a


def axes_of(panel: ET.Element) -> tuple[tuple[float, float], tuple[float, float]]:
    across = [
        (log2(float(text.text or "")), float(text.get("x", ""))) for text in panel.iter("text") if text.get("class") == "middle"
    ]
    upwards = [
        (level(text.text or ""), float(text.get("y", "")) - 4) for text in panel.iter("text") if text.get("class") == "end"
    ]
    return axis(across), axis(upwards)


def marks(panel: ET.Element) -> dict[str, tuple[str, float, float]]:
    """The kind and the middle of each mark, by the name of its check."""
    found = {}
    for group in panel.iter("g"):
        title, shape = group
        if shape.tag == "circle":
            x, y = float(shape.get("cx", "")), float(shape.get("cy", ""))
        else:
            start = re.match(r"M([\d.-]+) ([\d.-]+)", shape.get("d", ""))
            assert start
            x, y = (float(value) for value in start.groups())
            x, y = (x, y + 5) if shape.get("class") == "beyond" else (x + 4.2, y + 4.2)
        found[(title.text or "").split(": ")[0]] = (shape.get("class", ""), x, y)
    return found


def test_marks_are_at_the_numbers() -> None:
    drawn = panels(FAILING)
    seen = 0
    assert len(drawn) == 3
    for panel in drawn:
        (across, left), (upwards, low) = axes_of(panel)
        assert across > 0 > upwards
        found = marks(panel)
        dashes = [path.get("d", "") for path in panel.iter("path") if path.get("class") == "demanded"]
        for one in FAILING["checks"]:
            if one["name"] in found:
                kind, x, y = found[one["name"]]
                place = left + across * log2(one["axes"]["B"])
                assert kind == one["status"]
                assert x == pytest.approx(place, abs=0.05)
                assert y == pytest.approx(low + upwards * log10(one["delivered"]), abs=0.05)
                dash = (place - 5, low + upwards * log10(one["demanded"]))
                ends = [tuple(map(float, re.findall(r"[\d.]+", d)[:2])) for d in dashes]
                assert min(abs(dash[0] - end[0]) + abs(dash[1] - end[1]) for end in ends) < 0.1
                seen += 1
    assert seen == len(LADDER) + 1


def test_panels_are_by_n_and_share_their_scales() -> None:
    of = record(*(rung(n, 2.0 + n / 100, 4.0, 0.1, 0.01) for n in (9, 16, 17, 64, 256, 1)))
    drawn = panels(of)
    titles = [next(drawn_title.text for drawn_title in panel.iter("text")) for panel in drawn]
    assert titles == ["n = 1", "n = 9 to 16", "n = 17 to 64", "n = 256"]
    assert len({axes_of(panel) for panel in drawn}) == 1


def test_the_transition_is_the_first_rung_that_is_not_right() -> None:
    statuses = {1.5: "passed", 3.0: "passed", 6.0: "beyond", 9.0: "wrong"}
    of = record(*(rung(64, B, 4.0, 0.1, 0.2, status) for B, status in reversed(statuses.items())))
    (panel,) = panels(of)
    said = next(text for text in panel.iter("text") if text.get("class") == "first")
    assert said.text == "first beyond: B = 6, R0 = 4"
    line = next(path for path in panel.iter("path") if path.get("class") == "transition")
    x = float(re.findall(r"[\d.]+", line.get("d", ""))[0])
    assert x == pytest.approx(marks(panel)["decisions/T5/worst/n=64/B=6.0/R0=4.0"][1], abs=0.01)
    assert "beyond at n = 64, B = 6 sqrt(ln n), R0 = 4 (T5, worst)." in Page(report(of)).text
    (right,) = panels(record(rung(64, 3.0, 4.0, 0.2, 0.1)))
    assert not [path for path in right.iter("path") if path.get("class") == "transition"]


@pytest.mark.parametrize(("delivered", "rim"), [(0.0, 256.0), (inf, 64.0), (nan, 64.0), (None, 64.0), ("inf", 64.0)])
def test_numbers_without_a_place_stand_on_the_rim(delivered: Any, rim: float) -> None:
    (panel,) = panels(record(rung(64, 2.0, 4.0, 0.1, delivered, "crashed"), rung(64, 3.0, 4.0, 0.1, 0.2)))
    kind, _, y = marks(panel)["decisions/T5/worst/n=64/B=2.0/R0=4.0"]
    assert kind == "other"
    assert y == pytest.approx(rim, abs=0.01)
    titles = [title.text or "" for title in panel.iter("title")]
    assert [("drawn on the rim" in title) for title in titles] == [True, False]


def test_what_has_no_place_is_not_drawn() -> None:
    checks = [
        rung(64, inf, 4.0, 0.1, 0.2),
        rung(64, 0.0, 4.0, 0.1, 0.2),
        rung(nan, 2.0, 4.0, 0.1, 0.2),
        rung(64, 2.0, 4.0, None, None),
    ]
    assert figures(record(*checks)) == {}
    assert "Demanded and delivered accuracy" not in report(record(*checks))


def test_rungs_that_rounding_alone_loses_are_explained() -> None:
    said = "A triangle below its dash"
    assert said in report(record(rung(64, 2.0, 1.05, 0.2, 0.1, "beyond")))
    assert said not in report(record(rung(64, 2.0, 1.05, 0.1, 0.2, "beyond"), rung(64, 2.0, 4.0, 0.2, 0.1)))


def boxes(drawing: ET.Element) -> list[tuple[float, float, float, float, str]]:
    """The texts' extents, by estimate."""
    found = []
    for text in drawing.iter("text"):
        words = "".join(text.itertext()) if len(text) == 0 else (text[0].tail or "")
        width, x, y = len(words) * SMALL, float(text.get("x", "")), float(text.get("y", ""))
        kind = (text.get("class") or "").split()
        left = x - width if "end" in kind else x - width / 2 if "middle" in kind else x
        found.append((left, y - 10, left + width, y + 2, words))
    return found


CROWDED = {
    "ladder": LADDER,
    "one": [rung(64, 2.1, 4.0, 0.4, 0.9, "beyond")],
    "same demands": [rung(64, 2.0 + R0 / 100, R0, 0.1, 0.2, "beyond") for R0 in (1.05, 1.5, 2.0, 4.0, 16.0)],
    "many margins": [rung(64, 2.0, 1 + k / 7, 0.1 + k / 1000, 0.2, "inaccurate") for k in range(40)],
    "large": [rung(4096, B, 1.05, 1e300, 1e-300, "inaccurate") for B in (1e-30, 1e30)],
    "B in the thousands": [rung(4096, B, 1.05, 1e-12, 1e-5, "wrong") for B in (1100.0, 1543.21, 2175.0)],
    "B above": [rung(4096, B, 16.0, 1e-12, 1e-5, "wrong") for B in (123456.7, 654321.9)],
    "between powers of two": [rung(16, 0.72, 16.0, 0.1, 0.01), rung(16, 0.73, 16.0, 0.1, 0.01)],
    "no margin": [rung(16, 2.0, nan, 0.1, 0.2, "wrong")],
    "extreme": [rung(16, 2.0, 4.0, 1.7e308, 5e-324)],
}


@pytest.mark.parametrize("name", CROWDED)
def test_texts_of_the_figure_do_not_overlap_and_are_within_it(name: str) -> None:
    for panel in panels(record(*CROWDED[name])):
        found = boxes(panel)
        for left, top, right, bottom, words in found:
            assert left >= -2, words
            assert right <= WIDTH, words
            assert top >= 0, words
            assert bottom <= 300, words
        for a, b in combinations(found, 2):
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a[4], b[4])


def test_labels_set_apart_keep_their_order() -> None:
    places = apart([50.0, 51.0, 10.0, 200.0, 199.0], 14.0, 20.0, 190.0)
    assert places == [50.0, 64.0, 20.0, 190.0, 176.0]


@pytest.mark.parametrize(("power", "said"), [(-12, "10⁻¹²"), (3, "10³"), (0, "1"), (-2, "0.01"), (2, "100")])
def test_powers_of_ten(power: int, said: str) -> None:
    assert power_of_ten(power) == said


def test_a_chain_is_drawn_with_the_figures_of_each_stage() -> None:
    drawing = ET.fromstring(chain(CHAIN))
    words = [text.replace("\u00a0", " ") for *_, text in boxes(drawing)]
    assert words[:3] == ["cnf", "n = 20, m = 85, k = 3", "cnf-hamming"]
    assert {"hamming", "hamming-attention", "attention"} < set(words)
    said = ", ".join(words)
    assert "n = 71, m = 24, d = 59, t = 8, t2 = 10, eps = 0.25" in said
    assert "n = 71, m = 29, d = 81, rows = 71, B = 9.4, margin = 5.6" in said
    for a, b in combinations(boxes(drawing), 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    assert all(right <= WIDTH for _, _, right, _, _ in boxes(drawing))
    assert len(list(drawing.iter("rect"))) == 3


def test_a_long_text_of_a_chain_is_cut_and_whole_in_its_title() -> None:
    drawing = ET.fromstring(chain({"name": "x", "stages": [{"problem": "p" * 99, "declined": "why " * 40}], "edges": []}))
    assert all(right <= WIDTH for _, _, right, _, _ in boxes(drawing))
    assert "p" * 99 in [title.text for title in drawing.iter("title")]


RUNGS: dict[str, list[tuple[float, float, float]]] = {
    "low": [(2.0, 1.5 + k / 8, 1e-6 * (1 + k / 100)) for k in range(14)] + [(3.0, 4.0, 1.0)],
    "high": [(2.0, 1.5 + k / 8, 1.0 - k / 1000) for k in range(14)] + [(3.0, 4.0, 1e-6)],
    "apart": [(2.0**k, 4.0 + k, 10.0**-k) for k in range(12)],
    "near": [(3.0 + k / 10, 4.0, 1e-3 * k) for k in range(1, 5)],
    "one": [(5.0, 1234.0, 0.1)],
    "small": [(0.3, 2.0, 0.1), (0.31, 999.9, 0.2)],
    "large": [(2.0**12, 2.0, 0.1), (2.0**40, 1000.0, 1e-30)],
    "ten": [(2.0**10, 2.0, 0.1), (1.2 * 2**10, 3.0, 0.1), (1.7 * 2**10, 3.0, 0.1)],
    "eleven": [(2.0**11, 2.0, 0.1), (1.2 * 2**11, 3.0, 0.1), (1.7 * 2**11, 3.0, 0.1)],
    "ones": [(1.0, 2.0, 0.1), (1.7, 3.0, 0.1), (3.9, 3.0, 0.1), (7.9, 3.0, 0.1)],
    "more": [(1.0, 2.0, 0.1), (1.7, 3.0, 0.1), (3.9, 3.0, 0.1), (8.1, 3.0, 0.1)],
    "odd": [(12345.0, 2.0, 0.1), (12346.0, 2.0, 0.0)],
}
"""B, R0 and what is demanded of rungs."""


@pytest.mark.parametrize("name", RUNGS)
@pytest.mark.parametrize("statuses", [("passed",), ("passed", "wrong", "beyond", "crashed")], ids=len)
def test_figures_are_what_they_were(name: str, statuses: tuple[str, ...], kept: Keeper) -> None:
    """Labels at both rims, ticks far apart and close together, rungs that came out otherwise."""
    rungs = []
    for number, (B, R0, demanded) in enumerate(RUNGS[name]):
        rungs.append(
            rung((16, 64)[number % 2], B, R0, demanded, demanded * (0.1 + number / 3), statuses[number % len(statuses)])
        )
    kept("\n".join(panel for drawn in figures(record(*rungs)).values() for panel in drawn))
