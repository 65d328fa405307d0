"""Runs keep what the algorithm answered by itself apart from what the lab found, and say how a YES came back."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attention import Certified, PlainFunction, Softmax, Trusted
from hardlab.names.chains import chain
from hardlab.runs.explained import explained, way_back
from hardlab.runs.running import run
from hardlab.runs.text import own_lines, run_text
from hardlab.runs.weights import best_keys, log_shares
from instances.anyof import AnyOf
from instances.cnf import CNF
from instances.coded import Floats
from instances.dimacs import read
from instances.mechanism import NAMES, Mechanism
from instances.task import Attention, AttentionTask
from instances.visibility import Visibility
from reductions.chain import BrokenHop, Chain
from solvers import ExhaustiveHamming
from tests.support.calling import Caller
from tests.support.paths import OTHER_MECHANISMS, PATHS
from tests.support.places import SAT, UNSAT

YES = CNF(4, ((1, 2), (-1, 3, 4), (-2, -3, 4), (-1, -2, -4)))
NO = CNF(4, ((1, -2), (-1, -4), (2, 4), (2, -4), (-1, -2, 4)))

PLUG_INS = """
import numpy as np

def exact(Q, K, V, scale):
    weights = np.exp(scale * Q @ K.T)
    return weights / weights.sum(axis=1, keepdims=True) @ V

def noise(Q, K, V, scale):
    return np.random.default_rng(0).normal(scale=5, size=(len(Q), V.shape[1]))

def constant(Q, K, V, scale):
    return np.zeros((len(Q), V.shape[1]))

def linear(Q, K, V, scale):
    left, right = np.exp(np.minimum(Q, 1)), np.exp(np.minimum(K, 1))
    return left @ (right.T @ V) / (left @ right.sum(axis=0))[:, None]

def shuffled(Q, K, V, scale):
    return np.roll(exact(Q, K, V, scale), 1, axis=0)

def flipped(Q, K, V, scale):
    return -exact(Q, K, V, scale)
"""
WRONG = ("noise", "constant", "linear", "shuffled", "flipped")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("own") / "kernels.py"
    found.write_text(PLUG_INS)
    return found


def test_by_the_command_line_wrong_kernels_are_told_apart(call: Caller, file: Path) -> None:
    records = {name: call("run", SAT, "--algorithm", f"{file}:{name}", "--json").json for name in ("exact", *WRONG)}
    owns = {name: record["own"] for name, record in records.items()}
    for name, own in owns.items():
        assert own["right"] + own["wrong"] + own["between"] == own["rows"] == own["of"] == 71, name
        assert own["truth"] == "yes"
    assert owns["exact"]["right"] == 71
    assert (owns["exact"]["verdict"], owns["exact"]["tried"]) == ("yes", 0)
    for name in WRONG:
        assert owns[name]["right"] < 71, name
        assert records[name]["delivered"]["log10"] > records[name]["demanded"]["log10"], name
    assert len({tuple(owns[name][key] for key in ("right", "wrong", "between", "tried")) for name in owns}) >= 5
    assert owns["flipped"]["missed"] + owns["flipped"]["wrong"] > 71


def test_the_text_says_it_where_it_cannot_be_missed(call: Caller, file: Path) -> None:
    said = {name: call("run", SAT, "--algorithm", f"{file}:{name}").out for name in ("exact", *WRONG)}
    assert f"your algorithm ({file}:exact): 71 of 71 rows on the right side of +-6.58636; its own verdict: YES" in said["exact"]
    assert "tried" not in said["exact"]
    assert "MORE THAN DEMANDED" not in said["exact"]
    for name in ("constant", "noise", "linear"):
        assert "exactly; that says nothing for the algorithm" in said[name], name
    for name in WRONG:
        assert "MORE THAN DEMANDED" in said[name], name
    performer = call("run", SAT, "--algorithm", "performer").out
    assert "5 YES rows missed (row 1: -10.9773, exactly 6.63182); its own verdict: NO" in performer
    assert "\nWRONG: by its own answers your algorithm says NO, the answer is YES\n" in performer
    no = call("run", UNSAT, "--algorithm", f"{file}:flipped")
    assert (no.code, "WRONG: by its own answers your algorithm says YES, the answer is NO" in no.out) == (0, True)


def test_what_is_delivered_has_the_row_that_won_the_largest_and_the_smallest() -> None:
    """A constant kernel that is exact in all rows but one of these: whichever it is, it is seen, at one measured row too."""
    formula = read(SAT)
    task = chain("auto").trace(formula)[-1].problem
    assert isinstance(task, AttentionTask)
    exactly = Certified()(task.inputs)
    order = np.argsort(exactly[:, 0])
    for row, by in ((int(order[-1]), 1.0), (int(order[0]), -1.0)):
        given = exactly.copy()
        given[row, 0] += by

        def near(Q: Floats, K: Floats, V: Floats, scale: float, given: Floats = given) -> Floats:
            return given

        record = run(formula, chain("auto"), PlainFunction(near, "near"), measure=1).record
        assert record["delivered"] is not None
        assert record["delivered"]["log10"] == pytest.approx(0.0, abs=1e-6), row

    def low(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
        """The YES rows are answered one lower than zero and all others zero: the sixteen tried are the lab's."""
        return np.where(exactly > 0, -1e-3, -1e-3 - np.arange(len(exactly))[:, None] / 1e6)

    record = run(formula, chain("auto"), PlainFunction(low, "low"), measure=1).record
    assert record["route"] is not None
    won = record["route"][-1]["witness"][0]
    assert record["delivered"] is not None
    assert record["delivered"]["value"] is not None
    assert record["delivered"]["value"] >= abs(exactly[won, 0] + 1e-3) * (1 - 1e-9)


