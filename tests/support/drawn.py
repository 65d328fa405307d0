"""Stands for a figure of matplotlib, its axes and their parts: what they are asked to draw is written down, in words."""

from collections.abc import Iterator
from typing import Any

from tests.support.kept import shown


class Drawn:
    """Every call of it and of its parts is a line of `said`, numbers to six digits; the limits are those that were set."""

    def __init__(self, *said: str, of: "Drawn | None" = None, **asked: Any) -> None:
        self.name, self.whole = "".join(said), self if of is None else of
        if of is None:
            self.said, self.limits = [f"figure {shown(asked)}"], ()

    def __getattr__(self, name: str) -> "Drawn":
        return Drawn(f"{self.name}.{name}", of=self.whole)

    def __getitem__(self, part: Any) -> "Drawn":
        return Drawn(f"{self.name}[{shown(part)}]", of=self.whole)

    def __iter__(self) -> Iterator["Drawn"]:
        yield self["each"]

    def __call__(self, *places: Any, **words: Any) -> Any:
        self.whole.said.append(f"{self.name} {shown(places)} {shown(words)}")
        if self.name.endswith(".set_ylim"):
            self.whole.limits = places
        return self.whole.limits if self.name.endswith(".get_ylim") else self
