"""The notebook of docs/ runs, and shows what it shows."""

import copy
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
    """The text that each cell gives, in however many parts, and what is written in drawings; numbers to six digits, since the
    last ones are the processor's.
    """
    texts = ["".join(said(output) for output in cell.get("outputs", [])) for cell in notebook.cells]
    return [re.sub(r"-?\d+\.\d{6,}", lambda number: f"{float(number[0]):.6g}", text) for text in texts if text]


def said(output: Any) -> str:
    if "text" in output:
        return str(output["text"])
    if "image/svg+xml" in output["data"]:
        return " ".join(re.findall(r">([^<>]+)</(?:text|title)>", output["data"]["image/svg+xml"]))
    return str(output["data"]["text/plain"])


@pytest.mark.docs
@pytest.mark.slow
def test_what_is_stored_is_what_a_run_gives(notebooks: tuple[Any, Any]) -> None:
    stored, run = notebooks
    assert shown(stored) == shown(run)
    assert len(shown(run)) >= 11
    assert "71 of 71 rows right" in "".join(shown(run))
    assert "126 jobs: 126 done" in "".join(shown(run))
    assert "softmax, ratio = 3: 100%" in shown(run)[-1]
    stored = copy.deepcopy(stored)
    drawing = stored.cells[-2].outputs[0]["data"]
    drawing["image/svg+xml"] = drawing["image/svg+xml"].replace("ratio = 3: 100%", "ratio = 3: 99%")
    assert shown(stored) != shown(run)


@pytest.mark.slow
def test_nothing_differs_from_run_to_run(notebooks: tuple[Any, Any]) -> None:
    for notebook in notebooks:
        assert [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"] == list(range(1, 12))
        assert not any(cell.metadata.get("execution") for cell in notebook.cells)
    assert [cell.id for cell in notebooks[0].cells] == [cell.id for cell in notebooks[1].cells]


@pytest.mark.slow
def test_instances_and_decisions_are_drawn_and_run_nothing(notebooks: tuple[Any, Any]) -> None:
    for notebook in notebooks:
        drawn = [
            output["data"]["text/html"]
            for cell in notebook.cells
            for output in cell.get("outputs", [])
            if "text/html" in output.get("data", {})
        ]
        assert len(drawn) >= 5
        assert all("<svg" in html or "YES" in html or "NO" in html for html in drawn)
        assert not any("<script" in html or "http" in html.replace("http://www.w3.org", "") for html in drawn)


def test_the_readme_leads_to_it() -> None:
    assert "docs/pages/tutorials/first-run.ipynb" in (ROOT / "README.md").read_text()
