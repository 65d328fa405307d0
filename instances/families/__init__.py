"""Seeded families of instances. The same arguments give the same instance; nothing else is drawn from."""

from instances.families.family import FAMILIES, Family, family_named, make, typed
from instances.families.formulas import MAX_LITERALS, MAX_UNIQUE, colouring, parity, pigeonhole, planted_ksat, random_ksat
from instances.families.vectors import (
    MAX_BITS,
    MAX_COLUMNS,
    MAX_PAIRS,
    planted_hamming,
    planted_ov,
    random_hamming,
    random_ov,
)

__all__ = [
    "FAMILIES", "MAX_BITS", "MAX_COLUMNS", "MAX_LITERALS", "MAX_PAIRS", "MAX_UNIQUE", "Family", "colouring", "family_named",
    "make", "parity", "pigeonhole", "planted_hamming", "planted_ksat", "planted_ov", "random_hamming", "random_ksat",
    "random_ov", "typed",
]  # fmt: skip
