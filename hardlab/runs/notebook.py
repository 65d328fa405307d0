"""What a notebook shows of problems, traces, decisions and runs: the panels of the page, with one row lit."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import escape
from typing import Any

from hardlab.pages.html import PAGE_STYLE
from hardlab.pages.json import plain
from hardlab.pages.text import line
from hardlab.runs.answered import own_record
from hardlab.runs.judging import rows_text
from hardlab.runs.page.lighting import Lights
from hardlab.runs.page.page import body_of, lights_of
from hardlab.runs.page.panel import panel
from hardlab.runs.page.seen import alone
from hardlab.runs.page.style import STYLE
from hardlab.runs.picturing import picture_into
from hardlab.runs.running import Run
from instances.problem import Problem
from reductions.chain import Stage, Trace
from solvers import Decision

PER_ROW = ("values", "false", "pairs", "best", "weights", "rows", "ways")
"""The parts of a picture that have an entry for each row."""


def html_of(thing: object) -> str | None:
    """The drawing, with its style within it; None for what is none of these."""
    if isinstance(thing, Run):
        return _run(thing)
    if isinstance(thing, Decision):
        return _fragment(list(_decision(thing)), Lights())
    if isinstance(thing, Trace):
        drawn = [_stage(stage, place) for place, stage in enumerate(thing, 1)]
        return "\n".join(drawn)
    if isinstance(thing, Stage):
        return _stage(thing, None)
    return _stage(Stage(thing, {}, 0.0), None) if isinstance(thing, Problem) else None


def _run(run: Run) -> str:
    record: dict[str, Any] = plain(dict(run.record))
    if any("picture" not in stage for stage in record["stages"]):
        picture_into(record, run.trace, run.chain, run.decision)  # type: ignore[arg-type]
        record = plain(record)
    first = lights_of(record).first
    record["stages"] = [{**stage, "picture": _of_row(stage["picture"], first)} for stage in record["stages"]]
    lights = lights_of(record)
    return _fragment(body_of(record, lights), lights)


def _of_row(picture: Mapping[str, Any], row: int | None) -> dict[str, Any]:
    """The picture with what belongs to that row alone."""
    found = dict(picture)
    for key, value in picture.items():
        if key in PER_ROW and isinstance(value, dict):
            found[key] = {name: value[name] for name in value if name == str(row)}
        elif isinstance(value, dict) and key in ("picture", "histogram"):
            found[key] = _of_row(value, row)
    return found


def _stage(stage: Stage, place: int | None) -> str:
    record = plain({
        "problem": type(stage.problem).called,
        "size": dict(stage.size),
        "constants": dict(stage.constants),
        "picture": alone(stage.problem),
    })  # fmt: skip
    lights = lights_of({"stages": [record]})
    return _fragment(list(panel(record, place, lights)), lights)


def _decision(decision: Decision) -> Iterator[str]:
    said = decision.verdict.value
    yield f'<header class="verdict {said}"><h2>{said.upper()}</h2><p>{escape(line(decision.reason))}.</p></header>'
    if decision.own is not None:
        said = escape(rows_text({"own": own_record(decision.own)}))
        yield f"<p>By its own answers the algorithm says <b>{decision.own.verdict.name}</b>: {said}.</p>"


def _fragment(body: list[str], lights: Lights) -> str:
    """The parts in a box with the page's style, which holds in that box alone."""
    style = (PAGE_STYLE + STYLE).replace(":root {", "& {").replace("body {", "& {") + lights.steady()
    name = "hardlab-" + sha256("".join(body).encode()).hexdigest()[:12]
    return f'<div class="{name}"><style>.{name} {{ {style} }}</style>\n' + "\n".join(body) + "\n</div>"
