"""The numbers and words of attention, room by room, and the defaults of what they define, are what they were."""

import pytest

from tests.support.constants import constants
from tests.support.kept import Keeper
from tests.support.places import ROOT

ROOMS = ("exact", "files", "mixed", "polynomial", "sampling")
OTHERS = tuple(sorted({file.stem for file in (ROOT / "attention").glob("*.py")} - {"__init__"}))


@pytest.mark.parametrize("room", [*ROOMS, "others"])
def test_numbers_and_words(room: str, kept: Keeper) -> None:
    kept(constants("attention", *(OTHERS if room == "others" else (room,))))
