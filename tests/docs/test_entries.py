"""Everything that exists has its entry in the reference, and every entry is of something that exists."""

import shutil
from importlib import import_module
from pathlib import Path

import pytest

from docs.site import api, entries


def test_everything_has_its_entry_and_no_entry_is_of_nothing() -> None:
    assert entries.faults() == []


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A copy of the entries, in which faults are planted."""
    shutil.copytree(entries.PAGES / "reference", tmp_path / "reference")
    return tmp_path


@pytest.mark.parametrize("kind", sorted(entries.KINDS))
def test_planted_faults_are_found(kind: str, pages: Path) -> None:
    folder = pages / "reference" / kind
    key = next(iter(entries.KINDS[kind].about))
    there = folder / f"{key}.md"
    text = there.read_text(encoding="utf-8")

    there.write_text(text.replace(f"# {key}\n", "# Another\n", 1), encoding="utf-8")
    assert entries.faults(pages) == [f"{there} does not begin with the line: # {key}"]
    there.rename(folder / "none.md")
    assert entries.faults(pages) == [f"there is no {there}", f"{folder / 'none.md'} is the entry of nothing that exists"]
    (folder / "none.md").rename(there)
    there.write_text(text, encoding="utf-8")
    (folder / "index.md").write_text("# All\n", encoding="utf-8")
    assert entries.faults(pages) == [f"{folder / 'index.md'} does not say where its entries are listed"]


@pytest.mark.parametrize("kind", sorted(set(entries.KINDS) - {"claims"}))
def test_entries_are_filled_under_their_titles(kind: str) -> None:
    for key, about in entries.KINDS[kind].about.items():
        text = entries.filled(kind, key, f"# {key}\n\nBy hand.\n")
        facts, by_hand, _ = text.partition("By hand.")
        assert about
        assert by_hand
        assert facts.startswith(f"# {key}\n\n")
        assert facts.count("\n") >= 4


@pytest.mark.slow
def test_a_claim_says_how_it_fares_and_gives_its_counterexample() -> None:
    text = entries.filled("claims", "E3-index", "# E3-index\n\nBy hand.\n")
    assert "| **as printed** | **fails**, checked on 7 cases |" in text
    assert "| **as corrected** | **holds**, checked on 30 cases |" in text
    assert text.index("By hand.") < text.index("## Counterexample") < text.index('"claim": "E3-index"')
    holding = entries.filled("claims", "Lemma-3.3", "# Lemma-3.3\n\nBy hand.\n")
    assert "| **as printed** | **holds**" in holding
    assert "Counterexample" not in holding


def test_the_interface_has_every_public_name() -> None:
    made = api.pages()
    shown = {line.removeprefix("::: ") for text in made.values() for line in text.splitlines() if line.startswith("::: ")}
    for page in api.FACES:
        package = import_module(page)
        rows = [line for line in made[f"reference/api/{page}.md"].splitlines() if line.startswith(f"| `{page}.")]
        assert [row.split("`")[1] for row in rows] == [f"{page}.{name}" for name in package.__all__]
        for row in rows:
            link = row.split("][")[1].partition("]")[0] if "][" in row else None
            assert link is None or link.rpartition(".")[0] in shown, row
