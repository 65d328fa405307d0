"""Instances as files: a saved instance loads with an equal `identity`, and a bad file is one clear `BadInput`.

| problem | file | content |
|---|---|---|
| CNF | .cnf, .cnf.gz | DIMACS, the metadata as header comments |
| OrthogonalVectors, GapHamming, BalancedHamming, | .npz | A, B: packed words (n, ceil(d/64)) with `d`; kind; t, t2 |
| FarHamming, ThresholdProduct | | |
| AttentionTask | .safetensors, .npz | Q, K, V: float64; scale, mechanism, low, high, rows, logarithmic, step |

An `.npz` of one's own needs less: A and B as 2-D arrays of 0 and 1 (bool or integers) without `d`; `kind`, one of
the names above, in the file or as an argument (a file with t is a GapHamming anyway); and t with t2 or eps. The
strings of a safetensors file are its metadata: `repr` of the floats, which reads back exactly, and "true" or "false".
`instance` is the identity; where a file has it, loading checks it. Nothing is ever unpickled, and shapes are read
and priced before the arrays are.
"""

import json
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, BinaryIO, TypeVar

import numpy as np
from safetensors import SafetensorError, safe_open

from instances import dimacs
from instances.anyof import AnyOf
from instances.bits import BitMatrix, packed_bytes
from instances.cnf import CNF
from instances.coded import Rows, column_count, dense, row_count
from instances.faults import BadInput
from instances.files import AnyPath, atomic_write, seekable, shown
from instances.mechanism import Mechanism
from instances.memory import MEMORY_BUDGET, within
from instances.npz import Archive, Array, Header
from instances.problem import Problem
from instances.task import Attention, AttentionTask
from instances.vectors import BalancedHamming, FarHamming, GapHamming, OrthogonalVectors, ThresholdProduct

P = TypeVar("P", bound=Problem)
Vectors = OrthogonalVectors | GapHamming | FarHamming | ThresholdProduct
Notes = Mapping[str, str]

SUFFIXES: Mapping[type[Problem], tuple[str, ...]] = {
    CNF: (".cnf", ".cnf.gz"),
    OrthogonalVectors: (".npz",),
    GapHamming: (".npz",),
    BalancedHamming: (".npz",),
    FarHamming: (".npz",),
    ThresholdProduct: (".npz",),
    AttentionTask: (".safetensors", ".npz"),
}
"""How a file of each problem may be named; the first is the format of standard output."""

KINDS = {problem.__name__: problem for problem in SUFFIXES}

_THRESHOLDS: Mapping[str, tuple[list[str], ...]] = {
    "OrthogonalVectors": ([],),
    "GapHamming": (["t", "t2"], ["t", "eps"]),
    "BalancedHamming": (["t", "t2"], ["t", "eps"]),
    "FarHamming": (["t", "t2"],),
    "ThresholdProduct": (["t"],),
}
_TENSOR_TYPES = {"F64": "f8", "F32": "f4", "F16": "f2"}
_FIELDS = ("scale", "mechanism", "low", "high", "rows", "logarithmic")
_DEFAULTS = {"step": 1}
_OWN = {*_FIELDS, *_DEFAULTS, "kind", "instance", "A", "B", "d", "t", "t2", "eps", "Q", "K", "V", "metadata"}
_NUMBER, _WHOLE, _STRING = ("fiu", "a number"), ("iu", "an integer"), ("U", "a string")
_SCALARS = {
    **dict.fromkeys(("scale", "low", "high", "eps"), _NUMBER),
    **dict.fromkeys(("rows", "step", "d", "t", "t2"), _WHOLE),
    **dict.fromkeys(("mechanism", "kind"), _STRING),
    "logarithmic": ("b", "a boolean"),
}
_ERRORS = (EOFError, OSError, ValueError, RuntimeError, SyntaxError, MemoryError)
_DAMAGE = (*_ERRORS, zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError, SafetensorError)
"""What zipfile, numpy.lib.format and safetensors raise for bytes that are not theirs."""


