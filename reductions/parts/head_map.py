"""Instances that tell which keys and values each head of grouped attention reads.

Made for checks of kernels; `hardlab check` has none that uses them yet.

A wrong map of heads need not change the answer of a whole instance, since another head may find the near pair. These are
planted so that it must (derived here; T5 with one dummy a head, module `headed`):

* `read_out`: row y of every head is near one key of block y and far from all other keys. Of the b G rows of a head exactly one
  is YES, and its number is the block whose keys the head read; columns of V name the block of its values. `blocks_read` reads
  both off the answers.
* `loss`, of one head: its row and a key of its block are the only near pair. YES, and NO for whoever reads other keys.
* `gain`, of one head: one row of it is near a key of every block but its own, nothing else is near. NO, and YES for whoever
  reads other keys.

Loss and gain of all b H heads show every wrong map in the answer alone. A map that is wrong for no head is right: where G = 1,
or H = G, floor(h/r) and h mod G are the same.

Vectors: an address (the bits of a number, t + t2 times each), t2 bits that only idle keys have and t2 that only idle queries
have, all under one mask and in one order, drawn from the seed. A near key is the address with t bits changed: at distance t
from its row, at t2 or more from rows of other addresses.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from instances.bits import BitMatrix, Bools, Ints
from instances.coded import Floats
from instances.faults import BadInput
from instances.task import AttentionTask
from reductions.parts.headed import Heads, block_read, headed, naming
from reductions.parts.matched import matched, with_thresholds


@dataclass(frozen=True)
class HeadMap:
    """The instances of b members, H heads of queries and G of keys, `keys` data keys a head; loss and gain have `rows` rows a
    head. Errors: `BadInput` for numbers below 1, G that does not divide H, t < 0, t2 <= t.
    """

    heads: Heads
    keys: int = 3
    rows: int = 2
    t: int = 1
    t2: int = 3
    R0: float = 16.0
    seed: int = 0

    def __post_init__(self) -> None:
        if min(*self.heads, self.keys, self.rows) < 1 or self.heads[1] % self.heads[2]:
            given = f"heads = {self.heads}, keys = {self.keys}, rows = {self.rows}"
            raise BadInput(f"{given}: all are at least 1, and the heads of keys divide those of queries")
        if not 0 <= self.t < self.t2:
            raise BadInput(f"t = {self.t} and t2 = {self.t2}: they must satisfy 0 <= t < t2")

    @property
    def right(self) -> Ints:
        """(b H,): the block that each head must read, in order of its number x H + h."""
        return block_read(self.heads)

    def read_out(self) -> AttentionTask:
        """b G rows in each head, of which one is YES; V has ceil(log2(b G)) columns behind the first (`blocks_read`)."""
        rng = np.random.default_rng(self.seed)
        keys = np.concatenate([self._block(address, rng) for address in range(self._blocks)])
        rows = self._addresses(np.tile(np.arange(self._blocks), len(self.right)))
        return self._task(rows, keys, rng, naming(self.heads))

    def loss(self, head: int) -> AttentionTask:
        """YES, by the head of that number and the keys of its block alone."""
        return self._planted(head, np.arange(self._blocks) == self._own(head))

    def gain(self, head: int) -> AttentionTask:
        """NO, and YES if the head of that number reads another block than its own."""
        return self._planted(head, np.arange(self._blocks) != self._own(head))

    def blocks_read(self, answers: Floats) -> tuple[Ints, Ints]:
        """(b H,) each: the blocks whose keys and whose values the heads read, from the (b H b G, v) answers to `read_out`.

        -1 where the rows of a head do not say one: none or several are YES, or their columns name different blocks, or none.
        """
        columns = answers.reshape(len(self.right), self._blocks, -1)
        yes, told = columns[..., 0] > 0, np.isfinite(columns).all(axis=(1, 2))
        of_keys = np.where(told & (yes.sum(axis=1) == 1), yes.argmax(axis=1), -1)
        bits = (columns[..., 1:] > 0) != yes[..., None]
        named = (bits * (1 << np.arange(bits.shape[2]))).sum(axis=2)
        same = (named == named[:, :1]).all(axis=1) & (named[:, 0] < self._blocks)
        return of_keys, np.where(told & same, named[:, 0], -1)

    def _own(self, head: int) -> int:
        if not 0 <= head < len(self.right):
            raise BadInput(f"head = {head}: the heads of queries have the numbers 0 to {len(self.right) - 1}")
        return int(self.right[head])

    def _planted(self, head: int, near: Bools) -> AttentionTask:
        """One row of this head asks for address 0, of which those blocks have a key; all other rows and keys are idle."""
        rng = np.random.default_rng((self.seed, head))
        keys = np.concatenate([self._block(0 if has else None, rng) for has in near])
        rows = self._addresses(rng.integers(0, self._blocks, len(self.right) * self.rows), of_queries=True)
        rows[head * self.rows + int(rng.integers(self.rows))] = self._addresses(np.zeros(1, dtype=np.int64))[0]
        return self._task(rows, keys, rng, 0)

    def _task(self, rows: Bools, keys: Bools, rng: np.random.Generator, named: int) -> AttentionTask:
        order, mask = rng.permutation(rows.shape[1]), rng.random(rows.shape[1]) < 0.5
        queries, shown = (BitMatrix.of(which[:, order] ^ mask) for which in (rows, keys))
        size = {"d": queries.d, "t": self.t, "t2": self.t2}
        constants = with_thresholds(matched(size, self.keys, self.R0, 1))
        return headed(queries, shown, self.heads, constants, self.R0, named)

    def _block(self, address: int | None, rng: np.random.Generator) -> Bools:
        """The keys of a block: one near its address, if it has one, the others idle."""
        found = self._addresses(rng.integers(0, self._blocks, self.keys), of_keys=True)
        if address is not None:
            near = self._addresses(np.array([address]))[0]
            near[rng.permutation(self._bits * (self.t + self.t2))[: self.t]] ^= True
            found[rng.integers(self.keys)] = near
        return found

    def _addresses(self, numbers: Ints, of_keys: bool = False, of_queries: bool = False) -> Bools:
        """Rows with these addresses, idle ones if they are of keys or of queries."""
        bits = (numbers[:, None] >> np.arange(self._bits) & 1).astype(np.bool_)
        idle = np.repeat([of_keys, of_queries], self.t2)
        return np.hstack([np.repeat(bits, self.t + self.t2, axis=1), np.tile(idle, (len(numbers), 1))])

    @cached_property
    def _bits(self) -> int:
        return max(1, naming(self.heads))

    @property
    def _blocks(self) -> int:
        return self.heads[0] * self.heads[2]
