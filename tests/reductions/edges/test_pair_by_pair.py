"""Reductions whose statement is about instances that keep the promise pair by pair say so, and need it."""

import pytest

from instances.bits import BitMatrix
from instances.law import LawBroken
from instances.vectors import GapHamming
from reductions.edges.hamming_alibi import HammingAlibi
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.hamming_causal import HammingCausal
from reductions.edges.hamming_dq import HammingDq
from reductions.edges.hamming_heads import HammingHeads
from reductions.edges.hamming_packed import HammingPacked
from reductions.laws import promise_is_kept
from reductions.reduction import AnyReduction

LATER, EARLIER = (GapHamming(BitMatrix.of([row]), BitMatrix.of(["00", "01"]), 0, 2) for row in ("01", "00"))
"""One row each that has a near key, and one at a distance between."""


def test_pair_by_pair_is_more_than_the_promise() -> None:
    for problem in (LATER, EARLIER):
        assert problem.promised()
        assert not problem.promised_pair_by_pair()
    near, far = (GapHamming(BitMatrix.of(["00"]), BitMatrix.of(["00", row]), 0, 2) for row in ("00", "11"))
    assert near.promised_pair_by_pair()
    assert far.promised_pair_by_pair()


@pytest.mark.parametrize(
    ("rule", "breaks"),
    [(HammingCausal(), LATER), (HammingAlibi(), LATER), (HammingPacked(), EARLIER), (HammingHeads(), EARLIER)],
    ids=lambda each: getattr(each, "key", ""),
)
def test_they_need_it(rule: AnyReduction, breaks: GapHamming) -> None:
    assert not rule.covers(breaks)
    assert rule.covers(GapHamming(BitMatrix.of(["00"]), BitMatrix.of(["00", "11"]), 0, 2))
    with pytest.raises(LawBroken, match="broke the promise"):
        promise_is_kept(rule, [breaks])


def test_others_do_not_ask() -> None:
    assert HammingAttention().covers(LATER)
    assert not HammingDq().covers(LATER)
