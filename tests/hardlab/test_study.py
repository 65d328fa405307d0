"""The numbers and words of the room of study, and the defaults of what it defines, are what they were."""

from tests.support.constants import constants
from tests.support.kept import Keeper


def test_numbers_and_words(kept: Keeper) -> None:
    kept(constants("hardlab.study"))
