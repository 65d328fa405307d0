"""Operands of one head made as many keys as queries, and values as wide as queries, for a kernel that takes no others.

Queries go in blocks of as many as there are keys, the last one filled up with the first queries. Columns of zeros change
neither scores nor what is returned of V; the width grows by powers of 4, so that the factor that makes up for a built-in scale
is exact.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from attention.options import NONE
from hardlab.kernels.call import Call
from hardlab.kernels.kernel import Answer, Outcome
from instances.coded import Floats


def asked_in_parts(ask: Callable[[Call], Outcome], call: Call, features: Sequence[str]) -> Outcome:
    """What a call comes to that may be put to the kernel in parts that it takes."""
    b, H, _, n, m, d, v = call.sizes
    wide, long = v != d and "width" not in features, n != m and "cross" not in features
    if not (wide or long) or (b, H) != (1, 1) or call.options != NONE or call.dO is not None:
        return ask(call)
    width = d
    while wide and width < v:
        width *= 4
    Q, K = _widened(call.Q, width), _widened(call.K, width)
    V = _widened(call.V, width) if wide else call.V
    answers: list[Answer] = []
    for first in range(0, n, m) if long else (0,):
        rows = (first + np.arange(m)) % n if long else np.arange(n)
        outcome = ask(replace(call, Q=Q[:, :, rows], K=K, V=V))
        if not isinstance(outcome, Answer):
            return outcome
        answers.append(outcome)
    output = np.concatenate([answer.output for answer in answers], axis=2)[:, :, :n, :v]
    noticed = tuple(dict.fromkeys(word for answer in answers for word in answer.noticed))
    return replace(answers[0], output=output, seconds=sum(answer.seconds for answer in answers), noticed=noticed)


def _widened(X: Floats, width: int) -> Floats:
    return np.pad(X, ((0, 0), (0, 0), (0, 0), (0, width - X.shape[3])))
