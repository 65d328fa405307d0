"""The limits of the families: each condition of a guard alone, and the last parameters that it lets through."""

from typing import Any

import numpy as np
import pytest

from instances.families import family_named, formulas, make, vectors
from instances.families.family import typed
from instances.families.seeding import generator
from instances.faults import BadInput
from instances.vectors import OrthogonalVectors


def refused(message: str, name: str, **parameters: Any) -> bool:
    """Whether it is refused, with this message."""
    try:
        make(name, **parameters)
    except BadInput as error:
        if message not in str(error):
            raise
        return True
    return False


def test_literals_and_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each limit is reached with the other far away."""
    monkeypatch.setattr(formulas, "MAX_VARIABLES", 12)
    monkeypatch.setattr(formulas, "MAX_LITERALS", 36)
    for name, most, more in (
        ("random-ksat", {"n": 12, "m": 12, "k": 3}, {"n": 13, "m": 1, "k": 3}),
        ("random-ksat", {"n": 3, "m": 12, "k": 3}, {"n": 3, "m": 13, "k": 3}),
        ("planted-ksat", {"n": 9, "m": 4, "k": 9}, {"n": 9, "m": 37, "k": 1}),
        ("parity", {"n": 9}, {"n": 10}),
        ("colouring", {"n": 4, "edges": 4, "colours": 3}, {"n": 4, "edges": 5, "colours": 3}),
        ("colouring", {"n": 12, "edges": 12, "colours": 1}, {"n": 13, "edges": 0, "colours": 1}),
        ("colouring", {"n": 4, "edges": 0, "colours": 3}, {"n": 5, "edges": 0, "colours": 3}),
    ):
        assert not refused("", name, **most, seed=0), most
        assert refused("take smaller parameters, at most 12 variables and 36 literals", name, **more, seed=0), more
    assert not refused("", "pigeonhole", holes=2)
    assert refused("a formula of 12 variables and 48 literals", "pigeonhole", holes=3)


def test_the_least_there_are() -> None:
    for name, least in (
        ("random-ksat", {"n": 1, "m": 0, "k": 1}), ("planted-ksat", {"n": 1, "m": 0, "k": 1}), ("parity", {"n": 2}),
        ("colouring", {"n": 1, "edges": 0, "colours": 1}), ("random-ov", {"n": 1, "m": 1, "d": 1}),
        ("random-hamming", {"n": 1, "m": 1, "d": 1}), ("planted-hamming", {"n": 1, "m": 1, "d": 1, "t": 0, "t2": 1}),
    ):  # fmt: skip
        assert not refused("", name, **least, seed=0), name
        for parameter in least.keys() - {"edges", "t", "t2"}:
            assert refused(f"{parameter} = ", name, **{**least, parameter: least[parameter] - 1}, seed=0), (name, parameter)
    assert not refused("", "pigeonhole", holes=1)


def test_wide_vectors_are_drawn_in_parts() -> None:
    """The same bits as in one draw."""
    found = make("random-ov", n=17, m=1, d=2**16, density=0.25, seed=3)
    assert isinstance(found, OrthogonalVectors)
    assert np.array_equal(found.A.bools(), generator(3).random((17, 2**16)) < 0.25)


def test_a_single_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formulas, "MAX_UNIQUE", 6)
    most = {"n": 6, "m": 10, "k": 3, "seed": 0}
    for name in ("random-ksat", "planted-ksat"):
        assert not refused("", name, **most, unique=True)
        assert refused("decided for n <= 6 variables", name, **{**most, "n": 7, "m": 40}, unique=True)
        assert refused("too few to be sure of a single model", name, **{**most, "m": 9}, unique=True)
        assert not refused("", name, **{**most, "n": 7, "m": 9}, unique=False)


@pytest.mark.parametrize(("edges", "wrong"), [(-1, True), (0, False), (6, False), (7, True)])
def test_edges_of_a_graph(edges: int, wrong: bool) -> None:
    assert refused("has 0 to 6 edges", "colouring", n=4, edges=edges, colours=2, seed=0) is wrong


def test_lists_of_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns, bits of the longer list, and pairs of rows where distances are computed."""
    monkeypatch.setattr(vectors, "MAX_COLUMNS", 10)
    monkeypatch.setattr(vectors, "MAX_BITS", 60)
    monkeypatch.setattr(vectors, "MAX_PAIRS", 20)
    for n, m, d, wrong in (
        (6, 1, 10, False), (1, 1, 11, True), (6, 7, 8, False), (7, 1, 9, True), (1, 7, 9, True), (5, 5, 9, False),
    ):  # fmt: skip
        assert refused("take smaller parameters, d <= 10, n d and m d <= 60", "random-ov", n=n, m=m, d=d, seed=0) is wrong
    for n, m, wrong in ((4, 5, False), (5, 5, True), (2, 10, False), (3, 7, True)):
        for name, given in (("random-hamming", {}), ("planted-hamming", {"t": 0, "t2": 1})):
            assert refused("n m <= 20", name, n=n, m=m, d=6, seed=0, **given) is wrong, (n, m, name)


