"""A module of claims joined with its texts: what is checked is code, what is said of it stands in a TOML file of its stem.

The file has one table for each claim, by its id and in the order of the module, with the keys `source`, `statement`,
`wrong`, `correction` and `proof` as in `Claim`; `wrong` and `correction` are left out where nothing is wrong.
"""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from hardlab.claims.claim import Case, Claim, Finding, Verdict

F = TypeVar("F")

NEEDED = {"source", "statement", "proof"}
ALLOWED = NEEDED | {"wrong", "correction"}


@dataclass(frozen=True)
class Checked(Generic[F]):
    """A claim without its texts: the fields of `Claim` of the same names."""

    id: str
    check: Callable[[F, Case], Finding]
    cases: Callable[[], Iterator[Case]]
    _: KW_ONLY
    printed: F
    mended: F | None = None
    recorded: Verdict = Verdict.HOLDS


def stated(module: str, *rows: Checked[Any]) -> tuple[Claim[Any], ...]:
    """The claims of these rows, in their order, with the texts of the module (its `__file__`).

    Errors: ValueError names the claim where there is a row without a text or a text without a row, where they are not in one
    order, where an id stands twice, and where a text has a key that is unknown, missing or no text; or says where the file is
    no TOML.
    """
    file = Path(module).with_suffix(".toml")
    try:
        texts = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file.name} is no TOML file: {error}") from error
    ids = [row.id for row in rows]
    _same(file.name, ids, list(texts))
    for id in ids:
        _complete(file.name, id, texts[id])
    return tuple(Claim(**vars(row), **texts[row.id]) for row in rows)


def _same(file: str, ids: list[str], texts: list[str]) -> None:
    """Errors: ValueError where these are not the same ids in the same order."""
    for id in ids:
        if id not in texts:
            raise ValueError(f"{file}: the claim {id} has no text, write a table for it")
        if ids.count(id) > 1:
            raise ValueError(f"{file}: two claims have the id {id}, name one anew")
    for id in texts:
        if id not in ids:
            raise ValueError(f"{file}: the text {id} is that of no claim, take it out or add the claim")
    for id, text in zip(ids, texts, strict=True):
        if id != text:
            raise ValueError(f"{file}: the text {text} stands where that of the claim {id} should, put them in one order")


def _complete(file: str, id: str, text: object) -> None:
    """Errors: ValueError where the text of a claim has not its keys."""
    if not isinstance(text, dict):
        raise ValueError(f"{file}: {id} is no table, write [{id}] above its texts")
    if unknown := sorted(text.keys() - ALLOWED):
        raise ValueError(f"{file}: {id} has the unknown key {unknown[0]}, known are {', '.join(sorted(ALLOWED))}")
    if missing := sorted(NEEDED - text.keys()):
        raise ValueError(f"{file}: {id} has no {missing[0]}, write one")
    if empty := sorted(key for key, value in text.items() if not isinstance(value, str) or not value):
        raise ValueError(f"{file}: {id} has no text as its {empty[0]}, write one or leave the key out")
    if ("wrong" in text) != ("correction" in text):
        raise ValueError(f"{file}: {id} has only one of wrong and correction, write both or none")
