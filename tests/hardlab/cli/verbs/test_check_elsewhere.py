"""`hardlab check --write` and `--answers`: kernels that run elsewhere are judged as if they had run here."""

import ast
import shutil
import sys
from collections import namedtuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hardlab.conformance.meaning import CASES
from hardlab.kernels.call import FEATURES
from hardlab.kernels.sending import RUNNERS
from tests.support.calling import Caller
from tests.support.elsewhere import arrays, judged, manifest, run, statuses, written
from tests.support.places import ROOT

FORWARD, BACKWARD = "tests.support.bed.right_numpy:everything", "tests.support.bed.backward_numpy:gradients_of_everything"

UNLIKE = ("honesty", "library", "layouts", "gradients")
"""Results about the process of a kernel, which nobody sees there, and about what only its library has."""


def here(call: Caller, target: str, *words: object) -> dict[str, Any]:
    return call("check", target, "--quick", *words, "--json").json


def alike(one: dict[str, Any], other: dict[str, Any]) -> None:
    """The same verdict, results with the same reasons, diagnosis and features."""
    for record in (one, other):
        record["checks"] = [check for check in record["checks"] if check["name"].partition("/")[0] not in UNLIKE]
    for first, second in zip(one["checks"], other["checks"], strict=True):
        assert {**first, "repeat": ""} == {**second, "repeat": ""}
    for key in ("verdict", "features", "diagnosis", "ends", "seed_of_check", "left_out", "meaning"):
        assert one[key] == other[key], key


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        ("right", ["--features", "cross,width"]),
        ("built_in", ["--features", "cross,width", "--scale", "1/sqrt(d)", "--only", "[eis]*"]),
        ("always", ["--features", "causal,cross", "--only", "[adkv]*"]),
        ("square", ["--features", "layouts", "--only", "[dlr]*"]),
    ],
)
def test_a_kernel_is_judged_there_as_here(call: Caller, tmp_path: Path, kernel: str, words: list[str]) -> None:
    words = ["--dtype", "float32", "--sizes", "16", "--seed-of-check", "7", *words]
    there = written(call, tmp_path, *words)
    run(there, f"mine.py:{kernel}")
    answer, record = judged(call, there)
    assert (answer.code, record["verdict"], record["target"]) == (0, "conformant", f"mine.py:{kernel}")
    assert set(statuses(record).values()) == {"passed", "skipped"}
    assert "numpy" in record["machine"]
    assert record["arrays"] == "numpy"
    alike(here(call, f"{tmp_path / 'mine.py'}:{kernel}", *words), record)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("only", ["layouts/*", "masks/*", "packing/*", "replays/*", "alibi/*", "gradients/packed*"])
def test_heads_masks_layouts_and_gradients_go_there_and_back(call: Caller, tmp_path: Path, only: str) -> None:
    words = ["--convention", "heads", "--dtype", "float32", "--seed-of-check", "3", "--only", only]
    there = written(call, tmp_path, *words)
    run(there, FORWARD, "--backward", BACKWARD)
    answer, record = judged(call, there)
    assert (answer.code, record["verdict"]) == (0, "conformant")
    assert set(statuses(record).values()) == {"passed"}
    alike(here(call, FORWARD, "--backward", BACKWARD, *words, "--path", ROOT), record)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dtype", "only"),
    [("bfloat16", "gradients/layouts/*"), ("float16", "replays/*")],
)
def test_torch_there(call: Caller, tmp_path: Path, dtype: str, only: str) -> None:
    pytest.importorskip("torch")
    there = written(call, tmp_path, "--convention", "sdpa", "--dtype", dtype, "--only", only)
    run(there, "torch.nn.functional:scaled_dot_product_attention", by="torch")
    answer, record = judged(call, there)
    assert (answer.code, record["verdict"], record["arrays"]) == (0, "conformant", "torch")
    assert set(statuses(record).values()) == {"passed"}
    assert "torch" in record["machine"]


@pytest.mark.slow
def test_jax_there(call: Caller, tmp_path: Path) -> None:
    pytest.importorskip("jax")
    words = ["--convention", "jax", "--dtype", "bfloat16", "--only", "[gvk]*", "--features", "cross,causal,backward"]
    there = written(call, tmp_path, *words)
    (tmp_path / "of_jax.py").write_text("import jax\nattention = jax.nn.dot_product_attention\n")
    run(there, "of_jax.py:attention", by="jax")
    answer, record = judged(call, there)
    assert (answer.code, record["verdict"], record["arrays"]) == (0, "conformant", "jax")


