"""Members of a disjunction in threads and processes: verdicts, early exit, lost workers, and what is recorded."""

import os
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from typing import Any, ClassVar

import numpy as np
import pytest

from attention import Boolean, Promise, Softmax
from attention.exact.streaming import over_rows
from hardlab.names.chains import chain
from hardlab.runs.members import Members
from hardlab.runs.running import run
from hardlab.work.engine import Engine
from instances.anyof import AnyOf
from instances.cnf import CNF
from instances.families import random_ksat
from instances.faults import BadInput
from instances.problem import Problem
from instances.task import Attention
from instances.vectors import OrthogonalVectors
from reductions.chain import Chain
from solvers import Decision, ExhaustiveOrthogonal, Sat, Solver, Through, Verdict
from solvers.through import Decisions, decide
from tests.support.calling import Caller
from tests.support.tiny import representatives, satisfiable

ENGINES = [Engine(), Engine("threads", 2), Engine("processes", 2)]
YES, NO = random_ksat(20, 85, 3, seed=1), random_ksat(20, 85, 3, seed=4)
CUBES = "cnf-cubes[fix=3],cnf-ov,ov-attention"
CHAINS = [
    CUBES,
    "cnf-ov,ov-tiles[rows=512,columns=300],ov-attention",
    "cnf-hamming,hamming-tiles[rows=7,columns=5],hamming-attention",
    "cnf-cubes[fix=2],cnf-ov,ov-tiles[rows=200,columns=512],ov-attention",
]


@pytest.mark.slow
@pytest.mark.parametrize("keys", CHAINS)
@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.backend)
def test_the_same_verdict_wherever_members_run(keys: str, engine: Engine) -> None:
    steps = chain(keys)
    no: Mapping[str, Any] = run(NO, steps, Boolean(), engine=engine, measure=2).record
    assert (no["verdict"], no["agrees"]) == ("no", True)
    members = no["members"]
    assert members["visited"] == members["count"] > 1  # a NO needs them all
    assert no["engine"] == {"backend": engine.backend, "workers": engine.workers or 1}
    assert no["delivered"]["rows"] >= 1
    assert no["promise"]["source"] == "proved"
    here: Mapping[str, Any] = run(NO, steps, Boolean(), measure=2).record
    assert all(no[name] == here[name] for name in ("reason", "promise", "demanded", "delivered", "stages"[:0] or "members"))
    yes: Mapping[str, Any] = run(YES, steps, Boolean(), engine=engine, measure=2).record
    assert (yes["verdict"], yes["agrees"]) == ("yes", True)
    assert 1 <= yes["members"]["visited"] <= yes["members"]["count"]
    assert yes["delivered"]["rows"] >= 1


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.backend)
def test_the_first_yes_gives_up_the_rest(engine: Engine) -> None:
    """Every row of A is orthogonal to every row of B in the first tile, and in no other."""
    formula = CNF(14, tuple((-v,) for v in range(1, 8)))
    steps = chain("cnf-ov,ov-tiles[rows=1,columns=128],ov-attention")
    record: Mapping[str, Any] = run(formula, steps, Softmax(), engine=engine, measure=0).record
    assert record["reason"].startswith("member 0:")
    assert record["members"]["count"] == 128
    assert record["members"]["visited"] < 128
    if engine.backend == "one":
        assert record["members"]["visited"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES[1:], ids=lambda engine: engine.backend)
def test_tiny_formulas_wherever_members_run(engine: Engine) -> None:
    members = Members(engine)
    steps = chain("cnf-cubes[fix=2],cnf-ov")
    for formula in representatives()[::60]:
        decision = Through(steps, ExhaustiveOrthogonal(), members=members).solve(formula)
        assert decision.verdict is (Verdict.YES if satisfiable(formula) else Verdict.NO)
        assert decision.witness is None or formula.accepts(decision.witness)


@dataclass(frozen=True)
class Mortal:
    """An exhaustive search whose process is killed when it first meets a certain list of vectors."""

    marker: Path
    fatal: str
    key: ClassVar[str] = "mortal"
    problems: ClassVar[tuple[type[Problem], ...]] = (OrthogonalVectors,)

    def solve(self, problem: OrthogonalVectors) -> Decision:
        if problem.identity == self.fatal and not self.marker.exists():
            self.marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return ExhaustiveOrthogonal().solve(problem)


