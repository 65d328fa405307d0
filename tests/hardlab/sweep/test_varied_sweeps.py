"""Reports of sweeps whose records have a few parts changed are what they were, whatever an older version or a hand left."""

from collections.abc import Callable
from typing import Any

import pytest

from hardlab.sweep.axes import N, axis
from hardlab.sweep.exporting import csv_lines, json_lines
from hardlab.sweep.grouping import groups, groups_and_kernels
from hardlab.sweep.judging import judged
from hardlab.sweep.lines import lines
from hardlab.sweep.measures import MEASURES
from hardlab.sweep.reporting import page_of_sweep
from hardlab.sweep.sweep_figure import figure
from hardlab.sweep.sweeping import summary
from hardlab.sweep.terminal import line_of_sweep, text_of_sweep
from tests.hardlab.sweep.test_kept_sweeps import KINDS
from tests.support import kernel_records
from tests.support.kept import Keeper
from tests.support.varied import told, varied


def jobs(records: Any) -> Any:
    return [one["job"] for one in records]


def drawn(records: Any) -> str:
    found = groups(jobs(records), records)
    return "\n".join(figure(shown, N, by) for by in MEASURES if (shown := lines(found, N, by)))


def text(records: Any) -> str:
    found, kernels = groups_and_kernels(jobs(records), records)
    said = [text_of_sweep(found, N, by, kernels) for by in MEASURES]
    return "\n".join([*said, line_of_sweep(found, kernels), str(judged(records)), str(summary(jobs(records), records))])


WAYS: dict[str, Callable[[Any], str]] = {
    "page": lambda records: page_of_sweep(groups(jobs(records), records), N, list(MEASURES)),
    "drawn": drawn,
    "text": text,
    "lines": lambda records: "\n".join([*csv_lines(records), *json_lines(records)]),
    "axes": lambda records: "\n".join(str(axis(name, jobs(records), "here")) for name in ("n", "m", "seed", "k")),
}
RECORDS = {**{kind: of for kind, of in KINDS.items() if of}, "kernels": kernel_records.RECORDS}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", RECORDS)
def test_what_is_said_of_varied_records(kind: str, way: str, kept: Keeper) -> None:
    kept("\n".join(f"{said}: {told(WAYS[way], changed)}" for said, changed in varied(RECORDS[kind], 60)))