def test_solvers_and_what_did_not_run_have_no_own_answers() -> None:
    assert run(YES, chain("cnf-hamming"), ExhaustiveHamming()).record["own"] is None
    weak = run(YES, chain("auto"), Trusted(Softmax(), 100.0)).record
    assert (weak["verdict"], weak["own"], own_lines(weak)) == ("unknown", None, [])


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.keys)
def test_the_route_of_every_chain(path: Chain) -> None:
    """Every hop's witness is accepted there, and the literals of the halves are those of the model."""
    algorithm: Any = Certified()
    record = run(YES, path, algorithm, oracle=False, measure=0).record
    if record["verdict"] == "unknown":
        assert any(key in record["chain"] for key in OTHER_MECHANISMS)
        return
    assert record["route"] is not None
    trace = path.trace(YES)
    for hop, stage in zip(record["route"], trace, strict=True):
        assert stage.problem.accepts(tuple(hop["witness"]))
        assert hop["problem"] == type(stage.problem).called
        assert hop["says"]
    true = {literal for part in record["route"][0].get("assigns", []) for literal in part}
    assert all((record["route"][0]["witness"][abs(literal) - 1] == 1) == (literal > 0) for literal in true)
    assert "key" in record["route"][-1]
    assert len(way_back(record["route"])) >= len(trace)


def test_a_broken_way_back_has_no_route() -> None:
    """A row that is no witness: the route ends where it is lost, as `back` does."""
    path = chain("auto")
    trace = path.trace(NO)
    found = path.route(trace, (0,))
    assert isinstance(found, BrokenHop)
    assert found == path.back(trace, (0,))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.keys)
def test_every_part_of_a_witness_has_its_own_literals(path: Chain) -> None:
    """`assigns` of the first step against its way back: the parts are apart, and changing one changes no other's literals."""
    step = path.steps[0]
    target = step.apply(YES)
    witnesses = list(target.witnesses())[:200] if not isinstance(target, AnyOf) else [(i,) for i in range(target.count)]
    for witness in witnesses:
        parts = step.assigns(YES, witness)
        true = [literal for part in parts for literal in part]
        assert len({abs(literal) for literal in true}) == len(true)
        if parts and not isinstance(target, AnyOf):
            back = step.back(YES, witness)
            assert all((back[abs(literal) - 1] == 1) == (literal > 0) for literal in true)


