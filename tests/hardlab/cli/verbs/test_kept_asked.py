"""What verbs ask of the lab for the words that they are given, and what they refuse, is what it was; checks are not run."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hardlab.cli.trials import time_of
from hardlab.cli.verbs import check, run
from hardlab.conformance.ladder import LARGEST_N
from hardlab.kernels.kernel import Conventions
from hardlab.kernels.offering import NoKernel
from instances.bits import BitMatrix
from instances.faults import BadInput, Declined
from instances.storage import save
from instances.vectors import GapHamming, OrthogonalVectors
from reductions.edges.ov_attention import OvAttention
from tests.support import reports
from tests.support.calling import Caller
from tests.support.kept import Keeper, shown
from tests.support.places import SAT, UNSAT


def commands(lines: str) -> list[list[str]]:
    """Those that stand there, with semicolons between them."""
    return [shlex.split(one) for one in lines.split(";")]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a check would be made of; instead of it there is a record at once."""
    said: list[str] = []

    def recorded(kernel: Any, *how: Any, one_of_many: bool) -> Any:
        said.append(f"record {kernel} {shown(how)} {one_of_many}")
        return made(kernel)

    def made(target: str) -> Any:
        return {**reports.FAILING, "part": None, "machine": "here", "target": target}

    def named(name: str, how: Any, timeout: float, memory: int, path: Any) -> str:
        said.append(f"kernel {name} {shown(how)} {timeout} {memory} {path}")
        if name == "rule.py:R":
            raise NoKernel("a rule")
        return name

    def tried(rules: Sequence[str], *how: Any) -> list[Any]:
        said.append(f"trials {len(rules)} {rules[:2]} {shown([one[:2] if isinstance(one, list) else one for one in how])}")
        return [made(rule) for rule in rules[:2]]

    monkeypatch.setattr(check, "_record", recorded)
    monkeypatch.setattr("hardlab.kernels.targets.kernel_named", named)
    monkeypatch.setattr("hardlab.cli.trials.trials", tried)
    monkeypatch.setattr("hardlab.conformance.drawing.new_seed", lambda: 77)
    monkeypatch.setattr("hardlab.conformance.everything.everything", lambda: [("a", check_how("float32")), ("b", check_how())])
    return said


def check_how(dtype: Any = "float64") -> Conventions:
    return Conventions(dtype=dtype)


CHECKS = f"""
softmax; softmax --json; softmax -q --dtype float32 --scale 1/d; softmax --all;; --all; --all --json;
--all --dtype float32; --all --path .; --all --all-reductions; --all-reductions; --all-reductions --quick -q; cnf-ov;
cnf-ov --quick --timeout 3; cnf-ov --time 4 --memory 1G --seed-of-check 5; m:x --time 4; m:x --time 0;
cnf-ov --dtype float32; rule.py:R --seed-of-check 9; rule.py:R --only x; --kde f.py:k; --kde f.py:k --convention sdpa;
--kde f.py:k --scale 1; --kde f.py:k --layout bhnd; --kde f.py:k --backward f.py:g; softmax --sizes 4,9,4;
softmax --sizes {LARGEST_N}; softmax --sizes 3; softmax --sizes {LARGEST_N + 1}; softmax --sizes x; softmax --sizes '';
softmax --seed-of-check 0; softmax --seed-of-check 18446744073709551615; softmax --seed-of-check 18446744073709551616;
softmax --seed-of-check -1; softmax --timeout 2 --memory 2G --only decisions --forbid-library;
softmax --counterexamples C; --all --counterexamples C; softmax --report R.html; softmax --markdown R.md --report R.md;
softmax --expect none.toml; softmax --write W; --answers A --quick; --answers A; --write W --timeout 3;
softmax --features causal; softmax --features none
"""


