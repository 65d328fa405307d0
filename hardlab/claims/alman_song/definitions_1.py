"""Alman and Song, Definitions 1.1 and 1.2: the attention matrix is well defined, and what it means to approximate it.

Numbers in cases are fractions as text; e^x is a ball.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np
from flint import arb, arb_mat

from hardlab.claims.claim import Case, Finding, IllTyped, Verdict, found, outside
from hardlab.claims.numbers import Rows, ball, dot, largest, rows_of
from hardlab.claims.stating import Checked, stated

Attention = Callable[[arb_mat, arb_mat, arb_mat], arb_mat]
"""Att(Q, K, V)."""

Norm = Callable[[Rows], Fraction]


def definition_1_1(Q: arb_mat, K: arb_mat, V: arb_mat) -> arb_mat:
    """D^-1 A V, A = exp(Q K^T / d), D = diag(A 1)."""
    scores = Q * K.transpose() / Q.ncols()
    A = arb_mat([[scores[i, j].exp() for j in range(scores.ncols())] for i in range(scores.nrows())])
    D = A * arb_mat([[1]] * A.ncols())
    inverse = arb_mat([[1 / D[i, 0] if i == j else 0 for j in range(D.nrows())] for i in range(D.nrows())])
    return inverse * A * V


def largest_if_square(M: Rows) -> Fraction:
    """max |M_ij| for M in R^(n x n)."""
    if len(M) != len(M[0]):
        raise IllTyped(f"the norm is defined for n x n, and the matrix is {len(M)} x {len(M[0])}")
    return largest(M)


def weighted_means(formulas: Attention, case: Case) -> Finding:
    """With V = I the rows are positive, sum to 1, and have ratios e^((x_ij - x_il)), x = Q K^T / d; and Att is linear in V."""
    Q, K, V = inputs_of(case)
    if why := beyond(Q, K, V):
        return outside(why)
    n, d = len(Q), len(Q[0])
    identity = [[Fraction(int(i == j)) for j in range(n)] for i in range(n)]
    weights, output = formulas(_balls(Q), _balls(K), _balls(identity)), formulas(_balls(Q), _balls(K), _balls(V))
    if (output.nrows(), output.ncols()) != (n, len(V[0])):
        return found(False, f"Att is {output.nrows()} x {output.ncols()}")
    for i in range(n):
        x = [ball(dot(Q[i], k) / d) for k in K]
        row = [weights[i, j] for j in range(n)]
        ratios = all((row[j] * x[0].exp()).overlaps(row[0] * x[j].exp()) for j in range(n))
        means = all(output[i, c].overlaps(sum((w * ball(v[c]) for w, v in zip(row, V, strict=True)), arb(0))) for c in range(d))
        if not (all(w > 0 for w in row) and sum(row, arb(0)).overlaps(arb(1)) and ratios and means):
            return found(False, f"row {i} has weights {', '.join(w.str(5, radius=False) for w in row)}")
    return found(True, f"{n} rows")


def entrywise(formulas: Norm, case: Case) -> Finding:
    """||T - Att|| <= eps_a iff every entry is within eps_a."""
    M, eps = rows_of(case["T - Att"]), Fraction(case["eps_a"])
    norm, every = formulas(M), all(abs(x) <= eps for row in M for x in row)
    return found((norm <= eps) == every, f"norm {norm}, eps_a = {eps}, every entry within it: {every}")


def inputs_of(case: Case) -> tuple[Rows, Rows, Rows]:
    """Q, K and V."""
    Q, K, V = (rows_of(case[name]) for name in ("Q", "K", "V"))
    return Q, K, V


def beyond(Q: Rows, K: Rows, V: Rows) -> str:
    """Why Q, K and V are no n x d matrices that are checked here, or nothing."""
    n, d = len(Q), len(Q[0])
    if {(n, d)} != {(len(M), len(M[0])) for M in (K, V)}:
        return "Q, K and V are not of one shape"
    return "too large to check here" if n > 200 or d > 3 else ""


def _balls(rows: Rows) -> arb_mat:
    return arb_mat([[ball(x) for x in row] for row in rows])


def random_inputs() -> Iterator[Case]:
    """n up to 5 and d up to 3, with entries of up to B = 1.25, 1.5 and 2 in steps of B/4; the extreme ones first."""
    for B in ("5/4", "3/2", "2"):
        yield {"Q": [[B], [B]], "K": [[B], ["-" + B]], "V": [[B], ["-" + B]], "B": B, "eps": "1/20"}
    rng = np.random.default_rng(1)
    for B in ("5/4", "3/2", "2"):
        for n, d in ((1, 1), (2, 1), (2, 2), (3, 2), (5, 3)):
            for eps in ("1/4", "1/20", "1/1000"):
                Q, K, V = (
                    [[str(Fraction(B) * int(x) / 4) for x in row] for row in rng.integers(-4, 5, (n, d))] for _ in range(3)
                )
                yield {"Q": Q, "K": K, "V": V, "B": B, "eps": eps}


def differences() -> Iterator[Case]:
    """A column of two entries, square matrices, rows."""
    yield {"T - Att": [["1"], ["1"]], "eps_a": "1"}
    rng = np.random.default_rng(12)
    for n, d in ((1, 1), (1, 2), (2, 2), (3, 2), (4, 3)):
        for eps in ("1", "2", "3"):
            yield {"T - Att": [[str(x) for x in row] for row in rng.integers(-3, 4, (n, d)).tolist()], "eps_a": eps}


CLAIMS = stated(
    __file__,
    Checked("Definition-1.1", weighted_means, random_inputs, printed=definition_1_1),
    Checked(
        "Definition-1.2-norm", entrywise, differences, printed=largest_if_square, mended=largest, recorded=Verdict.ILL_TYPED
    ),
)
