"""The scripts that put calls to a kernel elsewhere, in this process: what it is told, what is kept, what is said instead."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from hardlab.kernels.runners import running


def told(function: Any, by: str | None, **words: Any) -> Any:
    return running.called(function, {"scale": 0.5, "scale_by": by}, words)(1, 2, 3)


def test_the_scale_is_given_as_the_call_says() -> None:
    assert told(lambda *given, **words: (given, words), None, mask=4) == ((1, 2, 3), {"mask": 4})
    assert told(lambda Q, K, V, s: (Q, K, V, s), "place") == (1, 2, 3, 0.5)
    assert told(lambda Q, K, V, *, scale: scale, "place") == 0.5
    assert told(lambda Q, K, V, x=1, scale=2: (x, scale), "place") == (1, 0.5)
    assert told(lambda Q, K, V, **words: words, "softmax_scale", causal=True) == {"softmax_scale": 0.5, "causal": True}


class Module:
    """As modules of torch are, whose signature is that of forward."""

    def forward(self, Q: Any, K: Any, V: Any, mask: Any = None) -> None: ...

    def __call__(self, *given: Any, **words: Any) -> None: ...


@pytest.mark.parametrize(
    ("function", "name", "takes", "known"),
    [
        (lambda Q, scale: 0, "scale", True, True), (lambda Q, *, scale: 0, "scale", True, True),
        (lambda Q, **words: 0, "scale", True, False), (lambda Q, *scale: 0, "scale", False, False),
        (lambda Q: 0, "scale", False, False), (Module(), "mask", True, True), (Module(), "scale", False, False),
        (3, "scale", True, False), (eval("lambda scale, /: 0"), "scale", False, False),
    ],
)  # fmt: skip
def test_what_a_function_takes(function: Any, name: str, takes: bool, known: bool) -> None:
    assert running.takes(function, name) is takes
    assert running.takes(function, name, known=True) is known


def test_words_by_their_names(library: Any) -> None:
    arrays = {"a": np.arange(2), "b": np.arange(3)}
    assert running.value_of(library, {"array": "a"}, arrays) is arrays["a"]
    found = running.value_of(library, [{"array": "b"}, 3, [None]], arrays)
    assert (found[0] is arrays["b"], found[1:], type(found)) == (True, (3, (None,)), tuple)
    assert running.value_of(library, "top-left", arrays) == "top-left"


class Odd(ValueError):
    pass


def test_what_an_exception_comes_to() -> None:
    for error, kind in (
        (running.Declined, "declined"),
        (running.NoArray, "shape"),
        (running.Mutated, "mutated"),
        (Odd, "raised"),
    ):
        assert running.reason(error("some\n  words"))["kind"] == kind
    found = running.reason(Odd("x\n" * 600))
    assert found["classes"] == ["Odd", "ValueError", "Exception", "BaseException", "object"]
    assert found["reason"] == ("x " * 600)[:500]


def test_kernels_by_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "mine_of_running.py").write_text("class Made:\n    def __call__(self): return 3\ndef f(): return 4\nMade.g = f")
    file = str(tmp_path / "mine_of_running.py")
    assert running.loaded(f"{file}:f")() == 4
    assert running.loaded(f"{file}:Made")() == 3
    assert running.loaded(f"{file}:Made.g")() == 4
    assert running.loaded("math:sqrt")(4) == 2
    assert sys.path[0] == str(Path.cwd())
    for name in ("math:none", "no_such_module_here:f", f"{tmp_path}/none.py:f"):
        with pytest.raises(SystemExit) as caught:
            running.loaded(name)
        assert str(caught.value.code).startswith(f"{name} cannot be loaded: ")
    sys.modules.pop("mine_of_running", None)


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A folder with these calls, each of Q, K, V and dO of its own."""
    monkeypatch.setattr(running, "FOLDER", tmp_path)
    monkeypatch.setattr(running, "ANSWERS", tmp_path / "answers")

    def write(*calls: dict[str, Any], **manifest: Any) -> list[dict[str, Any]]:
        given = []
        for number, call in enumerate(calls):
            names = ("Q", "K", "V", "dO") if call.get("gradients") else ("Q", "K", "V")
            arrays = {name: np.random.default_rng((number, place)).normal(size=(3, 2)) for place, name in enumerate(names)}
            np.savez(tmp_path / f"{number}.npz", allow_pickle=False, **arrays)
            given.append({
                "file": f"{number}.npz", "operands": dict.fromkeys(names), "scale": 0.5, "scale_by": "place", "words": {},
                "optional": [], "gradients": False, "again": False, **call,
            })  # fmt: skip
        whole = {"dtype": "float64", "seed": None, "calls": given, **manifest}
        (tmp_path / "manifest.json").write_text(json.dumps(whole))
        return given

    return write


def arrays_of(folder: Path, number: int = 0) -> Any:
    with np.load(folder / f"{number}.npz") as stored:
        return {name: stored[name] for name in stored.files}


def plain(Q: Any, K: Any, V: Any, scale: float) -> Any:
    return scale * Q + K


def test_an_answer_and_its_operands(asked: Any, library: Any, tmp_path: Path) -> None:
    [call] = asked({"words": {"mask": [1, 2], "left": 3}, "optional": ["left"]})

    def kernel(Q: Any, K: Any, V: Any, scale: float, mask: Any = None) -> Any:
        assert mask == (1, 2)
        return plain(Q, K, V, scale)

    call["scale_by"] = "scale"
    found, operands = running.answered(library, kernel, None, call, [])
    given = arrays_of(tmp_path)
    np.testing.assert_array_equal(found["T"], 0.5 * given["Q"] + given["K"])
    assert set(found) == {"T", "seconds"}
    assert found["seconds"] >= 0
    assert len(operands) == 3


