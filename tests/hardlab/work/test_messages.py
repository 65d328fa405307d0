"""What goes to workers and comes back, in this process."""

import hashlib
import pickle
from typing import Any

import pytest

from hardlab.work import messages
from hardlab.work.messages import KEPT, Unknown, answered, keep, message, name_of, packed, unpacked
from instances.faults import BadInput


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A worker that knows nothing yet."""
    found: dict[str, bytes] = {}
    monkeypatch.setattr(messages, "_known", found)
    return found


def adding(more: int) -> bytes:
    return packed(lambda x: x + more, "a function")


def asked(function: bytes, item: Any, told: bool = True) -> Any:
    return unpacked(answered(message(name_of(function), function if told else None, item)))


def test_a_function_is_sent_once() -> None:
    function = adding(3)
    assert name_of(function) == hashlib.sha256(function).hexdigest()
    with pytest.raises(Unknown, match=name_of(function)):
        asked(function, 4, told=False)
    assert asked(function, 4) == 7
    assert asked(function, 5, told=False) == 8


def test_the_last_functions_are_kept(known: dict[str, bytes]) -> None:
    functions = [adding(i) for i in range(KEPT + 2)]
    for function in functions:
        keep(function)
    assert list(known) == [name_of(function) for function in functions[2:]]
    assert asked(functions[2], 1, told=False) == 3
    with pytest.raises(Unknown):
        asked(functions[1], 1, told=False)
    assert asked(functions[0], 1) == 1
    assert list(known) == [name_of(function) for function in (*functions[3:], functions[0])]


class Odd(Exception):
    """An exception that does not survive being sent."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and\n{two}")


def test_errors_come_back_with_where_they_were_raised() -> None:
    def fails(x: int) -> None:
        raise BadInput(f"item {x}") if x else Odd(1, 2)

    function = packed(fails, "a function")
    with pytest.raises(BadInput, match=r"^item 3") as caught:
        asked(function, 3)
    [note] = caught.value.__notes__
    assert note.startswith("in a worker:\nTraceback")
    assert "in fails" in note
    with pytest.raises(RuntimeError, match=r"^Odd: 1 and 2$"):
        asked(function, 0)


def test_what_cannot_be_sent_or_loaded_is_one_sentence() -> None:
    with pytest.raises(BadInput, match=r"^a thing cannot be sent to another process \(.*\): use --backend threads$"):
        packed((x for x in range(3)), "a thing")
    with pytest.raises(BadInput, match="a result cannot be sent to another process"):
        asked(packed(lambda n: (x for x in range(n)), "a function"), 3)
    with pytest.raises(BadInput, match=r"^a worker cannot load what it is to run: UnpicklingError: "):
        keep(b"nonsense")
    with pytest.raises(BadInput, match=r"^a worker cannot load what it is to run: no such thing$"):
        keep(pickle.dumps(_Refusing()))
    with pytest.raises(BadInput, match=r"^what a worker gave cannot be loaded: UnpicklingError: "):
        unpacked(b"nonsense")
    with pytest.raises(pickle.UnpicklingError):
        unpacked(answered(b"nonsense"))


def _refuse() -> None:
    raise BadInput("no such thing")


class _Refusing:
    def __reduce__(self) -> Any:
        return _refuse, ()
