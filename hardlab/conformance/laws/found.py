"""What a trial of a reduction or a solver finds, in plain values that a process can send."""

import json
from dataclasses import asdict, dataclass, field
from operator import index
from typing import Any

from instances import codec
from instances.problem import Problem, tiny

SHOWN = 400
"""Characters of an instance that are shown, at most."""


@dataclass
class Fault:
    """A law that does not hold. `fault` names how; `source` is the instance in JSON, `shown` as one would write it; `target`
    what was made of it; `witness` what was given; `should` and `found` what should be and is;
    it was known, and made small, after so many `instances` and `seconds`.
    """

    law: str
    fault: str
    said: str
    problem: str
    source: Any
    shown: str
    target: str = ""
    witness: Any = None
    should: str = ""
    found: str = ""
    instances: int = 0
    seconds: float = 0.0


@dataclass
class Tally:
    """What was looked at: instances with a witness and without one, undecided ones, those that were declined or are beyond the
    statement, and how many ways of each law.
    """

    instances: int = 0
    yes: int = 0
    no: int = 0
    undecided: int = 0
    declined: int = 0
    unknown: int = 0
    of_laws: dict[str, int] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)

    def add(self, law: str, count: int) -> None:
        self.of_laws[law] = self.of_laws.get(law, 0) + int(count)

    @property
    def plain(self) -> dict[str, Any]:
        return asdict(self)


def shown(instance: Problem) -> str:
    """As one would write it, or its form, or what it is where that is long."""
    written = tiny(instance)
    if not written:
        form = codec.text_of(form_of(instance))
        written = f"{type(instance).__name__} {form}" if form != "null" and len(form) <= SHOWN else ""
    return (written or repr(instance))[:SHOWN]


def plain_witness(witness: Any) -> Any:
    """Its numbers as Python has them, so that a process can send them; what has none in words, None as it is."""
    try:
        return None if witness is None else [index(number) for number in witness]
    except TypeError:
        return f"{witness!r:.200}"


def form_of(problem: Problem) -> Any:
    """Its form as JSON gives it back; None where it has none."""
    try:
        return json.loads(codec.text_of(problem.as_json()))
    except Exception:
        return None
