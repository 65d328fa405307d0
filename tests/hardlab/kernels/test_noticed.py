"""What a kernel does while it is loaded, and in calls that are declined, is noticed with the next answer; conventions."""

from pathlib import Path

import numpy as np
import pytest

from attention.options import Options
from hardlab.kernels.call import Call
from hardlab.kernels.conventions import CONVENTIONS, Convention
from hardlab.kernels.kernel import Answer, Conventions
from hardlab.kernels.targets import kernel_named
from hardlab.work.failure import Failure
from instances.faults import BadInput
from tests.support.processes import child, inputs

pytestmark = pytest.mark.usefixtures("nothing_left")

RIGHT = """
import atexit
import gc
import os
import sys

import numpy as np

calls = []


def right(Q, K, V, scale):
    S = scale * Q @ K.T
    P = np.exp(S - S.max(axis=1, keepdims=True))
    return P @ V / P.sum(axis=1, keepdims=True)


"""

TRICKS = {
    "exit-handler": ("atexit.register(lambda: None)", "pass"),
    "garbage": ("gc.disable()", "pass"),
    "random-state": ("pass", "np.random.seed(0)"),
    "folder": ("pass", "os.chdir('/usr')"),
    "streams": ("pass", "sys.stdout = sys.stderr"),
    "process": ("pass", "os.waitpid(os.fork() or os._exit(0), 0)"),
    "processors": ("pass", "os.sched_setaffinity(0, set(list(os.sched_getaffinity(0))[:1]))"),
}
"""What is done when the file is loaded, and in each call."""


@pytest.mark.slow
@pytest.mark.parametrize("key", TRICKS)
def test_a_trick_is_noticed_though_the_first_call_is_declined(tmp_path: Path, key: str) -> None:
    loading, calling = TRICKS[key]
    body = f"    {calling}\n    calls.append(1)\n    if len(calls) == 1:\n        raise NotImplementedError\n"
    code = f"{RIGHT}{loading}\n\n\ndef attention(Q, K, V, scale):\n{body}    return right(Q, K, V, scale)\n"
    (tmp_path / "tricky.py").write_text(code)
    with child(f"{tmp_path / 'tricky.py'}:attention") as kernel:
        first, second = kernel(*inputs(), 1.0), kernel(*inputs(), 1.0)
    assert isinstance(first, Failure)
    assert first.kind == "declined"
    assert isinstance(second, Answer)
    assert any(said.startswith(f"{key}:") for said in second.noticed)


@pytest.mark.parametrize(
    "faulty",
    [{"axes": "zzz"}, {"corners": ()}, {"corners": ("middle",)}, {"parameters": {"colour": ()}}],
    ids=lambda faulty: next(iter(faulty)),
)
def test_a_convention_that_is_none_is_refused(faulty: dict[str, object]) -> None:
    fields: dict[str, object] = {"name": "mine", "axes": "bhnd", "parameters": {}, "words": lambda call, make: {}, **faulty}
    with pytest.raises(BadInput, match="the convention mine has"):
        Convention(**fields)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "match"),
    [
        ({"backward": "rubbish"}, "write module:function"),
        ({"backward": "math:pi"}, "is no function"),
        ({"device": "cuda"}, "nowhere but here"),
        ({"convention": "onnx"}, r"a model, FILE\.onnx"),
    ],
)
def test_what_cannot_be_is_one_line(tmp_path: Path, how: dict[str, str], match: str) -> None:
    (tmp_path / "plain.py").write_text(f"{RIGHT}attention = right\n")
    with pytest.raises(BadInput, match=match):
        child(f"{tmp_path / 'plain.py'}:right", Conventions(**how)).load()  # type: ignore[arg-type]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such directory"):
        kernel_named("mine:attention", path=tmp_path / "nowhere")


@pytest.mark.slow
def test_an_algorithm_of_ours_has_no_other_convention() -> None:
    with pytest.raises(BadInput, match="checked as it is"):
        child("softmax", Conventions(convention="sdpa")).load()


CONVENTION = """
from hardlab.kernels.conventions import Convention


def words(call, make):
    raise ValueError("not today")


mine = Convention("mine", "nd", {}, words)
"""


@pytest.mark.slow
def test_what_a_convention_raises_is_no_way_of_declining(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text(f"{RIGHT}attention = right\n")
    (tmp_path / "convention.py").write_text(CONVENTION)
    how = Conventions(convention=f"{tmp_path / 'convention.py'}:mine")
    with child(f"{tmp_path / 'plain.py'}:right", how) as kernel:
        found = kernel(*inputs(), 1.0)
    assert isinstance(found, Failure)
    assert found.kind == "raised"
    assert "the convention mine raised ValueError: not today" in found.reason


@pytest.mark.parametrize(("name", "word"), [("sdpa", "attn_mask"), ("onnx", "mask")])
def test_padding_and_a_mask_are_told_in_one_mask(name: str, word: str) -> None:
    random = np.random.default_rng(3)
    keep, mask = random.random((2, 5)) < 0.6, random.random((3, 4, 5)) < 0.6
    Q, K = np.ones((2, 3, 4, 8)), np.ones((2, 3, 5, 8))
    both, padding, masked = (
        CONVENTIONS[name].words(Call(Q, K, K, 1.0, options), lambda array: array)[word]
        for options in (Options(keep=keep, mask=mask), Options(keep=keep), Options(mask=mask))
    )
    assert np.array_equal(np.broadcast_to(both, (2, 3, 4, 5)), keep[:, None, None] & mask)
    assert np.array_equal(np.broadcast_to(padding, (2, 3, 4, 5)), np.broadcast_to(keep[:, None, None], (2, 3, 4, 5)))
    assert np.array_equal(np.broadcast_to(masked, (2, 3, 4, 5)), np.broadcast_to(mask, (2, 3, 4, 5)))
