"""The report in a browser: in light and dark, on a phone and a desk, it loads nothing, fits, and can be read and operated.

`faults` measures a page; the tests with planted faults show that it finds each kind.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hardlab.conformance.checking import checked, checks
from hardlab.conformance.recording import record_of
from hardlab.conformance.report.page import page_of_checks
from hardlab.conformance.suffered import Suffered
from hardlab.kernels.kernel import Conventions, Dtype
from hardlab.pages.html import POLICY
from hardlab.runs.page.page import page_of_run
from hardlab.sweep.axes import axis
from hardlab.sweep.grouping import groups, groups_and_kernels
from hardlab.sweep.measures import MEASURES
from hardlab.sweep.record import Job, failed
from hardlab.sweep.reporting import page_of_sweep
from instances.cnf import CNF
from instances.families import random_ksat
from tests.support import kernel_records, kernels, reports
from tests.support.kernels import InProcess
from tests.support.runs import LEMMA_4_7, RECORDS, YES, recorded

pytestmark = pytest.mark.web

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make test-web installs it")

Record = dict[str, Any]

WIDTHS = (390, 1440)
SCHEMES = ("light", "dark")
LIGHT, PHONE = SCHEMES[0], WIDTHS[0]

FRIGHT = "<script>console.log('run')</script>&lt;<img src=http://hardlab.invalid/x.png> \u202eשלום עולם مرحبا "
UNBROKEN = "w" * 300

OPENING = """
said => {
  const found = [];
  if (document.scripts.length) found.push("script: the page has one");
  const first = document.querySelector("h1, h2, h3, h4");
  if (first?.textContent !== said) found.push("verdict: the first heading is " + first?.textContent);
  for (const shown of document.querySelectorAll("h1, h1 + .scroll td:nth-child(2)")) {
    const box = shown.getBoundingClientRect();
    if (box.top < 0 || box.left < 0 || box.bottom > innerHeight || box.right > innerWidth)
      found.push("verdict: not in sight at first: " + shown.textContent);
  }
  return found;
}
"""
"""Of the page as it opens."""

UNFOLDED = """
() => {
  const found = [];
  for (const folded of document.querySelectorAll("details")) folded.open = true;
  if (document.documentElement.scrollWidth > innerWidth) found.push("overflow: " + document.documentElement.scrollWidth);

  const colour = text => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => {
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const within = (a, b) => a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  const behind = (element, box) => {
    const under = [...(element.ownerSVGElement?.querySelectorAll("rect") ?? [])].filter(one =>
      one.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING && within(box, one.getBoundingClientRect()));
    if (under.length) return colour(getComputedStyle(under.at(-1)).fill);
    for (let one = element; one; one = one.parentElement) {
      const paper = colour(getComputedStyle(one).backgroundColor);
      if (paper[3] !== 0) return paper;
    }
    return [255, 255, 255];
  };

  let read = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (!node.data.trim() || element.closest("script, style, title") || !box.width) continue;
    read++;
    const style = getComputedStyle(element), svg = element.ownerSVGElement;
    const size = parseFloat(style.fontSize) * (svg ? element.getScreenCTM().a : 1);
    if (size < 10) found.push(`small: ${size} px: ${node.data}`);
    const paper = behind(element, box), [r, g, b, alpha] = colour(svg ? style.fill : style.color);
    const ink = [r, g, b].map((c, i) => (alpha ?? 1) * c + (1 - (alpha ?? 1)) * paper[i]);
    if (!(contrast(ink, paper) >= 4.5)) found.push(`contrast: ${contrast(ink, paper)}: ${node.data}`);
  }
  if (!read) found.push("blank: no text has a width; is there a font, as of the Debian package fonts-dejavu-core?");

  for (const svg of document.querySelectorAll("svg")) {
    const texts = [...svg.querySelectorAll("text")].map(text => [text.textContent, text.getBoundingClientRect()]);
    texts.forEach(([said, box], i) => {
      if (!within(box, svg.getBoundingClientRect())) found.push("cut: " + said);
      for (const [other, there] of texts.slice(i + 1)) if (meet(box, there)) found.push(`overlap: ${said}, ${other}`);
    });
  }
  return found;
}
"""
"""Of the page with all its folds open: its width, the size and contrast of each text, the places of those in drawings."""

SCROLLED = """
async () => {
  for (let i = 0; i < 99 && !document.activeElement.scrollLeft; i++) await new Promise(requestAnimationFrame);
  return document.activeElement.scrollLeft > 0;
}
"""
"""Whether the box in focus scrolls, within 99 frames."""


def checked_record(function: kernels.Function, dtype: Dtype, only: str | None = None) -> Record:
    """The record of a kernel on the small ladder."""
    kernel = Suffered(InProcess(function, Conventions(dtype=dtype)))
    command = f"hardlab check tests.support.kernels:{kernel.name} --dtype {dtype}"
    results = list(checked(checks(kernel, (16, 64), only), only=only, command=command))
    return dict(record_of(kernel, results, seconds=1.5, versions={"python": "3.11", "numpy": "2.2"}, command=command))


def hostile(record: Record) -> Record:
    """The same under names, with reasons and in an environment that are long, foreign and look like markup."""
    fright = FRIGHT + UNBROKEN
    checks = [{**check, "name": f"{i}{fright}", "reason": fright, "repeat": fright} for i, check in enumerate(record["checks"])]
    chains = [{**chain, "name": fright, "edges": [fright] * 9} for chain in record["chains"]]
    ends = [{**end, "construction": fright, "R0": fright} for end in record["ends"]]
    foreign = {"target": fright, "command": fright, "machine": fright, "versions": {fright: fright}}
    return {**record, **foreign, "checks": checks, "chains": chains, "ends": ends}


@pytest.fixture(scope="module")
def records() -> dict[str, list[Record]]:
    """Of each page."""
    conformant = checked_record(kernels.right, "float32")
    wrong = checked_record(kernels.wrong_axis, "float32")
    half = checked_record(kernels.right, "float16", "decisions/*")
    assert any(check["counterexample"] for check in wrong["checks"])
    assert any(check["status"] == "beyond" for check in half["checks"])
    several = [conformant, {**wrong, "target": f"a.package.of.{UNBROKEN[:40]}:attention"}, half]
    return {"conformant": [conformant], "wrong": [wrong], "half": [half], "several": several, "hostile": [hostile(wrong)]}


PAGES = {
    "conformant": "Conformant",
    "wrong": "Wrong answer",
    "half": "Conformant",
    "several": "Conformance of attention kernels",
    "hostile": "Wrong answer",
}
"""The first heading of each page."""


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Opens a page without a network; `heard` is told of messages, errors and requests."""
    contexts = []

    def opening(html: str, scheme: str = LIGHT, width: int = PHONE, heard: Callable[[str], object] = str) -> Any:
        path = tmp_path / "report.html"
        path.write_text(html, encoding="utf-8")
        contexts.append(browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 844}, offline=True))
        page = contexts[-1].new_page()
        page.on("console", lambda message: heard(f"console: {message.text}"))
        page.on("pageerror", lambda error: heard(f"error: {error}"))
        page.on("request", lambda one: one.url == path.as_uri() or heard(f"request: {one.url}"))
        page.goto(path.as_uri())
        return page

    yield opening
    for context in contexts:
        context.close()


