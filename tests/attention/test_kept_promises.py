"""What algorithms promise is what they promised, to six digits: on tasks of all sizes, hostile ones and those of reductions.

The polynomials that `polynomial`, `split` and `boxes` search for, and the directions that `low-rank` does, are not the same on
every machine: whether they promise anything is.
"""

from typing import Any

import numpy as np
import pytest

from attention.algorithm import Algorithm
from attention.ours import KNOWN
from instances.faults import BadInput, Declined
from tests.attention.test_laws import tasks
from tests.support.kept import Keeper, shown

SEARCHED = ("polynomial", "split", "low-rank", "boxes")


@pytest.mark.parametrize("algorithm", KNOWN, ids=lambda one: one.key)
def test_promises(algorithm: Algorithm, kept: Keeper) -> None:
    lines = []
    for inputs in [*tasks(), *tasks(positive=True)]:
        try:
            with np.errstate(all="ignore"):
                promise = algorithm.promise(inputs)
            lines.append(shown(promise if algorithm.key not in SEARCHED else np.isfinite(promise.absolute)))
        except (Declined, BadInput) as refused:
            lines.append(str(refused) if algorithm.key != "low-rank" else "declined")
    kept("\n".join(lines))


@pytest.mark.parametrize("algorithm", [one for one in KNOWN if hasattr(one, "logsumexp_error")], ids=lambda one: one.key)
def test_promises_of_masses(algorithm: Any, kept: Keeper) -> None:
    """As promises, and whether those that search for polynomials promise anything of use."""
    lines = []
    for inputs in tasks():
        try:
            with np.errstate(all="ignore"):
                error = algorithm.logsumexp_error(inputs)
            lines.append(shown(error) if algorithm.key not in SEARCHED else f"{error < 1e-3}")
        except (Declined, BadInput):
            lines.append("declined")
    kept("\n".join(lines))
