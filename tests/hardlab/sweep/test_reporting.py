"""Reports of sweeps: times do not depend on the order of algorithms, what these answered themselves is told apart, any axis."""

from itertools import permutations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from hardlab.sweep.axes import Axis, N, axis, named
from hardlab.sweep.grouping import Group, groups, heading
from hardlab.sweep.judging import judged
from hardlab.sweep.lines import REDUCTION, lines
from hardlab.sweep.measures import MEASURES, SECONDS, Measure, measure
from hardlab.sweep.record import key_of
from hardlab.sweep.reporting import page_of_sweep
from hardlab.sweep.store import Store
from hardlab.sweep.sweep_figure import _short, figure
from hardlab.sweep.terminal import text_of_sweep
from instances.faults import BadInput
from tests.support.calling import Caller
from tests.support.reports import HOSTILE, Page

Record = dict[str, Any]

EQUAL = ("softmax", "softmax32", "boolean")

KERNELS = """
import numpy as np
def noise(Q, K, V, scale):
    return 10 * np.random.default_rng(len(Q)).normal(size=(len(Q), V.shape[1]))
def constant(Q, K, V, scale):
    return np.ones((len(Q), V.shape[1]))
def linear(Q, K, V, scale):
    weights = 1 + scale * Q @ K.T
    return weights / weights.sum(1, keepdims=True) @ V
def exact(Q, K, V, scale):
    scores = scale * Q @ K.T
    weights = np.exp(scores - scores.max(1, keepdims=True))
    return weights / weights.sum(1, keepdims=True) @ V
"""

GRID = """
[[grid]]
family = "random-ksat"
vars = [8, 12]
ratio = [3.0, 6.0]
seeds = 2
algorithm = [ALGORITHMS]
chain = ["auto", "cnf-hamming,hamming-attention[R0=4]"]
"""


def record(n: int, by: str, **others: Any) -> Record:
    job = {
        "family": "random-ksat", "parameters": {"n": n, "m": 4 * n, "k": 3, "seed": 0}, "chain": "auto", "algorithm": by,
        "solver": None, "memory": 2**30,
    }  # fmt: skip
    job |= {name: others.pop(name) for name in ("family", "parameters", "chain", "memory") if name in others}
    return {
        "key": key_of(job), "job": job, "status": "done", "reason": "", "verdict": "yes", "oracle": "yes", "agrees": True,
        "decide_seconds": 0.25, "warm": True, "stages": [{"size": {"n": n}, "seconds": 0.0}], "environment": {}, **others,
    }  # fmt: skip


def grouped(records: list[Record]) -> list[Group]:
    return groups([one["job"] for one in records], records)


def own(verdict: str, right: int, wrong: int, rows: int = 10, **others: Any) -> Record:
    between = rows - right - wrong
    return {"verdict": verdict, "rows": rows, "of": rows, "right": right, "wrong": wrong, "between": between, **others}


def kept_by_a_worker(order: tuple[str, ...]) -> list[Record]:
    """Equal algorithms in a process that keeps a reduction of 5 s for the next job, as older databases have them."""
    return [
        record(n, by, stages=[{"size": {"n": n}, "seconds": 5.0 if by == order[0] else 0.01}]) for n in (10, 20) for by in order
    ]


def drawn(records: list[Record], of: Measure = SECONDS, over: Axis = N) -> dict[str, dict[Any, float]]:
    return {line.by: dict(line.points) for line in lines(grouped(records), over, of)}


def test_times_do_not_depend_on_the_order_of_algorithms() -> None:
    for order in permutations(EQUAL):
        found = {by: {n: round(10.0**y, 9) for n, y in points.items()} for by, points in drawn(kept_by_a_worker(order)).items()}
        assert found == {REDUCTION: {10: 5.0, 20: 5.0}, **{by: {10: 0.25, 20: 0.25} for by in EQUAL}}


def test_times_that_have_the_reduction_in_them_do_depend_on_it() -> None:
    """Planted: what was drawn before."""
    together = Measure("both", "", "", lambda of: max(one["decide_seconds"] + one["built"] for one in of), "")
    assert len({str(drawn(kept_by_a_worker(order), together)["softmax"]) for order in permutations(EQUAL)}) > 1


