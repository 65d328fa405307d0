"""Which functions and operators of torch a call uses, over a stand-in for it; and which are a library's attention."""

import os
import sys
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from hardlab.kernels.watching.operators import attention_of_libraries, operators
from tests.support.stand_ins import module

ATTENTION = (
    "aten::scaled_dot_product_attention", "aten.scaled_dot_product_attention.default",
    "aten::_scaled_dot_product_flash_attention",
    "aten::_flash_attention_forward", "aten::_efficient_attention_forward", "aten::_cudnn_attention_forward",
    "aten::_scaled_dot_product_flash_attention_for_cpu", "torch.nn.functional.scaled_dot_product_attention",
    "torch.nn.functional.multi_head_attention_forward", "aten::_native_multi_head_attention", "flash_attn.flash_attn_func",
    "torch.nn.attention.flex_attention.flex_attention", "xformers.ops.memory_efficient_attention",
)  # fmt: skip
NONE = (
    "aten::softmax", "aten::matmul", "mine.scaled_dot_product_attention", "scaled_dot_product_attention",
    "torch.nn.functional.softmax", "torch.attention",
    "aten::attention", "my_aten::scaled_dot_product_attention", "aten::scaled_dot_product_attention.default.x y",
)  # fmt: skip


def test_names_of_attention() -> None:
    assert attention_of_libraries(reversed((*ATTENTION, *NONE))) == tuple(sorted(ATTENTION))
    assert attention_of_libraries(NONE) == ()


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What it was asked for; `on` are the modes that see a call of `called`, and what the profiler has seen."""
    seen = SimpleNamespace(on=[], events=[], asked=[])

    class Mode:
        def __enter__(self) -> None:
            seen.on.append(self)

        def __exit__(self, *_: object) -> None:
            seen.on.remove(self)

    class profile:
        def __init__(self, **options: Any) -> None:
            seen.asked.append(options)
            self.function_events: list[Any] = []

        def __enter__(self) -> "profile":
            return self

        def __exit__(self, *_: object) -> None:
            self.function_events = seen.events

    def called(function: Any, *given: Any, **named: Any) -> Any:
        """By the modes that are on, as torch does."""
        for mode in seen.on:
            for name in ("__torch_function__", "__torch_dispatch__"):
                if hasattr(mode, name):
                    assert getattr(mode, name)(function, (), given, named) == function(*given, **named)
        return function(*given, **named)

    seen.called = called
    for name, made in {
        "torch": module("torch"),
        "torch.overrides": module("overrides", TorchFunctionMode=Mode, resolve_name=lambda f: getattr(f, "resolved", None)),
        "torch.utils._python_dispatch": module("dispatch", TorchDispatchMode=Mode),
        "torch.autograd.profiler": module("profiler", profile=profile),
    }.items():
        monkeypatch.setitem(sys.modules, name, made)
    monkeypatch.delenv("KINETO_LOG_LEVEL", raising=False)
    return seen


class Named:
    """A function under the names that torch has for it."""

    def __init__(self, operator: str, resolved: str | None = None, name: str = "") -> None:
        self.operator, self.resolved, self.__name__ = operator, resolved, name

    def __call__(self, *given: Any, **named: Any) -> Any:
        return given, named

    def __str__(self) -> str:
        return self.operator


def test_two_calls_are_watched(torch: Any) -> None:
    """By modes and by profilers: each sees what the other does not."""
    calls, before = [], (sys.getprofile(), threading.getprofile())

    def run() -> None:
        calls.append(len(torch.on))
        if torch.on:
            torch.called(Named("aten.one", "torch.one"), 1, two=2)
            torch.called(Named("aten.two", None, "two"))
        else:
            len("abc")
            torch.events = [SimpleNamespace(name="aten::three")]

    found = operators(run)
    assert calls == [2, 0]
    assert {"aten.one", "torch.one", "aten.two", "two", "aten::three", "builtins.len"} <= found
    assert not {name for name in found if name.startswith("hardlab.")}
    assert torch.asked == [{"use_kineto": False}]
    assert (sys.getprofile(), threading.getprofile()) == before
    assert os.environ["KINETO_LOG_LEVEL"] == "6"


def test_what_one_raises_does_not_hide_the_other(torch: Any) -> None:
    calls: list[int] = []

    def failing(which: int) -> Callable[[], None]:
        def run() -> None:
            calls.append(1)
            if torch.on:
                torch.called(Named("aten.one"))
            torch.events = [SimpleNamespace(name="aten::two")]
            if len(calls) == which:
                raise RuntimeError

        return run

    before = sys.getprofile()
    assert {"aten.one", "aten::two"} <= operators(failing(1))
    calls.clear()
    assert "aten.one" in operators(failing(2))
    assert len(calls) == 2
    assert sys.getprofile() is before


def test_nothing_is_called_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert operators(lambda: 1 / 0) == frozenset()
