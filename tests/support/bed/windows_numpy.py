"""Wrong kernels on NumPy arrays: windows and packed sequences."""

import numpy as np

from tests.support.bed.entries import wrong
from tests.support.bed.numpy_parts import Array, Corner, Lengths, Window, attend, below, placed, sizes, visible


def _wider(window: Window, left: int, right: int) -> Window:
    """A window that reaches so much further on the sides where it has a border."""
    if window is None:
        return None
    sides = zip(window, (left, right), strict=True)
    a, b = (None if side is None else side + more for side, more in sides)
    return a, b


@wrong("window", "The window is not looked at.", "window")
def window_ignored(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, window: Window = None) -> Array:
    return attend(Q, K, V, scale, visible(*sizes(Q, K), causal))


@wrong("window", "It reaches one key too far to the left.", "window causal")
def window_left_wide(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, window: Window = None) -> Array:
    return attend(Q, K, V, scale, visible(*sizes(Q, K), causal, _wider(window, 1, 0)))


@wrong("window", "It reaches one key too little to the left.", "window causal")
def window_left_narrow(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, window: Window = None) -> Array:
    return attend(Q, K, V, scale, visible(*sizes(Q, K), causal, _wider(window, -1, 0)))


@wrong("window", "It reaches one key too far to the right.", "window")
def window_right_wide(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, window: Window = None) -> Array:
    return attend(Q, K, V, scale, visible(*sizes(Q, K), causal, _wider(window, 0, 1)))


@wrong("window", "It reaches one key too little to the right.", "window")
def window_right_narrow(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, window: Window = None) -> Array:
    return attend(Q, K, V, scale, visible(*sizes(Q, K), causal, _wider(window, 0, -1)))


@wrong("window", "With causal it reaches to the right as far as to the left.", "window causal")
def window_to_both_sides(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, window: Window = None) -> Array:
    if causal and window is not None:
        return attend(Q, K, V, scale, visible(*sizes(Q, K), None, (window[0], window[0])))
    return attend(Q, K, V, scale, visible(*sizes(Q, K), causal, window))


@wrong("window", "Where there is a window the causal flag is not looked at.", "window causal")
def window_without_causal(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, window: Window = None) -> Array:
    return attend(Q, K, V, scale, visible(*sizes(Q, K), None if window else causal, window))


@wrong("window", "It stands one key too far to the right.", "window")
def window_shifted(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, window: Window = None) -> Array:
    return attend(Q, K, V, scale, visible(*sizes(Q, K), causal, _wider(window, -1, 1)))


@wrong("window", "Left and right are exchanged.", "window")
def window_exchanged(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, window: Window = None) -> Array:
    return attend(Q, K, V, scale, visible(*sizes(Q, K), causal, window if causal or not window else (window[1], window[0])))


@wrong(
    "window", "It follows the diagonal of the top-left corner, while causal ends at the bottom-right.", "window bottom-right"
)
def window_of_the_other_corner(
    Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, window: Window = None
) -> Array:
    sees = below(*sizes(Q, K), causal)
    return attend(Q, K, V, scale, sees & visible(*sizes(Q, K), None, (window[0], None) if causal and window else window))


@wrong("window", "A side of 0 is taken for one that is open.", "window of one")
def window_of_zero_is_open(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, window: Window = None) -> Array:
    left, right = window or (None, None)
    return attend(Q, K, V, scale, visible(*sizes(Q, K), causal, (left or None, right or None)))


@wrong("window", "A side that is open is taken for 0.", "window open to the left")
def window_open_is_zero(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, window: Window = None) -> Array:
    return attend(Q, K, V, scale, visible(*sizes(Q, K), causal, window and (window[0] or 0, window[1] or 0)))


@wrong("window", "Whole tiles of 8 keys are seen where the window touches them.", "window causal")
def window_of_tiles(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, window: Window = None) -> Array:
    n, m = sizes(Q, K)
    touched = np.logical_or.reduceat(visible(n, m, causal, window) & np.ones((n, m), np.bool_), np.arange(0, m, 8), axis=1)
    return attend(Q, K, V, scale, below(n, m, causal) & np.repeat(touched, 8, axis=1)[:, :m])


@wrong("packed", "Rows see the keys of all sequences.", "packed")
def packed_as_one(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, cu_seqlens: Lengths = None) -> Array:
    n, m = sizes(Q, K)
    line, j, _ = placed(n, m, causal, cu_seqlens)
    return attend(Q, K, V, scale, j <= line if causal else None)


@wrong("packed", "The first key of the next sequence belongs to this one too.", "packed unequal")
def packed_one_more(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, cu_seqlens: Lengths = None) -> Array:
    sees = visible(*sizes(Q, K), causal, cu_seqlens=cu_seqlens)
    if cu_seqlens is not None:
        rows, keys = cu_seqlens
        late = np.r_[0, keys[1:-1] + 1, keys[-1]]
        sees = sees | visible(*sizes(Q, K), causal, cu_seqlens=(rows, late))
    return attend(Q, K, V, scale, sees)


@wrong("packed", "Borders of keys stand one key too early.", "packed")
def packed_border_early(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, cu_seqlens: Lengths = None) -> Array:
    if cu_seqlens is not None:
        rows, keys = cu_seqlens
        cu_seqlens = rows, np.r_[0, keys[1:-1] - 1, keys[-1]]
    return attend(Q, K, V, scale, visible(*sizes(Q, K), causal, cu_seqlens=cu_seqlens))


@wrong("packed", "Borders of keys are taken to be those of queries.", "packed unequal")
def packed_by_queries(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, cu_seqlens: Lengths = None) -> Array:
    if cu_seqlens is not None:
        cu_seqlens = cu_seqlens[0], np.r_[cu_seqlens[0][:-1], K.shape[2]]
    return attend(Q, K, V, scale, visible(*sizes(Q, K), causal, cu_seqlens=cu_seqlens))


@wrong("packed", "The last sequence is not masked from the one before.", "packed")
def packed_last_border_lost(
    Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, cu_seqlens: Lengths = None
) -> Array:
    if cu_seqlens is not None:
        rows, keys = (np.delete(lengths, -2) for lengths in cu_seqlens)
        cu_seqlens = rows, keys
    return attend(Q, K, V, scale, visible(*sizes(Q, K), causal, cu_seqlens=cu_seqlens))


@wrong("packed", "The diagonal is that of the whole, not of each sequence.", "packed bottom-right")
def packed_one_diagonal(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, cu_seqlens: Lengths = None) -> Array:
    together = visible(*sizes(Q, K), cu_seqlens=cu_seqlens)
    return attend(Q, K, V, scale, together & below(*sizes(Q, K), causal))


@wrong("packed", "The diagonal of each sequence starts at its top-left corner, whatever is asked.", "packed bottom-right")
def packed_top_left(Q: Array, K: Array, V: Array, scale: float, causal: Corner = None, cu_seqlens: Lengths = None) -> Array:
    corner = causal if cu_seqlens is None else causal and "top-left"
    return attend(Q, K, V, scale, visible(*sizes(Q, K), corner, cu_seqlens=cu_seqlens))
