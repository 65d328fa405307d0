"""The nearest pair by attention: what a search says, and what it does not take."""

import json
from dataclasses import replace
from typing import Any

import pytest

from attention import Algorithm, PlainFunction, Softmax, Trusted
from hardlab.pages.json import plain
from hardlab.runs.searching import search
from hardlab.runs.text import search_text
from instances.families import random_hamming
from instances.faults import BadInput
from instances.memory import MEMORY_BUDGET
from reductions.chain import Chain
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.hamming_balanced import HammingBalanced
from solvers.nearest import Nearest, NearestByAttention
from tests.support.kept import Keeper, steady
from tests.support.runs import constant, exact

LISTS = random_hamming(8, 9, 14, seed=5)


ALGORITHMS: dict[str, Algorithm] = {
    "softmax": Softmax(),
    "exact": Trusted(PlainFunction(exact, "exact"), 1e-3),
    "constant": Trusted(PlainFunction(constant, "constant"), 1e-3),
}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("oracle", [True, False])
def test_what_is_said(algorithm: str, oracle: bool, kept: Keeper) -> None:
    found = search(LISTS, Chain((HammingAttention(),)), ALGORITHMS[algorithm], 0.5, MEMORY_BUDGET, oracle)
    record = steady(dict(found.record))
    kept(f"{json.dumps(plain(record), sort_keys=True)} {search_text(record)} {found.exit_code} {found!r}")


@pytest.mark.parametrize(("further", "more", "holds"), [(0, 0, True), (100, 0, False), (0, 100, False)])
def test_an_answer_holds_where_both_its_halves_do(
    further: int, more: int, holds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = NearestByAttention.search

    def changed(self: NearestByAttention, *lists: Any) -> Nearest:
        found = real(self, *lists)
        return replace(found, distance=found.distance + further, at_least=found.at_least + more)

    monkeypatch.setattr(NearestByAttention, "search", changed)
    found = search(LISTS, Chain((HammingAttention(),)), Softmax(), 0.5, MEMORY_BUDGET, True)
    assert found.record["holds"] is holds


def test_a_chain_that_does_not_end_in_attention_is_refused() -> None:
    with pytest.raises(BadInput, match="the chain ends in balanced"):
        search(LISTS, Chain((HammingBalanced(),)), Softmax(), 0.5, MEMORY_BUDGET, False)