def faults(opened: Callable[..., Any], html: str, heading: str, scheme: str = LIGHT, width: int = PHONE) -> list[str]:
    """What is wrong with a page, each by its kind and a colon."""
    found: list[str] = []
    page = opened(html, scheme, width, found.append)
    return [*page.evaluate(OPENING, heading), *page.evaluate(UNFOLDED), *found]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", PAGES)
def test_a_report_has_no_faults(
    opened: Callable[..., Any], records: dict[str, list[Record]], name: str, scheme: str, width: int
) -> None:
    assert faults(opened, page_of_checks(records[name]), PAGES[name], scheme, width) == []


def sweep_records(words: str) -> tuple[list[Job], list[Record]]:
    """Jobs that are done, failed and missing, right and wrong, under these words."""
    jobs: list[Job] = []
    records: list[Record] = []
    algorithms = ("softmax", "boolean", "logspace", "polynomial", "performer", "taylor", words)
    exponents = (-14.5, -300.0, None, 0.3, 2.0, None, 310.0)
    for n in (3, 1000, 100_000):
        for chain in ("ov-attention", f"ov-hamming,hamming-attention[R0={n}]", words):
            for i, by in enumerate(algorithms):
                parameters = {"n": n, "m": 4 * n, "k": 3, "kind": words}
                job: Any = {"family": words, "parameters": parameters, "chain": chain, "algorithm": by, "solver": None}
                jobs.append(job)
                ran = {"verdict": "yes", "agrees": True, "decide_seconds": n * 1e-6 * len(by), "warm": True, "oracle": "yes"}
                own = {
                    "verdict": ("yes", "no", "unknown")[i % 3],
                    "rows": 50,
                    "right": 50 - 7 * i,
                    "wrong": i,
                    "sampled": i > 3,
                }
                delivered = {"value": 0.0 if by == "logspace" else None, "log10": exponents[i]}
                measured = {"own": own, "delivered": delivered, "demanded": {"value": 1.0, "log10": 0.0}}
                done = {**failed(job, "done", words, 0.1), **ran, **measured, "stages": [{"size": {"n": n}, "seconds": 0.001}]}
                record = done if by != "taylor" or n > 3 else failed(job, "crashed", words, 0.1)
                records.append({**record, "environment": {"versions": {words: words}, "machine": words}})
    return jobs, records[:-1]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("words", ["random-ov", FRIGHT + UNBROKEN])
