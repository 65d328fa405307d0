"""The seeded families: each docstring's guarantee, seeds, limits, and the registry's errors."""

import inspect
import itertools
import math
import re
from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysat.solvers import Cadical195

from instances import families
from instances.cnf import CNF
from instances.families import FAMILIES, family_named, make
from instances.faults import BadInput
from instances.problem import Problem
from instances.vectors import GapHamming, OrthogonalVectors

SMALL: dict[str, dict[str, float]] = {
    "random-ksat": {"n": 8, "m": 30, "k": 3, "seed": 5},
    "planted-ksat": {"n": 8, "m": 30, "k": 3, "seed": 5},
    "pigeonhole": {"holes": 3},
    "parity": {"n": 6, "seed": 5},
    "colouring": {"n": 6, "edges": 8, "colours": 3, "seed": 5},
    "random-ov": {"n": 6, "m": 7, "d": 9, "seed": 5},
    "planted-ov": {"n": 6, "m": 7, "d": 9, "seed": 5},
    "random-hamming": {"n": 6, "m": 7, "d": 40, "seed": 5},
    "planted-hamming": {"n": 6, "m": 7, "d": 40, "t": 3, "t2": 8, "seed": 5},
}


KEPT = {
    "random-ksat": "5b271207951205c6", "planted-ksat": "ef49a5f8993801a6", "pigeonhole": "1a6d32ce04f23184",
    "parity": "add769ceb7625322", "colouring": "bd35c74b961d4f18", "random-ov": "a40c0243e22475db",
    "planted-ov": "d9698ac712d4191a", "random-hamming": "7a3a8c7b08535d08", "planted-hamming": "1b3072ee78bbf6f9",
}  # fmt: skip
"""How the identities of the small cases begin. Records that are kept name instances by their seeds."""


def model_count(formula: CNF, most: int = 10**6) -> int:
    """The number of models, counted up to `most`."""
    count = 0
    with Cadical195(bootstrap_with=formula.clauses) as solver:
        while count < most and solver.solve():
            count += 1
            true = dict.fromkeys(range(1, formula.n + 1), 1) | {abs(lit): lit for lit in solver.get_model()}
            solver.add_clause([-variable if true[variable] > 0 else variable for variable in range(1, formula.n + 1)])
    return count


def is_uniform_width(formula: CNF, n: int, m: int, k: int) -> bool:
    """Whether it has m clauses, each of k distinct variables of 1..n."""
    widths = all(len(clause) == k == len({abs(literal) for literal in clause}) for clause in formula.clauses)
    return widths and (formula.n, len(formula.clauses)) == (n, m)


def answer(problem: Problem) -> bool:
    return any(map(problem.accepts, problem.witnesses()))


# what all families share


def test_every_family_has_a_small_case() -> None:
    assert [family.name for family in FAMILIES] == list(SMALL)


@pytest.mark.parametrize("name", SMALL)
def test_the_seed_decides(name: str) -> None:
    first = make(name, **SMALL[name])
    assert first.identity == make(name, **SMALL[name]).identity
    if "seed" in SMALL[name]:
        others = {make(name, **{**SMALL[name], "seed": seed}).identity for seed in range(20, 25)}
        assert len(others | {first.identity}) > 3
    assert first.promised()


@pytest.mark.parametrize("name", SMALL)
def test_a_seed_gives_what_it_gave(name: str) -> None:
    assert make(name, **SMALL[name]).identity.startswith(KEPT[name])


@pytest.mark.parametrize("name", SMALL)
def test_the_global_generator_is_left_alone(name: str) -> None:
    state = repr(np.random.get_state())
    make(name, **SMALL[name])
    assert repr(np.random.get_state()) == state


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_parameters_are_discoverable(family: families.Family) -> None:
    assert all(parameter.annotation in (int, float, bool) for parameter in family.parameters.values())
    assert set(SMALL[family.name]) <= set(family.parameters)
    needed = {key for key, parameter in family.parameters.items() if parameter.default is inspect.Parameter.empty}
    assert needed == set(SMALL[family.name])
    assert family.build.__doc__


def outcome(name: str, parameters: dict[str, Any]) -> tuple[Problem | None, str]:
    try:
        return make(name, **parameters), ""
    except BadInput as error:
        return None, str(error)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(list(SMALL)), st.data())
