"""Grids: what a TOML file means, and every way in which it can be wrong, before anything runs."""

from pathlib import Path

import pytest

from hardlab.names.chains import chain
from hardlab.sweep.grid import grids
from hardlab.sweep.record import Job, canonical, key_of
from instances.faults import BadInput
from tests.support.calling import Caller
from tests.support.pages import PAGES, blocks
from tests.support.sweeps import jobs_of

KSAT = '[[grid]]\nfamily = "random-ksat"\n'
OV = '[[grid]]\nfamily = "random-ov"\nn = 3\nm = 3\nd = 5\n'

SWEEPS = (PAGES / "how-to" / "sweeps.md").read_text()

EXAMPLE = """
[[grid]]
family = "random-ksat"
k = 3
vars = [10, 12, 14]
ratio = [4.26, 5.0]
seeds = 10
chain = ["auto"]
algorithm = ["softmax", "logspace", "polynomial"]
timeout = 60
"""


@pytest.mark.parametrize(
    ("chain", "algorithm"),
    [
        ("auto", "softmax"),
        ("cnf-3ov,3ov-tensor", "tensor"),
        ("cnf-3ov,3ov-transformer", "layers"),
        ("cnf-hamming,hamming-dv", "backward"),
    ],
)
def test_where_no_algorithm_is_named_one_serves_what_the_chain_ends_in(chain: str, algorithm: str, tmp_path: Path) -> None:
    (job,) = jobs_of(KSAT + f'vars = 5\nratio = 4\nchain = "{chain}"', tmp_path)
    assert (job["algorithm"], job["solver"]) == (algorithm, None)


def test_a_grid_is_the_product_of_its_axes(tmp_path: Path) -> None:
    jobs = jobs_of(EXAMPLE, tmp_path)
    assert len(jobs) == 3 * 2 * 10 * 3
    assert jobs[0] == {
        "family": "random-ksat",
        "parameters": {"n": 10, "m": 43, "k": 3, "seed": 0, "unique": False},
        "chain": "cnf-hamming,hamming-attention",
        "algorithm": "softmax",
        "solver": None,
        "timeout": 60.0,
        "memory": 2**30,
        "measure": 16,
        "oracle": True,
    }
    assert {job["parameters"]["m"] for job in jobs} == {43, 51, 60, 50, 70}


def test_the_example_of_the_documentation_is_a_grid(tmp_path: Path) -> None:
    jobs = jobs_of(next(block.text for block in blocks(SWEEPS) if block.language == "toml"), tmp_path)
    assert len(jobs) == 2 * 2 * 2 * 2 * 2


def test_the_same_job_of_two_grids_is_one(tmp_path: Path) -> None:
    explicit = KSAT + 'vars = 10\nclauses = 43\nchain = "cnf-hamming , hamming-attention"\nmemory = "1024M"\ntimeout = 60\n'
    assert len(jobs_of(KSAT + "n = 10\nratio = 4.26\nseeds = [0, 0]\n" + explicit, tmp_path)) == 1


def test_other_families_and_settings(tmp_path: Path) -> None:
    (job,) = jobs_of('[[grid]]\nfamily = "pigeonhole"\nholes = 2\nsolver = "cadical"\nchain = ""\noracle = false\n', tmp_path)
    assert (job["parameters"], job["chain"], job["solver"], job["algorithm"]) == ({"holes": 2}, "", "cadical", None)
    (job,) = jobs_of(OV + "density = 1\nseed = 7\nmeasure = 0\ntimeout = 0.5\n", tmp_path)
    assert job["parameters"] == {"n": 3, "m": 3, "d": 5, "density": 1.0, "seed": 7}
    assert (job["chain"], job["timeout"], job["measure"]) == ("ov-attention", 0.5, 0)


