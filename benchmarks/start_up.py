"""How long the command takes to start: --help, the help of verbs, completion, against importing typer and rich.

Whole processes, interleaved; the ratio of the medians of their processor times (user and system).
"""

import os
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

HARDLAB = str(Path(sys.executable).with_name("hardlab"))

PEER = [sys.executable, "-c", "import typer, rich"]

COMMANDS = {
    "hardlab --help": [HARDLAB, "--help"],
    "hardlab run --help": [HARDLAB, "run", "--help"],
    "hardlab check --help": [HARDLAB, "check", "--help"],
    "hardlab study transition --help": [HARDLAB, "study", "transition", "--help"],
    "completion of hardlab run --al": [HARDLAB],
    "from hardlab import attend": [sys.executable, "-c", "from hardlab import attend"],
}

COMPLETE = {"_HARDLAB_COMPLETE": "complete_bash", "COMP_WORDS": "hardlab run --al", "COMP_CWORD": "2"}

REPEATS = 11


def seconds(command: list[str], more: dict[str, str]) -> float:
    """The processor time of the command as a process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env={**os.environ, **more}, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    times: dict[str, list[float]] = {name: [] for name in ("peer", *COMMANDS)}
    for _ in range(REPEATS):
        times["peer"].append(seconds(PEER, {}))
        for name, command in COMMANDS.items():
            times[name].append(seconds(command, COMPLETE if name.startswith("completion") else {}))
    peer = median(times.pop("peer"))
    print(f"import typer, rich: {1000 * peer:.0f} ms")
    for name, found in times.items():
        print(f"{name}: {1000 * median(found):.0f} ms, {median(found) / peer:.2f} times as long")


if __name__ == "__main__":
    main()
