"""Ball arithmetic rounded once: at which precision a row is known, what is beyond float64, what is promised; against sums."""

from collections.abc import Callable
from fractions import Fraction
from math import exp, inf, isnan, log
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

from attention.algorithm import Promise, says
from attention.exact.certified import Certified, certified_mass, certified_row
from attention.rounding import largest_score
from attention.watching import watcher
from instances.faults import Declined
from instances.gradients import Gradient
from instances.mechanism import Mechanism
from instances.task import Attention
from instances.visibility import Visibility

TINY = arb(2) ** -1080
PRECISIONS = [128, 256, 512, 1024, 2048, 4096, 8192, 16384]


def asked(balls: Callable[[int], list[arb]], V: Any = ((1.0,),)) -> tuple[Any, list[int]]:
    """Inputs whose row is what `balls` gives at the working precision, and a list of the precisions that were tried."""
    tried: list[int] = []

    def row(i: int) -> list[arb]:
        tried.append(ctx.prec)
        return balls(ctx.prec)

    return SimpleNamespace(exact=SimpleNamespace(row=row), V=np.array(V)), tried


def of_bits(middle: arb, bits: int) -> arb:
    """A ball about a power of two, known to so many bits."""
    balls = (arb(middle, middle * arb(2) ** (k - bits)) for k in range(-4, 5))
    return next(ball for ball in balls if ball.rel_accuracy_bits() == bits)


def test_a_row_is_known_to_more_than_sixty_bits() -> None:
    for bits, count in ((60, 8), (61, 1), (62, 1)):
        inputs, tried = asked(lambda precision, bits=bits: [arb(3), of_bits(arb(4), bits)])  # type: ignore[misc]
        if count == 1:
            assert certified_row(inputs, 0) == [3.0, 4.0]
        else:
            with pytest.raises(Declined, match=r"^row 0 is not known to 60 bits at a working precision of 16384 bits$"):
                certified_row(inputs, 0)
        assert tried == PRECISIONS[:count]


def test_precision_grows_until_all_of_the_row_is_known() -> None:
    for enough in (128, 256, 4096, 16384):
        inputs, tried = asked(lambda precision, enough=enough: [arb(3), arb(2, 1 if precision < enough else 0)])  # type: ignore[misc]
        assert certified_row(inputs, 0) == [3.0, 2.0]
        assert tried == [precision for precision in PRECISIONS if precision <= enough]


def test_what_is_below_all_floats_need_not_be_known() -> None:
    """But its logarithm must; and an exact 0 is known."""
    below, at, none = arb(0, TINY / 2), arb(0.75 * TINY, 0.25 * TINY), arb(0)
    inputs, tried = asked(lambda precision: [below, none])
    assert certified_row(inputs, 0) == [0.0, 0.0]
    assert tried == [128]
    inputs, tried = asked(lambda precision: [at])
    with pytest.raises(Declined, match="not known to 60 bits"):
        certified_row(inputs, 0)
    assert tried == PRECISIONS
    inputs, tried = asked(lambda precision: [below if precision < 512 else TINY])
    assert certified_row(inputs, 0, logarithmic=True) == [pytest.approx(-1080 * log(2), rel=1e-15)]
    assert tried == [128, 256, 512]
    inputs, tried = asked(lambda precision: [none])
    assert certified_row(inputs, 0, logarithmic=True) == [-inf]
    assert tried == [128]


@pytest.mark.parametrize("sign", [1, -1])
def test_what_is_beyond_float64_is_declined(sign: int) -> None:
    least, most = arb(2) ** 1024, arb(2) ** 1024 - arb(2) ** 971
    inputs, _ = asked(lambda precision: [arb(1), sign * most])
    assert certified_row(inputs, 7) == [1.0, sign * float.fromhex("0x1.fffffffffffffp1023")]
    inputs, _ = asked(lambda precision: [arb(1), sign * least])
    with pytest.raises(
        Declined, match=rf"^row 7 sums to {'-' if sign < 0 else ''}1\.7977e\+308, beyond float64: use certified-log$"
    ):
        certified_row(inputs, 7)
    inputs, _ = asked(lambda precision: [sign * least], [[1.0], [-1.0]])
    with pytest.raises(Declined, match=r"beyond float64$"):
        certified_row(inputs, 7)
    inputs, _ = asked(lambda precision: [sign * least], [[0.5], [0.0]])
    with pytest.raises(Declined, match=r"beyond float64: use certified-log$"):
        certified_row(inputs, 7)


def test_a_logarithm_of_what_is_beyond_float64() -> None:
    inputs, _ = asked(lambda precision: [arb(2) ** 5000, arb(2) ** -5000])
    assert certified_row(inputs, 0, logarithmic=True) == pytest.approx([5000 * log(2), -5000 * log(2)], rel=1e-15)


def random(word: str = "softmax", seed: int = 0) -> Attention:
    rng = np.random.default_rng(seed)
    Q, K, V = rng.normal(size=(4, 3)), rng.normal(size=(5, 3)), rng.uniform(0, 2, (5, 2))
    V[:, 1] = 0
    return Attention(Q, K, V, 0.7, Mechanism.of(word))


