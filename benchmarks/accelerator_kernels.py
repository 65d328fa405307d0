"""Conformance of torch's attention kernels on a CUDA GPU, forward and backward, in bfloat16 and float16: each backend of
scaled_dot_product_attention by itself (flash, memory-efficient, cuDNN, math), and flex_attention compiled.

    python -m benchmarks.accelerator_kernels [FOLDER] [--minutes 8] [--jobs 3]

Each check is a `hardlab check ... --device cuda --json` in a process of its own, some at a time; their records go into FOLDER
(build/accelerator by default). What has not ended in time is ended, and said to be. Exit code 0 if every kernel that was
checked is conformant or declined honestly.
"""

import json
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.timing import library

_SDPA = "hardlab.kernels.peers.sdpa:sdpa_"
_FLEX = "hardlab.kernels.peers.flex:flex_compiled"
_BY_FLEX = "batch,heads,gqa,cross,width,scale,layouts,causal,window,lengths,keep,mask,bias,alibi,packed,backward"


class Job(NamedTuple):
    target: str
    convention: str
    dtype: str
    features: str | None = None
    only: str | None = None

    @property
    def file(self) -> str:
        return f"{self.target.rpartition(':')[2]}-{self.dtype}.json"

    @property
    def command(self) -> list[str]:
        words = ["check", self.target, "--convention", self.convention, "--dtype", self.dtype, "--device", "cuda"]
        words += [] if self.features is None else ["--features", self.features]
        words += [] if self.only is None else ["--only", self.only]
        # A context of CUDA takes more addresses than memory; triton compiles in the first call of a shape.
        return [sys.executable, "-m", "hardlab", *words, "--memory", "64G", "--timeout", "120", "--quick", "--json"]


JOBS = [
    Job(f"{_SDPA}{backend}", "sdpa", dtype)
    for dtype in ("bfloat16", "float16")
    for backend in ("flash", "efficient", "cudnn", "math")
]
JOBS += [Job(_FLEX, "heads", dtype, _BY_FLEX) for dtype in ("bfloat16", "float16")]
"""In the order in which they start: flex_attention compiles for each new form of mask, and comes last."""


def main() -> int:
    parser = ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("build/accelerator"))
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--jobs", type=int, default=3)
    parser.add_argument("--only", help="the checks of this name or pattern alone")
    asked = parser.parse_args()
    torch = library("torch", "torch")
    if not torch.cuda.is_available():
        print("there is no CUDA GPU that torch can use: nothing to check")
        return 0
    print(f"torch {torch.__version__}, CUDA {torch.version.cuda}, {torch.cuda.get_device_name()}", flush=True)
    asked.folder.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + 60 * asked.minutes
    with ThreadPoolExecutor(asked.jobs) as pool:
        jobs = [job._replace(only=asked.only) for job in JOBS]
        verdicts = list(pool.map(lambda job: checked(job, asked.folder, end), jobs))
    return 0 if all(verdict in ("conformant", "declined", "out of time") for verdict in verdicts) else 1


def checked(job: Job, folder: Path, end: float) -> str:
    """The verdict of a check, whose record is stored and told in a few lines; what ended it where there is none."""
    start = time.monotonic()
    if end - start < 5:
        return told(job, "out of time", [], 0)
    try:
        ended = subprocess.run(job.command, capture_output=True, text=True, timeout=end - start)
    except subprocess.TimeoutExpired:
        return told(job, "out of time", [], time.monotonic() - start)
    (folder / job.file).write_text(ended.stdout)
    try:
        record: dict[str, Any] = json.loads(ended.stdout)
    except ValueError:
        return told(job, f"exit code {ended.returncode}", ended.stderr.splitlines()[-3:], time.monotonic() - start)
    counts = Counter(result["status"] for result in record["checks"])
    lines = [", ".join(f"{count} {status}" for status, count in counts.items())]
    reasons = {f"{r['status']}: {r['reason']}": r["name"] for r in record["checks"] if r["status"] not in ("passed", "skipped")}
    lines += [f"{name} {reason:.300}" for reason, name in list(reasons.items())[:6]]
    return told(job, record["verdict"], lines, time.monotonic() - start)


def told(job: Job, verdict: str, lines: list[str], seconds: float) -> str:
    head = f"{job.target.rpartition(':')[2]:15} {job.dtype:9} {verdict} ({seconds:.0f} s)"
    print("\n    ".join([head, *lines]), flush=True)
    return verdict


if __name__ == "__main__":
    sys.exit(main())
