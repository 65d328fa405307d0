"""Counterexamples from files: what is read, how long a check of one may take, and what confirms it."""

import os
import resource
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from hardlab.claims import replaying
from hardlab.claims.claim import Finding, Verdict
from hardlab.claims.replaying import Pasted, Replay, document, limited, read, replayed, text_of, unknown_claim
from instances.faults import BadInput
from tests.support.claims import DOUBLE, TOYS

GOOD: dict[str, Any] = {"claim": "T1-double", "case": {"n": 3}, "printed": {"verdict": "fails"}}


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardlab.claims.CLAIMS", TOYS)


def test_limits_are_a_minute_two_gibibytes_and_files_of_four_mebibytes() -> None:
    assert (replaying.SECONDS, replaying.BYTES, replaying.LARGEST_FILE) == (60, 2 * 1024**3, 4 * 1024**2)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """What the system is asked, and not done."""
    found: dict[str, list[Any]] = {"alarm": [], "limits": []}
    monkeypatch.setattr(signal, "alarm", found["alarm"].append)
    monkeypatch.setattr(resource, "setrlimit", lambda kind, limits: found["limits"].append((kind, limits)))
    return found


@pytest.mark.parametrize("hard", [-1, 0, 10**6, 2**60])
def test_a_check_has_a_minute_and_two_gibibytes_more(
    said: dict[str, list[Any]], monkeypatch: pytest.MonkeyPatch, hard: int
) -> None:
    """In address space, beside what the process has, and within its own limit; both are as before at the end."""
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (7, hard))
    before = signal.getsignal(signal.SIGALRM)
    with open("/proc/self/statm") as file:
        held = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    with limited("a case"):
        assert signal.getsignal(signal.SIGALRM) is not before
        assert said["alarm"] == [60]
    assert said["alarm"] == [60, 0]
    assert signal.getsignal(signal.SIGALRM) is before
    (kind, (soft, kept)), last = said["limits"]
    assert last == (resource.RLIMIT_AS, (7, hard))
    assert (kind, kept) == (resource.RLIMIT_AS, hard)
    assert soft == hard if hard in (0, 10**6) else abs(soft - held - 2**31) < 2**27


@pytest.mark.parametrize("error", [TimeoutError, MemoryError])
def test_a_check_that_takes_too_much_is_refused(said: dict[str, list[Any]], error: type[Exception]) -> None:
    more = "a case: the case takes more than 60 seconds or 2 GiB: give a smaller one"
    with pytest.raises(BadInput, match=more), limited("a case"):
        raise error
    assert said["alarm"] == [60, 0]


def test_there_are_no_limits_beside_the_main_thread(said: dict[str, list[Any]]) -> None:
    def run() -> None:
        with limited("a case"):
            pass

    other = threading.Thread(target=run)
    other.start()
    other.join()
    assert said == {"alarm": [], "limits": []}


def test_there_are_no_limits_where_the_system_has_none(said: dict[str, list[Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "exists", lambda path: False)
    with limited("a case"):
        pass
    assert said == {"alarm": [], "limits": []}


FOUND = {verdict: Finding(verdict, "") for verdict in (*Verdict, None)}


@pytest.mark.parametrize("word", ["holds", "fails", "ill-typed", "outside"])
@pytest.mark.parametrize("printed", FOUND)
@pytest.mark.parametrize("corrected", FOUND)
def test_what_confirms_a_counterexample(word: str, printed: Verdict | None, corrected: Verdict | None) -> None:
    expected = printed in (Verdict.FAILS, Verdict.ILL_TYPED) and printed.value == word and corrected in (Verdict.HOLDS, None)
    assert Replay(Pasted(DOUBLE, {}, word), FOUND[printed], FOUND[corrected]).confirmed is expected


@pytest.mark.parametrize("number", [10**12, -(10**12), 1e12, "1e999", "9" * 399, True, [10**12], {"deep": 10**12}])
def test_numbers_of_a_case_that_are_read(number: object) -> None:
    assert read({**GOOD, "case": {"n": number}}, "it").case == {"n": number}


@pytest.mark.parametrize(
    "number", [10**12 + 1, -(10**12) - 1, 1.1e12, "1e1000", "1E+1000", "9" * 400, [1e13], {"deep": [1e13]}]
)
def test_numbers_of_a_case_that_are_too_large(number: object) -> None:
    with pytest.raises(BadInput, match=r"too large a number: they are at most 1e\+12 here"):
        read({**GOOD, "case": {"n": number}}, "it")


def test_both_transcriptions_are_checked_from_scratch() -> None:
    found = replayed(GOOD, "it")
    assert (found.printed, found.corrected) == ((Verdict.FAILS, "3^2 = 9, bound 6"), (Verdict.HOLDS, "3^2 = 9, bound 9"))
    assert found.confirmed


def test_the_text_of_a_counterexample_has_a_line_a_key() -> None:
    assert text_of({"claim": "ü", "case": {"n": [1]}}) == '{\n  "claim": "ü",\n  "case": {"n": [1]}\n}\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        text_of({"n": float("inf")})


def test_a_file_holds_one_object(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text('{"n": 1, "x": 2.5}')
    assert document(tmp_path / "good.json") == {"n": 1, "x": 2.5}
    for text, why in (
        ("[1]", "holds a list, not an object with claim, case and printed"),
        ('{"n": 1, "n": 1}', "the key 'n' stands twice in an object"),
        ('{"n": 1e999}', "1e999 is too large a number"),
        ('{"n": NaN}', "NaN is no number"),
        ("{", "is not JSON that can be read"),
    ):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(BadInput, match=why):
            document(tmp_path / "bad.json")


def test_names_of_claims_that_are_said_are_short() -> None:
    assert f"'{'x' * 80}'" in str(unknown_claim("x" * 81))