def test_any_parameters_are_an_instance_or_bad_input(name: str, data: st.DataObject) -> None:
    parameters: dict[str, Any] = {}
    for key, parameter in {family.name: family for family in FAMILIES}[name].parameters.items():
        values = {
            int: st.one_of(st.integers(-2, 12), st.just(10**18)),
            float: st.floats(),
            bool: st.booleans(),
        }
        parameters[key] = data.draw(values[parameter.annotation], label=key)
    problem, message = outcome(name, parameters)
    assert problem.promised() if problem else re.fullmatch("[^\n]+: [^\n]+", message)


# k-SAT


@settings(max_examples=40)
@given(st.integers(1, 9), st.integers(0, 40), st.integers(1, 9), st.integers(0, 99))
def test_random_ksat_has_the_shape_asked_for(n: int, m: int, k: int, seed: int) -> None:
    if k <= n:
        assert is_uniform_width(families.random_ksat(n, m, k, seed=seed), n, m, k)
        assert is_uniform_width(families.planted_ksat(n, m, k, seed=seed), n, m, k)


def test_random_ksat_is_uniform() -> None:
    """All 32 clauses of width 2 on 4 variables, in 24 kinds: each near 1/24 of 24000 draws (5 deviations)."""
    counts = np.unique(families.random_ksat(4, 24_000, 2, seed=3).clauses, axis=0, return_counts=True)[1]
    assert len(counts) == 4 * math.comb(4, 2)
    assert np.all(np.abs(counts - 1000) < 5 * math.sqrt(1000))


def test_planted_ksat_is_uniform_among_the_true_clauses() -> None:
    formula = families.planted_ksat(4, 18_000, 2, seed=3)
    counts = np.unique(formula.clauses, axis=0, return_counts=True)[1]
    assert len(counts) == 3 * math.comb(4, 2)
    assert np.all(np.abs(counts - 1000) < 5 * math.sqrt(1000))
    assert model_count(formula) == 1


def test_both_answers_occur_near_the_threshold() -> None:
    answers = {model_count(families.random_ksat(12, 54, 3, seed=seed), 1) for seed in range(30)}
    assert answers == {0, 1}
    assert all(model_count(families.planted_ksat(12, 70, 3, seed=seed), 1) for seed in range(10))


def test_the_first_example_of_the_readme() -> None:
    formula = families.random_ksat(20, 85, 3, seed=1)
    assert is_uniform_width(formula, 20, 85, 3)
    assert formula == families.random_ksat(20, 85, 3, seed=1)


@pytest.mark.parametrize(
    ("n", "m", "k"),
    [(20, 85, 3), (24, 102, 3), (20, 40, 3), (10, 14, 3), (24, 28, 3), (5, 5, 1), (8, 9, 2), (6, 63, 6)],
)
def test_unique_formulas_keep_their_shape_and_have_one_model_or_none(n: int, m: int, k: int) -> None:
    counts = []
    for seed in range(12):
        formula, free = (families.random_ksat(n, m, k, seed=seed, unique=unique) for unique in (True, False))
        assert is_uniform_width(formula, n, m, k)
        counts.append(model_count(formula, 2))
        assert counts[-1] == model_count(free, 1), "an unsatisfiable draw stays as it is, a satisfiable one satisfiable"
        if not counts[-1]:
            assert formula == free
        planted = families.planted_ksat(n, m, k, seed=seed, unique=True)
        assert is_uniform_width(planted, n, m, k)
        assert model_count(planted, 2) == 1
    assert 1 in counts


def test_unique_formulas_keep_most_of_the_draw() -> None:
    """Exchange, not replacement: at the threshold most clauses are those that were drawn."""
    for seed in range(10):
        free = families.planted_ksat(20, 85, 3, seed=seed)
        kept = set(families.planted_ksat(20, 85, 3, seed=seed, unique=True).clauses) & set(free.clauses)
        assert len(kept) >= 60


def test_unique_with_the_fewest_clauses_that_force_a_model() -> None:
    for n, k in itertools.product(range(1, 8), range(1, 5)):
        if k <= n:
            m = n + 2**k - 1 - k
            assert model_count(families.planted_ksat(n, m, k, seed=1, unique=True)) == 1
            with pytest.raises(BadInput, match=f"give m >= .* = {m} clauses"):
                families.planted_ksat(n, m - 1, k, seed=1, unique=True)


