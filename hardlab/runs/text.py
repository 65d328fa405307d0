"""Records as text for people."""

from collections.abc import Mapping, Sequence
from math import isfinite

from hardlab.pages.text import counted, from_log10, table
from hardlab.runs.judging import alarm, found_without_it, over, rows_text
from hardlab.runs.record import DeliveredRecord, DemandedRecord, PromiseRecord, RunRecord, SearchRecord, StageRecord


def run_text(record: RunRecord) -> str:
    """A run: the verdict and its reason, the model, the stages with their sizes and constants, the accuracy."""
    lines = [record["reason"] if record["claimed"] else f"{record['verdict'].upper()}: {record['reason']}"]
    if record["model"] is not None:
        lines.append("model: " + " ".join(map(str, [*record["model"], 0])))
    elif record["witness"] is not None:
        lines.append("witness: " + " ".join(map(str, record["witness"])))
    if record["oracle"] is not None:
        agreement = {True: "agrees", False: "DISAGREES", None: "undecided"}[record["agrees"]]
        lines.append(f"oracle: CaDiCaL says {record['oracle']} ({agreement})")
    lines += own_lines(record)
    lines += ["", stages_text(record["stages"]), ""]
    lines.append(f"chain: {record['chain'] or '(none)'}   decided by: {record['algorithm']}")
    if record["members"] is not None:
        seen = record["members"]
        lines.append(f"members: {seen['visited']:,} of {seen['count']:,} decided, {_where(record)}")
    elif "parts" in record:
        cut = record["parts"]
        lines.append(f"parts: {cut['count']:,} of at most {cut['rows']:,} rows and {cut['keys']:,} keys, {_where(record)}")
    if record["demanded"] is not None and record["promise"] is not None:
        lines.append(accuracy_text(record["demanded"], record["promise"], record["delivered"]))
    lines.append(f"seconds: {record['seconds']:.2f} in all, {record['decide_seconds']:.2f} to decide")
    return "\n".join(lines)


def _where(record: RunRecord) -> str:
    backend, workers = record["engine"].values()
    return "one after the other" if backend == "one" else f"by {workers} {backend}" if workers else f"by {backend}"


def stages_text(stages: Sequence[StageRecord]) -> str:
    """One line a stage: problem, size by its letters, constants, seconds."""
    rows = [
        (
            stage["problem"],
            " ".join(f"{letter}={value}" for letter, value in stage["size"].items()),
            " ".join(f"{name}={value:.6g}" for name, value in {**_eps(stage["size"]), **stage["constants"]}.items()),
            f"{stage['seconds']:.2f}",
        )
        for stage in stages
    ]
    return table(("problem", "size", "constants", "seconds"), rows, left=("problem", "size", "constants"))


def own_lines(record: RunRecord) -> list[str]:
    """What the algorithm answered by itself, apart from what was found: nothing where nothing ran."""
    own = record["own"]
    if own is None:
        return []
    lines = [f"your algorithm ({record['algorithm']}): {rows_text(record)}; its own verdict: {own['verdict'].upper()}"]
    wrong, found = alarm(record), found_without_it(record)
    return [*lines, *([f"WRONG: {wrong}"] if wrong else []), *([found] if found else [])]


def accuracy_text(demanded: DemandedRecord, promise: PromiseRecord, delivered: DeliveredRecord | None) -> str:
    """The three errors side by side: demanded by the task, promised by the algorithm, delivered on the measured rows."""
    relative = f" (relative {demanded['relative']:.3g})" if isfinite(demanded["relative"]) else ""
    parts = [f"demanded: error below {from_log10(demanded['log10'])}{relative}"]
    if promise["source"] is None:
        parts.append("promised: nothing")
    else:
        said = f"absolute {promise['absolute']:.3g}, relative {promise['relative']:.3g} ({promise['source']})"
        parts.append(f"promised: {said}")
    if delivered is not None:
        size = "0" if delivered["log10"] is None and delivered["value"] == 0 else from_log10(delivered["log10"])
        much = over({"demanded": demanded, "delivered": delivered})
        more = ", MORE THAN DEMANDED" if much is not None and much >= 0 else ""
        parts.append(f"delivered: {size} on {counted(delivered['rows'], 'row')}{more}")
    return "\n".join(parts)


def _eps(size: Mapping[str, int]) -> dict[str, float]:
    """eps = |t2 - t|/t of a gap instance."""
    return {"eps": abs(size["t2"] - size["t"]) / size["t"]} if size.get("t") and "t2" in size else {}


def search_text(record: SearchRecord) -> str:
    """A search for a nearest pair: the pair, the bounds on its distance, and what was asked at each t."""
    size = " ".join(f"{letter}={value}" for letter, value in record["size"].items())
    if record["pair"] is None:
        lines = [f"UNKNOWN: {record['reason']}"]
    else:
        i, j = record["pair"]
        lines = [f"pair: row {i} of A and row {j} of B, at distance {record['distance']}", record["reason"]]
    if record["minimum"] is not None:
        verdict = "holds" if record["holds"] else "DOES NOT HOLD"
        lines.append(f"oracle: the least distance of all pairs is {record['minimum']}: the guarantee {verdict}")
    if record["asked"]:
        asked = [(ask["t"], "yes" if ask["yes"] else "no", ask["by"]) for ask in record["asked"]]
        lines += ["", table(("t", "some row within t?", "asked of"), asked, left=("some row within t?", "asked of"))]
    lines += ["", f"{size}   eps: {record['eps']:g}   chain: {record['chain']}   asked: {record['algorithm']}"]
    return "\n".join([*lines, f"seconds: {record['seconds']:.2f}"])
