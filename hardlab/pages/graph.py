"""The reduction graph as Graphviz text, and as SVG: the problems one below the other, each before those it is reduced to.

Under a problem stand the keys of its edges, those with one target in a row; a line runs from the row to the lane of the
target, which leads to its box. Each row has a height of its own and each target a lane to the right of all text, so lines
may cross but nothing covers a text, however many edges there are. A loop stands in a row that leads nowhere.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from hardlab.pages.colours import DARK, GRAPH_IN_DARK, GRAPH_IN_LIGHT, LIGHT, LINES_IN_DARK, LINES_IN_LIGHT, declared, numbered
from hardlab.pages.drawing import drawing

Links = Callable[[str, str], str | None]
"""The address of what is of this kind, "problems" or "reductions", and has this key."""

BOX, ROW, LINE, GAP, MARGIN = 32.0, 24.0, 18.0, 18.0, 16.0
INDENT, SPACE, LANE, ROUND, ARROW = 34.0, 16.0, 16.0, 7.0, 9.0
NAME, KEY, SMALL = 9.3, 8.1, 7.5
"""Widths of a character of a problem's name, of a key and of small print, all in a monospaced font."""

WIDEST = 360.0
"""How wide a line of keys may be, if it has more than one."""

HUES, OR = len(LINES_IN_LIGHT), "∨"

PAPER = ("paper", "ink", "box")

STYLE = """
text { font: 13px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: var(--ink) }
.name { font-size: 15px; font-weight: 600 }
.small { font-size: 12px; fill: var(--small) }
.loop { font-size: 15px; fill: var(--small) }
.any { fill: var(--any) }
.node { fill: var(--box); stroke: var(--rim); stroke-width: 1.5 }
.stem { fill: none; stroke: var(--rim); stroke-width: 1.2 }
.edge { fill: none; stroke-width: 1.8 }
a:hover text { text-decoration: underline }
"""
STYLE += "\n".join(f".to{i} {{ stroke: var(--line-{i}) }} .head{i} {{ fill: var(--line-{i}) }}" for i in range(HUES))


@dataclass(frozen=True)
class Edge:
    """An arrow from one problem to another: its key, what it claims, and whether it leads to a disjunction."""

    source: str
    target: str
    key: str
    claim: str = ""
    disjunction: bool = False


def nodes(edges: Sequence[Edge], others: Sequence[str] = ()) -> list[str]:
    """The problems, in the order in which the edges name them, and those `others` that none does."""
    return list(dict.fromkeys([*(node for edge in edges for node in (edge.source, edge.target)), *others]))


def ordered(edges: Sequence[Edge], others: Sequence[str] = ()) -> list[str]:
    """The problems, each after all that are reduced to it; where edges close a cycle, the one that was named first goes on."""
    left = nodes(edges, others)
    found: list[str] = []
    while left:
        waiting = {edge.target for edge in edges if edge.source in left and edge.source != edge.target}
        free = [node for node in left if node not in waiting] or left[:1]
        found += free
        left = [node for node in left if node not in free]
    return found


def spaced(name: str) -> str:
    """The words of a class name: GapHamming is Gap Hamming."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)


def dot(edges: Sequence[Edge], names: Mapping[str, str], others: Sequence[str] = ()) -> str:
    """The graph in the language of Graphviz; `names` says more about a problem than its short name, and `others` are problems
    that may be on no edge.
    """
    lines = ["digraph reductions {", "  rankdir=LR;", "  node [shape=box, style=rounded];"]
    for node in nodes(edges, others):
        label = f"{node}\n{names[node]}" if node in names else node
        lines.append(f"  {_quoted(node)} [label={_quoted(label)}];")
    for edge in edges:
        style = ", style=dashed" if edge.disjunction else ""
        lines.append(f"  {_quoted(edge.source)} -> {_quoted(edge.target)} [label={_quoted(edge.key)}{style}];")
    return "\n".join([*lines, "}", ""])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def svg(
    edges: Sequence[Edge], names: Mapping[str, str], links: Links = lambda kind, key: None, others: Sequence[str] = ()
) -> str:
    """The graph drawn from top to bottom; light or dark as the reader's screen."""
    drawn = _Drawing(edges, names, links, others)
    light = f"{declared({**LIGHT, **GRAPH_IN_LIGHT}, (*PAPER, *GRAPH_IN_LIGHT))}; {numbered(LINES_IN_LIGHT)}"
    dark = f"{declared({**DARK, **GRAPH_IN_DARK}, (*PAPER, *GRAPH_IN_DARK))}; {numbered(LINES_IN_DARK)}"
    return drawing("hardlab-graph", "The graph of reductions", drawn.size, light, dark, STYLE, drawn.parts())


@dataclass(frozen=True)
class _Row:
    """Edges from one problem to one other, their keys in lines, and the height of the middle of the last line."""

    target: str
    lines: list[list[Edge]]
    y: float

    @property
    def end(self) -> float:
        """Where the last line of keys ends."""
        return MARGIN + INDENT + _long(self.lines[-1])


