"""Grids whose jobs are checks of kernels: a table with a `target`, one or a list, and how `hardlab check` is to call them.

Further keys are the words of that command: convention, dtype, features, backward, quick and so on, each fixed or an axis. In
the name of a file, as in "kernels/*.py:attention", * stands for all that fit. `call_timeout` is in seconds a call, `timeout` in
seconds for all of a kernel: when they are over nothing further is asked. A file that has changed makes another job.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from glob import glob
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from hardlab.kernels.conventions import CONVENTIONS
from hardlab.kernels.kernel import Conventions, features_named
from hardlab.names.loading import FILE, from_here
from hardlab.sweep.record import CheckJob
from hardlab.sweep.settings import axis, is_whole, memory, seconds, truth
from hardlab.work.limits import TIMEOUT
from instances.faults import BadInput, unknown

DEFAULTS: Mapping[str, Any] = {
    "convention": "plain", "dtype": "float64", "scale": "argument", "layout": "nd", "features": None, "device": None,
    "backward": None, "seed": None, "quick": False, "forbid_library": False, "only": None, "seed_of_check": None,
    "call_timeout": TIMEOUT, "timeout": 10 * TIMEOUT, "memory": "4G",
}  # fmt: skip

SEEDS = 2**64


@dataclass(frozen=True)
class KernelGrid:
    """The product of kernels and `settings`, each a name with its values."""

    targets: Sequence[str]
    settings: Mapping[str, Sequence[Any]]

    @property
    def count(self) -> int:
        """Its jobs, those that are the same counted again."""
        return len(self.targets) * prod(map(len, self.settings.values()))

    def jobs(self) -> Iterator[CheckJob]:
        """One after the other. Errors: `BadInput` for a file that cannot be read."""
        known: dict[tuple[str, str | None, str], str | None] = {}
        for target in self.targets:
            for chosen in product(*self.settings.values()):
                of: Any = dict(zip(self.settings, chosen, strict=True))
                files = (target, of["backward"], of["convention"])
                if files not in known:
                    known[files] = content(*files)
                job: Any = {"target": target, "content": known[files], **of}
                yield job


def grid_of_kernels(table: Mapping[str, Any]) -> KernelGrid:
    """Errors: `BadInput` for a key or a value that is none, and for files that are not there."""
    for key in table:
        if key != "target" and key not in DEFAULTS:
            if key == "family":
                raise BadInput("family and target: give one of the two, and a grid of its own to the other")
            raise unknown("key of a grid of kernels", key, ["target", *DEFAULTS])
    settings = {
        name: [_setting(name, value) for value in axis(name, table.get(name, usual))] for name, usual in DEFAULTS.items()
    }
    of_conventions = ("scale", "layout", "dtype", "features")
    for chosen in product(*(settings[name] for name in of_conventions)):
        conventions(dict(zip(of_conventions, chosen, strict=True)))
    return KernelGrid([kernel for target in axis("target", table["target"]) for kernel in _kernels(target)], settings)


def conventions(job: Mapping[str, Any]) -> Conventions:
    """How the kernel of a job is called. Errors: `BadInput`."""
    names = ("scale", "layout", "dtype", "seed", "convention", "device", "backward")
    return Conventions(**{name: job[name] for name in names if name in job}, features=features_named(job["features"]))


def content(*words: str | None) -> str | None:
    """The SHA-256 of the files that these are; None where none is one. Errors: `BadInput` where they cannot be read."""
    files = [file for word in words if word is not None and (file := _file(word)) is not None]
    try:
        digests = [hashlib.sha256(Path(file).read_bytes()).digest() for file in files]
    except OSError as error:
        raise BadInput(f"{error.filename} cannot be read ({error.strerror}): name a file that is there") from None
    return hashlib.sha256(b"".join(digests)).hexdigest() if digests else None


def _file(target: str) -> str | None:
    """The file that a target names; None where it is a module's, a command or a name of ours."""
    spelled = FILE.fullmatch(target)
    if "{input}" in target or "{output}" in target:
        return None
    return spelled["file"] if spelled is not None else target if target.endswith(".onnx") else None


def _kernels(target: Any) -> list[str]:
    """The kernel, or those whose files fit a pattern, by their names. Errors: `BadInput` where there is none."""
    if not isinstance(target, str) or not target:
        raise BadInput(f"target = {target!r}: give a kernel as hardlab check takes it, or a list of them")
    file = _file(target)
    if file is None:
        return [target]
    if "*" not in file:
        return [from_here(target)]
    found = [from_here(f"{name}{target.removeprefix(file)}") for name in sorted(glob(file))]
    if not found:
        raise BadInput(f"target = {target!r}: no file fits")
    return found


def _setting(name: str, value: Any) -> Any:
    """The value as a job has it. Errors: `BadInput` for another type, and out of range."""
    if name in ("timeout", "call_timeout"):
        return seconds(name, value)
    if name == "memory":
        return memory(value)
    if name in ("quick", "forbid_library"):
        return truth(name, value)
    if name in ("seed", "seed_of_check"):
        if value is not None and not (is_whole(value) and 0 <= value < SEEDS):
            raise BadInput(f"{name} = {value!r}: give a whole number from 0 to 2^64 - 1")
    elif value is not None and not isinstance(value, str):
        raise BadInput(f"{name} = {value!r}: give a word as hardlab check --{name} takes it, or a list of them")
    if name == "convention" and ":" not in value and value not in CONVENTIONS:
        raise unknown("convention", value, CONVENTIONS)
    if name == "only" and value is not None:
        _check_pattern(value)
    if name in ("backward", "convention") and value is not None and FILE.fullmatch(value):
        return from_here(value)
    if name == "features" and value is not None:
        return ",".join(sorted(set(features_named(value) or ())))
    return value


def _check_pattern(only: str) -> None:
    from hardlab.conformance.checking import names_of_checks
    from hardlab.conformance.expected import may_match

    names = names_of_checks()
    if not any(may_match(name, only) for name in names):
        parts = ", ".join(dict.fromkeys(name.partition("/")[0] for name in names))
        raise BadInput(f"only = {only!r} matches no check: the first part of a name is one of {parts}")
