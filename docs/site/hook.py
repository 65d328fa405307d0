"""What mkdocs calls while it builds the site (`hooks` in docs/mkdocs.yml)."""

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

from docs.site import api, drawing, entries, notebook

ROOT = Path(__file__).parents[2]

ROOT_PAGES = {"contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md"}
"""Pages of the site that stand at the root of the repository."""


def on_files(files: Any, config: Any) -> Any:
    """Adds the pages that are computed or stand elsewhere."""
    made = {**api.pages(), **{page: _of_root(name) for page, name in ROOT_PAGES.items()}}
    for book in sorted(Path(config.docs_dir).glob("**/*.ipynb")):
        made[str(book.relative_to(config.docs_dir).with_suffix(".md"))] = notebook.as_markdown(book)
    for path, text in made.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Facts into entries, and tables and drawings where a page has a mark for them."""
    folder, _, name = page.file.src_uri.rpartition("/")
    kind = folder.removeprefix("reference/")
    if folder == f"reference/{kind}" and kind in entries.KINDS:
        if name == "index.md":
            markdown = markdown.replace("<!-- entries -->", entries.index(kind))
        else:
            markdown = entries.filled(kind, name.removesuffix(".md"), markdown)
    return markdown.replace("<!-- graph -->", drawing.graph(page.file.src_uri)) if "<!-- graph -->" in markdown else markdown


def _of_root(name: str) -> str:
    """A page of the root, its links made those of the site."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.sub(r"\]\(docs/(?:pages/)?", "](", text)
