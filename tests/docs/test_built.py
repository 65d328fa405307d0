"""The site is built strictly, no link of it is dead, and what would break it does break it."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from docs.site.entries import KINDS
from tests.support.sites import built, copied

pytestmark = [pytest.mark.docs, pytest.mark.xdist_group("site")]  # one process builds the site


class _Page(HTMLParser):
    """What a page refers to, and the places in it that can be referred to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value is not None:
                (self.links if tag == "a" else self.loads).add(value)
            if name == "id" and value:
                self.places.add(value)


def dead_links(site: Path) -> list[str]:
    """What pages refer to that is not there, and what they load from a network; links to a network are for people to follow."""
    pages = {page: _Page(page.read_text(encoding="utf-8")) for page in sorted(site.rglob("*.html")) if page.name != "404.html"}
    dead = []
    for page, found in pages.items():
        for link in sorted(found.links | found.loads):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                missing = link in found.loads and parts.scheme != "data"
            else:
                target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
                fragment = unquote(parts.fragment)
                missing = not target.is_file() or bool(fragment and target in pages and fragment not in pages[target].places)
            if missing:
                dead.append(f"{page.relative_to(site)}: {link}")
    return dead


def test_no_link_is_dead(site: Path) -> None:
    assert dead_links(site) == []


def test_every_entry_is_a_page_that_the_index_leads_to(site: Path) -> None:
    for kind, (about, *_) in KINDS.items():
        text = (site / "reference" / kind / "index.html").read_text(encoding="utf-8")
        listed = _Page(text[text.index("<article") : text.index("</article>")]).links  # without the navigation
        for key in about:
            assert (site / "reference" / kind / f"{key}.html").is_file()
            assert f"{key}.html" in listed


def test_the_graph_leads_to_every_problem_and_reduction(site: Path) -> None:
    text = (site / "reference" / "reductions" / "index.html").read_text(encoding="utf-8")
    drawing = _Page(text[text.index("<svg", text.index('class="graph"')) :].partition("</svg>")[0])
    wanted = {f"../problems/{name}.html" for name in KINDS["problems"].about}
    assert drawing.links == wanted | {f"{key}.html" for key in KINDS["reductions"].about}


FAULTS = [
    ("docs/pages/tutorials/plug-in.md", "\n", "\n\n[gone](../reference/nothing.md)\n", "nothing.md"),
    ("docs/pages/how-to/sweeps.md", "\n", "\n\n[gone](#no-such-place)\n", "no-such-place"),
    ("README.md", "docs/pages/tutorials/walkthrough.md", "docs/pages/tutorials/gone.md", "tutorials/gone.md"),
    ("docs/mkdocs.yml", "reference/files.md", "reference/missing.md", "reference/missing.md"),
]


def test_what_is_broken_is_not_built(tmp_path: Path) -> None:
    root = copied(tmp_path)
    for page, old, new, _ in FAULTS:
        text = (root / page).read_text(encoding="utf-8")
        assert old in text
        (root / page).write_text(text.replace(old, new, 1), encoding="utf-8")
    done = built(root)
    assert done.returncode != 0
    warnings = [line for line in done.stderr.splitlines() if "WARNING" in line]
    assert [said for *_, said in FAULTS if not any(said in line for line in warnings)] == []


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    links = '<a href="b.html#x">b</a><a href="c.html">c</a><a href="#y">y</a><a href="https://x">x</a><p id="z">'
    (tmp_path / "a.html").write_text(links + '<script src="//x/y.js">', encoding="utf-8")
    (tmp_path / "b.html").write_text('<p id="w"><a href="a.html#z">a</a>', encoding="utf-8")
    assert dead_links(tmp_path) == ["a.html: #y", "a.html: //x/y.js", "a.html: b.html#x", "a.html: c.html"]
