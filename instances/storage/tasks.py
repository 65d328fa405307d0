"""Tasks of attention as files: Q, K and V in floats, the thresholds and the mechanism beside them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from instances.coded import Rows, column_count, row_count
from instances.faults import BadInput
from instances.mechanism import Mechanism
from instances.memory import within
from instances.npz import Archive, Array, Header
from instances.storage.fields import SCALARS, checked
from instances.task import Attention, AttentionTask

_TENSOR_TYPES = {"F64": "f8", "F32": "f4", "F16": "f2"}
_OTHER_TYPES = {**_TENSOR_TYPES, "I64": "i8", "I32": "i4", "BOOL": "?"}
FIELDS = ("scale", "mechanism", "low", "high", "rows", "logarithmic")
DEFAULTS = {"step": 1}
ARRAYS: Mapping[str, tuple[int, str]] = {
    **dict.fromkeys(("queries", "keys", "read"), (1, "iu")),
    "keep": (1, "b"),
    "mask": (2, "b"),
    "slopes": (1, "f"),
    "bias": (2, "f"),
}
"""What a file may have beside Q, K and V: how many axes each array has, and of what kinds its entries are."""


def task_fields(task: AttentionTask) -> dict[str, Any]:
    inputs = task.inputs
    values = (inputs.scale, inputs.mechanism.word, float(task.low), float(task.high), int(task.rows), task.logarithmic)
    fields = {**dict(zip(FIELDS, values, strict=True)), "step": int(task.step)}
    return {"kind": "AttentionTask", "instance": task.identity, **fields}


def matrices(task: AttentionTask) -> dict[str, Rows]:
    return {"Q": task.inputs.Q, "K": task.inputs.K, "V": task.inputs.V}


def float64(matrix: Rows) -> Header:
    return Header((row_count(matrix), column_count(matrix)), np.dtype(np.float64))


def task_of_arrays(arrays: Archive, memory: int) -> AttentionTask:
    _check_kind(arrays.scalar("kind", *SCALARS["kind"]) if "kind" in arrays.keys else None)
    headers = {key: arrays.table(key) for key in ("Q", "K", "V")}
    others = {key: _checked(key, arrays.header(key)) for key in ARRAYS if key in arrays.keys}
    price({**headers, **others}, memory, _reading(others))
    present = (*FIELDS, *(key for key in DEFAULTS if key in arrays.keys))
    fields = {key: arrays.scalar(key, *SCALARS[key]) for key in present}
    return _task({key: arrays.array(key) for key in (*headers, *others)}, fields, arrays.instance)


def task_of_tensors(tensors: Any, memory: int) -> AttentionTask:
    found = set(tensors.keys())
    if not {"Q", "K", "V"} <= found:
        raise BadInput(f"the tensors are {', '.join(sorted(found)) or 'none'}: an attention task has Q, K and V")
    notes: dict[str, str] = tensors.metadata() or {}
    _check_kind(notes.get("kind"))
    if missing := [key for key in FIELDS if key not in notes]:
        raise BadInput(f"the metadata lacks {', '.join(missing)}: give {', '.join(FIELDS)} as strings")
    headers = {}
    for key in ("Q", "K", "V"):
        part = tensors.get_slice(key)
        if part.get_dtype() not in _TENSOR_TYPES or len(part.get_shape()) != 2:
            raise BadInput(f"{key} is {part.get_dtype()} of shape {part.get_shape()}: give a matrix of F64, F32 or F16")
        headers[key] = Header(tuple(part.get_shape()), np.dtype(_TENSOR_TYPES[part.get_dtype()]))
    others = {key: _checked(key, _other(key, tensors.get_slice(key))) for key in ARRAYS if key in found}
    price({**headers, **others}, memory, _reading(others))
    matrices = {key: tensors.get_tensor(key) for key in (*headers, *others)}
    for matrix in matrices.values():
        matrix.setflags(write=False)
    present = (*FIELDS, *(key for key in DEFAULTS if key in notes))
    return _task(matrices, {key: _parsed(key, notes[key]) for key in present}, notes.get("instance"))


def _other(key: str, part: Any) -> Header:
    if part.get_dtype() not in _OTHER_TYPES:
        raise BadInput(f"{key} is {part.get_dtype()} of shape {part.get_shape()}: give {', '.join(_OTHER_TYPES)}")
    return Header(tuple(part.get_shape()), np.dtype(_OTHER_TYPES[part.get_dtype()]))


def _checked(key: str, header: Header) -> Header:
    """Errors: `BadInput` for an array that is not what goes by this name."""
    axes, kinds = ARRAYS[key]
    if len(header.shape) != axes or header.dtype.kind not in kinds:
        what = {"iu": "integers", "b": "booleans", "f": "floats"}[kinds]
        raise BadInput(f"{key} has the shape {header.shape} and the type {header.dtype!s:.60}: give {what} with {axes} axes")
    return header


def _reading(others: Mapping[str, Header]) -> str:
    names = ["Q", "K", "V", *others]
    return f"reading {', '.join(names[:-1])} and {names[-1]}"


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


def price(headers: Mapping[str, Header], memory: int, what: str) -> None:
    size = {"n": headers["Q"].shape[0], "m": headers["K"].shape[0], "d": headers["Q"].shape[1]}
    within(sum(header.price for header in headers.values()), memory, what, size)


def _task(matrices: Mapping[str, Array], fields: Mapping[str, Any], instance: str | None) -> AttentionTask:
    scale, low, high = (float(fields[key]) for key in ("scale", "low", "high"))
    others = {key: array for key, array in matrices.items() if key in ARRAYS}
    read = others.pop("read", None)
    inputs = Attention(matrices["Q"], matrices["K"], matrices["V"], scale, Mechanism.of(fields["mechanism"], others))
    fields = {**DEFAULTS, **fields}
    return checked(AttentionTask(inputs, low, high, fields["rows"], fields["logarithmic"], fields["step"], read), instance)
