"""The way back of the lit row, hop by hop, to the assignment, clause by clause."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from hardlab.pages.text import line
from hardlab.runs.page import formula
from hardlab.runs.page.lighting import Lights
from hardlab.runs.page.pairs import judged

Stage = Mapping[str, Any]


def drawn(stages: Sequence[Stage], lights: Lights) -> Iterator[str]:
    """For each row its hops from the last stage to the first; then the clauses of the formula that it began with."""
    if not lights.rows:
        return
    yield '<section class="panel"><h2>The way back</h2>'
    for row in lights.rows:
        hops = [said for stage in reversed(stages) for said in _hop(stage, row)]
        yield f'<div class="of r{row}"><p>{lights.name(row)} leads back like this:</p><ol class="way">'
        yield from (f"<li>{said}</li>" for said in hops)
        yield "</ol></div>"
    source = stages[0]["picture"] if stages else {}
    if source.get("kind") == "formula" and source["clauses"]:
        m = int(source["of"][1])
        some = "" if len(source["clauses"]) == m else f", the first {len(source['clauses'])} of {m:,}"
        yield f"<h3>Clause by clause{some}</h3>"
        yield '<p class="quiet">Literals that the lit row makes true are bold and in colour, clauses that it leaves false are '
        yield "struck through.</p>"
        yield from formula.listed(source)
    yield "</section>"


def _hop(stage: Stage, row: int) -> Iterator[str]:
    picture, size = stage["picture"], stage["size"]
    if picture.get("kind") == "any" and picture.get("member") is not None:
        member = ", ".join(str(int(which)) for which in picture["member"])
        for said in _hop({"picture": picture["picture"], "size": picture["size"]}, row):
            yield f"{said} (member {member})"
    elif picture.get("kind") == "attention" and str(row) in picture["weights"]:
        best = int(picture["weights"][str(row)]["best"])
        yield f"attention: query q<sub>{row}</sub> puts most of what it gives to the data on key k<sub>{best}</sub>"
    elif picture.get("kind") == "gradient" and str(row) in picture["ways"]:
        yield f"gradient: the entry {escape(str(picture['gradient']))}[{row}, {int(picture['column'])}]"
    elif picture.get("kind") == "described" and str(row) in picture["said"]:
        yield f"{escape(line(picture['called']))}: {escape(line(picture['said'][str(row)]))}"
    elif picture.get("kind") == "pairs" and str(row) in picture["pairs"]:
        i, j, measure = (int(value) for value in picture["pairs"][str(row)])
        said = f"{measure:,} ones in common" if picture["measure"] == "common ones" else f"distance {measure:,}"
        side = judged(measure, int(picture["best"][str(row)]), size)
        yield f"the pair (a<sub>{i}</sub>, b<sub>{j}</sub>) with {said}: {escape(side)}"
    elif picture.get("kind") == "formula" and str(row) in picture["values"]:
        yield from (f"formula: {said}" for said in formula.halves_said(picture, str(row)))
