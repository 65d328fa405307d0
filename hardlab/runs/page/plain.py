"""A problem that nothing is known of but its size: somebody else's."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from hardlab.runs.page.lighting import Lights
from instances.problem import Problem, Witness


def seen(problem: Problem, ways: Mapping[int, Witness]) -> dict[str, Any]:
    """Nothing but the witnesses of its rows."""
    return {"kind": "plain", "called": type(problem).called, "ways": {str(row): list(w)[:64] for row, w in ways.items()}}


def drawn(picture: Mapping[str, Any], lights: Lights) -> Iterator[str]:
    yield '<p class="quiet">This problem is somebody else’s: nothing is drawn of it but its size.</p>'
    for row, witness in picture["ways"].items():
        said = ", ".join(escape(str(value)) for value in witness)
        yield f'<p class="of r{int(row)}">{lights.name(row)} leads back to the witness ({said}).</p>'
