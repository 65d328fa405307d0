"""What came of a sweep: for each family, chain and algorithm its counts, its failures, and what it answered by itself."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hardlab.conformance.report.rows import Row
from hardlab.pages.text import counted
from hardlab.sweep.judging import Judged, judged
from hardlab.sweep.kernel_rows import rows, shown
from hardlab.sweep.record import Stored, is_check, key_of

NUMBER = re.compile(r"\d+(\.\d+)?(e[+-]?\d+)?")

COUNTS = ("jobs", "done", "yes", "no", "unknown", "agree", "disagree", "not done", "missing")

REPORTED = (
    "job", "status", "reason", "verdict", "oracle", "agrees", "decide_seconds", "warm", "own", "demanded", "delivered",
    "environment",
)  # fmt: skip
"""The parts of a record that are; and n of its instance, and the seconds in which the reductions `built` it."""


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
    def judged(self) -> Judged:
        return judged(self.records)

    @property
    def cells(self) -> tuple[str, ...]:
        """Under COUNTS."""
        verdicts = Counter(record.get("verdict") for record in self.records)
        agrees = Counter(record.get("agrees") for record in self.records)
        done = sum(record["status"] == "done" for record in self.records)
        counts = (
            self.jobs, done, verdicts["yes"], verdicts["no"], verdicts["unknown"], agrees[True], agrees[False],
            len(self.records) - done, self.missing,
        )  # fmt: skip
        return tuple(f"{count:,}" for count in counts)


def groups(jobs: Sequence[Stored], records: Iterable[Stored]) -> list[Group]:
    """In the order of the jobs; their records have what is reported, and not what else was recorded."""
    return groups_and_kernels(jobs, records)[0]


def groups_and_kernels(jobs: Sequence[Stored], records: Iterable[Stored]) -> tuple[list[Group], list[Row]]:
    """The same of the jobs that decide, and a row for each of those that check a kernel."""
    decided: dict[str, Stored] = {}
    checked: dict[str, Stored] = {}
    for record in records:
        if is_check(record["job"]):
            checked[record["key"]] = shown(record)
        else:
            decided[record["key"]] = _reported(record)
    return _groups([job for job in jobs if not is_check(job)], decided), rows(filter(is_check, jobs), checked)


def _groups(jobs: Iterable[Stored], of: Mapping[str, Stored]) -> list[Group]:
    found: dict[tuple[str, str, str], Group] = {}
    for job in jobs:
        names = (job["family"], job["chain"], job["solver"] or job["algorithm"])
        group = found.setdefault(names, Group(*names))
        group.jobs += 1
        record = of.get(key_of(job))
        if record is not None:
            group.records.append(record)
    return list(found.values())


def places(found: Iterable[Group]) -> dict[str, list[Group]]:
    """The groups of each family and chain, by the name of both."""
    at: dict[str, list[Group]] = {}
    for group in found:
        at.setdefault(place(group.family, group.chain), []).append(group)
    return at


def place(family: str, chain: str, where: str = "") -> str:
    """What a family and a chain are called."""
    return family + (f" through {chain}" if chain else "") + (f", {where}" if where else "")


def _reported(record: Stored) -> Stored:
    kept = {name: record[name] for name in REPORTED if name in record}
    if kept.get("own"):
        kept["own"] = {name: value for name, value in kept["own"].items() if name != "mistakes"}
    if "stages" in record:
        kept["n"] = record["stages"][0]["size"].get("n")
        kept["built"] = sum(stage["seconds"] for stage in record["stages"])
    return kept


def heading(found: Sequence[Group]) -> str:
    """The whole in one line."""
    jobs, missing = sum(group.jobs for group in found), sum(group.missing for group in found)
    status = Counter(record["status"] for group in found for record in group.records)
    said = ", ".join(f"{count:,} {name}" for name, count in status.most_common()) or "nothing has been run"
    wrong = sum(record.get("agrees") is False for group in found for record in group.records)
    parts = [f"{counted(jobs, 'job')}: {said}", *([f"{missing:,} missing"] if missing else [])]
    parts += [f"{wrong:,} DISAGREE with the oracle" if wrong else "none disagrees with the oracle"]
    return ", ".join([*parts, *_own([group.judged for group in found])])


def _own(judged: Sequence[Judged]) -> Iterator[str]:
    """The worst that is to be said of what the algorithms answered themselves."""
    verdicts = sum((each.verdicts for each in judged), Counter[str]())
    rows = sum(each.wrong for each in judged)
    if verdicts["wrong"]:
        yield f"but {verdicts['wrong']:,} of the algorithms' own verdicts are WRONG"
    elif verdicts["unknown"]:
        yield f"but {verdicts['unknown']:,} of the algorithms' own verdicts are unknown"
    elif rows:
        yield f"but {rows:,} rows were answered wrongly"
