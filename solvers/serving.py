"""The algorithm that serves a task where nobody names one."""

from collections.abc import Mapping
from math import inf

from attention.algorithm import Algorithm, promised
from attention.exact.backward import Backward
from attention.exact.certified import Certified
from attention.exact.layers import Layers
from attention.exact.logspace import Logspace
from attention.exact.softmax import Softmax
from attention.exact.tensor import Tensor
from instances.faults import Declined
from instances.threshold import ThresholdTask
from solvers.bands import bands_of

SERVING: Mapping[str, tuple[Algorithm, ...]] = {
    "": (Softmax(), Logspace(), Certified(), Certified(logarithmic=True)),
    "gradients": (Backward(), Certified()),
    "tensors": (Tensor(), Certified()),
    "networks": (Layers(), Certified()),
}
"""By what the inputs ask for."""


def serving(task: ThresholdTask) -> Algorithm:
    """The first of those for what it asks (of attention: softmax, logspace and ball arithmetic) whose promise tells YES from
    NO, else the first that computes it.
    """
    those = SERVING[task.inputs.asks]
    told = {algorithm: _tells(algorithm, task) for algorithm in those}
    return next((algorithm for want in (True, False) for algorithm, tells in told.items() if tells is want), those[0])


def _tells(algorithm: Algorithm, task: ThresholdTask) -> bool | None:
    """Whether its promise tells YES from NO; None where it declines."""
    try:
        bands = bands_of(task, promised(algorithm, task.inputs), algorithm.logarithmic)
    except Declined:
        return None
    return bands.disjoint and bands.no > -inf
