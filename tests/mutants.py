"""Small faults planted in the code, one at a time, each of which some test should notice: `make mutants`.

`python -m tests.mutants --seed 1 --count 20` draws places of the packages at random, changes each in a copy of the tree, and
runs the tests that reach the changed module there, nearest first: its own, those of its room, those that import it, those that
reach it through others, at most FILES files, until one fails: the quick tests of the NEAR nearest, the other quick ones, then
the slow ones in the same way. The checkout is only read.

A mutant is **noticed** where a test fails (one that hangs does, after the `faulthandler_timeout` of pyproject.toml),
**survives** where none does, is **unfinished** where the tests took longer than they may, and is **equivalent** where
`equivalent_mutants.toml` says why no test could notice it. What noticed is run again at the end without any change: a test that
fails then too proves nothing, and is named. Ctrl-C ends it with what is known by then.
"""

import argparse
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tests.support.imports import Imports
from tests.support.mutating import Mutant, mutants_of

ROOT = Path(__file__).parents[1]
PACKAGES = ("instances", "reductions", "attention", "solvers", "hardlab")
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", "build", ".*_cache", ".hypothesis")
KINDS = "(long or not exhaustive) and not web and not docs"
FILES = 16
"""Files of tests that are run of one mutant, at most."""
NEAR = 3
"""Of them, those that are run first."""


@dataclass(frozen=True)
class Tried:
    """A mutant, what became of it, the test that noticed it (if one did), and the seconds that took."""

    mutant: Mutant
    state: str
    by: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.state:10} {self.seconds:5.1f} s  {self.mutant}{f'  by {self.by}' if self.by else ''}"


