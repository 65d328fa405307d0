"""Folders that inputs are written to: new or empty ones, with room on the disk."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from hardlab.kernels.sending import check_folder, room
from instances.faults import BadInput


def test_a_folder_is_new_or_empty(tmp_path: Path) -> None:
    check_folder(tmp_path / "new")
    (tmp_path / "empty").mkdir()
    check_folder(tmp_path / "empty")
    assert not (tmp_path / "new").exists()


def test_folders_that_hold_something_or_are_none(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").write_text("")
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("full", "file", "link"):
        with pytest.raises(BadInput, match=r"^--write .*: there is something of that name already, give a new folder$"):
            check_folder(tmp_path / name)
    with pytest.raises(BadInput, match=r"^--write .*: there is no folder .*none$"):
        check_folder(tmp_path / "none" / "new")
    for odd in (tmp_path / "file" / "new", tmp_path / ("x" * 300)):
        with pytest.raises(BadInput, match=r"cannot be written \(.*\): give a new folder$"):
            check_folder(odd)


def test_there_is_room_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def usage(folder: Any) -> Any:
        asked.append(folder)
        return type("Usage", (), {"free": 1024})

    monkeypatch.setattr(shutil, "disk_usage", usage)
    room(tmp_path / "new", 1024)
    assert asked == [tmp_path]
    with pytest.raises(BadInput, match=r"are needed and 1 KiB are free: take --quick$"):
        room(tmp_path / "new", 1025)
