"""The records of the smaller verbs as text for people."""

from collections.abc import Mapping, Sequence
from math import isfinite, log10
from typing import Any

from hardlab.runs.text import table

Record = Mapping[str, Any]
Columns = tuple[tuple[str, ...], list[tuple[object, ...]]]

COLUMNS = ("count", "n", "m", "d", "t", "eps", "B", "margin", "bytes", "pairs")


def search_text(record: Record) -> str:
    """A search for a nearest pair: the pair, the bounds on its distance, and what was asked at each t."""
    size = " ".join(f"{letter}={value}" for letter, value in record["size"].items())
    if record["pair"] is None:
        lines = [f"UNKNOWN: {record['reason']}"]
    else:
        i, j = record["pair"]
        lines = [f"pair: row {i} of A and row {j} of B, at distance {record['distance']}", record["reason"]]
    if record["minimum"] is not None:
        verdict = "holds" if record["holds"] else "DOES NOT HOLD"
        lines.append(f"oracle: the least distance of all pairs is {record['minimum']}: the guarantee {verdict}")
    if record["asked"]:
        asked = [(ask["t"], "yes" if ask["yes"] else "no", ask["by"]) for ask in record["asked"]]
        lines += ["", table(("t", "some row within t?", "asked of"), asked, left=("some row within t?", "asked of"))]
    lines += ["", f"{size}   eps: {record['eps']:g}   chain: {record['chain']}   asked: {record['algorithm']}"]
    return "\n".join([*lines, f"seconds: {record['seconds']:.2f}"])


def chains_text(record: Record) -> str:
    """Every path with the figures at each hop: the bound from the sizes, and the actual ones below it."""
    seeds = record["seeds"]
    mean = [f"actual: mean of {len(seeds)} formulas, seeds {seeds[0]} to {seeds[-1]}"] if len(seeds) > 1 else []
    return "\n\n".join([*mean, *(_path_text(path) for path in record["paths"])])


def _path_text(path: Record) -> str:
    lines = [path["chain"]]
    figures = [figures for hop in path["hops"] for figures in (hop["bound"], hop["actual"]) if figures]
    if figures:
        shown = [name for name in COLUMNS if any(name in one and (name, one[name]) != ("count", 1) for one in figures)]
        rows = [row for hop in path["hops"] for row in _hop_rows(hop, shown)]
        lines.append(table(("problem", "", *shown), rows, left=("problem", "")))
    else:
        lines += [f"  {edge['name']}: {edge['claim']} ({edge['theorem']})" for edge in path["edges"]]
    if path["declined"]:
        lines.append(f"declined: {path['declined']}")
    lines.append(f"rests on: {path['hypothesis']['name']} ({path['hypothesis']['text']})")
    return "\n".join(lines)


def _hop_rows(hop: Record, shown: Sequence[str]) -> list[tuple[str, ...]]:
    """The bound and below it the actual figures; one line where they are the same."""
    lines = {"bound": hop["bound"], "actual": hop["actual"]}
    if hop["bound"] == hop["actual"]:
        lines = {"": hop["bound"]}
    given = [(what, figures) for what, figures in lines.items() if figures]
    return [
        ("" if i else hop["problem"], what, *(_figure(figures, name) for name in shown))
        for i, (what, figures) in enumerate(given)
    ]


def _figure(figures: Record, name: str) -> str:
    if name not in figures:
        return ""
    return _small(figures["margin"], figures["margin_log10"]) if name == "margin" else _number(figures[name])


def _number(value: float) -> str:
    """Whole numbers below 10^7 as they are, others from 10 to 10^7 with one digit after the point, the rest with three."""
    if value >= 10**300:
        return f"10^{log10(value):.1f}"
    if isinstance(value, int):
        return f"{value:,}" if value < 10**7 else f"{float(value):.3g}"
    return f"{value:,.1f}" if 10 <= value < 10**7 else f"{value:.3g}"


def _small(value: float, exponent: float) -> str:
    if not isfinite(exponent):
        return "underflow"
    return f"{value:.3g}" if 1e-3 <= value < 1e6 and isfinite(value) else f"10^{exponent:.1f}"


def listing_text(record: Mapping[str, Sequence[Record]]) -> str:
    """What is installed, part by part; what is wrong with a plug-in at the end of its part."""
    parts = []
    for part, items in record.items():
        columns, rows = {"families": _families, "reductions": _reductions}.get(part, _named)(items)
        parts.append(f"{part}\n{table(columns, rows, left=columns)}")
        parts[-1] += "".join(
            f"\nproblem: {item['name']} of {item['from']}: {item['problem']}" for item in items if item.get("problem")
        )
    return "\n\n".join(parts)


def _named(items: Sequence[Record]) -> Columns:
    rows: list[tuple[object, ...]] = [(item["name"], item["from"], _about(item)) for item in items]
    return ("name", "from", "about"), rows


def _about(item: Record) -> str:
    decides = f"decides {' and '.join(item['decides'])}. " if item.get("decides") else ""
    return decides + str(item["about"])


def _families(items: Sequence[Record]) -> Columns:
    rows: list[tuple[object, ...]] = [(item["name"], item["makes"], _parameters(item), item["about"]) for item in items]
    return ("name", "makes", "parameters", "about"), rows


def _reductions(items: Sequence[Record]) -> Columns:
    rows: list[tuple[object, ...]] = [
        (
            item["name"],
            item["from"],
            f"{item['source']} to {item['target']}{' (any of many)' if item['disjunction'] else ''}",
            _parameters(item),
            f"{item['claim']} ({item['theorem']})",
        )
        for item in items
        if "claim" in item
    ]
    return ("name", "from", "edge", "parameters", "theorem"), rows


def _parameters(item: Record) -> str:
    return " ".join(p["name"] if p["required"] else f"{p['name']}={p['default']}" for p in item["parameters"])


def graph_text(edges: Sequence[Record]) -> str:
    """One line an edge."""
    rows = [
        (edge["name"], edge["source"], edge["target"], "any of many" if edge["disjunction"] else "", edge["claim"])
        for edge in edges
    ]
    columns = ("edge", "source", "target", "", "claim")
    return table(columns, rows, left=columns)
