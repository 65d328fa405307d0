"""What a table of several records is of."""

from typing import Any

import pytest

from hardlab.conformance.report.peers import title

TRIALS, KERNELS = "Reductions and solvers on trial", "Conformance of attention kernels"


@pytest.mark.parametrize(
    ("kinds", "text"),
    [
        ([], KERNELS), ([None], KERNELS), (["kernel"], KERNELS), (["reduction"], TRIALS), (["solver", "reduction"], TRIALS),
        (["solver", None], KERNELS), (["kernel", "reduction"], KERNELS),
    ],
)  # fmt: skip
def test_titles(kinds: list[str | None], text: str) -> None:
    """Of trials only where all are."""
    records: list[Any] = [{} if kind is None else {"kind": kind} for kind in kinds]
    assert title(records) == text
