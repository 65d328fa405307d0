"""Storage: every bad file is one clear sentence, and nothing is read or saved that should not be."""

import io
import json
import math
import os
import re
import struct
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from instances.anyof import AnyOf
from instances.cnf import CNF
from instances.families import random_hamming, random_ov
from instances.faults import BadInput, Declined
from instances.problem import Problem
from instances.storage import load, save
from instances.task import Attention, AttentionTask
from tests.support.stored import ROWS, arrays_of, coded_task, samples


def fault(path: Path, **options: Any) -> str:
    with pytest.raises(BadInput) as caught:
        load(path, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message
    return message


# bad vectors

GOOD: dict[str, Any] = {"A": ROWS, "B": ROWS, "t": 1, "t2": 2}
WORDS: dict[str, Any] = {"A": np.ones((2, 2), np.uint64), "B": np.ones((3, 2), np.uint64), "d": 65, "t": 1, "t2": 2}


@pytest.mark.parametrize(
    ("base", "change", "message"),
    [
        (GOOD, {"A": None}, "there is no array 'A', only B, t, t2: add it"),
        (GOOD, {"B": None}, "there is no array 'B', only A, t, t2: add it"),
        (GOOD, {"A": None, "B": None, "t": None, "t2": None}, "there is no array 'A', only none"),
        (GOOD, {"t2": None}, "A and B of kind GapHamming with t: GapHamming and BalancedHamming take t and one of t2"),
        (GOOD, {"t": None}, "A and B without kind and without t: give --t with --t2 or --eps, --kind ov, or --nearest"),
        (GOOD, {"eps": 0.5}, "A and B of kind GapHamming with t and t2 and eps"),
        (GOOD, {"kind": "OrthogonalVectors"}, "A and B of kind OrthogonalVectors with t and t2"),
        (GOOD, {"kind": "OV"}, "A and B of kind OV with t and t2"),
        (GOOD, {"kind": "BalancedHamming"}, "row 0 of A has weight 2, balanced rows have d/2 = 3/2"),
        (GOOD, {"kind": 3}, "kind is an array of shape () and type int64: save a string"),
        (GOOD, {"A": ROWS * 2}, "A: a 0/1 matrix holds only the integers 0 and 1"),
        (GOOD, {"B": -ROWS}, "B: a 0/1 matrix holds only the integers 0 and 1"),
        (
            GOOD,
            {"A": ROWS.astype(float)},
            "A: a 0/1 matrix holds only the integers 0 and 1, this array of type float64",
        ),
        (GOOD, {"A": np.full((2, 3), math.nan)}, "A: a 0/1 matrix holds only the integers 0 and 1"),
        (GOOD, {"A": np.array([["0", "1", "1"]])}, "A: a 0/1 matrix holds only the integers 0 and 1"),
        (GOOD, {"A": ROWS[0]}, "A has the shape (3,): it must have two axes, rows and columns"),
        (GOOD, {"B": ROWS[:, :2]}, "A has 3 columns and B has 2: both lists need the same"),
        (GOOD, {"B": ROWS[:0]}, "A has 2 rows and B has 0: each list needs at least one"),
        (GOOD, {"A": np.array([[{}, None]], dtype=object)}, "A holds pickled Python objects, which are never loaded"),
        (GOOD, {"t": np.array({}, dtype=object)}, "t holds pickled Python objects, which are never loaded"),
        (GOOD, {"t": 1.0}, "t is an array of shape () and type float64: save an integer"),
        (GOOD, {"t": [1, 2]}, "t is an array of shape (2,) and type int64: save an integer"),
        (GOOD, {"t": 2}, "t = 2 and t2 = 2 with d = 3: they must satisfy 0 <= t < t2 <= d"),
        (GOOD, {"t": -1}, "t = -1 and t2 = 2 with d = 3"),
        (GOOD, {"t2": 4}, "t = 1 and t2 = 4 with d = 3"),
        (GOOD, {"t2": None, "eps": -1.0}, "eps = -1.0 and t = 1 give no gap"),
        (GOOD, {"t2": None, "eps": math.nan}, "eps = nan: it must be finite"),
        (GOOD, {"t2": None, "eps": math.inf}, "eps = inf: it must be finite"),
        (GOOD, {"t2": None, "eps": "0.5"}, "eps is an array of shape () and type <U3: save a number"),
        (GOOD, {"d": 3}, "d = 3 and A of type int64: d >= 0 goes with packed words, of type uint64"),
        (GOOD, {"instance": "abc"}, "and was abc when saved: fetch the file again"),
        (WORDS, {"d": 64}, "words of shape (2, 2) do not hold rows of d = 64 bits"),
        (WORDS, {"d": 10**15}, "words of shape (2, 2) do not hold rows of d = 1000000000000000 bits"),
        (WORDS, {"d": -5}, "d = -5 and A of type uint64: d >= 0 goes with packed words"),
        (WORDS, {"d": 65.0}, "d is an array of shape () and type float64: save an integer"),
        (WORDS, {"A": np.full((2, 2), 2, np.uint64)}, "words have bits set past column d = 65: clear them"),
        (WORDS, {"B": np.ones((3, 1), np.uint64)}, "words of shape (3, 1) do not hold rows of d = 65 bits"),
    ],
)
def test_bad_vectors(tmp_path: Path, base: Mapping[str, Any], change: Mapping[str, Any], message: str) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, **{key: value for key, value in {**base, **change}.items() if value is not None})
    assert fault(path).startswith(f"{path}: ")
    assert message in fault(path)


