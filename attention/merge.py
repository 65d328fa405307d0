"""Attention over all keys from parts over some of them each, by their outputs and their logsumexp.

Part t of the keys gives T_t and L_t = ln sum_j exp(scale <q, k_j>), the sum over its keys. Then

    L = ln sum_t e^{L_t},   T = sum_t p_t T_t,   p_t = e^{L_t - L}.

Guarantee (derived here). Let e and l be the largest promises of the parts, |T'_t - T_t| <= e and |L'_t - L_t| <= l, and R the
largest spread max_t T'_t - min_t T'_t of an entry, over parts in which its row sees a key. With u = 2^-53, k parts,

    rho = 2 k u max|L'_t| + k (EXP2_ULPS + 4) u,

    |T' - T| <= e + R (tanh(l/2) + 2 rho/(1 - rho)) + 4 u (max|T'_t| + 2 R),
    |L' - L| <= l + rho/(1 - rho) + (2 LOG_ULPS + 8) u (max|L'_t| + ln k + 1).

*Proof.* With p'_t the weights of the L'_t, sum_t p'_t T'_t - sum_t p_t T_t = sum_t (p'_t - p_t) T'_t + sum_t p_t (T'_t - T_t).
The second is at most e. In the first p'_t/p_t is within e^{+-l} up to a factor common to all t, which shifts a mean of numbers
that lie R apart by R tanh(l/2) at most (two values, whose log-odds change by 2 l: Lemma 3.6 with the tight constant, module
`polynomial.polynomial`). ln sum_t e^{L_t} moves by l at most. *Rounding*: L'_t/ln 2 is off by 2 u of itself; a part is merged k
- 1 times at most, each a difference of two such numbers (2 u max|L'_t|), an exponential, a product and an addition. What
underflows is below 2^-1000 of the largest part, far less than WIDEN adds. Values are taken about a vector v, the same for all
parts and one of them, so that |T'_t - v| <= R: as in module `mixed.loss` the quotient is off by 2 R rho/(1 - rho), and by 4 u
(|v| + 2 R), as it is added to v. [] An offset that all of V has in common is in v alone: it is rounded once, and in no weight.
"""

from collections.abc import Sequence
from math import inf, log, tanh
from typing import Any, NamedTuple

import numpy as np

from attention.attended import Attended
from attention.exact.partial import quotient, total
from attention.exp2 import EXP2_ULPS
from attention.rounding import U64, WIDEN, of_log2
from attention.tensors import Output, array_of, is_tensor
from instances.coded import Floats
from instances.faults import BadInput

NOTHING = -1e300
"""The peak of a row in a part in which it sees no key: 2^NOTHING is 0, and differences with it are finite."""


