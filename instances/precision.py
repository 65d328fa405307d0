"""The working precision of ball arithmetic, of which flint has one for all threads."""

from collections.abc import Iterator
from contextlib import contextmanager

from flint import ctx

from instances.locks import lock

_ONE_AT_A_TIME = lock()


@contextmanager
def precision(bits: int | None = None) -> Iterator[None]:
    """While this lasts flint works with so many bits, or with as many as before, for this thread alone.

    flint has one working precision for all threads: what depends on it (and what is kept under it) is computed in here.
    """
    with _ONE_AT_A_TIME, ctx.workprec(ctx.prec if bits is None else bits):
        yield
