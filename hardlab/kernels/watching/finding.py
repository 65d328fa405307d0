"""What the watching found."""

from typing import NamedTuple


class Finding(NamedTuple):
    """A short key that stays the same, and what was seen in one sentence."""

    key: str
    sentence: str
