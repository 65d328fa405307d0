"""GitHub markdown: texts that are shown as they are, tables, blocks of code."""

import re
from collections.abc import Iterable, Sequence

from hardlab.pages.text import printable

CHARACTERS = 300
"""Characters that a page gives to one foreign text."""


def escaped(text: str) -> str:
    """A text of ours on one line, in a table too, with no more backslashes than it needs; it is not shortened."""
    line = re.sub(r"([\\`*|~$&])", r"\\\1", " ".join(text.split()))
    line = re.sub(r"<(?=[A-Za-z/!?])", r"\\<", line)
    line = re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", line)
    return line.replace("](", r"]\(")


def said(text: str) -> str:
    """The same, but that `code` in backquotes stays code."""
    words = re.split(r"(`[^`]*`|\s+)", text.strip())
    return "".join(
        " " if word.isspace() else word.replace("|", r"\|") if word.startswith("`") else escaped(word) for word in words
    )


def harmless(text: str) -> str:
    """A foreign text: shortened, and no character of it is markup, whatever stands around; no link is made of an address."""
    short = text if len(text) <= CHARACTERS else text[:CHARACTERS] + "…"
    return re.sub(r"([\\`*_{}\[\]<>#!|~&$@]|:(?=//)|(?<=www)\.)", r"\\\1", short.replace("\n", " "), flags=re.IGNORECASE)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table, whose cells are markdown."""
    return [f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *rows)]


def code(text: object) -> list[str]:
    """A block of code, fenced by more backticks than the text has in a row."""
    said = printable(text)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", said)), default=0))
    return [fence, said, fence]
