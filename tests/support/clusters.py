"""A Dask cluster of two worker processes on this machine, as a program: `python -m tests.support.clusters` prints its address.

Each line on stdin is answered by the processes of the workers, as JSON, or, where it is "end",
once there are no workers any more; it ends with its stdin.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from tests.support.places import ROOT


@dataclass(frozen=True)
class Cluster:
    """A running cluster: its address, and the processes of its workers."""

    address: str
    process: "subprocess.Popen[str]"

    def workers(self) -> list[int]:
        """The processes of both workers, once both are there."""
        found: list[int] = self._told("")
        return found

    def end_workers(self) -> None:
        """End the workers, which are not started again."""
        self._told("end")

    def _told(self, line: str) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A cluster while this lasts; it finds modules in this checkout."""
    command = [sys.executable, "-m", "tests.support.clusters"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Cluster(process.stdout.readline().strip(), process)
        assert process.stdin is not None
        with suppress(OSError):  # where a test has killed it
            process.stdin.close()


def main() -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as local:  # type: ignore[no-untyped-call]
        print(local.scheduler_address, flush=True)
        for line in sys.stdin:
            if line.strip():
                local.scale(0)
                while local.scheduler.workers:
                    time.sleep(0.01)
                print("[]", flush=True)
                continue
            while len(local.scheduler.workers) < 2:  # one was lost, and is started again
                time.sleep(0.01)
            print(json.dumps([nanny.pid for nanny in local.workers.values()]), flush=True)


if __name__ == "__main__":
    main()
