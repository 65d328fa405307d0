"""Numbers of the command line, at their limits."""

import pytest

from hardlab.cli.checked import factors_of, octaves_of, positive, promisable
from instances.faults import BadInput


def test_octaves() -> None:
    assert octaves_of("1:40") == range(1, 41)
    assert octaves_of("7:7") == range(7, 8)
    for text in ("0:4", "4:41", "5:4", "4", "1:2:3", "a:b", ""):
        with pytest.raises(BadInput, match="--octaves"):
            octaves_of(text)


def test_factors() -> None:
    assert factors_of("2,0.5,1e30,1e-30") == [1e-30, 0.5, 2.0, 1e30]
    for text in ("", "a", "1,1", "0", "-1", "nan", "1.1e30", "0.9e-30"):
        with pytest.raises(BadInput, match="--factors"):
            factors_of(text)


def test_errors_that_can_be_promised() -> None:
    positive("--x", 1e30)
    promisable(2.0**-53)
    for error in (2.0**-54, 0.0, -1.0, 2e30):
        with pytest.raises(BadInput, match="--error"):
            promisable(error)
