"""Pair gadgets on a circle: distances G and from G + 4 on, exhaustively for G <= 7; what the laws see of a broken circle."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from math import log
from typing import Any

import numpy as np
import pytest

from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.families import random_ksat
from instances.faults import BadInput
from instances.law import LawBroken
from instances.vectors import GapHamming, OrthogonalVectors
from reductions import laws
from reductions.edges import cnf_hamming, ov_hamming
from reductions.edges.cnf_hamming import CnfHamming
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.ov_hamming import OvHamming
from reductions.parts.gadgets import GADGETS, SYMBOLS, circle, encode, gap
from reductions.reduction import Reduction
from tests.support.calling import Caller
from tests.support.fixtures import fixture

EXAMPLES = "instances/examples"


def every_vector(d: int) -> OrthogonalVectors:
    """All 2^d on either side."""
    rows = BitMatrix.of(["".join(bits) for bits in product("01", repeat=d)])
    return OrthogonalVectors(rows, rows)


@pytest.mark.parametrize("d", range(1, 8))
def test_all_distances_of_vectors(d: int) -> None:
    vectors = every_vector(d)
    built = OvHamming("cycle").apply(vectors)
    assert built.size == OvHamming("cycle").size(vectors.size)
    bits = vectors.A.bools(slice(None)).astype(int)
    found, violated = np.array([built.B.distances(row) for row in built.A.words]), bits @ bits.T > 0
    assert (found[~violated] == built.t).all()
    assert found[violated].min() == built.t2
    assert Fraction(built.t2 - built.t, built.t) == (Fraction(4, d) if d >= 2 else 2)


SYMBOLS_OF = {"O": ("01", "01"), "L": ("01", "01*"), "R": ("01*", "01")}
"""Of a kind of items on the left and on the right."""


@pytest.mark.parametrize(
    "kinds", ["LL", "LR", "OLR", "LLL", "RRR", "LRL", "LLLL", "OOLR", "LLLLL", "OLORL", "LLLLLL", "LRLRLRL"]
)
def test_all_distances_of_items(kinds: str) -> None:
    """Every value of each variable against every demand on it, every bit of a coordinate against every other."""
    pairs = [sorted(pair, key=lambda i: "OLR".index(kinds[i])) for pair in circle(range(len(kinds)))]
    strings, rows = [], []
    for side in range(2):
        given = list(product(*(SYMBOLS_OF[kind][side] for kind in kinds)))
        codes = np.array([[SYMBOLS.index(symbol) for symbol in row] for row in given], dtype=np.uint8)
        gadgets = [GADGETS["".join(kinds[i] for i in pair)] for pair in pairs]
        tables = [gadget.right if side else gadget.left for gadget in gadgets]
        parts = [encode(table, [codes[:, i] for i in pair]) for table, pair in zip(tables, pairs, strict=True)]
        strings.append(np.concatenate(parts, axis=1))
        rows.append(codes)
    found = np.array([(strings[1] != string).sum(axis=1) for string in strings[0]])
    wrong = np.zeros(found.shape, dtype=np.bool_)
    for i, kind in enumerate(kinds):
        a, b = rows[0][:, None, i], rows[1][None, :, i]
        wrong |= (a & b == 1) if kind == "O" else (a != b) & (a < 2) & (b < 2)
    assert (found[~wrong] == len(kinds)).all()
    assert found[wrong].min() == len(kinds) + gap(len(kinds)) == len(kinds) + 4


def test_the_second_implementation_has_the_same_strings() -> None:
    inputs, expected = fixture("j_cycle")
    vectors = every_vector(inputs["d"] // 5)
    built = OvHamming("cycle").apply(vectors)
    for side, rows in (("left", built.A), ("right", built.B)):
        assert ["".join(map(str, row)) for row in rows.bools(slice(None)).astype(int)] == inputs[side]
    assert [built.B.distances(row).tolist() for row in built.A.words] == expected["distances"]
    assert (built.t, built.t2) == (inputs["t"], inputs["t2"])
    assert (built.t2 - built.t) / built.t == pytest.approx(float(expected["eps"]))
    demanded = inputs["consistency"]
    for side, names in (("left", "values"), ("right", "demands")):
        table = getattr(GADGETS["LL"], side)
        strings = ["".join(table[name[a] + name[b]] for a, b in circle(range(3))) for name in demanded[names]]
        assert strings == demanded[side]


@pytest.mark.parametrize(
    ("m", "pairs", "cycle"),
    [
        (3, (8, 2, 4, "1.000", 2.5), (15, 3, 7, "1.333", 2.375)),
        (5, (13, 3, 5, "0.667", 4.25), (25, 5, 9, "0.800", 4.0)),
        (7, (18, 4, 6, "0.500", 5.75), (35, 7, 11, "0.571", 5.625)),
        (9, (23, 5, 7, "0.400", 7.5), (45, 9, 13, "0.444", 7.25)),
        (11, (28, 6, 8, "0.333", 9.0), (55, 11, 15, "0.364", 8.875)),
    ],
)
def test_what_it_buys_is_eps_and_not_B(m: int, pairs: tuple[Any, ...], cycle: tuple[Any, ...]) -> None:
    """d, t, t2, eps, and beta over ln(m R0) in `hamming-attention`: eps is larger by (m + 1)/m, beta smaller by 1 to 6 %."""
    for gadget, expected in (("pair", pairs), ("cycle", cycle)):
        size = OvHamming(gadget).size({"n": 512, "m": 512, "d": m})  # type: ignore[arg-type]
        edge = HammingAttention()
        found = edge.constants(size)["beta"] / log(512 * edge.R0)
        eps = (size["t2"] - size["t"]) / size["t"]
        assert (size["d"], size["t"], size["t2"], f"{eps:.3f}") == expected[:4]
        assert found == pytest.approx(expected[4])


def test_the_bits_of_a_formula() -> None:
    """Kinds alternate: of three variables a side there are six gadgets of a left and a right one, of six bits each."""
    clauses = [(1, 4, 5), (2, 5, 6), (3, 4, 6), (4, 1, 2), (5, 2, 3), (6, 1, 3)]
    built = CnfHamming(split=(1, 2, 3), gadget="cycle").apply(CNF(6, tuple(clauses)))
    assert (built.A.d, built.t, built.t2) == (36, 6, 10)
    for kinds, bits in (("L", 3), ("", 3), ("LL", 16)):
        formula = CNF(4, tuple(((1, 3, 4), (2, 3, 4))[: len(kinds)]))
        built = CnfHamming(split=(1, 2), gadget="cycle").apply(formula)
        t = max(1, len(kinds))
        assert (built.A.d, built.t, built.t2) == (bits, t, t + (4 if len(kinds) > 1 else 2))


def test_the_size_is_known_before_it_is_built() -> None:
    for seed in range(6):
        formula = random_ksat(12, 30 + 4 * seed, 3 + seed % 2, seed=seed)
        edge = CnfHamming(gadget="cycle")
        assert edge.actual_size(formula, 2**30) == edge.apply(formula).size


# ------------------------------------------------------------------------------------------------ planted faults

Circle = Callable[[Sequence[Any]], list[Any]]

BROKEN: dict[str, Circle] = {
    "an edge is missing": lambda items: circle(items)[:-1] if len(items) > 2 else circle(items),
    "the last item is in no gadget": lambda items: circle(items[:-1]) if len(items) > 2 else circle(items),
    "an item stands for its neighbour": lambda items: (
        circle([items[0], items[0], *items[2:]]) if len(items) > 2 else circle(items)
    ),
    "the pairs overlap nowhere": lambda items: [tuple(items[i : i + 2]) for i in range(0, len(items), 2)],
}

EDGES: list[tuple[Any, Reduction[Any, Any], list[Any]]] = [
    (ov_hamming, OvHamming("cycle"), [every_vector(3), OrthogonalVectors(BitMatrix.of(["111"]), BitMatrix.of(["111"]))]),
    (cnf_hamming, CnfHamming(gadget="cycle"), [random_ksat(8, m, 3, seed=m) for m in range(8, 60, 4)]),
]


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize(("module", "edge", "problems"), EDGES, ids=["vectors", "formulas"])
def test_a_broken_circle_breaks_a_law(
    module: Any, edge: Reduction[Any, Any], problems: list[Any], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(edge, problems)
    monkeypatch.setattr(module, "circle", BROKEN[fault])
    with pytest.raises(LawBroken) as broken:
        held(edge, problems)
    assert "vacuous" not in str(broken.value)


def held(edge: Reduction[Any, Any], problems: Sequence[Any]) -> None:
    for law in (laws.promise_is_kept, laws.complete, laws.sound):
        law(edge, problems)


@pytest.mark.parametrize(("_", "edge", "problems"), EDGES, ids=["vectors", "formulas"])
@pytest.mark.parametrize(("t", "t2"), [(-1, 0), (0, 1), (1, 1)])
def test_thresholds_off_by_one_break_a_law(
    _: Any, edge: Any, problems: list[Any], t: int, t2: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = edge.apply

    def apply(self: Any, problem: Any) -> GapHamming:
        built = right(problem)
        return GapHamming(built.A, built.B, built.t + t, built.t2 + t2) if built.A.d > 3 else built

    monkeypatch.setattr(type(edge), "apply", apply)
    with pytest.raises(LawBroken):
        held(edge, problems)


# ------------------------------------------------------------------------------------------------ on the command line


@pytest.mark.parametrize(
    ("file", "chain", "verdict"),
    [
        ("random-20-sat", "cnf-hamming[gadget=cycle],hamming-attention", "yes"),
        ("random-20-unsat", "cnf-hamming[gadget=cycle],hamming-attention", "no"),
        ("worked-yes", "cnf-ov,ov-hamming[gadget=cycle],hamming-attention", "yes"),
        ("worked-no", "cnf-ov,ov-hamming[gadget=cycle],hamming-attention", "no"),
    ],
)
def test_it_decides_formulas(call: Caller, file: str, chain: str, verdict: str) -> None:
    record = call("run", f"{EXAMPLES}/{file}.cnf", "--chain", chain, "--json").json
    assert (record["verdict"], record["agrees"]) == (verdict, True)
    size = next(stage["size"] for stage in record["stages"] if stage["problem"] == "hamming")
    assert size["t2"] == size["t"] + 4


def test_another_gadget_is_refused(call: Caller) -> None:
    with pytest.raises(BadInput, match="cnf-hamming has the gadgets pair and cycle"):
        CnfHamming(gadget="single")  # type: ignore[arg-type]
    failed = call("run", f"{EXAMPLES}/worked-no.cnf", "--chain", "cnf-hamming[gadget=triple],hamming-attention")
    assert "pair and cycle" in failed.refusal()
