"""What the claims derived here find is what they found: every case, with the numbers that were compared."""

from typing import Any

import pytest

from hardlab.claims.claim import Claim
from hardlab.claims.derived import causal, circle, covariance, gradients, masks, private_keys, rotary, windows
from tests.support.evidence import beside, claims_of, evidence
from tests.support.kept import Keeper

DERIVED = (masks, causal, windows, gradients, private_keys, covariance, rotary, circle)


@pytest.mark.parametrize("claim", claims_of(*DERIVED))
def test_what_is_found_is_what_was_found(claim: Claim[Any], kept: Keeper) -> None:
    kept(evidence(claim))


@pytest.mark.parametrize("claim", claims_of(*DERIVED))
def test_what_is_found_beside_the_cases_is_what_was_found(claim: Claim[Any], kept: Keeper) -> None:
    kept(beside(claim))
