"""Instances of any other problem as JSON: its name, its plain form, what it is recognised by, and free metadata."""

import json
from collections.abc import Callable
from typing import Any, BinaryIO

from instances.faults import BadInput, one_line
from instances.problem import Problem, size_of
from instances.storage.fields import Notes

Named = Callable[[str], type[Problem] | None]
"""The problem of that name, if somebody knows one."""


def write_json(stream: BinaryIO, problem: Problem, notes: Notes) -> None:
    """Errors: `BadInput` where the problem has no plain form."""
    try:
        fields = {
            "problem": problem.called,
            "instance": problem.as_json(),
            "identity": problem.identity,
            "metadata": dict(notes),
        }
        lines = [f"  {json.dumps(name)}: {json.dumps(value, allow_nan=False)}" for name, value in fields.items()]
    except BadInput:
        raise
    except Exception as error:
        raise BadInput(f"{problem.called} gave no JSON (as_json: {type(error).__name__}: {one_line(error)})") from error
    stream.write(("{\n" + ",\n".join(lines) + "\n}\n").encode())


def read_json(content: bytes, named: Named) -> Problem:
    """The instance. Errors: `BadInput`, also where nobody knows the problem, and for what its own `from_json` raises."""
    try:
        given: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"this is no JSON ({one_line(error)}): make it again") from None
    if not isinstance(given, dict) or not isinstance(given.get("problem"), str) or "instance" not in given:
        raise BadInput('an instance in JSON is {"problem": its name, "instance": {...}}')
    name = str(given["problem"])
    kind = named(name)
    if kind is None:
        where = "name it, as --kind module:object, or begin the --chain with a reduction from it"
        raise BadInput(f"it holds an instance of {one_line(name)}, which nobody knows here: {where}")
    try:
        problem = kind.from_json(given["instance"])
        identity, _ = problem.identity, size_of(problem)
    except Exception as error:
        raise BadInput(f"{name} does not take what stands there ({type(error).__name__}: {one_line(error)})") from error
    if not isinstance(problem, kind):
        raise BadInput(f"{name} made a {type(problem).__name__} of what stands there: from_json gives an instance")
    if given.get("identity", identity) != identity:
        raise BadInput("what stands there is not the instance that was stored: make it again, or take its identity out")
    return problem
