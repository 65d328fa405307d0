"""The panel of a stage: its question in words, its size, what is drawn of it; and the theorem of the step that leads there."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from hardlab.pages.text import line, number
from hardlab.runs.page import attention, described, formula, gradient, pairs, plain
from hardlab.runs.page.lighting import Lights

Stage = Mapping[str, Any]

TITLES = {
    "cnf": "The formula",
    "ov": "Two lists of 0/1 vectors: is a pair orthogonal?",
    "3ov": "Three lists of 0/1 vectors: is a triple orthogonal?",
    "hamming": "Two lists of bit strings: are two of them close?",
    "balanced": "Bit strings with as many ones as zeros: are two of them close?",
    "far": "Two lists of bit strings: are two of them far apart?",
    "product": "Two lists of 0/1 vectors: do two have many ones in common?",
    "attention": "Attention: which key does each query look at?",
    "gradient": "The gradient of attention: how would the loss change?",
    "transformer": "A network of attention: what is in a column after the last layer?",
    "tensor": "Tensor attention: which pair of keys does each query look at?",
}

ASKED = {
    "cnf": "Every variable is to be 0 or 1 so that every clause has a true literal. Is there a way?",
    "ov": "Is there a row of A and a row of B that are in no column both 1?",
    "3ov": "Is there a row of A, a row of B and a row of C that are in no column all 1?",
    "hamming": "The distance of two rows is the number of columns in which they differ. Is some row of A within distance t of "
    "some row of B? It is promised that a row of A either is, or has all rows of B at distance t2 or more.",
    "far": "The distance of two rows is the number of columns in which they differ. Is some row of A at distance t or more "
    "from some row of B? It is promised that a row of A either is, or has all rows of B within distance t2.",
    "product": "Is there a row of A and a row of B that are in t columns or more both 1?",
    "gradient": "Attention is differentiated: dO says how a loss changes with each output, and dQ, dK and dV how it changes "
    "with queries, keys and values. Is some entry that is read at least high? It is promised that each is, or is at most low.",
    "transformer": "In each layer each head gives each token a mean of all tokens under weights of its own, and what the heads "
    "say is added up. Is some entry of the column that is read at least high after the last layer? It is promised that each "
    "is, or is at most low.",
    "tensor": "Each query gives each pair of a key of K1 and one of K2 a weight, which grows exponentially with how well the "
    "three match, and answers by the products of their values under these weights. Is some answer at least high? It is "
    "promised that each is, or is at most low.",
    "attention": "Each query gives each key a weight, which grows exponentially with how well they match, and answers by the "
    "values V of the keys under these weights. Is some answer at least high? It is promised that each is, or is at most low.",
}

LETTERS: Mapping[str, Mapping[str, str]] = {
    "cnf": {"n": "variables", "m": "clauses", "k": "literals in the longest clause"},
    "ov": {"n": "vectors in A", "m": "vectors in B", "d": "coordinates"},
    "3ov": {"n": "vectors in A", "m": "vectors in B", "l": "vectors in C", "d": "coordinates"},
    "hamming": {
        "n": "rows of A", "m": "rows of B", "d": "bits of a row", "t": "a pair within this distance is YES",
        "t2": "other rows of A have no row of B nearer than this",
    },
    "far": {
        "n": "rows of A", "m": "rows of B", "d": "bits of a row", "t": "a pair at this distance or more is YES",
        "t2": "other rows of A have no row of B farther than this",
    },
    "product": {"n": "vectors in A", "m": "vectors in B", "d": "coordinates", "t": "ones in common that are YES"},
    "gradient": {"n": "queries", "m": "keys", "d": "columns of Q and K", "rows": "entries that count"},
    "transformer": {
        "n": "tokens", "d": "columns of a token", "layers": "layers", "heads": "heads of a layer", "rows": "tokens that count",
    },
    "tensor": {
        "n": "queries", "m": "keys in K1", "l": "keys in K2", "d": "columns of Q, K1 and K2", "rows": "outputs that count",
    },
    "attention": {"n": "queries", "m": "keys", "d": "columns of Q and K", "rows": "outputs that count"},
}  # fmt: skip


def inner(stage: Stage) -> Stage:
    """The stage, or the member of a disjunction that is shown of it."""
    picture = stage["picture"]
    if picture["kind"] != "any" or picture["member"] is None:
        return stage
    return {"problem": picture["of"], "size": picture["size"], "constants": picture["constants"], "picture": picture["picture"]}


def edge(stage: Stage) -> Iterator[str]:
    """The idea of the step to this stage, its theorem and source; nothing for the first."""
    theorem = stage["theorem"]
    if theorem is None:
        return
    claim, source, idea, key = (escape(line(theorem.get(name) or "")) for name in ("claim", "source", "idea", "key"))
    yield f'<aside class="edge"><p class="quiet">The step <code>{key}</code> keeps the answer:</p>'
    if idea:
        yield f"<p>{idea}</p>"
    yield f'<p class="quiet">Theorem: {claim}. ({source})</p></aside>'


def panel(stage: Stage, place: int | None, lights: Lights) -> Iterator[str]:
    """The stage as a section of the page, numbered where there are several."""
    shown, picture = inner(stage), stage["picture"]
    problem = str(shown["problem"])
    title = TITLES.get(problem, problem) if picture["kind"] != "any" or problem != "cnf" else "One of many smaller formulas"
    yield f'<section class="panel"><h2>{"" if place is None else f"{place}. "}{escape(line(title))}</h2>'
    if picture["kind"] == "any":
        yield from _disjunction(picture)
    yield from _sizes(shown)
    drawn = shown["picture"]
    if drawn["kind"] == "formula":
        yield from formula.drawn(drawn, lights)
    elif drawn["kind"] == "pairs":
        yield from pairs.drawn(drawn, shown["size"], lights)
    elif drawn["kind"] == "attention":
        yield from attention.drawn(drawn, lights)
    elif drawn["kind"] == "gradient":
        yield from gradient.drawn(drawn, lights)
    elif drawn["kind"] == "described":
        yield from described.drawn(drawn, lights)
    elif drawn["kind"] == "plain":
        yield from plain.drawn(drawn, lights)
    yield "</section>"


def _disjunction(picture: Mapping[str, Any]) -> Iterator[str]:
    count = int(picture["count"])
    yield f"<p><b>A disjunction of {count:,} {'instance' if count == 1 else 'instances'}</b>: YES if one of them is."
    if picture["member"] is not None:
        member = ", in it member ".join(str(int(which)) for which in picture["member"])
        yield f" Shown here: member {member}."
        if picture.get("fixed"):
            values = ", ".join(f"x{abs(int(literal))} = {int(int(literal) > 0)}" for literal in picture["fixed"])
            yield f" It is the formula before with {values}: clauses that are true then are gone, and literals that are false."
        changed = [(new, int(old)) for new, old in enumerate(picture.get("renamed") or (), 1) if new != int(old)]
        if changed:
            names = ", ".join(f"x{new} is x{old}" for new, old in changed)
            yield f" Its variables have numbers of their own: {names} of the formula before."
    yield "</p>"


def _sizes(stage: Stage) -> Iterator[str]:
    """The letters of the size in words, then the constants."""
    problem = "hamming" if stage["problem"] == "balanced" else str(stage["problem"])
    if problem in ASKED:
        yield f"<p>{escape(ASKED[problem])}</p>"
    yield '<dl class="sizes">'
    for letter, value in stage["size"].items():
        said = f"{escape(line(letter))} = {escape(number(value))}"
        yield f"<div><dt>{said}</dt><dd>{escape(LETTERS.get(problem, {}).get(letter, ''))}</dd></div>"
    yield "</dl>"
    if stage["constants"]:
        constants = ", ".join(f"{escape(line(name))} = {escape(number(value))}" for name, value in stage["constants"].items())
        yield f'<p class="quiet">Constants of the step: {constants}</p>'
