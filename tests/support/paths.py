"""The paths from formulas to attention, on which whole chains are tested."""

from instances.cnf import CNF
from instances.gradients import GradientTask
from instances.network import TransformerTask
from instances.task import AttentionTask
from instances.tensor import TensorTask
from reductions.graph import paths

PATHS = paths(CNF, AttentionTask)

TO_GRADIENTS = paths(CNF, GradientTask)

TO_TENSORS = [*paths(CNF, TensorTask), *paths(CNF, TransformerTask)]

OTHER_MECHANISMS = ("product-exp", "product-window", "hamming-gaussian", "hamming-kde")
"""Edges to mechanisms that are not softmax attention."""

SEEING = (
    "hamming-alibi", "hamming-bias", "hamming-causal", "hamming-heads", "hamming-packed", "hamming-padded", "hamming-rotary",
    "hamming-window",
)  # fmt: skip
"""Edges to softmax attention whose rows see a part of the keys, or to whose scores something is added."""

UNCOUNTED = ("hamming-alibi", "hamming-bias", "hamming-padded")
"""Those of them that bit counts do not compute: a bias, or keys that are no interval."""
