"""Attention over blocks of files: as in memory, within the promise, whatever the blocks; faults of blocks are caught."""

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import ctx

import attention.exact.partial
from attention import Polynomial, attend
from attention.attend_files import AttendedFiles, attend_files
from attention.exp_polynomial import minimax
from attention.files.npy import NpyMatrix
from attention.files.sampled import measured
from attention.files.stored import Stored
from attention.laws import BITS
from attention.polynomial.rounding import Ranges, rounding
from hardlab.work.engine import Engine
from instances.coded import Floats
from instances.faults import BadInput, Declined
from instances.mapping import InTurn
from instances.task import Attention
from instances.visibility import Visibility
from tests.support.calling import Caller
from tests.support.mappers import Doubling, Losing

Arrays = dict[str, Any]


def arrays(n: int = 40, m: int = 101, d: int = 3, v: int = 2, seed: int = 0) -> Arrays:
    rng = np.random.default_rng(seed)
    return {name: rng.uniform(-0.5, 0.5, shape) for name, shape in (("Q", (n, d)), ("K", (m, d)), ("V", (m, v)))}


def saved(folder: Path, of: Arrays) -> list[Path]:
    paths = [folder / f"{name}.npy" for name in "QKV"]
    for path in paths:
        np.save(path, of[path.stem])
    return paths


def run(folder: Path, of: Arrays, **options: Any) -> tuple[AttendedFiles, Floats]:
    Q, K, V = saved(folder, of)
    found = attend_files(Q, K, V, folder / "T.npy", **{"scale": 0.5, **options})
    output: Floats = np.load(folder / "T.npy", allow_pickle=False)
    return found, output


def worst(of: Arrays, output: Floats, scale: float, rows: Any) -> float:
    """The largest |output - Att| over some rows, against ball arithmetic."""
    Q, K, V = (np.array(of[name], np.float64) for name in "QKV")
    inputs = Attention(Q, K, V, scale)
    with ctx.workprec(BITS):
        pairs = [pair for i in rows for pair in zip(inputs.exact.row(i), output[i].tolist(), strict=True)]
        return max(float(abs(exact - given)) for exact, given in pairs)


