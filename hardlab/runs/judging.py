"""What the records of runs say of the algorithm itself: whether its own verdict is right, and how far off its answers are."""

from collections.abc import Mapping
from math import inf, isfinite
from typing import Any, Literal

from hardlab.pages.text import counted

Record = Mapping[str, Any]
"""That of a run, of a job, or a stored one: what it does not have is taken for null."""


def truth_of(record: Record) -> str | None:
    """What is known of the instance, yes or no: by the oracle, else by the exact sides of all rows, else by the verdict."""
    known = (record.get("oracle"), (record.get("own") or {}).get("truth"), record.get("verdict"))
    return next((said for said in known if said in ("yes", "no")), None)


def own_is(record: Record) -> Literal["right", "wrong", "unknown"] | None:
    """How the algorithm's own verdict fares against that; None where nothing ran or nothing is known."""
    own, truth = record.get("own"), truth_of(record)
    if own is None or truth is None:
        return None
    return "unknown" if own["verdict"] == "unknown" else "right" if own["verdict"] == truth else "wrong"


def over(record: Record) -> float | None:
    """log10 of the error that was delivered over the one demanded: too much from 0 on, infinite where it was not finite."""
    delivered, demanded = record.get("delivered"), record.get("demanded")
    if not delivered or not demanded:
        return None
    if delivered["log10"] is None:
        return inf if delivered["value"] is None else -inf
    return float(delivered["log10"] - demanded["log10"])


def rows_text(record: Record) -> str:
    """How many rows were answered on which side, with the first of each kind that is wrong."""
    own = record["own"]
    compared = counted(own["rows"], "row") + (f" that were compared, of {own['of']:,}," if own["sampled"] else "")
    parts = [f"{own['right']:,} of {compared} on the right side of {thresholds(own)}"]
    kinds = (
        (own["no_number"], "answered by no number", [one for one in own["mistakes"] if not _is_number(one["given"])]),
        (own["missed"], "{} missed", [one for one in own["mistakes"] if one["side"] == "yes" and _is_number(one["given"])]),
        (
            own["wrong"] - own["missed"] - own["no_number"],
            "{} taken for YES",
            [one for one in own["mistakes"] if one["side"] == "no" and _is_number(one["given"])],
        ),
    )
    for count, said, examples in kinds:
        if count:
            rows = f"{'YES' if 'missed' in said else 'NO'} {'row' if count == 1 else 'rows'}"
            parts.append(f"{count:,} {said.format(rows)}" + "".join(f" ({mistake_text(one)})" for one in examples[:1]))
    if own["between"]:
        parts.append(f"{own['between']:,} between")
    return "; ".join(parts)


def _is_number(given: Any) -> bool:
    return given is not None and isfinite(given)


def alarm(record: Record) -> str | None:
    """What is to be said loudly: that the algorithm's own verdict is wrong."""
    if own_is(record) != "wrong":
        return None
    said, truth = record["own"]["verdict"], str(truth_of(record))
    return f"by its own answers your algorithm says {said.upper()}, the answer is {truth.upper()}"


def found_without_it(record: Record) -> str | None:
    """That the witness of a YES is the lab's merit, where it is."""
    own = record.get("own")
    if own is None or not own["tried"]:
        return None
    return f"a witness was found by trying {counted(own['tried'], 'row')} exactly; that says nothing for the algorithm"


def thresholds(own: Record) -> str:
    """low and high in one word where they are each other's negatives; members of a disjunction may have different ones."""
    low, high = own["low"], own["high"]
    if low is None or high is None or low != low:
        return "the thresholds"
    if low == high:
        return f"thresholds that are both {low:g} to a float"
    return f"+-{high:.6g}" if low == -high else f"{low:.6g} and {high:.6g}"


def mistake_text(mistake: Record) -> str:
    """A row with what was answered, and what is exact where that is known."""
    member = "".join(f"member {i}, " for i in mistake["members"])
    exactly = "" if mistake["exact"] is None or mistake["exact"] != mistake["exact"] else f", exactly {mistake['exact']:.6g}"
    given = f"{mistake['given']:.6g}" if _is_number(mistake["given"]) else "nothing finite"
    return f"{member}row {mistake['row']}: {given}{exactly}"
