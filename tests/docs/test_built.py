"""The site is built strictly, no link of it is dead, and what would break it does break it."""

import os
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from docs.site.entries import KINDS
from tests.support.places import ROOT

pytestmark = pytest.mark.docs

SITE = "build/site"


def built(root: Path) -> "subprocess.CompletedProcess[str]":
    """What `make docs` does, in the tree at `root`."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-f", "docs/mkdocs.yml"],
        cwd=root,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def copied(to: Path) -> Path:
    """A tree that can be built and changed: pages and their maker copied, the packages linked."""
    for name in ("docs", "README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, to / name)
    for name in ("instances", "reductions", "attention", "solvers", "hardlab", "pyproject.toml"):
        (to / name).symlink_to(ROOT / name)
    return to


class _Page(HTMLParser):
    """What a page refers to, and the places in it that can be referred to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value is not None and tag != "link":
                self.links.add(value)
            if name == "id" and value:
                self.places.add(value)


def dead_links(site: Path) -> list[str]:
    """References of all pages to files or places that are not there, and to anything on a network but for people to follow."""
    pages = {page: _Page(page.read_text(encoding="utf-8")) for page in sorted(site.rglob("*.html")) if page.name != "404.html"}
    dead = []
    for page, found in pages.items():
        for link in sorted(found.links):
            parts = urlsplit(link)
            if parts.scheme in ("http", "https", "mailto"):
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            missing = not target.is_file()
            fragment = unquote(parts.fragment)
            if not missing and fragment and target in pages:
                missing = fragment not in pages[target].places
            if missing:
                dead.append(f"{page.relative_to(site)}: {link}")
    return dead


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = copied(tmp_path_factory.mktemp("site"))
    done = built(root)
    assert done.returncode == 0, done.stderr
    return root / SITE


def test_no_link_is_dead(site: Path) -> None:
    assert dead_links(site) == []


def test_every_entry_is_a_page_that_the_index_leads_to(site: Path) -> None:
    for kind, (about, *_) in KINDS.items():
        index = _Page((site / "reference" / kind / "index.html").read_text(encoding="utf-8"))
        for key in about:
            assert (site / "reference" / kind / f"{key}.html").is_file()
            assert f"{key}.html" in index.links


def test_the_graph_leads_to_every_problem_and_reduction(site: Path) -> None:
    text = (site / "reference" / "reductions" / "index.html").read_text(encoding="utf-8")
    drawing = _Page(text[text.index("<svg", text.index('class="graph"')) :].partition("</svg>")[0])
    wanted = {f"../problems/{name}.html" for name in KINDS["problems"].about}
    assert drawing.links == wanted | {f"{key}.html" for key in KINDS["reductions"].about}


def test_nothing_is_loaded_from_a_network(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for tag in ("<script", "<link", "<img"):
            for part in text.split(tag)[1:]:
                head = part.partition(">")[0]
                assert 'src="http' not in head, page
                assert tag != "<link" or "stylesheet" not in head or 'href="http' not in head, page


@pytest.mark.parametrize(
    ("page", "old", "new"),
    [
        ("docs/pages/tutorials/plug-in.md", "\n", "\n\n[gone](../reference/nothing.md)\n"),
        ("docs/pages/tutorials/plug-in.md", "\n", "\n\n[gone](#no-such-place)\n"),
        ("README.md", "docs/pages/tutorials/walkthrough.md", "docs/pages/tutorials/gone.md"),
        ("docs/mkdocs.yml", "reference/files.md", "reference/gone.md"),
    ],
)
def test_what_is_broken_is_not_built(page: str, old: str, new: str, tmp_path: Path) -> None:
    root = copied(tmp_path)
    text = (root / page).read_text(encoding="utf-8")
    assert old in text
    (root / page).write_text(text.replace(old, new, 1), encoding="utf-8")
    done = built(root)
    assert done.returncode != 0
    assert "WARNING" in done.stderr


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<a href="b.html#x">b</a><a href="c.html">c</a><a href="#y">y</a><p id="z">', encoding="utf-8"
    )
    (tmp_path / "b.html").write_text('<p id="w"><a href="a.html#z">a</a>', encoding="utf-8")
    assert dead_links(tmp_path) == ["a.html: #y", "a.html: b.html#x", "a.html: c.html"]
