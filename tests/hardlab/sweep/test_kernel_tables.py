"""Kernels against checks: what stands in a cell, on a page, in Markdown, in a terminal and in CSV."""

import csv
import re
from collections.abc import Sequence
from io import StringIO
from typing import Any

import pytest

from hardlab.conformance.report.matrix import IN_TEXT, markdown
from hardlab.conformance.report.rows import Cell, Row, cells, columns, heading
from hardlab.sweep.axes import N
from hardlab.sweep.exporting import csv_lines
from hardlab.sweep.grouping import groups_and_kernels
from hardlab.sweep.measures import SECONDS
from hardlab.sweep.reporting import page_of_sweep
from hardlab.sweep.terminal import line_of_sweep, text_of_sweep
from tests.support.kernel_records import JOBS, RECORDS, Record, checked, ended, kernel_job, skipped
from tests.support.reports import HOSTILE, Page, check


def rows_of(jobs: Sequence[Record], records: Sequence[Record]) -> list[Row]:
    found, kernels = groups_and_kernels(jobs, records)
    assert found == []
    return kernels


ROWS = rows_of(JOBS, RECORDS)


def test_a_cell_has_the_worst_of_its_group() -> None:
    found = {row.target: {group: str(cell) for group, cell in row.cells.items()} for row in ROWS}
    assert found["right.py"] == {"values": "not asked", "keys": "passed", "windows": "not offered", "decisions": "beyond"}
    assert found["wrong.py"] == {
        "keys": "crashed 2/3",
        "windows": "not offered",
        "gradients": "declined",
        "newer": "passed",
    }
    assert found["unloadable.py"] == found["missing.py"] == {}
    assert [row.verdict for row in ROWS] == ["conformant", "wrong", "crashed", "declined", "missing"]


@pytest.mark.parametrize(
    ("statuses", "cell"),
    [
        (["passed", "declined", "skipped"], Cell("passed", 0, 2)),
        (["beyond", "passed"], Cell("passed", 0, 2)),
        (["declined", "skipped"], Cell("declined", 0, 1)),
        (["wrong", "inaccurate", "passed"], Cell("wrong", 2, 3)),
        (["timeout", "wrong"], Cell("timeout", 2, 2)),
        (["skipped"], Cell("not asked")),
    ],
)
def test_what_counts_in_a_cell(statuses: list[str], cell: Cell) -> None:
    assert cells([check("heads", status) for status in statuses]) == {"heads": cell}


def test_a_column_of_which_nobody_offers_anything_is_named_below() -> None:
    assert columns(ROWS) == (["keys", "gradients", "decisions", "newer"], ["values", "windows"])


def test_rows_that_else_were_alike_say_how_they_differ() -> None:
    jobs = [
        kernel_job("a.py", content="0123456789", features="causal"),
        kernel_job("a.py", content="abcdefghij", features="causal,gqa"),
        kernel_job("b.py", content="x", features="gqa"),
    ]
    names = [row.names[0] for row in rows_of(jobs, [])]
    assert names == ["a.py (content 01234567, features causal)", "a.py (content abcdefgh, features causal,gqa)", "b.py"]


def test_the_whole_in_a_line() -> None:
    assert heading(ROWS) == "5 checks of kernels: 1 conformant, 1 wrong, 1 crashed, 1 declined, 1 missing"
    assert heading(ROWS[:1]) == "1 check of a kernel: 1 conformant"
    assert line_of_sweep([], ROWS) == heading(ROWS)


def test_the_page_says_in_words_what_its_colours_say() -> None:
    html = page_of_sweep([], kernels=ROWS)
    page = Page(html)
    said = " ".join(page.text.split())
    for words in ("✗ crashed 2/3", "✓ passed", "≈ beyond", "– declined", "✗ wrong", "✓ conformant", "· missing"):
        assert words in said
    assert "Kernels that fail" in said
    assert "The last key is never seen (3 of 4 findings: keys), and 1 more." in said
    assert "V is transposed (1 of 4 findings: every_key)." in said
    assert "unloadable.py cannot be loaded: no such module" in said
    assert "hardlab check mymodule:kernel --dtype float32" in said
    assert "Nothing was asked, or is offered, of: values, windows." in said
    assert "Where they ran" in said
    assert "Where they ran" not in page_of_sweep([], kernels=ROWS[-1:])


