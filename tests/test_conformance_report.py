"""The report of checked kernels: whole, self-contained, safe against foreign text, and with its marks at the numbers."""

import json
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from copy import deepcopy
from html.parser import HTMLParser
from itertools import combinations
from math import inf, log2, log10, nan
from typing import Any

import pytest

from hardlab.conformance.report.chain_figure import chain
from hardlab.conformance.report.figure import figures
from hardlab.conformance.report.markdown import markdown
from hardlab.conformance.report.page import page_of_checks, report
from hardlab.conformance.report.words import beyond, failed, peer, reason
from hardlab.pages.panels import SMALL, WIDTH, apart, power_of_ten
from hardlab.pages.text import number
from hardlab.sweep.job_process import environment as environment_of_sweep
from hardlab.work.environment import machine, machine_with_cores

Record = dict[str, Any]

VOID = {"meta", "br", "hr", "img", "input", "link"}
HOSTILE = (
    "<script>alert(1)</script>\"'&<img src=http://evil.example/x.png onerror=x>\x00\x1b[31m\ud800\u202e](http://evil.example)`|"
)


def check(name: str, status: str = "passed", **others: Any) -> Record:
    repeat = f"hardlab check mymodule:kernel --only '{name}'"
    fields: Record = {
        "reason": "",
        "demanded": None,
        "delivered": None,
        "axes": {},
        "counterexample": None,
    }
    return {"name": name, "status": status, "repeat": repeat, **fields, **others}


def rung(n: float, B: float, R0: float, demanded: Any, delivered: Any, status: str = "passed", **axes: Any) -> Record:
    placed = {"construction": "T5", "family": "worst", "n": n, "B": B, "R0": R0, **axes}
    name = f"decisions/{placed['construction']}/{placed['family']}/n={n}/B={B}/R0={R0}"
    return check(name, status, reason=f"{status} here", demanded=demanded, delivered=delivered, axes=placed)


def record(*checks: Record, **others: Any) -> Record:
    return {
        "target": "mymodule:kernel",
        "conventions": {"scale": "argument", "layout": "nd", "dtype": "float32", "seed": None},
        "verdict": "conformant",
        "seconds": 41.2,
        "versions": {"python": "3.11.7", "hardness-lab": "0.1.0", "numpy": "2.4.6"},
        "machine": "Linux x86_64, 2 cores",
        "command": "hardlab check mymodule:kernel --dtype float32",
        "checks": list(checks),
        "ends": [{"construction": "T5", "R0": 4.0, "n": 64, "B": 2.1}],
        "chains": [CHAIN],
        **others,
    }


CHAIN: Record = {
    "name": "T5",
    "stages": [
        {"problem": "cnf", "size": {"n": 20, "m": 85, "k": 3}},
        {"problem": "hamming", "size": {"n": 71, "m": 24, "d": 59, "t": 8, "t2": 10}, "eps": 0.25},
        {"problem": "attention", "size": {"n": 71, "m": 29, "d": 81, "rows": 71}, "B": 9.4, "margin": 5.6},
    ],
    "edges": ["cnf-hamming", "hamming-attention"],
}

LADDER = [
    rung(n, B, R0, 0.1 * B * R0, 1e-4 * B**4, "beyond" if B > 5 and R0 < 2 else "passed")
    for n in (16, 64, 256)
    for R0 in (1.05, 1.5, 2.0, 4.0, 16.0)
    for B in (1.4 * R0**0.1, 2.7 * R0**0.1, 5.4 * R0**0.1)
]

FAILING = record(
    check("shapes/n=1"),
    check(
        "definition/steep", "inaccurate", reason="row 3, column 0: error 2.1e-3, at most 4e-6", demanded=4e-6, delivered=2.1e-3
    ),
    *LADDER,
    rung(64, 10.0, 4.0, 0.4, 0.9, "wrong"),
    check("extremes/large", "crashed", reason="killed by SIGSEGV"),
    verdict="crashed",
)


