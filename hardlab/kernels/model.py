"""Kernels that come as a model: FILE.onnx, and a FILE.py with `ModelNew`, as benchmarks of generated kernels have it."""

import importlib
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hardlab.kernels.peers.onnx_operator import model_inputs, run_model
from hardlab.names.loading import guarded, loaded
from instances.faults import BadInput, one_line

LARGEST_MODEL = 2**26
"""Bytes of a model file."""

CLASS = "ModelNew"

OF_INPUTS = ("gqa", "cross", "width")
"""Features that nobody has written such a file for unless its own inputs need them."""


def of_class(target: str, path: Path | None, dtype: str, device: str | None) -> Any:
    """An instance of `ModelNew` (or of the class that the target names), made of what `get_init_inputs` of its file gives; of a
    torch module in evaluation, its own numbers in that dtype.

    Errors: `BadInput` where there is no such class, it cannot be built, or does not take Q, K and V.
    """
    file, name = _parts(target)
    inputs = _beside(file, "get_init_inputs", path)
    given = [] if inputs is None else guarded(inputs, f"{target}: get_init_inputs")
    made = list(given) if isinstance(given, tuple | list) else []
    try:
        kind = loaded(f"{file}:{name}", "kernel", {}, (), path, said=target, alone=True, called=False)
    except BadInput as error:
        hint = f": name the class that is the kernel, as in {file}:Model" if f"has no {name}" in str(error) else ""
        raise BadInput(f"{error}{hint}") from None
    if not inspect.isclass(kind):
        raise BadInput(f"{target}: {name} is a {type(kind).__name__}, and a class is wanted, whose objects are kernels")
    kernel = guarded(lambda: kind(*made), f"{target}: {name}({', '.join(map(repr, made)):.60})")
    torch = importlib.import_module("torch") if hasattr(kernel, "named_buffers") else None
    if torch is not None and isinstance(kernel, torch.nn.Module):
        kernel = guarded(lambda: kernel.eval().to(device=device, dtype=getattr(torch, dtype)), f"{target}: {name}")
    forward = getattr(kernel, "forward", kernel)
    if not callable(forward) or getattr(forward, "__name__", "") == "_forward_unimplemented":
        raise BadInput(f"{target}: {name} has no forward(Q, K, V), and cannot be called")
    try:
        inspect.signature(forward).bind(None, None, None)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{target}: {name} does not take Q, K and V alone: {one_line(error)}") from None
    return kernel


def sizes_of(target: str, path: Path | None) -> tuple[int, int, int, int, int, int, int] | None:
    """b, H, G, n, m, d, v of what `get_inputs` of its file gives; None where there is none, or it fails here. No memory is
    taken for them. Errors: `BadInput` where they are not Q, K and V.
    """
    inputs = _beside(_parts(target)[0], "get_inputs", path)
    try:
        given = None if inputs is None else _without_memory(inputs)
    except Exception:  # of a device that is not here, say
        return None
    if given is None:
        return None
    shapes = [tuple(map(int, getattr(one, "shape", ()))) for one in given]
    if len(shapes) != 3 or any(len(shape) != 4 for shape in shapes):
        raise BadInput(f"{target}: get_inputs gives {_listed(shapes)}, and Q, K and V are wanted with axes (b, h, n, d)")
    (b, H, n, d), (_, G, m, _), (_, _, _, v) = shapes
    if shapes[1] != (b, G, m, d) or shapes[2] != (b, G, m, v) or min(b, H, G, n, m, d, v) < 1 or H % G:
        raise BadInput(f"{target}: get_inputs gives {_listed(shapes)}: these are no Q, K and V of one call")
    return b, H, G, n, m, d, v


def offered(parameters: Mapping[str, tuple[str, ...]], sizes: tuple[int, ...] | None) -> dict[str, tuple[str, ...]]:
    """The features of a file with inputs of these sizes."""
    _, H, G, n, m, d, v = sizes or (1,) * 7
    needed = dict(zip(OF_INPUTS, (H != G, n != m, d != v), strict=True))
    return {name: words for name, words in parameters.items() if needed.get(name, True)}


def _parts(target: str) -> tuple[str, str]:
    named = target if ":" in target.rpartition("/")[2] else f"{target}:{CLASS}"
    file, _, name = named.rpartition(":")
    return file, name


def _beside(file: str, name: str, path: Path | None) -> Any:
    """What stands beside the class under that name; None where there is nothing."""
    try:
        return loaded(f"{file}:{name}", "kernel", {}, (), path, said=file, alone=True)
    except BadInput:
        return None


def _without_memory(inputs: Any) -> Any:
    """What a function gives, its torch tensors without numbers."""
    torch: Any = importlib.import_module("torch")
    moved = {torch.Tensor.cuda, torch.Tensor.to, torch.Tensor.cpu}

    class Meta(torch.overrides.TorchFunctionMode):  # type: ignore[misc]
        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if function in moved:
                return args[0]
            with torch.device("meta"):
                return function(
                    *args, **{name: "meta" if name == "device" else given for name, given in (kwargs or {}).items()}
                )

    with Meta():
        return inputs()


def _listed(shapes: list[tuple[int, ...]]) -> str:
    return f"{len(shapes)} inputs of shape {', '.join(map(str, shapes))}" if shapes else "no inputs"


def of_file(file: Path) -> Any:
    """f(Q, K, V, mask=None) that runs the model by ONNX Runtime on the CPU: inputs by their order, the first output.

    Errors: `BadInput` where there is no such model, or no ONNX Runtime.
    """
    if not file.is_file():
        raise BadInput(f"{file}: there is no such file")
    if file.stat().st_size > LARGEST_MODEL:
        raise BadInput(f"{file} has {file.stat().st_size:,} bytes: a model of one operator has less than {LARGEST_MODEL:,}")
    try:
        importlib.import_module("onnxruntime")
    except Exception as error:
        raise BadInput(f"{file} is run by onnxruntime, which cannot be imported: {one_line(error)}") from None
    names = guarded(lambda: model_inputs(file), str(file))
    if not 3 <= len(names) <= 4:
        raise BadInput(f"{file} has the inputs {', '.join(names)}: a model of attention has Q, K, V and perhaps a mask")

    def three(Q: Any, K: Any, V: Any) -> Any:
        return run_model(file, *map(np.ascontiguousarray, (Q, K, V)))

    def masked(Q: Any, K: Any, V: Any, mask: Any = None) -> Any:
        whole = np.ones((1, 1, Q.shape[2], K.shape[2]), dtype=np.bool_) if mask is None else mask
        return run_model(file, *map(np.ascontiguousarray, (Q, K, V, whole)))

    return three if len(names) == 3 else masked
