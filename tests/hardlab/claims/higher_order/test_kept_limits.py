"""The limits that modules of `hardlab.claims.higher_order` name are what they were."""

from tests.support.kept import Keeper, limits


def test_limits(kept: Keeper) -> None:
    kept(limits("hardlab.claims.higher_order."))
