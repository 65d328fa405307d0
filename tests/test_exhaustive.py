"""All 17,902 tiny formulas through the laws of every edge that starts at CNF (`make exhaustive`)."""

from typing import Any

import pytest

from instances.cnf import CNF
from reductions import laws
from reductions.ours import REDUCTIONS
from reductions.reduction import Reduction
from tests.support.tiny import ATTAINING, all_formulas, satisfiable

FROM_CNF = [reduction() for reduction in REDUCTIONS if reduction.source is CNF]


@pytest.mark.exhaustive
@pytest.mark.parametrize("reduction", FROM_CNF, ids=lambda reduction: reduction.key)
def test_every_law_on_every_tiny_formula(reduction: Reduction[Any, Any]) -> None:
    family = [*all_formulas(), ATTAINING]
    assert len(family) == 17_903
    counts = laws.laws(reduction, family)
    models = sum(formula.accepts(w) for formula in family for w in formula.witnesses())
    assert counts["checked"] == 2 * len(family)
    assert counts["accepted"] >= models
    assert sum(not satisfiable(formula) for formula in family) > 0
