"""What constructions come to at many sizes is what it was: sizes and constants, of all edges and of others of their kind, or
why they decline. It is what their parts compute.
"""

from dataclasses import fields, replace
from typing import Any

import pytest

from instances.faults import BadInput, Declined
from instances.vectors import FarHamming
from reductions.reduction import Reduction
from tests.reductions.test_laws import FAMILIES
from tests.support.constants import constants
from tests.support.kept import Keeper, digits

SIZES: dict[str, tuple[int, ...]] = {
    "n": (1, 4, 5, 100, 1000, 2, 33), "m": (1, 3, 16, 70, 1000, 900, 33), "d": (1, 9, 30, 64, 256, 48, 7),
    "t": (0, 2, 10, 20, 100, 0, 3),
    "t2": (1, 4, 12, 30, 101, 48, 7), "k": (1, 2, 3, 3, 5, 4, 3), "l": (1, 2, 6, 40, 900, 3, 33),
}  # fmt: skip
"""By the letters of sizes; others are 3."""

OTHERS: dict[str, tuple[Any, ...]] = {
    "R0": (1.5, 16.0), "mu": (0.25, 40.0), "gamma": (0.05, 0.4), "W": (7, 8), "base": (2.0, 1e6), "gadget": ("cycle", "single"),
    "split": ((1, 2),), "T": (2,), "k": (2,), "q": (9, 16), "L": (9,), "alpha": (3, 0.5), "code": ("hermitian", "projective"),
    "form": ("single", "sink"), "heads": (3, 6), "groups": (2,), "batch": (3,), "error": ("additive",), "blocks": (3,),
    "causal": (True,), "square": (True,), "kind": ("mask",), "slope": (0.25,), "shift": (2,), "masked": (3,), "h": (3,),
    "layout": ("data-first", "private"), "side": ("bidirectional",), "pairs": ("half-split",), "rows": (2,), "columns": (3,),
    "fix": (2,), "cover": ("left",), "aim": ("gap", "pairs"), "gap": (2,), "matched": (True,), "names": (True,), "layers": (2,),
    "residual": (False,), "parts": ((1, 2),),
}  # fmt: skip
"""Parameters that are tried beside those of the families, by their names."""


def variants(edge: Reduction[Any, Any]) -> list[Reduction[Any, Any]]:
    found: list[Any] = [edge]
    for name, values in OTHERS.items():
        if name in {one.name for one in fields(edge)}:  # type: ignore[arg-type]
            for value in values:
                try:
                    found.append(replace(edge, **{name: value}))  # type: ignore[type-var]
                except BadInput:
                    continue
    return found


@pytest.mark.parametrize("place", range(len(FAMILIES)), ids=[f"{place}-{edge.key}" for place, (edge, _) in enumerate(FAMILIES)])
def test_sizes_and_constants(place: int, kept: Keeper) -> None:
    edge: Reduction[Any, Any] = FAMILIES[place][0]
    problem, lines = FAMILIES[place][1]()[0], []
    letters = problem.size
    for other in variants(edge):
        try:
            lines.append(f"{other.spelled} {list(other.legend(problem))}")
        except (Declined, BadInput) as refused:
            lines.append(f"{other.spelled} {refused}")
        for number in range(len(SIZES["n"])):
            of = {letter: SIZES[letter][number] if letter in SIZES else 3 for letter in letters}
            if edge.source is FarHamming:
                of["t"], of["t2"] = of["t2"], of["t"]
            try:
                lines.append(f"{dict(other.size(of))}")
                lines += [f"{name} {digits(value, 9)}" for name, value in other.constants(of).items()]
            except (Declined, BadInput) as refused:
                lines.append(str(refused))
            except (ArithmeticError, ValueError) as error:
                lines.append(type(error).__name__)
    kept("\n".join(lines))


def test_numbers_and_words(kept: Keeper) -> None:
    kept(constants("reductions", "parts"))
