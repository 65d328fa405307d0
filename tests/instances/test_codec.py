"""Values in JSON come back as they were, and what lies below and beside an instance in that form is what it was."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from instances import codec
from instances.bits import BitMatrix
from instances.faults import BadInput
from tests.support.kept import Keeper

VALUES: list[Any] = [
    0, -3, True, None, "text", 1.5, (), (1, (2, 3)), frozenset({3, 1, 2}), frozenset(), {}, {1: (2,), "a": frozenset({1})},
    {(1, 2): {3: 4}}, (frozenset({(1, 2), (0, 5)}), "x"),
]  # fmt: skip

FORMS: dict[str, Any] = {
    "graph": {"n": 4, "edges": {"set": [[0, 1], [1, 3], [2, 3]]}, "k": 2},
    "clauses": {"n": 3, "clauses": [[1, -2], [-1, 2, 3], [-3]]},
    "numbers": {"sizes": [1, 2, 6, -5], "bound": -4, "yes": True, "large": 1000},
    "bits": {"A": {"bits": ["0110", "1001", "1100"]}, "B": {"bits": ["1111"]}},
    "nested": {"parts": [[[3, 1], [2]], [], [1, "11", None, 2.5]], "map": {"map": [[1, 2], [3, [4]]]}},
    "empty": {"items": [], "n": 0},
    "alike": {"items": [7, 7, 7, 7, 7, 7, 7, 7, 7]},
}


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_what_is_written_is_read(value: Any) -> None:
    given = json.loads(json.dumps(codec.plain_of(value, "it")))
    assert codec.value_of(given) == value
    assert type(codec.value_of(given)) is type(value)


def test_bits_lists_and_numbers_of_numpy() -> None:
    bits = BitMatrix.of(["0110", "1000"])
    assert codec.plain_of(bits, "it") == {"bits": ["0110", "1000"]}
    assert codec.value_of({"bits": ["0110", "1000"]}) == bits
    assert codec.plain_of([np.int64(3), np.float64(0.5), np.bool_(True)], "it") == [3, 0.5, True]
    assert codec.plain_of({"b": 1, "a": {2, 1}}, "it") == {"map": [["a", {"set": [1, 2]}], ["b", 1]]}


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -float("inf"), 1j, object(), np.zeros(2), b"x"], ids=lambda one: type(one).__name__
)
def test_what_cannot_be_written(value: Any) -> None:
    with pytest.raises(BadInput, match=f"^here holds a {type(value).__name__}: give the problem as_json and from_json"):
        codec.plain_of((1, value), "here")


def test_the_fields_of_a_dataclass() -> None:
    @dataclass(frozen=True)
    class Small:
        n: int
        held: tuple[int, ...]

    assert codec.fields_of(Small(2, (1, 0))) == {"n": 2, "held": [1, 0]}
    with pytest.raises(BadInput, match=r"^Small\.held holds a complex"):
        codec.fields_of(Small(2, (1j,)))  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=r"^int is no dataclass"):
        codec.fields_of(3)


def test_how_large_it_is() -> None:
    of = {"a": [1, [], -3], "b": "0110", "c": True, "d": 2.9, "e": 10**12, "f": None}
    #        1  0  3, two ends of lists; 4 letters and 2 ones; 1; 2; at most 10^9
    assert codec.measure(of)[:2] == (8, 1 + 0 + 0 + 3 + 6 + 1 + 2 + 10**9)
    assert codec.measure({"a": [1, 2]}) < codec.measure({"a": [2, 2]}) < codec.measure({"a": [0, 0, 0]})
    assert codec.measure([1, 2])[2] == "[1,2]"


@pytest.mark.parametrize("form", FORMS)
def test_what_lies_below_and_beside(form: str, kept: Keeper) -> None:
    given = FORMS[form]
    before = codec.text_of(given)
    below, beside = map(codec.text_of, codec.smaller(given)), map(codec.text_of, codec.beside(given))
    kept("\n".join(["below", *below, "beside", *beside]))
    assert codec.text_of(given) == before


def test_a_label_goes_with_what_speaks_of_it() -> None:
    """Vertex 1, and literals of variable 2: labels above move down, on their side of 0."""
    below = list(codec.smaller({"n": 4, "edges": {"set": [[0, 1], [2, 3]]}}))
    assert {"n": 3, "edges": {"set": [[1, 2]]}} in below
    below = list(codec.smaller({"n": 3, "clauses": [[1, -3], [2], [-1, 3]]}))
    assert {"n": 2, "clauses": [[1, -2], [-1, 2]]} in below


def test_labels_are_exchanged_and_parts_put_in_order() -> None:
    below = list(codec.smaller({"n": 3, "edges": [[1, 2], [0, 1]]}))
    assert {"n": 3, "edges": [[0, 1], [1, 2]]} in below
    assert {"n": 3, "edges": [[0, 1], [0, 2]]} in below  # 0 and 1 exchanged
    assert {"n": 3, "clauses": [[-1, 3], [2]]} in list(codec.smaller({"n": 3, "clauses": [[-2, 3], [1]]}))


def test_every_smaller_one_is_smaller_or_another_order() -> None:
    for given in FORMS.values():
        size = codec.measure(given)[:1]
        assert all(codec.measure(one)[:1] <= size for one in codec.smaller(given))


def test_labels_are_whole_numbers_and_no_truths() -> None:
    for given, label, speaks in (
        ([True], 1, False), ([1], 1, True), ([0, -2], 2, True), ([3], 2, False), ([[2]], 2, False), (-2, 2, True),
        (3, 2, False), ("2", 2, False), ([], 0, False),
    ):  # fmt: skip
        assert codec._speaks(given, label) is speaks
