"""The logsumexp of rows: within its promise of ball arithmetic, whoever computes it, and what is forgotten breaks it."""

from math import inf, log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import ctx

import attention.exact.boolean
import attention.exact.softmax
import attention.mixed.boxes
import attention.mixed.split
import attention.polynomial.masses
import attention.polynomial.polynomial
from attention import Attended, Boolean, Boxes, HyperAttention, Logspace, PlainFunction, Softmax, Split, Trusted, attend
from attention.attend_files import attend_files
from attention.laws import BITS
from attention.summed import logsumexp_error, summed
from instances.bits import BitMatrix
from instances.coded import Coded
from instances.exact import logarithm
from instances.faults import Declined, PlugInFault
from instances.mechanism import Mechanism
from instances.task import Attention
from instances.visibility import Visibility
from tests.support.attending import NAMES, arrays, grouped
from tests.support.calling import Caller

ERROR = 1e-4


def excess(inputs: Attention, masses: Any, promise: float, step: int = 1) -> float:
    """The largest error of a row in units of the promise; infinite where a row is not known to see a key, or none."""
    blind, worst = set(inputs.blind.tolist()), 0.0
    for i in range(0, inputs.n, step):
        if i in blind or not np.isfinite(masses[i]):
            worst = max(worst, 0.0 if (i in blind and masses[i] == -inf) else inf)
            continue
        with ctx.workprec(BITS):
            worst = max(worst, float(abs(logarithm(inputs.exact.mass(i)) - float(masses[i]))) / promise)
    return worst


def of(found: Attended, head: tuple[int, ...] = (), step: int = 1) -> float:
    assert found.given is not None
    assert found.logsumexp is not None
    return excess(found.given.inputs(head), found.logsumexp[head], found.logsumexp_promise, step)


@pytest.mark.parametrize("algorithm", NAMES)
def test_every_name(algorithm: str) -> None:
    Q, K, V = arrays(9, 30, 2, 3)
    found = attend(Q, K + np.array([3.0, -1.0]), V, scale=0.5, error=ERROR, algorithm=algorithm, logsumexp=True)
    assert found.logsumexp is not None
    assert found.logsumexp.shape == (9,)
    assert found.logsumexp.dtype == np.float64
    assert of(found) <= 1
    assert 0 < found.logsumexp_promise <= 3 * ERROR
    plain = attend(Q, K + np.array([3.0, -1.0]), V, scale=0.5, error=ERROR, algorithm=algorithm)
    assert (plain.logsumexp, plain.logsumexp_promise) == (None, inf)
    assert np.array_equal(plain.output, found.output)
    assert plain.promise == found.promise


SEEN: dict[str, Any] = {
    "causal": {"causal": "top-left"},
    "from below": {"causal": "bottom-right", "blind": 0.0},
    "a window": {"causal": "top-left", "window": (140, None)},
    "packed": {"lengths": ([100, 60, 140], [20, 80, 100])},
    "a mask": {"mask": np.random.default_rng(0).random((300, 200)) < 0.3},
    "a bias": {"bias": np.linspace(-3, 3, 200)[None]},
    "slopes": {"alibi": 0.5, "causal": "top-left"},
    "some see none": {"mask": np.tri(300, 200, -50, dtype=bool), "blind": 9.0},
}


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("algorithm", ["auto", "softmax", "softmax32"])
def test_what_rows_see(seen: str, algorithm: str) -> None:
    Q, K, V = arrays(300, 200, 4, 2)
    found = attend(Q, K, V, error=1e-3, algorithm=algorithm, logsumexp=True, **SEEN[seen])
    assert of(found, step=7) <= 1
    assert found.given is not None
    assert found.logsumexp is not None
    blind = found.given.inputs(()).blind
    assert np.array_equal(np.flatnonzero(np.isneginf(found.logsumexp)), blind)
    assert (len(blind) > 0) == ("blind" in SEEN[seen])


@pytest.mark.slow
@pytest.mark.parametrize("seen", ["causal", "a window", "from below"])
def test_polynomials_over_intervals(seen: str) -> None:
    Q, K, V = arrays(1500, 1400, 2, 1)
    options = {"window": (700, None)} if seen == "a window" else {}
    found = attend(Q, K + 2, V, scale=0.5, error=ERROR, algorithm="polynomial", logsumexp=True, **{**SEEN[seen], **options})
    assert "by the definition up to" in str(found.plans[0])
    assert of(found, step=37) <= 1
    assert found.logsumexp_promise <= 3 * ERROR


