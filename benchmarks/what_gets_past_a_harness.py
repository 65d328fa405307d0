"""Kernels that game a check (`tests/support/gaming.py`), under a usual harness and under `hardlab check --quick`.

The harness calls the kernel in its own process, on `TRIALS` fresh draws of one shape, Gaussian and float32, and compares with
the definition by `allclose` of the kernel's library: 1e-2 and 1e-4 are the tolerances of KernelBench, old and new. A kernel is
*accepted* where all are close. Each kernel has a process of its own, since some spoil it.

    OMP_NUM_THREADS=1 python -m benchmarks.what_gets_past_a_harness [--json FILE] [--harness]
"""

import argparse
import json
import sys
from collections import Counter
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.timing import library
from hardlab.conformance.checking import check_algorithm
from hardlab.conformance.result import FAILED
from hardlab.kernels.kernel import Conventions
from instances.files import atomic_write
from tests.support.gaming import TABLE, Gaming
from tests.support.gaming_answers import right

Row = dict[str, Any]

TRIALS = 5
N, D = 512, 64
HEADS = {"plain": (), "heads": (2, 4), "sdpa": (2, 4)}
TOLERANCES = (1e-2, 1e-4)


def main() -> int:
    library("torch", "torch")
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--json", type=Path, help="where to write one row a kernel")
    options.add_argument("--harness", action="store_true", help="leave out hardlab check")
    given = options.parse_args()
    rows = []
    for entry in TABLE:
        row: Row = {"kernel": entry.name, "kind": entry.kind, "trick": entry.trick, "allclose": alone(entry)}
        row |= {} if given.harness else checked(entry)
        print(row, flush=True)
        rows.append(row)
    shown(rows)
    if given.json is not None:
        with atomic_write(given.json) as stream:
            stream.write(json.dumps(rows, indent=1).encode())
    return 0


def alone(entry: Gaming) -> dict[str, bool]:
    """What the harness says of it in a process of its own; a process that ends badly has not accepted it."""
    forked = get_context("fork")
    mine, its = forked.Pipe(duplex=False)
    process = forked.Process(target=_answer, args=(entry, its))
    process.start()
    its.close()
    try:
        found: dict[str, bool] = mine.recv()
    except EOFError:
        found = {f"{tolerance:g}": False for tolerance in TOLERANCES}
    process.join()
    return found


def _answer(entry: Gaming, to: Connection) -> None:
    to.send(accepted(entry))


def accepted(entry: Gaming) -> dict[str, bool]:
    """Whether all trials are close, by tolerance: one process, and the inputs are gone after each trial."""
    module = entry.target.partition(":")[0]
    torch: Any = import_module("torch") if module.endswith("torch") else None
    kernel, close = entry.fresh(), {f"{tolerance:g}": True for tolerance in TOLERANCES}
    for trial in range(TRIALS):
        random = np.random.default_rng(trial)
        drawn = [random.standard_normal((*HEADS[entry.convention], N, D)).astype(np.float32) for _ in range(3)]
        Q, K, V = (X.astype(np.float64) for X in drawn)
        expected = right(Q, K, V, D**-0.5).astype(np.float32)
        operands = drawn if torch is None else [torch.from_numpy(X) for X in drawn]
        try:
            given = kernel(*operands, scale=D**-0.5)
            wanted = expected if torch is None else torch.from_numpy(expected)
            allclose: Any = np.allclose if torch is None else torch.allclose
            for tolerance in TOLERANCES:
                near = given.shape == wanted.shape and bool(allclose(given, wanted, rtol=tolerance, atol=tolerance))
                close[f"{tolerance:g}"] = close[f"{tolerance:g}"] and near
        except Exception:
            close = dict.fromkeys(close, False)
    return close


def checked(entry: Gaming) -> Row:
    """What hardlab check --quick says of it: the groups of checks that speak against it."""
    conventions = Conventions(dtype="float32", convention=entry.convention)
    forbidden = entry.found == "library"
    checks = list(check_algorithm(entry.target, conventions, quick=True, forbid_library=forbidden, seed_of_check=1))
    found = [result for check in checks for result in check.results()]
    noticed = {finding.partition(":")[0] for finding in checks[0].kernel.noticed}
    lost = Counter(result.name.partition("/")[0] for result in found if result.status in FAILED)
    return {"by": [*lost, *(f"honesty/{key}" for key in sorted(noticed))]}


def shown(rows: list[Row]) -> None:
    """By kind: how many there are, how many each accepts."""
    for kind in dict.fromkeys(row["kind"] for row in rows):
        of = [row for row in rows if row["kind"] == kind]
        past = {tolerance: sum(row["allclose"][tolerance] for row in of) for tolerance in of[0]["allclose"]}
        ours = Counter(name for row in of for name in row.get("by", ()))
        missed = [row["kernel"] for row in of if not row.get("by", ["-"])]
        print(f"{kind}: {len(of)}; accepted by allclose: {past}; hardlab accepts {missed}; seen by {dict(ours)}")


if __name__ == "__main__":
    sys.exit(main())
