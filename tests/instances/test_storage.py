"""Storage: what is saved loads equal, and files of one's own load."""

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from instances import dimacs, storage
from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.families import make, random_hamming
from instances.problem import Problem
from instances.storage import load, save
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming, OrthogonalVectors
from tests.support.stored import ROWS, arrays_of, balanced, coded_task, samples

quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


floats = st.floats(allow_nan=False, allow_infinity=False)


# round trips


@pytest.mark.parametrize("name", samples())
def test_what_is_saved_loads_equal(tmp_path: Path, name: str) -> None:
    problem = samples()[name]
    save(problem, tmp_path / name, {"seed": "1", "command": "hardlab reduce\nx"})
    loaded = load(tmp_path / name)
    assert type(loaded) is type(problem)
    assert loaded.identity == problem.identity
    assert loaded.size == problem.size
    assert os.listdir(tmp_path) == [name]
    assert load(tmp_path / name, kind=type(problem).__name__).identity == problem.identity


@pytest.mark.parametrize("name", samples())
def test_files_are_reproducible(tmp_path: Path, name: str) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        save(samples()[name], tmp_path / folder / name)
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("name", ["f.cnf", "ov.npz", "gap.npz", "task.safetensors"])
def test_standard_input_and_output(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    out = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", out)
    save(samples()[name], "-")
    written = out.buffer.getvalue()
    save(samples()[name], tmp_path / name)
    problem = load(tmp_path / name)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(written)))
    assert load("-").identity == problem.identity
    (tmp_path / "no-suffix").write_bytes(written)
    assert load(tmp_path / "no-suffix").identity == problem.identity


def test_pipes_are_read(tmp_path: Path) -> None:
    save(coded_task(), tmp_path / "task.safetensors")
    read, write = os.pipe()
    os.write(write, (tmp_path / "task.safetensors").read_bytes())
    os.close(write)
    assert load(f"/dev/fd/{read}").identity == coded_task().identity
    os.close(read)


@st.composite
def vectors(draw: st.DrawFn) -> Problem:
    d = draw(st.sampled_from([1, 2, 63, 64, 65, 130]))
    rows = st.lists(st.lists(st.booleans(), min_size=d, max_size=d), min_size=1, max_size=4)
    A, B = (BitMatrix.of(np.array(draw(rows))) for _ in "AB")
    if draw(st.booleans()):
        return OrthogonalVectors(A, B)
    t = draw(st.integers(0, d - 1))
    return GapHamming(A, B, t, draw(st.integers(t + 1, d)))


@quick
@given(vectors())
def test_vectors_round_trip(tmp_path: Path, problem: Problem) -> None:
    save(problem, tmp_path / "x.npz")
    assert load(tmp_path / "x.npz") == problem


@st.composite
def tasks(draw: st.DrawFn) -> AttentionTask:
    n, m, d, v = (draw(st.integers(1, 4)) for _ in "nmdv")

    def matrix(rows: int, columns: int, values: st.SearchStrategy[float]) -> Any:
        return np.array(draw(st.lists(values, min_size=rows * columns, max_size=rows * columns))).reshape(rows, columns)

    logarithmic = draw(st.booleans())
    V = matrix(m, v, floats.map(abs) if logarithmic else floats)
    low, high = sorted(draw(st.lists(floats, min_size=2, max_size=2, unique=True)))
    inputs = Attention(matrix(n, d, floats), matrix(m, d, floats), V, draw(floats))
    return AttentionTask(inputs, low, high, draw(st.integers(1, n)), logarithmic)


@quick
@given(tasks(), st.sampled_from(["x.npz", "x.safetensors"]))
def test_tasks_round_trip_exactly(tmp_path: Path, task: AttentionTask, name: str) -> None:
    save(task, tmp_path / name)
    loaded = load(tmp_path / name)
    assert isinstance(loaded, AttentionTask)
    for field in ("low", "high", "rows", "logarithmic"):
        assert repr(getattr(loaded, field)) == repr(getattr(task, field))
    assert repr(loaded.inputs.scale) == repr(task.inputs.scale)
    for field in "QKV":
        assert np.array_equal(getattr(loaded.inputs, field), getattr(task.inputs, field))
    assert loaded.identity == task.identity


# what other programs see


def test_a_safetensors_file_is_one_for_its_library(tmp_path: Path) -> None:
    task = coded_task()
    save(task, tmp_path / "x.safetensors", {"chain": "ov-attention", "seed": "3"})
    tensors = load_file(tmp_path / "x.safetensors")
    assert {key: value.shape for key, value in tensors.items()} == {"Q": (6, 70), "K": (7, 70), "V": (7, 2)}
    assert np.array_equal(tensors["Q"], task.inputs.queries(slice(None)))
    assert np.array_equal(tensors["K"], task.inputs.keys(slice(None)))
    with safe_open(tmp_path / "x.safetensors", "np") as stored:
        notes = stored.metadata()
    assert notes.pop("version")
    assert notes == {
        "kind": "AttentionTask",
        "scale": repr(1 / 70),
        "mechanism": "softmax",
        "low": "-0.1",
        "high": "0.30000000000000004",
        "rows": "4",
        "logarithmic": "false",
        "step": "1",
        "instance": task.identity,
        "chain": "ov-attention",
        "seed": "3",
        "generator": "hardness-lab",
    }


