"""Grids of kernels: what a table with a target means, every way in which it can be wrong; older jobs keep their keys."""

import shlex
from pathlib import Path
from typing import Any

import pytest

from hardlab.sweep.check_job import command_of
from hardlab.sweep.grid import grids
from hardlab.sweep.kernel_grid import _file
from hardlab.sweep.record import Job, key_of
from instances.faults import BadInput
from tests.support.calling import Caller
from tests.support.sweeps import jobs_of

MODULE = '[[grid]]\ntarget = "mine:attention"\n'


def checks_of(text: str, folder: Path) -> list[Any]:
    return list(jobs_of(text, folder))


def test_a_grid_is_the_product_of_its_axes(tmp_path: Path) -> None:
    text = '[[grid]]\ntarget = ["mine:f", "softmax"]\ndtype = ["float64", "float32"]\nseed_of_check = [1, 2, 3]\nquick = true\n'
    jobs = checks_of(text, tmp_path)
    assert len(jobs) == 2 * 2 * 3
    assert jobs[0] == {
        "target": "mine:f",
        "content": None,
        "convention": "plain",
        "dtype": "float64",
        "scale": "argument",
        "layout": "nd",
        "features": None,
        "device": None,
        "backward": None,
        "seed": None,
        "quick": True,
        "forbid_library": False,
        "only": None,
        "seed_of_check": 1,
        "call_timeout": 60.0,
        "timeout": 600.0,
        "memory": 4 * 2**30,
    }


def test_a_file_that_has_changed_is_another_job(tmp_path: Path) -> None:
    file, backward = tmp_path / "kernel.py", tmp_path / "backward.py"
    file.write_text("one = 1\n")
    backward.write_text("two = 2\n")
    text = f'[[grid]]\ntarget = "{file}:f"\nbackward = ["{backward}:g", "{file}:g"]\n'
    first = [key_of(job) for job in checks_of(text, tmp_path)]
    assert [key_of(job) for job in checks_of(text, tmp_path)] == first
    backward.write_text("two = 3\n")
    second = [key_of(job) for job in checks_of(text, tmp_path)]
    assert (second[0] != first[0], second[1] == first[1]) == (True, True)
    file.write_text("one = 2\n")
    assert not set(first + second) & {key_of(job) for job in checks_of(text, tmp_path)}


def test_a_pattern_stands_for_files(tmp_path: Path) -> None:
    for name in ("b.py", "a.py", "c.txt"):
        (tmp_path / name).write_text("")
    jobs = checks_of(f'[[grid]]\ntarget = ["{tmp_path}/*.py:f", "{tmp_path}/b.py:f"]\n', tmp_path)
    assert [job["target"] for job in jobs] == [f"{tmp_path}/a.py:f", f"{tmp_path}/b.py:f"]
    (command,) = checks_of("[[grid]]\ntarget = 'sh -c \"cat *.py\" {input} {output}'\n", tmp_path)
    assert (command["content"], "*.py" in command["target"]) == (None, True)


def test_a_model_file_has_its_content(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"\x00")
    (job,) = checks_of(f'[[grid]]\ntarget = "{tmp_path}/model.onnx"\nconvention = "onnx"\n', tmp_path)
    assert len(job["content"]) == 64


@pytest.mark.parametrize("name", ["seed_of_check", "features", "content", "call_timeout", "only"])
def test_a_key_depends_on_every_part_of_a_job(name: str, tmp_path: Path) -> None:
    (job,) = checks_of(MODULE, tmp_path)
    assert all(key_of({**job, part: "other"}) != key_of(job) for part in job)
    assert key_of({**job, name: 3}) != key_of(job)


def test_jobs_that_decide_keep_their_keys() -> None:
    """They name records in databases that people have."""
    job: Job = {
        "family": "random-ov", "parameters": {"n": 3, "m": 3, "d": 5, "density": 0.5, "seed": 0}, "chain": "ov-attention",
        "algorithm": "softmax", "solver": None, "timeout": 60.0, "memory": 2**30, "measure": 2, "oracle": True,
    }  # fmt: skip
    assert key_of(job) == "7bdee84f30c3019eb2723b13cc2b51002d190027d898b3989c521b6fb19d8607"


