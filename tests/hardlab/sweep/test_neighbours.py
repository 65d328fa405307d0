"""What stands beside a database counts: links are followed before it is looked for, and where it is missing that is said."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardlab.cli.outputs import folder
from hardlab.sweep import neighbours
from hardlab.sweep.store import Store, stored
from instances.faults import BadInput
from tests.hardlab.sweep.test_store import HERE, filled, record, run
from tests.support.calling import Caller


@pytest.fixture
def hot(tmp_path: Path) -> Iterator[Path]:
    """A database whose jobs and records are all in its log, as one that was killed leaves it."""
    with Store(tmp_path / "live.db") as store:
        store.expect([{"i": i} for i in range(4)])
        for i in range(3):
            store.add(record(i), HERE)
        folder = tmp_path / "hot"
        folder.mkdir()
        for name in ("live.db", "live.db-wal"):
            shutil.copy(tmp_path / name, folder / name)
    yield folder / "live.db"
    folder.chmod(0o755)


def test_a_link_to_a_database_with_a_log(hot: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(hot)
    assert len(stored(link)[1]) == 3
    with Store(link) as store:
        assert len(store.statuses()) == 3
    assert not (tmp_path / "link.db-wal").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody who cannot write there")
@pytest.mark.parametrize("link", [False, True], ids=["itself", "a link"])
def test_a_log_in_a_folder_that_cannot_be_written(hot: Path, tmp_path: Path, link: bool) -> None:
    """Without its log it would be a database without jobs, and that is what was reported of a link."""
    name = tmp_path / "link.db" if link else hot
    if link:
        name.symlink_to(hot)
    for file in hot.parent.iterdir():
        file.chmod(0o444)
    hot.parent.chmod(0o555)
    (said,) = run(f"""
import os
folder = {str(tmp_path)!r}
while len(folder) > 5:
    os.chmod(folder, os.stat(folder).st_mode | 0o055)
    folder = os.path.dirname(folder)
from hardlab.sweep.store import stored
from instances.faults import BadInput
os.setgid(65534), os.setuid(65534)
try:
    print(len(stored({str(name)!r})[1]))
except BadInput as error:
    print(error)
""")
    assert said.startswith(f"{name} cannot be read (")
    assert f"{os.path.realpath(hot)}-wal is part of it" in said
    assert "copy the database with its -wal to a folder of yours" in said


def test_a_database_that_was_copied_without_its_log(hot: Path, call: Caller) -> None:
    Path(f"{hot}-wal").unlink()
    for words in (["report", hot], ["export", hot]):
        answer = call(*words)
        assert answer.code == 0
        assert "has tables and no job: if it was copied or moved, the file beside it in -wal belongs to it too" in answer.err
    said: list[str] = []
    Store(hot, lambda text, _: said.append(text)).close()
    assert len(said) == 1
    assert "has tables and no job" in said[0]
    with Store(hot) as store:
        store.expect([{"i": 1}])
    assert call("export", hot).err == ""


def test_a_new_database_is_no_reason_to_speak(tmp_path: Path) -> None:
    said: list[str] = []
    Store(tmp_path / "run.db", lambda text, _: said.append(text)).close()
    filled(tmp_path / "other.db")
    Store(tmp_path / "other.db", lambda text, _: said.append(text)).close()
    assert said == []


def test_a_file_of_several_names(tmp_path: Path, call: Caller) -> None:
    """A log beside each name would be the end of it: SQLite's own list of how to damage a database has this."""
    path = filled(tmp_path / "run.db")
    (tmp_path / "hard.db").hardlink_to(path)
    with pytest.raises(BadInput, match=r"is one of 2 names of a file \(hard links\)"):
        Store(tmp_path / "hard.db")
    answer = call("export", tmp_path / "hard.db")
    assert (answer.code, "a log (-wal) beside another name is not read" in answer.err) == (0, True)


def test_a_log_that_is_not_looked_for_where_the_file_is_is_caught(
    hot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planted fault: links are not followed."""
    link = tmp_path / "link.db"
    link.symlink_to(hot)
    assert neighbours.has_log(str(link))
    monkeypatch.setattr("hardlab.sweep.neighbours.os.path.realpath", os.path.abspath)
    assert not neighbours.has_log(str(link))


def test_nothing_is_written_over_what_may_stand_beside_a_database(tmp_path: Path, call: Caller) -> None:
    """Whether it is there or not, and by way of a link."""
    (tmp_path / "there").mkdir()
    path = filled(tmp_path / "there" / "run.csv")
    link = tmp_path / "link.db"
    link.symlink_to(path)
    for suffix in ("-wal", "-shm", "-journal"):
        for database in (path, link):
            assert "an input" in call("report", database, "-o", f"{path}{suffix}").refusal()
    assert "an input" in call("export", link, "-o", path).refusal()
    assert len(stored(path)[1]) == 3


def test_an_instance_is_not_written_over_its_source(tmp_path: Path, call: Caller) -> None:
    (tmp_path / "f.cnf").write_text("p cnf 3 2\n1 2 0\n-1 3 0\n")
    (tmp_path / "link.cnf").symlink_to(tmp_path / "f.cnf")
    for output in ("f.cnf", "link.cnf"):
        refused = call("reduce", tmp_path / "f.cnf", "--chain", "cnf-sparse", "-o", tmp_path / output).refusal()
        assert "is an input: name another file" in refused


def test_counterexamples_in_a_folder_by_way_of_a_link(tmp_path: Path) -> None:
    (tmp_path / "cases").symlink_to(tmp_path / "later")
    folder(str(tmp_path / "cases"), ["a.json"])
    assert (tmp_path / "later").is_dir()


def test_another_programs_journal_counts_too(tmp_path: Path) -> None:
    path = filled(tmp_path / "run.db")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    assert len(stored(path)[1]) == 3


@pytest.mark.parametrize(("written", "holds"), [(None, False), (b"", False), (b"x", True), (b"xy", True)])
def test_a_file_holds_something_from_its_first_byte_on(written: bytes | None, holds: bool, tmp_path: Path) -> None:
    file = tmp_path / "file"
    if written is not None:
        file.write_bytes(written)
    assert neighbours._holds(str(file)) is holds
