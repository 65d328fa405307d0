"""Counterexamples as files: their text, and the check of one from scratch.

A file is one JSON object with the keys `claim` (an id), `case` (an object) and `printed` (an object whose `verdict` is the
printed one); `source` and `detail` are there for people. Other keys may stand beside them and are not looked at. A key that
stands twice in an object is refused, since a reader may see the other one; so are NaN and infinite numbers.
"""

import json
import os
import re
import signal
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import isfinite
from typing import Any, NamedTuple

from hardlab import claims
from hardlab.claims.claim import OUTSIDE, Case, Claim, Finding, Verdict, word
from instances.faults import BadInput, one_line, unknown
from instances.files import AnyPath, contents, shown

LARGEST_FILE = 4 * 2**20
"""Bytes of a file."""

VERDICTS = (*(verdict.value for verdict in Verdict), OUTSIDE)

SECONDS, BYTES = 60, 2**31
"""What the check of one case may take."""

LARGEST_NUMBER = 10**12
_POWER = re.compile(r"[eE][+-]?[0-9]{4}|[0-9]{400}")

MAKE_ONE = "hardlab verify --counterexamples DIR and hardlab check --counterexamples DIR write such files"


class Pasted(NamedTuple):
    """A file's content: the claim, the case, and the verdict on the printed statement."""

    claim: Claim[Any]
    case: Case
    verdict: str


class Replay(NamedTuple):
    """What both transcriptions give on the case of a file, computed now."""

    pasted: Pasted
    printed: Finding
    corrected: Finding

    @property
    def confirmed(self) -> bool:
        """The printed statement does not hold there, in the way that the file says, and the corrected one does not fail.

        A case on which both fail refutes nothing: it is outside the hypotheses, or this project is wrong.
        """
        refuted = self.printed.verdict in (Verdict.FAILS, Verdict.ILL_TYPED)
        return refuted and word(self.printed) == self.pasted.verdict and self.corrected.verdict in (Verdict.HOLDS, None)


def text_of(counterexample: Mapping[str, Any]) -> str:
    """The JSON text of `pasted`, a line for each key. Errors: ValueError for a number that JSON has no words for."""
    lines = [
        f"  {json.dumps(key)}: {json.dumps(value, allow_nan=False, ensure_ascii=False)}"
        for key, value in counterexample.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def replayed(record: dict[str, Any], name: str) -> Replay:
    """The counterexample of a file, checked from scratch. Errors: `BadInput` for all that is not such a file."""
    found = read(record, name)
    return Replay(found, *(_checked(found, formulas, name) for formulas in (found.claim.printed, found.claim.corrected)))


def document(path: AnyPath) -> dict[str, Any]:
    """The JSON object in a file, or in `-`. Errors: `BadInput`."""
    name = shown(path)
    record = _parsed(contents(path, LARGEST_FILE, f"give a file with one counterexample ({MAKE_ONE})"), name)
    if not isinstance(record, dict):
        raise BadInput(f"{name} holds {_kind(record)}, not an object with claim, case and printed: {MAKE_ONE}")
    return record


def read(record: dict[str, Any], name: str) -> Pasted:
    """A file's content, taken apart; the case is the claim's to read. Errors: `BadInput`."""
    claim = _entry(record, "claim", str, name)
    case = _entry(record, "case", dict, name)
    _check_numbers(case, name)
    verdict = _entry(_entry(record, "printed", dict, name), "verdict", str, name)
    if verdict not in VERDICTS:
        raise BadInput(
            f"{name}: the printed verdict is {one_line(repr(verdict[:80]))}, it must be one of {', '.join(VERDICTS)}"
        )
    return Pasted(claim_named(claim), case, verdict)


def claim_named(name: str) -> Claim[Any]:
    """The claim with that id. Errors: `BadInput` with the nearest one."""
    for claim in claims.CLAIMS:
        if claim.id == name:
            return claim
    raise unknown_claim(name)


def unknown_claim(name: str) -> BadInput:
    """The error for a name that no claim has, with the nearest id."""
    ids = [claim.id for claim in claims.CLAIMS]
    return unknown("claim", name[:80], ids, any_case=True, otherwise="hardlab list claims shows all")


def _parsed(content: bytes, name: str) -> Any:
    try:
        return json.loads(content, object_pairs_hook=_without_repetition, parse_constant=_no_number, parse_float=_finite)
    except RecursionError:
        raise BadInput(f"{name} is nested too deeply: {MAKE_ONE}") from None
    except ValueError as error:
        raise BadInput(f"{name} is not JSON that can be read ({one_line(error)}): {MAKE_ONE}") from None


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for key, value in pairs:
        if key in record:
            raise ValueError(f"the key {key[:80]!r} stands twice in an object")
        record[key] = value
    return record


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _finite(digits: str) -> float:
    if not isfinite(value := float(digits)):
        raise ValueError(f"{digits[:80]} is too large a number")
    return value


def _entry(record: Mapping[str, Any], key: str, kind: type, name: str) -> Any:
    if key not in record:
        raise BadInput(f"{name} has no {key!r}: {MAKE_ONE}")
    if not isinstance(record[key], kind):
        raise BadInput(f"{name}: {key!r} is {_kind(record[key])}, it must be {_KINDS[kind]}")
    return record[key]


_KINDS: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}


def _kind(value: Any) -> str:
    return _KINDS[type(value)]


def _check_numbers(value: Any, name: str) -> None:
    """Errors: `BadInput` for a number in a case that is so large that only to read it may take for ever."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            _check_numbers(inner, name)
    too_large = isinstance(value, int | float) and not abs(value) <= LARGEST_NUMBER
    if too_large or (isinstance(value, str) and _POWER.search(value)):
        raise BadInput(
            f"{name}: {str(value)[:40]!r} in the case is too large a number: they are at most {LARGEST_NUMBER:.0e} here"
        )


@contextmanager
def limited(name: str) -> Iterator[None]:
    """Errors: `BadInput` where the block takes longer than SECONDS, or more than BYTES of memory beside what there is.

    There is no limit outside the main thread, and none but Python's own where the system has no such limits.
    """
    too_much = BadInput(f"{name}: the case takes more than {SECONDS} seconds or {BYTES >> 30} GiB: give a smaller one")
    if threading.current_thread() is not threading.main_thread() or not os.path.exists("/proc/self/statm"):
        yield
        return
    import resource  # not on every system

    def late(number: int, frame: Any) -> None:
        raise TimeoutError

    before, space = signal.signal(signal.SIGALRM, late), resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as file:
        held = int(file.read().split()[0]) * resource.getpagesize()
    signal.alarm(SECONDS)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (held + BYTES if space[1] < 0 else min(held + BYTES, space[1]), space[1]))
        yield
    except (TimeoutError, MemoryError):
        raise too_much from None
    finally:
        signal.alarm(0)
        resource.setrlimit(resource.RLIMIT_AS, space)
        signal.signal(signal.SIGALRM, before)


def _checked(found: Pasted, formulas: Any, name: str) -> Finding:
    """The finding on the case. A check that has to warn about its arithmetic has not read the case as one of its own."""
    try:
        with warnings.catch_warnings(), limited(name):
            warnings.simplefilter("error", RuntimeWarning)
            return found.claim.on(formulas, found.case)
    except BadInput:
        raise
    except Exception as error:
        raise BadInput(
            f"{name}: the case cannot be read as one of {found.claim.id} ({type(error).__name__}: {one_line(error)}): "
            f"hardlab verify {found.claim.id} --counterexamples DIR writes one that can"
        ) from None
