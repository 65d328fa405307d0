"""What a notebook shows: the panels of the page in a box of their own, with one row lit; text where nobody draws."""

import re
import subprocess
import sys

import pytest

from attention import PlainFunction, Softmax
from hardlab.names.chains import chain
from hardlab.runs.notebook import html_of
from hardlab.runs.running import run
from instances import showing
from instances.anyof import AnyOf
from instances.cnf import CNF
from instances.vectors import GapHamming, OrthogonalVectors
from reductions.chain import Trace
from solvers import Decision, Threshold, Through, Verdict
from tests.support.kept import Keeper
from tests.support.reports import HOSTILE, Page
from tests.support.runs import NO, YES, algorithm_for, constant


def shown(thing: showing.Shown) -> Page:
    html = thing._repr_html_()
    assert html is not None
    names = re.findall(r'<div class="(hardlab-[0-9a-f]+)"><style>\.\1 \{', html)
    assert len(names) == html.count("<style>") >= 1  # the style is of that box alone
    page = Page(html)
    assert "script" not in page.tags
    assert "a" not in page.tags  # links would lead out of the notebook's page
    return page


@pytest.mark.parametrize(
    "keys", ["auto", "cnf-ov,ov-attention", "cnf-ov,ov-far,far-hamming,hamming-sink", "cnf-cubes[fix=1],auto"]
)
def test_instances_and_traces_are_drawn(keys: str) -> None:
    trace = chain(keys).trace(YES)
    assert isinstance(trace, Trace)
    whole = shown(trace)
    for place, stage in enumerate(trace, 1):
        assert f"{place}. " in whole.text
        for alone in (stage, stage.problem):
            text = shown(alone).text
            size = {"count": stage.problem.count} if isinstance(stage.problem, AnyOf) else stage.size
            assert all(f"{letter} = {value}" in text for letter, value in size.items())


def test_a_run_shows_the_row_that_decides_and_no_other() -> None:
    found = run(YES, chain("auto"), Softmax())
    assert "picture" not in found.record["stages"][0]
    page = shown(found)
    row = found.decision.route[-1][0]
    told = {attributes["class"] for _, attributes in page.elements if "of r" in str(attributes.get("class"))}
    assert {name.split()[-1] for name in map(str, told)} == {f"r{row}"}
    assert page.text.startswith("YES")
    assert "this is a model" in page.text
    assert "picture" not in found.record["stages"][0]  # what is stored stays as it is
    wrong = shown(run(YES, chain("auto"), PlainFunction(constant, "constant")))
    assert "constant answers wrongly" in wrong.text
    assert shown(run(NO, chain("auto"), Softmax())).text.startswith("NO")


@pytest.mark.parametrize(
    "keys", ["auto", "cnf-ov,ov-attention", "cnf-cubes[fix=1],auto", "cnf-ov,ov-far,far-hamming,hamming-sink"]
)
def test_what_is_drawn_is_what_was_drawn(keys: str, kept: Keeper) -> None:
    """Of runs, their decisions, traces, and problems; of other things nothing."""
    found = run(YES, chain(keys), algorithm_for(chain(keys)))
    trace = chain(keys).trace(NO)
    wrong = run(NO, chain(keys), algorithm_for(chain(keys)))
    drawn = [html_of(thing) for thing in (found, found.decision, trace, trace[-1], trace[0].problem, wrong, wrong.decision)]
    assert html_of("text") is html_of(None) is None
    kept("\n".join(map(str, drawn)))


def test_decisions_say_their_verdict_and_reason() -> None:
    decision = Through(chain("auto"), Threshold(Softmax())).solve(YES)
    text = shown(decision).text
    assert text.startswith("YES")
    assert decision.reason in text
    assert "3 of 3 rows on the right side" in text
    hostile = Decision(Verdict.UNKNOWN, HOSTILE)
    assert "<script" not in str(hostile._repr_html_())


@pytest.mark.slow
def test_without_a_drawer_a_notebook_takes_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "_drawer", None)
    assert YES._repr_html_() is None
    alone = "from instances.cnf import CNF; assert CNF(1, ((1,),))._repr_html_() is None"
    subprocess.run([sys.executable, "-c", alone], check=True, timeout=60)
    named = "import hardlab; from instances.cnf import CNF; assert '<svg' in CNF(1, ((1,),))._repr_html_()"
    subprocess.run([sys.executable, "-c", named], check=True, timeout=60)


@pytest.mark.parametrize("formula", [CNF(0, ()), CNF(0, ((),)), CNF(1, ()), CNF(2, ((1, -1), (), (2, 2)))])
def test_odd_formulas_are_drawn(formula: CNF) -> None:
    shown(formula)
    shown(chain("cnf-ov").trace(formula))
    shown(chain("cnf-hamming").trace(formula))


def test_vectors_are_drawn_alone() -> None:
    trace = chain("cnf-ov,ov-hamming").trace(YES)
    for stage, kind in zip(trace[1:], (OrthogonalVectors, GapHamming), strict=True):
        assert isinstance(stage.problem, kind)
        assert "List A: all 4 rows" in shown(stage.problem).text
