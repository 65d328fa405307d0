"""What the claims on Alman and Song find is what they found: every case, with the numbers that were compared."""

from typing import Any

import pytest

from hardlab.claims.alman_song import (
    algorithm_1,
    approximation,
    definitions_1,
    gap_search,
    lemma_3_2,
    low_rank,
    matched_normaliser,
    nearest_neighbour,
    propagation,
    theorem_3_8,
    theorem_4_6,
)
from hardlab.claims.alman_song.lemma_4_7 import cases, entries, growth, lookup, matrices, sharp, whole
from hardlab.claims.claim import Claim
from tests.support.evidence import beside, claims_of, evidence, long_claims_of
from tests.support.kept import Keeper

UPPER = (definitions_1, approximation, low_rank, lemma_3_2, propagation, algorithm_1, theorem_3_8)
LOWER = (nearest_neighbour, gap_search, theorem_4_6, matched_normaliser)
LEMMA_4_7 = (lookup, matrices, entries, cases, growth, whole, sharp)


@pytest.mark.parametrize("claim", claims_of(*UPPER, *LOWER, *LEMMA_4_7))
def test_what_is_found_is_what_was_found(claim: Claim[Any], kept: Keeper) -> None:
    kept(evidence(claim))


@pytest.mark.parametrize("claim", claims_of(*UPPER, *LOWER, *LEMMA_4_7))
def test_what_is_found_beside_the_cases_is_what_was_found(claim: Claim[Any], kept: Keeper) -> None:
    kept(beside(claim))


@pytest.mark.parametrize("claim", long_claims_of(*UPPER, *LOWER, *LEMMA_4_7))
def test_what_is_found_in_some_cases_is_what_was_found(claim: Claim[Any], kept: Keeper) -> None:
    kept(evidence(claim, every=9))