@pytest.mark.slow
@pytest.mark.parametrize("formula", [YES, NO], ids=["yes", "no"])
def test_a_lost_member_is_run_again(formula: CNF, tmp_path: Path) -> None:
    steps = chain("cnf-cubes[fix=3],cnf-ov")
    last = steps.trace(formula)[-1].problem
    assert isinstance(last, AnyOf)
    verdicts = [ExhaustiveOrthogonal().solve(last.member(i)).verdict for i in range(last.count)]  # type: ignore[arg-type]
    fatal = verdicts.index(Verdict.YES) if formula is YES else 5
    mortal = Mortal(tmp_path / "killed", last.member(fatal).identity)
    members = Members(Engine("processes", 2))
    decision = Through(steps, mortal, members=members).solve(formula)
    assert decision.verdict is (Verdict.YES if formula is YES else Verdict.NO)
    assert mortal.marker.exists() or verdicts.count(Verdict.YES) > 1
    if formula is NO:
        assert members.visited == members.count == 8


# ---------------------------------------------------------------------------------------------------- any order


class Scripted:
    """Gives member i the i-th of some decisions."""

    key = "scripted"
    problems = (CNF,)

    def __init__(self, decisions: list[Decision]) -> None:
        self.decisions = decisions

    def solve(self, problem: CNF) -> Decision:
        return self.decisions[problem.n]


def backwards(solver: Solver[Any], problem: AnyOf) -> Decisions:
    return ((i, decide(solver, problem.member(i))) for i in reversed(range(problem.count)))


def both_ways(decisions: list[Decision]) -> Iterator[Decision]:
    problem = AnyOf(CNF, len(decisions), lambda i: CNF(i, ()))
    yield decide(Scripted(decisions), problem)
    yield decide(Scripted(decisions), problem, backwards)


def test_the_decision_does_not_depend_on_the_order() -> None:
    no, fault = Decision(Verdict.NO, "no", failure=2.0**-22), Decision(Verdict.UNKNOWN, "broken", fault=True)
    weak, again = Decision(Verdict.UNKNOWN, "too weak"), Decision(Verdict.UNKNOWN, "broken again", fault=True)
    for decisions, expected in (
        ([no, no], "all 2 members"),
        ([no] * 5, "may fail with 1.19e-06"),
        ([no, weak, no], "member 1: too weak"),
        ([weak, no, fault, again], "member 2: broken"),
    ):
        one, other = both_ways(decisions)
        assert one == other
        assert expected in one.reason
    yes = Decision(Verdict.YES, "yes", (0,))
    for one in both_ways([weak, yes, fault]):
        assert (one.verdict, one.witness) == (Verdict.YES, (1, 0))


def test_the_rest_is_given_up_when_a_yes_has_come() -> None:
    closed = []

    def watched(solver: Solver[Any], problem: AnyOf) -> Decisions:
        try:
            yield from backwards(solver, problem)
        finally:
            closed.append(True)

    problem = AnyOf(CNF, 2, lambda i: CNF(i, ()))
    assert decide(Scripted([Decision(Verdict.NO, ""), Decision(Verdict.YES, "", (0,))]), problem, watched).witness == (1, 0)
    assert closed == [True]


# --------------------------------------------------------------------------------------------------- what is asked


def test_an_engine_needs_a_disjunction(call: Caller) -> None:
    words = ["run", "--family", "random-ksat", "--vars", 8, "--ratio", 3, "--seed", 1]
    refused = call(*words, "--backend", "threads").refusal()
    assert all(key in refused for key in ("cnf-cubes", "ov-tiles", "hamming-tiles", "cnf-sparse", "ov-gap"))
    assert "one, threads, processes" in call(*words, "--backend", "gpu").refusal()
    assert "--workers 3 goes with" in call(*words, "--workers", 3).refusal()
    with pytest.raises(BadInput, match="which this chain does not make"):
        run(YES, Chain(()), ExhaustiveOrthogonal(), engine=Engine("processes"))


def test_nearest_stays_here(call: Caller) -> None:
    words = ["decide", "--family", "random-hamming", "--nearest", "--eps", 0.5, "--backend", "threads"]
    assert "--nearest searches in this process" in call(*words).refusal()


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["one", "threads", "processes"])
def test_on_the_command_line(call: Caller, backend: str) -> None:
    words = ["--family", "random-ksat", "--vars", 16, "--clauses", 90, "--k", 3, "--seed", 2, "--chain", CUBES]
    answer = call("run", *words, "--backend", backend, "--json").json
    assert answer["verdict"] == answer["oracle"]
    assert answer["engine"]["backend"] == backend
    assert "members: " in call("decide", *words, "--backend", backend).out


