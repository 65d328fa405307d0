"""The checks that the claims about the theorems of Keles et al. share: the `gadget` decides, its constant separates, a bound on
YES rows is one.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from flint import arb

from hardlab.claims.claim import Case, Finding, found, outside
from hardlab.claims.keles.cases import Worst, sized, whole
from hardlab.claims.keles.gadget import (
    Model,
    Profile,
    Row,
    Size,
    constant_of,
    is_yes,
    largest,
    number,
    output,
    profiles,
    size_of,
)
from hardlab.claims.numbers import shown
from instances.exact import sign

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
