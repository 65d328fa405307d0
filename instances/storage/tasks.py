"""Tasks of attention and of its gradients as files: the matrices in floats, the thresholds and the mechanism beside them."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from instances.coded import Rows, column_count, row_count
from instances.faults import BadInput
from instances.gradients import Gradient, GradientTask
from instances.mechanism import Mechanism
from instances.memory import within
from instances.npz import Archive, Array, Header
from instances.storage.fields import SCALARS, checked
from instances.task import Attention, AttentionTask

_TENSOR_TYPES = {"F64": "f8", "F32": "f4", "F16": "f2"}
_OTHER_TYPES = {**_TENSOR_TYPES, "I64": "i8", "I32": "i4", "BOOL": "?"}
Task = AttentionTask | GradientTask
FIELDS: Mapping[str, tuple[str, ...]] = {
    "AttentionTask": ("scale", "mechanism", "low", "high", "rows", "logarithmic"),
    "GradientTask": ("scale", "mechanism", "low", "high", "of", "column"),
}
MATRICES: Mapping[str, tuple[str, ...]] = {"AttentionTask": ("Q", "K", "V"), "GradientTask": ("Q", "K", "V", "dO")}
DEFAULTS = {"step": 1}
ARRAYS: Mapping[str, tuple[int, str]] = {
    **dict.fromkeys(("queries", "keys", "read"), (1, "iu")),
    "keep": (1, "b"),
    "mask": (2, "b"),
    "slopes": (1, "f"),
    "bias": (2, "f"),
}
"""What a file may have beside its matrices: how many axes each array has, and of what kinds its entries are."""


def task_fields(task: Task) -> dict[str, Any]:
    inputs, kind = task.inputs, type(task).__name__
    fields = {"scale": inputs.scale, "mechanism": inputs.mechanism.word, "low": float(task.low), "high": float(task.high)}
    if isinstance(task, GradientTask):
        fields |= {"of": task.inputs.of, "column": task.inputs.column}
    else:
        fields |= {"rows": int(task.rows), "logarithmic": task.logarithmic, "step": int(task.step)}
    return {"kind": kind, "instance": task.identity, **fields}


def matrices(task: Task) -> dict[str, Rows]:
    return {key: getattr(task.inputs, key) for key in MATRICES[type(task).__name__]}


def float64(matrix: Rows) -> Header:
    return Header((row_count(matrix), column_count(matrix)), np.dtype(np.float64))


def task_of_arrays(arrays: Archive, memory: int) -> Task:
    kind = _kind(arrays.scalar("kind", *SCALARS["kind"]) if "kind" in arrays.keys else None, arrays.keys)
    headers = {key: arrays.table(key) for key in MATRICES[kind]}
    others = {key: _checked(key, arrays.header(key)) for key in ARRAYS if key in arrays.keys}
    price({**headers, **others}, memory, _reading([*headers, *others]))
    present = (*FIELDS[kind], *(key for key in DEFAULTS if key in arrays.keys))
    fields = {key: arrays.scalar(key, *SCALARS[key]) for key in present}
    return _task(kind, {key: arrays.array(key) for key in (*headers, *others)}, fields, arrays.instance)


def task_of_tensors(tensors: Any, memory: int) -> Task:
    found = set(tensors.keys())
    if not {"Q", "K", "V"} <= found:
        raise BadInput(f"the tensors are {', '.join(sorted(found)) or 'none'}: an attention task has Q, K and V")
    notes: dict[str, str] = tensors.metadata() or {}
    kind = _kind(notes.get("kind"), found)
    if missing := [key for key in FIELDS[kind] if key not in notes]:
        raise BadInput(f"the metadata lacks {', '.join(missing)}: give {', '.join(FIELDS[kind])} as strings")
    headers = {}
    for key in MATRICES[kind]:
        part = tensors.get_slice(key)
        if part.get_dtype() not in _TENSOR_TYPES or len(part.get_shape()) != 2:
            raise BadInput(f"{key} is {part.get_dtype()} of shape {part.get_shape()}: give a matrix of F64, F32 or F16")
        headers[key] = Header(tuple(part.get_shape()), np.dtype(_TENSOR_TYPES[part.get_dtype()]))
    others = {key: _checked(key, _other(key, tensors.get_slice(key))) for key in ARRAYS if key in found}
    price({**headers, **others}, memory, _reading([*headers, *others]))
    matrices = {key: tensors.get_tensor(key) for key in (*headers, *others)}
    for matrix in matrices.values():
        matrix.setflags(write=False)
    present = (*FIELDS[kind], *(key for key in DEFAULTS if key in notes))
    return _task(kind, matrices, {key: _parsed(key, notes[key]) for key in present}, notes.get("instance"))


def _other(key: str, part: Any) -> Header:
    if part.get_dtype() not in _OTHER_TYPES:
        raise BadInput(f"{key} is {part.get_dtype()} of shape {part.get_shape()}: give {', '.join(_OTHER_TYPES)}")
    return Header(tuple(part.get_shape()), np.dtype(_OTHER_TYPES[part.get_dtype()]))


def _checked(key: str, header: Header) -> Header:
    """Errors: `BadInput` for an array that is not what goes by this name."""
    axes, kinds = ARRAYS[key]
    if len(header.shape) != axes or header.dtype.kind not in kinds:
        what = {"iu": "integers", "b": "booleans", "f": "floats"}[kinds] + (
            " with 1 axis" if axes == 1 else f" with {axes} axes"
        )
        raise BadInput(f"{key} has the shape {header.shape} and the type {header.dtype!s:.60}: give {what}")
    return header


def _reading(names: list[str]) -> str:
    return f"reading {', '.join(names[:-1])} and {names[-1]}"


def _kind(kind: str | None, keys: Collection[str]) -> str:
    """Which task a file with Q, K and V is. Errors: `BadInput` where it says that it is something else."""
    if kind is None:
        kind = "GradientTask" if "dO" in keys else "AttentionTask"
    if kind not in FIELDS:
        raise BadInput(f"kind = {kind!r}, and there are Q, K and V: that is an AttentionTask, or with dO a GradientTask")
    if ("dO" in keys) != (kind == "GradientTask"):
        has = "it has a dO" if "dO" in keys else "it has no dO"
        raise BadInput(f"kind = {kind!r}, and {has}: a GradientTask has dO beside Q, K and V, and an AttentionTask has not")
    if kind == "GradientTask" and "read" not in keys:
        raise BadInput("a GradientTask without read: give the rows of the entries that count, as integers")
    return kind


def _parsed(key: str, text: str) -> Any:
    """The value of a metadata string. Errors: `BadInput`."""
    try:
        if key in ("mechanism", "of"):
            return text
        if key == "logarithmic":
            return {"true": True, "false": False}[text.lower()]
        return int(text) if key in ("rows", "step", "column") else float(text)
    except (ValueError, KeyError):
        what = {**dict.fromkeys(("rows", "step", "column"), "an integer"), "logarithmic": "true or false"}.get(key, "a number")
        raise BadInput(f"the metadata has {key} = {text!r}: give {what}") from None


def price(headers: Mapping[str, Header], memory: int, what: str) -> None:
    size = {"n": headers["Q"].shape[0], "m": headers["K"].shape[0], "d": headers["Q"].shape[1]}
    within(sum(header.price for header in headers.values()), memory, what, size)


def _task(kind: str, matrices: Mapping[str, Array], fields: Mapping[str, Any], instance: str | None) -> Task:
    scale, low, high = (float(fields[key]) for key in ("scale", "low", "high"))
    others = {key: array for key, array in matrices.items() if key in ARRAYS}
    read = others.pop("read", None)
    Q, K, V = (matrices[key] for key in ("Q", "K", "V"))
    mechanism = Mechanism.of(fields["mechanism"], others)
    if kind == "GradientTask" and read is not None:
        of = Gradient(Q, K, V, scale, mechanism, dO=matrices["dO"], of=fields["of"], column=fields["column"])
        return checked(GradientTask(of, low, high, read), instance)
    fields = {**DEFAULTS, **fields}
    inputs = Attention(Q, K, V, scale, mechanism)
    return checked(AttentionTask(inputs, low, high, fields["rows"], fields["logarithmic"], fields["step"], read), instance)
