"""k-SAT to many sparse k-SAT instances: the sparsification lemma (Impagliazzo, Paturi and Zane; Calabro, Impagliazzo and
Paturi).

A formula with n variables, m clauses and width k is satisfiable iff one of its leaves is; the leaves' solutions are together
exactly the formula's. Each leaf has n variables, width <= k, at most m clauses, and every literal in fewer than theta_{c-1}
clauses of each size c >= 2 (and in at most one unit clause), theta_j = alpha (2 k alpha)^(2j-1), so O(n) clauses for fixed k
and alpha. There are at most 2^(eps n) leaves, eps = ((k-1)/alpha) log2(e k (2 k alpha)^(2k) alpha/(k-1)), whatever m is.

That is a statement about large n: eps <= 1/2 at k = 3 needs alpha = 301, where theta_1 = 543,606, so that no formula with
three literals a clause and n <= 40 is ever branched on. With small thresholds the same algorithm branches, and its count
and sparsity are still proved, by the bounds of `certificate`; the answer does not depend on the thresholds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import e, isfinite, log2
from typing import ClassVar

from instances.anyof import AnyOf
from instances.cnf import CNF
from instances.faults import BadInput, Declined
from instances.kept import kept
from instances.memory import bytes_text
from instances.problem import Problem, Size, Witness
from reductions.parts.certificate import Certificate, certificate, theorem_thresholds
from reductions.parts.sparsify import Sparsification, sparsify
from reductions.reduction import Reduction, Theorem

MAX_ALPHA = 10**9
SHOWN = 8  # thresholds among the constants


@dataclass(frozen=True)
class CnfSparse(Reduction[CNF, AnyOf]):
    """The formula is the disjunction of its sparse leaves: `count` of them, n variables, at most m clauses, width <= k.

    `alpha` gives theta_j, as in the theorem; or `thresholds` are theta_1, theta_2, ... themselves (the last repeats).
    `size` bounds every letter from n, m and k, with equality where no flower can have theta_1 clauses (one leaf);
    `actual_size` has the largest m and k of a leaf.
    Errors: `BadInput` unless 1 <= alpha <= 10^9 and thresholds >= 1, or for both; `Declined` for more leaves, flowers or
    memory than the limits of `sparsify`.
    """

    alpha: float = 1.0
    thresholds: tuple[int, ...] = ()

    key: ClassVar[str] = "cnf-sparse"
    target: ClassVar[type[Problem]] = CNF
    disjunction: ClassVar[bool] = True
    bound: ClassVar[bool] = True
    theorem: ClassVar[Theorem] = Theorem(
        "k-SAT with N variables is the disjunction of 2^(eps N) k-SAT instances with O(N) clauses, for every k and eps > 0",
        "sparsification lemma, Impagliazzo, Paturi and Zane; Calabro, Impagliazzo and Paturi",
        "The formula is split into cases where many clauses share literals, until in each case no literal stands in many "
        "clauses. It has a model if and only if one of the cases has.",
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "thresholds", tuple(self.thresholds))
        if not (isfinite(self.alpha) and 1 <= self.alpha <= MAX_ALPHA):
            raise BadInput(f"alpha = {self.alpha}: it must be from 1 to 10^9")
        if any(threshold < 1 for threshold in self.thresholds):
            raise BadInput(f"thresholds = {':'.join(map(str, self.thresholds))}: each must be at least 1")
        if self.thresholds and self.alpha != 1:
            raise BadInput("cnf-sparse takes alpha or thresholds: leave one of them out")

    def size(self, of: Size) -> Size:
        proved = self._certificate(of)
        return {"n": of["n"], "m": proved.clauses, "k": of["k"], "count": proved.leaves}

    def actual_size(self, problem: CNF, most: int) -> Size:
        found = self.sparsification(problem)
        if found.memory > most:
            raise Declined(
                f"{found.count} leaves by cnf-sparse need {bytes_text(found.memory)}, the memory budget is {bytes_text(most)}; "
                f"raise it with --memory (memory= in Python) or take larger thresholds"
            )
        return {"n": problem.n, "m": found.most_clauses, "k": found.width, "count": found.count}

    def constants(self, of: Size) -> Mapping[str, float]:
        """theta_1, ... (the first 8), and what is proved: log2 of the count, the steps and petal steps of a branch, and the
        clauses of a leaf that hold one literal; for alpha, the theorem's eps too.
        """
        k, proved = of["k"], self._certificate(of)
        shown = range(1, min(k - 1, SHOWN) + 1)
        found: dict[str, float] = {}
        if self.thresholds:
            found |= {f"theta_{j}": float(self._thresholds(k)[j - 1]) for j in shown}
        else:
            X = 2 * k * self.alpha
            found["alpha"] = float(self.alpha)
            found |= {f"theta_{j}": self.alpha * X ** (2 * j - 1) for j in shown}
            if k >= 2:
                logarithm = log2(e * k * self.alpha / (k - 1)) + 2 * k * log2(X)
                found["eps"] = (k - 1) / self.alpha * logarithm
        return found | {
            "leaves_log2": log2(proved.leaves),
            "branch": float(proved.branch),
            "petals": float(proved.petals),
            "literal": float(proved.literal),
        }

    def apply(self, problem: CNF) -> AnyOf:
        found = self.sparsification(problem)
        return AnyOf(CNF, found.count, found.leaf)

    def forth(self, problem: CNF, witness: Witness) -> Witness:
        return (self.sparsification(problem).leaf_of(witness), *witness)

    def back(self, problem: CNF, witness: Witness) -> Witness:
        return witness[1:]

    def sparsification(self, problem: CNF) -> Sparsification:
        """The leaves with their figures: `report` has what was met beside what is proved. Errors: `Declined`."""
        return _sparsified(problem, self._thresholds(problem.size["k"]))

    def _certificate(self, of: Size) -> Certificate:
        return certificate(of["n"], of["m"], of["k"], self._thresholds(of["k"]))

    def _thresholds(self, k: int) -> tuple[int, ...]:
        if not self.thresholds:
            return theorem_thresholds(self.alpha, k)
        given = self.thresholds[: max(0, k - 1)]
        return given + self.thresholds[-1:] * (k - 1 - len(given))


_sparsified = kept(2)(sparsify)
