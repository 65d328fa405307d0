"""The reduction graph as a table, as Graphviz text and as a drawing in which nothing overlaps."""

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from hardlab.pages.graph import dot, svg
from hardlab.pages.layered import Edge
from reductions.ours import REDUCTIONS
from reductions.reduction import AnyReduction
from tests.support.calling import Caller

SVG = "{http://www.w3.org/2000/svg}"
Box = tuple[float, float, float, float]


def test_graph_shows_every_edge(call: Caller) -> None:
    out, record = call("graph").out, call("graph", "--json").json
    text = call("graph", "--dot").out
    assert sorted(record["nodes"]) == ["attention", "balanced", "cnf", "far", "hamming", "ov", "product"]
    for reduction in REDUCTIONS:
        assert reduction.key in out
        assert f'[label="{reduction.key}"' in text
        assert reduction.key in [edge["name"] for edge in record["edges"]]
    assert text.startswith("digraph")
    assert '"cnf" -> "ov"' in text


def test_graph_as_svg(call: Caller, tmp_path: Path) -> None:
    assert call("graph", "--svg", tmp_path / "graph.svg").out == ""
    drawn = (tmp_path / "graph.svg").read_text()
    root = ElementTree.fromstring(drawn)
    keys = [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "key"]
    assert sorted(filter(None, keys)) == sorted(reduction.key for reduction in REDUCTIONS if not loops(reduction))
    assert all(f"{reduction.key} (loop)" in drawn for reduction in REDUCTIONS if loops(reduction))
    assert "prefers-color-scheme: dark" in drawn
    assert call("graph", "--svg", "-").out == drawn


def loops(reduction: type[AnyReduction]) -> bool:
    """Whether it is written into its problem's box and not drawn as an arrow."""
    return reduction.source is reduction.target


def boxes(root: ElementTree.Element) -> list[tuple[str, Box]]:
    """What may not overlap: the problems, and the keys as wide as their letters."""
    found = []
    for rect in root.iter(f"{SVG}rect"):
        if rect.get("class") == "node":
            x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
            found.append(("node", (x, y, x + width, y + height)))
    for text in root.iter(f"{SVG}text"):
        if text.get("class") == "key":
            x, y, half = float(text.attrib["x"]), float(text.attrib["y"]), len(text.text or "") * 7.85 / 2
            found.append(("key", (x - half, y - 11, x + half, y + 3)))
    return found


def points(path: str) -> list[tuple[float, float]]:
    """Points close together on a path of M, C and H."""
    words, found, at = re.findall(r"[MCH]|-?[\d.]+", path), [], 0
    while at < len(words):
        if words[at] == "M":
            found.append((float(words[at + 1]), float(words[at + 2])))
            at += 3
        elif words[at] == "H":
            (x, y), end = found[-1], float(words[at + 1])
            found += [(x + (end - x) * i / 40, y) for i in range(1, 41)]
            at += 2
        else:
            corners = np.array([found[-1], *np.array(words[at + 1 : at + 7], dtype=float).reshape(3, 2)])
            for s in np.linspace(0, 1, 41)[1:]:
                weights = np.array([(1 - s) ** 3, 3 * s * (1 - s) ** 2, 3 * s**2 * (1 - s), s**3])
                found.append(tuple((weights @ corners).tolist()))
            at += 7
    return found


def overlapping(drawn: str) -> list[object]:
    """Pairs of boxes that meet, and paths that run through a box."""
    root = ElementTree.fromstring(drawn)
    solid = boxes(root)
    faults: list[object] = [
        (one, other)
        for i, (_, one) in enumerate(solid)
        for _, other in solid[:i]
        if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    ]
    for line in root.iter(f"{SVG}path"):
        if "edge" in (line.get("class") or ""):
            for x, y in points(line.attrib["d"])[1:-1]:
                faults += [(x, y, box) for _, box in solid if box[0] + 1 < x < box[2] - 1 and box[1] + 1 < y < box[3] - 1]
    return faults


def test_nothing_overlaps_in_the_drawing(call: Caller) -> None:
    drawn = call("graph", "--svg", "-").out
    assert len(boxes(ElementTree.fromstring(drawn))) == 7 + sum(not loops(reduction) for reduction in REDUCTIONS)
    assert overlapping(drawn) == []
    moved = re.sub(r'(<text class="key" x=")[\d.]+(" y=")-?[\d.]+', r"\g<1>100\g<2>20", drawn)
    assert overlapping(moved)


def test_nothing_overlaps_in_random_graphs_with_cycles_loops_and_disjunctions() -> None:
    rng = np.random.default_rng(0)
    for _ in range(8):
        names = [f"problem{i}" * int(rng.integers(1, 3)) for i in range(int(rng.integers(2, 8)))]
        edges = []
        for e in range(int(rng.integers(1, 14))):
            source, target = (names[int(i)] for i in rng.integers(0, len(names), 2))
            edges.append(Edge(source, target, f"edge-{e}" * int(rng.integers(1, 3)), "<&>", bool(e % 3)))
        drawn = svg(edges, {names[0]: "A long name of it"})
        assert overlapping(drawn) == []
        assert drawn.count("<title>") == sum(edge.source != edge.target for edge in edges)
        assert drawn.count('"edge any"') == sum(edge.disjunction and edge.source != edge.target for edge in edges)
        assert all(edge.key in drawn for edge in edges)
        assert dot(edges, {}).count("style=dashed") == sum(edge.disjunction for edge in edges)
