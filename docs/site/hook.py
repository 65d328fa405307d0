"""What mkdocs calls while it builds the site (`hooks` in docs/mkdocs.yml)."""

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

from docs.site import api, entries, graph, notebook

ROOT = Path(__file__).parents[2]

AT_THE_ROOT = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Pages that stand at the root of the repository, with their place in the site."""


def on_config(config: Any) -> Any:
    """A kind of entries in the navigation, written as its folder, becomes the list of them."""
    config.nav = [_expanded(item) for item in config.nav]
    return config


def _expanded(item: Any) -> Any:
    if isinstance(item, str):
        kind = re.fullmatch(r"reference/(\w+)/", item)
        return [f"{item}index.md", *(f"{item}{key}.md" for key in entries.KINDS[kind[1]].about)] if kind else item
    return {
        title: [_expanded(one) for one in inner] if isinstance(inner, list) else _expanded(inner)
        for title, inner in item.items()
    }


def on_files(files: Any, config: Any) -> Any:
    """Adds the pages that are computed or stand elsewhere."""
    made = {**api.pages(), **{page: _of_root(name) for name, page in AT_THE_ROOT.items()}}
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
    if "<!-- graph -->" in markdown:
        markdown = markdown.replace("<!-- graph -->", graph.drawn())
    return markdown.replace(".ipynb)", ".md)")


def _of_root(name: str) -> str:
    """A page of the root, its links made those of the site."""
    text = re.sub(r"\]\(docs/pages/", "](", (ROOT / name).read_text(encoding="utf-8"))
    for other, page in AT_THE_ROOT.items():
        text = text.replace(f"]({other})", f"]({page})")
    return text
