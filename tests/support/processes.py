"""Kernels that fail in every way, called in processes."""

from pathlib import Path

import numpy as np

from hardlab.kernels.child import ChildKernel
from hardlab.kernels.external import ExternalKernel
from hardlab.kernels.kernel import Answer, Conventions
from hardlab.work.failure import Failure
from instances.coded import Floats

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
