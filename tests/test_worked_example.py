"""One instance, every number, computed apart from the code at 40 digits."""

import numpy as np
import pytest
from flint import arb, ctx

from attention import Certified, Logspace, Softmax
from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.vectors import BalancedHamming, GapHamming
from reductions.chain import Chain
from reductions.edges.balanced_attention import BalancedAttention
from reductions.edges.cnf_hamming import CnfHamming
from reductions.edges.hamming_attention import HammingAttention
from solvers import Threshold, Through, Verdict

YES = CNF(4, ((1, 2), (-1, 3, 4), (-2, -3, 4), (-1, -2, -4)))
NO = CNF(4, ((1, -2), (-1, -4), (2, 4), (2, -4), (-1, -2, 4)))
SPLIT = CnfHamming(split=(1, 2))
LEFT = CnfHamming(split=(1, 2), cover="left")


def strings(rows: BitMatrix) -> list[str]:
    return ["".join(str(int(bit)) for bit in row) for row in rows.bools()]


def distances(problem: GapHamming) -> list[list[int]]:
    return [problem.B.distances(row).tolist() for row in problem.A.words]


def relative(given: float, expected: float) -> float:
    return abs(given - expected) / abs(expected)


def test_models() -> None:
    models = ["".join(map(str, w)) for w in YES.witnesses() if YES.accepts(w)]
    assert models == ["0100", "0101", "0111", "1001", "1010", "1011"]
    assert not any(map(NO.accepts, NO.witnesses()))


def test_hamming_of_the_yes_formula() -> None:
    problem = SPLIT.apply(YES)
    assert strings(problem.A) == ["00001001010", "00000101010", "00000000001"]
    assert strings(problem.B) == ["00001011000", "00000001110", "00000111000", "00000001110"]
    assert distances(problem) == [[2, 2, 4, 2], [4, 2, 2, 2], [4, 4, 4, 4]]
    assert (problem.t, problem.t2, problem.A.d) == (2, 4, 11)
    models = {SPLIT.back(YES, (i, j)) for i in range(3) for j in range(4) if problem.distance(i, j) == 2}
    assert models == {w for w in YES.witnesses() if YES.accepts(w)}


def test_constants_of_the_matched_normaliser() -> None:
    problem = SPLIT.apply(YES)
    constants = HammingAttention().constants(problem.size)
    assert (constants["p"], constants["M"], constants["eta"]) == (4, 2, 5 / 8)
    assert relative(constants["beta"], 15.595811562598769) < 1e-15
    assert relative(constants["B"], 3.9491532716012393) < 1e-15
    assert relative(constants["Gamma"], 2.3694919629607434) < 1e-15
    assert HammingAttention().apply(problem).inputs.d == 15


def test_outputs_of_the_yes_formula() -> None:
    task = HammingAttention().apply(SPLIT.apply(YES))
    expected = [3.3444982252316713, 3.3444982252316713, -2.3694919629607434]
    for algorithm, error in ((Certified(), 1e-15), (Softmax(), 1e-14), (Softmax("float32"), 1e-5)):
        assert np.max(np.abs(algorithm(task.inputs)[:, 0] - expected)) < error * 4
    assert Threshold(Softmax()).answers(task).tolist() == [1, 1, -1]
    assert HammingAttention().back(SPLIT.apply(YES), (0,)) == (0, 0)
    decision = Through(Chain((SPLIT, HammingAttention())), Threshold(Softmax())).solve(YES)
    assert decision.witness is not None
    assert YES.accepts(decision.witness)


def test_the_no_formula() -> None:
    problem = LEFT.apply(NO)
    assert [LEFT.back(NO, (i, 0))[:2] for i in range(3)] == [(0, 0), (1, 0), (1, 1)]
    assert strings(problem.B) == ["00001000000", "01001001110"] * 2
    assert distances(problem) == [[4] * 4] * 3
    assert HammingAttention().constants(problem.size) == HammingAttention().constants(SPLIT.apply(YES).size)
    outputs = Certified()(HammingAttention().apply(problem).inputs)[:, 0]
    assert np.max(np.abs(outputs + 2.3694919629607434)) < 1e-15
    for edge in (LEFT, SPLIT, CnfHamming()):
        assert Through(Chain((edge, HammingAttention())), Threshold(Softmax())).solve(NO).verdict is Verdict.NO


@pytest.mark.parametrize(
    ("B", "ln_u", "yes"), [(("0011", "0011"), -9.9396748232978404, False), (("0101", "0011"), -8.0681378376368489, True)]
)
def test_lemma_4_7(B: tuple[str, str], ln_u: float, yes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the lemma's own ln(6n): the product leaves room and takes ln(8n)."""
    problem = BalancedHamming(BitMatrix.of(["1100", "1100"]), BitMatrix.of(list(B)), 2, 4)
    monkeypatch.setattr("reductions.edges.balanced_attention.ROOM_FACTOR", 6)
    constants = BalancedAttention().constants(problem.size)
    assert relative(constants["beta"], 19.879253198304002) < 1e-15
    assert relative(constants["ln_theta"], -8.8410143104838915) < 1e-15
    task = BalancedAttention().apply(problem)
    for algorithm in (Certified(logarithmic=True), Logspace()):
        assert relative(float(algorithm(task.inputs)[0, 0]), ln_u) < 1e-14
    assert task.accepts((0,)) is yes
    if not yes:
        ctx.prec = 128
        below = arb(ln_u) - arb(constants["ln_theta"])
        assert abs(float(below) + 1.09866) < 5e-6
        assert ln_u - constants["ln_theta"] < -np.log(3)
