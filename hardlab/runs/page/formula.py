"""A formula: its clauses against its variables, the literals that an assignment makes true, and the clauses it leaves false."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import accumulate
from typing import Any

from hardlab.runs.page.chosen import CLAUSES, VARIABLES
from hardlab.runs.page.lighting import Lights
from hardlab.runs.page.svg import SCROLLED, scrolled, sign
from instances.cnf import CNF
from instances.problem import Witness

Picture = Mapping[str, Any]

LINE, LABEL = 15, 48
CELLS = 9, 18
"""The least and the largest width of a clause."""

LITERALS = 64, 4096
"""Literals that are drawn, of a clause and in all."""

Parts = tuple[tuple[int, ...], ...]

FALSE_SHOWN = 40
"""Numbers of false clauses that are kept for a row."""


def seen(problem: CNF, ways: Mapping[int, Witness], parts: Mapping[int, Parts]) -> dict[str, Any]:
    """The first clauses and their first variables (of the left, then of the right, where they are split), and for each row
    the values of those variables and which clauses of all they leave false.

    `parts` are the literals that a row's left and right make true. Rows that leave out a variable stand for `nothing`.
    """
    clauses = _clauses(problem)
    needed = {abs(x) for clause in problem.clauses if not any(-y in clause for y in clause) for x in clause}
    split = {row: [[abs(x) for x in part] for part in both] for row, both in parts.items()}
    nothing = [row for row, (left, right) in split.items() if not needed <= {*left, *right}]
    halves: list[list[int]] = next((both for row, both in split.items() if row not in nothing and all(both)), [[], []])
    variables = _variables(problem, clauses, halves)
    rows = {row: w for row, w in ways.items() if row not in nothing and len(w) == problem.n}
    return {
        "kind": "formula",
        "of": [problem.n, len(problem.clauses)],
        "clauses": clauses,
        "variables": variables,
        "left": [v for v in variables if v in halves[0]],
        "right": [v for v in variables if v in halves[1]],
        "values": {str(row): "".join("01"[w[v - 1] == 1] for v in variables) for row, w in rows.items()},
        "false": {str(row): _false(problem, w) for row, w in rows.items()},
        "nothing": nothing,
    }


def _clauses(problem: CNF) -> list[list[int]]:
    """The first clauses, as far as the limits allow; at least one."""
    each, whole = LITERALS
    clauses = [list(clause[:each]) for clause in problem.clauses[:CLAUSES]]
    reached = list(accumulate(len(clause) for clause in clauses))
    return clauses[: max(1, sum(count <= whole for count in reached))]


def _variables(problem: CNF, clauses: Sequence[Sequence[int]], halves: Sequence[Sequence[int]]) -> list[int]:
    """Those that are drawn: of the halves first, then in rising order; of many only those that occur."""
    occurring = {abs(literal) for clause in clauses for literal in clause}
    shown = occurring if problem.n > VARIABLES else set(range(1, problem.n + 1))
    split = [v for half in halves for v in half if v in shown]
    return [*split, *sorted(shown - set(split))][:VARIABLES]


def _false(problem: CNF, witness: Witness) -> dict[str, Any]:
    false = [
        c for c, clause in enumerate(problem.clauses) if not any((witness[abs(lit) - 1] == 1) == (lit > 0) for lit in clause)
    ]
    return {"count": len(false), "clauses": false[:FALSE_SHOWN]}


def literal(value: int) -> str:
    return f"{'¬' if value < 0 else ''}x{abs(value)}"


def clause_words(clause: Sequence[int]) -> str:
    return " ∨ ".join(map(literal, clause)) or "the empty clause, which nothing makes true"


def true_marks(picture: Picture, row: str) -> list[str]:
    """The classes of the literals that the row's assignment makes true."""
    values = zip(picture["variables"], picture["values"].get(row, ""), strict=False)
    return [f".{'p' if value == '1' else 'n'}{int(v)}" for v, value in values]