class Bench:
    """A copy of the tree at `root`, in the folder `where`, for trying mutants; the tests of one may take `seconds`."""

    def __init__(self, root: Path, where: Path, packages: Sequence[str], seconds: float) -> None:
        self.tree, self.kept, self.seconds = where / "tree", where / "kernels", seconds
        shutil.copytree(root, self.tree, ignore=LEFT_OUT, symlinks=True)
        self.imports = Imports(self.tree, [*packages, "tests"])

    def tests_of(self, file: str) -> list[str]:
        """The files of tests of a file, nearest first: its own, those named for its rooms, those in them, all others."""
        of = self.imports.module(file)
        names = of.split(".")
        own = [Path("tests", *names[: i - 1], f"test_{names[i - 1]}.py") for i in range(len(names), 1, -1)]
        first = [str(name) for name in own if (self.tree / name).is_file()]
        found = [name for name in self.imports.reaching(of) if Path(name).name.startswith("test_") and name not in first]
        rooms = [Path("tests", *names[:i]) for i in range(len(names))]
        found.sort(key=lambda name: -sum(room in Path(name).parents for room in rooms))
        return [*first, *found][:FILES]

    def try_(self, mutant: Mutant) -> Tried:
        """Make the change, run its tests, and take the change back, whatever happens."""
        file, start = self.tree / mutant.file, time.monotonic()
        source, written = file.read_bytes(), file.stat().st_mtime
        kept = self._kept(self.imports.module(mutant.file))
        try:
            self._write(file, mutant.applied(source))
            state, by = self._judged(self.tests_of(mutant.file), kept, start + self.seconds)
        finally:
            self._write(file, source)
            os.utime(file, (written, written))  # for its kernels that are kept
            if kept != self.kept:
                shutil.rmtree(kept, ignore_errors=True)
        return Tried(mutant, state, by, time.monotonic() - start)

    def failing_unchanged(self, tests: Sequence[str]) -> list[str]:
        """Those of these tests that fail without any change."""
        chosen, files = [name for name in tests if "::" in name], sorted({name for name in tests if "::" not in name})
        found = []
        if chosen:
            found += self._failures(["-m", "", *chosen], self.kept, time.monotonic() + 10 * self.seconds)[0]
        if files:
            found += self._failures(["--collect-only", *files], self.kept, time.monotonic() + self.seconds)[0]
        return found

    def _kept(self, module: str) -> Path:
        """Where compiled kernels are kept: without those that may have code of this module in them."""
        if not self.imports.compiled(module):
            return self.kept
        kept = Path(tempfile.mkdtemp(prefix="kernels-", dir=self.tree.parent))
        shutil.copytree(self.kept, kept, dirs_exist_ok=True) if self.kept.exists() else None
        for file in (self.imports.files[module], *self.imports.reaching(module)):
            for old in kept.glob(f"{Path(file).parent.name}_*/{Path(file).stem}.*"):
                old.unlink()
        return kept

    def _judged(self, files: list[str], kept: Path, until: float) -> tuple[str, str]:
        if not files:
            return "survives", ""
        for which in ("not slow", "slow"):
            for some in filter(None, (files[:NEAR], files[NEAR:])):
                failed, finished = self._failures(["-x", "-m", f"{which} and {KINDS}", *some], kept, until)
                if failed:
                    return "noticed", failed[0]
                if not finished:
                    return "unfinished", ""
        return "survives", ""

    def _failures(self, arguments: list[str], kept: Path, until: float) -> tuple[list[str], bool]:
        """What pytest says failed, and whether it came to its end."""
        command = [sys.executable, "-m", "pytest", "-q", "-rfE", "--tb=no", "-p", "no:cacheprovider", *arguments]
        env = {**os.environ, "PYTHONPATH": str(self.tree), "NUMBA_CACHE_DIR": str(kept), "COLUMNS": "1000"}
        with tempfile.TemporaryFile("w+") as said:
            run = subprocess.Popen(command, cwd=self.tree, env=env, stdout=said, stderr=said, start_new_session=True)
            try:
                code = run.wait(max(until - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                return [], False
            finally:
                with suppress(ProcessLookupError):  # where pytest ended alone, what it started may not have
                    os.killpg(run.pid, signal.SIGKILL)
                run.wait()
            said.seek(0)
            failed = re.findall(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", said.read(), re.MULTILINE)
        return failed or ([] if code in (0, 5) else arguments[-1:]), True  # 5: nothing to run; others: not even that

    @staticmethod
    def _write(file: Path, source: bytes) -> None:
        """Python keeps compiled files by size and second of change: what it kept of this one is forgotten."""
        file.write_bytes(source)
        for old in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
            old.unlink()


def equivalent(root: Path) -> dict[tuple[str, str, str], str]:
    """The reasons of `equivalent_mutants.toml`, by file, old line and new line."""
    file = root / "tests/equivalent_mutants.toml"
    listed = tomllib.loads(file.read_text())["equivalent"] if file.exists() else []
    return {(one["file"], one["was"], one["becomes"]): one["why"] for one in listed}


def draw(root: Path, packages: Sequence[str], files: Sequence[str], seed: int, count: int) -> list[Mutant]:
    """`count` mutants of these files of the tree at `root`, or of all of these packages; fewer where there are no more."""
    chosen = files or sorted(str(file.relative_to(root)) for package in packages for file in (root / package).rglob("*.py"))
    sources = {file: (root / file).read_bytes() for file in chosen}
    places = [mutant for file, source in sources.items() for mutant in mutants_of(source, file)]
    random.Random(seed).shuffle(places)
    return list(islice((mutant for mutant in places if mutant.compiles(sources[mutant.file])), count))


def tried(root: Path, mutants: Sequence[Mutant], packages: Sequence[str], seconds: float) -> Iterator[Tried]:
    """What becomes of these mutants, one after the other. `SystemExit` at the end where what noticed fails without them too."""
    known, noticed = equivalent(root), set()
    with tempfile.TemporaryDirectory(prefix="mutants-") as where:
        bench = Bench(root, Path(where), packages, seconds)
        try:
            for mutant in mutants:
                if mutant.key in known:
                    yield Tried(mutant, "equivalent", "", 0.0)
                    continue
                yield (one := bench.try_(mutant))
                noticed |= {one.by} - {""}
        except KeyboardInterrupt:
            print("interrupted: what follows is of those tried so far")
        if false := bench.failing_unchanged(sorted(noticed)):
            raise SystemExit(f"these fail without any change, and what they noticed counts for nothing: {', '.join(false)}")


def summary(all_tried: Sequence[Tried]) -> str:
    """The survivors, the share noticed and the seconds."""
    count = Counter(one.state for one in all_tried)
    judged, spent = count["noticed"] + count["survives"], [one.seconds for one in all_tried if one.state != "equivalent"]
    lines = [f"{one.state}: {one.mutant}" for one in all_tried if one.state in ("survives", "unfinished")]
    share = f"{count['noticed'] / judged:.0%} of those judged" if judged else "none judged"
    times = f"{statistics.median(spent):.1f} s a mutant (median), {sum(spent):.0f} s in all" if spent else "0 s"
    counts = f"{count['survives']} survive, {count['unfinished']} unfinished, {count['equivalent']} equivalent"
    return "\n".join([*lines, f"{len(all_tried)} mutants: {count['noticed']} noticed ({share}), {counts}; {times}"])


def main(arguments: Sequence[str] | None = None) -> None:
    words = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    words.add_argument("--seed", type=int, default=0, help="which mutants are drawn, and in what order (default 0)")
    words.add_argument("--count", type=int, default=20, help="how many at most (default 20)")
    words.add_argument("--seconds", type=float, default=300.0, help="how long the tests of one may take (default 300)")
    words.add_argument("--package", choices=PACKAGES, action="append", help="draw from this package alone (may be repeated)")
    words.add_argument("--files", nargs="+", default=[], help="draw from these files alone")
    given = words.parse_args(arguments)
    drawn = draw(ROOT, given.package or PACKAGES, given.files, given.seed, given.count)
    done: list[Tried] = []
    try:
        for one in tried(ROOT, drawn, PACKAGES, given.seconds):
            done.append(one)
            print(one, flush=True)
    finally:
        print(f"\n{summary(done)}")


if __name__ == "__main__":
    main()