@pytest.mark.parametrize("certificate", ["range", "moments"])
def test_either_certificate(certificate: Any) -> None:
    rng = np.random.default_rng(1)
    inputs = Attention(rng.normal(size=(50, 3)) / 4, 5 + rng.normal(size=(400, 3)) / 4, rng.normal(size=(400, 1)), 1.0)
    algorithm = attention.Polynomial(1e-3, certificate)
    plan = algorithm.plan(inputs)
    assert plan.certificate == certificate
    assert (plan.theta is None) == (certificate == "range")
    promise = logsumexp_error(algorithm, inputs)
    assert 1e-3 < excess(inputs, summed(algorithm, inputs).logsumexp, promise) <= 1
    assert promise < 0.01


def test_scores_of_any_size() -> None:
    rng = np.random.default_rng(2)
    for B, d in ((1e-9, 1), (30.0, 1), (1e3, 2), (1e5, 2), (1e7, 9)):
        inputs = Attention(rng.uniform(-B, B, (30, d)), rng.uniform(-B, B, (90, d)), np.ones((90, 1)), 1.0)
        promise = logsumexp_error(Softmax(), inputs)
        assert excess(inputs, summed(Softmax(), inputs).logsumexp, promise) <= 1
        assert promise <= 1e-14 * (100 + 30 * d * B * B)


@pytest.mark.slow
@pytest.mark.parametrize("s", [0.1, 3.0, 100.0, 1e4])
@pytest.mark.parametrize("d", [1, 2, 3])
def test_boxes_at_any_temperature(s: float, d: int) -> None:
    rng = np.random.default_rng(3)
    inputs = Attention(rng.normal(size=(200, d)), 2 + rng.normal(size=(500, d)), rng.normal(size=(500, 2)), s)
    boxes = Boxes(1e-5, always=True, leaf=32)
    promise = logsumexp_error(boxes, inputs)
    assert excess(inputs, summed(boxes, inputs).logsumexp, promise, 9) <= 1
    assert promise <= 2e-5
    assert np.array_equal(summed(boxes, inputs).T, boxes(inputs))


def long_rows(rows: int = 9, keys: int = 7) -> Attention:
    rng = np.random.default_rng(4)
    Q, K = rng.uniform(-0.5, 0.5, (400, 4)), rng.uniform(-0.5, 0.5, (900, 4))
    Q[:rows] *= 12
    K[:keys] *= 12
    return Attention(Q, K + 1, rng.normal(size=(900, 2)), 0.5)


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "keys"), [(9, 7), (0, 7), (9, 0), (0, 0)])
def test_a_split(rows: int, keys: int) -> None:
    inputs, split = long_rows(rows, keys), Split(1e-4, rows, keys)
    promise = logsumexp_error(split, inputs)
    assert excess(inputs, summed(split, inputs).logsumexp, promise, 3) <= 1
    assert promise <= 1e-3


def test_bit_counts() -> None:
    rng = np.random.default_rng(5)
    Q, K = (
        Coded(BitMatrix.of(rng.integers(0, 2, (n, 70)).astype(bool)), *rng.normal(size=(2, 1)) * np.ones(70)) for n in (60, 50)
    )
    below, window = Visibility(right=0, corner="bottom-right"), Visibility(left=2, right=1)
    for scale, sees in ((0.01, Visibility()), (0.7, Visibility()), (-0.3, Visibility.causal()), (0.2, below), (0.2, window)):
        inputs = Attention((Q,), (K,), rng.normal(size=(50, 2)), scale, Mechanism(sees=sees))
        promise = logsumexp_error(Boolean(), inputs)
        assert excess(inputs, summed(Boolean(), inputs).logsumexp, promise) <= 1
        assert promise < 1e-9


def test_one_key_and_no_row() -> None:
    found = attend([[2.0], [-3.0]], [[5.0]], [[1.0]], scale=1.0, algorithm="softmax", logsumexp=True)
    assert found.logsumexp == pytest.approx([10.0, -15.0], rel=1e-14)
    for algorithm in NAMES:
        none = attend(np.empty((0, 2)), np.ones((3, 2)), np.ones((3, 1)), algorithm=algorithm, error=1e-3, logsumexp=True)
        assert none.logsumexp is not None
        assert none.logsumexp.shape == (0,)


def test_heads_that_share_keys() -> None:
    Q, K, V = grouped(2, 4, 2, 5, 7)
    found = attend(Q, K, V, causal="bottom-right", logsumexp=True)
    assert found.logsumexp is not None
    assert found.logsumexp.shape == (2, 4, 5)
    assert max(of(found, head) for head in np.ndindex(2, 4)) <= 1
    empty = attend(Q[:0], K[:0], V[:0], logsumexp=True)
    assert empty.logsumexp is not None
    assert empty.logsumexp.shape == (0, 4, 5)


