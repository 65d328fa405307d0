"""`hardlab chains` through the real command line: every path with its price."""

from pathlib import Path
from typing import Any

import pytest

from hardlab.names.chains import chain as chain_named
from instances.cnf import CNF
from instances.dimacs import read
from instances.families import random_ksat, random_ov
from instances.memory import MEMORY_BUDGET
from instances.storage import load, save
from instances.task import AttentionTask
from reductions.chain import Chain
from reductions.graph import paths
from reductions.pricing import actual, bounds, priced
from tests.support.calling import Caller
from tests.support.paths import SEEING
from tests.support.places import SAT
from tests.support.toys import CnfCases

# ----------------------------------------------------------------------------------------------------- chains


def hop(path: dict[str, Any], problem: str) -> dict[str, Any]:
    found: dict[str, Any] = next(hop for hop in path["hops"] if hop["problem"] == problem)
    return found


def test_chains_lists_every_path_with_its_price(call: Caller) -> None:
    record = call("chains", "cnf", "attention", "--vars", 12, "--clauses", 51, "--k", 3, "--seeds", 3, "--json").json
    assert [path["chain"] for path in record["paths"]] == [chain.keys for chain in paths(CNF, AttentionTask)]
    assert record["size"] == {"n": 12, "m": 51, "k": 3}
    assert record["seeds"] == [0, 1, 2]
    formulas = [random_ksat(12, 51, 3, seed=seed) for seed in range(3)]
    for path in record["paths"]:
        assert (path["declined"] is not None) == ("ov-gap" in path["chain"] or "product-softmax" in path["chain"])
        if path["declined"] is not None:
            continue
        traces = [chain_named(path["chain"]).trace(formula) for formula in formulas]
        for place, found in enumerate(path["hops"]):
            for letter, bound in traces[0][place].size.items():
                mean = sum(trace[place].size[letter] for trace in traces) / 3
                assert found["actual"][letter] == pytest.approx(mean)
                assert found["bound"][letter] >= mean if letter != "t2" else bound
            if found["problem"] == "attention":
                tasks = [trace[place].problem for trace in traces]
                exponents = [task.additive.log10 for task in tasks if isinstance(task, AttentionTask)]
                assert found["actual"]["margin_log10"] == pytest.approx(sum(exponents) / 3)
                B = sum(trace[place].constants["B"] for trace in traces) / 3
                assert found["actual"]["B"] == pytest.approx(B)
            memory = sum(type(trace[place].problem).memory(trace[place].size) for trace in traces) / 3
            assert found["actual"]["bytes"] == pytest.approx(memory)


def test_chains_of_a_file(call: Caller, stored: Path) -> None:
    record = call("chains", "cnf", "hamming", SAT, "--json").json
    auto, _, pair, _ = record["paths"]
    assert "ov-gap" in record["paths"][1]["declined"]
    trace = chain_named("cnf-hamming").trace(read(SAT))
    size = trace[-1].size
    found = hop(auto, "hamming")
    assert {letter: found["actual"][letter] for letter in size} == dict(size)
    assert found["actual"]["eps"] == 2 / size["t"]
    assert found["actual"]["pairs"] == size["n"] * size["m"]
    assert found["bound"]["n"] == 2**10
    assert hop(pair, "hamming")["bound"] == hop(pair, "hamming")["actual"]
    assert hop(pair, "hamming")["bound"]["t"] == 43
    record = call("chains", "hamming", "attention", stored / "hamming-no.npz", "--json").json
    assert {path["chain"] for path in record["paths"]} == {
        "hamming-attention", "hamming-gaussian", "hamming-kde", "hamming-sink", "hamming-balanced,balanced-attention", *SEEING,
    }  # fmt: skip
    task = chain_named("hamming-attention").trace(load(stored / "hamming-no.npz"))[-1].problem
    assert isinstance(task, AttentionTask)
    found = next(path for path in record["paths"] if path["chain"] == "hamming-attention")
    assert hop(found, "attention")["actual"]["margin"] == pytest.approx(task.additive.value)


def test_chains_given_with_parameters(call: Caller) -> None:
    words = ["chains", "cnf", "hamming", "--vars", 12, "--clauses", 51, "--k", 3, "--seeds", 2, "--seed", 5]
    single = call(*words, "--chain", "cnf-ov,ov-hamming[gadget=single]", "--chain", "cnf-hamming", "--json").json
    assert [path["chain"] for path in single["paths"]] == ["cnf-ov,ov-hamming[gadget=single]", "cnf-hamming"]
    keles, ours = (hop(path, "hamming")["actual"] for path in single["paths"])
    assert (keles["n"], keles["d"], keles["t"], keles["eps"]) == (64, 153, 51, 2 / 51)
    sizes = [chain_named("cnf-hamming").trace(random_ksat(12, 51, 3, seed=seed))[-1].size for seed in (5, 6)]
    assert ours["n"] == sum(size["n"] for size in sizes) / 2
    assert single["seeds"] == [5, 6]


