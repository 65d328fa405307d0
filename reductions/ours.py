"""The reductions that come with the lab."""

from collections.abc import Sequence

from instances.faults import BadInput
from instances.problem import Problem
from reductions.edges.balanced_attention import BalancedAttention
from reductions.edges.cnf_3ov import Cnf3ov
from reductions.edges.cnf_cubes import CnfCubes
from reductions.edges.cnf_hamming import CnfHamming
from reductions.edges.cnf_ov import CnfOv
from reductions.edges.cnf_sparse import CnfSparse
from reductions.edges.far_hamming import FarToNear
from reductions.edges.hamming_alibi import HammingAlibi
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.hamming_balanced import HammingBalanced
from reductions.edges.hamming_bias import HammingBias
from reductions.edges.hamming_causal import HammingCausal
from reductions.edges.hamming_dk import HammingDk
from reductions.edges.hamming_dq import HammingDq
from reductions.edges.hamming_dv import HammingDv
from reductions.edges.hamming_dv_one import HammingDvOne
from reductions.edges.hamming_dx_one import HammingDxOne
from reductions.edges.hamming_gaussian import HammingGaussian
from reductions.edges.hamming_heads import HammingHeads
from reductions.edges.hamming_kde import HammingKde
from reductions.edges.hamming_packed import HammingPacked
from reductions.edges.hamming_padded import HammingPadded
from reductions.edges.hamming_rotary import HammingRotary
from reductions.edges.hamming_sink import HammingSink
from reductions.edges.hamming_tiles import HammingTiles
from reductions.edges.hamming_window import HammingWindow
from reductions.edges.ov_attention import OvAttention
from reductions.edges.ov_far import OvFar
from reductions.edges.ov_gap import OvGap
from reductions.edges.ov_hamming import OvHamming
from reductions.edges.ov_product import OvProduct
from reductions.edges.ov_tiles import OvTiles
from reductions.edges.product_exp import ProductExp
from reductions.edges.product_softmax import ProductSoftmax
from reductions.edges.product_window import ProductWindow
from reductions.edges.three_ov_tensor import ThreeOvTensor
from reductions.edges.three_ov_transformer import ThreeOvTransformer
from reductions.reduction import AnyReduction

REDUCTIONS: tuple[type[AnyReduction], ...] = (
    CnfSparse,
    CnfCubes,
    CnfOv,
    CnfHamming,
    OvTiles,
    OvHamming,
    OvGap,
    HammingTiles,
    HammingBalanced,
    BalancedAttention,
    HammingAttention,
    HammingSink,
    HammingCausal,
    HammingWindow,
    HammingPadded,
    HammingPacked,
    HammingHeads,
    HammingRotary,
    HammingDq,
    HammingDv,
    HammingDk,
    HammingDvOne,
    HammingDxOne,
    HammingBias,
    HammingAlibi,
    OvAttention,
    OvProduct,
    OvFar,
    FarToNear,
    ProductExp,
    ProductSoftmax,
    ProductWindow,
    HammingGaussian,
    HammingKde,
    Cnf3ov,
    ThreeOvTensor,
    ThreeOvTransformer,
)


def foreign(steps: Sequence[AnyReduction]) -> list[str]:
    """The keys of the steps that are not ours: what they say is claimed, and not proved here."""
    return [step.key for step in steps if type(step) not in REDUCTIONS]


def named_apart(reductions: Sequence[type[AnyReduction]]) -> Sequence[type[AnyReduction]]:
    """These reductions, whose keys name edges and whose problems' names name nodes.

    Errors: `BadInput` for two reductions of one key, and for two problems of one name.
    """
    keys: dict[str, type[AnyReduction]] = {}
    names: dict[str, type[Problem]] = {}
    for each in reductions:
        if each.key in keys:
            both = f"{keys[each.key].__name__} and {each.__name__}"
            raise BadInput(f"two reductions have the key {each.key}, {both}: keys name edges and must differ")
        keys[each.key] = each
        for end in (each.source, each.target):
            if names.setdefault(end.called, end) is not end:
                both = f"{names[end.called].__name__} and {end.__name__} (of {each.key})"
                raise BadInput(f"two problems are called {end.called}, {both}: give one of them another name (called)")
    return reductions
