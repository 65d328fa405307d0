"""The engine that options name."""

import pytest

from hardlab.cli.options import PROBLEMS_TEXT, engine_from
from hardlab.work.engine import Engine
from instances.faults import BadInput
from instances.ours import PROBLEMS

ENGINES = [("one", 0), ("threads", 0), ("threads", 3), ("processes", 2), ("dask=tcp://x:1", 0)]


@pytest.mark.parametrize(("backend", "workers"), ENGINES)
def test_engines(backend: str, workers: int) -> None:
    assert engine_from(backend, workers) == Engine(backend, workers)


@pytest.mark.parametrize("backend", ["one", "dask=tcp://x:1", "other"])
def test_workers_go_with_threads_and_processes(backend: str) -> None:
    with pytest.raises(BadInput) as caught:
        engine_from(backend, 2)
    assert str(caught.value) == f"--workers 2 goes with --backend threads or processes, not {backend}"


def test_the_names_of_our_problems() -> None:
    assert PROBLEMS_TEXT.split(", ") == [problem.called for problem in PROBLEMS]
