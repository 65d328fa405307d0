"""What is wrong with the input is said in one line, with exit code 2, and never a traceback."""

import gzip
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from instances.families import random_hamming
from instances.storage import save
from reductions.ours import REDUCTIONS
from tests.support.calling import Caller, process
from tests.support.places import SAT

FAMILY = ["--family", "random-ksat", "--vars", 8, "--ratio", 4, "--k", 3]

STEEP = "hamming-balanced,balanced-attention"

GOOD = b"p cnf 3 2\n1 -2 0\n2 3 0\n"

FORMULAS: dict[str, tuple[bytes, str]] = {
    "empty.cnf": (b"", "empty"),
    "blank.cnf": (b"\n \n", "p cnf"),
    "binary.cnf": (bytes(range(256)) * 4, ""),
    "zeros.cnf": (b"\0" * 100, ""),
    "truncated.cnf.gz": (gzip.compress(GOOD * 500)[:-12], ""),
    "nothing-left.cnf.gz": (gzip.compress(GOOD)[:5], ""),
    "no-header.cnf": (b"1 -2 0\n2 3 0\n", "p cnf"),
    "two-headers.cnf": (b"p cnf 3 2\np cnf 3 2\n1 -2 0\n2 3 0\n", "header"),
    "out-of-range.cnf": (b"p cnf 3 1\n1 -4 0\n", "-4"),
    "letters.cnf": (b"p cnf 3 1\n1 x 0\n", "x"),
    "letters-in-header.cnf": (b"p cnf three 1\n1 0\n", "three"),
    "fraction.cnf": (b"p cnf 3 1\n1 2.5 0\n", "2.5"),
    "negative.cnf": (b"p cnf -3 1\n1 0\n", "-3"),
    "huge.cnf": (b"p cnf 1000000000 1\n1 0\n", "1000000000"),
    "endless.cnf": (b"p cnf " + b"9" * 5000 + b" 1\n1 0\n", ""),
    "too-few.cnf": (b"p cnf 3 5\n1 -2 0\n2 3 0\n", "5"),
    "too-many.cnf": (b"p cnf 3 1\n1 -2 0\n2 3 0\n", "1"),
    "other-problem.cnf": (b"p wcnf 3 1\n1 0\n", "wcnf"),
    "utf16.cnf": ("p cnf 1 1\n1 0\n".encode("utf-16"), ""),
}

VERBS = ("run", "decide")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", FORMULAS)
def test_bad_formulas(call: Caller, tmp_path: Path, verb: str, name: str) -> None:
    content, said = FORMULAS[name]
    (tmp_path / name).write_bytes(content)
    message = call(verb, tmp_path / name).refusal()
    assert name in message
    assert said in message
    assert len(message) < 600


@pytest.mark.parametrize("verb", VERBS)
def test_the_error_is_json_too_where_json_is_wanted(call: Caller, tmp_path: Path, verb: str) -> None:
    answer = call(verb, tmp_path / "none.cnf", "--json")
    assert answer.code == 2
    assert "there is no file" in answer.json["error"]
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("verb", VERBS)
def test_bad_paths(call: Caller, tmp_path: Path, verb: str) -> None:
    assert "no file" in call(verb, tmp_path / "none.cnf").refusal()
    assert "is a directory" in call(verb, tmp_path).refusal()
    assert "directory" in call(verb, SAT / "below.cnf").refusal()
    assert call(verb, "a\0b.cnf").refusal()
    assert "one of the two" in call(verb).refusal()
    assert "--family" in call(verb, SAT, *FAMILY).refusal()
    assert "--vars" in call(verb, SAT, "--vars", 3).refusal()
    for content in (b"", b"p cnf", bytes(range(256))):
        assert "standard input" in call(verb, "-", stdin=content).refusal()


def ints(shape: tuple[int, ...], seed: int = 0) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).integers(0, 2, shape)


A, B = ints((5, 8)), ints((6, 8), 1)

