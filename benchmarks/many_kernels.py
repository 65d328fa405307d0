"""How many generated kernels a sweep checks in a minute: `python -m benchmarks.many_kernels --count 10 --library numpy`.

So many files of some 20 lines, online softmax over blocks of keys, a third of them with a fault, are written into a temporary
folder and swept with `quick`. The seconds of starting the first processes are in it, and so is what the machine does beside.
"""

import argparse
import resource
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from hardlab.sweep.grid import grids
from hardlab.sweep.store import Store, stored
from hardlab.sweep.sweeping import sweep
from hardlab.work.engine import Engine, cores

NUMPY = """import numpy as np

BLOCK = {block}


def attention(Q, K, V, scale):
    n, m = Q.shape[0], K.shape[0]
    top = np.full((n, 1), -np.inf, dtype=Q.dtype)
    total = np.zeros((n, 1), dtype=Q.dtype)
    out = np.zeros((n, V.shape[1]), dtype=Q.dtype)
    for start in range(0, {end}, BLOCK):
        keys = slice(start, min(start + BLOCK, m))
        scores = scale * Q @ K[keys].T
        new = np.maximum(top, scores.max(axis=1, keepdims=True))
        weights = np.exp(scores - new)
        keep = {keep}
        total = total * keep + weights.sum(axis=1, keepdims=True)
        out = out * keep + weights @ V[keys]
        top = new
    return out / total
"""

TORCH = """import math
import torch

BLOCK = {block}


class ModelNew(torch.nn.Module):
    def forward(self, Q, K, V):
        m, scale = K.shape[2], 1 / math.sqrt(Q.shape[3])
        top = torch.full((*Q.shape[:3], 1), -math.inf, dtype=Q.dtype)
        total, out = torch.zeros_like(top), torch.zeros_like(V[:, :, :1]) * top.nan_to_num(neginf=0.0)
        for start in range(0, {end}, BLOCK):
            keys = slice(start, min(start + BLOCK, m))
            scores = scale * Q @ K[:, :, keys].transpose(2, 3)
            new = torch.maximum(top, scores.amax(3, keepdim=True))
            weights = torch.exp(scores - new)
            keep = {keep}
            total = total * keep + weights.sum(3, keepdim=True)
            out = out * keep + weights @ V[:, :, keys]
            top = new
        return out / total
"""

FAULTS = (
    ("m", "{exp}(top - new)"),
    ("m", "{exp}(top - new)"),
    ("m", "{exp}(new - new)"),
    ("m - BLOCK + 1", "{exp}(top - new)"),
)
"""Where the loop ends, and what is kept of the sums at a new maximum: two right ways, no rescaling, no last block."""


def written(folder: Path, count: int, library: str) -> None:
    """Files that differ in their blocks, and in whether they are right."""
    source, exp = (NUMPY, "np.exp") if library == "numpy" else (TORCH, "torch.exp")
    for i in range(count):
        end, keep = FAULTS[i % len(FAULTS)]
        (folder / f"kernel_{i:04}.py").write_text(source.format(block=16 + i, end=end, keep=keep.format(exp=exp)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--library", choices=("numpy", "torch"), default="torch")
    parser.add_argument("--workers", type=int, default=0, help="0 is one a core")
    given = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        written(folder, given.count, given.library)
        convention = 'convention = "kernelbench"\n' if given.library == "torch" else ""
        grid = f'[[grid]]\ntarget = "{folder}/*.py"\n{convention}dtype = "float32"\nquick = true\ncall_timeout = 20\n'
        (folder / "grid.toml").write_text(grid)
        jobs = [job for found in grids(folder / "grid.toml", None) for job in found.jobs()]
        start = perf_counter()
        with Store(folder / "run.db") as store:
            sweep(jobs, store, Engine("threads", given.workers))
        seconds, used = perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        records = stored(folder / "run.db")[1]
    verdicts = Counter(record.get("verdict", record["status"]) for record in records)
    said = ", ".join(f"{count} {name}" for name, count in verdicts.items())
    each, own = seconds / len(records), (used.ru_utime + used.ru_stime) / len(records)
    print(f"{len(records)} kernels of {given.library}: {said}")
    print(f"{60 / each:.1f} kernels a minute: {seconds:.0f} seconds, and {200 * each / 60:.0f} minutes for 200")
    print(
        f"{own:.1f} seconds of a processor a kernel: at best {200 * own / cores() / 60:.0f} minutes for 200 on {cores()} cores"
    )


if __name__ == "__main__":
    main()
