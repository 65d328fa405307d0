"""One unsatisfiable random 3-SAT formula as a whole, and cut into cubes: one after the other, in threads, in processes.

The claim: cubes cost less than the whole, since their members are shorter and more and more of them trivial: at 36 variables
at most 0.85 of the whole's processor time with 16 cubes, wherever they run, and at most 0.5 with 4,096 in threads or processes,
start-up included. (One after the other, 4,096 small kernels that start two threads each lose what the cubes save.)
Each way in a process of its own, verdicts compared with CaDiCaL's; processor time is of all processes together, memory that of
the largest.

    python benchmarks/tiles_of_one_instance.py [--vars 36] [--fix 4 12] [--tail cnf-ov,ov-attention] [--algorithm boolean]
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from hardlab.cli.main import main as hardlab
from hardlab.work.processes import end_kept
from instances.families import random_ksat
from solvers import Sat, Verdict

RATIO = 4.26


def unsatisfiable(n: int) -> int:
    """The first seed of an unsatisfiable formula."""
    seed = 0
    while Sat().solve(random_ksat(n, round(RATIO * n), 3, seed=seed)).verdict is Verdict.YES:
        seed += 1
    return seed


def measured(words: list[str]) -> tuple[float, dict[str, Any]]:
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
        end_kept()  # children count once they have ended
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    figures = {"cpu": sum(u.ru_utime + u.ru_stime for u in used), "peak_mib": max(u.ru_maxrss for u in used) / 1024}
    print(json.dumps({"verdict": record["verdict"], "agrees": record["agrees"], "members": record["members"], **figures}))


def compare(n: int, fixed: list[int], tail: str, algorithm: str) -> None:
    family = ["--family", "random-ksat", "--vars", n, "--ratio", RATIO, "--k", 3, "--seed", unsatisfiable(n)]
    words = [*map(str, family), "--algorithm", algorithm]
    ways = {"whole": ["--chain", tail]}
    for fix in fixed:
        cubes = ["--chain", f"cnf-cubes[fix={fix}],{tail}"]
        ways |= {f"2^{fix} cubes, one": cubes} | {
            f"2^{fix} cubes, 2 {where}": [*cubes, "--backend", where, "--workers", "2"] for where in ("threads", "processes")
        }
    print(f"{n} variables, {' '.join(words[-4:])}, chain {tail}\n")
    print("way                      verdict agrees    members   seconds       cpu  of whole  peak MiB")
    whole = 0.0
    for name, way in ways.items():
        seconds, r = measured([*words, *way])
        cpu = r["cpu"]
        whole = whole or cpu
        seen = f"{r['members']['visited']}/{r['members']['count']}" if r["members"] else "-"
        figures = f"{seconds:9.1f} {cpu:9.1f} {cpu / whole:9.2f} {r['peak_mib']:9.0f}"
        print(f"{name:24} {r['verdict']:7} {r['agrees']!s:6} {seen:>10} {figures}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2:])
    else:
        parser = argparse.ArgumentParser(description="One formula as a whole and in cubes.")
        parser.add_argument("--vars", type=int, default=36)
        parser.add_argument("--fix", type=int, nargs="+", default=[4, 12])
        parser.add_argument("--tail", default="cnf-ov,ov-attention")
        parser.add_argument("--algorithm", default="boolean")
        given = parser.parse_args()
        compare(given.vars, given.fix, given.tail, given.algorithm)
