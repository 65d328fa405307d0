"""The generator of a seed, from which alone a family draws."""

import numpy as np

from instances.faults import at_least


def generator(seed: int) -> np.random.Generator:
    """Errors: `BadInput` for a negative seed."""
    at_least("seed =", seed, 0)
    return np.random.default_rng(np.random.SeedSequence(seed))
