"""The algorithm that serves an attention task where nobody names one."""

from math import inf

from attention.algorithm import Algorithm, promised
from attention.exact.certified import Certified
from attention.exact.logspace import Logspace
from attention.exact.softmax import Softmax
from instances.faults import Declined
from instances.task import AttentionTask
from solvers.bands import bands_of

SERVING: tuple[Algorithm, ...] = (Softmax(), Logspace(), Certified(), Certified(logarithmic=True))


def serving(task: AttentionTask) -> Algorithm:
    """The first of softmax, logspace and ball arithmetic whose promise tells YES from NO, else the first that computes it."""
    told = {algorithm: _tells(algorithm, task) for algorithm in SERVING}
    return next((algorithm for want in (True, False) for algorithm, tells in told.items() if tells is want), SERVING[0])


def _tells(algorithm: Algorithm, task: AttentionTask) -> bool | None:
    """Whether its promise tells YES from NO; None where it declines."""
    try:
        bands = bands_of(task, promised(algorithm, task.inputs), algorithm.logarithmic)
    except Declined:
        return None
    return bands.disjoint and bands.no > -inf
