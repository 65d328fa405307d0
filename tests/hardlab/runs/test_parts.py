"""Tasks whose keys lie on many workers: the same answers wherever parts are computed, though workers are killed half-way."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import attention.exact.boolean
from attention import Boolean, Softmax
from attention.exact.partial import Partial
from attention.exact.parts import Part
from hardlab.names.chains import chain
from hardlab.runs.members import Sharing
from hardlab.runs.running import run
from hardlab.work.engine import Engine
from instances.cnf import CNF
from instances.families import random_ksat
from instances.faults import BadInput
from instances.task import AttentionTask
from reductions.chain import Chain
from solvers import Verdict
from tests.support.calling import Caller
from tests.support.clusters import Cluster, cluster

STEPS: Chain = chain("auto")
CUT = Boolean(rows=40, keys=30)
ENGINES = [Engine("one"), Engine("threads", 3), Engine("processes", 2)]
"""Where parts are computed on this machine."""

NO, YES = random_ksat(28, 122, 3, seed=1), random_ksat(28, 122, 3, seed=2)


def task(formula: CNF) -> AttentionTask:
    found = STEPS.trace(formula)[-1].problem
    assert isinstance(found, AttentionTask)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.backend)
def test_the_same_bits_wherever_parts_are_computed(engine: Engine) -> None:
    of = task(NO).inputs
    there = Boolean(CUT.rows, CUT.keys, Sharing(engine))
    assert np.array_equal(there(of), CUT(of))
    error = there.promise(of).largest_error(of)
    assert np.abs(there(of) - Boolean()(of)).max() <= 2 * error


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.backend)
@pytest.mark.parametrize(("formula", "verdict"), [(NO, Verdict.NO), (YES, Verdict.YES)], ids=["no", "yes"])
def test_decisions_wherever_parts_are_computed(engine: Engine, formula: CNF, verdict: Verdict) -> None:
    found = run(formula, STEPS, CUT, engine=engine)
    assert found.decision.verdict is verdict
    assert found.record["agrees"] is True
    of = task(formula).inputs
    assert found.record["parts"] == {"count": -(-of.n // 40) * -(-of.m // 30), "rows": 40, "keys": 30}
    assert found.record["own"] is not None
    assert found.record["own"]["verdict"] == verdict.value


def test_the_formulas_have_many_parts_both_ways() -> None:
    for formula in (NO, YES):
        of = task(formula).inputs
        assert min(of.n / CUT.rows, of.m / CUT.keys) > 2


whole = attention.exact.boolean.part_sums


@dataclass(frozen=True)
class Killed:
    """Sums of parts, by a process that is killed the first time that it meets a part with as many rows and keys."""

    flag: Path
    size: tuple[int, int]

    def __call__(self, part: Part) -> Partial:
        if (sum(q.bits.n for q in part.Q), len(part.values)) == self.size and not self.flag.exists():
            self.flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(part)


def with_killed(engine: Engine, flag: Path, monkeypatch: pytest.MonkeyPatch, formula: CNF) -> Any:
    """A run in which the worker is killed that has the last part of all, when the others are done or on their way."""
    of = task(formula).inputs
    size = (of.n % CUT.rows or CUT.rows, of.m % CUT.keys or CUT.keys)
    monkeypatch.setattr(attention.exact.boolean, "part_sums", Killed(flag, size))
    found = run(formula, STEPS, CUT, engine=engine)
    assert flag.exists()
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("formula", "verdict"), [(NO, Verdict.NO), (YES, Verdict.YES)], ids=["no", "yes"])
def test_a_process_that_is_killed_loses_nothing(
    formula: CNF, verdict: Verdict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = run(formula, STEPS, CUT)
    found = with_killed(Engine("processes", 2), tmp_path / "killed", monkeypatch, formula)
    assert found.decision.verdict is verdict
    assert found.decision.reason == plain.decision.reason  # the largest answer with it
    assert found.record["own"] == plain.record["own"]


@dataclass(frozen=True)
class Lost:
    """A `Mapper` that loses the result of one item and tells nobody: a planted fault."""

    which: int

    def unordered(self, function: Any, items: Any) -> Iterator[tuple[int, Any]]:
        return ((i, function(items[i])) for i in range(len(items)) if i != self.which)


@pytest.mark.parametrize("which", [0, 5])
@pytest.mark.parametrize("formula", [NO, YES], ids=["no", "yes"])
def test_a_part_that_is_lost_for_good_gives_no_verdict(formula: CNF, which: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardlab.runs.members.Sharing", lambda engine: Lost(which))
    found = run(formula, STEPS, CUT)
    assert (found.decision.verdict, found.decision.fault, found.exit_code) == (Verdict.UNKNOWN, True, 1)
    assert "never came back" in found.decision.reason


def test_nothing_to_run_elsewhere() -> None:
    for algorithm in (Boolean(), Softmax()):
        with pytest.raises(BadInput, match=r"members of a disjunction, .* or parts of a task, as boolean\[rows="):
            run(NO, STEPS, algorithm, engine=Engine("threads"))


@pytest.mark.slow
def test_members_are_what_runs_elsewhere_where_there_are_some() -> None:
    found = run(NO, chain("cnf-cubes[fix=2],auto"), CUT, engine=Engine("processes", 2))
    assert found.decision.verdict is Verdict.NO
    assert found.record["members"] == {"count": 4, "visited": 4}
    assert "parts" not in found.record


@pytest.mark.slow
def test_the_command_line(call: Caller) -> None:
    words = ["run", "--family", "random-ksat", "--vars", 28, "--clauses", 122, "--seed", 1]
    cut = ["--algorithm", "boolean[rows=40,keys=30]", "--backend"]
    for place in ("one", "processes"):
        record = call(*words, *cut, place, "--json").json
        assert (record["verdict"], record["agrees"], record["algorithm"]) == ("no", True, "boolean")
        assert record["parts"]["rows"] == 40
    text = call(*words, *cut, "threads", "--workers", 2).out
    assert f"parts: {record['parts']['count']} of at most 40 rows and 30 keys, by 2 threads" in text
    for bad, said in (
        ("keys=-1", "at least one row and one key"),
        ("where=one", "unknown parameter of boolean"),
        ("keys=x", "whole"),
    ):
        assert said in call(*words, "--algorithm", f"boolean[{bad}]").refusal()
    assert "or parts of a task" in call(*words, "--algorithm", "boolean", "--backend", "threads").refusal()


@pytest.fixture
def dask() -> Iterator[Cluster]:
    pytest.importorskip("distributed", reason="distributed is not installed: it is in the extra cluster")
    with cluster() as found:
        assert len(found.workers()) == 2
        yield found


@pytest.mark.slow
def test_keys_on_a_cluster_one_worker_of_which_is_killed(
    dask: Cluster, call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(f"dask={dask.address}")
    of = task(NO).inputs
    assert np.array_equal(Boolean(CUT.rows, CUT.keys, Sharing(engine))(of), CUT(of))
    found = with_killed(engine, tmp_path / "killed", monkeypatch, NO)
    assert (found.decision.verdict, found.decision.reason) == (Verdict.NO, run(NO, STEPS, CUT).decision.reason)
    words = ["run", "--family", "random-ksat", "--vars", 28, "--clauses", 122, "--seed", 2]
    record = call(*words, "--algorithm", "boolean[rows=40,keys=30]", "--backend", engine.backend, "--json").json
    assert (record["verdict"], record["agrees"]) == ("yes", True)