def test_the_promise() -> None:
    inputs = random()
    assert Certified().promise(inputs) == Promise(2.0**-1070, 2.0**-50)
    found = Certified(logarithmic=True).promise(inputs)
    assert found.absolute == found.failure == 0
    delta = Fraction(1, 2**50) * Fraction(2 * largest_score(inputs) + log(5) + 746)
    assert found.relative == pytest.approx(float(delta), rel=1e-9, abs=0)
    assert all(says(Certified(), what) for what in ("mechanisms", "visibility", "rotary", "gradients"))
    assert (Certified().key, Certified(logarithmic=True).key) == ("certified", "certified-log")
    assert (Certified().logarithmic, Certified(logarithmic=True).logarithmic) == (False, True)


@pytest.mark.parametrize(
    "word", ["softmax", "exp", "gaussian", "gaussian-mean", "softmax[causal=bottom-right]", "exp[right=0]"]
)
def test_the_floats_nearest_to_sums(word: str) -> None:
    inputs = random(word)
    found, logarithms = Certified()(inputs), Certified(logarithmic=True)(inputs)
    of_gaussian, normalised = "gaussian" in word, not word.startswith("exp") and word != "gaussian"
    for i in range(4):
        last = 5 if "[" not in word else i + 2 if "bottom" in word else i + 1
        weights = [
            exp(0.7 * (-sum((inputs.Q[i] - k) ** 2) if of_gaussian else sum(inputs.Q[i] * k)))
            for k in np.asarray(inputs.K)[:last]
        ]
        N = sum(w * v for w, v in zip(weights, inputs.V[:last, 0].tolist(), strict=True))
        expected = N / sum(weights) if normalised else N
        assert found[i].tolist() == [pytest.approx(expected, rel=1e-13), 0.0]
        assert logarithms[i].tolist() == [pytest.approx(log(expected), rel=1e-12, abs=1e-13), -inf]


def test_rows_without_an_answer_are_nan_and_all_rows_are_told() -> None:
    causal, V = Mechanism.of("softmax[causal=bottom-right]"), np.array([[1.0], [3.0]])
    inputs = Attention(np.ones((4, 1)), np.ones((2, 1)), V, 1.0, causal)
    told: list[tuple[int, int]] = []
    token = watcher.set(lambda done, total: told.append((done, total)))
    try:
        found = Certified()(inputs)
    finally:
        watcher.reset(token)
    assert [isnan(x) for x in found[:, 0]] == [True, True, False, False]
    assert found[2:, 0].tolist() == [1.0, 2.0]
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_logarithms_are_of_what_is_not_negative() -> None:
    logarithms, negative = Certified(logarithmic=True), Attention(*(np.ones((1, 1)),) * 2, -np.ones((1, 1)), 1.0)
    one = np.ones((1, 1))
    for ask in (logarithms, logarithms.promise):
        with pytest.raises(Declined, match=r"V has negative entries: use certified$"):
            ask(negative)
        with pytest.raises(Declined, match=r"gradients have both signs: use certified$"):
            ask(Gradient(one, one, one, 1.0, dO=one, of="dQ", column=0))
    with pytest.raises(Declined, match="V has negative entries"):
        logarithms(Attention(one, np.ones((2, 1)), np.array([[1.0], [-1e-300]]), 1.0))
    zero = Attention(one, one, np.zeros((1, 1)), 1.0)
    assert logarithms(zero).tolist() == [[-inf]]
    assert Certified()(negative).tolist() == [[-1.0]]


def test_masses_are_the_nearest_floats() -> None:
    """Of sums about 1, whose logarithm is nearly 0, too, and of rows that see nothing."""
    K = np.array([[0.5], [-2.0], [700.0], [-750.0]])
    Q = np.array([[0.0], [1.0], [-1.0], [3.0]])
    inputs = Attention(Q, K, np.ones((4, 1)), 0.5)
    with ctx.workprec(300):
        wanted = [float(sum(((arb(0.5 * q * k)).exp() for k in K[:, 0]), arb(0)).log()) for q in Q[:, 0]]
    assert Certified().summed(inputs).logsumexp.tolist() == wanted
    one = Attention(np.array([[2.0**-40], [0.0]]), np.array([[2.0**-40]]), np.ones((1, 1)), 1.0)
    assert Certified().summed(one).logsumexp.tolist() == [2.0**-80, 0.0]
    causal = Mechanism(sees=Visibility(right=0, corner="bottom-right"))
    of_more = Attention(np.vstack([Q, Q[:1]]), K, np.ones((4, 1)), 0.5, causal)
    assert np.isneginf(Certified().summed(of_more).logsumexp).tolist() == [True, False, False, False, False]


def test_a_mass_that_is_never_known_is_no_answer() -> None:
    """A ball from 1/2 to 2, whatever the precision."""
    asked = SimpleNamespace(exact=SimpleNamespace(mass=lambda i: arb(1.25, 0.75)))
    with pytest.raises(Declined, match="the mass of row 3 is not known to 60 bits"):
        certified_mass(asked, 3)  # type: ignore[arg-type]
