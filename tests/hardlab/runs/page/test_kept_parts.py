"""Parts of pages are what they were, of problems larger than runs of tests have: what is drawn of many, what is left out."""

import random
from itertools import product
from typing import Any

import numpy as np
import pytest

from hardlab.runs import judging
from hardlab.runs.page import attention, formula, pairs, pixels
from hardlab.runs.page.answers import Answers, Frame
from hardlab.runs.page.chosen import chosen, cut, joined
from hardlab.runs.page.histogram import Histogram, histogram
from hardlab.runs.page.lighting import Lights
from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.families import random_ov
from instances.vectors import GapHamming
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.ov_attention import OvAttention
from tests.support.kept import Keeper

LIGHTS: dict[str, Any] = {"rows": [3, 0, 7], "one": [0], "witness": [0], "none": []}


def lights(kind: str) -> Lights:
    rows = LIGHTS[kind]
    return Lights(rows, rows[0] if rows else None, "The witness" if kind == "witness" else "Row")


def test_which_rows_are_drawn(kept: Keeper) -> None:
    musts: list[list[int]] = [[], [0], [5, 40], list(range(0, 60, 2)), list(range(31)), list(range(32)), list(range(40))]
    said = [f"{n} {chosen(n, must)}" for n in (0, 1, 71, 72, 73, 74, 100, 997) for must in musts if n > 72 or not must]
    said += [cut("x" * n) for n in (0, 159, 160, 161, 300)]
    kept("\n".join([*said, *(joined(list("abcdef")[:n]) for n in range(7)), *(joined(["a", "b", "c"], n) for n in range(4))]))


def formulas() -> dict[str, CNF]:
    rng = random.Random(3)

    def clause(n: int, width: int) -> tuple[int, ...]:
        return tuple(rng.choice((1, -1)) * v for v in rng.sample(range(1, n + 1), width))

    return {
        "small": CNF(4, ((1, -2), (), (3, -3, 1), (-4, 2, 2))),
        "no clause": CNF(3, ()),
        "64 variables": CNF(64, tuple(clause(64, 3) for _ in range(20))),
        "many variables": CNF(200, tuple(clause(200, 3) for _ in range(18))),
        "more of them": CNF(90, tuple(clause(90, 3) for _ in range(33))),
        "256 clauses": CNF(9, tuple(clause(9, 2) for _ in range(256))),
        "many clauses": CNF(9, tuple(clause(9, 2) for _ in range(300))),
        "long clauses": CNF(100, (clause(100, 64), clause(100, 65), *(clause(100, 63) for _ in range(70)))),
    }


@pytest.mark.parametrize("name", formulas())
def test_formulas(name: str, kept: Keeper) -> None:
    """With assignments of some rows, and halves, of which one may leave out a variable."""
    problem, rng, said = formulas()[name], random.Random(4), []
    n, half = problem.n, problem.n // 2
    for split, word in product((False, True), LIGHTS):
        ways = {row: tuple(rng.randrange(2) for _ in range(n)) for row in LIGHTS[word]} | {9: (0,) * (n - 1)}
        parts: dict[int, Any] = {
            row: (tuple(range(1, half + 1)), tuple(-v for v in range(half + 1, n + 1 - (row == 7)))) for row in ways
        }
        picture = formula.seen(problem, ways, parts if split else {})
        lit = lights(word)
        said += [str(picture), *formula.drawn(picture, lit), *formula.listed(picture), lit.style(), lit.steady()]
        said += [line for row in picture["values"] for line in formula.halves_said(picture, row)]
    kept(
        "\n".join([*said, *(formula._which({"count": count, "clauses": range(min(count, 40))}) for count in (1, 2, 6, 7, 50))])
    )


SIZES: list[dict[str, Any]] = [{"t": 3, "t2": 6}, {"t": 9, "t2": 2}, {"t": 4}, {}, {"t": 300, "t2": None}]


