"""What the claims on Keles et al. find is what they found: every case, with the numbers that were compared."""

from typing import Any

import pytest

from hardlab.claims.claim import Claim
from hardlab.claims.keles import (
    gaussian,
    problems,
    products,
    softmax,
    softmax_additive,
    taylor,
    taylor_errors,
    window,
    window_decision,
)
from tests.support.evidence import beside, claims_of, evidence, long_claims_of
from tests.support.kept import Keeper

SUMS = (problems, products, softmax, softmax_additive, gaussian)
WINDOWS, SERIES = (window, window_decision), (taylor, taylor_errors)


@pytest.mark.parametrize("claim", claims_of(*SUMS, *WINDOWS, *SERIES))
def test_what_is_found_is_what_was_found(claim: Claim[Any], kept: Keeper) -> None:
    kept(evidence(claim))


@pytest.mark.parametrize("claim", claims_of(*SUMS, *WINDOWS, *SERIES))
def test_what_is_found_beside_the_cases_is_what_was_found(claim: Claim[Any], kept: Keeper) -> None:
    kept(beside(claim))


@pytest.mark.parametrize("claim", long_claims_of(*SUMS, *WINDOWS, *SERIES))
def test_what_is_found_in_some_cases_is_what_was_found(claim: Claim[Any], kept: Keeper) -> None:
    kept(evidence(claim, every=9))
