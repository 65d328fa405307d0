"""The reduction graph as Graphviz text, and as SVG drawn from its `layout`.

Nothing overlaps: an edge runs level through its slots, its key written above it in the middle one, and bends only
between columns, where nothing else stands. A loop is written inside its problem.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from hardlab.pages.colours import BLUE, DARK, GRAPH_IN_DARK, GRAPH_IN_LIGHT, LIGHT, SKY
from hardlab.pages.layered import Edge, Route, Slot, layers, layout, nodes

NODE_HEIGHT, LINE_HEIGHT = 46.0, 16.0
BEND, MARGIN, ARROW, PORT = 34.0, 16.0, 8.0, 12.0
NAME, KEY, SMALL = 9.6, 7.9, 6.7
"""Widths of a character of a problem's name, of a key and of small print, all in a monospaced font."""

INK = LIGHT["ink"]

STYLE = f"""
  text {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: {INK}; text-anchor: middle }}
  .paper {{ fill: {LIGHT["paper"]} }}
  .name {{ font-size: 15px; font-weight: 600 }}
  .small {{ font-size: 11px; fill: {GRAPH_IN_LIGHT["small"]} }}
  .key {{ font-size: 13px }}
  .node {{ fill: {LIGHT["box"]}; stroke: {GRAPH_IN_LIGHT["rim"]}; stroke-width: 1.4 }}
  .edge {{ fill: none; stroke: {BLUE}; stroke-width: 1.7 }}
  .any {{ stroke: {GRAPH_IN_LIGHT["any"]}; stroke-dasharray: 7 4 }}
  .head {{ fill: {BLUE} }}
  .anyhead {{ fill: {GRAPH_IN_LIGHT["any"]} }}
  @media (prefers-color-scheme: dark) {{
    text {{ fill: {DARK["ink"]} }}
    .paper {{ fill: {DARK["paper"]} }}
    .small {{ fill: {GRAPH_IN_DARK["small"]} }}
    .node {{ fill: {DARK["box"]}; stroke: {GRAPH_IN_DARK["rim"]} }}
    .edge {{ stroke: {SKY} }}
    .any {{ stroke: {GRAPH_IN_DARK["any"]} }}
    .head {{ fill: {SKY} }}
    .anyhead {{ fill: {GRAPH_IN_DARK["any"]} }}
  }}
"""
"""Blue and vermilion, in the dark sky blue and orange: apart for every kind of colour blindness, and one is dashed."""


def dot(edges: Sequence[Edge], names: Mapping[str, str]) -> str:
    """The graph in the language of Graphviz; `names` says more about a problem than its short name."""
    lines = ["digraph reductions {", "  rankdir=LR;", "  node [shape=box, style=rounded];"]
    for node in nodes(edges):
        label = f"{node}\n{names[node]}" if node in names else node
        lines.append(f"  {_quoted(node)} [label={_quoted(label)}];")
    for edge in edges:
        style = ", style=dashed" if edge.disjunction else ""
        lines.append(f"  {_quoted(edge.source)} -> {_quoted(edge.target)} [label={_quoted(edge.key)}{style}];")
    return "\n".join([*lines, "}", ""])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def svg(edges: Sequence[Edge], names: Mapping[str, str]) -> str:
    """The graph drawn from left to right; light or dark as the reader's screen."""
    lines = {node: _lines(node, edges, names) for node in nodes(edges)}
    slots = {node: Slot(_node_height(node, edges, lines[node]), _node_width(node, lines[node])) for node in lines}
    found = layout(edges, slots, {edge.key: len(edge.key) * KEY + 12 for edge in edges})
    spans, width = _spans(found.columns)
    extent = [slot.y + side * slot.height / 2 for column in found.columns for slot in column for side in (-1, 1)]
    top, height = min(extent) - MARGIN, max(extent) - min(extent) + 2 * MARGIN
    drawn_edges = (part for route in found.routes for part in _edge(route, spans))
    columns = layers(edges)
    drawn_nodes = (part for node in slots for part in _node(node, lines[node], slots[node], spans[2 * columns[node]]))
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {top:.0f} {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" aria-label="The graph of reductions">',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" x="0" y="{top:.0f}" width="{width:.0f}" height="{height:.0f}"/>',
        *drawn_edges,
        *drawn_nodes,
        "</svg>",
        "",
    ])  # fmt: skip


