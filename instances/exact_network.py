"""Networks of attention from their definition in ball arithmetic: the reference for everything that computes them.

An entry of a layer is computed when it is asked for: of keys and values only the columns that a head reads, and where earlier
layers do not write these, the tokens as they came. So a row of a network with a residual stream, whose heads do not read what
they write, takes L H N balls, and not all rows of all layers.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx
from numpy.typing import NDArray

from instances.coded import Floats
from instances.exact import ExactAttention

Weights = NDArray[np.float64]


class ExactNetwork(ExactAttention):
    """Entries of one column of the tokens after the last layer; module `network` has the definition."""

    def __init__(
        self, X: Floats, scale: float, weights: tuple[Weights, Weights, Weights, Weights], residual: bool, column: int
    ) -> None:
        super().__init__(X, X, X, scale)
        self._X, self._W, self._residual, self._column = X, weights, residual, column
        self._layers, self._heads = weights[0].shape[:2]
        self._memo: dict[Any, Any] = {}

    def row(self, i: int) -> list[arb]:
        """Entry i of the column, alone in a list."""
        return [self._entry(self._layers, i, self._column)]

    def _entry(self, layer: int, i: int, c: int) -> arb:
        """X_ic after so many layers."""
        if not layer:
            return arb(float(self._X[i, c]))
        label = (ctx.prec, layer, i, c)
        if label not in self._memo:
            total = self._entry(layer - 1, i, c) if self._residual else arb(0)
            for head in range(self._heads):
                WO = self._W[3][layer - 1, head, :, c]
                if WO.any():
                    means = self._means(layer - 1, head, i)
                    total += sum((means[v] * arb(float(WO[v])) for v in np.flatnonzero(WO).tolist()), arb(0))
            self._memo[label] = total
        return self._memo[label]  # type: ignore[no-any-return]

    def _means(self, layer: int, head: int, i: int) -> list[arb]:
        """The mean of X WV under the weights of token i, in one head of the layer after so many."""
        label = (ctx.prec, layer, head, i, "means")
        if label not in self._memo:
            WQ, WK, WV = (W[layer, head] for W in self._W[:3])
            asked, read, shown = (np.flatnonzero(W.any(axis=1)).tolist() for W in (WQ, WK, WV))
            query = self._tokens(layer, [i], asked) * arb_mat(_matrix(WQ[asked]))
            score = arb_mat(_matrix(WK[read])) * query.transpose()
            scores = self._tokens(layer, range(len(self._X)), read) * score if read and asked else None
            weights = [arb(1) if scores is None else (scores[y, 0] * arb(self._scale)).exp() for y in range(len(self._X))]
            total = sum(weights, arb(0))
            values = arb_mat([weights]) * self._tokens(layer, range(len(self._X)), shown) * arb_mat(_matrix(WV[shown]))
            self._memo[label] = [value / total for value in values.entries()]
        return self._memo[label]  # type: ignore[no-any-return]

    def _tokens(self, layer: int, rows: Sequence[int], columns: list[int]) -> arb_mat:
        """These columns of tokens, one of zeros where there is none, after so many layers."""
        which = tuple(rows) if len(rows) == 1 else "all"
        written = self._written(layer, columns)
        label = (ctx.prec, layer, which, tuple(columns)) if written else (which, tuple(columns))
        if label not in self._memo:
            entry = partial(self._entry, layer if written else 0)
            self._memo[label] = arb_mat([[entry(y, c) for c in columns] or [arb(0)] for y in rows])
        return self._memo[label]  # type: ignore[no-any-return]

    def _written(self, layer: int, columns: list[int]) -> bool:
        """Whether one of these columns may be another after so many layers."""
        return bool(layer) and (not self._residual or bool(self._W[3][:layer][..., columns].any()))


def _matrix(W: Weights) -> list[list[float]]:
    """Its rows, one of zeros where there is none."""
    return W.tolist() or [[0.0] * W.shape[1]]
