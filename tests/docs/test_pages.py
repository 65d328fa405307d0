"""The pages of the site: examples and commands give what they show, links exist, the walkthrough's numbers are computed."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, DocTest, DocTestParser, DocTestRunner
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from docs.site import api
from hardlab.cli.main import VERBS, app, verb
from tests.support.pages import (
    FENCE,
    LINK,
    PAGES,
    anchors,
    blocks,
    broken,
    links,
    mistakes,
    needed,
    same,
    shown,
    steps,
    without_blocks,
)
from tests.support.places import ROOT

ALL = [*sorted(PAGES.rglob("*.md")), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))]
TEXTS = {page: page.read_text(encoding="utf-8") for page in ALL}
WALKTHROUGH = PAGES / "tutorials" / "walkthrough.md"

PATH = re.compile(r"(?<![\w./-])(?:attention|benchmarks|docs|hardlab|instances|reductions|solvers|tests|\.ci)/[\w./-]*")
PROMPT = re.compile(r"^ *>>> ", re.MULTILINE)
NUMBER = re.compile(r"(?<![\w.])[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?:\^-?\d+(?:\.\d+)?)?(?!\w)")

ALLOWED = {
    "Lemma 4.7": "the number of a statement in the paper",
    "Remark 4.4": "the number of a statement in the paper",
}
"""Phrases of the walkthrough whose numbers nothing computes, with the reason."""


def examples(text: str, name: str) -> DocTest:
    """The python blocks with prompts as one doctest; all other lines blank, so that line numbers are the page's."""
    lines = [""] * (text.count("\n") + 1)
    for block in blocks(text):
        if block.language == "python" and block.title is None and ">>>" in block.text:
            for offset, line in enumerate(block.text.splitlines()):
                lines[block.line - 1 + offset] = line
    return DocTestParser().get_doctest("\n".join(lines), {}, name, name, 0)


def failures(text: str, name: str) -> str:
    """What does not come out as the page says; a page without examples says so."""
    test = examples(text, name)
    if not test.examples:
        return f"{name} has no examples"
    if len(PROMPT.findall(text)) != len(PROMPT.findall(test.docstring or "")):
        return f"{name} has examples that are not in a python block"
    report: list[str] = []
    DocTestRunner(verbose=False, optionflags=ELLIPSIS | NORMALIZE_WHITESPACE).run(test, out=report.append)
    return "".join(report)


def missing_paths(text: str) -> list[str]:
    """Paths in the text that are not in the repository; one with a word in capitals stands for others."""
    paths = [path.rstrip(".") for path in PATH.findall(LINK.sub("]", text)) if not re.search("[A-Z]{3}", path)]
    return [path for path in paths if not (ROOT / path).exists()]


def wrong_commands(text: str) -> list[str]:
    """Lines of blocks for a shell that call hardlab with a verb or an option that it does not have."""
    lines = [step.command for block in blocks(text) if block.language == "console" for step in steps(block)]
    lines += [line for block in blocks(text) if block.language in ("sh", "bash") for line in block.text.splitlines()]
    calls = [line for line in lines if re.match(r"hardlab\b", line)]
    return [line for line in calls if not _known(shlex.split(line.partition("; echo")[0], comments=True)[1:])]


def _known(words: list[str]) -> bool:
    """Whether the words name a verb, in groups of verbs too, and then only options of it (up to a pipe or the like)."""
    command: Any = get_command(app)
    if words and words[0] in VERBS:
        command, words = verb(words[0]), words[1:]
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        command, words = command.commands.get(words[0]), words[1:]
    options = {"--help", *(name for p in getattr(command, "params", []) for name in (*p.opts, *p.secondary_opts))}
    own = takewhile(lambda word: word not in ("|", ">", ">>", "<", "&&", ";"), words)
    return command is not None and all(word.partition("=")[0] in options for word in own if re.match("--?[a-z]", word))


def numbers(text: str) -> set[str]:
    return {number.removeprefix("+") for number in NUMBER.findall(text.replace("−", "-"))}


def prose(text: str) -> str:
    """The page without its fenced blocks, the targets of its links, and the allowed phrases; formulas as they are printed."""
    text = re.sub(r"\]\([^()\s]+\)", "]", without_blocks(text))
    text = re.sub(r"\\[A-Za-z]+", " ", re.sub(r"\^\{([+-]?[\d.]+)\}", r"^\1", text))
    for phrase in ALLOWED:
        text = text.replace(phrase, "")
    return text


def stray_numbers(text: str) -> set[str]:
    """Numbers of the prose that no example's expected output holds."""
    return numbers(prose(text)) - numbers("\n".join(example.want for example in examples(text, "page").examples))


PASTED = ("tutorials/plug-in.md", "how-to/read-a-report.md")
"""Pages whose blocks for a shell run as they stand; those of others take minutes or need files of one's own."""


def commands(text: str) -> list[str]:
    """The blocks that are made to be pasted into a shell."""
    return [block.text for block in blocks(text) if block.language == "sh"]


