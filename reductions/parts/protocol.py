"""A Merlin-Arthur protocol for Set Disjointness: completeness 1, soundness 1 - D'/L (Abboud, Rubinstein and Williams 2017).

Letters: x, y in {0,1}^(T k) in T blocks of k; C = [L, k]_q systematic on I and C' = [L, k']_q with its products (see
`codes.multiplication`); gamma_1..gamma_T in F_q, no nonempty subset of which sums to 0.

* Merlin sends mu in C' with mu = 0 on I, one of q^(k'-k) messages.
* The coins give r in [L], uniform.
* Bob sends the letters (C(y^1)_r, ..., C(y^T)_r).
* Alice accepts iff sum_t gamma_t C(x^t)_r C(y^t)_r = mu_r.

Proof. s = sum_t gamma_t C(x^t) C(y^t) lies in C', and on I it is the sum of the gammas of the blocks in which x and y
meet at that position: s vanishes on I iff x and y are disjoint. If they are, mu = s is always accepted, and any other
message differs from s in at least D' positions. If they are not, every message does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from instances.bits import Bools
from instances.faults import BadInput
from reductions.codes.field import Elements
from reductions.codes.multiplication import MultiplicationCode


@dataclass(frozen=True, eq=False)
class Protocol:
    """The protocol in one code with given multipliers. Errors: `BadInput` where some gammas sum to 0."""

    code: MultiplicationCode
    multipliers: tuple[int, ...]

    def __post_init__(self) -> None:
        if 0 in self.code.field.subset_sums(self.multipliers):
            raise BadInput(
                f"multipliers {self.multipliers} over F_{self.code.field.q}: some of them sum to 0, so a common element "
                "would go unseen; take Field.zero_sum_free"
            )

    @classmethod
    def of(cls, code: MultiplicationCode, T: int) -> "Protocol":
        """With T zero-sum-free multipliers. Errors: `BadInput` unless T <= e (p-1)."""
        return cls(code, code.field.zero_sum_free(T))

    @property
    def T(self) -> int:
        return len(self.multipliers)

    @property
    def L(self) -> int:
        """The number of coins' outcomes."""
        return self.code.L

    @property
    def d(self) -> int:
        """T k, the coordinates of x and y."""
        return self.T * self.code.k

    @cached_property
    def vanishing(self) -> tuple[Elements, tuple[int, ...]]:
        """A basis of Merlin's messages, and one position for each basis word, the identity there."""
        return self.code.product.vanishing(self.code.code.information)

    @property
    def messages(self) -> int:
        """The number of Merlin's messages, q^(k'-k)."""
        return int(self.code.field.q ** len(self.vanishing[1]))

    def message(self, index: int) -> Elements:
        """mu (L): its letters at the positions of `vanishing` are the base-q digits of index, least first."""
        basis, positions = self.vanishing
        if not 0 <= index < self.messages:
            raise BadInput(f"message {index}: Merlin has the messages 0 to {self.messages - 1}")
        digits = [index // self.code.field.q**i % self.code.field.q for i in range(len(positions))]
        word: Elements = self.code.field.matmul(np.array([digits], dtype=np.uint8), basis)[0]
        return word

    def index(self, mu: Elements) -> int:
        """The index of a message. Errors: `BadInput` where mu is none."""
        letters: list[int] = mu[list(self.vanishing[1])].tolist()
        index = sum(letter * int(self.code.field.q**i) for i, letter in enumerate(letters))
        if not np.array_equal(self.message(index), mu):
            raise BadInput("this word is no message of Merlin's: a message lies in C' and vanishes on I")
        return index

    def letters(self, rows: Bools) -> Elements:
        """(n, T, L): the codewords C(x^t) of each row of an (n, d') array, d' <= d; missing coordinates are 0."""
        n, given = rows.shape
        if given > self.d:
            raise BadInput(f"vectors of {given} coordinates: this protocol takes at most T k = {self.d}")
        symbols = np.zeros((n, self.d), dtype=np.uint8)
        symbols[:, :given] = rows
        return self.code.code.encoded(symbols.reshape(n, self.T, self.code.k))

    def weighted(self, rows: Bools) -> Elements:
        """(n, T, L): the gamma_t C(x^t), Alice's coefficients."""
        return self.code.field.times(np.array(self.multipliers, dtype=np.uint8)[:, None], self.letters(rows))

    def honest(self, x: Bools, y: Bools) -> Elements:
        """s = sum_t gamma_t C(x^t) C(y^t) (L): the one message that convinces Alice always, where x and y are disjoint."""
        F = self.code.field
        total = np.zeros(self.L, dtype=np.uint8)
        for term in F.times(self.weighted(x[None])[0], self.letters(y[None])[0]):
            total = F.plus(total, term)
        return total

    def sent(self, y: Bools, r: int) -> tuple[int, ...]:
        """Bob's message for coin r."""
        return tuple(self.letters(y[None])[0, :, r].tolist())

    def accepts(self, x: Bools, mu: Elements, r: int, sent: Sequence[int]) -> bool:
        """Whether Alice accepts for coin r, Merlin's mu and Bob's message."""
        F, total = self.code.field, 0
        for coefficient, letter in zip(self.weighted(x[None])[0, :, r], sent, strict=True):
            total = int(F.sums[total, F.products[coefficient, letter]])
        return total == int(mu[r])

    @property
    def soundness(self) -> Fraction:
        """1 - D'/L: no message makes Alice accept a pair that meets with a larger probability."""
        return 1 - Fraction(self.code.distance, self.L)
