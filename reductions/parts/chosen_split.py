"""Which split `cnf-hamming` takes where none is given: that with the fewest items, or that with the fewest pairs of rows.

Few items give a wide gap, eps about 4/G. Few pairs give few rows to list and few products to sum, and differ from split to
split by a factor of hundreds. Rows have no closed form, and the prediction that the search follows (module `split_search`) is
off by a factor of ten and more: so all splits that the search ends in are listed in a sample, and the one whose estimated work
is least is taken.
"""

from typing import Literal

from instances.cnf import CNF
from reductions.parts.cnf_listing import sampled
from reductions.parts.cnf_split import Plan, plan, searched, used_variables
from reductions.parts.split_search import Cover, fewest_pairs

Aim = Literal["gap", "pairs"]

LARGE = 64
"""Used variables beyond which the pairs are what limits, so that their number is the aim."""

SAMPLE = 1 << 11
"""Rows a side in a sampled listing of a candidate."""

A_ROW = 1 << 14
"""Pairs that take as long to sum as a row takes to be listed and encoded (measured)."""


def chosen_plan(formula: CNF, split: tuple[int, ...] | None, seed: int, cover: Cover, aim: Aim | None) -> Plan:
    """The plan of `split`, or of the split that serves the aim: by the gap up to LARGE used variables unless it is given.

    Errors: as `cnf_split.plan`.
    """
    if split is not None or (aim or ("pairs" if len(used_variables(formula)) > LARGE else "gap")) == "gap":
        return plan(formula, split, seed, cover)
    return min(searched(formula, seed, cover, fewest_pairs), key=lambda found: work(found, seed))


def work(found: Plan, seed: int) -> int:
    """What deciding by this plan should take, in pairs."""
    n, m = (sampled(found, side, SAMPLE, seed).rows for side in ("left", "right"))
    return n * m + A_ROW * (n + m)