@pytest.mark.parametrize("most", [1, 20, 64, 65, 200, 1000])
def test_histograms(most: int, kept: Keeper) -> None:
    """Of distances that fill a bin each, and of more than there are bins."""
    said: list[str] = []
    rng = np.random.default_rng(most)
    for low, rows, of, many in ((0, 3, 3, 50), (5, 8, 1000, 9), (2, 1, 1, 1)):
        drawn = {0: 0, 4: rows - 1}
        found: dict[int, Any] = {i: low + (rng.random(many) ** 2 * most).astype(int) for i in range(rows)}
        picture = histogram(found.__getitem__, range(rows), drawn, of)
        said += [str(picture)]
        for size, measure in product(SIZES, ("distance", "common ones")):
            said += Histogram(picture, measure, size).drawn()
    picture = {"start": 0, "width": 1, "all": [99_999, 0, 100_000 * most], "rows": {}, "counted": [1, 1]}
    said += [*Histogram(picture, "distance", {}).drawn(), *Histogram({**picture, "all": []}, "distance", {}).drawn()]
    kept("\n".join(said))


@pytest.mark.parametrize("wide", [0, 1, 24, 25, 57, 200])
def test_grids(wide: int, kept: Keeper) -> None:
    said: list[str] = []
    rng = random.Random(wide)
    for count, names in product((0, 1, 5, 40), ([], [(2, "two, of"), (wide, "all: <of>"), (3, "")], [(1, ""), (1, "x" * 40)])):
        rows = [(3 * i, "".join(rng.choice("01#") for _ in range(wide - i % 2)), f"<{i}>") for i in range(count)]
        for links, ends in (({}, {}), ({3: 7}, {0: "data", 6: "other"})):
            said += pixels.Grid("A <label>", "q", rows, {"1": "one", "#": "two"}, names, links, ends).drawn()
        said += [*pixels.named(names), *pixels.heads(names, 5, 14, wide, 12), str(list(pixels.spans(names, wide)))]
    kept("\n".join([*said, str([pixels.side(most) for most in range(80)])]))


def gap(n: int, m: int, d: int, t: int, t2: int) -> GapHamming:
    rng = np.random.default_rng(d)
    A, B = (BitMatrix.of(rng.random((rows, d)) < 0.5) for rows in (n, m))
    return GapHamming(A, B, t, t2)


