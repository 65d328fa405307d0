"""What `hardlab report` and `hardlab export` make of stored records, and what they refuse: every option, alone and in pairs."""

import json
from pathlib import Path
from typing import Any

import pytest

from hardlab.sweep.store import Store
from tests.hardlab.sweep.test_kept_sweeps import DECIDED, OTHERS
from tests.support import kernel_records, reports
from tests.support.calling import Caller
from tests.support.kept import Keeper, steady
from tests.support.runs import RECORDS


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Databases, records of checks and of runs, and what is none of these."""
    folder = tmp_path_factory.mktemp("reported")
    for name, records, jobs in (
        ("decided.db", [*DECIDED, *OTHERS], []),
        ("kernels.db", kernel_records.RECORDS, kernel_records.JOBS),
        ("both.db", [*DECIDED[:4], *kernel_records.RECORDS], []),
        ("empty.db", [], [DECIDED[0]["job"]]),
    ):
        with Store(folder / name) as store:
            store.expect([*jobs, *(one["job"] for one in records)])
            for one in records:
                store.add(one, {"node": "here"})
    run = steady(RECORDS["yes"]())
    for name, record in (
        ("check.json", reports.FAILING),
        ("checks.json", {"kernels": next(some for some in reports.RECORDS.values() if len(some) > 1)}),
        ("run.json", run),
        ("bare.json", {**run, "answers": None}),
        ("unseen.json", {**run, "stages": [{**stage, "picture": None} for stage in run["stages"]]}),
        ("void.json", {}),
    ):
        (folder / name).write_text(json.dumps(record))
    return folder


FILES = {
    "a sweep": [["decided.db"], ["kernels.db"], ["both.db"], ["empty.db"], ["decided.db", "check.json"], ["missing.db"]],
    "checks": [["check.json"], ["checks.json"], ["check.json", "checks.json"], ["void.json"]],
    "a run": [["run.json"], ["bare.json"], ["unseen.json"], ["run.json", "run.json"], ["check.json", "run.json"]],
}
OPTIONS: dict[str, list[list[str]]] = {
    "a sweep": [
        [], ["-q"], ["-o", "-"], ["--markdown", "-"], ["--figure", "-"], ["--x", "m"], ["--x", "seed", "--y", "error"],
        ["--y", "rows-right", "--figure", "-"], ["--y", "nothing"], ["--y", "seconds", "-o", "F.html", "--figure", "F.svg"],
        ["--x", "k", "--figure", "F.SVG", "--markdown", "F.md", "-q"],
    ],
    "checks": [[], ["-q"], ["-o", "-"], ["--markdown", "-"], ["--figure", "-"], ["--x", "n"], ["--y", "error"],
        ["-o", "-", "--markdown", "-"], ["-o", "F.html", "--markdown", "F.md"], ["--figure", "F.png"]],
    "a run": [[], ["-q"], ["-o", "-"], ["--markdown", "-"], ["--figure", "-"], ["--x", "n"], ["-o", "-", "--figure", "-"],
        ["-o", "F.html", "--figure", "F.svg", "-q"], ["-o", "F.html", "--figure", "F.html"], ["-o", ""]],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "place"), [(kind, place) for kind, some in FILES.items() for place in range(len(some))])
def test_reports(
    kind: str, place: int, stored: Path, call: Caller, kept: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = []
    for words in OPTIONS[kind]:
        answer = call("report", *(stored / name for name in FILES[kind][place]), *words)
        said.append(f"{words} {answer.code} {answer.out} {answer.err}")
        for file in sorted(tmp_path.iterdir()):
            if file.suffix.lower() in (".html", ".md", ".svg"):
                said.append(f"{file.name} {file.read_text()}")
                file.unlink()
    kept("\n".join(said).replace(str(stored), "").replace(str(tmp_path), ""))


@pytest.mark.parametrize("name", ["decided.db", "both.db", "empty.db", "run.json"])
def test_exports(name: str, stored: Path, call: Caller, kept: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = []
    asked: list[list[str]] = [[], ["--csv"], ["-o", "F.csv"], ["-o", "F.jsonl"], ["-o", "F.JSONL", "-q"], ["-o", "F.txt"]]
    for words in [*asked, ["-o", "F.txt", "--csv"], ["-o", ""]]:
        answer = call("export", stored / name, *words)
        said.append(f"{words} {answer.code} {answer.out} {answer.err}")
        said += [f"{file.name} {file.read_text()}" for file in sorted(tmp_path.glob("F.*"))]
        for file in tmp_path.glob("F.*"):
            file.unlink()
    kept("\n".join(said).replace(str(stored), "").replace(str(tmp_path), ""))


def test_a_database_is_known_by_how_it_begins(stored: Path, call: Caller, tmp_path: Path) -> None:
    other: Any = tmp_path / "other.name"
    other.write_bytes((stored / "both.db").read_bytes())
    assert call("report", other, "-q").out == call("report", stored / "both.db", "-q").out
    other.write_bytes(b"SQLite format 3\x00")
    assert "other.name" in call("report", other).refusal()
    assert call("report", tmp_path).code == 2
