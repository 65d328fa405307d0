"""`hardlab verify` and `hardlab list claims` through the command line."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from hardlab.claims import CLAIMS
from hardlab.claims.claim import Case, Claim, Finding, Verdict, examine
from hardlab.claims.errata import page
from tests.support.calling import Caller
from tests.support.claims import DOUBLE, FALSE, SQUARE, TABLE, TOYS, Formula, Use, at_most_three, no_more_than

MISTYPED = replace(DOUBLE, id="T5-mistyped", mended=at_most_three)
MISRECORDED = replace(DOUBLE, id="T6-misrecorded", recorded=Verdict.HOLDS)
NEVER = replace(SQUARE, id="T7-never", cases=lambda: iter([{"n": 0}]))


def raising(error: BaseException) -> Claim[Formula]:
    """A claim whose check raises on its fourth case."""

    def check(formula: Formula, case: Case) -> Finding:
        if case["n"] == 3:
            raise error
        return no_more_than(formula, case)

    return replace(DOUBLE, id="T8-raising", check=check)


@pytest.mark.parametrize("verb", ["verify", "replay"])
def test_help_has_an_example(call: Caller, verb: str) -> None:
    answer = call(verb, "--help")
    assert answer.code == 0
    assert f"hardlab {verb}" in answer.out.split("Example")[1]
    assert "--json" in answer.out


# --------------------------------------------------------------------------------------------------------- verify


@pytest.mark.usefixtures("toys")
def test_verify_says_what_became_of_each(call: Caller) -> None:
    answer = call("verify")
    assert answer.code == 0
    assert answer.err == ""
    table, failures, summary = answer.out.split("\n\n")
    assert [line.split() for line in table.splitlines()] == [
        ["claim", "printed", "corrected", "cases", "source"],
        ["T1-double", "fails", "holds", "5", "Toys,", "Lemma", "1"],
        ["T2-table", "ill-typed", "holds", "5", "Toys,", "Lemma", "2"],
        ["T3-square", "holds", "holds", "5", "Toys,", "Lemma", "3"],
    ]
    assert failures.splitlines() == [
        "T1-double fails as printed: 3^2 = 9, bound 6",
        "T2-table is ill-typed as printed: the bound has no entry 4",
    ]
    counts = "claims: 1 of 3 hold as printed, 3 of 3 are as recorded and hold as corrected; seconds: "
    assert summary.startswith(counts)
    quiet = call("verify", "-q")
    assert quiet.code == 0
    assert quiet.out.startswith(counts)
    assert quiet.out.count("\n") == 1


@pytest.mark.usefixtures("toys")
def test_verify_json(call: Caller) -> None:
    answer = call("verify", "--json")
    assert answer.code == 0
    record = answer.json
    assert set(record) == {"claims", "agree", "seconds", "versions"}
    assert record["agree"] is True
    assert "python" in record["versions"]
    double, table, square = record["claims"]
    assert double.pop("seconds") <= record["seconds"]
    assert double == {
        "id": "T1-double",
        "source": "Toys, Lemma 1",
        "statement": "T1-double: n^2 is at most the bound.",
        "wrong": "The bound is too small.",
        "correction": "The bound is n^2.",
        "printed": "fails",
        "recorded": "fails",
        "corrected": "holds",
        "agrees": True,
        "checked": {"printed": {"inside": 3, "outside": 1}, "corrected": {"inside": 5, "outside": 1}},
        "counterexample": {
            "claim": "T1-double",
            "source": "Toys, Lemma 1",
            "case": {"n": 3},
            "printed": {"verdict": "fails", "detail": "3^2 = 9, bound 6"},
        },
        "reason": None,
        "error": None,
    }
    assert table["printed"] == table["counterexample"]["printed"]["verdict"] == "ill-typed"
    assert square["printed"] == "holds"
    assert square["counterexample"] is None


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize(
    ("pattern", "ids"),
    [
        ("T1-double", ["T1-double"]),
        ("t1-DOUB", ["T1-double"]),
        ("lemma 2", ["T2-table"]),
        ("T*e", ["T1-double", "T2-table", "T3-square"]),
        ("t?-s*", ["T3-square"]),
        ("*[23]", ["T2-table", "T3-square"]),
        ("toys", ["T1-double", "T2-table", "T3-square"]),
    ],
)
def test_patterns(call: Caller, pattern: str, ids: list[str]) -> None:
    assert [claim["id"] for claim in call("verify", pattern, "--json").json["claims"]] == ids


@pytest.mark.usefixtures("toys")
def test_a_pattern_that_nothing_matches(call: Caller, tmp_path: Path) -> None:
    message = call("verify", "t1-duoble", "--counterexamples", tmp_path / "new").refusal()
    assert message == "unknown claim 't1-duoble': did you mean T1-double?"
    assert not (tmp_path / "new").exists()
    assert call("verify", "\n9").refusal() == r"unknown claim '\n9': hardlab list claims shows all"


@pytest.mark.parametrize(
    ("claim", "printed", "corrected", "reason"),
    [
        (FALSE, "fails", "fails", "the corrected statement fails: 4^2 = 16, bound 12"),
        (MISTYPED, "fails", "fails", "the corrected statement is ill-typed: the bound has no entry 4"),
        (MISRECORDED, "fails", "holds", "as printed it fails, on record it holds"),
        (replace(SQUARE, recorded=Verdict.ILL_TYPED), "holds", "holds", "as printed it holds, on record it is ill-typed"),
        (replace(FALSE, recorded=Verdict.HOLDS), "fails", "fails", "bound 12; as printed it fails, on record it holds"),
        (NEVER, "fails", "fails", "the corrected statement fails: no case meets the hypotheses"),
    ],
)
def test_a_claim_that_is_not_as_recorded(
    call: Caller, use: Use, claim: Claim[Formula], printed: str, corrected: str, reason: str
) -> None:
    use(*TOYS, claim)
    answer = call("verify", "--json")
    assert answer.code == 1
    assert answer.json["agree"] is False
    *others, wrong = answer.json["claims"]
    assert all(other["agrees"] for other in others)
    assert wrong["agrees"] is False
    assert (wrong["printed"], wrong["corrected"]) == (printed, corrected)
    assert reason in wrong["reason"]
    for words in ([], ["-q"]):
        shown = call("verify", *words)
        assert shown.code == 1
        (line,) = (line for line in shown.out.splitlines() if line.startswith("DISAGREES"))
        assert line.startswith(f"DISAGREES {claim.id}: ")
        assert reason in line
        assert "3 of 4 are as recorded" in shown.out


def test_a_statement_that_was_never_tried_has_no_counterexample(call: Caller, use: Use, tmp_path: Path) -> None:
    """It fails by an empty case that stands for that, which nobody could replay."""
    use(NEVER)
    assert call("verify", "--json", "--counterexamples", tmp_path).json["claims"][0]["counterexample"] is None
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("claim", "error"),
    [
        (raising(ZeroDivisionError("by\nzero")), "ZeroDivisionError: by zero"),
        (raising(RecursionError("deep")), "RecursionError: deep"),
        (raising(MemoryError()), "MemoryError: (no message)"),
        (replace(DOUBLE, id="T8-text", cases=lambda: iter([{}])), "KeyError: 'n'"),
        (replace(DOUBLE, id="T8-fraction", cases=lambda: iter([{"n": Fraction(3)}])), "TypeError: "),
        (replace(DOUBLE, id="T8-nan", cases=lambda: iter([{"n": 3, "x": float("nan")}])), "ValueError: "),
    ],
    ids=lambda given: given.id if isinstance(given, Claim) else "",
)
def test_a_check_that_raises_is_a_failure_of_its_claim_alone(
    call: Caller, use: Use, tmp_path: Path, claim: Claim[Formula], error: str
) -> None:
    use(DOUBLE, claim, SQUARE)
    answer = call("verify", "--json", "--counterexamples", tmp_path)
    assert answer.code == 1
    first, wrong, last = answer.json["claims"]
    assert first["agrees"] is last["agrees"] is True
    assert wrong["agrees"] is False
    assert wrong["error"].startswith(error)
    assert wrong["reason"] == f"its check raised {wrong['error']}"
    assert wrong["printed"] is wrong["corrected"] is wrong["checked"] is wrong["counterexample"] is None
    assert [path.name for path in tmp_path.iterdir()] == ["T1-double.json"]
    shown = call("verify")
    assert shown.code == 1
    assert f"DISAGREES {claim.id}: its check raised {error}" in shown.out
    assert f"\n{claim.id} " in shown.out


def test_an_interrupted_run_shows_what_there_is(call: Caller, use: Use, tmp_path: Path) -> None:
    use(DOUBLE, SQUARE, raising(KeyboardInterrupt()), TABLE)
    answer = call("verify", "--counterexamples", tmp_path)
    assert answer.code == 130
    assert answer.err == "hardlab: interrupted\n"
    assert [line.split()[0] for line in answer.out.split("\n\n")[0].splitlines()] == ["claim", "T1-double", "T3-square"]
    assert [path.name for path in tmp_path.iterdir()] == ["T1-double.json"]
    answer = call("verify", "--json")
    assert answer.code == 130
    assert answer.json == {"error": "interrupted"}


def test_what_a_check_prints_is_no_answer(call: Caller, use: Use) -> None:
    def check(formula: Formula, case: Case) -> Finding:
        print("checking", case)
        return no_more_than(formula, case)

    use(replace(SQUARE, check=check))
    answer = call("verify", "--json")
    assert answer.json["agree"] is True
    assert "checking" in answer.err


# ------------------------------------------------------------------------------------------------- counterexamples


@pytest.mark.usefixtures("toys")
def test_counterexamples_are_written_and_replayed(call: Caller, tmp_path: Path) -> None:
    folder = tmp_path / "some" / "new"
    assert call("verify", "--counterexamples", folder).code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["T1-double.json", "T2-table.json"]
    for claim in call("verify", "--json", "--counterexamples", folder).json["claims"]:
        if claim["printed"] != "holds":
            assert json.loads((folder / f"{claim['id']}.json").read_text()) == claim["counterexample"]
            assert call("replay", folder / f"{claim['id']}.json").code == 0
    assert len(list(folder.iterdir())) == 2


def test_counterexamples_of_real_claims_are_confirmed(call: Caller, tmp_path: Path) -> None:
    record = call("verify", "E19-*", "--counterexamples", tmp_path, "--json").json
    assert {"E19-normaliser", "E19-decision"} <= {claim["id"] for claim in record["claims"]}
    assert list(tmp_path.iterdir())
    for path in tmp_path.iterdir():
        answer = call("replay", path, "--json")
        assert answer.code == 0
        assert answer.json["confirmed"] is True
        assert answer.json["corrected"]["verdict"] in ("holds", "outside")


@pytest.mark.usefixtures("toys")
def test_places_that_cannot_have_counterexamples(call: Caller, tmp_path: Path, use: Use) -> None:
    def check(formula: Formula, case: Case) -> Finding:
        raise AssertionError("it must not come to this")

    use(replace(DOUBLE, check=check))
    (tmp_path / "file").write_text("mine")
    (tmp_path / "taken" / "T1-double.json").mkdir(parents=True)
    assert "is a file" in call("verify", "--counterexamples", tmp_path / "file").refusal()
    assert "Not a directory" in call("verify", "--counterexamples", tmp_path / "file" / "below").refusal()
    assert "T1-double.json" in call("verify", "--counterexamples", tmp_path / "taken").refusal()
    assert call("verify", "--counterexamples", "a\0b").refusal()
    assert call("verify", "--counterexamples", "").refusal()
    assert (tmp_path / "file").read_text() == "mine"
    assert len(list(tmp_path.rglob("*"))) == 3


# --------------------------------------------------------------------------------------------------------- errata


@pytest.mark.usefixtures("toys")
def test_the_page_is_written(call: Caller, tmp_path: Path) -> None:
    wanted = page([examine(claim) for claim in TOYS])
    answer = call("verify", "--errata", tmp_path / "errata.md")
    assert answer.code == 0
    assert answer.out.startswith("claim ")
    assert (tmp_path / "errata.md").read_text() == wanted
    answer = call("verify", "--errata", "-")
    assert answer.code == 0
    assert answer.out == wanted
    assert answer.err.startswith("claim ")


@pytest.mark.usefixtures("toys")
def test_pages_that_cannot_be_written(call: Caller, tmp_path: Path) -> None:
    target = tmp_path / "errata.md"
    assert "leave out the pattern" in call("verify", "T1", "--errata", target).refusal()
    assert "cannot be written" in call("verify", "--errata", tmp_path).refusal()
    assert "cannot be written" in call("verify", "--errata", tmp_path / "none" / "errata.md").refusal()
    answer = call("verify", "--errata", "-", "--json")
    assert answer.code == 2
    assert "stdout" in answer.json["error"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("claim", [FALSE, MISRECORDED, raising(ValueError("no"))], ids=lambda claim: str(claim.id))
def test_a_page_that_would_be_wrong_is_not_written(call: Caller, use: Use, tmp_path: Path, claim: Claim[Formula]) -> None:
    use(DOUBLE, claim)
    (tmp_path / "errata.md").write_text("old")
    answer = call("verify", "--errata", tmp_path / "errata.md")
    assert answer.code == 1
    assert "is not written: not every claim is as recorded" in answer.err
    assert (tmp_path / "errata.md").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


# ----------------------------------------------------------------------------------------------------------- list


def test_list_claims_runs_none(call: Caller, use: Use) -> None:
    use(*TOYS, raising(AssertionError("it must not come to this")))
    record = call("list", "claims", "--json").json
    assert record["claims"][0] == {
        "name": "T1-double",
        "from": "Toys, Lemma 1",
        "about": "T1-double: n^2 is at most the bound.",
        "problem": None,
    }
    assert call("list", "claims", "-q").out.splitlines() == [*(claim.id for claim in TOYS), "T8-raising"]
    assert "T2-table    Toys, Lemma 2  T2-table: n^2 is at most the bound.\n" in call("list", "claims").out


def test_list_claims_has_every_claim(call: Caller) -> None:
    assert call("list", "claims", "-q").out.splitlines() == [claim.id for claim in CLAIMS]
