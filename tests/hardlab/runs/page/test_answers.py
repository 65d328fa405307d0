"""Where answers are drawn, which regions are shown, and what the legend says."""

import re
from typing import Any

import pytest

from hardlab.runs.page.answers import Answers, Frame
from hardlab.runs.page.lighting import Lights

FRAME = Frame(124.0, 200.0, 10.0, 6.0, 20.0, 30.0)


def answers(*given: float | None, decided: int | None = None, lit: tuple[int, ...] = (), **more: Any) -> Answers:
    found = {"rows": list(range(len(given))), "given": list(given), "low": 0.0, "high": 1.0, "of": len(given)}
    found |= {"sides": ["between"] * len(given), "logarithmic": False, **more}
    return Answers(found, decided, Lights(lit), FRAME)


@pytest.mark.parametrize(
    ("of", "least", "most"),
    [
        (answers(0.25), 0.0, 1.0),
        (answers(0.25, -2.0), -2.0, 1.0),
        (answers(3.0, None), 0.0, 3.0),
        (answers(0.5, exact={"0": 4.0}), 0.0, 4.0),
        (answers(0.5, no=-1.0, yes=2.0), -1.0, 2.0),
        (answers(0.5, no="none", yes=float("inf")), 0.0, 1.0),
        (answers(25.0, -24.0), -24.0, 25.0),
        (answers(27.0, -26.0), -25.0, 26.0),
        (answers(99.0, -99.0, low=0.5, high=1.5), -24.5, 26.5),
        (answers(0.5, no=True, yes=True, low=0.0, high=0.5), 0.0, 0.5),
    ],
)
def test_the_range_has_a_little_room_and_an_end(of: Answers, least: float, most: float) -> None:
    """All that is known, but 25 times high - low beyond the thresholds at most, and 6 in 100 more on either side."""
    room = 0.06 * (most - least)
    assert of.range == pytest.approx((least - room, most + room), rel=1e-12)


def test_equal_thresholds_have_a_range() -> None:
    assert answers(2.0, low=2.0, high=2.0).range == (1.0, 3.0)
    assert answers(0.0, low=0.0, high=0.0).range == (-1e-300, 1e-300)


def test_places() -> None:
    """Rows from 8 right of the axis to 8 before the margin; values from the bottom up; what is none or outside at an end."""
    of = answers(0.0, 1.0, None, 0.5)
    assert of.span == 3
    assert [of.x(row) for row in (0, 3)] == [18.0, 110.0]
    assert of.x(1) == pytest.approx(18 + 92 / 3)
    assert (answers(0.5).x(0), answers(0.5, 0.5).x(1), answers().span) == (18.0, 110.0, 0)
    least, most = of.range
    assert [of.y(value) for value in (least, most, least - 1, most + 1)] == [170.0, 20.0, 170.0, 20.0]
    assert of.y(0.25) == pytest.approx(170 - 150 * (0.25 - least) / (most - least))
    assert (of.height(None), of.height(most)) == (170.0, 20.0)


def bands(of: Answers) -> list[str]:
    return re.findall(r'class="band (\w+)"', "".join(of.marks()))


def test_regions_of_what_is_promised() -> None:
    """Shown where any of them lies within the drawing."""
    assert bands(answers(0.5)) == []
    assert bands(answers(0.5, no=0.25, yes=0.75)) == ["yes", "no"]
    least, most = answers(99.0, -99.0).range
    for end, shown in ((1.0, True), (0.0, False), (-1.0, False)):
        assert bands(answers(99.0, -99.0, yes=most - end)) == ["yes"] * shown
        assert bands(answers(99.0, -99.0, no=least + end)) == ["no"] * shown


@pytest.mark.parametrize(("height", "apart"), [(65.0, False), (66.0, True)])
def test_names_that_would_touch_are_moved_apart(height: float, apart: bool) -> None:
    """By 14 at least: low and high are 1/1.12 of what the margins leave of the height apart."""
    of = Answers(answers(0.5).found, None, Lights(), Frame(124.0, height, 10.0, 6.0, 20.0, 30.0))
    between = (height - 50) / 1.12
    assert (between > 14) == apart
    middle = 20 + (height - 50) / 2 + 4
    above, below = (float(y) for y in re.findall(r'class="end" x="5" y="([\d.]+)"', "".join(of._names())))
    each = max(between, 14) / 2
    assert (above, below) == pytest.approx((middle - each, middle + each), abs=0.051)


def test_what_is_drawn_of_a_row() -> None:
    """A cross where it is wrong, a larger dot where it decided, a ring where the exact output is known."""
    drawn = [*answers(0.25, 0.5, None, decided=1, wrong=[0], exact={"2": 0.75}, lit=(0, 1)).marks()][-3:]
    assert [("cross" in row, 'r="3.4"' in row, 'r="2.2"' in row, "exact" in row) for row in drawn] == [
        (True, False, False, False),
        (False, True, False, False),
        (False, False, True, True),
    ]
    assert ["<a href" in row for row in drawn] == [True, True, False]
    assert "row 2: answered nothing finite, exactly 0.75" in drawn[2]


def test_the_legend() -> None:
    """The promised ends where both are finite, the cross where there is one."""
    cases: tuple[tuple[dict[str, Any], bool], ...] = (
        ({}, False), ({"no": 0.25}, False), ({"yes": 0.75}, False), ({"no": 0.25, "yes": float("inf")}, False),
        ({"no": float("nan"), "yes": 0.75}, False), ({"no": 0.25, "yes": 0.75}, True),
    )  # fmt: skip
    for ends, told in cases:
        said = "".join(answers(0.5, **ends)._legend())
        promised = "; with the error that was promised, answers up to 0.25 are NO and from 0.75 on YES."
        assert said.removesuffix("</p>").endswith(promised if told else "at least high = 1 (YES).")
        assert re.findall(r'class="(\w+)" cx="5" cy="5" r="(\d)"', said) == [("dot", "3"), ("exact", "4")]
        assert "at most low = 0 (NO) or at least high = 1 (YES)" in said
        assert "wrong side" not in said
    assert "an answer on the wrong side" in "".join(answers(0.5, wrong=[0])._legend())


def test_the_words() -> None:
    of = answers(0.5, None, 2.0, wrong=[2], exact={"2": 0.0}, sides=["between", None, "yes"], lit=(0, 1, 2))
    assert re.sub(r"<[^>]*>", "", "|".join(of._said())) == (
        "Row 0 answers 0.5: by that, between low and high.|Row 1 answers nothing finite: by that, no number.|"
        "Row 2 answers 2, exactly 0: by that, YES. This answer is wrong."
    )
    assert answers(0.5).whole == "all 1 row"
    assert answers(0.5, of=1234).whole == "1 of 1,234 rows: a sample"


def test_the_whole_drawing() -> None:
    """What is answered, on how many rows; the first row and the last below it."""
    for more, caption in (
        ({}, "What the algorithm answered, on all 2 rows"),
        ({"logarithmic": True}, "What the algorithm answered (natural logarithms), on all 2 rows"),
        ({"of": 9}, "What the algorithm answered, on 2 of 9 rows: a sample, with those of the largest outputs"),
    ):
        drawn = "".join(answers(0.25, 0.75, **more).drawn())
        assert f"<figcaption>{caption}</figcaption>" in drawn
        assert '<text class="faint" x="10" y="194">row 0</text>' in drawn
        assert '<text class="faint end" x="118" y="194">row 1</text>' in drawn