def test_huge_grids_are_counted_and_refused_at_once(tmp_path: Path, call: Caller) -> None:
    file = tmp_path / "grid.toml"
    file.write_text(OV + "seeds = 10_000_000\n")
    (grid,) = grids(file, None)
    assert grid.count == 10**7
    said = call("sweep", file, "-o", tmp_path / "run.db").refusal()
    assert said == f"{file} has 10,000,000 jobs, more than 200,000: shorten an axis, or allow it with --most 10000000"
    assert not (tmp_path / "run.db").exists()
    file.write_text(OV + "seeds = 10\n")
    assert "has 10 jobs, more than 9:" in call("sweep", file, "-o", tmp_path / "run.db", "--most", 9).refusal()


BAD = {
    "": "has no grid: begin each grid",
    "grid = 3": "has no grid",
    "[[grid]": "is not TOML",
    'x = 1\n[[grid]]\nfamily = "parity"': "'x' stands outside of a grid",
    "[[grid]]\nn = 3": "grid 1: it has no family",
    '[[grid]]\nfamily = ["parity"]': "give one name",
    '[[grid]]\nfamily = "random-kat"': "unknown family 'random-kat': did you mean random-ksat?",
    KSAT + "ratio = 4": "random-ksat needs vars",
    KSAT + "vars = 5": "random-ksat needs clauses",
    KSAT + "vars = 5\nn = 5\nratio = 4": "n is given twice: vars is another word for it",
    KSAT + "vars = 5\nratio = 4\nclauses = 4": "clauses and ratio: give one of the two",
    KSAT + 'vars = "5"\nratio = 4': "random-ksat has n = '5': give a whole number",
    KSAT + "vars = 5.0\nratio = 4": "random-ksat has n = 5.0: give a whole number",
    KSAT + "vars = true\nratio = 4": "random-ksat has n = True: give a whole number",
    KSAT + "vars = []\nratio = 4": "n = []: an axis needs at least one value",
    KSAT + "vars = 5\nratio = nan": "random-ksat has ratio = nan: give a finite number",
    KSAT + "vars = 5\nratio = -4": "that is no number of clauses",
    KSAT + "vars = 5\nratio = [4, -4]": "that is no number of clauses",
    KSAT + "vars = 5\nratio = [4.0, 2e8]": "that is no number of clauses",
    KSAT + "vars = [5, -5]\nratio = 4": "that is no number of clauses",
    KSAT + "vars = [5, 1000000]\nratio = 1000": "that is no number of clauses",
    KSAT + "vars = 5\nratio = 4\nunique = 1": "random-ksat has unique = 1: give true or false",
    KSAT + "vars = 5\nratio = 4\nseeds = 0": "seeds = 0: give how many",
    KSAT + "vars = 5\nratio = 4\nseeds = true": "seeds = True: give how many",
    KSAT + 'vars = 5\nratio = 4\nseeds = ["a"]': "random-ksat has seed = 'a': give a whole number",
    KSAT + "vars = 1979-05-27\nratio = 4": "give a whole number",
    OV + "alogrithm = 3": "unknown key of a grid of random-ov 'alogrithm': did you mean algorithm?",
    OV + "ratio = 3": "unknown key of a grid of random-ov 'ratio'",
    OV + 'algorithm = "sofmax"': "did you mean softmax?",
    OV + "algorithm = 3": "algorithm = 3: give a name of hardlab list",
    OV + "algorithm = []": "algorithm = []: an axis needs",
    OV + 'algorithm = "no_such_module:f"': "the algorithm no_such_module:f cannot be loaded",
    OV + 'algorithm = "polynomial[wrong=1]"': "unknown parameter of polynomial 'wrong'",
    OV + 'algorithm = "softmax"\nsolver = "exhaustive-ov"': "algorithm and solver: give one of the two",
    OV + 'solver = "cadical"\nchain = ""': "--solver cadical decides cnf",
    OV + 'chain = "ov-atention"': "unknown reduction 'ov-atention'",
    OV + 'chain = "auto,"': "auto",
    OV + 'chain = "cnf-hamming"': "cnf-hamming starts from cnf, the instance is ov",
    OV + 'chain = ["ov-attention", "ov-hamming"]': "the chain ends in hamming, before attention",
    OV + "chain = [3]": "chain = 3: give a name",
    KSAT + 'vars = 5\nratio = 4\nchain = ["auto", "cnf-3ov,3ov-tensor"]': (
        "different algorithms compute (softmax, tensor): give a grid for each"
    ),
    OV + "timeout = 0": "timeout = 0: give seconds",
    OV + "timeout = inf": "timeout = inf: give seconds",
    OV + "timeout = true": "timeout = True: give seconds",
    OV + 'memory = "much"': "write a size such as 512M or 2G",
    OV + "memory = 1.5": "memory = 1.5: write a size",
    OV + "measure = -1": "measure = -1: give a number of rows",
    OV + "oracle = 1": "oracle = 1: give true or false",
}


