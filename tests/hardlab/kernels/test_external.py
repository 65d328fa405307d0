"""Commands as kernels: what they are given, and every way to fail."""

import json
import sys
from pathlib import Path

import pytest

from hardlab.kernels.external import ExternalKernel
from hardlab.kernels.kernel import Answer, Conventions
from hardlab.kernels.targets import kernel_named
from hardlab.work.failure import Failure
from instances.faults import BadInput
from tests.support.processes import MEMORY, failure, inputs, right

pytestmark = pytest.mark.usefixtures("nothing_left")

COMMAND = """
import os, sys, time

given, output, what = sys.argv[1:]


class Declined(Exception):
    pass


print("a word on stdout")
if what == "hang":
    time.sleep(1000)
elif what == "exit":
    sys.exit("no device")
elif what == "abort":
    os.abort()
elif what == "memory":
    bytearray(100 * 2**30)
elif what == "decline":
    raise Declined("too long")
elif what == "mutate":
    open(given, "ab").write(b"x")
elif what == "garbage":
    open(output, "w").write("{}")
if what in ("mutate", "garbage", "none"):
    sys.exit()

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

with safe_open(given, "numpy") as file:
    notes = file.metadata() or {}
    kinds = {name: file.get_slice(name).get_dtype() for name in file.keys()}
if what == "bits":
    save_file({"out": np.zeros((5, 2), dtype=np.float32)}, output)
    assert kinds == {"Q": "BF16", "K": "BF16", "V": "BF16"}
    sys.exit()
Q, K, V = (load_file(given)[name] for name in "QKV")
scale = float(notes.get("scale", 1 / Q.shape[-1]))
S = scale * Q @ K.swapaxes(-1, -2)
W = np.exp(S - S.max(axis=-1, keepdims=True))
T = (W @ V / W.sum(axis=-1, keepdims=True)).astype(Q.dtype)
if what == "shape":
    T = T[:-1]
elif what == "seed":
    T = np.full((5, 2), float(notes["seed"]))
save_file({"other" if what == "name" else "T": T}, output)
"""


def external(folder: Path, what: str, conventions: Conventions | None = None, timeout: float = 60.0) -> ExternalKernel:
    script = folder / "command.py"
    script.write_text(COMMAND)
    kernel = kernel_named(f"{sys.executable} '{script}' {{input}} {{output}} {what}", conventions, timeout, MEMORY)
    assert isinstance(kernel, ExternalKernel)
    return kernel


@pytest.mark.parametrize(
    ("conventions", "atol"),
    [
        (Conventions(), 1e-13),
        (Conventions(dtype="float32", layout="bhnd"), 1e-5),
        (Conventions(dtype="float16", scale="1/d"), 2e-2),
    ],
)
def test_a_command(tmp_path: Path, conventions: Conventions, atol: float, capfd: pytest.CaptureFixture[str]) -> None:
    kernel = external(tmp_path, "well", conventions)
    assert right(kernel, atol=atol).dtype == conventions.dtype
    assert kernel.promise(*inputs(), 0.25) is None
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_a_command_gets_bfloat16_and_the_seed(tmp_path: Path) -> None:
    answer = external(tmp_path, "bits", Conventions(dtype="bfloat16"))(*inputs(), 0.25)
    assert isinstance(answer, Answer)
    assert answer.dtype == "float32"
    answer = external(tmp_path, "seed", Conventions(seed=9))(*inputs(), 0.25)
    assert isinstance(answer, Answer)
    assert (answer.output == 9).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "kind", "reason"),
    [
        ("hang", "timeout", "no answer after 1 seconds"),
        ("exit", "crashed", "the process ended with exit code 1; it said: no device"),
        ("abort", "crashed", "killed by SIGABRT"),
        ("memory", "memory", "MemoryError (the limit is 512 MiB)"),
        ("decline", "declined", "too long"),
        ("shape", "shape", "shape (4, 2) of float64, expected (5, 2)"),
        ("mutate", "mutated", "the command changed its input file"),
        ("garbage", "shape", "the output is no safetensors file"),
        ("none", "crashed", "the command wrote no output file"),
        ("name", "shape", "the output has the tensors other: T or out is missing"),
    ],
)
def test_a_failing_command(tmp_path: Path, what: str, kind: str, reason: str) -> None:
    outcome = failure(external(tmp_path, what, timeout=1.0 if what == "hang" else 60.0))
    assert outcome.kind == kind, outcome
    assert reason in outcome.reason


@pytest.mark.parametrize("template", ["cat {input}", "cp '{input} {output}", "no-such-program {input} {output}"])
def test_a_command_that_is_none(template: str) -> None:
    with pytest.raises(BadInput, match="the command"):
        kernel_named(template)


def test_the_file_of_a_command_is_what_it_says(tmp_path: Path) -> None:
    content = tmp_path / "seen"
    script = f"import shutil, sys; shutil.copy(sys.argv[1], {str(content)!r})"
    kernel = ExternalKernel(f'{sys.executable} -c "{script}" {{input}} {{output}}', Conventions(seed=4), 60.0, MEMORY)
    assert failure(kernel) == Failure("crashed", "the command wrote no output file")
    data = content.read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    assert header["__metadata__"] == {"scale": "0.25", "seed": "4"}
    assert header["K"]["shape"] == [7, 4]
    assert header["K"]["dtype"] == "F64"
