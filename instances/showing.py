"""How objects show themselves in a notebook: as whoever named a drawer here draws them, and as text where nobody did."""

from importlib import import_module

_drawer: str | None = None


def drawn_by(place: str) -> None:
    """From here on `place`, as module:function, draws; it is imported when something is first shown."""
    global _drawer
    _drawer = place


class Shown:
    """What a notebook may show as HTML."""

    __slots__ = ()

    def _repr_html_(self) -> str | None:
        """The drawing; None where nobody draws, or not this, and the notebook takes the repr."""
        if _drawer is None:
            return None
        module, _, function = _drawer.partition(":")
        drawn: str | None = getattr(import_module(module), function)(self)
        return drawn
