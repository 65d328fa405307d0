"""The records of the smaller verbs as text for people."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hardlab.pages.text import figure, margin, table

if TYPE_CHECKING:
    from reductions.pricing import Figures, HopRecord, PathRecord

Columns = tuple[tuple[str, ...], list[tuple[object, ...]]]

COLUMNS = ("count", "n", "m", "d", "t", "eps", "B", "margin", "bytes", "pairs", "work")


def chains_text(record: Mapping[str, Any]) -> str:
    """Every path with the figures at each hop: the bound from the sizes, and the actual ones below it."""
    seeds = record["seeds"]
    mean = [f"actual: mean of {len(seeds)} formulas, seeds {seeds[0]} to {seeds[-1]}"] if len(seeds) > 1 else []
    return "\n\n".join([*mean, *(_path_text(path) for path in record["paths"])])


def _path_text(path: "PathRecord") -> str:
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
    if path["hypothesis"]["implies"]:
        lines.append(f"  {path['hypothesis']['implies']}")
    return "\n".join(lines)


def _hop_rows(hop: "HopRecord", shown: Sequence[str]) -> list[tuple[str, ...]]:
    """The bound and below it the actual figures; one line where they are the same."""
    lines = {"bound": hop["bound"], "actual": hop["actual"]}
    if hop["bound"] == hop["actual"]:
        lines = {"": hop["bound"]}
    given = [(what, figures) for what, figures in lines.items() if figures]
    return [
        ("" if i else hop["problem"], what, *(_figure(figures, name) for name in shown))
        for i, (what, figures) in enumerate(given)
    ]


def _figure(figures: "Figures", name: str) -> str:
    if name not in figures:
        return ""
    return margin(figures["margin"], figures["margin_log10"]) if name == "margin" else figure(figures[name])


def listing_text(record: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """What is installed, part by part; what is wrong with a plug-in at the end of its part."""
    parts = []
    for part, items in record.items():
        columns, rows = {"families": _families, "reductions": _reductions}.get(part, _named)(items)
        parts.append(f"{part}\n{table(columns, rows, left=columns)}")
        parts[-1] += "".join(
            f"\nproblem: {item['name']} of {item['from']}: {item['problem']}" for item in items if item.get("problem")
        )
    return "\n\n".join(parts)


def _named(items: Sequence[Mapping[str, Any]]) -> Columns:
    rows: list[tuple[object, ...]] = [(item["name"], item["from"], _about(item)) for item in items]
    return ("name", "from", "about"), rows


def _about(item: Mapping[str, Any]) -> str:
    decides = f"decides {' and '.join(item['decides'])}. " if item.get("decides") else ""
    return decides + str(item["about"])


def _families(items: Sequence[Mapping[str, Any]]) -> Columns:
    rows: list[tuple[object, ...]] = [(item["name"], item["makes"], _parameters(item), item["about"]) for item in items]
    return ("name", "makes", "parameters", "about"), rows


def _reductions(items: Sequence[Mapping[str, Any]]) -> Columns:
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


def _parameters(item: Mapping[str, Any]) -> str:
    return " ".join(p["name"] if p["required"] else f"{p['name']}={p['default']}" for p in item["parameters"])


def graph_text(edges: Sequence[Mapping[str, Any]]) -> str:
    """One line an edge."""
    rows = [
        (edge["name"], edge["source"], edge["target"], "any of many" if edge["disjunction"] else "", edge["claim"])
        for edge in edges
    ]
    columns = ("edge", "source", "target", "", "claim")
    return table(columns, rows, left=columns)
