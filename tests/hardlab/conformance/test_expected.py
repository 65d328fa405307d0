"""Failures that are expected, and the results that they are about."""

from pathlib import Path

import pytest

from hardlab.conformance.expected import LARGEST_FILE, expected_failures, matches, may_match
from instances.faults import BadInput

NAMES = ["keys/n=5", "heads", "decisions", "visibility/causal"]


@pytest.mark.parametrize(
    ("name", "pattern", "same"),
    [
        ("keys/n=5", "keys", True), ("keys/n=5", "keys/*", True), ("keys/n=5/x", "keys/n=5", True), ("keys/n=5", "key", False),
        ("keys/n=5", "keys/n=5/x", False), ("keys", "KEYS", False), ("keys", "k?ys", True), ("keys/x", "*", True),
        ("keys", "keys/*", False), ("a/b", "[ab]/b", True),
    ],
)  # fmt: skip
def test_patterns_are_of_a_name_or_of_what_it_begins_with(name: str, pattern: str, same: bool) -> None:
    assert matches(name, pattern) is same


@pytest.mark.parametrize(
    ("check", "pattern", "may"),
    [
        ("keys", "keys/n=5", True), ("keys", "keys", True), ("keys", "key", False), ("keys", "heads/n=5", False),
        ("visibility/causal", "visibility", True), ("visibility/causal", "visibility/causal/n=3", True),
        ("visibility/causal", "visibility/window/n=3", False), ("visibility/causal", "*/causal/*", True),
        ("keys", "*/x/y", True),
    ],
)  # fmt: skip
def test_a_pattern_may_be_of_a_longer_name(check: str, pattern: str, may: bool) -> None:
    assert may_match(check, pattern) is may


def file(folder: Path, text: str) -> Path:
    (folder / "expected.toml").write_text(text)
    return folder / "expected.toml"


def test_expected_failures_are_read_in_order(tmp_path: Path) -> None:
    text = '[[expected]]\ncheck = "keys/*"\nreason = "why"\n[[expected]]\ncheck = "heads"\nreason = " so "\n'
    assert expected_failures(file(tmp_path, text), NAMES) == [("keys/*", "why"), ("heads", " so ")]


ENTRY = '[[expected]]\ncheck = "keys"\nreason = "x"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x =", "write entries [[expected]]"),
        ("", "does not hold a list of expected failures"),
        ("expected = []", "does not hold a list"),
        ("expected = 3", "does not hold a list"),
        ("other = 1\n" + ENTRY, "does not hold a list"),
        ("expected = [1]", "1 is no expected failure"),
        ('[[expected]]\ncheck = "keys"', "is no expected failure"),
        (ENTRY + 'more = "x"', "is no expected failure"),
        ('[[expected]]\ncheck = "keys"\nreason = "  "', "is no expected failure"),
        ('[[expected]]\ncheck = "keys"\nreason = 3', "is no expected failure"),
        ('[[expected]]\ncheck = ""\nreason = "x"', "is no expected failure"),
        (ENTRY + '[[expected]]\ncheck = "nonsense"\nreason = "x"',
         "'nonsense' matches no check: a result has a name such as visibility/causal"),
        ("expected = " + "[" * 5000, "write entries"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_them(text: str, said: str, tmp_path: Path) -> None:
    path = file(tmp_path, text)
    with pytest.raises(BadInput) as caught:
        expected_failures(path, NAMES)
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)


def test_files_of_some_size(tmp_path: Path) -> None:
    assert len(expected_failures(file(tmp_path, ENTRY + "#" * (LARGEST_FILE - len(ENTRY))), NAMES)) == 1
    with pytest.raises(BadInput, match="give a file of expected failures"):
        expected_failures(file(tmp_path, ENTRY + "#" * (LARGEST_FILE - len(ENTRY) + 1)), NAMES)
