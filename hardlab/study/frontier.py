"""Gaps of the reductions from Orthogonal Vectors in dimension m, from their size formulas alone: nothing is built.

Letters: lists of N vectors; Merlin's messages are the instances of the disjunction, 1 for a direct gadget; n, d, t, t2 and
eps = (t2 - t)/t of each gap instance; B bounds the entries of `hamming-attention` on it, so eps decides how small B can be;
pairs = messages N^2, the steps that deciding every instance by its definition takes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from math import ceil, log2

from hardlab.pages.text import table
from hardlab.study.records import check_study
from instances.faults import BadInput, Declined, at_least
from instances.problem import Size
from reductions.chain import Chain
from reductions.codes.families import hermitian_k
from reductions.codes.field import FIELDS, most_multipliers
from reductions.codes.parameters import MAX_MESSAGES, MAX_SYMBOLS, Code, Parameters, chosen
from reductions.edges.far_hamming import FarToNear
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.ov_far import OvFar
from reductions.edges.ov_gap import OvGap
from reductions.edges.ov_hamming import OvHamming
from reductions.reduction import AnyReduction

STUDY = "frontier"
LINE = "4/m"
LARGEST_M, LARGEST_N, LARGEST_CURVE = 2**16, 2**60, 2**8
"""The largest m of a table, N, and m of a figure."""

OVERTAKING = "constant gap (soundness 1/2, q = p^2) for m = c log2 N and delta log2 N bits of Merlin's:"
"""What stands above the table of `asymptotic`."""

Steps = tuple[AnyReduction, ...]


@dataclass(frozen=True)
class Record:
    """One kind of reduction at one m. None where there is nothing: `reason` says why no reduction of this kind exists, and
    the bound 4/m is a number without an instance."""

    study: str
    kind: str
    reduction: str | None
    m: int
    N: int
    messages: int | None
    log2_messages: float | None
    n: int | None
    d: int | None
    t: int | None
    t2: int | None
    eps: float | None
    B: float | None
    pairs: int | None
    log2_pairs: float | None
    reason: str | None

    def __post_init__(self) -> None:
        check_study(self.study, STUDY)

    @property
    def beats_the_line(self) -> bool:
        """Whether eps is above 4/m."""
        return self.eps is not None and self.eps > float(line(self.m))


def line(m: int) -> Fraction:
    """4/m for m >= 2, and 2 for m = 1: the best eps that one gadget for m coordinates is known to reach.

    It is optimal for m = 1 to 4 (derived here, a linear programme over the cut cone) and reached for every m by
    `ov-hamming[gadget=cycle]`.
    """
    return Fraction(4, max(2, m))


def checked(m: int, N: int, most: int | None = None) -> None:
    """Errors: `BadInput` unless 1 <= m <= 2^16, 1 <= N <= 2^60, and 2 <= most <= 2^8, the largest m of a figure."""
    _between("--m", m, 1, LARGEST_M)
    _between("--n", N, 1, LARGEST_N)
    if most is not None:
        _between("--max-m", most, 2, LARGEST_CURVE)


def _between(option: str, value: int, least: int, largest: int) -> None:
    at_least(option, value, least)
    if value > largest:
        raise BadInput(f"{option} {value}: it must be at most 2^{log2(largest):.0f}")


def records(sizes: Iterable[int], N: int) -> Iterator[Record]:
    """A record for each kind at each m of `sizes`. Errors: `BadInput`."""
    for m in sizes:
        checked(m, N)
        yield _record(LINE, None, m, N, {}, float(line(m)))
        for kind, steps_of in KINDS.items():
            try:
                yield _of(kind, steps_of(m), m, N)
            except Declined:
                yield _none(kind, m, N)


def _of(kind: str, steps: Steps, m: int, N: int) -> Record:
    chain = Chain(tuple(steps))
    size = chain.sizes({"n": N, "m": N, "d": m})[-1]
    return _record(kind, chain.spelled, m, N, size, float(Fraction(size["t2"] - size["t"], size["t"])))


def _record(kind: str, reduction: str | None, m: int, N: int, size: Size, eps: float) -> Record:
    messages = size.get("count", 1)
    B = HammingAttention().constants(size)["B"] if size else None
    letters = (size.get("n"), size.get("d"), size.get("t"), size.get("t2"))
    pairs = messages * N**2
    return Record(STUDY, kind, reduction, m, N, messages, log2(messages), *letters, eps, B, pairs, log2(pairs), None)


def _none(kind: str, m: int, N: int) -> Record:
    limits = f"at most 2^{log2(MAX_MESSAGES):.0f} messages and q^T <= 2^{log2(MAX_SYMBOLS):.0f}"
    reason = f"no code of this kind holds m = {m} with {limits}"
    return Record(STUDY, kind, None, m, N, None, None, None, None, None, None, None, None, None, None, reason)


def _least_work(m: int) -> Steps:
    """The parameters that `ov-gap` takes where none are given."""
    return (_spelled_out(OvGap().parameters(m)),)


def _widest_reed_solomon(m: int) -> Steps:
    """All points (L = q) and the least k for each q and T: more points and smaller k only raise D'/L."""
    return _widest(
        m,
        "reed-solomon",
        [(T, k, q, q, 0) for q in FIELDS for T in range(1, min(m, most_multipliers(q)) + 1) if 2 * (k := ceil(m / T)) - 1 <= q],
    )


