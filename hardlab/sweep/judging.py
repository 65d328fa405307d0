"""What an algorithm answered by itself, over some records: rows, errors and verdicts, whatever verdicts the lab found.

| measured | is |
|---|---|
| rows right | of the rows that were compared, those whose answer is on the side of low and high where the exact one is |
| wrong | on the other side; those between low and high are neither |
| error over demanded | the largest measured error of a record, over what its task tolerates: from 1 on it is too large |
| own verdicts | by the answers, low and high alone; against the oracle, or the exact sides of rows where it was not asked |

Records that were made before there were answers of their own have errors alone.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, inf

from hardlab.pages.text import from_log10
from hardlab.runs.judging import over, own_is
from hardlab.sweep.record import Stored

JUDGED = (
    "rows", "right", "wrong", "between", "share right", "error over demanded", "own right", "own wrong", "own unknown",
)  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """`error` is the logarithm to base 10, inf where an error was not finite, None where none was measured; `verdicts` has
    the counts of right, wrong and unknown ones; `sampled` records have more rows than were compared.
    """

    rows: int
    right: int
    wrong: int
    sampled: int
    verdicts: Counter[str]
    error: float | None

    def __bool__(self) -> bool:
        return bool(self.rows) or self.error is not None or self.verdicts.total() > 0

    @property
    def rows_right(self) -> float | None:
        return self.right / self.rows if self.rows else None

    @property
    def verdicts_right(self) -> float | None:
        return self.verdicts["right"] / self.verdicts.total() if self.verdicts.total() else None

    @property
    def cells(self) -> tuple[str, ...]:
        """Under JUDGED."""
        rows = [f"{count:,}" for count in (self.rows, self.right, self.wrong, self.rows - self.right - self.wrong)]
        share = self.rows_right
        counts = [f"{self.verdicts[name]:,}" for name in ("right", "wrong", "unknown")]
        said = ["-"] * 5 if share is None else [*rows, percent(share)]
        return (*said, times(self.error), *(counts if self.verdicts.total() else ["-"] * 3))


def judged(records: Iterable[Stored]) -> Judged:
    """Of all these records together."""
    rows = right = wrong = sampled = 0
    verdicts: Counter[str] = Counter()
    error = None
    for record in records:
        own = record.get("own")
        if own:
            rows, right, wrong = rows + own["rows"], right + own["right"], wrong + own["wrong"]
            sampled += bool(own.get("sampled"))
            fares = own_is(record)
            if fares is not None:
                verdicts[fares] += 1
        much = over(record)
        error = much if error is None or (much is not None and much > error) else error
    return Judged(rows, right, wrong, sampled, verdicts, error)


def percent(share: float) -> str:
    """Rounded down, so that 100% is all of them."""
    return f"{floor(1000 * share) / 10:g}%"


def times(exponent: float | None) -> str:
    """An error over the one demanded, by its logarithm to base 10."""
    if exponent is None:
        return "-"
    return {inf: "not finite", -inf: "0"}.get(exponent) or from_log10(exponent)
