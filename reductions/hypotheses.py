"""The hypotheses on which conclusions about running time rest, as data: what they say, what implies them, how they stand.

A reduction is a theorem and needs none of them. A lower bound for its target does: "to decide the target takes N^(l-o(1))
time", N the vectors a list at the last problem of l lists on the path (two of orthogonal vectors, three of 3-OV), or 2^(v/2)
for a formula of v variables where it passes none (N is the rows of most targets; with a window, N^2 is the rows times the keys
that a row sees). It needs the hypothesis of that problem, which is OVH or 3-OVH, and SETH from formulas.

What a faster solver would give. Formulas have N = 2^(v/l) partial assignments a list, so time N^(l-q) for the target is
2^((1 - q/l) v) for k-SAT on v variables, for every k.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from instances.cnf import CNF
from instances.ours import PROBLEMS
from instances.problem import Problem
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
    """A statement that nobody has proved; `status` is what is known of it at `date` (year and month).

    It is about instances of the problem that is called `of`, which has so many `lists`; a formula is split into two.
    """

    name: str
    of: str
    lists: int
    statement: str
    source: str
    implies: tuple[Implication, ...]
    status: str
    date: str

    @property
    def implied_by(self) -> tuple[str, ...]:
        return tuple(other.name for other in HYPOTHESES for implied in other.implies if implied.name == self.name)


SPLIT = "sparsification, Impagliazzo, Paturi and Zane, and split-and-list, Williams 2005"

SETH = Hypothesis(
    "SETH",
    "cnf",
    2,
    "for every delta > 0 there is a k such that no algorithm, randomised ones included, decides k-SAT with N variables in "
    "time O(2^((1-delta) N))",
    "Impagliazzo and Paturi; Calabro, Impagliazzo and Paturi",
    (Implication("3-OVH", f"{SPLIT}, into three lists"), Implication("OVH", SPLIT)),
    "open: neither proved nor, as far as we know, refuted; the known algorithms take 2^((1 - c_k) N) with c_k = Theta(1/k)",
    "2026-11",
)

THREE_OVH = Hypothesis(
    "3-OVH",
    "3ov",
    3,
    "for every delta > 0 there is a c such that no algorithm, randomised ones included, finds out in time O(n^(3-delta)) "
    "whether three lists of n vectors of dimension c log n hold a triple without a coordinate in which all three are 1",
    "Williams 2005, of three lists",
    (
        Implication(
            "OVH",
            "of each vector c of the third list, an instance of two lists: a is orthogonal to the product of b and c, "
            "coordinate by coordinate",
        ),
    ),
    "open: neither proved nor, as far as we know, refuted; no algorithm is known that is faster by n^Omega(1) for every c",
    "2026-11",
)

OVH = Hypothesis(
    "OVH",
    "ov",
    2,
    "for every delta > 0 there is a c such that no algorithm, randomised ones included, finds out in time O(n^(2-delta)) "
    "whether two lists of n vectors of dimension c log n hold an orthogonal pair",
    "Williams 2005",
    (),
    "open: neither proved nor, as far as we know, refuted; the known algorithms take n^(2 - 1/O(log c))",
    "2026-11",
)

HYPOTHESES: tuple[Hypothesis, ...] = (SETH, THREE_OVH, OVH)
"""Each implies those after it."""


@dataclass(frozen=True)
class Conclusion:
    """What the lower bound for a target rests on: the weakest hypothesis that we know to suffice, or None, and how; `what` is
    the target in words.
    """

    hypothesis: Hypothesis | None
    text: str
    what: str

    @property
    def name(self) -> str:
        return self.hypothesis.name if self.hypothesis is not None else "none"

    @property
    def implies(self) -> str:
        """What a faster solver of the target would give for k-SAT; empty where no hypothesis is known to suffice."""
        if self.hypothesis is None:
            return ""
        if self.what.startswith(CNF.called):
            return f"{self.what} in time 2^((1 - q) v), q > 0, v variables, for every k would be against SETH"
        lists, also = self.hypothesis.lists, "" if self.hypothesis is SETH else f"{self.name} and "
        return (
            f"{self.what} in time N^({lists} - q), q > 0, N vectors a list, would decide k-SAT on v variables in time "
            f"2^((1 - q/{lists}) v) for every k, against {also}SETH"
        )


def problem_of(hypothesis: Hypothesis) -> type[Problem] | None:
    """The problem that it is about; None where the lab has none that is called so."""
    return next((problem for problem in PROBLEMS if problem.called == hypothesis.of), None)


def weakest(of: Chain | type[Problem], reductions: Reductions = REDUCTIONS) -> Conclusion:
    """The weakest of HYPOTHESES that suffices for a problem, or for the target of a chain by way of that chain.

    A chain through orthogonal vectors, of two lists or else of three, starts there for this purpose. Steps that are not in
    REDUCTIONS are claims of their authors, and are named. Errors: `ValueError` for a chain without steps.
    """
    if not isinstance(of, Chain):
        return _of_problem(of, reductions)
    if not of.steps:
        raise ValueError("a chain without steps concludes nothing: ask about its problem")
    nodes, what = of.problems, of.problems[-1].called
    if any(step.disjunction for step in of.steps):
        what += ", all instances together,"
    for hypothesis in (OVH, THREE_OVH):
        start = problem_of(hypothesis)
        if start is not None and start in nodes:
            last = len(nodes) - 1 - nodes[::-1].index(start)
            before = "" if last == 0 else f"start at {start.called}; "
            return Conclusion(hypothesis, f"{before}SETH implies it{_claims(of.steps[last:])}", what)
    if nodes[0] is CNF:
        return Conclusion(SETH, f"k-SAT for every k, sparsified, not 3-SAT alone; no ov on the way{_claims(of.steps)}", what)
    source, claims = _of_problem(nodes[0], reductions), _claims(of.steps)
    if source.hypothesis is None:
        return Conclusion(None, f"{source.text}; the path says that {nodes[-1].called} is at least as hard{claims}", what)
    return Conclusion(source.hypothesis, f"for {nodes[0].called}: {source.text}{claims}", what)


def _of_problem(problem: type[Problem], reductions: Reductions) -> Conclusion:
    """The best of the known chains from orthogonal vectors, else from three lists of them, else from formulas."""
    for hypothesis in reversed(HYPOTHESES):
        start = problem_of(hypothesis)
        if problem is start:
            text = "k-SAT for every k, sparsified, not 3-SAT alone" if hypothesis is SETH else "SETH implies it"
            return Conclusion(hypothesis, text, problem.called)
        known = [] if start is None else [chain for chain in paths(start, problem, reductions) if chain.steps]
        if known:
            best = min(known, key=lambda chain: len(foreign(chain.steps)))
            return Conclusion(hypothesis, f"by {best.keys}{_claims(best.steps)}", problem.called)
    return Conclusion(None, f"we know no path to {problem.called} from ov or cnf", problem.called)


def _claims(steps: Sequence[AnyReduction]) -> str:
    others = foreign(steps)
    return f"; and on the claim of {' and '.join(others)}, not ours" if others else ""
