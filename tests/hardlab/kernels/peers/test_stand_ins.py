"""Kernels of other libraries, feature by feature, over stand-ins of them: what is asked gives the definition."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from math import log, pi
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from attention.options import Options
from hardlab.conformance.dense import meant
from hardlab.conformance.planting import Shape
from hardlab.kernels.call import Call
from hardlab.kernels.peers import flex, jax_attention, kernel_sums, plain, sdpa, tinygrad_sdpa
from instances.faults import Declined
from tests.support.planted import drawn, features
from tests.support.stand_ins import Torch, module, softmax, tensor, torch

__all__ = ["torch"]  # the fixture

SHAPE = Shape(2, 4, 2, 5, 7, 3, 2)
PACKED = (np.array([0, 2, 5]), np.array([0, 3, 7]))
SLOPES = np.array([0.5, 0.25, 0.125, 1.0])
OPTIONS = {
    **dict(features()),
    "sequences, bottom-right": Options("bottom-right", cu_seqlens=PACKED),
    "slopes, bottom-right": Options("bottom-right", alibi=SLOPES),
    "window to the right": Options(window=(None, 1)),
    "window to the left": Options(window=(1, None)),
}


def told(options: Options) -> dict[str, Any]:
    """As keywords of `flex`."""
    given = {name: getattr(options, name) for name in ("causal", "window", "keep", "mask", "bias", "alibi", "cu_seqlens")}
    return {
        name: tensor(value) if isinstance(value, np.ndarray) else value for name, value in given.items() if value is not None
    }


@pytest.fixture(autouse=True)
def _nothing_is_compiled() -> Iterator[None]:
    """Neither by the library itself, where it is installed, nor by what stands in for it."""
    flex._compiled.cache_clear()
    yield
    flex._compiled.cache_clear()


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("kernel", ["flex", "flex_compiled"])
def test_flex(name: str, kernel: str, torch: Torch) -> None:
    options = OPTIONS[name]
    for shape in (SHAPE, replace(SHAPE, G=4)):
        call = drawn(shape, options)
        found = getattr(flex, kernel)(*(tensor(X) for X in (call.Q, call.K, call.V)), 0.37, **told(options))
        np.testing.assert_allclose(found, meant(replace(call, scale=0.37)).output(), atol=1e-12)
    assert getattr(flex, kernel).__name__ == getattr(flex, kernel).__qualname__ == kernel


def test_flex_is_compiled_for_any_size_but_on_a_CPU(torch: Torch) -> None:
    flex._compiled.cache_clear()
    for device in ("cpu", "cuda"):
        flex._compiled(device)
    flex._compiled.cache_clear()
    assert torch.asked == [("compile", ("dynamic", dynamic), ("fullgraph", True)) for dynamic in (False, None)]
    torch.asked.clear()
    Q = tensor(np.ones((1, 1, 2, 3)))
    flex.flex(Q, Q, Q, 1.0)
    assert torch.asked == []
    flex.flex_compiled(Q, Q, Q, 1.0)
    flex._compiled.cache_clear()
    assert ("patch", ("accumulated_recompile_limit", 10_000), ("recompile_limit", 10_000)) in torch.asked


@pytest.mark.parametrize("v", [2, 3, 5])
@pytest.mark.parametrize("kernel", ["sdpa_math", "sdpa_flash"])
def test_backends_of_torch(kernel: str, v: int, torch: Torch) -> None:
    function = getattr(sdpa, kernel)
    backend = kernel.removeprefix("sdpa_")
    assert function.__name__ == function.__qualname__ == kernel
    call = drawn(replace(SHAPE, v=v), Options("top-left"))
    Q, K, V = (tensor(X) for X in (call.Q, call.K, call.V))
    for scale, causal in ((None, True), (0.2, False)):
        torch.asked.clear()
        found = function(Q, K, V, is_causal=causal, enable_gqa=True, **({} if scale is None else {"scale": scale}))
        expected = replace(call, scale=scale or 3**-0.5, options=call.options if causal else Options())
        np.testing.assert_allclose(found, meant(expected).output(), atol=1e-12)
        assert torch.asked == [("by", [backend]), ("sdpa", max(3, v) if backend == "flash" else v, 0.0, True)]
    torch.asked.clear()
    K, V = (tensor(np.repeat(X, 2, axis=1)) for X in (K, V))
    np.testing.assert_allclose(function(Q, K, V, None, 0.0, False, 3**-0.5, False), function(Q, K, V))
    assert torch.asked[-1][3] is torch.asked[1][3] is False


@pytest.mark.parametrize("said", [*sdpa.REFUSALS, "something else"])
def test_what_a_backend_refuses(said: str, torch: Torch) -> None:
    def refuse(*given: Any, **named: Any) -> None:
        raise RuntimeError(f"{said}. (Triggered internally at x)")

    torch.modules["torch.nn.functional"].scaled_dot_product_attention = refuse
    X = tensor(np.ones((1, 1, 2, 3)))
    if said not in sdpa.REFUSALS:
        with pytest.raises(RuntimeError, match="something else"):
            sdpa.sdpa_math(X, X, X)
        return
    with pytest.raises(Declined, match=rf"^torch's MATH backend does not take this: {said}\.$"):
        sdpa.sdpa_math(X, X, X)


def test_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def attention(q: Any, k: Any, v: Any, bias: Any, mask: Any, *, scale: float, **named: Any) -> Any:
        assert q.shape[3] == k.shape[3] == v.shape[3]
        asked.append({"bias": bias, "mask": mask, **named})
        return np.swapaxes(softmax(np.swapaxes(q, 1, 2), np.swapaxes(k, 1, 2), np.swapaxes(v, 1, 2), scale), 1, 2)

    monkeypatch.setitem(sys.modules, "jax.numpy", module("numpy", pad=np.pad))
    monkeypatch.setitem(sys.modules, "jax.nn", module("nn", dot_product_attention=attention))
    of: Any = jax_attention.dot_product_attention
    none = dict.fromkeys(("query_seq_lengths", "key_value_seq_lengths", "local_window_size", "bias", "mask"))
    for v in (2, 3, 6):
        call = drawn(replace(SHAPE, v=v))
        given = [np.swapaxes(X, 1, 2) for X in (call.Q, call.K, call.V)]
        np.testing.assert_allclose(of(*given), np.swapaxes(meant(call).output(), 1, 2), atol=1e-12)
        assert asked.pop() == {**none, "is_causal": False}
        options = {"is_causal": True, "query_seq_lengths": 1, "key_value_seq_lengths": 2, "local_window_size": 3}
        found = of(*given, "bias", "mask", scale=0.2, **options)
        np.testing.assert_allclose(found, np.swapaxes(meant(replace(call, scale=0.2)).output(), 1, 2), atol=1e-12)
        assert asked.pop() == {"bias": "bias", "mask": "mask", **options}


def test_tinygrad() -> None:
    Q = SimpleNamespace(scaled_dot_product_attention=lambda *given, **named: (given, named))
    of: Any = tinygrad_sdpa.sdpa
    assert of(Q, 1, 2) == ((1, 2, None), {"is_causal": False, "enable_gqa": False})
    assert of(Q, 1, 2, 3, True, True) == ((1, 2, 3), {"is_causal": True, "enable_gqa": True})


def test_sums_of_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its density is a sum over that of a normalised kernel, and so are its tolerances."""
    made: list[Any] = []

    class Density:
        def __init__(self, *, bandwidth: float, rtol: float, atol: float) -> None:
            self.b, self.tolerances = bandwidth, (rtol, atol)
            made.append(self)

        def fit(self, Y: Any, sample_weight: Any) -> "Density":
            self.Y, self.w = Y, np.ones(len(Y)) if sample_weight is None else sample_weight
            return self

        def score_samples(self, X: Any) -> Any:
            z = ((X[:, None] - self.Y) ** 2).sum(axis=2) / (2 * self.b**2)
            return np.log(np.exp(-z) @ self.w / self.w.sum()) - X.shape[1] / 2 * log(2 * pi * self.b**2)

    monkeypatch.setitem(sys.modules, "sklearn", module("sklearn"))
    monkeypatch.setitem(sys.modules, "sklearn.neighbors", module("neighbors", KernelDensity=Density))
    random = np.random.default_rng(0)
    for d in (1, 3):
        X, Y, w = random.normal(size=(4, d)), random.normal(size=(6, d)), random.uniform(0.1, 2, 6)
        k = np.exp(-((X[:, None] - Y) ** 2).sum(axis=2) / 0.7**2)
        np.testing.assert_allclose(kernel_sums.sklearn(X, Y, 0.7), k.sum(axis=1), rtol=1e-12)
        assert made[-1].tolerances == (0.0, 0.0)
        np.testing.assert_allclose(kernel_sums.sklearn(X, Y, 0.7, w, 1e-3, 1e-2), k @ w, rtol=1e-12)
        unit = w.sum() * (pi * 0.7**2) ** (d / 2)
        assert made[-1].tolerances == (1e-3, pytest.approx(1e-2 / unit))
        for part in (0.0, -1.0):
            with pytest.raises(NotImplementedError, match="positive weights alone"):
                kernel_sums.sklearn(X, Y, 0.7, np.where(np.arange(6) == 3, part, w))


