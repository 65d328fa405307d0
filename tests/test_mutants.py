"""Planted faults are made as they are said, taken back, noticed by failing tests, and those that survive are listed."""

import tomllib
from pathlib import Path

import pytest

from tests import mutants
from tests.mutants import ROOT, Bench, Tried, draw, equivalent, summary, tried
from tests.support.mutating import Mutant, mutants_of

SUMS = '''"""Sums: 1 + 1."""


def least(a: int, b: int = 0) -> int:
    if a < b and a > 3:
        return a + b
    return min(a, b)
'''

ASKED = """import pytest

from toy.sums import least


@pytest.mark.parametrize("a", [1], ids=["one of all"])
def test_least(a):
    assert least(a, 2) == 1
"""

KINDS = {
    "x = a + b * c": {"x = a - b * c", "x = a + b / c"},
    "x = a < b <= c": {"x = a <= b <= c", "x = a < b < c"},
    "x = a is not None": {"x = a is None"},
    "x = (a) and (b)": {"x = (a) or (b)", "x = (True) and (b)", "x = (a) and (True)"},
    "x = a or b or c": {"x = False or b or c", "x = a or False or c", "x = a or b or False"},
    "x = not(a)": {"x = (a)"},
    "x = not a": {"x = a"},
    "x = 3": {"x = 4"},
    "x = 0.5": {"x = 1.0"},
    "x = 0.0": {"x = 1.0"},
    "x = a if b else c": {"x = a if not (b) else c"},
    "x = [a for a in b if a]": {"x = [a for a in b if not (a)]"},
    "x = np.log(max(a, b))": {"x = np.log1p(max(a, b))", "x = np.log(min(a, b))"},
    "x = log1p(a)": {'x = __import__("math").log(a)'},
    "def f(a: int = 1, *, b: bool = True): pass": {
        "def f(a: int = 2, *, b: bool = True): pass", "def f(a: int = 1, *, b: bool = False): pass"
    },
    'x = "ä", 1': {'x = "ä", 2'},
}  # fmt: skip

LEFT = [
    '"1 + 1"', "x: Literal[1]", "def f(a: Annotated[int, 1 + 1]) -> Literal[2]: pass", "assert a < b", 'raise E("a" * 3)',
    'x = f"{1 + a}"', "if TYPE_CHECKING: x = 3", "from a import b", "x = True",
]  # fmt: skip


def toy(root: Path, asked: str = ASKED) -> list[Mutant]:
    """A tree with one module and one test; its mutants."""
    for file, text in {"toy/sums.py": SUMS, "tests/toy/test_sums.py": asked}.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text)
    return draw(root, ["toy"], [], 0, 100)


def mutant_of(found: list[Mutant], becomes: str) -> Mutant:
    return next(mutant for mutant in found if mutant.becomes == becomes)


@pytest.mark.parametrize("source", KINDS)
def test_kinds(source: str) -> None:
    found = mutants_of(source.encode(), "a.py")
    assert {mutant.applied(source.encode()).decode() for mutant in found} == KINDS[source]
    assert {mutant.becomes for mutant in found} == KINDS[source]
    assert {mutant.was for mutant in found} == {source}


@pytest.mark.parametrize("source", LEFT)
def test_what_is_left_alone(source: str) -> None:
    assert mutants_of(source.encode(), "a.py") == []


def test_the_seed_draws(tmp_path: Path) -> None:
    found = toy(tmp_path)
    assert draw(tmp_path, ["toy"], [], 0, 100) == found
    assert draw(tmp_path, ["toy"], [], 0, 3) == found[:3]
    other = draw(tmp_path, ["toy"], [], 1, 100)
    assert other != found
    assert sorted(map(str, other)) == sorted(map(str, found))
    assert draw(tmp_path, [], ["toy/sums.py"], 0, 100) == found
    assert {mutant.line for mutant in found} == {4, 5, 6, 7}


def test_only_what_is_python_is_drawn(tmp_path: Path) -> None:
    toy(tmp_path)
    (tmp_path / "toy/sums.py").write_text("match x:\n    case 1 + 2j: pass\n")
    assert [mutant.becomes for mutant in draw(tmp_path, ["toy"], [], 0, 100)] == ["case 2 + 2j: pass", "case 1 - 2j: pass"]


@pytest.mark.slow
def test_it_is_made_noticed_and_taken_back(tmp_path: Path) -> None:
    root, where = tmp_path / "root", tmp_path / "where"
    seen = tmp_path / "seen"
    found = toy(root, f"{ASKED}    open({str(seen)!r}, 'w').write(open('toy/sums.py').read())\n")
    bench = Bench(root, where, ["toy"], 60)
    survivor = bench.try_(mutant_of(found, "if a <= b and a > 3:"))
    assert (survivor.state, survivor.by) == ("survives", "")
    assert seen.read_text() == SUMS.replace("a < b", "a <= b")
    noticed = bench.try_(mutant_of(found, "return max(a, b)"))
    assert (noticed.state, noticed.by) == ("noticed", "tests/toy/test_sums.py::test_least[one of all]")
    assert (where / "tree/toy/sums.py").read_text() == (root / "toy/sums.py").read_text() == SUMS
    assert bench.failing_unchanged([noticed.by]) == []