class _Drawing:
    """Where everything stands, and then what is drawn there."""

    def __init__(self, edges: Sequence[Edge], names: Mapping[str, str], links: Links, others: Sequence[str]) -> None:
        self.names, self.links = names, links
        order = ordered(edges, others)
        self.tops: dict[str, float] = {}
        self.rows: dict[str, list[_Row]] = {}
        y = MARGIN
        for node in order:
            self.tops[node] = y
            y += BOX + 4
            self.rows[node] = []
            for target in (node, *order[::-1]):  # loops first, then the farthest: so the fewest lines cross
                of = [edge for edge in edges if (edge.source, edge.target) == (node, target)]
                if of and target not in [row.target for row in self.rows[node]]:
                    lines = _lines(of)
                    y += ROW + LINE * (len(lines) - 1)
                    self.rows[node].append(_Row(target, lines, y - ROW / 2))
            y += GAP
        self.notes = [
            *([f"{OR} to a disjunction: any of many instances"] if any(edge.disjunction for edge in edges) else ()),
            *(["↺ to the same problem"] if any(edge.source == edge.target for edge in edges) else ()),
        ]
        self.lanes = [node for node in order if any(row.target == node != of for of in order for row in self.rows[of])]
        widths = [
            *(self.width(node) for node in order),
            *(INDENT + _long(line) + 20 for rows in self.rows.values() for row in rows for line in row.lines),
            *(len(note) * SMALL - LANE * len(self.lanes) for note in self.notes),
        ]
        self.lane0 = MARGIN + max(widths, default=0.0) + SPACE
        self.size = self.lane0 + LANE * (len(self.lanes) - 1) + MARGIN, y + LINE * len(self.notes) + 4
        self.below = y + 4

    def width(self, node: str) -> float:
        return 24 + len(node) * NAME + (8 + len(self.names[node]) * SMALL if self.names.get(node) else 0)

    def parts(self) -> Iterator[str]:
        for node, rows in self.rows.items():
            for row in rows:
                if row.target != node:
                    yield self._arrow(row)
        for target in self.lanes:
            x, y = MARGIN + self.width(target) + 1, self.tops[target] + BOX / 2
            yield f'<path class="head{self.hue(target)}" d="M{x:.1f} {y:.1f}l{ARROW:g} -4.5v9z"/>'
        for node, rows in self.rows.items():
            yield from self._node(node, rows)
        for i, note in enumerate(self.notes):
            yield f'<text class="small" x="{MARGIN:g}" y="{self.below + LINE * i:.1f}">{note}</text>'

    def hue(self, target: str) -> int:
        return self.lanes.index(target) % HUES

    def _arrow(self, row: _Row) -> str:
        """From the keys into the lane of the target, down or up there, and back to the target's box."""
        lane, y = self.lane0 + LANE * self.lanes.index(row.target), self.tops[row.target] + BOX / 2
        turn = ROUND if y > row.y else -ROUND
        path = f"M{row.end + 8:.1f} {row.y:.1f} H{lane - ROUND:.1f} Q{lane:.1f} {row.y:.1f} {lane:.1f} {row.y + turn:.1f} "
        path += f"V{y - turn:.1f} Q{lane:.1f} {y:.1f} {lane - ROUND:.1f} {y:.1f} H{MARGIN + self.width(row.target) + ARROW:.1f}"
        return f'<path class="edge to{self.hue(row.target)}" d="{path}"/>'

    def _node(self, node: str, rows: Sequence[_Row]) -> Iterator[str]:
        """The box of a problem, and the keys of its edges below, which hang from it."""
        top, rim = self.tops[node], f" to{self.hue(node)}" if node in self.lanes else ""
        box = f'<rect class="node{rim}" rx="7" x="{MARGIN:g}" y="{top:.1f}" width="{self.width(node):.1f}" height="{BOX:g}"/>'
        name = _text("name", MARGIN + 12, top + BOX / 2 + 5, node)
        if self.names.get(node):
            name += _text("small", MARGIN + 20 + len(node) * NAME, top + BOX / 2 + 5, self.names[node])
        yield self._linked("problems", node, box + name)
        firsts = [row.y - LINE * (len(row.lines) - 1) for row in rows]
        if firsts:
            branches = "".join(f"M{MARGIN + 14:g} {first:.1f}h{INDENT - 20:g}" for first in firsts)
            yield f'<path class="stem" d="M{MARGIN + 14:g} {top + BOX:.1f}V{firsts[-1] + 0.6:.1f}{branches}"/>'
        for row, first in zip(rows, firsts, strict=True):
            for i, line in enumerate(row.lines):
                x = MARGIN + INDENT
                for edge in line:
                    yield self._key(edge, x, first + LINE * i + 4.5)
                    x += _wide(edge) + SPACE
            if row.target == node:
                yield f'<text class="loop" x="{row.end + 8:.1f}" y="{row.y + 5:.1f}">↺</text>'

    def _key(self, edge: Edge, x: float, y: float) -> str:
        mark = _text("any", x + (len(edge.key) + 0.5) * KEY, y, OR) if edge.disjunction else ""
        title = f"<title>{escape(f'{edge.key}: {edge.claim}')}</title>"
        return self._linked("reductions", edge.key, f"<g>{title}{_text('key', x, y, edge.key)}{mark}</g>")

    def _linked(self, kind: str, key: str, drawn: str) -> str:
        to = self.links(kind, key)
        return drawn if to is None else f'<a href="{escape(to)}">{drawn}</a>'


def _wide(edge: Edge) -> float:
    return (len(edge.key) + 1.5 * edge.disjunction) * KEY


def _long(line: Sequence[Edge]) -> float:
    return sum(map(_wide, line)) + SPACE * (len(line) - 1)


def _lines(edges: Sequence[Edge]) -> list[list[Edge]]:
    """The keys in lines that are wide enough."""
    lines: list[list[Edge]] = [[]]
    for edge in edges:
        if lines[-1] and _long([*lines[-1], edge]) > WIDEST:
            lines.append([])
        lines[-1].append(edge)
    return lines


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
