"""The last case that a claim derived here, or on tensors and layers, is checked on, and the first that it is not."""

from typing import Any

import pytest

from tests.support.claims import claim, is_outside

LAW = {"p": ["1/3", "2/3"], "e": ["3/5", "-3/5"], "f": ["1", "0"], "x": ["0", "0"], "eta": "3/5"}
ONE = {"p": ["1/10", "9/10"], "e": ["1/1000", "-1/1000"], "f": ["1", "0"], "x": ["1", "0"], "eta": "1/1000"}
FIRST = {"A": ["0000"] * 3, "B": ["0001"], "t": 1, "t2": 3, "R": "1001/1000", "M": 1, "p": 2}
HEADS = {"A": ["0000000", "1111111"], "B": ["1000000", "1110000"], "t": 1, "t2": 3, "R": "16", "M": 1}
SEEN = {"A": ["0000"], "B": ["1000", "0001"], "t": 1, "t2": 3, "R": "16", "M": 1, "sees": ["01"]}
FAR = {"A": ["0000"], "B": ["0111"], "t": 1, "t2": 3, "R": "16", "M": 1}
ENTRY = {"A": ["0001", "1111"], "B": ["0000"], "t": 1, "t2": 4, "R": "16"}
PRIVATE = {"A": ["11100"], "B": ["11100", "11100"], "t": 0, "t2": 3, "R": "4", "Delta": 1}
TURNED = {"q": [1, 1], "k": [1, 1], "i": 7, "j": 0, "base": 10000}
PLANES = {"d": 4, "base": 10000, "first": 1, "last": 5}
EDGES = [[0, 1], [1, 0]]
TRIPLE = {"a": "1", "B": ["1"], "C": ["1"], "R": "16", "gap": 1}
LAYERS = {"A": ["1"], "B": ["1"], "C": ["1"], "layers": 1}