@pytest.mark.parametrize("x", ["n", "kind"])
def test_the_page_of_a_sweep_has_no_faults(opened: Callable[..., Any], x: str, words: str, scheme: str, width: int) -> None:
    jobs, records = sweep_records(words)
    html = page_of_sweep(groups(jobs, records), axis(x, jobs, ""), MEASURES)
    assert html.count("<svg") == 5 * (5 if x == "n" else 9)
    assert faults(opened, html, "Wrong answers", scheme, width) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_page_of_swept_kernels_has_no_faults(opened: Callable[..., Any], scheme: str, width: int) -> None:
    job = kernel_records.kernel_job(FRIGHT + UNBROKEN, features=UNBROKEN)
    wrong = kernel_records.checked(job, "wrong", reports.check(f"{UNBROKEN}/x", "wrong"), reason=UNBROKEN)
    jobs, records = [*kernel_records.JOBS, job], [*kernel_records.RECORDS, wrong]
    html = page_of_sweep([], kernels=groups_and_kernels(jobs, records)[1])
    assert faults(opened, html, "Kernels that fail", scheme, width) == []


def within_page(planted: str) -> Callable[[str], str]:
    return lambda html: html.replace("</main>", f"{planted}</main>").replace(POLICY, "")


def before_page(planted: str) -> Callable[[str], str]:
    return lambda html: html.replace("<main>", f"<main>{planted}")


def drawn(planted: str) -> Callable[[str], str]:
    """Into each drawing."""
    return lambda html: html.replace("</svg>", f"{planted}</svg>")


IMAGE = '<img src="http://hardlab.invalid/x.png" alt="">'

