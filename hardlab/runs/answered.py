"""What was answered by the algorithm alone, and the way back of a YES, as records."""

from hardlab.runs.record import HopRecord, OwnRecord
from hardlab.runs.weights import best_keys, log_shares
from instances.anyof import AnyOf
from instances.problem import Problem, Witness
from instances.task import AttentionTask
from reductions.chain import Chain, Trace
from solvers.solver import Decision, Own


def own_record(own: Own | None) -> OwnRecord | None:
    """`Own` in plain values."""
    if own is None:
        return None
    return {
        "verdict": own.verdict.value,
        "truth": own.truth.value,
        "low": own.low,
        "high": own.high,
        "of": own.of,
        "rows": own.rows,
        "right": own.right,
        "wrong": own.wrong,
        "between": own.between,
        "missed": own.missed,
        "no_number": own.no_number,
        "sampled": own.sampled,
        "tried": own.tried,
        "mistakes": [
            {
                "members": list(mistake.place[:-1]),
                "row": mistake.place[-1],
                "side": "yes" if mistake.yes else "no",
                "given": mistake.given,
                "exact": mistake.exact,
            }
            for mistake in own.mistakes
        ],
    }


def route_record(chain: Chain, trace: Trace, decision: Decision) -> list[HopRecord] | None:
    """The witnesses from the source to the last instance, each with what it says; None without a witness."""
    if decision.witness is None:
        return None
    hops = [_hop(stage.problem, witness) for stage, witness in zip(trace, decision.route, strict=True)]
    names: tuple[int, ...] = ()
    for hop, step, stage, after in zip(hops, chain.steps, trace, decision.route[1:], strict=False):
        problem, inner = _member(stage.problem, after)
        assigned = step.assigns(problem, inner)
        if assigned:
            hop["assigns"] = [[_named(literal, names) for literal in literals] for literals in assigned]
        names = tuple(_named(variable, names) for variable in step.renamed(problem)) or names
    return hops


def _named(literal: int, names: tuple[int, ...]) -> int:
    """The literal by the source's number of its variable."""
    variable = names[abs(literal) - 1] if names else abs(literal)
    return variable if literal > 0 else -variable


def _hop(problem: Problem, witness: Witness) -> HopRecord:
    hop: HopRecord = {"problem": type(problem).called, "witness": list(witness), "says": problem.says(witness)}
    task, row = _member(problem, witness)
    if isinstance(task, AttentionTask):
        (hop["key"],) = best_keys(task.inputs, log_shares(task.inputs, row)[1])
    return hop


def _member(problem: Problem, witness: Witness) -> tuple[Problem, Witness]:
    """The member of a disjunction that a witness is about, with its part of the witness; else the problem itself."""
    while isinstance(problem, AnyOf):
        problem, witness = problem.member(witness[0]), witness[1:]
    return problem, witness
