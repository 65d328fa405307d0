"""The pages under docs/: their examples run, their links and paths exist, and the walkthrough's numbers are computed."""

import os
import re
import shlex
import subprocess
import sys
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, DocTest, DocTestParser, DocTestRunner
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from hardlab.cli.main import VERBS, app, verb
from tests.support.places import ROOT

SITE = ROOT / "docs" / "pages"
PAGES = sorted(SITE.rglob("*.md"))
LINKED = [*PAGES, *(page for page in [ROOT / "README.md"] if page.is_file())]
WALKTHROUGH = SITE / "tutorials" / "walkthrough.md"

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^()\s]+)\)")
PATH = re.compile(r"(?<![\w./-])(?:attention|benchmarks|docs|hardlab|instances|reductions|solvers|tests|\.ci)/[\w./-]*")
NUMBER = re.compile(r"(?<![\w.])[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?:\^-?\d+(?:\.\d+)?)?(?!\w)")

ALLOWED = {
    "Lemma 4.7": "the number of a statement in the paper",
    "Remark 4.4": "the number of a statement in the paper",
}
"""Phrases of the walkthrough whose numbers nothing computes, with the reason."""


def examples(text: str, name: str) -> DocTest:
    """The python blocks with prompts as one doctest; all other lines blank, so that line numbers are the page's."""
    lines = [""] * (text.count("\n") + 1)
    for block in FENCED.finditer(text):
        if block[1] == "python" and ">>>" in block[2]:
            first = text.count("\n", 0, block.start(2))
            for offset, line in enumerate(block[2].splitlines()):
                lines[first + offset] = line
    return DocTestParser().get_doctest("\n".join(lines), {}, name, name, 0)


def failures(text: str, name: str) -> str:
    """What does not come out as the page says; a page without examples says so."""
    test = examples(text, name)
    if not test.examples:
        return f"{name} has no examples"
    if text.count(">>>") != (test.docstring or "").count(">>>"):
        return f"{name} has examples that are not in a python block"
    report: list[str] = []
    DocTestRunner(verbose=False, optionflags=ELLIPSIS | NORMALIZE_WHITESPACE).run(test, out=report.append)
    return "".join(report)


def broken_links(text: str, folder: Path) -> list[str]:
    """Relative links whose file is not there, and paths in the text that are not in the repository."""
    links = [link.partition("#")[0] for link in LINK.findall(FENCED.sub("", text)) if not re.match(r"\w+:|#", link)]
    links = [link for link in links if not re.search(r"reference/\w+/[\w.-]+\.md$", link)]  # entries are still being written
    paths = [path.rstrip(".") for path in PATH.findall(text)]
    return [link for link in links if not (folder / link).exists()] + [path for path in paths if not (ROOT / path).exists()]


def wrong_commands(text: str) -> list[str]:
    """Lines of console blocks that call hardlab with a verb or an option that it does not have."""
    blocks = [block[2] for block in FENCED.finditer(text) if block[1] in ("console", "sh", "bash")]
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [line for line in lines if re.match(r"hardlab\b", line) and not _known(shlex.split(line, comments=True)[1:])]


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
    """The page without its fenced blocks, the targets of its links, and the allowed phrases."""
    text = LINK.sub("]", FENCED.sub("", text))
    for phrase in ALLOWED:
        text = text.replace(phrase, "")
    return text


def stray_numbers(text: str) -> set[str]:
    """Numbers of the prose that no example's expected output holds."""
    return numbers(prose(text)) - numbers("\n".join(example.want for example in examples(text, "page").examples))


IN_TORCH = "tutorials/plug-in-torch.md"
PASTED = ("tutorials/plug-in.md", IN_TORCH, "how-to/read-a-report.md")
"""Pages whose blocks for a shell run as they stand; those of others take minutes or need files of one's own."""


def commands(text: str) -> list[str]:
    """The blocks that are made to be pasted into a shell."""
    return [block[2] for block in FENCED.finditer(text) if block[1] == "sh"]


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


@pytest.mark.slow
@pytest.mark.parametrize("name", PASTED)
def test_commands_can_be_pasted(name: str, tmp_path: Path) -> None:
    done = _pasted(SITE / name, tmp_path)
    assert done.stdout.count("exit code 1") == done.stdout.count("Wrong answer")


def _pasted(page: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    if page == SITE / IN_TORCH:
        pytest.importorskip("torch")
    done = pasted(page.read_text(encoding="utf-8"), folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.mark.peers
def test_the_page_in_torch_says_what_comes_out(tmp_path: Path) -> None:
    done = _pasted(SITE / IN_TORCH, tmp_path)
    verdicts = [line.rpartition(" in ")[0] for line in done.stdout.splitlines() if re.match(r"[A-Z][a-z ]+: ", line)]
    assert [verdict.partition(":")[0] for verdict in verdicts] == ["Conformant", "Conformant", "Wrong answer", "Conformant"]
    assert (tmp_path / "bfloat16.html").is_file()


@pytest.mark.slow
def test_a_wrong_block_is_caught(tmp_path: Path) -> None:
    assert pasted("```sh\ntrue\n```\n\n```sh\nhardlab list --no-such-option\n```\n", tmp_path).returncode != 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page != SITE / IN_TORCH and ">>>" in page.read_text(encoding="utf-8")],
    ids=lambda page: page.name,
)
def test_examples_run(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert not failures(page.read_text(encoding="utf-8"), page.name)


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_links_and_commands(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert broken_links(text, page.parent) == []
    assert wrong_commands(text) == []


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
    """The page with the number replaced outside its fenced blocks."""
    parts, end = [], 0
    for block in FENCED.finditer(text):
        parts += [text[end : block.start()].replace(number, wrong), block[0]]
        end = block.end()
    return "".join([*parts, text[end:].replace(number, wrong)])


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


def test_a_wrong_reference_is_caught() -> None:
    good = "[a](../tests/test_docs.py#x) [b](https://example.org/c) [d](#e) `tests/test_docs.py`, in docs/.\n"
    assert broken_links(good, ROOT / "docs") == []
    wrong = broken_links(good + "[a](../tests/none.py) `solvers/none.py`.", ROOT / "docs")
    assert wrong == ["../tests/none.py", "solvers/none.py"]


def test_a_wrong_command_is_caught() -> None:
    lines = [
        "$ hardlab --help",
        "hardlab run - --seed 1 -q | wc -l",
        "$ hardlab walk",
        "$ hardlab run --speed 3",
        "$ ls --fine",
    ]
    assert wrong_commands("\n".join(["```console", *lines, "```", ""])) == ["hardlab walk", "hardlab run --speed 3"]
