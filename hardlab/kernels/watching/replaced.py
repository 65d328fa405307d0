"""Functions that others rely on, and whether they are still the same: clocks, comparisons, and all else in these modules."""

import operator
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from hardlab.kernels.watching.finding import Finding
from hardlab.kernels.watching.whose import made_by_kernel

MODULES = (
    "builtins", "json", "math", "os", "time", "timeit", "numpy", "numpy.linalg", "numpy.testing",
    "torch", "torch.cuda", "torch.linalg", "torch.nn.functional", "torch.testing",
)  # fmt: skip

CLASSES = ("torch.Tensor", "torch.cuda.Event", "hardlab.kernels.callee.Callee", "hardlab.kernels.watching.watch.Watch")
"""Classes whose methods are looked at too."""

CLOCKS = ("time.", "timeit.", "torch.cuda.Event.", "torch.cuda.Event", "torch.cuda.synchronize")

COMPARING = (
    "numpy.allclose", "numpy.isclose", "numpy.array_equal", "numpy.testing.assert_allclose", "numpy.testing.assert_array_equal",
    "torch.allclose", "torch.isclose", "torch.equal", "torch.testing.assert_close",
)  # fmt: skip
"""Also looked into: the code of a function can be exchanged while the function stays the same."""

NOBODYS = (*COMPARING, "numpy.save", "numpy.load", "torch.nn.functional.scaled_dot_product_attention")
"""Beside clocks, what no library has a reason to replace; anything else is the kernel's only if its own code is found there."""

LAB = ("hardlab.kernels.", "hardlab.work.", "instances.")

Names = Mapping[str, Any]

_COMPARING = {
    place: [name.rpartition(".")[2] for name in COMPARING if name.rpartition(".")[0] == place]
    for place in {name.rpartition(".")[0] for name in COMPARING}
}


def _callables(names: Names) -> dict[str, Any]:
    return {name: value for name, value in names.items() if callable(value)}


def _contents(places: tuple[str, ...]) -> Iterator[tuple[str, Names]]:
    """The names in those of the modules and classes that are loaded by now."""
    for place in places:
        module, _, attribute = place.rpartition(".")
        found = sys.modules.get(place) or getattr(sys.modules.get(module), attribute, None)
        if found is not None:
            yield place, vars(found)


def _code(place: str, names: Names) -> dict[str, Any]:
    """The code inside its comparisons."""
    functions = {name: names[name] for name in _COMPARING.get(place, ()) if name in names}
    return {name: getattr(getattr(f, "_implementation", f), "__code__", None) for name, f in functions.items()}


_FIRST = {place: _callables(names) for place, names in _contents(MODULES)}
"""As they were when this module was imported, before any kernel was."""


class Functions:
    """The functions of the watched modules, as they were before the kernel was loaded or when their module was."""

    def __init__(self) -> None:
        self._places = (*MODULES, *CLASSES, *(name for name in sys.modules if name.startswith(LAB)))
        self._known = {place: dict(known) for place, known in _FIRST.items()}
        self._codes = {place: _code(place, known) for place, known in _FIRST.items()}

    def replaced(self) -> list[Finding]:
        """Those that are others than before; each is said once."""
        found: list[str] = []
        for place, names in _contents(self._places):
            known = self._known.get(place)
            if known is None:
                self._known[place] = known = _callables(names)
                self._codes[place] = _code(place, names)
                found += [f"{place}.{name}" for name, value in known.items() if made_by_kernel(value)]
            elif not all(map(operator.is_, map(names.get, known), known.values())):
                others = {name: names.get(name) for name, value in known.items() if names.get(name) is not value}
                found += [f"{place}.{name}" for name, value in others.items() if _is_fault(f"{place}.{name}", value)]
                known.update(others)
            codes = _code(place, names)
            found += [f"{place}.{name}" for name, code in codes.items() if code is not self._codes[place].get(name)]
            self._codes[place] = codes
        return [_finding(name) for name in dict.fromkeys(found)]


def _is_fault(name: str, value: Any) -> bool:
    return name in NOBODYS or name.startswith((*CLOCKS, *LAB)) or made_by_kernel(value)


def _finding(name: str) -> Finding:
    if name.startswith(CLOCKS):
        return Finding("clock", f"the clock {name} was replaced")
    if name.startswith(LAB):
        return Finding("lab-changed", f"{name} of this lab was replaced")
    return Finding("replaced", f"the function {name} was replaced")