def test_the_kind_must_be_the_one_asked_for(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", **GOOD)
    with pytest.raises(BadInput, match="kind = 'OV': choose from CNF, OrthogonalVectors, GapHamming, Balanced"):
        load(tmp_path / "x.npz", kind="OV")
    assert "A and B of kind OrthogonalVectors with t and t2" in fault(tmp_path / "x.npz", kind="OrthogonalVectors")
    assert "A and B of kind CNF with t and t2" in fault(tmp_path / "x.npz", kind="CNF")
    save(random_hamming(5, 3, 64, seed=1), tmp_path / "y.npz")
    wanted = "holds an instance of GapHamming, not of BalancedHamming"
    assert wanted in fault(tmp_path / "y.npz", kind="BalancedHamming")
    save(CNF(0, ()), tmp_path / "f.cnf")
    assert "holds an instance of CNF, not of AttentionTask" in fault(tmp_path / "f.cnf", kind="AttentionTask")


def test_changed_content_is_noticed(tmp_path: Path) -> None:
    save(random_ov(5, 3, 65, seed=1), tmp_path / "x.npz")
    stored = arrays_of(tmp_path / "x.npz")
    stored["A"][0, 0] ^= np.uint64(4)
    np.savez(tmp_path / "x.npz", **stored)
    assert "when saved: fetch the file again" in fault(tmp_path / "x.npz")
    del stored["instance"]
    np.savez(tmp_path / "x.npz", **stored)
    assert load(tmp_path / "x.npz").size == {"n": 5, "m": 3, "d": 65}


# bad attention tasks

TASK: dict[str, Any] = {
    **{"Q": np.ones((2, 3)), "K": np.ones((4, 3)), "V": np.ones((4, 1)), "scale": 0.5, "mechanism": "softmax"},
    **{"low": 0.0, "high": 1.0, "rows": 2, "logarithmic": False},
}


@pytest.mark.parametrize("name", ["x.npz", "x.safetensors"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"V": None}, "there is no array 'V', only Q, K|the tensors are K, Q: an attention task has Q, K and V"),
        ({"K": np.ones((4, 2))}, "Q has 3 columns and K has 2"),
        ({"K": np.ones(3)}, r"K has the shape \(3,\): it must have two axes|K is F64 of shape \[3\]: give a matrix"),
        ({"V": np.ones((3, 1))}, r"V has shape \(3, 1\), K has m = 4 rows"),
        ({"V": np.ones((4, 0))}, "V has no column: the question is about its column 0"),
        ({"K": np.ones((0, 3)), "V": np.ones((0, 1))}, "attention over m = 0 keys"),
        ({"Q": np.full((2, 3), math.nan)}, "Q holds NaN or an infinity"),
        ({"K": np.full((4, 3), math.inf)}, "K holds NaN or an infinity"),
        ({"V": np.full((4, 1), -math.inf)}, "V holds NaN or an infinity"),
        ({"Q": np.ones((2, 3), np.complex64)}, "Q has the type complex64: give real|Q is C64 of shape"),
        ({"scale": None}, "there is no array 'scale', only|the metadata lacks scale: give"),
        ({"mechanism": None}, "there is no array 'mechanism', only|the metadata lacks mechanism: give"),
        ({"logarithmic": None}, "there is no array 'logarithmic', only|the metadata lacks logarithmic: give"),
        ({"mechanism": "cosine"}, "mechanism = 'cosine': it is one of softmax, exp, gaussian, gaussian-mean"),
        ({"scale": math.inf}, "scale = inf: it must be finite"),
        ({"scale": "fast"}, "scale is an array of .* type <U4: save a number|scale = 'fast': give a number"),
        ({"low": math.nan}, "low = nan and high = 1.0: they must be finite with low < high"),
        ({"low": 2.0}, "low = 2.0 and high = 1.0: they must be finite with low < high"),
        ({"rows": 3}, "rows = 3, Q has n = 2 rows: 1 <= rows <= n"),
        ({"rows": 0}, "rows = 0, Q has n = 2 rows: 1 <= rows <= n"),
        ({"rows": 1.5}, "rows is an array of .* type float64: save an integer|rows = '1.5': give an integer"),
        ({"logarithmic": "perhaps"}, "type <U7: save a boolean|logarithmic = 'perhaps': give true or false"),
        ({"logarithmic": True, "V": -np.ones((4, 1))}, "V has negative entries: a logarithmic question needs V >= 0"),
        ({"instance": "abc"}, "and was abc when saved: fetch the file again"),
    ],
)
def test_bad_tasks(tmp_path: Path, name: str, change: Mapping[str, Any], message: str) -> None:
    path = tmp_path / name
    fields = {key: value for key, value in {**TASK, **change}.items() if value is not None}
    if name.endswith(".npz"):
        np.savez(path, **fields)
    else:
        tensors = {key: fields.pop(key) for key in "QKV" if key in fields}
        save_file(tensors, path, {key: str(value) for key, value in fields.items()})
    assert fault(path).startswith(f"{path}: ")
    assert re.search(message, fault(path))