@pytest.mark.parametrize(
    ("block", "error"), [(1, 1e-6), *((block, error) for block in (7, 50, 101, 1000) for error in (1e-3, 1e-6, 1e-12))]
)
def test_polynomial_over_blocks_is_that_in_memory(tmp_path: Path, block: int, error: float) -> None:
    of = arrays() if block > 1 else arrays(n=36, m=13)
    found, output = run(tmp_path, of, error=error, block=block, measure=5)
    inputs = Attention(of["Q"], of["K"], of["V"], 0.5)
    assert np.abs(output - Polynomial(error)(inputs)).max() <= found.promise + Polynomial(error).plan(inputs).error
    assert worst(of, output, 0.5, range(0, 40, 7)) <= found.promise <= error
    assert found.kept
    m = len(of["K"])
    assert found.inputs.key_blocks == (-(-m // block), min(block, m))
    if block >= m:
        assert np.array_equal(output, Polynomial(error)(inputs))


@pytest.mark.parametrize("block", [1, 33, 50, 1000])
@pytest.mark.parametrize("scale", [0.5, 60.0, -2000.0])
def test_softmax_over_tiles_keeps_its_promise(tmp_path: Path, block: int, scale: float) -> None:
    of = arrays(n=9, m=101 if block > 1 else 31)
    found, output = run(tmp_path, of, algorithm="softmax", scale=scale, block=block, measure=9, error=1e-9)
    assert worst(of, output, scale, range(9)) <= found.promise <= 1e-9
    assert found.measured is not None
    assert found.kept
    assert found.measured.bound < 1e-11


def adversarial() -> Iterator[tuple[str, Arrays]]:
    of = arrays(n=12, m=60)
    yield "one block far away", {**of, "V": of["V"] + np.where(np.arange(60) < 20, 1e6, 0.0)[:, None]}
    yield "constant blocks", {**of, "K": np.repeat(of["K"][:3], 20, axis=0), "V": np.repeat(of["V"][:3], 20, axis=0)}
    yield "values of one sign", {**of, "V": np.abs(of["V"])}
    yield (
        "means of blocks cancel",
        {**of, "V": np.repeat([1e3, -1e3, 1e-6], 20)[:, None]},
    )
    yield "keys far from 0", {**of, "K": of["K"] + 1e5}
    yield "a key block of its own", {**of, "K": np.where(np.arange(60) < 20, 2.0, -2.0)[:, None] + 0 * of["K"]}


@pytest.mark.parametrize(("name", "of"), list(adversarial()), ids=[name for name, _ in adversarial()])
@pytest.mark.parametrize("algorithm", ["polynomial", "softmax"])
def test_promises_are_kept_across_blocks(tmp_path: Path, name: str, of: Arrays, algorithm: str) -> None:
    size = float(np.abs(of["V"]).max())
    found, output = run(tmp_path, of, algorithm=algorithm, block=20, error=1e-7 * max(size, 1.0), measure=12)
    assert worst(of, output, 0.5, range(12)) <= found.promise
    assert found.kept


def test_float32_files_and_other_columns(tmp_path: Path) -> None:
    of = {name: values.astype(np.float32) for name, values in arrays(n=5, m=77, d=2, v=9).items()}
    for algorithm in ("polynomial", "softmax"):
        found, output = run(tmp_path, of, algorithm=algorithm, block=16)
        assert output.dtype == np.float64
        assert worst(of, output, 0.5, range(5)) <= found.promise


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["processes", "threads"])
def test_blocks_run_elsewhere_with_the_same_bits(tmp_path: Path, backend: str) -> None:
    of = arrays(n=33)
    for algorithm in ("polynomial", "softmax"):
        here = run(tmp_path, of, algorithm=algorithm, block=20)[1]
        there = run(tmp_path, of, algorithm=algorithm, block=20, mapper=Engine(backend, 2), workers=2)[1]
        assert np.array_equal(here, there) or np.abs(here - there).max() < 1e-14  # fewer threads a process add in another order


# ------------------------------------------------------------------------------------------------------------- faults


def test_items_that_come_twice_or_late_change_nothing(tmp_path: Path) -> None:
    of = arrays()
    for algorithm in ("polynomial", "softmax"):
        plain = run(tmp_path, of, algorithm=algorithm, block=20)[1]
        assert np.array_equal(run(tmp_path, of, algorithm=algorithm, block=20, mapper=Doubling())[1], plain)


def test_a_lost_block_is_an_error_and_leaves_no_file(tmp_path: Path) -> None:
    for algorithm in ("polynomial", "softmax"):
        with pytest.raises(RuntimeError, match="block 1 of"):
            run(tmp_path, arrays(), algorithm=algorithm, block=20, mapper=Losing())
        assert sorted(path.name for path in tmp_path.iterdir()) == ["K.npy", "Q.npy", "V.npy"]


Parts = list[tuple[int, int]]
FAULTS: dict[str, Callable[[Parts], Parts]] = {
    "a block is dropped": lambda blocks: blocks[1:],
    "a block is doubled": lambda blocks: [*blocks, blocks[0]],
    "blocks overlap by a row": lambda blocks: [(max(start - 1, 0), stop) for start, stop in blocks],
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("algorithm", ["polynomial", "softmax"])
def test_faults_of_blocks_of_keys_are_caught(
    tmp_path: Path, fault: str, algorithm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    of, right = arrays(n=8, m=60), Stored.ranges
    wrong = FAULTS[fault]
    monkeypatch.setattr(Stored, "ranges", lambda self, rows: wrong(right(self, rows)) if rows == 60 else right(self, rows))
    found, output = run(tmp_path, of, algorithm=algorithm, block=20)
    assert worst(of, output, 0.5, range(8)) > 100 * found.promise


MERGES: dict[str, Callable[[Any, Any], Any]] = {
    "peaks are not compared": lambda one, other: (one[0], one[1] + other[1], one[2] + other[2]),
    "the second is not rescaled": lambda one, other: (
        np.maximum(one[0], other[0]), one[1] * np.exp2(one[0] - np.maximum(one[0], other[0])) + other[1], one[2] + other[2]
    ),
    "the first is forgotten": lambda one, other: other,
}  # fmt: skip


@pytest.mark.parametrize("fault", MERGES)
def test_wrong_merges_of_peaks_are_caught(tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    of = arrays(n=8, m=60)
    monkeypatch.setattr(attention.exact.partial, "merged", MERGES[fault])
    found, output = run(tmp_path, of, algorithm="softmax", scale=30.0, block=20)
    assert worst(of, output, 30.0, range(8)) > 100 * found.promise


def test_a_wrong_output_is_seen_on_the_measured_rows(tmp_path: Path) -> None:
    found, output = run(tmp_path, arrays(), block=20, measure=40)
    assert found.kept
    assert found.measured is not None
    assert found.measured.rows == tuple(range(40))
    seen = measured(found.inputs, [3], output[[3]] + 1e-5)
    assert not replace(found, measured=seen).kept
    at_most = found.promise + seen.bound
    assert replace(found, measured=replace(seen, errors=(at_most,))).kept
    assert not replace(found, measured=replace(seen, errors=(float(np.nextafter(at_most, 1)),))).kept
    assert replace(found, measured=None).kept


def test_the_bound_follows_the_additions() -> None:
    """Of one block it is that in memory; of blocks of one row it is larger, of some blocks smaller."""
    of = Ranges(d=8, m=2**20, b=0.0, mu=0.5, Y=1.0, mean=0.0, sigma=1.0, residue=0.0)
    P = minimax(0.5, 4)
    whole, some, single = (rounding(P, 5, replace(of, blocks=2**20 // rows, rows=rows)) for rows in (2**20, 2**14, 1))
    assert some < whole < single
    assert rounding(P, 5, of) == whole


# ---------------------------------------------------------------------------------------------------------- bad input


def wrong_files(folder: Path) -> dict[str, tuple[Path, str]]:
    bad = arrays()["K"].copy()
    bad[57, 1] = np.nan
    np.save(folder / "nan.npy", bad)
    np.save(folder / "narrow.npy", bad[:, :2])
    np.save(folder / "object.npy", np.array([[object()]]), allow_pickle=True)
    np.save(folder / "whole.npy", np.ones((101, 3), int))
    np.save(folder / "flat.npy", np.ones(9))
    np.save(folder / "none.npy", np.ones((0, 3)))
    np.save(folder / "columns.npy", np.asfortranarray(np.ones((101, 3))))
    buffer = io.BytesIO()
    np.save(buffer, arrays()["K"])
    (folder / "short.npy").write_bytes(buffer.getvalue()[:-8])
    (folder / "text.npy").write_text("1 2 3")
    (folder / "empty.npy").write_text("")
    said = {
        "nan": "holds nan at row 57, column 1", "narrow": "Q has 3 columns and K has 2", "object": "pickled Python objects",
        "whole": "entries of type int64", "flat": "two axes", "none": "at least one row", "columns": "column by column",
        "short": "announces the shape", "text": "not an .npy file", "empty": "not an .npy file", "missing": "is not there",
    }  # fmt: skip
    return {name: (folder / f"{name}.npy", text) for name, text in said.items()}


def test_bad_files_are_one_sentence_and_leave_nothing(call: Caller, tmp_path: Path) -> None:
    Q, _, V = saved(tmp_path, arrays())
    for path, text in wrong_files(tmp_path).values():
        assert text in call("attend", Q, path, V, "-o", tmp_path / "T.npy").refusal()
    assert not (tmp_path / "T.npy").exists()
    assert not list(tmp_path.glob(".hardlab*"))


@pytest.mark.slow
def test_bad_entries_are_found_by_other_processes(call: Caller, tmp_path: Path) -> None:
    Q, _, V = saved(tmp_path, arrays())
    path, text = wrong_files(tmp_path)["nan"]
    options = ("--backend", "processes", "--workers", 2)
    assert text in call("attend", Q, path, V, "-o", tmp_path / "T.npy", *options).refusal()


@pytest.mark.slow
def test_bad_options_and_outputs_are_one_sentence(call: Caller, tmp_path: Path) -> None:
    Q, K, V = saved(tmp_path, arrays())
    for options, text in (
        (("-o", K), "is an input as well"),
        (("-o", "-"), "must be a file"),
        (("-o", tmp_path), "is a directory"),
        (("-o", tmp_path / "no" / "T.npy"), "cannot be written"),
        (("-o", "/dev/full"), "No space left"),
        (("-o", tmp_path / "T.npy", "--scale", "1/0"), "--scale '1/0'"),
        (("-o", tmp_path / "T.npy", "--scale", "nan"), "--scale 'nan'"),
        (("-o", tmp_path / "T.npy", "--scale", "100"), "the algorithm softmax computes the definition"),
        (("-o", tmp_path / "T.npy", "--error", "0"), "--error"),
        (("-o", tmp_path / "T.npy", "--error", "1e-15"), "cannot be promised"),
        (("-o", tmp_path / "T.npy", "--memory", "10K"), "memory budget"),
        (("-o", tmp_path / "T.npy", "--algorithm", "taylor"), "polynomial or softmax"),
        (("-o", tmp_path / "T.npy", "--backend", "cloud"), "backend"),
    ):  # fmt: skip
        assert text in call("attend", Q, K, V, *options).refusal()
    assert not (tmp_path / "T.npy").exists()


def test_the_verb(call: Caller, tmp_path: Path) -> None:
    Q, K, V = saved(tmp_path, arrays())
    record = call("attend", Q, K, V, "-o", tmp_path / "T.npy", "--scale", "1/8", "--json").json
    assert record["scale"] == 0.125
    assert record["measured"]["error"] <= record["promise"] <= record["error"] == 1e-6
    assert record["kept"]
    text = call("attend", Q, K, V, "-o", tmp_path / "S.npy", "--algorithm", "softmax", "--measure", 2).out
    assert "promised: error at most" in text
    assert "on 2 rows" in text


def test_the_verb_explains_the_choice(call: Caller, tmp_path: Path) -> None:
    words = ("attend", *saved(tmp_path, arrays()), "-o", tmp_path / "T.npy")
    record = call(*words, "--algorithm", "auto", "--json").json
    first, *others = record["considered"]
    assert (first["key"], first["why"]) == (record["algorithm"], None)
    lines = call(*words, "--algorithm", "auto", "--explain").out.splitlines()[-1 - len(others) :]
    assert lines[0] == f"considered: {first['key']}: taken, should take {first['seconds']:.2g} s"
    for each, line in zip(others, lines[1:], strict=True):
        seconds = f"should take longer, {each['seconds'] or 0:.2g} s"
        assert line.startswith(f"considered: {each['key']}: {seconds if each['why'] is None else ''}")
        assert "\n" not in line
        assert f"{each['key']}: {each['key']}" not in line
    assert "considered" not in call(*words, "--algorithm", "auto").out
    assert "considered" not in call(*words, "--algorithm", "auto", "--explain", "-q").out
    alone = call(*words, "--algorithm", "softmax", "--explain").out.splitlines()[-1]
    assert alone == "considered: softmax alone, which was asked for"


def test_files_that_change_are_refused(tmp_path: Path) -> None:
    Q, _, _ = saved(tmp_path, arrays())
    matrix = NpyMatrix.of(Q)
    np.save(Q, arrays(n=3)["Q"])
    with pytest.raises(BadInput, match="become shorter"):
        matrix.read(10, 20)
    with pytest.raises(Declined):
        Stored(matrix, matrix, matrix, 1.0, memory=1)


def test_blocks_are_given_out_a_few_at_a_time(tmp_path: Path) -> None:
    """So that what is finished does not pile up where it is used."""
    given: list[int] = []

    class Counting(InTurn):
        def unordered(self, function: Callable[[Any], Any], items: Any) -> Any:
            given.append(len(items))
            return super().unordered(function, items)

    of = arrays()
    whole = run(tmp_path, of, block=3)[1]
    assert np.array_equal(run(tmp_path, of, block=3, mapper=Counting(), workers=2)[1], whole)
    assert sum(given) > 40
    assert max(given) == 8


def test_measuring_is_within_the_budget(tmp_path: Path) -> None:
    with pytest.raises(Declined, match="rows in extended precision"):
        run(tmp_path, arrays(n=3000), memory=2**24, measure=3000)
    assert not (tmp_path / "T.npy").exists()


def test_a_file_that_is_written_to_meanwhile_is_refused(tmp_path: Path) -> None:
    Q = saved(tmp_path, arrays())[0]
    matrix = NpyMatrix.of(Q)
    matrix.read(0, 5)
    os.utime(Q, ns=(1, 1))
    with pytest.raises(BadInput, match="was written to while it was read"):
        matrix.read(0, 5)


def test_a_block_takes_half_of_the_memory(tmp_path: Path) -> None:
    """24 bytes for each number in a row (as read, as float64, as sent), 16 for a sum and its place, 8 for a quotient."""
    d, v, workers = 3, 5, 2
    rng = np.random.default_rng(0)
    files = saved(tmp_path, {"Q": rng.normal(size=(9000, d)), "K": rng.normal(size=(9000, d)), "V": rng.normal(size=(9000, v))})
    Q, K, V = map(NpyMatrix.of, files)
    a_row = 24 * (d + v) + 16 * (v + 16) + 8 * v
    for rows in (1000, 3000):
        inputs = Stored(Q, K, V, 1.0, memory=2 * workers * rows * a_row, workers=workers)
        assert inputs.block == rows
        assert inputs.held(7) == workers * rows * (24 * (d + v) + 16 * 7 + 8 * v)
    assert Stored(K, K, K, 1.0, memory=2 * 1000 * (24 * (d + d) + 16 * (d + 16) + 8 * d)).block == 1000


KERNELS = """
import numpy as np
from attention import Promise


def attention(Q, K, V, scale):
    W = np.exp(scale * Q @ K.T)
    return W @ V / W.sum(axis=1, keepdims=True)


def flat(Q, K, V, scale):
    return np.full((len(Q), V.shape[1]), V.mean())


class Promising:
    key, logarithmic = "promising", False

    def promise(self, inputs):
        return Promise(1e-9, 0.0)

    def __call__(self, inputs):
        return attention(inputs.queries(slice(0, inputs.n)), inputs.keys(slice(0, inputs.m)), inputs.V, inputs.scale)
"""


def test_a_plug_in_gets_files_as_a_whole(call: Caller, tmp_path: Path) -> None:
    (tmp_path / "kernels.py").write_text(KERNELS)
    of, words = arrays(), ("attend", *saved(tmp_path, arrays()), "-o", tmp_path / "T.npy", "--scale", "1/2", "--json")
    for name, more, source in (("attention", ("--trust", 1e-8), "user"), ("Promising", (), "plug-in")):
        answer = call(*words, "--algorithm", f"{tmp_path}/kernels.py:{name}", *more)
        assert (answer.code, answer.json["source"], answer.json["kept"]) == (0, source, True)
        assert worst(of, np.load(tmp_path / "T.npy"), 0.5, range(40)) < 1e-9
    wrong = call(*words, "--algorithm", f"{tmp_path}/kernels.py:flat", "--trust", 1e-8)
    assert (wrong.code, wrong.json["kept"]) == (1, False)


@pytest.mark.parametrize(("options", "says"), [
    (("--algorithm", "FILE:attention"), "promises nothing certain for these inputs, error = 1e-06 is asked for: vouch for it"),
    (("--algorithm", "FILE:Promising", "--error", "1e-10"), "promises 1e-09 for these inputs, above error = 1e-10: raise"),
    (("--algorithm", "FILE:Promising", "--memory", "7M"), "as a whole, as FILE:Promising takes them"),
    (("--algorithm", "softmax", "--trust", "1e-9"), "softmax proves its error: leave it out"),
    (("--algorithm", "softmax32"), "polynomial or softmax, as a whole by split, low-rank, boxes, auto or an Algorithm of"),
    (("--algorithm", "fastest"), "unknown algorithm"),
])  # fmt: skip
def test_a_plug_in_for_files_is_refused_in_words(call: Caller, tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    file = tmp_path / "kernels.py"
    file.write_text(KERNELS)
    words = [word.replace("FILE", str(file)) for word in options]
    refusal = call("attend", *saved(tmp_path, arrays(100_000)), "-o", tmp_path / "T.npy", *words).refusal()
    assert says.replace("FILE", str(file)) in refusal


@pytest.mark.parametrize("block", [None, 2])
@pytest.mark.parametrize("score", [1.0, 1e9])
def test_a_single_key_answers_its_value(tmp_path: Path, block: int | None, score: float) -> None:
    of = {"Q": np.full((5, 2), score), "K": np.ones((1, 2)), "V": np.array([[2.5, -0.1, 3.0]])}
    found, output = run(tmp_path, of, algorithm="softmax", block=block, measure=3, error=1e-15)
    assert found.promise <= 2.0**-51
    assert np.array_equal(output, np.repeat(of["V"], 5, axis=0))
    assert found.kept


def test_an_error_that_no_number_reaches_is_not_advised(tmp_path: Path) -> None:
    of = arrays()
    for algorithm in ("softmax", "polynomial"):
        with pytest.raises(Declined, match=r"softmax promises .*: raise error$"):
            run(tmp_path, {**of, "V": of["V"] * 1e30}, algorithm=algorithm)
        with pytest.raises(Declined, match="scale V, or Q and K, down"):
            run(tmp_path, {**of, "V": of["V"] * 1.7e308}, algorithm=algorithm)


# ------------------------------------------------------------------------------------------------------ what rows see


@pytest.mark.parametrize(("n", "options"), [
    (40, {"causal": "top-left"}), (40, {"causal": "bottom-right", "window": (9, None)}), (40, {"window": 3}),
    (130, {"causal": "bottom-right", "blind": 0.0}),
])  # fmt: skip
def test_causal_and_windowed_files(tmp_path: Path, n: int, options: Any) -> None:
    """As a whole, by softmax, and measured over what the rows see; wrong outputs are found out."""
    of = arrays(n)
    found, output = run(tmp_path, of, algorithm="softmax", measure=20, **options)
    expected = attend(of["Q"], of["K"], of["V"], scale=0.5, algorithm="softmax", **options)
    assert np.array_equal(output, expected.output)
    assert found.promise == expected.promise
    assert found.kept
    assert found.measured is not None
    assert found.measured.error < 1e-15
    assert len(found.measured.rows) == (20 if n == 40 else 15)
    sees = Visibility(right=0).over(n, 101)
    other = measured(found.inputs, found.measured.rows, output[list(found.measured.rows)], sees)
    assert replace(found, measured=other).kept == (options == {"causal": "top-left"})


def test_files_of_rows_that_see_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"^29 rows, the first of them row 0, see no key"):
        run(tmp_path, arrays(130), algorithm="softmax", causal="bottom-right")
    with pytest.raises(Declined, match="there is nothing to sum: the definition is faster"):
        run(tmp_path, arrays(), causal="top-left")


def test_causal_files_by_a_polynomial(tmp_path: Path) -> None:
    """As a whole, by the one algorithm that is taken unless another is named."""
    found, output = run(tmp_path, arrays(600, 600), causal="top-left", measure=10)
    assert (found.algorithm, found.kept) == ("polynomial", True)
    assert "by the definition up to 256 keys of a row" in str(found.plan)
    expected = attend(*arrays(600, 600).values(), scale=0.5, algorithm="softmax", causal="top-left")
    assert np.abs(output - expected.output).max() <= found.promise <= 1e-6


def test_windows_on_the_command_line(tmp_path: Path, call: Caller) -> None:
    of = arrays()
    Q, K, V = map(str, saved(tmp_path, of))
    T = str(tmp_path / "T.npy")
    for text, window in (("3", 3), ("3:1", (3, 1)), (":2", (None, 2)), ("4:", (4, None))):
        done = call("attend", Q, K, V, "-o", T, "--algorithm", "softmax", "--window", text, "--json")
        assert (done.code, done.json["window"]) == (0, text)
        assert np.array_equal(np.load(T), attend(of["Q"], of["K"], of["V"], window=window, algorithm="softmax").output)
    for text in ("x", "1:2:3", "-1", "1.5"):
        assert "window" in call("attend", Q, K, V, "-o", T, "--algorithm", "softmax", f"--window={text}").refusal()


@pytest.mark.parametrize("name", ["split", "low-rank", "auto"])
def test_by_name_as_a_whole(name: str, tmp_path: Path, call: Caller) -> None:
    """Long rows in files that fit in memory: who computed them and how is said."""
    given = arrays()
    given["Q"][3] *= 50
    given["K"][7] *= 50
    files, (Q, K, V) = saved(tmp_path, given), given.values()
    record = call("attend", *files, "-o", tmp_path / "T.npy", "--error", "1e-6", "--algorithm", name, "--json").json
    exact = attend(Q, K, V, error=1e-6, algorithm="softmax").output
    assert np.abs(np.load(tmp_path / "T.npy") - exact).max() <= record["promise"] <= 1e-6
    assert record["algorithm"] == (name if name != "auto" else "softmax")
    assert (record["plan"] is not None) == (name != "auto")
    says = {"split": "rows by their definition", "low-rank": "3 of 3 directions, exponents off by at most"}
    assert name == "auto" or says[name] in record["plan"]
    assert record["kept"]
