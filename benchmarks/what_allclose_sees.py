"""What `torch.allclose` sees of kernels that are wrong: those of `tests/support/bed`, in the settings of usual harnesses.

Inputs are drawn, and outputs (gradients too, where the fault is there) are compared with the definition in float64, rounded
to the type of the inputs. A kernel is *seen* where it raises, gives another shape, or is not close in some call of the setting,
else *missed*; a missed one is *tolerated* where it is off by more than roundings when it is given the same numbers in float32,
else its fault was not met. It is *not asked* where the setting has no call for it (KernelBench compares no gradients), and has
*no fault here* where the fault is one of precision that the type of the inputs does not have. Right kernels are called too:
*refused* or *accepted*.

    python -m benchmarks.what_allclose_sees [--json FILE] [SETTING ...]
"""

import argparse
import json
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from math import inf, isfinite
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.timing import library
from instances.files import atomic_write
from tests.support.bed.calling import allowed, answers, defined, fits, off
from tests.support.bed.cases import Array, Call, Case, draw, drawn, rounded
from tests.support.bed.definition import ROUNDOFF
from tests.support.bed.entries import Entry

Row = dict[str, Any]

STATUS = ("seen", "tolerated", "not met", "not asked", "no fault here", "accepted", "refused")

SQUARE = Case(n=128, m=128, d=64, v=64)
PACKED = Case(b=1, n=192, m=192, d=64, v=64, cu_seqlens=((0, 64, 128, 192), (0, 64, 128, 192)))
UNEQUAL = Case(n=96, m=160, G=2, d=64, v=64)
LONG = Case(n=1000, m=1000, d=64, v=64)
APART = replace(PACKED, n=165, m=230, G=2, cu_seqlens=((0, 40, 101, 165), (0, 70, 149, 230)))

PLAIN = (SQUARE, replace(SQUARE, causal="top-left"), PACKED, replace(PACKED, causal="bottom-right"))
"""Square shapes, equal heads; with the causal flag where there is one."""

THOROUGH = (
    UNEQUAL, replace(UNEQUAL, scale=0.2), replace(UNEQUAL, causal="top-left"), replace(UNEQUAL, causal="bottom-right"),
    replace(SQUARE, G=2, window=(40, 20)), replace(UNEQUAL, window=(40, None), causal="bottom-right"),
    replace(UNEQUAL, keep="right"), replace(UNEQUAL, mask="shared"), replace(UNEQUAL, mask="each"),
    replace(UNEQUAL, bias="shared"), replace(UNEQUAL, bias="each"), replace(UNEQUAL, alibi=True),
    replace(UNEQUAL, alibi=True, causal="bottom-right"), APART, replace(APART, causal="bottom-right"),
)  # fmt: skip
"""Unequal lengths, grouped heads, and each feature that the kernel offers; lengths and widths are multiples of 16."""

ODD = (*(case if case.cu_seqlens else replace(case, n=case.n - 3, m=case.m - 3, d=52, v=60) for case in THOROUGH), LONG)
"""The same of lengths and widths that are not, and 1,000 rows and keys."""

BENCH = (Case(b=2, H=4, G=4, n=512, m=512, d=1024, v=1024, uniform=True),)
"""KernelBench's level 1, problem 97, with uniform entries; of its 32 batches of 32 heads so many."""


@dataclass(frozen=True)
class Setting:
    """Calls, the type of the inputs, the tolerances, and whether gradients are compared."""

    cases: tuple[Case, ...]
    dtype: str
    rtol: float
    atol: float
    gradients: bool = True


SETTINGS = {
    "square": Setting(PLAIN, "float32", 1e-3, 1e-5),
    "thorough": Setting(THOROUGH, "float32", 1e-3, 1e-5),
    "odd": Setting(ODD, "float32", 1e-3, 1e-5),
    "thorough, bfloat16": Setting(THOROUGH, "bfloat16", 2e-2, 2e-2),
    "odd, bfloat16": Setting(ODD, "bfloat16", 2e-2, 2e-2),
    "KernelBench, 1e-2": Setting(BENCH, "float32", 1e-2, 1e-2, gradients=False),
    "KernelBench, 1e-4": Setting(BENCH, "float32", 1e-4, 1e-4, gradients=False),
    "KernelBench, Gaussian, 1e-2": Setting((replace(BENCH[0], uniform=False),), "float32", 1e-2, 1e-2, gradients=False),
}


def main() -> int:
    library("torch", "torch")
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("settings", nargs="*", metavar="SETTING", help=f"one of: {'; '.join(SETTINGS)}")
    options.add_argument("--json", type=Path, help="where to write one row a kernel and setting")
    given = options.parse_args()
    if unknown := [name for name in given.settings if name not in SETTINGS]:
        options.error(f"{unknown[0]!r} is no setting: take {'; '.join(SETTINGS)}")
    rows = [row for name in given.settings or SETTINGS for row in rows_of(name)]
    shown(rows)
    if given.json is not None:
        with atomic_write(given.json) as stream:
            stream.write(json.dumps({"settings": said(), "rows": [finite(row) for row in rows]}, indent=1).encode())
    return 0


