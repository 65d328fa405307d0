"""Gap Hamming distance to packed softmax attention: sequences in one array, each row seeing the keys of its own sequence.

A is cut into g blocks, B into h, of ceil(n/blocks) and ceil(m/blocks) rows but for the last. Sequence (x, y), in the order
(0, 0), (0, 1), ..., has the queries A_x and, as keys, the first half of B_y, a dummy, and the rest of B_y, so that data stand
at both of its borders (where B_y has two rows or more). After the first sequence comes an empty one, which has neither.

Every pair lies in one sequence, and a row sees one dummy and at most s = ceil(m/blocks) data keys: all is as in module `forms`.
A row whose keys start or end at a wrong place sees a key of another sequence, or misses one of its own: with the only near pair
of the instance there, its answer is wrong (`forms`: a pair is seen or not, and that decides).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from instances.bits import BitMatrix, Ints
from instances.coded import Coded
from instances.faults import BadInput
from instances.mechanism import Mechanism
from instances.problem import Size, Witness
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming
from instances.visibility import Visibility
from reductions.parts.columns import kept
from reductions.parts.forms import InForm, part
from reductions.parts.nearest_key import nearest_pair
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class HammingPacked(InForm, Reduction[GapHamming, AttentionTask]):
    """Attention over packed sequences, given by cumulative lengths; thresholds and error as for one sequence.

    n h queries and (m + h) g keys for g and h blocks. Errors: `BadInput` as `InForm`, and for blocks < 1.
    """

    blocks: int = 2

    key: ClassVar[str] = "hamming-packed"
    source: ClassVar[type[GapHamming]] = GapHamming
    target: ClassVar[type[AttentionTask]] = AttentionTask
    theorem: ClassVar[Theorem] = Theorem(
        "attention over packed sequences decides gap Hamming distance: a sequence for every block of A and block of B, n m "
        "pairs and one dummy a row in all",
        "derived here",
        "Each block of the queries meets each block of the keys in a sequence of its own; the sequences stand one after the "
        "other in one array, and a list says where each begins. The two lists are YES if one of the sequences is.",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.blocks < 1:
            raise BadInput(f"blocks = {self.blocks}: the lists are cut into at least one block each")

    def size(self, of: Size) -> Size:
        A, B = self._cut(of["n"]), self._cut(of["m"])
        pads = self.formed.columns(self.constants(of))
        return {"n": of["n"] * B.pieces, "m": (of["m"] + B.pieces) * A.pieces, "d": of["d"] + pads, "rows": of["n"] * B.pieces}

    def constants(self, of: Size) -> Mapping[str, float]:
        B = self._cut(of["m"])
        return {**self.formed.constants(of, B.length), "pairs": of["n"] * (of["m"] + B.pieces)}

    def apply(self, problem: GapHamming) -> AttentionTask:
        constants = self.constants(problem.size)
        of = self.formed.vectors(problem.size, constants)
        A, B = self._cut(problem.A.n), self._cut(problem.B.n)
        asked = np.concatenate([np.arange(rows.start, rows.stop) for rows in A.slices for _ in B.slices])
        data, dummy = of.data(problem.B), of.dummies(1)
        keys: list[Coded] = []
        values: list[float] = []
        for columns in B.slices:
            middle = (columns.start + columns.stop) // 2
            first, rest = part(data, slice(columns.start, middle)), part(data, slice(middle, columns.stop))
            keys += [first, dummy, rest]
            values += [of.data_value] * first.bits.n + [of.dummy_value] + [of.data_value] * rest.bits.n
        Q = (of.queries(BitMatrix(problem.A.words[asked], problem.A.d)),)
        V = np.tile(np.array(values)[:, None], (A.pieces, 1))
        inputs = Attention(Q, tuple(keys * A.pieces), V, of.scale, Mechanism(sees=self.sees(problem)))
        return AttentionTask(inputs, constants["low"], constants["high"], len(asked))

    def sees(self, problem: GapHamming) -> Visibility:
        A, B = self._cut(problem.A.n), self._cut(problem.B.n)
        queries = [rows.stop - rows.start for rows in A.slices for _ in B.slices]
        keys = [columns.stop - columns.start + 1 for _ in A.slices for columns in B.slices]
        return Visibility(queries=_cumulative(queries), keys=_cumulative(keys))

    def legend(self, problem: GapHamming) -> Sequence[Columns]:
        return *kept(problem.A.d), Columns(self.formed.columns(self.constants(problem.size)), self.formed.pads)

    def covers(self, problem: GapHamming) -> bool:
        return problem.promised_pair_by_pair()

    def forth(self, problem: GapHamming, witness: Witness) -> Witness:
        """The row of a_i in the sequence that has b_j."""
        (i, j), A, B = witness, self._cut(problem.A.n), self._cut(problem.B.n)
        rows = A.slices[i // A.length]
        return (rows.start * B.pieces + j // B.length * (rows.stop - rows.start) + i - rows.start,)

    def back(self, problem: GapHamming, witness: Witness) -> Witness:
        A, B = self._cut(problem.A.n), self._cut(problem.B.n)
        rows = A.slices[witness[0] // (A.length * B.pieces)]
        return nearest_pair(problem, (rows.start + (witness[0] - rows.start * B.pieces) % (rows.stop - rows.start),))

    def _cut(self, n: int) -> "Cut":
        return Cut(n, -(-n // self.blocks))


class Cut(NamedTuple):
    """n rows in blocks of `length`, but for the last."""

    n: int
    length: int

    @property
    def pieces(self) -> int:
        return -(-self.n // self.length)

    @property
    def slices(self) -> list[slice]:
        return [slice(start, min(start + self.length, self.n)) for start in range(0, self.n, self.length)]


def _cumulative(lengths: list[int]) -> Ints:
    """Where the sequences begin, the empty one after the first among them, and where the last ends."""
    return np.cumsum([0, lengths[0], 0, *lengths[1:]])
