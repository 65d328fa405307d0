"""What an attention algorithm answered by itself, held against the exact sides of the rows.

A row is YES by its answer T where T >= high and NO where T <= low, as they stand: no promise widens them. Its exact side is
told by another algorithm of ours whose promise separates all rows (bit counts where Q and K are coded), and by ball arithmetic
where that leaves it open or there is none. What would take more than WORK is a sample: the rows of the largest and the smallest
answer, the row that won, and rows spread evenly.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import inf, nan

import numpy as np
from numpy.typing import NDArray

from attention.algorithm import Algorithm, answers, promised
from attention.exact.backward import Backward
from attention.exact.boolean import Boolean
from attention.exact.certified import certified_row
from attention.exact.layers import Layers
from attention.exact.logspace import Logspace
from attention.exact.softmax import Softmax
from attention.exact.tensor import Tensor
from instances.coded import Floats
from instances.faults import Declined
from instances.gradients import Gradient
from instances.network import Network
from instances.task import Attention, AttentionTask
from instances.tensor import TensorAttention, TensorTask
from instances.threshold import ThresholdTask
from solvers.bands import Sides, answered, as_they_stand, bands_of, sides
from solvers.solver import Mistake, Own, Verdict

WORK = 1 << 27
"""Pairs of words of 64 bits that may be counted for the exact sides, or what takes as long: about 0.1 s on two cores."""

REFERENCES: tuple[Algorithm, ...] = (Boolean(), Softmax(), Logspace(), Backward(), Tensor(), Layers())


def own_answers(
    task: ThresholdTask, key: str, outputs: Floats, logarithmic: bool, won: int | None = None, tried: int = 0
) -> Own:
    """What the (rows,) outputs of the algorithm of that `key` say, one for each counted row in order.

    `won` is the place among them of the row that is the witness, if there is one, and `tried` how many rows were evaluated
    exactly until it was met. Rows that are neither YES nor NO by the task's promise are not compared.
    """
    low, high = as_they_stand(task, logarithmic)
    numbers = answered(outputs, logarithmic)
    given = np.where(numbers, sides(outputs, low, high), 0).astype(np.int8)
    looked_at, exact = _exact_sides(task, key, outputs, won)
    asked, exact = looked_at[exact != 0], exact[exact != 0]
    wrong = (given[asked] == -exact) | ~numbers[asked]
    points = won is not None and won == int(np.where(numbers, outputs, -inf).argmax()) and given[won] > 0
    kinds = (given[asked] == -exact) & (exact > 0), (given[asked] == -exact) & (exact < 0), ~numbers[asked]
    first = [int(kind.argmax()) for kind in kinds if kind.any()]
    affordable = WORK // work_of_a_row(task.inputs)
    return Own(
        verdict=_verdict((given > 0).any(), (given < 0).all()),
        truth=_verdict((exact > 0).any(), len(asked) == len(task.counted) and (exact < 0).all()),
        low=low,
        high=high,
        of=len(task.counted),
        rows=len(asked),
        right=int((given[asked] == exact).sum()),
        wrong=int(wrong.sum()),
        missed=int((given[asked] < 0)[exact > 0].sum()),
        no_number=int((~numbers[asked]).sum()),
        sampled=len(looked_at) < len(task.counted),
        tried=0 if points or won is None else tried,
        reached=(task.counted[int(asked[(exact > 0).argmax()])],) if (exact > 0).any() else None,
        mistakes=tuple(
            Mistake(
                (task.counted[int(asked[at])],),
                bool(exact[at] > 0),
                float(outputs[asked[at]]),
                _exact(task, task.counted[int(asked[at])], logarithmic) if place < affordable else nan,
            )
            for place, at in enumerate(first)
        ),
    )


def telling(outputs: Floats, most: int, *also: int) -> list[int]:
    """About `most` places among the outputs, all where there are no more: those of the largest and the smallest, those of
    `also`, and others spread evenly.
    """
    if most >= len(outputs):
        return list(range(len(outputs)))
    places = set(also)
    if not np.isnan(outputs).all():
        places |= {int(np.nanargmax(outputs)), int(np.nanargmin(outputs))}
    room = max(0, most - len(places))
    return sorted(places | {int(k) for k in np.linspace(0, len(outputs) - 1, room, dtype=int)})


@dataclass
class Visited:
    """What was answered on the members of a disjunction, of `count`, that were visited."""

    count: int
    _of: dict[int, Own | None] = field(default_factory=dict)

    def add(self, i: int, own: Own | None) -> None:
        self._of[i] = own

    @property
    def own(self) -> Own | None:
        """Of all of them together: the verdict is YES where one is, NO where each that was visited is; the truth is NO only
        where all `count` are. Thresholds that differ are NaN.
        """
        found = {i: own for i, own in sorted(self._of.items()) if own is not None}
        if not found:
            return None
        members = list(found.values())
        return Own(
            verdict=_of_all((own.verdict for own in members), len(found) == len(self._of)),
            truth=_of_all((own.truth for own in members), len(found) == self.count),
            low=_common(own.low for own in members),
            high=_common(own.high for own in members),
            of=sum(own.of for own in members),
            rows=sum(own.rows for own in members),
            right=sum(own.right for own in members),
            wrong=sum(own.wrong for own in members),
            missed=sum(own.missed for own in members),
            no_number=sum(own.no_number for own in members),
            sampled=any(own.sampled for own in members),
            tried=sum(own.tried for own in members),
            seconds=sum(own.seconds for own in members),
            reached=next(((i, *own.reached) for i, own in found.items() if own.reached is not None), None),
            mistakes=_of_each_kind(replace(one, place=(i, *one.place)) for i, own in found.items() for one in own.mistakes),
        )


def _of_each_kind(mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
    kinds: dict[tuple[bool, bool], Mistake] = {}
    for one in mistakes:
        number = np.isfinite(one.given)
        kinds.setdefault((bool(number), bool(number) and one.yes), one)
    return tuple(kinds.values())


def _verdict(yes: bool | np.bool_, no: bool | np.bool_) -> Verdict:
    return Verdict.YES if yes else Verdict.NO if no else Verdict.UNKNOWN


def _of_all(verdicts: Iterable[Verdict], whole: bool) -> Verdict:
    given = set(verdicts)
    return _verdict(Verdict.YES in given, whole and given == {Verdict.NO})


def _common(values: Iterable[float]) -> float:
    given = set(values)
    return given.pop() if len(given) == 1 else nan


def _exact_sides(task: ThresholdTask, key: str, outputs: Floats, won: int | None) -> tuple[NDArray[np.intp], Sides]:
    """The places that are looked at, and their exact sides."""
    also = () if won is None else (won,)
    by_balls = 1 + WORK // work_of_a_row(task.inputs)
    places: list[int] = []
    found: Sides | None = None
    for reference in REFERENCES:
        if found is None and reference.key != key:
            found, places = _told_by(reference, task, telling(outputs, WORK // _work(task.inputs, reference), *also))
    if found is None:
        places = telling(outputs, by_balls, *also)
        found = np.zeros(len(places), dtype=np.int8)
    for at in np.flatnonzero(found == 0)[:by_balls].tolist():
        row = (task.counted[places[at]],)
        found[at] = 1 if task.reaches(row) else 0 if task.accepts(row) else -1
    return np.array(places, dtype=np.intp), found


def _work(inputs: Attention, by: Algorithm) -> int:
    """What the side of a row takes by an algorithm (measured, in pairs of words)."""
    pairs = inputs.m * (inputs.m2 if isinstance(inputs, TensorAttention) else 1)
    if isinstance(inputs, Network):
        pairs *= inputs.layers * inputs.heads
    return pairs * -(-inputs.d // (64 if isinstance(by, Boolean) else 4))


def work_of_a_row(inputs: Attention) -> int:
    """The same by ball arithmetic; an entry of dK, dV or dX takes as much as all rows."""
    if isinstance(inputs, TensorAttention):
        pairs, counted = inputs.m * inputs.m2, isinstance(inputs.K, tuple) and isinstance(inputs.K2, tuple)
        return (1 << 21) + (pairs * -(-inputs.d // 64) << 5 if counted else pairs * (inputs.d + 64) << 6)
    if isinstance(inputs, Network):
        alone = inputs.layers * inputs.heads * inputs.n * (inputs.d + 64) << 6
        return (1 << 21) + (alone if inputs.residual else alone * inputs.n)
    row = (1 << 21) + (inputs.m * -(-inputs.d // 64) << 10 if isinstance(inputs.K, tuple) else inputs.m * inputs.d << 8)
    return row if not isinstance(inputs, Gradient) or inputs.of == "dQ" else row * max(1, inputs.n)


def _told_by(reference: Algorithm, task: ThresholdTask, places: list[int]) -> tuple[Sides | None, list[int]]:
    """The sides by an algorithm of ours, as `_by`, and of which places. A row that does not see all keys, or is of a
    gradient, is no row of a smaller task: there it is all of them, or none where that would take more than WORK.
    """
    if task.inputs.mechanism.plain and task.inputs.averages:
        return _by(reference, _part(task, [task.counted[k] for k in places])), places
    if task.inputs.n * _work(task.inputs, reference) > WORK:
        return None, []
    return _by(reference, task), list(range(len(task.counted)))


def _part(task: ThresholdTask, rows: list[int]) -> ThresholdTask:
    """The question of these rows alone."""
    some = task.inputs.part(rows)
    if isinstance(some, TensorAttention):
        return TensorTask(some, task.low, task.high, len(rows))
    return AttentionTask(some, task.low, task.high, len(rows), task.logarithmic)


def _by(reference: Algorithm, part: ThresholdTask) -> Sides | None:
    """The sides by an algorithm of ours, 0 where its answer lies between the bands; None where it cannot tell them apart."""
    try:
        bands = bands_of(part, promised(reference, part.inputs), reference.logarithmic)
        outputs = answers(reference, part.inputs)[part.counted, 0] if bands.disjoint else None
    except Declined:
        return None
    return None if outputs is None else sides(outputs, bands.no, bands.yes)


def _exact(task: ThresholdTask, row: int, logarithmic: bool) -> float:
    """The exact output in the algorithm's terms; NaN where no float holds it."""
    try:
        return certified_row(task.inputs, row, logarithmic)[0]
    except Declined:
        return nan