def test_safetensors_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_file({"weight": np.ones(3)}, path)
    assert "the tensors are weight: an attention task has Q, K and V" in fault(path)
    save_file({"Q": np.ones((1, 1)), "K": np.ones((1, 1)), "V": np.ones((1, 1))}, path)
    assert "the metadata lacks scale, mechanism, low, high, rows, logarithmic" in fault(path)
    fields = {key: str(value) for key, value in TASK.items() if key not in "QKV"}
    save_file({"Q": np.ones((1, 1), np.int8), "K": np.ones((1, 1)), "V": np.ones((1, 1))}, path, fields)
    assert "Q is I8 of shape [1, 1]: give a matrix of F64, F32 or F16" in fault(path)
    parts = {key: {"dtype": "BF16", "shape": [1, 1], "data_offsets": [2 * i, 2 * i + 2]} for i, key in enumerate("QKV")}
    text = json.dumps({"__metadata__": fields, **parts}).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(6))
    assert "Q is BF16 of shape [1, 1]: give a matrix of F64, F32 or F16" in fault(path)
    save_file(dict.fromkeys("QKV", np.ones((1, 1), np.float32)), path, fields | {"rows": "x"})
    assert "the metadata has rows = 'x': give an integer" in fault(path)


# damaged files


@pytest.mark.parametrize("name", ["ov.npz", "gap.npz", "task.safetensors", "task.npz"])
def test_truncated_files(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    save(samples()[name], path)
    data = path.read_bytes()
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        assert f"damaged, or not a .{name.split('.')[1]} file" in fault(path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ov.npz", "gap.npz", "task.safetensors", "task.npz"])
@pytest.mark.filterwarnings("ignore:Reading ..npy")
def test_flipped_bytes_are_harmless_or_bad_input(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    problem = samples()[name]
    save(problem, path)
    data = path.read_bytes()
    rng = np.random.default_rng(5)
    refused = 0
    for _ in range(400):
        changed = bytearray(data)
        changed[rng.integers(min(len(data), 2500))] = rng.integers(256)
        path.write_bytes(changed)
        identity = identity_of(path)
        assert identity in (None, problem.identity)
        refused += identity is None
    assert refused > 100


def identity_of(path: Path) -> str | None:
    try:
        return load(path).identity
    except (BadInput, Declined) as error:
        assert "\n" not in str(error)  # noqa: PT017
        return None


def members(path: Path, replaced: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> None:
    """Rewrite a zip archive with some members replaced, checksums right."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in {**content, **replaced}.items():
            archive.writestr(name, data)


def header(descr: str, shape: str) -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            header("'|b1'", "(1000000, 1000000)") + bytes(9),
            "A announces the shape (1000000, 1000000) of bool but holds 9",
        ),
        (header("'|b1'", "(2, 3)") + bytes(5), "A announces the shape (2, 3) of bool but holds 5 bytes"),
        (header("'|b1'", "(2, 3)") + bytes(7), "A announces the shape (2, 3) of bool but holds 7 bytes"),
        (header("'|b1'", "(-2, -3)") + bytes(6), "A announces the shape (-2, -3) of bool but holds 6 bytes"),
        (header("'|O'", "(1, 1)") + b"cos\nsystem\n", "A holds pickled Python objects, which are never loaded"),
        (header("[('x', '<i8')]", "(1, 1)") + bytes(8), "A: a 0/1 matrix holds only the integers 0 and 1"),
        (header("'|b1'", "2") + bytes(2), "damaged, or not a .npz file (shape is not valid: 2)"),
        (header("'|q9'", "(1, 1)"), "damaged, or not a .npz file (descr is not a valid dtype descriptor"),
        (header("-" * 5000 + "1", "(1, 1)"), "damaged, or not a .npz file ("),
        (header("(" * 500, "(1, 1)"), "damaged, or not a .npz file ("),
        (header("9" * 5000, "(1, 1)"), "damaged, or not a .npz file ("),
        (b"cposix\nsystem\n(S'echo'\ntR.", "damaged, or not a .npz file (the magic string is not correct"),
        (b"", "damaged, or not a .npz file ("),
    ],
)
@pytest.mark.filterwarnings("ignore:Reading ..npy", "ignore:.*decimal literal")
def test_bad_arrays_inside_a_sound_archive(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, **GOOD)
    members(path, {"A.npy": data})
    assert message in fault(path)


def test_files_that_are_no_archives(tmp_path: Path) -> None:
    for name in ("x.npz", "x.safetensors"):
        (tmp_path / name).write_text("p cnf 1 1\n1 0\n" * 9)
        assert f"damaged, or not a .{name.split('.')[1]} file" in fault(tmp_path / name)
        (tmp_path / name).unlink()
        with pytest.raises(BadInput, match=r"there is no file .*: check the path"):
            load(tmp_path / name)
        (tmp_path / name).mkdir()
        with pytest.raises(BadInput, match="is a directory: give a file"):
            load(tmp_path / name)
    (tmp_path / "x.cnf").write_bytes(b"PK\3\4\0")
    assert "binary content" in fault(tmp_path / "x.cnf")
    (tmp_path / "notes.txt").write_text("hello\n")
    assert "notes.txt, line 1: 'hello' comes before the header" in fault(tmp_path / "notes.txt")
    np.save(tmp_path / "x.npy", ROWS)
    assert "binary content" in fault(tmp_path / "x.npy")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "there is no array 'A', only none" in fault(tmp_path / "other.zip")


class Trap:
    """Unpickling it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("key", ["A", "B", "t", "t2", "kind", "d", "instance", "Q", "unrelated"])
def test_nothing_is_unpickled(tmp_path: Path, key: str) -> None:
    trap = np.empty((1, 1), dtype=object)
    trap[0, 0] = Trap(tmp_path / "sprung")
    np.savez(tmp_path / "x.npz", allow_pickle=True, **{**GOOD, key: trap})
    with np.load(tmp_path / "x.npz", allow_pickle=True) as data:
        assert data[key].shape == (1, 1)
    assert (tmp_path / "sprung").exists(), "the trap works"
    (tmp_path / "sprung").unlink()
    if key == "unrelated":
        assert load(tmp_path / "x.npz").size["t"] == 1
    else:
        assert "pickled" in fault(tmp_path / "x.npz")
    assert not (tmp_path / "sprung").exists()


# memory


def test_memory_is_priced_before_arrays_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.zeros((2000, 300), np.bool_)
    np.savez_compressed(tmp_path / "bits.npz", A=rows, B=rows, t=1, t2=2)
    save(random_ov(3000, 3000, 640, seed=1), tmp_path / "words.npz")
    dense = Attention(np.ones((500, 90)), np.ones((500, 90)), np.ones((500, 1)), 1.0)
    save(AttentionTask(dense, 0.0, 1.0, 3), tmp_path / "task.npz")
    save(AttentionTask(dense, 0.0, 1.0, 3), tmp_path / "task.safetensors")
    full = {name: load(tmp_path / name).identity for name in os.listdir(tmp_path)}
    read = np.lib.format.read_array
    biggest = [0]

    def spied(stream: Any, **options: Any) -> Any:
        array = read(stream, **options)
        biggest.append(array.size)
        return array

    monkeypatch.setattr(np.lib.format, "read_array", spied)
    for name in full:
        with pytest.raises(Declined, match=r"reading .* \(n=\d+ m=\d+ d=\d+\) needs .* [KM]iB.*--memory"):
            load(tmp_path / name, memory=300_000)
    assert max(biggest) <= 1, "only scalars were read"
    assert {name: load(tmp_path / name, memory=2**24).identity for name in full} == full


def test_a_task_that_could_not_be_loaded_is_not_saved(tmp_path: Path) -> None:
    for name in ("task.npz", "task.safetensors"):
        with pytest.raises(Declined, match=r"in floats, \(n=6 m=7 d=70\) needs"):
            save(coded_task(), tmp_path / name, memory=1000)
    assert os.listdir(tmp_path) == []


def test_standard_input_beyond_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(bytes(10**6))))
    with pytest.raises(Declined, match="standard input has more than 1,000 bytes, the memory budget"):
        load("-", memory=1000)


# what cannot be saved


def test_bad_saves(tmp_path: Path) -> None:
    formula, rows = CNF(0, ()), random_ov(2, 2, 2, seed=1)
    cases: list[tuple[Problem, str, dict[str, str], str]] = [
        (AnyOf(CNF, 1, lambda _: formula), "x.cnf", {}, "a disjunction of instances has no file format: save its memb"),
        (formula, "x.npz", {}, r"x.npz: a file with a CNF is named .cnf or .cnf.gz"),
        (formula, "x", {}, r"x: a file with a CNF is named .cnf or .cnf.gz"),
        (rows, "x.cnf", {}, r"x.cnf: a file with a OrthogonalVectors is named .npz"),
        (coded_task(), "x.pt", {}, r"x.pt: a file with a AttentionTask is named .safetensors or .npz"),
        (rows, "x.npz", {"kind": "y"}, "metadata has the key 'kind', which .* needs itself: choose another"),
        (rows, "none/x.npz", {}, r"cannot be written \(No such file or directory\)"),
    ]
    for problem, name, metadata, message in cases:
        with pytest.raises(BadInput, match=message):
            save(problem, tmp_path / name, metadata)
    assert os.listdir(tmp_path) == []


def test_a_problem_of_somebody_is_json(tmp_path: Path) -> None:
    class Own(CNF):
        pass

    with pytest.raises(BadInput, match=r"x.cnf: a file with a Own is named .json"):
        save(Own(0, ()), tmp_path / "x.cnf")


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "task.npz"
    path.write_bytes(b"old")

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("instances.storage.writing._write_matrix", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(coded_task(), path)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["task.npz"]


@pytest.mark.parametrize("packed", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_archives_that_others_packed(tmp_path: Path, packed: int) -> None:
    """Read, whatever they are packed by; with a byte changed, damaged (or as it was, where the byte is not used)."""
    save(random_ov(6, 6, 40, 0.3, seed=1), tmp_path / "ours.npz")
    with zipfile.ZipFile(tmp_path / "ours.npz") as ours, zipfile.ZipFile(tmp_path / "theirs.npz", "w", packed) as theirs:
        for name in ours.namelist():
            theirs.writestr(name, ours.read(name))
    assert load(tmp_path / "theirs.npz").identity == load(tmp_path / "ours.npz").identity
    content = (tmp_path / "theirs.npz").read_bytes()
    with zipfile.ZipFile(tmp_path / "theirs.npz") as theirs:
        member = theirs.getinfo("A.npy")
    start, refused = content.index(b"A.npy", member.header_offset) + 5, 0
    for place in range(start, start + member.compress_size):
        (tmp_path / "bad.npz").write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            assert load(tmp_path / "bad.npz").identity == load(tmp_path / "ours.npz").identity
        except BadInput as error:
            refused += "bad.npz" in str(error)
    assert refused > 0.8 * member.compress_size
