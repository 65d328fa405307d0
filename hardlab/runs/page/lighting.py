"""Rows that light up without a script: a link to `#row-3` makes the rules of row 3 hold, without one those of a first choice.

What belongs to row i has the class r{i}; what belongs to a partner, a literal or a clause has a class of its own, and each row
names those that it lights.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass
class Lights:
    """The rows that can be lit, the first choice among them, and what each lights: selectors by the kind of light."""

    rows: Sequence[int] = ()
    first: int | None = None
    word: str = "Row"
    """What a row is called; where there is but a witness, that."""
    marks: dict[tuple[int, str], list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def links(self) -> Sequence[int]:
        """The rows that links light up: none where there is but one."""
        return self.rows if len(self.rows) > 1 else ()

    def name(self, row: str | int) -> str:
        """The row, as a sentence about it begins."""
        return f"<b>{self.word} {int(row)}</b>" if self.word == "Row" else f"<b>{self.word}</b>"

    def lit(self, row: str | int, selectors: Sequence[str]) -> None:
        """Partners of the row: they look as the row itself."""
        self.marks[int(row), "lit"] += selectors

    def true(self, row: str | int, selectors: Sequence[str]) -> None:
        self.marks[int(row), "true"] += selectors

    def false(self, row: str | int, selectors: Sequence[str]) -> None:
        self.marks[int(row), "false"] += selectors

    def style(self) -> str:
        """The rules of all rows."""
        return "\n".join(rule for row in self.rows for rule in self._rules(int(row)))

    def steady(self) -> str:
        """The rules of the first choice, which is always lit where there are no links."""
        return "" if self.first is None else "\n".join(self._rules(self.first, "&"))

    def _rules(self, row: int, when: str = "") -> Iterator[str]:
        if not when:
            when = f":root:has(#row-{row}:target)"
            when = f":is({when}, :root:not(:has(.spot:target)))" if row == self.first else when
        yield f"{when} .of.r{row} {{ display: block }}"
        lit = [f".r{row}", *self.marks.get((row, "lit"), ())]
        yield f"{when} :is({', '.join(dict.fromkeys(lit))}) {{ {LOOKS['row']} }}"
        yield f"{when} a.chip.r{row} {{ background: var(--lit); color: var(--paper); border-color: var(--lit) }}"
        for kind in ("true", "false"):
            selectors = self.marks.get((row, kind), ())
            if selectors:
                yield f"{when} :is({', '.join(dict.fromkeys(selectors))}) {{ {LOOKS[kind]} }}"

    def bar(self, why: str) -> Iterator[str]:
        """Links to all rows, the first choice first, with the reason `why` it is; they stay in sight while one scrolls."""
        if not self.links:
            return
        yield '<nav class="bar" aria-label="rows to light up"><span>Light up row</span><div class="chips">'
        for row in sorted(self.rows, key=lambda row: row != self.first):
            said = f'{row}<span class="quiet"> {why}</span>' if why and row == self.first else str(row)
            yield f'<a class="chip r{row}" href="#row-{row}">{said}</a><i class="spot" id="row-{row}"></i>'
        yield "</div></nav>"


LOOKS = {
    "row": "--row: var(--lit); --back: var(--glow); --ring: var(--lit); --number: var(--ink)",
    "true": "--mark: var(--lit); --weight: 700",
    "false": "--struck: var(--wrong); --line: line-through",
}
"""What the style gives to rows and their partners, to literals that are true, and to clauses that are false."""
