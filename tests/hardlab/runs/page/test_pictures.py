"""What pictures hold is true: numbers are computed again from the definitions, by code that shares nothing with it."""

from itertools import product
from math import exp

import numpy as np
import pytest

from attention import Logspace, Softmax
from hardlab.names.chains import chain
from hardlab.pages.json import plain
from hardlab.runs.page.chosen import ALL, SAMPLE, chosen
from hardlab.runs.page.page import page_of_run
from hardlab.runs.running import run
from instances.cnf import CNF
from instances.families import random_ksat
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming
from reductions.chain import Chain
from reductions.reduction import Columns
from tests.support.paths import PATHS
from tests.support.runs import LEMMA_4_7, NO, YES, Record, recorded


def bits_of(picture: Record, side: str) -> dict[int, list[int]]:
    width = picture["columns"][0]
    rows = zip(picture[side]["rows"], picture[side]["bits"], strict=True)
    return {i: [int(bit) for bit in f"{int(digits, 16):0{4 * len(digits)}b}"[:width]] for i, digits in rows}


def differing(a: list[int], b: list[int]) -> int:
    return sum(x != y for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("formula", [YES, random_ksat(14, 62, 3, seed=2)], ids=["yes", "no"])
def test_a_formula_and_its_rows(formula: CNF) -> None:
    picture = recorded(formula, "auto")["stages"][0]["picture"]
    assert picture["clauses"] == [list(clause) for clause in formula.clauses]
    assert sorted(picture["left"] + picture["right"]) == sorted(picture["variables"])
    for row, values in picture["values"].items():
        true = {v if bit == "1" else -v for v, bit in zip(picture["variables"], values, strict=True)}
        false = [c for c, clause in enumerate(formula.clauses) if not true & set(clause)]
        assert picture["false"][row] == {"count": len(false), "clauses": false}


@pytest.mark.parametrize("formula", [YES, NO], ids=["yes", "no"])
def test_distances_are_those_of_the_bits(formula: CNF) -> None:
    stage = recorded(formula, "auto")["stages"][1]
    picture, size = stage["picture"], stage["size"]
    A, B = bits_of(picture, "left"), bits_of(picture, "right")
    distances = {(i, j): differing(A[i], B[j]) for i, j in product(A, B)}
    found = picture["histogram"]
    counts = {found["start"] + k * found["width"]: count for k, count in enumerate(found["all"])}
    assert found["width"] == 1
    assert counts == {h: list(distances.values()).count(h) for h in counts}
    assert sum(counts.values()) == len(A) * len(B)
    for row, (i, j, measure) in picture["pairs"].items():
        own = {found["start"] + k: count for k, count in enumerate(found["rows"][row]) if count}
        of_row = [distances[i, b] for b in B]
        assert own == {h: of_row.count(h) for h in set(of_row)}
        assert measure == distances[i, j] == min(of_row)
    assert size["t"] < size["t2"] == size["t"] + 2


@pytest.mark.parametrize("keys", ["auto", "cnf-ov,ov-attention", "cnf-ov,ov-product,product-exp", "cnf-hamming,hamming-kde"])
def test_weights_and_outputs_are_those_of_the_definition(keys: str) -> None:
    record = recorded(YES, keys)
    trace = chain(keys).trace(YES)
    task = trace[-1].problem
    assert isinstance(task, AttentionTask)
    inputs, picture, answers = task.inputs, record["stages"][-1]["picture"], record["answers"]
    Q, K, V = inputs.queries(slice(None)).tolist(), inputs.keys(slice(None)).tolist(), inputs.V[:, 0].tolist()
    for row, given in zip(answers["rows"], answers["given"], strict=True):
        q = Q[row]
        if inputs.mechanism.kernel == "dot":
            weights = [exp(inputs.scale * sum(x * y for x, y in zip(q, k, strict=True))) for k in K]
        else:
            weights = [exp(-inputs.scale * sum((x - y) ** 2 for x, y in zip(q, k, strict=True))) for k in K]
        total = sum(weights)
        seen = picture["weights"][str(row)]
        assert seen["keys"] == pytest.approx([w / total for w in weights], rel=1e-2)
        assert sum(map(exp, seen["ln_values"])) == pytest.approx(1, rel=1e-2)
        output = sum(w * v for w, v in zip(weights, V, strict=True)) / (total if inputs.mechanism.normalised else 1)
        answer = exp(given) if answers["logarithmic"] else given
        assert answer == pytest.approx(output, rel=1e-4)
        assert answers["exact"][str(row)] == pytest.approx(given, rel=1e-4)
        data = [w for w, v in zip(weights, V, strict=True) if v == max(V)]
        assert weights[seen["best"]] == pytest.approx(max(data))


def test_rows_are_followed_to_what_they_stand_for() -> None:
    """Every drawn row's assignment is made of its pair's halves: of all pairs with a given row the nearest is shown."""
    record = recorded(YES, "auto")
    steps = chain("auto")
    problem = steps.trace(YES)[1].problem
    assert isinstance(problem, GapHamming)
    first = record["stages"][0]["picture"]
    for row, (i, j, measure) in record["stages"][1]["picture"]["pairs"].items():
        assert int(row) == i
        values = dict(zip(first["variables"], first["values"][row], strict=True))
        assignment = tuple(int(values[v]) for v in range(1, YES.n + 1))
        assert YES.accepts(assignment) == (measure <= problem.t)
        assert problem.distance(i, j) == measure


@pytest.mark.parametrize("steps", PATHS, ids=lambda steps: steps.keys)
def test_legends_fit_their_columns(steps: Chain) -> None:
    """Every edge of ours says of all columns of its target what they stand for, naming columns that the source has."""
    for formula in (YES, NO, CNF(2, ((1,), (-1,)))):
        trace = steps.trace(formula)
        for step, before, after in zip(steps.steps, trace, trace[1:], strict=False):
            if not isinstance(before.problem, CNF) and "d" not in before.size:
                return  # members of a disjunction from here on
            legend: tuple[Columns, ...] = tuple(step.legend(before.problem))
            columns = len(formula.clauses) if isinstance(before.problem, CNF) else before.size["d"]
            assert all(0 <= c < columns for group in legend for c in group.of)
            if "d" in after.size:
                assert sum(group.width for group in legend) == after.size["d"]


def test_gadgets_are_named_for_what_they_watch() -> None:
    """Where a pair has three differences in a gadget, a clause that the gadget names is false; elsewhere it has one."""
    formula = random_ksat(10, 46, 3, seed=3)
    record = recorded(formula, "auto")
    first, second = (record["stages"][k]["picture"] for k in (0, 1))
    A, B = bits_of(second, "left"), bits_of(second, "right")
    violated = 0
    for row, (i, j, _) in second["pairs"].items():
        false = {formula.clauses[c] for c in first["false"][row]["clauses"]}
        at = 0
        for width, name in second["names"]:
            differences = differing(A[i][at : at + width], B[j][at : at + width])
            at += width
            assert differences in (1, 3)
            if differences == 3:
                violated += 1
                assert "variable" in name or "clause" in name
                assert false
        assert (not false) == (second["pairs"][row][2] == record["stages"][1]["size"]["t"])
    assert violated


def test_a_half_without_assignments_stands_for_nothing() -> None:
    picture = recorded(NO, "auto")["stages"][0]["picture"]
    assert (picture["nothing"], picture["values"], picture["left"]) == ([0], {}, [])
    assert recorded(CNF(2, ()), "auto")["stages"][0]["picture"]["values"] == {"0": "00"}


def test_a_sample_of_many_rows_has_the_deciding_one_and_the_largest() -> None:
    formula = random_ksat(20, 85, 3, seed=1)
    record = recorded(formula, "cnf-ov,ov-attention", Softmax())
    picture, answers = record["stages"][-1]["picture"], record["answers"]
    rows = [int(row) for row in picture["weights"]]
    assert len(rows) == SAMPLE < picture["Q"]["of"] == 1024
    assert rows[0] == record["route"][-1]["witness"][0]
    order = sorted(range(len(answers["rows"])), key=lambda k: -answers["given"][k])
    assert {answers["rows"][k] for k in order[:4]} <= set(rows)
    assert sum(formula.accepts(tuple(int(x) for x in v)) for v in record["stages"][0]["picture"]["values"].values()) > 0


def test_which_rows_are_drawn() -> None:
    assert chosen(ALL, [3]) == list(range(ALL))
    for n, must in ((ALL + 1, [0]), (1000, [5, 6, 7]), (10**6, range(10, 20))):
        rows = chosen(n, must)
        assert len(rows) == SAMPLE
        assert set(must) <= set(rows) <= set(range(n))
        assert {0, n - 1} <= set(rows)
    assert len(chosen(1000, range(100))) == 100


def test_nothing_is_pictured_unless_it_is_asked_for() -> None:
    record = run(YES, chain("auto"), Softmax()).record
    assert "answers" not in record
    assert all("picture" not in stage for stage in record["stages"])


def test_the_member_that_decides_is_the_one_shown() -> None:
    record = recorded(YES, "cnf-cubes[fix=2],auto")
    member = record["route"][1]["witness"][0]
    lifted = record["stages"][1]["picture"]
    assert (lifted["kind"], lifted["count"], lifted["member"]) == ("any", 4, [member])
    inner = chain("cnf-cubes[fix=2],auto").steps[0].apply(YES).member(member)
    assert lifted["size"] == dict(inner.size)
    assert lifted["picture"]["clauses"] == [list(clause) for clause in inner.clauses]
    assert record["stages"][2]["picture"]["picture"]["kind"] == "pairs"


def test_outputs_in_logarithms_stay_there() -> None:
    record = recorded(random_ksat(12, 50, 3, seed=1), LEMMA_4_7, Logspace())
    answers = record["answers"]
    assert answers["logarithmic"]
    assert answers["low"] < answers["high"] < 0
    pairs, weights = (record["stages"][k]["picture"][name] for k, name in ((3, "pairs"), (4, "weights")))
    for row, (_, j, _) in pairs.items():  # the best key is the partner, however small its share is
        assert weights[row]["best"] == j
        data, whole = weights[row]["ln_values"][1], weights[row]["ln_sum"]
        assert data < -300
        assert whole > 0
    assert np.max(answers["given"]) >= answers["yes"]


def test_a_task_of_many_values_is_drawn_too() -> None:
    generator = np.random.default_rng(1)
    Q, K, V = (generator.normal(size=size) for size in ((9, 3), (11, 3), (11, 2)))
    task = AttentionTask(Attention(Q, K, V, 0.5), -5.0, 5.0, 9)
    record = plain(dict(run(task, Chain(()), Softmax(), picture=True).record))
    picture = record["stages"][0]["picture"]
    assert (picture["values"], picture["different"]) == ([], 11)
    for row, weights in picture["weights"].items():
        assert weights["best"] == int(np.argmax(K @ Q[int(row)]))
    assert "V has 11 different values" in page_of_run(record)
