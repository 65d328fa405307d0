"""Attention: Q and K as pixels, and how the lit row spreads its weight over the keys."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from math import exp, log
from typing import Any

import numpy as np

from hardlab.pages.panels import WIDTH
from hardlab.pages.text import number
from hardlab.runs.page.chosen import ALL, COLUMNS, chosen
from hardlab.runs.page.lighting import Lights
from hardlab.runs.page.pixels import Grid, named
from hardlab.runs.page.svg import framed, sign
from hardlab.runs.weights import VALUES, best_keys, ln_sum, log_shares
from instances.coded import Floats
from instances.problem import Witness
from instances.task import AttentionTask

Picture = Mapping[str, Any]

LEVELS = {"=": "minus2", "-": "minus1", "+": "plus1", "#": "plus2"}
"""Cells: below minus half of the largest entry, below 0, above 0, above half of it; zeros have no pixel."""

MEANING = {
    "plus2": "large",
    "plus1": "small and positive",
    "minus1": "small and negative",
    "minus2": "large and negative",
}

PRODUCTS, WEIGHTS = 2**33, 2**24
"""Products of entries that may go into weights, and weights that are held at a time."""

LEAST = 1e-4
"""Shares below it are shown as powers of ten."""

HEIGHT, LEFT, BOTTOM, TOP = 150.0, 56.0, 30.0, 16.0


def seen(problem: AttentionTask, ways: Mapping[int, Witness], names: Sequence[tuple[int, str]]) -> dict[str, Any]:
    """Entries by `LEVELS`, V by its values, and of each row that is drawn its weights: of drawn keys, and of all by value.

    Weights are in float64 from the definition, as shares of the row's sum.
    """
    inputs = problem.inputs
    values, kinds, counts = np.unique(inputs.V[:, 0], return_inverse=True, return_counts=True)
    told = range(len(values)) if len(values) <= VALUES else range(0)
    rows = [row for row in ways if 0 <= row < inputs.n]
    weighed = rows[: max(1, min(PRODUCTS // (inputs.m * inputs.d), WEIGHTS // inputs.m))]
    sums, shares = log_shares(inputs, weighed)
    best = best_keys(inputs, shares)
    ends = [int(np.flatnonzero(kinds == k)[end]) for k in told for end in (0, -1)]
    keys = chosen(inputs.m, [*dict.fromkeys(best), *ends])
    queries = chosen(inputs.n, rows) if inputs.n <= ALL else sorted(rows)
    return {
        "kind": "attention",
        "columns": [min(inputs.d, COLUMNS), inputs.d],
        "Q": {"of": inputs.n, "rows": queries, "cells": _levels(inputs.queries, queries)},
        "K": {"of": inputs.m, "rows": keys, "cells": _levels(inputs.keys, keys)},
        "V": [float(inputs.V[j, 0]) for j in keys],
        "values": [[float(values[k]), int(counts[k])] for k in told],
        "different": len(values),
        "scale": inputs.scale,
        "mechanism": str(inputs.mechanism),
        "normalised": inputs.mechanism.normalised,
        "names": [list(name) for name in names],
        "weights": {
            str(row): {
                "best": best[place],
                "keys": [_short(np.exp(shares[place, j])) for j in keys],
                "ln_values": [_short(ln_sum(shares[place, kinds == k])) for k in told],
                "ln_sum": float(f"{sums[place]:.6g}"),
            }
            for place, row in enumerate(weighed)
        },
    }


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def _levels(block: Callable[[slice], Floats], rows: Sequence[int]) -> list[str]:
    """The entries of these rows by `LEVELS`, against the largest of them."""
    entries = [block(slice(i, i + 1))[0].tolist() for i in rows]
    half = max((abs(x) for row in entries for x in row), default=0.0) / 2
    return ["".join(_level(x, half) for x in row[:COLUMNS]) for row in entries]


def _level(x: float, half: float) -> str:
    if x > 0:
        return "#" if x > half else "+"
    return "." if x == 0 else "=" if x < -half else "-"


def drawn(picture: Picture, lights: Lights) -> Iterator[str]:
    """Q, then K with V at its rows' ends, then the weights of the lit row."""
    for row, weights in picture["weights"].items():
        lights.lit(row, [f".q{int(row)}", f".k{int(weights['best'])}"])
    links = {int(row): int(row) for row in picture["weights"] if int(row) in lights.links}
    yield '<div class="lists">'
    yield from _matrix(picture, "Q", "queries", links, [""] * len(picture["Q"]["rows"]), {})
    ends = {int(j): _side(picture, v) for j, v in zip(picture["K"]["rows"], picture["V"], strict=True)}
    yield from _matrix(picture, "K", "keys", {}, [f", value {number(v)}" for v in picture["V"]], ends)
    yield "</div>"
    mark = '<path class="px {}" d="M0 5h10"/>'
    signs = [f"{sign(mark.format(kind))} {words}" for kind, words in MEANING.items()]
    yield f'<p class="quiet">{", ".join(signs)}; nothing: 0. '
    if picture["columns"][0] < picture["columns"][1]:
        yield f"The first {int(picture['columns'][0])} of {int(picture['columns'][1]):,} columns are drawn. "
    yield f"{_values(picture)}</p>"
    yield from named(picture["names"])
    for row, weights in picture["weights"].items():
        yield from _weights(picture, int(row), weights)


