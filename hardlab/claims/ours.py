"""The claims that come with the lab, in the order of the papers."""

from typing import Any

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
from hardlab.claims.alman_song.lemma_4_7 import cases as lemma_4_7_cases
from hardlab.claims.alman_song.lemma_4_7 import entries as lemma_4_7
from hardlab.claims.alman_song.lemma_4_7 import growth as lemma_4_7_growth
from hardlab.claims.alman_song.lemma_4_7 import lookup as lemma_4_7_lookup
from hardlab.claims.alman_song.lemma_4_7 import matrices as lemma_4_7_matrices
from hardlab.claims.alman_song.lemma_4_7 import sharp as lemma_4_7_sharp
from hardlab.claims.alman_song.lemma_4_7 import whole as lemma_4_7_whole
from hardlab.claims.claim import Claim
from hardlab.claims.derived import causal as derived_causal
from hardlab.claims.derived import circle as derived_circle
from hardlab.claims.derived import covariance as derived_covariance
from hardlab.claims.derived import gradients as derived_gradients
from hardlab.claims.derived import masks as derived_masks
from hardlab.claims.derived import private_keys as derived_private_keys
from hardlab.claims.derived import rotary as derived_rotary
from hardlab.claims.derived import windows as derived_windows
from hardlab.claims.higher_order import layers as higher_order_layers
from hardlab.claims.higher_order import tensor as higher_order_tensor
from hardlab.claims.keles import gaussian as keles_gaussian
from hardlab.claims.keles import problems as keles_problems
from hardlab.claims.keles import products as keles_products
from hardlab.claims.keles import softmax as keles_softmax
from hardlab.claims.keles import softmax_additive as keles_softmax_additive
from hardlab.claims.keles import taylor as keles_taylor
from hardlab.claims.keles import taylor_errors as keles_taylor_errors
from hardlab.claims.keles import window as keles_window
from hardlab.claims.keles import window_decision as keles_window_decision

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
    keles_taylor_errors,
    derived_masks,
    derived_causal,
    derived_windows,
    derived_gradients,
    derived_private_keys,
    derived_covariance,
    derived_rotary,
    derived_circle,
    higher_order_tensor,
    higher_order_layers,
)
"""The modules of claims, in the order of the papers, and what is derived here of attention as it is run."""

CLAIMS: tuple[Claim[Any], ...] = tuple(claim for family in FAMILIES for claim in family.CLAIMS)
