"""Kernels called within limits: whatever a kernel does, a call gives an outcome, and nothing is left behind."""

import _thread
import gc
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from hardlab.conformance.checks.promises import promises
from hardlab.kernels.arrays import bits_of, prepared
from hardlab.kernels.callee import object_of
from hardlab.kernels.child import ChildKernel
from hardlab.kernels.external import ExternalKernel
from hardlab.kernels.kernel import Answer, Conventions, Dtype, Layout, Scale
from hardlab.kernels.targets import kernel_named
from hardlab.work.failure import Failure
from instances.coded import Floats
from instances.faults import BadInput

MEMORY = 2**29
ONE = np.ones((1, 1))

KERNELS = """
import ctypes, os, signal, subprocess, sys, threading, time
import numpy as np


class Declined(Exception):
    pass


def softmax(Q, K, V, scale):
    S = scale * Q @ K.T
    W = np.exp(S - S.max(axis=1, keepdims=True))
    return W @ V / W.sum(axis=1, keepdims=True)


def attention(Q, K, V, scale):
    what = int(V[0, 0])
    if what == 0:
        return softmax(Q, K, V, scale)
    return KINDS[what - 1](Q, K, V, scale)


def hangs(Q, K, V, scale):
    while True:
        pass


def waits_for_another(Q, K, V, scale):
    subprocess.run([sys.executable, "-c", "import time; time.sleep(1000)"], stdout=sys.stdout)


def leaves(Q, K, V, scale):
    os._exit(3)


def ends_well(Q, K, V, scale):
    os._exit(0)


def faults(Q, K, V, scale):
    ctypes.string_at(0)


def aborts(Q, K, V, scale):
    os.write(2, b"corrupted size vs. prev_size\\n")
    os.abort()


def killed(Q, K, V, scale):
    os.kill(os.getpid(), signal.SIGKILL)


def allocates(Q, K, V, scale):
    return np.ones((100 * 2**30) // 8)[: len(Q), None]


def grows(Q, K, V, scale):
    held = []
    while True:
        held.append(np.ones(2**23))


def raises(Q, K, V, scale):
    raise RuntimeError("no kernel\\nfor this shape")


def stops(Q, K, V, scale):
    sys.exit(7)


def interrupts(Q, K, V, scale):
    raise KeyboardInterrupt


def declines(Q, K, V, scale):
    raise Declined("too long")


def flat(Q, K, V, scale):
    return softmax(Q, K, V, scale)[:, 0]


def too_few(Q, K, V, scale):
    return softmax(Q, K, V, scale)[:-1]


def nothing(Q, K, V, scale):
    return None


def text(Q, K, V, scale):
    return [["high"] * V.shape[1]] * len(Q)


def ragged(Q, K, V, scale):
    return [[1.0]] * (len(Q) - 1) + [[1.0, 2.0]]


def unreal(Q, K, V, scale):
    return softmax(Q, K, V, scale) + 1j


def mutates(Q, K, V, scale):
    Q *= scale
    return softmax(Q, K, V, 1.0)


def mutates_values(Q, K, V, scale):
    out = softmax(Q, K, V, scale)
    K[-1, 0] = np.nan
    V[0] = -0.0
    return out


def closes(Q, K, V, scale):
    os.closerange(0, 100)
    return softmax(Q, K, V, scale)


def nan(Q, K, V, scale):
    return np.full((len(Q), V.shape[1]), np.nan)


def whole(Q, K, V, scale):
    return np.zeros((len(Q), V.shape[1]), dtype=np.int32)


def prints(Q, K, V, scale):
    print("[1, 2, 3]" * 10**5)
    os.write(1, b"{}\\n" * 10**5)
    os.write(2, b"{}\\n" * 10**5)
    sys.stdin.read()
    return softmax(Q, K, V, scale)


def forked(Q, K, V, scale):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    return softmax(Q, K, V, scale)


def readonly(Q, K, V, scale):
    for X in (Q, K, V):
        assert X.flags.writeable and X.flags.c_contiguous
        X.setflags(write=False)
    out = softmax(Q, K, V, scale)
    out.setflags(write=False)
    return out


def varies(Q, K, V, scale):
    return np.random.random((len(Q), V.shape[1]))


def types(Q, K, V, scale):
    assert Q.dtype == K.dtype == V.dtype
    return softmax(Q, K, V, Q.dtype.type(scale))


KINDS = [hangs, waits_for_another, leaves, ends_well, faults, aborts, killed, allocates, grows, raises, stops, interrupts,
         declines, flat, too_few, nothing, text, ragged, unreal, mutates, mutates_values, closes, prints, forked, readonly,
         nan, whole, varies]


def built_in(Q, K, V):
    return softmax(Q, K, V, 1 / Q.shape[-1])


def batched(Q, K, V, *, scale):
    assert Q.ndim == K.ndim == V.ndim == 4 and Q.shape[:2] == (1, 1)
    return softmax(Q[0, 0], K[0, 0], V[0, 0], scale)[None, None]


def search_path(Q, K, V, scale):
    return np.full((len(Q), V.shape[1]), float("PYTHONPATH" in os.environ))


class Made:
    def __call__(self, Q, K, V, scale):
        return softmax(Q, K, V, scale)


class Keeps(Made):
    logarithmic = False

    def promise(self, inputs):
        from attention import Promise

        if inputs.n == 1:
            raise Declined("one row")
        return Promise(0.25, 0.5, failure=0.0 if inputs.n < 9 else 0.1)

    def __call__(self, inputs):
        return softmax(inputs.Q, inputs.K, inputs.V, inputs.scale)


class Nan(Keeps):
    def promise(self, inputs):
        return type("", (), {"absolute": float("nan"), "relative": 0.0, "failure": 0.0})


class Raises(Keeps):
    def promise(self, inputs):
        raise RuntimeError("no idea")


class Dies(Keeps):
    def promise(self, inputs):
        os._exit(3)


class Hangs(Keeps):
    def promise(self, inputs):
        time.sleep(1000)


number = 3
"""

