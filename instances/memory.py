"""How much memory an instance may take: the budget, sizes as text, and the refusal that has both figures."""

from collections.abc import Mapping

from instances.faults import BadInput, Declined

MEMORY_BUDGET = 2**30
"""Bytes that one instance may take unless the user says otherwise (1 GiB)."""


def bytes_text(count: int) -> str:
    """A number of bytes for people, such as 512 MiB."""
    power = max(0, min(4, (count.bit_length() - 1) // 10))
    return f"{count / 1024**power:,.4g} {('bytes', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"


def within(memory: int, budget: int, what: str, size: Mapping[str, int]) -> None:
    """Raise `Declined`, with the figure, if `what` of this size needs more than `budget` bytes."""
    if memory > budget:
        figures = " ".join(f"{letter}={value}" for letter, value in size.items())
        raise Declined(
            f"{what} ({figures}) needs {bytes_text(memory)}, the memory budget is {bytes_text(budget)}; "
            f"raise it with --memory (memory= in Python) or take a smaller instance"
        )


def bytes_of(text: str) -> int:
    """A number of bytes, such as 512M. Errors: `BadInput`."""
    units = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
    number, unit = text.strip().upper().rstrip("B"), ""
    if number and number[-1] in units:
        number, unit = number[:-1], number[-1]
    try:
        count = float(number) * units[unit]
    except ValueError:
        count = 0.0
    if not 1 <= count < 2**63:
        raise BadInput(f"--memory {text!r}: write a size such as 512M or 2G")
    return int(count)
