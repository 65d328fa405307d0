"""Kernels called within limits: whatever a kernel does, a call gives an outcome, and nothing is left behind."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from hardlab.conformance.checks.promises import promises
from hardlab.kernels.child import ChildKernel
from hardlab.kernels.kernel import Answer, Conventions
from hardlab.kernels.targets import kernel_named
from hardlab.work.failure import Failure
from instances.faults import BadInput
from tests.support.processes import ONE, child, failure, inputs, right, softmax

pytestmark = pytest.mark.usefixtures("nothing_left")

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
    10: ("declined", "RuntimeError: no kernel for this shape"),
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


@pytest.mark.long
@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_inputs_stay_as_they_are_and_may_be_read_only(file: Path) -> None:
    Q, K, V = inputs(what=20)
    before = [X.copy() for X in (Q, K, V)]
    for X in (Q, K, V):
        X.setflags(write=False)
    with child(file) as kernel:
        assert isinstance(kernel(Q, K, V, 0.25), Failure)
    assert all(np.array_equal(X, Y) for X, Y in zip(before, (Q, K, V), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["softmax32", "polynomial[error=1e-3]", "logspace"])
def test_our_algorithms_and_their_promises(name: str) -> None:
    Q, K, V = inputs()
    with child(name) as kernel:
        answer, promised = kernel(Q, K, np.abs(V), 0.25), kernel.promise(Q, K, np.abs(V), 0.25)
    assert isinstance(answer, Answer)
    assert isinstance(promised, float)
    assert np.abs(answer.output - softmax(Q, K, np.abs(V), 0.25)).max() <= promised < 1e-2


@pytest.mark.slow
def test_a_promise_is_the_largest_error_and_none_where_it_is_not_made(file: Path) -> None:
    with child(f"{file}:Keeps") as kernel:
        Q, K, V = inputs()
        assert kernel.promise(Q, K, V, 0.25) == pytest.approx(0.25 + 0.5 * np.abs(V).max())
        right(kernel)
        assert kernel.promise(*inputs(n=1), 0.25) is None
        assert kernel.promise(*inputs(n=9), 0.25) is None
    with child(f"{file}:softmax") as kernel:
        assert kernel.promise(*inputs(), 0.25) is None


@pytest.mark.long
@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_kernel_that_cannot_be_loaded_again_has_crashed(file: Path) -> None:
    with child(file) as kernel:
        assert failure(kernel, 3).kind == "crashed"
        file.write_text("raise OSError('no device')")
        assert failure(kernel) == Failure("crashed", f"{file} cannot be loaded: OSError: no device")


@pytest.mark.slow
def test_conventions_that_do_not_fit_and_limits_that_are_none() -> None:
    with pytest.raises(BadInput, match="takes \\(n, d\\) and the scale in its inputs"):
        kernel_named("softmax", Conventions(scale="1/d"))(ONE, ONE, ONE, 1.0)
    for timeout, memory in ((0.0, 1), (float("nan"), 1), (float("inf"), 1), (1.0, 0)):
        with pytest.raises(BadInput):
            ChildKernel("softmax", Conventions(), timeout, memory)
