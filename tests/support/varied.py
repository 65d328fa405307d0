"""Records with a few of their parts changed, as a hand, an old version or a rare run would have them."""

import hashlib
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

WORDS = ("", "yes", "no", "unknown", "cadical", "softmax", "1 < 2", "another word", "x" * 300)

Place = tuple[Any, ...]


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Where the parts of a record stand, inner ones too."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield (*at, name)
        yield from places(part, (*at, name))


def changed(value: Any, rng: random.Random) -> Any:
    """Another value of the same kind, or none."""
    if rng.random() < 0.2:
        return None
    match value:
        case bool():
            return not value
        case int():
            return rng.choice((0, 1, value + 1, value - 1, 2 * value, 1000 * value, -value, 12345, float(value)))
        case float():
            return rng.choice((0.0, -value, 2 * value, value / 2, 1e6 * value, value / 1e6, value + 1e-3, 1e300, 7))
        case str():
            return rng.choice(WORDS)
        case list():
            return rng.choice((value[:1], value[:-1], value[1:], value + value[:1], value[::-1], []))
        case dict():
            return rng.choice((dict(list(value.items())[:-1]), {}))
    return rng.choice((0, 1, True, 0.5, "yes", [], {}))


def varied(record: Any, count: int, seed: int = 0) -> Iterator[tuple[str, Any]]:
    """`count` records with one to three parts changed, outer ones as often as inner ones, and what was changed."""
    rng = random.Random(seed)
    depths: dict[int, list[Place]] = {}
    for place in places(record):
        depths.setdefault(len(place), []).append(place)
    for _ in range(count):
        new, said = deepcopy(record), []
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            *path, last = rng.choice(depths[rng.choice(list(depths))])
            inner: Any = new
            try:
                for name in path:
                    inner = inner[name]
                inner[last] = changed(inner[last], rng)
            except (KeyError, IndexError, TypeError):  # changed before
                continue
            said.append(f"{'/'.join(map(str, (*path, last)))} = {str(inner[last])[:40]}")
        yield "; ".join(said), new


def told(say: Callable[[Any], str], record: Any) -> str:
    """A digest of what is said of the record, or the name of the exception by which it is refused."""
    try:
        return hashlib.sha256(say(record).encode(errors="surrogatepass")).hexdigest()[:12]
    except Exception as error:
        return type(error).__name__
