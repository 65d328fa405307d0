"""What pages are made of is what it was: numbers as text, tables, drawings of graphs, labels kept apart, HTML and Markdown."""

import random
from fractions import Fraction
from itertools import product
from math import inf, nan

import pytest

from hardlab.pages import glossary, markdown, text
from hardlab.pages.drawing import drawing
from hardlab.pages.graph import Edge, dot, nodes, ordered, spaced, svg
from hardlab.pages.html import page, table_of
from hardlab.pages.json import plain
from hardlab.pages.panels import CHARACTER, SMALL, WIDTH, apart, apart_around, power_of_ten
from hardlab.pages.panels import text as panel_text
from tests.support.kept import Keeper, digits

FLOATS = [0.0, 0.5, 1.0, 9.96, 10.0, 12.34567, 999.5, 123456.789, -3.14159, 1e-4, 1e-3, -1e-3, 1e6, 1e7, 2.5e7, 1e300, 5e-324]
WHOLE = [
    0,
    1,
    2,
    3,
    4,
    6,
    7,
    8,
    12,
    999,
    1000,
    1023,
    1024,
    4096,
    9999999,
    10**7,
    10**7 + 1,
    -(10**7),
    10**300,
    10**301,
    -(10**300),
]
OTHERS = [
    None,
    "",
    "inf",
    "-Infinity",
    "+NaN",
    "nano",
    "1e5",
    "two\nlines\x00",
    True,
    False,
    [1],
    inf,
    -inf,
    nan,
    Fraction(1, 3),
]
FOREIGN = [
    "", "plain", "a_b _c_ __d__", "`code|bar` and *stars* ~$&|", "<b> <1 </a <!x", "[to](http://there.org) www.here.org",
    "two\nlines  of\ttext", "# head @name {x} WWW.x", "é\x07\u202e", "`" * 5, "x" * 299, "y" * 300, "z" * 301, "_", "a](b",
]  # fmt: skip


def test_numbers(kept: Keeper) -> None:
    said = [f"{value!r} {text.number(value)} {text.finite(value)} {text.cell(value)}" for value in (*FLOATS, *WHOLE, *OTHERS)]
    said += [f"{value!r} {text.figure(value)} {text.counted(int(value), 'thing')}" for value in (*FLOATS, *WHOLE) if value >= 0]
    said += [f"{n} {text.power_of_two(n)}" for n in WHOLE if n > 0]
    powers = (-310.5, -300.0, -299.994, -3.0, -2.5, 0.0, 0.30103, 5.99, 6.0, 299.9, 300.0, 301.25)
    said += [f"{power} {text.from_log10(power)}" for power in powers] + [text.from_log10(None)]
    margins = (
        (0.0, -inf),
        (9.99e-4, -3.0004),
        (1e-3, -3.0),
        (0.5, -0.301),
        (999999.0, 6.0),
        (1e6, 6.0),
        (inf, 400.5),
        (nan, nan),
    )
    kept("\n".join([*said, *(text.margin(*pair) for pair in margins)]))


def test_foreign_texts(kept: Keeper) -> None:
    told = (text.printable, text.line, markdown.escaped, markdown.said, markdown.harmless, markdown.code, spaced)
    kept("\n".join(f"{tell.__name__} {tell(foreign)}" for tell, foreign in product(told, FOREIGN)))


def test_tables(kept: Keeper) -> None:
    header, rows = ("name", "n", "share"), [("first", 12345, 0.123456), ("the second " * 20, 7, inf), ("", True, 1e9)]
    said = [text.table(header, rows, left) for left in ((), ("name",), ("name", "share"))]
    said += [text.table(header, rows, ("name",), width) for width in (40, 159, 161)]
    said += markdown.table(header, [tuple(map(str, row)) for row in rows])
    cells = [("<b>1</b>", "2", "3")] * 2
    said += [*table_of(header, cells), *table_of(header, cells, names=(0,), numbers=(1, 2)), *table_of(("<",), [], long=(0,))]
    kept("\n".join([*said, page("A <title>", ["<p>one</p>", "<p>two</p>"]), page("", [], "p {}")]))