# structured formulas


@pytest.mark.parametrize("holes", [1, 2, 3, 4, 5])
def test_pigeonhole(holes: int) -> None:
    formula = families.pigeonhole(holes)
    pairs = holes * math.comb(holes + 1, 2)
    assert (formula.n, len(formula.clauses)) == (holes * (holes + 1), holes + 1 + pairs)
    assert model_count(formula, 1) == 0
    assert model_count(CNF(formula.n, formula.clauses[1:]), 1) == 1, "one pigeon fewer fits"


@pytest.mark.parametrize("n", [2, 3, 4, 7, 10])
def test_parity(n: int) -> None:
    for seed in range(5):
        odd, even = families.parity(n, seed=seed), families.parity(n, seed=seed, odd=False)
        assert is_uniform_width(odd, n, 2 * n, 2)
        assert is_uniform_width(even, n, 2 * n, 2)
        assert model_count(odd) == 0
        models = [witness for witness in even.witnesses() if even.accepts(witness)]
        assert len(models) == 2
        assert all(x + y == 1 for x, y in zip(*models, strict=True))


def test_colouring_is_satisfiable_iff_the_graph_is_colourable() -> None:
    answers = []
    for seed in range(20):
        formula = families.colouring(6, 11, 3, seed=seed)
        assert (formula.n, len(formula.clauses)) == (18, 6 + 11 * 3)
        edges = {(-clause[0] - 1) // 3 * 10 + (-clause[1] - 1) // 3 for clause in formula.clauses[6:]}
        graph = networkx.Graph((edge // 10, edge % 10) for edge in edges)
        assert graph.number_of_edges() == 11
        colourable = any(
            all(colours[v] != colours[w] for v, w in graph.edges) for colours in itertools.product(range(3), repeat=6)
        )
        assert model_count(formula, 1) == colourable
        answers.append(colourable)
    assert len(set(answers)) == 2


def test_colouring_at_the_ends() -> None:
    assert model_count(families.colouring(5, 0, 1, seed=1)) == 1
    assert model_count(families.colouring(4, 6, 3, seed=1), 1) == 0
    assert model_count(families.colouring(4, 6, 4, seed=1), 1) == 1


# vectors


@pytest.mark.parametrize("density", [0.0, 0.25, 0.5, 1.0])
def test_random_ov_density(density: float) -> None:
    problem = families.random_ov(100, 90, 130, density, seed=2)
    assert problem.size == {"n": 100, "m": 90, "d": 130}
    for rows in (problem.A, problem.B):
        entries = rows.n * rows.d
        assert abs(rows.weights.sum() - density * entries) <= 5 * math.sqrt(entries * density * (1 - density))


def test_planted_ov_is_always_yes() -> None:
    for seed in range(20):
        assert answer(families.planted_ov(5, 6, 80, 0.9, seed=seed))
        assert not answer(families.random_ov(5, 6, 80, 0.9, seed=seed))


def test_planted_ov_changes_one_pair() -> None:
    free, planted = families.random_ov(9, 8, 70, seed=4), families.planted_ov(9, 8, 70, seed=4)
    changed = [np.any(x.words != y.words, axis=1) for x, y in ((free.A, planted.A), (free.B, planted.B))]
    assert [int(rows.sum()) for rows in changed] == [1, 1]
    i, j = (int(rows.argmax()) for rows in changed)
    assert planted.accepts((i, j))
    assert not free.accepts((i, j))
    common = free.A.words[i] & free.B.words[j]
    assert np.array_equal(free.A.words[i] & ~planted.A.words[i] | free.B.words[j] & ~planted.B.words[j], common)


@pytest.mark.parametrize("yes", [True, False])
@pytest.mark.parametrize(("n", "m", "d"), [(1, 1, 1), (1, 1, 64), (5, 9, 20), (40, 30, 100), (64, 64, 65)])
def test_random_hamming_keeps_its_promise_with_the_answer_asked_for(n: int, m: int, d: int, yes: bool) -> None:
    for seed in range(5):
        problem = families.random_hamming(n, m, d, seed=seed, yes=yes)
        assert {letter: problem.size[letter] for letter in "nmd"} == {"n": n, "m": m, "d": d}
        distances = (problem.A.bools()[:, None, :] ^ problem.B.bools()[None, :, :]).sum(axis=2)
        nearest = distances.min(axis=1)
        assert not np.any((problem.t < nearest) & (nearest < problem.t2))
        assert np.any(nearest <= problem.t) == yes == answer(problem)
        assert problem.promised()


def test_random_hamming_without_such_an_instance() -> None:
    with pytest.raises(BadInput, match=r"n = 64, m = 64, d = 2: no NO instance in 64 draws: raise d"):
        families.random_hamming(64, 64, 2, seed=1, yes=False)


def test_planted_hamming() -> None:
    for seed in range(10):
        problem = families.planted_hamming(12, 20, 100, 7, 30, seed=seed)
        assert problem.size == {"n": 12, "m": 20, "d": 100, "t": 7, "t2": 30}
        distances = (problem.A.bools()[:, None, :] ^ problem.B.bools()[None, :, :]).sum(axis=2)
        near = (distances.min(axis=1) < 30).nonzero()[0]
        assert len(near) == 1
        assert (distances[near[0]] == 7).any()
        assert problem.promised()
        assert answer(problem)


def test_planted_hamming_that_is_too_rare() -> None:
    with pytest.raises(BadInput, match=r"t2 = 60, m = 20, d = 100: only 0 of 256 .*: lower t2 or m, or raise d"):
        families.planted_hamming(4, 20, 100, 7, 60, seed=1)


def test_types() -> None:
    kinds = {"ksat": CNF, "pigeonhole": CNF, "parity": CNF, "colouring": CNF, "ov": OrthogonalVectors}
    for name, parameters in SMALL.items():
        assert type(make(name, **parameters)) is kinds.get(name.split("-")[-1], GapHamming)


# the registry


@pytest.mark.parametrize(
    ("family", "given", "arguments"),
    [
        ("random-ksat", {"seed": 7, "n": 10, "ratio": 4.26}, {"n": 10, "m": 43, "k": 3, "seed": 7, "unique": False}),
        ("random-ksat", {"m": 5}, {"m": 5, "k": 3, "seed": 0, "unique": False}),
        ("planted-ov", {"n": 4, "ratio": 2.0, "quux": 1}, {"n": 4, "m": 8, "density": 0.5, "seed": 0, "quux": 1}),
        ("pigeonhole", {"k": 4}, {"k": 4}),
    ],
)
def test_arguments_of_a_family(family: str, given: dict[str, Any], arguments: dict[str, Any]) -> None:
    found = family_named(family).arguments(given)
    assert list(found.items()) == list(arguments.items())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n": 4, "m": 5, "ratio": 3.0}, "CLAUSES and RATIO: give one of the two"),
        ({"ratio": 3.0}, "RATIO 3.0: it needs VARS"),
        ({"n": 4, "ratio": -1.0}, "RATIO -1.0 with VARS 4: that is no number of clauses"),
        ({"n": 4, "ratio": float("nan")}, "RATIO nan with VARS 4: that is no number of clauses"),
        ({"n": 10**6, "ratio": 1e3}, "RATIO 1000.0 with VARS 1000000: that is no number of clauses"),
    ],
)
def test_arguments_of_no_formula(given: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput) as caught:
        family_named("random-ksat").arguments(given, {"n": "VARS", "m": "CLAUSES", "ratio": "RATIO"})
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("random-sat", {}, "there is no family 'random-sat': did you mean random-ksat?"),
        ("xyzzy", {}, "there is no family 'xyzzy': choose from random-ksat, planted-ksat, pigeonhole"),
        ("pigeonhole", {"hole": 3}, "pigeonhole has no parameter 'hole': did you mean holes?"),
        ("parity", {"n": 3, "seed": 1, "quux": 3}, "parity has no parameter 'quux': choose from n, seed, odd"),
        ("random-ksat", {"n": 3, "m": 3, "seed": 1}, "random-ksat needs k: give it"),
        ("random-ksat", {"k": 3}, "random-ksat needs n and m and seed: give them"),
        ("pigeonhole", {"holes": 2.5}, "pigeonhole has holes = 2.5: give a whole number"),
        ("pigeonhole", {"holes": "4"}, "pigeonhole has holes = '4': give a whole number"),
        ("pigeonhole", {"holes": True}, "pigeonhole has holes = True: give a whole number"),
        ("parity", {"n": 3, "seed": 1, "odd": 1}, "parity has odd = 1: give true or false"),
        ("random-ov", {**SMALL["random-ov"], "density": True}, "random-ov has density = True: give a number"),
        ("pigeonhole", {"holes": 0}, "holes = 0: it must be at least 1"),
        ("pigeonhole", {"holes": 999}, "a formula of 999000 variables and 999000000 literals: take smaller parameters"),
        ("pigeonhole", {"holes": 10**9}, "literals: take smaller parameters, at most 1000000 variables and 10000000"),
        (
            "random-ksat",
            {**SMALL["random-ksat"], "k": 9},
            "k = 9 and n = 8: a clause has k distinct variables, so k <= n",
        ),
        ("random-ksat", {**SMALL["random-ksat"], "k": 0}, "k = 0: it must be at least 1"),
        ("random-ksat", {**SMALL["random-ksat"], "n": -1}, "n = -1: it must be at least 1"),
        ("random-ksat", {**SMALL["random-ksat"], "m": -1}, "m = -1: it must be at least 0"),
        ("random-ksat", {**SMALL["random-ksat"], "m": 10**9}, "a formula of 8 variables and 3000000000 literals"),
        ("random-ksat", {**SMALL["random-ksat"], "n": 10**7}, "a formula of 10000000 variables and 90 literals"),
        ("random-ksat", {**SMALL["random-ksat"], "seed": -1}, "seed = -1: it must be at least 0"),
        (
            "random-ksat",
            {"n": 200, "m": 850, "k": 3, "seed": 1, "unique": True},
            "unique with n = 200: a single model is",
        ),
        (
            "random-ksat",
            {"n": 20, "m": 23, "k": 3, "seed": 1, "unique": True},
            "give m >= n + 2^k - 1 - k = 24 clauses",
        ),
        ("parity", {"n": 1, "seed": 1}, "n = 1: it must be at least 2"),
        (
            "colouring",
            {"n": 4, "edges": 7, "colours": 3, "seed": 1},
            "edges = 7: a graph on n = 4 vertices has 0 to 6 edges",
        ),
        ("colouring", {"n": 4, "edges": 3, "colours": 0, "seed": 1}, "colours = 0: it must be at least 1"),
        ("colouring", {"n": 10**6, "edges": 3, "colours": 3, "seed": 1}, "a formula of 3000000 variables"),
        ("random-ov", {**SMALL["random-ov"], "density": 1.5}, "density = 1.5: it is a probability, from 0 to 1"),
        ("random-ov", {**SMALL["random-ov"], "density": math.nan}, "density = nan: it is a probability, from 0 to 1"),
        ("random-ov", {**SMALL["random-ov"], "n": 0}, "n = 0: it must be at least 1"),
        ("random-ov", {**SMALL["random-ov"], "n": 10**12}, "n = 1000000000000, m = 7, d = 9: take smaller parameters"),
        ("planted-ov", {**SMALL["planted-ov"], "d": 10**6}, "take smaller parameters, d <= 65536"),
        (
            "random-hamming",
            {"n": 10**6, "m": 10**6, "d": 9, "seed": 1},
            "take smaller parameters, d <= 65536, n d and m d",
        ),
        (
            "planted-hamming",
            {**SMALL["planted-hamming"], "t": 8},
            "t = 8 and t2 = 8 with d = 40: they must satisfy 0 <= t",
        ),
        ("planted-hamming", {**SMALL["planted-hamming"], "t": -1}, "t = -1 and t2 = 8 with d = 40"),
    ],
)
def test_bad_input(name: str, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput) as caught:
        make(name, **parameters)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_numpy_numbers_are_numbers() -> None:
    numbers: dict[str, Any] = {"n": np.int64(3), "m": np.uint8(3), "d": 4, "density": np.float64(0.5)}
    plain = make("random-ov", n=3, m=3, d=4, density=0.5, seed=1)
    assert make("random-ov", **numbers, seed=1).identity == plain.identity
    assert make("random-ov", n=3, m=3, d=4, density=1, seed=1).size == {"n": 3, "m": 3, "d": 4}
    assert make("parity", n=3, seed=1, odd=bool(np.True_)).identity == make("parity", n=3, seed=1).identity
