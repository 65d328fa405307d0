"""What a record keeps of the way in which a kernel was called."""

from types import SimpleNamespace
from typing import Any

import pytest

from hardlab.conformance.recording import _conventions
from hardlab.kernels.kernel import Conventions

USUAL = {"scale": "argument", "layout": "nd", "dtype": "float64", "seed": None}


@pytest.mark.parametrize(
    "given",
    [
        {}, {"scale": "1/d"}, {"layout": "bhnd", "dtype": "float16", "seed": 0}, {"convention": "sdpa"}, {"device": "cpu"},
        {"features": ("causal", "window"), "backward": "m:f"},
    ],
)  # fmt: skip
def test_four_words_always_and_the_others_where_they_are_not_as_usual(given: dict[str, Any]) -> None:
    kernel: Any = SimpleNamespace(conventions=Conventions(**given))
    assert _conventions(kernel) == {**USUAL, **given}
