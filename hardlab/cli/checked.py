"""Numbers of the command line, checked."""

from instances.faults import BadInput

LEAST_FIGURE, LARGEST_FIGURE = 1e-30, 1e30
"""Between these errors, bounds on entries and the like must be."""


def octaves_of(text: str) -> range:
    """The k of n = 2^k that `first:last` spells, both included, 1 <= first <= last <= 40. Errors: `BadInput`."""
    try:
        first, last = (int(part) for part in text.split(":"))
    except ValueError:
        raise BadInput(f"--octaves {text!r}: write first:last, such as 10:15 for n = 2^10 to 2^15") from None
    if not 1 <= first <= last <= 40:
        raise BadInput(f"--octaves {text}: n = 2^first to 2^last needs 1 <= first <= last <= 40")
    return range(first, last + 1)


def factors_of(text: str) -> list[float]:
    """The positive numbers of a comma list, in rising order. Errors: `BadInput`, also where one stands twice."""
    try:
        found = sorted(float(part) for part in text.split(","))
    except ValueError:
        raise BadInput(f"--factors {text!r}: write numbers joined by commas, such as 0.2,0.5,1") from None
    for factor in found:
        positive("--factors", factor)
    if len(set(found)) < len(found):
        raise BadInput(f"--factors {text}: a number stands twice")
    return found


def positive(option: str, value: float) -> None:
    """Errors: `BadInput` unless the value is positive, and such that its square and its products stay in float64."""
    if not LEAST_FIGURE <= value <= LARGEST_FIGURE:
        raise BadInput(f"{option} {value:g}: it must be a positive number, from {LEAST_FIGURE:g} to {LARGEST_FIGURE:g}")


def promisable(error: float) -> None:
    """Errors: `BadInput` for an error that is not positive, or that no algorithm in float64 could promise."""
    positive("--error", error)
    if error < 2**-53:
        raise BadInput(f"--error {error:g}: it is below 2^-53, the rounding of float64, and no algorithm could promise it")
