"""The notebook: run, and what it shows kept (`python -m docs.site.notebook`); and as a page of the site."""

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from hardlab.pages.markdown import code

NOTEBOOK = Path(__file__).parents[1] / "pages" / "tutorials" / "first-run.ipynb"


def executed(file: Path) -> Any:
    """The notebook after a run, without what differs from run to run. Errors: nbclient's `CellExecutionError`."""
    notebook = nbformat.read(file, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3", record_timing=False).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times, of some notebooks' editor
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def as_markdown(file: Path) -> str:
    """The cells of a notebook as a page: text as it stands, code, and below it what it showed, pictures before words."""
    parts = [_cell(cell) for cell in nbformat.read(file, as_version=4).cells]
    return "\n\n".join(part for part in parts if part) + "\n"


def _cell(cell: Any) -> str:
    if cell.cell_type != "code":
        return str(cell.source)
    shown = [_output(output) for output in cell.get("outputs", [])]
    return "\n\n".join([f"```python\n{cell.source}\n```", *shown])


def _output(output: Any) -> str:
    data = output.get("data", {"text/plain": output.get("text", "")})
    for kind in ("text/html", "image/svg+xml"):
        if kind in data:
            return f'<div class="cell-output">\n{"".join(data[kind])}\n</div>'
    return "\n".join(code("".join(data["text/plain"]).rstrip("\n")))


if __name__ == "__main__":
    nbformat.write(executed(NOTEBOOK), NOTEBOOK)
