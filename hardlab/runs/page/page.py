"""The page of a run, drawn from its record alone: the same record gives the same bytes."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from hardlab.pages.glossary import folded
from hardlab.pages.html import page
from hardlab.pages.text import line
from hardlab.runs.page import way_back, words
from hardlab.runs.page.answers import Answers
from hardlab.runs.page.lighting import Lights
from hardlab.runs.page.panel import TITLES, edge, inner, panel
from hardlab.runs.page.style import STYLE

Record = Mapping[str, Any]


def page_of_run(record: Record) -> str:
    """The page. Errors: `LookupError`, `TypeError`, `ValueError` or `AttributeError` where the record is not one of a run with
    its pictures.
    """
    lights = lights_of(record)
    body = [*body_of(record, lights), *folded(_words(record)), *_footer(record)]
    title = f"{str(record['verdict']).upper()}: {TITLES.get(record['stages'][0]['problem'], record['stages'][0]['problem'])}"
    return page(line(title), body, STYLE + lights.style())


def body_of(record: Record, lights: Lights) -> list[str]:
    """What the page shows: the verdict and why, the stages from first to last, the answers, and the way back."""
    stages = record["stages"]
    decided = lights.first if record["verdict"] == "yes" else None
    why = "decides" if decided is not None else "answers most" if record.get("answers") is not None else ""
    body = [*words.verdict(record), *lights.bar(why), *words.believed(record)]
    for place, stage in enumerate(stages, 1):
        body += [*edge(stage), *panel(stage, place, lights)]
    return [*body, *_answers(record, decided, lights), *way_back.drawn(stages, lights)]


def lights_of(record: Record) -> Lights:
    """The rows that are drawn of the last stage, first the one that decides."""
    last = inner(record["stages"][-1])["picture"]
    rows = [int(row) for row in last.get("weights") or last.get("pairs") or last.get("values") or last.get("ways") or ()]
    return Lights(sorted(rows), rows[0] if rows else None, word_of(last["kind"]))


def word_of(kind: str) -> str:
    """What the rows that are lit are called."""
    return "Row" if kind in ("attention", "described", "gradient", "pairs") else "The witness"


def _answers(record: Record, decided: int | None, lights: Lights) -> Iterator[str]:
    found = record.get("answers")
    if found is None:
        return
    yield '<section class="panel"><h2>The answers</h2>'
    yield from Answers(found, decided, lights).drawn()
    yield "</section>"


def _words(record: Record) -> set[str]:
    """The words of the glossary that the page shows."""
    told = ("oracle", "promise", "demanded", "delivered")
    words = {"verdict", "witness", "reduction"} | {name for name in told if record.get(name) is not None}
    if record.get("answers") is not None:
        words |= {"low", "bands", "dummy key", "pad", "softmax attention", "exact"}
        words |= {"dO", "probe"} if inner(record["stages"][-1])["problem"] == "gradient" else set()
    for stage in record["stages"]:
        shown = inner(stage)
        words |= {str(one["problem"]) for one in (stage, shown)} | {str(name) for name in (*shown["size"], *shown["constants"])}
    return words | ({"own verdict", "right, wrong, between"} if record.get("own") is not None else set())


def _footer(record: Record) -> Iterator[str]:
    versions = ", ".join(f"{escape(line(name))} {escape(line(version))}" for name, version in record["versions"].items())
    chain = escape(line(record["chain"])) or "(none)"
    yield f'<footer class="quiet"><p>Chain <code>{chain}</code>, decided by <code>{escape(line(record["algorithm"]))}</code>. '
    yield f"Instance <code>{escape(line(record['instance']))}</code>. {versions}.</p></footer>"