@pytest.mark.parametrize("text", BAD)
def test_what_is_wrong_is_said_before_anything_runs(text: str, tmp_path: Path, call: Caller) -> None:
    file = tmp_path / "grid.toml"
    file.write_text(text)
    said = call("sweep", file, "-o", tmp_path / "run.db").refusal()
    assert said.startswith(str(file))
    assert BAD[text] in said
    assert not (tmp_path / "run.db").exists()


def test_files_that_are_none(tmp_path: Path, call: Caller) -> None:
    (tmp_path / "latin").write_bytes(b"\xff")
    for file, said in (
        (tmp_path / "latin", "not UTF-8"),
        (tmp_path, "is a directory"),
        (tmp_path / "none", "there is no file"),
    ):
        assert said in call("sweep", file, "-o", tmp_path / "run.db").refusal()
    assert "backend 'cloud'" in call("sweep", "-", "-o", tmp_path / "run.db", "--backend", "cloud", stdin=b"").refusal()


def test_a_key_depends_on_every_part_of_a_job(tmp_path: Path) -> None:
    assert blind(key_of, tmp_path) == []


def test_a_key_that_ignores_a_parameter_is_caught(tmp_path: Path) -> None:
    def forgetful(job: Job) -> str:
        return canonical({**job, "parameters": {name: v for name, v in job["parameters"].items() if name != "d"}})

    assert blind(forgetful, tmp_path) == ["parameters.d"]
    assert blind(lambda job: canonical({**job, "timeout": 0}), tmp_path) == ["timeout"]


def blind(key: object, folder: Path) -> list[str]:
    """The parts of a job that can change without a change of its key."""
    assert callable(key)
    (job,) = jobs_of(OV, folder)
    found = [name for name in job if name != "parameters" and key({**job, name: "other"}) == key(job)]
    other = {name: {**job["parameters"], name: -1} for name in job["parameters"]}
    return found + [f"parameters.{name}" for name in other if key({**job, "parameters": other[name]}) == key(job)]


def test_a_chain_spelled_is_the_chain() -> None:
    names = (
        "cnf-hamming[seed=3,split=1:2:3],hamming-attention[R0=4]",
        "cnf-sparse[thresholds=3:8],cnf-hamming,hamming-kde",
        "cnf-ov,ov-gap[code=projective],hamming-attention[R0=0.1]",
        "cnf-ov,ov-product,product-exp[mu=100,error=additive]",
    )
    for given in names:
        try:
            steps = chain(given)
        except BadInput:
            continue
        assert chain(steps.spelled) == steps


def test_solvers_of_the_source_need_no_chain(tmp_path: Path) -> None:
    (job,) = jobs_of(KSAT + 'vars = 4\nclauses = 9\nsolver = "cadical"\n', tmp_path)
    assert (job["chain"], job["solver"]) == ("", "cadical")
    with pytest.raises(BadInput, match="the chain ends in attention"):
        jobs_of(KSAT + 'vars = 4\nclauses = 9\nsolver = ["cadical", "exhaustive-ov"]\n', tmp_path)
