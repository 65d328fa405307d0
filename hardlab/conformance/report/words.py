"""Records of checked kernels in words.

Nothing is said that the records do not hold, and one record gives one text. A record may lack anything: what is missing is said
in words. Foreign text (a target's name, a reason) is shown as it is; a character that is not printable becomes U+FFFD.
"""

import re
from collections import Counter
from typing import Any

from hardlab.conformance.record import Stored
from hardlab.conformance.result import FAILED
from hardlab.pages.text import finite, line, number

FACT = r"; (?=(?:source|target|witness|should be|is|found after): )"
"""What stands before each fact in the reason of a failure in a trial."""

STATUSES = ("passed", "beyond", *FAILED, "declined", "skipped")

VERDICTS = {
    "conformant": "Conformant",
    "declined": "Declined",
    "inaccurate": "Inaccurate",
    "wrong": "Wrong answer",
    "crashed": "Crashed",
    "timeout": "Timed out",
    "unsound": "Unsound: a NO becomes a YES",
    "incomplete": "Incomplete: a YES becomes a NO",
    "wrong YES": "Wrong YES: there is no witness",
    "wrong NO": "Wrong NO: there is a witness",
    "wrong way back": "Wrong way back",
    "wrong way forth": "Wrong way forth",
    "wrong witness": "Wrong witness",
    "broken promise": "Broken promise",
    "wrong size": "Wrong size formula",
    "not deterministic": "Not deterministic",
    "changed its input": "It changed its input",
    "slack": "A threshold is not tight",
    "vacuous": "Vacuous: what decides was met on no instance",
    "timed out": "Timed out",
}


def is_trial(record: Stored) -> bool:
    """Whether it is of a reduction or a solver."""
    return line(record.get("kind") or "kernel") != "kernel"


def items(record: Stored, key: str) -> list[Any]:
    """The list under a key, empty where there is none."""
    return list(record.get(key) or [])


def part(record: Stored, key: str) -> dict[str, Any]:
    """The object under a key, empty where there is none."""
    return dict(record.get(key) or {})


def target(record: Stored) -> str:
    return line(record.get("target") or "") or "a kernel without a name"


def heading(record: Stored) -> str:
    """The verdict in words."""
    verdict, part = line(record.get("verdict") or ""), line(record.get("part") or "")
    if not items(record, "checks"):
        return "Nothing was checked"
    return VERDICTS.get(verdict, verdict or "No verdict") + (f" ({part})" if part else "")


def counts(record: Stored) -> Counter[str]:
    """How many checks have each status."""
    return Counter(line(check.get("status")) for check in items(record, "checks"))


def counted(record: Stored) -> str:
    """The counts in words, in the order of `STATUSES`."""
    found = counts(record)
    order = [*STATUSES, *sorted(set(found) - set(STATUSES))]
    return ", ".join(f"{found[status]:,} {status}" for status in order if found[status]) or "no checks"


def failed(record: Stored) -> list[Stored]:
    """The checks that speak against the kernel, the worst first; of a trial in its own order."""
    checks = [check for check in items(record, "checks") if check.get("status") in FAILED]
    return checks if is_trial(record) else sorted(checks, key=lambda check: FAILED.index(check["status"]))


def facts(record: Stored, check: Stored) -> tuple[str, list[tuple[str, str]]]:
    """The reason of a check; of a failure in a trial apart from that source, target, witness, what should be and what is."""
    said = line(check.get("reason") or "no reason is given")
    first, *parts = re.split(FACT, said) if is_trial(record) else [said]
    return first, [(name, text) for name, _, text in (part.partition(": ") for part in parts)]


def beyond(record: Stored) -> list[Stored]:
    """The checks at which the kernel's precision ends."""
    return [check for check in items(record, "checks") if check.get("status") == "beyond"]


def reason(record: Stored) -> str:
    """Why this is the verdict, in one sentence."""
    checks = items(record, "checks")
    if not checks:
        return "No check was run."
    lost, ran = failed(record), len(checks) - counts(record)["skipped"]
    named = explained(record)
    if lost and is_trial(record):
        return f"{_upper(line(lost[0].get('reason') or 'no reason given'))}."
    if named and record.get("verdict") == "wrong":
        many = "" if len(named) == 1 else f", and {len(named) - 1} more"
        return f"{named[0][0]} ({named[0][1]}){many}."
    of_verdict = [check for check in lost if check["status"] == record.get("verdict")] or lost
    if of_verdict:
        many = "one check" if len(of_verdict) == 1 else f"{len(of_verdict):,} checks"
        first = f"{line(of_verdict[0].get('name'))}: {line(of_verdict[0].get('reason') or 'no reason given')}"
        return f"{_upper(many)} of {ran:,} {'is' if len(of_verdict) == 1 else 'are'} to blame, first {first}."
    if record.get("verdict") == "declined":
        first_reason = next((line(check.get("reason")) for check in checks if check.get("status") == "declined"), "")
        return f"It takes none of the inputs that it was given{': ' if first_reason else ''}{first_reason}."
    ended = beyond(record)
    if ended:
        dtype = line(part(record, "conventions").get("dtype") or "its precision")
        return (
            f"Nothing speaks against it; in {len(ended):,} of {ran:,} checks the truth is beyond {dtype}, "
            f"first at {place(ended[0])}."
        )
    return f"Nothing speaks against it: {counted(record)}."


