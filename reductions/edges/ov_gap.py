"""Orthogonal Vectors to gap Hamming distance with a gap that codes keep constant: guess Merlin's message, check by coins.

Letters as in `protocol` and `codes.parameters`: T blocks of k coordinates (zeros are appended up to T k), C = [L, k]_q,
C' = [L, k']_q with distance D'. For each of Merlin's q^(k'-k) messages mu there is one instance, in which a row has the
strings of Alice's (left) or Bob's (right) letters for coin 1, then for coin 2, ..., L (`codes.coin_gadget`).

    t = L accept,   t2 = t + D' (reject - accept).

Proof. The distance of a pair is t plus at least reject - accept for each coin for which Alice rejects. Under its honest
message an orthogonal pair is rejected by no coin, under every other message by at least D'; a pair that is not orthogonal
is rejected by at least D' coins under every message. So every distance is t or at least t2: the promise holds in every
member, and the pairs below t2 are orthogonal.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from instances.anyof import AnyOf
from instances.bits import BitMatrix, Bools
from instances.kept import kept
from instances.problem import Problem, Size, Witness
from instances.vectors import GapHamming, OrthogonalVectors
from reductions.codes.block_gadget import block_gadget
from reductions.codes.coin_gadget import CoinGadget
from reductions.codes.families import hermitian, projective, reed_solomon
from reductions.codes.field import Elements, field
from reductions.codes.one_hot import OneHot
from reductions.codes.parameters import Code, Parameters, check, chosen
from reductions.parts.protocol import Protocol
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class OvGap(Reduction[OrthogonalVectors, AnyOf]):
    """A disjunction of q^(k'-k) instances with eps = 2 D'/(L q^(T-1)); `projective` has q = 3, T = 2, eps = 4 D'/(3 L).

    A parameter 0 is chosen from d alone (`codes.parameters.chosen`). T, k, q, L: Reed-Solomon; T, q, alpha: Hermitian;
    k: projective. Errors: `BadInput` for parameters that no code has; `Declined` beyond 2^24 messages or q^T > 2^16.
    """

    code: Code = "reed-solomon"
    T: int = 0
    k: int = 0
    q: int = 0
    L: int = 0
    alpha: int = 0

    key: ClassVar[str] = "ov-gap"
    target: ClassVar[type[Problem]] = GapHamming
    disjunction: ClassVar[bool] = True
    theorem: ClassVar[Theorem] = Theorem(
        "OV in dimension d is a disjunction of q^(k'-k) instances of gap Hamming distance with eps = 2 D'/(L q^(T-1))",
        "Abboud, Rubinstein and Williams 2017 (the protocol); Rubinstein 2018 (algebraic-geometric codes, the gap); "
        "derived here (multipliers, encodings)",
        "A message is guessed, and each guess is an instance of its own. Rows are spread by an error-correcting code, so "
        "that pairs that are not orthogonal are far apart under every message; an orthogonal pair is near under its own.",
    )

    def __post_init__(self) -> None:
        check(self.code, T=self.T, k=self.k, q=self.q, L=self.L, alpha=self.alpha)

    def parameters(self, d: int) -> Parameters:
        """The figures in dimension d. Errors: `BadInput` where T k < d; `Declined`."""
        return chosen(d, self.code, self.T, self.k, self.q, self.L, self.alpha)

    def protocol(self, d: int) -> Protocol:
        """The protocol in dimension d. Errors: as `parameters`."""
        return _protocol(self.parameters(d))

    def gadget(self, d: int) -> CoinGadget:
        """The strings for one coin in dimension d. Errors: as `parameters`."""
        of = self.parameters(d)
        return block_gadget() if of.code == "projective" else OneHot(field(of.q), of.T)

    def size(self, of: Size) -> Size:
        found = self.parameters(of["d"])
        lists = {"n": of["n"], "m": of["m"]}
        return {**lists, "d": found.dimension, "t": found.t, "t2": found.t2, "count": found.messages}

    def constants(self, of: Size) -> Mapping[str, float]:
        """T, k, q, L, D', eps and Merlin's bits log2 q^(k'-k)."""
        found = self.parameters(of["d"])
        letters = {"T": found.T, "k": found.k, "q": found.q, "L": found.L, "D'": found.D}
        return {**letters, "eps": float(found.eps), "merlin_bits": found.log_messages}

    def apply(self, problem: OrthogonalVectors) -> AnyOf:
        d = problem.A.d
        protocol, gadget, size = self.protocol(d), self.gadget(d), self.size(problem.size)

        def member(index: int) -> GapHamming:
            mu: list[int] = protocol.message(index).tolist()
            A = _encoded(problem.A, protocol.weighted, gadget.left, mu, size["d"])
            B = _encoded(problem.B, protocol.letters, gadget.right, mu, size["d"])
            return GapHamming(A, B, size["t"], size["t2"])

        return AnyOf(GapHamming, protocol.messages, member)

    def legend(self, problem: OrthogonalVectors) -> Sequence[Columns]:
        found = self.parameters(problem.A.d)
        return tuple(Columns(found.dimension // found.L, f"coin {r + 1}") for r in range(found.L))

    def forth(self, problem: OrthogonalVectors, witness: Witness) -> Witness:
        i, j = witness
        protocol = self.protocol(problem.A.d)
        mu = protocol.honest(problem.A.bools(slice(i, i + 1))[0], problem.B.bools(slice(j, j + 1))[0])
        return protocol.index(mu), i, j

    def back(self, problem: OrthogonalVectors, witness: Witness) -> Witness:
        return witness[1:]


@kept(16)
def _protocol(of: Parameters) -> Protocol:
    if of.code == "reed-solomon":
        return Protocol.of(reed_solomon(of.q, of.k, of.L), of.T)
    return Protocol.of(hermitian(of.q, of.alpha) if of.code == "hermitian" else projective(of.k), of.T)


def _encoded(
    vectors: BitMatrix,
    letters: Callable[[Bools], Elements],
    strings: Callable[[Elements, int], Bools],
    mu: list[int],
    dimension: int,
) -> BitMatrix:
    """One side of a member: the strings of each row's letters, coin after coin."""
    bits = dimension // len(mu)

    def block(rows: slice) -> Bools:
        found = letters(vectors.bools(rows))
        unpacked = np.zeros((len(found), dimension), dtype=np.bool_)
        for r, c in enumerate(mu):
            unpacked[:, r * bits : (r + 1) * bits] = strings(found[:, :, r], c)
        return unpacked

    return BitMatrix.build(vectors.n, dimension, block)
