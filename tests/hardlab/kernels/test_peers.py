"""Attention of other libraries, by the checks that it passes and fails: torch's and KeOps's are conformant, approximations are
right where softmax is nearly flat and wrong on tasks from reductions. And the table of all of them.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from hardlab.conformance.arithmetic import reference, representable
from hardlab.conformance.checking import checked, checks
from hardlab.conformance.checks.decisions import decisions
from hardlab.conformance.checks.definition import definition
from hardlab.conformance.ladder import ladder
from hardlab.conformance.result import FAILED, Result, verdict
from hardlab.conformance.suffered import Suffered
from hardlab.kernels.call import FEATURES
from hardlab.kernels.conventions import CONVENTIONS
from hardlab.kernels.kernel import Answer, Conventions, Dtype, Kernel
from hardlab.kernels.peers import LANDMARKS, PEERS, Peer, installed, missing
from hardlab.kernels.targets import kernel_named
from hardlab.work.failure import Failure
from instances.task import Attention

BY_NAME = {peer.name: peer for peer in PEERS}
APPROXIMATE = ("Performer", "Taylor series", "Nystrom")


def there(name: str) -> Peer:
    """The peer, or the test is skipped."""
    peer = BY_NAME[name]
    reason = missing(peer)
    if reason is not None:
        pytest.skip(reason)
    return peer


def kernel(name: str, dtype: Dtype) -> Kernel:
    return kernel_named(there(name).target, Conventions(dtype=dtype))


def extras() -> set[str]:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    return set(project["project"]["optional-dependencies"])


def beyond(results: list[Result]) -> list[dict[str, float | str]]:
    """The places on the ladder that lie beyond the precision."""
    return [dict(result.axes) for result in results if result.status == "beyond"]


def worst_rows(of: Kernel, n: int, shapes: tuple[tuple[int, int], ...]) -> list[Result]:
    """The worst rows of T5 at n and every R0."""
    rungs = (rung for rung in ladder((n,), shapes=shapes) if (rung.construction, rung.family) == ("T5", "worst"))
    return list(decisions(of, rungs))


def test_peers_are_told_apart_and_those_that_take_matrices_are_here() -> None:
    assert len(BY_NAME) == len(PEERS) == len({peer.target for peer in PEERS})
    for peer in PEERS:
        module, _, function = peer.target.partition(":")
        assert peer.dtypes
        assert peer.extra in extras()
        assert set(peer.features) <= set(FEATURES)
        assert peer.convention in CONVENTIONS
        if peer.convention == "plain":
            assert callable(getattr(sys.modules[module], function))
            assert not peer.features


def test_a_missing_peer_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    there_is = {"onnx": None, "onnxruntime": None, "pykeops": object()}
    monkeypatch.setattr("hardlab.kernels.peers.find_spec", there_is.get)
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert missing(BY_NAME["onnxruntime"]) == ("onnx and onnxruntime are not installed: pip install 'hardness-lab[onnx]'")
    assert missing(BY_NAME["jax"]) == "jax is not installed: pip install 'hardness-lab[jax]'"
    assert missing(BY_NAME["KeOps"]) == (
        "KeOps compiles its kernels, and there is no C++ compiler: install g++, or name one in CXX"
    )
    assert installed() == ()


def test_looking_for_peers_imports_none_of_them() -> None:
    libraries = sorted({library for peer in PEERS for library in peer.libraries})
    program = f"import sys, hardlab.kernels.peers as p; p.installed(); print([x for x in {libraries} if x in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


@pytest.mark.peers
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_torch_is_conformant(dtype: Dtype) -> None:
    results = list(checked(checks(Suffered(kernel("torch SDPA", dtype)), (64,))))
    assert verdict(results) == "conformant", [result.reason for result in results if result.status in FAILED]
    assert not beyond(results)
    assert {result.status for result in results} == {"passed", "skipped"}


@pytest.mark.peers
@pytest.mark.parametrize(("dtype", "lost"), [("bfloat16", 2.0), ("float16", 1.05)])
def test_sixteen_bits_are_conformant_and_end_at_small_margins(dtype: Dtype, lost: float) -> None:
    """Rows of T5 are lost to the rounding of the inputs, at no more than that R0, and none at the larger ones."""
    results = list(checked(checks(Suffered(kernel("torch SDPA", dtype)), (64,))))
    assert verdict(results) == "conformant", [result.reason for result in results if result.status in FAILED]
    ends = beyond(results)
    assert {place["construction"] for place in ends} == {"T5"}
    assert max(float(place["R0"]) for place in ends) == lost


@pytest.mark.peers
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_keops_is_conformant(dtype: Dtype) -> None:
    """On widths for which it compiles one formula or two."""
    of = kernel("KeOps", dtype)
    found = [*definition(of), *worst_rows(of, 16, ((48, 16),))]
    assert {result.status for result in found} <= {"passed", "skipped"}
    assert sum(result.status == "passed" for result in found) > 10


@pytest.mark.peers
@pytest.mark.parametrize("name", ["torch SDPA", *APPROXIMATE])
def test_peers_are_close_where_softmax_is_nearly_flat(name: str) -> None:
    """Closer than uniform weights are, and the same in every call; more queries than keys, V wider than K, a scale below 0."""
    random, of = np.random.default_rng(1), kernel(name, "float32")
    Q, K, V = (representable(random.normal(size=shape), "float32") for shape in ((150, 6), (70, 6), (70, 9)))
    V[:, 0] = K[:, 0]
    for scale in (1 / 6, -1 / 6):
        outcome, again = of(Q, K, V, scale), of(Q, K, V, scale)
        assert isinstance(outcome, Answer), outcome
        assert isinstance(again, Answer), again
        assert outcome.dtype == "float32"
        assert (outcome.output == again.output).all()
        exact = reference(Attention(Q, K, V, scale), "float64")
        error, uniform = (float(np.sqrt(np.mean((X - exact) ** 2))) for X in (outcome.output, V.mean(axis=0)))
        assert error < uniform / 2


@pytest.mark.peers
@pytest.mark.parametrize("name", APPROXIMATE)
def test_approximations_lose_decisions_that_their_precision_keeps(name: str) -> None:
    results = worst_rows(kernel(name, "float32"), 2 * LANDMARKS, ((48, 4),))
    assert verdict(results) == "wrong"
    assert sum(result.status == "wrong" for result in results) > len(results) / 2
    for result in results:
        if result.status == "wrong":
            assert "some that the precision keeps" in result.reason
            assert result.counterexample is not None
            assert result.delivered is not None
            assert result.demanded is not None
            assert result.delivered > result.demanded


@pytest.mark.peers
def test_nystrom_declines_fewer_keys_than_landmarks() -> None:
    of = kernel("Nystrom", "float32")
    results = worst_rows(of, 16, ((48, 16),))
    assert {result.status for result in results} == {"declined"}
    assert verdict(results) == "declined"
    X = np.ones((LANDMARKS - 1, 2))
    outcome = of(X, X, X, 1.0)
    reason = f"nystrom-attention projects keys to {LANDMARKS} landmarks, and there are {LANDMARKS - 1}"
    assert outcome == Failure("declined", reason)