def pasted(text: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """What bash says to the blocks of a page, one after the other, up to the first command that fails."""
    return subprocess.run(
        ["bash", "-e", "-c", "\n".join(commands(text))],
        cwd=folder,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.docs
@pytest.mark.parametrize("name", PASTED)
def test_commands_can_be_pasted(name: str, tmp_path: Path) -> None:
    done = pasted(TEXTS[PAGES / name], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("exit code 1") == done.stdout.count("Wrong answer")


@pytest.mark.slow
def test_a_wrong_block_is_caught(tmp_path: Path) -> None:
    assert pasted("```sh\ntrue\n```\n\n```sh\nhardlab list --no-such-option\n```\n", tmp_path).returncode != 0


def having(part: Callable[[str], object]) -> list[Path]:
    return [page for page, text in TEXTS.items() if part(text)]


def called(page: Path) -> str:
    return str(page.relative_to(PAGES if page.is_relative_to(PAGES) else ROOT))


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("page", having(lambda text: PROMPT.search(text)), ids=called)
def test_examples_run(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert not failures(TEXTS[page], page.name)


@pytest.mark.docs
@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=[pytest.mark.peers] if needed(TEXTS[page]) else []) for page in having(shown)], ids=called
)
def test_commands_print_what_is_shown(page: Path, tmp_path: Path) -> None:
    """Those that need a library too, where it is installed: with test-peers it is."""
    assert "\n".join(mistakes(TEXTS[page], tmp_path)) == ""


@pytest.mark.parametrize("page", ALL, ids=called)
def test_links_and_commands(page: Path) -> None:
    found = broken(page, TEXTS[page], PAGES if page.is_relative_to(PAGES) else ROOT)
    computed = {PAGES / path for path in api.pages()}
    assert [link for link in found if (page.parent / link).resolve() not in computed] == []
    assert missing_paths(TEXTS[page]) == []
    assert wrong_commands(TEXTS[page]) == []


def test_the_numbers_of_the_walkthrough_are_computed() -> None:
    text = WALKTHROUGH.read_text(encoding="utf-8")
    assert stray_numbers(text) == set()
    assert [phrase for phrase in ALLOWED if phrase not in text] == []


def test_every_wrong_decimal_is_caught() -> None:
    """Each decimal of the prose in turn, with its last digit changed."""
    text = WALKTHROUGH.read_text(encoding="utf-8")
    decimals = sorted(number for number in numbers(prose(text)) if "." in number)
    assert len(decimals) > 5
    for number in decimals:
        wrong = number[:-1] + str((int(number[-1]) + 5) % 10)
        assert wrong in stray_numbers(_in_prose(text, number, wrong))


def _in_prose(text: str, number: str, wrong: str) -> str:
    """The page with the number replaced outside its fenced blocks, in formulas too."""
    formula, instead = (re.sub(r"\^(.*)", r"^{\1}", spelled) for spelled in (number, wrong))
    parts, end = [], 0
    for block in FENCE.finditer(text):
        parts += [text[end : block.start()].replace(number, wrong).replace(formula, instead), block[0]]
        end = block.end()
    return "".join([*parts, text[end:].replace(number, wrong).replace(formula, instead)])


def test_the_numbers_of_formulas_are_read() -> None:
    page = "$x_1 \\le 2^{-20}$, $\\frac12 e^{\\beta/4}$ and\n$$\n\\eta = 0.625\\,\\tilde d\n$$\n```python\n>>> 7\n8\n```\n"
    assert stray_numbers(page) == {"2^-20", "12", "4", "0.625"}
    assert stray_numbers(page.replace("8\n", "2^-20 12 4 0.625\n")) == set()


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("```python\n>>> 1 + 1\n2\n>>> 1 + 2\n4\n```\n", "Expected:\n    4\nGot:\n    3"),
        ("```python\n>>> x = 1\n```\ntext\n\n```python\n>>> x + y\n```\n", "NameError: name 'y'"),
        ("text only\n\n```python\nx = 1\n```\n", "has no examples"),
        ("```python\n>>> x = 1\n```\n\n    >>> 1 + 1\n    3\n", "not in a python block"),
    ],
)
def test_a_wrong_page_is_caught(page: str, said: str) -> None:
    assert said in failures(page, "page.md")
    assert failures("```python\n>>> x = 1\n```\ntext\n\n```python\n>>> x + 1\n2\n```\n", "page.md") == ""


def test_a_wrong_link_or_path_is_caught(tmp_path: Path) -> None:
    page = tmp_path / "pages" / "a" / "page.md"
    page.parent.mkdir(parents=True)
    (page.parent.parent / "other.md").write_text("# Other, and `more`\n\n```sh\n# no heading\n```\n## Given {#own}\n")
    (tmp_path / "outside.md").write_text("")
    good = (
        "# My page\n[a](../other.md#other-and-more) [b](https://example.org/c) [d](#my-page)\n![e](../other.md#own) `f](g)`\n"
    )
    assert broken(page, good, page.parent.parent) == []
    assert len(links(good)) == 3
    wrong = ["../none.md", "../other.md#no-heading", "#other", "../../outside.md"]
    assert broken(page, good + " ".join(f"[x]({link})" for link in wrong), page.parent.parent) == wrong
    assert missing_paths("`tests/docs/test_pages.py`, in docs/, `solvers/none.py`, `solvers/KEY.py`.") == ["solvers/none.py"]
    assert anchors("# Entries up to B = o(sqrt(ln n))\n") >= {"entries-up-to-b--osqrtln-n", "entries-up-to-b-osqrtln-n"}


