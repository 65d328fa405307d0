"""What the steps of a chain cost on this machine, measured in a few seconds on instances that have its columns and fewer rows.

Letters: N variables, M clauses; n and m rows a side; a pair is a query and a key, n m in all.
`cnf-hamming`: the split is searched for the formula itself; its listings are sampled (`reductions.parts.cnf_listing.sampled`),
which gives rows, seconds and an instance of some of the rows, from which the rates of coding and of attention are taken.
`cnf-ov`: sizes are exact; the rates are those of a formula with the same M and fewer variables.
"""

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from attention.algorithm import Algorithm, answers, promised
from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.coded import Coded, Rows
from instances.families import random_ksat
from instances.faults import BadInput
from instances.problem import Size
from instances.task import Attention, AttentionTask
from reductions.chain import Chain
from reductions.edges.cnf_hamming import CnfHamming, encoded, size_with
from reductions.edges.cnf_ov import CnfOv
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.ov_attention import OvAttention
from reductions.parts.cnf_listing import sampled

SAMPLE = 1 << 16
"""Rows a side that stand for all of them."""

LOADING = 1 << 9
"""Rows a side from which on compiled code computes: less is for NumPy (`streaming.SMALL`)."""

LONG = 1.0
"""Seconds that a run must take for its rate to count, where there are rows enough."""

CHAINS: tuple[tuple[type[Any], type[Any]], ...] = ((CnfHamming, HammingAttention), (CnfOv, OvAttention))
"""The chains that can be planned."""


@dataclass(frozen=True)
class Rates:
    """Seconds on this machine: to reduce the whole formula, for a decision of whatever size, and more for each pair."""

    reduce: float
    fixed: float
    pair: float


@dataclass(frozen=True)
class Foreseen:
    """The size of the first target, whether it is exact, and the rates."""

    size: Size
    exact: bool
    rates: Rates


def check_chain(chain: Chain) -> None:
    """Errors: `BadInput` for a chain whose times are not known."""
    if tuple(type(step) for step in chain.steps) not in CHAINS:
        raise BadInput(f"chain {chain.keys!r}: plan knows auto (cnf-hamming,hamming-attention) and cnf-ov,ov-attention")


def foreseen(formula: CNF, chain: Chain, algorithm: Algorithm) -> Foreseen:
    """Errors: `BadInput` for other chains than CHAINS; `Declined` as their reductions and the algorithm."""
    check_chain(chain)
    first, last = chain.steps
    if isinstance(first, CnfHamming):
        start = perf_counter()
        found = first.plan(formula)
        searched = perf_counter() - start
        sides = [sampled(found, side, SAMPLE, first.seed) for side in ("left", "right")]
        listed = sum(side.seconds for side in sides)
        size = size_with(found, sides[0].rows, sides[1].rows, first.gadget)
        if not all(len(side.listing) for side in sides):
            return Foreseen(size, True, Rates(searched + listed, 1e-3, 0.0))
        start = perf_counter()
        part = encoded(found, sides[0].listing, sides[1].listing, first.gadget)
        coded = (perf_counter() - start) * (size["n"] + size["m"]) / (part.A.n + part.B.n)
        exact = all(side.rows <= SAMPLE for side in sides)
        return Foreseen(size, exact, rates(algorithm, last.apply(part), searched + listed + coded))
    size, small = first.size(formula.size), min(formula.n, 2 * (SAMPLE.bit_length() - 1))
    stand_in = formula if small == formula.n else random_ksat(small, len(formula.clauses), max(1, formula.size["k"]), seed=0)
    start = perf_counter()
    part = first.apply(stand_in)
    reduced = (perf_counter() - start) * (size["n"] + size["m"]) / (part.A.n + part.B.n)
    return Foreseen(size, True, rates(algorithm, last.apply(part), reduced))


def rates(algorithm: Algorithm, task: AttentionTask, reduce: float) -> Rates:
    """From runs on the first rows of the task, twice as many until one takes LONG, after one on enough of them to compile or
    load what large ones take.
    """
    inputs, rows = task.inputs, 64
    seconds(algorithm, first_rows(inputs, LOADING))
    fixed = seconds(algorithm, first_rows(inputs, rows))
    while True:
        part = first_rows(inputs, rows)
        taken = seconds(algorithm, part)
        if taken >= LONG or rows >= max(inputs.n, inputs.m):
            return Rates(reduce, fixed, max(taken - fixed, 0.0) / (part.n * part.m))
        rows *= 2


def seconds(algorithm: Algorithm, inputs: Attention) -> float:
    """A run with its promise."""
    start = perf_counter()
    promised(algorithm, inputs)
    answers(algorithm, inputs)
    return perf_counter() - start


def first_rows(inputs: Attention, rows: int) -> Attention:
    """At most so many queries and keys of coded inputs, all their blocks among them."""
    Q, K = _cut(inputs.Q, rows), _cut(inputs.K, rows)
    counts = [block.bits.n for block in _coded(inputs.K)]
    starts = np.cumsum([0, *counts[:-1]])
    V = np.concatenate([inputs.V[start : start + block.bits.n] for start, block in zip(starts, K, strict=True)])
    return Attention(Q, K, V, inputs.scale)


def _cut(matrix: Rows, rows: int) -> tuple[Coded, ...]:
    return tuple(Coded(BitMatrix(b.bits.words[:rows].copy(), b.bits.d), b.zero, b.one) for b in _coded(matrix))


def _coded(matrix: Rows) -> tuple[Coded, ...]:
    assert isinstance(matrix, tuple)  # as both chains emit it
    return matrix
