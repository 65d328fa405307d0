"""What is written for a kernel that runs elsewhere: a folder with the inputs of a check, and what comes back in it.

    manifest.json           how the kernel is called, what draws the calls, and each call: its file, its words, what is wanted
    inputs/00000.npz        the arrays of a call, for all calls with the same ones
    run_numpy.py, ...       the scripts of `runners`
    answers/00000.npz       what came back: T, dQ, dK, dV; or .safetensors; or .json with the reason why there is nothing

Nothing of it is pickled, and nothing of what comes back is believed: the calls are drawn anew from the seed.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

from hardlab.kernels.call import Storage
from hardlab.kernels.conventions import Convention
from hardlab.kernels.kernel import Conventions, Offer
from hardlab.kernels.spelling import offer_of
from instances.faults import BadInput, one_line
from instances.files import contents

NAME = "manifest.json"
WHAT = "inputs of hardlab check"
FORMAT = 1
LARGEST = 2**26
"""Bytes of a manifest, at most."""

VERSIONS = ("hardness-lab", "numpy")
"""On which it depends what a seed draws."""

STORES: tuple[Storage, ...] = tuple(word for word in get_args(Storage) if word != "reversed")
"""Ways of lying in memory that arrays of most libraries have."""

_PACKED = ("jax", "onnx")
"""Conventions of libraries whose arrays are always packed."""


@dataclass(frozen=True)
class Asked:
    """Which check it is: how the kernel is called, the seed that draws the calls, and which of them."""

    conventions: Conventions
    seed_of_check: int
    quick: bool
    sizes: tuple[int, ...]
    only: str | None = None

    def message(self) -> dict[str, Any]:
        return {**asdict(self.conventions), **{name: getattr(self, name) for name in _OF_CHECK}}

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Asked":
        """Errors: `BadInput`, `KeyError`, `TypeError`, `ValueError`."""
        conventions = Conventions(**{name: given[name] for name in asdict(Conventions())})
        for name, kind in (("convention", str), ("seed_of_check", int), ("quick", bool)):
            if type(given[name]) is not kind:
                raise BadInput(f"{name} = {given[name]!r:.80}")
        if conventions.seed is not None and type(conventions.seed) is not int:
            raise BadInput(f"seed = {conventions.seed!r:.80}")
        only = given["only"] if given["only"] is None else str(given["only"])
        seed = given["seed_of_check"]
        if not 0 <= seed < 2**64:
            raise BadInput(f"seed_of_check = {seed}")
        return cls(conventions, seed, given["quick"], tuple(int(n) for n in given["sizes"]), only)


_OF_CHECK = ("seed_of_check", "quick", "sizes", "only")


def read(folder: Path) -> tuple[Asked, dict[str, list[int]], str]:
    """Which check was written there, the numbers of each call by its identity, and by which versions. Errors: `BadInput`."""
    file = folder / NAME
    if not folder.is_dir():
        raise BadInput(f"there is no folder {folder}")
    if not file.is_file():
        raise BadInput(f"{folder} has no {NAME}: give a folder that hardlab check --write has written")
    try:
        given = json.loads(contents(file, LARGEST, "give the one that was written"))
        if given["what"] != WHAT or given["format"] != FORMAT:
            raise BadInput(f"it is {given['what']!r:.80} in the format {given['format']!r:.20}, expected {WHAT} in {FORMAT}")
        asked = Asked.of(given["check"])
        numbers: dict[str, list[int]] = {}
        for number, call in enumerate(given["calls"]):
            numbers.setdefault(str(call["identity"]), []).append(number)
        made = " and ".join(f"{name} {one_line(given['versions'].get(name)):.20}" for name in VERSIONS)
    except (BadInput, KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError) as error:
        raise BadInput(f"{file} cannot be read: {type(error).__name__}: {one_line(error):.200}: write it again") from None
    return asked, numbers, made


def offer_elsewhere(convention: Convention, conventions: Conventions, arrays: str = "") -> Offer:
    """What is asked of a kernel that nobody here sees: all that the convention has, or what --features say."""
    without = {"layouts": f"the arrays of {convention.name} are always packed"} if convention.name in _PACKED else {}
    return offer_of(convention, conventions, without, arrays=arrays or "arrays elsewhere", stores=STORES)
