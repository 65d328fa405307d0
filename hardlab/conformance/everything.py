"""All that can be checked here: our algorithms and the peers that are installed."""

from attention.ours import ALGORITHMS
from hardlab.kernels.kernel import Conventions
from hardlab.kernels.peers import installed

SLOW = ("certified", "certified-log")
"""What the others are measured against, and takes hours on the ladder."""

SLOW_PEERS = ("tinygrad", "torch-flex-compiled")
"""Seconds a call: the one interprets, the other compiles for each shape."""


def everything() -> list[tuple[str, Conventions]]:
    """Our algorithms in float64 (softmax32 in float32), and the installed peers in each of their types, but for
    those that take hours."""
    ours = [
        (a.key, Conventions(dtype="float32" if a.key == "softmax32" else "float64")) for a in ALGORITHMS if a.key not in SLOW
    ]
    theirs = [
        (peer.target, Conventions(dtype=dtype, convention=peer.convention, features=peer.features or None))
        for peer in installed()
        if peer.name not in SLOW_PEERS
        for dtype in peer.dtypes
    ]
    return ours + theirs
