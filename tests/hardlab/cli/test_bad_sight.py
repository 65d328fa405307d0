"""Stored tasks with wrong masks, lengths, heads, biases and positions: one line each from `hardlab decide`, in both formats."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.support.calling import Caller

RNG = np.random.default_rng(0)

GOOD: dict[str, Any] = {
    "Q": RNG.normal(size=(4, 2)), "K": RNG.normal(size=(4, 2)), "V": RNG.normal(size=(4, 1)),
    "scale": 0.5, "mechanism": "softmax", "low": -1e6, "high": -1e5, "rows": 4, "logarithmic": False,
}  # fmt: skip
"""Whose answers are all YES."""

SIX = {"Q": RNG.normal(size=(6, 2)), "rows": 6}

NO, YES = np.zeros((4, 4), dtype=np.bool_), np.ones((4, 4), dtype=np.bool_)


def lengths(*values: int) -> Any:
    return np.array(values, dtype=np.int64)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "more rows than keys": ({**SIX, "mechanism": "softmax[causal=bottom-right]"}, "row 0 sees no key, and its answer would"),
    "a diagonal beyond the keys": ({**SIX, "mechanism": "softmax[causal=top-left,left=0]"}, "row 4 sees no key"),
    "a row that is read": (
        {**SIX, "rows": 2, "read": lengths(1, 5), "mechanism": "softmax[causal=bottom-right]"},
        "row 1 sees",
    ),
    "a sequence without keys": ({"queries": lengths(0, 2, 4), "keys": lengths(0, 0, 4)}, "row 0 sees no key"),
    "an empty mask": ({"mask": NO}, "row 0 sees no key"),
    "nothing kept": ({"keep": NO[0]}, "row 0 sees no key"),
    "lengths that fall": (
        {"queries": lengths(0, 3, 2, 4), "keys": lengths(0, 2, 2, 4)},
        "of the queries fall from 3 to 2 at 2",
    ),
    "negative lengths": ({"queries": lengths(0, 4), "keys": lengths(0, -1)}, "of the keys fall from 0 to -1"),
    "lengths from 1": ({"queries": lengths(1, 4), "keys": lengths(0, 4)}, "of the queries start at 1: they start at 0"),
    "lengths too short": ({"queries": lengths(0, 3), "keys": lengths(0, 4)}, "of the queries end at 3, there are 4"),
    "lengths too long": ({"queries": lengths(0, 4), "keys": lengths(0, 9)}, "of the keys end at 9, there are 4"),
    "queries alone": ({"queries": lengths(0, 4)}, "cumulative lengths of the queries alone"),
    "more sequences of queries": ({"queries": lengths(0, 2, 4), "keys": lengths(0, 4)}, "2 sequences of queries and 1 of keys"),
    "no length": ({"queries": lengths(), "keys": lengths()}, "give cumulative lengths, 0 first"),
    "lengths that are fractions": ({"queries": np.array([0.0, 4.0]), "keys": lengths(0, 4)}, "give integers with 1 axis"),
    "lengths on two axes": ({"queries": lengths(0, 4)[None], "keys": lengths(0, 4)}, "give integers with 1 axis"),
    "a mask too narrow": ({"mask": YES[:, :3]}, "mask has the shape (4, 3), there are n = 4 rows and m = 4 keys: give (4, 4)"),
    "a mask of integers": ({"mask": YES.astype(np.int64)}, "give booleans with 2 axes"),
    "a mask of a row": ({"mask": YES[0]}, "mask has the shape (4,)"),
    "kept keys of another list": ({"keep": YES[0, :3]}, "keep has the shape (3,)"),
    "a bias too narrow": ({"bias": np.ones((4, 3))}, "the bias has the shape (4, 3)"),
    "a bias that hides by infinity": ({"bias": np.where(YES, -np.inf, 0)}, "the bias holds NaN or an infinity"),
    "slopes of other heads": ({"slopes": np.ones(2)}, "2 slopes for 1 heads"),
    "no slope": ({"slopes": np.ones(0)}, "give one a head"),
    "heads that do not divide": (
        {"mechanism": "softmax[heads=1:4:3]"},
        "4 heads of queries and 3 of keys: the second number must",
    ),
    "heads of other lists": ({"mechanism": "softmax[heads=3:1:1]"}, "the rows are b H n and the keys b G m"),
    "no head": ({"mechanism": "softmax[heads=0:1:1]"}, "whole numbers of at least 1"),
    "two numbers for heads": ({"mechanism": "softmax[heads=2:2]"}, "heads = (2, 2): give (b, heads of queries, heads of keys)"),
    "a negative window": ({"mechanism": "softmax[window=-1]"}, "left = -1: a window reaches a whole number"),
    "half a window": ({"mechanism": "softmax[window=1.5]"}, "the value must be a whole number"),
    "a window of many digits": ({"mechanism": f"softmax[window={'9' * 5000}]"}, "it is one of softmax"),
    "another corner": ({"mechanism": "softmax[causal=middle]"}, "corner = 'middle'"),
    "two windows": ({"mechanism": "softmax[window=1,left=2]"}, "a window is window=W"),
    "a word twice": ({"mechanism": "softmax[rotary=1,rotary=2]"}, "rotary is given twice"),
    "an unknown word": ({"mechanism": "softmax[sees=1]"}, "unknown parameter of softmax 'sees': known: causal, columns"),
    "positions of odd rows": ({"mechanism": "softmax[rotary=10,columns=4]"}, "turns 4 of d = 2 columns"),
    "no base": ({"mechanism": "softmax[rotary=nan]"}, "powers of a finite base"),
    "positions of a gaussian": ({"mechanism": "gaussian[rotary=10]"}, "inner products to turn"),
    "rows that do not rise": ({"rows": 2, "read": lengths(2, 1)}, "read lists rows from 1 to 2: they rise"),
    "rows that are not there": ({"rows": 2, "read": lengths(1, 4)}, "from 0 to n - 1 = 3"),
    "rows that are not as many": ({"rows": 3, "read": lengths(1, 2)}, "it lists rows = 3 rows"),
}

FINE: dict[str, dict[str, Any]] = {
    "windows of 1": {"mechanism": "softmax[window=0]"},
    "more rows than keys, from the top": {**SIX, "mechanism": "softmax[causal=top-left]"},
    "blind rows that are not read": {
        **SIX,
        "rows": 2,
        "read": lengths(2, 5),
        "mechanism": "softmax[causal=bottom-right]",
    },
    "an empty sequence": {"queries": lengths(0, 2, 2, 4), "keys": lengths(0, 2, 2, 4)},
    "a sequence without queries": {"queries": lengths(0, 0, 4), "keys": lengths(0, 2, 4)},
    "the widest window": {"mechanism": f"softmax[corner=bottom-right,left={10**18},right={10**18}]"},
    "slopes beyond float64": {"slopes": np.array([1e308])},
    "positions": {"mechanism": "softmax[causal=top-left,rotary=10000]"},
}


def written(folder: Path, changed: dict[str, Any]) -> list[Path]:
    """The task as .npz and as .safetensors."""
    fields = {**GOOD, **changed}
    arrays = {name: np.ascontiguousarray(value) for name, value in fields.items() if isinstance(value, np.ndarray)}
    notes = {name: str(value) for name, value in fields.items() if name not in arrays}
    paths = [folder / "task.npz", folder / "task.safetensors"]
    np.savez(paths[0], **fields)
    save_file(arrays, paths[1], notes)
    return paths


@pytest.mark.parametrize("name", BAD)
def test_one_line_says_what_is_wrong(call: Caller, tmp_path: Path, name: str) -> None:
    changed, said = BAD[name]
    for path in written(tmp_path, changed):
        refusal = call("decide", path).refusal()
        assert refusal.startswith(f"{path}: ")
        assert said in refusal
        assert len(refusal) < 400 + len(str(path))


@pytest.mark.parametrize("name", FINE)
def test_what_is_strange_and_right_is_decided(call: Caller, tmp_path: Path, name: str) -> None:
    for path in written(tmp_path, FINE[name]):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            answer = call("decide", path, "--json")
        assert (answer.code, answer.err) == (0, "")
        assert answer.json["verdict"] == "yes"


def test_lengths_beyond_64_bits_do_not_wrap(call: Caller, tmp_path: Path) -> None:
    """Only .npz holds unsigned numbers."""
    for field, said in (("queries", "reach 18446744073709551615"), ("read", "rows from 0 to 18446744073709551615")):
        changed: dict[str, Any] = {"keys": lengths(0, 4)} if field == "queries" else {"rows": 2}
        np.savez(tmp_path / "task.npz", **{**GOOD, **changed, field: np.array([0, 2**64 - 1], dtype=np.uint64)})
        assert said in call("decide", tmp_path / "task.npz").refusal()