def merge(parts: Sequence[Attended], blind: float | None = None) -> Attended:
    """Attention over the keys of all parts, of the same queries and scale, no key in two of them; with its logsumexp.

    |output - Att| <= promise as the module's text has it, from what the parts promise and how far apart they are, rounding
    included; the logsumexp within its promise. Outputs are of the widest type among the parts'. A row that sees no key in any
    part is given the number `blind`, and is refused where that is None. Whether the parts are of the same queries nobody can
    see. Errors: `BadInput` for no parts, parts without logsumexp or of other shapes, or rows that see no key.
    """
    if isinstance(parts, Attended):
        raise BadInput("parts is one answer of attend: give a list, what attend gave for each set of keys")
    found = list(parts)
    if not found:
        raise BadInput("there are no parts to merge: give what attend gave for each set of keys, with logsumexp=True")
    for number, part in enumerate(found):
        if not isinstance(part, Attended) or part.logsumexp is None:
            raise BadInput(f"part {number} of {len(found)} has no logsumexp: ask attend for it, with logsumexp=True")
    outputs = [_array(part.output) for part in found]
    masses = [_array(part.logsumexp).astype(np.float64) for part in found]
    if len({array.shape for array in outputs}) > 1 or any(L.shape != outputs[0].shape[:-1] for L in masses):
        shapes = ", ".join(f"{T.shape} with {L.shape}" for T, L in zip(outputs, masses, strict=True))
        raise BadInput(f"outputs and logsumexp of the parts have shapes {shapes}: parts are of the same queries and columns")
    as_output = Output.of([part.output for part in found], outputs)
    shape = outputs[0].shape
    Ts = np.stack([array.astype(np.float64).reshape(-1, shape[-1]) for array in outputs])
    Ls = np.stack([L.reshape(-1) for L in masses])
    if np.isnan(Ls).any() or (Ls == inf).any() or not np.isfinite(Ts[Ls > -inf]).all():
        raise BadInput("a part holds NaN or infinity in a row that sees keys: there is nothing to merge")
    T, L, of = _merged(Ts, Ls, max(part.logsumexp_promise for part in found))
    none = np.flatnonzero(np.isneginf(L))
    if len(none) and blind is None:
        raise BadInput(f"row {none[0]} sees no key in any part, so there is no answer: give the number to stand there by blind")
    T[none] = 0.0
    largest = float(np.abs(T).max(initial=0.0))
    promise = (max(part.promise for part in found) + of.output + as_output.rounding(largest)) * WIDEN
    given = np.ascontiguousarray(as_output.rounded(T, largest))
    if blind is not None:
        given[none] = blind
    names = sorted({name for part in found for name in part.algorithm.split("+")})
    return Attended(
        as_output.given(given.reshape(shape)),
        "+".join(names),
        promise,
        tuple(plan for part in found for plan in part.plans),
        logsumexp=as_output.beside(L.reshape(shape[:-1])),
        logsumexp_promise=of.logsumexp,
    )


class _Bounds(NamedTuple):
    """What the module's text has beside e: of the output, and all of it of the logsumexp."""

    output: float
    logsumexp: float


def _merged(Ts: Floats, Ls: Floats, off: float) -> tuple[Floats, Floats, _Bounds]:
    """Of (k, rows, v) outputs and (k, rows) logarithms: the output, NaN where no part sees a key, its logarithm, the bounds."""
    sees = Ls > -inf
    Ls, Ts = np.where(sees, Ls, 0.0), np.where(sees[:, :, None], Ts, Ts[sees.argmax(axis=0), np.arange(Ls.shape[1])])
    low, high = Ts.min(axis=0), Ts.max(axis=0)
    of = [
        (np.where(seen, L / log(2), NOTHING), seen.astype(np.float64), np.where(seen[:, None], T - low, 0.0))
        for T, L, seen in zip(Ts, Ls, sees, strict=True)
    ]
    sums = total(of)
    with np.errstate(divide="ignore"):
        L = np.where(sees.any(axis=0), log(2) * (sums[0] + np.log2(sums[1])), -inf)
    some = sees.any(axis=0)
    largest = float(np.maximum(np.abs(low[some]), np.abs(high[some])).max(initial=0.0))
    return low + quotient(sums), L, _bounds(float((high - low)[some].max(initial=0.0)), largest, Ls, off)


def _bounds(R: float, largest: float, Ls: Floats, off: float) -> _Bounds:
    k, reach = len(Ls), float(np.abs(Ls).max(initial=0.0))
    rho = (2 * k * U64 * reach + k * (EXP2_ULPS + 4) * U64) * WIDEN
    if not (rho < 0.5 and off < inf):
        return _Bounds(inf, inf)
    lost = rho / (1 - rho)
    output = R * (tanh(off / 2) + 2 * lost) + 4 * U64 * (largest + 2 * R)
    return _Bounds(output * WIDEN, (off + lost + of_log2(reach + log(k) + 1)) * WIDEN)


def _array(values: Any) -> Any:
    return array_of(values, "a part") if is_tensor(values) else np.asarray(values)
