"""What kernels of other libraries are known to do otherwise, each on the smallest input that shows it, and what they decline.

A test that fails here tells that a library has changed: then `known` of its peer is out of date.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hardlab.kernels.adapters.adapter import bits_of
from hardlab.kernels.peers.onnx_operator import model_inputs, onnx_attention, run_model
from hardlab.kernels.peers.sdpa import sdpa_cudnn, sdpa_flash, sdpa_math
from instances.faults import BadInput, Declined
from tests.hardlab.kernels.peers.test_definition import there
from tests.support.defined import values
from tests.support.peer_cases import CASES

pytestmark = pytest.mark.peers


def heads(*rows: Any, dtype: str = "float64") -> np.ndarray[Any, Any]:
    return np.array(rows, dtype)[None, None]


def test_torch_says_which_backend_does_not_take_what() -> None:
    there("torch-sdpa-flash")
    torch = import_module("torch")
    X, seen = torch.ones(1, 1, 2, 4), torch.ones(2, 2, dtype=torch.bool)
    with pytest.raises(Declined, match=r"FLASH_ATTENTION backend does not take this: .*last dimension .* stride"):
        sdpa_flash(torch.ones(1, 1, 4, 2).mT, X, X)
    with pytest.raises(Declined, match=r"MATH backend does not take this: .*attn_mask should not be set"):
        sdpa_math(X, X, X, seen, is_causal=True)
    with pytest.raises(Declined, match="CUDNN_ATTENTION backend does not take this: No viable backend"):
        sdpa_cudnn(X, X, X)
    with pytest.raises(RuntimeError, match="size"):
        sdpa_math(X, torch.ones(1, 1, 2, 3), X)
    assert sdpa_flash(X, X, X, seen, is_causal=True).shape == X.shape


def test_jax_takes_the_softmax_of_float64_in_float32() -> None:
    there("jax")
    jax = import_module("jax")
    q, k, v = (jax.numpy.asarray(np.array(rows)[None, :, None]) for rows in ([[0.0]], [[0.0]] * 3, [[1.0], [0.0], [0.0]]))
    found = jax.nn.dot_product_attention(q, k, v)
    assert found.dtype == "float64"
    assert float(found[0, 0, 0, 0]) == float(np.float32(1 / 3)) != 1 / 3


def test_jax_gives_the_mean_of_values_where_no_key_is_seen() -> None:
    there("jax")
    jax = import_module("jax")
    q, k, v = (jax.numpy.asarray(np.array(rows)[None, :, None]) for rows in ([[5.0]], [[1.0], [0.0]], [[1.0], [0.0]]))
    found = jax.nn.dot_product_attention(q, k, v, mask=jax.numpy.zeros((1, 1, 1, 2), bool))
    assert float(found[0, 0, 0, 0]) == 0.5


def test_tinygrad_gives_no_number_where_no_key_is_seen() -> None:
    there("tinygrad")
    from hardlab.kernels.peers.tinygrad_sdpa import sdpa

    grad = import_module("tinygrad")
    X = grad.Tensor(np.ones((1, 1, 2, 1), np.float32))
    output = sdpa(X, X, X, grad.Tensor(np.array([[True, True], [False, False]]))).numpy()
    assert np.isnan(output[0, 0, :, 0]).tolist() == [False, True]


def test_tinygrad_and_onnxruntime_keep_the_scores_of_float16_in_float16() -> None:
    """256 x 256 is infinite there, and a score of 2049 is one of 2048."""
    there("onnxruntime")
    q, k, v = heads([256.0], dtype="float16"), heads([256.0], [-256.0], dtype="float16"), heads([1.0], [0.0], dtype="float16")
    assert np.isnan(onnx_attention(q, k, v, 1.0)).all()
    assert onnx_attention(q, k / 2, v, 1.0)[0, 0, 0, 0] == 1
    q, k = heads([64.0, 1.0], dtype="float16"), heads([32.0, 1.0], [32.0, 0.0], dtype="float16")
    assert onnx_attention(q, k, v, 1.0)[0, 0, 0, 0] == 0.5
    there("tinygrad")
    from hardlab.kernels.peers.tinygrad_sdpa import sdpa

    grad = import_module("tinygrad")
    q, k = heads([256.0], dtype="float16"), heads([256.0], [-256.0], dtype="float16")
    assert np.isnan(sdpa(*(grad.Tensor(X) for X in (q, k, v))).numpy()).all()


def test_onnxruntime_has_the_root_of_the_scale_in_float32() -> None:
    """In float64 it is off by as much, unless the root has no more digits: 1/4 is the square of one that has not."""
    there("onnxruntime")
    q, k, v = heads([1.0]), heads([1.0], [0.0]), heads([1.0], [0.0])
    off = [abs(float(onnx_attention(q, k, v, scale)[0, 0, 0, 0]) - 1 / (1 + np.exp(-scale))) for scale in (0.25, 0.5)]
    assert off[0] < 1e-15
    assert 1e-10 < off[1] < 1e-7


def test_onnxruntime_declines_what_it_has_no_kernel_for() -> None:
    there("onnxruntime")
    X = heads([1.0], dtype="float32")
    for scale in (0.0, -1.0):
        with pytest.raises(Declined, match="takes scales above 0, and this is"):
            onnx_attention(X, X, X, scale)


def model(file: Path, type_: str, mask: bool = False, inside: str | None = None) -> Path:
    """A model of one node in a file, between casts where it computes in another type."""
    onnx = import_module("onnx")
    helper, inputs = import_module("onnx.helper"), [f"any{i}" for i in range(3)]
    of = getattr(onnx.TensorProto, type_)
    taken = [helper.make_tensor_value_info(name, of, list("bhnd")) for name in (*inputs, "out")]
    taken[1:3] = [helper.make_tensor_value_info(name, of, list("bgmd")) for name in inputs[1:]]
    nodes, names = [], inputs
    if inside is not None:
        names = [f"{name} inside" for name in inputs]
        nodes = [
            helper.make_node("Cast", [name], [cast], to=getattr(onnx.TensorProto, inside))
            for name, cast in zip(inputs, names, strict=True)
        ]
    seen = [helper.make_tensor_value_info("seen", onnx.TensorProto.BOOL, ["n", "m"])] if mask else []
    last = "out" if inside is None else "out inside"
    nodes.append(helper.make_node("Attention", [*names, *(["seen"] if mask else [])], [last]))
    if inside is not None:
        nodes.append(helper.make_node("Cast", [last], ["out"], to=of))
    graph = helper.make_graph(nodes, "attention", [*taken[:3], *seen], taken[3:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=11), file)
    return file


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_a_model_file_is_run_by_the_places_of_its_inputs(tmp_path: Path, dtype: str) -> None:
    there("onnxruntime")
    of, given = CASES["one mask for all"].asked("float16")
    of = of._replace(scale=8**-0.5)
    file = model(tmp_path / "masked.onnx", {"float32": "FLOAT", "float16": "FLOAT16"}[dtype], mask=True)
    assert model_inputs(file) == ("any0", "any1", "any2", "seen")
    Q, K, V = (X.astype(dtype) for X in (of.Q, of.K, of.V))
    found = run_model(file, Q, K, V, given["mask"])
    assert found.dtype == dtype
    assert np.abs(found - values(of)[0]).max() < {"float32": 1e-6, "float16": 4e-3}[dtype]


def test_a_model_file_takes_bfloat16_by_its_bits(tmp_path: Path) -> None:
    there("onnxruntime")
    of, _ = CASES["groups"].asked("bfloat16")
    file = model(tmp_path / "cast.onnx", "BFLOAT16", inside="FLOAT")
    Q, K, V = (bits_of(X) for X in (of.Q, of.K, of.V))
    found = run_model(file, Q, K, V)
    assert found.dtype.name == "bfloat16"
    assert np.abs(found.astype(float) - values(of._replace(scale=8**-0.5))[0]).max() < 1e-2
    again = run_model(file, Q.view(found.dtype), K.view(found.dtype), V.view(found.dtype))
    assert (again == found).all()


def test_a_model_file_that_does_not_fit_says_so(tmp_path: Path) -> None:
    there("onnxruntime")
    X = np.ones((1, 1, 2, 4), np.float32)
    file = model(tmp_path / "plain.onnx", "FLOAT")
    with pytest.raises(BadInput, match=r"takes 3 inputs \(any0, any1, any2\), and Q, K, V, mask are given"):
        run_model(file, X, X, X, np.ones((2, 2), bool))
    with pytest.raises(Declined, match=r"takes tensor\(float\) as any0, and float64 is given"):
        run_model(file, X.astype(float), X, X)
    (tmp_path / "none.onnx").write_text("no model")
    with pytest.raises(BadInput, match="ONNX Runtime cannot load the model"):
        model_inputs(tmp_path / "none.onnx")
    with pytest.raises(BadInput, match=r"missing\.onnx: No such file"):
        model_inputs(tmp_path / "missing.onnx")
    with pytest.raises(Declined, match="ONNX Runtime has no kernel"):
        model_inputs(model(tmp_path / "brain.onnx", "BFLOAT16"))