@pytest.mark.parametrize("part", range(4))
def test_checks(
    part: int, call: Caller, kept: Keeper, asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in commands(CHECKS)[part::4]:
        answer = call("check", *words)
        asked.append(f"{words} {answer.code} {answer.out} {answer.err}")
        for file in sorted(tmp_path.rglob("*.*")):
            asked.append(f"{file.name} {file.read_text()}")
            file.unlink()
    kept("\n".join(asked).replace(str(tmp_path), ""))


def test_a_check_of_many_ends_where_it_is_interrupted(call: Caller, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What was reached is shown."""
    parts: Iterator[Any] = iter([None, "interrupted"])
    of = {"conventions": {"dtype": "float64"}, "verdict": "conformant"}
    record = {**reports.record(reports.check("shapes/n=1")), **of}
    monkeypatch.setattr(check, "_record", lambda kernel, *how, one_of_many: {**record, "part": next(parts)})
    monkeypatch.setattr("hardlab.conformance.everything.everything", lambda: [(name, check_how()) for name in "abc"])
    answer = call("check", "--all")
    assert answer.code == 130
    assert "interrupted; this is what was reached" in answer.err
    assert [line.split()[1] for line in asked if line.startswith("kernel")] == ["a", "b"]


class Raising:
    """A kernel of which nothing but the checks is asked."""

    name = "raising"


@pytest.mark.parametrize(
    "error", [None, BadInput("bad"), Declined("no"), OSError("gone"), KeyboardInterrupt(), ValueError("x")]
)
@pytest.mark.parametrize("after", [0, 2])
@pytest.mark.parametrize("many", [False, True])
def test_a_record_is_of_what_was_reached(
    error: Any, after: int, many: bool, kept: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of many that cannot be loaded is a record too; alone it is refused."""

    def checked(chosen: Any, only: Any, expected: Any, command: str) -> Iterator[str]:
        assert len(list(chosen)) == 3
        yield from [f"result {i}" for i in range(after)]
        if error is not None:
            raise error

    offers: Any = SimpleNamespace(sums=False, offer="all")
    monkeypatch.setattr("hardlab.conformance.suffered.Suffered", lambda kernel, seed: offers)
    monkeypatch.setattr("hardlab.conformance.checking.checks", lambda *asked: iter("abc"))
    monkeypatch.setattr("hardlab.conformance.checking.checked", checked)
    monkeypatch.setattr("hardlab.work.environment.versions", lambda: {})
    monkeypatch.setattr(
        "hardlab.conformance.recording.record_of",
        lambda kernel, found, *, seconds, **words: f"{type(kernel.offer).__name__} {shown(found)} {shown(words)}",
    )
    said = []
    for only, quick in ((None, True), ("shapes", False)):
        kernel: Any = Raising()
        try:
            said.append(str(check._record(kernel, (16,), only, [], "again", 3, quick, False, one_of_many=many)))
        except Exception as raised:
            said.append(f"{type(raised).__name__}: {raised}")
    kept("\n".join(said))


def test_times_of_trials() -> None:
    assert [time_of(None, quick, many) for quick in (False, True) for many in (False, True)] == [60.0, 7.0, 10.0, 7.0]
    assert time_of(3.5, True, True) == 3.5
    assert time_of(None, False) == 60.0
    with pytest.raises(BadInput, match="--time 0"):
        time_of(0.0, False)


DECISIONS = {
    "decide": """
O --nearest --eps 0.5 --solver x; O --nearest --eps 0.5 --kind ov; O --nearest; O --nearest --eps 0.5 --t 3;
O --nearest --eps 0.5 --t2 3; O --nearest --page P; O --nearest --eps 0.5 --backend threads; --nearest --eps 0.5;
O --nearest --eps 9 -q; O --nearest --eps 9 --vars 3; F --nearest --eps 9; H --nearest --eps 9 -q;
--family random-ov --kind ov; O --vars 3 --kind ov; --kind ov; O --eps 0.5; O -q; O --kind ov -q; O --t 1 --t2 9 -q;
O --t 1 --eps inf; O --t2 3; O --kind hamming --t 1 --t2 9 -q; O --kind far --t 1 --t2 9; N -q;
O --kind GapHamming --t 1 --eps 0.5 -q; O --kind hammin; N --kind ov -q; H -q; H --t 1; H --eps 0.5; H --kind ov;
F --t 1; F --kind cnf; N --t 1 --t2 9 -q; N --kind ov --t 1; N --kind product --t 5 -q; none.npz; F --page -;
F --page F; F --backend one --workers 2; F --seed 1; ; F -q; --family random-ksat --vars 4 -q;
--family random-ksat --vars 4 --ratio 2 --set x; --family random-ov --set n=3; --family none; U -q;
--family random-ksat --k 2
""",
    "run": """
F -q; U -q; F --sat-codes; U --sat-codes; U --sat-codes --trust 0.1 --no-oracle;
F --sat-codes --json --solver exhaustive-ov; O; F --page -; F --page F; F --measure -1; F --algorithm none;
F --solver none; F --chain none; F --trust 0; F --memory x; U --trust 0.1 --algorithm softmax -q; F --backend none;
F --vars 3
""",
}


OTHERS = {
    "chains": """
cnf ov; cnf ov -q; cnf ov --vars 3; cnf hamming --vars 3 --ratio 2 --seeds 0; cnf ov --vars 3 --ratio 2 --seeds -1; cnf ov F;
cnf ov F --vars 3; ov hamming O -q; ov hamming F; ov cnf; cnf ov --chain cnf-ov -q; cnf ov --chain ov-hamming;
cnf hamming --chain ov-hamming; cnf cnf --chain ''; cnf ov --chain ''; ov hamming --chain cnf-hamming; ov cnf O;
cnf ov --chain cnf-hamming; ov hamming --vars 3 --ratio 2; cnf ov --ratio 2; cnf ov --k 2; cnf none; cnf ov --clauses 9;
cnf ov --vars 3 --ratio 2 --seeds 1 --chain cnf-ov --json; cnf ov --vars 4 --clauses 8 --seed 3 --seeds 2 --json; cnf cnf
""",
    "extract": """
T A; T A --source O -q; - A; O A; T A --chain ov-attention; T none.npy; T A --source F; T A --source O --chain ov-attention -q;
T A --source O --chain ov-hamming,hamming-attention; T A --error 1e-9 -q; T B; T C; T A --page -; T A --page T;
T A --measure -1; T A --error 0; T A --logarithms -q; T A --source H; T O; B A; T D -q; T E
""",
    "reduce": """
O -o X.npz; O -o X.npz -q; O -o - --json; O -o O; F -o X.cnf --chain cnf-cubes[fix=1]; O -o X.npz --chain none; -o X.npz;
F --vars 3 -o X.npz; O -o X.txt; --family random-ksat --vars 3 --ratio 2 --k 2 -o X.cnf --chain ,; O -o X.npz --chain cnf-ov
""",
    "list": """
none; algorithms softmax -q; words t2; words t2 -q; words none; words t2 --json; problems -q;
problems cnf
""",
    "graph": "--dot --json; --dot --svg -; --json --svg -; --svg - --dot --json; --dot --svg X.svg",
    "kde": """
K K --bandwidth 1 -o X.npy -q; K K --bandwidth 1 -o X.npy --weights W -q; K K --bandwidth 1 -o X.npy --weights K;
K K --bandwidth 0 -o X.npy; K K --bandwidth 1 -o K; K none.npy --bandwidth 1 -o X.npy; K K --bandwidth 1 -o X.npy --rtol 0;
K K --bandwidth 1 -o X.npy --weights V
""",
}
VERBS = {**DECISIONS, **OTHERS}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """F and U are formulas, O lists without a threshold, H with one, N without a question; T is the task of O; A to E are
    outputs, of which B, C and E are none of it; K are points, V and W weights.
    """
    folder = tmp_path_factory.mktemp("asked")
    bits = [np.random.default_rng(seed).integers(0, 2, (5, 12)) for seed in (1, 2)]
    lists = OrthogonalVectors(*map(BitMatrix.of, bits))
    save(lists, folder / "O.npz")
    save(GapHamming(lists.A, lists.B, 1, 2), folder / "H.npz")
    np.savez(folder / "N.npz", A=bits[0], B=bits[1])
    save(OvAttention().apply(lists), folder / "T.npz", {"chain": "ov-attention"})
    np.save(folder / "A.npy", np.full((5, 1), 0.01))
    np.save(folder / "B.npy", np.zeros((5, 2)))
    np.savez(folder / "C.npz", a=np.zeros((5, 1)), b=np.zeros((5, 1)))
    np.savez(folder / "D.npz", a=np.zeros((5, 1)), out=np.full((5, 1), 0.9))
    np.save(folder / "E.npy", np.zeros((5, 1), dtype=complex))
    np.save(folder / "K.npy", np.arange(8.0).reshape(4, 2))
    np.save(folder / "V.npy", np.ones((3, 1)))
    np.save(folder / "W.npy", np.ones((4, 1)))
    return {"F": str(SAT), "U": str(UNSAT), **{file.stem: str(file) for file in folder.iterdir()}}


PARTS = {"decide": 8, "run": 4, "chains": 4, "extract": 4}


@pytest.mark.parametrize(("verb", "part"), [(verb, part) for verb in VERBS for part in range(PARTS.get(verb, 1))])
def test_verbs(
    verb: str, part: int, files: dict[str, str], call: Caller, kept: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = []
    for words in commands(VERBS[verb])[part :: PARTS.get(verb, 1)]:
        answer = call(verb, *(files.get(word, word) for word in words))
        out = shown(answer.json) if "--json" in words and answer.code == 0 else answer.out
        out = out.partition(":")[0] if "seconds" in out else out  # or the verdict alone
        said.append(f"{words} {answer.code} {out} {answer.err}")
    kept("\n".join(said).replace(str(tmp_path), "").replace(str(Path(files["O"]).parent), "").replace(str(SAT.parent), ""))


def test_what_was_typed() -> None:
    typed = [
        ["run", "f", "--explain"], ["run", "--algorithm", "a", "f"], ["run", "--algorithm=a", "f", "--page=x", "--page", "y"],
        ["run", "--page"], ["run", "it's", "--algorithms"],
    ]  # fmt: skip
    found = [run.typed(SimpleNamespace(obj=words)) for words in typed]  # type: ignore[arg-type]
    assert found == ["hardlab run f", "hardlab run f", "hardlab run f", "hardlab run", "hardlab run 'it'\"'\"'s' --algorithms"]
