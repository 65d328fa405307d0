"""The attention algorithms that come with the lab."""

from attention.algorithm import Algorithm
from attention.auto import Auto
from attention.exact.backward import Backward
from attention.exact.boolean import Boolean
from attention.exact.certified import Certified
from attention.exact.layers import Layers
from attention.exact.logspace import Logspace
from attention.exact.softmax import Softmax
from attention.exact.tensor import Tensor
from attention.mixed.boxes import Boxes
from attention.mixed.low_rank import LowRank
from attention.mixed.split import Split
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
    Split(),
    LowRank(),
    Boxes(),
    Auto(),
    Certified(),
    Certified(logarithmic=True),
    RandomFeatures(),
    KDEformer(),
    HyperAttention(),
)

OTHERS: tuple[Algorithm, ...] = (Backward(), Tensor(), Layers())
"""Those that compute what has more to it than attention, and nothing else."""

KNOWN = (*ALGORITHMS, *OTHERS)
