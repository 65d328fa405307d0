"""Loading and saving: which format a file has, and who reads and writes it."""

import json
import os
import re
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from itertools import chain

from safetensors import SafetensorError, safe_open

from instances import dimacs
from instances.anyof import AnyOf
from instances.cnf import CNF
from instances.faults import BadInput, one_line
from instances.files import AnyPath, atomic_write, contents, seekable, shown
from instances.gradients import GradientTask
from instances.memory import MEMORY_BUDGET
from instances.npz import Archive
from instances.problem import Problem
from instances.storage.fields import Notes
from instances.storage.plain import Named, read_json, write_json
from instances.storage.tasks import (
    ARRAYS,
    DEFAULTS,
    FIELDS,
    MATRICES,
    float64,
    matrices,
    price,
    task_fields,
    task_of_arrays,
    task_of_tensors,
)
from instances.storage.vectors import Vectors, vector_fields, vectors
from instances.storage.writing import write_npz, write_safetensors
from instances.task import AttentionTask
from instances.vectors import BalancedHamming, FarHamming, GapHamming, OrthogonalVectors, ThresholdProduct

SUFFIXES: Mapping[type[Problem], tuple[str, ...]] = {
    CNF: (".cnf", ".cnf.gz"),
    OrthogonalVectors: (".npz",),
    GapHamming: (".npz",),
    BalancedHamming: (".npz",),
    FarHamming: (".npz",),
    ThresholdProduct: (".npz",),
    AttentionTask: (".safetensors", ".npz"),
    GradientTask: (".safetensors", ".npz"),
}
"""How a file of each problem may be named; the first is the format of standard output."""

FORMATS = {".npz": "npz", ".safetensors": "safetensors", ".cnf": "dimacs", ".gz": "dimacs", ".json": "json"}

KINDS = {problem.__name__: problem for problem in SUFFIXES}

CALLED = {problem.called: problem for problem in SUFFIXES}

_BESIDE = {"kind", "instance", "metadata", "A", "B", "d", "t", "t2", "eps"}
_OWN = {*chain(*FIELDS.values(), *MATRICES.values()), *DEFAULTS, *ARRAYS, *_BESIDE}
try:
    from lzma import LZMAError
except ImportError:  # a Python without it opens no such archive

    class LZMAError(Exception):  # type: ignore[no-redef]
        pass


_ERRORS = (EOFError, OSError, ValueError, RuntimeError, SyntaxError, MemoryError)
DAMAGE = (*_ERRORS, zipfile.BadZipFile, zlib.error, LZMAError, struct.error, tokenize.TokenError, SafetensorError)
"""What zipfile, numpy.lib.format and safetensors raise for bytes that are not theirs."""


def load(
    path: AnyPath, *, kind: str | None = None, memory: int = MEMORY_BUDGET, lenient: bool = False, named: Named = CALLED.get
) -> Problem:
    """The instance in a file, `-` for standard input; `kind`, if given, is the name of the problem it must be. Of JSON `named`
    says which problem a name means; nothing is imported for it here.

    The format is told by the suffix, and by the content where the suffix is none of ours. `lenient`: as `dimacs.parse`.
    Errors: `BadInput`, naming the file, for everything that is not a sound instance; `Declined`, before the arrays
    are read, where they need more than `memory` bytes.
    """
    if kind is not None and kind not in KINDS:
        raise BadInput(f"kind = {kind!r}: choose from {', '.join(KINDS)}")
    name = shown(path)
    with seekable(path, memory) as file:
        problem = _read(file, name, kind, memory, lenient, named)
    if kind is not None and type(problem).__name__ != kind:
        raise BadInput(f"{name} holds an instance of {type(problem).__name__}, not of {kind}")
    return problem


