"""Plug-ins of somebody else, as source text."""

from pathlib import Path
from typing import Any

from instances.dimacs import read
from tests.support.places import SAT

CHAINS = ("auto", "cnf-ov,ov-attention")


FUNCTIONS = '''
import sys
import numpy as np


def attention(Q, K, V, scale):
    S = scale * Q @ K.T
    W = np.exp(S - S.max(axis=1, keepdims=True))
    return W @ V / W.sum(axis=1, keepdims=True)


def nan(Q, K, V, scale):
    return np.full((len(Q), V.shape[1]), np.nan)


def one_nan(Q, K, V, scale):
    out = attention(Q, K, V, scale)
    out[-1, 0] = np.nan
    return out


def infinite(Q, K, V, scale):
    return np.full((len(Q), V.shape[1]), np.inf)


def flat(Q, K, V, scale):
    return attention(Q, K, V, scale)[:, 0]


def transposed(Q, K, V, scale):
    return attention(Q, K, V, scale).T


def too_few_rows(Q, K, V, scale):
    return attention(Q, K, V, scale)[:-1]


def ragged(Q, K, V, scale):
    return [[1.0]] * (len(Q) - 1) + [[1.0, 2.0]]


def nothing(Q, K, V, scale):
    return None


def text(Q, K, V, scale):
    return [["high"]] * len(Q)


def unreal(Q, K, V, scale):
    return attention(Q, K, V, scale) + 1j


def raises(Q, K, V, scale):
    raise RuntimeError("no kernel\\nfor this shape")


def exits(Q, K, V, scale):
    sys.exit(0)


def constant(Q, K, V, scale):
    return np.full((len(Q), V.shape[1]), 0.25)


def ones(Q, K, V, scale):
    return np.ones((len(Q), V.shape[1]))


def random(Q, K, V, scale):
    return np.random.default_rng(0).uniform(V.min(), V.max(), (len(Q), V.shape[1]))


def wrong_scale(Q, K, V, scale):
    return attention(Q, K, V, 1 / np.sqrt(Q.shape[1]))


def opposite(Q, K, V, scale):
    return attention(Q, K, V, -scale)


def rounded(X):
    """To the 8 bits of a bfloat16."""
    mantissa, exponent = np.frexp(X)
    return np.ldexp(np.round(mantissa * 256) / 256, exponent)


def bfloat16(Q, K, V, scale):
    S = rounded(scale * rounded(rounded(Q) @ rounded(K).T))
    W = rounded(np.exp(S - S.max(axis=1, keepdims=True)))
    return rounded(rounded(W @ rounded(V)) / rounded(W.sum(axis=1, keepdims=True)))


def writes(Q, K, V, scale):
    Q[:] = 0
    K *= 2
    return attention(Q, K, V, scale)


def looks(Q, K, V, scale):
    for X in (Q, K, V):
        assert X.ndim == 2 and X.flags.c_contiguous and not X.flags.writeable
        assert X.dtype == np.float64
    assert isinstance(scale, float) and len(K) == len(V) and Q.shape[1] == K.shape[1]
    return attention(Q, K, V, scale)


def looks32(Q, K, V, scale):
    assert {X.dtype for X in (Q, K, V)} == {np.dtype(np.float32)}
    return attention(Q, K, V, np.float32(scale))
'''


ALGORITHMS = '''
import numpy as np
from attention import Promise
from attention.exact.certified import certified_row
from plain_functions import attention


class Good:
    """Exact, and says so."""

    key = "good"
    logarithmic = False

    def promise(self, inputs):
        return Promise(0.0, 1e-9)

    def __call__(self, inputs):
        n, m = inputs.n, inputs.m
        return attention(inputs.queries(slice(0, n)), inputs.keys(slice(0, m)), inputs.V, inputs.scale)


class Between(Good):
    """Answers in the middle of V, where no row with such a promise can be."""

    key = "between"

    def __call__(self, inputs):
        return np.full((inputs.n, 1), (inputs.V.max() + inputs.V.min()) / 2 + 1e-3)


class Low(Good):
    """Answers the least value everywhere: NO to everything."""

    key = "low"

    def __call__(self, inputs):
        return np.full((inputs.n, 1), inputs.V.min())


class High(Good):
    """Answers the largest value everywhere: YES to everything."""

    key = "high"

    def __call__(self, inputs):
        return np.full((inputs.n, 1), inputs.V.max())


class Beyond(Good):
    """Answers more than every value."""

    key = "beyond"

    def __call__(self, inputs):
        return np.full((inputs.n, 1), 2 * inputs.V.max())


class Weak(Good):
    """Promises next to nothing."""

    key = "weak"

    def promise(self, inputs):
        return Promise(1e6, 0.0)


class Unlikely(Good):
    """Promises with a failure that is too large for NO."""

    key = "unlikely"

    def promise(self, inputs):
        return Promise(0.0, 1e-9, failure=0.01)


class Numbers(Good):
    """Gives numbers for a promise."""

    key = "numbers"

    def promise(self, inputs):
        return (0.0, 1e-9)


class Negative(Good):
    """Promises less than nothing."""

    key = "negative"

    def promise(self, inputs):
        return Promise(-1.0, 0.0)
'''


