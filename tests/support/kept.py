"""Long texts that the program gives, compared with what they were: `tests/kept.json` has a digest of each.

A change of one is deliberate, or a fault: look at the text, then renew what is kept by

    KEEP=1 python -m pytest FILE

which runs the tests of that file and writes down what they saw (in one process: without `-n`).
"""

import hashlib
import json
import os
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from importlib import import_module
from inspect import getsource
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.places import ROOT

FILE = ROOT / "tests" / "kept.json"


@dataclass(frozen=True)
class Keeper:
    """What is kept of one test; `now` is where it writes the text when that is no longer the same."""

    test: str
    now: Path
    file: Path = FILE

    def __call__(self, text: str) -> None:
        """Fails where the text is not the one that is kept."""
        kept: dict[str, str] = json.loads(self.file.read_text()) if self.file.exists() else {}
        digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
        if os.environ.get("KEEP"):
            self.file.write_text(json.dumps({**kept, self.test: digest}, indent=0, sort_keys=True, ensure_ascii=False) + "\n")
        elif kept.get(self.test) != digest:
            self.now.write_text(text, errors="surrogatepass")
            file = self.test.partition("::")[0]
            raise AssertionError(f"not what is kept; it is {self.now} now; if that is right: KEEP=1 python -m pytest {file}")


def digits(numbers: Any, count: int = 6) -> str:
    """Numbers, each with so many digits: the same wherever rounding differs in the last ones."""
    array = np.asarray(numbers)
    return f"{array.shape} {' '.join(f'{x + 0.0:.{count}g}' for x in array.ravel().tolist())}"


def places(numbers: Any, count: int = 6) -> str:
    """The same with so many places behind the point, for numbers that may be differences of others."""
    array = np.asarray(numbers, dtype=float)
    return f"{array.shape} {' '.join(f'{x + 0.0:.{count}f}' for x in np.round(array, count).ravel().tolist())}"


def limits(package: str) -> str:
    """The numbers that the modules of a package name in capitals, and tuples of them: most are limits that no test reaches, of
    gigabytes of a file or of half an hour. What a module has from elsewhere is left out.
    """
    lines = []
    for found in sorted(pkgutil.iter_modules(import_module(package.rstrip(".")).__path__, package), key=lambda one: one.name):
        module = import_module(found.name)
        own = set(re.findall(r"\b[A-Z][A-Z_0-9]+\b", " ".join(re.findall(r"^[A-Z_0-9, ]+", getsource(module), re.MULTILINE))))
        for name in sorted(own & vars(module).keys() if not found.ispkg else ()):
            value = getattr(module, name)
            if all(type(x) in (int, float) for x in _flat(value)):
                lines.append(f"{found.name} {name} {shown(value)}")
    return "\n".join(lines)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for part in value:
            yield from _flat(part)
    else:
        yield value


TIMES = ("seconds", "decide_seconds")
OF_THIS_MACHINE = ("versions", "machine")


def steady(value: Any) -> Any:
    """A record without what another day or machine would give: times are zero, and so are errors that are mere rounding."""
    match value:
        case dict():
            found = {key: 0.0 if key in TIMES and part is not None else steady(part) for key, part in value.items()}
            found |= {key: {} if isinstance(found[key], dict) else "" for key in OF_THIS_MACHINE if key in found}
            error = found.get("delivered")
            if isinstance(error, dict) and 0 < (error["value"] or 0.0) < 1e-6:
                found["delivered"] = {**error, "value": 0.0, "log10": None}
            return found
        case list() | tuple():
            return [steady(part) for part in value]
        case float():
            return float(f"{value:.6g}")
    return value


def shown(value: Any) -> str:
    """All that a problem is made of, numbers to six places."""
    match value:
        case np.ndarray() if value.dtype.kind == "f":
            return places(value)
        case np.ndarray():
            return f"{value.shape} {value.tobytes().hex()}"
        case float():
            return f"{value:.6g}"
        case tuple() | list():
            return f"[{', '.join(map(shown, value))}]"
        case dict():
            return f"[{', '.join(f'{key}: {shown(part)}' for key, part in value.items())}]"
    if is_dataclass(value) and not isinstance(value, type):
        parts = (f"{one.name}={shown(getattr(value, one.name))}" for one in fields(value))
        return f"{type(value).__name__}({', '.join(parts)})"
    return str(value) if isinstance(value, int | str | np.bool_ | None) else type(value).__name__
