"""Kernels against checks: the worst of each group, what was not asked, which columns there are, and the words above them."""

from typing import Any

import pytest

from hardlab.conformance.report.rows import GROUPS, Cell, Row, blamed, cells, columns, heading, row_of
from hardlab.conformance.result import FAILED


def check(name: str, status: str, reason: str = "") -> dict[str, Any]:
    return {"name": name, "status": status, "reason": reason}


def cell(*statuses: str, reasons: tuple[str, ...] = ()) -> Cell:
    """Of checks of one group with these."""
    given = [check("heads/x", status, reason) for status, reason in zip(statuses, reasons or [""] * len(statuses), strict=True)]
    [found] = cells(given).values()
    return found


ORDER = (*FAILED, "passed", "beyond", "declined")


def test_the_worst_is_shown_with_how_many_failed_of_those_asked() -> None:
    for place, status in enumerate(ORDER):
        others = ORDER[place + 1 :]
        failed = sum(each in FAILED for each in (status, *others))
        assert cell(*others, "skipped", status) == Cell(status, failed, 1 + len(others))
    assert str(Cell("wrong", 2, 5)) == "wrong 2/5"
    assert str(Cell("passed", 0, 5)) == "passed"


@pytest.mark.parametrize(
    ("reasons", "status"),
    [
        (("window is not offered: why",), "not offered"), (("it is about others",), "not asked"),
        (("window is not offered: why", "it is about others"), "not offered"), (("not offered",), "not asked"),
    ],
)  # fmt: skip
def test_what_was_not_asked(reasons: tuple[str, ...], status: str) -> None:
    assert cell(*["skipped"] * len(reasons), reasons=reasons) == Cell(status)


def test_groups_in_their_order() -> None:
    given = {"zzz/1": "passed", "long": "wrong", "keys/n=5": "passed", "late/x": "passed"}
    found = cells([check(name, status) for name, status in given.items()])
    assert list(found) == ["keys", "long", "zzz"]
    assert found["long"] == Cell("wrong", 1, 2)
    names = [name for names in GROUPS.values() for name in names]
    assert len(set(names)) == len(names)
    for group, members in GROUPS.items():
        assert list(cells([check(f"{name}/x", "passed") for name in members])) == [group]


def row(verdict: str = "conformant", **of: Cell) -> Row:
    return Row("t", "plain", "float32", verdict=verdict, cells=of)


def test_columns_that_say_something_and_those_that_do_not() -> None:
    some = [
        row(keys=Cell("passed"), windows=Cell("not offered"), newer=Cell("wrong")),
        row(windows=Cell("not asked"), masks=Cell("not offered"), values=Cell("declined")),
        row(masks=Cell("passed")),
    ]
    assert columns(some) == (["values", "keys", "masks", "newer"], ["windows"])
    assert columns([]) == ([], [])
    assert columns([row(odd=Cell("not asked"))]) == ([], ["odd"])


def test_the_line_above() -> None:
    assert heading([row()]) == "1 check of a kernel: 1 conformant"
    some = [row("wrong"), row(), row("wrong"), row("missing")]
    assert heading(some) == "4 checks of kernels: 2 wrong, 1 conformant, 1 missing"
    assert heading([row()] * 1234) == "1,234 checks of kernels: 1,234 conformant"
    assert heading([]) == "0 checks of kernels: "
    assert [each.verdict for each in blamed([*some, row("declined")])] == ["wrong", "wrong", "declined"]


def test_the_row_of_a_record() -> None:
    found = row_of({
        "target": "mine.py:f", "verdict": "wrong", "command": "again",
        "conventions": {"dtype": "float16", "convention": "sdpa"},
        "checks": [check("heads/x", "wrong", "off"), check("keys", "passed")],
    })  # fmt: skip
    assert found.names == ("mine.py:f", "sdpa", "float16")
    assert (found.verdict, found.command, found.explained) == ("wrong", "again", [])
    assert found.cells == {"keys": Cell("passed", 0, 1), "heads": Cell("wrong", 1, 1)}
    assert found.reason == "One check of 2 is to blame, first heads/x: off."
    bare = row_of({})
    assert (bare.target, bare.convention, bare.dtype, bare.verdict, bare.command, bare.cells) == (
        "a kernel without a name", "plain", "", "", "", {},
    )  # fmt: skip
    apart = Row("t", "plain", "float32", "seed 3")
    assert (apart.name, apart.names) == ("t (plain, float32, seed 3)", ("t (seed 3)", "plain", "float32"))
    assert (row().name, Row("t", "", "x").name) == ("t (plain, float32)", "t (x)")
