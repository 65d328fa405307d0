"""The members of a disjunction, decided where an `Engine` runs them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from os import cpu_count
from typing import Any

import numba
from numba.np.ufunc.parallel import threading_layer

from attention.watching import report, watcher
from hardlab.engine import Engine
from hardlab.measuring import Measuring
from instances.anyof import AnyOf
from instances.problem import BadInput
from reductions.chain import Chain
from reductions.graph import REDUCTIONS
from solvers import Decision, Solver
from solvers.through import Decisions, decide


@dataclass
class Members:
    """What `Through` takes as members: items of `engine`, reported to the watcher as they are done.

    Kernels of each member take an equal share of the cores; on a cluster, whose workers are taken to be one a core, one.
    Errors, when called: `BadInput` where kernels may not run in several threads; what `Engine.unordered` raises.
    """

    engine: Engine
    count: int = field(default=0, init=False)
    visited: int = field(default=0, init=False)
    accuracy: Mapping[str, Any] = field(default_factory=dict, init=False)
    """`Measuring.accuracy` of the deciding member: the one that is YES, else the last."""

    def __call__(self, solver: Solver[Any], problem: AnyOf) -> Decisions:
        if self.engine.backend == "threads":
            _check_layer()
        self.count = problem.count
        share = max(1, numba.get_num_threads() // (workers_of(self.engine) or numba.get_num_threads()))
        decided = partial(_decided, solver, problem, share)
        for i, (decision, accuracy) in self.engine.unordered(decided, range(problem.count)):
            self.visited += 1
            if decision.witness is not None or i == problem.count - 1:
                self.accuracy = accuracy
            report(self.visited, problem.count)
            yield i, decision


def check_engine(engine: Engine, chain: Chain) -> None:
    """Errors: `BadInput` where there is more than one place to run and nothing to run there."""
    if engine.backend != "one" and not any(step.disjunction for step in chain.steps):
        names = ", ".join(reduction.key for reduction in REDUCTIONS if reduction.disjunction)
        where = f"--backend {engine.backend} runs members of a disjunction"
        raise BadInput(f"{where}, which this chain does not make: the edges {names} do")
    if engine.backend == "one" and engine.workers:
        raise BadInput(f"--workers {engine.workers} goes with --backend threads or processes")


def workers_of(engine: Engine) -> int | None:
    """Members at a time; None on a cluster, which has as many workers as it has."""
    if engine.backend == "one":
        return 1
    return None if engine.backend.startswith("dask=") else engine.workers or cpu_count() or 1


def _decided(solver: Solver[Any], problem: AnyOf, threads: int, i: int) -> tuple[Decision, Mapping[str, Any]]:
    """The decision of member i; and what was measured there, where it is YES or the last, and nobody measures again."""
    own = solver.fresh() if isinstance(solver, Measuring) else solver
    with _kernels(threads):
        decision = decide(own, problem.member(i))
        deciding = decision.witness is not None or i == problem.count - 1
        return decision, own.accuracy() if deciding and isinstance(own, Measuring) else {}


@contextmanager
def _kernels(threads: int) -> Iterator[None]:
    """While this lasts, kernels of this thread take at most so many threads, and tell nobody how far they are."""
    before, token = numba.get_num_threads(), watcher.set(None)
    numba.set_num_threads(min(threads, before))
    try:
        yield
    finally:
        numba.set_num_threads(before)
        watcher.reset(token)


def _check_layer() -> None:
    """Errors: `BadInput` where numba's threading layer ends the process when two threads run kernels at a time."""
    numba.get_num_threads()  # chooses the layer
    if threading_layer() == "workqueue":
        raise BadInput("--backend threads needs numba's OpenMP or TBB layer, which is missing here: use --backend processes")
