"""Sliding windows: every law on all tiny instances, the numbers of a second implementation, and wrong windows, each caught."""

from typing import Any

import numpy as np
import pytest

from instances.bits import Ints
from instances.faults import BadInput
from instances.task import AttentionTask
from instances.visibility import Visibility
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.hamming_window import HammingWindow, Layout
from tests.reductions.test_laws import Faulty
from tests.support.hammings import (
    assert_every_law,
    assert_pairs_are_priced,
    caught,
    decisions,
    given,
    off,
    outputs,
    planted,
    says,
    seeing,
    seen_wrongly,
    tiny_hammings,
)

CAUSAL, BOTH = HammingWindow(W=4), HammingWindow(W=3, side="bidirectional")
EDGES = [HammingWindow(W=2), HammingWindow(W=3), CAUSAL, BOTH, HammingWindow(W=5, side="bidirectional")]
WINDOWS = [*(HammingWindow(W=W) for W in (2, 3, 8, 17)), *(HammingWindow(W=W, side="bidirectional") for W in (3, 5, 17))]
SINKS = [HammingWindow(form="sink", W=3), HammingWindow(form="sink", W=3, side="bidirectional")]


@pytest.mark.slow
@pytest.mark.parametrize("edge", [*EDGES, *SINKS], ids=lambda edge: edge.spelled)
@pytest.mark.exhaustive
def test_every_law_on_all_tiny_instances(edge: HammingWindow) -> None:
    assert_every_law(edge)
    assert_pairs_are_priced(edge)


@pytest.mark.parametrize("edge", WINDOWS, ids=lambda edge: edge.spelled)
@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 5), (7, 7), (12, 5), (16, 16), (9, 20)])
def test_every_pair_is_seen_and_every_read_window_shows_one_dummy(edge: HammingWindow, n: int, m: int) -> None:
    layout = edge.layout({"n": n, "m": m})
    seen = edge.sees.over(layout.N, layout.N)
    pairs: list[tuple[int, int]] = []
    for x in layout.read.tolist():
        keys, hidden = seen.keys(x)
        assert hidden is None
        at = np.arange(keys.start, keys.stop)
        data = at[at % edge.W > 0]
        assert (len(at), len(data)) == (edge.W, edge.W - 1)
        alpha = layout.alpha(np.append(data, x))
        i, *js = layout.queries(alpha[-1:]).tolist() + layout.keys(alpha[:-1]).tolist()
        pairs += [(i, j) for j in js]
        assert layout.place(alpha).tolist() == [*data.tolist(), x]
        assert edge.side == "causal" or data[-1] <= layout.N - 1
    assert set(pairs) == {(i, j) for i in range(n) for j in range(m)}
    if n == m == layout.k and n % layout.s == 0:
        assert len(pairs) == n * m


def test_the_size_is_near_the_number_of_pairs() -> None:
    """N W against k^2: 1.39 at k = 64 and W = 16, by the derivation; it falls to 1."""
    of = {"n": 64, "m": 64, "d": 40, "t": 3, "t2": 5}
    assert HammingWindow(W=16).size(of)["n"] * 16 / 64**2 == pytest.approx(1.39, abs=0.01)
    of = {**of, "n": 2**14, "m": 2**14}
    assert HammingWindow(W=128).size(of)["n"] * 128 / 2**28 < 1.03


FAULTS = {
    "b_window_causal_5": {
        "W+1": Visibility(4, 0), "W-1": Visibility(2, 0), "window ignored": Visibility.causal(), "no mask at all": Visibility(),
        "bidirectional (|x-y|<=W-1)": Visibility.window(3),
    },
    "b_window_causal_6": {
        "W+1": Visibility(4, 0), "W-1": Visibility(2, 0), "window ignored": Visibility.causal(), "no mask at all": Visibility(),
        "bidirectional (|x-y|<=W-1)": Visibility.window(3),
    },
    "b_window_bidirectional_4": {
        "w+1": Visibility.window(2), "w-1": Visibility.window(0), "causal (left w)": Visibility(1, 0),
        "causal (left W-1)": Visibility(2, 0), "left only one too wide": Visibility(2, 1),
        "right only one too wide": Visibility(1, 2),
    },
}  # fmt: skip


@pytest.mark.parametrize("name", list(FAULTS))
def test_the_numbers_of_a_second_implementation(name: str) -> None:
    """Thresholds, every answer, and what every wrong window answers."""
    problem, held, expected = given(name)
    edge = HammingWindow(W=held["W"], side="causal" if held["right"] == 0 else "bidirectional")
    task = edge.apply(problem)
    layout = edge.layout(problem.size)
    constants = edge.constants(problem.size)
    for letter in ("p", "M", "eta", "beta", "B", "Gamma"):
        assert constants[letter] == pytest.approx(float(held["constants"][letter]), rel=1e-14)
    assert layout.queries(layout.alpha(layout.read)).tolist() == held["query_of_read_row"]
    if edge.side == "causal":  # the other has needlessly long ends there
        assert (layout.N, layout.read.tolist()) == (held["N"], held["read_rows"])
    assert outputs(task) == pytest.approx([float(x) for x in expected["values"]], rel=1e-13)
    assert decisions(task) == says(expected["decision"]) == says(expected["brute_force"])
    for fault, sees in FAULTS[name].items():
        wrong = seeing(task, sees)
        assert outputs(wrong) == pytest.approx([float(x) for x in expected["faults"][fault]["values"]], rel=1e-13), fault
        changed = [i for i, (a, b) in enumerate(zip(decisions(wrong), decisions(task), strict=True)) if a != b]
        assert changed == expected["faults"][fault]["changed"] != []