LIMITS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("F1-mean", LAW, {**LAW, "p": ["0", "1"]}),
    ("F1-mean", LAW, {**LAW, "p": ["-1/3", "4/3"]}),
    ("F1-mean", LAW, {**LAW, "e": ["31/50", "-3/5"]}),
    ("F1-mean", LAW, {**LAW, "e": ["0", "0"], "eta": "0"}),
    ("F1-mean", {**LAW, "eta": "99/100"}, {**LAW, "eta": "1"}),
    ("F1-mean", {name: [part[0]] * 64 if name != "eta" else part for name, part in {**LAW, "f": ["0"]}.items()},
     {name: [part[0]] * 65 if name != "eta" else part for name, part in {**LAW, "f": ["0"]}.items()}),
    ("F2-indicator", ONE, {**ONE, "x": ["2", "0"]}),
    ("F2-indicator", {**ONE, "x": ["0", "1"]}, {**ONE, "x": ["1", "1"]}),
    ("F2-indicator", ONE, {**ONE, "x": ["0", "0"]}),
    ("A1-own-keys", FIRST, {**FIRST, "M": 0}),
    ("A1-own-keys", {**FIRST, "R": "4", "M": 12, "p": 4}, {**FIRST, "R": "4", "M": 13, "p": 4}),
    ("A1-own-keys", FIRST, {**FIRST, "p": 0}),
    ("A1-own-keys", {**FIRST, "R": "4", "M": 12, "p": 4}, {**FIRST, "R": "4", "M": 12, "p": 3}),
    ("A1-own-keys", {**FIRST, "p": 64}, {**FIRST, "p": 65}),
    ("A1-own-keys", FIRST, {**FIRST, "B": ["0011"]}),
    ("A2-two-heads", {**HEADS, "M": 12}, {**HEADS, "M": 13}),
    ("A2-two-heads", HEADS, {**HEADS, "B": ["1000000"]}),
    ("A2-two-heads", HEADS, {**HEADS, "M": 0}),
    ("V-visible", {**SEEN, "M": 12}, {**SEEN, "M": 13}),
    ("V-visible", SEEN, {**SEEN, "M": 0}),
    ("U-dummies", {**FAR, "M": 12}, {**FAR, "M": 13}),
    ("U-dummies", FAR, {**FAR, "M": 0}),
    ("U-dummies", FAR, {**FAR, "B": ["1111"]}),
    ("U-dummies", FAR, {**FAR, "B": ["0111", "0001"]}),
    ("U-dummies", FAR, {**FAR, "A": ["0000", "0000"]}),
    ("B-causal", {"k": 1, "W": 40, "M": 1}, {"k": 1, "W": 41, "M": 1}),
    ("B-causal", {"k": 64, "W": 2, "M": 1}, {"k": 65, "W": 2, "M": 1}),
    ("B-causal", {"k": 1, "W": 2, "M": 1}, {"k": 0, "W": 2, "M": 1}),
    ("B-causal", {"k": 1, "W": 3, "M": 2}, {"k": 1, "W": 3, "M": 3}),
    ("B-causal", {"k": 1, "W": 3, "M": 1}, {"k": 1, "W": 3, "M": 0}),
    ("B-two-sided", {"k": 1, "W": 3, "M": 1}, {"k": 1, "W": 4, "M": 1}),
    ("Q1-balanced", ENTRY, {**ENTRY, "A": ["0001", "0001"]}),
    ("Q1-balanced", ENTRY, {**ENTRY, "A": ["1111", "1111"]}),
    ("Q1-balanced", ENTRY, {**ENTRY, "A": ["0011", "1111"]}),
    ("Q2-shift-trap", ENTRY, {**ENTRY, "A": ["0011", "1111"]}),
    ("One-number", {**ENTRY, "of": "dV"}, {**ENTRY, "A": ["0011", "1111"], "of": "dV"}),
    ("V1-private", {**PRIVATE, "Delta": 1}, {**PRIVATE, "Delta": 0}),
    ("V1-private", {**PRIVATE, "Delta": 8}, {**PRIVATE, "Delta": 9}),
    ("K1-ballast", PRIVATE, {**PRIVATE, "A": ["01100"]}),
    ("I-rotary", {**TURNED, "q": [1] * 64, "k": [1] * 64}, {**TURNED, "q": [1] * 66, "k": [1] * 66}),
    ("I-rotary", {**TURNED, "i": 0}, {**TURNED, "i": -1}),
    ("I-rotary", {**TURNED, "i": 10**6}, {**TURNED, "i": 10**6 + 1}),
    ("I-rotary", {**TURNED, "j": 10**6}, {**TURNED, "j": 10**6 + 1}),
    ("I-rotary", {**TURNED, "base": 2}, {**TURNED, "base": 1}),
    ("I-rotary", {**TURNED, "base": 10**6}, {**TURNED, "base": 10**6 + 1}),
    ("I-rotary", {**TURNED, "q": [1000, 0]}, {**TURNED, "q": [1001, 0]}),
    ("I-rotary", {**TURNED, "k": [0, -1000]}, {**TURNED, "k": [0, -1001]}),
    ("I-planes", PLANES, {**PLANES, "d": 5}),
    ("I-planes", PLANES, {**PLANES, "d": 2}),
    ("I-planes", {**PLANES, "d": 256}, {**PLANES, "d": 258}),
    ("I-planes", {**PLANES, "base": 2, "last": 1}, {**PLANES, "base": 1, "last": 1}),
    ("I-planes", {**PLANES, "base": 10**6}, {**PLANES, "base": 10**6 + 1}),
    ("I-planes", PLANES, {**PLANES, "first": 0}),
    ("I-planes", {**PLANES, "first": 5}, {**PLANES, "first": 6}),
    ("I-planes", {**PLANES, "d": 64, "last": 501}, {**PLANES, "d": 64, "last": 502}),
    ("I-planes", {**PLANES, "first": 10**6, "last": 10**6}, {**PLANES, "first": 10**6, "last": 10**6 + 1}),
    ("J-circle", {"m": 2, "edges": EDGES}, {"m": 2, "edges": [[0, 0]]}),
    ("J-circle", {"m": 2, "edges": EDGES}, {"m": 2, "edges": [[0, 2], [0, 1]]}),
    ("J-circle", {"m": 2, "edges": EDGES}, {"m": 2, "edges": [[0, -1], [0, 1]]}),
    ("J-circle", {"m": 2, "edges": EDGES}, {"m": 3, "edges": EDGES}),
    ("J-circle", {"m": 2, "edges": EDGES * 15}, {"m": 2, "edges": [*EDGES * 15, [0, 1]]}),
    ("J-circle", {"m": 7, "edges": [[i, (i + 1) % 7] for i in range(7)]},
     {"m": 8, "edges": [[i, (i + 1) % 8] for i in range(8)]}),
    ("J-table", {"m": 3}, {"m": 1}),
    ("J-table", {"m": 5}, {"m": 4}),
    ("J-table", {"m": 9999}, {"m": 10001}),
    ("G-tensor", {**TRIPLE, "R": "3"}, {**TRIPLE, "R": "299/100"}),
    ("G-tensor", {**TRIPLE, "R": str(10**9)}, {**TRIPLE, "R": str(10**9 + 1)}),
    ("G-tensor", TRIPLE, {**TRIPLE, "gap": 2}),
    ("G-tensor", TRIPLE, {**TRIPLE, "gap": 0}),
    ("G-tensor", {**TRIPLE, "a": "1" * 64, "B": ["1" * 64], "C": ["1" * 64], "gap": 64},
     {**TRIPLE, "a": "1" * 65, "B": ["1" * 65], "C": ["1" * 65], "gap": 65}),
    ("G-tensor", TRIPLE, {**TRIPLE, "B": ["11"]}),
    ("G-tensor", TRIPLE, {**TRIPLE, "C": []}),
    ("G-tensor", TRIPLE, {**TRIPLE, "C": ["2"]}),
    ("H-layers", LAYERS, {**LAYERS, "layers": 0}),
    ("H-layers", {**LAYERS, "C": ["1", "1"], "layers": 2}, {**LAYERS, "C": ["1", "1"], "layers": 3}),
    ("H-layers", LAYERS, {**LAYERS, "A": []}),
    ("H-layers", LAYERS, {**LAYERS, "B": []}),
    ("H-layers", LAYERS, {**LAYERS, "C": []}),
    ("H-layers", LAYERS, {**LAYERS, "B": ["11"]}),
    ("H-layers", LAYERS, {**LAYERS, "C": ["x"]}),
    ("H-layers", {name: ["1" * 40] for name in "ABC"} | {"layers": 1}, {name: ["1" * 41] for name in "ABC"} | {"layers": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "last", "first"), LIMITS)
