"""Every case that a check of planted calls asks, in a line each: for several seeds, whole and quick, of several offers."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import get_args

from hardlab.conformance.case import Case
from hardlab.conformance.drawing import Draw
from hardlab.kernels.call import FEATURES, Storage
from hardlab.kernels.kernel import Offer

Check = Callable[[Draw, Offer], Iterable[Case]]

OFFERS = (
    Offer(tuple(FEATURES), ("top-left", "bottom-right"), stores=get_args(Storage)),
    Offer(tuple(name for name in FEATURES if name not in ("cross", "width")), ("bottom-right",)),
    Offer(("cross", "width", "causal", "window")),
)


def cases_of(check: Check, quick: bool, seed: int = 1) -> list[tuple[Offer, list[Case]]]:
    """By the offer."""
    return [(offer, list(check(Draw(seed, getattr(check, "__name__", ""), offer, quick), offer))) for offer in OFFERS]


def told(check: Check) -> str:
    """All that stands in them."""
    lines = []
    for seed in (1, 2, 3):
        for quick in (True, False):
            for _, cases in cases_of(check, quick, seed):
                lines += ["", *(f"{asdict(case)}" for case in cases)]
    return "\n".join(lines)


def sound(check: Check) -> None:
    """No two cases of a run have one name, shapes fit the offer or are not asked, a whole run asks no less than a quick one."""
    for seed in range(5):
        counts = []
        for quick in (True, False):
            found = cases_of(check, quick, seed)
            for offer, cases in found:
                names = [case.name for case in cases]
                assert len(set(names)) == len(names), [name for name in names if names.count(name) > 1]
                draw = Draw(seed, getattr(check, "__name__", ""), offer, quick)
                odd = [case for case in cases if draw.fit(case.shape) != case.shape]
                assert all(case.lacks(offer).startswith("cross ") or case.shape.v != case.shape.d for case in odd)
                assert all(case.causal in (None, *offer.corners) for case in cases)
                assert all(case.corner in (None, *offer.corners) for case in cases)
            counts.append([len(cases) for _, cases in found])
        assert all(few <= many for few, many in zip(*counts, strict=True))
