"""What rows see, pair by pair from the definition; attention over it in balls of 200 bits; and visibilities of all kinds."""

from collections.abc import Iterator

import numpy as np
from flint import arb

from instances.bias import Bias
from instances.bits import Ints
from instances.coded import Floats
from instances.mechanism import Mechanism
from instances.task import Attention
from instances.visibility import Visibility


def place(of: Visibility, n: int, m: int, i: int) -> tuple[int, range, int]:
    """The head of row i, the keys of its segment, and the key (which need not exist) on its diagonal."""
    b, H, G = of.heads or (1, 1, 1)
    rows, columns = n // (b * H), m // (b * G)
    batch, head, row = i // rows // H, i // rows % H, i % rows
    first = (batch * G + head // (H // G)) * columns
    queries, keys = ([0, rows], [0, columns]) if of.queries is None else (of.queries.tolist(), of.keys.tolist())  # type: ignore[union-attr]
    s = next(s for s in range(len(queries) - 1) if queries[s] <= row < queries[s + 1])
    of_rows, of_keys = queries[s + 1] - queries[s], keys[s + 1] - keys[s]
    down = row - queries[s] + (of_keys - of_rows if of.corner == "bottom-right" else 0)
    return head, range(first + keys[s], first + keys[s + 1]), first + keys[s] + down


def sees(of: Visibility, n: int, m: int, i: int, j: int) -> bool:
    _, segment, diagonal = place(of, n, m, i)
    return (
        j in segment
        and (of.left is None or j >= diagonal - of.left)
        and (of.right is None or j <= diagonal + of.right)
        and (of.keep is None or bool(of.keep[j]))
        and (of.mask is None or bool(of.mask[i, j]))
    )


def definition(inputs: Attention) -> list[list[arb] | None]:
    """The answers of all rows, None for a normalised row that sees no key, at flint's working precision."""
    mechanism, n, m = inputs.mechanism, inputs.n, inputs.m
    Q, K = inputs.queries(slice(None)).tolist(), inputs.keys(slice(None)).tolist()
    found: list[list[arb] | None] = []
    for i in range(n):
        weights = {}
        for j in range(m):
            if not sees(mechanism.sees, n, m, i, j):
                continue
            score = arb(0)
            for x, y in zip(Q[i], K[j], strict=True):
                score += arb(x) * arb(y) if mechanism.kernel == "dot" else -((arb(x) - arb(y)) ** 2)
            weights[j] = (arb(inputs.scale) * score + bias(mechanism, n, m, i, j)).exp()
        total = sum(weights.values(), arb(0)) if mechanism.normalised else arb(1)
        columns = inputs.V.T.tolist()
        row = [sum((w * arb(column[j]) for j, w in weights.items()), arb(0)) / total for column in columns] if weights else None
        found.append(row if weights or mechanism.normalised else [arb(0)] * len(columns))
    return found


def bias(mechanism: Mechanism, n: int, m: int, i: int, j: int) -> arb:
    """What is added to the score of a pair."""
    total, of = arb(0), mechanism.bias
    if of.added is not None:
        total += arb(float(np.broadcast_to(of.added, (n, m))[i, j]))
    if of.slopes is not None:
        head, _, diagonal = place(mechanism.sees, n, m, i)
        total -= arb(float(of.slopes[head % len(of.slopes)])) * abs(diagonal - j)
    return total


def kinds(n: int, m: int, rng: np.random.Generator) -> Iterator[Visibility]:
    """One of each kind for n rows and m keys, degenerate ones among them; n and m are multiples of 4."""
    for corner in ("top-left", "bottom-right"):
        yield Visibility.causal(corner)
        for left, right in ((0, 0), (2, 0), (1, 1), (3, 1), (None, 2), (2, None), (n + m, n + m)):
            yield Visibility(left, right, corner)
    yield Visibility(keep=rng.random(m) < 0.6)
    yield Visibility(keep=np.arange(m) < m - 3)
    yield Visibility(keep=np.zeros(m, dtype=np.bool_))
    yield Visibility(mask=rng.random((n, m)) < 0.5)
    yield Visibility(mask=np.tril(np.ones((n, m), dtype=np.bool_), -1))
    for heads in ((1, 1, 1), (1, 4, 2), (2, 2, 1), (1, 4, 1), (2, 2, 2)):
        yield Visibility(heads=heads)
        yield Visibility(right=0, corner="bottom-right", heads=heads)
    yield Visibility(queries=np.array([0, 1, 1, n]), keys=np.array([0, 2, 3, m]))
    yield Visibility(queries=np.array([0, 2, n]), keys=np.array([0, 0, m]))


def conjunctions(n: int, m: int, rng: np.random.Generator, count: int) -> Iterator[Visibility]:
    """Random ones of several parts."""
    for _ in range(count):
        heads = (None, (1, 2, 1), (1, 4, 2), (2, 2, 2))[rng.integers(4)]
        b, H, G = heads or (1, 1, 1)
        lengths: list[Ints | None] = [None, None]
        if rng.random() < 0.5:
            lengths = [np.sort(np.append(rng.integers(0, size + 1, 2), [0, size])) for size in (n // b // H, m // b // G)]
        yield Visibility(
            left=None if rng.random() < 0.5 else int(rng.integers(0, m)),
            right=None if rng.random() < 0.3 else int(rng.integers(0, 3)),
            corner="top-left" if rng.random() < 0.5 else "bottom-right",
            heads=heads,
            queries=lengths[0],
            keys=lengths[1],
            keep=None if rng.random() < 0.5 else rng.random(m) < 0.8,
            mask=None if rng.random() < 0.5 else rng.random((n, m)) < 0.8,
        )


def biases(n: int, m: int, H: int, rng: np.random.Generator) -> list[Bias]:
    """No bias, arrays of all shapes, slopes, and both."""
    shapes = ((n, m), (1, m), (n, 1))
    added = [rng.normal(size=shape) for shape in shapes]
    slopes: Floats = np.exp2(-np.arange(1.0, H + 1))
    return [Bias(), *(Bias(array) for array in added), Bias(None, slopes), Bias(added[0], slopes), Bias(None, np.array([0.25]))]


def visible(of: Visibility, n: int, m: int) -> Floats:
    """1 where row i sees key j, else 0, from the definition."""
    return np.array([[float(sees(of, n, m, i, j)) for j in range(m)] for i in range(n)])