def test_times_with_something_loaded_or_undone_are_left_out() -> None:
    first, crashed = record(10, "softmax", warm=False), {**record(20, "softmax"), "status": "crashed"}
    assert drawn([first, crashed]) == {}
    for said in (page_of_sweep(grouped([first])), text_of_sweep(grouped([first]), N, SECONDS)):
        assert "every job that is done had to load or compile a kernel" in said
    assert drawn([first, record(30, "softmax")])["softmax"].keys() == {30}


ERRORS: dict[str, tuple[Any, Any, str]] = {
    "none was measured": (None, {"value": 1.0, "log10": 0.0}, "-"),
    "nothing ran": (None, None, "-"),
    "too large": ({"value": 30.0, "log10": 1.5}, {"value": 1.0, "log10": 1.0}, "3.16"),
    "beyond floats": ({"value": None, "log10": 400.0}, {"value": 0.0, "log10": -400.0}, "10^800.00"),
    "not finite": ({"value": None, "log10": None}, {"value": 1.0, "log10": 0.0}, "not finite"),
    "none at all": ({"value": 0.0, "log10": None}, {"value": 1.0, "log10": 0.0}, "0"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors_over_what_is_demanded(case: str) -> None:
    delivered, demanded, said = ERRORS[case]
    (group,) = grouped([record(10, "mine", delivered=delivered, demanded=demanded)])
    assert group.judged.cells == (*["-"] * 5, said, *["-"] * 3)
    assert bool(group.judged) is (said != "-")
    assert said in text_of_sweep([group], N, SECONDS)
    page = Page(page_of_sweep([group], N, MEASURES)).text
    assert ("Largest error over the one demanded" in page) is (said != "-")


def test_the_largest_error_is_that_of_the_worst_record() -> None:
    errors = [None, {"value": 0.0, "log10": None}, {"value": 0.1, "log10": -1.0}, {"value": None, "log10": None}]
    records = [record(10, "mine", delivered=error, demanded={"value": 10.0, "log10": 1.0}) for error in errors]
    assert [judged(records[:count]).error for count in range(1, 5)] == [None, -float("inf"), -2.0, float("inf")]


def test_own_verdicts_are_held_against_the_oracle() -> None:
    records = [
        record(10, "a", own=own("yes", 10, 0)),
        record(10, "b", own=own("no", 7, 1)),  # the lab found the model
        record(10, "c", own=own("unknown", 9, 0), oracle="no", verdict="unknown"),
        record(10, "d", own=own("no", 9, 1, truth="yes"), oracle=None, verdict="unknown"),
        record(10, "e", own=own("no", 9, 1, sampled=True), oracle=None, verdict="no"),
        record(10, "f", own=own("no", 9, 1), oracle=None, verdict="unknown"),  # nobody knows
        record(10, "old"),
    ]
    found = judged(records)
    assert dict(found.verdicts) == {"right": 2, "wrong": 2, "unknown": 1}
    assert (found.rows, found.right, found.wrong, found.sampled) == (60, 53, 4, 1)
    assert found.cells == ("60", "53", "4", "3", "88.3%", "-", "2", "2", "1")
    assert judged(records[-1:]).cells == ("-",) * 9


HEADS: dict[str, tuple[list[Record], int, str, str]] = {
    "right": ([record(1, "a", own=own("yes", 10, 0))], 0, "verdict conformant", "All jobs were run"),
    "of older sweeps": ([record(1, "a")], 0, "verdict ", "All jobs were run"),
    "a row between": ([record(1, "a", own=own("yes", 9, 0))], 0, "verdict conformant", "All jobs were run"),
    "a row is wrong": ([record(1, "a", own=own("yes", 9, 1))], 0, "verdict declined", "All jobs were run"),
    "an own verdict is unknown": ([record(1, "a", own=own("unknown", 9, 0))], 0, "verdict declined", "All jobs were run"),
    "an own verdict is wrong": ([record(1, "a", own=own("no", 9, 1))], 0, "verdict wrong", "Wrong answers"),
    "not all": ([record(1, "a", own=own("yes", 10, 0))], 1, "verdict declined", "Not complete"),
    "a fault": ([record(1, "a", status="fault")], 0, "verdict wrong", "Faults"),
    "disagrees": ([record(1, "a", agrees=False)], 1, "verdict wrong", "Wrong verdicts"),
}


@pytest.mark.parametrize("case", HEADS)
def test_what_a_page_says_first_is_no_praise_of_wrong_answers(case: str) -> None:
    records, missing, kind, word = HEADS[case]
    found = grouped(records)
    found[0].jobs += missing
    html = page_of_sweep(found)
    assert f'<header class="{kind}">\n<h1>{word}</h1>' in html
    assert "omplete" not in html or missing
    assert ("WRONG" in heading(found)) is (word == "Wrong answers")
    assert (", but " in heading(found)) is (case == "a row is wrong" or case.startswith("an own verdict"))


def test_what_older_records_do_not_tell_is_said_where_it_is_asked_for() -> None:
    old = grouped([record(10, "softmax"), record(20, "softmax")])
    for name in ("own-verdicts", "rows-right", "error"):
        for said in (page_of_sweep(old, N, [measure(name)]), text_of_sweep(old, N, measure(name))):
            assert "No record tells" in said
    assert "No record tells" not in page_of_sweep(old)
    assert "answered themselves" not in page_of_sweep(old)


def test_a_page_lists_the_first_of_many_values() -> None:
    found = grouped([record(n, "softmax") for n in range(1, 1102)])
    html = page_of_sweep(found, N, [measure("yes-share")])
    assert "1,101 values, the first 1,000" in html
    assert '<td class="number">1000</td>' in html
    assert '<td class="number">1001</td>' not in html


NAMES = {
    "softmax": "softmax",
    "cnf.py:f": "cnf.py:f",
    "/a/long/way/to/kernel.py:noise": "kernel:noise",
    "package.of.kernels:attention": "attention",
    "/a/long/way/to/kernel.py": "kernel",
    "polynomial[error=1e-3]": "polynomial[error=1e-3]",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_long_is_told_by_its_end(name: str) -> None:
    assert _short(name) == NAMES[name]


def test_any_parameter_is_an_axis(tmp_path: Path) -> None:
    chains = ("cnf-hamming,hamming-attention", "cnf-hamming[seed=2],hamming-attention[R0=4.0]")
    records = [
        record(
            n, by, chain=chain, memory=2**memory, parameters={"n": n, "m": 4 * n, "k": 3, "seed": seed, "unique": bool(seed)}
        )
        for n in (10, 20)
        for seed in (0, 1)
        for memory in (30, 31)
        for chain in chains
        for by in ("polynomial[error=0.1]", "polynomial", "FILE with blanks.py:f")
    ]
    jobs = [one["job"] for one in records]
    values = {
        name: {named(value) for one in records if (value := axis(name, jobs, "x.db").of(one)) is not None}
        for name in ("n", "vars", "clauses", "seed", "unique", "memory", "R0", "error")
    }
    assert values == {
        "n": {"10", "20"}, "vars": {"10", "20"}, "clauses": {"40", "80"}, "seed": {"0", "1"}, "unique": {"false", "true"},
        "memory": {"1.07374e+09", "2.14748e+09"}, "R0": {"16", "4"}, "error": {"0.1", "1e-06"},
    }  # fmt: skip
    with pytest.raises(BadInput, match=r"--x alpha: the jobs of x.db differ in n, error, .*R0, .*: give one of them"):
        axis("alpha", jobs, "x.db")
    with pytest.raises(BadInput, match="--y beauty: a report knows seconds, yes-share, own-verdicts, rows-right, error: give"):
        measure("beauty")
    over = axis("R0", jobs, "x.db")
    places = {line.place: dict(line.points) for line in lines(grouped(records), over, measure("yes-share"))}
    one = {"random-ksat"}, {"n = 10", "n = 20"}
    assert ({place[0] for place in places}, {place[2] for place in places}) == one
    assert {place[1] for place in places} == {"cnf-hamming,hamming-attention", "cnf-hamming[seed=2],hamming-attention"}
    for name in ("unique", "R0", "memory", "seed"):
        assert page_of_sweep(grouped(records), axis(name, jobs, "x.db"), MEASURES).count("<svg") > 0


def test_a_parameter_of_a_chain_goes_and_the_rest_stays() -> None:
    chain = "cnf-hamming[seed=2],ov-gap[k=3,T=4],hamming-attention[R0=4.0]"
    assert Axis("R0").without(chain) == "cnf-hamming[seed=2],ov-gap[k=3,T=4],hamming-attention"
    assert Axis("T").without(chain) == "cnf-hamming[seed=2],ov-gap[k=3],hamming-attention[R0=4.0]"
    assert Axis("k").without(chain) == "cnf-hamming[seed=2],ov-gap[T=4],hamming-attention[R0=4.0]"
    assert Axis("n").without(chain) == chain


def test_whatever_stands_in_a_database_is_escaped() -> None:
    records = [
        record(3, HOSTILE, family=HOSTILE, chain=HOSTILE, parameters={"n": 3, HOSTILE: HOSTILE}, own=own("no", 1, 9)),
        {**record(4, HOSTILE, family=HOSTILE), "status": "crashed", "reason": HOSTILE, "environment": {HOSTILE: HOSTILE}},
    ]
    page = Page(page_of_sweep(grouped(records), Axis(HOSTILE), MEASURES))
    assert not {"script", "img"} & set(page.tags)
    of = lines(grouped(records), Axis(HOSTILE), measure("rows-right"))
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(figure(of, Axis(HOSTILE), MEASURES[0])).iter()}
    assert tags == {"svg", "style", "rect", "text", "title", "path", "g"}


@pytest.mark.slow
def test_a_report_of_a_sweep_tells_algorithms_apart(tmp_path: Path, call: Caller) -> None:
    """Noise, a constant, linear attention, random features and the definition, by file and by module."""
    kernels = tmp_path / "kernels.py"
    kernels.write_text(KERNELS)
    names = [*(f"{kernels}:{name}" for name in ("noise", "constant", "linear")), "kernels:exact", "performer", "boolean"]
    (tmp_path / "grid.toml").write_text(GRID.replace("ALGORITHMS", ", ".join(f'"{name}"' for name in names)))
    database, page = tmp_path / "run.db", tmp_path / "run.html"
    swept = call("sweep", tmp_path / "grid.toml", "-o", database, "--backend", "one", "--path", tmp_path, "--json")
    assert (swept.code, swept.json["status"]) == (0, {"done": 96})
    assert set(swept.json["own"]) == {"right", "wrong", "unknown"}
    with Store(database) as store:
        found = groups([one["job"] for one in store.records()], store.records())
    assert len(found) == 12
    for chain in {group.chain for group in found}:
        of = {group.by.rpartition(":")[2]: group for group in found if group.chain == chain}
        assert len({group.cells for by, group in of.items() if by != "boolean"}) == 1  # by the lab's verdicts alone
        assert len({of[by].judged.cells for by in of}) == len(of)
        for by in ("exact", "boolean"):
            assert of[by].judged.rows_right == of[by].judged.verdicts_right == 1
            assert (of[by].judged.error or 0) < -9
        for by in ("noise", "constant", "linear", "performer"):
            assert (of[by].judged.rows_right or 0) < 1
            assert (of[by].judged.verdicts_right or 0) < 1
            assert (of[by].judged.error or 0) > 0
    said = call("report", database, "-o", page)
    assert "of the algorithms' own verdicts are WRONG" in said.out
    assert "share" in said.out
    assert "Wrong answers" in page.read_text()
    for y in MEASURES:
        for x in ("n", "ratio", "R0", "seed"):
            answer = call("report", database, "-o", page, "--x", x, "--y", y.name)
            assert y.title in answer.out
            assert page.read_text().count("<h2>") == 4
    drawn = tmp_path / "drawn.svg"
    assert "Wrong answers" not in call("report", database, "--x", "ratio", "--y", "error", "--figure", drawn).out
    panels = [panel for panel in ElementTree.parse(drawn).getroot() if panel.tag.endswith("}svg")]
    call("report", database, "-o", page, "--x", "ratio", "--y", "error")
    assert len(panels) == page.read_text().count('<svg class="panel"') == 4
    assert len({panel.get("y") for panel in panels}) == 4  # one below the other
    with Store(tmp_path / "empty.db") as store:
        store.expect([found[0].records[0]["job"]])
    assert "has nothing to draw of error" in call("report", tmp_path / "empty.db", "--y", "error", "--figure", drawn).refusal()
    assert "differ in n, seed, R0, m, ratio: give one" in call("report", database, "--x", "beta").refusal()
    assert "a report knows seconds," in call("report", database, "--y", "beta").refusal()
    (tmp_path / "check.json").write_text("{}")
    assert "give its database" in call("report", tmp_path / "check.json", "--y", "error").refusal()
