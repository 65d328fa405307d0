"""The hypotheses as data, and which of them a path's conclusion rests on."""

import re

import pytest

from hardlab.names.chains import chain
from instances.cnf import CNF
from instances.problem import Problem
from instances.task import AttentionTask
from instances.triples import ThreeOrthogonalVectors
from instances.vectors import BalancedHamming, GapHamming, OrthogonalVectors
from reductions.chain import Chain
from reductions.edges.cnf_hamming import CnfHamming
from reductions.edges.cnf_ov import CnfOv
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.ov_hamming import OvHamming
from reductions.hypotheses import HYPOTHESES, OVH, SETH, THREE_OVH, problem_of, weakest
from reductions.ours import REDUCTIONS
from tests.support.calling import Caller
from tests.support.toys import CnfCases


class AnotherOvHamming(OvHamming):
    """A plug-in's edge."""

    key = "ov-hamming-again"


class Unknown(GapHamming):
    """A problem that no edge reaches."""


class FromUnknown(OvHamming):
    """A plug-in's edge from a problem of its own."""

    key = "from-unknown"
    source = Unknown


def test_the_table_is_consistent() -> None:
    names = [hypothesis.name for hypothesis in HYPOTHESES]
    assert len(set(names)) == len(names)
    for hypothesis in HYPOTHESES:
        assert hypothesis.statement
        assert hypothesis.source
        assert re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", hypothesis.date)
        assert hypothesis.status.startswith("open")
        for implied in hypothesis.implies:
            assert implied.source
            [found] = [other for other in HYPOTHESES if other.name == implied.name]
            assert hypothesis.name in found.implied_by
            assert hypothesis.name not in {back.name for back in found.implies}
        assert all(name in (weaker.name for weaker in HYPOTHESES[HYPOTHESES.index(hypothesis) + 1 :]) for name in
                   (implied.name for implied in hypothesis.implies))  # fmt: skip
    assert OVH.implied_by == ("SETH", "3-OVH")
    assert THREE_OVH.implied_by == ("SETH",)
    assert SETH.implied_by == ()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("cnf-hamming", SETH),
        ("cnf-hamming,hamming-attention", SETH),
        ("cnf-hamming,hamming-balanced,balanced-attention", SETH),
        ("cnf-ov", OVH),
        ("cnf-ov,ov-attention", OVH),
        ("cnf-ov,ov-hamming,hamming-attention", OVH),
        ("ov-attention", OVH),
        ("hamming-attention", OVH),
        ("balanced-attention", OVH),
    ],
)
def test_what_a_path_rests_on(names: str, expected: object) -> None:
    found = weakest(chain(names))
    assert found.hypothesis is expected
    assert "claim" not in found.text


@pytest.mark.parametrize(
    ("problem", "expected"),
    [(CNF, SETH), (OrthogonalVectors, OVH), (GapHamming, OVH), (BalancedHamming, OVH), (AttentionTask, OVH), (Unknown, None)],
)
def test_what_a_problem_rests_on(problem: type[Problem], expected: object) -> None:
    assert weakest(problem).hypothesis is expected


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("cnf-hamming", "hamming in time N^(2 - q), q > 0, N vectors a list, {k-sat}, against SETH"),
        ("cnf-ov,ov-hamming,hamming-dk", "gradient in time N^(2 - q), q > 0, N vectors a list, {k-sat}, against OVH and SETH"),
        ("cnf-ov,ov-gap", "hamming, all instances together, in time N^(2 - q), q > 0, N vectors a list, {k-sat}, "
         "against OVH and SETH"),
        ("cnf-sparse", "cnf, all instances together, in time 2^((1 - q) v), q > 0, v variables, for every k would be against "
         "SETH"),
    ],
)  # fmt: skip
def test_what_a_faster_solver_would_give(names: str, said: str) -> None:
    k_sat = "would decide k-SAT on v variables in time 2^((1 - q/2) v) for every k"
    assert weakest(chain(names)).implies == said.replace("{k-sat}", k_sat)


class FromFormulas(CnfHamming):
    """Into three lists."""

    key, target = "cnf-triples", ThreeOrthogonalVectors


class Cubic(HammingAttention):
    """Out of three lists."""

    key, source = "triples-attention", ThreeOrthogonalVectors


class ToPairs(OvHamming):
    """From three lists to two."""

    key, source, target = "triples-ov", ThreeOrthogonalVectors, OrthogonalVectors


def test_three_lists_have_a_hypothesis_of_their_own() -> None:
    """A path goes on from the last list of the weaker hypothesis."""
    assert problem_of(THREE_OVH) is ThreeOrthogonalVectors
    found = weakest(Chain((FromFormulas(), Cubic())))
    assert found.hypothesis is THREE_OVH
    assert found.text.startswith("start at 3ov; SETH implies it")
    assert "claim of triples-attention" in found.text
    assert "claim of cnf-triples" not in found.text
    assert found.implies == (
        "attention in time N^(3 - q), q > 0, N vectors a list, would decide k-SAT on v variables in time 2^((1 - q/3) v) for "
        "every k, against 3-OVH and SETH"
    )
    assert weakest(ThreeOrthogonalVectors).hypothesis is THREE_OVH
    assert weakest(Chain((FromFormulas(), ToPairs(), OvHamming()))).hypothesis is OVH
    assert weakest(AttentionTask, (Cubic,)).hypothesis is THREE_OVH
    assert weakest(AttentionTask, (Cubic, *REDUCTIONS)).hypothesis is OVH
    assert weakest(Unknown).implies == ""


def test_the_claims_of_others_are_named() -> None:
    assert "claim of cnf-cases" in weakest(Chain((CnfCases(), CnfHamming()))).text
    found = weakest(Chain((CnfCases(), CnfOv(), OvHamming())))
    assert found.hypothesis is OVH
    assert "claim" not in found.text  # the case distinction comes before ov, where the conclusion starts
    assert "claim of ov-hamming-again" in weakest(Chain((CnfOv(), AnotherOvHamming()))).text
    assert weakest(GapHamming, (AnotherOvHamming, *REDUCTIONS)).text in ("by ov-hamming", "by ov-gap")
    assert "claim of ov-hamming-again" in weakest(GapHamming, (AnotherOvHamming,)).text
    assert weakest(GapHamming, (CnfHamming,)).hypothesis is SETH
    unknown = weakest(Chain((FromUnknown(),)))
    assert (unknown.hypothesis, unknown.name) == (None, "none")
    assert "at least as hard" in unknown.text
    assert "claim of from-unknown" in unknown.text


def test_a_chain_without_steps_is_refused() -> None:
    with pytest.raises(ValueError, match="without steps"):
        weakest(Chain(()))


def test_chains_names_the_hypothesis(call: Caller) -> None:
    record = call("chains", "cnf", "attention", "--json").json
    for path in record["paths"]:
        found = path["hypothesis"]
        assert set(found) == {"name", "text", "implies"}
        assert found["name"] == ("OVH" if path["chain"].startswith("cnf-ov") else "SETH")
    out = call("chains", "cnf", "hamming", "--vars", 10, "--clauses", 40, "--k", 3, "--seeds", 1).out
    assert (
        out.count("rests on: ")
        == out.count("would decide k-SAT on v variables in time 2^((1 - q/2) v)")
        == len(call("chains", "cnf", "hamming", "--json").json["paths"])
    )
    assert "rests on: SETH (k-SAT for every k, sparsified" in out
    assert "rests on: OVH (start at ov; SETH implies it)" in out