@pytest.mark.slow
def test_one_that_runs_forever_is_unfinished_and_taken_back(tmp_path: Path) -> None:
    found = toy(tmp_path / "root", "import toy.sums\n\n\ndef test_never():\n    while True:\n        pass\n")
    bench = Bench(tmp_path / "root", tmp_path / "where", ["toy"], 1.5)
    assert bench.try_(found[0]).state == "unfinished"
    assert (tmp_path / "where/tree/toy/sums.py").read_text() == SUMS


@pytest.mark.slow
def test_a_test_that_fails_anyway_proves_nothing(tmp_path: Path) -> None:
    found = toy(tmp_path, "from toy.sums import least\n\n\ndef test_wrong():\n    assert least(1, 2) == 2\n")
    with pytest.raises(SystemExit, match=r"fail without any change.*: tests/toy/test_sums.py::test_wrong$"):
        list(tried(tmp_path, found[:1], ["toy"], 60))


@pytest.mark.slow
def test_a_tree_that_no_longer_loads_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "root/tests").mkdir(parents=True)
    (tmp_path / "root/tests/conftest.py").write_text("from toy.sums import least\n\nassert least(4) == 0\n")
    mutant = mutant_of(toy(tmp_path / "root"), "def least(a: int, b: int = 1) -> int:")
    bench = Bench(tmp_path / "root", tmp_path / "where", ["toy"], 60)
    assert bench.try_(mutant).by == "tests/toy/test_sums.py"
    assert bench.failing_unchanged(["tests/toy/test_sums.py"]) == []


def test_a_module_without_tests_survives_at_once(tmp_path: Path) -> None:
    found = toy(tmp_path / "root", "def test_nothing(): pass\n")
    (tmp_path / "root/tests/toy/test_sums.py").rename(tmp_path / "root/tests/toy/test_others.py")
    assert Bench(tmp_path / "root", tmp_path / "where", ["toy"], 60).try_(found[0]).state == "survives"


def test_nearest_tests_come_first(tmp_path: Path) -> None:
    files = {
        "a/room/one.py": "", "a/other.py": "from a.room.one import x", "a/__init__.py": "from a.other import x",
        "b/main.py": 'f"a.room.{name}"', "a/away.py": "",
        "tests/a/room/test_one.py": "", "tests/a/test_room.py": "", "tests/b/test_direct.py": "import a.room.one",
        "tests/a/test_near.py": "import a.room.one, a.away", "tests/test_through.py": "from a.other import x",
        "tests/test_face.py": "from a import x", "tests/test_text.py": "from b import main",
        "tests/test_away.py": "import a.away", "tests/b/helper.py": "import a.room.one", "a/room/__init__.py": "",
    }  # fmt: skip
    for file, text in files.items():
        (tmp_path / "root" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / file).write_text(text)
    bench = Bench(tmp_path / "root", tmp_path / "where", ["a", "b"], 60)
    assert bench.tests_of("a/room/one.py") == [
        "tests/a/room/test_one.py", "tests/a/test_room.py", "tests/a/test_near.py", "tests/b/test_direct.py",
        "tests/test_face.py", "tests/test_text.py", "tests/test_through.py",
    ]  # fmt: skip


def test_kernels_are_compiled_anew_where_they_may_have_the_old_code(tmp_path: Path) -> None:
    files = {"a/base.py": "", "a/kernel.py": "import numba\nimport a.base", "a/user.py": "import a.kernel", "a/far.py": ""}
    for file, text in files.items():
        (tmp_path / "root" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / file).write_text(text)
    imports = Bench(tmp_path / "root", tmp_path / "where", ["a"], 60).imports
    assert [module for module in sorted(imports.of) if imports.compiled(module)] == ["a.base", "a.kernel"]


def test_the_report(tmp_path: Path) -> None:
    one, two, *_ = toy(tmp_path)
    states = [Tried(one, "noticed", "t::a", 2.0), Tried(two, "survives", "", 4.0), Tried(one, "equivalent", "", 0.0)]
    assert summary(states) == (
        f"survives: {two}\n"
        "3 mutants: 1 noticed (50% of those judged), 1 survive, 0 unfinished, 1 equivalent; 3.0 s a mutant (median), 6 s in all"
    )
    assert summary([]).startswith("0 mutants: 0 noticed (none judged)")
    assert str(two).startswith(f"toy/sums.py:{two.line}  {two.kind}:  {two.was}  ->  {two.becomes}")


def test_what_is_equivalent_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = toy(tmp_path)
    tables = "".join(
        f"[[equivalent]]\nfile = {m.file!r}\nwas = {m.was!r}\nbecomes = {m.becomes!r}\nwhy = 'so'\n" for m in found[:2]
    )
    (tmp_path / "tests/equivalent_mutants.toml").write_text(tables)
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    monkeypatch.setattr(mutants, "PACKAGES", ("toy",))
    mutants.main(["--seed", "0", "--count", "2", "--seconds", "5"])
    assert "2 mutants: 0 noticed (none judged), 0 survive, 0 unfinished, 2 equivalent" in capsys.readouterr().out


def test_what_is_listed_as_equivalent_is_there_still() -> None:
    listed = equivalent(ROOT)
    found = {file: {mutant.key for mutant in mutants_of((ROOT / file).read_bytes(), file)} for file, _, _ in listed}
    assert [key for key in listed if key not in found[key[0]]] == []
    written = tomllib.loads((ROOT / "tests/equivalent_mutants.toml").read_text())["equivalent"]
    assert all(one.keys() == {"file", "was", "becomes", "why"} and one["why"] for one in written)
