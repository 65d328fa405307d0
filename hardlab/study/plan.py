"""A plan for what no machine at hand can run: sizes, seconds and cost of a formula through a chain to attention.

Letters: N variables, n and m rows a side, pairs = n m. Seconds = reduce + fixed + pair (n m), rates of module `plan_rates`.

Fixing k variables makes 2^k tiles, `cnf-cubes[fix=k]`. A listing splits over the values of a variable of its side, so that with
k/2 on each side a tile has n 2^(-k/2) and m 2^(-k/2) rows on average (no filter growing stronger), and pairs do not change.
On W machines: seconds/W, tiles being independent, but no less than one tile takes; without cubes a tile is a block of
ROW_BLOCK queries, and the reduction is not shared.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numba

from attention.algorithm import Algorithm
from attention.exact.streaming import ROW_BLOCK
from hardlab.study.plan_rates import Foreseen, Rates, check_chain, foreseen
from instances.cnf import CNF
from instances.families import random_ksat
from instances.faults import BadInput, Declined
from instances.problem import Size
from instances.task import AttentionTask
from reductions.chain import Chain
from reductions.edges.cnf_cubes import MAX_FIXED
from solvers import Threshold, Through

MAX_VARS = 80

TABLE = range(20, MAX_VARS + 1, 20)
"""The numbers of variables of a table."""

VALIDATED = {"cnf-hamming": (36, 44, 52), "cnf-ov": (20, 24, 28, 32)}
"""The numbers of variables that are run to validate a prediction, by a chain's first edge."""


@dataclass(frozen=True)
class Planned:
    """The figures of a plan; `bound` the largest size that the chain may have, `fix` how many variables to fix for a tile."""

    vars: int
    clauses: int
    chain: str
    algorithm: str
    size: Size
    exact: bool
    bound: Size
    pairs: int
    bytes_held: int
    bytes_moved: int
    rates: Rates
    seconds: float
    workers: int
    seconds_on_workers: float
    threads: int
    price: float
    cost: float
    fix: int
    tiles: str | None


@dataclass(frozen=True)
class Checked:
    """A prediction beside the clock."""

    vars: int
    verdict: str
    predicted: float
    measured: float

    @property
    def ratio(self) -> float:
        return self.predicted / self.measured


def planned(formula: CNF, chain: Chain, algorithm: Algorithm, workers: int, price: float, memory: int) -> Planned:
    """Errors: as `foreseen`."""
    of = foreseen(formula, chain, algorithm)
    first, last = chain.steps
    size = last.size(of.size)
    seconds, pairs = predicted(of.rates, size), size["n"] * size["m"]
    fix = variables_to_fix(first.target.memory, last, of, memory)
    threads = numba.get_num_threads()
    key = -(-size["d"] // 64) * 8 if algorithm.key == "boolean" else 8 * size["d"]
    decide = seconds - of.rates.reduce
    tile = seconds / 2**fix if fix else of.rates.reduce + decide / -(-size["n"] // ROW_BLOCK)
    shared = seconds / workers if fix else of.rates.reduce + decide / workers
    return Planned(
        vars=formula.n,
        clauses=len(formula.clauses),
        chain=chain.keys,
        algorithm=algorithm.key,
        size=dict(size),
        exact=of.exact,
        bound=dict(chain.sizes(formula.size)[-1]),
        pairs=pairs,
        bytes_held=first.target.memory(of.size) + AttentionTask.memory(size),
        bytes_moved=key * (size["n"] + size["m"] * -(-size["n"] // ROW_BLOCK)),
        rates=of.rates,
        seconds=seconds,
        workers=workers,
        seconds_on_workers=max(shared, tile),
        threads=threads,
        price=price,
        cost=seconds * threads / 3600 * price,
        fix=fix,
        tiles=f"cnf-cubes[fix={fix}]" if 0 < fix <= MAX_FIXED else None,
    )


def predicted(rates: Rates, size: Size) -> float:
    """Seconds on this machine."""
    return rates.reduce + rates.fixed + rates.pair * size["n"] * size["m"]


def variables_to_fix(held: Any, last: Any, of: Foreseen, memory: int) -> int:
    """The least k for which a tile, source and target of the last edge together, fits."""
    k = 0
    while True:
        size = {**of.size, "n": max(1, of.size["n"] >> (k + 1) // 2), "m": max(1, of.size["m"] >> k // 2)}
        if held(size) + AttentionTask.memory(last.size(size)) <= memory:
            return k
        if size["n"] == size["m"] == 1:
            raise Declined(f"a tile of one row a side does not fit {memory:,} bytes: raise --memory")
        k += 1


def checked(formula: CNF, chain: Chain, algorithm: Algorithm, limit: float, memory: int) -> Checked:
    """Predict, then run. Errors: as `planned`; `Declined` where the prediction is beyond `limit` seconds."""
    plan = planned(formula, chain, algorithm, 1, 0.0, memory)
    if plan.seconds > limit:
        raise Declined(f"{formula.n} variables should take {plan.seconds:.3g} seconds, above the limit of {limit:g}")
    start = perf_counter()
    decision = Through(chain, Threshold(algorithm), memory).solve(formula)
    return Checked(formula.n, decision.verdict.value, plan.seconds, perf_counter() - start)


def validated(chain: Chain, algorithm: Algorithm, ratio: float, seed: int, limit: float, memory: int) -> Iterator[Checked]:
    """`checked` for the numbers of variables that run, as far as the limit goes."""
    check_chain(chain)
    for n in VALIDATED[chain.steps[0].key]:
        try:
            yield checked(formula_of(n, ratio, seed), chain, algorithm, limit, memory)
        except Declined:
            return


def within_reach(sizes: Sequence[int], ratio: float) -> Sequence[int]:
    """The sizes. Errors: `BadInput` beyond MAX_VARS, or where there is no clause."""
    if max(sizes) > MAX_VARS:
        raise BadInput(f"--vars {max(sizes)}: plans go up to {MAX_VARS} variables")
    if round(ratio * min(sizes)) < 1:
        raise BadInput(f"--ratio {ratio:g}: {min(sizes)} variables would have no clause")
    return sizes


def formula_of(n: int, ratio: float, seed: int) -> CNF:
    """Random 3-SAT."""
    return random_ksat(n, round(ratio * n), 3, seed=seed)
