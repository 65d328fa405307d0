"""Every claim on all its cases is what is on record; docs/pages/explanation/errata.md is the page that the claims give now, and
its counterexamples are confirmed.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hardlab.claims import CLAIMS
from hardlab.claims.claim import Case, Claim, Finding, Report, Verdict, examine, found, pasted
from hardlab.claims.errata import anchor, page
from hardlab.pages.markdown import escaped
from tests.support.calling import Caller
from tests.support.places import ROOT

PAGE = ROOT / "docs" / "pages" / "explanation" / "errata.md"
MAKE = "hardlab verify --errata docs/pages/explanation/errata.md"

BLOCK = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.docs
@pytest.mark.slow
def test_all_is_on_record_and_the_page_is_what_the_claims_give_now(
    tmp_path: Path, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One run of all claims: as recorded, the page as it is stored, and its blocks are the files that verify writes."""
    made, folder, reports = tmp_path / "errata.md", tmp_path / "cases", list[Report]()

    def kept(claim: Claim[Any]) -> Report:
        reports.append(examine(claim))
        return reports[-1]

    monkeypatch.setattr("hardlab.claims.examining.examine", kept)
    done = call("verify", "--json", "--errata", made, "--counterexamples", folder)
    record = done.json
    assert [(claim["id"], claim["reason"]) for claim in record["claims"] if not claim["agrees"]] == []
    assert (done.code, done.err) == (0, "")
    assert [report.claim for report in reports] == list(CLAIMS)
    for report in reports:
        on_record(report)
    text = made.read_text(encoding="utf-8")
    blocks = {json.loads(block)["claim"]: block for block in BLOCK.findall(text)}
    assert blocks == {path.stem: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert list(blocks) == [claim["id"] for claim in record["claims"] if claim["printed"] != "holds"]
    assert PAGE.is_file(), f"docs/pages/explanation/errata.md is not there: {MAKE}"
    assert PAGE.read_text(encoding="utf-8") == text, f"docs/pages/explanation/errata.md is stale: {MAKE}"


def on_record(report: Report) -> None:
    """The corrected statement holds on every case, the printed one gets the recorded verdict; cases enough are in reach of it.

    A counterexample goes through JSON: the printed formulas get the same finding there, the corrected ones do not fail.
    """
    claim, counterexample = report.claim, report.printed.counterexample
    assert report.agrees, (claim.id, report.printed, report.corrected)
    assert report.corrected.inside >= 4, claim.id
    assert (counterexample is None) == (claim.recorded is Verdict.HOLDS), claim.id
    if counterexample is not None:
        paste = json.loads(json.dumps(pasted(claim, counterexample)))
        assert paste["printed"] == {"verdict": claim.recorded.value, "detail": counterexample.finding.detail}, claim.id
        assert claim.on(claim.printed, paste["case"]) == counterexample.finding, claim.id
        assert claim.on(claim.corrected, paste["case"]).verdict in (Verdict.HOLDS, None), claim.id


@pytest.mark.slow
def test_every_counterexample_of_the_page_is_confirmed(call: Caller) -> None:
    assert PAGE.is_file(), f"docs/pages/explanation/errata.md is not there: {MAKE}"
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert blocks
    for block in blocks:
        answer = call("replay", "-", "-q", stdin=block.encode())
        assert answer.code == 0, answer
        assert answer.out.startswith("confirmed: ")


def test_published_cases_are_sets() -> None:
    """|A| = |B| = n, all different, wherever Alman and Song have sets of vectors."""
    published = [json.loads(block) for block in BLOCK.findall(PAGE.read_text(encoding="utf-8"))]
    cases = [one["case"] for one in published if one["source"].startswith("Alman and Song")]
    pairs = [(case["A"], case["B"]) for case in cases if "A" in case]
    assert len(pairs) >= 5
    for A, B in pairs:
        assert len(set(A)) == len(A) == len(B) == len(set(B))


# --------------------------------------------------------------------------------------------- the page, on toys


def check(bound: int, case: Case) -> Finding:
    return found(case["x"] <= bound, f"x = {case['x']} | bound {bound}")


def cases() -> Iterator[Case]:
    yield from ({"x": x, "note": "```"} for x in range(1200))


RIGHT = Claim(
    id="R1.b-right",
    source="Toys, eq. (1)",
    statement="|x| <= B, and <a> is *no* tag.",
    wrong="",
    correction="",
    proof="Obvious.",
    printed=2000,
    mended=2000,
    check=check,
    cases=cases,
    recorded=Verdict.HOLDS,
)
WRONG = replace(RIGHT, id="W1.b-wrong", wrong="B is |small|.", correction="B = 2000.", printed=3, recorded=Verdict.FAILS)


def reports() -> list[Report]:
    return [examine(RIGHT), examine(WRONG)]


def test_the_page_has_all_that_a_reader_needs() -> None:
    text = page(reports())
    assert "| [W1.b-wrong](../reference/claims/W1.b-wrong.md) | Toys, eq. (1) | [**fails**](#w1b-wrong) |" in text
    summary, section = text.split("## W1.b-wrong")
    assert "| [R1.b-right](../reference/claims/R1.b-right.md) | Toys, eq. (1) | holds |" in summary
    for part in (
        r"**Statement.** \|x\| <= B, and \<a> is \*no\* tag.",
        r"**What is wrong.** B is \|small\|.",
        r"**Found.** x = 4 \| bound 3",
        "**Correction.** B = 2000.",
        "**Proof.** Obvious.",
        "checked on 1,200 cases",
    ):
        assert part in section
    (block,) = BLOCK.findall(text)
    assert json.loads(block) == {
        "claim": "W1.b-wrong",
        "source": "Toys, eq. (1)",
        "case": {"x": 4, "note": "```"},
        "printed": {"verdict": "fails", "detail": "x = 4 | bound 3"},
    }
    assert text.endswith(
        "## Statements that hold as printed\n\n"
        "| claim | source | statement | remark | cases |\n| --- | --- | --- | --- | --- |\n"
        "| [R1.b-right](../reference/claims/R1.b-right.md) | Toys, eq. (1) "
        "| \\|x\\| <= B, and \\<a> is \\*no\\* tag. |  | 1,200 |\n"
    )


def test_a_statement_that_holds_may_have_a_better_one() -> None:
    loose = replace(RIGHT, wrong="B is too large.", correction="B = 1199.", mended=1199)
    assert "| B is too large. Better: B = 1199. | 1,200 |" in page([examine(loose)])


def test_the_page_is_the_same_every_time() -> None:
    assert page(reports()) == page(reports())


@pytest.mark.parametrize(
    ("chosen", "there", "missing"),
    [
        ([RIGHT], "## Statements that hold as printed", ">>>"),
        ([WRONG], ">>>", "## Statements that hold as printed"),
    ],
)
def test_a_page_of_one_kind(chosen: list[Claim[int]], there: str, missing: str) -> None:
    text = page([examine(claim) for claim in chosen])
    assert there in text
    assert missing not in text


def test_a_statement_that_was_never_tried_has_no_block() -> None:
    assert BLOCK.findall(page([examine(replace(WRONG, cases=lambda: iter(())))])) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<a, b> and n < 2, n<2", r"\<a, b> and n < 2, n<2"),
        ("</b> <!-- <?x", r"\</b> \<!-- \<?x"),
        ("D_ii and _x_ and x_", r"D_ii and \_x\_ and x\_"),
        ("t~ = |x| * 2", r"t\~ = \|x\| \* 2"),
        ("A[i](j) `code` $x$ a\\b &lt;", r"A[i]\(j) \`code\` \$x\$ a\\b \&lt;"),
        ("two\nlines", "two lines"),
    ],
)
def test_text_is_shown_as_it_is(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_anchors_are_those_of_github() -> None:
    assert anchor("E19-decision") == "e19-decision"
    assert anchor("W1.b Wrong (2)") == "w1b-wrong-2"
