"""Constants of the room, and what is taken where nothing is given, are what they were: a change of one is deliberate."""

from importlib import import_module

import pytest

from tests.support.constants import constants, modules
from tests.support.kept import Keeper


@pytest.mark.parametrize("name", modules("attention.files."))
def test_constants(name: str, kept: Keeper) -> None:
    kept("\n".join(constants(import_module(name))))
