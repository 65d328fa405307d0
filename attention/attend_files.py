"""Attention of files, beyond memory: the promise of `attend`, the output a file too."""

import os
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from math import inf, sqrt
from typing import BinaryIO, NamedTuple

import numpy as np

from attention.algorithm import Algorithm, checked_error
from attention.attend import attend
from attention.auto import Considered
from attention.files.npy import NpyMatrix
from attention.files.sampled import held_by, measured
from attention.files.stored import Stored
from attention.files.tiles import bounds_over, logsumexp_error_over, promise_over, rows_over
from attention.measured import Measured, sampled_rows
from attention.options import NONE, Options, Window
from attention.polynomial.masses import logsumexp_error
from attention.polynomial.polynomial import Polynomial
from attention.summed import Summed, promised_logsumexp
from instances.coded import Floats
from instances.faults import BadInput, Declined
from instances.files import AnyPath, atomic_write, shown
from instances.mapping import IN_TURN, Mapper
from instances.memory import MEMORY_BUDGET, within
from instances.visibility import Corner

ALGORITHMS_OF_FILES = ("polynomial", "softmax")
"""Those that compute files block by block."""

AS_A_WHOLE = ("split", "low-rank", "boxes", "auto")
"""Those that are given files that fit in memory, as any other is that is given as an object."""


@dataclass(frozen=True)
class AttendedFiles:
    """|T - Att| <= promise in every entry of the file written, proved before it was; `measured` on some rows, if asked for."""

    algorithm: str
    promise: float
    inputs: Stored
    degree: int | None
    rank: int | None
    certificate: str | None
    """What proves the promise of a polynomial: the range of the exponents, or their moments."""
    plan: str | None
    """How it was computed, in a line, where the algorithm plans."""
    measured: Measured | None
    logsumexp_promise: float | None = None
    """What is promised of the logarithms, where they were written."""
    considered: tuple[Considered, ...] = ()
    """What `auto` looked at, the one it took first."""

    def __repr__(self) -> str:
        shape = f"{self.inputs.n} x {self.inputs.v}"
        return f"AttendedFiles({shape}, algorithm={self.algorithm!r}, promise={self.promise:.3g}, kept={self.kept})"

    @property
    def kept(self) -> bool:
        """Whether no measured row disproves the promise."""
        return self.measured is None or bool(self.measured.error <= self.promise + self.measured.bound)


def attend_files(
    Q: AnyPath,
    K: AnyPath,
    V: AnyPath,
    output: AnyPath,
    *,
    scale: float | None = None,
    error: float = 1e-6,
    algorithm: str | Algorithm = "polynomial",
    memory: int = MEMORY_BUDGET,
    block: int | None = None,
    mapper: Mapper = IN_TURN,
    workers: int = 1,
    measure: int = 0,
    causal: Corner | None = None,
    window: Window | None = None,
    blind: float | None = None,
    logsumexp: AnyPath | None = None,
) -> AttendedFiles:
    """Softmax attention of three .npy files into a fourth: |T - Att| <= promise <= error in every entry of T.

    `polynomial` is Algorithm 1 as a map over blocks of keys, a sum, and a map over blocks of queries: O((n + m) r v), each file
    read three times. `softmax` is the definition over tiles, O(n m (d + v)); it runs where it is named and nowhere else. An
    `Algorithm` gets the matrices as a whole, by `attend`; so does softmax where `causal` or `window` are given, as `attend` has
    them, or `blind`.
    Blocks of `block` rows (what `memory` bytes allow, unless given) run by `mapper`, `workers` at a time. `scale` None is
    1/sqrt(d), T is (n, v) float64. `measure` so many rows in extended precision (module `measured`). The file appears when it
    is complete.
    `logsumexp` is a file for the (n,) logarithms of what rows are divided by, as `attend` gives them.
    Errors: `BadInput` for files and numbers that are wrong, or an output that cannot be written; `Declined`, with the figures,
    where the algorithm does not promise `error` or needs more memory; of an `Algorithm` those of `attend` too.
    """
    checked_error(error)
    if isinstance(algorithm, str) and algorithm not in (*ALGORITHMS_OF_FILES, *AS_A_WHOLE):
        whole = f"{', '.join(AS_A_WHOLE)} or an Algorithm of yours"
        raise BadInput(
            f"algorithm = {algorithm!r}: files are computed by {' or '.join(ALGORITHMS_OF_FILES)}, as a whole by {whole}"
        )
    q, k, v = (NpyMatrix.of(path) for path in (Q, K, V))
    _check_output(output, [q, k, v])
    if logsumexp is not None:
        _check_output(logsumexp, [q, k, v])
        if os.path.realpath(logsumexp) == os.path.realpath(output):
            raise BadInput(f"the output {shown(output)} is the file for the logsumexp as well: name another file")
    scale = 1 / sqrt(q.columns) if scale is None else scale
    inputs = Stored(q, k, v, scale, memory, block, mapper, workers)
    options = Options(causal, window, blind=blind)
    seen = None if options == NONE else options.over(1, 1, 1, inputs.n, inputs.m).mechanism(()).over(inputs.n, inputs.m)
    logs = logsumexp is not None
    plan = _planned(inputs, algorithm, error, logs) if seen is None else _whole(inputs, algorithm, error, logs, options)
    kept = sampled_rows(inputs.n, measure) if measure else []
    within(held_by(len(kept), inputs), memory, f"{len(kept)} rows in extended precision", {"m": inputs.m, "v": inputs.v})
    with atomic_write(output) as stream, nullcontext() if logsumexp is None else atomic_write(logsumexp) as beside:
        sample = _written(stream, beside, plan.rows, inputs, kept)
    found = measured(inputs, kept, sample, seen) if kept else None
    key = plan.by or (algorithm if isinstance(algorithm, str) else algorithm.key)
    given = key, plan.promise, inputs, plan.degree, plan.rank, plan.certificate, plan.plan, found
    return AttendedFiles(*given, plan.logsumexp_promise if logs else None, plan.considered)


