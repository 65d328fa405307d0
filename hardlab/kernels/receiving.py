"""A kernel that ran elsewhere: its answers are looked up in what came back, and nothing of that is believed."""

import json
from math import isfinite
from pathlib import Path
from typing import Any

from hardlab.kernels.call import Call
from hardlab.kernels.callee import EXTRAS, REFUSALS
from hardlab.kernels.conventions import convention_of
from hardlab.kernels.fitting import asked_in_parts
from hardlab.kernels.kernel import Outcome, of_one_head
from hardlab.kernels.manifest import offer_elsewhere, read
from hardlab.kernels.spelling import answer_of
from hardlab.kernels.tensors import tensors_of
from hardlab.work.failure import Failure, speaks_of_memory
from instances.coded import Floats
from instances.faults import BadInput, one_line
from instances.files import contents

SMALL = 2**16
"""Bytes of a file that says something, at most."""

WIDEST = 16
"""Bytes of a number."""


class Received:
    """The kernel behind the answers in a folder that `Sending` wrote. A call that was asked several times is answered in turn.

    `convention`, where it is given, must be that of the folder: one that somebody's code defines is not loaded on its word.
    Errors: `BadInput` for a folder that is none or has no answers; by a call, where that was not written.
    """

    seed_of_check: int

    def __init__(self, folder: Path, path: Path | None = None, convention: str | None = None) -> None:
        self.asked, self._numbers, self._made = read(folder)
        written = self.asked.conventions.convention
        if convention not in (None, written) or (convention is None and ":" in written):
            raise BadInput(f"{folder} was written with --convention {one_line(written):.200}: say so here too")
        self.conventions, self.seed_of_check = self.asked.conventions, self.asked.seed_of_check
        self._folder = folder / "answers"
        if not self._folder.is_dir() or not any(self._folder.iterdir()):
            raise BadInput(f"{folder} has no answers: run run_numpy.py, run_torch.py or run_jax.py there, as running.py says")
        about = self._said("about.json")
        self.name = _line(about.get("kernel")) or f"answers in {folder}"
        parts = (about.get("machine"), about.get("device"), *_versions(about.get("versions")))
        self.machine = ", ".join(filter(None, map(_line, parts)))
        self.convention = convention_of(self.conventions, path)
        self.offer = offer_elsewhere(self.convention, self.conventions, _line(about.get("arrays")))
        self._asked: dict[str, int] = {}

    def call(self, call: Call) -> Outcome:
        return asked_in_parts(self._found, call, self.offer.features)

    def _found(self, call: Call) -> Outcome:
        identity = call.identity
        numbers = self._numbers.get(identity)
        if numbers is None:
            made = f"--only {one_line(self.asked.only):.80} and {self._made}" if self.asked.only else self._made
            raise BadInput(f"a call of this check was not written: that was done with {made}; write it again")
        turn = self._asked[identity] = self._asked.get(identity, -1) + 1
        return self._answer(numbers[min(turn, len(numbers) - 1)], call)

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        return of_one_head(self.call(Call(Q[None, None], K[None, None], V[None, None], scale)))

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> None:
        """None: nobody asked it."""

    def _answer(self, number: int, call: Call) -> Outcome:
        name = f"{number:05d}"
        if (self._folder / f"{name}.json").is_file():
            return _failure(self._said(f"{name}.json"), call)
        file = next((file for file in self._files(name) if file.is_file()), None)
        if file is None:
            return Failure("crashed", f"there is no answer to call {number}: no answers/{name}.npz")
        b, H, _, n, _, _, v = call.sizes
        wanted = b * H * n * v + (0 if call.dO is None else sum(X.size for X in call.operands[:3]))
        try:
            tensors = tensors_of(file, WIDEST * wanted + SMALL)
        except BadInput as error:
            return Failure("shape", f"answers/{one_line(str(error).removeprefix(f'{self._folder}/')):.300}")
        seconds = tensors.pop("seconds", None)
        took = 0.0 if seconds is None or seconds.numbers is None or seconds.shape else float(seconds.numbers)
        took = took if isfinite(took) and took >= 0 else 0.0
        return answer_of(tensors, call, self.convention, self.offer, took, "the kernel")

    def _files(self, name: str) -> list[Path]:
        return [self._folder / f"{name}{suffix}" for suffix in (".npz", ".safetensors")]

    def _said(self, name: str) -> dict[str, Any]:
        """What a small file says; nothing where it says nothing that can be read."""
        try:
            found = json.loads(contents(self._folder / name, SMALL, "it is to be small"))
        except (BadInput, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def _failure(said: dict[str, Any], call: Call) -> Failure:
    """What the reason of a runner comes to, as that of an exception in our own process would."""
    kind, reason = said.get("kind"), _line(said.get("reason"), 500)
    if kind not in ("raised", "declined", "shape", "mutated", "crashed"):
        return Failure("crashed", "the file that says why there is no answer cannot be read")
    if kind != "raised":
        return Failure(kind, reason or "(no reason)")
    given = said.get("classes")
    classes = [str(name) for name in given] if isinstance(given, list) else []
    reason = f"{_line(classes[0]) if classes else 'Exception'}: {reason}"
    refused = {each.__name__ for each in REFUSALS} & set(classes) and EXTRAS & set(call.needs)
    if "Declined" in classes or "NotImplementedError" in classes or refused:
        return Failure("declined", reason)
    return Failure("memory" if "MemoryError" in classes or speaks_of_memory(reason) else "raised", reason)


def _line(text: Any, most: int = 200) -> str:
    return one_line(text)[:most] if isinstance(text, str) else ""


def _versions(given: Any) -> list[str]:
    return [f"{name} {one_line(of)}" for name, of in list(given.items())[:8]] if isinstance(given, dict) else []
