"""Traces: what they are called where they are printed, and that they are tuples as ever."""

import pickle

from hardlab.names.chains import chain
from instances.families import random_ksat


def test_a_trace_is_shown_by_its_sizes() -> None:
    trace = chain("auto").trace(random_ksat(20, 85, 3, seed=1))
    assert repr(trace).splitlines() == [
        "Trace",
        "  0: CNF(20 variables, 85 clauses, k = 3)",
        "  1: GapHamming(71 x 24, d = 59, t = 8, t2 = 10)",
        "  2: AttentionTask(71 x 29, d = 81, rows = 71, low = -6.58636, high = 6.58636)",
    ]
    assert repr(trace[2]).startswith("Stage(AttentionTask(71 x 29, d = 81, rows = 71, low = ")
    assert "B = 10.98" in repr(trace[2])
    assert trace == tuple(trace)
    assert len(trace[1:]) == 2
    again = pickle.loads(pickle.dumps(trace))
    assert [stage.problem.identity for stage in again] == [stage.problem.identity for stage in trace]


def test_a_disjunction_is_shown_by_what_it_is_made_of() -> None:
    trace = chain("cnf-cubes[fix=2],auto").trace(random_ksat(8, 30, 3, seed=1))
    assert repr(trace).splitlines()[1:] == [
        "  0: CNF(8 variables, 30 clauses, k = 3)",
        "  1: AnyOf(4 of CNF)",
        "  2: AnyOf(4 of GapHamming)",
        "  3: AnyOf(4 of AttentionTask)",
    ]