def drawn(picture: Picture, lights: Lights) -> Iterator[str]:
    """Variables from top to bottom, clauses from left to right; a filled mark is a literal x, a hollow one is not x."""
    variables, clauses = [int(v) for v in picture["variables"]], picture["clauses"]
    for row in picture["values"]:
        lights.true(row, true_marks(picture, row))
        lights.false(row, [f".c{int(c)}" for c in picture["false"][row]["clauses"]])
    cell = max(CELLS[0], min(CELLS[1], 300 // max(1, len(clauses))))
    width, height = LABEL + cell * len(clauses) + 8, 8 + LINE * len(variables) + 12
    label = f"the formula: {len(variables)} variables from top to bottom, {len(clauses)} clauses from left to right"
    yield scrolled(label, width, height)
    split = sum(v in picture["left"] for v in variables) if picture["left"] and picture["right"] else 0
    for line, v in enumerate(variables):
        y = 8 + LINE * line
        yield f'<path class="grid" d="M{LABEL} {y + LINE / 2:g}H{width - 8}"/>'
        yield f'<text class="small p{v}" x="4" y="{y + 11}">x{v}</text>'
    if split:
        yield f'<path class="cut" d="M0 {8 + LINE * split:g}H{width}"/>'
    place = {v: 8 + LINE * line + LINE / 2 for line, v in enumerate(variables)}
    for c, clause in enumerate(clauses):
        x = LABEL + cell * (c + 0.5)
        yield f"<g><title>{escape(f'clause {c + 1}: {clause_words(clause)}')}</title>"
        yield f'<path class="clause c{c}" d="M{x:g} 4V{height - 6}"/>'
        for lit in dict.fromkeys(clause):
            if abs(lit) in place:
                shape = f"M{x - 3:g} {place[abs(lit)] - 3:g}h6v6h-6z"
                yield f'<path class="lit {"p" if lit > 0 else "n"}{abs(int(lit))}" d="{shape}"/>'
        yield "</g>"
    yield SCROLLED
    yield "".join(_legend(picture, split, lights))
    yield "".join(_said(picture, lights))


def _legend(picture: Picture, split: int, lights: Lights) -> Iterator[str]:
    yield '<p class="quiet">Each column is a clause (hover: in words), each line a variable. '
    mark = '<path class="lit {}0" d="M2 2h6v6h-6z"/>'
    yield f"{sign(mark.format('p'))} the variable itself, {sign(mark.format('n'))} its negation"
    if picture["values"]:
        whose = "the lit row" if lights.word == "Row" else "the witness"
        yield f"; in colour where {whose} makes it true. A clause needs one coloured mark; one without is struck through"
    yield "."
    if split:
        yield " The line across separates the left half of the variables from the right half."
    n, m = picture["of"]
    if len(picture["clauses"]) < m or len(picture["variables"]) < n:
        yield f" Drawn are {len(picture['clauses']):,} of {m:,} clauses and {len(picture['variables']):,} of {n:,} variables."
    yield "</p>"


def _said(picture: Picture, lights: Lights) -> Iterator[str]:
    """What each row's assignment does to the formula, in words."""
    for row in picture["nothing"]:
        yield f'<p class="of r{int(row)}">{lights.name(row)} stands for no assignment: all of one half make a clause false.</p>'
    for row, values in picture["values"].items():
        given = " ".join(f"x{int(v)}={value}" for v, value in zip(picture["variables"], values, strict=False))
        false = picture["false"][row]
        said = "every clause has a true literal: this is a model" if not false["count"] else _which(false)
        yield f'<p class="of r{int(row)}">{lights.name(row)} is the assignment <code>{escape(given)}</code>: {said}.</p>'


def _which(false: Mapping[str, Any]) -> str:
    shown = [str(int(c) + 1) for c in false["clauses"][:6]]
    more = f" and {false['count'] - len(shown):,} more" if false["count"] > len(shown) else ""
    some = "clause" if false["count"] == 1 else "clauses"
    return f"{some} {', '.join(shown)}{more} {'has' if false['count'] == 1 else 'have'} no true literal, so it is no model"


def listed(picture: Picture) -> Iterator[str]:
    """Every drawn clause in words, its literals marked as in the drawing."""
    yield '<ol class="clauses">'
    for c, clause in enumerate(picture["clauses"]):
        marks = " ∨ ".join(f'<span class="{"p" if x > 0 else "n"}{abs(int(x))}">{literal(int(x))}</span>' for x in clause)
        yield f'<li class="c{c}">{marks or "empty"}</li>'
    yield "</ol>"


def halves_said(picture: Picture, row: str) -> Iterator[str]:
    """The assignment of a row, half by half where the formula is split, and whether it is a model."""
    values = dict(zip(map(int, picture["variables"]), picture["values"][row], strict=False))
    left = [v for v in values if v in picture["left"]]
    right = [v for v in values if v in picture["right"]]
    parts = [f"{word} {_given(values, side)}" for word, side in (("left", left), ("right", right)) if side]
    false = picture["false"][row]["count"]
    said = "every clause is true" if not false else f"{false:,} {'clause is' if false == 1 else 'clauses are'} false"
    yield f"{'; '.join(parts) or _given(values, list(values)) or 'no variable'}: {said}"


def _given(values: Mapping[int, str], variables: Sequence[int]) -> str:
    return f"<code>{' '.join(f'x{v}={escape(values[v])}' for v in variables)}</code>" if variables else ""
