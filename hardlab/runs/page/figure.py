"""The answers of a run as one SVG file that explains itself: what was decided how, every row against low and high."""

from collections.abc import Iterator, Mapping
from math import ceil, floor, log10
from typing import Any

from hardlab.pages.colours import DARK, LIGHT, declared
from hardlab.pages.drawing import drawing
from hardlab.pages.panels import apart, text
from hardlab.pages.text import counted, line, number
from hardlab.runs.page.answers import Answers, Frame
from hardlab.runs.page.lighting import LOOKS, Lights
from hardlab.runs.page.style import ANSWERS

FRAME = Frame(width=640.0, height=428.0, left=72.0, right=124.0, top=114.0, bottom=64.0)
SIDE, CHARACTER, NARROW, LARGE = 16.0, 8.1, 7.6, 9.7
"""The margin of texts, and widths of their characters, at most and about, and of the title's."""

COLOURS = ("paper", "ink", "quiet", "grid", "passed", "beyond", "wrong")

STYLE = """
text { font: 13px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: var(--ink) }
.title { font-size: 16px; font-weight: 600 } .bold { font-weight: 600 }
.faint { fill: var(--quiet) } .middle { text-anchor: middle } .end { text-anchor: end }
.grid { stroke: var(--grid) } .axis, .pointer { fill: none; stroke: var(--quiet) } .pointer { stroke: var(--lit) }
"""
STYLE += ANSWERS


def figure_of_run(record: Mapping[str, Any]) -> str:
    """The figure, drawn from the record alone. Errors: as of `page_of_run`, and `LookupError` where there are no answers."""
    found = record["answers"]
    route = record["route"] if record["verdict"] == "yes" else None
    finite = [(given, -row) for row, given, _ in Answers(found, None, Lights()).rows if given is not None]
    first = int(route[-1]["witness"][-1]) if route else -max(finite)[1] if finite else None
    answers = Answers(found, first if route else None, Lights(), FRAME)
    style = STYLE + (f".r{first} {{ {LOOKS['row']} }}" if first is not None else "")
    light, dark = (f"{declared(of, COLOURS)}; --lit: {of['passed']}" for of in (LIGHT, DARK))
    size = FRAME.width, FRAME.height
    return drawing("hardlab-answers", "The answers of a run", size, light, dark, style, _parts(record, answers, first))


def _parts(record: Mapping[str, Any], answers: Answers, first: int | None) -> Iterator[str]:
    (right, bottom), width = FRAME.ends, FRAME.width
    yield text("title", SIDE, 26, _title(record), width - 2 * SIDE, LARGE)
    for y, said in zip((48, 66), _how(record), strict=False):
        yield text("faint", SIDE, y, said, width - 2 * SIDE, NARROW + 0.3)
    yield from _axes(answers)
    yield from answers.marks()
    yield from _thresholds(answers)
    yield from _first(answers, first)
    rows = f"{answers.whole} of {'attention' if record['members'] is None else 'one member'}"
    yield text("faint", FRAME.left, bottom + 18, "row 0", right)
    yield text("faint end", right, bottom + 18, f"row {answers.span:,}", right)
    yield text("faint middle", (FRAME.left + right) / 2, bottom + 18, rows, right - FRAME.left - 140, CHARACTER)
    yield from _legend(record, answers)


def _title(record: Mapping[str, Any]) -> str:
    stage = record["stages"][0]
    size = stage["size"]
    if stage["problem"] == "cnf":
        what = f"a formula of {counted(int(size['n']), 'variable')} and {counted(int(size['m']), 'clause')}"
    else:
        what = f"{line(stage['problem'])}, " + ", ".join(f"{line(name)} = {number(value)}" for name, value in size.items())
    return f"{line(record['verdict']).upper()}{' if a claim holds' if record['claimed'] else ''}: {what}"


def _how(record: Mapping[str, Any]) -> Iterator[str]:
    """Who decided, and what its answers say by themselves, where that is something else; through which chain."""
    own, who = record["own"], line(record["algorithm"])
    differs = own is not None and own["verdict"] != record["verdict"]
    yield f"answers of {who}, which say {line(own['verdict']).upper()} by themselves" if differs else f"decided by {who}"
    if record["chain"]:
        yield f"through {line(record['chain'])}"


