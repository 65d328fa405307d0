"""One bit of a mask, seen by random data and by planted ones: the share of draws on which it is noticed, against n.

Two faults. *A key that nobody sees*: key floor(0.9 n) has no weight in any row, without a mask. *A row that sees one key too
many*: row floor(0.9 n) sees the key behind its causal diagonal, all other rows are right. The kernels are otherwise exact to a
rounding of the type. Random draws are held against the definition by `numpy.allclose` in the settings of usual harnesses;
planted ones (`hardlab.conformance.planting`, the calls of `hardlab check`) by the bound of the type. Right kernels are given
the same numbers: what is noticed of them is counted as `alarms`.

    OMP_NUM_THREADS=1 python -m benchmarks.what_random_data_see -o docs/pages/assets/random.json
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path
from typing import Literal

import numpy as np

from hardlab.conformance.arithmetic import representable
from hardlab.conformance.case import Case
from hardlab.conformance.evidence import evidence
from hardlab.conformance.planting import Shape
from hardlab.kernels.kernel import Answer, Conventions, Dtype
from instances.bits import Ints
from instances.coded import Floats
from instances.files import atomic_write

Fault = Literal["a key that nobody sees", "a row that sees one key too many"]

FAULTS: tuple[Fault, ...] = ("a key that nobody sees", "a row that sees one key too many")
SIZES = tuple(2**k for k in range(6, 13))
HEADS, D = 2, 128
DRAWS: dict[Fault, int] = {"a key that nobody sees": 40, "a row that sees one key too many": 200}
PLANTED = 12
"""Draws of each setting and n."""

STEP = 1024
"""Rows at a time."""


@dataclass(frozen=True)
class Setting:
    """How entries are drawn, in which type, and the tolerances; none where the call is planted."""

    name: str
    entries: Literal["Gaussian", "uniform", "planted"]
    dtype: Dtype
    rtol: float = 0.0
    atol: float = 0.0


SETTINGS = (
    Setting("Gaussian, float32, 1e-3 and 1e-5", "Gaussian", "float32", 1e-3, 1e-5),
    Setting("Gaussian, float32, 1e-2", "Gaussian", "float32", 1e-2, 1e-2),
    Setting("Gaussian, bfloat16, 2e-2", "Gaussian", "bfloat16", 2e-2, 2e-2),
    Setting("uniform, float32, 1e-4", "uniform", "float32", 1e-4, 1e-4),
    Setting("uniform, float32, 1e-2", "uniform", "float32", 1e-2, 1e-2),
    Setting("planted, float32", "planted", "float32"),
    Setting("planted, bfloat16", "planted", "bfloat16"),
)


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("-o", "--output", type=Path, help="where to write the records")
    options.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="the n")
    given = options.parse_args()
    records = list(measured(given.sizes))
    if given.output is not None:
        with atomic_write(given.output) as stream:
            lines = ",\n".join(f"  {json.dumps(record)}" for record in records)
            settings = json.dumps([asdict(setting) for setting in SETTINGS])
            stream.write(f'{{"settings": {settings},\n "records": [\n{lines}\n]}}\n'.encode())
    return 0


def measured(sizes: Sequence[int]) -> Iterator[dict[str, object]]:
    """A record for each fault, setting and n, printed as it is reached."""
    for fault in FAULTS:
        for setting in SETTINGS:
            one, draws = (_planted, PLANTED) if setting.entries == "planted" else (_random, DRAWS[fault])
            for n in sizes:
                seen = [one(fault, setting, n, seed) for seed in range(draws)]
                noticed, alarms = (sum(column) for column in zip(*seen, strict=True))
                print(f"{fault}; {setting.name}; n = {n}: {noticed} of {draws}, {alarms} alarms", flush=True)
                counts = {"n": n, "draws": draws, "noticed": noticed, "alarms": alarms}
                yield {"fault": fault, "setting": setting.name, **counts}


def _random(fault: Fault, setting: Setting, n: int, seed: int) -> tuple[bool, bool]:
    """Whether allclose notices the wrong kernel, and the right one, on one draw. Rows that are right in both are left out."""
    random = np.random.default_rng((SETTINGS.index(setting), n, seed))
    draw = random.standard_normal if setting.entries == "Gaussian" else random.random
    Q, K, V = (representable(draw((HEADS, n, D)), setting.dtype) for _ in range(3))
    asked = np.arange(n) if fault == "a key that nobody sees" else np.array([late(n)])

    def noticed(given: Floats, right: Floats) -> bool:
        a, b = (representable(X, setting.dtype) for X in (given, right))
        return not np.allclose(a, b, rtol=setting.rtol, atol=setting.atol)

    found = [False, False]
    for head in range(HEADS):
        for rows in np.array_split(asked, -(-len(asked) // STEP)):
            right, wrong = attended(fault, Q[head], K[head], V[head], rows)
            rounded = right.astype(np.float32).astype(np.float64)
            found = [found[0] or noticed(wrong, right), found[1] or noticed(rounded, right)]
    return found[0], found[1]


def attended(fault: Fault, Q: Floats, K: Floats, V: Floats, rows: Ints) -> tuple[Floats, Floats]:
    """Rows of softmax attention of one head, right ones and with the fault."""
    scores, keys, place = Q[rows] @ K.T / sqrt(D), np.arange(len(K)), late(len(K))
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    if fault == "a key that nobody sees":
        right, wrong = np.ones(weights.shape, dtype=np.bool_), np.broadcast_to(keys != place, weights.shape)
    else:
        right, wrong = (keys <= (rows + more)[:, None] for more in (0, 1 * (rows == place)))
    return _mean(weights * right, V), _mean(weights * wrong, V)


def late(n: int) -> int:
    return int(0.9 * n)


def _mean(weights: Floats, V: Floats) -> Floats:
    found: Floats = (weights / weights.sum(axis=1, keepdims=True)) @ V
    return found


def _planted(fault: Fault, setting: Setting, n: int, seed: int) -> tuple[bool, bool]:
    """The same on planted calls, of all rows, held against the bound of the type."""
    causal = fault == "a row that sees one key too many"
    shape = Shape(1, HEADS, HEADS, n, n, D, D)
    case = Case("figure", shape, "outside" if causal else "spread", (n, seed), causal="top-left" if causal else None)
    planted = case.planted(Conventions("1/sqrt(d)", dtype=setting.dtype))
    outputs = np.empty((2, 1, HEADS, n, D))
    for head in range(HEADS):
        Q, K, V = (X[0, head] for X in planted.call.operands[:3])
        for rows in np.array_split(np.arange(n), -(-n // STEP)):
            outputs[:, 0, head, rows] = attended(fault, Q, K, V, rows)
    answers = [Answer(representable(output, setting.dtype), setting.dtype, 0.0) for output in outputs]
    right, wrong = (bool(evidence(case, planted, answer, setting.dtype)[0].wrong.any()) for answer in answers)
    return wrong, right


if __name__ == "__main__":
    sys.exit(main())
