"""The page of errata, made from the reports of all claims: the same reports give the same page."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from hardlab.claims.claim import Claim, Report, Tally, Verdict, pasted
from hardlab.claims.replaying import text_of
from hardlab.pages.markdown import escaped, table

VERBS = {Verdict.HOLDS: "holds", Verdict.FAILS: "fails", Verdict.ILL_TYPED: "is ill-typed"}


def page(reports: Sequence[Report]) -> str:
    """The page as GitHub markdown. It says of every corrected statement that it holds: give reports that agree."""
    wrong = [report for report in reports if report.printed.verdict is not Verdict.HOLDS]
    right = [report for report in reports if report.printed.verdict is Verdict.HOLDS]
    printed = [report for report in reports if not report.claim.source.startswith("derived here")]
    ours, refuted = len(reports) - len(printed), sum(report in printed for report in wrong)
    parts = [_opening(len(printed), refuted, ours, len(wrong) - refuted), _reading(), _checking(wrong), _summary(reports)]
    parts += [_section(report) for report in wrong]
    if right:
        rows = [
            (_entry(r.claim), *map(escaped, (r.claim.source, r.claim.statement, _remark(r.claim))), _cases(r.printed))
            for r in right
        ]
        heading = "## Statements that hold as printed"
        parts.append(f"{heading}\n\n{_lines(('claim', 'source', 'statement', 'remark', 'cases'), rows)}")
    return "\n\n".join(parts) + "\n"


def anchor(heading: str) -> str:
    """The fragment by which GitHub links to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _opening(count: int, wrong: int, ours: int, first: int) -> str:
    return f"""# Errata

The numbered statements of Alman and Song, *Fast Attention Requires Bounded Entries*, and of Duman Keles, Wijewardena and Hegde,
*On the Computational Complexity of Self-Attention*, run as they are printed. Claims made of them: {count}. As printed,
{count - wrong} hold and {wrong} do not; for each of the latter there is a counterexample that a machine can check, and
a correction. Most of these are slips of constants, indices or shapes that leave the theorems standing. {ours} more claims are
our own, checked in the same way: sharper versions, and what is derived here of attention as it is run. Of {first} of them the
first version that comes to mind fails; it stands in the place of the printed one. This page is generated from the claims in
`hardlab/claims/` and is not edited by hand."""


def _reading() -> str:
    return """## How to read it

A statement is written here in our words, with the letters of its paper. Its formulas are transcribed twice, as printed and as
corrected, and one check runs on both: it computes both sides of the statement on small cases, one after the other, and compares
them. As printed a statement

- *holds* if it holds on every case that meets its hypotheses. That is evidence, not a proof; a sketch of the proof stands with
  the claim;
- *fails* if there is a case that meets the hypotheses and on which it is false;
- is *ill-typed* if there is such a case on which its formulas mean nothing: shapes that do not fit, or an index or a logarithm
  that is not defined.

E and K number what we noticed in the first and in the second paper; numbers that are missing are remarks with nothing to run
(E1 and E24, for instance, are references to the wrong place). Informal versions of theorems and hypotheses are no claims. The
statements of the second paper are checked as our notes have them."""


def _checking(wrong: Sequence[Report]) -> str:
    commands = """## How to check it

```console
$ hardlab verify E19-decision --counterexamples counterexamples
claim         printed  corrected  cases  source
E19-decision  fails    holds        266  Alman and Song, Lemma 4.7, Cases 2a and 2b
...
$ hardlab replay counterexamples/E19-decision.json
confirmed: E19-decision fails as printed on this case: row 1 is NO ...
corrected: it holds on this case: 2 rows decided
```

`hardlab verify` runs the claims whose id or source has a given word in it, without one all of them, and exits with 0 if every
corrected statement holds and every printed one is as recorded. A counterexample below is a JSON object: paste it into a file,
and `hardlab replay` checks it from scratch and exits with 0 if the printed statement does not hold there and the corrected one
does not fail. This page is written by

<!-- not run: all claims take some ten seconds, and the tests compare the page with what they give -->
```console
$ hardlab verify --errata docs/pages/explanation/errata.md
```"""
    shown = next((report for report in wrong if report.printed.counterexample is not None), None)
    if shown is None or shown.printed.counterexample is None:
        return commands
    return f"""{commands}

The same in Python:

```python
>>> from hardlab.claims import CLAIMS
>>> from hardlab.claims.claim import tally
>>> claim = next(claim for claim in CLAIMS if claim.id == {shown.claim.id!r})
>>> tally(claim, claim.printed).counterexample.finding.detail
{shown.printed.counterexample.finding.detail!r}
```"""


def _summary(reports: Sequence[Report]) -> str:
    rows = [
        (
            _entry(r.claim),
            escaped(r.claim.source),
            "holds" if r.printed.verdict is Verdict.HOLDS else f"[**{r.printed.verdict.value}**](#{anchor(r.claim.id)})",
        )
        for r in reports
    ]
    return f"## All statements\n\n{_lines(('claim', 'source', 'as printed'), rows)}"


def _section(report: Report) -> str:
    claim, printed, corrected = report.claim, report.printed, report.corrected
    parts = [
        f"## {claim.id}",
        f"{escaped(claim.source)}. As printed it **{VERBS[printed.verdict]}**.",
        f"**Statement.** {escaped(claim.statement)}",
        f"**What is wrong.** {escaped(claim.wrong)}",
    ]
    if printed.counterexample is not None and printed.inside:
        parts.append(f"**Counterexample.**\n\n```json\n{text_of(pasted(claim, printed.counterexample))}```")
    if printed.counterexample is not None:
        parts.append(f"**Found.** {escaped(printed.counterexample.finding.detail)}")
    parts += [
        f"**Correction.** {escaped(claim.correction)}",
        f"**Proof.** {escaped(claim.proof)}",
        f"The corrected statement was checked on {_cases(corrected)} cases.",
    ]
    return "\n\n".join(parts)


def _entry(claim: Claim[Any]) -> str:
    """A link to the claim's entry in the reference, from where `make drawn` puts this page."""
    return f"[{claim.id}](../reference/claims/{claim.id}.md)"


def _remark(claim: Claim[Any]) -> str:
    """What to say of a statement that holds: nothing, or in which way a better one is better."""
    return f"{claim.wrong} Better: {claim.correction}" if claim.correction else claim.wrong


def _cases(tally: Tally) -> str:
    return f"{tally.inside:,}"


def _lines(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(table(header, rows))
