"""A kernel in any language: a command that reads a safetensors file and writes one.

The command is a template with {input} and {output}, such as `julia kernel.jl {input} {output}`, run without a shell, once a
call, in the caller's working directory. The input has the tensors Q, K, V in the dtype and layout of the conventions, and in
its metadata `scale` (where it is not built in) and `seed` (where there is one) as text. The output has one tensor T, or out.

Failures. declined: exit code not 0, and the last line on stderr starts with Declined, perhaps after a module's name, and a
colon. memory: that line says so, or the system killed it. mutated: the input file changed. The limit on memory holds for data
(RLIMIT_DATA): run times reserve address space that they never use.
"""

import json
import re
import shlex
import shutil
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, deserialize

from hardlab.kernels.arrays import prepared
from hardlab.kernels.kernel import Answer, Conventions, Outcome
from hardlab.work.child import Words, end, ended, started
from hardlab.work.failure import Failure, failure_of_end
from hardlab.work.limits import check_limits
from instances.coded import Floats
from instances.faults import BadInput, one_line

LIMITED = (
    "import os, resource as r, sys\n"
    "r.setrlimit(r.RLIMIT_CORE, (0, 0))\n"
    "most = r.getrlimit(r.RLIMIT_DATA)[1]\n"
    "wanted = int(sys.argv[1])\n"
    "r.setrlimit(r.RLIMIT_DATA, (wanted if most < 0 else min(wanted, most), most))\n"
    "os.execvp(sys.argv[2], sys.argv[2:])\n"
)
"""Sets the limit and becomes the command."""

CODES = {"float64": "F64", "float32": "F32", "float16": "F16", "uint16": "BF16"}
"""The names of safetensors by those of NumPy; bfloat16 is held by its bits."""

TYPES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}
TYPES |= {f"{sign}{bits}": f"{word}{bits}" for sign, word in (("I", "int"), ("U", "uint")) for bits in (8, 16, 32, 64)}

DECLINED = re.compile(r"(?:[\w.]*\.)?declined:\s*(.*)", re.IGNORECASE)


class ExternalKernel:
    """A kernel by the template of its command. Errors: `BadInput` where it has no {input} or {output}, or does not exist."""

    def __init__(self, template: str, conventions: Conventions, timeout: float, memory: int) -> None:
        check_limits(timeout, memory)
        self.name, self.conventions = template, conventions
        self._timeout, self._memory = timeout, memory
        try:
            self._words = shlex.split(template)
        except ValueError as error:
            raise BadInput(f"the command {template!r} cannot be split into words: {one_line(error)}") from None
        if not all(any(field in word for word in self._words) for field in ("{input}", "{output}")):
            raise BadInput(f"the command {template!r} must name {{input}} and {{output}}, the files it reads and writes")
        if shutil.which(self._words[0]) is None:
            raise BadInput(f"the command {template!r}: there is no program {self._words[0]}")

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        try:
            return self._called(Q, K, V, scale)
        except OSError as error:
            return Failure("crashed", f"the input could not be written: {one_line(error)}")

    def _called(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        arrays = dict(zip("QKV", prepared(Q, K, V, scale, self.conventions), strict=True))
        notes = {"scale": repr(float(scale))} if self.conventions.scale == "argument" else {}
        if self.conventions.seed is not None:
            notes["seed"] = str(self.conventions.seed)
        content = safetensors(arrays, notes)
        with TemporaryDirectory(prefix="hardlab-", ignore_cleanup_errors=True) as folder:
            given, output = Path(folder) / "input.safetensors", Path(folder) / "output.safetensors"
            given.write_bytes(content)
            start = time.perf_counter()
            failure = self._run(given, output)
            seconds = time.perf_counter() - start
            if failure is not None:
                return failure
            if not given.is_file() or given.read_bytes() != content:
                return Failure("mutated", "the command changed its input file")
            return self._read(output, (Q.shape[0], V.shape[1]), seconds)

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> float | None:
        """None: a command makes no promise."""
        return None

    def _run(self, given: Path, output: Path) -> Failure | None:
        """Run the command once."""
        command = [word.replace("{input}", str(given)).replace("{output}", str(output)) for word in self._words]
        try:
            process = started([sys.executable, "-I", "-S", "-c", LIMITED, str(self._memory), *command])
        except OSError as error:
            return Failure("crashed", f"no process could be started: {one_line(error)}")
        said = Words(process.stderr)
        try:
            late = not ended(process, self._timeout)
        finally:
            code, words = end(process), said.last()
        return Failure("timeout", f"no answer after {self._timeout:g} seconds") if late else self._failure(code, words)

    def _failure(self, code: int, words: str) -> Failure | None:
        declined = DECLINED.fullmatch(words)
        if code > 0 and declined is not None:
            return Failure("declined", declined[1] or "(no reason)")
        return None if code == 0 else failure_of_end(code, words, self._memory)

    def _read(self, output: Path, shape: tuple[int, int], seconds: float) -> Outcome:
        try:
            tensors = dict(deserialize(output.read_bytes()))  # type: ignore[no-untyped-call]
            found = tensors["T"] if "T" in tensors else tensors["out"]
        except FileNotFoundError:
            return Failure("crashed", "the command wrote no output file")
        except (OSError, SafetensorError) as error:
            return Failure("shape", f"the output is no safetensors file: {one_line(error)}")
        except KeyError:
            return Failure("shape", f"the output has the tensors {', '.join(sorted(tensors)) or '(none)'}: T or out is missing")
        expected = (1, 1, *shape) if self.conventions.layout == "bhnd" else shape
        if tuple(found["shape"]) != expected or found["dtype"] not in TYPES:
            what = f"shape {tuple(found['shape'])} of {found['dtype']}"
            return Failure("shape", f"the command gave {what}, expected {expected} of real numbers")
        return Answer(_numbers(found["data"], found["dtype"]).reshape(shape), TYPES[found["dtype"]], seconds)


def _numbers(data: bytes, code: str) -> Floats:
    """The numbers of a tensor's bytes, little-endian, as float64."""
    if code == "BF16":
        wide: NDArray[Any] = (np.frombuffer(data, dtype="<u2").astype(np.uint32) << 16).view(np.float32)
    else:
        wide = np.frombuffer(data, dtype=np.dtype(TYPES[code]).newbyteorder("<"))
    with np.errstate(all="ignore"):
        return wide.astype(np.float64)


def safetensors(arrays: dict[str, NDArray[Any]], metadata: dict[str, str]) -> bytes:
    """A safetensors file: the length of the header, the header in JSON, the tensors; uint16 stands for bfloat16."""
    header: dict[str, Any] = {"__metadata__": metadata}
    blocks, offset = [], 0
    for name, X in arrays.items():
        blocks.append(X.astype(X.dtype.newbyteorder("<")).tobytes())
        place = [offset, offset + len(blocks[-1])]
        header[name] = {"dtype": CODES[X.dtype.name], "shape": list(X.shape), "data_offsets": place}
        offset = place[1]
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(blocks)