def explained(record: Stored) -> list[tuple[str, str]]:
    """Each fault that explains something, and how much of it."""
    found = []
    for one in items(record, "diagnosis"):
        of = ", ".join(map(line, one.get("checks") or ()))
        found.append(
            (_upper(line(one.get("sentence"))), f"{number(one.get('pieces'))} of {number(one.get('of'))} findings: {of}")
        )
    return found


def offered(record: Stored) -> list[str]:
    """In what it is conformant, or was checked, and what is not offered; empty where a record does not say."""
    found = [_upper(line(record["meaning"])) + "."] if record.get("meaning") else []
    checked = [line(word) for word in part(record, "features").get("checked") or ()]
    if "features" in record and not is_trial(record):
        least = "weights of 1" if part(record, "conventions").get("convention") == "kde" else "one head that sees all keys"
        found.append(f"Checked with: {', '.join(checked) or least}.")
    missing = part(record, "not_offered")
    by: dict[str, list[str]] = {}
    for word, why in missing.items():
        by.setdefault(line(why), []).append(line(word))
    if by:
        found.append("Not offered: " + "; ".join(f"{', '.join(words)} ({why:.160})" for why, words in by.items()) + ".")
    used = [line(check.get("reason") or "") for check in items(record, "checks") if _is_told(check)]
    found += [f"{_upper(said)}." for said in used if said]
    if record.get("left_out"):
        found.append(f"Left out, as it was quick: {line(record['left_out'])}.")
    return found


def _is_told(check: Stored) -> bool:
    """Whether it says of its library's attention that it was called or not."""
    return check.get("name") == "library" and check.get("status") in ("passed", "wrong")


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def place(check: Stored) -> str:
    """Where on the ladder a check stands, or its name."""
    axes = part(check, "axes")
    if finite(axes.get("n")) is None or finite(axes.get("B")) is None:
        return line(check.get("name"))
    said = f"n = {number(axes['n'])}, B = {number(axes['B'])} sqrt(ln n)"
    return f"{said}, R0 = {number(axes['R0'])}" if finite(axes.get("R0")) is not None else said


def ending(row: Stored) -> tuple[str, ...]:
    """A row of the table of ends: construction, R0, n, B, and the first check that did not pass."""
    n, B = (number(row[axis]) if row.get(axis) is not None else "not even the least" for axis in ("n", "B"))
    passed = ""
    if row.get("rungs") is not None:
        passed = f"{number(row.get('passed'))} of {number(row['rungs'])}"
    fails = line(row["fails"]) if row.get("fails") else "all passed" if "fails" in row else ""
    return line(row.get("construction") or ""), number(row.get("R0")), n, B, passed, fails


def endings(record: Stored) -> list[tuple[str, ...]]:
    """The table of ends with its header; columns that the record says nothing of are left out. Empty where there is none."""
    rows = [ending(row) for row in items(record, "ends")]
    kept = [i for i in range(len(ENDING)) if any(row[i] for row in rows)]
    return [tuple(row[i] for i in kept) for row in (ENDING, *rows)] if rows else []


ENDING = ("construction", "R0", "up to n", "up to B / sqrt(ln n)", "passed", "first that did not pass")


def shown(record: Stored) -> set[str]:
    """The words of the glossary that a page of this record shows."""
    checks, conventions = items(record, "checks"), part(record, "conventions")
    words = {line(record.get("verdict") or ""), *counts(record), *(["dtype"] if conventions.get("dtype") else [])}
    words |= {"laws", "referee", "witness"} if is_trial(record) else set()
    words |= {name for name in ("diagnosis", "seed_of_check") if record.get(name)}
    words |= {"convention"} if conventions.get("convention") else set()
    words |= {"features", "planted call"} if part(record, "features").get("checked") else set()
    words |= {line(word) for word in (*(part(record, "features").get("checked") or ()), *part(record, "not_offered"))}
    words |= {"top-left"} if "causal" in words or record.get("meaning") else set()
    for check in checks:
        words |= set(line(check.get("name")).split("/")[:1]) | {line(value) for value in part(check, "axes").values()}
    if any(check.get("demanded") is not None or check.get("delivered") is not None for check in checks):
        words |= {"demanded", "delivered"}
    if any(part(check, "axes") for check in checks) or items(record, "ends"):
        words |= {"n", "B", "R0", "d", "eps", "margin", "construction", "softmax attention", "low, high"}
    for chain in items(record, "chains"):
        words |= {"chain", "t", "t2", "m"} | {line(stage.get("problem") or "") for stage in items(chain, "stages")}
    return words


def environment(record: Stored) -> list[tuple[str, str]]:
    """How and where the checks were run."""
    seconds = finite(record.get("seconds"))
    said = [("machine", line(record.get("machine") or "")), ("seconds", "" if seconds is None else f"{seconds:.1f}")]
    conventions = [(name, number(value)) for name, value in part(record, "conventions").items()]
    for name in ("arrays", "calls", "seed_of_check"):
        conventions += [(name.replace("_", " "), line(record[name]))] if record.get(name) is not None else []
    versions = [(name, number(value)) for name, value in part(record, "versions").items()]
    return [(line(name), value) for name, value in [*conventions, *said, *versions] if value]
