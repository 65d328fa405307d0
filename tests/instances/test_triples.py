"""Three lists of vectors: what a witness is, what an instance must be, and instances as files."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from instances.bits import BitMatrix
from instances.faults import BadInput
from instances.ours import PROBLEMS
from instances.storage import load, save
from instances.triples import ThreeOrthogonalVectors


def named(name: str) -> type | None:
    return {problem.called: problem for problem in PROBLEMS}.get(name)


def test_a_witness_is_a_triple_with_no_column_of_ones() -> None:
    rng = np.random.default_rng(0)
    yes = no = 0
    for d in (1, 5, 64, 65):
        lists = [rng.integers(0, 2, (rows, d)) | (rng.random((rows, d)) < 0.4) for rows in (3, 4, 2)]
        problem = ThreeOrthogonalVectors(*(BitMatrix.of(rows.astype(int)) for rows in lists))
        products = np.einsum("ic,jc,kc->ijk", *lists)
        for i, j, k in problem.witnesses():
            assert problem.accepts((i, j, k)) == (products[i, j, k] == 0)
            assert problem.products(problem.A.words[i] & problem.B.words[j])[k] == products[i, j, k]
            yes, no = yes + problem.accepts((i, j, k)), no + (not problem.accepts((i, j, k)))
    assert yes > 3
    assert no > 20
    for wrong in ((), (0, 0), (0, 0, 2), (3, 0, 0), (-1, 0, 0), (0, 0, 0, 0)):
        assert not problem.accepts(wrong)


def test_lists_must_fit() -> None:
    one, two = BitMatrix.of(["1"]), BitMatrix.of(["11"])
    with pytest.raises(BadInput, match="A, B and C have 1, 1 and 2 columns"):
        ThreeOrthogonalVectors(one, one, two)
    with pytest.raises(BadInput, match="C has no rows"):
        ThreeOrthogonalVectors(one, one, BitMatrix.zeros(0, 1))
    with pytest.raises(BadInput, match="at least one"):
        ThreeOrthogonalVectors(*[BitMatrix.zeros(1, 0)] * 3)


def test_instances_are_listed_and_drawn() -> None:
    least = list(ThreeOrthogonalVectors.instances(0))
    assert len(least) == 8
    assert len({problem.identity for problem in least}) == 8
    more = list(islice(ThreeOrthogonalVectors.instances(1), 200))
    assert {tuple(problem.size.values()) for problem in more} >= {(1, 1, 1, 2), (2, 1, 1, 1), (1, 2, 1, 1), (1, 1, 2, 1)}
    some = [ThreeOrthogonalVectors.drawn(5, seed) for seed in range(30)]
    assert {any(map(p.accepts, p.witnesses())) for p in some if p is not None} == {True, False}
    assert ThreeOrthogonalVectors.drawn(5, 3) == ThreeOrthogonalVectors.drawn(5, 3)


def test_files_give_it_back(tmp_path: Path) -> None:
    problem = ThreeOrthogonalVectors(BitMatrix.of(["0110"]), BitMatrix.of(["1010", "1111"]), BitMatrix.of(["0001"]))
    save(problem, tmp_path / "three.json")
    assert load(tmp_path / "three.json", named=named).identity == problem.identity
    (tmp_path / "two.json").write_text('{"problem": "3ov", "instance": {"A": ["1"], "B": ["1"]}}')
    with pytest.raises(BadInput, match="three lists"):
        load(tmp_path / "two.json", named=named)
    (tmp_path / "bad.json").write_text('{"problem": "3ov", "instance": {"A": ["1"], "B": ["1"], "C": ["12"]}}')
    with pytest.raises(BadInput, match="only the integers 0 and 1"):
        load(tmp_path / "bad.json", named=named)
