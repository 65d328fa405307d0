"""The report of checked kernels: whole, self-contained, and safe against foreign text."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from copy import deepcopy

import pytest

from hardlab.conformance.report.markdown import markdown
from hardlab.conformance.report.page import page_of_checks, report
from hardlab.conformance.report.peers import peer
from hardlab.conformance.report.words import beyond, failed, reason
from tests.support.reports import FAILING, RECORDS, Page, Record, check, record, rung


def drawings(html: str) -> Iterator[ET.Element]:
    return (ET.fromstring(found) for found in re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL))


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
    assert markdown([FAILING, record()]).count("\n| mymodule:kernel | ") == 4


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


def test_the_environment() -> None:
    text = Page(report(FAILING)).text
    assert "hardlab check mymodule:kernel --dtype float32 scale argument layout nd dtype float32 seed none" in text
    assert "machine Linux x86_64, 2 cores seconds 41.2 python 3.11.7 hardness-lab 0.1.0 numpy 2.4.6" in text
