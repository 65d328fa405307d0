"""Gradients of a library, through its adapter, are those of the definition; whose arrays a kernel is likely to take."""

import json
import sys
from functools import wraps
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from hardlab.conformance.dense import meant
from hardlab.kernels.adapters import adapter_named, likely, on_device
from hardlab.kernels.adapters.adapter import WrongGradients
from hardlab.kernels.call import Call
from instances.faults import BadInput


def operands() -> list[Any]:
    random = np.random.default_rng(0)
    return [random.standard_normal((1, 1, 3, 4)).astype(np.float32) for _ in range(4)]


def attention(library: str) -> Any:
    """softmax(Q K^T / 2) V of it."""
    if library == "jax":
        jax = pytest.importorskip("jax")
        return lambda q, k, v: jax.nn.softmax(q @ k.swapaxes(-1, -2) / 2, axis=-1) @ v
    return lambda q, k, v: (q @ k.transpose(-1, -2) / 2).softmax(-1) @ v


@pytest.mark.peers
@pytest.mark.parametrize("library", ["torch", "jax", "tinygrad"])
def test_gradients_are_those_of_the_definition(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEV", "PYTHON")
    pytest.importorskip(library)
    adapter = adapter_named(library, "a test")
    made = [adapter.operand(X, None) for X in operands()]
    given, found = adapter.differentiated(attention(library), made[:3], made[3])
    Q, K, V, dO = (X.astype(np.float64) for X in operands())
    call = Call(Q, K, V, 0.5, dO=dO)
    for gradient, expected in zip((given, *found), (meant(call).output(), *meant(call).gradients()), strict=True):
        dtype, numbers = adapter.numbers(gradient)
        assert dtype == "float32"
        assert numbers is not None
        np.testing.assert_allclose(numbers, expected, atol=1e-6)


@pytest.mark.peers
@pytest.mark.parametrize("library", ["torch", "tinygrad"])
def test_an_operand_that_is_not_used_has_no_gradient(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEV", "PYTHON")
    pytest.importorskip(library)
    adapter, run = adapter_named(library, "a test"), attention(library)
    made = [adapter.operand(X, None) for X in operands()]
    with pytest.raises(WrongGradients, match="to V"):
        adapter.differentiated(lambda q, k, v: run(q, k, k), made[:3], made[3])


# Whose arrays a kernel is likely to take


def names_of(source: str, **known: Any) -> Any:
    """A function `f` of this source, whose module knows these."""
    names: dict[str, Any] = {"__name__": "mine", **known}
    exec(source, names)
    return names["f"]


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy and jax are loaded, the others are not."""
    for name in ("torch", "tinygrad"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "jax", ModuleType("jax"))


class Says:
    tensors = True


class SaysNearly:
    tensors = 1


SAID = {
    "torch.Tensor": "torch", "Tensor": "torch", "jax.Array": "jax", "jnp.ndarray": "jax", "np.ndarray": "numpy",
    "numpy.ndarray": "numpy", "tinygrad.Tensor": "tinygrad", "list": None, "": None, "mytorch.Tensor": None,
}  # fmt: skip


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("annotation", SAID)
def test_by_the_annotation_of_the_first_parameter(annotation: str) -> None:
    f = names_of("def f(Q, K: 'torch.Tensor'): pass")
    f.__annotations__["Q"] = annotation
    said = SAID[annotation]
    assert likely(f) == (["numpy", "jax"] if said is None else [said])


@pytest.mark.usefixtures("loaded")
def test_by_what_is_annotated_itself() -> None:
    f = names_of("def f(Q): pass")
    for module, said in (("numpy", "numpy"), ("jaxlib.xla", "jax"), ("torch", "torch"), ("tinygrad.tensor", "tinygrad")):
        f.__annotations__["Q"] = type("Array", (), {"__module__": module})
        assert likely(f) == [said]
    f.__annotations__["Q"] = type("Array", (), {"__module__": "numpyro"})
    assert likely(f) == ["numpy", "jax"]


@pytest.mark.usefixtures("loaded")
def test_by_what_it_says_and_whose_it_is() -> None:
    assert likely(Says()) == ["torch"]  # type: ignore[arg-type]
    assert likely(SaysNearly()) == ["numpy", "jax"]  # type: ignore[arg-type]
    for module, said in (
        ("torch.nn.functional", ["torch"]),
        ("jax.nn", ["jax"]),
        ("numpy", ["numpy"]),
        ("torchy", ["numpy", "jax"]),
    ):
        f = names_of("def f(): pass")
        f.__module__ = module
        assert likely(f) == said
    f.__module__ = None
    assert likely(f) == ["numpy", "jax"]


def test_by_being_a_module_of_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    torch: Any = ModuleType("torch")
    torch.nn = ModuleType("torch.nn")
    torch.nn.Module = type("Module", (), {})
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.delitem(sys.modules, "jax", raising=False)
    monkeypatch.delitem(sys.modules, "tinygrad", raising=False)
    assert likely(type("Mine", (torch.nn.Module,), {"__call__": lambda self: 0})()) == ["torch"]
    assert likely(names_of("def f(Q): pass")) == ["numpy", "torch"]


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("source", "first"),
    [
        ("def f(Q):\n    return np.ones(3)", "numpy"), ("def f(Q):\n    import torch", "torch"),
        ("def f(Q):\n    return (lambda: jnp.sum(Q))()", "jax"), ("def f(Q):\n    return made(Q)", "tinygrad"),
        ("class F:\n    def __call__(self, Q):\n        return jnp.sum(Q)\nf = F()", "jax"),
        ("class F:\n    def forward(self, Q):\n        return jnp.sum(Q)\nf = F()", "jax"),
    ],
)  # fmt: skip
def test_by_the_names_in_its_code(source: str, first: str) -> None:
    made = names_of("def f(): pass")
    made.__module__ = "tinygrad.tensor"
    f = names_of(source, np=np, jnp=ModuleType("jax.numpy"), made=made, unused=ModuleType("torch"))
    found = likely(f)
    assert found[0] == first
    assert found == [first, *(name for name in ("numpy", "jax") if name != first)]


@pytest.mark.usefixtures("loaded")
def test_what_is_wrapped_is_looked_into() -> None:
    f = names_of("def f(Q):\n    return jnp.sum(Q)", jnp=ModuleType("jax.numpy"))

    @wraps(f)
    def wrapped(*given: Any) -> Any:
        return json.dumps(given)

    assert likely(wrapped)[0] == "jax"
    assert likely(3) == ["numpy", "jax"]  # type: ignore[arg-type]
    assert likely(json.dumps)[0] == "numpy"


def test_devices_are_those_of_torch_and_jax() -> None:
    numpy = adapter_named("numpy", "a test")
    on_device(numpy, None, "it")
    with pytest.raises(BadInput, match=r"^--device cuda: it takes numpy arrays, which are nowhere but here$"):
        on_device(numpy, "cuda", "it")

    class Odd:
        name = "torch"

        def operand(self, X: Any, device: str) -> Any:
            assert X.shape == (1, 1, 1, 1)
            if device != "here":
                raise RuntimeError("no\n such thing")

    odd: Any = Odd()
    on_device(odd, "here", "it")
    with pytest.raises(BadInput, match=r"^--device there: torch has no such device here: no such thing$"):
        on_device(odd, "there", "it")
    with pytest.raises(BadInput, match=r"^it takes nothing arrays, and nothing cannot be imported: "):
        adapter_named("nothing", "it")
