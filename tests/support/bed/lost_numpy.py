"""Wrong kernels on NumPy arrays: keys, rows and columns that are lost, or counted twice."""

from typing import Any

import numpy as np

from tests.support.bed.entries import wrong
from tests.support.bed.numpy_parts import Array, attend, repeated

BLOCK = 16


def _but(m: int, lost: Any) -> Array:
    """All keys but these, or all where nothing would be left."""
    seen = np.ones(m, np.bool_)
    seen[lost] = False
    return seen if seen.any() else ~seen


@wrong("lost keys", "Keys beyond the last full block of 16 are not read.", "unequal lengths")
def lost_remainder(Q: Array, K: Array, V: Array, scale: float) -> Array:
    m = K.shape[2]
    return attend(Q, K, V, scale, _but(m, slice(m // BLOCK * BLOCK, None)))


@wrong("lost keys", "The last block of 16 keys is not read, full or not.", "dense")
def lost_last_block(Q: Array, K: Array, V: Array, scale: float) -> Array:
    m = K.shape[2]
    return attend(Q, K, V, scale, _but(m, slice((m - 1) // BLOCK * BLOCK, None)))


@wrong("lost keys", "The last key is not read.", "dense")
def lost_last_key(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K, V, scale, _but(K.shape[2], -1))


@wrong("lost keys", "The first key is not read.", "dense")
def lost_first_key(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K, V, scale, _but(K.shape[2], 0))


@wrong("lost keys", "Keys 16 to 31 are not read.", "dense")
def lost_second_block(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K, V, scale, _but(K.shape[2], slice(BLOCK, 2 * BLOCK)))


@wrong("lost keys", "The second block of 16 keys is not read by the second block of 16 rows.", "dense")
def lost_tile(Q: Array, K: Array, V: Array, scale: float) -> Array:
    sees = np.ones((Q.shape[2], K.shape[2]), np.bool_)
    sees[BLOCK : 2 * BLOCK, BLOCK : 2 * BLOCK] = False
    return attend(Q, K, V, scale, sees)


@wrong("lost keys", "No more keys are read than there are rows.", "unequal lengths")
def lost_beyond_the_rows(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K[:, :, : Q.shape[2]], V[:, :, : Q.shape[2]], scale)


@wrong("lost keys", "Key 700 is not read.", "long")
def lost_key_700(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K, V, scale, _but(K.shape[2], slice(700, 701)))


@wrong("lost keys", "Keys from 512 on are not read.", "long")
def lost_from_512(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K[:, :, :512], V[:, :, :512], scale)


@wrong("lost keys", "Rows from 512 on do not read key 300.", "long")
def lost_by_late_rows(Q: Array, K: Array, V: Array, scale: float) -> Array:
    sees = np.ones((Q.shape[2], K.shape[2]), np.bool_)
    sees[512:, 300:301] = False
    return attend(Q, K, V, scale, sees)


@wrong("lost keys", "Key 700 is not read in the second head.", "long")
def lost_in_one_head(Q: Array, K: Array, V: Array, scale: float) -> Array:
    others = np.arange(Q.shape[1])[:, None, None] != 1
    return attend(Q, K, V, scale, _but(K.shape[2], slice(700, 701)) | others)


@wrong("lost keys", "Key 700 is not read in the second member of the batch.", "long")
def lost_in_one_member(Q: Array, K: Array, V: Array, scale: float) -> Array:
    others = np.arange(Q.shape[0])[:, None, None, None] != 1
    return attend(Q, K, V, scale, _but(K.shape[2], slice(700, 701)) | others)


@wrong("lost keys", "The last row does not read key 700.", "long")
def lost_by_the_last_row(Q: Array, K: Array, V: Array, scale: float) -> Array:
    sees = np.ones((Q.shape[2], K.shape[2]), np.bool_)
    sees[-1, 700:701] = False
    return attend(Q, K, V, scale, sees)


@wrong("lost keys", "The values of key 700 are missing in one column.", "long")
def lost_in_one_column(Q: Array, K: Array, V: Array, scale: float) -> Array:
    V = V.copy()
    V[:, :, 700:701, 3:4] = 0
    return attend(Q, K, V, scale)


@wrong(
    "lost keys",
    "The last block of 16 keys begins before the end of the one before, and keys of both count twice.",
    "unequal lengths",
)
def keys_counted_twice(Q: Array, K: Array, V: Array, scale: float) -> Array:
    m = K.shape[2]
    begins = [min(first, max(m - BLOCK, 0)) for first in range(0, m, BLOCK)]
    keys = np.concatenate([np.arange(m)[first : first + BLOCK] for first in begins])
    return attend(Q, K[:, :, keys], V[:, :, keys], scale)


@wrong("lost keys", "Each 64th key is averaged with the values of the key before.", "long")
def values_of_the_key_before(Q: Array, K: Array, V: Array, scale: float) -> Array:
    keys = np.arange(K.shape[2])
    keys[64::64] -= 1
    return attend(Q, K, V[:, :, keys], scale)


@wrong("lost rows", "Rows beyond the last full block of 16 are not written.", "unequal lengths")
def rows_not_written(Q: Array, K: Array, V: Array, scale: float) -> Array:
    output = attend(Q, K, V, scale)
    output[:, :, Q.shape[2] // BLOCK * BLOCK :] = np.nan
    return output


@wrong("lost rows", "Rows beyond the last full block of 16 are zero.", "unequal lengths")
def rows_left_at_zero(Q: Array, K: Array, V: Array, scale: float) -> Array:
    output = attend(Q, K, V, scale)
    output[:, :, Q.shape[2] // BLOCK * BLOCK :] = 0
    return output


@wrong("lost rows", "The last row of a block that is not full is that of the row before.", "unequal lengths")
def rows_clamped(Q: Array, K: Array, V: Array, scale: float) -> Array:
    output = attend(Q, K, V, scale)
    if Q.shape[2] % BLOCK > 1:
        output[:, :, -1] = output[:, :, -2]
    return output


@wrong("lost rows", "A single row is not scaled, since decoding has code of its own.", "one row")
def one_row_unscaled(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K, V, scale if Q.shape[2] > 1 else 1.0)


@wrong("lost keys", "The value of a single key is not copied: the answer is zero.", "one key")
def one_key_is_zero(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K, V if K.shape[2] > 1 else np.zeros_like(V), scale)


@wrong("columns", "Columns of Q and K beyond the last full 8 are not read.", "twenty columns")
def columns_of_Q_cut(Q: Array, K: Array, V: Array, scale: float) -> Array:
    d = Q.shape[3] // 8 * 8 or Q.shape[3]
    return attend(Q[..., :d], K[..., :d], V, scale)


@wrong("columns", "Columns of V beyond the last full 8 are zero.", "twenty columns")
def columns_of_V_cut(Q: Array, K: Array, V: Array, scale: float) -> Array:
    output = attend(Q, K, V, scale)
    output[..., V.shape[3] // 8 * 8 or V.shape[3] :] = 0
    return output


@wrong("columns", "Columns of V beyond the width of Q are zero.", "wide values")
def columns_beyond_Q(Q: Array, K: Array, V: Array, scale: float) -> Array:
    output = attend(Q, K, V, scale)
    output[..., Q.shape[3] :] = 0
    return output


@wrong("columns", "The output is as wide as Q, also where V is wider.", "wide values")
def columns_as_many_as_Q(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K, V, scale)[..., : Q.shape[3]]


@wrong("columns", "The last column of V is averaged by the weights of the row before.", "dense")
def last_column_of_other_rows(Q: Array, K: Array, V: Array, scale: float) -> Array:
    output = attend(Q, K, repeated(V, Q.shape[1]), scale)
    output[:, :, 1:, -1] = output[:, :, :-1, -1].copy()
    return output
