"""Gap Hamming distance to sliding-window softmax attention: a window shows one dummy, and every pair meets in some window.

Row x sees the W keys x - W + 1, ..., x (causal), or the keys y with |x - y| <= (W - 1)/2 (bidirectional, W odd). Any W keys
in a row meet each residue modulo W once. So with dummies at the positions x = 0, W, 2W, ... every full window shows one dummy
and s = W - 1 data keys, whatever its phase, and all is as in module `forms`.

Layout (derived here). Let k = max(n, m) (the shorter list is filled up with its last vector), in the bidirectional case
rounded up to a multiple of s, and P = ceil(k/s). The data positions (those that are no multiples of W) are numbered
alpha = -lead, ..., k P - 1 + trail in their order; lead = s - 1, trail = 0 for causal windows, lead = trail = s for the others.
At alpha stand

    the key b_j, j = alpha mod k, and for 0 <= alpha < k P the query a_i, i = (alpha + s floor(alpha/k)) mod k:

a position both asks and shows. The other queries do not count. Every pair (i, j) is seen.
Proof. The row at alpha sees the data keys alpha - s + 1 + r, ..., alpha + r, with r = 0 (causal), or r = (W - 1)/2, less 1
where alpha mod s >= (W - 1)/2, since then a dummy is among the (W - 1)/2 positions to its right. In period p = floor(alpha/k)
row a_i stands at alpha = i - s p modulo k, so it sees the j in i - s p + r - s + 1, ..., i - s p + r modulo k, s residues in a
row. r is the same in every period: it depends on alpha mod s = i mod s, as s divides k there. So the P intervals of a row
follow each other and cover k residues: each pair is seen, exactly once where s divides k.

N = W floor((L - 1)/s) + (L - 1) mod s + 2 positions for the L = lead + k P + trail data positions: N W is about k^2 where W and
k/W are large. `product_window`, after Keles et al., has Q = K and takes 4 times that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from instances.bits import BitMatrix, Ints
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
class HammingWindow(InForm, Reduction[GapHamming, AttentionTask]):
    """Softmax attention through a window of W keys, causal or bidirectional; thresholds and error as without a window.

    About k^2/(W - 1) + W tokens for lists of k vectors. Errors: `BadInput` as `InForm`, for W < 2, and for an even W to both
    sides.
    """

    W: int = 16
    side: Literal["causal", "bidirectional"] = "causal"

    key: ClassVar[str] = "hamming-window"
    source: ClassVar[type[GapHamming]] = GapHamming
    target: ClassVar[type[AttentionTask]] = AttentionTask
    theorem: ClassVar[Theorem] = Theorem(
        "softmax attention with a sliding window of W keys on about k^2/(W - 1) tokens decides gap Hamming distance, with the "
        "error that is tolerated without a window",
        "derived here; the idea of a layout that sees every pair after Keles et al., Theorem 6",
        "Each token asks with a vector of A and shows one of B, and sees its neighbours only. In each round through the lists "
        "the queries are shifted by what a window shows, so that in the end every pair has met. A dummy key at every W-th "
        "place puts exactly one of them into every window.",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.W < 2:
            raise BadInput(f"W = {self.W}: a window shows a dummy and at least one data key, W >= 2")
        if self.side not in ("causal", "bidirectional"):
            raise BadInput(f"side = {self.side!r}: a window is causal or bidirectional")
        if self.side == "bidirectional" and self.W % 2 == 0:
            raise BadInput(f"W = {self.W}: a window to both sides shows as many keys left and right, so W is odd")

    def size(self, of: Size) -> Size:
        layout, pads = self.layout(of), self.formed.columns(self.constants(of))
        return {"n": layout.N, "m": layout.N, "d": of["d"] + pads, "rows": layout.k * layout.periods}

    def constants(self, of: Size) -> Mapping[str, float]:
        N, left, right = self.layout(of).N, self.sees.left or 0, self.sees.right or 0
        hidden = left * (left + 1) // 2 + right * (right + 1) // 2  # beyond the ends, as N >= W
        return {**self.formed.constants(of, self.W - 1), "pairs": N * self.W - hidden}

    def apply(self, problem: GapHamming) -> AttentionTask:
        constants, layout = self.constants(problem.size), self.layout(problem.size)
        of = self.formed.vectors(problem.size, constants)
        asks = np.zeros((layout.N, problem.A.words.shape[1]), dtype=np.uint64)
        asks[layout.read] = problem.A.words[layout.queries(np.arange(layout.k * layout.periods))]
        shown = problem.B.words[layout.keys(np.arange(-layout.lead, layout.data - layout.lead))]
        data, dummy, K = of.data(BitMatrix(shown, problem.B.d)), of.dummies(1), []
        for start in range(0, layout.data, layout.s):
            K += [dummy, part(data, slice(start, start + layout.s))]
        V = np.where(np.arange(layout.N) % self.W == 0, of.dummy_value, of.data_value)[:, None]
        Q = (of.queries(BitMatrix(asks, problem.A.d)),)
        inputs = Attention(Q, tuple(K), V, of.scale, Mechanism(sees=self.sees))
        return AttentionTask(inputs, constants["low"], constants["high"], len(layout.read), read=layout.read)

    @property
    def sees(self) -> Visibility:
        return Visibility(self.W - 1, 0) if self.side == "causal" else Visibility.window(self.W // 2)

    def layout(self, of: Size) -> "Layout":
        k, s, both = max(of["n"], of["m"]), self.W - 1, self.side == "bidirectional"
        k = -(-k // s) * s if both else k
        return Layout(of["n"], of["m"], k, s, s if both else s - 1, s if both else 0)

    def legend(self, problem: GapHamming) -> Sequence[Columns]:
        return *kept(problem.A.d), Columns(self.formed.columns(self.constants(problem.size)), self.formed.pads)

    def forth(self, problem: GapHamming, witness: Witness) -> Witness:
        """The position of a_i in the first period in which it sees b_j."""
        return (self.layout(problem.size).meets(*witness),)

    def back(self, problem: GapHamming, witness: Witness) -> Witness:
        """(i, j) with b_j nearest to the a_i that stands at the position: a scan of the m rows of B."""
        layout = self.layout(problem.size)
        return nearest_pair(problem, (int(layout.queries(layout.alpha(np.array(witness[:1])))[0]),))


class Layout(NamedTuple):
    """Where the n queries and m keys stand; letters as above."""

    n: int
    m: int
    k: int
    s: int
    lead: int
    trail: int

    @property
    def periods(self) -> int:
        return -(-self.k // self.s)

    @property
    def data(self) -> int:
        """L, the data positions."""
        return self.lead + self.k * self.periods + self.trail

    @property
    def N(self) -> int:
        return int(self.place(np.array([self.data - 1 - self.lead]))[0]) + 1

    @property
    def read(self) -> Ints:
        """The positions whose queries count."""
        return self.place(np.arange(self.k * self.periods))

    def place(self, alpha: Ints) -> Ints:
        """The positions x of data positions alpha."""
        x: Ints = (alpha + self.lead) // self.s * (self.s + 1) + 1 + (alpha + self.lead) % self.s
        return x

    def alpha(self, x: Ints) -> Ints:
        """The inverse of `place`."""
        return x // (self.s + 1) * self.s + x % (self.s + 1) - 1 - self.lead

    def queries(self, alpha: Ints) -> Ints:
        """The i of the a_i at alpha."""
        i: Ints = np.minimum((alpha + self.s * (alpha // self.k)) % self.k, self.n - 1)
        return i

    def keys(self, alpha: Ints) -> Ints:
        """The j of the b_j at alpha."""
        j: Ints = np.minimum(alpha % self.k, self.m - 1)
        return j

    def right(self, alpha: int) -> int:
        """r, the data keys to its right that the row at alpha sees."""
        half = (self.s // 2) if self.trail else 0
        return half - (self.trail > 0 and alpha % self.s >= half)

    def meets(self, i: int, j: int) -> int:
        """The first position at which a_i sees b_j."""
        for period in range(self.periods):
            alpha = self.k * period + (i - self.s * period) % self.k
            if (j - (alpha + self.right(alpha) - self.s + 1)) % self.k < self.s:
                return int(self.place(np.array([alpha]))[0])
        raise AssertionError(f"a_{i} and b_{j} never meet in {self}")
