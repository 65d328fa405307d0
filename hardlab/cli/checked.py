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


def numbers_of(option: str, text: str, example: str) -> list[float]:
    """The numbers of a comma list, in rising order. Errors: `BadInput`, also where one stands twice."""
    try:
        found = sorted(float(part) for part in text.split(","))
    except ValueError:
        raise BadInput(f"{option} {text!r}: write numbers joined by commas, such as {example}") from None
    if len(set(found)) < len(found):
        raise BadInput(f"{option} {text}: a number stands twice")
    return found


def positive_numbers(option: str, text: str, example: str) -> list[float]:
    """The same, each `positive`."""
    found = numbers_of(option, text, example)
    for number in found:
        positive(option, number)
    return found


def widths_of(text: str) -> list[int]:
    """Numbers of columns. Errors: `BadInput` unless they are whole numbers from 1."""
    found = numbers_of("--widths", text, "2,8,16")
    if not all(d.is_integer() and 1 <= d <= 2**20 for d in found):
        raise BadInput(f"--widths {text}: each is a number of columns, a whole number from 1")
    return [int(d) for d in found]


def shares_of(text: str) -> list[float]:
    """Parts of all rows. Errors: `BadInput` unless they are from 0 to 1."""
    found = numbers_of("--shares", text, "0,0.01")
    if not all(0 <= share <= 1 for share in found):
        raise BadInput(f"--shares {text}: each is a part of the rows, from 0 to 1")
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
