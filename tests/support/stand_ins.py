"""As much of other libraries as kernels call, on NumPy, for machines without them: what is passed on is right, or it would give
other numbers. What the libraries themselves do is tested with them, where they are installed.
"""

import contextlib
import sys
from collections.abc import Callable, Sequence
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

BFLOAT16 = np.dtype("V2")


class Tensor(np.ndarray[Any, Any]):
    """An array with methods of a tensor."""

    requires_grad = False
    layout = "strided"
    device: Any = SimpleNamespace(type="cpu")

    def __array_finalize__(self, of: Any) -> None:
        if isinstance(of, Tensor):
            self.device = of.device

    def expand(self, *shape: Any) -> "Tensor":
        return tensor(np.broadcast_to(self, shape[0] if isinstance(shape[0], tuple) else shape))

    def abs(self) -> "Tensor":
        return tensor(np.abs(self))

    def diff(self) -> "Tensor":
        return tensor(np.diff(self))

    def long(self) -> "Tensor":
        return tensor(self.astype(np.int64))

    def requires_grad_(self, needed: bool = True) -> "Tensor":
        self.requires_grad = needed
        return self

    def detach(self) -> "Tensor":
        return self.view(Tensor)

    def clone(self) -> "Tensor":
        return tensor(self.copy())

    def copy_(self, other: Any) -> None:
        self[...] = other

    def stride(self) -> tuple[int, ...]:
        return tuple(x // self.itemsize for x in self.strides)

    def as_strided(self, shape: Any, strides: Any, first: int) -> "Tensor":
        """Counted in numbers."""
        bytes_ = [x * self.itemsize for x in strides]
        made = tensor(np.lib.stride_tricks.as_strided(self.reshape(-1)[first:], tuple(shape), bytes_))
        made.device = self.device
        return made

    def to(self, where: Any) -> "Tensor":
        """A device by its name, or a type."""
        made = self.view(Tensor) if isinstance(where, str) else tensor(self.astype(where))
        made.device = SimpleNamespace(type=where.partition(":")[0]) if isinstance(where, str) else self.device
        return made

    def cpu(self) -> "Tensor":
        return self.to("cpu")

    def contiguous(self) -> "Tensor":
        return tensor(np.ascontiguousarray(self))

    def double(self) -> "Tensor":
        if self.dtype == BFLOAT16:
            return tensor((self.view(np.uint16).astype(np.uint32) << 16).view(np.float32).astype(np.float64))
        return tensor(self.astype(np.float64))

    def numpy(self) -> np.ndarray[Any, Any]:
        assert self.device.type == "cpu", "what lies elsewhere is no array"
        assert self.dtype != BFLOAT16, "NumPy has no bfloat16"
        return self.view(np.ndarray)

    def is_complex(self) -> bool:
        return bool(self.dtype.kind == "c")

    def split(self, rows: int) -> list["Tensor"]:
        return [tensor(self[start : start + rows]) for start in range(0, len(self), rows)]


def tensor(given: Any, device: Any = None) -> Tensor:
    return np.asarray(given).view(Tensor)


def softmax(
    Q: Any, K: Any, V: Any, scale: float, seen: Any = True, added: Any = 0.0, blind: float = 0.0
) -> np.ndarray[Any, Any]:
    """(b, H, n, v) of heads that share keys; `blind` where a row sees none."""
    K, V = (np.repeat(X, Q.shape[1] // K.shape[1], axis=1) for X in (K, V))
    scores = np.where(seen, scale * Q @ np.swapaxes(K, 2, 3) + added, -np.inf)
    weights = np.exp(scores - np.nan_to_num(scores.max(axis=3, keepdims=True), neginf=0.0))
    mass = weights.sum(axis=3, keepdims=True)
    return np.where(mass > 0, weights @ V / np.where(mass > 0, mass, 1.0), blind)


def pad(X: Any, amounts: Sequence[int]) -> Tensor:
    """Of the last axis, before and behind."""
    return tensor(np.pad(X, [(0, 0)] * (X.ndim - 1) + [tuple(amounts)]))


def module(name: str, **parts: Any) -> Any:
    made: Any = ModuleType(name)
    for part, value in parts.items():
        setattr(made, part, value)
    return made


def jax(asked: list[Any]) -> dict[str, Any]:
    """Its modules, and that of its types; `asked` is what was asked for that changes no number."""

    def vjp(run: Any, *operands: Any) -> tuple[Any, Any]:
        """Gradients are multiples of the operands."""
        return run(*operands), lambda dO: (dO.dtype, [dO.sum() * X for X in operands])

    made = module(
        "jax", config=SimpleNamespace(update=lambda *given: asked.append(given)), __version__="0.5", vjp=vjp,
        device_put=lambda array, device: (array, device), block_until_ready=lambda given: asked.append(("wait", given)),
        devices=lambda name=None: [f"{name}:0", f"{name}:1"],
    )  # fmt: skip
    return {"jax": made, "ml_dtypes": module("ml_dtypes", bfloat16=BFLOAT16)}


class Torch:
    """`modules` by name; `asked` is what was asked for that changes no number."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        functional = module("functional", pad=pad, scaled_dot_product_attention=self.sdpa)
        flex = module("flex", and_masks=self.all_of, create_block_mask=self.blocks, flex_attention=self.flex)
        dynamo = module("_dynamo", config=SimpleNamespace(patch=self.said("patch")))
        attention = module(
            "attention", SDPBackend=SimpleNamespace(MATH="math", FLASH_ATTENTION="flash"), sdpa_kernel=self.said("by")
        )
        torch = module(
            "torch", as_tensor=tensor, compile=self.compile, cat=lambda parts, dim=0: tensor(np.concatenate(parts, axis=dim)),
            arange=lambda count, device=None: tensor(np.arange(count)), bool=np.dtype(np.bool_), no_grad=self.said("no_grad"),
            searchsorted=lambda ends, x, right: tensor(np.searchsorted(ends, x, side="right" if right else "left")),
            ones=lambda shape, dtype: tensor(np.ones(shape, dtype)), manual_seed=lambda seed: self.asked.append(("seed", seed)),
            random=SimpleNamespace(fork_rng=self.said("fork")), Tensor=Tensor, strided="strided", from_numpy=tensor,
            bfloat16=BFLOAT16, int16=np.dtype(np.int16), __version__="2.0", equal=np.array_equal,
            enable_grad=self.said("enable_grad"),
            cuda=SimpleNamespace(synchronize=lambda: self.asked.append("synchronize"), get_device_name=lambda: "a card"),
            autograd=SimpleNamespace(grad=self.grad),
            nn=SimpleNamespace(functional=functional, Identity=lambda: lambda *given: given[0]),
        )  # fmt: skip
        self.modules = {
            "torch": torch, "torch.nn.functional": functional, "torch.nn.attention": attention,
            "torch.nn.attention.flex_attention": flex, "torch._dynamo": dynamo,
        }  # fmt: skip

    def said(self, what: str) -> Callable[..., Any]:
        """A context that is written down."""

        @contextlib.contextmanager
        def within(*given: Any, **named: Any) -> Any:
            self.asked.append((what, *given, *sorted(named.items())))
            yield

        return within

    def sdpa(
        self,
        q: Any,
        k: Any,
        v: Any,
        mask: Any = None,
        dropout: float = 0.0,
        causal: bool = False,
        *,
        scale: Any = None,
        enable_gqa: bool = False,
    ) -> Tensor:
        assert q.shape[3] == k.shape[3]
        self.asked.append(("sdpa", v.shape[3], dropout, enable_gqa))
        n, m = q.shape[2], k.shape[2]
        seen = np.tril(np.ones((n, m), np.bool_)) if causal else True
        if mask is not None and mask.dtype == np.bool_:
            seen = seen & mask
        added = 0.0 if mask is None or mask.dtype == np.bool_ else mask
        return tensor(softmax(q, k, v, q.shape[3] ** -0.5 if scale is None else scale, seen, added))

    @staticmethod
    def all_of(*mods: Any) -> Any:
        def mod(*place: Any) -> Any:
            found = True
            for one in mods:
                found = found & one(*place)
            return found

        return mod

    @staticmethod
    def places(*counts: int) -> list[Any]:
        return [tensor(x) for x in np.ix_(*(np.arange(count) for count in counts))]

    def blocks(self, mod: Any, b: int, H: int, n: int, m: int, device: Any) -> Any:
        return np.broadcast_to(mod(*self.places(b, H, n, m)), (b, H, n, m))

    def flex(self, Q: Any, K: Any, V: Any, *, score_mod: Any, block_mask: Any, scale: float, enable_gqa: bool) -> Tensor:
        assert enable_gqa == (Q.shape[1] != K.shape[1])
        added = 0.0 if score_mod is None else score_mod(0.0, *self.places(*Q.shape[:3], K.shape[2]))
        return tensor(softmax(Q, K, V, scale, True if block_mask is None else block_mask, added))

    def grad(self, output: Any, leaves: Sequence[Any], dO: Any, allow_unused: bool) -> list[Any]:
        """Those of a sum of all leaves; none of one that needs none."""
        assert allow_unused
        assert dO.dtype == output.dtype
        return [tensor(np.full(leaf.shape, dO.sum())) if leaf.requires_grad else None for leaf in leaves]

    def compile(self, run: Any, **options: Any) -> Any:
        self.asked.append(("compile", *sorted(options.items())))
        return run


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> Torch:
    made = Torch()
    for name, value in made.modules.items():
        monkeypatch.setitem(sys.modules, name, value)
    return made
