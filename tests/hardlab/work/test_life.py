"""A process ends with the one that started it, even where that is killed."""

import os
import select
import subprocess
import sys

from tests.support.places import ROOT

WORKER = """
import os, sys
from hardlab.work.life import end_with_pipe
end_with_pipe(int(sys.argv[1]))
print(os.getpid(), flush=True)
sum(iter(int, 1))
"""

PARENT = f"""
import os, subprocess, sys, time
theirs, ours = os.pipe()
subprocess.Popen([sys.executable, "-c", {WORKER!r}, str(theirs)], pass_fds=[theirs])
time.sleep(600)
"""


def test_a_worker_that_never_lets_go_ends_with_a_parent_that_is_killed() -> None:
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        os.kill(worker, 0)  # it lives while its parent does
        parent.kill()
        ended, _, _ = select.select([parent.stdout], [], [], 20)  # the worker holds its other end as long as it lives
        assert ended
        assert parent.stdout.read() == b""


def test_a_worker_whose_parent_is_gone_already_ends_at_once() -> None:
    theirs, ours = os.pipe()
    os.close(ours)
    command = [sys.executable, "-c", WORKER, str(theirs)]
    done = subprocess.run(command, cwd=ROOT, pass_fds=[theirs], stdout=subprocess.PIPE, timeout=60, check=False)
    os.close(theirs)
    assert (done.returncode, done.stdout) == (1, b"")
