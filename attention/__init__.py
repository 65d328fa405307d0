"""Attention algorithms, with what they promise."""

from attention.algorithm import Algorithm, Promise, Trusted
from attention.certified import Certified
from attention.function import PlainFunction
from attention.logspace import Logspace
from attention.softmax import Softmax

ALGORITHMS: tuple[Algorithm, ...] = (
    Softmax(),
    Softmax("float32"),
    Logspace(),
    Certified(),
    Certified(logarithmic=True),
)

__all__ = ["ALGORITHMS", "Algorithm", "Certified", "Logspace", "PlainFunction", "Promise", "Softmax", "Trusted"]
