"""One unsatisfiable random 3-SAT formula as a whole, and cut into cubes: one after the other, in threads, in processes.

The claim: cut into 16, a formula costs no more than the whole (its members are shorter by the clauses that the cubes satisfy),
two workers on two cores take at most 1.1 of the time that one takes, start-up included, and nothing holds the whole lists.
Each way in a process of its own, start-up included, verdicts compared with CaDiCaL's; memory is the largest of a process.

    python benchmarks/tiles_of_one_instance.py [--vars 36] [--fix 4] [--tail cnf-ov,ov-attention] [--algorithm boolean]
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from contextlib import redirect_stdout
from io import StringIO

from joblib.externals.loky import get_reusable_executor

from hardlab.cli import main as hardlab
from instances.families import random_ksat
from solvers import Sat, Verdict

RATIO = 4.26


def unsatisfiable(n: int) -> int:
    """The first seed of an unsatisfiable formula."""
    seed = 0
    while Sat().solve(random_ksat(n, round(RATIO * n), 3, seed=seed)).verdict is Verdict.YES:
        seed += 1
    return seed


def measured(words: list[str]) -> tuple[float, dict[str, object]]:
    """Seconds, start-up included, and the record."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, __file__, "--one", *words], capture_output=True, check=True)
    return time.perf_counter() - start, json.loads(done.stdout)


def one(words: list[str]) -> None:
    """`hardlab run` in this process, with the memory of the largest process on stdout."""
    out = StringIO()
    try:
        with redirect_stdout(out):
            hardlab(["run", "--json", *words])
    except SystemExit as stop:
        if stop.code:
            raise
    record = json.loads(out.getvalue())
    if "processes" in words:
        get_reusable_executor().shutdown()  # children count once they have ended
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    kept = {name: record[name] for name in ("verdict", "agrees", "members", "decide_seconds")}
    print(json.dumps({**kept, "peak_mib": max(peaks) / 1024}))


def compare(n: int, fix: int, tail: str, algorithm: str) -> None:
    family = ["--family", "random-ksat", "--vars", n, "--ratio", RATIO, "--k", 3, "--seed", unsatisfiable(n)]
    words = [*map(str, family), "--algorithm", algorithm]
    cubes = ["--chain", f"cnf-cubes[fix={fix}],{tail}"]
    ways = {
        "whole": ["--chain", tail],
        "cubes, one": cubes,
        "cubes, 2 threads": [*cubes, "--backend", "threads", "--workers", "2"],
        "cubes, 2 processes": [*cubes, "--backend", "processes", "--workers", "2"],
    }
    print(f"{n} variables, {' '.join(words[-4:])}, chain {tail}\n")
    print("way                 verdict agrees  members    seconds  of whole  peak MiB of a process")
    whole = 0.0
    for name, way in ways.items():
        seconds, r = measured([*words, *way])
        whole = whole or seconds
        members = r["members"]
        seen = f"{members['visited']}/{members['count']}" if isinstance(members, dict) else "-"
        figures = f"{seconds:10.1f} {seconds / whole:9.2f} {r['peak_mib']:9.0f}"
        print(f"{name:19} {r['verdict']:7} {r['agrees']!s:6} {seen:>8} {figures}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2:])
    else:
        parser = argparse.ArgumentParser(description="One formula as a whole and in cubes.")
        parser.add_argument("--vars", type=int, default=36)
        parser.add_argument("--fix", type=int, default=4)
        parser.add_argument("--tail", default="cnf-ov,ov-attention")
        parser.add_argument("--algorithm", default="boolean")
        given = parser.parse_args()
        compare(given.vars, given.fix, given.tail, given.algorithm)
