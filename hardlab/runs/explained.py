"""A run in words: what its lines are, the way back of a YES, why the answer may be believed, and what to try next."""

from hardlab.pages.text import line
from hardlab.runs.record import HopRecord, RunRecord

LEGEND = (
    ("problem", "what stands there on the way: a formula, lists of 0/1 vectors (A to the left, B to the right), Q K V"),
    (
        "n m d t t2",
        "rows of A, rows of B (of a formula: variables, clauses), columns; distance of a YES row, least of a NO row",
    ),
    ("B, low, high", "the largest entry of Q and K; outputs >= high are YES, outputs <= low are NO, none is between"),
    ("demanded", "the error that leaves every row on its side, beside the promised one and the one measured on some rows"),
    ("its own verdict", "what the answers say by themselves; the lab's verdict needs a witness or a promise besides"),
)


def explained(record: RunRecord, command: str) -> str:
    """The run in words; `command` made it, without what it says of algorithms and pages."""
    parts = [("What the lines are", [f"{word:<16}{said}" for word, said in LEGEND])]
    if record["route"] is not None:
        parts.append(("The way back", way_back(record["route"])))
    parts.append((f"Why {record['verdict'].upper()}", why(record)))
    commands = [("see it as a page", f"{command} --page run.html"), ("the words", "hardlab list words")]
    if record["own"] is not None:
        other = "performer" if record["algorithm"] == "softmax" else "certified"
        commands.insert(1, ("another algorithm", f"{command} --algorithm {other}"))
    parts.append(("Try", [f"{said:<20}{command}" for said, command in commands]))
    return "\n\n".join("\n".join([title, *(f"  {said}" for said in lines)]) for title, lines in parts)


def way_back(route: list[HopRecord]) -> list[str]:
    """From the deciding row to the source, a line a hop; of a formula also what each row makes true."""
    lines = []
    for hop in reversed(route):
        key = f"; the key of the data that weighs most is {hop['key']}" if "key" in hop else ""
        lines.append(f"{hop['problem']}: {line(hop['says'])}{key}")
        assigned = hop.get("assigns", [])
        names = ("row of A", "row of B") if len(assigned) == 2 else ("member",)
        for name, part in zip(names, assigned, strict=False):
            lines.append(f"  {name} makes true {' '.join(map(str, part)) or 'nothing'}")
    return lines


def why(record: RunRecord) -> list[str]:
    """What the verdict rests on."""
    if record["verdict"] == "yes":
        last = record["route"][0]["problem"] if record["route"] else "the instance"
        return [
            f"{line(record['reason'])}.",
            f"The witness was checked from the definition at every hop; {last} needs no more than that, whoever answered.",
        ]
    if record["verdict"] == "no":
        lines, rests = [f"{line(record['reason'])}."], "if that claim holds, " if record["claimed"] else ""
        promise = record["promise"]
        if promise is not None and promise["source"] is not None:
            source = {"proved": "proved", "plug-in": "claimed by the plug-in", "user": "vouched for with --trust"}
            error = f"the error that is {source[promise['source']]}"
            lines.append(f"Every answer is further on the NO side than {error}; so, {rests}every exact output is NO.")
        keeps = "Each reduction keeps the answer (hardlab list reductions has their theorems)"
        return [*lines, f"{keeps}, so the source is NO{', if the claim holds' if record['claimed'] else ''}."]
    advice = "A YES would need a witness; a NO every row on the NO side, and a promised error below the one demanded."
    return [f"{line(record['reason'])}.", *([] if record["fault"] else [advice])]
