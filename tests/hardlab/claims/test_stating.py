"""A module of claims and its texts: they fit, and where they do not the error names the claim."""

from pathlib import Path
from typing import Any

import pytest

from hardlab.claims import FAMILIES
from hardlab.claims.claim import Claim, Verdict
from hardlab.claims.keles import cases as of_keles
from hardlab.claims.stating import Checked, stated
from tests.support.claims import Formula, cases, no_more_than, square

GOOD = """
[T1]
source = "Toys, Lemma 1"
statement = \"\"\"
n^2 is at most \\
the bound.\"\"\"
wrong = "It is not."
correction = "It is."
proof = "None."

["T2.b"]
source = "Toys, Lemma 2"
statement = "n^2 is at most n^2."
proof = "n^2 <= n^2."
"""


def row(id: str, printed: Formula = square, **more: Any) -> Checked[Formula]:
    return Checked(id, no_more_than, cases, printed=printed, **more)


ROWS = (row("T1", lambda n: 2 * n, mended=square, recorded=Verdict.FAILS), row("T2.b"))


def told(folder: Path, text: str, *rows: Checked[Any]) -> tuple[Claim[Any], ...]:
    (folder / "toys.toml").write_text(text, encoding="utf-8")
    return stated(str(folder / "toys.py"), *rows)


def test_rows_and_texts_make_claims(tmp_path: Path) -> None:
    first, second = told(tmp_path, GOOD, *ROWS)
    texts = (first.source, first.statement, first.wrong, first.correction, first.proof)
    assert texts == ("Toys, Lemma 1", "n^2 is at most the bound.", "It is not.", "It is.", "None.")
    assert (first.printed, first.corrected, first.recorded) == (ROWS[0].printed, square, Verdict.FAILS)
    assert (second.id, second.check, second.cases, second.corrected) == ("T2.b", no_more_than, cases, square)
    assert (second.wrong, second.correction, second.mended, second.recorded) == ("", "", None, Verdict.HOLDS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("[T1]", "[T3]"), "the claim T1 has no text"),
        (GOOD.replace('["T2.b"]', "[T1.b]"), "the claim T2.b has no text"),
        ('[T3]\nsource = "x"\n' + GOOD, "the text T3 is that of no claim"),
        (GOOD.replace("wrong =", "wrng ="), "T1 has the unknown key wrng"),
        ("id = 'T1'\n" + GOOD, "the text id is that of no claim"),
        (GOOD.replace('proof = "None."\n', ""), "T1 has no proof"),
        (GOOD.replace('"It is."', '""'), "T1 has no text as its correction"),
        (GOOD.replace('"n^2 <= n^2."', "7"), "T2.b has no text as its proof"),
        (GOOD.replace('wrong = "It is not."\n', ""), "T1 has only one of wrong and correction"),
        (GOOD.replace("[T1]", '["T2.b"]'), "toys.toml is no TOML file: Cannot declare"),
    ],
)
def test_a_text_that_does_not_fit_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        told(tmp_path, text, *ROWS)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (ROWS[:1], "the text T2.b is that of no claim"),
        ((*ROWS, row("T3")), "the claim T3 has no text"),
        ((*ROWS, row("T1")), "two claims have the id T1"),
        (ROWS[::-1], "the text T1 stands where that of the claim T2.b should"),
    ],
)
def test_a_row_that_does_not_fit_is_named(tmp_path: Path, rows: tuple[Checked[Any], ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        told(tmp_path, GOOD, *rows)


def test_a_text_that_is_no_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="T1 is no table"):
        told(tmp_path, 'T1 = "text"\n', ROWS[0])


def test_every_claim_has_what_is_wrong_with_what_is_mended() -> None:
    claims = [claim for family in FAMILIES for claim in family.CLAIMS]
    assert [claim.id for claim in claims if (claim.mended is None) != (claim.wrong == "")] == []
    assert [claim.id for claim in claims if "  " in claim.statement or "\n" in claim.statement] == []


def test_sources_of_keles_say_where_they_are_from() -> None:
    """Their text was not at hand: see the module that these claims share."""
    room = of_keles.__name__.rpartition(".")[0]
    sources = [claim.source for family in FAMILIES if family.__name__.startswith(room) for claim in family.CLAIMS]
    derived = [source for source in sources if source.startswith("derived here")]
    assert [
        s
        for s in sources
        if s not in derived and not (s.startswith("Keles et al., ") and s.endswith(" (as our notes have it)"))
    ] == []
    assert derived
    assert len(derived) < len(sources)