def _matrix(
    picture: Picture, name: str, called: str, links: Mapping[int, int], more: Sequence[str], ends: Mapping[int, str]
) -> Iterator[str]:
    rows, of = picture[name]["rows"], int(picture[name]["of"])
    said = f"{name}: {'all' if len(rows) == of else f'{len(rows)} of'} {of:,} {called}"
    cells = [
        (int(i), str(row), f"row {i} of {name}{also}") for i, row, also in zip(rows, picture[name]["cells"], more, strict=True)
    ]
    yield f"<figure><figcaption>{said}</figcaption>"
    yield from Grid(said, name.lower(), cells, LEVELS, picture["names"], links, ends).drawn()
    yield "</figure>"


def _side(picture: Picture, value: float) -> str:
    """Keys of the largest value stand for the data; the others are there to compare, where they can be told apart."""
    return "data" if float(value) == max((float(v) for v, _ in picture["values"]), default=float(value)) else "other"


def _values(picture: Picture) -> str:
    """V in words: how many keys have which value."""
    if not picture["values"]:
        return f"V has {int(picture['different']):,} different values."
    has = {True: "key has", False: "keys have"}
    said = [f"{int(count):,} {has[count == 1]} the value {escape(number(v))}" for v, count in picture["values"]]
    if len(said) == 1:
        return f"{said[0][:1].upper()}{said[0][1:]}."
    data, other = (sign(f'<path class="end-mark {kind}" d="M0 5h10"/>') for kind in ("data", "other"))
    more = f"{'; '.join(reversed(said[:-1]))}, {other}"
    return f"{said[-1]} (the data, {data}); {more}."


def _weights(picture: Picture, row: int, weights: Mapping[str, Any]) -> Iterator[str]:
    """Bars over the keys for one row, those of the data apart from the others."""
    keys, bottom = picture["K"]["rows"], HEIGHT - BOTTOM
    each = (WIDTH - LEFT - 8) / max(1, len(keys))
    tall = max([1e-300, *(float(w) for w in weights["keys"])])
    paths = {"data": "", "other": ""}
    for place, (w, v) in enumerate(zip(weights["keys"], picture["V"], strict=True)):
        h = (bottom - TOP) * float(w) / tall
        if h > 0.05:
            bar = f"M{LEFT + each * place:.1f} {bottom:g}v{-h:.1f}h{max(0.8, each - 1):.1f}v{h:.1f}z"
            paths[_side(picture, v)] += bar
    of = int(picture["K"]["of"])
    said = f"share of the weight, on {'all' if len(keys) == of else f'{len(keys)} of'} {of:,} keys"
    yield f'<figure class="of r{row}"><figcaption><b>Row {row}</b> {_shares_said(picture, weights)}</figcaption>'
    yield framed(f"weights of row {row} over the keys", WIDTH, HEIGHT)
    yield f'<path class="axis" d="M{LEFT:g} {bottom:g}H{WIDTH - 8:g}"/>'
    yield "".join(f'<path class="weights {kind}" d="{path}"/>' for kind, path in paths.items() if path)
    yield f'<text class="faint end" x="{LEFT - 4:g}" y="{TOP + 4:g}">{escape(number(float(f"{tall:.2g}")))}</text>'
    yield f'<text class="faint end" x="{LEFT - 4:g}" y="{bottom:g}">0</text>'
    yield f'<text class="faint middle" x="{(LEFT + WIDTH - 8) / 2:g}" y="{HEIGHT - 8:g}">{said}</text></svg></figure>'


def _shares_said(picture: Picture, weights: Mapping[str, Any]) -> str:
    """Where a row's weight goes, and what the row answers by that."""
    shares = zip(picture["values"], weights["ln_values"], strict=False)
    parts = [f"{_share(ln)} of its weight on keys of value {escape(number(v))}" for (v, _), ln in shares]
    best = f"{'its best key of the data is' if parts else 'gives most weight to'} k<sub>{int(weights['best'])}</sub>."
    said = f"puts {', '.join(reversed(parts))}; {best}" if parts else best
    if picture["normalised"]:
        return f"{said} Its exact output is the mean of the values by these shares."
    return f"{said} Rows are not normalised here: its weights add up to e<sup>{escape(number(weights['ln_sum']))}</sup>."


def _share(ln: float | None) -> str:
    """A share by its logarithm, which is null where it is minus infinity."""
    if ln is None:
        return "nothing"
    share = exp(min(float(ln), 0.0))
    return escape(number(float(f"{share:.3g}"))) if share >= LEAST else f"10<sup>{float(ln) / log(10):.1f}</sup>"
