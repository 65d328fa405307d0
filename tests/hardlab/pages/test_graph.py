"""The reduction graph as a table, as Graphviz text and as a drawing in which nothing overlaps."""

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from hardlab.pages.graph import Edge, dot, ordered, svg
from instances.ours import PROBLEMS
from reductions.ours import REDUCTIONS
from tests.support.calling import Caller

SVG = "{http://www.w3.org/2000/svg}"
Box = tuple[float, float, float, float]


def test_graph_shows_every_edge(call: Caller) -> None:
    out, record = call("graph").out, call("graph", "--json").json
    text = call("graph", "--dot").out
    assert sorted(record["nodes"]) == [
        "3ov", "attention", "balanced", "cnf", "far", "gradient", "hamming", "ov", "product", "tensor", "transformer",
    ]  # fmt: skip
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
    assert sorted(shown(root, "key")) == sorted(reduction.key for reduction in REDUCTIONS)
    assert len(shown(root, "loop")) == len(
        {reduction.source for reduction in REDUCTIONS if reduction.source is reduction.target}
    )
    assert len(shown(root, "any")) == sum(reduction.disjunction for reduction in REDUCTIONS)
    assert "prefers-color-scheme: dark" in drawn
    assert "href" not in drawn
    assert call("graph", "--svg", "-").out == drawn


def test_problems_and_keys_are_links() -> None:
    edges = [Edge(of.source.called, of.target.called, of.key) for of in REDUCTIONS]
    root = ElementTree.fromstring(svg(edges, {}, lambda kind, key: f"../reference/{kind}/{key}/"))
    to = {link.attrib["href"]: link for link in root.iter(f"{SVG}a")}
    assert len(to) == len(PROBLEMS) + len(REDUCTIONS)
    assert shown(to["../reference/problems/ov/"], "name") == ["ov"]
    assert shown(to["../reference/reductions/ov-gap/"], "key") == ["ov-gap"]


def test_letters_are_legible_on_a_page() -> None:
    """At 760 pixels of width, with the edges and problems there are, and with a good deal more of both."""
    edges = [Edge(of.source.called, of.target.called, of.key) for of in REDUCTIONS]
    more = [Edge(of, to, f"{of}-{form}") for of in ("hamming", "ov") for to in ("attention", "gradient") for form in FORMS]
    more += [Edge(of, form, f"{of}-{form}") for of in ("ov",) for form in FORMS]
    for drawn in (svg(edges, {}), svg([*edges, *more], {})):
        width = float(ElementTree.fromstring(drawn).attrib["width"])
        assert min(map(int, re.findall(r"(?:font|font-size): (\d+)px", drawn))) * 760 / width >= 12


FORMS = ("causal", "windowed", "grouped", "padded", "rotary", "gradient-of-it")


def test_each_problem_stands_below_those_that_are_reduced_to_it() -> None:
    order = ordered(
        [Edge("b", "c", "b-c"), Edge("a", "b", "a-b"), Edge("a", "a", "a-a"), Edge("c", "d", "c-d"), Edge("d", "c", "d-c")]
    )
    assert order == ["a", "b", "c", "d"]


def shown(root: ElementTree.Element, kind: str) -> list[str]:
    """The texts of this class."""
    return [text.text or "" for text in root.iter(f"{SVG}text") if text.get("class") == kind]


def boxes(root: ElementTree.Element) -> list[Box]:
    """What may not overlap: the problems, and the texts outside as wide as their letters."""
    found = []
    for rect in root.iter(f"{SVG}rect"):
        if "node" in (rect.get("class") or ""):
            x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
            found.append((x, y, x + width, y + height))
    for text in root.iter(f"{SVG}text"):
        if text.get("class") in ("key", "any", "loop"):
            x, y = float(text.attrib["x"]), float(text.attrib["y"])
            found.append((x, y - 11, x + len(text.text or "") * 7.85, y + 3))
    return found


