"""What a page of the site shows, and whether it is so: blocks, commands with what they print, links with their anchors."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tests.support.places import ROOT

PAGES = ROOT / "docs" / "pages"

FENCE = re.compile(r"^( *)```(\w*)([^\n`]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
UNRUN = re.compile(r"<!-- not run: *(\S[^\n]*?) *-->\s*\Z")
NEEDS = re.compile(r"<!-- needs (\w+) -->\s*\Z")
LINK = re.compile(r"\]\(([^()\s]+)\)")
QUIET = re.compile(r"`[^`\n]*`|\$[^$\n]+\$")
HEADING = re.compile(r"^#+ +(.*?)(?: *\{[^}]*#([\w.-]+)[^}]*\})? *#*$", re.MULTILINE)

NUMBER = r"[+-]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?"
TIMES = (
    (re.compile(rf'(seconds" *[:=] *){NUMBER}'), r"\1#"),
    (re.compile(rf"(?<![\w.=]){NUMBER} ?(?:ms|us|s|seconds?|minutes?|hours?)\b"), "# s"),
    (re.compile(rf"(?<![\w.=]){NUMBER} ?(?:[kKMGT]i?B|bytes?)\b"), "# B"),
)
AFTER_SECONDS = re.compile(r"(?<=\bseconds:).*")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file that it is if it has a title, its text, its first line on the page."""

    language: str
    title: str | None
    text: str
    line: int
    unrun: str | None
    """The reason for which its commands are not run."""
    needs: str | None = None
    """The module without which they are not run."""


