"""The problems that come with the lab."""

from instances.cnf import CNF
from instances.gradients import GradientTask
from instances.network import TransformerTask
from instances.problem import Problem
from instances.task import AttentionTask
from instances.tensor import TensorTask
from instances.triples import ThreeOrthogonalVectors
from instances.vectors import BalancedHamming, FarHamming, GapHamming, OrthogonalVectors, ThresholdProduct

PROBLEMS: tuple[type[Problem], ...] = (
    CNF,
    OrthogonalVectors,
    ThreeOrthogonalVectors,
    GapHamming,
    BalancedHamming,
    FarHamming,
    ThresholdProduct,
    AttentionTask,
    GradientTask,
    TensorTask,
    TransformerTask,
)
