"""Numbers of the command line, at their limits."""

import pytest

from hardlab.cli.checked import octaves_of, positive, positive_numbers, promisable, shares_of, widths_of
from instances.faults import BadInput


def test_octaves() -> None:
    assert octaves_of("1:40") == range(1, 41)
    assert octaves_of("7:7") == range(7, 8)
    for text in ("0:4", "4:41", "5:4", "4", "1:2:3", "a:b", ""):
        with pytest.raises(BadInput, match="--octaves"):
            octaves_of(text)


def test_numbers() -> None:
    assert positive_numbers("--factors", "2,0.5,1e30,1e-30", "1") == [1e-30, 0.5, 2.0, 1e30]
    for text in ("", "a", "1,1", "0", "-1", "nan", "1.1e30", "0.9e-30"):
        with pytest.raises(BadInput, match=r"^--factors"):
            positive_numbers("--factors", text, "1")
    with pytest.raises(BadInput, match=r"numbers joined by commas, such as 0\.2,3$"):
        positive_numbers("--x", "one", "0.2,3")


def test_widths_and_shares() -> None:
    assert widths_of("16,2,1048576") == [2, 16, 2**20]
    for text in ("0", "1.5", "-2", "2,2", "1048577", "nan", "inf", "x"):
        with pytest.raises(BadInput, match=r"^--widths"):
            widths_of(text)
    assert shares_of("1,0,0.25") == [0.0, 0.25, 1.0]
    for text in ("-0.1", "1.1", "nan", "0,0", ""):
        with pytest.raises(BadInput, match=r"^--shares"):
            shares_of(text)


def test_errors_that_can_be_promised() -> None:
    positive("--x", 1e30)
    promisable(2.0**-53)
    for error in (2.0**-54, 0.0, -1.0, 2e30):
        with pytest.raises(BadInput, match="--error"):
            promisable(error)
