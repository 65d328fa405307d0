"""Faults as one sentence, and whose they are."""

import pytest

from instances.faults import BadInput, Declined, PlugInFault, at_least, blamed, one_line, unknown


@pytest.mark.parametrize("error", [ValueError("x\ny"), SystemExit(3), RecursionError(), BadInput("b"), GeneratorExit()])
def test_whatever_foreign_code_raises_is_its_fault(error: BaseException) -> None:
    def call() -> None:
        raise error

    with pytest.raises(PlugInFault, match=rf"^f raised {type(error).__name__}: ") as caught:
        blamed("f raised", call)
    assert caught.value.__cause__ is error
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Declined("too large"), PlugInFault("already")])
def test_what_passes(error: BaseException) -> None:
    def call() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        blamed("f raised", call)
    assert caught.value is error
    assert blamed("f raised", lambda: 3) == 3
    wrong = BadInput("the user's")
    with pytest.raises(BadInput) as passed:
        blamed("f raised", lambda: (_ for _ in ()).throw(wrong), (BadInput,))
    assert passed.value is wrong


def test_sentences() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert one_line(Mute()) == "(no message: its text raises)"
    assert one_line("a\x1b[2J\nb") == "a?[2J b"
    assert str(unknown("kind", "softmx", ["softmax", "exp"])) == "unknown kind 'softmx': did you mean softmax?"
    assert str(unknown("kind", "q", ["softmax", "exp"])) == "unknown kind 'q': known: exp, softmax"
    at_least("--n", 3, 3)
    with pytest.raises(BadInput, match=r"^--n 2: it must be at least 3$"):
        at_least("--n", 2, 3)
    with pytest.raises(BadInput, match=r"^rows 3.5: it must be an integer, at least 3$"):
        at_least("rows", 3.5, 3)  # type: ignore[arg-type]
