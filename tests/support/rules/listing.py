"""Lists that the problems of this room enumerate, draw and search."""

from collections.abc import Hashable, Iterator, Sequence
from random import Random


def rising(total: int, least: int = 1, most: int | None = None, count: int | None = None) -> Iterator[tuple[int, ...]]:
    """Every list of numbers from `least` to `most` with this sum, `count` of them where that is given, in rising order."""
    if total == 0 and not count:
        yield ()
    if count == 0 or (count is not None and count * least > total):
        return
    for first in range(least, (total if most is None else min(total, most)) + 1):
        for rest in rising(total - first, first, most, None if count is None else count - 1):
            yield (first, *rest)


def sequences(times: Sequence[int], kinds: Sequence[Hashable]) -> Iterator[tuple[int, ...]]:
    """Every sequence in which each number j stands times[j] times, in lexicographic order; of numbers of one kind the smaller
    starts first, so that those that differ in equal parts alone come once.
    """
    before = [max((i for i in range(j) if kinds[i] == kind), default=None) for j, kind in enumerate(kinds)]
    left, length, done = list(times), sum(times), list[int]()

    def rest() -> Iterator[tuple[int, ...]]:
        if len(done) == length:
            yield tuple(done)
            return
        for j, earlier in enumerate(before):
            if left[j] and (earlier is None or left[earlier] < times[earlier]):
                left[j] -= 1
                done.append(j)
                yield from rest()
                done.pop()
                left[j] += 1

    return rest()


def is_order(witness: Sequence[int], n: int) -> bool:
    """Whether it has each of 0..n-1 once."""
    return len(witness) == n and sorted(witness) == list(range(n))


def numbers(random: Random, limit: int) -> tuple[int, ...]:
    """At most `limit` positive numbers, none much above `limit`."""
    return tuple(random.randint(1, limit + 2) for _ in range(random.randint(0, max(1, limit - 2))))
