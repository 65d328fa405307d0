"""What the claims on tensor attention and on layers find is what they found: every case, with the numbers compared."""

from typing import Any

import pytest

from hardlab.claims.claim import Claim
from hardlab.claims.higher_order import layers, tensor
from tests.support.evidence import beside, claims_of, evidence
from tests.support.kept import Keeper


@pytest.mark.parametrize("claim", claims_of(layers, tensor))
def test_what_is_found_is_what_was_found(claim: Claim[Any], kept: Keeper) -> None:
    kept(evidence(claim))


@pytest.mark.parametrize("claim", claims_of(layers, tensor))
def test_what_is_found_beside_the_cases_is_what_was_found(claim: Claim[Any], kept: Keeper) -> None:
    kept(beside(claim))
