"""Where an instance comes from: a file or a family, each option by the family's own name, complete or refused."""

from pathlib import Path
from typing import Any

import pytest

from hardlab.cli.instance import FamilyChoice, instance
from instances.cnf import CNF
from instances.families import make
from instances.faults import BadInput


def chosen(**given: Any) -> dict[str, Any]:
    return dict(FamilyChoice(**given).parameters())


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "f.cnf").write_text("p cnf 2 1\n1 -2 0\n")
    return str(tmp_path / "f.cnf")


def test_a_choice_is_given_where_any_option_is() -> None:
    assert not FamilyChoice().given
    some: list[dict[str, Any]] = [
        {"family": "x"},
        {"vars": 0},
        {"clauses": 0},
        {"ratio": 0.0},
        {"k": 0},
        {"seed": 0},
        {"unique": True},
    ]
    assert all(FamilyChoice(**option).given for option in some)
    assert FamilyChoice(others=["a=1"]).given


def test_parameters_are_those_of_a_family() -> None:
    with pytest.raises(BadInput, match=r"^there is no family ''"):
        FamilyChoice(vars=3).parameters()


def test_the_seed_that_is_used() -> None:
    assert FamilyChoice("random-ksat").seed_used == 0
    assert FamilyChoice("random-ksat", seed=7).seed_used == 7
    assert FamilyChoice("random-ov").seed_used == 0
    assert FamilyChoice().seed_used is None
    assert FamilyChoice(seed=3).seed_used == 3
    assert FamilyChoice("no such family").seed_used is None


def test_options_are_the_parameters_of_formulas() -> None:
    found = chosen(family="random-ksat", vars=10, clauses=42, k=4, seed=3)
    assert {name: found[name] for name in ("n", "m", "k", "seed")} == {"n": 10, "m": 42, "k": 4, "seed": 3}
    assert chosen(family="random-ksat", vars=10, ratio=4.2)["m"] == 42
    assert chosen(family="planted-ksat", vars=10, ratio=4.2, unique=True)["unique"] is True
    assert FamilyChoice("random-ksat", vars=3, clauses=3).parameters()["unique"] is False
    assert "unique" not in FamilyChoice("random-ov", others=["n=3"]).parameters()


def test_others_by_name_and_value() -> None:
    found = chosen(family="random-ov", others=["n=4", "m=5", "d=6"])
    assert {name: found[name] for name in ("n", "m", "d")} == {"n": 4, "m": 5, "d": 6}
    assert chosen(family="random-ov", others=["density=0.25"])["density"] == 0.25
    assert type(chosen(family="random-ov", others=["n=4"])["n"]) is int
    for word, value in (("true", True), ("1", True), ("YES", True), ("false", False), ("0", False), ("No", False)):
        assert chosen(family="planted-ksat", others=[f"unique={word}"])["unique"] is value
    assert chosen(family="random-ov", others=["nonsense=1e3"])["nonsense"] == 1000.0


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("n", "--set 'n': write name=value"), ("=3", "--set '=3': write name=value"), ("", "--set '': write name=value"),
        ("n=", "--set n=: write a number"), ("n=4.5", "--set n=4.5: write a number"), ("d=x", "--set d=x: write a number"),
        ("density=a", "--set density=a: write a number"),
    ],
)  # fmt: skip
def test_what_sets_nothing(other: str, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        FamilyChoice("random-ov", others=[other]).parameters()
    assert str(caught.value) == said


def test_what_is_neither_true_nor_false() -> None:
    with pytest.raises(BadInput, match=r"^--set unique=2: write true or false$"):
        FamilyChoice("planted-ksat", others=["unique=2"]).parameters()


def test_a_family_or_a_file(file: str) -> None:
    assert instance(file, FamilyChoice(), 2**30) == CNF(2, ((1, -2),))
    made = instance(None, FamilyChoice("random-ksat", vars=6, clauses=9, seed=2), 2**30)
    assert made == make("random-ksat", n=6, m=9, k=3, seed=2)
    for name, choice in ((None, FamilyChoice()), (file, FamilyChoice("random-ksat")), (None, FamilyChoice(vars=3))):
        with pytest.raises(BadInput, match=r"^give a FILE \(- for standard input\) or --family NAME, one of the two$"):
            instance(name, choice, 2**30)
    for choice in (FamilyChoice(vars=3), FamilyChoice(unique=True), FamilyChoice(others=["a=1"])):
        with pytest.raises(BadInput, match="go with --family, not with a FILE"):
            instance(file, choice, 2**30)


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (FamilyChoice("random-ksat"), "random-ksat needs n and m: give --vars and --clauses or --ratio"),
        (FamilyChoice("random-ksat", vars=3), "random-ksat needs m: give --clauses or --ratio"),
        (FamilyChoice("random-ov", others=["n=3"]), "random-ov needs m and d: give --set m=VALUE and --set d=VALUE"),
    ],
)
def test_what_a_family_needs(choice: FamilyChoice, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        instance(None, choice, 2**30)
    assert str(caught.value) == said


def test_what_a_family_has_not_is_said_first() -> None:
    with pytest.raises(BadInput) as caught:
        instance(None, FamilyChoice("random-ov", others=["nonsense=3"]), 2**30)
    assert "nonsense" in str(caught.value)
    assert "needs" not in str(caught.value)