def test_both_kinds_of_grids_stand_in_a_file(tmp_path: Path, call: Caller) -> None:
    file = tmp_path / "grid.toml"
    file.write_text(MODULE + '[[grid]]\nfamily = "random-ov"\nn = 3\nm = 3\nd = 5\n')
    assert [grid.count for grid in grids(file, None)] == [1, 1]
    file.write_text(MODULE + f"seed_of_check = {list(range(30))}\ndtype = ['float32', 'float64']\n")
    assert "has 60 jobs, more than 50" in call("sweep", file, "-o", tmp_path / "run.db", "--most", 50).refusal()


def test_the_command_asks_the_same_again(tmp_path: Path) -> None:
    text = (
        MODULE
        + 'convention = "heads"\ndtype = "float32"\nfeatures = "causal,gqa"\nquick = true\nbackward = "mine:g"\nseed = 3\n'
    )
    (job,) = checks_of(text + 'memory = "1G"\ncall_timeout = 5\nforbid_library = true\n', tmp_path)
    words = shlex.split(command_of(job, 7))
    assert words[:3] == ["hardlab", "check", "mine:attention"]
    options = " ".join(words[3:])
    for said in ("--convention heads", "--dtype float32", "--features causal,gqa", "--backward mine:g", "--seed 3", "--quick"):
        assert said in options
    assert "--timeout 5 --memory 1073741824 --quick --forbid-library --seed-of-check 7" in options
    (plain,) = checks_of(MODULE, tmp_path)
    assert command_of(plain, 7) == "hardlab check mine:attention --seed-of-check 7"


BAD = {
    "target = 3": "target = 3: give a kernel as hardlab check takes it",
    "target = []": "target = []: an axis needs at least one value",
    'target = ""': "target = ''",
    'target = "no/such/*.py"': "target = 'no/such/*.py': no file fits",
    'target = "no/such.py"': "no/such.py cannot be read (No such file or directory)",
    'target = "a:f"\nfamily = "parity"': "family and target: give one of the two",
    'target = "a:f"\ndtyp = "float32"': "unknown key of a grid of kernels 'dtyp': did you mean dtype?",
    'target = "a:f"\ndtype = "float31"': "dtype = 'float31': it is one of float64",
    'target = "a:f"\ndtype = 3': "dtype = 3: give a word as hardlab check --dtype takes it",
    'target = "a:f"\nscale = "2/d"': "scale = '2/d'",
    'target = "a:f"\nlayout = "bnhd"': "layout = 'bnhd'",
    'target = "a:f"\nconvention = "flash"': "unknown convention 'flash'",
    'target = "a:f"\nfeatures = "causal,windw"': "features = 'windw': known are",
    'target = "a:f"\nquick = 1': "quick = 1: give true or false",
    'target = "a:f"\nforbid_library = "yes"': "forbid_library = 'yes': give true or false",
    'target = "a:f"\nseed_of_check = -1': "seed_of_check = -1: give a whole number from 0",
    'target = "a:f"\nseed = 1.5': "seed = 1.5: give a whole number",
    'target = "a:f"\nonly = "no such check"': "only = 'no such check' matches no check",
    'target = "a:f"\ntimeout = 0': "timeout = 0: give seconds",
    'target = "a:f"\ncall_timeout = inf': "call_timeout = inf: give seconds",
    'target = "a:f"\nmemory = "much"': "write a size such as 512M or 2G",
    'target = "a:f"\nmemory = true': "memory = True: write a size",
}


@pytest.mark.parametrize("text", BAD)
def test_what_is_wrong_is_said_before_anything_runs(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        checks_of(f"[[grid]]\n{text}\n", tmp_path)
    assert BAD[text] in str(refused.value)


@pytest.mark.parametrize(
    ("target", "file"),
    [
        ("mine.py", "mine.py"),
        ("there/mine.py:f", "there/mine.py"),
        ("model.onnx", "model.onnx"),
        ("mine:f", None),
        ("softmax", None),
        ("run {input} mine.py", None),
        ("run {output} mine.py", None),
        ("run {input} {output} mine.py", None),
    ],
)
def test_which_targets_name_a_file(target: str, file: str | None) -> None:
    """None does in which a place for one stands."""
    assert _file(target) == file