def test_an_npz_file_is_one_for_numpy(tmp_path: Path) -> None:
    task, gap = coded_task(), random_hamming(5, 3, 64, seed=1)
    save(task, tmp_path / "task.npz", {"chain": "x"})
    stored = arrays_of(tmp_path / "task.npz")
    assert np.array_equal(stored["Q"], task.inputs.queries(slice(None)))
    assert float(stored["high"]) == task.high
    assert json.loads(str(stored["metadata"]))["chain"] == "x"
    save(gap, tmp_path / "gap.npz")
    stored = arrays_of(tmp_path / "gap.npz")
    assert stored["A"].dtype == np.uint64
    assert (int(stored["d"]), int(stored["t"]), int(stored["t2"])) == (64, gap.t, gap.t2)


def test_metadata_stands_in_the_comments_of_a_cnf(tmp_path: Path) -> None:
    save(CNF(1, ((1,),)), tmp_path / "f.cnf", {"seed": "7"})
    lines = (tmp_path / "f.cnf").read_text().splitlines()
    assert lines[0] == "c generator: hardness-lab"
    assert lines[1].startswith("c version: ")
    assert lines[2:] == ["c seed: 7", "p cnf 1 1", "1 0"]


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int64, np.uint64, ">i4"])
@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_plain_rows(tmp_path: Path, dtype: Any, write: Callable[..., None]) -> None:
    rows, other = ROWS.astype(dtype), np.asfortranarray(ROWS[:, ::-1].astype(dtype))
    A, B = BitMatrix.of(["011", "100"]), BitMatrix.of(["110", "001"])
    write(tmp_path / "x.npz", A=rows, B=other, t=1, t2=2)
    assert load(tmp_path / "x.npz") == GapHamming(A, B, 1, 2)
    assert load(tmp_path / "x.npz", kind="GapHamming") == GapHamming(A, B, 1, 2)
    write(tmp_path / "x.npz", A=rows, B=other, t=np.array([1]), eps=0.5, unrelated=np.zeros(3))
    assert load(tmp_path / "x.npz") == GapHamming(A, B, 1, 2)
    write(tmp_path / "x.npz", A=rows, B=other)
    assert load(tmp_path / "x.npz", kind="OrthogonalVectors") == OrthogonalVectors(A, B)
    write(tmp_path / "x.npz", A=rows, B=other, kind="OrthogonalVectors")
    assert load(tmp_path / "x.npz") == OrthogonalVectors(A, B)


def test_plain_balanced_rows(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", A=balanced().A.bools(), B=balanced().B.bools(), t=0, t2=2)
    assert load(tmp_path / "x.npz", kind="BalancedHamming") == balanced()
    assert type(load(tmp_path / "x.npz")) is GapHamming


@pytest.mark.parametrize("name", ["x.npz", "x.safetensors"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_plain_attention(tmp_path: Path, name: str, dtype: Any) -> None:
    Q, V = np.array([[0.5, -1.25]], dtype), np.array([[1.0], [2.0]], dtype)
    K = np.array([[0.5, 1.0], [2.0, -0.75]], dtype)
    fields: dict[str, Any] = {
        "scale": 0.5,
        "mechanism": "softmax",
        "low": 0.25,
        "high": 1.5,
        "rows": 1,
        "logarithmic": False,
    }
    if name.endswith(".npz"):
        np.savez(tmp_path / name, Q=Q, K=np.asfortranarray(K), V=V, **fields)
    else:
        save_file({"Q": Q, "K": K, "V": V}, tmp_path / name, {key: str(value) for key, value in fields.items()})
    loaded = load(tmp_path / name)
    inputs = Attention(Q.astype(np.float64), K.astype(np.float64), V.astype(np.float64), 0.5)
    assert loaded.identity == AttentionTask(inputs, 0.25, 1.5, 1).identity


def test_every_family_can_be_stored(tmp_path: Path) -> None:
    small: dict[str, dict[str, float]] = {
        "random-ksat": {"n": 4, "m": 9, "k": 2, "seed": 1},
        "random-ov": {"n": 4, "m": 9, "d": 5, "seed": 1},
        "planted-hamming": {"n": 4, "m": 9, "d": 50, "t": 2, "t2": 9, "seed": 1},
    }
    for name, parameters in small.items():
        problem = make(name, **parameters)
        path = tmp_path / (name + storage.SUFFIXES[type(problem)][0])
        save(problem, path, {key: str(value) for key, value in parameters.items() if key == "seed"})
        assert load(path) == problem
    assert dimacs.read(tmp_path / "random-ksat.cnf") == make("random-ksat", **small["random-ksat"])
