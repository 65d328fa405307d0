"""What is measured of an algorithm is what it was: errors, promises, and the answers that are kept for a picture."""

import json
from itertools import product
from math import inf, nan
from typing import Any

import numpy as np
import pytest

from attention import Algorithm, Boolean, Logspace, PlainFunction, Softmax, Trusted
from hardlab.names.chains import chain
from hardlab.pages.json import plain
from hardlab.runs.measuring import Measuring, Recorded
from instances.cnf import CNF
from instances.families import random_ksat
from instances.faults import Declined
from tests.support.kept import Keeper, steady
from tests.support.runs import NO, YES, constant, exact, noise


def broken(value: float) -> Algorithm:
    """One that answers so in its first row."""

    def answer(Q: Any, K: Any, V: Any, scale: float) -> Any:
        found = np.array(constant(Q, K, V, scale))
        found[0] = value
        return found

    return PlainFunction(answer, f"broken {value}")


ALGORITHMS: dict[str, Algorithm] = {
    "softmax": Softmax(), "boolean": Boolean(), "logspace": Logspace(),
    "exact": PlainFunction(exact, "exact"), "noise": PlainFunction(noise, "noise"), "nan": broken(nan), "inf": broken(inf),
    "trusted": Trusted(PlainFunction(exact, "exact"), 1e-3), "wrongly": Trusted(PlainFunction(constant, "constant"), 1e-3),
}  # fmt: skip
FORMULAS: dict[str, CNF] = {
    "yes": YES,
    "no": NO,
    "many rows": random_ksat(10, 30, 3, seed=1),
    "hard": random_ksat(9, 60, 3, seed=2),
}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_is_measured(algorithm: str, kept: Keeper) -> None:
    said = []
    for name, (measure, keep), (claimed, trusted) in product(
        FORMULAS, ((0, 0), (1, 1), (5, 3), (16, 1024)), ((False, False), (True, False), (True, True))
    ):
        if (claimed, trusted) == (True, False) and measure == 16:
            continue
        task: Any = chain("auto").trace(FORMULAS[name])[-1].problem
        measuring = Measuring(ALGORITHMS[algorithm], measure, claimed, trusted, keep)
        assert measuring.accuracy() is None
        try:
            decision = measuring.solve(task)
        except Declined as declined:
            said.append(f"{name} {declined} {steady(plain(measuring.accuracy()))}")
            continue
        accuracy = steady(plain(measuring.accuracy()))
        said.append(f"{name} {measure} {decision.verdict} {decision.reason[:60]} {decision.fault} {json.dumps(accuracy)}")
        again = measuring.fresh()
        assert (again.key, again.measure, again.keep) == (ALGORITHMS[algorithm].key, measure, keep)
        assert (again.claimed, again.trusted, again.task) == (claimed, trusted, None)
    kept("\n".join(said))


def test_the_first_promise_counts() -> None:
    """What is said later does not weaken it."""
    task: Any = chain("auto").trace(YES)[-1].problem
    recorded = Recorded(Softmax())
    first = recorded.promise(task.inputs)
    assert recorded.promise(chain("auto").trace(NO)[-1].problem.inputs) is first  # type: ignore[attr-defined]
    assert recorded.output is None
    assert np.array_equal(np.asarray(recorded(task.inputs)), np.asarray(recorded.output))
    assert Measuring(Softmax(), 0, False, False).keep == 0