def test_bounds_need_no_instance(call: Caller) -> None:
    record = call("chains", "cnf", "attention", "--vars", 60, "--ratio", 4.26, "--k", 3, "--seeds", 0, "--json").json
    for path in record["paths"]:
        if "ov-gap" in path["chain"] or "product-softmax" in path["chain"]:
            assert path["declined"]
            continue
        assert path["declined"] is None
        assert all(hop["actual"] is None for hop in path["hops"])
        sizes = chain_named(path["chain"]).sizes(record["size"])
        assert [hop["bound"]["n"] for hop in path["hops"]] == [size["n"] for size in sizes]
    without = call("chains", "cnf", "attention", "--json").json
    assert (without["size"], without["seeds"]) == (None, [])
    out = call("chains", "cnf", "attention").out
    assert "Williams" in out
    assert call("chains", "cnf", "attention", "-q").out.splitlines() == [path.keys for path in paths(CNF, AttentionTask)]


@pytest.mark.slow
def test_a_path_that_declines_says_why_and_the_others_show(call: Caller) -> None:
    words = ["chains", "cnf", "attention", "--vars", 40, "--ratio", 2, "--k", 3, "--seeds", 1, "--memory", "64K"]
    answer = call(*words, "--json")
    filtering, listing = (
        next(path for path in answer.json["paths"] if path["chain"] == chain)
        for chain in ("cnf-hamming,hamming-attention", "cnf-ov,ov-attention")
    )
    assert answer.code == 0
    assert "survive the clauses" in filtering["declined"]
    assert hop(filtering, "hamming")["actual"] is None
    assert hop(filtering, "hamming")["bound"]["n"] == 2**20
    assert listing["declined"] is None
    assert hop(listing, "ov")["actual"]["n"] == 2**20
    assert "declined: more than" in call(*words).out
    wide = call("chains", "cnf", "attention", "--vars", 1900, "--ratio", 1, "--k", 3, "--seeds", 0)
    assert (wide.code, "10^57" in wide.out) == (0, True)
    huge = call("chains", "cnf", "attention", "--vars", 5000, "--ratio", 1, "--k", 3, "--seeds", 0, "--json")
    assert huge.code == 0
    assert all("10^300" in path["declined"] for path in huge.json["paths"])


def test_only_the_first_of_several_filtering_edges_is_free() -> None:
    formula = random_ksat(8, 30, 3, seed=0)
    cases = Chain((CnfCases(), *chain_named("cnf-hamming").steps))
    [record] = priced([cases], formula.size, [formula], MEMORY_BUDGET)
    assert "2 instances to count" in str(record["declined"])
    exact = Chain((CnfCases(), *chain_named("cnf-ov").steps))
    bound, found = bounds(exact, formula.size), actual(exact, formula, MEMORY_BUDGET)
    assert bound == found
    assert (found[1]["count"], found[2]["count"]) == (2, 2)
    assert found[2]["pairs"] == 2 * 16 * 16


def test_bounds_hold_for_every_path_and_formula() -> None:
    for seed in range(4):
        formula = random_ksat(9, 12 + 8 * seed, 3, seed=seed)
        for path in paths(CNF, AttentionTask):
            if {"ov-gap", "product-softmax"} & {step.key for step in path.steps}:
                formula = CNF(9, formula.clauses[:8])
            for bound, found in zip(bounds(path, formula.size), actual(path, formula, MEMORY_BUDGET), strict=True):
                assert all(found[letter] <= bound[letter] for letter in ("n", "m", "d", "t", "bytes") if letter in found)


def test_random_ov_is_priced_from_its_own_size(call: Caller, tmp_path: Path) -> None:
    save(random_ov(9, 17, 12, seed=1), tmp_path / "o.npz")
    [direct, *_] = call("chains", "ov", "attention", tmp_path / "o.npz", "--json").json["paths"]
    assert direct["chain"] == "ov-attention"
    found = hop(direct, "attention")["actual"]
    assert (found["n"], found["m"], found["d"]) == (9, 18, 12)
    assert found["margin"] == pytest.approx((1 / 2 - 1 / 17) / 2, rel=1e-5)
