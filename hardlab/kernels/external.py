"""A kernel in any language: a command that reads a safetensors file and writes one.

The command is a template with {input} and {output}, such as `julia kernel.jl {input} {output}`, run without a shell, once a
call, in the caller's working directory. The input has the tensors Q, K, V in the dtype of the conventions, and in its metadata
`scale` (where it is not built in) and `seed` (where there is one) as text. The output has one tensor T, or out.

In the convention `plain` that is all: one head that sees all keys, (n, d) or (1, 1, n, d) by the layout. In the convention
`heads` the axes are (b, h, n, d), and where a call has it there is more, as its `words` are:

| tensor | what |
|---|---|
| dO | the gradients dQ, dK, dV are wanted too |
| keep, mask, bias, alibi | masks as BOOL, the bias in the dtype, slopes in float32 at least |
| cu_queries, cu_keys | the cumulative lengths of packed sequences, I32 |

| metadata | what |
|---|---|
| causal | top-left or bottom-right |
| window | [left, right] in JSON, null for a side that is open |

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
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from numpy.typing import NDArray
from safetensors import SafetensorError, deserialize

from hardlab.kernels.call import PACKED, Call, sides_of
from hardlab.kernels.conventions import CONVENTIONS, Convention
from hardlab.kernels.fitting import asked_in_parts
from hardlab.kernels.kernel import Conventions, Offer, Outcome, of_one_head
from hardlab.kernels.spelling import answer_of, offer_of, told, untold
from hardlab.kernels.tensors import safetensors, tensor_of
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

DECLINED = re.compile(r"(?:[\w.]*\.)?declined:\s*(.*)", re.IGNORECASE)


class ExternalKernel:
    """A kernel by the template of its command. Errors: `BadInput` where it has no {input} or {output}, or does not exist; where
    the conventions ask for what no command does.
    """

    def __init__(self, template: str, conventions: Conventions, timeout: float, memory: int) -> None:
        check_limits(timeout, memory)
        self.name, self.conventions, self.seed_of_check = template, conventions, 0
        self.offer = _offer(template, conventions)
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
        return of_one_head(self.call(Call(Q[None, None], K[None, None], V[None, None], scale)))

    def call(self, call: Call) -> Outcome:
        return asked_in_parts(self._part, call, self.offer.features)

    def _part(self, call: Call) -> Outcome:
        convention, (b, H, G, *_) = CONVENTIONS[self.conventions.convention], call.sizes
        if convention.axes == "nd" and ((b, H, G) != (1, 1, 1) or set(untold(call, self.offer).needs) - {"cross", "width"}):
            return Failure("declined", "a command is given one head that sees all keys: --convention heads gives it all")
        if self.conventions.layout == "bhnd":
            convention = replace(convention, axes="bhnd")
        arrays, notes = self._input(call, convention)
        try:
            return self._called(safetensors(arrays, notes), call, convention)
        except OSError as error:
            return Failure("crashed", f"the input could not be written: {one_line(error)}")

    def _input(self, call: Call, convention: Convention) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
        """The tensors and the metadata of the input."""
        spelled = told(replace(call, stored=PACKED), convention, self.conventions.dtype, self.offer)
        words = dict(spelled.words)
        notes = {} if spelled.scale is None else {"scale": repr(spelled.scale)}
        if self.conventions.seed is not None:
            notes["seed"] = str(self.conventions.seed)
        if "causal" in words:
            notes["causal"] = words.pop("causal")
        if "window" in words:
            notes["window"] = json.dumps(list(sides_of(words.pop("window"))))
        words |= dict(zip(("cu_queries", "cu_keys"), words.pop("cu_seqlens", ()), strict=False))
        return {**spelled.operands, **words}, notes

    def _called(self, content: bytes, call: Call, convention: Convention) -> Outcome:
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
            return self._read(output, call, convention, seconds)

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

    def _read(self, output: Path, call: Call, convention: Convention, seconds: float) -> Outcome:
        try:
            found = dict(deserialize(output.read_bytes()))  # type: ignore[no-untyped-call]
        except FileNotFoundError:
            return Failure("crashed", "the command wrote no output file")
        except (OSError, SafetensorError) as error:
            return Failure("shape", f"the output is no safetensors file: {one_line(error)}")
        tensors = {name: tensor_of(each["data"], each["dtype"], each["shape"]) for name, each in found.items()}
        return answer_of(tensors, call, convention, self.offer, seconds, "the command")


def _offer(template: str, conventions: Conventions) -> Offer:
    """What a command offers, which has no signature. Errors: `BadInput`."""
    if conventions.convention not in ("plain", "heads"):
        said = f"--convention {conventions.convention}: the command {template!r} reads a file"
        raise BadInput(f"{said}, of one head by the convention plain, of all that a call has by heads")
    for option in ("backward", "device"):
        if getattr(conventions, option) is not None:
            raise BadInput(f"--{option} {getattr(conventions, option)}: the command {template!r} knows that by itself")
    without = {"layouts": "the tensors of a file are packed"}
    if conventions.convention == "plain":
        without["backward"] = "a command gives gradients by the convention heads"
    return offer_of(CONVENTIONS[conventions.convention], conventions, without, arrays="tensors of files")