LAST = "shapes/n=33,m=70,d=5,v=3"
SHAPES = ["--only", "shapes/*", "--dtype", "float32"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kernel", "verdict", "said"),
    [
        ("right", "conformant", "(5, 3) of float32"),
        ("by_name", "conformant", ""),
        ("Made", "conformant", ""),
        ("nothing", "wrong", "nan"),
        ("words", "wrong", "shape: the kernel gave <U8, expected real numbers"),
        ("short", "wrong", "shape: the kernel gave shape (4, 3) of float32, expected (5, 3)"),
        ("writes", "wrong", "mutated: the kernel changed its input Q"),
        ("refuses", "declined", "declined: NotImplementedError: on Tuesdays"),
        ("too_large", "crashed", "memory: MemoryError: of numbers"),
        ("built_in", "crashed", "raised: TypeError: built_in() takes 3 positional arguments"),
    ],
)
def test_each_way_to_fail_there(call: Caller, tmp_path: Path, kernel: str, verdict: str, said: str) -> None:
    there = written(call, tmp_path, *SHAPES)
    run(there, f"mine.py:{kernel}")
    answer, record = judged(call, there)
    assert record["verdict"] == verdict
    assert answer.code == (verdict not in ("conformant", "declined"))
    assert said in " ".join(check["reason"] for check in record["checks"])


@pytest.mark.slow
@pytest.mark.parametrize("kernel", ["leaves", "ends"])
def test_a_kernel_that_ends_its_process_costs_one_call(call: Caller, tmp_path: Path, kernel: str) -> None:
    there = written(call, tmp_path, *SHAPES)
    run(there, f"mine.py:{kernel}", code=3 if kernel == "leaves" else 0)
    if kernel == "leaves":
        run(there, "mine.py:right", "--continue", code=1)  # the answers are of another
        run(there, f"mine.py:{kernel}", "--continue")
    _, record = judged(call, there)
    found = statuses(record)
    assert [name for name, status in found.items() if status != "passed"] == [LAST]
    assert found[LAST] == "crashed"


def test_the_folder_says_what_is_in_it(call: Caller, tmp_path: Path) -> None:
    there = tmp_path / "there"
    answer = call("check", "--write", there, "--quick", "--only", "every_key/*", "--seed-of-check", 9, "--json")
    record = answer.json
    assert (record["calls"], record["seed_of_check"]) == (CASES + 2, 9)
    assert record["features"] == ["cross", "width", "scale", "layouts", "backward"]
    assert {"mask", "window"} <= set(record["not_offered"]) <= set(FEATURES) - set(record["features"])
    assert all(record["not_offered"].values())
    assert {file.name for file in there.iterdir()} == {"inputs", "manifest.json", *RUNNERS}
    given = manifest(there)
    assert len(given["calls"]) == CASES + 2
    stored = {call["file"] for call in given["calls"]}
    assert stored == {f"inputs/{file.name}" for file in (there / "inputs").iterdir()}
    assert sum(X.nbytes for file in stored for X in arrays(there / file).values()) == record["bytes"]
    assert call(
        "check", "--write", tmp_path / "again", "--quick", "--only", "every_key/*", "--seed-of-check", 9, "-q"
    ).out.strip()
    assert manifest(tmp_path / "again") == given


def test_how_much_it_is_is_said_before(call: Caller, tmp_path: Path) -> None:
    answer = call("check", "--write", tmp_path / "there", *SHAPES)
    assert answer.err.startswith("hardlab: 48 calls, ")
    assert answer.out.startswith(f"Written to {tmp_path / 'there'}: 48 calls, ")
    assert "hardlab check --answers" in answer.out


