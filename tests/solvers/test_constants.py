"""The numbers and words of all solvers, and the defaults of what they define, are what they were."""

from tests.support.constants import constants
from tests.support.kept import Keeper


def test_numbers_and_words(kept: Keeper) -> None:
    kept(constants("solvers"))