def test_sums_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def kde(*given: Any, **named: Any) -> Any:
        return SimpleNamespace(values=(given, named))

    monkeypatch.setattr("attention.kde", kde)
    given, of = ("X", "Y", 0.5), kernel_sums.ours  # type: tuple[Any, ...], Any
    assert of(*given) == (given, {"weights": None, "rtol": 1e-6, "atol": 0.0})
    assert of(*given, "w", 1e-3, 1e-2) == (given, {"weights": "w", "rtol": 1e-3, "atol": 1e-2})


# ------------------------------------------------------------------------------------------------------------- of one head


def one_head(n: int, m: int, d: int, v: int, scale: float = 0.3) -> tuple[Call, list[Any]]:
    call = replace(drawn(Shape(1, 1, 1, n, m, d, v)), scale=scale)
    return call, [tensor(X[0, 0]) for X in (call.Q, call.K, call.V)]


@pytest.mark.parametrize(("d", "v"), [(3, 2), (3, 3), (3, 5)])
def test_the_function_of_torch(d: int, v: int, torch: Torch) -> None:
    call, given = one_head(4, 6, d, v)
    np.testing.assert_allclose(plain.torch_sdpa(*given, 0.3), meant(call).output()[0, 0], atol=1e-12)
    assert torch.asked == [("sdpa", max(d, v), 0.0, False)]
    assert [getattr(kernel, "tensors", None) for kernel in (plain.torch_sdpa, plain.keops, plain.nystrom)] == [True] * 3