def points(path: str) -> list[tuple[float, float]]:
    """Points close together on a path of M, H, V and Q."""
    found: list[tuple[float, float]] = []
    for word, numbers in re.findall(r"([MHVQ])([-\d. ]+)", path):
        x, y = found[-1] if found else (0.0, 0.0)
        *_, last = values = [float(number) for number in numbers.split()]
        end = {"H": (last, y), "V": (x, last)}.get(word) or (values[-2], last)  # a Q stays near its corner
        steps = 1 if word == "M" else 100
        found += [(x + (end[0] - x) * i / steps, y + (end[1] - y) * i / steps) for i in range(1, steps + 1)]
    return found


def overlapping(drawn: str) -> list[object]:
    """Pairs of boxes that meet, lines that run through a box, lines to two problems that run along each other, and what
    stands outside the paper.
    """
    root = ElementTree.fromstring(drawn)
    solid, width, height = boxes(root), float(root.attrib["width"]), float(root.attrib["height"])
    faults: list[object] = [
        (one, other)
        for i, one in enumerate(solid)
        for other in solid[:i]
        if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    ]
    faults += [box for box in solid if box[0] < 0 or box[1] < 0 or box[2] > width or box[3] > height]
    lines = [line.attrib["d"] for line in root.iter(f"{SVG}path") if "edge" in (line.get("class") or "")]
    lanes: dict[str, set[str]] = {}
    for line in lines:
        for x, y in points(line):
            faults += [(x, y, box) for box in solid if box[0] + 1 < x < box[2] - 1 and box[1] + 1 < y < box[3] - 1]
        lanes.setdefault(line.split("Q")[1].split()[0], set()).add(line.split()[-2])
    return faults + [lane for lane, targets in lanes.items() if len(targets) > 1]


def test_nothing_overlaps_in_the_drawing(call: Caller) -> None:
    drawn = call("graph", "--svg", "-").out
    assert len(boxes(ElementTree.fromstring(drawn))) >= 7 + len(REDUCTIONS)
    assert overlapping(drawn) == []


@pytest.mark.parametrize(
    ("is_", "becomes"),
    [
        (r'(<text class="key" x=")[\d.]+(" y=")[\d.]+', r"\g<1>100\g<2>20"),  # all keys in one place
        (r"(class=.edge.*? Q)[\d.]+", r"\g<1>500"),  # all in one lane
        (r'(<rect class="node to0".*? y=")[\d.]+', r"\g<1>30"),  # a problem on another
        (r'(<text class="key" x=")[\d.]+', r"\g<1>-10"),  # keys outside the paper
    ],
)  # fmt: skip
def test_what_overlaps_is_found(call: Caller, is_: str, becomes: str) -> None:
    drawn = call("graph", "--svg", "-").out
    faulty = re.sub(is_, becomes, drawn)
    assert faulty != drawn
    assert overlapping(faulty)


def test_nothing_overlaps_in_random_graphs_with_cycles_loops_and_disjunctions() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        names = [f"problem{i}" * int(rng.integers(1, 3)) for i in range(int(rng.integers(2, 8)))]
        edges = []
        for e in range(int(rng.integers(1, 14))):
            source, target = (names[int(i)] for i in rng.integers(0, len(names), 2))
            edges.append(Edge(source, target, f"edge-{e}" * int(rng.integers(1, 3)), "<&>", bool(e % 3)))
        drawn = svg(edges, {names[0]: "A long name of it"}, lambda kind, key: f"{kind}/<{key}>")
        root = ElementTree.fromstring(drawn)
        assert overlapping(drawn) == []
        assert drawn.count("<title>") == len(edges) == len(shown(root, "key"))
        assert len(shown(root, "any")) == sum(edge.disjunction for edge in edges)
        arrows = {(edge.source, edge.target) for edge in edges if edge.source != edge.target}
        assert drawn.count('class="edge') == len(arrows)
        assert drawn.count('class="head') == len({target for _, target in arrows})
        assert dot(edges, {}).count("style=dashed") == sum(edge.disjunction for edge in edges)
