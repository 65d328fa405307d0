"""Plans as text for people."""

from collections.abc import Sequence

from hardlab.pages.text import table
from hardlab.study.plan import Checked, Planned
from instances.memory import bytes_text
from reductions.edges.cnf_cubes import MAX_FIXED

HEADER = ("vars", "rows", "keys", "d", "pairs", "held", "moved", "seconds", "on W", "cost", "bound on rows", "tiles that fit")


def plans_text(plans: Sequence[Planned], quiet: bool) -> str:
    """A line for each plan, and what the figures rest on."""
    if quiet:
        return "\n".join(f"{plan.seconds:.4g}" for plan in plans)
    rows = [
        (
            plan.vars,
            plan.size["n"],
            plan.size["m"],
            plan.size["d"],
            f"{plan.pairs:.3g}",
            bytes_text(plan.bytes_held),
            _short(plan.bytes_moved),
            duration(plan.seconds),
            duration(plan.seconds_on_workers),
            f"{plan.cost:.3g}",
            f"{plan.bound['n']:.3g} x {plan.bound['m']:.3g}",
            plan.tiles or (f"none: 2^{plan.fix}" if plan.fix else "whole"),
        )
        for plan in plans
    ]
    return f"{table(HEADER, rows)}\n\n{notes(plans[-1], all(plan.exact for plan in plans))}"


def notes(plan: Planned, exact: bool) -> str:
    sizes = "sizes are exact" if exact else "rows are estimated from a sampled listing; formulas of one size differ"
    price = f"{plan.price:g} a core-hour, {plan.threads} cores"
    return "\n".join(
        (
            f"{plan.chain} with {plan.algorithm}: {sizes}.",
            "Seconds are for this machine, from rates measured just now: "
            + (f"{plan.rates.pair * 1e9:.3g} ns" if plan.rates.pair else "no time that the clock shows")
            + f" a pair at d = {plan.size['d']}.",
            f"W = {plan.workers} such machines: tiles are independent, so seconds/W, but no less than the largest tile.",
            "Tiles are taken to hold as many pairs as the whole; behind cnf-hamming, whose filters know less of each, more. "
            f"cnf-cubes fixes at most {MAX_FIXED} variables.",
            f"Cost at {price}. Moved: keys are read once for each block of 512 queries.",
        )
    )


def checks_text(checks: Sequence[Checked], quiet: bool) -> str:
    """Predicted beside measured seconds."""
    if quiet:
        return "\n".join(f"{check.ratio:.3g}" for check in checks)
    rows = [(c.vars, c.verdict, f"{c.predicted:.3g}", f"{c.measured:.3g}", f"{c.ratio:.2f}") for c in checks]
    return table(("vars", "verdict", "predicted seconds", "measured seconds", "ratio"), rows, left=("verdict",))


def duration(seconds: float) -> str:
    """Seconds, hours, days or years."""
    for unit, length in (("y", 365.25 * 86400), ("d", 86400.0), ("h", 3600.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.3g} s"


def _short(count: int) -> str:
    return bytes_text(count) if count < 2**60 else f"{count:.3g} bytes"