ARRAYS: dict[str, tuple[dict[str, Any], str]] = {
    "one axis": ({"A": A[0], "B": B, "t": 1, "t2": 3}, "two axes"),
    "three axes": ({"A": A[None], "B": B, "t": 1, "t2": 3}, "two axes"),
    "other dimension": ({"A": A[:, :7], "B": B, "t": 1, "t2": 3}, "A has 7 columns"),
    "no rows": ({"A": A[:0], "B": B, "t": 1, "t2": 3}, "0 rows"),
    "no columns": ({"A": A[:, :0], "B": B[:, :0], "t": 1, "t2": 3}, ""),
    "floats": ({"A": A.astype(float), "B": B, "t": 1, "t2": 3}, "float64"),
    "twos": ({"A": 2 * A, "B": B, "t": 1, "t2": 3}, "0 and 1"),
    "text": ({"A": A.astype(str), "B": B, "t": 1, "t2": 3}, ""),
    "complex": ({"A": A.astype(complex), "B": B, "t": 1, "t2": 3}, "complex"),
    "a pickle": ({"A": A.astype(object), "B": B, "t": 1, "t2": 3}, "pickled"),
    "no B": ({"A": A, "t": 1, "t2": 3}, "'B'"),
    "no question": ({"A": A, "B": B}, "kind"),
    "t alone": ({"A": A, "B": B, "t": 1}, "t2"),
    "t above t2": ({"A": A, "B": B, "t": 3, "t2": 2}, "t < t2"),
    "t2 above d": ({"A": A, "B": B, "t": 3, "t2": 9}, "t2 <= d"),
    "negative t": ({"A": A, "B": B, "t": -1, "t2": 2}, "0 <= t"),
    "fractional t": ({"A": A, "B": B, "t": 1.5, "t2": 2}, "integer"),
    "eps not finite": ({"A": A, "B": B, "t": 1, "eps": np.inf}, "finite"),
    "unknown kind": ({"A": A, "B": B, "kind": "Knapsack"}, "Knapsack"),
    "not balanced": ({"A": A, "B": B, "kind": "BalancedHamming", "t": 1, "t2": 3}, "weight"),
    "words of bits": ({"A": A, "B": B, "d": 8, "t": 1, "t2": 3}, "uint64"),
    "changed after it was saved": ({"A": A, "B": B, "t": 1, "t2": 3, "instance": "0" * 64}, "changed"),
    "attention without a question": ({"Q": A * 1.0, "K": B * 1.0, "V": np.ones((6, 1))}, "scale"),
    "nothing": ({}, ""),
}

