"""All that can be checked here: our algorithms and the peers that are installed."""

from attention.ours import ALGORITHMS
from hardlab.kernels.kernel import Conventions
from hardlab.kernels.peers import installed

SLOW = ("certified", "certified-log")
"""What the others are measured against, and takes hours on the ladder."""


def everything() -> list[tuple[str, Conventions]]:
    """Our algorithms in float64 (softmax32 in float32), and the installed peers in each of their types."""
    ours = [
        (a.key, Conventions(dtype="float32" if a.key == "softmax32" else "float64")) for a in ALGORITHMS if a.key not in SLOW
    ]
    return ours + [(peer.target, Conventions(**of)) for peer in installed() for of in peer.conventions]  # type: ignore[arg-type]
