"""What studies foresee, plan and say is what they said, of records that were made up."""

from dataclasses import asdict, replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from attention import Boolean, Softmax
from hardlab import chain
from hardlab.study import (
    asymptotic,
    crossover,
    exponent,
    foresight,
    frontier,
    frontier_figure,
    plan_rates,
    regimes,
    regimes_figure,
    transition,
    transition_figure,
)
from hardlab.study import plan as plans
from hardlab.study.forms import FORMS, width
from hardlab.study.frontier_figure import caption
from hardlab.study.plan_rates import Rates
from hardlab.study.plan_text import checks_text, duration, plans_text
from hardlab.study.records import read
from instances.faults import Declined
from reductions.edges.cnf_cubes import MAX_FIXED
from tests.support.drawn import Drawn
from tests.support.kept import Keeper, digits, shown
from tests.support.places import ROOT

STORED = ROOT / "docs" / "pages" / "explanation"


def test_the_gaps(kept: Keeper) -> None:
    found = list(frontier.records(range(1, 24), 1024))
    kept("\n".join([*(shown(asdict(one)) for one in found), shown(frontier.summary(found, 7)), caption(found)]))


def test_what_is_said_of_the_gaps(kept: Keeper) -> None:
    found = list(frontier.records((1, 2, 3, 7, 20, 33, 2**16), 2**20))
    said = [frontier.summary(found, m) for m in (1, 2, 3, 7, 20, 33, 2**16)]
    kept("\n".join([*said, *(frontier.table_text([one for one in found if one.m == m]) for m in (3, 33, 2**16))]))


@pytest.mark.parametrize("gadget", asymptotic.GADGETS)
def test_constant_gaps(gadget: asymptotic.Gadget, kept: Keeper) -> None:
    found = [asymptotic.least(c, delta, gadget) for c, delta in product((0.1, 0.7, 1.0, 2.0), (0.5, 0.9, 2.0, 3.0))]
    powers = [asymptotic.power_text(power / 7) for power in range(-40, 40)]
    kept("\n".join([*(shown(one.record) for one in found), asymptotic.constants_text(found), *powers]))


@pytest.mark.parametrize("name", FORMS)
def test_forms(name: str, kept: Keeper) -> None:
    """What they are made of, and what an exponent of them would imply."""
    form, lines = FORMS[name], [str([width(n) for n in range(1, 40)])]
    for n, d, positive in ((7, 2, False), (32, 3, True)):
        of = form.inputs(n, d, 0.7, [3, 1], positive)
        arrays = [X for part in ("Q", "K", "V", "K2", "V2", "dO") if (X := getattr(of, part, None)) is not None]
        lines += [
            *(digits(np.asarray(X, dtype=float)) for X in arrays),
            f"{of.scale:g} {of.mechanism.sees} {form.critical(n):.9g}",
        ]
        lines.append(f"{form.name} {form.power} {form.order} {form.asks} {getattr(of, 'of', '')} {getattr(of, 'column', '')}")
    for slope, off in product((0.4, 0.9, 1.2, form.power - 0.1, form.power, 3.3), (0.0, 0.05, 0.3, 0.6)):
        lines.append(exponent.implication(exponent.Fit(slope, slope - off, slope + off, 5), form))
    kept("\n".join(lines))


@pytest.mark.parametrize("regime", [exponent.BOUNDED, exponent.CRITICAL])
def test_exponents(regime: str, kept: Keeper) -> None:
    """Of times that grow as a power, with something on top of it, and where one is missing."""
    sizes, lines = (64, 128, 256, 512), []
    for form, power, on_top, missing in product(("attention", "window", "tensor"), (0.3, 1.0, 1.6), (0.0, 0.2), (None, 256)):
        settings = exponent.Settings(range(6, 10), form=FORMS[form])
        records = []
        for of, n in product((exponent.BOUNDED, exponent.CRITICAL), sizes):
            seconds, reason = (None, "too long") if n == missing else (n**power * (1 + on_top * (n % 7)), None)
            B = settings.B(of, n)
            records.append(exponent.Record("exponent", "x", form, of, n, 8, B, None, seconds, reason, 1, 0, 1, {}))
        lines += [digits([one.B for one in records]), shown(exponent.conclusion(records, regime))]
    kept("\n".join(lines))


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


