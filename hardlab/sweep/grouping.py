"""What came of a sweep: for each family, chain and algorithm its counts, failures, and median seconds at each size."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from hardlab.pages.text import table
from hardlab.sweep.record import Stored, key_of

NUMBER = re.compile(r"\d+(\.\d+)?(e[+-]?\d+)?")

HEADER = ("family", "chain", "by", "jobs", "done", "yes", "no", "unknown", "agree", "disagree", "not done", "missing")

REPORTED = ("status", "reason", "verdict", "agrees", "decide_seconds", "warm", "stages", "environment")
"""The parts of a record that are."""

WORDS = HEADER[:3]
"""The columns that hold no numbers."""


@dataclass
class Group:
    """The jobs of a family, a chain and an algorithm or a solver (`by`)."""

    family: str
    chain: str
    by: str
    jobs: int = 0
    records: list[Stored] = field(default_factory=list)

    @property
    def missing(self) -> int:
        return self.jobs - len(self.records)

    @property
    def failures(self) -> list[tuple[str, str, int]]:
        """(status, reason, how often) of what is not done; reasons that differ in numbers alone are one, the first."""
        failed: dict[tuple[str, str], list[str]] = {}
        for record in self.records:
            if record["status"] != "done":
                failed.setdefault((record["status"], NUMBER.sub("0", record["reason"])), []).append(record["reason"])
        return [(status, reasons[0], len(reasons)) for (status, _), reasons in failed.items()]

    @property
    def medians(self) -> dict[int, float]:
        """The median seconds that it took to reduce and to decide, by n of the instance; the oracle's are not in it.

        Where there are warm records of a size it is their median.
        """
        found: dict[int, list[tuple[bool, float]]] = {}
        for record in self.records:
            if record["status"] == "done" and "n" in record["stages"][0]["size"]:
                took = record["decide_seconds"] + record["built"]
                found.setdefault(record["stages"][0]["size"]["n"], []).append((record["warm"], took))
        return {
            n: median(seconds for warm, seconds in of if warm or not any(other for other, _ in of))
            for n, of in sorted(found.items())
        }

    @property
    def row(self) -> tuple[str, ...]:
        """The cells under HEADER."""
        verdicts = Counter(record.get("verdict") for record in self.records)
        agrees = Counter(record.get("agrees") for record in self.records)
        done = sum(record["status"] == "done" for record in self.records)
        counts = (
            self.jobs, done, verdicts["yes"], verdicts["no"], verdicts["unknown"], agrees[True], agrees[False],
            len(self.records) - done, self.missing,
        )  # fmt: skip
        return (self.family, self.chain or "(none)", self.by, *(f"{count:,}" for count in counts))


def groups(jobs: Sequence[Stored], records: Iterable[Stored]) -> list[Group]:
    """In the order of the jobs; their records have what is reported, and not what else was recorded."""
    found: dict[tuple[str, str, str], Group] = {}
    of = {record["key"]: _reported(record) for record in records}
    for job in jobs:
        names = (job["family"], job["chain"], job["solver"] or job["algorithm"])
        group = found.setdefault(names, Group(*names))
        group.jobs += 1
        record = of.get(key_of(job))
        if record is not None:
            group.records.append(record)
    return list(found.values())


def _reported(record: Stored) -> Stored:
    kept = {name: record[name] for name in REPORTED if name in record}
    if "stages" in kept:
        kept["built"] = sum(stage["seconds"] for stage in kept["stages"])
        kept["stages"] = kept["stages"][:1]
    return kept


def heading(found: Sequence[Group]) -> str:
    """The whole in one line."""
    jobs, missing = sum(group.jobs for group in found), sum(group.missing for group in found)
    status = Counter(record["status"] for group in found for record in group.records)
    said = ", ".join(f"{count:,} {name}" for name, count in status.most_common()) or "nothing has been run"
    wrong = sum(record.get("agrees") is False for group in found for record in group.records)
    parts = [f"{jobs:,} jobs: {said}", *([f"{missing:,} missing"] if missing else [])]
    return ", ".join([*parts, f"{wrong:,} DISAGREE with the oracle" if wrong else "none disagrees with the oracle"])


def text_of_sweep(found: Sequence[Group]) -> str:
    """What the terminal shows."""
    parts = [heading(found), "", table(HEADER, [group.row for group in found], left=WORDS)]
    medians = [
        (
            group.family,
            group.chain or "(none)",
            group.by,
            " ".join(f"{n}:{seconds:.3g}" for n, seconds in group.medians.items()),
        )
        for group in found
        if group.medians
    ]
    if medians:
        header = (*WORDS, "median seconds to reduce and decide, by n")
        parts += ["", table(header, medians, left=header)]
    for group in found:
        for status, reason, count in group.failures:
            parts += ["", f"{count:,} {status} ({group.family}, {group.chain or '(none)'}, {group.by}): {reason}"]
    return "\n".join(parts)
