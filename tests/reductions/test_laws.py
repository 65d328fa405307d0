"""Every reduction obeys every law on exhaustive families of tiny instances, and every law catches planted faults."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from instances.bits import BitMatrix, Ints
from instances.cnf import CNF
from instances.law import LawBroken
from instances.problem import Size, Witness
from instances.task import Attention, AttentionTask
from instances.triples import ThreeOrthogonalVectors
from instances.vectors import BalancedHamming, FarHamming, GapHamming, OrthogonalVectors, ThresholdProduct
from reductions import laws
from reductions.chain import Chain
from reductions.edges.balanced_attention import BalancedAttention
from reductions.edges.cnf_3ov import Cnf3ov
from reductions.edges.cnf_cubes import CnfCubes
from reductions.edges.cnf_hamming import CnfHamming
from reductions.edges.cnf_ov import CnfOv
from reductions.edges.cnf_sparse import CnfSparse
from reductions.edges.far_hamming import FarToNear
from reductions.edges.hamming_alibi import HammingAlibi
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.hamming_balanced import HammingBalanced
from reductions.edges.hamming_bias import HammingBias
from reductions.edges.hamming_causal import HammingCausal
from reductions.edges.hamming_dk import HammingDk
from reductions.edges.hamming_dq import HammingDq
from reductions.edges.hamming_dv import HammingDv
from reductions.edges.hamming_dv_one import HammingDvOne
from reductions.edges.hamming_dx_one import HammingDxOne
from reductions.edges.hamming_gaussian import HammingGaussian
from reductions.edges.hamming_heads import HammingHeads
from reductions.edges.hamming_kde import HammingKde
from reductions.edges.hamming_packed import HammingPacked
from reductions.edges.hamming_padded import HammingPadded
from reductions.edges.hamming_rotary import HammingRotary
from reductions.edges.hamming_sink import HammingSink
from reductions.edges.hamming_tiles import HammingTiles
from reductions.edges.hamming_window import HammingWindow
from reductions.edges.ov_attention import OvAttention
from reductions.edges.ov_far import OvFar
from reductions.edges.ov_gap import OvGap
from reductions.edges.ov_hamming import OvHamming
from reductions.edges.ov_product import OvProduct
from reductions.edges.ov_tiles import OvTiles
from reductions.edges.product_exp import ProductExp
from reductions.edges.product_softmax import ProductSoftmax
from reductions.edges.product_window import ProductWindow
from reductions.edges.three_ov_tensor import ThreeOvTensor
from reductions.edges.three_ov_transformer import ThreeOvTransformer
from reductions.ours import REDUCTIONS
from reductions.reduction import Reduction
from tests.support.sampling import some, strides
from tests.support.tiny import ATTAINING, N, odd_variants, representatives, satisfiable

EVERY_DAY = 4
"""Of so many instances one is tried every day."""

SPLITS = [split for size in range(N + 1) for split in combinations(range(1, N + 1), size)]


@cache
def formulas() -> tuple[CNF, ...]:
    return (*representatives(), ATTAINING)


@cache
def circled() -> tuple[CNF, ...]:
    """One more, that of two demanded variables on one side, has the size of the bound."""
    return (*representatives(), CNF(4, ((1, 3, 4), (2, 3, 4))))


@cache
def odd_formulas() -> tuple[CNF, ...]:
    return (*(odd for formula in representatives() for odd in odd_variants(formula)), ATTAINING, CNF(0, ()), CNF(0, ((),)))


@cache
def vectors() -> tuple[OrthogonalVectors, ...]:
    return tuple(CnfOv().apply(formula) for formula in representatives())


@cache
def hammings() -> tuple[GapHamming, ...]:
    """From formulas, and worst rows: all at t2, one at t and the rest at d, t = 0, t2 = d."""
    extreme = [
        (["0000"], ["1111", "1111", "1111"], 0, 4),
        (["0000", "1111"], ["0000", "1111", "1111", "1111"], 0, 4),
        (["0000", "0001"], ["0011", "1100", "0110"], 1, 2),
        (["000", "111"], ["001", "110"], 1, 2),
        (["0"], ["1"], 0, 1),
        (["0"], ["0"], 0, 1),
    ]
    given = [GapHamming(BitMatrix.of(A), BitMatrix.of(B), t, t2) for A, B, t, t2 in extreme]
    return (*(CnfHamming().apply(formula) for formula in representatives()), *given)


@cache
def balanced() -> tuple[BalancedHamming, ...]:
    return tuple(HammingBalanced().apply(problem) for problem in hammings())


@cache
def products() -> tuple[ThresholdProduct, ...]:
    """From formulas, and worst rows: all products t - 1, one t and the rest 0; lists of different lengths; and again the one
    of the last formula, in which a window must be shifted right.
    """
    extreme = [
        (["1111"], ["1110", "1101", "1011"], 4),
        (["1111", "0000"], ["1111", "0000", "0000", "0000"], 4),
        (["1", "0", "1"], ["0"], 1),
    ]
    given = [ThresholdProduct(BitMatrix.of(A), BitMatrix.of(B), t) for A, B, t in extreme]
    return (*(OvProduct().apply(problem) for problem in vectors()), *given, OvProduct().apply(vectors()[-1]))


@cache
def fars() -> tuple[FarHamming, ...]:
    return tuple(OvFar().apply(problem) for problem in vectors())


@cache
def nears() -> tuple[GapHamming, ...]:
    return tuple(FarToNear().apply(problem) for problem in fars())


@cache
def triples() -> tuple[ThreeOrthogonalVectors, ...]:
    return tuple(Cnf3ov().apply(formula) for formula in representatives())


FAMILIES: list[tuple[Reduction[Any, Any], Any]] = [
    (CnfOv(), formulas),
    (CnfOv(), odd_formulas),
    (CnfHamming(), formulas),
    (CnfHamming(cover="left"), formulas),
    (CnfHamming(), odd_formulas),
    (OvHamming("single"), vectors),
    (OvHamming("pair"), vectors),
    (OvAttention(), vectors),
    (OvAttention(R0=1.001), vectors),
    (OvAttention(R0=1e6), vectors),
    (HammingAttention(), hammings),
    (HammingAttention(R0=1.001), hammings),
    (HammingAttention(R0=1e6), hammings),
    (HammingSink(), hammings),
    (HammingSink(R0=1.001), hammings),
    (HammingCausal(), hammings),
    (HammingCausal(R0=1.001), hammings),
    (HammingCausal(layout="data-first"), hammings),
    (HammingCausal(layout="private"), hammings),
    (HammingWindow(W=3), hammings),
    (HammingWindow(W=5, side="bidirectional", form="sink"), hammings),
    (HammingPadded(), hammings),
    (HammingPacked(), hammings),
    (HammingCausal(form="sink"), hammings),
    (HammingCausal(layout="data-first", form="sink"), hammings),
    (HammingHeads(), hammings),
    (HammingRotary(), hammings),
    (HammingRotary(base=5e5, pairs="half-split", R0=1.001), hammings),
    (HammingHeads(batch=1, heads=6, groups=3, R0=1.001), hammings),
    (HammingDq(), hammings),
    (HammingDq(form="single", R0=1.001), hammings),
    (HammingDv(), hammings),
    (HammingDk(), hammings),
    (HammingDvOne(), hammings),
    (HammingDxOne(), hammings),
    (HammingWindow(W=3), hammings),
    (HammingWindow(W=5, side="bidirectional", form="sink"), hammings),
    (HammingPadded(), hammings),
    (HammingPacked(), hammings),
    (HammingBias(), hammings),
    (HammingAlibi(), hammings),
    (HammingBalanced(), hammings),
    (BalancedAttention(), balanced),
    (CnfSparse(), formulas),
    (CnfSparse(thresholds=(2,)), formulas),
    (CnfCubes(), formulas),
    (CnfCubes(fix=2), formulas),
    (OvTiles(), vectors),
    (OvTiles(rows=1, columns=3), vectors),
    (HammingTiles(), hammings),
    (HammingTiles(rows=2, columns=1), hammings),
    (OvGap(), vectors),
    (OvGap("projective"), vectors),
    (OvProduct(), vectors),
    (OvFar(), vectors),
    (FarToNear(), fars),
    (ProductExp(), products),
    (ProductExp(mu=0.9, R0=1.001), products),
    (ProductExp(mu=1e3, error="additive"), products),
    (ProductSoftmax(), products),
    (ProductSoftmax(mu=0.5, gamma=0.25, R0=1.001), products),
    (ProductWindow(h=1), products),
    (ProductWindow(h=3, mu=0.5), products),
    (HammingGaussian(), hammings),
    (HammingGaussian(R0=1.001, mu=1e-4, error="additive"), nears),
    (HammingKde(), hammings),
    (HammingKde(mu=0.5), hammings),
    (OvHamming("cycle"), vectors),
    (CnfHamming(split=(1, 2), gadget="cycle"), circled),
    (Cnf3ov(), formulas),
    (Cnf3ov(), odd_formulas),
    (ThreeOvTensor(), triples),
    (ThreeOvTensor(R0=3, matched=True), triples),
    (ThreeOvTransformer(), triples),
    (ThreeOvTransformer(layers=2, heads=1), triples),
    (ThreeOvTransformer(layers=2, heads=1, residual=False), triples),
]


def sample(family: Any, stride: int, first: int = 0) -> list[Any]:
    """Every so many-th of those from formulas, and all that were added to them."""
    whole = family()
    made = len(whole) - len(whole) % len(representatives())
    return [*some(whole[:made], stride, first), *whole[made:]]


@pytest.mark.slow
@strides(EVERY_DAY)
@pytest.mark.parametrize(("reduction", "family"), FAMILIES, ids=lambda value: getattr(value, "key", None))
def test_every_law(reduction: Reduction[Any, Any], family: Any, stride: int) -> None:
    counts = laws.laws(reduction, sample(family, stride, FAMILIES.index((reduction, family))))
    assert counts["accepted"] > 0
    assert counts["rejected"] > 0


def test_what_is_counted() -> None:
    """All witnesses of either side, each once; rejected ones where the source has none."""
    yes, no = CNF(2, ((1, 2),)), CNF(1, ((1,), (-1,)))
    reduction = CnfHamming()
    targets = [reduction.apply(one) for one in (yes, no)]
    reaching = [sum(map(target.reaches, target.witnesses())) for target in targets]
    accepted = [sum(map(target.accepts, target.witnesses())) for target in targets]
    tried = [len(list(target.witnesses())) for target in targets]
    assert (reaching[1], accepted[1]) == (0, 0)
    assert laws.complete(reduction, [yes, no]) == {"accepted": 3}
    assert laws.sound(reduction, [yes, no]) == {"accepted": accepted[0], "rejected": tried[1]}
    found = laws.promise_is_kept(reduction, [yes, no])
    assert found == {"checked": 2, "accepted": reaching[0], "rejected": sum(tried) - accepted[0]}


def test_every_reduction_is_covered() -> None:
    assert {type(reduction) for reduction, _ in FAMILIES} == set(REDUCTIONS)


@pytest.mark.slow
@strides(EVERY_DAY)
@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize(("cover", "gadget"), [("demanded", "pair"), ("left", "pair"), ("left", "cycle")])
def test_cnf_hamming_under_every_split(split: tuple[int, ...], cover: Any, gadget: Any, stride: int) -> None:
    reduction = CnfHamming(split=split, cover=cover, gadget=gadget)
    for law in (laws.promise_is_kept, laws.complete, laws.sound):
        law(reduction, some(representatives(), stride, SPLITS.index(split)))


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("gadget", ["pair", "cycle"])
def test_wide_clauses_and_larger_formulas(gadget: Any) -> None:
    """OV coordinates, merged parts, left-overs of every kind: random formulas of widths 0 to 6, against every assignment."""
    rng = np.random.default_rng(7)
    family = []
    for _ in range(150):
        n = int(rng.integers(6, 10))
        literals = [rng.choice([-1, 1], w) * rng.choice(n, w, replace=False) for w in rng.integers(1, 7, 12)]
        family.append(CNF(n, tuple(tuple(int(x + np.sign(x)) or 1 for x in clause) for clause in literals)))
    for law in (laws.promise_is_kept, laws.complete, laws.sound):
        law(CnfHamming(seed=3, gadget=gadget), family)
        law(CnfHamming(aim="pairs", gadget=gadget), family)
    kinds = {kind for formula in family for kind in "LRO" if _has(formula, kind)}
    assert kinds == {"L", "R", "O"}


def _has(formula: CNF, kind: str) -> bool:
    from reductions.parts.cnf_split import plan

    found = plan(formula, None, 3, "demanded")
    return bool({"L": found.demanded[0], "R": found.demanded[1], "O": found.coordinates}[kind])


# ------------------------------------------------------------------------------------------------ planted faults


@dataclass(frozen=True)
class Faulty:
    """A reduction with one method replaced: what a law must notice."""

    reduction: Reduction[Any, Any]
    fault: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.fault.get(name, getattr(self.reduction, name))


def with_thresholds(t: int, t2: int) -> Any:
    def apply(problem: Any) -> GapHamming:
        right = CnfHamming().apply(problem)
        if right.A.d == 3:  # one gadget of three bits leaves no room for other thresholds
            return right
        return GapHamming(right.A, right.B, right.t + t, right.t2 + t2)

    return apply


def without_scale(reduction: Reduction[Any, Any]) -> Any:
    def apply(problem: Any) -> AttentionTask:
        task: AttentionTask = reduction.apply(problem)
        inputs = task.inputs
        return replace(task, inputs=Attention(inputs.Q, inputs.K, inputs.V, inputs.scale / 2))

    return apply


def constants_of(reduction: Reduction[Any, Any], **factors: float) -> Any:
    """The reduction with constants multiplied; dataclass methods call self.constants, so a subclass carries the fault."""

    class Wrong(type(reduction)):  # type: ignore[misc]
        def constants(self, of: Size) -> Any:
            constants = dict(super().constants(of))
            return {name: value * factors.get(name, 1) for name, value in constants.items()}

    return Wrong()


class MoreDummies(HammingAttention):
    """M off by one."""

    def constants(self, of: Size) -> Any:
        constants = dict(super().constants(of))
        return {**constants, "M": constants["M"] + 1}


class Shifted(ProductWindow):
    """The layout shifts by twice as much per period as a window sees."""

    def _index(self, problem: ThresholdProduct, alpha: Ints, side: int) -> Ints:
        k = max(problem.A.n, problem.B.n)
        cyclic = alpha % k if side else (alpha + 4 * self.h * (alpha // k)) % k
        return np.minimum(cyclic, (problem.B.n if side else problem.A.n) - 1)


FAULTS: list[tuple[str, Any, Any, Any]] = [
    ("t one too small", Faulty(CnfHamming(), {"apply": with_thresholds(-1, 0)}), formulas, laws.complete),
    ("t2 one too large", Faulty(CnfHamming(), {"apply": with_thresholds(0, 1)}), formulas, laws.sound),
    ("t and t2 one too large", Faulty(CnfHamming(), {"apply": with_thresholds(1, 1)}), formulas, laws.sound),
    ("a dropped scale in Lemma 4.7'", Faulty(BalancedAttention(), {"apply": without_scale(BalancedAttention())}), balanced,
     laws.sound),
    ("a dropped scale in T5", Faulty(HammingAttention(), {"apply": without_scale(HammingAttention())}), hammings,
     laws.promise_is_kept),
    ("a dropped scale in T6", Faulty(OvAttention(), {"apply": without_scale(OvAttention())}), vectors, laws.promise_is_kept),
    ("a swapped witness on the way back", Faulty(CnfOv(), {"back": lambda p, w: CnfOv().back(p, w)[::-1]}), formulas,
     laws.sound),
    ("a swapped witness on the way forth", Faulty(CnfOv(), {"forth": lambda p, w: CnfOv().forth(p, w[::-1])}), formulas,
     laws.complete),
    ("a row shifted by one", Faulty(CnfHamming(), {"back": lambda p, w: CnfHamming().back(p, (w[0] + 1, w[1]))}), formulas,
     laws.sound),
    ("T5's M off by one", MoreDummies(), hammings, laws.promise_is_kept),
    ("T5's eta one per cent off", constants_of(HammingAttention(), eta=1.01), hammings, laws.promise_is_kept),
    ("T5's beta one per cent low", constants_of(HammingAttention(), B=0.995), hammings, laws.promise_is_kept),
    ("T6's C one per cent low", constants_of(OvAttention(), B=0.995), vectors, laws.promise_is_kept),
    ("tau = e^beta: Lemma 4.7 as printed", constants_of(BalancedAttention(), ln_low=2.0, ln_high=2.0), balanced, laws.sound),
    ("C one per cent low in Theorem 4", constants_of(ProductExp(), B=0.995), products, laws.promise_is_kept),
    ("Theorem 5 with the keys' C ten per cent low", constants_of(ProductSoftmax(), C=0.9), products, laws.promise_is_kept),
    ("Theorem 7 with the sign as printed", constants_of(HammingGaussian(), C=-1.0), hammings, laws.sound),
    ("Theorem 7 with C one per cent low", constants_of(HammingKde(), C=0.99), hammings, laws.promise_is_kept),
    ("Theorem 6 with the shift as printed", Shifted(h=1), products, laws.complete),
    ("a threshold not as stated", Faulty(OvAttention(), {"constants": lambda of: {"low": 0.0, "high": 0.5}}), vectors,
     laws.promise_is_kept),
    ("a wrong dimension", Faulty(OvHamming(), {"size": lambda of: {**OvHamming().size(of), "d": 1}}), vectors,
     laws.size_is_exact),
    ("the count of an earlier disjunction handed on", Faulty(OvHamming(), {"size": lambda of: {**of, **OvHamming().size(of)}}),
     vectors, laws.size_is_exact),
    ("a bound too small", Faulty(CnfHamming(), {"size": lambda of: {**CnfHamming().size(of), "n": 1}}), formulas,
     laws.size_is_bounded),
    ("a wrong count", Faulty(CnfHamming(), {"actual_size": lambda p, most: {**CnfHamming().actual_size(p, most), "n": 9}}),
     formulas, laws.size_is_bounded),
]  # fmt: skip


@pytest.mark.parametrize(("name", "reduction", "family", "law"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_law_catches(name: str, reduction: Any, family: Any, law: Any) -> None:
    """On what is tried every day."""
    with pytest.raises(LawBroken) as broken:
        law(reduction, sample(family, EVERY_DAY))
    assert "vacuous" not in str(broken.value)


class Gullible(CNF):
    """A formula that accepts everything."""

    def accepts(self, witness: Witness) -> bool:
        return True


class Loose(GapHamming):
    """Accepts distances up to t2, one too many."""

    def accepts(self, witness: Witness) -> bool:
        return self.distance(*witness) <= self.t2


def test_a_law_catches_a_wrong_accepts_of_the_source() -> None:
    family = [Gullible(formula.n, formula.clauses) for formula in representatives()]
    with pytest.raises(LawBroken, match="does not reach"):
        laws.complete(CnfOv(), family)


def test_a_law_catches_a_wrong_accepts_of_the_target() -> None:
    def apply(problem: CNF) -> GapHamming:
        right = CnfHamming().apply(problem)
        return Loose(right.A, right.B, right.t, right.t2)

    with pytest.raises(LawBroken, match="is no witness"):
        laws.sound(Faulty(CnfHamming(), {"apply": apply}), representatives())  # type: ignore[arg-type]


def vacuous_cases() -> Iterator[tuple[Any, Any, list[CNF]]]:
    never = [formula for formula in representatives() if not satisfiable(formula)]
    always = [CNF(3, ())]
    yield laws.complete, CnfOv(), never
    yield laws.sound, CnfOv(), always
    yield laws.sound, CnfOv(), never
    yield laws.promise_is_kept, CnfOv(), always
    yield laws.size_is_exact, CnfOv(), []
    yield laws.size_is_bounded, CnfHamming(), never


@pytest.mark.parametrize(("law", "reduction", "family"), list(vacuous_cases()))
def test_laws_fail_when_vacuous(law: Any, reduction: Any, family: list[CNF]) -> None:
    with pytest.raises(LawBroken, match="vacuous"):
        law(reduction, family)


def test_chains_that_do_not_meet_are_refused() -> None:
    with pytest.raises(TypeError, match="must meet"):
        Chain((CnfOv(), HammingAttention()))
    with pytest.raises(TypeError, match="must meet"):
        Chain((HammingBalanced(), HammingAttention()))
    with pytest.raises(TypeError, match="reduces CNF"):
        Chain((CnfOv(),)).trace(vectors()[0])


def test_a_counterexample_can_be_made_again_from_its_message() -> None:
    @dataclass(frozen=True)
    class Loose(OvHamming):
        def back(self, problem: OrthogonalVectors, witness: Witness) -> Witness:
            return (1 - witness[0], witness[1])

    problem = OrthogonalVectors(BitMatrix.of(["011010", "100101"]), BitMatrix.of(["011010", "011011"]))
    with pytest.raises(LawBroken) as broken:
        laws.sound(Loose(), [problem])
    assert eval(str(broken.value).partition("which is no witness of ")[2]) == problem
