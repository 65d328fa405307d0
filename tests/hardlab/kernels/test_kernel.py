"""Which words a convention knows."""

import pytest

from hardlab.kernels.call import FEATURES, OF_SUMS
from hardlab.kernels.kernel import ALWAYS, Conventions
from instances.faults import BadInput


def test_each_word_of_a_feature_is_known() -> None:
    for word in (*FEATURES, *OF_SUMS, *ALWAYS):
        assert Conventions(features=(word,)).features == (word,)


@pytest.mark.parametrize("word", ["", "causality", "weight", "output"])
def test_others_are_told_what_is_known(word: str) -> None:
    with pytest.raises(BadInput, match=f"^features = '{word}': known are .*causal-bottom-right"):
        Conventions(features=("causal", word))
