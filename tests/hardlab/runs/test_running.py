"""What a run records of times, by a clock that moves only where a test says so."""

from typing import Any

import pytest

import hardlab.runs.running
import solvers.threshold
from attention import Softmax
from hardlab.names.chains import chain
from hardlab.runs.running import run
from instances.families import random_ksat
from instances.faults import BadInput
from reductions.chain import Chain
from solvers.own import own_answers
from solvers.solver import Own


@pytest.mark.parametrize("names", ["auto", "cnf-cubes[fix=1],auto"])
def test_comparing_rows_is_no_part_of_deciding(names: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def compared(*given: Any) -> Own:
        nonlocal now
        now += 100
        return own_answers(*given)

    monkeypatch.setattr(solvers.threshold, "own_answers", compared)
    for module in (solvers.threshold, hardlab.runs.running):
        monkeypatch.setattr(module, "perf_counter", lambda: now)
    found = run(random_ksat(6, 80, 3, seed=0), chain(names), Softmax(), oracle=False, measure=0)
    members = 2 if "cubes" in names else 1
    assert found.decision.own is not None
    assert (found.decision.own.seconds, found.record["decide_seconds"], found.record["seconds"]) == (
        100 * members, 0, 100 * members,
    )  # fmt: skip


@pytest.mark.parametrize("algorithm", [None, Softmax()])
@pytest.mark.parametrize(
    ("names", "last"), [("cnf-ov", "ov"), ("cnf-ov,ov-far", "far"), ("cnf-cubes[fix=1],cnf-ov", "ov"), ("", "cnf")]
)
def test_an_algorithm_decides_tasks_alone(names: str, last: str, algorithm: Any) -> None:
    steps = chain(names) if names else Chain(())
    with pytest.raises(
        BadInput, match=f"^the chain ends in {last}, before attention: give a solver of that, or a longer chain$"
    ):
        run(random_ksat(3, 4, 3, seed=0), steps, algorithm)