TENSORS = """
from __future__ import annotations
import torch


def attention(Q: torch.Tensor, K, V, scale):
    out = torch.softmax(scale * Q @ K.mT, dim=-1) @ V
    what = int(V[..., 0, 0])
    if what == 1:
        V.zero_()
    return (out, out, out > 0, torch.rand(out.shape))[what]


class Module(torch.nn.Module):
    def forward(self, Q, K, V, scale):
        return attention(Q, K, V, scale).requires_grad_()
"""


@pytest.fixture(autouse=True)
def _nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """After each test there is no process and no file of it."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    before = children()
    yield
    gc.collect()
    assert not list(scratch.iterdir())
    assert children() <= before


def children() -> set[str]:
    """Processes of ours, those among them that have ended and were not waited for."""
    return {pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "kernels.py"
    path.write_text(KERNELS)
    return path


@pytest.fixture
def tensors(tmp_path: Path) -> Path:
    pytest.importorskip("torch")
    path = tmp_path / "tensors.py"
    path.write_text(TENSORS)
    return path


def inputs(n: int = 5, m: int = 7, d: int = 4, v: int = 2, what: int = 0) -> tuple[Floats, Floats, Floats]:
    """Small multiples of 1/4, which every dtype holds; V[0, 0] says what the kernel is to do."""
    rng = np.random.default_rng(1)
    Q, K, V = (rng.integers(-8, 9, shape) / 4 for shape in ((n, d), (m, d), (m, v)))
    V[0, 0] = what
    return Q, K, V


def softmax(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    W = np.exp(scale * Q @ K.T)
    result: Floats = W @ V / W.sum(axis=1, keepdims=True)
    return result


def child(
    target: object, conventions: Conventions | None = None, timeout: float = 60.0, path: Path | None = None
) -> ChildKernel:
    return ChildKernel(str(target), conventions or Conventions(), timeout, MEMORY, path)


def right(kernel: ChildKernel | ExternalKernel, scale: float = 0.25, atol: float = 1e-13) -> Answer:
    """The answer of a kernel that answers right."""
    Q, K, V = inputs()
    answer = kernel(Q, K, V, scale)
    assert isinstance(answer, Answer), answer
    assert answer.output.dtype == np.float64
    assert answer.seconds >= 0
    np.testing.assert_allclose(answer.output, softmax(Q, K, V, scale), rtol=0, atol=atol)
    return answer


def failure(kernel: ChildKernel | ExternalKernel, what: int = 0) -> Failure:
    """The failure of a kernel that fails."""
    outcome = kernel(*inputs(what=what), 0.25)
    assert isinstance(outcome, Failure), outcome
    assert len(outcome.reason.splitlines()) == 1
    return outcome


FAILURES = {
    1: ("timeout", "no answer after 1 seconds"),
    2: ("timeout", "no answer after 1 seconds"),
    3: ("crashed", "the process ended with exit code 3"),
    4: ("crashed", "the process ended with exit code 0"),
    5: ("crashed", "killed by SIGSEGV"),
    6: ("crashed", "killed by SIGABRT; it said: corrupted size vs. prev_size"),
    7: ("memory", "killed by SIGKILL, as systems do when memory runs out"),
    8: ("memory", "allocate 100. GiB"),
    9: ("memory", "(the limit is 512 MiB)"),
    10: ("raised", "RuntimeError: no kernel for this shape"),
    11: ("raised", "SystemExit: 7"),
    12: ("raised", "KeyboardInterrupt: (no message)"),
    13: ("declined", "too long"),
    14: ("shape", "shape (5,) (float64), expected (5, 2)"),
    15: ("shape", "shape (4, 2) (float64), expected (5, 2)"),
    16: ("shape", "no array of real numbers (NoneType)"),
    17: ("shape", "no array of real numbers (list)"),
    18: ("shape", "no array of real numbers (list)"),
    19: ("shape", "no array of real numbers (complex128)"),
    20: ("mutated", "the kernel changed its input Q"),
    21: ("mutated", "the kernel changed its input K and V"),
    22: ("crashed", ""),
}
"""The kind and the reason, for the first of KINDS."""


@pytest.mark.parametrize("numbers", [range(1, 3), range(3, 23)])
def test_a_failure_is_named_and_the_next_call_is_right(file: Path, numbers: Sequence[int]) -> None:
    with child(file, timeout=1.0 if max(numbers) <= 2 else 60.0) as kernel:
        kernel.load()
        for number in numbers:
            outcome = failure(kernel, number)
            kind, reason = FAILURES[number]
            assert outcome.kind == kind, outcome
            assert reason in outcome.reason
            right(kernel)


def test_what_does_no_harm_is_an_answer(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with child(file) as kernel:
        kernel.load()
        (process,) = [running.process for running in kernel._running]
        for what in (23, 24, 25):
            Q, K, V = inputs(what=what)
            answer = kernel(Q, K, V, 0.25)
            assert isinstance(answer, Answer), answer
            np.testing.assert_allclose(answer.output, softmax(Q, K, V, 0.25), atol=1e-13)
        bad, whole = kernel(*inputs(what=26), 1.0), kernel(*inputs(what=27), 1.0)
        assert process.poll() is None
    assert isinstance(bad, Answer)
    assert np.isnan(bad.output).all()
    assert isinstance(whole, Answer)
    assert whole.dtype == "int32"
    assert not whole.output.any()
    assert capfd.readouterr() == ("", "")


def test_inputs_stay_as_they_are_and_may_be_read_only(file: Path) -> None:
    Q, K, V = inputs(what=20)
    before = [X.copy() for X in (Q, K, V)]
    for X in (Q, K, V):
        X.setflags(write=False)
    with child(file) as kernel:
        assert isinstance(kernel(Q, K, V, 0.25), Failure)
    assert all(np.array_equal(X, Y) for X, Y in zip(before, (Q, K, V), strict=True))


@pytest.mark.parametrize(("seed", "same"), [(None, False), (2**40, True)])
def test_a_seed_makes_it_deterministic(file: Path, seed: int | None, same: bool) -> None:
    with child(f"{file}:varies", Conventions(seed=seed)) as kernel:
        first, second = kernel(*inputs(), 1.0), kernel(*inputs(), 1.0)
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert np.array_equal(first.output, second.output) == same


@pytest.mark.parametrize(("dtype", "atol"), [("float32", 1e-5), ("float16", 2e-2)])
def test_the_dtype_is_the_kernels(file: Path, dtype: Dtype, atol: float) -> None:
    with child(f"{file}:types", Conventions(dtype=dtype)) as kernel:
        assert right(kernel, atol=atol).dtype == dtype


def test_layout_and_a_scale_that_is_built_in(file: Path) -> None:
    with child(f"{file}:built_in", Conventions(scale="1/d")) as kernel:
        right(kernel, 0.25)
        right(kernel, 1.0)
    with child(f"{file}:batched", Conventions(layout="bhnd")) as kernel:
        right(kernel)


@pytest.mark.parametrize("scale", ["argument", "1/d", "1/sqrt(d)", "1"])
@pytest.mark.parametrize("layout", ["nd", "bhnd"])
def test_prepared_inputs_compute_the_same(scale: Scale, layout: Layout) -> None:
    Q, K, V = inputs()
    conventions = Conventions(scale=scale, layout=layout)
    given = [X.reshape(X.shape[-2:]) for X in prepared(Q, K, V, 0.5, conventions)]
    left = conventions.built_in(4)
    computed = softmax(given[0], given[1], given[2], 0.5 if left is None else left)
    np.testing.assert_allclose(computed, softmax(Q, K, V, 0.5), atol=1e-14)


def test_bfloat16_by_its_bits() -> None:
    values = np.array([[1.0, -2.5, 0.0, 255 * 2.0**120, 2.0**-130, 1 + 2.0**-8, 1 + 3 * 2.0**-8, np.inf]])
    held = (bits_of(values).astype(np.uint32) << 16).view(np.float32)
    expected = [[1.0, -2.5, 0.0, 255 * 2.0**120, 2.0**-130, 1.0, 1 + 2.0**-6, np.inf]]
    assert np.array_equal(held, expected)


@pytest.mark.parametrize("name", ["softmax32", "polynomial[error=1e-3]", "logspace"])
def test_our_algorithms_and_their_promises(name: str) -> None:
    Q, K, V = inputs()
    with child(name) as kernel:
        answer, promised = kernel(Q, K, np.abs(V), 0.25), kernel.promise(Q, K, np.abs(V), 0.25)
    assert isinstance(answer, Answer)
    assert isinstance(promised, float)
    assert np.abs(answer.output - softmax(Q, K, np.abs(V), 0.25)).max() <= promised < 1e-2


def test_a_promise_is_the_largest_error_and_none_where_it_is_not_made(file: Path) -> None:
    with child(f"{file}:Keeps") as kernel:
        Q, K, V = inputs()
        assert kernel.promise(Q, K, V, 0.25) == pytest.approx(0.25 + 0.5 * np.abs(V).max())
        right(kernel)
        assert kernel.promise(*inputs(n=1), 0.25) is None
        assert kernel.promise(*inputs(n=9), 0.25) is None
    with child(f"{file}:softmax") as kernel:
        assert kernel.promise(*inputs(), 0.25) is None


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("Nan", "raised", "nan"),
        ("Raises", "raised", "RuntimeError: no idea"),
        ("Dies", "crashed", "exit code 3"),
        ("Hangs", "timeout", "no answer after 0.5 seconds"),
    ],
)
def test_a_promise_that_fails_is_a_failure(file: Path, name: str, kind: str, said: str) -> None:
    with child(f"{file}:{name}", timeout=0.5) as kernel:
        failure = kernel.promise(*inputs(), 0.25)
        assert isinstance(failure, Failure)
        assert (failure.kind, said in failure.reason) == (kind, True), failure
        results = list(islice(promises(kernel, []), 2))
        assert results[0].status == ("timeout" if kind == "timeout" else "crashed")
        assert "asked for its promise" in results[0].reason if name == "Raises" else True
        if name in ("Nan", "Raises"):
            assert {result.status for result in results} == {"crashed"}


def test_an_answer_without_an_end_is_late(file: Path) -> None:
    """A kernel that writes into the pipe of its process, and never ends a line."""
    file.write_text("""
