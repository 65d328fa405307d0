"""Arrays that are held: checksums at sizes where blocks end, extents, overlaps, what is no framework's own."""

import sys
import zlib
from typing import Any

import numpy as np
import pytest

from hardlab.kernels.watching import held as module
from hardlab.kernels.watching.held import LARGEST, PRIME, Held, arrays, digest, extent, held, odd_class, overlap, size


def expected(octets: bytes) -> int:
    """The rest after whole blocks of PRIME words, and then the sums of the words that lie PRIME words apart."""
    block = 8 * PRIME
    whole = len(octets) - len(octets) % block
    sums = [0] * PRIME
    for place in range(0, whole, 8):
        word = int.from_bytes(octets[place : place + 8], sys.byteorder)
        sums[place // 8 % PRIME] = (sums[place // 8 % PRIME] + word) % 2**64
    return zlib.crc32(b"".join(x.to_bytes(8, sys.byteorder) for x in sums), zlib.crc32(octets[whole:]))


@pytest.mark.parametrize("length", [0, 1, 7, 8, 8 * PRIME - 1, 8 * PRIME, 8 * PRIME + 1, 16 * PRIME + 5, 24 * PRIME])
def test_checksums(length: int) -> None:
    octets = np.random.default_rng(length).integers(0, 256, length, dtype=np.uint8)
    assert digest(octets) == expected(octets.tobytes())
    for place in {0, length // 2, length - 1} if length else ():
        changed = octets.copy()
        changed[place] ^= 1
        assert digest(changed) != digest(octets)


def test_checksums_are_of_the_numbers_however_they_lie() -> None:
    X = np.arange(60.0).reshape(3, 4, 5)
    assert digest(X.transpose(2, 0, 1)) == digest(np.ascontiguousarray(X.transpose(2, 0, 1))) != digest(X)
    assert digest(X[:, ::2]) == digest(X[:, ::2].copy())
    assert digest(np.array([object()])) is None
    assert digest([1.0]) is None
    assert digest(3.0) is None

    class Mine(np.ndarray[Any, Any]):
        pass

    assert digest(X.view(Mine)) is None


def test_a_held_array_tells_whether_it_changed() -> None:
    X = np.arange(6.0)
    [one] = held(iter([("X", X)]))
    assert one == Held("X", X, digest(X) or 0)
    assert not one.changed
    X[5] += 1
    assert one.changed


def test_so_much_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order in which they come; what is no array takes no room; what is too much is left out, and all later ones."""
    monkeypatch.setattr(module, "LARGEST", 100)
    A, B, C, D = (np.zeros(count, dtype=np.uint8) for count in (60, 40, 1, 0))
    assert [one.name for one in held(iter([("A", A), ("n", 3), ("B", B), ("D", D)]))] == ["A", "B", "D"]
    assert [one.name for one in held(iter([("A", A), ("C", C), ("B", B), ("D", D)]))] == ["A", "C"]
    assert held(iter([])) == []
    assert LARGEST == 64 * 1024 * 1024


def test_extents_are_of_the_memory_that_is_reached() -> None:
    X = np.zeros((4, 6))
    start = X.__array_interface__["data"][0]
    assert extent(X) == (start, start + 4 * 6 * 8)
    assert extent(X[1:3, 2:5]) == (start + 8 * (6 + 2), start + 8 * (12 + 5))
    assert extent(X[::-1]) == extent(X)
    assert extent(X[:, ::5]) == (start, start + 8 * 24)
    assert size(X[:1]) == 48
    for none in (np.zeros((0, 3)), [1.0], None, 3):
        assert extent(none) is None
        assert size(none) == 0


def test_overlaps() -> None:
    X = np.zeros(20)
    assert overlap(X, X)
    assert overlap(X[:10], X[9:])
    assert overlap(X[9:], X[:10])
    assert overlap(X[5:6], X)
    assert not overlap(X[:10], X[10:])
    assert not overlap(X[10:], X[:10])
    assert not overlap(X, X.copy())
    assert not overlap(X[:0], X)
    assert not overlap(X, [X])
    assert not overlap(None, X)


def test_what_was_returned() -> None:
    X = np.zeros(2)
    assert arrays(X) == [X] if X.ndim == 0 else arrays(X)[0] is X
    assert arrays((1, 2)) == [1, 2]
    assert arrays([1, 2]) == [1, 2]
    assert arrays({1: 2}) == [{1: 2}]

    class Pair(tuple):  # type: ignore[type-arg]
        __slots__ = ()

    assert arrays(Pair((1, 2))) == [(1, 2)]


def test_classes_of_others() -> None:
    some: list[Any] = [np.zeros(2), np.float64(3), np.int8(1), 1, 1.0, True, 1j, "a", b"a", None, (), []]
    assert [odd_class(right) for right in some] == [None] * len(some)

    class Mine(np.ndarray[Any, Any]):
        pass

    name = f"{Mine.__module__}.{Mine.__qualname__}"
    assert odd_class(np.zeros(2).view(Mine)) == f"the output is a {name}, not a framework's own array"
    assert odd_class({}) == "the output is a builtins.dict, not a framework's own array"

    class Odd(np.float64):
        pass

    assert odd_class(Odd(1)) is not None


def test_hidden_methods(monkeypatch: pytest.MonkeyPatch) -> None:
    class Tensor:
        def numpy(self) -> int:
            return 3

        def cpu(self) -> int:
            return 3

    monkeypatch.setattr(module, "FRAMEWORKS", (("no.such", "Tensor"), (__name__, "Tensor")))
    monkeypatch.setattr(sys.modules[__name__], "Tensor", Tensor, raising=False)
    X: Any = Tensor()
    assert odd_class(X) is None
    X.other = 1
    assert odd_class(X) is None
    X.numpy = X.cpu = None
    assert odd_class(X) == "the output hides cpu, numpy of its class"


@pytest.mark.slow
def test_tensors_of_torch() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed: it is in the extra torch")
    X = torch.arange(60.0, dtype=torch.float64).reshape(3, 4, 5)
    assert digest(X) == digest(X.numpy())
    assert digest(X.permute(2, 0, 1)) == digest(X.numpy().transpose(2, 0, 1))
    assert digest(torch.nn.Parameter(X)) == digest(X)
    start = X.data_ptr()
    assert extent(X) == (start, start + 480)
    assert extent(X[1:, :2, 1:4]) == (start + 8 * 21, start + 8 * (20 * 2 + 5 + 3 + 1))
    assert size(X[:1]) == 160
    assert extent(X[:0]) is None
    assert overlap(X, X.numpy())
    assert digest(torch.zeros(3, device="meta")) is None
    assert extent(torch.zeros(3, device="meta")) is None
    assert digest(torch.zeros(3, 3).to_sparse()) is None
    assert digest(torch.ones(3).conj()) == digest(torch.ones(3))
    assert odd_class(X) is None
    X.requires_grad_(True)
    [one] = held(iter([("X", X * 2)]))
    assert not one.array.requires_grad
