"""Every planted fault of ov-gap is caught by a law."""

from dataclasses import replace
from typing import Any

import pytest

from instances.anyof import AnyOf
from instances.bits import BitMatrix, Bools
from instances.law import LawBroken
from instances.problem import Size, Witness
from instances.vectors import OrthogonalVectors
from reductions import laws
from reductions.codes.coin_gadget import CoinGadget, checked
from reductions.codes.field import Elements
from reductions.codes.parameters import Parameters
from reductions.edges.ov_gap import OvGap
from reductions.parts.protocol import Protocol
from tests.support.gaps import Remembering, drawn, families

# ------------------------------------------------------------------------------------------------ planted faults


def wrong(protocol: Protocol, **parts: Any) -> Protocol:
    """A protocol with parts that its constructor would refuse."""
    copied = Protocol(protocol.code, protocol.multipliers)
    for name, value in parts.items():
        object.__setattr__(copied, name, value)
    return copied


class ZeroSum(OvGap):
    """gamma = (1, 2) over F_3."""

    def protocol(self, d: int) -> Protocol:
        return wrong(super().protocol(d), multipliers=(1, 2))


class Overstated(OvGap):
    """D' one too large."""

    def parameters(self, d: int) -> Parameters:
        found = super().parameters(d)
        return replace(found, D=found.D + 1)


class NotVanishing(OvGap):
    """Merlin may send any word of C' with a letter on I."""

    def protocol(self, d: int) -> Protocol:
        right = super().protocol(d)
        words = right.code.product
        return wrong(right, vanishing=(words.generator[:1], words.information[:1]))


class Moved(OvGap):
    """Thresholds other than the parameters say."""

    by: tuple[int, int] = (0, 0)

    def size(self, of: Size) -> Size:
        found = super().size(of)
        return {**found, "t": found["t"] + self.by[0], "t2": found["t2"] + self.by[1]}


class HighT2(Moved):
    by = (0, 1)


class LowT(Moved):
    by = (-1, 0)


class Flipped(CoinGadget):
    """A gadget with bit 0 of Alice's string for u = (1, 1) wrong."""

    def __init__(self, right: CoinGadget) -> None:
        self.given, self.field, self.T = right, right.field, right.T

    bits = property(lambda self: self.given.bits)
    accept = property(lambda self: self.given.accept)
    reject = property(lambda self: self.given.reject)

    def left(self, u: Elements, c: int) -> Bools:
        strings = self.given.left(u, c).copy()
        strings[(u == 1).all(axis=1), 0] ^= True
        return strings

    def right(self, v: Elements, c: int) -> Bools:
        return self.given.right(v, c)


class FlippedBit(OvGap):
    def gadget(self, d: int) -> CoinGadget:
        return Flipped(super().gadget(d))


class OtherMessage(OvGap):
    """The witness goes to the member after the right one."""

    def forth(self, problem: OrthogonalVectors, witness: Witness) -> Witness:
        index, i, j = super().forth(problem, witness)
        return (index + 1) % self.parameters(problem.A.d).messages, i, j


class KeptMessage(OvGap):
    """The message stays in the witness on the way back."""

    def back(self, problem: OrthogonalVectors, witness: Witness) -> Witness:
        return witness[:2]


class OtherLetters(OvGap):
    """Rows in reverse order on the left."""

    def apply(self, problem: OrthogonalVectors) -> AnyOf:
        return super().apply(OrthogonalVectors(BitMatrix(problem.A.words[::-1].copy(), problem.A.d), problem.B))


class WrongCount(OvGap):
    def size(self, of: Size) -> Size:
        found = super().size(of)
        return {**found, "count": found["count"] + 1}


FAULTS: list[tuple[str, OvGap, int, Any]] = [
    ("multipliers with a zero sum", ZeroSum(T=2, k=2, q=3), 1, laws.sound),
    ("D' overstated: the promise", Overstated(T=2, k=2, q=5, L=5), 1, laws.promise_is_kept),
    ("D' overstated: soundness", Overstated(T=2, k=2, q=5, L=5), 1, laws.sound),
    ("D' overstated, Hermitian", Overstated("hermitian", T=2, q=4, alpha=2), 1, laws.sound),
    ("D' overstated, projective", Overstated("projective"), 1, laws.sound),
    ("a message that does not vanish on I", NotVanishing(T=2, k=2, q=3), 1, laws.sound),
    ("a message that does not vanish on I, projective", NotVanishing("projective"), 1, laws.sound),
    ("t2 one too large", HighT2(), 1, laws.sound),
    ("t one too small", LowT(), 1, laws.complete),
    ("a flipped bit", FlippedBit(), 1, laws.complete),
    ("a flipped bit, projective", FlippedBit("projective"), 1, laws.complete),
    ("the wrong message on the way forth", OtherMessage(), 1, laws.complete),
    ("the message kept on the way back", KeptMessage(), 1, laws.sound),
    ("rows in another order", OtherLetters(), 2, laws.sound),
    ("a wrong count", WrongCount(), 1, laws.size_is_exact),
]


@pytest.mark.parametrize(("name", "reduction", "n", "law"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_law_catches(name: str, reduction: OvGap, n: int, law: Any) -> None:
    family = families(4, 1) if n == 1 else drawn(4, 30, 2)
    right = OvGap(reduction.code, reduction.T, reduction.k, reduction.q, reduction.L, reduction.alpha)
    law(Remembering(right), family)
    with pytest.raises(LawBroken) as broken:
        law(Remembering(reduction), family)
    assert "vacuous" not in str(broken.value)


def test_the_check_of_gadgets_catches_a_flipped_bit() -> None:
    for reduction in (OvGap(), OvGap("projective")):
        with pytest.raises(LawBroken, match="have the distance"):
            checked(FlippedBit(reduction.code).gadget(4))
