"""`hardlab check`: verdicts, records, pages, repetitions, limits and bad input, through the command line."""

import json
import sys
from pathlib import Path
from typing import Any
from unittest import SkipTest

import pytest

from hardlab.conformance.checking import check_algorithm, checked, checks
from hardlab.conformance.everything import everything
from hardlab.conformance.result import Result, verdict
from hardlab.conformance.suffered import Suffered
from hardlab.kernels.kernel import Conventions
from tests.support.calling import Answer, Caller
from tests.support.kernels import InProcess

KERNELS = """
import os
import time

import numpy as np


def right(Q, K, V, scale):
    S = (Q * Q.dtype.type(scale)) @ K.T
    W = np.exp(S - S.max(axis=1, keepdims=True))
    return (W @ V) / W.sum(axis=1, keepdims=True)


def built_in(Q, K, V):
    return right(Q, K, V, 1 / np.sqrt(Q.shape[1]))


def sampled(Q, K, V, scale):
    some = np.random.default_rng(0).choice(len(K), min(8, len(K)), replace=False)
    return right(Q, K[some], V[some], scale)


def loud(Q, K, V, scale):
    print("{}")
    return right(Q, K, V, scale)


def nothing(Q, K, V, scale):
    return np.full((len(Q), V.shape[1]), np.nan)


def hang(Q, K, V, scale):
    time.sleep(1000)


def leave(Q, K, V, scale):
    os._exit(3)


class Declines:
    key, logarithmic = "declines", False

    def promise(self, inputs):
        from instances.problem import Declined
        raise Declined("never")

    __call__ = promise
"""


