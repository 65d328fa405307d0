"""The grammar of DIMACS files of `instances.dimacs`: what CaDiCaL accepts, what counts as a number, what is said."""

import re
import warnings

import pytest

from instances import dimacs
from instances.cnf import CNF
from instances.faults import BadInput, Remark
from tests.support.dimacs import refused

TWO = CNF(3, ((1, -2), (3,)))


@pytest.mark.parametrize(
    "text",
    [
        "p cnf 3 2\n1 -2 0 c first\n3 0\n",
        "p cnf 3 2\n1 -2 0c first\n3 0c\n",
        "p cnf 3 2\n1 c 9 9 0\n-2 0 comment\n3 0 c 0 0\n",
        "p cnf 3 2\n1c\n-2c % 0\n0 3 0",
        "  c blanks before\n\n \t p cnf 3 2\n1 -2 0\n3 0\n",
        "p\ncnf\n\n3\n2\n1 -2 0\n3 0\n",
        "p cnf 3\n2\n1 -2 0\n3 0\n",
        "p cnf 003 02 \t\n1 -2 00\n3 -0\n",
        "p cnf 3 2\n01 -02 -00\n003 000\n",
        "p cnf 3 2\n1 -2 0\n3 0\n\x1a",
        "p cnf 3 2\r\n1 -2 0\r\n3 0\r\n\x1a\x1a\r\n\x1a",
        "p cnf 3 2\n1 -2 0 3\x1a",
    ],
)
def test_what_cadical_accepts_and_a_little_more(text: str) -> None:
    assert dimacs.parse(text) == TWO


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("p cnf 3 1\n1 +2 0\n", "f.cnf, line 2: '+2' is not a literal: a positive one is written without its sign"),
        ("p cnf 3 1\n1 2 +0\n", "'+0' is not a literal"),
        ("p cnf 3 1\n1 --2 0\n", "'--2' is not a literal: literals are integers"),
        ("p cnf 3 1\n1 - 2 0\n", "'-' is not a literal"),
        ("p cnf 3 1\n1 2- 0\n", "'2-' is not a literal"),
        ("p cnf 3 1\n1 2d 0\n", "'2d' is not a literal"),
        ("p cnf 3 1\n1 xc 0\n", "'xc' is not a literal"),
        ("p cnf 3 1\n1 -c 0\n", "'-c' is not a literal"),
        ("p cnf 3 1\n1 4c 0\n", "the literal '4' is out of range"),
        ("p cnf 3 1\n1 C 0\n", "'C' is not a literal"),
        ("p cnf 3 2 c two\n1 0 2 0\n", "'p cnf 3 2 c two' is not a header: write 'p cnf VARIABLES CLAUSES'"),
        ("c\np cnf\n3\nc\n2\n", "line 2: the header announces 'c' clauses"),
        ("p\n", "line 1: 'p' is not a header: write"),
        ("p\ncnf 1\n", "line 1: 'p cnf 1' is not a header: write"),
        ("P cnf 1 0\n", "'P' comes before the header"),
        ("p CNF 1 0\n", "'p CNF 1 0' is not a header: write 'p cnf VARIABLES CLAUSES'"),
        ("p cnf 3 1\n1 \x1a 0\n", "line 2: binary content"),
        ("p cnf 3 1\n1 0\n\x1aMore\n", "line 3: binary content"),
        ("\x1a", "an empty file"),
        ("1 0\np cnf 1 1\n1 0\n", "f.cnf, line 1: '1' comes before the header: start the formula with"),
    ],
)
def test_what_it_refuses(text: str, message: str) -> None:
    assert message in refused(text)


def test_many_end_marks_take_no_time() -> None:
    assert dimacs.parse("p cnf 3 2\n1 -2 0 3 0\n" + "\x1a" * 300_000) == TWO
    assert "binary" in refused("p cnf 3 2\n1 -2 0 3 0\n" + "\x1a" * 300_000 + "x")


# ------------------------------------------------------------------------------------------------------ another count


@pytest.mark.parametrize("announced", [0, 1, 3, 10**17])
@pytest.mark.parametrize("ending", ["0\n", ""])
def test_a_lenient_reading_says_what_is_wrong(announced: int, ending: str) -> None:
    text = f"c\np cnf 3 {announced}\n1 -2 0\n3 {ending}"
    assert "--lenient, lenient=True" in refused(text)
    with pytest.warns(Remark, match=f"^f.cnf, line 2: the header announces {announced} clauses and the file has 2") as said:
        assert dimacs.parse(text, "f.cnf", lenient=True) == TWO
    assert len(said) == 1


def test_a_lenient_reading_is_lenient_in_nothing_else() -> None:
    assert dimacs.parse("p cnf 3 2\n1 -2 0\n3 0\n", lenient=True) == TWO
    for text in ("p cnf 3 1\n4 0\n", "p cnf 3 1\n1 +2 0\n", "1 0\n", "p wcnf 1 1\n", "p cnf 3 x\n"):
        with pytest.raises(BadInput):
            dimacs.parse(text, lenient=True)


# --------------------------------------------------------------------------------------------------- what is dropped


@pytest.mark.parametrize(
    ("comments", "said"),
    [
        ("c p show 1 2 0\n", "a projection (line 1: c p show ...)"),
        ("c ind 1 2 0\nc ind 3 0\n", "a projection (line 1: c ind 1 ...)"),
        ("c t wmc\nc p weight 1 0.4 0\nc p weight -1 0.6 0\n", "weights (line 2: c p weight ...)"),
        ("c p weight 1 0.4 0\nc p show 1 0\n", "weights (line 1: c p weight ...), a projection (line 2: c p show ...)"),
    ],
)
@pytest.mark.parametrize("behind", [False, True])
def test_weights_and_projections_are_said_to_be_dropped_once(comments: str, said: str, behind: bool) -> None:
    formula = "p cnf 3 2\n1 -2 0\n3 0\n"
    shift = 3 if behind else 0
    said = re.sub(r"line (\d)", lambda found: f"line {int(found[1]) + shift}", said)
    with pytest.warns(Remark) as caught:
        assert dimacs.parse(formula + comments if behind else comments + formula, "f.cnf") == TWO
    assert [str(one.message) for one in caught] == [f"f.cnf: {said}: dropped, the formula alone is read"]


@pytest.mark.parametrize("comment", ["c p", "c p cnf 1 2", "c ind", "c index 3", "c show 1", "cp show 1 0", "c p showing 1"])
def test_other_comments_are_comments(comment: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if comment != "c ind":
            assert dimacs.parse(f"{comment}\np cnf 3 2\n1 -2 0\n3 0\n") == TWO


def test_nothing_is_said_of_a_file_that_is_refused() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        refused("c p show 1 0\np cnf 3 2\n1 -2 0\n")
