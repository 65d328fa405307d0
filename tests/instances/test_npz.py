"""Single values in .npz files: each condition on shape, type and length from both sides; and what headers cost."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from instances.faults import BadInput
from instances.npz import Archive, Header

MOST = 2**14
"""Letters of a text, of four bytes each."""


@pytest.fixture
def arrays(tmp_path: Path) -> Iterator[Archive]:
    given: dict[str, Any] = {
        "one": np.int64(7), "boxed": np.array([[7]]), "two": np.array([7, 8]), "none": np.empty(0, np.int64),
        "real": np.float64(0.5), "long": np.array("x" * MOST), "longer": np.array("x" * (MOST + 1)), "table": np.ones((3, 4)),
    }  # fmt: skip
    np.savez(tmp_path / "some.npz", **given)
    with zipfile.ZipFile(tmp_path / "some.npz") as archive:
        yield Archive(archive)


def test_single_values(arrays: Archive) -> None:
    assert (arrays.scalar("one", "iu", "a number"), arrays.scalar("boxed", "iu", "a number")) == (7, 7)
    assert arrays.scalar("real", "fi", "a number") == 0.5
    assert arrays.scalar("long", "U", "a string") == "x" * MOST
    assert arrays.instance is None


@pytest.mark.parametrize(("key", "kinds"), [("two", "iu"), ("none", "iu"), ("real", "iu"), ("longer", "U"), ("one", "U")])
def test_what_is_no_single_value(arrays: Archive, key: str, kinds: str) -> None:
    with pytest.raises(BadInput, match=rf"^{key} is an array of shape .*: save a value$"):
        arrays.scalar(key, kinds, "a value")


def test_tables_have_two_axes(arrays: Archive) -> None:
    assert arrays.table("table").shape == (3, 4)
    assert arrays.table("boxed").shape == (1, 1)
    for key in ("one", "two"):
        with pytest.raises(BadInput, match=rf"^{key} has the shape .* it must have two axes"):
            arrays.table(key)
    with pytest.raises(BadInput, match=r"^there is no array 'three', only one, boxed, two"):
        arrays.header("three")


@pytest.mark.parametrize(
    ("dtype", "fortran", "each"),
    [(np.float64, False, 9), (np.float64, True, 17), (np.float32, False, 13), (np.int8, False, 10)],
)
def test_what_reading_costs(dtype: Any, fortran: bool, each: int) -> None:
    """As float64 beside what is stored, and a truth value for each entry; without a copy where it is stored so."""
    header = Header((3, 5), np.dtype(dtype), fortran)
    assert header.price == 15 * each
    assert header.bytes(4) == 15 * (np.dtype(dtype).itemsize + 4)
