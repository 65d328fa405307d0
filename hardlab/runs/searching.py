"""Approximate nearest neighbour by attention, compared with the exact nearest pair, and the record of it."""

from dataclasses import dataclass
from time import perf_counter

from attention.algorithm import Algorithm
from hardlab.names.installed import claimants
from hardlab.runs.record import SearchRecord
from hardlab.work.environment import versions
from instances.faults import BadInput, PlugInFault
from instances.storage import Vectors
from instances.task import AttentionTask
from instances.vectors import GapHamming
from reductions.chain import Chain
from solvers import NearestByAttention, Threshold
from solvers.nearest import too_far
from solvers.popcount import nearest


@dataclass(frozen=True)
class Search:
    """What was found; `record` is the form that is stored, `exit_code` 1 for a fault or a pair that is too far."""

    record: SearchRecord

    def __repr__(self) -> str:
        return f"Search(pair={self.record['pair']}, distance={self.record['distance']}, algorithm={self.record['algorithm']!r})"

    @property
    def exit_code(self) -> int:
        return 1 if self.record["pair"] is None or self.record["holds"] is False else 0


def search(lists: Vectors, chain: Chain, algorithm: Algorithm, eps: float, memory: int, oracle: bool) -> Search:
    """A pair of rows with H < (1 + eps) min H, by asking `algorithm` through `chain`; `oracle` looks at every pair.

    Errors: `BadInput` for a chain that does not end in attention; as `NearestByAttention.search`.
    """
    if chain.target(GapHamming) is not AttentionTask:
        raise BadInput(f"--nearest asks attention, the chain ends in {chain.target(GapHamming).called}")
    start = perf_counter()
    record: SearchRecord = {
        "pair": None, "distance": None, "at_least": None, "eps": eps, "asked": [], "minimum": None, "holds": None,
        "chain": chain.spelled, "algorithm": algorithm.key,
        "size": {"n": lists.A.n, "m": lists.B.n, "d": lists.A.d},
    }  # fmt: skip
    try:
        found = NearestByAttention(chain, Threshold(algorithm), eps, memory).search(lists.A, lists.B)
    except PlugInFault as fault:
        record["reason"] = str(fault)
    else:
        near = f"and {found.distance} < (1 + eps) times the least" if found.distance else "and these two are equal"
        others = claimants(algorithm, chain) if any(by == algorithm.key for _, _, by in found.asked) else []
        condition = f"if the claim of {' and of '.join(others)} holds, " if others else ""
        record["claimed"] = bool(others)
        record["reason"] = f"{condition}every distance is at least {found.at_least}, {near}"
        record["pair"], record["distance"], record["at_least"] = list(found.pair), found.distance, found.at_least
        record["asked"] = [{"t": t, "yes": yes, "by": by} for t, yes, by in found.asked]
        if oracle:
            record["minimum"] = least = int(nearest(lists.A.words, lists.B.words)[0].min())
            record["holds"] = not too_far(found.distance, least, eps) and found.at_least <= least
    record["seconds"], record["versions"], record["instance"] = perf_counter() - start, versions(), lists.identity
    return Search(record)