def _axes(answers: Answers) -> Iterator[str]:
    """Values at round places, and what they are."""
    middle, (right, bottom) = (FRAME.top + FRAME.ends[1]) / 2, FRAME.ends
    least, most = answers.range
    step = 10.0 ** floor(log10((most - least) / 4))
    step *= max(factor for factor in (1, 2, 5) if factor == 1 or factor * step <= (most - least) / 4)
    for k in range(ceil(least / step), floor(most / step) + 1):
        y = answers.y(k * step)
        yield f'<path class="grid" d="M{FRAME.left:g} {y:.1f}H{right:g}"/>'
        yield text("faint end", FRAME.left - 6, y + 4.5, number(k * step), FRAME.left, CHARACTER)
    unit = "ln of the output" if answers.found["logarithmic"] else "output"
    yield f'<g transform="translate({SIDE:g} {middle:g}) rotate(-90)">{text("faint middle", 0, 4, unit, bottom)}</g>'


def _thresholds(answers: Answers) -> Iterator[str]:
    """To the right of their lines, what they are and mean."""
    right, bottom = FRAME.ends
    values = [float(answers.found[name]) for name in ("high", "low")]
    places = apart([answers.y(value) for value in values], 44, FRAME.top + 8, bottom - 8)
    for name, value, y, means in zip(("high", "low"), values, places, ("YES from", "NO up to"), strict=True):
        yield f'<path class="axis" d="M{right:g} {answers.y(value):.1f}L{right + 8:g} {y:.1f}"/>'
        said = f"{name} = {number(value)}"
        first = y - 12 if name == "high" else y + 4.5
        yield text("bold", right + 12, first, means, FRAME.right - 12, CHARACTER)
        yield text("", right + 12, first + 16.5, said, FRAME.right - 12, NARROW)


def _first(answers: Answers, first: int | None) -> Iterator[str]:
    """The row that decides, or else that answers most, named above the answers."""
    for row, given, exact in answers.rows:
        if row == first:
            x, y = answers.x(row), answers.height(given)
            wrong = row in answers.wrong and exact is not None
            said = f"row {row} {'decides' if row == answers.decided else 'answers most'}: "
            said += f"answered {_value(given)}, exactly {_value(exact)}" if wrong else _value(given)
            half = (len(said) + 1) * CHARACTER / 2
            at = min(max(x, SIDE + half), FRAME.width - SIDE - half)
            yield f'<path class="pointer" d="M{x:.1f} {FRAME.top - 12:g}V{y - 8:.1f}"/>'
            yield text("middle", at, FRAME.top - 17, said, FRAME.width)


def _value(given: float | None) -> str:
    return "no finite number" if given is None else number(given)


def _legend(record: Mapping[str, Any], answers: Answers) -> Iterator[str]:
    """The marks that occur, each beside what it means."""
    own, y, x = record["own"], FRAME.height - 16, FRAME.left
    wrong = int(own["wrong"]) if own is not None else len(answers.wrong)
    marks = [('<circle class="dot" cx="5" cy="-4" r="3"/>', "answer")]
    if any(exact is not None for _, _, exact in answers.rows):
        marks.append(('<circle class="exact" cx="5" cy="-4" r="4"/>', "exact output"))
    lost = any(given is None for row, given, _ in answers.rows if row in answers.wrong)
    side = "on the wrong side, or no number" if lost else "on the wrong side"
    if answers.wrong:
        marks.append(
            (
                '<path class="cross" d="M1 -8l8 8m0 -8l-8 8"/>',
                f"{side}: {counted(wrong, 'row')}",
            )
        )
    elif own is not None and own["right"] == own["of"]:
        marks[0] = marks[0][0], "answer, each on its right side"
    for mark, said in marks:
        yield f'<g transform="translate({x:.1f} {y:g})">{mark}{text("", 16, 0, said, FRAME.width)}</g>'
        x += 16 + (len(said) + 3) * CHARACTER
