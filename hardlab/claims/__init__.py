"""Every numbered statement of the two papers as a claim that can be run, as printed and as corrected."""

from typing import Any

from hardlab.claims import (
    algorithm_1,
    approximation,
    definitions_1,
    gap_search,
    keles_gaussian,
    keles_problems,
    keles_products,
    keles_softmax,
    keles_softmax_additive,
    keles_taylor,
    keles_window,
    keles_window_decision,
    lemma_3_2,
    lemma_4_7,
    lemma_4_7_cases,
    lemma_4_7_growth,
    lemma_4_7_lookup,
    lemma_4_7_matrices,
    lemma_4_7_sharp,
    lemma_4_7_whole,
    low_rank,
    matched_normaliser,
    nearest_neighbour,
    propagation,
    theorem_3_8,
    theorem_4_6,
)
from hardlab.claims.claim import Claim

FAMILIES = (
    definitions_1,
    approximation,
    low_rank,
    lemma_3_2,
    propagation,
    algorithm_1,
    theorem_3_8,
    nearest_neighbour,
    gap_search,
    theorem_4_6,
    lemma_4_7_lookup,
    lemma_4_7_matrices,
    lemma_4_7,
    lemma_4_7_cases,
    lemma_4_7_growth,
    lemma_4_7_whole,
    lemma_4_7_sharp,
    matched_normaliser,
    keles_problems,
    keles_products,
    keles_softmax,
    keles_softmax_additive,
    keles_gaussian,
    keles_window,
    keles_window_decision,
    keles_taylor,
)
"""The modules of claims, in the order of the papers."""

CLAIMS: tuple[Claim[Any], ...] = tuple(claim for family in FAMILIES for claim in family.CLAIMS)

__all__ = ["CLAIMS", "FAMILIES", "Claim"]
