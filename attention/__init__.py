"""Attention algorithms, with what they promise."""

from attention.algorithm import Algorithm, Promise, Trusted
from attention.attend import Attended, attend
from attention.auto import Auto
from attention.boolean import Boolean
from attention.certified import Certified
from attention.function import PlainFunction
from attention.hyper_attention import HyperAttention
from attention.kdeformer import KDEformer
from attention.logspace import Logspace
from attention.polynomial import Polynomial, Taylor, TaylorFromBelow
from attention.random_features import RandomFeatures
from attention.softmax import Softmax

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