PLANTED = {
    "request": [within_page(IMAGE), within_page("<style>@import 'http://hardlab.invalid/x.css'</style>")],
    "console": [before_page(IMAGE), within_page("<script>console.log(1)</script>")],
    "error": [within_page("<script>throw Error()</script>")],
    "script": [before_page("<script>0</script>")],
    "overflow": [within_page("<table><tr><td style='min-width: 500px'>wide</td></tr></table>")],
    "verdict": [before_page("<h2>First</h2>"), before_page("<p style='height: 900px'></p>")],
    "contrast": [
        within_page("<p style='color: #888888'>grey</p>"),
        within_page("<p style='color: #0000007f'>grey</p>"),
        within_page("<p style='background: black'>black</p>"),
        within_page("<table><tr><td style='color: #888888'>grey</td></tr></table>"),
        drawn("<text x='4' y='90' style='fill: #888888'>grey</text>"),
        drawn("<rect width='99' height='99'/><text x='4' y='90'>black</text>"),
    ],
    "blank": [within_page("<style>main { display: none }</style>")],
    "cut": [drawn("<text x='340' y='90'>too long</text>"), drawn("<text x='4' y='4'>too high</text>")],
    "overlap": [drawn("<text x='4' y='90'>one</text><text x='9' y='94'>other</text>")],
    "small": [
        within_page("<p style='font-size: 9px'>small</p>"),
        drawn("<text x='4' y='9' style='font-size: 8px'>small</text>"),
    ],
}


@pytest.mark.parametrize(("kind", "plant"), [(kind, plant) for kind, plants in PLANTED.items() for plant in plants])
def test_a_planted_fault_is_found(
    opened: Callable[..., Any], records: dict[str, list[Record]], kind: str, plant: Callable[[str], str]
) -> None:
    html = plant(page_of_checks(records["conformant"]))
    assert kind in {fault.split(":")[0] for fault in faults(opened, html, PAGES["conformant"])}


def test_the_page_is_as_light_as_the_screen(opened: Callable[..., Any], records: dict[str, list[Record]]) -> None:
    colours = "(({backgroundColor, color}) => backgroundColor + color)(getComputedStyle(document.body))"
    html = page_of_checks(records["conformant"])
    assert len({opened(html, scheme).evaluate(colours) for scheme in SCHEMES}) == 2


def test_a_keyboard_opens_what_is_folded_and_scrolls_tables(
    opened: Callable[..., Any], records: dict[str, list[Record]]
) -> None:
    page = opened(page_of_checks(records["wrong"]))
    reached = {"summary": 0, ".scroll": 0}
    for _ in range(page.locator("summary, .scroll, a").count()):
        page.keyboard.press("Tab")
        for kind in reached:
            reached[kind] += page.evaluate("kind => document.activeElement.matches(kind)", kind)
        if page.evaluate("document.activeElement.matches('details:not([open]) > summary')"):
            page.keyboard.press("Enter")
            assert page.evaluate("document.activeElement.parentElement.open")
        elif page.evaluate("document.activeElement.matches('.scroll')"):
            page.keyboard.press("ArrowRight")
            assert page.evaluate(SCROLLED)
    assert reached == {kind: page.locator(kind).count() for kind in reached}


def test_a_link_of_the_table_opens_its_kernel(opened: Callable[..., Any], records: dict[str, list[Record]]) -> None:
    page = opened(page_of_checks(records["several"]))
    for i in range(len(records["several"])):
        assert not page.locator(f"#kernel-{i} h2").first.is_visible()
        page.locator(f"a[href='#kernel-{i}']").click()
        page.locator(f"#kernel-{i} h2").first.wait_for(state="visible")


# ------------------------------------------------------------------------------------------------- pages of runs

MANY: dict[str, tuple[CNF, str]] = {
    "20 variables": (random_ksat(20, 85, 3, seed=1), "auto"),
    "20 variables, NO": (random_ksat(20, 100, 3, seed=4), "auto"),
    "40 variables": (random_ksat(40, 170, 3, seed=1), "auto"),
    "four steps": (random_ksat(10, 42, 3, seed=1), LEMMA_4_7),
}
"""Runs with many rows."""

