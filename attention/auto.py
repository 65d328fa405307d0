"""The algorithm that should be fastest among those that promise the error wanted, by the costs of module `costs`."""

from dataclasses import dataclass
from math import inf
from typing import ClassVar, NamedTuple

from attention.algorithm import Algorithm, Promise, check_mechanism, checked_error
from attention.costs import boolean_seconds, softmax_seconds, trees_seconds
from attention.exact.boolean import Boolean
from attention.exact.softmax import Softmax
from attention.mixed.boxes import Boxes
from attention.mixed.long_rows import long_rows_may_decide
from attention.mixed.low_rank import LowRank, low_rank_may_decide
from attention.mixed.split import Split
from attention.polynomial.polynomial import Polynomial
from attention.summed import Summed, logsumexp_error, summed
from instances.coded import Floats
from instances.faults import Declined
from instances.task import Attention

FEW, LONG, PART, TREES = 3, 1.0, 0.1, 0.36
"""Boxes are looked for in so many dimensions, in more where the definition takes so long; where nothing else should take no
more than the first part of its time; and where trees take no more than the second of what else there is.
"""


class Considered(NamedTuple):
    """What is known of an algorithm before it runs: the seconds it should take on two cores, or why it is not taken."""

    key: str
    seconds: float | None
    why: str | None


@dataclass(frozen=True)
class Auto:
    """Whichever of polynomial, split, low-rank, boxes, boolean, softmax32 and softmax should be fastest, |T - Att| <= error
    promised.

    Errors: `Declined`, with what each of them promises or why it does not, where none promises it.
    """

    error: float = 1e-6

    key: ClassVar[str] = "auto"
    logarithmic: ClassVar[bool] = False
    visibility: ClassVar[bool] = True
    rotary: ClassVar[bool] = True

    def __post_init__(self) -> None:
        checked_error(self.error)

    def choice(self, inputs: Attention) -> Algorithm:
        """O((n + m)(d + v)). Errors: `Declined`."""
        return self.considered(inputs)[0]

    def considered(self, inputs: Attention) -> tuple[Algorithm, tuple[Considered, ...]]:
        """The choice, and what was looked at: the choice, what should take longer, and what does not promise the error. Others,
        such as boxes in many dimensions, were not worth a look. Errors: `Declined`.
        """
        check_mechanism(self, inputs)
        candidates: list[tuple[float, Algorithm]] = []
        refused: list[Considered] = []

        def consider(algorithm: Algorithm) -> None:
            try:
                candidates.append((predicted_seconds(algorithm, inputs), algorithm))
            except Declined as reason:
                refused.append(Considered(algorithm.key, None, str(reason)))

        def least() -> float:
            """The seconds of the fastest, which is the first from here on, that promises the error."""
            candidates.sort(key=lambda pair: pair[0])
            while candidates:
                seconds, algorithm = candidates[0]
                error = algorithm.promise(inputs).largest_error(inputs)
                if error <= self.error:
                    return seconds
                refused.append(Considered(algorithm.key, seconds, f"{algorithm.key} promises {error:.3g}"))
                del candidates[0]
            return inf

        *others, split, boxes = contestants(self.error)
        for algorithm in others:
            consider(algorithm)
        if long_rows_may_decide(inputs, self.error, least()):
            consider(split)
        if low_rank_may_decide(inputs, self.error, least()):
            consider(LowRank(self.error))
        if self._boxes_may_decide(inputs, least()):
            consider(boxes)
        if least() == inf:
            why = "; ".join(each.why or "" for each in refused)
            raise Declined(f"no algorithm promises an error of {self.error:.3g}: {why}")
        by_time = (Considered(algorithm.key, seconds, None) for seconds, algorithm in candidates)
        return candidates[0][1], (*by_time, *refused)

    @staticmethod
    def _boxes_may_decide(inputs: Attention, seconds: float) -> bool:
        """Whether to look into boxes, where something else should take so many seconds: where trees alone take the part of it
        that all of the sums may take of the definition.
        """
        by_definition = predicted_seconds(Softmax(), inputs)
        some = inputs.d <= FEW or by_definition > LONG
        trees = trees_seconds(inputs.n, inputs.m, inputs.d, inputs.V.shape[1])
        return some and seconds > max(PART * by_definition, trees / TREES)

    def promise(self, inputs: Attention) -> Promise:
        return self.choice(inputs).promise(inputs)

    def __call__(self, inputs: Attention) -> Floats:
        return self.choice(inputs)(inputs)

    def logsumexp_error(self, inputs: Attention) -> float:
        return logsumexp_error(self.choice(inputs), inputs)

    def summed(self, inputs: Attention) -> Summed:
        return summed(self.choice(inputs), inputs)


def contestants(error: float) -> tuple[Algorithm, ...]:
    """What auto chooses from, and `LowRank` where fewer directions than there are columns are enough for some rows."""
    return Polynomial(error), Boolean(), Softmax("float32"), Softmax(), Split(error), Boxes(error)


def predicted_seconds(algorithm: Algorithm, inputs: Attention) -> float:
    """The seconds that algorithm should take on two cores, its plan included. Errors: `Declined` where it declines."""
    n, m, d, v = inputs.n, inputs.m, inputs.d, inputs.V.shape[1]
    if isinstance(algorithm, Polynomial):
        return algorithm.plan(inputs).seconds(n, m, v)
    if isinstance(algorithm, LowRank):
        return algorithm.plan(inputs).seconds()
    if inputs.seen is not None:
        m = 1 + int((inputs.seen.stop - inputs.seen.start).mean())  # tiles that no row sees are left out
    if isinstance(algorithm, Split):
        return algorithm.plan(inputs).seconds(d, v)
    if isinstance(algorithm, Boxes):
        return algorithm.plan(inputs).seconds(n, m, d, v)
    if isinstance(algorithm, Boolean):
        algorithm.promise(inputs)
        return boolean_seconds(n, m, d, v)
    if isinstance(algorithm, Softmax):
        coded = isinstance(inputs.Q, tuple) or isinstance(inputs.K, tuple)
        return float(softmax_seconds(n, m, d, v, algorithm.precision)) + (5e-3 if coded else 0.0)  # through blocks of BLAS
    raise TypeError(f"no prediction for {algorithm.key}")
