"""A job has one key however it is written, and another one wherever it computes something else."""

import json
from pathlib import Path
from typing import Any

import pytest

from hardlab.names.deciders import decider_word
from hardlab.names.loading import from_here
from hardlab.sweep import grid as grids_of_instances
from hardlab.sweep.job import run
from hardlab.sweep.record import Job, key_of
from instances.faults import BadInput
from tests.support.calling import Caller
from tests.support.sweeps import jobs_of

KSAT = '[[grid]]\nfamily = "random-ksat"\n'
TINY = '[[grid]]\nfamily = "random-ov"\nn = 3\nm = 3\nd = 5\noracle = false\n'

ALGORITHM = """
import numpy as np


def attention(Q, K, V, scale):
    weights = np.exp(scale * (Q @ K.T))
    return weights @ V / weights.sum(axis=1, keepdims=True)
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: it has a folder mine with a file, and is not what that would be run from."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "some.py").write_text(ALGORITHM)
    monkeypatch.chdir(tmp_path)
    return tmp_path


SAME = [
    ("vars = 10\nratio = 4.3", "n = 10\nclauses = 43"),
    ("vars = 10\nclauses = 43", "clauses = 43\nn = 10\nk = 3\nseeds = 1\nunique = false"),
    ("vars = 10\nclauses = 43", 'vars = 10\nclauses = 43\ntimeout = 60.0\nmemory = "1024M"\nmeasure = 16\noracle = true'),
    ("vars = 10\nclauses = 43", 'vars = 10\nclauses = 43\nchain = "auto"\nalgorithm = "softmax"'),
    (
        'vars = 10\nclauses = 43\nchain = "auto"',
        'vars = 10\nclauses = 43\nchain = "cnf-hamming[seed=0],hamming-attention[R0=16]"',
    ),
    (
        'vars = 10\nclauses = 43\nchain = "cnf-hamming[cover=left,seed=3],hamming-attention[R0=4]"',
        'vars = 10\nclauses = 43\nchain = " cnf-hamming[seed=3, cover=left] , hamming-attention[R0=4.0] "',
    ),
    (
        'vars = 10\nclauses = 43\nchain = "cnf-hamming[split=1:2:5],hamming-attention"',
        'vars = 10\nclauses = 43\nchain = "cnf-hamming[split=5:1:2,gadget=pair],auto"',
    ),
    ('vars = 10\nclauses = 43\nalgorithm = "polynomial"', 'vars = 10\nclauses = 43\nalgorithm = "polynomial[error=0.000001]"'),
    ('vars = 10\nclauses = 43\nalgorithm = "softmax32"', 'vars = 10\nclauses = 43\nalgorithm = "softmax[precision=float32]"'),
    ('vars = 10\nclauses = 43\nchain = ""\nsolver = "cadical"', 'vars = 10\nclauses = 43\nsolver = "cadical"'),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_written_in_another_way_it_is_the_same_job(one: str, other: str, tmp_path: Path) -> None:
    assert len(jobs_of(KSAT + one + "\n" + KSAT + other + "\n", tmp_path)) == 1


@pytest.mark.parametrize("file", ["mine/some.py", "./mine/some.py", "mine/../mine/some.py", "{here}/mine/some.py"])
@pytest.mark.parametrize(
    "what", ['algorithm = "{}:attention"', 'target = "{}:attention"', 'target = "mine:f"\nbackward = "{}:attention"']
)
def test_a_file_is_the_same_by_any_path(here: Path, file: str, what: str) -> None:
    head = "[[grid]]\n" if "target" in what else TINY
    texts = [head + what.format(path) + "\n" for path in ("mine/some.py", file.format(here=here))]
    [job] = jobs_of("".join(texts), here)
    assert str(here) not in json.dumps(job)


def test_paths_that_a_pattern_finds_are_those(here: Path) -> None:
    texts = [f'[[grid]]\ntarget = "{path}:attention"\n' for path in ("mine/*.py", f"{here}/mine/s*.py", "mine/some.py")]
    assert len(jobs_of("".join(texts), here)) == 1


def test_a_file_elsewhere_is_named_in_full(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "other").mkdir()
    monkeypatch.chdir(here / "other")
    assert from_here("../mine/some.py:attention") == f"{here}/mine/some.py:attention"
    assert from_here("some.py") == from_here("./some.py") == "some.py"
    assert [decider_word(word) for word in ("softmax", "a.b:c", "./x.py:f")] == ["softmax", "a.b:c", "x.py:f"]


OTHER = [
    ("vars = 10\nclauses = 43", "vars = 10\nclauses = 43\nseeds = [1]"),
    ("vars = 10\nclauses = 43", "vars = 10\nclauses = 43\ntimeout = 61"),
    ("vars = 10\nclauses = 43", 'vars = 10\nclauses = 43\nalgorithm = "softmax32"'),
    ("vars = 10\nclauses = 43", 'vars = 10\nclauses = 43\nchain = "cnf-hamming[gadget=cycle],hamming-attention"'),
    ('vars = 10\nclauses = 43\nalgorithm = "polynomial"', 'vars = 10\nclauses = 43\nalgorithm = "polynomial[error=1e-7]"'),
    ('vars = 10\nclauses = 43\nalgorithm = "certified"', 'vars = 10\nclauses = 43\nalgorithm = "certified-log"'),
]


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_computes_something_else_is_another_job(one: str, other: str, tmp_path: Path) -> None:
    assert len(jobs_of(KSAT + one + "\n" + KSAT + other + "\n", tmp_path)) == 2


def test_features_are_a_set(tmp_path: Path) -> None:
    texts = [
        f'[[grid]]\ntarget = "mine:f"\nconvention = "sdpa"\nfeatures = "{of}"\n' for of in ("causal,gqa", "gqa, causal, gqa")
    ]
    assert len(jobs_of("".join(texts), tmp_path)) == 1


def test_another_file_of_the_same_name_is_another_job(here: Path) -> None:
    text = TINY + 'algorithm = "mine/some.py:attention"\n'
    [before] = jobs_of(text, here)
    assert "content" in before
    (here / "mine" / "some.py").write_text(ALGORITHM + "\n# changed\n")
    [after] = jobs_of(text, here)
    assert key_of(before) != key_of(after)
    found: Any = run(before)
    assert (found["status"], "has changed since the sweep began" in found["reason"]) == ("bad", True)
    assert run(after)["status"] == "done"


def test_a_convention_is_part_of_what_is_checked(here: Path) -> None:
    (here / "how.py").write_text("x = 1\n")
    text = '[[grid]]\ntarget = "mine/some.py:attention"\nconvention = "{}how.py:convention"\n'
    [before] = jobs_of(text.format("") + text.format("./"), here)
    (here / "how.py").write_text("x = 2\n")
    assert key_of(jobs_of(text.format(""), here)[0]) != key_of(before)


def test_a_file_that_is_not_there_is_refused(here: Path) -> None:
    with pytest.raises(BadInput, match=r"no\.py"):
        jobs_of(TINY + 'algorithm = "mine/no.py:attention"\n', here)


def test_jobs_of_the_lab_have_no_content(tmp_path: Path) -> None:
    """Their keys are those of older databases."""
    job: Job = jobs_of(KSAT + "vars = 10\nclauses = 43\n", tmp_path)[0]
    assert set(job) == {"family", "parameters", "chain", "algorithm", "solver", "timeout", "memory", "measure", "oracle"}


def test_what_is_measured_is_not_in_the_key(here: Path) -> None:
    """Two runs of a job have one key, and their times stand in the records alone."""
    [job] = jobs_of(TINY, here)
    one, other = run(job), run(job)
    assert one["key"] == other["key"] == key_of(job)
    assert not {"seconds", "decide_seconds", "environment", "status", "verdict"} & set(job)


def test_a_sweep_does_not_run_it_again(here: Path, call: Caller) -> None:
    def ran(text: str) -> int:
        (here / "grid.toml").write_text(text)
        return int(call("sweep", "grid.toml", "-o", "run.db", "--backend", "one", "--json").json["ran"])

    assert ran(TINY + f'algorithm = ["softmax", "{here}/mine/some.py:attention"]\n') == 2
    assert (
        ran(TINY + 'algorithm = ["./mine/some.py:attention", "softmax[precision=float64]"]\nchain = "ov-attention[R0=16]"\n')
        == 0
    )
    (here / "mine" / "some.py").write_text(ALGORITHM.replace("np.exp", "1.0 * np.exp"))
    assert ran(TINY + 'algorithm = ["mine/some.py:attention", "softmax"]\n') == 1


def test_keys_of_words_as_written_would_run_it_again(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault, which the tests above notice."""
    monkeypatch.setattr(grids_of_instances, "decider_word", lambda word: word)
    texts = [TINY + f'algorithm = "{of}"\n' for of in ("softmax", "softmax[precision=float64]")]
    assert len(jobs_of("".join(texts), here)) == 2
