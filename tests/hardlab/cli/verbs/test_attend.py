"""What `hardlab attend` asks for and says, with nothing computed."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from attention.auto import Considered
from hardlab.cli.verbs import attend
from instances.faults import BadInput
from tests.support.calling import Caller
from tests.support.kept import Keeper, shown

ASKED = [
    "", "-q", "--explain", "--explain -q",
    "--scale 1/8", "--scale 0.25", "--scale 1/0", "--scale x", "--scale inf", "--error 1e-3", "--error 0",
    "--measure 0", "--measure -1", "--algorithm softmax", "--algorithm none", "--algorithm softmax --trust 0.1",
    "--algorithm A.py:mine",
    "--algorithm A.py:mine --trust 0.1", "--causal top-left", "--window 5", "--window 5:", "--window :7", "--window 5:x",
    "--window 1:2:3", "--blind 0", "--logsumexp L.npy", "--backend threads --workers 3", "--backend one --workers 3",
    "--backend processes", "--memory 3M", "--memory x", "--dtype float32 --algorithm A.py:mine",
]  # fmt: skip


def found(error: float, **others: Any) -> Any:
    inputs = SimpleNamespace(n=1000, m=2000, d=8, v=4, scale=0.125, block=500, key_blocks=[4], workers=2)
    given = {"algorithm": "by", "promise": 1e-7, "degree": 3, "rank": 9, "certificate": "range", "plan": None}
    measured = SimpleNamespace(rows=[1, 2, 3], error=error, bound=1e-12)
    of = {"measured": measured, "inputs": inputs, "kept": error <= 1e-7, "logsumexp_promise": None, "considered": ()}
    return SimpleNamespace(**{**of, **given, **others})


@pytest.mark.parametrize(("error", "part"), [(1e-8, 0), (1e-8, 1), (1e-6, 0)])
def test_what_is_asked_for(
    error: float, part: int, call: Caller, kept: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What depends on the machine is given."""
    said: list[str] = []

    def files(Q: str, K: str, V: str, output: str, **asked: Any) -> Any:
        by = asked.pop("algorithm")
        said.append(f"{Q} {K} {V} {output} {by if isinstance(by, str) else type(by).__name__} {shown(asked)}")
        return found(error, logsumexp_promise=None if asked["logsumexp"] is None else 2e-7)

    monkeypatch.chdir(tmp_path)
    Path("A.py").write_text("def mine(Q, K, V, scale):\n    return V\n")
    monkeypatch.setattr("attention.attend_files.attend_files", files)
    monkeypatch.setattr(attend, "cpu_count", lambda: 6)
    monkeypatch.setattr(attend, "perf_counter", lambda: 2.0)
    monkeypatch.setattr("resource.getrusage", lambda who: SimpleNamespace(ru_maxrss=2**20))
    monkeypatch.setattr("sys.platform", "linux")
    for words in ASKED[part::2] if error < 1e-7 else ASKED[:2]:
        answer = call("attend", "Q.npy", "K.npy", "V.npy", "-o", "T.npy", *words.split())
        said.append(f"{words} {answer.code} {answer.out} {answer.err}")
    record = call("attend", "Q.npy", "K.npy", "V.npy", "-o", "T.npy", "--json").json
    said.append(shown({**record, "versions": {}}))
    kept("\n".join(said).replace(str(tmp_path), ""))


def test_what_is_said(kept: Keeper) -> None:
    said = []
    for source in ("proved", "plug-in", "user"):
        for others in ({}, {"plan": "degree 3"}, {"measured": None}, {"logsumexp_promise": 0.5}):
            record = attend._record(found(1e-6, **others), 1e-5, "T.npy", "one", 1.25)
            logsumexp = "L.npy" if "logsumexp_promise" in others else None
            record |= {"source": source, "logsumexp": logsumexp, "logsumexp_promise": 0.5, "peak_bytes": 2**28}
            said.append(attend._text(record))
    kept("\n".join(said))


def test_what_was_looked_at(kept: Keeper) -> None:
    """One alone, one that is taken and two that are not, and one of which the reason begins with its name."""
    looked: tuple[Considered, ...] = (
        Considered("a", 0.1234, None), Considered("b", 2.0, None), Considered("c", None, "c: too much"),
        Considered("d", None, "d has no plan"),
    )  # fmt: skip
    said = [attend._explained(attend._record(found(0.0, considered=looked[:n]), 0.1, "T", "one", 1.0)) for n in range(5)]
    kept("\n".join([*said, attend._explained(attend._record(found(0.0, considered=looked[2:]), 0.1, "T", "one", 1.0))]))


def test_memory_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kibibytes, but for one system."""
    monkeypatch.setattr("resource.getrusage", lambda who: SimpleNamespace(ru_maxrss=7))
    for system, peak in (("linux", 7168), ("darwin", 7)):
        monkeypatch.setattr("sys.platform", system)
        assert attend._record(found(0.0), 0.1, "T.npy", "one", 1.0)["peak_bytes"] == peak


def test_numbers_of_windows_and_scales() -> None:
    assert attend._window(None) is None
    assert [attend._window(text) for text in ("5", "5:", ":7", "5:7", "")] == [5, (5, None), (None, 7), (5, 7), None]
    assert attend._scale(None) is None
    assert [attend._scale(text) for text in ("1/8", "0.5", "-2")] == [0.125, 0.5, -2.0]
    for text in ("x", "1/0", "1e999"):
        with pytest.raises(BadInput, match="--scale"):
            attend._scale(text)
