"""The report as Markdown: numbers, and commands that stay within their block."""

import json
import re
from math import inf, nan
from typing import Any

import pytest

from hardlab.conformance.report.markdown import markdown
from hardlab.conformance.report.page import report
from hardlab.pages.text import number
from tests.support.reports import FAILING, RECORDS, Page, check, record


def test_hostile_text_is_no_markup_of_markdown() -> None:
    page = markdown(RECORDS["hostile"])
    assert not {"\x00", "\x1b", "\ud800", "\u202e"} & set(page)
    outside = re.sub(r"^(`{3,})\n.*?\n\1$", "", page, flags=re.DOTALL | re.MULTILINE)
    assert not re.search(r"(?<!\\)<", outside)
    assert not re.search(r"(?<!\\)[`\[\]]", outside)
    assert "http://" not in outside
    rows = [row for row in outside.split("\n") if row.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} <= {6, 7, 8}


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
