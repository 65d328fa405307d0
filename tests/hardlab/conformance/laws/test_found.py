"""What a trial finds, in plain values."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from hardlab.conformance.laws.found import SHOWN, Tally, form_of, plain_witness, shown
from instances.problem import Problem, Size, Witness


@dataclass(frozen=True)
class Plain(Problem):
    """Some numbers."""

    numbers: tuple[Any, ...]

    @property
    def size(self) -> Size:
        return {"n": len(self.numbers)}

    def accepts(self, witness: Witness) -> bool:
        return not witness

    def witnesses(self) -> Iterator[Witness]:
        return iter([()])


def test_counts_are_added() -> None:
    tally = Tally()
    tally.add("sound", 2)
    tally.add("sound", 3)
    tally.add("complete", True)
    assert tally.of_laws == {"sound": 5, "complete": 1}
    assert type(tally.of_laws["complete"]) is int
    assert tally.plain == {
        "instances": 0, "yes": 0, "no": 0, "undecided": 0, "declined": 0, "unknown": 0,
        "of_laws": {"sound": 5, "complete": 1}, "remarks": {},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("witness", "plain"),
    [
        (None, None), ((), []), ((1, True, np.int64(3)), [1, 1, 3]), ((1, 0.5), "(1, 0.5)"), (7, "7"), ("ab", "'ab'"),
        ("x" * 300, f"'{'x' * 199}"),
    ],
)  # fmt: skip
def test_witnesses_as_python_has_them(witness: Any, plain: Any) -> None:
    assert plain_witness(witness) == plain
    if isinstance(plain, list):
        assert all(type(number) is int for number in plain_witness(witness))


def test_instances_are_shown_as_one_would_write_them() -> None:
    assert shown(Plain((1, 2))) == "Plain(numbers=(1, 2))"
    assert form_of(Plain((1, 2))) == {"numbers": [1, 2]}


@pytest.mark.parametrize("length", range(100, 240, 9))
def test_longer_ones_by_their_form_and_then_by_their_size(length: int) -> None:
    """The call in at most 300 characters, the form without blanks in at most 400."""
    one = Plain((1,) * length)
    call = f"Plain(numbers={(1,) * length})"
    form = f'{{"numbers":[{",".join("1" * length)}]}}'
    assert shown(one) == (call if len(call) <= 300 else f"Plain {form}" if len(form) <= SHOWN else f"Plain(n = {length})")


def test_the_form_of_just_the_length() -> None:
    for over in (0, 1):
        digits = SHOWN - len('{"numbers":[]}') + over
        one = Plain((10 ** (digits - 1),))
        assert shown(one) == (f'Plain {{"numbers":[1{"0" * (digits - 1)}]}}'[:SHOWN] if not over else "Plain(n = 1)")


def test_what_has_no_form() -> None:
    one = Plain((object(),))
    assert form_of(one) is None
    assert shown(Plain((object(),) * 50)) == "Plain(n = 50)"


def test_what_is_written_long_is_cut() -> None:
    class Long(Plain):
        def __repr__(self) -> str:
            return "y" * 1000

    assert shown(Long((object(),) * 50)) == "y" * SHOWN
