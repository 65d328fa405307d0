"""Tensors in files: every type and shape comes back, limits hold to the byte, damage is one line."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from hardlab.conformance.arithmetic import representable
from hardlab.kernels.adapters.adapter import bits_of
from hardlab.kernels.tensors import HEADERS, Tensor, safetensors, tensor_of, tensors_of
from instances.faults import BadInput

FLOATS = ("float16", "float32", "float64", "longdouble")
WHOLE = tuple(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))


def same(found: Tensor, expected: Any, dtype: str) -> None:
    assert found.shape == expected.shape
    assert found.dtype == dtype
    assert found.numbers is not None
    assert found.numbers.dtype == np.float64
    np.testing.assert_array_equal(found.numbers, np.asarray(expected, dtype=np.float64))


@pytest.mark.parametrize("name", [*FLOATS, *(name for name in WHOLE if name != "uint16")])
@pytest.mark.parametrize("shape", [(), (3,), (2, 0, 4), (2, 3, 1, 2)])
def test_every_type_of_numpy(name: str, shape: tuple[int, ...], tmp_path: Path) -> None:
    X = (np.arange(np.prod(shape, dtype=int)).reshape(shape) + 1).astype(name)
    np.save(tmp_path / "a.npy", X)
    np.save(tmp_path / "f.npy", np.array(X, order="F"))
    np.savez(tmp_path / "b.npz", X=X, Y=2 * X)
    for file in ("a.npy", "f.npy"):
        found = tensors_of(tmp_path / file, 1000)
        assert list(found) == ["T"]
        same(found["T"], X, X.dtype.name)
    found = tensors_of(tmp_path / "b.npz", 1000)
    assert list(found) == ["X", "Y"]
    same(found["Y"], 2 * X, X.dtype.name)


@pytest.mark.parametrize("name", ["float16", "float32", "float64", *(name for name in WHOLE if name != "uint16")])
def test_every_type_of_safetensors(name: str, tmp_path: Path) -> None:
    X = (np.arange(6).reshape(2, 3) + 1).astype(name)
    (tmp_path / "x.SafeTensors").write_bytes(save({"X": X}))
    found = tensors_of(tmp_path / "x.SafeTensors", 1000)
    assert list(found) == ["X"]
    same(found["X"], X, name)


def test_bfloat16_is_by_its_bits(tmp_path: Path) -> None:
    X = representable(np.array([[1.0, -2.5, 1e30], [0.1, np.inf, 3e-39]]), "bfloat16")
    bits = bits_of(X)
    np.save(tmp_path / "a.npy", bits)
    same(tensors_of(tmp_path / "a.npy", 100)["T"], X, "bfloat16")
    np.savez(tmp_path / "a.npz", T=bits)
    same(tensors_of(tmp_path / "a.npz", 100)["T"], X, "bfloat16")
    (tmp_path / "a.safetensors").write_bytes(safetensors({"T": bits}, {}))
    same(tensors_of(tmp_path / "a.safetensors", 100)["T"], X, "bfloat16")
    same(tensor_of(bits.tobytes(), "BF16", [3, 2]), X.reshape(3, 2), "bfloat16")


def test_what_is_no_real_number_has_none(tmp_path: Path) -> None:
    for X in (np.array([True]), np.array([1j]), np.array(["word"]), np.array([b"x"])):
        np.save(tmp_path / "a.npy", X)
        assert tensors_of(tmp_path / "a.npy", 100)["T"] == Tensor((1,), X.dtype.name, None)
    assert tensor_of(b"\1\0", "BOOL", [2]) == Tensor((2,), "BOOL", None)
    assert tensor_of(b"\1\0", "F8_E4M3", [1, 2]) == Tensor((1, 2), "F8_E4M3", None)
    np.save(tmp_path / "a.npy", np.zeros(1, dtype=[("a" * 60, "f8")]))
    assert len(tensors_of(tmp_path / "a.npy", 100)["T"].dtype) <= 40


def test_a_file_of_ours_is_read_by_others(tmp_path: Path) -> None:
    given: dict[str, Any] = {
        "Q": np.arange(6.0).reshape(2, 3), "m": np.array([True, False]), "n": np.array([1, -2], dtype=np.int32),
        "e": np.zeros((0, 2), dtype=np.float32), "h": np.array(1.5, dtype=np.float16), "B": np.arange(3.0, dtype=">f8"),
    }  # fmt: skip
    content = safetensors(given, {"made": "here", "x": "y"})
    found = load(content)
    for name, X in given.items():
        np.testing.assert_array_equal(found[name], X)
        assert found[name].dtype == X.dtype.newbyteorder("=")
    length = int.from_bytes(content[:8], "little")
    assert length % 8 == 0
    assert json.loads(content[8 : 8 + length])["__metadata__"] == {"made": "here", "x": "y"}
    for extra in range(9):
        assert int.from_bytes(safetensors({}, {"k": "v" * extra})[:8], "little") % 8 == 0
    assert load(safetensors({}, {})) == {}


def refused(file: Path, most: int = 1000) -> str:
    with pytest.raises(BadInput) as caught:
        tensors_of(file, most)
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_limits_hold_to_the_byte(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(10))
    np.savez_compressed(tmp_path / "a.npz", X=np.zeros(6), Y=np.zeros(4))
    for name in ("a.npy", "a.npz"):
        tensors_of(tmp_path / name, 80)
        assert "it holds 80 bytes, more than the 79 bytes that are expected" in refused(tmp_path / name, 79)
    content = safetensors({"X": np.zeros(10)}, {})
    file = tmp_path / "a.safetensors"
    file.write_bytes(content)
    tensors_of(file, 0)
    padded = content[:8] + content[8:]
    file.write_bytes(padded + b" " * (HEADERS + 5 - len(padded)))
    assert "it holds 5 bytes, more than the 4 bytes that are expected" in refused(file, 4)
    assert "more than" not in refused(file, 5)


def test_what_is_no_file_of_tensors(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.npy") == f"there is no file {tmp_path / 'none.npy'}"
    (tmp_path / "d.npy").mkdir()
    assert refused(tmp_path / "d.npy") == f"there is no file {tmp_path / 'd.npy'}"
    (tmp_path / "a.pt").write_bytes(b"x")
    assert refused(tmp_path / "a.pt") == f"{tmp_path / 'a.pt'}: tensors are read from .npy, .npz and .safetensors"
    for suffix in (".npy", ".npz", ".safetensors"):
        for content in (b"", b"nonsense", b"\x93NUMPY\1\0", b"PK\3\4"):
            file = tmp_path / f"b{suffix}"
            file.write_bytes(content)
            assert refused(file).startswith(f"{file} cannot be read as {suffix}: ")


def header(shape: str, descr: str = "'<f8'", data: bytes = b"\0" * 80) -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text + data


@pytest.mark.parametrize(
    "content",
    [
        header("(9,)"), header("(11,)"), header("(-1,)"), header("(-2, -5)"), header("(10,)", "'|O'"),
        header("(10,)", data=b"\0" * 79),
        header("(4611686018427387904, 4)", data=b""), header("(2305843009213693952, 8)", data=b""),
    ],
)  # fmt: skip
def test_headers_that_announce_something_else(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(content)
    said = refused(tmp_path / "a.npy")
    assert "it announces the shape" in said
    assert "bytes" in said


def test_a_header_that_is_right(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(header("(10,)"))
    same(tensors_of(tmp_path / "a.npy", 80)["T"], np.zeros(10), "float64")


def test_archives_with_something_pickled(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.array([{}]), allow_pickle=True)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("X.npy", buffer.getvalue())
    assert "cannot be read as .npz" in refused(tmp_path / "a.npz")
