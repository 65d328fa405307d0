"""The notebook of docs/ runs, and shows what it shows."""

import re
import warnings
from typing import Any

import pytest

from tests.support.places import ROOT


@pytest.fixture(scope="module")
def notebooks() -> tuple[Any, Any]:
    """As it is stored, and after a run."""
    pytest.importorskip("nbclient", reason="nbclient, of the extra dev, runs notebooks")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of jupyter and of the event loop, which are not ours
        import nbformat

        from docs.site.notebook import NOTEBOOK, executed

        return nbformat.read(NOTEBOOK, as_version=4), executed(NOTEBOOK)


def shown(notebook: Any) -> list[str]:
    """The text that each cell gives, in however many parts; numbers to six digits, since the last ones are the processor's."""
    texts = [
        "".join(output["text"] if "text" in output else output["data"]["text/plain"] for output in cell.get("outputs", []))
        for cell in notebook.cells
    ]
    return [re.sub(r"-?\d+\.\d{6,}", lambda number: f"{float(number[0]):.6g}", text) for text in texts if text]


@pytest.mark.slow
def test_what_is_stored_is_what_a_run_gives(notebooks: tuple[Any, Any]) -> None:
    stored, run = notebooks
    assert shown(stored) == shown(run)
    assert len(shown(run)) >= 8
    assert "71 of 71 rows right" in "".join(shown(run))


@pytest.mark.slow
def test_instances_and_decisions_are_drawn_and_run_nothing(notebooks: tuple[Any, Any]) -> None:
    for notebook in notebooks:
        drawn = [
            output["data"]["text/html"] for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output
        ]
        assert len(drawn) >= 5
        assert all("<svg" in html or "YES" in html or "NO" in html for html in drawn)
        assert not any("<script" in html or "http" in html.replace("http://www.w3.org", "") for html in drawn)


def test_the_readme_leads_to_it() -> None:
    assert "docs/first-run.ipynb" in (ROOT / "README.md").read_text()
