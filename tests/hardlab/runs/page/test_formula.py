"""Which clauses and variables of a formula are drawn, and how wide."""

import pytest

from hardlab.runs.page import formula as module
from hardlab.runs.page.formula import clause_words, drawn, seen
from hardlab.runs.page.lighting import Lights
from instances.cnf import CNF


@pytest.mark.parametrize(("whole", "shown"), [(1, 1), (3, 1), (4, 2), (5, 2), (6, 3), (99, 3)])
def test_clauses_as_far_as_there_are_literals(whole: int, shown: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first in any case, of each its first literals, then those with which the limit is not passed."""
    monkeypatch.setattr(module, "LITERALS", (2, whole))
    picture = seen(CNF(3, ((1, 2, 3), (1, -2), (-3, 2, 1))), {}, {})
    assert picture["clauses"] == [[1, 2], [1, -2], [-3, 2]][:shown]


def test_false_clauses() -> None:
    """Those of all, by number; a witness is bits."""
    of = CNF(3, ((1, 2), (-1,), (3,), (-2, -3)))
    ways = {4: (1, 0, 0), 5: (0, 0, 1), 7: (1, 1, 1)}
    picture = seen(of, ways, {})
    for row, witness in ways.items():
        false = [c for c, clause in enumerate(of.clauses) if all(witness[abs(x) - 1] == (0 if x > 0 else 1) for x in clause)]
        assert picture["false"][str(row)] == {"count": len(false), "clauses": false}
        assert picture["values"][str(row)] == "".join(map(str, witness))


@pytest.mark.parametrize("count", [1, 10, 16, 17, 18, 20, 25, 27, 30, 33, 34, 43])
def test_a_clause_is_9_to_18_wide_and_all_are_300_where_that_can_be(count: int) -> None:
    opening = next(iter(drawn(seen(CNF(3, ((1,),) * count), {}, {}), Lights())))
    width = 18 if count <= 16 else 9 if count >= 34 else 300 // count
    assert f'width="{48 + width * count + 8}" height="{8 + 15 * 3 + 12}"' in opening


@pytest.mark.parametrize(
    ("n", "parts", "variables"),
    [
        (3, {}, [1, 2, 3]),
        (4, {}, [2, 4]),  # of more than three those that occur
        (3, {0: ((2,), (-1, 3))}, [2, 1, 3]),
        (4, {0: ((-4, 1), (3, 2))}, [4, 2]),
        (3, {0: ((3,), ())}, [1, 2, 3]),  # a row that leaves out a variable
    ],
)
def test_variables(n: int, parts: dict[int, module.Parts], variables: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the left, then of the right, then in rising order; at most three here."""
    monkeypatch.setattr(module, "VARIABLES", 3)
    assert seen(CNF(n, ((2, -min(n, 4)),)), {}, parts)["variables"] == variables


def test_clauses_in_words() -> None:
    assert clause_words((1, -23)) == "x1 ∨ ¬x23"
    assert clause_words(()) == "the empty clause, which nothing makes true"
