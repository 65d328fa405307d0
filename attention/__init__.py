"""Attention algorithms, with what they promise."""

from typing import TYPE_CHECKING

from instances.faces import face

if TYPE_CHECKING:
    from attention.algorithm import Algorithm as Algorithm
    from attention.algorithm import Promise as Promise
    from attention.algorithm import Trusted as Trusted
    from attention.attend import attend as attend
    from attention.attend_backward import Differentiated as Differentiated
    from attention.attend_backward import attend_backward as attend_backward
    from attention.attended import Attended as Attended
    from attention.auto import Auto as Auto
    from attention.exact.backward import Backward as Backward
    from attention.exact.boolean import Boolean as Boolean
    from attention.exact.certified import Certified as Certified
    from attention.exact.layers import Layers as Layers
    from attention.exact.logspace import Logspace as Logspace
    from attention.exact.softmax import Softmax as Softmax
    from attention.exact.tensor import Tensor as Tensor
    from attention.function import PlainFunction as PlainFunction
    from attention.kde import KernelSums as KernelSums
    from attention.kde import kde as kde
    from attention.kernel_density import KernelDensity as KernelDensity
    from attention.merge import merge as merge
    from attention.mixed.boxes import Boxes as Boxes
    from attention.mixed.low_rank import LowRank as LowRank
    from attention.mixed.split import Split as Split
    from attention.ours import ALGORITHMS as ALGORITHMS
    from attention.polynomial.polynomial import Polynomial as Polynomial
    from attention.polynomial.polynomial import Taylor as Taylor
    from attention.polynomial.polynomial import TaylorFromBelow as TaylorFromBelow
    from attention.sampling.hyper_attention import HyperAttention as HyperAttention
    from attention.sampling.kdeformer import KDEformer as KDEformer
    from attention.sampling.random_features import RandomFeatures as RandomFeatures

face(__name__, {
    "attention.algorithm": ("Algorithm", "Promise", "Trusted"),
    "attention.attend": ("attend",),
    "attention.attend_backward": ("Differentiated", "attend_backward"),
    "attention.attended": ("Attended",),
    "attention.auto": ("Auto",),
    "attention.exact.backward": ("Backward",),
    "attention.exact.boolean": ("Boolean",),
    "attention.exact.certified": ("Certified",),
    "attention.exact.layers": ("Layers",),
    "attention.exact.logspace": ("Logspace",),
    "attention.exact.softmax": ("Softmax",),
    "attention.exact.tensor": ("Tensor",),
    "attention.function": ("PlainFunction",),
    "attention.kde": ("KernelSums", "kde"),
    "attention.kernel_density": ("KernelDensity",),
    "attention.merge": ("merge",),
    "attention.mixed.boxes": ("Boxes",),
    "attention.mixed.low_rank": ("LowRank",),
    "attention.mixed.split": ("Split",),
    "attention.ours": ("ALGORITHMS",),
    "attention.polynomial.polynomial": ("Polynomial", "Taylor", "TaylorFromBelow"),
    "attention.sampling.hyper_attention": ("HyperAttention",),
    "attention.sampling.kdeformer": ("KDEformer",),
    "attention.sampling.random_features": ("RandomFeatures",),
})  # fmt: skip