PROBLEMS: dict[str, Any] = {
    "few": lambda: random_ov(5, 3, 6, seed=1),
    "many rows": lambda: random_ov(90, 73, 9, seed=2),
    "wide": lambda: gap(4, 6, 300, 100, 120),
    "gap": lambda: gap(12, 9, 24, 5, 9),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_pairs(name: str, kept: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted whole, and so many that only some rows are."""
    problem, said = PROBLEMS[name](), []
    names = [(1, "first"), (2, "the <next>"), (problem.A.d - 3, "all others, of which there are many")]
    for most, word in product((2**24, 2 * problem.B.n + 1, 1), LIGHTS):
        monkeypatch.setattr(pairs, "PAIRS", most)
        ways = {row: (row % problem.A.n, (2 * row + 1) % problem.B.n) for row in LIGHTS[word]} | {95: (problem.A.n, 0)}
        picture = pairs.seen(problem, ways, names)
        for size in ({"t": 3, "t2": 6}, {"t": 6, "t2": 3}, {"t": 2}, {}):
            lit = lights(word)
            said += [str(picture), *pairs.drawn(picture, size, lit), lit.style()]
    kept("\n".join(said))


def test_sides_of_pairs(kept: Keeper) -> None:
    sizes: tuple[dict[str, int], ...] = ({"t": 3, "t2": 6}, {"t": 6, "t2": 3}, {"t": 2}, {})
    kept("\n".join(pairs.judged(measure, best, size) for measure, best, size in product(range(8), (0, 2, 5), sizes)))


@pytest.mark.parametrize("name", PROBLEMS)
def test_attention(name: str, kept: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many products of entries and weights, too, of which not all are computed."""
    problem, said = PROBLEMS[name](), []
    step: Any = HammingAttention() if hasattr(problem, "t") else OvAttention()
    task = step.apply(problem)
    names = [(2, "two"), (task.inputs.d - 2, "others")]
    for products, weights, word in ((2**33, 2**24, "rows"), (2**33, 1, "rows"), (1, 2**24, "one"), (2**33, 2**24, "none")):
        monkeypatch.setattr(attention, "PRODUCTS", products)
        monkeypatch.setattr(attention, "WEIGHTS", weights)
        rows = [row for row in LIGHTS[word] if row < task.inputs.n]
        picture = attention.seen(task, {row: (row,) for row in rows}, names)
        lit = Lights(rows, rows[0] if rows else None)
        said += [str(picture), *attention.drawn(picture, lit), lit.style()]
        said += attention.drawn({**picture, "normalised": not picture["normalised"], "values": [], "different": 1000}, lit)
    kept("\n".join([*said, *(attention._share(ln) for ln in (None, 0.5, 0.0, -1.0, -9.2, -9.21035, -9.22, -800.0))]))


def answered(rng: random.Random, count: int, low: float, high: float, logarithmic: bool) -> dict[str, Any]:
    """Some are no numbers, some far away, some exactly known, some wrong."""
    given: list[Any] = [rng.choice((low, high, rng.uniform(low, high), 2 * high, 90 * high, None, -high)) for _ in range(count)]
    rows = sorted(rng.sample(range(3 * count), count))
    return {
        "of": count * rng.choice((1, 3)), "rows": rows, "given": given, "low": low, "high": high, "logarithmic": logarithmic,
        "no": rng.choice((None, low, 0.0)), "yes": rng.choice((None, high, 2 * high)),
        "sides": [rng.choice(("yes", "no", "between", "none")) for _ in rows],
        "exact": {str(row): rng.choice((low, high, None)) for row in rows[::3]}, "wrong": rows[::4],
    }  # fmt: skip


@pytest.mark.parametrize("count", [0, 1, 2, 30])
def test_answers(count: int, kept: Keeper) -> None:
    rng, said = random.Random(count), []
    for low, high in ((0.25, 0.5), (-1.0, 1.0), (0.0, 0.0), (1e-320, 2e-320), (-800.0, -3.0)):
        for word, frame in product(("rows", "one"), (None, Frame(500.0, 300.0, 40.0, 90.0, 20.0, 31.0))):
            found = answered(rng, count, low, high, word == "one")
            drawn = Answers(found, (found["rows"] or [None])[-1], lights(word), *([] if frame is None else [frame]))
            said += [*drawn.drawn(), f"{drawn.whole} {drawn.span}"]
    kept("\n".join(said))


def own(rng: random.Random) -> dict[str, Any]:
    counts = {name: rng.choice((0, 1, 2, 1500)) for name in ("right", "missed", "no_number", "between", "tried")}
    said, given = ("yes", "no", "unknown"), (None, float("nan"), float("inf"), 0.25, -3.0)
    return {
        "verdict": rng.choice(said), "truth": rng.choice(said), "rows": 4000, "of": 5000,
        "wrong": counts["missed"] + counts["no_number"] + rng.choice((0, 1, 3)), "sampled": rng.random() < 0.5,
        "low": rng.choice((None, 0.25, -1.0, float("nan"))), "high": rng.choice((None, 0.25, 1.0, 0.5)), **counts,
        "mistakes": [
            {"members": [5] * rng.randrange(3), "row": row, "side": rng.choice(("yes", "no")), "given": rng.choice(given),
             "exact": rng.choice((None, 0.5, float("nan")))}
            for row in range(rng.randrange(5))
        ],
    }  # fmt: skip


def test_what_is_said_of_the_algorithm(kept: Keeper) -> None:
    rng, said = random.Random(6), []
    errors: list[Any] = [
        None,
        *({"value": value, "log10": log} for value, log in ((1.0, 0.0), (None, None), (0.0, None), (1.0, -3.5))),
    ]
    for _ in range(150):
        record = {name: rng.choice((None, "yes", "no", "unknown")) for name in ("verdict", "oracle")} | {"own": own(rng)}
        record |= {"delivered": rng.choice(errors), "demanded": rng.choice((None, errors[-1]))}
        told = (judging.truth_of, judging.own_is, judging.over, judging.rows_text, judging.alarm, judging.found_without_it)
        said.append(" | ".join(str(tell(record)) for tell in told))
    of_none = {"verdict": "yes", "own": None}
    kept("\n".join([*said, str([tell(of_none) for tell in told if tell is not judging.rows_text])]))