def checked(record: dict[str, Any], file: Path) -> None:
    """The verdict is not wrong, and a YES has a model."""
    truth = "yes" if file == SAT else "no"
    assert record["oracle"] == truth
    assert record["verdict"] in (truth, "unknown")
    if record["verdict"] == "yes":
        assert read(file).accepts(tuple(int(literal > 0) for literal in record["model"]))


# --------------------------------------------------------------------------------------------- plain functions

FAULTS = {
    "nan": "not finite",
    "one_nan": "not finite",
    "infinite": "not finite",
    "flat": "gave shape",
    "transposed": "gave shape",
    "too_few_rows": "gave shape",
    "ragged": "raised ValueError",
    "nothing": "of type object",
    "text": "gave an array of type",
    "unreal": "complex",
    "raises": "raised RuntimeError: no kernel for this shape",
    "exits": "raised SystemExit",
    "writes": "read-only",
}


# ------------------------------------------------------------------------------------- installed distributions

MODULE = '''
"""An attention function, an algorithm and a solver of somebody else."""

import numpy as np
from attention import Promise
from instances.vectors import GapHamming
from solvers import Decision, Verdict


def reference(Q, K, V, scale):
    S = scale * Q @ K.T
    W = np.exp(S - S.max(axis=1, keepdims=True))
    return W @ V / W.sum(axis=1, keepdims=True)


class Careful:
    key = "careful"
    logarithmic = False

    def promise(self, inputs):
        return Promise(1e-6, 1e-9)

    def __call__(self, inputs):
        return reference(inputs.queries(slice(0, inputs.n)), inputs.keys(slice(0, inputs.m)), inputs.V, inputs.scale)


class Pairs:
    key = "pairs"
    problems = (GapHamming,)

    def solve(self, problem):
        for i, a in enumerate(problem.A.bools()):
            for j, b in enumerate(problem.B.bools()):
                if (a != b).sum() <= problem.t:
                    return Decision(Verdict.YES, "seen", (i, j))
        return Decision(Verdict.NO, "looked at every pair")


class Guesser(Pairs):
    key = "guesser"

    def solve(self, problem):
        return Decision(Verdict.YES, "guessed", (0, 0))


class Denier(Pairs):
    key = "denier"

    def solve(self, problem):
        return Decision(Verdict.NO, "denied")


class Crasher(Pairs):
    key = "crasher"

    def solve(self, problem):
        raise ZeroDivisionError("crashed")


class Talker(Pairs):
    key = "talker"

    def solve(self, problem):
        return "yes"
'''


PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "somebodys-plugins"
version = "3.1"

[tool.hatch.build.targets.wheel]
include = ["somebodys.py"]
"""


ENTRY_POINTS = {
    "hardlab.attention": {"reference": "somebodys:reference", "careful": "somebodys:Careful"},
    "hardlab.solvers": {name.lower(): f"somebodys:{name}" for name in ("Pairs", "Guesser", "Denier", "Crasher", "Talker")},
}


def handmade(site: Path, name: str, version: str, points: dict[str, dict[str, str]]) -> None:
    """A distribution of nothing but its metadata."""
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = [f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in of.items()) for group, of in points.items()]
    (info / "entry_points.txt").write_text("\n".join(lines))


# ----------------------------------------------------------------------------------- broken and repeated names

EDGE = """
from dataclasses import dataclass
from typing import ClassVar

from instances.vectors import GapHamming, OrthogonalVectors
from reductions.edges.ov_hamming import OvHamming
from reductions.reduction import Theorem


@dataclass(frozen=True)
class Again(OvHamming):
    key: ClassVar[str] = "ov-hamming-again"
    theorem: ClassVar[Theorem] = Theorem("the same once more", "nobody, Theorem 0")
"""