PLUG_IN = """
import numpy as np
from attention import Logspace, Promise

class Liar(Logspace):
    '''Promises a tiny error and answers that all is 0.'''
    def promise(self, inputs):
        return Promise(0.0, 1e-9)
    def __call__(self, inputs):
        print("hello from a plug-in")
        return np.full((inputs.n, inputs.V.shape[1]), -np.inf)
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["threads", "processes"])
def test_a_liars_no_is_measured_where_it_is_said(call: Caller, tmp_path: Path, backend: str) -> None:
    (tmp_path / f"lying_in_{backend}.py").write_text(PLUG_IN)
    words = ["run", "--family", "random-ksat", "--vars", 8, "--clauses", 24, "--k", 3, "--seed", 3, "--backend", backend]
    words += ["--chain", "cnf-cubes[fix=1],cnf-hamming,hamming-kde", "--algorithm", f"lying_in_{backend}:Liar"]
    answer = call(*words, "--path", tmp_path, "--json")
    assert answer.code == 1
    assert answer.json["verdict"] == "unknown"
    assert "promise broken at row" in answer.json["reason"]


@dataclass(frozen=True)
class Counting(Softmax):
    """Exact, and says how many threads its kernels may take."""

    folder: str = ""

    def promise(self, inputs: Any) -> Promise:
        import numba

        Path(self.folder, f"{numba.get_num_threads()}-{os.getpid()}").touch()
        return super().promise(inputs)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.backend)
def test_kernels_share_the_cores(engine: Engine, tmp_path: Path) -> None:
    import numba

    before = numba.get_num_threads()
    run(NO, chain(CUBES), Counting(folder=str(tmp_path)), engine=engine, measure=0)
    seen = {int(path.name.split("-")[0]) for path in tmp_path.iterdir()}
    assert seen == {before if engine.backend == "one" else max(1, before // 2)}
    assert numba.get_num_threads() == before


def test_no_needs_every_member() -> None:
    """A place that loses members, or gives one twice instead of another."""
    never = AnyOf(CNF, 3, lambda i: CNF(1, ((1,), (-1,))))
    no = Decision(Verdict.NO, "said")
    for indices in ([], [0, 1], [0, 1, 1]):

        def some(solver: Any, problem: AnyOf, indices: list[int] = indices) -> Any:
            yield from ((i, no) for i in indices)

        decision = decide(Sat(), never, some)
        assert (decision.verdict, decision.fault) == (Verdict.UNKNOWN, True)
        assert "was never decided" in decision.reason


def test_members_in_threads_do_not_take_turns() -> None:
    """Two threads are in blocks of rows at the same time, else the barrier breaks."""
    both = Barrier(2, timeout=20)
    rng = np.random.default_rng(0)
    inputs = Attention(rng.normal(size=(4, 2)), rng.normal(size=(4, 2)), rng.normal(size=(4, 1)), 1.0)

    def block(rows: slice) -> Any:
        both.wait()
        return np.zeros((rows.stop - rows.start, 1))

    with ThreadPoolExecutor(2) as pool:
        found = [pool.submit(over_rows, inputs, 1, block) for _ in range(2)]
        assert [one.result().shape for one in found] == [(4, 1), (4, 1)]


# ---------------------------------------------------------------------------------------------------- what is announced


@pytest.mark.parametrize(("backend", "long", "said"), [("one", 0.0, 1), ("one", 1e9, 0), ("threads", 0.0, 0)])
def test_what_is_to_come_is_said_once(
    backend: Any, long: float, said: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """After the first member, where all should take long, and not of engines that decide many at once."""
    monkeypatch.setattr("hardlab.runs.members.LONG", long)
    steps = chain("cnf-cubes[fix=3],cnf-ov")
    Through(steps, ExhaustiveOrthogonal(), members=Members(Engine(backend, 1))).solve(NO)
    told = [record.getMessage() for record in caplog.records if "members to decide" in record.getMessage()]
    assert len(told) == said
    assert all(one.startswith("8 members to decide, about ") for one in told)
