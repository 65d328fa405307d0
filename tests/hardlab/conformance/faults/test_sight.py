"""What rows see in each fault of sight, and what is added in each fault of that: bit by bit, in calls of every kind."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attention.options import NONE, Options
from hardlab.conformance.case import Case
from hardlab.conformance.dense import meant
from hardlab.conformance.evidence import Evidence
from hardlab.conformance.faults.added import wrongly_added
from hardlab.conformance.faults.sight import _sights, of_sight
from hardlab.conformance.planting import Shape, unplanned
from tests.support.kept import Keeper, digits
from tests.support.planted import drawn

SIZES = ((6, 6), (4, 9), (9, 4), (3, 20), (20, 35))
H = 2


def kinds(n: int, m: int) -> Iterator[Options]:
    """Each feature alone, and those that change one another."""
    random = np.random.default_rng((n, m))
    keep = random.random((2, m)) < 0.7
    mask = random.random((2, H, n, m)) < 0.6
    packed: Any = (np.array([0, n // 3, n]), np.array([0, m // 2, m]))
    three: Any = (np.array([0, 1, n // 2, n]), np.array([0, m // 3, m // 2, m]))
    for causal in ("top-left", "bottom-right"):
        yield from (
            Options(causal),
            Options(causal, (2, None)),
            Options(causal, keep=keep),
            Options(causal, mask=mask),
            Options(causal, cu_seqlens=packed),
            Options(causal, alibi=np.array([0.5, 0.25])),
        )
    yield from (Options(window=window) for window in ((1, 2), (None, 1), (3, None), (2, 2)))
    yield from (
        Options(window=(1, 2), corner="bottom-right"),
        Options(window=(2, 1), cu_seqlens=three),
        Options(cu_seqlens=three),
    )
    yield from (Options(keep=keep), Options(mask=mask), Options(keep=keep, mask=mask), NONE)
    yield from (Options(bias=random.normal(size=(n, m))), Options(bias=random.normal(size=(2, H, n, m)), causal="top-left"))
    yield Options(alibi=np.array([0.5, 0.25]), bias=random.normal(size=(2, 1, n, m)))


def evidence(n: int, m: int, options: Options, part: str = "output") -> Evidence:
    call = drawn(Shape(2, H, 1, n, m, 4, 2), options, gradients=part != "output")
    nothing = np.zeros((2, H, n, 2))
    return Evidence(Case("x", Shape(), "spread", (1,)), unplanned(call), part, nothing, nothing, nothing, nothing == 0)


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_what_rows_see(n: int, m: int, kept: Keeper) -> None:
    lines, rows = [], np.arange(n)
    for options in kinds(n, m):
        for sentence, seeing in _sights(evidence(n, m, options)):
            bits = [seeing(batch, head, rows) for batch in range(2) for head in range(H)]
            lines.append(f"{sentence} {np.packbits(np.broadcast_to(bits, (2 * H, n, m))).tobytes().hex()}")
    kept("\n".join(lines))


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_what_is_added(n: int, m: int, kept: Keeper) -> None:
    lines, rows = [], np.arange(n)
    for options in kinds(n, m):
        for sentence, adding in wrongly_added(evidence(n, m, options)):
            given = [] if adding is None else [adding(batch, head, rows) for batch in range(2) for head in range(H)]
            lines += [sentence, *(digits(X) for X in given)]
    kept("\n".join(lines))


@pytest.mark.parametrize("part", ["output", "dQ"])
def test_gradients_may_be_wrong_in_the_backward_pass_alone(part: str) -> None:
    """With its own mass, and with that of the forward pass; and in both passes, as an output is."""
    of = evidence(4, 9, Options("top-left"), part)
    right, all_ = meant(of.planted.call), [*of_sight(of)]
    sentences = [sentence for sentence, _ in _sights(of)]
    alone = [fault for fault in all_ if fault.sentence.startswith("in the backward pass ")]
    assert len(alone) == (0 if part == "output" else 2 * len(sentences))
    assert [fault.sentence for fault in all_ if fault not in alone] == sentences
    for fault in alone:
        assert fault.reading is not None
        assert (fault.reading.output() == right.output()).all()
    assert [fault.reading.by_kept_sums for fault in alone if fault.reading] == [False, True] * (len(alone) // 2)
    with np.errstate(all="ignore"):
        for fault in all_:
            assert fault.reading is not None
            if fault not in alone and part == "output":
                expected = replace(right, sees=fault.reading.sees).output()
                found = fault.numbers()
                assert np.array_equal(found[~np.isnan(found)], expected[~np.isnan(found)])