NOT_OFFERED = (
    "alibi",
    "alignment",
    "bias",
    "gradients",
    "masks",
    "own",
    "packing",
    "padding",
    "together",
    "visibility",
    "windows",
)
"""Checks of what f(Q, K, V, scale) has no parameters for."""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found where an approximation gives way to an exact computation is looked for at small sizes."""
    monkeypatch.setattr(sys.modules["hardlab.conformance.checks.fallback"], "SIZES", (512, 1024))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kernels_to_check.py").write_text(KERNELS)
    return tmp_path


def asked(call: Caller, folder: Path, name: str, *words: object) -> Answer:
    return call("check", f"kernels_to_check:{name}", "--path", folder, "--sizes", "16", *words)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("right", []),
        ("loud", ["--dtype", "float32"]),
        ("built_in", ["--scale", "1/sqrt(d)"]),
    ],
)
def test_a_right_kernel_is_conformant(call: Caller, folder: Path, name: str, words: list[str]) -> None:
    some = ["--only", "[dis]*"] if words else []
    answer = asked(call, folder, name, *words, *some, "--json")
    record = answer.json
    assert (answer.code, record["verdict"]) == (0, "conformant")
    assert {check["status"] for check in record["checks"]} <= {"passed", "skipped"}
    passed = {check["name"].partition("/")[0] for check in record["checks"] if check["status"] == "passed"}
    of_all = {check.name.partition("/")[0] for check in check_algorithm("softmax")}
    asked_of_it = of_all - {"promises", *NOT_OFFERED} | {"honesty"}
    assert passed == {name for name in asked_of_it if name[0] in "di" or name == "shapes" or not words}
    assert {"causal", "mask", "backward"} <= set(record["not_offered"])
    assert {end["construction"] for end in record["ends"]} >= {"T5", "sink"}
    assert all(end["passed"] == end["rungs"] for end in record["ends"])


@pytest.mark.slow
def test_a_wrong_kernel_is_found_with_counterexamples_and_repetitions(call: Caller, folder: Path) -> None:
    words = ["--report", folder / "r.html", "--markdown", folder / "r.md", "--counterexamples", folder / "cases"]
    answer = asked(call, folder, "sampled", "--quick", *words, "--json")
    record = answer.json
    assert (answer.code, record["verdict"]) == (1, "wrong")
    wrong = [check for check in record["checks"] if check["status"] == "wrong" and check["name"].startswith("decisions")]
    assert wrong
    files = sorted((folder / "cases").iterdir())
    assert len(files) == sum(check["counterexample"] is not None for check in record["checks"]) > 0
    decided = next(file for file in files if "low" in json.loads(file.read_text()))
    replayed = call("replay", decided)
    assert replayed.code == 0
    assert replayed.out.startswith("confirmed: the output at place")
    assert call("replay", decided, "--json").json["confirmed"] is True
    edited = json.loads(decided.read_text())
    (folder / "edited.json").write_text(json.dumps({**edited, "task": "0" * 64}))
    assert "another task" in call("replay", folder / "edited.json").refusal()
    page = (folder / "r.html").read_text()
    assert "<script" not in page
    assert wrong[0]["name"] in page
    assert wrong[0]["name"] in (folder / "r.md").read_text() or "more" in (folder / "r.md").read_text()
    again = wrong[0]["repeat"]
    assert "--report" not in again
    assert "--counterexamples" not in again
    pattern = again.split("--only ")[1].strip("'")
    repeated = asked(call, folder, "sampled", "--only", pattern, "--json").json
    assert [check["name"] for check in repeated["checks"]] == [wrong[0]["name"]]
    assert repeated["verdict"] == "wrong"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "expected"), [("hang", "timeout"), ("leave", "crashed")])
def test_a_kernel_that_does_not_come_back_ends_the_run_early(call: Caller, folder: Path, name: str, expected: str) -> None:
    answer = asked(call, folder, name, "--timeout", 0.3, "--json")
    assert (answer.code, answer.json["verdict"]) == (1, expected)
    statuses = [check["status"] for check in answer.json["checks"]]
    assert statuses.count(expected) <= 12
    assert "skipped" in statuses
    assert any(check["reason"].startswith("after ") for check in answer.json["checks"])


@pytest.mark.exhaustive
@pytest.mark.slow
def test_nan_everywhere_is_wrong_and_declining_everywhere_is_honest(call: Caller, folder: Path) -> None:
    text = asked(call, folder, "nothing", "--quick")
    assert text.code == 1
    assert text.out.startswith("Wrong answer: kernels_to_check:nothing in float64")
    assert "more: --json" in text.out
    declines = asked(call, folder, "Declines", "--quick", "-q")
    assert (declines.code, declines.out) == (0, "declined\n")


@pytest.mark.exhaustive
@pytest.mark.slow
def test_expected_failures(call: Caller, folder: Path) -> None:
    (folder / "expected.toml").write_text('[[expected]]\ncheck = "decisions/*"\nreason = "it samples keys"\n')
    record = asked(
        call,
        folder,
        "sampled",
        "--only",
        "decisions/T5/*",
        "--seed-of-check",
        "1",
        "--expect",
        folder / "expected.toml",
        "--json",
    ).json
    assert record["verdict"] == "conformant"
    assert any(check["reason"].startswith("expected (it samples keys): wrong") for check in record["checks"])
    passes = asked(call, folder, "right", "--quick", "--expect", folder / "expected.toml", "--json")
    assert passes.code == 1
    assert "nothing of it failed" in passes.json["checks"][-1]["reason"]


@pytest.mark.slow
def test_our_own_algorithms_by_name(call: Caller) -> None:
    for name in ("softmax32", "polynomial[error=1e-3]"):
        dtype = "float32" if name == "softmax32" else "float64"
        record = call("check", name, "--dtype", dtype, "--sizes", "16", "--only", "promises", "--json").json
        assert record["verdict"] in ("conformant", "declined"), name
        assert any(check["status"] == "passed" for check in record["checks"])


@pytest.mark.slow
def test_all_that_is_installed(call: Caller, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = [("softmax", Conventions()), ("softmax32", Conventions(dtype="float32")), ("performer", Conventions())]
    assert {name for name, _ in everything()} >= {name for name, _ in kernels}
    monkeypatch.setattr("hardlab.conformance.everything.everything", lambda: kernels)
    words = ["--all", "--sizes", "16", "--only", "decisions/T5/worst/*"]
    answer = call("check", *words, "--report", folder / "all.html", "--json")
    assert answer.code == 1
    assert [record["verdict"] for record in answer.json["kernels"]] == ["conformant", "conformant", "wrong"]
    assert "softmax32" in (folder / "all.html").read_text()
    (folder / "all.json").write_text(answer.out)
    said = call("report", folder / "all.json", "-q").out.splitlines()
    assert said == ["softmax conformant", "softmax32 conformant", "performer wrong"]
    assert call("report", folder / "all.json").out.startswith("# Conformance of attention kernels")
    assert "hardlab check softmax32 --dtype float32" in answer.json["kernels"][1]["checks"][0]["repeat"]


@pytest.mark.slow
def test_one_of_many_that_cannot_be_loaded_is_a_result(call: Caller, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [("no_such_module:f", Conventions()), ("performer", Conventions()), ("performer", Conventions(dtype="float32"))]
    monkeypatch.setattr("hardlab.conformance.everything.everything", lambda: many)
    words = ["--all", "--sizes", "16", "--only", "decisions/T5/worst/n=16/R0=16/*", "--counterexamples", folder / "cases"]
    records = call("check", *words, "--json").json["kernels"]
    assert [record["verdict"] for record in records] == ["crashed", "wrong", "wrong"]
    assert "no_such_module" in records[0]["checks"][0]["reason"]
    wrong = sum(check["counterexample"] is not None for record in records for check in record["checks"])
    assert len(list((folder / "cases").iterdir())) == wrong


def test_ctrl_c_keeps_what_was_reached(call: Caller, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(asked: Any, **options: Any) -> Any:
        results = checked(asked, **options)
        yield next(results)
        yield next(results)
        raise KeyboardInterrupt

    monkeypatch.setattr("hardlab.conformance.checking.checked", interrupted)
    answer = asked(call, folder, "right", "--json", "--only", "shapes", "--report", folder / "r.html")
    assert answer.code == 130
    assert answer.json["part"] == "interrupted"
    assert [check["status"] for check in answer.json["checks"]] == ["passed", "passed"]
    assert "Conformant (interrupted)" in (folder / "r.html").read_text()
    assert "interrupted; this is what was reached" in answer.err


@pytest.mark.slow
def test_pages_from_stored_records_are_those_of_the_run(call: Caller, folder: Path) -> None:
    words = ["--only", "decisions/T5/*", "--report", folder / "r.html", "--markdown", folder / "r.md", "--json"]
    (folder / "record.json").write_text(asked(call, folder, "sampled", *words).out)
    again = call("report", folder / "record.json", "-o", folder / "again.html", "--markdown", folder / "again.md")
    assert again.code == 0
    assert again.out.startswith("Wrong answer (only 'decisions/T5/*'): kernels_to_check:sampled in float64")
    assert (folder / "again.html").read_bytes() == (folder / "r.html").read_bytes()
    assert (folder / "again.md").read_bytes() == (folder / "r.md").read_bytes()
    both = call("report", folder / "record.json", folder / "record.json", "-o", folder / "both.html")
    assert both.out.startswith("# Conformance of attention kernels")
    assert "Conformance of attention kernels" in (folder / "both.html").read_text()
    assert call("report", "-", "-q", stdin=(folder / "record.json").read_bytes()).out == "wrong\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x", "Expected '=' after a key"),
        ("", "does not hold a list"),
        ("expected = 3", "does not hold a list"),
        ("[[expected]]\ncheck = 5\nreason = 'x'", "is no expected failure"),
        ("[[expected]]\ncheck = 'shapes'\nreason = ''", "is no expected failure"),
        ("[[expected]]\ncheck = 'shapes'\nreason = 'x'\nmore = 1", "is no expected failure"),
        ("[[expected]]\ncheck = 'shape'\nreason = 'x'", "matches no check"),
        pytest.param(
            f"[[expected]]\ncheck = 'shapes'\nreason = 'x'\n# {'x' * 2**20}", "has more than 1,048,576 bytes", id="cut short"
        ),
        ("x = " + 20_000 * "[", "recursion"),
        ('[[expected]]\ncheck = "shapes"\nreason = ' + 5000 * "9", "limit"),
        ("expected = [" + 400 * "{a = 1}, " + "]", "is no expected failure"),
    ],
)
def test_expected_failures_that_are_none(call: Caller, folder: Path, content: str, said: str) -> None:
    (folder / "e.toml").write_text(content)
    assert said in asked(call, folder, "right", "--expect", folder / "e.toml").refusal()


@pytest.mark.slow
def test_an_expected_failure_that_passes_is_told_with_only_too(call: Caller, folder: Path) -> None:
    (folder / "e.toml").write_text(
        "[[expected]]\ncheck = 'shapes/*'\nreason = 'x'\n[[expected]]\ncheck = 'fallback'\nreason = 'x'"
    )
    record = asked(call, folder, "right", "--only", "shapes", "--expect", folder / "e.toml", "--json").json
    assert [check["name"] for check in record["checks"] if check["status"] == "wrong"] == ["expected/shapes/*"]


@pytest.mark.slow
def test_no_output_is_written_over_an_input_or_another(call: Caller, folder: Path) -> None:
    kernel = folder / "kernels_to_check.py"
    before = kernel.read_text()
    assert "an input" in call("check", f"{kernel}:right", "--only", "shapes", "--report", kernel).refusal()
    (folder / "link.py").symlink_to(kernel)
    assert "an input" in call("check", f"{kernel}:right", "--only", "shapes", "--markdown", folder / "link.py").refusal()
    assert kernel.read_text() == before
    twice = ["--report", folder / "x", "--markdown", folder / "x"]
    assert "another option" in call("check", "softmax", "--only", "shapes", *twice).refusal()
    assert "names no file" in call("check", "softmax", "--only", "shapes", "--report", "").refusal()
    (folder / "r.json").write_text(asked(call, folder, "right", "--only", "shapes", "--json").out)
    assert "an input" in call("report", folder / "r.json", "-o", folder / "r.json").refusal()


@pytest.mark.parametrize(
    "change",
    [{"checks": [{"axes": 5}]}, {"chains": [{"stages": [None]}]}, {"chains": [{"stages": [{"size": 3}]}]}],
)
def test_a_record_of_odd_parts_is_refused(call: Caller, tmp_path: Path, change: dict[str, Any]) -> None:
    whole = {"target": "x", "verdict": "wrong", "checks": [], "ends": [], "chains": [], "conventions": {}, "versions": {}}
    (tmp_path / "r.json").write_text(json.dumps(whole | change))
    assert "not all is what records hold" in call("report", tmp_path / "r.json", "-o", tmp_path / "r.html").refusal()
    assert not (tmp_path / "r.html").exists()


@pytest.mark.exhaustive
@pytest.mark.slow
def test_our_algorithms_are_held_to_what_they_promise(call: Caller) -> None:
    """An approximation within its promise is not accused of not being exact; where it cannot promise it declines."""
    for name in ("polynomial", "auto"):
        record = call("check", name, "--sizes", "16", "--only", "[eil]*", "--quick", "--json").json
        assert record["verdict"] == "conformant", [check for check in record["checks"] if check["status"] == "wrong"]
        assert {"passed", "declined"} <= {check["status"] for check in record["checks"]} or name == "auto"


@pytest.mark.parametrize(
    "content",
    ["", "x", "[]", "{}", "3", '{"kernels": []}', '{"kernels": [3]}', '{"target": "x", "verdict": "conformant"}', "[" * 9999],
)
def test_what_is_no_record_is_refused(call: Caller, tmp_path: Path, content: str) -> None:
    (tmp_path / "r.json").write_text(content)
    said = call("report", tmp_path / "r.json").refusal()
    assert "r.json" in said
    assert "hardlab check --json" in said


def test_a_record_with_parts_missing_is_shown(call: Caller, tmp_path: Path) -> None:
    least = {"target": "x", "verdict": "wrong", "checks": [{}, {"status": "wrong"}], "ends": [{}], "chains": [{}]}
    (tmp_path / "r.json").write_text(json.dumps({**least, "conventions": {}, "versions": {}}))
    assert call("report", tmp_path / "r.json", "-o", tmp_path / "r.html").code == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give a TARGET, --all"),
        (["softmax", "--all"], "give a TARGET, --all"),
        (["--all", "--dtype", "float32"], "leave out the options that say how it is called"),
        (["no_such_module:f"], "no_such_module"),
        (["sofmax"], "softmax"),
        (["softmax", "--dtype", "int8"], "dtype = 'int8'"),
        (["softmax", "--scale", "2"], "scale = '2'"),
        (["softmax", "--layout", "x"], "layout = 'x'"),
        (["softmax", "--sizes", "0"], "--sizes 0"),
        (["softmax", "--sizes", "a,b"], "--sizes a,b"),
        (["softmax", "--timeout", "0"], "timeout"),
        (["softmax", "--only", "nonsense/at/all"], "matches no check"),
        (["softmax", "--expect", "/no/such/file.toml"], "/no/such/file.toml"),
        (["softmax", "--only", "shapes", "--report", "/no/such/folder/r.html"], "/no/such/folder"),
        (["softmax", "--only", "shapes", "--counterexamples", "/proc/none"], "/proc/none"),
    ],
)
def test_bad_input_is_one_line(call: Caller, words: list[str], message: str) -> None:
    assert message in call("check", *words).refusal()


@pytest.mark.slow
def test_the_checks_are_callable_from_ones_own_tests() -> None:
    right, wrong = ({str(check): check for check in checks(Suffered(InProcess(f)), (16,))} for f in (_softmax, _halved))
    for name in ("definition", "decisions/T5/worst/n=16/R0=4/d=48,gap=4"):
        right[name]()
        with pytest.raises(AssertionError, match=r"is (wrong|inaccurate)"):
            wrong[name]()
    with pytest.raises(SkipTest, match="makes no promise"):
        right["promises"]()


def _softmax(Q: Any, K: Any, V: Any, scale: float) -> Any:
    import numpy as np

    S = scale * Q @ K.T
    W = np.exp(S - S.max(axis=1, keepdims=True))
    return W @ V / W.sum(axis=1, keepdims=True)


def _halved(Q: Any, K: Any, V: Any, scale: float) -> Any:
    return _softmax(Q, K, V, scale / 2)


def test_the_verdict_is_the_worst_status() -> None:
    def results(*statuses: Any) -> list[Result]:
        return [Result("x", status, "") for status in statuses]

    assert verdict(results("passed", "beyond", "skipped")) == "conformant"
    assert verdict(results("declined", "skipped")) == "declined"
    assert verdict(results("passed", "inaccurate", "wrong")) == "wrong"
    assert verdict(results("wrong", "timeout", "crashed")) == "crashed"
