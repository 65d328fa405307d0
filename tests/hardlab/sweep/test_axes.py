"""Where records lie on an axis: what stands in brackets, what is the default there, what the family's parameters are called."""

from typing import Any

import pytest

from hardlab.sweep.axes import Axis, N, axis, in_order, named, numeric
from instances.faults import BadInput


def job(**others: Any) -> dict[str, Any]:
    """A job as a database has it."""
    return {
        "family": "random-ksat", "parameters": {"n": 10, "m": 42, "k": 3, "seed": 7},
        "chain": "cnf-hamming,hamming-attention[R0=4]",
        "algorithm": "polynomial", "solver": None, "timeout": 60.0, "memory": 2**30, "measure": 8, "oracle": True, **others,
    }  # fmt: skip


def at(name: str, n: Any = None, **others: Any) -> Any:
    return Axis(name).of({"job": job(**others), "n": n})


def test_n_is_that_of_the_instance_and_else_the_parameter() -> None:
    assert at("n", 1024) == 1024
    assert at("n") == 10
    assert at("n", parameters={"d": 3}) is None
    assert Axis("n").of({"job": job()}) == 10
    assert (N.said, Axis("k").said, Axis("R0").said) == ("n of the instance", "k", "R0")


def test_parameters_and_limits() -> None:
    found = [at(name, 99) for name in ("m", "k", "seed", "ratio", "timeout", "memory", "measure", "oracle", "R0", "family")]
    assert found == [42, 3, 7, 4.2, 60.0, 2**30, 8, "true", 4, None]
    assert at("oracle", oracle=False) == "false"
    assert at("x", parameters={"x": None, "y": "word"}) == "none"
    assert at("unique", parameters={"unique": True}) == "true"


@pytest.mark.parametrize(
    ("parameters", "ratio"),
    [
        ({"n": 7, "m": 30, "k": 3}, 4.286),
        ({"n": 30000, "m": 100001, "k": 3}, 3.333),
        ({"n": 7, "m": 30}, None),
        ({"n": 7, "k": 3}, None),
        ({"m": 7, "k": 3}, None),
        ({"n": 0, "m": 30, "k": 3}, None),
    ],
)
def test_the_ratio_of_formulas(parameters: dict[str, Any], ratio: float | None) -> None:
    assert at("ratio", parameters=parameters) == ratio


def test_brackets_of_chains_algorithms_and_solvers() -> None:
    assert at("x", chain="a[x=1]", algorithm="b[x=2]") == 1
    assert at("x", chain="a", algorithm="b[x=2.5]") == 2.5
    assert at("x", chain="a", algorithm=None, solver="c[x= word ]") == "word"
    assert at("x", chain="a[x=1],b[x=2]") == 2
    assert at("m", chain="a[m=1]", algorithm="b[m=2]") == 42
    assert at("timeout", algorithm="b[timeout=3]") == 60.0
    assert at("x", algorithm="mine.py:f [x=") is None
    assert at("x", algorithm="b[x=-3,y=1e-3]") == -3
    assert at("y", algorithm="b[x=-3,y=1e-3]") == 1e-3
    assert at("x", chain="", algorithm=None) is None


def test_the_defaults_of_ours() -> None:
    """A parameter that is not spelled is what it is when it is not."""
    from attention.ours import ALGORITHMS
    from reductions.ours import REDUCTIONS

    polynomial = next(one for one in ALGORITHMS if one.key == "polynomial")
    assert at("error") == polynomial.error  # type: ignore[attr-defined]
    assert at("error", algorithm="polynomial[error=0.5]") == 0.5
    assert at("error", algorithm="taylor") == next(one for one in ALGORITHMS if one.key == "taylor").error  # type: ignore[attr-defined]
    assert at("error", algorithm="not-ours") is None
    hamming = next(one for one in REDUCTIONS if one.key == "hamming-attention")
    assert at("R0", chain="hamming-attention") == hamming.R0  # type: ignore[attr-defined]
    assert at("R0", chain="other") is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a[R0=4]", "a"),
        ("a[R0=4,x=2]", "a[x=2]"),
        ("a[x=2,R0=4]", "a[x=2]"),
        ("a[x=2,R0=4,y=1],b[R0=3],c", "a[x=2,y=1],b,c"),
        ("a[xR0=4]", "a[xR0=4]"),
        ("a[R05=4]", "a[R05=4]"),
        ("R0=4", "R0=4"),
        ("", ""),
    ],
)
def test_beside_an_axis_its_parameter_is_left_out(words: str, expected: str) -> None:
    assert Axis("R0").without(words) == expected


def test_names_are_as_they_are_written() -> None:
    assert Axis("a.b").without("x[a.b=1],y[aXb=1]") == "x,y[aXb=1]"


def test_an_axis_is_something_that_jobs_have() -> None:
    jobs = [job(), job(parameters={"n": 12, "m": 42, "k": 3, "seed": 8}), job(oracle=False)]
    assert axis("n", [], "here") == N
    assert axis("vars", jobs, "here") == N
    assert axis("clauses", jobs, "here") == Axis("m")
    assert axis("seeds", jobs, "here") == Axis("seed")
    assert axis("R0", jobs, "here") == Axis("R0")
    with pytest.raises(BadInput) as caught:
        axis("nonsense", jobs, "a database")
    assert str(caught.value) == ("--x nonsense: the jobs of a database differ in n, seed, oracle, ratio: give one of them")
    with pytest.raises(BadInput, match="--x m: the jobs of x differ in n: give one of them"):
        axis("m", [], "x")


def test_values_in_order_and_as_they_are_said() -> None:
    assert in_order([3, "b", 1.5, "a", 3, -2]) == [-2, 1.5, 3, "a", "b"]
    assert [named(value) for value in (3, 2.5, 1e9, "word", 0.1 + 0.2)] == ["3", "2.5", "1e+09", "word", "0.3"]
    assert numeric([1, 2.5])
    assert numeric([])
    assert not numeric([1, "a"])
