"""What a reduction builds, and which of it is looked at."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from instances.cnf import CNF
from instances.problem import Witness
from reductions.built import Built, differs
from tests.support.rules.colours import Colouring, ColouringCnf


class Says(Colouring):
    """What `accepts` gives is changed."""

    made: Callable[[bool], Any] = bool

    def accepts(self, witness: Witness) -> Any:
        return type(self).made(super().accepts(witness))


@pytest.mark.parametrize(
    ("made", "fine"), [(bool, True), (np.bool_, True), (int, False), (str, False), (lambda said: None, False)]
)
def test_accepts_says_true_or_false(made: Callable[[bool], Any], fine: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Says, "made", staticmethod(made))
    built = Built(ColouringCnf(), Says(2, ((0, 1),)))
    if fine:
        assert len(built.witnesses) == 6
        return
    with pytest.raises(TypeError, match="and it says True or False"):
        _ = built.witnesses


def test_no_more_candidates_than_are_allowed() -> None:
    for most, whole in ((9, True), (8, False), (None, True)):
        built = Built(ColouringCnf(), Colouring(2, ()), most)
        assert built.whole(built.problem) is whole
        assert len(built.witnesses) == min(9, most or 9)


def test_what_lies_beside_an_image_is_looked_at() -> None:
    built = Built(ColouringCnf(), Colouring(3, ()), 5)
    image = built.reduction.forth(built.problem, (2, 2, 2))
    assert image in Built(ColouringCnf(), Colouring(3, ()), 30).candidates
    changed = (1 - image[0], *image[1:])
    assert changed in Built(ColouringCnf(), Colouring(3, ()), 30).candidates


def test_no_is_no_only_where_all_was_tried() -> None:
    four = Colouring(4, tuple((a, b) for a in range(4) for b in range(a + 1, 4)))
    assert Built(ColouringCnf(), four).is_no
    assert not Built(ColouringCnf(), four, 10).is_no
    assert Built(ColouringCnf(), four, 10, lambda problem: (False, None)).is_no


def test_a_change_is_seen() -> None:
    assert not differs(CNF(1, ((1,),)), CNF(1, ((1,),)))
    assert differs(CNF(1, ((1,),)), CNF(1, ((-1,),)))

    class Plain(Colouring):
        __eq__ = object.__eq__
        __hash__ = object.__hash__

        def __iter__(self) -> Iterator[int]:
            return iter(())

    assert not differs(Plain(1, ()), Plain(1, ()))
    assert differs(Plain(1, ()), Plain(2, ()))


def test_of_targets_that_are_tried_whole_nobody_else_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Built, "_of_target", property(lambda self: (False, None)))
    some = Built(ColouringCnf(), Colouring(1, ()), 2)
    tried = Built(ColouringCnf(), Colouring(1, ()))
    assert (some.whole(some.target), tried.whole(tried.target)) == (False, True)
    assert (some.none_reaches, tried.none_reaches) == (True, False)
    assert some.decided
    assert tried.decided
