"""Gradients of attention from their definition in ball arithmetic: the reference for everything that computes them."""

from collections.abc import Mapping, Sequence

import numpy as np
from flint import arb, ctx

from instances.coded import Floats, Rows, column_of
from instances.exact import ExactAttention
from instances.mechanism import Mechanism
from instances.seen import Seen


class ExactGradient(ExactAttention):
    """Entries of one column of dQ, dK, dV or dX as balls; module `gradients` has the definitions.

    An entry of dQ takes what a row of attention takes, one of the others as much as all n rows that have some dO (they are
    remembered, but for a weight a row and entry).
    """

    def __init__(
        self,
        Q: Rows,
        K: Rows,
        V: Floats,
        dO: Floats,
        scale: float,
        mechanism: Mechanism,
        seen: Seen | None,
        of: str,
        column: int,
    ) -> None:
        values = np.hstack([V, column_of(K, column)[:, None]]) if of in ("dQ", "dX") else V
        super().__init__(Q, K, values, scale, mechanism, seen)
        blind = np.zeros(0, dtype=np.int64) if seen is None else seen.blind
        self._dO, self._v, self._of, self._column = dO, V.shape[1], of, column
        self._asked = np.setdiff1d(np.flatnonzero(dO.any(axis=1)), blind).tolist()
        self._asking = frozenset(self._asked)
        self._rows: dict[tuple[int, int], tuple[arb, arb]] = {}
        self._of_dQ: dict[tuple[int, int], arb] = {}
        self._factors: Mapping[str, Floats] = {} if of != "dK" else {"Q": column_of(Q, column)}

    def row(self, i: int) -> list[arb]:
        """Entry i of the column, alone in a list."""
        return [{"dQ": self._dq, "dK": self._dk, "dV": self._dv, "dX": self._dx}[self._of](i)]

    def _dq(self, i: int) -> arb:
        """scale sum_j P_ij (f_ij - delta_i) K_jc."""
        if (i, ctx.prec) not in self._of_dQ:
            total = arb(0)
            if i in self._asking:
                D, delta = self._sums(i)
                for weight, kind, count in self.classes(i):
                    total += weight * count * (self._f(i, kind) - delta) * arb(float(self.values[kind, self._v]))
                total *= arb(self._scale) / D
            self._of_dQ[i, ctx.prec] = total
        return self._of_dQ[i, ctx.prec]

    def _dk(self, j: int) -> arb:
        """scale sum_i P_ij (f_ij - delta_i) Q_ic."""
        total = arb(0)
        for i in self._asked:
            for weight, kind, _ in self.classes(i, j):
                D, delta = self._sums(i)
                total += weight / D * (self._f(i, kind) - delta) * arb(float(self._factors["Q"][i]))
        return arb(self._scale) * total

    def _dv(self, j: int) -> arb:
        """sum_i P_ij dO_ic."""
        total = arb(0)
        for i in self._asked:
            for weight, _, _ in self.classes(i, j):
                total += weight / self._sums(i)[0] * arb(float(self._dO[i, self._column]))
        return total

    def _dx(self, x: int) -> arb:
        """sum_i Q_ix dQ_ic."""
        factors = column_of(self._Q, x)
        return sum((arb(float(factors[i])) * self._dq(i) for i in self._asked if factors[i]), arb(0))

    def _sums(self, i: int) -> tuple[arb, arb]:
        """D_i = sum_j w_ij, and delta_i = sum_j P_ij f_ij."""
        if (i, ctx.prec) not in self._rows:
            D, of_f = arb(0), arb(0)
            for weight, kind, count in self.classes(i):
                D += weight * count
                of_f += weight * count * self._f(i, kind)
            self._rows[i, ctx.prec] = D, of_f / D
        return self._rows[i, ctx.prec]

    def _f(self, i: int, kind: int) -> arb:
        """f_ij = <dO_i, V_j> of the keys whose values are of that kind."""
        pairs: Sequence[tuple[float, float]] = list(zip(self._dO[i].tolist(), self.values[kind].tolist(), strict=False))
        return sum((arb(x) * arb(y) for x, y in pairs), arb(0))
