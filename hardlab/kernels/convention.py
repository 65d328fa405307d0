"""How calls are spelled for kernels of one kind: what a convention is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from numpy.typing import NDArray

from hardlab.kernels.call import FEATURES, OF_SUMS, Call
from instances.faults import BadInput
from instances.visibility import Corner

Axes = Literal["nd", "bhnd", "bnhd", "tnd"]
Make = Callable[[NDArray[Any]], Any]
"""An array as the kernel's library has it, of floating point in the call's dtype."""


@dataclass(frozen=True)
class Convention:
    """`parameters`: for each feature the parameters of which one offers it, none where every kernel is asked for it. `words`:
    the keywords of a call, but for the scale, whose parameter is `scale` ("" for one that is built in). `corners`: of its
    causal diagonal. `apart`: pairs of features that it does not take in one call. `optional`: keywords that are left out where
    a kernel has no such parameter. `sums`: it is no attention but kernel sums; V are weights, a keyword.
    """

    name: str
    axes: Axes
    parameters: Mapping[str, tuple[str, ...]]
    words: Callable[[Call, Make], dict[str, Any]]
    scale: str = "scale"
    corners: tuple[Corner, ...] = ("top-left",)
    apart: tuple[tuple[str, str], ...] = ()
    optional: tuple[str, ...] = ()
    sums: bool = False

    def __post_init__(self) -> None:
        odd = sorted(set(self.parameters) - set(self.known))
        if odd or self.axes not in get_args(Axes) or not self.corners or set(self.corners) - set(get_args(Corner)):
            said = f"the features {', '.join(odd)}" if odd else f"the axes {self.axes!r} and the corners {self.corners!r}"
            known = (
                f"features are {', '.join(FEATURES)}; axes {', '.join(get_args(Axes))}; corners {', '.join(get_args(Corner))}"
            )
            raise BadInput(f"the convention {self.name} has {said}: {known}")

    @property
    def known(self) -> Mapping[str, str]:
        """All that a kernel of this kind may offer."""
        return OF_SUMS if self.sums else FEATURES

    def shape(self, b: int, h: int, n: int, d: int) -> tuple[int, ...]:
        """The shape of (b, h, n, d) under the convention's axes; of sums that of the output."""
        shapes = {"bhnd": (b, h, n, d), "bnhd": (b, n, h, d), "nd": (n, d), "tnd": (b * n, h, d)}
        return (n,) if self.sums else shapes[self.axes]

    def back(self, X: NDArray[Any], b: int, h: int, n: int, d: int) -> NDArray[Any]:
        """(b, h, n, d) of an array with the convention's axes."""
        if self.axes in ("bhnd", "nd"):
            return X.reshape(b, h, n, d)
        return X.reshape(b, n, h, d).swapaxes(1, 2)
