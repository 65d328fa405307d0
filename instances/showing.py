"""How objects show themselves in a notebook: as whoever named a drawer here draws them, and as text where nobody did."""

from importlib import import_module

_drawers: list[str] = []


def drawn_by(place: str) -> None:
    """From here on `place`, as module:function, draws; it is imported when something is first shown."""
    _drawers[:] = [place]


class Shown:
    """What a notebook may show as HTML."""

    __slots__ = ()

    def _repr_html_(self) -> str | None:
        """The drawing; None where nobody draws, or not this, and the notebook takes the repr."""
        for place in _drawers:
            module, _, function = place.partition(":")
            drawn: str | None = getattr(import_module(module), function)(self)
            return drawn
        return None
