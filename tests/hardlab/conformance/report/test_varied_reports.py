"""Reports of records of which a few parts are others: they are what they were, whatever an older version or a hand left."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hardlab.conformance.report import matrix
from hardlab.conformance.report.chain_figure import chain
from hardlab.conformance.report.figure import figures
from hardlab.conformance.report.markdown import markdown
from hardlab.conformance.report.page import page_of_checks
from hardlab.conformance.report.points import first_ends, lost_by_rounding, points
from hardlab.conformance.report.rows import row_of
from hardlab.conformance.report.terminal import text_of_checks
from hardlab.conformance.report.words import endings, environment, explained, offered, reason
from tests.hardlab.conformance.report.test_trials import MET, UNSOUND
from tests.hardlab.conformance.report.test_trials import record as trial
from tests.support import kernel_records, reports
from tests.support.kept import Keeper
from tests.support.varied import told, varied

TRIALS = [
    trial([UNSOUND], MET),
    trial([], MET, (UNSOUND,), declined=3, undecided=2),
    trial([UNSOUND, replace(UNSOUND, law="tight", fault="loose", said="not tight")], {}, unknown=4),
]
RECORDS: dict[str, Any] = {
    **{kind: list(of) for kind, of in reports.RECORDS.items() if of},
    "of-sweeps": kernel_records.RECORDS,
    "chain": [reports.CHAIN],
    "trials": TRIALS,
}


def rows(of: Any) -> str:
    found = [row_of(one) for one in of]
    return "\n".join([*matrix.head(found), *matrix.text(found), *matrix.markdown_rows(found)])


WAYS: dict[str, Callable[[Any], str]] = {
    "page": page_of_checks,
    "markdown": markdown,
    "terminal": lambda of: "\n".join(text_of_checks(of, many, quiet) for many in (False, True) for quiet in (False, True)),
    "words": lambda of: "\n".join(f"{reason(x)} {explained(x)} {offered(x)} {endings(x)} {environment(x)}" for x in of),
    "drawn": lambda of: "\n".join(f"{figures(x)} {points(x)} {first_ends(x)} {lost_by_rounding(x)}" for x in of),
    "chains": lambda of: "\n".join(chain(x) for x in of),
    "rows": rows,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", RECORDS)
def test_what_is_said_of_varied_records(kind: str, way: str, kept: Keeper) -> None:
    kept("\n".join(f"{said}: {told(WAYS[way], changed)}" for said, changed in varied(RECORDS[kind], 60)))