@dataclass(frozen=True)
class Step:
    """A command of a console block, what it prints on stdout, and the line of the page that it stands on."""

    command: str
    prints: str
    line: int


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page, those inside lists too."""
    for found in FENCE.finditer(text):
        indent, language, info, inner = found.groups()
        title = re.search(r'\btitle="([^"]+)"', info)
        unrun, needs = (pattern.search(text, 0, found.start()) for pattern in (UNRUN, NEEDS))
        lines = "".join(line.removeprefix(indent) for line in inner.splitlines(keepends=True))
        first = text.count("\n", 0, found.start(4)) + 1
        yield Block(language, title and title[1], lines, first, unrun and unrun[1], needs and needs[1])


def without_blocks(text: str) -> str:
    return FENCE.sub("", text)


def steps(block: Block) -> list[Step]:
    """The commands of a console block; a line that ends in a backslash goes on. Errors: ValueError for other text."""
    found: list[Step] = []
    going_on = False
    for i, line in enumerate(block.text.splitlines(keepends=True)):
        if going_on or line.startswith("$ "):
            command = (found.pop().command + "\n" + line.removeprefix("> ")) if going_on else line.removeprefix("$ ")
            found.append(Step(command.rstrip("\n"), "", block.line + i))
            going_on = line.endswith("\\\n")
        elif not found:
            raise ValueError(f"line {block.line + i}: a console block begins with '$ command'")
        else:
            found[-1] = Step(found[-1].command, found[-1].prints + line, found[-1].line)
    return found


def needed(text: str) -> set[str]:
    """The modules that some of its commands need."""
    return {block.needs for block in blocks(text) if block.language == "console" and block.needs}


def shown(text: str) -> list[Step]:
    """All commands of the page that are to be run here, in their order."""
    return [
        step
        for block in blocks(text)
        if block.language == "console" and not block.unrun and (block.needs is None or find_spec(block.needs) is not None)
        for step in steps(block)
    ]


def mistakes(text: str, folder: Path) -> list[str]:
    """Commands of a page that do not print what it shows, run by one bash in this folder, in which titled blocks are files.

    A command that fails says so on the page: by what it prints, or by `echo $?` behind it.
    """
    (folder / "files").mkdir()
    place = folder / "here"
    place.mkdir()
    (place / "instances").symlink_to(ROOT / "instances")
    for block in blocks(text):
        if block.title is not None:
            file = (place / block.title).resolve()
            if not file.is_relative_to(place.resolve()):
                return [f"line {block.line}: the file {block.title} is outside the folder"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
    commands = shown(text)
    _run(commands, place, folder / "files")
    return [wrong for i, step in enumerate(commands) for wrong in _wrong(step, commands[i + 1 :], folder / "files" / str(i))]


def _run(commands: list[Step], place: Path, files: Path) -> None:
    script = "".join(
        f"{{ {step.command}\n}} > {files}/{i}.out 2> {files}/{i}.err; code=$?; echo $code > {files}/{i}.code; (exit $code)\n"
        for i, step in enumerate(commands)
    )
    (files / "script").write_text(script, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "FORCE_COLOR")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    with (files / "bash").open("w") as said:
        subprocess.run(
            ["bash", files / "script"],
            cwd=place,
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=said,
            timeout=900,
            check=False,
        )


def _wrong(step: Step, behind: list[Step], stem: Path) -> Iterator[str]:
    where = f"line {step.line}: $ {step.command}\n"
    code = stem.with_suffix(".code")
    if not code.exists():
        yield f"{where}did not come to an end: {(stem.parent / 'bash').read_text()}"
        return
    printed, said = (stem.with_suffix(end).read_text(encoding="utf-8") for end in (".out", ".err"))
    if not same(step.prints, printed):
        yield f"{where}the page shows:\n{step.prints}it printed:\n{printed}and on stderr:\n{said}"
    failed = code.read_text().strip() != "0" and not step.prints.strip() and not (behind and "$?" in behind[0].command)
    if failed or "Traceback (most recent call last)" in said:
        yield f"{where}failed, which the page does not show, exit code {code.read_text().strip()}:\n{said}"


def same(shows: str, printed: str) -> bool:
    """Whether this was printed: `...` is anything, times and bytes are any number, spaces are one space."""
    pieces = settled(shows).split("...")
    text = settled(printed)
    if len(pieces) == 1:
        return pieces[0] == text
    first, *middle, last = pieces
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def settled(text: str) -> str:
    """The text without what differs from run to run."""
    lines: list[str] = []
    column: tuple[int, int] | None = None
    for line in text.expandtabs().splitlines():
        header = re.search(r"(?:(?<=  )|^)seconds(?=  |$)", line)
        if header:
            column = header.span()
        elif not line.strip():
            column = None
        elif column and "..." not in line:
            cells = (cell for cell in re.finditer(NUMBER, line) if cell.start() < column[1] and cell.end() > column[0])
            for cell in [*cells][:1]:
                line = f"{line[: cell.start()]}#{line[cell.end() :]}"
        line = AFTER_SECONDS.sub(lambda rest: re.sub(rf"(?<![\w.]){NUMBER}", "#", rest[0]), line)
        for pattern, instead in TIMES:
            line = pattern.sub(instead, line)
        lines.append(" ".join(line.split()))
    return "\n".join(lines).strip("\n")


# ------------------------------------------------------------------------------------------------------------------ links


def links(text: str) -> list[str]:
    """The targets of its links and pictures that are files or headings of ours."""
    return [link for link in LINK.findall(QUIET.sub("", without_blocks(text))) if not re.match(r"\w+:", link)]


def anchors(text: str) -> set[str]:
    """The fragments by which its headings are linked to, on GitHub and on the site."""
    found: set[str] = set(re.findall(r'\bid="([^"]+)"', text))
    for heading, given in HEADING.findall(without_blocks(text)):
        plain = re.sub(r"[^\w\- ]", "", LINK.sub("", heading).lower()).strip()
        found |= {plain.replace(" ", "-"), re.sub(r"[- ]+", "-", plain)} | ({given} if given else set())
    return found


def broken(page: Path, text: str, root: Path) -> list[str]:
    """Links of the page to what is not below the root, is not there, or has no such heading."""
    found = []
    for link in links(text):
        file, _, fragment = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if file and not (target.is_relative_to(root.resolve()) and target.exists()):
            found.append(link)
        elif fragment and target.suffix == ".md":
            there = text if target == page else target.read_text(encoding="utf-8")
            if fragment not in anchors(there):
                found.append(link)
    return found
