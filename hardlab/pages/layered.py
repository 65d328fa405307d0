"""Where a layered drawing puts the problems and the edges of a graph, so that nothing overlaps.

A problem's layer is the longest path that leads to it. Problems stand in the even columns; an edge from layer i to
layer j owns one slot in every column between them, the odd ones being for labels. The slots of a column are ordered
by the mean place of their neighbours, with the fewest crossings that several starts find, and set apart by their
heights. Edges against the order (of a cycle) are laid out backwards.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import networkx as nx
import numpy as np

LABEL_HEIGHT, PASSAGE_HEIGHT, GAP = 34.0, 17.0, 14.0

SWEEPS, STARTS = 12, 64

STRAIGHT = 16.0
"""How much more a slot of an edge heeds its own edge than the problems at the edge's ends."""


@dataclass(frozen=True)
class Edge:
    """An arrow from one problem to another: its key, what it claims, and whether it leads to a disjunction."""

    source: str
    target: str
    key: str
    claim: str = ""
    disjunction: bool = False


@dataclass(eq=False)
class Slot:
    """A place in a column, for a problem or the passage of an edge: its extent and the height y of its middle."""

    height: float
    width: float
    passage: bool = False
    y: float = 0.0
    before: list["Slot"] = field(default_factory=list)
    after: list["Slot"] = field(default_factory=list)


@dataclass(frozen=True)
class Route:
    """An edge with its slots from left to right, the problems at both ends included, and the column of the first."""

    edge: Edge
    slots: tuple[Slot, ...]
    first: int
    backwards: bool


@dataclass(frozen=True)
class Layout:
    """The columns from left to right, each from top to bottom, and the routes of the edges (loops have none)."""

    columns: list[list[Slot]]
    routes: list[Route]


def nodes(edges: Sequence[Edge]) -> list[str]:
    """The problems, in the order in which the edges name them."""
    return list(dict.fromkeys(node for edge in edges for node in (edge.source, edge.target)))


def layers(edges: Sequence[Edge]) -> dict[str, int]:
    """The longest path that leads to each problem, over the edges that close no cycle."""
    ordered = nx.DiGraph()
    ordered.add_nodes_from(nodes(edges))
    for edge in edges:
        if edge.source != edge.target and not nx.has_path(ordered, edge.target, edge.source):
            ordered.add_edge(edge.source, edge.target)
    found: dict[str, int] = {}
    for node in nx.topological_sort(ordered):
        found[node] = max((found[before] + 1 for before in ordered.predecessors(node)), default=0)
    return found


def layout(edges: Sequence[Edge], slots: Mapping[str, Slot], label_widths: Mapping[str, float]) -> Layout:
    """The problems' slots in their columns, with those of the edges between them, ordered and placed."""
    found = _columns(edges, slots, label_widths)
    _order(found.columns)
    _place(found.columns)
    for route in found.routes:
        _straighten(route.slots[1:-1])
    return found


def _columns(edges: Sequence[Edge], slots: Mapping[str, Slot], label_widths: Mapping[str, float]) -> Layout:
    of = layers(edges)
    columns: list[list[Slot]] = [[] for _ in range(2 * max(of.values(), default=0) + 1)]
    for node, slot in slots.items():
        columns[2 * of[node]].append(slot)
    routes = []
    for edge in edges:
        if edge.source == edge.target:
            continue
        ends = sorted((edge.source, edge.target), key=of.__getitem__)
        first, last = (2 * of[end] for end in ends)
        label = (first + last) // 2 | 1
        chain = [slots[ends[0]]]
        for column in range(first + 1, last):
            height, width = (LABEL_HEIGHT, label_widths[edge.key]) if column == label else (PASSAGE_HEIGHT, 0.0)
            chain.append(Slot(height, width, passage=True))
            columns[column].append(chain[-1])
        chain.append(slots[ends[1]])
        for slot, following in pairwise(chain):
            slot.after.append(following)
            following.before.append(slot)
        routes.append(Route(edge, tuple(chain), first, backwards=ends[0] != edge.source))
    return Layout(columns, routes)


