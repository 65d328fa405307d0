"""The page of a run, drawn from its record alone: the same record gives the same bytes."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from hardlab.pages.html import page
from hardlab.pages.text import line, number
from hardlab.runs.page import attention, formula, pairs, plain, way_back, words
from hardlab.runs.page.answers import Answers
from hardlab.runs.page.lighting import Lights
from hardlab.runs.page.style import STYLE

Record = Mapping[str, Any]
Stage = Mapping[str, Any]

TITLES = {
    "cnf": "The formula",
    "ov": "Two lists of 0/1 vectors: is a pair orthogonal?",
    "hamming": "Two lists of bit strings: are two of them close?",
    "balanced": "The same strings with as many ones as zeros: are two of them close?",
    "far": "Two lists of bit strings: are two of them far apart?",
    "product": "Two lists of 0/1 vectors: do two have many ones in common?",
    "attention": "Attention: which key does each query look at?",
}

LETTERS: Mapping[str, Mapping[str, str]] = {
    "cnf": {"n": "variables", "m": "clauses", "k": "literals in the longest clause"},
    "ov": {"n": "vectors in A", "m": "vectors in B", "d": "coordinates"},
    "hamming": {
        "n": "rows of A", "m": "rows of B", "d": "bits of a row", "t": "a pair at most so far apart makes YES",
        "t2": "without such a pair, all pairs are at least so far apart",
    },
    "far": {
        "n": "rows of A", "m": "rows of B", "d": "bits of a row", "t": "a pair at least so far apart makes YES",
        "t2": "without such a pair, all pairs are at most so far apart",
    },
    "product": {"n": "vectors in A", "m": "vectors in B", "d": "coordinates", "t": "common ones that make YES"},
    "attention": {"n": "queries", "m": "keys", "d": "columns of Q and K", "rows": "outputs that count"},
}  # fmt: skip


def page_of_run(record: Record) -> str:
    """The page. Errors: `LookupError`, `TypeError`, `ValueError` or `AttributeError` where the record is not one of a run with
    its pictures.
    """
    stages = record["stages"]
    lights = _lights(record, stages)
    body = [*words.verdict(record), *lights.bar(_decided(record, stages)), *words.believed(record)]
    for place, stage in enumerate(stages):
        body += [*_edge(stage), *_panel(stage, place + 1, lights)]
    body += [*_answers(record, stages, lights), *way_back.drawn(stages, lights.rows), *_footer(record)]
    title = f"{str(record['verdict']).upper()}: {TITLES.get(stages[0]['problem'], stages[0]['problem'])}"
    return page(line(title), body, STYLE + lights.style())


def inner(stage: Stage) -> Stage:
    """The stage, or the member of a disjunction that is shown of it."""
    picture = stage["picture"]
    if picture["kind"] != "any" or picture["member"] is None:
        return stage
    return {"problem": picture["of"], "size": picture["size"], "constants": picture["constants"], "picture": picture["picture"]}


def _lights(record: Record, stages: Sequence[Stage]) -> Lights:
    last = inner(stages[-1])["picture"]
    rows = [int(row) for row in last.get("weights") or last.get("pairs") or last.get("values") or last.get("ways") or ()]
    return Lights(sorted(rows), rows[0] if rows else None)


def _decided(record: Record, stages: Sequence[Stage]) -> int | None:
    lights = _lights(record, stages)
    return lights.first if record["verdict"] == "yes" else None


def _edge(stage: Stage) -> Iterator[str]:
    theorem = stage["theorem"]
    if theorem is None:
        return
    claim, source = (escape(line(theorem[name])) for name in ("claim", "source"))
    yield f'<aside class="edge"><p><b>{claim[:1].upper()}{claim[1:]}.</b></p>'
    step = f"<code>{escape(line(theorem['key']))}</code>"
    yield f'<p class="quiet">So the answer stays the same. Source: {source}. Step: {step}</p></aside>'


def _panel(stage: Stage, place: int, lights: Lights) -> Iterator[str]:
    shown, picture = inner(stage), stage["picture"]
    problem = str(shown["problem"])
    yield f'<section class="panel" id="stage-{place}"><h2>{place}. {escape(TITLES.get(problem, problem))}</h2>'
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
    elif drawn["kind"] == "plain":
        yield from plain.drawn(drawn)
    yield "</section>"


def _disjunction(picture: Mapping[str, Any]) -> Iterator[str]:
    count = int(picture["count"])
    yield f"<p><b>A disjunction of {count:,} {'instance' if count == 1 else 'instances'}</b>: YES if one of them is."
    if picture["member"] is not None:
        member = ", in it member ".join(str(int(which)) for which in picture["member"])
        yield f" Shown here: member {member}."
    yield "</p>"


def _sizes(stage: Stage) -> Iterator[str]:
    """The letters of the size in words, then the constants."""
    meaning = LETTERS.get("hamming" if stage["problem"] == "balanced" else str(stage["problem"]), {})
    yield "<dl>"
    for letter, value in stage["size"].items():
        said = f"{escape(line(letter))} = {escape(number(value))}"
        yield f"<dt>{said}</dt><dd>{escape(meaning.get(letter, ''))}</dd>"
    yield "</dl>"
    if stage["constants"]:
        constants = ", ".join(f"{escape(line(name))} = {escape(number(value))}" for name, value in stage["constants"].items())
        yield f'<p class="quiet">Constants of the step: {constants}</p>'


def _answers(record: Record, stages: Sequence[Stage], lights: Lights) -> Iterator[str]:
    found = record.get("answers")
    if found is None:
        return
    yield '<section class="panel" id="answers"><h2>The answers</h2>'
    yield from Answers(found, _decided(record, stages), lights).drawn()
    yield "</section>"


def _footer(record: Record) -> Iterator[str]:
    versions = ", ".join(f"{escape(line(name))} {escape(line(version))}" for name, version in record["versions"].items())
    chain = escape(line(record["chain"])) or "(none)"
    yield f'<footer class="quiet"><p>Chain <code>{chain}</code>, decided by <code>{escape(line(record["algorithm"]))}</code>. '
    yield f"Instance <code>{escape(line(record['instance']))}</code>. {versions}.</p></footer>"
