"""How many bytes each of these asks for before it begins is what it was: of two sizes, with two threads."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

import attention.polynomial.gradients as gradients
import attention.polynomial.polynomial as polynomial
from instances.mechanism import Mechanism
from instances.visibility import Visibility
from tests.support.bytes_asked import bytes_asked, rows
from tests.support.kept import NumbersKeeper

CAUSAL = Mechanism(sees=Visibility(right=0))

ASKED: dict[str, tuple[ModuleType, Callable[[int, int], Any]]] = {
    "gradients": (gradients, lambda n, d: gradients.planned(rows(n, d), 1e-3, 1e-3)),
    "polynomial": (polynomial, lambda n, d: polynomial.Polynomial(1e-3).plan(rows(n, d))),
    "causal": (polynomial, lambda n, d: polynomial.Polynomial(1e-3).plan(rows(n + 600, d, 2, CAUSAL))),
}  # fmt: skip


@pytest.mark.parametrize("which", ASKED)
def test_bytes(which: str, kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_numbers(bytes_asked(monkeypatch, *ASKED[which]))
