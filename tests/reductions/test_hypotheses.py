"""The hypotheses as data, and which of them a path's conclusion rests on."""

import re

import pytest

from hardlab.names.chains import chain
from instances.cnf import CNF
from instances.problem import Problem
from instances.task import AttentionTask
from instances.vectors import BalancedHamming, GapHamming, OrthogonalVectors
from reductions.chain import Chain
from reductions.edges.cnf_hamming import CnfHamming
from reductions.edges.cnf_ov import CnfOv
from reductions.edges.ov_hamming import OvHamming
from reductions.hypotheses import HYPOTHESES, OVH, SETH, weakest
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
    assert OVH.implied_by == ("SETH",)
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
        assert set(found) == {"name", "text"}
        assert found["name"] == ("OVH" if path["chain"].startswith("cnf-ov") else "SETH")
    out = call("chains", "cnf", "hamming", "--vars", 10, "--clauses", 40, "--k", 3, "--seeds", 1).out
    assert out.count("rests on: ") == len(call("chains", "cnf", "hamming", "--json").json["paths"])
    assert "rests on: SETH (k-SAT for every k, sparsified" in out
    assert "rests on: OVH (start at ov; SETH implies it)" in out