def test_an_array_is_where_its_layout_says(call: Caller, tmp_path: Path) -> None:
    """As the scripts read it: by strides and offset from a flat piece of memory."""
    words = ["--convention", "flash-attn", "--only", "layouts", "--seed-of-check", 1, "--dtype", "bfloat16"]
    there = written(call, tmp_path, *words)
    places = [(each["file"], name, place) for each in manifest(there)["calls"] for name, place in each["operands"].items()]
    odd = [(file, name, place) for file, name, place in places if place is not None]
    assert len(odd) >= 8
    shapes = set()
    for file, name, place in odd:
        flat = arrays(there / file)[name]
        strides = [2 * stride for stride in place["strides"]]
        view = np.lib.stride_tricks.as_strided(flat[place["offset"] :], place["shape"], strides)
        last = place["offset"] + sum((size - 1) * stride for size, stride in zip(place["shape"], place["strides"], strict=True))
        assert flat.ndim == 1
        assert last < flat.size
        shapes.add((len(view.shape), flat.dtype.name))
    assert shapes == {(4, "uint16")}


@pytest.mark.parametrize("name", RUNNERS)
def test_the_scripts_need_nothing_of_the_lab(name: str) -> None:
    tree = ast.parse((ROOT / "hardlab" / "kernels" / "runners" / name).read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    foreign = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names)
    assert foreign <= {"numpy", "torch", "jax", "ml_dtypes", "running"}
    assert "pickle" not in names


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["mine:attention"], "the target mine:attention does not go with --write"),
        (["--all"], "--all does not go with --write"),
        (["--report", "r.html"], "--report does not go with --write: the kernel runs elsewhere"),
        (["--backward", "m:f"], "--backward does not go with --write"),
        (["--device", "cuda"], "--device does not go with --write"),
        (["--timeout", "5"], "--timeout does not go with --write"),
        (["--forbid-library"], "--forbid-library does not go with --write"),
        (["--answers", "F"], "--answers does not go with --write"),
        (["--convention", "nosuch"], "nosuch"),
        (["--features", "nosuch"], "nosuch"),
        (["--features", "heads"], "--features heads: the convention plain has it not"),
        (["--dtype", "float8"], "float8"),
        (["--only", "nosuch"], "--only 'nosuch' matches no check"),
        (["--memory", "1K", *SHAPES], "the inputs need more than 1 KiB: raise --memory"),
        (["--sizes", "1"], "--sizes 1"),
        (["--seed-of-check", "-1"], "--seed-of-check -1"),
    ],
)
def test_what_does_not_go_with_writing(call: Caller, tmp_path: Path, words: list[str], said: str) -> None:
    assert said in call("check", "--write", tmp_path / "there", "--quick", *words).refusal()
    assert not (tmp_path / "there").exists()


def test_where_nothing_can_be_written(call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").write_text("")
    (tmp_path / "empty").mkdir()
    for name, said in (("file", "already"), ("full", "already"), ("no/folder", "there is no folder"), ("a\0b", "cannot be")):
        assert said in call("check", "--write", f"{tmp_path}/{name}", *SHAPES).refusal()
    assert call("check", "--write", tmp_path / "empty", *SHAPES, "-q").code == 0
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 9, 1))
    refusal = call("check", "--write", tmp_path / "there", *SHAPES).refusal()
    assert "are needed and 1 bytes are free" in refusal


@pytest.mark.slow
def test_a_causal_kernel_must_be_asked_as_one(call: Caller, tmp_path: Path) -> None:
    there = written(call, tmp_path, "--only", "keys")
    run(there, "mine.py:always")
    refusal = call("check", "--answers", there).refusal()
    assert "this agrees with causal attention, aligned top-left, in all of 40 cases" in refusal
    assert "write the inputs with --features causal" in refusal


@pytest.mark.slow
def test_pages_commands_and_parts(call: Caller, tmp_path: Path) -> None:
    there = written(call, tmp_path, "--only", "[sd]*", "--sizes", "16")
    run(there, "mine.py:nothing")
    record = judged(call, there, "--only", "shapes/*", "--report", tmp_path / "r.html", "--markdown", tmp_path / "r.md")[1]
    assert record["command"] == f"hardlab check --answers {there}"
    assert "mine.py:nothing" in (tmp_path / "r.html").read_text()
    assert "mine.py:nothing" in (tmp_path / "r.md").read_text()
    assert record["checks"][0]["repeat"] == f"hardlab check --answers {there} --only shapes/n=5,m=7,d=4,v=3"
    assert len(record["checks"]) == 8
    whole = call("check", "--answers", there)
    assert whole.code == 1
    assert whole.out.startswith("Wrong answer")
