"""`hardlab kde`: sums of gaussian kernels of points in .npy files, within a promised error."""

from __future__ import annotations

from time import perf_counter
from typing import Annotated, Any

import typer

from hardlab.cli.console import OK, emit_json, quiet_stdout
from hardlab.cli.options import Json, Quiet
from hardlab.cli.outputs import outputs

Matrix = Annotated[str, typer.Argument(help="An .npy file of float64 or float32, a point a row.", show_default=False)]


def kde(
    X: Matrix,
    Y: Matrix,
    bandwidth: Annotated[float, typer.Option(help="h of exp(-|x - y|^2/h^2): sqrt(2) times that of scikit-learn.")],
    output: Annotated[str, typer.Option("-o", "--output", help="The .npy file to write, a sum a row of X.")],
    weights: Annotated[str | None, typer.Option(help="An .npy file, a row of one number for each row of Y; 1.")] = None,
    rtol: Annotated[float, typer.Option(help="Part of the sum of |weight| times kernel that an answer may be off by.")] = 1e-6,
    atol: Annotated[float, typer.Option(help="What it may be off by beside that.")] = 0.0,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Kernel sums, every one within a promised error: |S' - S| <= rtol sum |w| k + atol, at any bandwidth.

    Example: hardlab kde X.npy Y.npy --bandwidth 0.1 -o S.npy
    """
    import numpy as np

    from attention import kde as summed
    from attention.files.npy import NpyMatrix
    from instances.faults import BadInput
    from instances.files import atomic_write

    outputs(inputs=(X, Y, weights), output=output)
    start = perf_counter()
    with quiet_stdout():
        x, y = (_whole(NpyMatrix.of(path)) for path in (X, Y))
        w = None if weights is None else _whole(NpyMatrix.of(weights))
        if w is not None and w.shape != (len(y), 1):
            raise BadInput(f"{weights} has the shape {w.shape}, Y has {len(y)} rows: give a row of one number for each")
        found = summed(x, y, bandwidth, weights=None if w is None else w[:, 0], rtol=rtol, atol=atol)
        with atomic_write(output) as stream:
            np.save(stream, found.values[:, None])
    record = {
        "output": output, "n": len(x), "m": len(y), "d": x.shape[1], "bandwidth": bandwidth, "rtol": found.rtol,
        "atol": found.atol, "plan": str(found.plan), "seconds": perf_counter() - start,
    }  # fmt: skip
    if json:
        emit_json(record)
    else:
        typer.echo(output if quiet else _text(record))
    return OK


def _whole(matrix: Any) -> Any:
    return matrix.read(0, matrix.rows)


def _text(r: dict[str, Any]) -> str:
    return "\n".join([
        f"{r['output']}: n = {r['n']:,}, m = {r['m']:,}, d = {r['d']}, bandwidth {r['bandwidth']:g}",
        f"boxes: {r['plan']}",
        f"promised: every sum within {r['rtol']:.3g} of sum |w| k, and {r['atol']:.3g}",
        f"seconds: {r['seconds']:.2f}",
    ])  # fmt: skip