TASK = {"scale": 1.0, "mechanism": "softmax", "low": 0.1, "high": 0.2, "rows": 5, "logarithmic": False}
TASKS: dict[str, tuple[dict[str, Any], str]] = {
    "V too short": ({"V": np.ones((5, 1))}, "V"),
    "other d": ({"K": np.ones((6, 7))}, "columns"),
    "NaN": ({"Q": np.full((5, 8), np.nan)}, "finite"),
    "low above high": ({"low": 0.5}, "low"),
    "too many rows": ({"rows": 6}, "rows"),
    "no rows": ({"rows": 0}, "rows"),
    "other mechanism": ({"mechanism": "cosine"}, "cosine"),
    "scale not finite": ({"scale": np.nan}, "scale"),
    "logarithm of negative values": ({"V": -np.ones((6, 1)), "logarithmic": True}, "V"),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", ARRAYS)
def test_bad_vectors(call: Caller, tmp_path: Path, verb: str, name: str) -> None:
    arrays, said = ARRAYS[name]
    np.savez(tmp_path / "bad.npz", **arrays)
    message = call(verb, tmp_path / "bad.npz").refusal()
    assert "bad.npz" in message
    assert said in message


@pytest.mark.parametrize("name", TASKS)
def test_bad_attention_tasks(call: Caller, tmp_path: Path, name: str) -> None:
    change, said = TASKS[name]
    good = {"Q": A * 1.0, "K": B * 1.0, "V": np.ones((6, 1)), **TASK}
    np.savez(tmp_path / "bad.npz", **{**good, **change})
    message = call("decide", tmp_path / "bad.npz").refusal()
    assert "bad.npz" in message
    assert said in message


@pytest.mark.parametrize("verb", VERBS)
def test_damaged_archives(call: Caller, tmp_path: Path, verb: str) -> None:
    save(random_hamming(8, 8, 20, seed=0), tmp_path / "good.npz")
    content = (tmp_path / "good.npz").read_bytes()
    header = json.dumps({"Q": {"dtype": "F64", "shape": [10**9, 10**9], "data_offsets": [0, 8]}}).encode()
    for name, damaged in {
        "cut.npz": content[: len(content) // 2],
        "text.npz": b"p cnf 1 1\n1 0\n",
        "flipped.npz": content.replace(b"\x93NUMPY", b"\x93NUMPX"),
        "cut.safetensors": struct.pack("<Q", 100) + b"{",
        "long.safetensors": struct.pack("<Q", 2**60) + b"{}",
        "big.safetensors": struct.pack("<Q", len(header)) + header + b"\0" * 8,
    }.items():
        (tmp_path / name).write_bytes(damaged)
        assert name in call(verb, tmp_path / name).refusal()


def test_run_leaves_vectors_to_decide(call: Caller, tmp_path: Path) -> None:
    save(random_hamming(8, 8, 20, seed=0), tmp_path / "good.npz")
    assert "use hardlab decide" in call("run", tmp_path / "good.npz").refusal()


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--chain", "cnf-hamin,hamming-attention"], "did you mean cnf-hamming?"),
        (["--chain", "cnf-hamming,,hamming-attention"], "cannot be read"),
        (["--chain", "cnf-hamming[seed=1"], "cannot be read"),
        (["--chain", "cnf-hamming[sead=1],hamming-attention"], "did you mean seed?"),
        (["--chain", "cnf-hamming[seed],hamming-attention"], "name=value"),
        (["--chain", "cnf-hamming[seed=x],hamming-attention"], "a whole number"),
        (["--chain", "cnf-hamming[split=1:x],hamming-attention"], "whole numbers joined by colons"),
        (["--chain", "cnf-hamming[split=1:99],hamming-attention"], "from 1 to 8"),
        (["--chain", "cnf-hamming[split=1:1],hamming-attention"], "different variables"),
        (["--chain", "cnf-hamming[cover=most],hamming-attention"], "demanded and left"),
        (["--chain", "cnf-hamming[seed=-1],hamming-attention"], "seed = -1"),
        (["--chain", "cnf-ov,ov-hamming[gadget=triple],hamming-attention"], "pair, single and cycle"),
        (["--chain", "cnf-hamming,hamming-attention[R0=1]"], "R0 = 1"),
        (["--chain", "cnf-hamming,hamming-attention[R0=nan]"], "R0 = nan"),
        (["--chain", "cnf-hamming,hamming-attention[R0=inf]"], "R0 = inf"),
        (["--chain", "cnf-hamming,hamming-attention[R0=many]"], "must be a number"),
        (["--chain", "cnf-ov,hamming-attention"], "must meet"),
        (["--chain", "ov-attention"], "starts from ov"),
        (["--chain", "cnf-ov"], "exhaustive-ov"),
        (["--chain", "cnf-hamming", "--solver", "exhaustive-ov"], "the chain ends in hamming"),
        (["--chain", "cnf-hamming", "--solver", "exhaustive-haming"], "did you mean exhaustive-hamming?"),
        (["--algorithm", "softmaxx"], "did you mean softmax"),
        (["--algorithm", "nothing:here"], "No module named 'nothing'"),
        (["--algorithm", "json:nothing"], "nothing"),
        (["--algorithm", "json:__doc__"], "is a str"),
        (["--algorithm", ":"], "cannot be loaded"),
        (["--solver", "json:loads", "--chain", "cnf-ov"], "solver plug-in"),
        (["--dtype", "float16"], "float64 or float32"),
        (["--memory", "lots"], "512M"),
        (["--memory", "-1"], "512M"),
        (["--memory", "0"], "512M"),
        (["--memory", "nan"], "512M"),
        (["--memory", ""], "512M"),
        (["--trust", "-1"], "-1"),
        (["--trust", "nan"], "nan"),
        (["--trust", "inf"], "inf"),
        (["--trust", "much"], "--trust"),
        (["--measure", "all"], "--measure"),
        (["--nonsense"], "--nonsense"),
        (["--chain"], "--chain"),
    ],
)
def test_bad_options(call: Caller, verb: str, words: list[str], said: str) -> None:
    assert said in call(verb, *FAMILY, *words).refusal()


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--family", "random-sat"], "did you mean random-ksat?"),
        (["--family", "zzz"], "choose from"),
        (["--family", "random-ksat"], "needs n and m"),
        (["--family", "random-ksat", "--vars", 5, "--k", 3], "needs m"),
        (["--family", "random-ksat", "--vars", 5, "--k", 3, "--ratio", 4, "--clauses", 20], "one of the two"),
        (["--family", "random-ksat", "--k", 3, "--ratio", 4], "--vars"),
        (["--family", "random-ksat", "--vars", 5, "--k", 9, "--ratio", 4], "k = 9"),
        (["--family", "random-ksat", "--vars", -5, "--k", 3, "--clauses", 4], "n = -5"),
        (["--family", "random-ksat", "--vars", 10**9, "--k", 3, "--clauses", 4], "1000000000"),
        (["--family", "random-ksat", "--vars", 5, "--k", 3, "--ratio", "nan"], "nan"),
        (["--family", "random-ksat", "--vars", 5, "--k", 3, "--ratio", "inf"], "inf"),
        (["--family", "random-ksat", "--vars", 5, "--k", 3, "--ratio", -1], "-1"),
        (["--family", "random-ksat", "--vars", 5, "--k", 3, "--clauses", 9, "--seed", -1], "seed = -1"),
        (["--family", "random-ksat", "--vars", "ten"], "--vars"),
        (["--family", "random-ksat", "--vars", 5, "--k", 3, "--clauses", 9, "--set", "x=1"], "'x'"),
        (["--family", "pigeonhole", "--set", "holes"], "name=value"),
        (["--family", "pigeonhole", "--set", "holes=many"], "holes"),
        (["--family", "pigeonhole", "--set", "holes=0"], "holes = 0"),
        (["--family", "pigeonhole", "--set", "hole=3"], "did you mean holes?"),
        (["--family", "pigeonhole", "--vars", 3], "'n'"),
        (["--family", "parity", "--vars", 6, "--set", "odd=maybe"], "true or false"),
        (["--vars", 6], "--family"),
    ],
)
def test_bad_families(call: Caller, verb: str, words: list[object], said: str) -> None:
    assert said in call(verb, *words).refusal()


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    "words",
    [
        [SAT, "--memory", "1K"],
        [SAT, "--chain", "cnf-ov,ov-attention", "--memory", "64K"],
        ["--family", "random-ksat", "--vars", 70, "--ratio", 3, "--k", 3, "--chain", "cnf-ov,ov-attention"],
        ["--family", "random-ksat", "--vars", 60, "--ratio", 1, "--k", 3, "--memory", "1M"],
    ],
)
def test_too_large_says_how_much_is_needed(call: Caller, verb: str, words: list[object]) -> None:
    message = call(verb, *words).refusal()
    assert any(character.isdigit() for character in message)
    assert "--memory" in message


