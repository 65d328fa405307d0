"""The gadget of Keles et al. (as our notes have it), evaluated from the definition of attention, and the checks that the
claims about their theorems share.

The rows of Q are x a_i (i <= n) and y b_j, K = Q, V is one column with one value for the a-keys and one for the b-keys,
and output row i is sum_j f(Q_i, K_j) V_j, divided by sum_j f(Q_i, K_j) under softmax. For pairs of vectors the problem
says which are YES: TVPP a.b >= t, BHCP |a-b|^2 < t (t is the squared threshold). A row a_i is YES if a pair of it is.
Letters: n vectors a side, d bits, w the largest <a_i, a_k>, mu the error, rho = (1+mu)/(1-mu).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Literal, NamedTuple

from flint import arb

from hardlab.claims.claim import Case, Claim, Finding, IllTyped, found, outside
from hardlab.claims.keles.cases import Cases, Worst, beyond, fraction, sized, whole
from hardlab.claims.numbers import ball, shown
from instances.exact import sign


class Size(NamedTuple):
    """What the formulas of a theorem may depend on; `scale` is a number that the case prescribes."""

    n: int
    d: int
    t: int
    w: int
    mu: arb
    scale: arb

    @property
    def rho(self) -> arb:
        return (1 + self.mu) / (1 - self.mu)


@dataclass(frozen=True)
class Row:
    """The formulas of one theorem: C, the threshold, the factors x and y of the gadget, f = exp(exponent), the YES pairs
    by (a.b, |a-b|^2, t), and the largest error that is admitted. No constant: the statement gives none."""

    constant: Callable[[Size], arb] | None
    threshold: Callable[[Size, arb], arb]
    factors: Callable[[Size, arb], tuple[arb, arb]]
    exponent: Callable[[Size, arb, arb, arb], arb]
    yes: Callable[[int, int, int], bool]
    error: Callable[[Size], arb] = lambda s: s.mu


class Model(NamedTuple):
    """What a theorem assumes: h, the two values of V, and where an error of which kind is made.

    relative: |Y^ - Y| <= mu |Y|; additive: |Y^ - Y| <= mu; scores-*: the same for every f(Q_i, K_j), before the sum.
    """

    softmax: bool = False
    values: tuple[int, int] = (0, 1)
    error: Literal["exact", "relative", "additive", "scores-relative", "scores-additive"] = "exact"

    @property
    def flipped(self) -> bool:
        """Whether the b-keys have value 0, so that YES rows are the small ones."""
        return self.values[0] > self.values[1]

    def beyond(self, case: Case) -> str:
        """Why a case is outside the hypotheses; "" where it is inside."""
        return beyond(case, self.error)


Profile = tuple[tuple[int, int, int, int, int], ...]
"""The keys of a row: (side, common bits, distance, bits, how many); rows with the same profile have the same output."""


def profiles(case: Case) -> Counter[tuple[int, Profile]]:
    """(|a_i|, keys) of every row i <= n."""
    A, B = ([int(v, 2) for v in case[side]] for side in "AB")
    rows: Counter[tuple[int, Profile]] = Counter()
    for a in A:
        keys = Counter(
            (side, (a & v).bit_count(), (a ^ v).bit_count(), v.bit_count()) for side, vs in enumerate((A, B)) for v in vs
        )
        rows[a.bit_count(), tuple(sorted((*key, count) for key, count in keys.items()))] += 1
    return rows


def output(model: Model, row: Row, size: Size, C: arb, profile: tuple[int, Profile], push: int) -> arb:
    """The output of a row by definition, off by the largest error in the direction `push` (-1, 0 or 1)."""
    mu = push * row.error(size)
    weight, keys = profile
    factors = row.factors(size, C)
    x = factors[0]
    read, total = arb(0), arb(0)
    for side, common, _, bits, count in keys:
        y = factors[side]
        square = x * x * weight + y * y * bits - 2 * x * y * common
        score = row.exponent(size, C, x * y * common, square).exp()
        total += count * score
        if model.error == "scores-relative":
            score *= 1 + mu
        elif model.error == "scores-additive":
            score += mu
        read += count * score * model.values[side]
    exact = read / total if model.softmax else read
    if model.error == "relative":
        return exact * (1 + mu)
    return exact + mu if model.error == "additive" else exact


def is_yes(row: Row, profile: tuple[int, Profile], t: int) -> bool:
    return any(side == 1 and row.yes(common, distance, t) for side, common, distance, _, _ in profile[1])


def largest(case: Case) -> int:
    """w, the largest <a_i, a_k> (i = k included)."""
    A = [int(v, 2) for v in case["A"]]
    return max((a & b).bit_count() for a in A for b in A)


def size_of(case: Case, w: int) -> Size:
    """The size of a case; its balls have the working precision of the moment."""
    mu, scale = number(case.get("mu", "0")), number(case.get("scale", "1"))
    return Size(len(case["A"]), len(case["A"][0]), whole(case, "t"), w, mu, scale)


def number(text: str) -> arb:
    """A number of a case as a ball."""
    return ball(fraction(text))


def ln(x: arb | int) -> arb:
    return arb(x).log()


def constant_of(row: Row, size: Size) -> arb:
    """C. Errors: `IllTyped` where the statement gives none."""
    if row.constant is None:
        raise IllTyped("the statement has no C: there is no gadget")
    return row.constant(size)


Hypothesis = Callable[[Case], str]
"""Why a case is outside a further hypothesis of a statement; "" where it is inside."""


def nothing_more(case: Case) -> str:
    return ""


def decides(model: Model, needs: Hypothesis = nothing_more) -> Callable[[Row, Case], Finding]:
    """Row i exceeds the threshold iff it is YES (is below it, where V is flipped), under the worst admissible error."""

    def check(row: Row, case: Case) -> Finding:
        if why := model.beyond(case) or needs(case):
            return outside(why)
        w = largest(case)

        def at(profile: tuple[int, Profile], push: int) -> tuple[arb, arb]:
            size = size_of(case, w)
            C = constant_of(row, size)
            return output(model, row, size, C, profile, push), row.threshold(size, C)

        def difference(profile: tuple[int, Profile], push: int) -> arb:
            value, bar = at(profile, push)
            return value - bar

        for profile in profiles(case):
            truth = is_yes(row, profile, whole(case, "t"))
            push = 1 if truth == model.flipped else -1
            side = sign(partial(difference, profile, push))
            if (side < 0 if model.flipped else side > 0) != truth:
                value, bar = at(profile, push)
                return found(False, f"a {'YES' if truth else 'NO'} row may have {shown(value)}, the threshold is {shown(bar)}")
        return found(True, "every row decided under the worst error")

    return check


def given(case: Case, worst: Worst) -> list[Case]:
    """The instance of a case, or the two worst instances of the size that it gives."""
    if not sized(case):
        return [case]
    pair = worst(*(whole(case, letter) for letter in ("n", "d", "t")))
    return [{**{key: case[key] for key in ("t", "mu") if key in case}, **instance} for instance in pair]


ABOVE = (1 + Fraction(1, 1 << 20), Fraction(3, 2))
BELOW = Fraction(99, 100)
MOST_PAIRS = 1024


def separates(
    model: Model, row: Row, worst: Worst, tight: Hypothesis, needs: Hypothesis = nothing_more
) -> Callable[[Callable[[Size], arb], Case], Finding]:
    """Above the constant the outputs of all YES rows exceed those of all NO rows by more than the errors, so that a
    threshold exists. Of a size: so it is for its worst pair of instances, and at 0.99 of the constant it is not; `tight`
    says for which sizes that is stated."""

    def check(constant: Callable[[Size], arb], case: Case) -> Finding:
        worst_pair = sized(case)
        if why := model.beyond(case) or needs(case) or (tight(case) if worst_pair else ""):
            return outside(why)
        instances = given(case, worst)
        w = max(largest(instance) for instance in instances)
        rows = {profile for instance in instances for profile in profiles(instance)}
        yes = sorted(profile for profile in rows if is_yes(row, profile, whole(case, "t")))
        no = sorted(rows - set(yes))
        if not yes or not no:
            return outside("there is no YES row, or no NO row")
        if len(yes) * len(no) > MOST_PAIRS:
            return outside("too many kinds of rows to check here")

        def gap(factor: Fraction, up: tuple[int, Profile], down: tuple[int, Profile]) -> arb:
            size = size_of(instances[0], w)
            C = constant(size) * number(str(factor))
            push = 1 if model.flipped else -1
            return -push * (output(model, row, size, C, up, push) - output(model, row, size, C, down, -push))

        def apart(factor: Fraction) -> bool:
            return all(sign(partial(gap, factor, u, v)) > 0 for u in yes for v in no)

        for factor in ABOVE:
            if not apart(factor):
                return found(False, f"at {float(factor):.7g} C some YES row is not apart from some NO row")
        if worst_pair and apart(BELOW):
            return found(False, "at 0.99 C the worst YES row is still apart from the worst NO row: C is not least")
        return found(True, "apart above C" + (", not at 0.99 C" if worst_pair else ""))

    return check


class Bound(NamedTuple):
    """A theorem's constant and its lower bound on the output of a YES row: (size, C) -> bound."""

    row: Row
    least: Callable[[Size, arb], arb]


