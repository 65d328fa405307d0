"""A column of a gradient: what it is of, and where dO is given. The entries themselves are among the answers."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import numpy as np

from hardlab.pages.text import counted, line, number
from hardlab.runs.page.lighting import Lights
from instances.gradients import GradientTask
from instances.problem import Witness

BY = {
    "dQ": "by the queries: one row for each of them",
    "dK": "by the keys: one row for each of them, a sum over all queries that see it",
    "dV": "by the values: one row for each key, a sum over all queries that see it",
    "dX": "by a matrix X between queries and keys, at X = I: a sum over all pairs",
}


def seen(problem: GradientTask, ways: Mapping[int, Witness]) -> dict[str, Any]:
    of = problem.inputs
    return {
        "kind": "gradient",
        "gradient": of.of,
        "column": of.column,
        "scale": of.scale,
        "mechanism": str(of.mechanism),
        "asking": int(np.count_nonzero(of.dO.any(axis=1))),
        "ways": {str(row): list(witness) for row, witness in ways.items()},
    }


def drawn(picture: Mapping[str, Any], lights: Lights) -> Iterator[str]:
    name, column = escape(line(picture["gradient"])), int(picture["column"])
    yield f"<p>Column {column} of {name}, the gradient {escape(BY.get(str(picture['gradient']), ''))}. dO, the gradient by the "
    yield f"output, is other than 0 in {counted(int(picture['asking']), 'row')}. "
    yield f"Weights: {escape(line(picture['mechanism']))}, scale {number(picture['scale'])}.</p>"
    for row in picture["ways"]:
        yield f'<p class="of r{int(row)}">{lights.name(row)} is the entry {name}[{int(row)}, {column}].</p>'
