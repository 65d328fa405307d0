"""How sizes grow: the formula of a reduction beside what it builds, one letter of the source at a time."""

from collections import defaultdict
from collections.abc import Mapping
from math import log

from instances.problem import Size

LEAST = 3
"""Values of a letter from which on a slope is spoken of."""


class Growth:
    """Sizes that were seen: of the source, as the formula has the target's, and as it was built."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, tuple[tuple[str, int], ...]], dict[int, tuple[Size, Size]]] = defaultdict(dict)

    def saw(self, source: Size, stated: Size, built: Size) -> None:
        for letter, value in source.items():
            others = tuple(sorted((other, held) for other, held in source.items() if other != letter))
            known = self._seen[letter, others].get(value)
            largest = dict(built) if known is None else {name: max(built[name], known[1].get(name, 0)) for name in built}
            self._seen[letter, others][value] = (stated, largest)

    def slopes(self) -> Mapping[tuple[str, str], tuple[float, float]]:
        """For each letter of the source and the target, the exponents of the formula and of what was built, over the longest
        run in which nothing else changes.
        """
        best: dict[str, dict[int, tuple[Size, Size]]] = {}
        for (letter, _), run in self._seen.items():
            if len(run) > len(best.get(letter, ())):
                best[letter] = run
        found = {}
        for letter, run in best.items():
            values = sorted(value for value in run if value > 0)
            if len(values) < LEAST:
                continue
            low, high = values[len(values) // 2 - 1], values[-1]
            for name in run[high][1]:
                ends = [(run[low][part][name], run[high][part][name]) for part in (0, 1)]
                if high > low and all(min(pair) > 0 for pair in ends):
                    claimed, seen = (log(most / least) / log(high / low) for least, most in ends)
                    found[letter, name] = (claimed, seen)
        return found

    def said(self) -> str:
        parts = [
            f"{name} grows as {letter}^{seen:.2g}{_formula(letter, claimed, seen)}"
            for (letter, name), (claimed, seen) in self.slopes().items()
            if seen > 0.05 or claimed > 0.05
        ]
        return "; ".join(parts) or "no letter of the source varied alone"


def _formula(letter: str, claimed: float, seen: float) -> str:
    return "" if abs(claimed - seen) < 0.05 else f", the formula as {letter}^{claimed:.2g}"
