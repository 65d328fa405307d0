"""Attention of other libraries: which there is, how it is called, what of it can be run here.

A library is imported when its kernel is called, or loaded as a target; this table imports none.
"""

import os
import shutil
from importlib.util import find_spec
from typing import NamedTuple

from hardlab.kernels.kernel import Dtype
from hardlab.kernels.peers.plain import LANDMARKS, keops, nystrom, performer, taylor_series, torch_sdpa

__all__ = [
    "LANDMARKS", "PEERS", "Peer", "installed", "keops", "missing", "nystrom", "performer", "taylor_series", "torch_sdpa",
]  # fmt: skip

SIXTEEN: tuple[Dtype, ...] = ("bfloat16", "float16")
ALL: tuple[Dtype, ...] = ("float64", "float32", *SIXTEEN)


class Peer(NamedTuple):
    """A kernel of another library: its name, its target, the modules that must be there, the extra that installs them, and the
    types that it takes.

    convention: how it is called. features: what it takes, of `call.FEATURES`, where its signature does not say all. compiles:
    whether it runs a C++ compiler. known: what is known not to hold, in one sentence.
    """

    name: str
    target: str
    libraries: tuple[str, ...]
    extra: str
    dtypes: tuple[Dtype, ...]
    convention: str = "plain"
    features: tuple[str, ...] = ()
    compiles: bool = False
    known: str = ""


_ANY = ("batch", "heads", "gqa", "cross", "width", "scale", "layouts")
_SDPA = (*_ANY, "causal", "lengths", "keep", "mask", "bias", "backward")
_FLEX = (*_ANY, "causal", "window", "lengths", "keep", "mask", "bias", "alibi", "packed")
_HERE = "hardlab.kernels.peers"

PEERS = (
    Peer("torch SDPA", f"{_HERE}:torch_sdpa", ("torch",), "peers", ALL),
    Peer("Performer", f"{_HERE}:performer", ("performer_pytorch",), "peers", ("float32",)),
    Peer("Taylor series", f"{_HERE}:taylor_series", ("taylor_series_linear_attention",), "peers", ("float32",)),
    Peer("Nystrom", f"{_HERE}:nystrom", ("nystrom_attention",), "peers", ("float32",)),
    Peer("KeOps", f"{_HERE}:keops", ("pykeops",), "peers", ("float64", "float32"), compiles=True),
    Peer("torch-sdpa", "torch.nn.functional:scaled_dot_product_attention", ("torch",), "peers", ALL, "sdpa", _SDPA),
    Peer("torch-sdpa-math", f"{_HERE}.sdpa:sdpa_math", ("torch",), "peers", ALL, "sdpa", _SDPA),
    Peer("torch-sdpa-flash", f"{_HERE}.sdpa:sdpa_flash", ("torch",), "peers", ALL, "sdpa", _SDPA),
    Peer("torch-flex", f"{_HERE}.flex:flex", ("torch",), "peers", ALL, "heads", _FLEX, known="no gradients on a CPU"),
    Peer(
        "torch-flex-compiled",
        f"{_HERE}.flex:flex_compiled",
        ("torch",),
        "peers",
        ("float32", *SIXTEEN),
        "heads",
        _FLEX,
        compiles=True,
        known="no gradients and no float64 on a CPU",
    ),
    Peer(
        "jax",
        f"{_HERE}.jax_attention:dot_product_attention",
        ("jax",),
        "jax",
        ALL,
        "jax",
        (*_ANY[:-1], "causal", "window", "lengths", "mask", "bias", "backward"),
        known="the softmax of float64 is taken in float32; rows that see no key are the mean of V",
    ),
    Peer(
        "onnxruntime",
        f"{_HERE}.onnx_operator:onnx_attention",
        ("onnx", "onnxruntime"),
        "onnx",
        ("float64", "float32", "float16"),
        "heads",
        (*_ANY, "causal", "lengths", "keep", "mask", "bias"),
        known="the root of the scale is a float32 in float64 too; the scores of float16 are float16, and overflow",
    ),
    Peer(
        "tinygrad",
        f"{_HERE}.tinygrad_sdpa:sdpa",
        ("tinygrad",),
        "tinygrad",
        ALL,
        "sdpa",
        (*_ANY[:-2], *_SDPA[7:]),
        known="rows that see no key are NaN; the scores of float16 are float16, and overflow",
    ),
)


def missing(peer: Peer) -> str | None:
    """Why a peer cannot be run here, in one sentence; None where it can. Its libraries are looked for, not imported."""
    absent = [library for library in peer.libraries if find_spec(library) is None]
    if absent:
        verb = "is" if len(absent) == 1 else "are"
        return f"{' and '.join(absent)} {verb} not installed: pip install 'hardness-lab[{peer.extra}]'"
    if peer.compiles and shutil.which(os.environ.get("CXX", "g++")) is None:
        return f"{peer.name} compiles its kernels, and there is no C++ compiler: install g++, or name one in CXX"
    return None


def installed() -> tuple[Peer, ...]:
    """The peers that can be run here."""
    return tuple(peer for peer in PEERS if missing(peer) is None)
