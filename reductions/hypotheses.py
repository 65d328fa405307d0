"""The hypotheses on which conclusions about running time rest, as data: what they say, what implies them, how they stand.

A reduction is a theorem and needs none of them. A lower bound for its target does: "to decide the target takes N^(2-o(1))
time", N the vectors a side at the last orthogonal vectors of the path, or 2^(n/2) for a formula of n variables where it
passes none (N is the rows of most targets; with a window, N^2 is the rows times the keys that a row sees). It needs OVH from
orthogonal vectors onward, SETH from formulas.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from instances.cnf import CNF
from instances.problem import Problem
from instances.vectors import OrthogonalVectors
from reductions.chain import Chain
from reductions.graph import paths
from reductions.ours import REDUCTIONS, foreign
from reductions.reduction import AnyReduction

Reductions = Sequence[type[AnyReduction]]


@dataclass(frozen=True)
class Implication:
    """That a hypothesis implies the one of that name, and who showed it."""

    name: str
    source: str


@dataclass(frozen=True)
class Hypothesis:
    """A statement that nobody has proved; `status` is what is known of it at `date` (year and month)."""

    name: str
    statement: str
    source: str
    implies: tuple[Implication, ...]
    status: str
    date: str

    @property
    def implied_by(self) -> tuple[str, ...]:
        return tuple(other.name for other in HYPOTHESES for implied in other.implies if implied.name == self.name)


SETH = Hypothesis(
    "SETH",
    "for every delta > 0 there is a k such that no algorithm, randomised ones included, decides k-SAT with N variables in "
    "time O(2^((1-delta) N))",
    "Impagliazzo and Paturi; Calabro, Impagliazzo and Paturi",
    (Implication("OVH", "sparsification, Impagliazzo, Paturi and Zane, and split-and-list, Williams 2005"),),
    "open: neither proved nor, as far as we know, refuted; the known algorithms take 2^((1 - c_k) N) with c_k = Theta(1/k)",
    "2026-11",
)

OVH = Hypothesis(
    "OVH",
    "for every delta > 0 there is a c such that no algorithm, randomised ones included, finds out in time O(n^(2-delta)) "
    "whether two lists of n vectors of dimension c log n hold an orthogonal pair",
    "Williams 2005",
    (),
    "open: neither proved nor, as far as we know, refuted; the known algorithms take n^(2 - 1/O(log c))",
    "2026-11",
)

HYPOTHESES: tuple[Hypothesis, ...] = (SETH, OVH)


@dataclass(frozen=True)
class Conclusion:
    """What the lower bound for a target rests on: the weakest hypothesis that we know to suffice, or None, and how."""

    hypothesis: Hypothesis | None
    text: str

    @property
    def name(self) -> str:
        return self.hypothesis.name if self.hypothesis is not None else "none"


def weakest(of: Chain | type[Problem], reductions: Reductions = REDUCTIONS) -> Conclusion:
    """The weakest of HYPOTHESES that suffices for a problem, or for the target of a chain by way of that chain.

    A chain through orthogonal vectors starts there for this purpose. Steps that are not in REDUCTIONS are claims of their
    authors, and are named. Errors: `ValueError` for a chain without steps.
    """
    if not isinstance(of, Chain):
        return _of_problem(of, reductions)
    if not of.steps:
        raise ValueError("a chain without steps concludes nothing: ask about its problem")
    nodes = of.problems
    if OrthogonalVectors in nodes:
        last = len(nodes) - 1 - nodes[::-1].index(OrthogonalVectors)
        before = "" if last == 0 else "start at ov; "
        return Conclusion(OVH, f"{before}SETH implies it{_claims(of.steps[last:])}")
    if nodes[0] is CNF:
        return Conclusion(SETH, f"k-SAT for every k, sparsified, not 3-SAT alone; no ov on the way{_claims(of.steps)}")
    source, claims = _of_problem(nodes[0], reductions), _claims(of.steps)
    if source.hypothesis is None:
        return Conclusion(None, f"{source.text}; the path says that {nodes[-1].called} is at least as hard{claims}")
    return Conclusion(source.hypothesis, f"for {nodes[0].called}: {source.text}{claims}")


def _of_problem(problem: type[Problem], reductions: Reductions) -> Conclusion:
    """The best of the known chains from orthogonal vectors, else from formulas."""
    if problem is OrthogonalVectors:
        return Conclusion(OVH, "SETH implies it")
    if problem is CNF:
        return Conclusion(SETH, "k-SAT for every k, sparsified, not 3-SAT alone")
    for start in (OrthogonalVectors, CNF):
        known = [chain for chain in paths(start, problem, reductions) if chain.steps]
        if known:
            best = min(known, key=lambda chain: len(foreign(chain.steps)))
            return Conclusion(OVH if start is OrthogonalVectors else SETH, f"by {best.keys}{_claims(best.steps)}")
    return Conclusion(None, f"we know no path to {problem.called} from ov or cnf")


def _claims(steps: Sequence[AnyReduction]) -> str:
    others = foreign(steps)
    return f"; and on the claim of {' and '.join(others)}, not ours" if others else ""