def bounds_yes(model: Model, worst: Worst, tight: Hypothesis) -> Callable[[Bound, Case], Finding]:
    """Every YES row has at least the bound under the worst error; of a size, its worst YES row has it up to 0.1%."""

    def check(bound: Bound, case: Case) -> Finding:
        if why := model.beyond(case) or (tight(case) if sized(case) else ""):
            return outside(why)
        instance = given(case, worst)[-1]
        w = largest(instance)

        def at(profile: tuple[int, Profile]) -> tuple[arb, arb]:
            size = size_of(instance, w)
            C = constant_of(bound.row, size)
            return output(model, bound.row, size, C, profile, -1), bound.least(size, C)

        def over(profile: tuple[int, Profile], slack: int) -> arb:
            value, least = at(profile)
            return value * 1000 - least * (1000 + slack)

        yes = [profile for profile in profiles(instance) if is_yes(bound.row, profile, whole(instance, "t"))]
        for profile in yes:
            value, least = at(profile)
            if sign(partial(over, profile, 0)) < 0:
                return found(False, f"a YES row may have {shown(value)}, the bound says {shown(least)}")
            if sized(case) and sign(partial(over, profile, 1)) > 0:
                return found(False, f"the worst YES row has {shown(value)}, the bound only {shown(least)}")
        return found(True, f"{len(yes)} kinds of YES rows") if yes else outside("no YES row")

    return check


def theorem(id: str, source: str, model: Model, row: Row, cases: Cases, words: tuple[str, str, str]) -> Claim[Row]:
    """A theorem that is right as printed: at its C and threshold every row is decided under the worst error."""
    mechanism, constants, proof = words
    statement = f"{mechanism}: with {constants}, every row is decided rightly under every admissible error, for n >= 2."
    return Claim(id, source, statement, proof, row, decides(model), cases)
