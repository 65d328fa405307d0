"""The bed of kernels: right ones are right, and each wrong one is wrong on a case, by the definition in float64."""

import importlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from attention import attend, attend_backward
from tests.support import faulty_numpy
from tests.support.bed.calling import allowed, defined, fits, loaded, off, roundings, shown
from tests.support.bed.cases import CASES, draw, drawn
from tests.support.bed.definition import gradients, outputs, seen
from tests.support.bed.entries import Entry

FEATURES = ("causal", "mask", "padding", "window", "packed", "bias", "alibi", "hidden in gradients")
"""Kinds of faults in a feature: without it the kernel is right."""

NARROW = ("float16", "bfloat16")

LONG = 5000
"""Pairs of a row and a key from which on a case is long."""


def agreed(entry: Entry, dtype: str) -> dict[str, float]:
    """How far a right kernel is from the definition, in what it is allowed, on each case that it does not decline."""
    found = {}
    for name in shown(entry):
        case = CASES[name]
        if dtype in NARROW and (case.spread > 1 or case.n * case.m > LONG):  # weights of large scores are anything in 8 bits
            continue
        try:
            found[name] = roundings(entry, name, dtype) / allowed(drawn(name, dtype))
        except (NotImplementedError, ValueError):
            if not entry.declines:
                raise
    return found


def unlike(entry: Entry) -> dict[str, float]:
    """How far a wrong kernel is from the definition, in roundings, on its cases."""
    return {name: roundings(entry, name, entry.dtypes[0]) for name in entry.on}


def right_without(entry: Entry) -> bool:
    """Whether a kernel with a fault in a feature is right where nobody asks for it."""
    plain = "packed" if entry.convention == "flash-attn-varlen" else "unequal lengths"
    return roundings(entry, plain, entry.dtypes[0]) <= allowed(drawn(plain, entry.dtypes[0]))


def right_output(entry: Entry) -> bool:
    """Whether the output is right of a kernel whose gradients are not."""
    name, dtype = entry.on[0], entry.dtypes[0]
    found = off(replace(entry, backward=""), drawn(name, dtype), {"O": outputs(drawn(name, dtype))}, dtype)
    return found <= allowed(drawn(name, dtype))


def faults(entry: Entry) -> list[str]:
    """What is not as the table has it; nothing."""
    found = [] if min(unlike(entry).values()) > 100 else ["less than 100 roundings"]
    found += [] if all(fits(entry, CASES[name]) for name in entry.on) else ["its case is not one for it"]
    unasked = entry.name == "sdpa_causal_unasked" or entry.convention == "flash-attn-varlen"
    return found + ([] if unasked or entry.kind not in FEATURES or right_without(entry) else ["wrong without the feature"])


@pytest.mark.slow
def test_the_definition_is_that_of_attend() -> None:
    compared = 0
    for name, case in CASES.items():
        if case.n * case.m > LONG or case.spread > 50:
            continue
        call = drawn(name, "float64")
        found = attend(call.Q, call.K, call.V, scale=call.scale, error=1.0, algorithm="softmax", **call.features)
        assert np.abs(found.output - outputs(call)).max() <= found.promise + 1e-12, name
        compared += 1
        if case.spread > 1:
            continue
        three = attend_backward(call.Q, call.K, call.V, call.dO, scale=call.scale, algorithm="softmax", **call.features)
        for of, ours in zip(("dQ", "dK", "dV"), gradients(call), strict=True):
            assert np.abs(getattr(three, of) - ours).max() <= 1e-12 * (1 + np.abs(ours).max()), (name, of)
    assert compared >= 35


def test_every_row_of_a_case_sees_a_key() -> None:
    assert [name for name in CASES if not seen(drawn(name, "float32")).any(axis=3).all()] == []


def test_the_table() -> None:
    right, wrong = faulty_numpy.RIGHT, faulty_numpy.WRONG
    assert len(right) >= 15
    assert len(wrong) >= 70
    assert len({entry.name for entry in (*right, *wrong)}) == len(right) + len(wrong)
    for entry in (*right, *wrong):
        assert callable(loaded(entry.target))
        assert entry.says.endswith("."), entry.name
        assert set(entry.on) <= set(CASES), entry.name


def test_kernels_on_numpy_arrays_need_no_torch() -> None:
    asked = "import sys, tests.support.faulty_numpy; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", asked], check=True, timeout=60)


@pytest.mark.parametrize("entry", faulty_numpy.RIGHT, ids=lambda entry: entry.name)
def test_a_right_kernel_keeps_its_precision(entry: Entry) -> None:
    for dtype in entry.dtypes:
        found = agreed(entry, dtype)
        assert len(found) >= 2
        assert max(found.values()) <= 1, (dtype, found)


@pytest.mark.parametrize("entry", faulty_numpy.WRONG, ids=lambda entry: entry.name)
def test_a_wrong_kernel_is_wrong(entry: Entry) -> None:
    assert faults(entry) == []


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_faults_are_not_those_of_one_draw(dtype: str) -> None:
    for entry in faulty_numpy.WRONG:
        case = CASES[entry.on[0]]
        if entry.dtypes == (dtype,) and case.n * case.m <= LONG:
            call = draw(case, dtype, seed=7)
            assert off(entry, call, defined(call), dtype) > 100, entry.name


@pytest.mark.peers
def test_kernels_on_tensors() -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    faulty_torch = importlib.import_module("tests.support.faulty_torch")
    assert len(faulty_torch.RIGHT) >= 15
    assert len(faulty_torch.WRONG) >= 70
    assert {entry.name: faults(entry) for entry in faulty_torch.WRONG if faults(entry)} == {}
    assert [entry.name for entry in faulty_torch.WRONG if entry.backward and not right_output(entry)] == []
    for entry in faulty_torch.RIGHT:
        for dtype in entry.dtypes:
            found = agreed(entry, dtype)
            assert len(found) >= 2
            assert max(found.values()) <= 1, (entry.name, dtype, found)
