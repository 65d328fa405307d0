"""The words that records, reports and pages show, explained: data in glossary.toml, one entry a word.

Whatever shows them takes them from here: `hardlab list words`, docs/pages/reference/words.md, and pages at their end.
"""

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from textwrap import wrap

from hardlab.pages.markdown import escaped, said
from instances.faults import unknown

HEAD = """# The words

What records, reports and pages say, explained; `hardlab list words` prints it too, `hardlab list words t2` one of it.

```python
>>> from hardlab.pages.glossary import explained
>>> explained("ln_low").term
'low, high'

```
"""
"""How the page of Markdown begins."""


@dataclass(frozen=True)
class Word:
    """A term, its other spellings, and what it says in a few sentences, `code` in backquotes; `part` is what it belongs to."""

    part: str
    term: str
    says: str
    also: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        return (self.term, *self.also)


@cache
def glossary() -> tuple[Word, ...]:
    """All words, part by part."""
    given = tomllib.loads(Path(__file__).with_name("glossary.toml").read_text(encoding="utf-8"))["word"]
    return tuple(Word(word["part"], word["term"], word["says"], tuple(word.get("also", ()))) for word in given)


def explained(spelling: str) -> Word:
    """The word that is spelled so, in upper or lower case where no other is. Errors: `BadInput`, with the nearest spelling."""
    spelled = {other: word for word in glossary() for other in word.spellings}
    lower = {other.lower(): word for other, word in reversed(spelled.items())}
    found = spelled.get(spelling) or lower.get(spelling.lower())
    if found is None:
        raise unknown("word", spelling, spelled, any_case=True, otherwise="hardlab list words has them all")
    return found


def of(spellings: Iterable[str]) -> list[Word]:
    """The words that are spelled so, each once, in the order of the glossary; spellings that it lacks are left out."""
    wanted = set(spellings)
    return [word for word in glossary() if not wanted.isdisjoint(word.spellings)]


def definitions(words: Sequence[Word]) -> Iterator[str]:
    """A list of definitions in HTML."""
    yield '<dl class="words">'
    yield from (f"<dt>{escape(word.term)}</dt><dd>{_marked(escape(word.says))}</dd>" for word in words)
    yield "</dl>"


def folded(spellings: Iterable[str]) -> Iterator[str]:
    """The end of a page in HTML: the words that are spelled so, folded; nothing where there are none."""
    words = of(spellings)
    if words:
        yield f"<details><summary>The words, explained: {len(words)}</summary>"
        yield from definitions(words)
        yield "</details>"


def plain(words: Sequence[Word], width: int = 100) -> str:
    """Text for a terminal: each word with its other spellings, what it says below."""
    lines = []
    for i, word in enumerate(words):
        if i == 0 or word.part != words[i - 1].part:
            lines += [*([""] if i else []), word.part]
        also = [other for other in word.also if other not in word.term.split(", ")]
        others = f" (also {', '.join(also)})" if also else ""
        lines += wrap(word.term + others, width, initial_indent="  ", subsequent_indent="      ")
        lines += wrap(word.says, width, initial_indent="      ", subsequent_indent="      ")
    return "\n".join(lines)


def markdown(words: Sequence[Word]) -> list[str]:
    """A line of Markdown for each."""
    return [f"- **{escaped(word.term)}**: {said(word.says)}" for word in words]


def page() -> str:
    """All words as a page of Markdown, docs/pages/reference/words.md."""
    lines = [HEAD]
    for part in dict.fromkeys(word.part for word in glossary()):
        lines += [f"## {part}", "", *markdown([word for word in glossary() if word.part == part]), ""]
    return "\n".join(lines)


def _marked(text: str) -> str:
    """HTML of escaped text, its backquotes as code."""
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(text.split("`")))
