"""Real CNF files, ours and (where HARDLAB_CNF names them) other people's, through four chains to the truth."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

import instances
from attention import Algorithm, Boolean, Logspace, Softmax
from hardlab import chain
from instances.cnf import CNF
from instances.dimacs import read
from solvers import Sat, Threshold, Through, Verdict

EXAMPLES = Path(instances.__file__).parent / "examples"

CHAINS: dict[str, tuple[str, Algorithm, int]] = {
    "auto": ("auto", Softmax("float32"), 50),
    "lemma 4.7": ("cnf-ov,ov-hamming,hamming-balanced,balanced-attention", Logspace(), 22),
    "direct": ("cnf-ov,ov-attention", Softmax(), 22),
    "causal": ("cnf-hamming,hamming-causal", Boolean(), 22),
}
"""A chain, an algorithm, and the largest number of variables."""


def formulas(folder: Path) -> Iterator[tuple[str, CNF]]:
    with (folder / "MANIFEST.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            yield row["file"], read(folder / row["file"])


def check(folder: Path, name: str) -> int:
    """Every verdict equals CaDiCaL's, every YES brings a model of the file, no UNKNOWN; the number of files."""
    keys, algorithm, most = CHAINS[name]
    through = Through(chain(keys), Threshold(algorithm))
    count = 0
    for file, formula in formulas(folder):
        if formula.n > most:
            continue
        decision, truth = through.solve(formula), Sat().solve(formula)
        assert decision.verdict is truth.verdict, (file, decision, truth)
        assert decision.verdict is not Verdict.UNKNOWN, (file, decision)
        assert decision.witness is None or formula.accepts(decision.witness), file
        count += 1
    return count


@pytest.mark.slow
@pytest.mark.parametrize("name", CHAINS)
def test_our_files(name: str) -> None:
    assert check(EXAMPLES, name) >= 25


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("auto", 222), ("lemma 4.7", 180), ("direct", 180), ("causal", 180)])
def test_real_files(real_cnf: Path, name: str, least: int) -> None:
    assert check(real_cnf, name) >= least
