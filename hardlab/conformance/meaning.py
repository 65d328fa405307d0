"""What a kernel computes that has no causal mask to ask for: attention over all keys, or causal attention in every call."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from hardlab.conformance.case import Case
from hardlab.conformance.dense import Sight
from hardlab.conformance.drawing import Draw
from hardlab.conformance.evidence import close
from hardlab.conformance.faults.told import sees
from hardlab.conformance.planting import Planted, Shape
from hardlab.kernels.call import Call
from hardlab.kernels.kernel import ALWAYS, Answer, Conventions, Offer, Outcome

CASES = 40
"""Tiny calls after which a kernel is taken for a causal one."""

FIRST = 3
"""Calls after which it is taken for one that is not."""


def probes(conventions: Conventions, offer: Offer, seed_of_check: int) -> Iterator[Planted]:
    """The tiny calls, which do not depend on what comes back."""
    draw = Draw(seed_of_check, "meaning", offer)
    random = draw.random
    for case in range(CASES):
        n = int(random.integers(2, 10))
        m = n + int(random.integers(0, 5)) if "cross" in offer.features and case % 2 else n
        yield Case("meaning", Shape(1, 1, 1, n, m, 64, 64), "spread", draw.seed(case)).planted(conventions)


def always(
    ask: Callable[[Call], Outcome], conventions: Conventions, offer: Offer, seed_of_check: int
) -> tuple[str, str] | None:
    """A word of `ALWAYS` and what was seen, if that is what it computes in all cases, and attention over all keys is not."""
    left, whole = dict.fromkeys(ALWAYS, 0), True
    for cases, planted in enumerate(probes(conventions, offer, seed_of_check), 1):
        n, m = planted.call.sizes[3:5]
        outcome = ask(planted.call)
        if not isinstance(outcome, Answer):
            if m != n:
                continue
            return None
        whole = whole and close(outcome.output, planted.reading, conventions.dtype)
        if whole and cases >= FIRST:
            return None
        for word in list(left):
            other = Sight(n, m, right=0, bottom_right=ALWAYS[word] == "bottom-right")
            if not close(outcome.output, replace(planted.reading, sees=sees(other)), conventions.dtype):
                del left[word]
        if not left and not whole:
            return None
    if whole or not left:
        return None
    word = next(iter(left))
    where = f"aligned {ALWAYS[word]}" if len(left) == 1 else "as many queries as keys"
    return word, f"this agrees with causal attention, {where}, in all of {CASES} cases"
