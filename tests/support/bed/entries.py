"""The table of kernels: each names itself there where it is defined."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

_FLASH: dict[str, tuple[str, ...]] = {
    "softmax_scale": ("scale",),
    "causal": ("causal",),
    "window_size": ("window",),
    "alibi_slopes": ("alibi",),
}

PARAMETERS: dict[str, dict[str, tuple[str, ...]]] = {
    "plain": {"scale": ("scale",)},
    "heads": {name: (name,) for name in ("scale", "causal", "window", "keep", "mask", "bias", "alibi", "cu_seqlens")},
    "sdpa": {"attn_mask": ("mask", "bias"), "is_causal": ("causal",), "enable_gqa": ("groups",), "scale": ("scale",)},
    "flash-attn": _FLASH,
    "flash-attn-varlen": _FLASH | {"cu_seqlens_q": ("cu_seqlens",)},
}
"""What a parameter of a name offers in each convention."""

GROUPED = ("heads", "flash-attn", "flash-attn-varlen")
"""Conventions in which K and V may always have fewer heads than Q."""


@dataclass(frozen=True)
class Entry:
    """One kernel.

    target: module:function. offers: features, `groups` for fewer heads of K and V, `scale` for others than 1/sqrt(d). kind: of
    the fault, `right` where there is none. says: the fault, or what the kernel is, in one sentence. on: names of cases; those
    that show the fault, or those that a right one is held to, all that fit where none is named. dtypes: in which the fault
    shows, or which a right one keeps. backward: `autograd`, or the target that computes the gradients; then the fault is there.
    always: what the kernel does without being asked. declines: it refuses some calls with a reason. layout: of `plain`, nd or
    bhnd.
    """

    name: str
    target: str
    convention: str
    offers: tuple[str, ...]
    kind: str
    says: str
    on: tuple[str, ...]
    dtypes: tuple[str, ...]
    backward: str = ""
    always: str = ""
    declines: bool = False
    layout: str = "nd"
    note: str = ""

    @property
    def arrays(self) -> str:
        return "torch" if self.target.partition(":")[0].endswith("_torch") else "numpy"


TABLE: list[Entry] = []


def wrong(
    kind: str, says: str, on: str, dtype: str = "float32", convention: str = "heads", backward: str = "", **more: Any
) -> Callable[[Function], Function]:
    """Enter a kernel with that fault, which shows on the case `on` in that dtype. `backward`: as in `right`."""
    return _entered(kind, says, (on,), (dtype,), convention, backward, **more)


def right(
    says: str, dtypes: tuple[str, ...], *on: str, convention: str = "heads", backward: str = "", **more: Any
) -> Callable[[Function], Function]:
    """Enter a kernel without a fault. `backward`: `autograd`, or the target of the forward pass whose gradients this one is."""
    return _entered("right", says, on, dtypes, convention, backward, **more)


def _entered(
    kind: str, says: str, on: tuple[str, ...], dtypes: tuple[str, ...], convention: str, backward: str, **more: Any
) -> Callable[[Function], Function]:
    def entered(function: Function) -> Function:
        here = f"{function.__module__}:{function.__name__}"
        target, gradients = (here, backward) if backward in ("", "autograd") else (backward, here)
        known = PARAMETERS[convention]
        parameters = inspect.signature(function).parameters
        offers = {feature for name in parameters for feature in known.get(name, ())}
        offers |= {"groups"} if convention in GROUPED else set()
        entry = Entry(function.__name__, target, convention, tuple(sorted(offers)), kind, says, on, dtypes, gradients, **more)
        TABLE.append(entry)
        return function

    return entered