RUN_PAGES = [*RECORDS, *MANY]

LIT = """
row => {
  const shown = element => getComputedStyle(element).display !== "none";
  const lit = getComputedStyle(document.querySelector(".chip.r" + row)).backgroundColor;
  const rows = [...document.querySelectorAll(".of")].filter(shown).map(one => [...one.classList].at(-1));
  const chips = [...document.querySelectorAll(".chip")].filter(one => getComputedStyle(one).backgroundColor === lit);
  const back = document.querySelector(".q" + row + " .back");
  const paper = getComputedStyle(document.body).backgroundColor;
  return [new Set(rows).size === 1 && rows[0] === "r" + row, chips.length === 1, getComputedStyle(back).fill !== paper];
}
"""
"""Whether this row is lit and no other: in words, among the links, and in Q."""


def run_page(name: str) -> tuple[Record, str]:
    record = RECORDS[name]() if name in RECORDS else recorded(*MANY[name])
    return record, page_of_run(record)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", RUN_PAGES)
def test_a_page_of_a_run_has_no_faults(opened: Callable[..., Any], name: str, scheme: str, width: int) -> None:
    record, html = run_page(name)
    assert faults(opened, html, record["verdict"].upper(), scheme, width) == []


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_fault_in_a_run_is_found(opened: Callable[..., Any], kind: str) -> None:
    html = PLANTED[kind][0](run_page("yes")[1])
    assert kind in {fault.split(":")[0] for fault in faults(opened, html, "YES")}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_row_is_lit_by_a_click_and_by_the_keyboard(opened: Callable[..., Any], scheme: str) -> None:
    record, html = run_page("20 variables")
    page = opened(html, scheme)
    first = record["route"][-1]["witness"][0]
    assert page.evaluate(LIT, first) == [True, True, True]
    row = next(int(row) for row in record["stages"][1]["picture"]["pairs"] if int(row) not in (first, 0))
    pixels = page.locator(f"a[href='#row-{row}'] .a{row}")
    pixels.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    pixels.locator(".back").click(position={"x": 20, "y": 3})
    assert page.evaluate(LIT, row) == [True, True, True]
    assert page.evaluate(LIT, first) != [True, True, True]
    assert page.evaluate("scrollY") == before  # the page stays where it is
    page.keyboard.press("Tab")  # to the link after that of the row
    assert page.evaluate("document.activeElement.matches('.chip')")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") != f"#row-{row}"
    assert page.evaluate(LIT, int(page.evaluate("location.hash.slice(5)"))) == [True, True, True]
    assert page.evaluate("scrollY") == before


def test_every_row_is_lit_by_its_address(opened: Callable[..., Any]) -> None:
    record, html = run_page("yes")
    page = opened(html)
    for row in record["stages"][2]["picture"]["weights"]:
        page.evaluate("row => { location.hash = 'row-' + row }", row)
        assert page.evaluate(LIT, int(row)) == [True, True, True]


def test_what_a_row_makes_true_is_in_colour_and_what_it_leaves_false_is_struck(opened: Callable[..., Any]) -> None:
    record, html = run_page("yes")
    page = opened(html)
    weight = "one => getComputedStyle(one).fontWeight"
    for x in {x for clause in YES.clauses for x in clause}:
        mark = page.locator(f".clauses .{'p' if x > 0 else 'n'}{abs(x)}").first
        assert (mark.evaluate(weight) == "700") == (x in record["model"])
    picture = record["stages"][0]["picture"]
    row = next(row for row, false in picture["false"].items() if false["count"])
    page.evaluate("row => { location.hash = 'row-' + row }", row)
    struck = [page.locator(f".clauses .c{c}").evaluate("one => getComputedStyle(one).textDecorationLine") for c in range(4)]
    assert [c for c, line in enumerate(struck) if line == "line-through"] == picture["false"][row]["clauses"]
