"""Which of torch's operators and functions a call uses."""

import importlib
import os
import re
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import FrameType
from typing import Any

from hardlab.kernels.watching.whose import own

_ATTENTION = (
    r"_*(?:scaled_dot_product_(?:\w+_)?attention\w*|(?:memory_)?(?:flash|efficient|cudnn)_attention\w*|flash_attn\w*"
    r"|flex_attention\w*|(?:native_)?multi_head_attention\w*)"
)

ATTENTION = re.compile(rf"aten(?:\.|::){_ATTENTION}(?:\.\w+)?|(?:torch|flash_attn|xformers)[\w.:]*[.:]{_ATTENTION}")
"""Names under which libraries have attention: as operators, with or without an overload, and as functions."""


def operators(run: Callable[[], Any]) -> frozenset[str]:
    """The names that two calls used, as far as this thread and threads that they start show; none where torch is not loaded.

    The first runs under modes of torch that see every function and operator. A kernel can look whether they are on, and some
    parts of torch do not run under them, so the second runs under torch's profiler and Python's.
    """
    if sys.modules.get("torch") is None:
        return frozenset()
    names: set[str] = set()
    for seen in (_by_modes, _by_profilers):
        with suppress(Exception):
            seen(run, names)
    return frozenset(names)


def attention_of_libraries(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that are a library's own attention."""
    return tuple(sorted(name for name in names if ATTENTION.fullmatch(name)))


def _by_modes(run: Callable[[], Any], names: set[str]) -> None:
    overrides, dispatch = importlib.import_module("torch.overrides"), importlib.import_module("torch.utils._python_dispatch")

    def function(mode: Any, called: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        names.add(overrides.resolve_name(called) or getattr(called, "__name__", ""))
        return called(*args, **(kwargs or {}))

    def operator(mode: Any, called: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        names.add(str(called))
        return called(*args, **(kwargs or {}))

    functions = type("Functions", (overrides.TorchFunctionMode,), {"__torch_function__": function})
    ops = type("Operators", (dispatch.TorchDispatchMode,), {"__torch_dispatch__": operator})
    with functions(), ops():
        run()


def _by_profilers(run: Callable[[], Any], names: set[str]) -> None:
    profiler = importlib.import_module("torch.autograd.profiler")

    def called(frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call":
            names.add(f"{argument.__module__}.{argument.__name__}")
        elif event == "call" and not own(frame.f_code.co_filename):
            names.add(f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}")

    os.environ.setdefault("KINETO_LOG_LEVEL", "6")  # else it says on stderr that it starts
    before, threads = sys.getprofile(), threading.getprofile()
    with profiler.profile(use_kineto=False) as profiled:
        try:
            sys.setprofile(called)
            threading.setprofile(called)
            run()
        finally:
            sys.setprofile(before)
            threading.setprofile(threads)
    names.update(event.name for event in profiled.function_events)