@pytest.mark.parametrize(
    ("of", "word", "kind"),
    [
        (ROWS[:1], "No kernel fails", "conformant"),
        (ROWS[-1:], "Not complete", "declined"),
        (ROWS, "Kernels that fail", "wrong"),
    ],
)
def test_the_head_of_a_page(of: list[Row], word: str, kind: str) -> None:
    html = page_of_sweep([], kernels=of)
    assert f'<header class="verdict {kind if kind != "wrong" else "crashed"}">\n<h1>{word}</h1>' in html


def test_decisions_and_kernels_stand_on_one_page() -> None:
    job = {"family": "random-ov", "parameters": {"n": 3}, "chain": "auto", "algorithm": "softmax", "solver": None}
    decision = {**ended(job, "done", ""), "verdict": "yes"}
    found, kernels = groups_and_kernels([decision["job"], *JOBS], [decision, *RECORDS])
    html = page_of_sweep(found, kernels=kernels)
    assert html.index("What came of the jobs") < html.index("Kernels against checks") < html.index("Where they ran")
    said = text_of_sweep(found, N, SECONDS, kernels)
    assert said.startswith("1 job: 1 done")
    assert heading(kernels) in said
    lines = list(csv.DictReader(StringIO("".join(csv_lines([decision, *RECORDS])))))
    assert [line["verdict"] for line in lines] == ["yes", "conformant", "wrong", "crashed", "declined"]


def test_markdown_and_text_say_the_same() -> None:
    page, said = markdown(ROWS), text_of_sweep([], N, SECONDS, ROWS)
    assert "| wrong.py | plain | float32 | wrong | **crashed 2/3** | declined |  | passed |" in page
    row = next(line for line in said.splitlines() if line.startswith("wrong.py  "))
    assert row.split() == ["wrong.py", "plain", "float32", "wrong", "crashed", "2/3", "declined", "passed"]
    why = "The last key is never seen (3 of 4 findings: keys), and 1 more."
    assert f"wrong.py (plain, float32) is wrong: {why}\n  again: hardlab check mymodule:kernel --dtype float32" in said
    assert "unloadable.py (plain, float32) is crashed: unloadable.py cannot be loaded: no such module" in said
    many = rows_of(
        [kernel_job(f"{i}.py") for i in range(30)], [ended(kernel_job(f"{i}.py"), "crashed", "no") for i in range(30)]
    )
    assert f"And {30 - IN_TEXT} more: hardlab export has them all." in text_of_sweep([], N, SECONDS, many)


def test_a_row_of_the_table_is_a_kernel() -> None:
    lines = list(csv.DictReader(StringIO("".join(csv_lines(RECORDS)))))
    assert list(lines[0])[:5] == ["key", "status", "target", "convention", "dtype"]
    assert [(line["target"], line["verdict"], line["seed_of_check"]) for line in lines] == [
        ("right.py", "conformant", "7"),
        ("wrong.py", "wrong", "7"),
        ("unloadable.py", "crashed", ""),
        ("declines.py", "declined", "7"),
    ]
    assert [line["diagnosis"] for line in lines[:3]] == [
        "",
        "the last key is never seen",
        "unloadable.py cannot be loaded: no such module",
    ]
    assert lines[1]["diagnoses"] == "the last key is never seen; V is transposed"
    counts = {name: lines[1][name] for name in ("checks", "checks.wrong", "checks.crashed", "checks.passed", "checks.skipped")}
    assert counts == {"checks": "6", "checks.wrong": "1", "checks.crashed": "1", "checks.passed": "2", "checks.skipped": "1"}
    assert (lines[1]["seconds"], lines[2]["seconds"]) == ("41.2", "1.5")


def test_whatever_stands_in_a_record_is_escaped() -> None:
    job: Any = kernel_job(HOSTILE, features=HOSTILE)
    other = kernel_job(HOSTILE, features="x")
    found = checked(job, "wrong", check(HOSTILE, "wrong"), skipped(HOSTILE, HOSTILE), reason=HOSTILE, command=HOSTILE)
    of = rows_of([job, other], [found, ended(other, "crashed", HOSTILE)])
    assert not {"script", "img"} & set(Page(page_of_sweep([], kernels=of)).tags)
    outside_of_code = re.sub(r"```.*?```", "", markdown(of), flags=re.DOTALL)
    assert "<script" not in outside_of_code.replace("\\<script", "")
    assert "\x1b" not in text_of_sweep([], N, SECONDS, of)