def test_a_wrong_command_is_caught() -> None:
    lines = [
        "$ hardlab --help",
        "hardlab walk of output",
        "$ hardlab run - --seed 1 -q | wc -l",
        "$ hardlab walk",
        "$ hardlab run --speed 3",
        "$ ls --fine",
    ]
    assert wrong_commands("\n".join(["```console", *lines, "```", ""])) == ["hardlab walk", "hardlab run --speed 3"]
    assert wrong_commands("```sh\nhardlab walk\n```\n") == ["hardlab walk"]


GOOD = """
```python title="in/mine.py"
print("mine", 7)
```

```console
$ python in/mine.py
mine 7
$ cd in && ls \\
    --all | grep mine
mine.py
$ false
$ echo "$? $PWD"
1 ...in
```

- in a list, where `-` begins it

    ```console
    $ ls; printf 'x  seconds\\n%s   0.25\\n' y
    mine.py
    x  seconds
    y    0.75
    ```

<!-- not run: it takes a minute -->
```console
$ sleep 60
```
"""


def test_the_commands_of_a_good_page_are_run(tmp_path: Path) -> None:
    assert [step.command.splitlines()[0] for step in shown(GOOD)][:3] == ["python in/mine.py", "cd in && ls \\", "false"]
    assert len(shown(GOOD)) == 5
    assert mistakes(GOOD, tmp_path) == []


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("mine 7\n", "mine 8\n", "line 7: $ python in/mine.py\nthe page shows:\nmine 8\nit printed:\nmine 7\n"),
        ("mine 7\n", "", "it printed:\nmine 7"),
        ("y    0.75", "z    0.75", "it printed"),
        ('$ echo "$? $PWD"\n1 ...in\n', "", "line 12: $ false\nfailed, which the page does not show, exit code 1"),
        ('$ echo "$? $PWD"\n1 ...in\n', "\n", "line 12: $ false\nfailed"),
        ("$ false", "$ python -c 'raise ValueError'", "Traceback"),
        ("$ false", "$ echo 'open", "did not come to an end"),
        ('title="in/mine.py"', 'title="../mine.py"', "line 3: the file ../mine.py is outside the folder"),
        (
            "<!-- not run: it takes a minute -->\n```console\n$ sleep 60",
            "<!-- not run: -->\n```console\n$ false",
            "$ false\nfailed",
        ),
    ],
)
def test_a_wrong_console_block_is_caught(right: str, wrong: str, said: str, tmp_path: Path) -> None:
    assert GOOD.count(right) == 1
    assert said in "\n".join(mistakes(GOOD.replace(right, wrong), tmp_path))


def test_a_command_is_run_where_there_is_what_it_needs(tmp_path: Path) -> None:
    page = "<!-- needs json -->\n```console\n$ echo 1\n2\n```\n\n<!-- needs nosuch -->\n```console\n$ echo 3\n4\n```\n"
    assert needed(page) == {"json", "nosuch"}
    assert [step.command for step in shown(page)] == ["echo 1"]
    assert "it printed:\n1" in "".join(mistakes(page, tmp_path))


def test_a_block_without_a_command_is_refused() -> None:
    with pytest.raises(ValueError, match="line 2: a console block begins with"):
        shown("```console\nhardlab list\n```\n")


@pytest.mark.parametrize(
    ("shows", "printed", "equal"),
    [
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("a ... d\n", "a b c e\n", False),
        ("a...b...b\n", "a b\n", False),
        ("a\n", "a\nb\n", False),
        ("seconds: 0.17 in all, 0.01 to decide\n", "seconds: 1.3 in all, 2e-05 to decide\n", True),
        ("rows: 3, seconds: 1.5\n", "rows: 4, seconds: 1.5\n", False),
        ('{"rows": 3, "seconds": 0.5, "n": 4}', '{"rows": 3, "seconds": 0.7, "n": 4}', True),
        ('{"rows": 3, "seconds": 0.5, "n": 4}', '{"rows": 3, "seconds": 0.7, "n": 5}', False),
        ("done in 0.3 s, 12 MiB\n", "done in 12 seconds, 300 KiB\n", True),
        ("done in 3 rows\n", "done in 4 rows\n", False),
        ("case  seconds  n\na     0.1      7\n", "case  seconds  n\na     12.25    7\n", True),
        ("case  seconds  n\na     0.1      7\n", "case  seconds  n\na     0.1      8\n", False),
        ("case  seconds\na     1\n\nb     1\n", "case  seconds\na     2\n\nb     2\n", False),
        ("case  seconds  n\na  ...  7\n", "case  seconds  n\na     0.1      7\n", True),
        ("n=20 m=85\n", "n=21 m=85\n", False),
    ],
)
def test_what_differs_from_run_to_run_is_no_difference(shows: str, printed: str, equal: bool) -> None:
    assert same(shows, printed) is equal
