"""Softmax attention by its definition, streamed with a running maximum, in float64 or float32.

Guarantee (module `rounding`): |T - Att| <= (e^{2a} - 1 + 2u) mean|V| + 4 m tiny (1 + max|V|).
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from attention.algorithm import Promise
from attention.rounding import Rounding
from attention.streaming import key_blocks, over_rows, scores
from instances.coded import Floats
from instances.task import Attention


@dataclass(frozen=True)
class Softmax:
    """D^-1 exp(scale Q K^T) V by its definition, every operation in float64 or in float32, with a proved rounding error.

    Time O(n m d), memory O(blocks) beyond the inputs. Float32 is inside as well, not only in the output.
    """

    precision: Literal["float64", "float32"] = "float64"

    @property
    def key(self) -> str:
        return "softmax" if self.precision == "float64" else "softmax32"

    @property
    def logarithmic(self) -> bool:
        return False

    @property
    def _type(self) -> type[np.floating[Any]]:
        return np.float64 if self.precision == "float64" else np.float32

    def promise(self, inputs: Attention) -> Promise:
        return Rounding.of(inputs, self._type, key_blocks(inputs.m)).of_quotient()

    def __call__(self, inputs: Attention) -> Floats:
        with np.errstate(over="ignore"):
            V = inputs.V.astype(self._type)

        def row_block(rows: slice) -> Floats:
            count = rows.stop - rows.start
            largest = np.full(count, -np.inf, self._type)
            D = np.zeros(count, self._type)
            N = np.zeros((count, V.shape[1]), self._type)
            for keys, block in scores(inputs, rows, self._type):
                new = np.maximum(largest, block.max(axis=1))
                block -= new[:, None]
                np.exp(block, out=block)
                kept = np.exp(largest - new)
                D = D * kept + block.sum(axis=1)
                N = N * kept[:, None] + block @ V[keys]
                largest = new
            return N / D[:, None]

        return over_rows(inputs, V.shape[1], row_block)
