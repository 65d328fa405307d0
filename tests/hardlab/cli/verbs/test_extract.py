"""`hardlab extract`: verdicts by outputs that came from elsewhere, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from attention import Softmax
from instances.dimacs import read
from instances.families import random_ksat
from instances.storage import load, notes_of, save
from instances.task import AttentionTask
from tests.support.calling import Caller
from tests.support.places import EXAMPLES, SAT, UNSAT


def reduced(call: Caller, folder: Path, formula: Path, *words: object, name: str = "task.safetensors") -> AttentionTask:
    assert call("reduce", formula, "-o", folder / name, *words).code == 0
    task = load(folder / name)
    assert isinstance(task, AttentionTask)
    return task


def outputs(task: AttentionTask) -> np.ndarray:
    return Softmax()(task.inputs)


@pytest.mark.parametrize("name", ["task.safetensors", "task.npz"])
def test_a_yes_is_carried_back_to_a_model(call: Caller, tmp_path: Path, name: str) -> None:
    task = reduced(call, tmp_path, SAT, name=name)
    np.save(tmp_path / "T.npy", outputs(task))
    record = call("extract", tmp_path / name, tmp_path / "T.npy", "--source", SAT, "--json").json
    formula = read(SAT)
    assert (record["verdict"], record["oracle"], record["agrees"]) == ("yes", "yes", True)
    assert all({*clause} & {*record["model"]} for clause in formula.clauses)
    assert record["instance"] == formula.identity
    assert record["own"]["verdict"] == "yes"
    alone = call("extract", tmp_path / name, tmp_path / "T.npy", "--json").json
    assert (alone["verdict"], alone["model"], alone["instance"]) == ("yes", None, task.identity)
    assert task.reaches(tuple(alone["witness"]))


@pytest.mark.parametrize(
    ("words", "verdict", "code", "said"),
    [
        ([], "unknown", 0, "cannot say NO"),
        (["--error", 1e-9], "no", 0, "NO if the claim that"),
        (["--error", 1e9], "unknown", 0, "too weak"),
        (["--error", 1e-9, "--logarithms"], "unknown", 1, "promise broken"),
    ],
)
def test_a_no_rests_on_an_error_that_is_vouched_for(
    call: Caller, tmp_path: Path, words: list[object], verdict: str, code: int, said: str
) -> None:
    task = reduced(call, tmp_path, UNSAT)
    np.save(tmp_path / "T.npy", outputs(task))
    answer = call("extract", tmp_path / "task.safetensors", tmp_path / "T.npy", "--source", UNSAT, *words, "--json")
    assert (answer.code, answer.json["verdict"], answer.json["oracle"]) == (code, verdict, "no")
    assert said in answer.json["reason"]
    assert answer.json["claimed"] == (verdict == "no")


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("formula", [SAT, UNSAT])
@pytest.mark.parametrize("words", [[], ["--error", 0.0], ["--error", 0.1], ["--error", 1e-9, "--logarithms"]])
def test_no_outputs_bring_about_a_wrong_verdict(call: Caller, tmp_path: Path, formula: Path, words: list[object]) -> None:
    """Wrong ones: negated, shuffled, all YES, all NO, on the border, no numbers."""
    task, truth = reduced(call, tmp_path, formula), "yes" if formula == SAT else "no"
    right = outputs(task)
    random = np.random.default_rng(0)
    liars = [-right, random.permutation(right), *(np.full_like(right, x) for x in (task.high, task.low, 0.0, np.nan, 1e300))]
    for number, wrong in enumerate(liars):
        file = tmp_path / f"T{number}.npy"
        np.save(file, wrong)
        for source in ([], ["--source", formula]):
            record = call("extract", tmp_path / "task.safetensors", file, *source, *words, "--json").json
            assert record["verdict"] in (truth, "unknown"), (number, words, record["reason"])


def test_a_yes_is_found_among_wrong_outputs_and_a_wrong_claim_is_disproved(call: Caller, tmp_path: Path) -> None:
    task = reduced(call, tmp_path, EXAMPLES / "worked-yes.cnf")
    np.save(tmp_path / "T.npy", -outputs(task))
    found = call("extract", tmp_path / "task.safetensors", tmp_path / "T.npy", "--json").json
    assert found["verdict"] == "yes"
    assert found["own"]["wrong"] > 0
    claimed = call("extract", tmp_path / "task.safetensors", tmp_path / "T.npy", "--error", 1e-6)
    assert claimed.code == 1
    assert claimed.out.startswith("UNKNOWN: promise broken at row")


@pytest.mark.parametrize("kind", ["npz", "alone.npz", "safetensors", "bfloat16", "bhnd", "flat", "float16"])
def test_the_forms_of_outputs(call: Caller, tmp_path: Path, kind: str) -> None:
    task = reduced(call, tmp_path, SAT)
    T = outputs(task)[:, :1] if task.inputs.V.shape[1] == 1 else outputs(task)
    file = tmp_path / "T.npz"
    if kind == "npz":
        np.savez(file, T=T.astype(np.float32), seconds=1.0)
    elif kind == "alone.npz":
        np.savez(file, of_mine=T)
    elif kind == "safetensors":
        file = tmp_path / "T.safetensors"
        save_file({"out": T}, file)
    elif kind == "bfloat16":
        np.savez(file, T=(T.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16))
    elif kind == "bhnd":
        np.savez(file, T=T[None, None])
    elif kind == "float16":
        np.savez(file, T=np.asfortranarray(T.astype(np.float16)))
    else:
        np.savez(file, T=T[:, 0])
    answer = call("extract", tmp_path / "task.safetensors", file, "--source", SAT, "-q")
    assert (answer.code, answer.out) == (0, "yes\n"), answer


def test_bad_outputs_are_said_in_a_line(call: Caller, tmp_path: Path) -> None:
    task = reduced(call, tmp_path, SAT)
    T, place = outputs(task), tmp_path / "task.safetensors"

    def said(name: str, content: bytes | dict[str, object] | np.ndarray) -> str:
        file = tmp_path / name
        if isinstance(content, bytes):
            file.write_bytes(content)
        elif isinstance(content, dict):
            np.savez(file, **content)  # type: ignore[arg-type]
        else:
            np.save(file, content)
        message = call("extract", place, file).refusal()
        assert str(file) in message
        return message

    assert "shape" in said("short.npy", T[:-1])
    assert "shape" in said("wide.npy", np.hstack([T, T]))
    assert "shape" in said("turned.npy", np.stack([T, T]))
    assert "complex" in said("complex.npy", T.astype(complex))
    assert "real numbers" in said("text.npy", T.astype(str))
    assert "object" in said("pickle.npy", np.array([T, None], dtype=object))
    assert "give the outputs as T or out" in said("two.npz", {"a": T, "b": T})
    assert "(none)" in said("none.npz", {})
    assert "cannot be read" in said("half.npz", b"PK\3\4 and so on")
    assert "cannot be read" in said("half.npy", (tmp_path / "short.npy").read_bytes()[:-5])
    assert "cannot be read" in said("half.safetensors", b"\x10\0\0\0\0\0\0\0{}")
    assert "are read from .npy" in said("T.txt", b"1 2 3")
    assert "there is no file" in call("extract", place, tmp_path / "nothing.npy").refusal()
    assert "there is no file" in call("extract", place, tmp_path).refusal()


def test_bad_options_are_said_in_a_line(call: Caller, tmp_path: Path) -> None:
    task, place = reduced(call, tmp_path, SAT), tmp_path / "task.safetensors"
    answer = tmp_path / "T.npy"
    np.save(answer, outputs(task))
    assert "becomes attention" in call("extract", place, answer, "--source", UNSAT).refusal()
    assert (
        "becomes attention"
        in call("extract", place, answer, "--source", SAT, "--chain", "cnf-hamming,hamming-attention[R0=4]").refusal()
    )
    assert "becomes hamming" in call("extract", place, answer, "--source", SAT, "--chain", "cnf-hamming").refusal()
    assert "no-such" in call("extract", place, answer, "--source", SAT, "--chain", "no-such").refusal()
    assert "starts from cnf" in call("extract", place, answer, "--source", place).refusal()
    assert "give both" in call("extract", place, answer, "--chain", "auto").refusal()
    assert "trusted error of -1" in call("extract", place, answer, "--error", "-1").refusal()
    assert "trusted error of nan" in call("extract", place, answer, "--error", "nan").refusal()
    assert "--measure" in call("extract", place, answer, "--measure", "-1").refusal()
    assert "not standard input" in call("extract", "-", answer, stdin=b"").refusal()
    assert "CNF" in call("extract", SAT, answer).refusal()
    assert "there is no file" in call("extract", tmp_path / "none.npz", answer).refusal()
    assert "an input" in call("extract", place, answer, "--page", answer).refusal()
    save(task, tmp_path / "silent.npz")
    assert "give --chain" in call("extract", tmp_path / "silent.npz", answer, "--source", SAT).refusal()


def test_the_notes_of_a_task_are_those_that_were_saved(tmp_path: Path) -> None:
    from hardlab.names.chains import chain

    task = chain("auto").trace(random_ksat(6, 12, 3, seed=0))[-1].problem
    for name in ("a.npz", "a.safetensors"):
        save(task, tmp_path / name, {"chain": "auto", "why": "ä"})
        notes = notes_of(tmp_path / name)
        assert (notes["chain"], notes["why"], notes["generator"]) == ("auto", "ä", "hardness-lab")
