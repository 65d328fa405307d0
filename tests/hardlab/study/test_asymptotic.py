"""Constant gaps by their closed forms, and that nothing smaller would do."""

from math import log2, log10
from typing import get_args

import pytest

from hardlab.study.asymptotic import SETTINGS, Constant, Gadget, bits, constants, constants_text, least, power_text

PRIMES = [p for p in range(2, 3000) if all(p % i for i in range(2, p))]


def merlin(c: float, gadget: Gadget, T: int, p: int) -> float:
    """Merlin's bits over log2 N: c/T times what a coordinate of a block costs him."""
    symbols = 2 * log2(p)
    if gadget == "square":
        symbols += 4 * 2 * log2(2 * T * p)
    return c / T * symbols * (p - 1) / (p - 5)


@pytest.mark.parametrize("gadget", get_args(Gadget))
@pytest.mark.parametrize(("c", "delta"), [(1.0, 0.9), (0.25, 0.9), (0.5, 3.0), (0.05, 2.0)])
def test_the_least_parameters(c: float, delta: float, gadget: Gadget) -> None:
    found = least(c, delta, gadget)
    assert found.merlin == pytest.approx(merlin(c, gadget, found.T, found.p))
    assert found.merlin <= delta
    assert found.p in PRIMES
    assert found.p > max(found.T, 5)
    for T in range(1, found.T + 1):
        for p in PRIMES:
            if p > max(T, 5) and (T < found.T or p < found.p):
                assert merlin(c, gadget, T, p) > delta


def test_gaps_by_their_formulas() -> None:
    for T, p in ((3, 7), (5, 11)):
        of = {gadget: Constant(1.0, 0.9, gadget, T, p).inverse for gadget in get_args(Gadget)}
        assert of == {"hyperplane": (p**2) ** T - 1, "one-hot": p ** (2 * (T - 1)), "square": 24 * T * T * (p - 1) ** 4}
    one = Constant(2.0, 0.5, "square", 3, 7)
    assert one.overtakes == 4 * 24 * 9 * 6**4 + 1
    assert one.log10_eps == pytest.approx(-log10(24 * 9 * 6**4))
    assert one.log10_overtakes == pytest.approx(log10(one.overtakes))
    assert one.record == {
        "c": 2.0, "delta": 0.5, "gadget": "square", "T": 3, "p": 7, "merlin": pytest.approx(merlin(2.0, "square", 3, 7)),
        "log10_eps": one.log10_eps, "log10_overtakes": one.log10_overtakes,
    }  # fmt: skip
    assert bits("one-hot", 9, 7) == pytest.approx(6 * log2(7))


def test_every_gadget_at_every_setting() -> None:
    found = constants()
    assert [(of.c, of.delta, of.gadget) for of in found] == [
        (c, delta, gadget) for c, delta in SETTINGS for gadget in ("hyperplane", "one-hot", "square")
    ]
    lines = constants_text(found).splitlines()
    assert len(lines) == 10
    assert lines[0].split() == ["c", "delta", "gadget", "T", "p", "eps", "eps", ">", "4/m", "from", "m", "="]
    for line, of in zip(lines[1:], found, strict=True):
        said = [
            f"{of.c:g}",
            f"{of.delta:g}",
            of.gadget,
            f"{of.T:,}",
            f"{of.p:,}",
            power_text(of.log10_eps),
            power_text(of.log10_overtakes),
        ]
        assert line.split() == said


@pytest.mark.parametrize(
    ("exponent", "said"),
    [
        (0.0, "1.0e0"),
        (2.5, "3.2e2"),
        (-14.62, "2.4e-15"),
        (-1.0, "1.0e-1"),
        (2.999, "1.0e3"),
        (-0.001, "1.0e0"),
        (2.99, "9.8e2"),
    ],
)
def test_powers_of_ten(exponent: float, said: str) -> None:
    assert power_text(exponent) == said