@pytest.mark.parametrize("scale", [0.3, -0.3])
def test_performer(scale: float, torch: Torch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its scale is 1/sqrt(d)."""

    def made(dim_heads: int, nb_features: int) -> Any:
        torch.asked.append((dim_heads, nb_features))
        return lambda q, k, v: tensor(softmax(q, k, v, dim_heads**-0.5))

    monkeypatch.setitem(sys.modules, "performer_pytorch", module("performer", FastAttention=made))
    call, given = one_head(4, 6, 3, 2, scale)
    np.testing.assert_allclose(plain.performer(*given, scale), meant(call).output()[0, 0], atol=1e-12)
    assert torch.asked == [("fork", ("devices", [])), ("no_grad",), ("seed", 0), (3, 256)]


def test_taylor_series(torch: Torch, monkeypatch: pytest.MonkeyPatch) -> None:
    class Attn:
        def __init__(self, dim: int, **options: Any) -> None:
            assert (dim, options) == (1, {"dim_head": 3, "heads": 1, "combine_heads": False, "remove_even_power_dups": True})
            self.to_kv: Any = None

        def __call__(self, Q: Any, context: Any) -> Any:
            q, (k, v) = vars(self)["to_q"](Q), self.to_kv(context)
            return tensor(softmax(q, k, v, vars(self)["scale"])[:, 0])

    monkeypatch.setitem(sys.modules, "taylor_series_linear_attention", module("taylor", TaylorSeriesLinearAttn=Attn))
    call, given = one_head(4, 6, 3, 2)
    np.testing.assert_allclose(plain.taylor_series(*given, 0.3), meant(call).output()[0, 0], atol=1e-12)


@pytest.mark.parametrize(("n", "m", "v"), [(64, 64, 2), (3, 65, 5), (70, 64, 3), (130, 65, 2)])
def test_nystrom(n: int, m: int, v: int, torch: Torch, monkeypatch: pytest.MonkeyPatch) -> None:
    class Attn:
        def __init__(self, dim: int, **options: Any) -> None:
            assert (dim, options) == (1, {"dim_head": 1, "heads": 1, "num_landmarks": 64, "residual": False})

        def __call__(self, given: Any, mask: Any) -> Any:
            parts = vars(self)
            qkv = parts["to_qkv"](given)
            width = qkv.shape[2] // 3
            q, k, values = (qkv[:, None, :, i * width : (i + 1) * width] for i in range(3))
            assert q.shape[2] == m == mask.shape[1]
            assert mask.all()
            return tensor(parts["to_out"](softmax(q, k, values, parts["scale"])[:, 0]))

    monkeypatch.setitem(sys.modules, "nystrom_attention", module("nystrom", NystromAttention=Attn))
    call, given = one_head(n, m, 3, v)
    np.testing.assert_allclose(plain.nystrom(*given, 0.3), meant(call).output()[0, 0], atol=1e-12)
    with pytest.raises(Declined, match="projects keys to 64 landmarks, and there are 63"):
        plain.nystrom(given[0], given[1][:63], given[2][:63], 0.3)


@pytest.mark.parametrize(("d", "v"), [(3, 2), (64, 8), (65, 9)])
def test_keops(d: int, v: int, torch: Torch, monkeypatch: pytest.MonkeyPatch) -> None:
    class Lazy:
        def __init__(self, X: Any) -> None:
            self.X = np.asarray(X)

        def __or__(self, other: "Lazy") -> "Lazy":
            assert (self.X.shape[1], other.X.shape[0]) == (1, 1)
            assert self.X.shape[2] == other.X.shape[2] == -(-d // 64) * 64
            return Lazy((self.X * other.X).sum(axis=2))

        def sumsoftmaxweight(self, values: "Lazy", axis: int) -> Any:
            assert axis == 1
            assert values.X.shape[2] == -(-v // 8) * 8
            weights = np.exp(self.X)
            return tensor(weights / weights.sum(axis=1, keepdims=True) @ values.X[0])

    monkeypatch.setitem(sys.modules, "pykeops.torch", module("keops", LazyTensor=Lazy))
    call, given = one_head(4, 6, d, v)
    np.testing.assert_allclose(plain.keops(*given, 0.3), meant(call).output()[0, 0], atol=1e-12)
