"""The members of a disjunction, decided where an `Engine` runs them."""

import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Any, TypeVar

from attention.watching import report, watcher
from hardlab.runs.measuring import Measuring
from hardlab.runs.record import AccuracyRecord
from hardlab.work.engine import Engine, cores
from instances.anyof import AnyOf
from instances.faults import BadInput
from instances.mapping import Mapper
from reductions.chain import Chain
from reductions.ours import REDUCTIONS
from solvers import Decision, Solver
from solvers.through import Decisions, decide

T = TypeVar("T")
R = TypeVar("R")

Batch = list[tuple[int, Decision, AccuracyRecord | None]]

BATCHES = 64
"""Items for each worker, where there are as many members: a batch of members costs less to send than each of them."""

LONG = 20.0
"""Seconds that are announced."""

CLUSTER = 256
"""Workers that a cluster is taken to have."""


@dataclass
class Members:
    """What `Through` takes as members: items of `engine` or batches of them, reported to the watcher as they are done.

    Kernels of each member take an equal share of the cores; on a cluster, whose workers are taken to be one a core, one.
    Errors, when called: what `Engine.unordered` raises.
    """

    engine: Engine
    count: int = field(default=0, init=False)
    visited: int = field(default=0, init=False)
    accuracy: AccuracyRecord | None = field(default=None, init=False)
    """`Measuring.accuracy` of the deciding member: the one that is YES, else the last."""

    def __call__(self, solver: Solver[Any], problem: AnyOf) -> Decisions:
        self.count = problem.count
        workers = workers_of(self.engine)
        step = 1 if self.engine.backend == "one" else max(1, problem.count // (BATCHES * (workers or CLUSTER)))
        decided = partial(_decided, solver, problem, _share(self.engine), step)
        start = perf_counter()
        for _, batch in self.engine.unordered(decided, range(0, problem.count, step)):
            if not self.visited and self.engine.backend == "one":
                _announce(problem.count, perf_counter() - start)
            yield from self._seen(batch, problem.count)

    def _seen(self, batch: Batch, count: int) -> Decisions:
        for i, decision, accuracy in batch:
            self.visited += 1
            if decision.witness is not None or i == count - 1:
                self.accuracy = accuracy
            report(self.visited, count)
            yield i, decision


def _announce(count: int, seconds: float) -> None:
    """What is to come, where the first member took so long that all of them take more than LONG."""
    if count * seconds > LONG:
        logging.getLogger("hardlab").warning("%s members to decide, about %.0f s if none is YES", f"{count:,}", count * seconds)


def engine_for(engine: Engine, chain: Chain, cut: bool) -> Mapper | None:
    """Where the parts of a task that is `cut` are computed; None where it has none, or members of a disjunction run there.

    Errors: `BadInput` where there is more than one place to run and nothing to run there.
    """
    if any(step.disjunction for step in chain.steps):
        return None
    if engine.backend != "one" and not cut:
        names = ", ".join(reduction.key for reduction in REDUCTIONS if reduction.disjunction)
        where = f"--backend {engine.backend} runs members of a disjunction, which this chain does not make"
        raise BadInput(f"{where} (the edges {names} do), or parts of a task, as boolean[rows=65536,keys=65536] makes them")
    return Sharing(engine) if cut else None


@dataclass(frozen=True)
class Sharing:
    """A `Mapper`: items run where the engine says, and kernels of each take an equal share of the cores."""

    engine: Engine

    def unordered(self, function: Callable[[T], R], items: Sequence[T]) -> Generator[tuple[int, R], None, None]:
        return self.engine.unordered(partial(_shared, function, _share(self.engine)), items)


def workers_of(engine: Engine) -> int | None:
    """Members at a time; None on a cluster, which has as many workers as it has."""
    if engine.backend == "one":
        return 1
    return None if engine.backend.startswith("dask=") else engine.workers or cores()


def _share(engine: Engine) -> int:
    """The threads that kernels of one item take."""
    from instances.compiling import thread_count

    kernels = thread_count()
    return max(1, kernels // (workers_of(engine) or kernels))


def _shared(function: Callable[[T], R], threads: int, item: T) -> R:
    with _kernels(threads):
        return function(item)


def _decided(solver: Solver[Any], problem: AnyOf, threads: int, step: int, first: int) -> Batch:
    """The decisions of `step` members from `first` on, up to the first YES; what was measured goes with a YES and the last."""
    batch = []
    with _kernels(threads):
        for i in range(first, min(first + step, problem.count)):
            own = solver.fresh() if isinstance(solver, Measuring) else solver
            decision = decide(own, problem.member(i))
            deciding = decision.witness is not None or i == problem.count - 1
            batch.append((i, decision, own.accuracy() if deciding and isinstance(own, Measuring) else None))
            if decision.witness is not None:
                break
    return batch


@contextmanager
def _kernels(threads: int) -> Iterator[None]:
    """While this lasts, kernels of this thread take at most so many threads, and tell nobody how far they are."""
    import numba

    from instances.compiling import thread_count

    before, token = thread_count(), watcher.set(None)
    numba.set_num_threads(min(threads, before))
    try:
        yield
    finally:
        numba.set_num_threads(before)
        watcher.reset(token)
