"""The site in a browser, opened from disk without a network: formulas are set, nothing fails, pages fit, the search finds."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.web, pytest.mark.xdist_group("site")]  # one process builds the site

OWN = ("file:", "data:", "blob:")
"""What a page opened from disk may ask for."""

FAULTS = """
() => {
  const found = [];
  for (const broken of document.querySelectorAll(".katex-error")) found.push("formula: " + broken.title);
  for (const formula of document.querySelectorAll(".arithmatex"))
    if (!formula.querySelector(".katex")) found.push("not set: " + formula.textContent);
  const words = document.querySelector("article").cloneNode(true);
  for (const set of words.querySelectorAll("code, pre, .arithmatex")) set.remove();
  for (const [left] of words.textContent.matchAll(/.{0,40}\\$.{0,40}/g)) found.push("not set: " + left);
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 1) found.push("too wide by " + wide);
  for (const image of document.images) if (!image.naturalWidth) found.push("image: " + image.src);
  return found;
}
"""


@pytest.fixture(params=[("light", 1440), ("dark", 390)], ids=["light", "dark"])
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    scheme, width = request.param
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 844}, offline=True)
    yield context.new_page()
    context.close()


def faults(page: Any, file: Path) -> list[str]:
    """What a browser finds wrong with a page, each by its kind and a colon."""
    found: list[str] = []
    listeners: dict[str, Callable[[Any], object]] = {
        "console": lambda message: found.extend([f"console: {message.text}"]),
        "pageerror": lambda error: found.extend([f"error: {error}"]),
        "request": lambda one: found.extend([] if one.url.startswith(OWN) else [f"network: {one.url}"]),
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    page.goto(file.as_uri())
    found += page.evaluate(FAULTS)
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    return found


def test_every_page_can_be_read(page: Any, site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 150
    wrong = {str(file.relative_to(site)): faults(page, file) for file in pages if file.name != "404.html"}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_the_search_finds(page: Any, site: Path) -> None:
    page.goto((site / "index.html").as_uri())
    page.locator("label[for=__search].md-header__button").dispatch_event("click")
    page.locator(".md-search__input").press_sequentially("hamming-sink", delay=30)
    page.locator(".md-search-result__link").first.wait_for(timeout=20_000)
    assert any("hamming-sink" in link for link in page.locator(".md-search-result__link").all_inner_texts())


@pytest.mark.parametrize(
    ("planted", "kind"),
    [
        ('<span class="arithmatex">\\(\\frac{1\\)</span>', "formula"),
        ("<p>$$ x $$</p>", "not set"),
        ('<img src="none.png">', "image"),
        ('<div style="width: 5000px">x</div>', "too wide"),
        ("<script>undefinedFunction()</script>", "error"),
        ('<script src="https://hardlab.invalid/x.js"></script>', "network"),
    ],
)
def test_what_is_wrong_is_found(page: Any, site: Path, planted: str, kind: str) -> None:
    text = (site / "reference" / "files.html").read_text(encoding="utf-8")
    file = site / "reference" / "planted.html"
    file.write_text(text.replace("</article>", f"{planted}</article>"), encoding="utf-8")
    found = faults(page, file)
    file.unlink()
    assert kind in {fault.partition(":")[0].partition(" by")[0] for fault in found}