import os, sys, time


def flood(Q, K, V, scale):
    answers = int(sys.argv[2])
    while True:
        os.write(answers, b"x")
        time.sleep(0.01)
""")
    with child(f"{file}:flood", timeout=0.5) as kernel:
        assert failure(kernel).kind == "timeout"


def test_a_disk_that_is_full_is_a_failure(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with child(f"{file}:softmax") as kernel:
        right(kernel)
        with monkeypatch.context() as patched:
            patched.setattr("numpy.save", full)
            assert "No space left" in failure(kernel).reason
        right(kernel)


def test_a_module_is_found_in_a_directory_and_sees_the_users_search_path(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    with child("kernels:search_path", path=file.parent) as kernel:
        answer = kernel(*inputs(), 1.0)
    assert isinstance(answer, Answer)
    assert not answer.output.any()
    monkeypatch.syspath_prepend(str(file.parent))
    with child("kernels:Made") as kernel:
        right(kernel)


def test_an_entry_point_is_found(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "somebodys_kernels-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: somebodys-kernels\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[hardlab.attention]\nsomebodys = kernels:Keeps\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    kernel = kernel_named("somebodys")
    assert isinstance(kernel, ChildKernel)
    with kernel:
        right(kernel)
        assert kernel.promise(*inputs(), 0.25) is not None


def test_a_file_whose_name_is_that_of_a_module_in_use(tmp_path: Path) -> None:
    path = tmp_path / "attention.py"
    path.write_text("import numpy as np\n\n\ndef only(Q, K, V, scale):\n    return np.ones((len(Q), V.shape[1]))\n")
    with child(path) as kernel:
        assert isinstance(kernel(*inputs(), 1.0), Answer)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("softmaxx", "did you mean softmax?"),
        ("polynomial[eror=1]", "unknown parameter of polynomial 'eror'"),
        ("no_such_module:kernel", "cannot be loaded: ModuleNotFoundError"),
        ("math:pi", "is a float: a kernel is a function f(Q, K, V, scale) or an Algorithm"),
        ("no_such_file.py", "there is no such file"),
        ("{folder}/kernels.py:missing", "cannot be loaded: AttributeError"),
        ("{folder}/two.py", "two.py defines first, second: name the kernel, as in"),
        ("{folder}/broken.py", "cannot be loaded: SyntaxError"),
        ("{folder}/exiting.py", "cannot be loaded: SystemExit: 5"),
    ],
)
def test_what_cannot_be_loaded_is_refused_in_one_sentence(
    file: Path, target: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name, text in (
        ("two", "def first(): pass\ndef second(): pass\n"),
        ("broken", "def"),
        ("exiting", "raise SystemExit(5)"),
    ):
        (file.parent / f"{name}.py").write_text(text)
    with pytest.raises(BadInput) as refused:
        object_of(target.replace("{folder}", str(file.parent)), None)
    assert said in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("math:pi", "math:pi is a float: a kernel"),
        ("leaving.py", "leaving.py cannot be loaded: the process ended with exit code 4"),
    ],
)
def test_a_kernel_that_cannot_be_loaded_is_refused(
    tmp_path: Path, target: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "leaving.py").write_text("import os; os._exit(4)")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match=said):
        kernel_named(target)(ONE, ONE, ONE, 1.0)


def test_loading_has_a_limit_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(1000)\n")
    monkeypatch.setattr("hardlab.work.limits.LOADING", 2.0)
    with pytest.raises(BadInput, match="cannot be loaded in 2 seconds"):
        kernel_named(str(tmp_path / "slow.py"))(ONE, ONE, ONE, 1.0)


def test_a_kernel_that_cannot_be_loaded_again_has_crashed(file: Path) -> None:
    with child(file) as kernel:
        assert failure(kernel, 3).kind == "crashed"
        file.write_text("raise OSError('no device')")
        assert failure(kernel) == Failure("crashed", f"{file} cannot be loaded: OSError: no device")


def test_conventions_that_do_not_fit_and_limits_that_are_none() -> None:
    with pytest.raises(BadInput, match="takes \\(n, d\\) and the scale in its inputs"):
        kernel_named("softmax", Conventions(scale="1/d"))(ONE, ONE, ONE, 1.0)
    for timeout, memory in ((0.0, 1), (float("nan"), 1), (float("inf"), 1), (1.0, 0)):
        with pytest.raises(BadInput):
            ChildKernel("softmax", Conventions(), timeout, memory)


def test_without_torch_there_is_no_bfloat16(file: Path) -> None:
    (file.parent / "torch.py").write_text("raise ImportError('not here')")
    with pytest.raises(BadInput, match="takes torch tensors, and torch cannot be imported: not here"):
        kernel_named(f"{file}:softmax", Conventions(dtype="bfloat16"))(ONE, ONE, ONE, 1.0)


@pytest.mark.parametrize(
    ("name", "dtype", "atol"),
    [("attention", "float32", 1e-5), ("Module", "float64", 1e-13)],
)
def test_tensors_in_every_dtype(tensors: Path, name: str, dtype: Dtype, atol: float) -> None:
    with child(f"{tensors}:{name}", Conventions(dtype=dtype, layout="bhnd")) as kernel:
        assert right(kernel, atol=atol).dtype == dtype


def test_tensors_are_watched_and_seeded(tensors: Path) -> None:
    with child(tensors, Conventions(dtype="bfloat16", seed=5)) as kernel:
        assert right(kernel, atol=5e-2).dtype == "bfloat16"
        assert failure(kernel, 1) == Failure("mutated", "the kernel changed its input V")
        assert failure(kernel, 2).kind == "shape"
        first, second = kernel(*inputs(what=3), 1.0), kernel(*inputs(what=3), 1.0)
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert np.array_equal(first.output, second.output)


def test_torchs_own_attention() -> None:
    pytest.importorskip("torch")
    with child("torch.nn.functional:scaled_dot_product_attention", Conventions(scale="1/sqrt(d)", layout="bhnd")) as kernel:
        right(kernel)


def test_a_kernel_that_is_forgotten_leaves_no_process(file: Path) -> None:
    kernel = child(file)
    right(kernel)
    (process,) = [running.process for running in kernel._running]
    del kernel
    gc.collect()
    assert process.returncode is not None


@pytest.mark.parametrize("external", [False, True])
def test_ctrl_c_ends_the_kernel(file: Path, external: bool) -> None:
    command = f"{sys.executable} -c 'import time; time.sleep(1000)' {{input}} {{output}}"
    kernel = ExternalKernel(command, Conventions(), 60.0, MEMORY) if external else child(file).load()
    threading.Timer(1.0, _thread.interrupt_main).start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        kernel(*inputs(what=1), 0.25)
    assert time.monotonic() - start < 30
    if isinstance(kernel, ChildKernel):
        right(kernel)
        kernel.close()


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


def test_a_command_gets_bfloat16_and_the_seed(tmp_path: Path) -> None:
    answer = external(tmp_path, "bits", Conventions(dtype="bfloat16"))(*inputs(), 0.25)
    assert isinstance(answer, Answer)
    assert answer.dtype == "float32"
    answer = external(tmp_path, "seed", Conventions(seed=9))(*inputs(), 0.25)
    assert isinstance(answer, Answer)
    assert (answer.output == 9).all()


@pytest.mark.parametrize(
    ("what", "kind", "reason"),
    [
        ("hang", "timeout", "no answer after 1 seconds"),
        ("exit", "crashed", "the process ended with exit code 1; it said: no device"),
        ("abort", "crashed", "killed by SIGABRT"),
        ("memory", "memory", "MemoryError (the limit is 512 MiB)"),
        ("decline", "declined", "too long"),
        ("shape", "shape", "shape (4, 2) of F64, expected (5, 2)"),
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
