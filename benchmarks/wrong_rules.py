"""Rules with known slips on trial, as `hardlab check` puts them: the table of docs/pages/explanation/wrong-rules.md.

    python -m benchmarks.wrong_rules [--time 60]

Each runs in a process of its own, with nothing but its name. Right rules come after them.
"""

import argparse

from hardlab.conformance.drawing import new_seed
from hardlab.conformance.laws.process import tried
from hardlab.conformance.laws.results import verdict
from hardlab.work.limits import MEMORY
from reductions.reduction import AnyReduction
from tests.support.rules import RIGHT, WRONG


def target(rule: AnyReduction) -> str:
    """By which another process finds it."""
    return f"{type(rule).__module__}:{type(rule).__name__}"


def main() -> None:
    words = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    words.add_argument("--time", type=float, default=60.0, help="seconds for each (default 60)")
    seconds, seed = words.parse_args().time, new_seed()
    print(f"seed of the check {seed}\n\n| rule | slip | verdict | smallest counterexample | instances | seconds |")
    print("|---|---|---|---|---|---|")
    for case in WRONG:
        found = tried(target(case.rule), seconds, seed, 5.0, MEMORY)
        fault = next((each for each in found.faults if each.fault == case.fault), None)
        said = "not found" if fault is None else f"`{fault.shown}` | {fault.instances:,} | {fault.seconds:.1f}"
        print(f"| {case.rule.key} | {getattr(case.rule, 'says', '')} | {verdict(found)} | {said} |", flush=True)
    print("\n| right rule | verdict | instances | with a witness | without one |\n|---|---|---|---|---|")
    for rule in RIGHT:
        found = tried(target(rule), seconds, seed, 5.0, MEMORY)
        tally = found.tally
        print(f"| {rule.key} | {verdict(found)} | {tally.instances:,} | {tally.yes:,} | {tally.no:,} |", flush=True)


if __name__ == "__main__":
    main()