def test_labels_kept_apart(kept: Keeper) -> None:
    """Of heights that tie, that have no room, and that lie beyond the limits."""
    rng = random.Random(5)
    sets = [
        [],
        [3.0],
        [5.0] * 4,
        [0.0, 1.0, 2.0],
        [9.0, 1.0, 8.5, 8.6],
        *([rng.uniform(-2, 12) for _ in range(n)] for n in (2, 5, 9)),
    ]
    said = [
        f"{digits(apart(heights, gap, low, high))} {digits(apart_around(heights, gap))}"
        for heights, gap, (low, high) in product(sets, (0.0, 0.5, 1.5), ((0.0, 10.0), (-1.0, 3.0)))
    ]
    said += [digits(apart_around([0.0] * 40, 1.0))]  # more than there are rounds for
    said += [f"{power_of_ten(power)}" for power in range(-12, 13)] + [digits((WIDTH, CHARACTER, SMALL))]
    for room in (0.0, 7.3, 7.4, 30.0, 74.0, 81.3, 81.4, 400.0):
        said += [panel_text("end", 1.006, 2.994, "eleven <&> i", room), panel_text("faint", 0, -1, "x" * 11, room, SMALL)]
    kept("\n".join(said))


def graphs() -> list[tuple[list[Edge], dict[str, str], tuple[str, ...]]]:
    """Chains, cycles, loops, disjunctions, long rows of keys, problems without edges, and random ones with all of it."""
    loops = [Edge("a", "a", "round", "says"), Edge("a", "b", "a-b"), Edge("b", "b", "again", "", True), Edge("b", "b", "twice")]
    wide = [Edge("one", "two", f"key-{i}" + "x" * i, f"<{i}>", i % 4 == 0) for i in range(14)]
    cycle = [Edge(f"n{i}", f"n{(i + 1) % 5}", f"e{i}") for i in range(5)] + [Edge("n1", "n3", "skip", disjunction=True)]
    lanes = [Edge("top", f"down{i}", f"to-{i}", disjunction=i == 3) for i in range(8)]
    found = [([], {}, ()), ([], {"alone": "stands alone"}, ("alone", "other")), (loops, {"a": "The <first>"}, ("c",))]
    found += [(wide, {"two": "T" * 60}, ()), (cycle, {}, ()), (lanes, {f"down{i}": f"Number {i}" for i in range(0, 8, 3)}, ())]
    rng = random.Random(7)
    for size in (3, 5, 8):
        names = [f"problem{i}" * rng.randint(1, 2) for i in range(size)]
        edges = [
            Edge(rng.choice(names), rng.choice(names), f"edge-{e}" * rng.randint(1, 3), 'a "claim"\n', rng.random() < 0.3)
            for e in range(3 * size)
        ]
        found.append((edges, {name: name.upper() for name in names[::2]}, (*names, "spare")))
    return found


@pytest.mark.parametrize("place", range(len(graphs())))
def test_graphs(place: int, kept: Keeper) -> None:
    edges, names, others = graphs()[place]
    said = [str(nodes(edges, others)), str(ordered(edges, others)), str(ordered(edges)), dot(edges, names, others)]
    said += [svg(edges, dict.fromkeys(nodes(edges), "")), svg(edges, {**dict.fromkeys(others, ""), **names}, others=others)]
    kept("\n".join([*said, svg(edges, names, lambda kind, key: f"{kind}/{key}?<&>" if len(key) % 2 else None)]))


def test_drawings_and_values(kept: Keeper) -> None:
    drawn = drawing("name", "A <label>", (12.5, 99.49), "--a: b", "--a: c", ".x {}", ["<g/>", "\x00"])
    values = plain({"a": (1, inf, [nan, -0.5]), "b": {"c": -inf, "d": None, "e": True}, "f": "text"})
    kept("\n".join([drawn, str(values)]))


def test_words(kept: Keeper) -> None:
    """The words are data: of the first few and some made up."""
    made = [
        glossary.Word("Part", "t2, u", "A `code <x>` of it. " * 12, ("t2", "u", "tee")),
        glossary.Word("Part", "low", "Short."),
        glossary.Word("Other part", "a_b|c", "See `x|y` and <this>.", ("<other>",)),
    ]
    said = [glossary.plain(made), glossary.plain(made, 40), glossary.plain(made[:1]), *glossary.markdown(made)]
    kept("\n".join([*said, *glossary.definitions(made), glossary.plain([])]))
