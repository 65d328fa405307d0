"""Headers of .npy files, alone and in archives: old ones are read without a word, odd and hostile ones refused in one line."""

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from attention.files.npy import NpyMatrix
from instances.faults import BadInput
from instances.storage import load

SOUND = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }"
PYTHON_2 = SOUND.replace("3, 4", "3L, 4L")


def npy(header: str, version: tuple[int, int] = (1, 0), data: bytes = b"\0" * 96) -> bytes:
    text = header.encode("latin1") + b"\n"
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H" if version[0] == 1 else "<I", len(text)) + text + data


@pytest.mark.parametrize(
    ("header", "version"), [(SOUND, (1, 0)), (SOUND, (2, 0)), (SOUND, (3, 0)), (PYTHON_2, (1, 0)), (PYTHON_2, (2, 0))]
)
def test_every_version_there_is(tmp_path: Path, header: str, version: tuple[int, int]) -> None:
    """Warnings are errors here: that Python 2 wrote a file is not worth one."""
    (tmp_path / "Q.npy").write_bytes(npy(header, version))
    matrix = NpyMatrix.of(tmp_path / "Q.npy")
    assert np.array_equal(matrix.read(0, matrix.rows), np.zeros((3, 4)))


def test_an_archive_of_python_2(tmp_path: Path) -> None:
    bits = npy("{'descr': '|b1', 'fortran_order': False, 'shape': (3L, 4L), }", data=b"\0" * 12)
    with zipfile.ZipFile(tmp_path / "lists.npz", "w") as archive:
        archive.writestr("A.npy", bits)
        archive.writestr("B.npy", bits)
    assert load(tmp_path / "lists.npz", kind="OrthogonalVectors").size == {"n": 3, "m": 3, "d": 4}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (npy(SOUND, (4, 0)), "version 4.0 of the .npy format, which does not exist"),
        (npy(SOUND, (1, 1)), "version 1.1"),
        (npy(SOUND, (0, 9)), "version 0.9"),
        (npy("{'descr': '<f8', ((("), "cannot be parsed"),
        (npy("(" * 9000), "cannot be parsed"),
        (npy("-" * 9000 + "1"), "cannot be parsed"),
        (npy("{[1]: 2}"), "cannot be parsed"),
        (npy(SOUND.replace("(3, 4)", "(-3, -4)")), "the shape (-3, -4)"),
        (npy(SOUND.replace("(3, 4)", "(3, 4.0)")), ""),
        (npy(SOUND.replace("(3, 4)", f"({10**30}, 4)")), "but holds 96 bytes"),
        (npy(SOUND.replace("<f8", "f8," * 400)), ""),
        (npy(SOUND + " " * 20_000), ""),
        (npy(SOUND)[:30], ""),
        (b"\x93NUMPY", ""),
    ],
)
def test_odd_headers_are_refused_in_a_line(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "Q.npy").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "lists.npz", "w") as archive:
        archive.writestr("A.npy", content)
        archive.writestr("B.npy", content)
    for read in (lambda: NpyMatrix.of(tmp_path / "Q.npy"), lambda: load(tmp_path / "lists.npz", kind="OrthogonalVectors")):
        with pytest.raises(BadInput) as caught:
            read()
        message = str(caught.value)
        assert said in message
        assert "\n" not in message
        assert len(message) < 400