def _order(columns: list[list[Slot]]) -> None:
    """Barycentre sweeps, there and back, from several starts; the order with the fewest crossings is kept."""
    rng = np.random.default_rng(np.random.SeedSequence(0))
    best, order = _crossings(columns), [list(column) for column in columns]
    for start in range(STARTS):
        if not best:
            break
        for column in columns if start else ():
            column[:] = [column[i] for i in rng.permutation(len(column))]
        for _ in range(SWEEPS):
            for column, beside, forwards in _neighbours(columns):
                column[:] = _by_means(column, beside, forwards)
            crossings = _crossings(columns)
            if crossings < best:
                best, order = crossings, [list(column) for column in columns]
    columns[:] = order


def _neighbours(columns: list[list[Slot]]) -> Iterator[tuple[list[Slot], list[Slot], bool]]:
    """Each column with the one before it, from left to right, then with the one after it, from right to left."""
    for column, beside in zip(columns[1:], columns, strict=False):
        yield column, beside, True
    for column, beside in zip(columns[-2::-1], columns[::-1], strict=False):
        yield column, beside, False


def _by_means(column: Sequence[Slot], beside: Sequence[Slot], forwards: bool) -> list[Slot]:
    """The column in the order of the mean places of its neighbours; a slot without any keeps its own place."""
    places = {id(slot): i for i, slot in enumerate(beside)}
    means = {}
    for i, slot in enumerate(column):
        linked = [places[id(other)] for other in (slot.before if forwards else slot.after)]
        means[id(slot)] = sum(linked) / len(linked) if linked else float(i)
    return sorted(column, key=lambda slot: means[id(slot)])


def _crossings(columns: Sequence[Sequence[Slot]]) -> int:
    total = 0
    for left, right in pairwise(columns):
        places = {id(slot): i for i, slot in enumerate(right)}
        ends = [(i, places[id(other)]) for i, slot in enumerate(left) for other in slot.after]
        total += sum(a < c and b > d for a, b in ends for c, d in ends)
    return total


def _place(columns: list[list[Slot]]) -> None:
    """Heights: every slot as near as its column allows to the mean of its neighbours, an edge as straight as it can."""
    for column in columns:
        _settle(column, [0.0] * len(column))
    for _ in range(8 * SWEEPS):
        for column in [*columns, *columns[::-1]]:
            _settle(column, [_wanted(slot) for slot in column])


def _wanted(slot: Slot) -> float:
    linked = [*slot.before, *slot.after]
    weights = [STRAIGHT if slot.passage and other.passage else 1.0 for other in linked]
    return sum(w * other.y for w, other in zip(weights, linked, strict=True)) / sum(weights) if linked else slot.y


def _settle(column: list[Slot], wanted: list[float]) -> None:
    """Least squares towards `wanted` in the given order, apart by the heights: pool adjacent violators."""
    offsets = [0.0]
    for slot, following in pairwise(column):
        offsets.append(offsets[-1] + (slot.height + following.height) / 2 + GAP)
    pools: list[tuple[float, int]] = []
    for place, offset in zip(wanted, offsets, strict=False):
        mean, count = place - offset, 1
        while pools and pools[-1][0] > mean:
            other, many = pools.pop()
            mean, count = (mean * count + other * many) / (count + many), count + many
        pools.append((mean, count))
    settled = [mean for mean, count in pools for _ in range(count)]
    for slot, mean, offset in zip(column, settled, offsets, strict=False):
        slot.y = mean + offset


def _straighten(passages: Sequence[Slot]) -> None:
    """Passages that nearly agree are put at one height; none moves so far (GAP / 2) that it could meet another."""
    run: list[Slot] = []
    for slot, following in zip(passages, [*passages[1:], None], strict=True):
        run.append(slot)
        heights = [other.y for other in run] + ([following.y] if following else [])
        middle = (max(heights) + min(heights)) / 2
        if following is None or max(heights) - middle >= GAP / 2 - 1:
            level = (max(other.y for other in run) + min(other.y for other in run)) / 2
            for other in run:
                other.y = level
            run = []