class Planned(NamedTuple):
    """The promise, and the blocks of rows that keep it; of a polynomial its degree, rank and certificate."""

    promise: float
    rows: Iterator[Summed]
    degree: int | None = None
    rank: int | None = None
    certificate: str | None = None
    plan: str | None = None
    by: str | None = None
    """The algorithm that was chosen."""
    logsumexp_promise: float = inf
    considered: tuple[Considered, ...] = ()


def _planned(inputs: Stored, algorithm: str | Algorithm, error: float, logs: bool) -> Planned:
    """No block of files is computed before it is asked for. Errors: `Declined`, also where nothing is promised of `logs`."""
    if not isinstance(algorithm, str) or algorithm in AS_A_WHOLE:
        return _whole(inputs, algorithm, error, logs)
    if algorithm == "polynomial":
        chosen = Polynomial(error)
        try:
            plan = chosen.plan_over(inputs)
        except Declined as declined:
            largest = _of_softmax(inputs)
            definition = f"the algorithm softmax computes the definition, {inputs.n * inputs.m:.3g} pairs"
            pairs = f"{definition}, where it is named, and auto looks for a faster one in memory"
            raise Declined(f"{declined}; {pairs if largest <= error else _too_much(largest, error)}") from None
        of_logs = promised_logsumexp(logsumexp_error(plan, inputs), algorithm) if logs else inf
        how = plan.g, plan.r, plan.certificate, str(plan)
        return Planned(plan.error, chosen.summed_rows(plan, inputs), *how, logsumexp_promise=of_logs)
    largest = _of_softmax(inputs)
    if not largest <= error:
        raise Declined(_too_much(largest, error))
    of_logs = promised_logsumexp(logsumexp_error_over(inputs), algorithm) if logs else inf
    return Planned(largest, rows_over(inputs), logsumexp_promise=of_logs)


def _of_softmax(inputs: Stored) -> float:
    """The error that softmax promises."""
    promise = promise_over(inputs)
    return promise.absolute + promise.relative * bounds_over(inputs).largest if promise.made else inf


def _too_much(largest: float, error: float) -> str:
    what = "raise error" if largest < inf else "scale V, or Q and K, down: sums or scores are beyond float64"
    return f"softmax promises {largest:.3g} for these inputs, above error = {error:.3g}: {what}"


def _whole(inputs: Stored, algorithm: str | Algorithm, error: float, logs: bool, options: Options = NONE) -> Planned:
    """By `attend`, all rows as one block."""
    n, m, d, v = inputs.n, inputs.m, inputs.d, inputs.v
    size, key = {"n": n, "m": m, "d": d, "v": v}, algorithm if isinstance(algorithm, str) else algorithm.key
    within(16 * (n + m) * (d + v), inputs.memory, f"Q, K, V and output as a whole, as {key} takes them,", size)
    Q, K, V = (matrix.read(0, matrix.rows) for matrix in (inputs.Q, inputs.K, inputs.V))
    found = attend(
        Q, K, V, scale=inputs.scale, error=error, algorithm=algorithm, causal=options.causal, window=options.window,
        blind=options.blind, logsumexp=logs,
    )  # fmt: skip
    how = str(found.plans[0]) if found.plans else None
    masses = np.empty(0) if found.logsumexp is None else np.asarray(found.logsumexp, np.float64)
    rows = iter([Summed(np.asarray(found.output, np.float64), masses)])
    return Planned(
        found.promise, rows, plan=how, by=found.algorithm, logsumexp_promise=found.logsumexp_promise,
        considered=found.considered,
    )  # fmt: skip


def _written(stream: BinaryIO, beside: BinaryIO | None, blocks: Iterator[Summed], inputs: Stored, kept: list[int]) -> Floats:
    """Write the file block by block, and the logarithms `beside`; the rows among them that are kept."""
    for file, shape in ((stream, (inputs.n, inputs.v)), (beside, (inputs.n,))):
        if file is not None:
            np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": shape})
    sample, start = [np.empty((0, inputs.v))], 0
    for rows, masses in blocks:
        stream.write(np.ascontiguousarray(rows, "<f8").data)
        if beside is not None:
            beside.write(np.ascontiguousarray(masses, "<f8").data)
        sample.append(rows[[i - start for i in kept if start <= i < start + len(rows)]])
        start += len(rows)
    return np.concatenate(sample)


def _check_output(output: AnyPath, files: list[NpyMatrix]) -> None:
    """Errors: `BadInput` where the output is an input, is standard output, or where nothing can be written."""
    if os.fspath(output) == "-":
        raise BadInput("the output must be a file: name one that ends in .npy")
    for matrix in files:
        if os.path.exists(output) and os.path.samefile(output, matrix.path):
            raise BadInput(f"the output {shown(output)} is an input as well: name another file")
    if os.path.isdir(output):
        raise BadInput(f"the output {shown(output)} is a directory: name a file that ends in .npy")
    folder = os.path.dirname(os.path.realpath(output))
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK):
        raise BadInput(f"{shown(output)} cannot be written ({folder} is no directory to write into): name another file")
