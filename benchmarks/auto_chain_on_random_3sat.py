"""Random 3-SAT at ratio 4.26, satisfiable and not, through the default chain: sizes, constants and seconds a stage.

The claims, on 2 cores: by `softmax` 44 variables in under 10 s, 56 in under 2 minutes, 60 in under 3 minutes, each within
1 GiB; by bit counts 72 variables in under 4 minutes, and 80 in under 90 minutes within 2 GiB.
A process for each formula, so that its peak memory is its own; kernels warm, start-up aside. Peer: none (CaDiCaL solves
these in milliseconds; the point is the reduction), the verdict is compared with CaDiCaL's.

    python benchmarks/auto_chain_on_random_3sat.py [VARIABLES ...] [--algorithm ALGORITHM] [--each COUNT]
    python benchmarks/auto_chain_on_random_3sat.py 72 80 --algorithm boolean --each 1
"""

import argparse
import json
import resource
import subprocess
import sys

from hardlab import chain
from hardlab.names.deciders import algorithm_named
from hardlab.runs.running import run
from instances.families import random_ksat
from instances.task import AttentionTask
from solvers import Sat, Verdict

RATIO = 4.26

MEMORY = 2**31
"""Bytes for an instance."""


def measure(n: int, seed: int, name: str) -> dict[str, object]:
    """One formula in this process."""
    warm, algorithm = random_ksat(12, 51, 3, seed=0), algorithm_named(name)
    run(warm, chain("auto"), algorithm, oracle=False)
    result = run(random_ksat(n, round(RATIO * n), 3, seed=seed), chain("auto"), algorithm, measure=4, memory=MEMORY)
    hamming, attention = result.record["stages"][1:3]
    last = result.trace[-1].problem
    assert isinstance(last, AttentionTask)
    return {
        "vars": n, "seed": seed, "verdict": result.record["verdict"], "agrees": result.record["agrees"],
        "n": hamming["size"]["n"], "m": hamming["size"]["m"], "d": hamming["size"]["d"], "t": hamming["size"]["t"],
        "eps": 2 / hamming["size"]["t"], "B": attention["constants"]["B"], "margin": last.additive.value,
        "reduce_s": hamming["seconds"] + attention["seconds"], "decide_s": result.record["decide_seconds"],
        "total_s": result.record["seconds"], "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def seeds(n: int, each: int) -> list[int]:
    """The first seeds of `each` satisfiable and `each` unsatisfiable formulas."""
    found: dict[Verdict, list[int]] = {Verdict.YES: [], Verdict.NO: []}
    seed = 0
    while any(len(kept) < each for kept in found.values()):
        kept = found[Sat().solve(random_ksat(n, round(RATIO * n), 3, seed=seed)).verdict]
        if len(kept) < each:
            kept.append(seed)
        seed += 1
    return sorted(found[Verdict.YES] + found[Verdict.NO])


def main(sizes: list[int], algorithm: str, each: int) -> None:
    print("vars seed verdict agrees       n       m    d   t   eps      B margin reduce s decide s total s peak MiB")
    for n in sizes:
        for seed in seeds(n, each):
            command = [sys.executable, __file__, "--one", str(n), str(seed), algorithm]
            output = subprocess.run(command, capture_output=True, check=True)
            r = json.loads(output.stdout)
            print(f"{r['vars']:4} {r['seed']:4} {r['verdict']:7} {r['agrees']!s:6} {r['n']:7} {r['m']:7} {r['d']:4} {r['t']:3} "
                  f"{r['eps']:.3f} {r['B']:6.2f} {r['margin']:6.2f} {r['reduce_s']:8.2f} "
                  f"{r['decide_s']:8.2f} {r['total_s']:7.2f} {r['peak_mib']:8.0f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])))
    else:
        parser = argparse.ArgumentParser(description="Random 3-SAT at ratio 4.26 through the default chain.")
        parser.add_argument("variables", nargs="*", type=int, default=[44, 56, 60], help="numbers of variables")
        parser.add_argument("--algorithm", default="softmax", help="what decides")
        parser.add_argument("--each", type=int, default=2, help="satisfiable and unsatisfiable formulas of each size")
        given = parser.parse_args()
        main(given.variables, given.algorithm, given.each)