def rows_of(name: str) -> Iterator[Row]:
    """A row for each kernel in a setting."""
    setting = SETTINGS[name]
    tables = [import_module(f"tests.support.faulty_{arrays}") for arrays in ("numpy", "torch")]
    for entry in (entry for table in tables for entry in (*table.RIGHT, *table.WRONG)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = judged(entry, setting)
        about = {"kernel": entry.name, "target": entry.backward if ":" in entry.backward else entry.target}
        yield {"setting": name, **about, "kind": entry.kind, "says": entry.says, **found}


def judged(entry: Entry, setting: Setting) -> Row:
    """What becomes of a kernel: status, largest error and calls."""
    right, own = entry.kind == "right", type_of(entry, setting.dtype)
    row: Row = {"status": "not asked", "error": 0.0, "calls": 0}
    if (right and own not in entry.dtypes) or (
        not setting.gradients and entry.backward and (not right or ":" in entry.backward)
    ):
        return row
    if entry.kind == "precision" and not wrong_in(entry, setting.dtype):
        return row | {"status": "no fault here"}
    close, cases = True, fitting(entry, setting.cases)
    for case in cases:
        call, exact = asked(case, setting.dtype)
        row["calls"] += 1
        try:
            found = answers(entry, call, own)
        except Exception:
            close = close and entry.declines
            continue
        for of in found if setting.gradients else ("O",):
            near, error = compared(found[of], rounded(exact[of], setting.dtype), setting)
            close, row["error"] = close and near, max(row["error"], error)
    if right and cases:
        row["status"] = "accepted" if close else "refused"
    elif cases:
        row["status"] = "seen" if not close else "tolerated" if any(met(entry, case, setting) for case in cases) else "not met"
    return row


def met(entry: Entry, case: Case, setting: Setting) -> bool:
    """Whether a kernel that was given those numbers in float32 is off by more than a right one may be."""
    call, exact = asked(case, setting.dtype)
    return off(entry, call, exact, "float32") > allowed(call)


def compared(found: Any, expected: Array, setting: Setting) -> tuple[bool, float]:
    """Whether `torch.allclose` takes the one for the other, and the largest error."""
    if found is None or found.shape != expected.shape:
        return False, inf
    torch = import_module("torch")
    dtype = getattr(torch, setting.dtype)
    a, b = (torch.from_numpy(np.ascontiguousarray(X)).to(dtype) for X in (found, expected))
    error = float(np.abs(found - expected).max())
    return bool(torch.allclose(a, b, rtol=setting.rtol, atol=setting.atol)), error if isfinite(error) else inf


def fitting(entry: Entry, cases: Iterable[Case]) -> list[Case]:
    """The calls that the kernel takes, with as many heads of keys as of queries where it takes no fewer."""
    found = []
    for case in cases:
        found += [some for some in (case, replace(case, G=case.H)) if fits(entry, some)][:1]
    return found


@cache
def asked(case: Case, dtype: str) -> tuple[Call, dict[str, Array]]:
    """A call, and what it comes to."""
    call = draw(case, dtype, seed=0)
    return call, defined(call)


def wrong_in(entry: Entry, dtype: str) -> bool:
    """Whether a fault of precision is one in that type: the case of the table shows it."""
    name, own = entry.on[0], type_of(entry, dtype)
    call = drawn(name, dtype)
    error = off(entry, call, defined(call), own)
    return error * ROUNDOFF[own] / ROUNDOFF[dtype] > allowed(call)


def type_of(entry: Entry, dtype: str) -> str:
    """NumPy has no bfloat16: its kernels get such numbers in float32."""
    return "float32" if dtype == "bfloat16" and entry.arrays == "numpy" else dtype


def finite(row: Row) -> Row:
    """JSON has no infinity: None."""
    return row | {"error": row["error"] if isfinite(row["error"]) else None}


def said() -> dict[str, Row]:
    """The settings, for the file."""
    return {
        name: {"dtype": s.dtype, "rtol": s.rtol, "atol": s.atol, "gradients": s.gradients, "calls": [vars(c) for c in s.cases]}
        for name, s in SETTINGS.items()
    }


def shown(rows: list[Row]) -> None:
    """Counts of each setting, who is tolerated, and of what kinds the faults are that were not met."""
    for name in dict.fromkeys(row["setting"] for row in rows):
        of = {status: [row for row in rows if (row["setting"], row["status"]) == (name, status)] for status in STATUS}
        count = {status: len(of[status]) for status in STATUS}
        missed = count["tolerated"] + count["not met"]
        print(
            f"{name}: {missed} of {missed + count['seen']} wrong kernels are missed, {count['tolerated']} of them tolerated"
            f" ({count['no fault here']} more have no fault here); of {count['accepted'] + count['refused']} right ones"
            f" {count['refused']} are refused"
        )
        kinds = Counter(row["kind"] for row in of["not met"])
        print(f"  not met: {', '.join(f'{kind} {times}' for kind, times in kinds.items())}")
        for status in ("tolerated", "refused"):
            for row in of[status]:
                print(f"  {status}: {row['kernel']} ({row['kind']}), error {row['error']:.1e}")


if __name__ == "__main__":
    sys.exit(main())
