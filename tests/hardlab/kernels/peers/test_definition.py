"""Every kernel of another library, feature by feature and type by type, against the definition in float64: outputs and
gradients, in its own convention.
"""

import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from hardlab.kernels.kernel import Dtype
from hardlab.kernels.peers import PEERS, Peer, missing
from tests.support import peer_cases
from tests.support.defined import Asked, values
from tests.support.peer_cases import CASES, Case, Numbers

pytestmark = pytest.mark.peers

BY_NAME = {peer.name: peer for peer in PEERS}
EPS = {"float64": 2.0**-52, "float32": 2.0**-23, "bfloat16": 2.0**-8, "float16": 2.0**-11}
ROUNDINGS = 16
"""Of the largest entry, more than twice what was seen."""

CALLS = {
    "torch-sdpa": peer_cases.by_sdpa,
    "torch-sdpa-math": peer_cases.by_sdpa,
    "torch-sdpa-flash": peer_cases.by_sdpa,
    "torch-flex": peer_cases.by_flex,
    "torch-flex-compiled": peer_cases.by_flex,
    "jax": peer_cases.by_jax,
    "onnxruntime": peer_cases.by_onnx,
    "tinygrad": peer_cases.by_tinygrad,
}

LONG = {
    "torch-flex-compiled": ("causal blocks", "keep, mask and bias, causal"),
    "tinygrad": ("groups", "causal, more queries", "masks", "biases"),
}
"""Of what takes seconds a case, those that stand for the others."""


def there(name: str) -> Peer:
    reason = missing(BY_NAME[name])
    if reason is not None:
        pytest.skip(reason)
    return BY_NAME[name]


def function(peer: Peer) -> Callable[..., Any]:
    module, _, name = peer.target.partition(":")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: Callable[..., Any] = getattr(import_module(module), name)
    return found


def cases(name: str) -> Iterator[Case]:
    """Those whose features the peer has, in its corner."""
    peer = BY_NAME[name]
    for case in CASES.values():
        asked = {{"keep": "lengths", "cu_seqlens": "packed"}.get(feature, feature) for feature in case.features}
        corner = case.features.get("causal")
        fits = asked <= set(peer.features) and (corner != "bottom-right" or peer.convention == "heads")
        if fits and (name not in LONG or case.name in LONG[name]):
            yield case


def worst(of: Asked, found: Numbers, dtype: str) -> float:
    """In roundings of the largest entry of each array; not a number where one is none."""
    parts = [
        float(np.abs(got - wanted).max() / np.abs(wanted).max() / EPS[dtype])
        for got, wanted in zip(found, values(of), strict=False)
    ]
    return float(np.max(parts))


@pytest.mark.parametrize(
    ("name", "dtype", "case"),
    [
        pytest.param(name, dtype, case, id=f"{name}-{dtype}-{case.name}")
        for name in CALLS
        for dtype in BY_NAME[name].dtypes
        if (name, dtype) not in (("jax", "float64"), ("onnxruntime", "float64"))
        for case in cases(name)
    ],
)
def test_it_computes_the_definition(name: str, dtype: Dtype, case: Case) -> None:
    peer = there(name)
    of, found = CALLS[name](function(peer), case, dtype)
    assert len(found) == (4 if "backward" in peer.features else 1)
    assert worst(of, found, dtype) < ROUNDINGS


@pytest.mark.parametrize("case", ["plain", "biases", "causal, more queries"])
@pytest.mark.parametrize("name", ["jax", "onnxruntime"])
def test_float64_of_these_is_as_good_as_float32(name: str, case: str) -> None:
    of, found = CALLS[name](function(there(name)), CASES[case], "float64")
    assert 1e3 * EPS["float64"] < worst(of, found, "float32") * EPS["float32"] < ROUNDINGS * EPS["float32"]
