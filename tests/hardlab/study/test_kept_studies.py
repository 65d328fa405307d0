"""What studies foresee, plan and say is what they said, of records that were made up."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from attention import Boolean, Softmax
from hardlab import chain
from hardlab.study import crossover, foresight, frontier, frontier_figure, plan_rates, transition, transition_figure
from hardlab.study import plan as plans
from hardlab.study.frontier_figure import caption
from hardlab.study.plan_rates import Rates
from hardlab.study.plan_text import checks_text, duration, plans_text
from hardlab.study.records import read
from tests.support.drawn import Drawn
from tests.support.kept import Keeper, digits, shown
from tests.support.places import ROOT

STORED = ROOT / "docs" / "pages" / "explanation"


def test_the_gaps(kept: Keeper) -> None:
    found = list(frontier.records(range(1, 24), 1024))
    kept("\n".join([*(shown(asdict(one)) for one in found), shown(frontier.summary(found, 7)), caption(found)]))


def test_where_polynomials_are_overtaken(kept: Keeper) -> None:
    found: list[Any] = list(read(STORED / "transition.jsonl", transition.Record))
    cells = crossover.cells(found)
    kept("\n".join([*map(shown, cells), *map(shown, crossover.crossovers(cells)), crossover.summary(found)]))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matplotlib.figure.Figure", Drawn)


@pytest.mark.usefixtures("drawn")
def test_the_figure_of_the_gaps(kept: Keeper) -> None:
    found = [record for record in frontier.records(range(1, 24), 1024) if record.eps is not None]
    figures = [frontier_figure._figure(some) for some in (found, found[:1], [one for one in found if one.m < 9])]
    kept("\n".join(line for figure in figures for line in figure.said))


@pytest.mark.usefixtures("drawn")
def test_the_figure_of_the_transition(kept: Keeper) -> None:
    """Of all that is recorded, of one n, and of fewer B, where nothing crosses."""
    found: list[Any] = list(read(STORED / "transition.jsonl", transition.Record))
    first, least = found[0].n, min(record.B for record in found)
    chosen = (found, [one for one in found if one.n == first], [one for one in found if least == one.B])
    kept("\n".join(line for some in chosen for line in transition_figure._figure(some).said))


def test_what_is_foreseen(kept: Keeper) -> None:
    lines = []
    for n in (2**6, 2**10, 2**16):
        for function in (foresight.rank_boundary, foresight.time_boundary):
            lines.append(f"{n} {function.__name__} {digits(function(n, 64, 1e-3), 3)}")
    kept("\n".join(lines))


def test_durations(kept: Keeper) -> None:
    kept("\n".join(duration(10.0**power * 3) for power in range(-9, 16)))


@pytest.mark.slow
def test_plans(monkeypatch: pytest.MonkeyPatch, kept: Keeper) -> None:
    """At rates that are the same everywhere."""
    monkeypatch.setattr(plan_rates, "LONG", 0.0)
    monkeypatch.setattr(plan_rates, "SAMPLE", 256)
    monkeypatch.setattr(plans, "foreseen", lambda *asked: replace(plan_rates.foreseen(*asked), rates=Rates(1.0, 0.01, 1e-9)))
    lines = []
    for keys, algorithm in (("auto", Softmax()), ("cnf-ov,ov-attention", Boolean())):
        found = [
            plans.planned(plans.formula_of(vars, 4.26, 1), chain(keys), algorithm, 4, 0.05, memory)
            for vars, memory in ((8, 2**30), (13, 2**30), (30, 2**34), (30, 2**20), (60, 2**24))
        ]
        lines += [*map(shown, found), plans_text(found, False), plans_text(found, True), plans_text(found[:1], False)]
    checked = [plans.Checked(8, "no", 0.25, 0.5), plans.Checked(13, "yes", 3.0, 2.0)]
    kept("\n".join([*lines, checks_text(checked, False), checks_text(checked, True)]))