def load(path: AnyPath, *, kind: str | None = None, memory: int = MEMORY_BUDGET) -> Problem:
    """The instance in a file, `-` for standard input; `kind`, if given, is the name of the problem it must be.

    The format is told by the suffix, and by the content where the suffix is none of ours.
    Errors: `BadInput`, naming the file, for everything that is not a sound instance; `Declined`, before the arrays
    are read, where they need more than `memory` bytes.
    """
    if kind is not None and kind not in KINDS:
        raise BadInput(f"kind = {kind!r}: choose from {', '.join(KINDS)}")
    name = shown(path)
    with seekable(path, memory) as file:
        problem = _read(file, name, kind, memory)
    if kind is not None and type(problem).__name__ != kind:
        raise BadInput(f"{name} holds an instance of {type(problem).__name__}, not of {kind}")
    return problem


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
    elif isinstance(problem, AttentionTask):
        _price({key: _float64(matrix) for key, matrix in _matrices(problem).items()}, memory, f"{name}, in floats,")
        write = _write_safetensors if suffix == ".safetensors" else _write_npz
        with atomic_write(path) as stream:
            write(stream, _matrices(problem), _task_fields(problem), notes)
    elif isinstance(problem, Vectors):
        with atomic_write(path) as stream:
            _write_npz(stream, {}, _vector_fields(problem), notes)


def _suffix(problem: Problem, path: str) -> str:
    if isinstance(problem, AnyOf):
        raise BadInput("a disjunction of instances has no file format: save its members, one file each")
    suffixes = SUFFIXES.get(type(problem))
    if suffixes is None:
        raise BadInput(f"instances of {type(problem).__name__} have no file format: {', '.join(KINDS)} do")
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


def _vector_fields(problem: Vectors) -> dict[str, Any]:
    fields = {"kind": type(problem).__name__, "instance": problem.identity, "d": problem.A.d}
    thresholds = {letter: value for letter, value in problem.size.items() if letter in ("t", "t2")}
    return {**fields, **thresholds, "A": problem.A.words, "B": problem.B.words}


def _task_fields(task: AttentionTask) -> dict[str, Any]:
    inputs = task.inputs
    values = (inputs.scale, str(inputs.mechanism), float(task.low), float(task.high), int(task.rows), task.logarithmic)
    fields = {**dict(zip(_FIELDS, values, strict=True)), "step": int(task.step)}
    return {"kind": "AttentionTask", "instance": task.identity, **fields}


def _matrices(task: AttentionTask) -> dict[str, Rows]:
    return {"Q": task.inputs.Q, "K": task.inputs.K, "V": task.inputs.V}


