"""Algorithm 1 of Alman and Song: attention in time O((n + m) r v) where exponents are bounded, r = binom(d + g, g).

Softmax does not change when K is shifted, so the exponents x_ij = scale <q_i, k_j - centre> are those about the middle of K,
|x_ij| <= M. With |P(x) - e^x| <= eta e^x on [-M, M], P of degree g (module `exp_polynomial`), and the monomial features phi of
module `monomials`,

    Att~ = phi(Q) (W o phi(K)^T V) / phi(Q) (W o phi(K)^T 1),   W_alpha = p_|alpha| |alpha|!/alpha!,

and every entry obeys |T - Att| <= (max V_c - min V_c) tanh(artanh(eta)/2) + rounding.

This is the certificate by **range**. By **moments** (module `moments` beside this one) a row's error is bounded by a mean over
its keys of |e^x - P(x)|, P Taylor's polynomial and `centre` the mean of K: often one degree less is enough for all rows.

First term (Lemma 3.6 with the tight constant, derived here): weights within (1 +- eta) of the true ones shift a mean the
most if they are (1 + eta) on one part of the mass and (1 - eta) on the other, a change of the log-odds s of two values by
2 artanh(eta); sigma(s + 2 artanh eta) - sigma(s) is at most tanh(artanh(eta)/2). Rounding: module `rounding` beside this one.

M is the least of two bounds: sum_c max |q_c| max |k_c - centre_c|, and max ||q|| max ||k - centre|| after each column has been
scaled so that its largest entries in Q and in K - centre agree.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import partial
from math import atanh, inf, log, sqrt, tanh
from typing import ClassVar, Literal, get_args

from attention.algorithm import Promise, checked_error, kept_plan
from attention.blas import ONE_BLAS_THREAD
from attention.blocks import Blocks, Whole
from attention.exp_polynomial import MAX_DEGREE, ExpPolynomial, minimax, taylor, taylor_from_below
from attention.polynomial.by_moments import by_moments, moments_first, worth_moments
from attention.polynomial.few_rows import write_few_rows
from attention.polynomial.groups import BLOCK, Groups
from attention.polynomial.intervals import IntervalPlan, interval_rows, over_groups, working_memory
from attention.polynomial.known import Extents, Scores, Values
from attention.polynomial.masses import interval_summed, logsumexp_error, summed_rows
from attention.polynomial.plan import MAX_RANGE, Plan, bytes_of_sums, most_features
from attention.polynomial.rounding import Lost, Ranges, rounding
from attention.polynomial.running import key_totals, outputs
from attention.polynomial.search import Known
from attention.rounding import U64, WIDEN
from attention.summed import Summed
from instances.coded import Floats
from instances.faults import BadInput, Declined
from instances.memory import MEMORY_BUDGET, within
from instances.task import Attention

Certificate = Literal["either", "range", "moments"]


@dataclass(frozen=True)
class Polynomial:
    """Attention with bounded entries in O((n + m) r v): |T - Att| <= (max V - min V) tanh(artanh(eta)/2) + rounding <= error.

    The polynomial has the least degree with a proved eta for the range of the inputs; terms of degree h and more are
    evaluated in float32 where the promise allows it. Errors: `Declined`, with the figures, where `error` cannot be promised, or
    where the rank r is above the number of rows, so that the definition is faster.
    """

    error: float = 1e-6
    certificate: Certificate = "either"

    key: ClassVar[str] = "polynomial"
    logarithmic: ClassVar[bool] = False
    degrees: ClassVar[range] = range(1, MAX_DEGREE + 1)
    intervals: ClassVar[bool] = True
    by_moments: ClassVar[bool] = True
    """Whether moments may vouch for it: they do for Taylor's polynomial of any degree."""

    def __post_init__(self) -> None:
        checked_error(self.error)
        if self.certificate not in get_args(Certificate):
            raise BadInput(f"certificate = {self.certificate!r}: it is one of {', '.join(get_args(Certificate))}")

    def expansion(self, M: float, g: int) -> ExpPolynomial:
        """The P of degree g on [-M, M]."""
        return minimax(M, g)

    def promise(self, inputs: Attention) -> Promise:
        return Promise(self.plan(inputs).error, 0.0)

    def plan(self, inputs: Attention) -> Plan:
        """O((n + m)(d^2 + v)), kept for as long as the inputs are. Errors: `Declined`."""
        return kept_plan(self, inputs, self._planned)

    def _planned(self, inputs: Attention) -> Plan:
        return self.plan_over(Whole(inputs)) if inputs.seen is None else self._over_intervals(inputs, Groups.of(inputs.seen))

    def __call__(self, inputs: Attention) -> Floats:
        plan = self.plan(inputs)
        if isinstance(plan, IntervalPlan):
            return interval_rows(plan, inputs)[0]
        T = outputs(plan, key_totals(plan, Whole(inputs)), inputs.Q)
        write_few_rows(plan, inputs, T)
        return T

    def logsumexp_error(self, inputs: Attention) -> float:
        """As module `masses` has it."""
        return logsumexp_error(self.plan(inputs), Whole(inputs))

    def summed(self, inputs: Attention) -> Summed:
        plan = self.plan(inputs)
        if isinstance(plan, IntervalPlan):
            return interval_summed(plan, inputs)
        found = next(self.summed_rows(plan, Whole(inputs)))
        write_few_rows(plan, inputs, *found)
        return found

    def summed_rows(self, plan: Plan, inputs: Blocks) -> Iterator[Summed]:
        """The output, and the logarithms of masses, for successive blocks of queries: key sums over all blocks of keys, then
        applied to each of them.
        """
        yield from inputs.over("Q", partial(summed_rows, plan, inputs.scale, inputs.m, key_totals(plan, inputs)))

    def plan_over(self, inputs: Blocks) -> Plan:
        """As `plan`, in a few passes over each of Q, K, V. Errors: `Declined`."""
        values = Values.of(inputs)
        with ONE_BLAS_THREAD:  # its threads would keep those of the passes waiting
            known = Known.of(inputs) if self.by_moments and self.certificate == "either" and moments_first(inputs) else None
            plan = None if known is None else self._by_moments(inputs, values, known)
            if plan is None:
                plan = self._by_either(inputs, values, known)
        size = {"n": inputs.n, "m": inputs.m, "d": inputs.d, "g": plan.g}
        within(bytes_of_sums(inputs, plan), inputs.memory, f"sums over r = {plan.r} features", size)
        return plan

    def _by_moments(self, inputs: Blocks, values: Values, known: Known) -> Plan | None:
        """The plan where moments are the proof of the fastest. Their passes tell of the range of exponents, too, if not how
        narrow it is at best.
        """
        try:
            other = self._of_range(inputs, values, known.extents, known.scores_about(known.extents.middle))
        except Declined:
            other = None
        try:
            plan = by_moments(self.error, inputs, values, known, other)
        except Declined:
            return None
        return plan if plan.certificate == "moments" else None

    def _by_either(self, inputs: Blocks, values: Values, known: Known | None) -> Plan:
        """Errors: `Declined` where neither proves any."""
        plan, why = None, Declined(f"{self.key} is not proved by moments: leave certificate out")
        if self.certificate != "moments":
            try:
                plan = self._by_range(inputs, values)
            except Declined as declined:
                why = declined
        if known is not None and plan is not None:
            return plan  # moments have been looked at
        if self.by_moments and self.certificate != "range" and (plan is None or worth_moments(inputs, plan)):
            known = Known.of(inputs) if known is None else known
            try:
                plan = by_moments(self.error, inputs, values, known, plan)
            except Declined as declined:
                nor = f"{why}{'' if known is None else ', nor by moments'}"
                why = Declined(nor if self.certificate == "either" else f"{self.key}: {declined}")
        if plan is None:
            raise why
        return plan

    def _over_intervals(self, inputs: Attention, groups: Groups) -> IntervalPlan:
        """The plan where rows see rising intervals of keys, in the passes of `plan_over`. Errors: `Declined`."""
        if self.certificate == "moments":
            raise Declined(f"{self.key}: moments are those of all keys, and rows do not see all: leave certificate out")
        if not len(groups.summed):
            few = f"no {BLOCK} rows in a row see a block of {BLOCK} keys in full"
            raise Declined(f"{self.key}: {few}, so there is nothing to sum: the definition is faster")
        found = self._by_range(Whole(inputs), Values.of(Whole(inputs)), groups)
        plan = IntervalPlan(*(getattr(found, field.name) for field in fields(found)), groups=groups)
        size = {"n": inputs.n, "m": inputs.m, "d": inputs.d, "g": plan.g}
        within(working_memory(inputs, plan), MEMORY_BUDGET, f"sums over r = {plan.r} features of blocks", size)
        return plan

    def _by_range(self, inputs: Blocks, values: Values, groups: Groups | None = None) -> Plan:
        """The plan of which the range of the exponents is the proof. Errors: `Declined`."""
        extents = Extents.of(inputs)
        return self._of_range(inputs, values, extents, Scores.of(inputs, extents, extents.middle), groups)

    def _of_range(
        self, inputs: Blocks, values: Values, extents: Extents, scores: Scores, groups: Groups | None = None
    ) -> Plan:  # fmt: skip
        if scores.M > MAX_RANGE:
            what = f"exponents within +-M = {scores.M:.4g}; beyond +-{MAX_RANGE:g} sums of powers lose too much in float64"
            raise Declined(f"{self.key}: {what}; {_regime(inputs, scores.M)}")
        if groups is None:
            plan = self.least(scores, values, values.ranges(inputs, scores))
        else:
            plan = self.least(scores, values, *over_groups(inputs, groups, extents, scores, values))
        if plan.r > most_features(inputs):
            g = plan.g
            needs = f"exponents within +-M = {scores.M:.4g} and an error of {self.error:.3g} need degree g = {g} and rank"
            what = f"{needs} r = binom({inputs.d + g}, {g}) = {plan.r}, above n = {inputs.n} and m = {inputs.m}"
            raise Declined(f"{self.key}: {what}: the definition is faster; {_regime(inputs, scores.M)}")
        return plan

    def least(self, scores: Scores, values: Values, ranges: Ranges, lost: Lost = rounding) -> Plan:
        """The plan of least degree, with the most terms in float32, whatever its rank. Errors: `Declined` without any."""
        why = f"no polynomial of degree up to {MAX_DEGREE} is near enough"
        floor = 4 * U64 * (ranges.mean + 2 * ranges.sigma * ranges.Y)  # whatever the degree
        if floor >= self.error:
            why = f"rounding in float64 alone may come to {floor:.3g}"
        for g in self.degrees if floor < self.error else ():
            P = self.expansion(scores.M, g)
            error = approximation(P, values.spread)
            if not error <= self.error:
                continue
            bound = inf
            for h in range(1, g + 2):
                bound = lost(P, h, ranges)
                if error + bound <= self.error:
                    return Plan(scores, values.columns, values.constants, P, h, error, bound)
            if not bound <= self.error:
                why = f"rounding in float64 alone may come to {bound:.3g}"
                break
        what = f"an error of {self.error:.3g} cannot be promised for exponents within +-M = {scores.M:.4g}"
        raise Declined(f"{self.key}: {what}: {why}")


def approximation(P: ExpPolynomial, spread: float) -> float:
    """The error of attention with P in place of exp, for max V - min V = spread; infinite where P is useless."""
    return spread * tanh(atanh(P.eta) / 2) * WIDEN if P.eta < 1 else inf


class Taylor(Polynomial):
    """As `Polynomial`, with the Taylor polynomial at 0 of even order (Keles et al., Theorem 10): a higher degree."""

    key = "taylor"
    by_moments = False
    degrees = range(2, MAX_DEGREE + 1, 2)

    def expansion(self, M: float, g: int) -> ExpPolynomial:
        return taylor(M, g)


class TaylorFromBelow(Polynomial):
    """As `Polynomial`, with the Taylor polynomial at -M, whose eta is Pr[Poisson(2M) >= g + 1]."""

    key = "taylor-from-below"
    by_moments = False

    def expansion(self, M: float, g: int) -> ExpPolynomial:
        return taylor_from_below(M, g)


def _regime(inputs: Blocks, M: float) -> str:
    root = sqrt(log(max(inputs.n, inputs.m, 2)))
    return f"almost linear time needs B = o(sqrt(ln n)), and here B = sqrt(M) = {sqrt(M):.3g}, sqrt(ln n) = {root:.3g}"
