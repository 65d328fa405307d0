"""Commands that make a check again."""

import pytest

from hardlab.cli.repeating import command_given, command_of
from hardlab.kernels.kernel import Conventions


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (None, "hardlab"),
        ([], "hardlab"),
        (["check", "a b.py"], "hardlab check 'a b.py'"),
        (["check", "f", "--only", "heads", "--quick"], "hardlab check f --quick"),
        (["check", "f", "--only=heads", "--quick"], "hardlab check f --quick"),
        (["check", "--json", "f", "-q", "--quiet"], "hardlab check f"),
        (["check", "--report", "r.html", "--markdown=m", "--counterexamples", "c", "f", "-v"], "hardlab check f -v"),
        (["check", "--seed-of-check", "7", "f"], "hardlab check f"),
        (["check", "f", "--report"], "hardlab check f"),
    ],
)  # fmt: skip
def test_the_command_as_it_was_given(words: list[str] | None, kept: str) -> None:
    assert command_given(words) == kept


def test_the_command_of_one_kernel() -> None:
    assert command_of("a b", Conventions(dtype="float16")) == "hardlab check 'a b' --dtype float16"
    how = Conventions(convention="heads", scale="1/d", backward="m:f", dtype="float32")
    assert command_of("f", how) == "hardlab check f --dtype float32 --convention heads --scale 1/d --backward m:f"