def test_dense_copies_for_a_plug_in_are_within_the_budget(call: Caller, tmp_path: Path) -> None:
    (tmp_path / "never_called.py").write_text("def f(Q, K, V, scale): raise AssertionError")
    words = ["run", SAT, "--chain", "cnf-ov,ov-attention", "--algorithm", "never_called:f", "--path", tmp_path]
    assert "dense Q and K" in call(*words, "--memory", "600K").refusal()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--t", 3], "own.npz with --t 3: A and B of kind GapHamming with t: GapHamming and BalancedHamming take t and one of"),
        (["--t2", 3], "take t and one of t2 and eps"),
        (["--t", 3, "--t2", 4, "--eps", 1], "take t and one of t2 and eps"),
        (["--t", 3, "--eps", "inf"], "finite"),
        (["--t", 3, "--eps", -1], "eps"),
        (["--t", 3, "--t2", 100], "t2 <= d"),
        (["--t", -3, "--t2", 1], "0 <= t"),
        (["--t", 3, "--t2", 4, "--kind", "ov"], "OrthogonalVectors none"),
        (["--t", 3, "--t2", 2, "--kind", "product"], "ThresholdProduct t"),
        (["--t", 3, "--eps", 1, "--kind", "far"], "FarHamming t and t2"),
        (["--t", 3, "--t2", 4, "--kind", "balanced"], "weight"),
        (["--kind", "haming"], "did you mean hamming?"),
        (["--kind", "cnf"], "CNF"),
        (["--nearest"], "--eps"),
        (["--nearest", "--eps", 0], "eps = 0"),
        (["--nearest", "--eps", "nan"], "eps = nan"),
        (["--nearest", "--eps", 1, "--t", 3], "not --solver"),
        (["--nearest", "--eps", 1, "--solver", "exhaustive-hamming"], "not --solver"),
        (["--nearest", "--eps", 1, "--chain", "hamming-balanced"], "ends in balanced"),
        (["--nearest", "--eps", 1, "--chain", "ov-attention"], "starts from ov"),
        (["--nearest", "--eps", 1, "--chain", ""], "ends in hamming"),
        (
            ["--nearest", "--eps", 0.01, "--chain", "hamming-balanced,balanced-attention", "--algorithm", "softmax32"],
            "too weak",
        ),
    ],
)
def test_bad_questions_about_own_vectors(call: Caller, tmp_path: Path, words: list[object], said: str) -> None:
    np.savez(tmp_path / "own.npz", A=ints((20, 40)), B=ints((30, 40), 1))
    assert said in call("decide", tmp_path / "own.npz", *words).refusal()


