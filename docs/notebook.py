"""Runs the notebook of docs/ and keeps what it shows: `make docs`."""

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).with_name("pages") / "tutorials" / "first-run.ipynb"


def executed(file: Path) -> Any:
    """The notebook after a run, without what differs from run to run. Errors: nbclient's `CellExecutionError`."""
    notebook = nbformat.read(file, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3", record_timing=False).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times, of some notebooks' editor
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


if __name__ == "__main__":
    nbformat.write(executed(NOTEBOOK), NOTEBOOK)