class Page(HTMLParser):
    """Elements of a page with their attributes; an element that is not closed in its place is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def drawings(html: str) -> Iterator[ET.Element]:
    return (ET.fromstring(found) for found in re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL))


RECORDS: dict[str, list[Record]] = {
    "failing": [FAILING],
    "conformant": [record(*LADDER[:2])],
    "empty": [{}],
    "no-checks": [record(ends=[], chains=[], versions={}, conventions={}, command="", machine="", seconds=None)],
    "nothing": [dict.fromkeys(record())],
    "several": [FAILING, record(*LADDER), {}],
    "none": [],
    "hostile": [
        record(
            *(check(HOSTILE, status, reason=HOSTILE, repeat=HOSTILE) for status in ("wrong", "beyond", "passed", HOSTILE)),
            rung(64, 2.0, 4.0, 0.1, 0.2, HOSTILE, construction=HOSTILE, family=HOSTILE),
            target=HOSTILE,
            verdict=HOSTILE,
            command=HOSTILE,
            machine=HOSTILE,
            versions={HOSTILE: HOSTILE},
            conventions={HOSTILE: HOSTILE, "dtype": HOSTILE},
            ends=[{"construction": HOSTILE, "R0": HOSTILE, "n": HOSTILE, "B": None, "rungs": 3, "fails": HOSTILE}],
            chains=[{"name": HOSTILE, "stages": [{"problem": HOSTILE, "size": {HOSTILE: HOSTILE}}] * 2, "edges": [HOSTILE]}],
        )
    ]
    * 2,
}


@pytest.mark.parametrize("name", RECORDS)
def test_every_page_is_well_formed_and_loads_and_runs_nothing(name: str) -> None:
    html = page_of_checks(RECORDS[name])
    page = Page(html)
    assert html.startswith("<!DOCTYPE html>")
    assert html.encode() == page_of_checks(deepcopy(RECORDS[name])).encode()
    for drawing in drawings(html):
        assert drawing.get("viewBox")
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form", "image", "use"} & set(page.tags)
    for _, attributes in page.elements:
        assert not {"src", "srcset", "style", "xlink:href"} & set(attributes)
        assert not [key for key in attributes if key.startswith("on")]
        assert (attributes.get("href") or "#").startswith("#")
    styles = "".join(re.findall(r"<style>(.*?)</style>", html, flags=re.DOTALL))
    assert "url(" not in styles
    assert "@import" not in styles
    assert "prefers-color-scheme: dark" in styles
    policy = next(attributes for _, attributes in page.elements if attributes.get("http-equiv"))
    assert "default-src 'none'" in (policy["content"] or "")
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in page.elements


def test_links_lead_to_places_of_the_page() -> None:
    page = Page(page_of_checks(RECORDS["several"]))
    places = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    links = [(attributes["href"] or "")[1:] for tag, attributes in page.elements if tag == "a"]
    assert len(links) == 3
    assert set(links) == places


def test_hostile_text_is_shown_and_is_never_markup() -> None:
    html = page_of_checks(RECORDS["hostile"])
    assert "<script" not in html
    assert "<img" not in html
    assert not {"\x00", "\x1b", "\ud800", "\u202e"} & set(html)
    assert "<script>alert(1)</script>\"'&<img src=http://evil.example/x.png onerror=x>\ufffd\ufffd[31m" in Page(html).text


def test_hostile_text_is_no_markup_of_markdown() -> None:
    page = markdown(RECORDS["hostile"])
    assert not {"\x00", "\x1b", "\ud800", "\u202e"} & set(page)
    outside = re.sub(r"^(`{3,})\n.*?\n\1$", "", page, flags=re.DOTALL | re.MULTILINE)
    assert not re.search(r"(?<!\\)<", outside)
    assert not re.search(r"(?<!\\)[`\[\]]", outside)
    assert "http://" not in outside
    rows = [row for row in outside.split("\n") if row.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} <= {7, 8}


def test_the_verdict_and_its_reason_come_first() -> None:
    text = Page(report(FAILING)).text
    assert "mymodule:kernel Crashed One check of 49 is to blame, first extremes/large: killed by SIGSEGV." in text
    assert "1 crashed, 1 wrong, 1 inaccurate" in text.replace("39 passed, 6 beyond, ", "")
    assert text.index("Crashed One") < text.index("Demanded and delivered accuracy") < text.index("Where it ends")


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (record(), "No check was run."),
        (record(check("a"), check("b")), "Nothing speaks against it: 2 passed."),
        (
            record(rung(16, 2.5, 1.5, 0.1, 0.2, "beyond"), check("b")),
            "Nothing speaks against it; in 1 of 2 checks the truth is beyond float32, "
            "first at n = 16, B = 2.5 sqrt(ln n), R0 = 1.5.",
        ),
        (
            record(check("a", "declined", reason="B is too large"), verdict="declined"),
            "It takes none of the inputs that it was given: B is too large.",
        ),
        (
            record(check("a", "wrong", reason="off by\none"), check("b", "wrong"), verdict="wrong"),
            "2 checks of 2 are to blame, first a: off by one.",
        ),
        (record(check("a", "wrong"), verdict="inaccurate"), "One check of 1 is to blame, first a: no reason given."),
    ],
)
def test_the_reason_is_one_sentence_of_the_record(of: Record, said: str) -> None:
    assert reason(of) == said
    assert said in Page(report(of)).text


def test_every_failed_check_stands_with_its_reason_and_its_command() -> None:
    html = report(FAILING)
    assert [one["status"] for one in failed(FAILING)] == ["crashed", "wrong", "inaccurate"]
    text = Page(html).text
    for one in (*failed(FAILING), *beyond(FAILING)):
        assert f"{one['name']}: {one['status']} {one['reason']}" in text
        assert one["repeat"] in text
    assert html.count("<pre><code>") == 1 + len(failed(FAILING)) + len(beyond(FAILING))


FAILED_MANY = record(*(check(f"definition/{i}", "wrong") for i in range(60)), verdict="wrong")


def test_of_many_failed_checks_the_rest_is_folded() -> None:
    html = report(FAILED_MANY)
    shown, folded = html.split("<details><summary>More that failed: 48 checks</summary>")
    assert shown.count("<article") == 12
    assert folded[: folded.index("</details>")].count("<article") == 48
    assert "and 52 more." in markdown([FAILED_MANY])


def test_all_checks_are_folded() -> None:
    html = report(FAILING)
    folded = html[html.index("<details><summary>All: 49 checks") :]
    rows = folded[: folded.index("</details>")]
    assert rows.count("<tr>") == 50
    assert all(one["name"] in rows for one in FAILING["checks"])


def test_the_table_of_peers() -> None:
    assert peer(FAILING)[:6] == ("mymodule:kernel", "Crashed", "float32", "40", "6", "3")
    assert peer(FAILING)[6] == "n = 16, B = 5.426 sqrt(ln n), R0 = 1.05"
    assert peer(record(check("a")))[6] == "nowhere on the ladder"
    text = Page(page_of_checks([FAILING, record()])).text
    assert "target verdict dtype passed beyond failed where it ends mymodule:kernel Crashed float32 40 6 3 n = 16" in text
    assert markdown([FAILING, record()]).count("\n| mymodule:kernel | ") == 2


def test_the_table_of_ends() -> None:
    of = record(
        ends=[
            {"construction": "T5", "R0": 1.05, "n": None, "B": None, "rungs": 4, "passed": 1, "fails": "decisions/x"},
            {"construction": "sink", "R0": 16.0, "n": 4096, "B": 10.8, "rungs": 4, "passed": 4, "fails": None},
        ]
    )
    text = Page(report(of)).text
    assert "T5 1.05 not even the least not even the least 1 of 4 decisions/x sink 16 4,096 10.8 4 of 4 all passed" in text
    assert "| sink | 16 | 4,096 | 10.8 | 4 of 4 | all passed |" in markdown([of])
    assert "first that did not pass" not in report(record())


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "none"),
        (nan, "not a number"),
        (inf, "infinite"),
        (-inf, "minus infinite"),
        ("Infinity", "infinite"),
        ("NaN", "not a number"),
        (64, "64"),
        (4096.0, "4,096"),
        (2.1e-3, "0.0021"),
        (4e-6, "4e-06"),
        (10**400, "10^400.0"),
        (-(10**400), "-10^400.0"),
        (1.7e308, "1.7e+308"),
        ("argument", "argument"),
        (True, "True"),
        (0.0, "0"),
    ],
)
def test_numbers(value: Any, said: str) -> None:
    assert number(value) == said
    of = record(check("definition/a", "wrong", demanded=value, delivered=value), verdict="wrong")
    assert f"error demanded: {said}; delivered: {said}" in Page(report(of)).text


def test_the_environment() -> None:
    text = Page(report(FAILING)).text
    assert "hardlab check mymodule:kernel --dtype float32 scale argument layout nd dtype float32 seed none" in text
    assert "machine Linux x86_64, 2 cores seconds 41.2 python 3.11.7 hardness-lab 0.1.0 numpy 2.4.6" in text


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


def test_a_report_is_drawn_from_the_stored_record() -> None:
    stored = json.loads(json.dumps(FAILING))
    assert report(stored) == report(FAILING)
    assert markdown([stored]) == markdown([FAILING])


def test_the_page_of_markdown() -> None:
    page = markdown([FAILING])
    assert page.startswith("# Conformance of attention kernels\n\n## mymodule:kernel: Crashed\n\nOne check of 49 is to blame")
    assert "**extremes/large** (crashed; demanded none, delivered none): killed by SIGSEGV" in page
    assert "```\nhardlab check mymodule:kernel --only 'definition/steep'\n```" in page
    assert page.endswith("python 3.11.7; hardness-lab 0.1.0; numpy 2.4.6.\n")
    assert len(page.splitlines()) < 60
    assert "No check was run." in markdown([{}])
    assert "No records." in markdown([])


@pytest.mark.parametrize("command", ["plain", "a ``` b", "````", "x\n```\n# heading"])
def test_commands_stay_within_their_block(command: str) -> None:
    lines = markdown([record(command=command)]).split("\n")
    fence = lines[lines.index(command.split("\n")[0]) - 1]
    assert re.fullmatch("`{3,}", fence)
    assert fence not in command
    assert lines.count(fence) == 2


def test_what_both_kinds_of_records_say_of_the_machine() -> None:
    """Records of sweeps have the cores under a key of their own."""
    assert machine_with_cores() == f"{machine()}, {os.cpu_count()} cores"
    assert environment_of_sweep()["machine"] == machine()
    assert environment_of_sweep()["cores"] == os.cpu_count()
