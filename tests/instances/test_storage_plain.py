"""Instances of anybody's problem as JSON."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from instances.cnf import CNF
from instances.faults import BadInput
from instances.problem import Problem
from instances.storage import load, save
from tests.support.rules import PROBLEMS
from tests.support.rules.graphs import HamiltonianPath, IndependentSet

PATH = HamiltonianPath(3, ((0, 1), (1, 2)))


def named(*kinds: type[Problem]) -> Any:
    return {kind.called: kind for kind in kinds}.get


@pytest.mark.parametrize("kind", PROBLEMS, ids=lambda kind: kind.__name__)
def test_what_is_saved_is_loaded(kind: type[Problem], tmp_path: Path) -> None:
    suffix = "cnf" if kind is CNF else "json"
    for number, one in enumerate([*kind.instances(2)][:20]):
        save(one, file := tmp_path / f"{number}.{suffix}", {"note": "one"})
        again = load(file, named=named(kind))
        assert (type(again), again.identity) == (kind, one.identity)


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    save(PATH, file := tmp_path / "x.json", {"note": "a path"})
    held = json.loads(file.read_bytes())
    assert {**held, "metadata": held["metadata"]["note"]} == {
        "problem": "HamiltonianPath",
        "instance": {"n": 3, "edges": [[0, 1], [1, 2]]},
        "identity": PATH.identity,
        "metadata": "a path",
    }


def test_it_is_known_by_its_content(tmp_path: Path) -> None:
    save(PATH, tmp_path / "x.json")
    (tmp_path / "x.json").rename(tmp_path / "x")
    assert load(tmp_path / "x", named=named(HamiltonianPath)) == PATH


def test_ours_may_be_written_so_too(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text('{"problem": "cnf", "instance": {"n": 2, "clauses": [[1, -2]]}}')
    assert load(tmp_path / "f.json") == CNF(2, ((1, -2),))


FAULTS = {
    "no JSON": ("{", "this is no JSON"),
    "too deep": ("[" * 100_000, "this is no JSON"),
    "a list": ("[1]", "an instance in JSON is"),
    "without a name": ('{"instance": {}}', "an instance in JSON is"),
    "a name that is none": ('{"problem": 3, "instance": {}}', "an instance in JSON is"),
    "without an instance": ('{"problem": "IndependentSet"}', "an instance in JSON is"),
    "of nobody": ('{"problem": "Unheard", "instance": {}}', "of Unheard, which nobody knows here"),
    "other fields": ('{"problem": "HamiltonianPath", "instance": {"m": 1}}', "HamiltonianPath does not take .*TypeError"),
    "a bad value": ('{"problem": "HamiltonianPath", "instance": {"n": 0, "edges": []}}', "a path has a vertex"),
    "no object": ('{"problem": "HamiltonianPath", "instance": 3}', "HamiltonianPath does not take"),
    "changed": (
        '{"problem": "HamiltonianPath", "instance": {"n": 1, "edges": []}, "identity": "0"}',
        "is not the instance that was stored",
    ),
}


@pytest.mark.parametrize(("text", "said"), FAULTS.values(), ids=list(FAULTS))
def test_what_is_wrong_is_said(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(BadInput, match=rf"x.json: .*{said}"):
        load(tmp_path / "x.json", named=named(HamiltonianPath))


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(" " * 2000)
    with pytest.raises(BadInput, match="more than 64 bytes"):
        load(tmp_path / "x.json", memory=1024)


def test_what_makes_something_else_is_refused(tmp_path: Path) -> None:
    class Swaps(IndependentSet):
        @classmethod
        def from_json(cls, given: Any) -> Any:
            return PATH

    (tmp_path / "x.json").write_text('{"problem": "Swaps", "instance": {}}')
    with pytest.raises(BadInput, match="Swaps made a HamiltonianPath"):
        load(tmp_path / "x.json", named=named(Swaps))


def test_what_has_no_plain_form_is_not_saved(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Holds(HamiltonianPath):
        held: Any = None

    class Raises(HamiltonianPath):
        def as_json(self) -> Any:
            raise RuntimeError("no")

    with pytest.raises(BadInput, match=r"Holds.held holds a object"):
        save(Holds(1, (), object()), tmp_path / "x.json")
    with pytest.raises(BadInput, match=r"Raises gave no JSON \(as_json: RuntimeError: no\)"):
        save(Raises(1, ()), tmp_path / "x.json")
    assert list(tmp_path.iterdir()) == []
