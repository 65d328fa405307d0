"""What bounds need to know of files, from that of their blocks."""

import numpy as np

from attention.files.tiles import _largest


def test_the_largest_of_blocks() -> None:
    """Column by column, and of the norms."""
    blocks = [(np.array([1.0, 5.0]), 6.0), (np.array([3.0, 2.0]), 9.0), (np.array([2.0, 4.0]), 7.0)]
    for some in (blocks, blocks[::-1], blocks[1:], blocks[:2]):
        bounds, norm = _largest(some)
        assert bounds.tolist() == [3.0, max(float(each[1]) for each, _ in some)]
        assert norm == 9.0