def _write_matrix(stream: Any, matrix: Rows) -> None:
    """The values as little-endian float64, a few rows at a time."""
    step = max(1, 2**20 // column_count(matrix))
    for start in range(0, row_count(matrix), step):
        stream.write(np.ascontiguousarray(dense(matrix, slice(start, start + step)), dtype="<f8").tobytes())


def _write_npz(stream: BinaryIO, matrices: Mapping[str, Rows], fields: Mapping[str, Any], notes: Notes) -> None:
    with zipfile.ZipFile(stream, "w") as archive:
        for key, value in {**fields, "metadata": json.dumps(dict(notes))}.items():
            with archive.open(zipfile.ZipInfo(f"{key}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(value), allow_pickle=False)
        for key, matrix in matrices.items():
            header = {"descr": "<f8", "fortran_order": False, "shape": (row_count(matrix), column_count(matrix))}
            with archive.open(zipfile.ZipInfo(f"{key}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array_header_1_0(member, header)
                _write_matrix(member, matrix)


def _write_safetensors(stream: BinaryIO, matrices: Mapping[str, Rows], fields: Mapping[str, Any], notes: Notes) -> None:
    """The format by hand, so that Q and K are never whole in memory: length, JSON header, data (8-byte aligned)."""
    strings = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in fields.items()}
    header: dict[str, Any] = {"__metadata__": {**strings, **notes}}
    end = 0
    for key, matrix in matrices.items():
        start, end = end, end + 8 * row_count(matrix) * column_count(matrix)
        shape = [row_count(matrix), column_count(matrix)]
        header[key] = {"dtype": "F64", "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    stream.write(struct.pack("<Q", len(text)) + text)
    for matrix in matrices.values():
        _write_matrix(stream, matrix)


def _read(file: str, name: str, kind: str | None, memory: int) -> Problem:
    form = _format(file, name)
    if form == "dimacs":
        with open(file, "rb") as stream:
            return dimacs.read_stream(stream, name, memory)
    try:
        if form == "safetensors":
            with safe_open(file, framework="np") as tensors:
                return _task_of_tensors(tensors, memory)
        with zipfile.ZipFile(file) as archive:
            arrays = Archive(archive)
            if "Q" in arrays.keys:
                return _task_of_arrays(arrays, memory)
            return _vectors(arrays, kind, memory)
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from None
    except _DAMAGE as error:
        raise BadInput(f"{name}: damaged, or not a .{form} file ({error}): make it again") from None


def _format(file: str, name: str) -> str:
    """By the suffix of the name, else by content: zip archives and safetensors show themselves, the rest is text."""
    for suffix, form in ((".npz", "npz"), (".safetensors", "safetensors"), (".cnf", "dimacs"), (".gz", "dimacs")):
        if name.lower().endswith(suffix):
            return form
    with open(file, "rb") as stream:
        start = stream.read(9)
    if start.startswith(b"PK"):
        return "npz"
    return "safetensors" if start[8:] == b"{" else "dimacs"


def _float64(matrix: Rows) -> Header:
    return Header((row_count(matrix), column_count(matrix)), np.dtype(np.float64))


def _vectors(arrays: Archive, kind: str | None, memory: int) -> Problem:
    headers = {key: arrays.table(key) for key in ("A", "B")}
    A, B = _bits(arrays, headers, memory)
    if A.d != B.d:
        raise BadInput(f"A has {A.d} columns and B has {B.d}: both lists need the same")
    kind, gap = _question(arrays, kind)
    values = [arrays.scalar(key, *_SCALARS[key]) for key in gap]
    if not np.all(np.isfinite(values)):
        raise BadInput(f"eps = {values[1]}: it must be finite")
    return _checked(posed(kind, A, B, dict(zip(gap, values, strict=True))), arrays.instance)


def posed(kind: str, A: BitMatrix, B: BitMatrix, thresholds: Mapping[str, float]) -> Vectors:
    """The instance of the kind (a key of KINDS) with the thresholds t, t2 and eps given. Errors: `BadInput` for others than
    the kind takes.
    """
    if list(thresholds) not in _THRESHOLDS.get(kind, ()):
        raise BadInput(
            f"A and B of kind {kind} with {' and '.join(thresholds) or 'no threshold'}: GapHamming and BalancedHamming take "
            f"t and one of t2 and eps, FarHamming t and t2, ThresholdProduct t, OrthogonalVectors none"
        )
    made: Any = KINDS[kind]
    problem: Vectors = (made.with_eps if "eps" in thresholds else made)(A, B, *thresholds.values())
    return problem


def _question(arrays: Archive, kind: str | None) -> tuple[str, list[str]]:
    """What the file, or else the caller, says is asked of A and B, and the keys of its thresholds."""
    gap: list[str] = [key for key in ("t", "t2", "eps") if key in arrays.keys]
    stored = arrays.scalar("kind", *_SCALARS["kind"]) if "kind" in arrays.keys else kind
    if stored is None and "t" not in gap:
        raise BadInput("A and B without kind and without t: give --t with --t2 or --eps, --kind ov, or --nearest")
    return stored or "GapHamming", gap


def _bits(arrays: Archive, headers: Mapping[str, Header], memory: int) -> tuple[BitMatrix, BitMatrix]:
    A, B = headers["A"], headers["B"]
    size = {"n": A.shape[0], "m": B.shape[0], "d": A.shape[1]}
    if "d" not in arrays.keys:
        packed = packed_bytes(A.shape[0], A.shape[1]) + packed_bytes(B.shape[0], B.shape[1])
        within(A.bytes(3) + B.bytes(3) + packed, memory, "reading A and B", size)
        return _packed(arrays, "A"), _packed(arrays, "B")
    d = arrays.scalar("d", *_SCALARS["d"])
    for key, header in headers.items():
        if header.dtype != np.uint64 or d < 0:
            raise BadInput(f"d = {d} and {key} of type {header.dtype}: d >= 0 goes with packed words, of type uint64")
    within(A.bytes(16) + B.bytes(16), memory, "reading A and B", {**size, "d": d})
    return BitMatrix(arrays.array("A"), d), BitMatrix(arrays.array("B"), d)


def _packed(arrays: Archive, key: str) -> BitMatrix:
    try:
        return BitMatrix.of(arrays.array(key))
    except BadInput as error:
        raise BadInput(f"{key}: {error}") from None


def _task_of_arrays(arrays: Archive, memory: int) -> AttentionTask:
    _check_kind(arrays.scalar("kind", *_SCALARS["kind"]) if "kind" in arrays.keys else None)
    headers = {key: arrays.table(key) for key in ("Q", "K", "V")}
    _price(headers, memory, "reading Q, K and V")
    present = (*_FIELDS, *(key for key in _DEFAULTS if key in arrays.keys))
    fields = {key: arrays.scalar(key, *_SCALARS[key]) for key in present}
    return _task({key: arrays.array(key) for key in headers}, fields, arrays.instance)


def _task_of_tensors(tensors: Any, memory: int) -> AttentionTask:
    found = set(tensors.keys())
    if not {"Q", "K", "V"} <= found:
        raise BadInput(f"the tensors are {', '.join(sorted(found)) or 'none'}: an attention task has Q, K and V")
    notes: dict[str, str] = tensors.metadata() or {}
    _check_kind(notes.get("kind"))
    if missing := [key for key in _FIELDS if key not in notes]:
        raise BadInput(f"the metadata lacks {', '.join(missing)}: give {', '.join(_FIELDS)} as strings")
    headers = {}
    for key in ("Q", "K", "V"):
        part = tensors.get_slice(key)
        if part.get_dtype() not in _TENSOR_TYPES or len(part.get_shape()) != 2:
            raise BadInput(f"{key} is {part.get_dtype()} of shape {part.get_shape()}: give a matrix of F64, F32 or F16")
        headers[key] = Header(tuple(part.get_shape()), np.dtype(_TENSOR_TYPES[part.get_dtype()]))
    _price(headers, memory, "reading Q, K and V")
    matrices = {key: tensors.get_tensor(key) for key in headers}
    for matrix in matrices.values():
        matrix.setflags(write=False)
    present = (*_FIELDS, *(key for key in _DEFAULTS if key in notes))
    return _task(matrices, {key: _parsed(key, notes[key]) for key in present}, notes.get("instance"))


def _check_kind(kind: str | None) -> None:
    """Errors: `BadInput` where a file with Q, K and V says that it is something else."""
    if kind not in (None, AttentionTask.__name__):
        raise BadInput(f"kind = {kind!r}, and there are Q, K and V: that is an AttentionTask")


def _parsed(key: str, text: str) -> Any:
    """The value of a metadata string. Errors: `BadInput`."""
    try:
        if key == "mechanism":
            return text
        if key == "logarithmic":
            return {"true": True, "false": False}[text.lower()]
        return int(text) if key in ("rows", "step") else float(text)
    except (ValueError, KeyError):
        what = {"rows": "an integer", "step": "an integer", "logarithmic": "true or false"}.get(key, "a number")
        raise BadInput(f"the metadata has {key} = {text!r}: give {what}") from None


def _price(headers: Mapping[str, Header], memory: int, what: str) -> None:
    size = {"n": headers["Q"].shape[0], "m": headers["K"].shape[0], "d": headers["Q"].shape[1]}
    within(sum(header.price for header in headers.values()), memory, what, size)


def _task(matrices: Mapping[str, Array], fields: Mapping[str, Any], instance: str | None) -> AttentionTask:
    scale, low, high = (float(fields[key]) for key in ("scale", "low", "high"))
    inputs = Attention(matrices["Q"], matrices["K"], matrices["V"], scale, Mechanism.of(fields["mechanism"]))
    fields = {**_DEFAULTS, **fields}
    return _checked(AttentionTask(inputs, low, high, fields["rows"], fields["logarithmic"], fields["step"]), instance)


def _checked(problem: P, instance: str | None) -> P:
    """`problem`, if it is what was saved. Errors: `BadInput`."""
    if instance is not None and instance != problem.identity:
        raise BadInput(f"the identity is {problem.identity} and was {instance} when saved: fetch the file again")
    return problem
