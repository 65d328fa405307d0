"""Attention algorithms, with what they promise."""

from attention.algorithm import Algorithm, Promise, Trusted
from attention.attend import Attended, attend
from attention.auto import Auto
from attention.exact.boolean import Boolean
from attention.exact.certified import Certified
from attention.exact.logspace import Logspace
from attention.exact.softmax import Softmax
from attention.function import PlainFunction
from attention.polynomial.polynomial import Polynomial, Taylor, TaylorFromBelow
from attention.sampling.hyper_attention import HyperAttention
from attention.sampling.kdeformer import KDEformer
from attention.sampling.random_features import RandomFeatures

ALGORITHMS: tuple[Algorithm, ...] = (
    Softmax(),
    Softmax("float32"),
    Logspace(),
    Boolean(),
    Polynomial(),
    Taylor(),
    TaylorFromBelow(),
    Auto(),
    Certified(),
    Certified(logarithmic=True),
    RandomFeatures(),
    KDEformer(),
    HyperAttention(),
)

__all__ = [
    "ALGORITHMS",
    "Algorithm",
    "Attended",
    "Auto",
    "Boolean",
    "Certified",
    "HyperAttention",
    "KDEformer",
    "Logspace",
    "PlainFunction",
    "Polynomial",
    "Promise",
    "RandomFeatures",
    "Softmax",
    "Taylor",
    "TaylorFromBelow",
    "Trusted",
    "attend",
]
