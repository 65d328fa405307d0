"""Gap Hamming distance to a batch of attention with grouped heads: no pair of vectors is left out, and none is met twice.

Let H heads of queries share G heads of keys in each of b members of a batch, r = H/G. The list A is cut into r blocks of
ceil(n/r) rows, B into b G blocks of ceil(m/(b G)) (the last vector fills the last ones up). Head (x, h) asks the block
h mod r of A, key head (x, g) shows block x G + g of B and a dummy. As h = g r + (h mod r) reads key head g, the b H heads meet
each of the r b G pairs of blocks exactly once, and no key is stored twice.

Each head is an instance of T5 (edge `hamming-attention`) with ceil(m/(b G)) for m and M = 1: its row is YES if it meets a key
with H <= t, NO if all keys it meets have H >= t2, and row i of A is YES iff one of its b G rows is. A row of A with a pair
H <= t may have other pairs between t and t2, and in heads of their own those answer between the thresholds; the answer of all
heads still stands, since the pair H <= t is YES in its head. So the target keeps its promise where every pair has H <= t or
H >= t2, as after all our reductions. Derived here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from instances.bits import Ints
from instances.faults import BadInput
from instances.problem import Size, Witness
from instances.task import AttentionTask
from instances.vectors import GapHamming
from reductions.parts.columns import kept
from reductions.parts.headed import Heads, block_read, headed
from reductions.parts.matched import matched, ordered, with_thresholds
from reductions.parts.room import checked_ratio
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class HammingHeads(Reduction[GapHamming, AttentionTask]):
    """b H ceil(n/r) rows in b H heads of queries, ceil(m/(b G)) + 1 keys in each of the b G heads of keys: n m pairs in all.

    `batch`, `heads` and `groups` are b, H and G. The target keeps its promise where every pair has H <= t or H >= t2. Errors:
    `BadInput` unless b, H, G >= 1, G divides H and 1.001 <= R0 < infinity; `Declined` where rounding would eat the margin.
    """

    batch: int = 2
    heads: int = 4
    groups: int = 2
    R0: float = 16.0

    key: ClassVar[str] = "hamming-heads"
    theorem: ClassVar[Theorem] = Theorem(
        "b members of H heads of queries that share G heads of keys decide gap Hamming distance of n and m vectors with "
        "n m pairs and any error below Gamma",
        "derived here, from hamming-attention",
        "The queries are cut into H/G blocks and the keys into b G. A head has one block of queries and reads one block of "
        "keys, and every two blocks meet in exactly one head: some answer is YES if and only if there is a near pair. A head "
        "that reads the wrong keys loses its pair of blocks.",
    )

    def __post_init__(self) -> None:
        checked_ratio(self.R0)
        if min(self.batch, self.heads, self.groups) < 1 or self.heads % self.groups:
            given = f"batch = {self.batch}, heads = {self.heads}, groups = {self.groups}"
            raise BadInput(f"{given}: they are at least 1, and the heads of keys, groups, divide the heads of queries")

    def size(self, of: Size) -> Size:
        rows = self.batch * self.heads * self._rows(of)
        keys = self.batch * self.groups * (self._keys(of) + 1)
        return {"n": rows, "m": keys, "d": of["d"] + int(self.constants(of)["p"]), "rows": rows}

    def constants(self, of: Size) -> Mapping[str, float]:
        pairs = self.batch * self.heads * self._rows(of) * (self._keys(of) + 1)
        return {**with_thresholds(matched(of, self._keys(of), self.R0, 1)), "pairs": pairs}

    def apply(self, problem: GapHamming) -> AttentionTask:
        queries = ordered(problem.A, self._asked(problem, np.arange(self.size(problem.size)["rows"])))
        keys = ordered(problem.B, np.arange(self._blocks * self._keys(problem.size)))
        return headed(queries, keys, self._shape, self.constants(problem.size), self.R0)

    def legend(self, problem: GapHamming) -> Sequence[Columns]:
        return *kept(problem.A.d), Columns(int(self.constants(problem.size)["p"]), "pads, the same in every row")

    def covers(self, problem: GapHamming) -> bool:
        return problem.promised_pair_by_pair()

    def forth(self, problem: GapHamming, witness: Witness) -> Witness:
        """The row of a_i in the head that asks its block of the block of b_j."""
        (i, j), rows = witness, self._rows(problem.size)
        x, g = divmod(j // self._keys(problem.size), self.groups)
        return (((x * self.heads + g * self._shared + i // rows) * rows) + i % rows,)

    def back(self, problem: GapHamming, witness: Witness) -> Witness:
        """(i, j) with b_j nearest to the row's a_i in the block that its head reads, the first such j."""
        keys, head = self._keys(problem.size), witness[0] // self._rows(problem.size)
        block = int(block_read(self._shape)[head])
        j = np.minimum(np.arange(block * keys, block * keys + keys), problem.B.n - 1)
        i = int(self._asked(problem, np.array(witness))[0])
        return i, int(j[ordered(problem.B, j).distances(problem.A.words[i]).argmin()])

    @property
    def _shape(self) -> Heads:
        return self.batch, self.heads, self.groups

    @property
    def _shared(self) -> int:
        """r: so many heads of queries share one of keys, and A has as many blocks."""
        return self.heads // self.groups

    @property
    def _blocks(self) -> int:
        return self.batch * self.groups

    def _rows(self, of: Size) -> int:
        """The rows of a block of A."""
        return -(-of["n"] // self._shared)

    def _keys(self, of: Size) -> int:
        """The keys of a block of B."""
        return -(-of["m"] // self._blocks)

    def _asked(self, problem: GapHamming, rows: Ints) -> Ints:
        """Which a_i stand at these rows of the target."""
        head, row = np.divmod(rows, self._rows(problem.size))
        asked: Ints = head % self._shared * self._rows(problem.size) + row
        return np.minimum(asked, problem.A.n - 1)
