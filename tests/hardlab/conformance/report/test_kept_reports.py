"""Reports of made-up records are what they were: page, drawings, Markdown and text, to the last coordinate."""

import pytest

from hardlab.conformance.report import matrix
from hardlab.conformance.report.chain_figure import chain
from hardlab.conformance.report.figure import figures
from hardlab.conformance.report.markdown import markdown
from hardlab.conformance.report.page import page_of_checks, report
from hardlab.conformance.report.points import first_ends, lost_by_rounding, points
from hardlab.conformance.report.rows import row_of
from hardlab.conformance.report.terminal import text_of_checks
from hardlab.conformance.report.words import endings, environment, explained, offered, reason
from tests.support import kernel_records, reports
from tests.support.kept import Keeper
from tests.support.reports import CHAIN, FAILING

RECORDS = {**reports.RECORDS, "of-sweeps": kernel_records.RECORDS}


@pytest.mark.parametrize("kind", RECORDS)
def test_pages(kind: str, kept: Keeper) -> None:
    of = RECORDS[kind]
    kept("\n".join([page_of_checks(of), *map(report, of)]))


@pytest.mark.parametrize("kind", RECORDS)
def test_texts(kind: str, kept: Keeper) -> None:
    of = RECORDS[kind]
    whole = [one for one in of if {"target", "conventions", "verdict"} <= one.keys() and one["conventions"] is not None]
    terminal = [text_of_checks(whole, many, quiet) for many in (False, True) for quiet in (False, True) if whole or many]
    words = [f"{reason(one)} {explained(one)} {offered(one)} {endings(one)} {environment(one)}" for one in of]
    rows = [row_of(one) for one in of]
    kept("\n".join([markdown(of), *terminal, *words, *matrix.head(rows), *matrix.text(rows), *matrix.markdown_rows(rows)]))


def test_drawings(kept: Keeper) -> None:
    drawn = [panel for panels in figures(FAILING).values() for panel in panels]
    marks = [str(point) for point in points(FAILING)]
    kept("\n".join([*drawn, chain(CHAIN), *marks, first_ends(FAILING), str(lost_by_rounding(FAILING))]))
