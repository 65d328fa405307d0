"""Problems that are told in words: what each row that is followed says there."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from hardlab.pages.text import counted, line
from hardlab.runs.page.lighting import Lights
from instances.network import TransformerTask
from instances.problem import Witness
from instances.tensor import TensorTask
from instances.triples import ThreeOrthogonalVectors

Described = ThreeOrthogonalVectors | TensorTask | TransformerTask


def seen(problem: Described, ways: Mapping[int, Witness]) -> dict[str, Any]:
    """A line for each row."""
    said = {str(row): _said(problem, witness) for row, witness in ways.items()}
    picture = {"kind": "described", "called": type(problem).called, "about": _about(problem), "said": said}
    return {**picture, "ways": {str(row): list(witness) for row, witness in ways.items()}}


def _about(problem: Described) -> str:
    if isinstance(problem, ThreeOrthogonalVectors):
        return "The product of three rows is the number of columns in which all are 1."
    if isinstance(problem, TransformerTask):
        net = problem.inputs
        through = f"{counted(net.layers, 'layer')} of {counted(net.heads, 'head')}"
        stream = f"{'with' if net.residual else 'without'} a residual stream; column {net.column} is read"
        return f"{net.n:,} tokens of {net.d} columns go through {through}, {stream}."
    of = problem.inputs
    return f"Each query weighs {of.m * of.m2:,} pairs of keys; the last key of K1 and the last of K2 are dummies, of value 0."


def _said(problem: Described, witness: Witness) -> str:
    if isinstance(problem, ThreeOrthogonalVectors):
        i, j, k = witness
        product = int(problem.products(problem.A.words[i] & problem.B.words[j])[k])
        return f"row {i} of A, row {j} of B and row {k} of C are all 1 in {counted(product, 'column')}"
    if isinstance(problem, TransformerTask):
        return f"token {witness[0]} is one of the {problem.rows:,} whose entries count"
    return f"query {witness[0]} is one of the {problem.rows:,} whose answers count"


def drawn(picture: Mapping[str, Any], lights: Lights) -> Iterator[str]:
    yield f"<p>{escape(line(picture['about']))}</p>"
    for row, said in picture["said"].items():
        yield f'<p class="of r{int(row)}">{lights.name(row)}: {escape(line(said))}.</p>'
