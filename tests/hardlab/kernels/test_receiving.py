"""What comes back from elsewhere is not believed: a clear line, or a failed check, whatever it is."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from hardlab.conformance.checking import checks
from hardlab.conformance.result import Result
from hardlab.conformance.suffered import Suffered
from hardlab.kernels.receiving import Received
from instances.faults import BadInput
from tests.support.calling import Caller
from tests.support.elsewhere import arrays, manifest

FIRST, WANTED = "shapes/n=5,m=7,d=4,v=3", (5, 3)
NUMBER = 40
"""Of the first call behind those that tell what a kernel means."""


@pytest.fixture
def there(call: Caller, tmp_path: Path) -> Path:
    """Inputs, and answers of zeros."""
    folder = tmp_path / "there"
    words = ["--quick", "--only", "shapes/*", "--dtype", "float32", "--seed-of-check", 1, "-q"]
    assert call("check", "--write", folder, *words).code == 0
    (folder / "answers").mkdir()
    for number, each in enumerate(manifest(folder)["calls"]):
        given = arrays(folder / each["file"])
        n, v = given["Q"].shape[0], given["V"].shape[1]
        np.savez(folder / "answers" / f"{number:05d}.npz", T=np.zeros((n, v), np.float32))
    return folder


def first(there: Path) -> Result:
    kernel = Received(there)
    found = [
        result
        for check in checks(Suffered(kernel, kernel.seed_of_check), (16,), "shapes/*", True)
        for result in check.results()
    ]
    assert found[0].name == FIRST
    assert all(result.status == "passed" for result in found[1:])
    return found[0]


def place(there: Path, suffix: str = ".npz") -> Path:
    return there / "answers" / f"{NUMBER:05d}{suffix}"


def archive(**arrays: Any) -> Callable[[Path], None]:
    return lambda file: np.savez(file, **arrays)


def content(data: bytes) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        file.write_bytes(data)

    return write


def truncated(file: Path) -> None:
    np.savez(file, T=np.zeros(WANTED))
    file.write_bytes(file.read_bytes()[:-100])


def damaged(file: Path) -> None:
    np.savez(file, T=np.zeros(WANTED))
    data = bytearray(file.read_bytes())
    data[data.index(b"\x93NUMPY") + 130] ^= 0xFF
    file.write_bytes(data)


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def zeros(file: Path) -> None:
    file.unlink()
    file.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        (archive(T=np.zeros(WANTED, np.float64)), "passed", "(5, 3) of float64"),
        (archive(T=np.asfortranarray(np.zeros(WANTED)), seconds=1.5), "passed", ""),
        (archive(out=np.zeros(WANTED, np.float32), seconds=np.nan), "passed", ""),
        (archive(T=np.zeros(WANTED, np.float32), seconds=np.zeros(3)), "passed", ""),
        (archive(T=np.zeros(WANTED, ">f4")), "passed", ""),
        (archive(T=np.full(WANTED, np.nan, np.float32)), "wrong", "nan at (0, 0)"),
        (archive(T=np.full(WANTED, np.inf, np.float32)), "wrong", "inf at (0, 0)"),
        (archive(T=np.zeros(WANTED, np.float16)), "wrong", "the output is float16, the inputs were float32"),
        (archive(T=np.zeros(WANTED, np.uint16)), "wrong", "the output is bfloat16"),
        (archive(T=np.zeros(WANTED, np.int32)), "wrong", "the output is int32"),
        (archive(T=np.zeros((3, 5), np.float32)), "wrong", "shape (3, 5) of float32, expected (5, 3)"),
        (archive(T=np.zeros((1, *WANTED), np.float32)), "wrong", "shape (1, 5, 3) of float32"),
        (archive(T=np.float32(0)), "wrong", "shape () of float32"),
        (archive(T=np.zeros(WANTED, np.complex64)), "wrong", "of complex64"),
        (archive(T=np.zeros(WANTED, np.bool_)), "wrong", "of bool"),
        (archive(T=np.zeros(WANTED).astype(str)), "wrong", "expected (5, 3) of real numbers"),
        (archive(T=np.zeros(WANTED, [("a", "f4")])), "wrong", "expected (5, 3) of real numbers"),
        (archive(T=np.array([None, {}], dtype=object)), "wrong", "pickled"),
        (archive(other=np.zeros(WANTED)), "wrong", "the output has the tensors other: T or out is missing"),
        (archive(), "wrong", "(none): T or out is missing"),
        (archive(T=np.zeros((5, 3000))), "wrong", "more than"),
        (truncated, "wrong", "cannot be read as .npz"),
        (damaged, "wrong", "cannot be read as .npz"),
        (content(b""), "wrong", "cannot be read as .npz"),
        (content(b"\0" * 2**22), "wrong", "more than"),
        (content(os.urandom(500)), "wrong", "cannot be read as .npz"),
        (folder, "crashed", f"no answer to call {NUMBER}"),
        (pipe, "crashed", f"no answer to call {NUMBER}"),
        (zeros, "crashed", f"no answer to call {NUMBER}"),
        (Path.unlink, "crashed", f"there is no answer to call {NUMBER}: no answers/{NUMBER:05d}.npz"),
    ],
)
def test_whatever_an_answer_is(there: Path, change: Callable[[Path], None], status: str, said: str) -> None:
    change(place(there))
    result = first(there)
    assert (result.status, len(result.reason.splitlines())) == (status, 1)
    assert said in result.reason
    assert str(there) not in result.reason


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"kind": "raised", "classes": ["ValueError", "Exception"], "reason": "odd"}, "declined", "ValueError: odd"),
        ({"kind": "raised", "classes": ["KeyError", "Exception"], "reason": "odd"}, "crashed", "raised: KeyError: odd"),
        ({"kind": "raised", "classes": ["OutOfMemoryError"], "reason": "CUDA out of memory"}, "crashed", "memory: "),
        ({"kind": "raised", "classes": ["Full", "MemoryError"], "reason": "no"}, "crashed", "memory: Full: no"),
        ({"kind": "raised", "classes": ["Mine", "Declined"], "reason": "no"}, "declined", "no"),
        ({"kind": "raised", "classes": 7, "reason": ["no"]}, "crashed", "raised: Exception: "),
        ({"kind": "declined", "reason": "a\nb"}, "declined", "declined: a b"),
        ({"kind": "crashed", "reason": "x" * 5000}, "crashed", "crashed: xxx"),
        ({"kind": "timeout", "reason": "late"}, "crashed", "cannot be read"),
        ({"kind": "passed"}, "crashed", "cannot be read"),
        ([], "crashed", "cannot be read"),
    ],
)
def test_why_there_is_no_answer(there: Path, given: Any, status: str, said: str) -> None:
    place(there, ".json").write_text(json.dumps(given))
    result = first(there)
    assert result.status == status
    assert said in result.reason
    assert len(result.reason) < 600


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 10**5, b'{"kind": "declined"' + b" " * 10**6 + b"}"])
def test_reasons_that_cannot_be_read(there: Path, data: bytes) -> None:
    place(there, ".json").write_bytes(data)
    assert (first(there).status, "cannot be read" in first(there).reason) == ("crashed", True)


def test_an_answer_in_safetensors(there: Path) -> None:
    place(there).unlink()
    save_file({"T": np.zeros(WANTED, np.float32)}, place(there, ".safetensors"))
    assert first(there).status == "passed"
    place(there, ".safetensors").write_bytes(b"\xff" * 200)
    assert "cannot be read as .safetensors" in first(there).reason


def test_a_call_asked_twice_is_answered_in_turn(call: Caller, tmp_path: Path) -> None:
    folder = tmp_path / "there"
    assert call("check", "--write", folder, "--quick", "--only", "determinism/*", "-q").code == 0
    (folder / "answers").mkdir()
    for number, each in enumerate(manifest(folder)["calls"]):
        n, v = (arrays(folder / each["file"])[name].shape for name in "QV")
        np.savez(folder / "answers" / f"{number:05d}.npz", T=np.full((n[0], v[1]), float(number)))
    kernel = Suffered(Received(folder), Received(folder).seed_of_check)
    found = [result for check in checks(kernel, (16,), "determinism/*", True) for result in check.results()]
    assert [result.status for result in found] == ["wrong", "wrong"]
    assert "two equal calls differ by 1" in found[0].reason


def changed(there: Path, **of_check: Any) -> str:
    """What is said of a manifest in which this was changed."""
    given = manifest(there)
    given["check"].update(of_check)
    (there / "manifest.json").write_text(json.dumps(given))
    with pytest.raises(BadInput) as refused:
        first(there)
    assert len(str(refused.value).splitlines()) == 1
    return str(refused.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dtype": "float8"}, "float8"),
        ({"dtype": {}}, "manifest.json cannot be read"),
        ({"scale": 3}, "manifest.json cannot be read"),
        ({"features": ["nosuch"]}, "nosuch"),
        ({"features": 3}, "manifest.json cannot be read"),
        ({"seed": "x"}, "seed = 'x'"),
        ({"seed_of_check": -1}, "seed_of_check = -1"),
        ({"seed_of_check": 1.5}, "seed_of_check = 1.5"),
        ({"quick": 1}, "quick = 1"),
        ({"convention": 5}, "convention = 5"),
        ({"convention": "nosuch"}, "nosuch"),
        ({"convention": "os:path"}, "was written with --convention os:path: say so here too"),
        ({"convention": "evil.py:run"}, "say so here too"),
        ({"dtype": "float16"}, "a call of this check was not written: that was done with --only shapes/* and hardness-lab"),
        ({"seed_of_check": 2}, "a call of this check was not written"),
    ],
)
def test_a_manifest_that_was_changed(there: Path, change: dict[str, Any], said: str) -> None:
    (there / "evil.py").write_text("raise SystemExit('this ran')")
    assert said in changed(there, **change)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"what": 1, "format": 1}', b"[" * 10**5, b"\0", b"NaN"])
def test_a_manifest_that_is_none(there: Path, data: bytes) -> None:
    (there / "manifest.json").write_bytes(data)
    with pytest.raises(BadInput, match="cannot be read"):
        Received(there)


@pytest.mark.parametrize("about", [b"", b"[]", b'{"kernel": 5, "versions": [], "machine": {}}', b'{"kernel": "a\\u001bb\\nc"}'])
def test_what_is_said_of_the_kernel_is_no_matter(there: Path, about: bytes) -> None:
    (there / "answers" / "about.json").write_bytes(about)
    assert first(there).status == "passed"
    assert len(Received(there).name.splitlines()) == 1


def test_folders_that_are_none(call: Caller, there: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "there is no folder" in call("check", "--answers", tmp_path / "none").refusal()
    assert "has no manifest.json" in call("check", "--answers", tmp_path / "empty").refusal()
    for words, said in (
        (["--sizes", "16"], "--sizes does not go with --answers: the folder says how it was asked"),
        (["--seed-of-check", "5"], "--seed-of-check does not go with --answers"),
        (["mine:f"], "the target mine:f does not go with --answers"),
        (
            ["--only", "last_block/*"],
            "a call of this check was not written: that was done with --only shapes/* and hardness-lab",
        ),
        (["--convention", "heads"], "was written with --convention plain: say so here too"),
        (["--report", there / "manifest.json" / "x"], "directory"),
    ):
        assert said in call("check", "--answers", there, *words).refusal()
    for file in (there / "answers").iterdir():
        file.unlink()
    assert "has no answers: run run_numpy.py" in call("check", "--answers", there).refusal()


def test_most_answers_are_missing(call: Caller, there: Path) -> None:
    for file in (there / "answers").iterdir():
        if file.stem > "00042":
            file.unlink()
    answer = call("check", "--answers", there)
    assert answer.code == 1
    assert "there is no answer to call" in answer.out
    assert answer.err == ""