def test_questions_need_open_files_of_vectors(call: Caller, tmp_path: Path) -> None:
    save(random_hamming(8, 8, 20, seed=0), tmp_path / "h.npz")
    assert "of its own" in call("decide", tmp_path / "h.npz", "--t", 1, "--t2", 2).refusal()
    assert "two lists" in call("decide", SAT, "--t", 1, "--t2", 2).refusal()
    assert "two lists" in call("decide", SAT, "--nearest", "--eps", 1).refusal()
    assert "complete a FILE" in call("decide", *FAMILY, "--t", 1, "--t2", 2).refusal()
    assert "not of OrthogonalVectors" in call("decide", tmp_path / "h.npz", "--kind", "ov").refusal()
    assert "standard input" in call("decide", "-", "--t", 1, "--t2", 2, stdin=b"PK nothing").refusal()
    assert "no file" in call("decide", tmp_path / "none.npz", "--nearest", "--eps", 1).refusal()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([SAT], "--output"),
        ([SAT, "-o", "x.png"], ".safetensors"),
        ([SAT, "-o", "x.npz", "--chain", "cnf-hamin"], "did you mean"),
        ([SAT, "-o", "missing/x.safetensors"], "cannot be written"),
        ([SAT, "-o", "x.safetensors", "--memory", "64K"], "--memory"),
        (["none.cnf", "-o", "x.npz"], "no file"),
    ],
)
def test_bad_reduce(call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[object], said: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in call("reduce", *words).refusal()
    assert not list(tmp_path.iterdir())


def test_reduce_does_not_mix_json_with_the_instance(call: Caller) -> None:
    answer = call("reduce", SAT, "-o", "-", "--json")
    assert answer.code == 2
    assert "both want stdout" in answer.json["error"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["cnf", "atention"], "did you mean attention?"),
        (["snf", "attention"], "did you mean cnf?"),
        (["attention", "cnf"], "no chain leads"),
        (["cnf", "cnf"], "no chain leads"),
        (["cnf"], "target"),
        (["cnf", "attention", "--vars", 9], "--ratio"),
        (["cnf", "attention", "--vars", 9, "--k", 3], "--ratio or --clauses"),
        (["cnf", "attention", "--k", 3, "--clauses", 4], "--vars"),
        (["cnf", "attention", "--vars", 2, "--ratio", 4, "--k", 3], "k = 3"),
        (["cnf", "attention", "--vars", 9, "--ratio", 4, "--k", 3, "--seeds", -1], "--seeds"),
        (["cnf", "attention", "--vars", 9, "--ratio", 4, "--k", 3, "--seed", -1], "seed"),
        (["ov", "attention", "--vars", 9, "--ratio", 4, "--k", 3], "give a FILE"),
        (["ov", "attention", SAT], "holds an instance of cnf"),
        (["cnf", "attention", SAT, "--vars", 9], "without a FILE"),
        (["cnf", "attention", SAT, "--chain", "cnf-ov"], "does not lead"),
        (["cnf", "attention", SAT, "--chain", "ov-attention"], "does not lead"),
        (["cnf", "attention", SAT, "--chain", "cnf-hamming[split=99],hamming-attention"], "from 1 to 20"),
        (["cnf", "attention", SAT, "--memory", "x"], "512M"),
    ],
)
def test_bad_chains(call: Caller, words: list[object], said: str) -> None:
    assert said in call("chains", *words).refusal()