def notes_of(path: AnyPath) -> dict[str, str]:
    """The metadata that `save` put beside a task of attention or of its gradients. Errors: `BadInput`, as `load`."""
    name = shown(path)
    try:
        if _format(os.fspath(path), name) == "safetensors":
            with safe_open(os.fspath(path), framework="np") as tensors:
                found: object = tensors.metadata() or {}
        else:
            with zipfile.ZipFile(path) as archive:
                arrays = Archive(archive)
                found = json.loads(arrays.scalar("metadata", "U", "a string")) if "metadata" in arrays.keys else {}
    except BadInput as error:
        raise type(error)(f"{name}: {error}") from None
    except DAMAGE as error:
        raise BadInput(f"{name} has no metadata that can be read ({one_line(error)}): make it again") from None
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def save(problem: Problem, path: AnyPath, metadata: Notes | None = None, *, memory: int = MEMORY_BUDGET) -> None:
    """Write an instance and, beside it, free `metadata` (generator and version are added); all at once.

    Errors: `BadInput` for a disjunction, a suffix that is not of `SUFFIXES`, metadata with a key of the format's
    own, and a file that cannot be written; `Declined` where Q, K and V in floats are beyond `memory` bytes.
    """
    name = shown(path, "standard output")
    suffix = _suffix(problem, os.fspath(path))
    notes = {"generator": "hardness-lab", "version": _version()}
    notes |= {str(key): str(value) for key, value in (metadata or {}).items()}
    if taken := sorted(_OWN & notes.keys()):
        raise BadInput(f"metadata has the key {taken[0]!r}, which {name} needs itself: choose another")
    if isinstance(problem, CNF):
        dimacs.write(problem, path, (f"{key}: {value}" for key, value in notes.items()))
    elif isinstance(problem, AttentionTask | GradientTask):
        price({key: float64(matrix) for key, matrix in matrices(problem).items()}, memory, f"{name}, in floats,")
        write = write_safetensors if suffix == ".safetensors" else write_npz
        with atomic_write(path) as stream:
            write(stream, matrices(problem), task_fields(problem), notes, problem.arrays)
    elif isinstance(problem, Vectors):
        with atomic_write(path) as stream:
            write_npz(stream, {}, vector_fields(problem), notes)
    else:
        with atomic_write(path) as stream:
            write_json(stream, problem, notes)


def _suffix(problem: Problem, path: str) -> str:
    if isinstance(problem, AnyOf):
        raise BadInput("a disjunction of instances has no file format: save its members, one file each")
    suffixes = SUFFIXES.get(type(problem), (".json",))
    for suffix in suffixes if path != "-" else ():
        if path.lower().endswith(suffix):
            return suffix
    if path != "-":
        raise BadInput(f"{path}: a file with a {type(problem).__name__} is named {' or '.join(suffixes)}")
    return suffixes[0]


def _version() -> str:
    try:
        return version("hardness-lab")
    except PackageNotFoundError:
        return "unknown"


def _read(file: str, name: str, kind: str | None, memory: int, lenient: bool, named: Named) -> Problem:
    form = _format(file, name)
    if form == "dimacs":
        with open(file, "rb") as stream:
            return dimacs.read_stream(stream, name, memory, lenient)
    try:
        if form == "json":
            return read_json(contents(file, memory // 16, "raise --memory"), named)
        if form == "safetensors":
            with safe_open(file, framework="np") as tensors:
                return task_of_tensors(tensors, memory)
        with zipfile.ZipFile(file) as archive:
            arrays = Archive(archive)
            if "Q" in arrays.keys:
                return task_of_arrays(arrays, memory)
            return vectors(arrays, kind, memory)
    except BadInput as error:
        raise type(error)(f"{name}: {error}") from None
    except DAMAGE as error:
        raise BadInput(f"{name}: damaged, or not a .{form} file ({one_line(error)}): make it again") from None


def _format(file: str, name: str) -> str:
    """By the suffix of the name, else by content: zip archives and safetensors show themselves, the rest is text."""
    for suffix, form in FORMATS.items():
        if name.lower().endswith(suffix):
            return form
    with open(file, "rb") as stream:
        start = stream.read(64)
    if start.startswith(b"PK"):
        return "npz"
    if re.match(rb'\s*\{\s*"', start):
        return "json"
    return "safetensors" if start[8:9] == b"{" and b"\0" in start[:8] else "dimacs"  # a length of 8 bytes, which no text is
