"""What a claim finds, in words: every case, what is found on it as printed and as corrected, what its formulas gave on the way,
and every number that its check took the sign of.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from itertools import islice
from types import ModuleType
from typing import Any

import pytest
from flint import arb

from hardlab.claims.claim import Case, Claim, word
from instances.exact import sign

SECONDS = {"E2-relative", "E6-half-length", "E7-first-term", "Lemma-3.4", "E14-calls", "Lemma-4.7-any-n", "Theorem-4.3"}
"""Claims whose cases take more than a quarter of a second."""


def claims_of(*modules: ModuleType) -> list[Any]:
    """The claims of these modules as parameters of a test, those that take long marked as slow."""
    claims: list[Claim[Any]] = [claim for module in modules for claim in module.CLAIMS]
    return [pytest.param(one, id=one.id, marks=[pytest.mark.slow] if one.id in SECONDS else []) for one in claims]


def long_claims_of(*modules: ModuleType) -> list[Any]:
    """Those of them that take long."""
    return [pytest.param(one, id=one.id) for module in modules for one in module.CLAIMS if one.id in SECONDS]


def evidence(claim: Claim[Any], every: int = 1) -> str:
    """A line a case: its numbers, what is found for each transcription, what its formulas give and what is compared there."""
    return "\n".join(_lines(claim, every))


def beside(claim: Claim[Any]) -> str:
    """The same of cases with one number or list of a case of its own changed: most are outside of the hypotheses, or at the
    end of them.
    """
    asking, cases = _asking_signs(), list(claim.cases())
    chosen = cases[:: max(len(cases) // 8, 1)]
    changed = {json.dumps(other): other for case in chosen for other in _changed(dict(case))}
    return "\n".join(f"{text} | {_found(claim, claim.corrected, case, asking)}" for text, case in changed.items())


def _changed(value: Any) -> Iterator[Any]:
    """The value with one of its parts changed."""
    match value:
        case dict():
            for key, part in value.items():
                yield from ({**value, key: other} for other in _changed(part))
        case [first, *rest]:
            yield from ([], rest, [first, first, *rest], [*rest, first])
            yield from ([other, *rest] for other in _changed(first))
        case bool():
            yield not value
        case int() | float():
            yield from (0, -value, value - 1, value + 1, 2 * value)
        case str() if set(value) <= {"0", "1"} and len(value) > 1:
            yield from ("0" * len(value), "1" * len(value), value[1:], value + "1")
        case str() if value.startswith("e^-"):
            yield from (f"e^-{other}" for other in _changed(value[3:]))
        case str() if (number := _number(value)) is not None:
            yield from (str(other) for other in (0, -number, number - 1, number + 1, number / 2))


def _number(text: str) -> Fraction | None:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None


def _lines(claim: Claim[Any], every: int) -> Iterator[str]:
    transcriptions = [claim.printed] if claim.printed is claim.corrected else [claim.printed, claim.corrected]
    asking = _asking_signs()
    for case in islice(claim.cases(), 0, None, every):
        yield " | ".join([json.dumps(case), *(_found(claim, formulas, case, asking) for formulas in transcriptions)])


def _found(claim: Claim[Any], formulas: Any, case: Case, asking: Sequence[ModuleType]) -> str:
    said: list[str] = []
    try:
        with _signs_heard(said, asking):
            finding = claim.on(_heard(formulas, said), case)
    except (ValueError, LookupError, TypeError, ArithmeticError) as error:  # undecided, or no case at all
        return type(error).__name__
    return f"{word(finding)}: {finding.detail} | {' '.join(said)}"


def _asking_signs() -> list[ModuleType]:
    """The modules of claims that ask for signs: looked up once for all cases, as there are thousands of modules."""
    modules = [module for name, module in sys.modules.items() if name.startswith("hardlab.claims.")]
    return [module for module in modules if getattr(module, "sign", None) is sign]


@contextmanager
def _signs_heard(said: list[str], asking: Sequence[ModuleType]) -> Iterator[None]:
    """The `sign` of these modules says here of what it is asked: the number that decided it."""

    def heard(value: Callable[[], arb]) -> int:
        seen = arb(0)

        def valued() -> arb:
            nonlocal seen
            seen = value()
            return seen

        found = sign(valued)
        said.append(f"{found:+}: {_shown(seen) if found else ''}")
        return found

    for module in asking:
        vars(module)["sign"] = heard
    try:
        yield
    finally:
        for module in asking:
            vars(module)["sign"] = sign


def _heard(formulas: Any, said: list[str]) -> Any:
    """The same formulas, which say here what they give."""
    if is_dataclass(formulas) and not isinstance(formulas, type):
        return replace(formulas, **{one.name: _heard(getattr(formulas, one.name), said) for one in fields(formulas)})
    if isinstance(formulas, tuple):
        return type(formulas)(*(_heard(one, said) for one in formulas))
    if not callable(formulas) or isinstance(formulas, type):
        said.append(_shown(formulas))
        return formulas

    def heard(*arguments: Any, **named: Any) -> Any:
        given = formulas(*arguments, **named)
        said.append(_shown(given))
        return given

    return heard


def _shown(value: Any) -> str:
    if type(value) in (bool, int):  # by far the most
        return str(value)
    match value:
        case arb():
            return str(value.str(8, radius=False))
        case list() | tuple():
            return f"[{' '.join(_shown(one) for one in value)}]"
        case None | bool() | int() | float() | str() | Fraction():
            return str(value)
    return type(value).__name__
