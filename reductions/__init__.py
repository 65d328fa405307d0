"""Reductions: every edge of the graph by the name of its class, and how they are joined."""

from typing import TYPE_CHECKING

from instances.faces import face

if TYPE_CHECKING:
    from reductions.chain import Chain as Chain
    from reductions.edges.balanced_attention import BalancedAttention as BalancedAttention
    from reductions.edges.cnf_3ov import Cnf3ov as Cnf3ov
    from reductions.edges.cnf_cubes import CnfCubes as CnfCubes
    from reductions.edges.cnf_hamming import CnfHamming as CnfHamming
    from reductions.edges.cnf_ov import CnfOv as CnfOv
    from reductions.edges.cnf_sparse import CnfSparse as CnfSparse
    from reductions.edges.far_hamming import FarToNear as FarToNear
    from reductions.edges.hamming_alibi import HammingAlibi as HammingAlibi
    from reductions.edges.hamming_attention import HammingAttention as HammingAttention
    from reductions.edges.hamming_balanced import HammingBalanced as HammingBalanced
    from reductions.edges.hamming_bias import HammingBias as HammingBias
    from reductions.edges.hamming_causal import HammingCausal as HammingCausal
    from reductions.edges.hamming_dk import HammingDk as HammingDk
    from reductions.edges.hamming_dq import HammingDq as HammingDq
    from reductions.edges.hamming_dv import HammingDv as HammingDv
    from reductions.edges.hamming_dv_one import HammingDvOne as HammingDvOne
    from reductions.edges.hamming_dx_one import HammingDxOne as HammingDxOne
    from reductions.edges.hamming_gaussian import HammingGaussian as HammingGaussian
    from reductions.edges.hamming_heads import HammingHeads as HammingHeads
    from reductions.edges.hamming_kde import HammingKde as HammingKde
    from reductions.edges.hamming_packed import HammingPacked as HammingPacked
    from reductions.edges.hamming_padded import HammingPadded as HammingPadded
    from reductions.edges.hamming_rotary import HammingRotary as HammingRotary
    from reductions.edges.hamming_sink import HammingSink as HammingSink
    from reductions.edges.hamming_tiles import HammingTiles as HammingTiles
    from reductions.edges.hamming_window import HammingWindow as HammingWindow
    from reductions.edges.ov_attention import OvAttention as OvAttention
    from reductions.edges.ov_far import OvFar as OvFar
    from reductions.edges.ov_gap import OvGap as OvGap
    from reductions.edges.ov_hamming import OvHamming as OvHamming
    from reductions.edges.ov_product import OvProduct as OvProduct
    from reductions.edges.ov_tiles import OvTiles as OvTiles
    from reductions.edges.product_exp import ProductExp as ProductExp
    from reductions.edges.product_softmax import ProductSoftmax as ProductSoftmax
    from reductions.edges.product_window import ProductWindow as ProductWindow
    from reductions.edges.three_ov_tensor import ThreeOvTensor as ThreeOvTensor
    from reductions.edges.three_ov_transformer import ThreeOvTransformer as ThreeOvTransformer
    from reductions.ours import REDUCTIONS as REDUCTIONS
    from reductions.reduction import Reduction as Reduction
    from reductions.reduction import Theorem as Theorem

face(__name__, {
    "reductions.chain": ("Chain",),
    "reductions.edges.balanced_attention": ("BalancedAttention",),
    "reductions.edges.cnf_3ov": ("Cnf3ov",),
    "reductions.edges.cnf_cubes": ("CnfCubes",),
    "reductions.edges.cnf_hamming": ("CnfHamming",),
    "reductions.edges.cnf_ov": ("CnfOv",),
    "reductions.edges.cnf_sparse": ("CnfSparse",),
    "reductions.edges.far_hamming": ("FarToNear",),
    "reductions.edges.hamming_alibi": ("HammingAlibi",),
    "reductions.edges.hamming_attention": ("HammingAttention",),
    "reductions.edges.hamming_balanced": ("HammingBalanced",),
    "reductions.edges.hamming_bias": ("HammingBias",),
    "reductions.edges.hamming_causal": ("HammingCausal",),
    "reductions.edges.hamming_dk": ("HammingDk",),
    "reductions.edges.hamming_dq": ("HammingDq",),
    "reductions.edges.hamming_dv": ("HammingDv",),
    "reductions.edges.hamming_dv_one": ("HammingDvOne",),
    "reductions.edges.hamming_dx_one": ("HammingDxOne",),
    "reductions.edges.hamming_gaussian": ("HammingGaussian",),
    "reductions.edges.hamming_heads": ("HammingHeads",),
    "reductions.edges.hamming_kde": ("HammingKde",),
    "reductions.edges.hamming_packed": ("HammingPacked",),
    "reductions.edges.hamming_padded": ("HammingPadded",),
    "reductions.edges.hamming_rotary": ("HammingRotary",),
    "reductions.edges.hamming_sink": ("HammingSink",),
    "reductions.edges.hamming_tiles": ("HammingTiles",),
    "reductions.edges.hamming_window": ("HammingWindow",),
    "reductions.edges.ov_attention": ("OvAttention",),
    "reductions.edges.ov_far": ("OvFar",),
    "reductions.edges.ov_gap": ("OvGap",),
    "reductions.edges.ov_hamming": ("OvHamming",),
    "reductions.edges.ov_product": ("OvProduct",),
    "reductions.edges.ov_tiles": ("OvTiles",),
    "reductions.edges.product_exp": ("ProductExp",),
    "reductions.edges.product_softmax": ("ProductSoftmax",),
    "reductions.edges.product_window": ("ProductWindow",),
    "reductions.edges.three_ov_tensor": ("ThreeOvTensor",),
    "reductions.edges.three_ov_transformer": ("ThreeOvTransformer",),
    "reductions.ours": ("REDUCTIONS",),
    "reductions.reduction": ("Reduction", "Theorem"),
})  # fmt: skip
