"""Rungs that can be drawn, and when rounding is to blame: each condition from both sides."""

from typing import Any

import pytest

from hardlab.conformance.report.points import first_ends, lost_by_rounding, points

AXES = {"n": 64, "B": 2.5, "R0": 4.0, "construction": "T5", "family": "worst"}


def record(*checks: dict[str, Any]) -> dict[str, Any]:
    return {"checks": [{"axes": AXES, "demanded": 0.5, "delivered": 0.25, "status": "beyond", **check} for check in checks]}


def test_what_is_drawn_of_a_rung() -> None:
    [point] = points(record({}))
    assert (point.construction, point.family, point.n, point.B, point.R0) == ("T5", "worst", 64, 2.5, 4.0)
    assert (point.demanded, point.delivered, point.status) == (0.5, 0.25, "beyond")


@pytest.mark.parametrize(
    ("check", "is_drawn"),
    [
        ({"axes": {**AXES, "n": 1}}, True), ({"axes": {**AXES, "n": 0.5}}, False), ({"axes": {**AXES, "n": None}}, False),
        ({"axes": {**AXES, "B": 0}}, False), ({"axes": {**AXES, "B": None}}, False), ({"axes": {**AXES, "B": 1e-9}}, True),
        ({"axes": {"n": 4, "B": 1.0}}, True), ({"axes": None}, False), ({"demanded": None}, True), ({"delivered": None}, True),
        ({"demanded": None, "delivered": None}, False),
    ],
)  # fmt: skip
def test_which_rungs_are_drawn(check: dict[str, Any], is_drawn: bool) -> None:
    assert bool(points(record(check))) is is_drawn


@pytest.mark.parametrize(
    ("check", "lost"),
    [
        ({}, True), ({"delivered": 0.5}, False), ({"delivered": 0.499}, True), ({"status": "passed"}, False),
        ({"demanded": None}, False), ({"delivered": None}, False), ({"delivered": "inf"}, False),
    ],
)  # fmt: skip
def test_when_rounding_is_to_blame(check: dict[str, Any], lost: bool) -> None:
    """An error of less than is demanded, in a rung that is beyond; one such rung is enough."""
    assert lost_by_rounding(record(check)) is lost
    assert lost_by_rounding(record({"status": "passed"}, check)) is lost
    assert lost_by_rounding(record(check, {})) is True


def test_the_first_that_does_not_come_out_right_is_that_of_the_least_rows_and_entries() -> None:
    ends = [{"axes": {**AXES, "n": n, "B": B, "family": f"f{n}-{B}"}} for n, B in ((64, 1.0), (16, 3.0), (16, 2.0), (32, 0.5))]
    assert first_ends(record({"status": "passed"})) == ""
    said = first_ends(record({"status": "passed", "axes": {**AXES, "n": 2}}, *ends))
    assert said.startswith("beyond at ")
    assert said.endswith("(T5, f16-2.0)")
