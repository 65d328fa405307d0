"""Words with parameters: read and written by one grammar."""

from dataclasses import dataclass

import pytest

from instances.brackets import fields_of, one, spelled, taken_apart
from instances.faults import BadInput


@dataclass(frozen=True)
class Kind:
    n: int = 1
    x: float | None = None
    on: bool = False
    several: tuple[int, ...] | None = None
    word: str = "a"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Kind(), "kind"),
        (Kind(n=3), "kind[n=3]"),
        (Kind(x=0.5, several=(1, 2, 5)), "kind[x=0.5,several=1:2:5]"),
        (Kind(word="b", n=-2), "kind[n=-2,word=b]"),
    ],
)
def test_what_is_spelled_reads_back(value: Kind, text: str) -> None:
    assert spelled("kind", value) == text
    key, given = one(text, "word")
    assert (key, Kind(**fields_of(Kind, key, given))) == ("kind", value)


def test_fields_that_are_left_out() -> None:
    assert spelled("kind", Kind(n=3, word="b"), without=("n",)) == "kind[word=b]"
    with pytest.raises(BadInput, match="unknown parameter of kind 'n'"):
        fields_of(Kind, "kind", "n=3", without=("n",))


def test_lists_of_words() -> None:
    assert taken_apart(" a[x=1] ,b, c[] ", "list") == [("a", "x=1"), ("b", ""), ("c", "")]
    assert taken_apart("", "list") == []
    for text in ("a b", "a[x", "a]", "[x]", ",a", "a[[x]]"):
        with pytest.raises(BadInput, match="cannot be read at"):
            taken_apart(text, "list")
    for text in ("", "a,b"):
        with pytest.raises(BadInput, match="write one"):
            one(text, "word")
