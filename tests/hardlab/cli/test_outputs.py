"""Files that are to be written, checked before anything runs: over no input, none twice, whatever their names are."""

import os
from pathlib import Path

import pytest

from hardlab.cli.outputs import folder, outputs
from instances.faults import BadInput


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """A folder with an input, a link to it of either kind, and a database beside which nothing stands yet."""
    (tmp_path / "in.cnf").write_text("p cnf 0 0")
    (tmp_path / "soft").symlink_to(tmp_path / "in.cnf")
    os.link(tmp_path / "in.cnf", tmp_path / "hard")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "x.db").write_text("")
    (tmp_path / "x.db").symlink_to(tmp_path / "deeper" / "x.db")
    return tmp_path


def test_files_that_may_be_written(there: Path) -> None:
    given = [str(there / "in.cnf"), None, "-", ""]
    outputs(inputs=given, page=str(there / "a.html"), report=None, output="-", markdown=str(there / "b"))
    outputs(page=str(there / "in.cnf"))
    outputs(inputs=[str(there / "none")], page=str(there / "none"))
    outputs(inputs=[str(there)], page=str(there / "none"))
    outputs(inputs=["-"], page="-", report="-")
    assert sorted(path.name for path in there.iterdir()) == ["deeper", "hard", "in.cnf", "soft", "x.db"]


@pytest.mark.parametrize("name", ["in.cnf", "soft", "hard", "deeper/../in.cnf"])
@pytest.mark.parametrize("given", ["in.cnf", "soft", "hard"])
def test_an_input_is_not_written_over(there: Path, name: str, given: str) -> None:
    with pytest.raises(BadInput) as caught:
        outputs(inputs=[None, str(there / given)], page=f"{there}/{name}")
    assert str(caught.value) == f"--page {there}/{name} is an input: name another file"


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_what_a_database_has_beside_it_belongs_to_it(there: Path, suffix: str) -> None:
    for name in ("x.db", "deeper/x.db"):
        with pytest.raises(BadInput, match="is an input: name another file"):
            outputs(inputs=[str(there / name)], report=str(there / f"deeper/x.db{suffix}"))
    outputs(inputs=[str(there / "x.db")], report=str(there / "deeper/x.db-other"))


def test_nothing_is_written_twice(there: Path) -> None:
    with pytest.raises(BadInput, match=r"^--report .*a is what another option writes: name another file"):
        outputs(page=str(there / "a"), report=f"{there}/deeper/../a")
    with pytest.raises(BadInput, match="what another option writes"):
        outputs(page=str(there / "soft"), report=str(there / "hard"))


def test_a_file_has_a_name_and_a_place(there: Path) -> None:
    with pytest.raises(BadInput, match=r"^--page '' names no file$"):
        outputs(page="")
    with pytest.raises(BadInput):
        outputs(page=str(there / "none" / "a"))
    with pytest.raises(BadInput):
        outputs(page=str(there / "deeper"))


def test_folders_are_made(there: Path) -> None:
    folder(str(there / "new" / "one"), ["a.json"])
    assert (there / "new" / "one").is_dir()
    folder(str(there / "new"), [])
    (there / "link").symlink_to(there / "away")
    folder(str(there / "link"), ["a"])
    assert (there / "away").is_dir()
    assert list((there / "away").iterdir()) == []


def test_folders_that_cannot_be(there: Path) -> None:
    with pytest.raises(BadInput, match=r"^--counterexamples .*in\.cnf is a file: give a directory$"):
        folder(str(there / "in.cnf"), [])
    with pytest.raises(BadInput, match=r"cannot be made \(Not a directory\): give a directory of yours$"):
        folder(str(there / "in.cnf" / "x"), [])
    with pytest.raises(BadInput, match=r"cannot be made \(embedded null byte\)"):
        folder(f"{there}/a\0b", [])
    (there / "new" / "a.json").mkdir(parents=True)
    with pytest.raises(BadInput):
        folder(str(there / "new"), ["b.json", "a.json"])
