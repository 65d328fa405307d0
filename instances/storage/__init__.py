"""Instances as files: a saved instance loads with an equal `identity`, and a bad file is one clear `BadInput`.

| problem | file | content |
|---|---|---|
| CNF | .cnf, .cnf.gz | DIMACS, the metadata as header comments |
| OrthogonalVectors, GapHamming, BalancedHamming, | .npz | A, B: packed words (n, ceil(d/64)) with `d`; kind; t, t2 |
| FarHamming, ThresholdProduct | | |
| AttentionTask | .safetensors, .npz | Q, K, V: float64; scale, mechanism, low, high, rows, logarithmic, step; where they are |
| | | given queries, keys, read: int64; keep, mask: bool; bias, slopes: float64 |
| GradientTask | .safetensors, .npz | Q, K, V, dO: float64; scale, mechanism, low, high, of, column; read, and the others |
| any other | .json | problem: what it is called; instance: its `as_json`; identity; metadata |

An `.npz` of one's own needs less: A and B as 2-D arrays of 0 and 1 (bool or integers) without `d`; `kind`, one of
the names above, in the file or as an argument (a file with t is a GapHamming anyway); and t with t2 or eps. The
strings of a safetensors file are its metadata: `repr` of the floats, which reads back exactly, and "true" or "false".
`instance` is the identity; where a file has it, loading checks it. Nothing is ever unpickled, and shapes are read
and priced before the arrays are.
"""

from instances.storage.files import KINDS, SUFFIXES, load, notes_of, save
from instances.storage.plain import Named
from instances.storage.vectors import Unasked, Vectors, posed

__all__ = ["KINDS", "SUFFIXES", "Named", "Unasked", "Vectors", "load", "notes_of", "posed", "save"]
