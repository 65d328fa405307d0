"""What `hardlab verify` and `hardlab replay` say is what they said: of claims that hold, fail, mean nothing, or raise."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from hardlab.claims.claim import Claim, Finding, Verdict
from hardlab.claims.examining import Outcome, examined
from hardlab.claims.replaying import Pasted, Replay
from hardlab.cli.verbs import replay, verify
from hardlab.conformance.counterexample import Blame
from hardlab.conformance.recalled import Recalled
from tests.support.claims import DOUBLE, FALSE, SQUARE, TABLE, at_most_three
from tests.support.kept import Keeper, shown


def raising(*given: Any) -> Finding:
    raise ValueError("two\nlines")


CLAIMS: dict[str, Claim[Any]] = {
    "double": DOUBLE, "table": TABLE, "square": SQUARE, "false": FALSE, "raising": replace(DOUBLE, id="raising", check=raising),
    "mistyped": replace(DOUBLE, id="mistyped", mended=at_most_three), "none": replace(SQUARE, cases=lambda: iter([{"n": 0}])),
    "misrecorded": replace(DOUBLE, id="misrecorded", recorded=Verdict.HOLDS),
}  # fmt: skip


def outcome(name: str) -> Outcome:
    return replace(examined(CLAIMS[name]), seconds=0.25)


@pytest.mark.parametrize("chosen", [["square"], ["double", "table"], ["raising"], ["false", "square", "mistyped"], [*CLAIMS]])
def test_verified(chosen: list[str], kept: Keeper) -> None:
    found = [outcome(name) for name in chosen]
    said = [verify._text(found, 12.345, quiet) for quiet in (False, True)]
    kept("\n".join([*said, *(shown(verify._record(one)) for one in found)]))


FINDINGS = [Finding(verdict, f"{verdict}: 3 <\x1b[1m 4\nand 5") for verdict in (*Verdict, None)]


def test_replayed(kept: Keeper) -> None:
    said = []
    for printed, corrected, verdict in product(FINDINGS, FINDINGS, ("fails", "ill-typed", "holds", "outside")):
        found = Replay(Pasted(DOUBLE, {"n": 3}, verdict), printed, corrected)
        said += [replay._text(found, quiet) for quiet in (False, True)] + [shown(replay._record(found))]
    kept("\n".join(said))


def test_wrong_entries_and_decisions(kept: Keeper, capsys: pytest.CaptureFixture[str]) -> None:
    codes: list[int] = []
    for json, quiet in product((False, True), repeat=2):
        for blame in (Blame(3, 0.5, 0.25, 0.125, True), Blame(3, 0.5, 0.75, 0.375, True), Blame(0, 0.0, 1.0, 1.0, False)):
            codes.append(replay._decision(blame, json, quiet))
        for entry in (
            Recalled("dQ[1, 2]", 0.5, 0.01, 0.52),
            Recalled("out[0]", 0.5, 0.01, 0.505),
            Recalled("out", 1.0, 0.0, float("nan")),
        ):
            codes.append(replay._entry(entry, json, quiet))
        codes += [replay._law(holds, "a law is broken", json, quiet) for holds in (True, False)]
    kept(f"{capsys.readouterr().out} {codes}")
