"""The command by which a check is made again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hardlab.kernels.kernel import Conventions

_OUTPUTS = ("--only", "--seed-of-check", "--report", "--markdown", "--counterexamples")


def command_of(name: str, how: Conventions) -> str:
    """The command that checks one of many alone."""
    words = ["hardlab", "check", name, "--dtype", how.dtype]
    for option, value in (("--convention", how.convention), ("--scale", how.scale), ("--backward", how.backward)):
        words += [option, value] if value not in (None, "plain", "argument") else []
    return shlex.join(words)


def command_given(words: list[str] | None) -> str:
    """The command as it was given, without the options of what to run and write, to which a repetition adds its own --only."""
    kept, left_out = [], False
    for word in words or []:
        if left_out:
            left_out = False
        elif word.split("=")[0] in _OUTPUTS:
            left_out = "=" not in word
        elif word not in ("--json", "-q", "--quiet"):
            kept.append(word)
    return shlex.join(["hardlab", *kept])