def test_narrow_types() -> None:
    Q, K, V = (X.astype(np.float32) for X in arrays(5, 9, 3, 2))
    found = attend(Q, K, V, error=1e-3, logsumexp=True)
    assert found.output.dtype == np.float32
    assert of(found) <= 1
    assert found.logsumexp is not None
    assert found.logsumexp.dtype == np.float64


@pytest.mark.parametrize(
    "algorithm", [Trusted(HyperAttention(), 1.0), Trusted(PlainFunction(lambda Q, K, V, scale: Q @ K.T @ V, "f"), 1.0)]
)
def test_who_gives_none_says_so(algorithm: Any) -> None:
    Q, K, V = arrays()
    with pytest.raises(
        Declined, match=r"gives no logsumexp: use auto, polynomial, split, low-rank, boxes, boolean, softmax or certified$"
    ):
        attend(Q, K, V, error=1e9, algorithm=algorithm, logsumexp=True)
    with pytest.raises(Declined, match="logspace gives no logsumexp"):
        summed(Logspace(), Attention(Q, K, abs(V), 1.0))


class Foreign(Softmax):
    """A plug-in that gives what it is made with."""

    def __init__(self, masses: Any, error: float) -> None:
        super().__init__()
        object.__setattr__(self, "given", (masses, error))

    def logsumexp_error(self, inputs: Attention) -> float:
        return self.given[1]  # type: ignore[attr-defined, no-any-return]

    def summed(self, inputs: Attention) -> Any:
        return self(inputs), self.given[0]  # type: ignore[attr-defined]


def test_plug_ins() -> None:
    Q, K, V = arrays(5)
    given = np.arange(5.0)
    found = attend(Q, K, V, algorithm=Foreign(given, 0.25), logsumexp=True)
    assert found.logsumexp is not None
    assert found.logsumexp is not given
    assert (found.logsumexp.tolist(), found.logsumexp_promise) == ([0, 1, 2, 3, 4], 0.25)
    with pytest.raises(PlugInFault, match=r"gave shapes \(5, 2\) and \(4,\), expected \(5, 2\) and \(5,\)"):
        attend(Q, K, V, algorithm=Foreign(given[:4], 0.25), logsumexp=True)
    for nothing in (inf, np.nan, -1.0):
        with pytest.raises(Declined, match="softmax promises nothing of its logsumexp"):
            attend(Q, K, V, algorithm=Foreign(given, nothing), logsumexp=True)


# -------------------------------------------------------------------------------------------------------------------- files


def saved(folder: Path, n: int = 40, m: int = 101) -> list[Path]:
    paths = [folder / f"{name}.npy" for name in "QKV"]
    for path, X in zip(paths, arrays(n, m, 3, 2), strict=True):
        np.save(path, X + 1)
    return paths


@pytest.mark.parametrize("algorithm", ["polynomial", "softmax", "auto", "split"])
@pytest.mark.parametrize("block", [7, 1000])
@pytest.mark.parametrize("options", [{}, {"causal": "bottom-right"}])
def test_files(tmp_path: Path, algorithm: str, block: int, options: Any) -> None:
    """Written beside the output, block by block or as a whole."""
    (Q, K, V), L = saved(tmp_path, *((700, 700) if options else ())), tmp_path / "L.npy"
    asked: Any = {"scale": 0.5, "error": ERROR, "algorithm": algorithm, "block": block, **options}
    if options and algorithm == "split":
        with pytest.raises(Declined, match="split computes softmax attention over all keys"):
            attend_files(Q, K, V, tmp_path / "T.npy", logsumexp=L, **asked)
        assert not L.exists()
        return
    found = attend_files(Q, K, V, tmp_path / "T.npy", logsumexp=L, **asked)
    mechanism = Mechanism(sees=Visibility(right=0, corner="bottom-right")) if options else Mechanism()
    inputs = Attention(np.load(Q), np.load(K), np.load(V), 0.5, mechanism)
    masses = np.load(L, allow_pickle=False)
    assert (masses.shape, masses.dtype) == ((inputs.n,), np.float64)
    assert found.logsumexp_promise is not None
    assert excess(inputs, masses, found.logsumexp_promise, 29) <= 1
    assert found.logsumexp_promise <= 3 * ERROR
    plain = attend_files(Q, K, V, tmp_path / "S.npy", **asked)
    assert plain.logsumexp_promise is None
    assert np.array_equal(np.load(tmp_path / "S.npy"), np.load(tmp_path / "T.npy"))