def test_the_best_key_by_definition() -> None:
    """That of the data: the keys of the largest value, where there are few different ones."""
    rng = np.random.default_rng(3)
    for mechanism in (*map(Mechanism.of, NAMES), Mechanism(sees=Visibility.window(2))):
        for V in (rng.normal(size=(9, 1)), np.where(np.arange(9) < 5, 1.0, -1.0)[:, None]):
            inputs = Attention(rng.normal(size=(6, 3)), rng.normal(size=(9, 3)), V, 0.7, mechanism)
            found = best_keys(inputs, log_shares(inputs, range(6))[1])
            for row in range(6):
                gaps = inputs.keys(slice(None)) - inputs.queries(slice(row, row + 1))
                products = inputs.keys(slice(None)) @ inputs.queries(slice(row, row + 1))[0]
                scores = -(gaps**2).sum(axis=1) if mechanism.kernel == "gaussian" else products
                data = [
                    j for j in range(9) if (mechanism.plain or abs(row - j) <= 2) and (V[0, 0] not in (1.0,) or V[j, 0] == 1.0)
                ]
                if data:
                    assert found[row] == max(data, key=lambda j: scores[j])


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.keys)
def test_the_key_is_no_dummy_and_the_page_names_the_same(path: Chain) -> None:
    record = run(YES, path, None, oracle=False, measure=0, picture=True).record
    assert record["route"] is not None
    picture = record["stages"][-1]["picture"]
    picture = picture.get("picture", picture)
    row, key = record["route"][-1]["witness"][-1], record["route"][-1]["key"]
    assert picture["weights"][str(row)]["best"] == key
    values = dict(zip(picture["K"]["rows"], picture["V"], strict=True))
    assert values[key] == max(values.values()) or picture["different"] > len(picture["values"])


@pytest.mark.parametrize("formula", [SAT, UNSAT])
def test_explained_in_words(call: Caller, formula: Path) -> None:
    plain, told = call("run", formula), call("run", formula, "--explain")
    assert told.code == plain.code == 0
    assert told.out.startswith(plain.out[: plain.out.index("\n\n")])
    assert "What the lines are" in told.out
    assert f"hardlab run {formula} --page run.html" in told.out
    if formula == SAT:
        assert "hamming: row 3 of A and row 3 of B are at distance 8 <= t = 8" in told.out
        assert "Why YES" in told.out
    else:
        assert "Why NO" in told.out
        assert "further on the NO side than the error that is proved" in told.out
    assert call("run", formula, "--explain", "-q").out == call("run", formula, "-q").out
    assert "What the lines" not in call("run", formula, "--explain", "--json").out


def test_every_verdict_is_explained() -> None:
    unknown = run(NO, chain("auto"), PlainFunction(lambda Q, K, V, scale: np.zeros((len(Q), 1)), "mine")).record
    assert "A YES would need a witness" in explained(unknown, "hardlab run x")
    vouched = run(NO, chain("auto"), Trusted(Softmax(), 0.5), trust=None).record
    assert "Why NO" in explained(vouched, "hardlab run x")
    solved = run(NO, chain("cnf-hamming"), ExhaustiveHamming()).record
    assert "Each reduction keeps the answer" in explained(solved, "hardlab run x")
    assert "your algorithm" not in run_text(solved)


def test_all_models_of_a_formula_are_met_by_some_witness() -> None:
    """The halves of the pairs that are accepted are the models, all of them."""
    step = chain("cnf-hamming").steps[0]
    said = {tuple(sorted(map(abs, sum(step.assigns(YES, pair), ())))) for pair in step.apply(YES).witnesses()}
    assert said == {(1, 2, 3, 4)}
    models = {values for values in product((0, 1), repeat=4) if YES.accepts(values)}
    pairs = [pair for pair in step.apply(YES).witnesses() if step.apply(YES).accepts(pair)]
    assert {step.back(YES, pair) for pair in pairs} == models


def test_what_is_no_number_delivers_none() -> None:
    """Not an infinite one either: a record is JSON."""

    def half(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
        T = Softmax()(Attention(Q, K, V, scale))
        T[::2] = np.nan
        return T

    record = run(read(UNSAT), chain("auto"), PlainFunction(half, "half"), measure=4).record
    delivered = record["delivered"]
    assert delivered is not None
    assert delivered["rows"] > 1
    assert (delivered["value"], delivered["log10"]) == (None, None)
    fine = run(read(UNSAT), chain("auto"), Softmax(), measure=4).record["delivered"]
    assert fine is not None
    assert fine["log10"] is None or fine["log10"] < -5
