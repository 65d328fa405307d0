"""The paths from formulas to attention, on which whole chains are tested."""

from instances.cnf import CNF
from instances.task import AttentionTask
from reductions.graph import paths

PATHS = paths(CNF, AttentionTask)

OTHER_MECHANISMS = ("product-exp", "product-window", "hamming-gaussian", "hamming-kde")
"""Edges to mechanisms that are not softmax attention."""

SIGNED = ("hamming-attention", "hamming-causal", "hamming-heads", "hamming-rotary")
"""Edges with V of both signs."""
