"""Kernels as they are called: seeds, precisions, layouts, scales and tensors."""

import sys
from pathlib import Path

import numpy as np
import pytest

from hardlab.kernels.adapters.adapter import bits_of
from hardlab.kernels.call import Call
from hardlab.kernels.callee import Callee
from hardlab.kernels.kernel import Answer, Conventions, Dtype
from hardlab.kernels.targets import kernel_named
from hardlab.work.failure import Failure
from instances.faults import BadInput
from tests.support.processes import ONE, child, failure, inputs, right

pytestmark = pytest.mark.usefixtures("nothing_left")

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


@pytest.fixture
def tensors(tmp_path: Path) -> Path:
    pytest.importorskip("torch")
    path = tmp_path / "tensors.py"
    path.write_text(TENSORS)
    return path


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "same"), [(None, False), (2**40, True)])
def test_a_seed_makes_it_deterministic(file: Path, seed: int | None, same: bool) -> None:
    with child(f"{file}:varies", Conventions(seed=seed)) as kernel:
        first, second = kernel(*inputs(), 1.0), kernel(*inputs(), 1.0)
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert np.array_equal(first.output, second.output) == same


@pytest.mark.slow
@pytest.mark.parametrize(("dtype", "atol"), [("float32", 1e-5), ("float16", 2e-2)])
def test_the_dtype_is_the_kernels(file: Path, dtype: Dtype, atol: float) -> None:
    with child(f"{file}:types", Conventions(dtype=dtype)) as kernel:
        assert right(kernel, atol=atol).dtype == dtype


@pytest.mark.slow
def test_layout_and_a_scale_that_is_built_in(file: Path) -> None:
    with child(f"{file}:built_in", Conventions(scale="1/d")) as kernel:
        right(kernel, 0.25)
        right(kernel, 1.0)
    with child(f"{file}:batched", Conventions(layout="bhnd")) as kernel:
        right(kernel)


def test_bfloat16_by_its_bits() -> None:
    values = np.array([[1.0, -2.5, 0.0, 255 * 2.0**120, 2.0**-130, 1 + 2.0**-8, 1 + 3 * 2.0**-8, np.inf]])
    held = (bits_of(values).astype(np.uint32) << 16).view(np.float32)
    expected = [[1.0, -2.5, 0.0, 255 * 2.0**120, 2.0**-130, 1.0, 1 + 2.0**-6, np.inf]]
    assert np.array_equal(held, expected)


@pytest.mark.slow
def test_without_torch_there_is_no_bfloat16(file: Path) -> None:
    (file.parent / "torch.py").write_text("raise ImportError('not here')")
    with pytest.raises(BadInput, match="takes torch tensors, and torch cannot be imported: not here"):
        kernel_named(f"{file}:softmax", Conventions(dtype="bfloat16"))(ONE, ONE, ONE, 1.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "dtype", "atol"),
    [("attention", "float32", 1e-5), ("Module", "float64", 1e-13)],
)
def test_tensors_in_every_dtype(tensors: Path, name: str, dtype: Dtype, atol: float) -> None:
    with child(f"{tensors}:{name}", Conventions(dtype=dtype, layout="bhnd")) as kernel:
        assert right(kernel, atol=atol).dtype == dtype


@pytest.mark.slow
def test_tensors_are_watched_and_seeded(tensors: Path) -> None:
    with child(tensors, Conventions(dtype="bfloat16", seed=5)) as kernel:
        assert right(kernel, atol=5e-2).dtype == "bfloat16"
        assert failure(kernel, 1) == Failure("mutated", "the kernel changed its input V")
        assert failure(kernel, 2).kind == "shape"
        first, second = kernel(*inputs(what=3), 1.0), kernel(*inputs(what=3), 1.0)
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert np.array_equal(first.output, second.output)


@pytest.mark.slow
def test_torchs_own_attention() -> None:
    pytest.importorskip("torch")
    with child("torch.nn.functional:scaled_dot_product_attention", Conventions(scale="1/sqrt(d)", layout="bhnd")) as kernel:
        right(kernel)


SWALLOWS = """
import numpy as np
SEEN = []


def anything(Q, K, V, **words):
    SEEN.append(sorted(words))
    return V[..., :1, :] + 0 * Q[..., :1]


def named(Q, K, V, attn_mask=None, is_causal=False, scale=None):
    SEEN.append([])
    return V[..., :1, :] + 0 * Q[..., :1]
"""


@pytest.mark.parametrize(("kernel", "told"), [("anything", True), ("named", False)])
def test_keywords_that_may_be_left_out_are_given_to_whoever_may_take_them(tmp_path: Path, kernel: str, told: bool) -> None:
    """One that takes any keyword is told of groups of heads; one whose keywords are known, and are others, is not."""
    (tmp_path / "swallows.py").write_text(SWALLOWS)
    callee = Callee(f"swallows:{kernel}", tmp_path, Conventions(convention="sdpa"))
    X = np.ones((1, 4, 2, 8))
    callee.call(Call(X, X[:, :2], X[:, :2], 1.0))
    seen = sys.modules["swallows"].SEEN[-1]
    assert ("enable_gqa" in seen) == told
    del sys.modules["swallows"]
