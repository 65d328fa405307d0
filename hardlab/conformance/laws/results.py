"""The results of a trial, as those of a kernel's checks are: one for each law, and the record."""

import re
from collections.abc import Mapping

from hardlab.conformance.laws.found import Fault
from hardlab.conformance.laws.process import Tried
from hardlab.conformance.record import CheckRecord
from hardlab.conformance.recording import result_record
from hardlab.conformance.result import Result, Status
from hardlab.work.environment import machine_with_cores

KIND = "law"

SENTENCES: Mapping[str, str] = {
    "unsound": "a NO becomes a YES",
    "incomplete": "a YES becomes a NO",
    "wrong YES": "it says YES where there is no witness",
    "wrong NO": "it says NO where there is a witness",
    "wrong way back": "some witness of the target comes back as none",
    "wrong way forth": "some witness of the source is taken to none",
    "wrong witness": "what it gives with a YES is no witness",
    "broken promise": "what is built breaks the promise of its problem",
    "wrong size": "the size formula is not what is built",
    "not deterministic": "the same instance is built in two ways",
    "changed its input": "the instance that it is given is changed",
    "slack": "a threshold that is declared tight can be moved",
    "crashed": "it raises, or its process ends",
    "timed out": "it does not end",
}
"""What is wrong with a reduction or a solver, the worst first, in words."""

WORST = tuple(SENTENCES)

NEEDED: Mapping[str, tuple[str, ...]] = {
    "complete": ("accepted",),
    "sound": ("accepted", "rejected"),
    "decides": ("YES", "NO"),
}
"""Of a law, what must have been met for it to say something."""


def results(found: Tried, command: str) -> list[Result]:
    """One for each law, its failures first."""
    failed = sorted(found.faults, key=_rank)
    listed = [_failed(found, fault, command) for fault in failed]
    lost = {fault.law for fault in failed}
    held = [_held(found, law) for law in found.about.get("laws", ()) if law not in lost]
    return [*listed, *held, *(_beyond(fault) for fault in sorted(found.beyond, key=_rank))]


def verdict(found: Tried) -> str:
    """The worst fault by its name; vacuous where what decides was met on no instance."""
    if found.faults:
        return _kind(min(found.faults, key=_rank))
    return "vacuous" if any(not met(found, law) for law in found.about.get("laws", ())) else "conformant"


def record_of_trial(found: Tried, *, seconds: float, versions: dict[str, str], command: str, seed: int) -> CheckRecord:
    """The record, with what was looked at."""
    return {
        "target": found.target,
        "kind": str(found.about.get("kind", "")),
        "conventions": {name: found.about[name] for name in ("source", "target") if name in found.about},
        "verdict": verdict(found),
        "part": found.part,
        "checks": [result_record(result) for result in results(found, command)],
        "ends": [],
        "chains": [],
        "seconds": seconds,
        "versions": versions,
        "machine": machine_with_cores(),
        "command": command,
        "meaning": "",
        "features": {"checked": [], "declined": []},
        "not_offered": {},
        "diagnosis": [],
        "noticed": {},
        "arrays": "",
        "calls": found.tally.instances,
        "seed_of_check": seed,
        "left_out": "",
    }


def _kind(fault: Fault) -> str:
    return "slack" if fault.fault.startswith("slack") else fault.fault


def _rank(fault: Fault) -> int:
    return WORST.index(_kind(fault)) if _kind(fault) in WORST else len(WORST)


def _failed(found: Tried, fault: Fault, command: str) -> Result:
    status: Status = {"crashed": "crashed", "timed out": "timeout"}.get(fault.fault, "wrong")  # type: ignore[assignment]
    lines = {
        "source": fault.shown,
        "target": fault.target,
        "witness": "" if fault.witness is None else _written(fault.witness),
        "should be": fault.should,
        "is": fault.found,
        "found after": f"{fault.instances:,} instances, {fault.seconds:.1f} s",
    }
    said = "; ".join(f"{name}: {text}" for name, text in lines.items() if text)
    given = {
        "kind": KIND,
        "of": found.target,
        "law": fault.law,
        "fault": fault.fault,
        "problem": fault.problem,
        "source": fault.source,
        "witness": fault.witness,
    }
    return Result(
        f"{fault.law}/{_dashed(fault.fault)}",
        status,
        f"{fault.fault}: {SENTENCES.get(_kind(fault), '')}; {said}",
        repeat=command,
        counterexample=given if fault.source is not None else None,
    )


def _beyond(fault: Fault) -> Result:
    """What was found on an instance that nobody listed or drew."""
    then = "if that is no instance, let its class refuse it, else say all_are_instances = True there"
    said = f"{fault.fault} on {fault.shown}, which is neither listed nor drawn: {then}"
    return Result(f"odd/{_dashed(fault.fault)}", "beyond", said)


def _written(witness: object) -> str:
    return str(tuple(witness)) if isinstance(witness, list) else str(witness)


def _dashed(words: str) -> str:
    return re.sub(r"\W+", "-", words)


def met(found: Tried, law: str) -> bool:
    """Whether all was met that the law needs to say something."""
    counts = found.tally.of_laws
    return found.tally.instances > 0 and all(counts.get(f"{law} {word}") for word in NEEDED.get(law, ()))


def _held(found: Tried, law: str) -> Result:
    """What a law that nothing speaks against was held against."""
    tally = found.tally
    if not tally.instances:
        why = ", ".join(found.about.get("problems", ()))
        none = f"there are no instances: {why} has neither instances(limit) nor drawn(limit, seed)"
        return Result(law, "skipped", "no instance came so far" if found.faults else none)
    counts = {word.partition(" ")[2]: count for word, count in tally.of_laws.items() if word.partition(" ")[0] == law}
    missing = [word for word in NEEDED.get(law, ()) if not counts.get(word)]
    if missing:
        return Result(law, "skipped", f"nothing was {' or '.join(missing)} on {tally.instances:,} instances: it says nothing")
    if law == "tight" and not found.about.get("tight"):
        said = tally.remarks.get("tight", "")
        return Result(law, "skipped", f"none is declared{said and f': {said}'}")
    said = f"{tally.instances:,} instances, {tally.yes:,} with a witness and {tally.no:,} without one"
    more = [f"{count:,} {word}" for word, count in counts.items()]
    more += [tally.remarks[name] for name in (law, *({"size_is_exact": ["growth"], "size_is_bounded": ["growth"],
             "decides": ["limits", "growth"]}.get(law, []))) if tally.remarks.get(name)]  # fmt: skip
    if tally.declined:
        more.append(f"{tally.declined:,} others were declined, or are beyond its statement")
    if law == "sound" and tally.undecided:
        more.append(f"of {tally.undecided:,} not all could be tried in the target, which names no referee")
    more += [f"UNKNOWN of {tally.unknown:,}"] if law == "decides" and tally.unknown else []
    return Result(law, "passed", "; ".join([said, *more]))
