"""How mechanisms are spelled, and what is said of what is none."""

import pytest

from instances.bias import Bias
from instances.faults import BadInput
from instances.mechanism import LONGEST, NAMES, Mechanism
from instances.rotary import Rotary


def test_what_is_refused() -> None:
    for word in NAMES:
        assert Mechanism.of(word).word == word
    for kernel, normalised in (("dot", "yes"), ("cosine", True)):
        with pytest.raises(BadInput, match="the kernels are dot and gaussian"):
            Mechanism(kernel, normalised)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="give a Visibility and a Bias"):
        Mechanism(sees=None)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="give a Visibility and a Bias"):
        Mechanism(bias=None)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="give a Rotary, and inner products to turn"):
        Mechanism(rotary=1.0)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="give a Rotary, and inner products to turn"):
        Mechanism("gaussian", False, rotary=Rotary())
    assert Mechanism(bias=Bias()) == Mechanism()


@pytest.mark.parametrize("size", [LONGEST - 1, LONGEST, LONGEST + 1, 2 * LONGEST])
def test_why_a_long_word_is_none_is_said_up_to_a_length(size: int) -> None:
    word = "softmax[window=" + "9" * (size - len("softmax[window=]")) + "]"
    with pytest.raises(BadInput) as refused:
        Mechanism.of(word)
    assert str(refused.value).startswith("mechanism = 'softmax[window=9")
    assert str(refused.value).endswith(")") == (size <= LONGEST), refused.value
    assert len(str(refused.value)) < 3 * LONGEST


def test_why_is_said_of_what_begins_like_one_alone() -> None:
    with pytest.raises(BadInput, match=r"softmax\[window=8\] \(.*window"):
        Mechanism.of("softmax[window=x]")
    with pytest.raises(BadInput, match=r"softmax\[window=8\]$"):
        Mechanism.of("cosine[window=x]")
    with pytest.raises(BadInput, match=r"^mechanism = 'soft max': it is one of"):
        Mechanism.of("soft max")
