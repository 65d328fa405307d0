"""A process ends with the one that started it, even where that is killed."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time

import pytest

from tests.support.places import ROOT

PARENT = """
import os, signal, subprocess, sys, time
worker = subprocess.Popen([sys.executable, "-c", '''
import os, sys, time
{without}
from hardlab.work.life import end_with_parent
end_with_parent(int(sys.argv[1]))
end_with_parent(int(sys.argv[1]))
print(os.getpid(), flush=True)
time.sleep(600)
''', str(os.getpid())])
time.sleep(600)
"""


@pytest.mark.parametrize("without", ["", "del os.pidfd_open"], ids=["by a descriptor", "by looking"])
def test_a_worker_ends_with_a_parent_that_is_killed(without: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.replace("{without}", without)], stdout=subprocess.PIPE, cwd=ROOT, start_new_session=True
    )
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    time.sleep(0.3)
    os.kill(worker, 0)  # it lives while its parent does
    os.kill(worker, signal.SIGINT)  # and leaves Ctrl-C to that
    parent.kill()
    parent.wait()
    try:
        ended, _, _ = select.select([parent.stdout], [], [], 20)  # the worker holds its other end as long as it lives
        assert ended
        assert parent.stdout.read() == b""
    finally:
        parent.stdout.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)


def test_a_worker_whose_parent_is_gone_already_ends_at_once() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    code = f"import time; from hardlab.work.life import end_with_parent; end_with_parent({gone.pid}); time.sleep(600)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False).returncode == 1
