"""What the program gives, compared with what it was: of long texts `tests/kept.json` has a digest, numbers stand in
`tests/kept_numbers.json`, to be met relatively within CLOSE.

A change of one is deliberate, or a fault: look at it, then renew what is kept by

    KEEP=1 python -m pytest FILE

which runs the tests of that file and writes down what they saw (in one process: without `-n`).
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from math import fsum
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.places import ROOT

FILE, NUMBERS = ROOT / "tests" / "kept.json", ROOT / "tests" / "kept_numbers.json"

CLOSE = 1e-11
"""Sums in another order are nearer than that, a factor that covers the rounding of bounds is not."""

FEW = 4
"""Of more numbers are kept: how many, which of them are 0, are none, are infinite and are negative, and a weighted sum of their
logarithms, in which each counts alike."""


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


@dataclass(frozen=True)
class NumbersKeeper:
    """What is kept of one test: numbers, or arrays of them, by name; of many at once what stands for them."""

    test: str
    file: Path = NUMBERS

    def __call__(self, found: Mapping[str, Any]) -> None:
        """Fails where names, or numbers, are not those that are kept."""
        kept: dict[str, dict[str, list[float]]] = json.loads(self.file.read_text()) if self.file.exists() else {}
        now = {name: _numbers(value) for name, value in found.items()}
        if os.environ.get("KEEP"):
            lines = (f"{json.dumps(test)}: {json.dumps(of)}" for test, of in sorted({**kept, self.test: now}.items()))
            self.file.write_text("{\n" + ",\n".join(lines) + "\n}\n")
            return
        before = kept.get(self.test, {})
        wrong = [
            f"{name} is {now.get(name)}, was {before.get(name)}" for name in {**before, **now} if not _close(name, before, now)
        ]
        if wrong:
            more = f" (and {len(wrong) - 3} more)" if len(wrong) > 3 else ""
            how = f"if that is right: KEEP=1 python -m pytest {self.test.partition('::')[0]}"
            raise AssertionError(f"not what is kept: {'; '.join(wrong[:3])}{more}; {how}")


def _numbers(value: Any) -> list[float]:
    """All numbers of a value, of its parts and fields, or of many what stands for them."""
    found = np.array(list(_parts(value)))
    if len(found) <= FEW:
        return [float(f"{x:.14g}") for x in found.tolist()]
    weights, usual = 1 + np.arange(len(found)) * 0.6180339887498949 % 1, np.isfinite(found) & (found != 0)
    kinds = (float(weights[which].sum()) for which in (found == 0, np.isnan(found), found == np.inf, found < 0))
    logs = fsum((weights[usual] * np.log(np.abs(found[usual]))).tolist())
    return [float(len(found)), *(round(x, 6) for x in kinds), round(logs, 12)]


def _parts(value: Any) -> Iterator[float]:
    if is_dataclass(value) and not isinstance(value, type):
        value = [getattr(value, one.name) for one in fields(value)]
    if isinstance(value, list | tuple):
        for part in value:
            yield from _parts(part)
    elif value is not None:
        yield from np.asarray(value, dtype=float).ravel().tolist()


def _close(name: str, before: Mapping[str, list[float]], now: Mapping[str, list[float]]) -> bool:
    if name not in before or name not in now or len(before[name]) != len(now[name]):
        return False
    of_logs = 10 * CLOSE if len(now[name]) > FEW else 0.0
    return bool(np.allclose(now[name], before[name], rtol=0.0 if of_logs else CLOSE, atol=of_logs, equal_nan=True))


def digits(numbers: Any, count: int = 6) -> str:
    """Numbers, each with so many digits: the same wherever rounding differs in the last ones."""
    return _spelled(np.asarray(numbers) + 0.0, f"%.{count}g")


def places(numbers: Any, count: int = 6) -> str:
    """The same with so many places behind the point, for numbers that may be differences of others."""
    return _spelled(np.round(np.asarray(numbers, dtype=float), count) + 0.0, f"%.{count}f")


def _spelled(array: Any, how: str) -> str:
    """All numbers in one go, which takes a third of the time."""
    return f"{array.shape} {' '.join([how] * array.size) % tuple(array.ravel().tolist())}"


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