def test_the_last_case_that_is_checked_and_the_first_that_is_not(
    name: str, last: dict[str, Any], first: dict[str, Any]
) -> None:
    assert claim(name).on(claim(name).corrected, last).verdict is not None
    assert is_outside(name, first)


def test_sizes_of_tensors_and_layers() -> None:
    """(m + 1)(l + 1)(d + 2g) is at most 25,600, and (n + m + 1)^2 times the heads at most 4,000."""
    columns = {"a": "1" * 62, "R": "16", "gap": 1}
    of = claim("G-tensor")
    assert of.on(of.corrected, {**columns, "B": ["1" * 62] * 19, "C": ["1" * 62] * 19}).verdict is not None
    assert is_outside("G-tensor", {**columns, "B": ["1" * 62] * 19, "C": ["1" * 62] * 20})
    layers = claim("H-layers")
    assert layers.on(layers.corrected, {**LAYERS, "A": ["1"] * 9, "B": ["1"] * 10, "C": ["1"] * 10}).verdict is not None
    assert is_outside("H-layers", {**LAYERS, "A": ["1"] * 10, "B": ["1"] * 9, "C": ["1"] * 11})


@pytest.mark.parametrize(
    ("name", "case", "said"),
    [
        ("F1-mean", {**LAW, "p": ["1"]}, "one length"),
        ("F1-mean", {**LAW, "e": ["1"]}, "one length"),
        ("F1-mean", {**LAW, "f": ["1"]}, "one length"),
        ("F1-mean", {**LAW, "x": ["1"]}, "one length"),
        ("F1-mean", {**LAW, "p": [], "e": [], "f": [], "x": []}, "one length"),
        ("I-rotary", {**TURNED, "q": [1, 1, 1, 1]}, "one length"),
        ("I-rotary", {**TURNED, "q": [], "k": []}, "one length"),
        ("I-rotary", {**TURNED, "q": [1], "k": [1]}, "one length"),
        ("V-visible", {**SEEN, "sees": []}, "a bit a key"),
        ("V-visible", {**SEEN, "sees": ["0"]}, "a bit a key"),
        ("V-visible", {**SEEN, "sees": ["0x"]}, "a bit a key"),
    ],
)
def test_cases_that_are_none(name: str, case: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        claim(name).on(claim(name).corrected, case)
