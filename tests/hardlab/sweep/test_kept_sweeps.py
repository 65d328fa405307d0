"""Reports of sweeps are what they were: page, drawing, text and tables of made-up records, and the jobs of grids."""

import json
from math import inf
from pathlib import Path
from typing import Any

import pytest

from hardlab.sweep.axes import Axis, N
from hardlab.sweep.exporting import csv_lines, json_lines
from hardlab.sweep.grouping import groups, groups_and_kernels
from hardlab.sweep.lines import REDUCTION, Line, lines
from hardlab.sweep.measures import MEASURES, Measure
from hardlab.sweep.reporting import page_of_sweep
from hardlab.sweep.sweep_figure import figure, panels
from hardlab.sweep.terminal import text_of_sweep
from tests.hardlab.sweep.test_reporting import own, record
from tests.support import kernel_records
from tests.support.kept import Keeper
from tests.support.sweeps import jobs_of

Record = dict[str, Any]


def error(value: float) -> Record:
    return {"value": value, "log10": None if value == 0 else round(float(f"{value:.0e}".split("e")[1]), 3)}


DECIDED: list[Record] = [
    record(
        n, by, decide_seconds=n**2 / 1000 * slow, delivered=error(10.0**-n), demanded=error(0.1), own=own("yes", 9, n % 3),
        stages=[{"size": {"n": n}, "seconds": 0.01 * n}, {"size": {"n": 2**n, "m": n}, "seconds": 0.02}], seconds=1.0,
    )
    for n in (8, 10, 14, 20) for by, slow in (("softmax", 1.0), ("boolean", 0.2), ("R.py:mine[R0=2]", 3.5))
]  # fmt: skip
OTHERS: list[Record] = [
    record(8, "crashing", status="crashed", reason="killed by SIGSEGV", verdict=None),
    record(8, "late", status="timeout", reason="it took more than 60 s", verdict=None),
    record(9, "wrong", verdict="no", agrees=False, own=own("no", 2, 8, sampled=True)),
    record(9, "unsure", verdict="unknown", oracle=None, agrees=None, own=own("unknown", 2, 0, truth="yes"), warm=False),
]
KINDS = {"decided": DECIDED, "others": OTHERS, "all": DECIDED + OTHERS, "none": []}


@pytest.mark.parametrize("kind", KINDS)
def test_reports(kind: str, kept: Keeper) -> None:
    records = KINDS[kind]
    jobs = [one["job"] for one in records] + [{**records[0]["job"], "chain": "missing"} for _ in records[:1]]
    found, (_, kernels) = groups(jobs, records), groups_and_kernels(kernel_records.JOBS, kernel_records.RECORDS)
    said = [page_of_sweep(found, N, list(MEASURES)), page_of_sweep(found, N, list(MEASURES), kernels)]
    for measure in MEASURES:
        said += [text_of_sweep(found, N, measure), text_of_sweep(found, N, measure, kernels)]
        if drawn := lines(found, N, measure):
            said.append(figure(drawn, N, measure))
    kept("\n".join([*said, *csv_lines(records), *json_lines(records), *csv_lines(kernel_records.RECORDS)]))


POINTS: dict[str, list[Any]] = {
    "numbers": [(4, 0.0), (5, -1.5), (16, 3.25)],
    "near numbers": [(10, 0.0), (12, 0.5), (20, 1.0), (39, 0.75)],
    "one": [(7, 0.25)],
    "from nothing": [(0, 0.0), (1, 9.0), (1000, 22.0)],
    "words": [("auto", 0.5), ("a long name of an algorithm", -0.25), ("z", 1.0)],
    "ends": [(2, -inf), (3, 0.5), (4, inf)],
}


@pytest.mark.parametrize(
    ("kind", "measure"),
    [(kind, of) for kind in POINTS for of in MEASURES if not (of.share and kind == "ends")],  # no share is infinite
    ids=lambda part: str(getattr(part, "name", part)),
)
def test_drawings(kind: str, measure: Measure, kept: Keeper) -> None:
    """Of more lines than there are kinds of them, in two panels, and of one alone."""
    names = ["softmax", "a/b.py:mine", "module:" + "x" * 30, "long/path/of/kernels.py", "boolean", "six", "seven", REDUCTION]
    found = [
        Line((family, chain, where), by, {value: y + i / 8 for value, y in POINTS[kind][i % 2 :]})
        for family, chain, where in (("random-ksat", "auto", ""), ("random-ov", "", "seed = 1"))
        for i, by in enumerate(names)
    ]
    some = [one for one in found if one.points]
    kept("\n".join([figure(some, N, measure), figure(some[:1], Axis("alpha"), measure), *panels([], N, measure)]))


GRIDS = {
    "formulas": """
[[grid]]
family = "random-ksat"
vars = [8, 12, 16]
ratio = [3.0, 4.26]
seeds = 2
algorithm = ["softmax", "boolean"]
chain = ["auto", "cnf-ov,ov-attention"]
""",
    "vectors": """
[[grid]]
family = "random-ov"
n = [3, 4]
m = 3
d = 5
seeds = [1, 5]
measure = 2
memory = "1G"
""",
    "kernels": """
[[grid]]
target = ["softmax", "boolean"]
dtype = ["float32", "float64"]
""",
}


@pytest.mark.parametrize("kind", GRIDS)
def test_jobs(kind: str, tmp_path: Path, kept: Keeper) -> None:
    kept("\n".join(json.dumps(job, sort_keys=True) for job in jobs_of(GRIDS[kind], tmp_path)))