def _lines(node: str, edges: Sequence[Edge], names: Mapping[str, str]) -> list[str]:
    """The small print of a problem: its long name, and its loops."""
    loops = [f"{edge.key} (loop)" for edge in edges if edge.source == edge.target == node]
    return [names.get(node, ""), *loops]


def _node_height(node: str, edges: Sequence[Edge], lines: Sequence[str]) -> float:
    """Room for the lines, and for as many edges as end on one side at most."""
    of = layers(edges)
    others = [of[edge.target if edge.source == node else edge.source] for edge in edges if node in (edge.source, edge.target)]
    ends = max(sum(other > of[node] for other in others), sum(other < of[node] for other in others))
    return max(NODE_HEIGHT + LINE_HEIGHT * (len(lines) - 1), PORT * (ends + 1))


def _node_width(node: str, lines: Sequence[str]) -> float:
    return max(len(node) * NAME, *(len(line) * SMALL for line in lines)) + 22


Span = tuple[float, float]


def _spans(columns: Sequence[Sequence[Slot]]) -> tuple[list[Span], float]:
    """The left and right end of each column, and the width of the whole."""
    spans, x = [], MARGIN
    for column in columns:
        width = max((slot.width for slot in column), default=0.0)
        spans.append((x, x + width))
        x += width + BEND
    return spans, x - BEND + MARGIN


def _edge(route: Route, spans: Sequence[Span]) -> Iterator[str]:
    """The curve, its head and its key."""
    start, *passages, end = route.slots
    columns = spans[route.first : route.first + len(route.slots)]
    leave, arrive = sum(columns[0]) / 2 + start.width / 2, sum(columns[-1]) / 2 - end.width / 2
    y_leave, y_arrive = start.y + _port(start.after, passages[0]), end.y + _port(end.before, passages[-1])
    tip, back, y_tip = (leave, leave + ARROW, y_leave) if route.backwards else (arrive, arrive - ARROW, y_arrive)
    x, y = back if route.backwards else leave, y_leave
    path = [f"M{x:.1f} {y:.1f}"]
    for (left, right), slot in zip(columns[1:-1], passages, strict=True):
        path.append(_bend(x, y, left, slot.y))
        path += [f"H{right:.1f}"] if right > left else []
        x, y = right, slot.y
    path.append(_bend(x, y, arrive if route.backwards else back, y_arrive))
    line, head = ("edge any", "anyhead") if route.edge.disjunction else ("edge", "head")
    yield f"<g><title>{escape(f'{route.edge.key}: {route.edge.claim}')}</title>"
    yield f'<path class="{line}" d="{" ".join(path)}"/>'
    yield f'<path class="{head}" d="M{tip:.1f} {y_tip:.1f} L{back:.1f} {y_tip - 4.5:.1f} V{y_tip + 4.5:.1f} Z"/>'
    for (left, right), slot in zip(columns[1:-1], passages, strict=True):
        if slot.width:
            yield _text("key", (left + right) / 2, slot.y - 6, route.edge.key)
    yield "</g>"


def _bend(x: float, y: float, to_x: float, to_y: float) -> str:
    """A curve that is level at both ends."""
    middle = (x + to_x) / 2
    return f"C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"


def _port(linked: Sequence[Slot], to: Slot) -> float:
    """Where on a problem's side an edge ends: the edges are spread in the order of their next slots."""
    order = sorted(linked, key=lambda other: other.y)
    return (order.index(to) - (len(order) - 1) / 2) * PORT


def _node(node: str, lines: Sequence[str], slot: Slot, span: Span) -> Iterator[str]:
    middle = sum(span) / 2
    yield (
        f'<rect class="node" rx="7" x="{middle - slot.width / 2:.1f}" y="{slot.y - slot.height / 2:.1f}" '
        f'width="{slot.width:.1f}" height="{slot.height:.1f}"/>'
    )
    written = list(filter(None, lines))
    first = slot.y + 5 - LINE_HEIGHT * len(written) / 2
    yield _text("name", middle, first, node)
    for i, line in enumerate(written, 1):
        yield _text("small", middle, first + LINE_HEIGHT * i, line)


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
