"""A check whose inputs are written, run by a script there, and judged by what came back."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.calling import Answer, Caller
from tests.support.places import ROOT

KERNELS = """
import os
import sys

import numpy as np


def right(Q, K, V, scale):
    S = (Q * Q.dtype.type(scale)) @ K.T
    W = np.exp(S - S.max(axis=1, keepdims=True))
    return (W @ V) / W.sum(axis=1, keepdims=True)


def by_name(Q, K, V, *, scale):
    return right(Q, K, V, scale)


def square(Q, K, V, scale):
    if not Q.shape == K.shape == V.shape:
        raise AssertionError("as many keys as queries, as wide as they are")
    return right(Q, K, V, scale)


def built_in(Q, K, V):
    return right(Q, K, V, Q.shape[1] ** -0.5)


def always(Q, K, V, scale):
    S = np.where(np.tri(len(Q), len(K), dtype=bool), scale * Q @ K.T, -np.inf)
    W = np.exp(S - S.max(axis=1, keepdims=True))
    return ((W @ V) / W.sum(axis=1, keepdims=True)).astype(Q.dtype)


def nothing(Q, K, V, scale):
    return np.full((len(Q), V.shape[1]), np.nan, Q.dtype)


def words(Q, K, V, scale):
    return "no array"


def short(Q, K, V, scale):
    return right(Q, K, V, scale)[:-1]


def writes(Q, K, V, scale):
    output = right(Q, K, V, scale)
    Q *= 2
    return output


def refuses(Q, K, V, scale):
    raise NotImplementedError("on Tuesdays")


def too_large(Q, K, V, scale):
    raise MemoryError("of numbers")


def leaves(Q, K, V, scale):
    if len(K) == 70:
        os._exit(3)
    return right(Q, K, V, scale)


class Made:
    def __call__(self, Q, K, V, scale):
        return right(Q, K, V, scale)


def ends(Q, K, V, scale):
    if len(K) == 70:
        sys.exit(3)
    return right(Q, K, V, scale)
"""


def written(call: Caller, folder: Path, *words: object) -> Path:
    """The folder of inputs, with a file of kernels beside it."""
    (folder / "mine.py").write_text(KERNELS)
    there = folder / "there"
    answer = call("check", "--write", there, "--quick", *words)
    assert answer.code == 0, answer
    return there


def run(there: Path, kernel: str, *words: str, by: str = "numpy", code: int = 0) -> str:
    """What the script says that runs the kernel; the lab is nowhere to be found."""
    path = str(ROOT) if kernel.startswith("tests.") else ""
    done = subprocess.run(
        [sys.executable, str(there / f"run_{by}.py"), kernel, *words],
        cwd=there.parent,
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == code, done.stderr[-2000:]
    return done.stderr


def judged(call: Caller, there: Path, *words: object) -> tuple[Answer, dict[str, Any]]:
    answer = call("check", "--answers", there, *words, "--json")
    return answer, answer.json


def statuses(record: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["status"] for check in record["checks"]}


def manifest(there: Path) -> dict[str, Any]:
    given: dict[str, Any] = json.loads((there / "manifest.json").read_text())
    return given


def arrays(file: Path) -> dict[str, Any]:
    with np.load(file) as stored:
        return {name: stored[name] for name in stored.files}
