"""Wrong kernels on NumPy arrays: which head of keys, and which member of the batch, is read and written."""

import numpy as np

from tests.support.bed.entries import wrong
from tests.support.bed.numpy_parts import Array, attend, repeated


def _interleaved(X: Array, H: int) -> Array:
    """Query head h reads the head h mod G."""
    return X[:, np.arange(H) % X.shape[1]]


@wrong("heads", "Heads of keys are repeated as a whole, not each for its group: query head h reads head h mod G.", "grouped")
def heads_interleaved(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, _interleaved(K, Q.shape[1]), _interleaved(V, Q.shape[1]), scale)


@wrong("heads", "Only heads of V are repeated as a whole.", "grouped")
def heads_of_V_interleaved(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K, _interleaved(V, Q.shape[1]), scale)


@wrong("heads", "Only heads of K are repeated as a whole.", "grouped")
def heads_of_K_interleaved(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, _interleaved(K, Q.shape[1]), V, scale)


@wrong("heads", "All heads of queries read the first head of keys where there are fewer of these.", "grouped")
def heads_all_read_the_first(Q: Array, K: Array, V: Array, scale: float) -> Array:
    alone = slice(0, 1 if K.shape[1] < Q.shape[1] else None)
    return attend(Q, K[:, alone], V[:, alone], scale)


@wrong("heads", "Groups read the heads of keys from the last to the first.", "grouped")
def heads_reversed(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K[:, ::-1], V[:, ::-1], scale)


@wrong("heads", "Groups read the next head of keys.", "grouped")
def heads_next(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, np.roll(K, -1, axis=1), np.roll(V, -1, axis=1), scale)


@wrong("heads", "Groups begin one query head too late.", "grouped")
def heads_late(Q: Array, K: Array, V: Array, scale: float) -> Array:
    H, G = Q.shape[1], K.shape[1]
    reads = np.maximum(np.arange(H) - 1, 0) // (H // G) if G < H else np.arange(H)
    return attend(Q, K[:, reads], V[:, reads], scale)


@wrong("heads", "The heads of keys are averaged where they are fewer than those of queries.", "grouped")
def heads_averaged(Q: Array, K: Array, V: Array, scale: float) -> Array:
    if K.shape[1] < Q.shape[1]:
        K, V = (X.mean(axis=1, keepdims=True) for X in (K, V))
    return attend(Q, K, V, scale)


@wrong("heads", "The last head of queries is not computed.", "dense")
def heads_last_is_zero(Q: Array, K: Array, V: Array, scale: float) -> Array:
    output = attend(Q, K, V, scale)
    output[:, -1] *= Q.shape[1] == 1
    return output


@wrong("heads", "The second head of queries of each group repeats the first.", "grouped")
def heads_first_of_the_group(Q: Array, K: Array, V: Array, scale: float) -> Array:
    share = Q.shape[1] // K.shape[1]
    return attend(repeated(Q[:, ::share], Q.shape[1]), K, V, scale)


@wrong("heads", "Outputs of the first two heads are exchanged.", "dense")
def heads_exchanged(Q: Array, K: Array, V: Array, scale: float) -> Array:
    output = attend(Q, K, V, scale)
    output[:, :2] = output[:, :2][:, ::-1]
    return output


@wrong("batch", "All members of the batch read the keys and values of the first.", "dense")
def batch_reads_the_first(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K[:1], V[:1], scale)


@wrong("batch", "All members of the batch read the values of the first.", "dense")
def batch_reads_the_first_values(Q: Array, K: Array, V: Array, scale: float) -> Array:
    return attend(Q, K, np.broadcast_to(V[:1], V.shape), scale)


@wrong("batch", "The last member of the batch is not computed.", "dense")
def batch_last_is_zero(Q: Array, K: Array, V: Array, scale: float) -> Array:
    output = attend(Q, K, V, scale)
    output[-1] *= len(Q) == 1
    return output
