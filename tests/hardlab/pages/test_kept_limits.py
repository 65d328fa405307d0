"""The limits that modules of `hardlab.pages` name are what they were."""

from tests.support.kept import Keeper, limits


def test_limits(kept: Keeper) -> None:
    kept(limits("hardlab.pages."))
