"""`attend` of torch tensors: the type comes back, its rounding is in the promise; torch itself where it is, else a stand-in."""

import importlib.util
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from attention import attend, merge
from attention.tensors import Output, is_tensor
from instances.faults import BadInput, Declined
from tests.support import fake_torch
from tests.support.attending import NAMES, arrays, certainly_within

TYPES = ("float16", "bfloat16", "float32", "float64")
ERROR = {"float16": 2e-3, "bfloat16": 1e-2, "float32": 1e-5, "float64": 1e-5}


class Torch:
    """Tensors of one kind, and their values."""

    def __init__(self, real: bool) -> None:
        self.real = real

    def tensor(self, array: Any, name: str, **about: Any) -> Any:
        if not self.real:
            return fake_torch.tensor(array, name, **about)
        import torch

        made = torch.from_numpy(np.array(array)).to(getattr(torch, name))
        return made.requires_grad_() if about.get("requires_grad") else made

    def values(self, tensor: Any) -> Any:
        found = tensor.to(self.tensor(np.zeros(1), "float64").dtype)
        return np.array(found.numpy())


@pytest.fixture(params=["stand-in", pytest.param("torch", marks=pytest.mark.peers)])
def torch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Torch:
    if request.param == "torch":
        if importlib.util.find_spec("torch") is None:
            pytest.skip("torch is not installed")
        return Torch(True)
    fake_torch.installed(monkeypatch)
    return Torch(False)


def given(found: Any) -> str:
    return str(found.output.dtype).removeprefix("torch.")


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("batch", [(), (2, 1)])
def test_the_type_comes_back_within_the_promise(torch: Torch, name: str, batch: tuple[int, ...]) -> None:
    """In ball arithmetic, of the values that the tensors hold."""
    tensors = [torch.tensor(x, name) for x in arrays(batch=batch)]
    found = attend(*tensors, error=ERROR[name])
    assert given(found) == name
    assert found.output.__class__ is tensors[0].__class__
    assert found.promise <= ERROR[name]
    output, (Q, K, V) = torch.values(found.output), map(torch.values, tensors)
    for head in np.ndindex(batch):
        one = type(found)(output[head], found.algorithm, found.promise)
        certainly_within(one, Q[head], K[head], V[head], 1 / np.sqrt(3), range(5))


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("algorithm", NAMES)
def test_every_algorithm(torch: Torch, name: str, algorithm: str) -> None:
    tensors = [torch.tensor(x, name) for x in arrays()]
    assert given(attend(*tensors, error=ERROR[name], algorithm=algorithm)) == name


@pytest.mark.parametrize("name", TYPES)
def test_parts_are_merged(torch: Torch, name: str) -> None:
    """Logarithms come as tensors of float64, whatever the type; merged outputs in their type again."""
    Q, K, V = (torch.tensor(x, name) for x in arrays())
    whole = attend(Q, K, V, error=ERROR[name], logsumexp=True)
    of_V = [torch.tensor(torch.values(x)[part], name) for part in (slice(0, 3), slice(3, 7)) for x in (K, V)]
    found = merge([attend(Q, *of_V[2 * t : 2 * t + 2], error=ERROR[name], logsumexp=True) for t in (0, 1)])
    assert found.output.__class__ is found.logsumexp.__class__ is Q.__class__
    assert (given(found), str(found.logsumexp.dtype)) == (name, "torch.float64")
    apart = np.abs(torch.values(found.output) - torch.values(whole.output)).max()
    assert apart <= found.promise + whole.promise
    assert found.promise <= 8 * ERROR[name]
    assert torch.values(found.logsumexp) == pytest.approx(torch.values(whole.logsumexp), abs=1e-4)


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_without_an_error_the_rounding_of_16_bits_is_allowed(torch: Torch, name: str) -> None:
    tensors = [torch.tensor(x, name) for x in arrays()]
    found = attend(*tensors)
    assert found.promise <= 1e-6 + {"float16": 2.0**-11, "bfloat16": 2.0**-8 + 2.0**-24 + 2.0**-32}[name] * 1.001
    with pytest.raises(Declined, match=f"rounding of a {name} output, .*: give float32 or float64"):
        attend(*tensors, error=1e-6)
    huge = [*tensors[:2], torch.tensor(1e4 * arrays()[2], name)]
    with pytest.raises(Declined, match="give error = "):
        attend(*huge, error=1e-13)


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("edge", ["largest", "smallest"])
def test_values_at_the_ends_of_the_type(torch: Torch, name: str, edge: str) -> None:
    """What is computed may be just beyond the largest number, and becomes no infinity; the smallest are subnormal."""
    largest = {"float16": 65504.0, "bfloat16": (2 - 2.0**-7) * 2.0**127, "float32": (2 - 2.0**-23) * 2.0**127, "float64": 1e300}
    smallest = {"float16": 2.0**-24, "bfloat16": 2.0**-133, "float32": 2.0**-149, "float64": 1e-300}
    value = (largest if edge == "largest" else smallest)[name]
    Q, K, _ = arrays()
    V = np.full((7, 2), value)
    V[3, 1] = 0
    tensors = [torch.tensor(x, name) for x in (Q, K, V)]
    found = attend(*tensors, error=max(value / 50, 1e-4 if edge == "smallest" else 0))
    output = torch.values(found.output)
    assert np.isfinite(output).all()
    assert np.abs(output[:, 0] - value).max() <= found.promise