def shifted(task: AttentionTask, window: int) -> Visibility:
    """x - W, ..., x - 1."""
    i, j = np.arange(task.inputs.n)[:, None], np.arange(task.inputs.m)
    return Visibility(mask=(j < np.maximum(i, 1)) & (j >= i - window))


def in_blocks(task: AttentionTask, window: int) -> Visibility:
    """From the start of the block of W in which the window starts."""
    i, j = np.arange(task.inputs.n)[:, None], np.arange(task.inputs.m)
    return Visibility(mask=(j <= i) & (j >= (i - window + 1) // window * window))


WRONG_WINDOWS: dict[str, tuple[HammingWindow, Any]] = {
    "W + 1": (CAUSAL, lambda task: Visibility(4, 0)),
    "W - 1": (CAUSAL, lambda task: Visibility(2, 0)),
    "ignored": (CAUSAL, lambda task: Visibility.causal()),
    "shifted by one": (CAUSAL, lambda task: shifted(task, 4)),
    "to both sides": (CAUSAL, lambda task: Visibility.window(3)),
    "in blocks": (CAUSAL, lambda task: in_blocks(task, 4)),
    "w + 1": (BOTH, lambda task: Visibility.window(2)),
    "w - 1": (BOTH, lambda task: Visibility.window(0)),
    "causal": (BOTH, lambda task: Visibility(2, 0)),
}


@pytest.mark.parametrize("name", list(WRONG_WINDOWS))
@pytest.mark.slow
def test_a_law_catches_a_wrong_window(name: str) -> None:
    edge, wrong = WRONG_WINDOWS[name]
    assert caught(Faulty(edge, {"apply": seen_wrongly(edge, wrong)}), tiny_hammings()[::5])


@pytest.mark.parametrize("name", list(WRONG_WINDOWS))
@pytest.mark.slow
def test_planted_borders_flip_a_row(name: str) -> None:
    """Near keys at the oldest key that is visible, at the newest, and one step outside of either end."""
    edge, wrong = WRONG_WINDOWS[name]
    rng, k = np.random.default_rng(3), 12
    flips = 0
    for offset in (0, 1, edge.W - 2, edge.W - 1, -1, 2, -2, -3):
        problem = planted(rng, 60, 4, 10, lambda i: (i - offset) % k, k, k)  # noqa: B023
        task = edge.apply(problem)
        assert task.promised()
        flips += decisions(task) != decisions(seeing(task, wrong(task)))
    assert flips > 0


class TwiceShifted(HammingWindow):
    """The queries move by more than what a window shows."""

    def layout(self, of: Any) -> Layout:
        right = super().layout(of)

        class Twice(Layout):
            def queries(self, alpha: Ints) -> Ints:
                return Layout(*self).queries(alpha + self.s * (alpha // self.k))

        return Twice(*right)


class Short(HammingWindow):
    """A dummy too many: at every (W - 1)-th place."""

    def layout(self, of: Any) -> Layout:
        return super().layout(of)._replace(s=self.W - 2)


@pytest.mark.parametrize(
    "fault",
    [
        TwiceShifted(W=3),
        Short(W=4),
        off(HammingWindow(W=3), "V", -1.0),
        off(HammingWindow(W=3), "scale", 0.5),
        off(HammingWindow(W=2), "eta", 1.01),
        off(HammingWindow(W=2), "B", 0.995),
        off(HammingWindow(W=2), "high", 1.01),
        Faulty(CAUSAL, {"back": lambda p, w: CAUSAL.back(p, (w[0] + 1,))}),
        Faulty(CAUSAL, {"forth": lambda p, w: (CAUSAL.forth(p, w)[0] + 1,)}),
        Faulty(CAUSAL, {"size": lambda of: {**CAUSAL.size(of), "rows": of["n"]}}),
    ],
    ids=["map", "dummies", "sign", "scale", "eta", "B", "threshold", "back", "forth", "size"],
)
@pytest.mark.slow
def test_a_law_catches_a_wrong_layout(fault: Any) -> None:
    assert caught(fault, tiny_hammings()[::5])


def test_a_window_of_all_answers_as_no_window_does() -> None:
    """W so large that one window shows all keys, some of them several times: S is at most that of so many keys."""
    problem = planted(np.random.default_rng(1), 60, 4, 10, lambda i: i if i % 2 else None, 6, 6)
    task = HammingWindow(W=7).apply(problem)
    assert decisions(task) == decisions(HammingAttention().apply(problem)) == [False, True] * 3


def test_windows_that_are_none_are_refused() -> None:
    for wrong, says_ in (({"W": 1}, "W >= 2"), ({"W": 4, "side": "bidirectional"}, "odd"), ({"side": "left"}, "causal or"),
                         ({"form": "softmax"}, "matched or sink"), ({"R0": 1.0}, "R0")):  # fmt: skip
        with pytest.raises(BadInput, match=says_):
            HammingWindow(**wrong)