def test_bad_list_and_graph(call: Caller, tmp_path: Path) -> None:
    assert "did you mean algorithms?" in call("list", "algoritms").refusal()
    assert "--svg FILE" in call("graph", "--dot", "--svg", "-").refusal()
    assert "cannot be written" in call("graph", "--svg", tmp_path / "missing" / "g.svg").refusal()
    assert "frobnicate" in call("frobnicate").refusal()
    assert "did you mean" in call("decid").refusal().lower()


def test_interrupted(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hardlab.runs.running.run", interrupt)
    answer = call("run", SAT)
    assert (answer.code, answer.out, answer.err) == (130, "", "hardlab: interrupted\n")


def test_out_of_memory_is_one_line(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError("Unable to allocate 9 TiB")

    monkeypatch.setattr("hardlab.runs.running.run", exhausted)
    assert "9 TiB" in call("run", SAT).refusal()


@pytest.mark.slow
def test_the_installed_command_refuses_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "two.cnf").write_bytes(FORMULAS["two-headers.cnf"][0])
    for verb in VERBS:
        assert "header" in process(verb, tmp_path / "two.cnf").refusal()


def test_keys_in_errors_are_those_of_the_graph(call: Caller) -> None:
    message = call("run", SAT, "--chain", "zzz").refusal()
    assert all(reduction.key in message for reduction in REDUCTIONS)


@pytest.mark.parametrize(
    ("rows", "keys", "columns", "said"),
    [
        (2, 0, 3, "A has 2 rows and B has 0: each list needs at least one"),
        (0, 2, 3, "needs at least one"),
        (2, 2, 0, "d = 0 columns"),
    ],
)
@pytest.mark.parametrize("question", [["--nearest", "--eps", 1], ["--t", 1, "--t2", 2]])
@pytest.mark.parametrize("piped", [False, True])
def test_lists_of_nothing_are_named_and_not_the_question(
    call: Caller, tmp_path: Path, rows: int, keys: int, columns: int, said: str, question: list[Any], piped: bool
) -> None:
    file = tmp_path / "lists.npz"
    np.savez(file, A=np.ones((rows, columns), int), B=np.ones((keys, columns), int))
    answer = call("decide", "-", *question, stdin=file.read_bytes()) if piped else call("decide", file, *question)
    message = answer.refusal()
    assert message.startswith("standard input" if piped else str(file))
    assert said in message
    assert "--nearest" not in message


def test_lists_without_a_question_still_ask_for_it(call: Caller, tmp_path: Path) -> None:
    np.savez(tmp_path / "lists.npz", A=np.ones((2, 3), int), B=np.ones((2, 3), int))
    assert "or --nearest" in call("decide", tmp_path / "lists.npz").refusal()