def test_gradients_are_a_backward_passs(asked: Any, library: Any) -> None:
    [call] = asked({"gradients": True, "scale_by": None, "words": {"x": 1}})
    found, _ = running.answered(
        library, lambda Q, K, V, x: Q, lambda Q, K, V, dO, scale, x: (scale * Q, K, [[scale, x]]), call, []
    )
    assert list(found) == ["T", "dQ", "dK", "dV", "seconds"]
    assert found["dV"].tolist() == [[0.5, 1.0]]
    for odd in ((1, 2), 3):
        with pytest.raises(running.NoArray, match=r"the backward pass gave a (tuple|int), expected \(dQ, dK, dV\)"):
            running.answered(library, lambda Q, K, V, x: Q, lambda *given, x, odd=odd: odd, call, [])
    with pytest.raises(running.Declined, match="carry no gradients"):
        running.answered(library, lambda Q, K, V, x: Q, None, call, [])


def test_inputs_that_are_written_to(asked: Any, library: Any) -> None:
    call, again = asked({}, {"again": True})

    def writes(Q: Any, K: Any, V: Any, scale: float) -> Any:
        K[0, 0] += 1
        V[:] = 0
        return Q

    with pytest.raises(running.Mutated, match=r"^the kernel changed its input K and V$"):
        running.answered(library, writes, None, call, [])
    _, operands = running.answered(library, plain, None, call, [])
    running.answered(library, writes, None, again, operands)  # the arrays of the call before are there to be written to


def test_values_go_into_the_arrays_of_the_call_before(asked: Any, library: Any, tmp_path: Path) -> None:
    call, again = asked({}, {"again": True})
    _, operands = running.answered(library, plain, None, call, [])
    found, same = running.answered(library, plain, None, again, operands)
    assert [one is other for one, other in zip(operands, same, strict=True)] == [True] * 3
    given = arrays_of(tmp_path, 1)
    np.testing.assert_array_equal(found["T"], 0.5 * given["Q"] + given["K"])


SOURCE = """
def attention(Q, K, V, scale):
    if abs(Q[0, 0] - {0}) < 1e-12:
        raise ValueError("no\\n such call")
    return scale * Q
"""


def run(library: Any, monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", ["run_numpy.py", *words])
    monkeypatch.setattr(sys, "path", [*sys.path])
    running.main(library)


def test_all_calls_and_their_reasons(
    asked: Any, library: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked({}, {}, {}, seed=5)
    kernel = tmp_path / "kernel_of_running.py"
    kernel.write_text(SOURCE.format(repr(float(arrays_of(tmp_path, 1)["Q"][0, 0]))))
    run(library, monkeypatch, f"{kernel}:attention")
    answers = tmp_path / "answers"
    assert sorted(file.name for file in answers.iterdir()) == ["00000.npz", "00001.json", "00002.npz", "about.json"]
    assert json.loads((answers / "00001.json").read_text()) == {
        "kind": "raised", "classes": [each.__name__ for each in ValueError.__mro__], "reason": "no such call",
    }  # fmt: skip
    about = json.loads((answers / "about.json").read_text())
    assert (about["kernel"], about["arrays"], about["versions"]) == (f"{kernel}:attention", "numpy", {"numpy": np.__version__})
    assert "3 of 3" in capsys.readouterr().err
    (answers / "00002.npz").unlink()
    (answers / "00000.npz").write_bytes(b"left")
    kernel.write_text(SOURCE.format("1e9"))
    run(library, monkeypatch, f"{kernel}:attention", "--continue")
    assert (answers / "00000.npz").read_bytes() == b"left"
    assert (answers / "00001.json").exists()
    assert (answers / "00002.npz").exists()
    run(library, monkeypatch, f"{kernel}:attention")
    assert sorted(file.name for file in answers.iterdir()) == ["00000.npz", "00001.npz", "00002.npz", "about.json"]
    with pytest.raises(SystemExit, match="the answers that are there are of another kernel than math:sqrt"):
        run(library, monkeypatch, "math:sqrt", "--continue")
    sys.modules.pop("kernel_of_running", None)


def test_an_interruption_and_a_lost_device(
    asked: Any, library: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked({}, {})
    module: Any = ModuleType("made_of_running")
    monkeypatch.setitem(sys.modules, "made_of_running", module)

    def interrupts(Q: Any, K: Any, V: Any, scale: float) -> Any:
        raise KeyboardInterrupt

    module.attention = interrupts
    with pytest.raises(SystemExit, match="interrupted: go on with --continue"):
        run(library, monkeypatch, "made_of_running:attention")
    assert [file.name for file in (tmp_path / "answers").iterdir()] == ["about.json"]

    def loses(Q: Any, K: Any, V: Any, scale: float) -> Any:
        raise RuntimeError("CUDA error: lost")

    module.attention = loses
    with pytest.raises(SystemExit, match="The device is lost"):
        run(library, monkeypatch, "made_of_running:attention")
    assert sorted(file.name for file in (tmp_path / "answers").iterdir()) == ["00000.json", "about.json"]
    assert "1 of 2" in capsys.readouterr().err
