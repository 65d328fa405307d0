"""A job takes the time that it would take alone: what others have computed is not used, and what it had to load is said."""

from pathlib import Path
from typing import Any

import pytest

import hardlab.sweep.job
from hardlab.sweep.job import run
from instances.kept import kept
from reductions.edges import cnf_hamming
from reductions.parts.chosen_split import chosen_plan
from reductions.parts.cnf_split import Plan
from tests.support.sweeps import TINY, jobs_of, swept

EQUAL = """
[[grid]]
family = "random-ksat"
vars = 6
clauses = 80
algorithm = ["softmax", "boolean", "softmax32"]
chain = "CHAIN"
"""


@pytest.mark.parametrize("chain", ["auto", "cnf-cubes[fix=1],auto"])
def test_every_job_reduces_by_itself(tmp_path: Path, chain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    planned: list[int] = []

    def counted(*given: Any) -> Plan:
        planned.append(1)
        return chosen_plan(*given)

    def plans(job: Any) -> int:
        before = len(planned)
        run(job)
        return len(planned) - before

    monkeypatch.setattr(cnf_hamming, "_plan", kept(4)(counted))
    jobs = jobs_of(EQUAL.replace("CHAIN", chain), tmp_path)
    members = 2 if "cubes" in chain else 1
    for order in (jobs, jobs[::-1], [jobs[1], jobs[2], jobs[0]]):
        assert [plans(job) for job in order] == [members] * 3
    monkeypatch.setattr(hardlab.sweep.job, "forget", lambda: None)  # planted: the first of equal jobs pays for all
    assert plans(jobs[0]) == 0


COMPILING = """
import numba, numpy as np
calls = 0
def attend(Q, K, V, scale):
    global calls
    calls += 1
    if calls == 3:
        numba.njit(lambda x: x + calls)(1.0)
    return np.ones((len(Q), V.shape[1]))
"""


@pytest.mark.slow
def test_a_job_is_warm_where_nothing_was_loaded_or_compiled(tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text(COMPILING)
    jobs = jobs_of(TINY.format(seeds=2) + f'algorithm = "{tmp_path}/kernel.py"\n', tmp_path)
    records = swept(jobs, tmp_path / "run.db")
    assert [record["warm"] for record in records] == [False, True, False, True]
