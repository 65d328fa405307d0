"""Random numbers of few binary digits: what is computed of them hardly hangs on the order of sums."""

import numpy as np

from instances.coded import Floats


def dyadic(seed: int, shape: tuple[int, ...]) -> Floats:
    """Multiples of 2^-12 from -2 to 2."""
    found: Floats = np.random.default_rng(seed).integers(-(2**13), 2**13 + 1, shape) / 2**12
    return found
