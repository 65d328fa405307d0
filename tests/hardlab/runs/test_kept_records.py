"""Records of small runs, their pages and what is said of them are what they were: every chain, and every kind of verdict."""

import json

import pytest

from hardlab.names.chains import chain
from hardlab.runs.explained import explained
from hardlab.runs.page.page import page_of_run
from hardlab.runs.running import run
from hardlab.runs.text import run_text
from instances.cnf import CNF
from tests.support.kept import Keeper, steady
from tests.support.paths import PATHS, TO_GRADIENTS
from tests.support.runs import NO, RECORDS, Record, algorithm_for, recorded

CHAINS = {"+".join(step.key for step in steps.steps): steps for steps in [*PATHS, *TO_GRADIENTS]}


ONE = CNF(4, ((1, 2), (-1, 3, 4), (-2, -3, 4), (-1, -2, -4), (2, 3), (-3, 1), (1, 4), (1, -4), (-3, -4)))
"""It has one model, so that no two rows tie but for their rounding."""


def said(record: Record) -> str:
    return f"{json.dumps(record, sort_keys=True)}\n{page_of_run(record)}"


def told(formula: CNF, keys: str) -> str:
    steps = chain(keys)
    record = steady(dict(run(formula, steps, algorithm_for(steps), picture=True).record))
    return f"{run_text(record)}\n{explained(record, 'hardlab run')}"


@pytest.mark.parametrize("kind", RECORDS)
def test_a_record_of_each_kind(kind: str, kept: Keeper) -> None:
    kept(said(steady(RECORDS[kind]())))


@pytest.mark.parametrize("keys", CHAINS)
def test_a_record_of_each_chain(keys: str, kept: Keeper) -> None:
    words = keys.replace("+", ",")
    no = json.dumps(steady(recorded(NO, words))["stages"], sort_keys=True)
    kept("\n".join([said(steady(recorded(ONE, words))), told(ONE, words), no]))
