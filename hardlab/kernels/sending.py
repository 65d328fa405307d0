"""The calls of a check, kept for a kernel that runs elsewhere, and written as files (`manifest`)."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardlab.kernels.call import Call
from hardlab.kernels.conventions import convention_of
from hardlab.kernels.fitting import asked_in_parts
from hardlab.kernels.kernel import Answer, Conventions, Outcome, of_one_head
from hardlab.kernels.manifest import FORMAT, NAME, VERSIONS, WHAT, Asked, offer_elsewhere
from hardlab.kernels.spelling import told
from hardlab.work.environment import versions
from hardlab.work.failure import Failure
from instances.coded import Floats
from instances.faults import BadInput, Declined, one_line
from instances.files import atomic_write
from instances.memory import bytes_text

RUNNERS = ("running.py", "run_numpy.py", "run_torch.py", "run_jax.py")


class Sending:
    """Keeps the calls, `most` bytes of arrays, and declines each; `answering`, it gives zeros, for checks that go on only then.

    Errors: `Declined`, by a call, where there would be more.
    """

    def __init__(self, asked: Asked, most: int, path: Path | None = None) -> None:
        self.asked, self.conventions, self.seed_of_check = asked, asked.conventions, asked.seed_of_check
        self.name = "a kernel elsewhere"
        self.convention = convention_of(asked.conventions, path)
        self.offer = offer_elsewhere(self.convention, asked.conventions)
        self.answering = False
        self.bytes, self._most = 0, most
        self.calls: list[dict[str, Any]] = []
        self._files: dict[str, dict[str, NDArray[Any]]] = {}

    def call(self, call: Call) -> Outcome:
        zeros = asked_in_parts(self._kept, call, self.offer.features)
        return zeros if self.answering else Failure("declined", "it is asked elsewhere")

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        return of_one_head(self.call(Call(Q[None, None], K[None, None], V[None, None], scale)))

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> None:
        """None: nobody asks it."""

    def _kept(self, call: Call) -> Answer:
        self._keep(call)
        b, H, _, n, _, _, v = call.sizes
        zeros = None if call.dO is None else (np.zeros(call.Q.shape), np.zeros(call.K.shape), np.zeros(call.V.shape))
        return Answer(np.zeros((b, H, n, v)), self.conventions.dtype, 0.0, zeros)

    def _keep(self, call: Call) -> None:
        spelled = told(call, self.convention, self.conventions.dtype, self.offer)
        arrays: dict[str, NDArray[Any]] = {}
        operands = {name: _place(name, view, arrays) for name, view in spelled.operands.items()}
        words = {name: _word(name, word, arrays) for name, word in spelled.words.items()}
        own, identity = Conventions(self.offer.scale).built_in(call.Q.shape[-1]), call.identity
        by = "place" if self.convention.name == "plain" else self.convention.scale
        if identity not in self._files:
            self.bytes += sum(array.nbytes for array in arrays.values())
            if self.bytes > self._most:
                most = bytes_text(self._most)
                raise Declined(
                    f"the inputs need more than {most}: raise --memory, or take --quick, fewer --features or --sizes"
                )
            self._files[identity] = arrays
        self.calls.append({
            "identity": identity,
            "operands": operands,
            "scale": float(call.scale if own is None else own),
            "scale_by": by if own is None else None,
            "words": words,
            "optional": list(self.convention.optional),
            "gradients": call.dO is not None,
            "again": call.again,
        })  # fmt: skip

    def write(self, folder: Path) -> None:
        """Write all of it into the folder, which is made. Errors: `BadInput`."""
        files = {identity: f"inputs/{number:05d}.npz" for number, identity in enumerate(self._files)}
        manifest = {
            "what": WHAT,
            "format": FORMAT,
            "versions": {name: versions()[name] for name in VERSIONS},
            "check": self.asked.message(),
            "dtype": self.conventions.dtype,
            "axes": self.convention.axes,
            "seed": self.conventions.seed,
            "calls": [{"file": files[call["identity"]], **call} for call in self.calls],
        }
        try:
            (folder / "inputs").mkdir(parents=True, exist_ok=True)
            for identity, arrays in self._files.items():
                with (folder / files[identity]).open("wb") as stream:
                    np.savez(stream, allow_pickle=False, **arrays)
            for name in RUNNERS:
                shutil.copyfile(Path(__file__).parent / "runners" / name, folder / name)
            with atomic_write(folder / NAME) as stream:
                stream.write(json.dumps(manifest, indent=1).encode())
        except OSError as error:
            raise BadInput(
                f"--write {folder} cannot be written ({one_line(error.strerror or error)}): give a folder of yours"
            ) from None


def check_folder(folder: Path) -> None:
    """Errors: `BadInput` for a folder to write to that has something in it, or is none."""
    try:
        os.lstat(folder)
        taken = not folder.is_dir() or any(folder.iterdir())
    except FileNotFoundError:
        if not folder.parent.is_dir():
            raise BadInput(f"--write {folder}: there is no folder {folder.parent}") from None
        taken = False
    except (OSError, ValueError) as error:
        raise BadInput(f"--write {str(folder)!r:.200} cannot be written ({one_line(error)}): give a new folder") from None
    if taken:
        raise BadInput(f"--write {folder}: there is something of that name already, give a new folder")


def room(folder: Path, wanted: int) -> None:
    """Errors: `BadInput` where the disk has not so many bytes left for the folder."""
    free = shutil.disk_usage(folder.parent).free
    if wanted > free:
        raise BadInput(f"--write {folder}: {bytes_text(wanted)} are needed and {bytes_text(free)} are free: take --quick")


def _place(name: str, view: NDArray[Any], arrays: dict[str, NDArray[Any]]) -> dict[str, Any] | None:
    """How an operand lies in its piece of memory, counted in numbers, which goes into the arrays; None where it is packed."""
    if view.flags.c_contiguous and view.base is None:
        arrays[name] = view
        return None
    root = view
    while isinstance(root.base, np.ndarray):
        root = root.base
    first = (view.__array_interface__["data"][0] - root.__array_interface__["data"][0]) // view.itemsize
    if view.flags.c_contiguous and root.size == view.size:
        arrays[name] = view
        return None
    arrays[name] = root.reshape(-1)
    strides = [stride // view.itemsize for stride in view.strides]
    return {"shape": list(view.shape), "strides": strides, "offset": int(first)}


def _word(name: str, word: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    """A keyword's value for JSON: arrays go to the others and are named, tuples become lists."""
    if isinstance(word, np.ndarray):
        arrays[name] = word
        return {"array": name}
    if isinstance(word, tuple | list):
        return [_word(f"{name}_{number}", part, arrays) for number, part in enumerate(word)]
    return word.item() if isinstance(word, np.generic) else word