def test_files_of_one_key(tmp_path: Path) -> None:
    Q, K, V = saved(tmp_path, 9, 1)
    found = attend_files(Q, K, V, tmp_path / "T.npy", algorithm="softmax", logsumexp=tmp_path / "L.npy", block=4)
    assert np.array_equal(np.load(tmp_path / "T.npy"), np.repeat(np.load(V), 9, axis=0))
    assert np.load(tmp_path / "L.npy") == pytest.approx((np.load(Q) @ np.load(K).T)[:, 0] / np.sqrt(3), rel=1e-14)
    assert found.promise == 2.0**-53 * np.abs(np.load(V)).max() or found.promise < 1e-15


def test_on_the_command_line(tmp_path: Path, call: Caller) -> None:
    Q, K, V = saved(tmp_path)
    T, L = tmp_path / "T.npy", tmp_path / "L.npy"
    done = call("attend", Q, K, V, "-o", T, "--logsumexp", L, "--scale", "1/2", "--json")
    assert (done.code, done.json["logsumexp"]) == (0, str(L))
    inputs = Attention(np.load(Q), np.load(K), np.load(V), 0.5)
    assert excess(inputs, np.load(L), done.json["logsumexp_promise"], 9) <= 1
    L.unlink()
    said = call("attend", Q, K, V, "-o", T, "--logsumexp", L, "--scale", "1/2").out
    assert f"{L}: the logsumexp of each row, error at most" in said
    plain = call("attend", Q, K, V, "-o", T, "--json").json
    assert (plain["logsumexp"], plain["logsumexp_promise"]) == (None, None)
    for other, why in ((T, "is the file for the logsumexp as well"), (Q, "is an input as well"), (tmp_path, "is a directory")):
        assert why in call("attend", Q, K, V, "-o", T, "--logsumexp", other).refusal()
    L.unlink()
    mine = tmp_path / "mine.py"
    mine.write_text("def mine(Q, K, V, scale):\n    return Q @ K.T @ V\n")
    refused = call("attend", Q, K, V, "-o", T, "--logsumexp", L, "--algorithm", f"{mine}:mine", "--trust", "1e-7")
    assert "gives no logsumexp: use auto," in refused.refusal()
    assert not L.exists()


# ----------------------------------------------------------------------------------------------------------- planted faults

FORGOTTEN: dict[str, tuple[Any, str, Any, str]] = {
    "the peak": (attention.exact.softmax, "logsumexp", lambda peak, D, blind: np.log(D), "softmax"),
    "that peaks are powers of two": (attention.exact.softmax, "logsumexp", lambda peak, D, blind: peak + np.log(D), "softmax"),
    "the centre": (attention.polynomial.masses, "about", lambda plan, scale, queries: 0.0, "polynomial"),
    "how many keys": (attention.polynomial.masses, "log", lambda m: 0.0, "polynomial"),
    "the centre of boxes": (attention.mixed.boxes, "_middle", None, "boxes"),
    "that shifts are powers of two": (attention.mixed.boxes, "log", lambda x: 1.0, "boxes"),
    "the merged keys": (attention.mixed.split, "logsumexp", lambda peak, D, blind: log(2) * peak, "split"),
}


@pytest.mark.slow
@pytest.mark.parametrize("forgotten", FORGOTTEN)
def test_what_is_forgotten_breaks_the_promise(forgotten: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, name, fault, algorithm = FORGOTTEN[forgotten]
    inputs, asked = long_rows(4, 4), {"polynomial": attention.Polynomial(1e-2), "boxes": Boxes(1e-3, always=True, leaf=32)}
    if algorithm == "polynomial":
        inputs = long_rows(0, 0)
    if algorithm == "softmax":
        inputs = Attention(20 * inputs.queries(slice(None)), 20 * inputs.keys(slice(None)), inputs.V, 0.5)
    chosen: Any = {**asked, "softmax": Softmax(), "split": Split(1e-3, 4, 4)}[algorithm]
    promise = logsumexp_error(chosen, inputs)
    assert excess(inputs, summed(chosen, inputs).logsumexp, promise, 20) <= 1
    monkeypatch.setattr(module, name, fault or (lambda inputs: np.zeros(inputs.d)))
    assert excess(inputs, summed(chosen, inputs).logsumexp, promise, 20) > 1


def test_the_fused_peaks_are_those_of_blocks() -> None:
    """What the fused kernel subtracted, where it does."""
    rng = np.random.default_rng(6)
    inputs = Attention(40 * rng.normal(size=(300, 3)), 40 * rng.normal(size=(900, 3)), np.ones((900, 1)), 1.0)
    fused, blocks = (f(inputs, np.float64) for f in (attention.exact.softmax.about_peaks, attention.exact.softmax.partial_sums))
    assert fused[0] == pytest.approx(blocks[0], rel=1e-12)
    assert fused[1] == pytest.approx(blocks[1], rel=1e-9)