def test_mixed_inputs(torch: Torch) -> None:
    """Torch's own rules: the wider of two types, and of the two of 16 bits float32."""
    Q, K, V = arrays()

    def mixed(*names: str) -> str:
        return given(attend(*(torch.tensor(x, name) for x, name in zip((Q, K, V), names, strict=True)), error=1e-2))

    assert mixed("float16", "bfloat16", "float16") == "float32"
    assert mixed("float32", "bfloat16", "float32") == "float32"
    assert mixed("float64", "bfloat16", "float32") == "float64"
    assert mixed("float16", "float16", "int64") == "float64"
    found = attend(torch.tensor(Q, "float16"), K, V)
    assert given(found) == "float64"
    assert not isinstance(found.output, np.ndarray)


def test_what_cannot_be_taken_is_bad_input(torch: Torch) -> None:
    Q, K, V = arrays()
    with pytest.raises(BadInput, match=r"^K requires grad.*: give K.detach\(\)$"):
        attend(Q, torch.tensor(K, "float32", requires_grad=True), V)
    with pytest.raises(BadInput, match=r"^V holds NaN"):
        attend(Q, K, torch.tensor(np.full_like(V, np.nan), "bfloat16"))
    with pytest.raises(BadInput, match="have shapes"):
        attend(torch.tensor(Q[0], "float32"), K, V)
    if torch.real:
        import torch as real

        with pytest.raises(BadInput, match=r"^Q is stored as torch.sparse_coo.*: give Q.to_dense\(\)"):
            attend(real.from_numpy(Q).to_sparse(), K, V)
        with pytest.raises(BadInput, match=r"^Q is on meta.*: give Q.cpu\(\)"):
            attend(real.empty(Q.shape, device="meta"), K, V)
        with pytest.raises(BadInput, match=r"^Q is of torch.float8"):
            attend(real.from_numpy(Q).to(real.float8_e4m3fn), K, V)
        with pytest.raises(BadInput, match=r"^Q has the type complex"):
            attend(real.from_numpy(Q).to(real.complex64), K, V)
        with pytest.raises(BadInput, match=r"^Q requires grad"):
            attend(real.nn.Parameter(real.from_numpy(Q)), K, V)


@pytest.mark.parametrize(
    ("about", "said"),
    [({"device": "cuda"}, r"K is on cuda:0.*K.cpu\(\)"), ({"layout": "torch.sparse_csr"}, r"stored as torch.sparse_csr")],
)
def test_a_stand_in_that_is_elsewhere(monkeypatch: pytest.MonkeyPatch, about: dict[str, str], said: str) -> None:
    fake_torch.installed(monkeypatch)
    Q, K, V = arrays()
    with pytest.raises(BadInput, match=said):
        attend(Q, fake_torch.tensor(K, "float32", **about), V)


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32"])
def test_a_rounding_bound_that_is_too_small_would_be_caught(torch: Torch, name: str) -> None:
    """The bound holds for a thousand numbers, and half of it does not."""
    numbers = np.random.default_rng(1).uniform(1, 2, 4096) * 2.0 ** np.repeat([-1, 0], 2048)
    V = torch.tensor(np.ones((1, 1)), name)
    output = Output.of((V, V, V), [np.ones((1, 1), np.float16 if name == "float16" else np.float32)] * 3)
    kept = torch.values(output.given(output.rounded(numbers[:, None], 2.0)))[:, 0]
    error = np.abs(kept - numbers)
    assert (error <= output.rounding(1.0) * np.abs(numbers)).all()
    assert not (error <= output.rounding(1.0) / 2 * np.abs(numbers)).all()


def test_an_array_that_raises_is_bad_input() -> None:
    class Odd:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            raise RuntimeError("only on\nTuesdays")

    Q, _, V = arrays()
    with pytest.raises(BadInput, match=r"^K is not an array: only on Tuesdays$"):
        attend(Q, Odd(), V)


@pytest.mark.slow
def test_torch_is_not_imported() -> None:
    code = (
        "import sys, numpy; from attention import attend; attend(*[numpy.ones((2, 2))] * 3); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def _typed(name: str, module: str) -> object:
    return type(name, (), {"__module__": module})()


@pytest.mark.parametrize(
    ("name", "module", "torch"),
    [
        ("Tensor", "torch", True),
        ("Tensor", "torch._tensor", True),
        ("Tensor", "tinygrad.tensor", False),
        ("Tensor", "torchish", False),
        ("Size", "torch", False),
        ("Other", "elsewhere", False),
    ],
)
def test_whose_tensor_it_is(name: str, module: str, torch: bool) -> None:
    """By the name and the module of its class, or of one that it inherits from, without an import."""
    given = _typed(name, module)
    assert is_tensor(given) == torch
    assert is_tensor(type("Mine", (type(given),), {})()) == torch
