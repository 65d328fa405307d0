"""Every claim on all its cases: what is found is what is on record, and counterexamples check again from JSON."""

import json
from typing import Any

import pytest

from hardlab.claims import CLAIMS
from hardlab.claims.claim import Claim, Verdict, examine, pasted


@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS, ids=[claim.id for claim in CLAIMS])
def test_what_is_found_is_on_record(claim: Claim[Any]) -> None:
    """The corrected statement holds on every case, the printed one gets the recorded verdict; cases enough are in reach of it.

    A counterexample goes through JSON: the printed formulas get the same finding there, the corrected ones do not fail.
    """
    report = examine(claim)
    assert report.agrees, (report.printed, report.corrected)
    assert report.corrected.inside >= 4
    counterexample = report.printed.counterexample
    assert (counterexample is None) == (claim.recorded is Verdict.HOLDS)
    if counterexample is not None:
        paste = json.loads(json.dumps(pasted(claim, counterexample)))
        assert paste["printed"] == {"verdict": claim.recorded.value, "detail": counterexample.finding.detail}
        assert claim.on(claim.printed, paste["case"]) == counterexample.finding
        assert claim.on(claim.corrected, paste["case"]).verdict in (Verdict.HOLDS, None)