@pytest.mark.parametrize(
    ("t", "t2", "wrong"), [(0, 1, False), (-1, 1, True), (2, 2, True), (3, 2, True), (5, 6, False), (5, 7, True)]
)
def test_thresholds_of_planted_rows(t: int, t2: int, wrong: bool) -> None:
    assert refused("must satisfy 0 <= t < t2 <= d", "planted-hamming", n=1, m=1, d=6, t=t, t2=t2, seed=0) is wrong


@pytest.mark.parametrize(("density", "wrong"), [(-0.1, True), (0.0, False), (1.0, False), (1.1, True)])
def test_densities(density: float, wrong: bool) -> None:
    for name in ("random-ov", "planted-ov"):
        assert refused("from 0 to 1", name, n=2, m=2, d=3, density=density, seed=0) is wrong


@pytest.mark.parametrize(
    ("name", "parameter", "value", "becomes"),
    [
        ("parity", "odd", True, True), ("parity", "odd", np.False_, False), ("parity", "odd", 1, None),
        ("parity", "odd", "true", None), ("parity", "n", 3, 3), ("parity", "n", np.int8(3), 3), ("parity", "n", True, None),
        ("parity", "n", 3.0, None), ("random-ov", "density", 1, 1.0), ("random-ov", "density", 0.5, 0.5),
        ("random-ov", "density", False, None), ("random-ov", "density", "0.5", None), ("random-ov", "density", 1j, None),
    ],
)  # fmt: skip
def test_each_condition_of_a_type(name: str, parameter: str, value: object, becomes: object) -> None:
    of = family_named(name).parameters[parameter]
    if becomes is None:
        with pytest.raises(BadInput, match=f"{name} has {parameter} = "):
            typed(name, of, value)
    else:
        found = typed(name, of, value)
        assert (found, type(found)) == (becomes, type(becomes))


@pytest.mark.parametrize(("ratio", "m"), [(0.0, 0), (0.5, 4), (-0.1, None), (1.25e8, None), (1.2e8, 960_000_000)])
def test_ratios(ratio: float, m: int | None) -> None:
    """Of no clause up to 10^9, which are too many."""
    family = family_named("random-ksat")
    if m is None:
        with pytest.raises(BadInput, match="no number of clauses from 0 to 10"):
            family.arguments({"n": 8, "ratio": ratio})
    else:
        assert family.arguments({"n": 8, "ratio": ratio})["m"] == m


def test_m_and_a_ratio() -> None:
    family = family_named("random-ksat")
    assert (family.completed({"m": 3})["m"], family.completed({"ratio": 3})["ratio"]) == (3, 3)
    with pytest.raises(BadInput, match="clauses and ratio: give one of the two"):
        family.completed({"m": 3, "ratio": 3})


def test_the_limits_that_people_meet() -> None:
    """One literal more than a formula may have, in the words of the refusal: nothing is drawn before."""
    assert refused(f"and {10**7} literals", "parity", n=10**7 // 4 + 1, seed=0)
    assert refused(f"and {10**7} literals", "random-ksat", n=3, m=10**7 // 2 + 1, k=2, seed=0)
    assert refused("n <= 128 variables", "random-ksat", n=129, m=200, k=2, unique=True, seed=0)