def recorded_regimes() -> list[regimes.Record]:
    """Those of the docs of small n, one of them of an algorithm that is not known."""
    found = [one for one in read(STORED / "regimes.jsonl", regimes.Record) if one.n <= 4096]
    return [*found[:-7], replace(found[-7], algorithm="unheard-of", seconds=1e-9, chosen=True)]


def test_the_regimes(kept: Keeper) -> None:
    found = regimes.cells(recorded_regimes())
    settings = regimes.Settings((3, 5), (2, 3), (0.5,), (0.0, 0.25))
    asked = [settings.count, list(settings.places()), settings.error, settings.repeats, settings.seed, settings.limit]
    inputs = [regimes.long_rows(place, 2) for place in settings.places()]
    rows = [digits(np.asarray(X, dtype=float)) for of in inputs for X in (of.Q, of.K, of.V, of.scale)]
    kept("\n".join([*map(shown, found), regimes.table(found), regimes.summary(found[:5]), shown(asked), *rows]))


@pytest.mark.usefixtures("drawn")
def test_the_figure_of_the_regimes(kept: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all, of one d, and of one place."""
    for shape in ("Patch", "Rectangle"):
        monkeypatch.setattr(f"matplotlib.patches.{shape}", lambda *places, **words: f"{shown(places)} {shown(words)}")
    found = regimes.cells(recorded_regimes())
    chosen = (found, [cell for cell in found if cell.place[1] == found[0].place[1]][3:-2], found[:1])
    kept("\n".join(line for some in chosen for line in regimes_figure._figure(some, 1e-6).said))


def test_what_is_foreseen(kept: Keeper) -> None:
    lines = []
    for n in (2**6, 2**10, 2**16):
        for function in (foresight.rank_boundary, foresight.time_boundary):
            lines.append(f"{n} {function.__name__} {digits(function(n, 64, 1e-3), 3)}")
    kept("\n".join(lines))


def test_durations(kept: Keeper) -> None:
    kept("\n".join(duration(10.0**power * 3) for power in range(-9, 16)))


@pytest.mark.parametrize("algorithm", [Softmax(), Boolean()], ids=["softmax", "boolean"])
def test_figures_of_plans(algorithm: Any, monkeypatch: pytest.MonkeyPatch, kept: Keeper) -> None:
    """Of sizes and numbers of variables to fix that are given."""
    monkeypatch.setattr("numba.get_num_threads", lambda: 3)
    lines, fixed = [], (0, 1, 2, MAX_FIXED, MAX_FIXED + 1)
    for (n, m, d), fix, workers in product(((1, 1, 1), (511, 3000, 64), (513, 70, 65), (2**30, 2**29, 400)), fixed, (1, 4)):
        given = plan_rates.Foreseen({"n": n, "m": m, "d": d}, n < 9, Rates(1.0, 0.01, 1e-9))
        monkeypatch.setattr(plans, "foreseen", lambda *asked, given=given: given)
        monkeypatch.setattr(plans, "variables_to_fix", lambda *asked, fix=fix: fix)
        lines.append(
            shown(plans.planned(plans.formula_of(6, 4.26, 1), chain("cnf-ov,ov-attention"), algorithm, workers, 0.05, 9))
        )
    kept("\n".join([*lines, str([*plans.TABLE]), str([len(plans.formula_of(n, 4.3, 0).clauses) for n in range(4, 60)])]))


def test_how_many_variables_are_fixed(kept: Keeper) -> None:
    """Of sizes that are odd and even, and of budgets that leave nothing but single rows, or not even those."""
    last, lines = chain("cnf-ov,ov-attention").steps[1], []
    for n, m, memory in product((1, 5, 1000), (1, 6, 999), (0, 300, 2000, 3000, 10**4, 10**5, 10**6, 10**7)):
        foreseen = plan_rates.Foreseen({"n": n, "m": m, "d": 7}, True, Rates(0.0, 0.0, 0.0))
        try:
            lines.append(f"{plans.variables_to_fix(lambda size: 10 * size['n'] * size['m'], last, foreseen, memory)}")
        except Declined as declined:
            lines.append(str(declined))
    kept("\n".join(lines))


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
