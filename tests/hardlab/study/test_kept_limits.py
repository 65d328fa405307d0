"""The limits that modules of `hardlab.study` name are what they were."""

from tests.support.kept import Keeper, limits


def test_limits(kept: Keeper) -> None:
    kept(limits("hardlab.study."))
