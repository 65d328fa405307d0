"""What run_numpy.py, run_torch.py and run_jax.py share: each call of manifest.json is put to the kernel, and its answer kept.

    python run_numpy.py mykernel:attention
    python run_torch.py mykernel.py:attention --device cuda
    python run_jax.py mykernel:attention --backward mykernel:gradients

The answer to call 7 is answers/00007.npz: T, and dQ, dK, dV where gradients are wanted, with the axes of the kernel; bfloat16
is uint16, its bits. Where there is none, answers/00007.json says why. Another program may write such files as well, also
answers/00007.safetensors. What goes back is the folder; inputs/ may be left out, since they are made anew.
"""

import argparse
import importlib
import importlib.util
import inspect
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).resolve().parent
ANSWERS = FOLDER / "answers"


class Declined(Exception):
    """The call is not for this kernel."""


class NoArray(Exception):
    """What the kernel gave is none."""


class Mutated(Exception):
    """The kernel wrote to its inputs."""


def main(library: Any) -> None:
    """Run all calls. `library` is the module that says what arrays are made of."""
    parser = argparse.ArgumentParser(description=f"Put the calls of manifest.json to a kernel of {library.NAME} arrays.")
    parser.add_argument("kernel", help="module:function or FILE.py:function")
    parser.add_argument("--backward", help="the same of its gradients, f(Q, K, V, dO, scale, ...) -> (dQ, dK, dV)")
    parser.add_argument("--device", help="where torch and JAX have their arrays, as in cuda")
    parser.add_argument("--continue", dest="again", action="store_true", help="leave the answers that are there")
    given = parser.parse_args()
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    library.start(manifest["dtype"], given.device)
    kernel = loaded(given.kernel)
    backward = None if given.backward is None else loaded(given.backward)
    about = {"kernel": given.kernel, "arrays": library.NAME, "machine": f"{platform.system()} {platform.machine()}"}
    about.update(library.about())
    said = ANSWERS / "about.json"
    if given.again and said.exists() and json.loads(said.read_text())["kernel"] != given.kernel:
        sys.exit(f"--continue: the answers that are there are of another kernel than {given.kernel}")
    ANSWERS.mkdir(exist_ok=True)
    said.write_text(json.dumps(about))
    last: list[Any] = []
    for number, call in enumerate(manifest["calls"]):
        place = ANSWERS / f"{number:05d}"
        answer, why = place.with_suffix(".npz"), place.with_suffix(".json")
        if given.again and (answer.exists() or why.exists()):
            continue
        answer.unlink(missing_ok=True)
        why.write_text(json.dumps({"kind": "crashed", "reason": "the process ended in this call"}))  # unless it comes back
        print(f"\r{number + 1} of {len(manifest['calls'])}", end="", file=sys.stderr, flush=True)
        try:
            if manifest["seed"] is not None:
                library.seed(manifest["seed"])
            found, last = answered(library, kernel, backward, call, last)
            np.savez(answer, **found)
            why.unlink()
        except KeyboardInterrupt:
            why.unlink()
            sys.exit("\ninterrupted: go on with --continue")
        except BaseException as error:
            why.write_text(json.dumps(reason(error)))
            if "CUDA error" in str(error):  # no later call would be answered
                sys.exit(f"\n{error}\nThe device is lost: go on with --continue.")
    print(file=sys.stderr)


def answered(library: Any, kernel: Any, backward: Any, call: Any, last: list[Any]) -> tuple[dict[str, Any], list[Any]]:
    """The arrays of an answer, and the operands that it was given."""
    with np.load(FOLDER / call["file"]) as stored:
        arrays = {name: stored[name] for name in stored.files}
    operands = [library.operand(arrays[name], place) for name, place in call["operands"].items()]
    if call["again"]:  # the values go into the very arrays of the call before
        operands = library.refilled(last, operands)
    words = {name: value_of(library, word, arrays) for name, word in call["words"].items()}
    words = {name: word for name, word in words.items() if name not in call["optional"] or takes(kernel, name)}
    run = called(kernel, call, words)
    kept = [library.copy(operand) for operand in operands]

    start = time.perf_counter()
    gradients: Any = ()
    if not call["gradients"]:
        output = run(*operands)
    elif backward is None:
        output, gradients = library.differentiated(run, operands)
    else:
        output = run(*operands[:3])
        gradients = backward(*operands, call["scale"], **words)
        if not isinstance(gradients, tuple | list) or len(gradients) != 3:
            raise NoArray(f"the backward pass gave a {type(gradients).__name__}, expected (dQ, dK, dV)")
    library.wait(output)
    seconds = time.perf_counter() - start
    names = ("Q", "K", "V", "dO")
    changed = [name for name, X, old in zip(names, operands, kept, strict=False) if not library.equal(X, old)]
    if changed and not call["again"]:
        raise Mutated(f"the kernel changed its input {' and '.join(changed)}")
    found = {name: library.numbers(X) for name, X in zip(("T", "dQ", "dK", "dV"), (output, *gradients), strict=False)}
    return {**found, "seconds": np.float64(seconds)}, operands


def called(kernel: Any, call: Any, words: Any) -> Any:
    """The kernel as a function of Q, K and V: the scale is given as the call says, by place, by a name, or not at all."""
    scale, by = call["scale"], call["scale_by"]
    if by is None:
        return lambda Q, K, V: kernel(Q, K, V, **words)
    if by == "place" and not takes(kernel, "scale", known=True):
        return lambda Q, K, V: kernel(Q, K, V, scale)
    name = "scale" if by == "place" else by
    return lambda Q, K, V: kernel(Q, K, V, **{name: scale}, **words)


def value_of(library: Any, word: Any, arrays: Any) -> Any:
    """The value of a keyword: an array is given by its name in the file, a list stands for a tuple."""
    if isinstance(word, dict):
        return library.other(arrays[word["array"]])
    return tuple(value_of(library, part, arrays) for part in word) if isinstance(word, list) else word


def takes(function: Any, name: str, known: bool = False) -> bool:
    """Whether a function has a parameter of that name, or may have, unless it must be `known`."""
    try:
        parameters = inspect.signature(getattr(function, "forward", function)).parameters.values()
    except (TypeError, ValueError):
        return not known
    by_name = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if any(parameter.name == name and parameter.kind in by_name for parameter in parameters):
        return True
    return not known and any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters)


def loaded(name: str) -> Any:
    """The object of module:object or FILE.py:object."""
    module, _, attribute = name.rpartition(":")
    sys.path.insert(0, str(Path.cwd()))
    try:
        if module.endswith(".py"):
            spec: Any = importlib.util.spec_from_file_location(Path(module).stem, module)
            found: Any = importlib.util.module_from_spec(spec)
            sys.modules[Path(module).stem] = found
            spec.loader.exec_module(found)
        else:
            found = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except Exception as error:
        sys.exit(f"{name} cannot be loaded: {type(error).__name__}: {error}; write module:function or FILE.py:function")
    return found() if inspect.isclass(found) else found


def reason(error: BaseException) -> Any:
    """What an exception comes to: its kind, its classes, and a line."""
    kinds: dict[type[BaseException], str] = {Declined: "declined", NoArray: "shape", Mutated: "mutated"}
    said = " ".join(str(error).split())[:500]
    classes = [each.__name__ for each in type(error).__mro__]
    return {"kind": kinds.get(type(error), "raised"), "classes": classes, "reason": said}