def _widest_hermitian(m: int, q: int) -> Steps:
    """The least alpha for each T: a smaller one only raises D' = L - 2 alpha."""
    return _widest(
        m,
        "hermitian",
        [
            (T, 0, q, 0, next(alpha for alpha in count() if T * hermitian_k(q, alpha) >= m))
            for T in range(1, min(m, most_multipliers(q)) + 1)
        ],
    )


def _projective(m: int) -> Steps:
    return (_spelled_out(chosen(m, "projective", 0, 0, 0, 0, 0)),)


def _widest(m: int, code: Code, candidates: Iterable[tuple[int, int, int, int, int]]) -> Steps:
    """The largest eps of (T, k, q, L, alpha), ties by the least messages x dimension. Errors: `Declined` where none is."""
    found = []
    for candidate in candidates:
        with suppress(Declined):
            found.append(chosen(m, code, *candidate))
    if not found:
        raise Declined("no code is within the limits")
    return (_spelled_out(max(found, key=lambda of: (of.eps, -of.messages * of.dimension))),)


def _spelled_out(of: Parameters) -> OvGap:
    """The reduction with every parameter given."""
    if of.code == "reed-solomon":
        return OvGap(T=of.T, k=of.k, q=of.q, L=of.L)
    return OvGap("hermitian", T=of.T, q=of.q, alpha=of.alpha) if of.code == "hermitian" else OvGap("projective", k=of.k)


KINDS: dict[str, Callable[[int], Steps]] = {
    "pair gadgets": lambda m: (OvHamming(),),
    "gadgets on a circle": lambda m: (OvHamming("cycle"),),
    "single gadgets": lambda m: (OvHamming("single"),),
    "farthest pair": lambda m: (OvFar(), FarToNear()),
    "Reed-Solomon, least work": _least_work,
    "Reed-Solomon, largest eps": _widest_reed_solomon,
    "Hermitian over F_4": lambda m: _widest_hermitian(m, 4),
    "Hermitian over F_9": lambda m: _widest_hermitian(m, 9),
    "projective over F_3": _projective,
}
"""The kinds of reductions, and the reduction of each for m coordinates. Errors: `Declined` where there is none."""


def summary(found: Sequence[Record], m: int) -> str:
    """What the records say at m, in a sentence or two."""
    here = [record for record in found if record.m == m and record.eps is not None and record.kind != LINE]
    codes = [record for record in here if "ov-gap" in str(record.reduction)]
    said = f"m = {m}: without guessing, the best eps known here is {float(line(m)):.3g}"
    if not codes:
        return f"{said}; no code holds m = {m} with at most 2^{log2(MAX_MESSAGES):.0f} messages."
    best = max(codes, key=lambda record: (record.eps or 0, -(record.messages or 0)))
    above = "more" if best.beats_the_line else "not more"
    few = "fewer" if (best.messages or 0) < 2**m else "no fewer"
    return (
        f"{said}; with Merlin's messages it is {best.eps:.3g} ({above}), by {best.reduction}, whose {best.messages:,} messages "
        f"are {few} than the 2^{m} sets of coordinates that he could name instead."
    )


def table_text(found: Sequence[Record]) -> str:
    """The records as a table, and below it what does not exist."""
    header = ("kind", "reduction", "messages", "log2", "n", "d", "t", "t2", "eps", "B", "pairs", "log2 pairs")
    rows = [
        (
            *(record.kind, record.reduction or "(best known without guessing)"),
            *(record.messages, record.log2_messages, record.n, record.d, record.t, record.t2, record.eps, record.B),
            *(record.pairs and float(record.pairs), record.log2_pairs),
        )
        for record in found
        if record.reason is None
    ]
    shown = table(header, [tuple("" if value is None else value for value in row) for row in rows], left=("kind", "reduction"))
    return "\n".join([shown, *(f"{record.kind}: {record.reason}" for record in found if record.reason is not None)])
