"""The DIMACS reader and writer: round trips, odd but legal files, bad files, the shipped examples and real files."""

import csv
import gzip
import io
import itertools
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysat.solvers import Cadical195

from instances import dimacs
from instances.cnf import CNF
from instances.dimacs import read_dimacs
from instances.faults import BadInput, Declined, Remark
from instances.files import atomic_write
from tests.support.dimacs import refused

EXAMPLES = Path(dimacs.__file__).parent / "examples"


def formulas() -> st.SearchStrategy[CNF]:
    def clauses(n: int) -> st.SearchStrategy[CNF]:
        literals = st.integers(1, max(n, 1)).flatmap(lambda v: st.sampled_from([v, -v]))
        clause = st.lists(literals, max_size=4 if n else 0).map(tuple)
        return st.lists(clause, max_size=8).map(lambda rows: CNF(n, tuple(rows)))

    return st.integers(0, 9).flatmap(clauses)


def satisfiable(formula: CNF) -> bool:
    with Cadical195(bootstrap_with=formula.clauses) as solver:
        return bool(solver.solve())


def manifest(folder: Path) -> list[dict[str, str]]:
    with open(folder / "MANIFEST.csv", newline="") as stream:
        return list(csv.DictReader(stream))


# round trips


@pytest.mark.slow
@given(formulas(), st.lists(st.text(), max_size=3))
def test_what_is_written_is_read(formula: CNF, comments: list[str]) -> None:
    text = dimacs.format(formula, comments)
    assert dimacs.parse(text) == formula
    assert dimacs.parse(text.encode()) == formula
    assert dimacs.parse(text).identity == formula.identity


@given(formulas(), st.data())
def test_the_layout_does_not_matter(formula: CNF, data: st.DataObject) -> None:
    gaps = st.sampled_from([" ", "\n", "\t", "\r\n", "\r", "\n\n", "\nc 1 0 % p cnf\n", "  \n  c\n ", "\ncomment\n"])
    words = [str(literal) for clause in formula.clauses for literal in (*clause, 0)]
    text = f"p  cnf\t{formula.n} {len(formula.clauses)} \n" + "".join(word + data.draw(gaps) for word in words)
    assert dimacs.parse(text) == formula
    assert dimacs.parse(text.rstrip() + "\n%\n0\n") == formula
    assert dimacs.parse(text + "\nc the end") == formula
    if formula.clauses and formula.clauses[-1]:
        assert dimacs.parse(f"p cnf {formula.n} {len(formula.clauses)}\n" + " ".join(words[:-1])) == formula


@pytest.mark.parametrize("name", ["f.cnf", "f.cnf.gz"])
def test_files(tmp_path: Path, name: str) -> None:
    formula = CNF(3, ((1, -2), (), (3, 3, -3)))
    dimacs.write(formula, tmp_path / name, ["generator: x", "two\nlines"])
    assert dimacs.read(tmp_path / name) == formula
    assert dimacs.read(str(tmp_path / name)) == formula
    data = (tmp_path / name).read_bytes()
    assert data.startswith(b"\x1f\x8b") == name.endswith(".gz")
    text = gzip.decompress(data) if name.endswith(".gz") else data
    assert text.startswith(b"c generator: x\nc two\nc lines\np cnf 3 3\n")


def test_gzip_is_told_by_content_and_is_reproducible(tmp_path: Path) -> None:
    formula = CNF(2, ((1, 2),))
    dimacs.write(formula, tmp_path / "a.cnf.gz")
    dimacs.write(formula, tmp_path / "b.cnf.gz")
    assert (tmp_path / "a.cnf.gz").read_bytes() == (tmp_path / "b.cnf.gz").read_bytes()
    (tmp_path / "plain.cnf").write_bytes((tmp_path / "a.cnf.gz").read_bytes())
    assert dimacs.read(tmp_path / "plain.cnf") == formula


def test_standard_input_and_output(monkeypatch: pytest.MonkeyPatch) -> None:
    formula = CNF(2, ((1, -2), (2,)))
    out = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", out)
    dimacs.write(formula, "-", ["to a pipe"])
    written = out.buffer.getvalue()
    assert written == b"c to a pipe\np cnf 2 2\n1 -2 0\n2 0\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(written)))
    assert dimacs.read("-") == formula
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(written))))
    assert dimacs.read("-") == formula


def test_comments_cannot_leave_their_line() -> None:
    text = dimacs.format(CNF(1, ((1,),)), ["a\r\nb\x0bc\x85d\x00e", "", "tab\there"])
    assert text == "c a\nc b\nc c\nc d?e\nc\nc tab     here\np cnf 1 1\n1 0\n"


# odd but legal


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("p cnf 2 2\n1 0\n0", ((1,), ())),
        ("p cnf 2 2\n1 0\n0\n%\n0\n", ((1,), ())),
        ("p cnf 2 2\n1 0 -2", ((1,), (-2,))),
        ("p cnf 2 1\n1 2\n%\n0\n", ((1, 2),)),
        ("p cnf 2 1 \n 1 2 0 %\n0\n\n", ((1, 2),)),
        ("p cnf 2 1\n1 0\n% anything 7 8 9\nafter the sign\n", ((1,),)),
        ("\ufeffp cnf 2 1\r\n1 -2 0\r\n", ((1, -2),)),
        ("p cnf 2 1\n01 -002 0\n", ((1, -2),)),
        ("p cnf 2 1\n1 2\nc 0\n0", ((1, 2),)),
        ("c caf\u00e9\np cnf 2 1\n1 0", ((1,),)),
        ("p cnf 02 01\n1 00", ((1,),)),
    ],
)
def test_odd_but_legal(text: str, clauses: tuple[tuple[int, ...], ...]) -> None:
    assert dimacs.parse(text) == CNF(2, clauses)


def test_bytes_that_are_no_utf8_may_stand_in_comments() -> None:
    assert dimacs.parse(b"c St\xfctzle\np cnf 1 1\n1 0\n") == CNF(1, ((1,),))


def test_the_header_variables_are_kept() -> None:
    assert dimacs.parse("p cnf 9 1\n2 0").n == 9
    assert dimacs.parse(f"p cnf {dimacs.MAX_VARIABLES} 0").n == dimacs.MAX_VARIABLES


# bad input


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.cnf: an empty file: a DIMACS file has a line 'p cnf VARIABLES CLAUSES'"),
        ("c only\nc comments\n", "f.cnf: no header"),
        ("%\n0\n", "f.cnf: no header"),
        ("c x\n1 2 0\n", "f.cnf, line 2: '1' comes before the header"),
        ("<html>\n", "f.cnf, line 1: '<html>' comes before the header"),
        ("p cnf 2 1\n\np cnf 2 1\n1 0\n", "f.cnf, line 3: a second header (the first is on line 1)"),
        ("p cnf 2\n", "f.cnf, line 1: 'p cnf 2' is not a header: write 'p cnf VARIABLES CLAUSES'"),
        ("p wcnf 2 1\n", "f.cnf, line 1: 'p wcnf 2 1' is not a header"),
        ("p cnf 2 1 1 0\n", "f.cnf, line 1: 'p cnf 2 1 1 0' is not a header"),
        ("p cnf x 1\n", "f.cnf, line 1: the header announces 'x' variables: give a whole number"),
        ("p cnf 1 1.5\n", "f.cnf, line 1: the header announces '1.5' clauses: give a whole number"),
        ("p cnf -3 1\n", "f.cnf, line 1: the header announces '-3' variables: give a whole number, 0 or more"),
        ("p cnf 3 -1\n", "f.cnf, line 1: the header announces '-1' clauses: give a whole number, 0 or more"),
        ("p cnf 1000000000 1\n1 0\n", "f.cnf, line 1: the header announces 1000000000 variables: at most 1000000"),
        ("p cnf " + "9" * 5000 + " 1\n", "variables: no file holds that many"),
        ("p cnf 1 " + "9" * 30 + "\n", "clauses: no file holds that many"),
        ("p cnf " + "9" * 19 + " 1\n", "variables: no file holds that many"),
        ("p cnf " + "9" * 18 + " 1\n", "999 variables: at most"),
        ("p cnf 1 999999999999\n1 0\n", "line 1: the header announces 999999999999 clauses and the file has 1"),
        ("p cnf 3 1\n\n1 4 0\n", "f.cnf, line 3: the literal '4' is out of range: the header announces 3 variables"),
        ("p cnf 3 1\n-4 0\n", "f.cnf, line 2: the literal '-4' is out of range"),
        ("p cnf 3 1\n" + "7" * 5000 + " 0\n", "f.cnf, line 2: the literal '7777"),
        ("p cnf 0 1\n1 0\n", "line 2: the literal '1' is out of range: the header announces 0 variables"),
        ("p cnf 3 1\n1 two 0\n", "f.cnf, line 2: 'two' is not a literal: literals are integers"),
        ("p cnf 3 1\n1 +2 0\n", "line 2: '+2' is not a literal"),
        ("p cnf 3 1\n1 1_0 0\n", "line 2: '1_0' is not a literal"),
        ("p cnf 3 1\n1 2.0 0\n", "line 2: '2.0' is not a literal"),
        ("p cnf 3 1\nx1 2 0\n", "line 2: 'x1' is not a literal"),
        ("p cnf 3 1\n1 \u0661 0\n", "is not a literal"),
        (
            "c\np cnf 3 2\n1 2 0\n",
            "f.cnf, line 2: the header announces 2 clauses and the file has 1: correct the header",
        ),
        ("p cnf 3 2\n1 2 0\n%\n0\n", "line 1: the header announces 2 clauses and the file has 1:"),
        ("p cnf 3 1\n1 2 0\n0\n", "line 1: the header announces 1 clauses and the file has 2:"),
        ("p cnf 3 1\n1 2 0 3", "announces 1 clauses and the file has 2, the last one without its 0"),
        ("p cnf 3 3\n1 2 0 3", "announces 3 clauses and the file has 2, the last one without its 0"),
        ("p cnf 0 1\n", "announces 1 clauses and the file has 0"),
        ("p cnf 1 0\n0", "announces 0 clauses and the file has 1"),
        (b"p cnf 1 1\n1 \x00 0\n", "f.cnf, line 2: binary content: give a DIMACS text file, plain or gzip"),
        (b"\x89PNG\r\n\x1a\n\x00", "f.cnf, line 2: binary content"),
        ("p cnf 1 1\n1 0\n".encode("utf-16"), "binary content"),
    ],
)
def test_bad_input(text: bytes | str, message: str) -> None:
    assert message in refused(text)
    assert refused(text).startswith("f.cnf")


def test_bad_gzip() -> None:
    data = gzip.compress(dimacs.format(CNF(3, ((1, 2), (-3,)) * 100)).encode(), mtime=0)
    for length in range(2, len(data)):
        assert refused(data[:length]).startswith("f.cnf: the gzip file is ")
    assert refused(data[:-9]) == "f.cnf: the gzip file is truncated: fetch or compress it again"
    assert "the gzip file is damaged" in refused(data[:20] + b"\xff\xff" + data[22:])
    assert "the gzip file is damaged" in refused(data[:-6] + b"\0\0" + data[-4:])
    assert "an empty file" in refused(gzip.compress(b""))
    assert "binary content" in refused(gzip.compress(b"\0"))


def test_bad_paths(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"there is no file .*none.cnf: check the path"):
        dimacs.read(tmp_path / "none.cnf")
    with pytest.raises(BadInput, match=r"is a directory: give a file"):
        dimacs.read(tmp_path)
    with pytest.raises(BadInput, match=r"cannot be opened .embedded null byte"):
        dimacs.read("a\0b")
    (tmp_path / "f.cnf").write_text("p cnf 1 1\n2 0\n")
    with pytest.raises(BadInput, match=r"f.cnf, line 2: the literal '2' is out of range"):
        dimacs.read(tmp_path / "f.cnf")
    with pytest.raises(BadInput, match=r"cannot be opened .Not a directory"):
        dimacs.read(tmp_path / "f.cnf" / "g.cnf")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every file")
def test_files_without_permission(tmp_path: Path) -> None:
    (tmp_path / "f.cnf").write_text("p cnf 0 0\n")
    (tmp_path / "f.cnf").chmod(0)
    with pytest.raises(BadInput, match=r"cannot be opened .Permission denied"):
        dimacs.read(tmp_path / "f.cnf")


def test_standard_input_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"p cnf 1 1\n5 0\n")))
    with pytest.raises(BadInput, match=r"^standard input, line 2: the literal '5'"):
        dimacs.read("-")


def test_too_long_a_text_is_declined(tmp_path: Path) -> None:
    text = "p cnf 1 100000\n" + "1 0\n" * 100_000
    (tmp_path / "f.cnf").write_text(text)
    (tmp_path / "f.cnf.gz").write_bytes(gzip.compress(text.encode()))
    for name in ("f.cnf", "f.cnf.gz"):
        with pytest.raises(Declined, match=f"{name} has more than 26,214 characters.*budget of 1 MiB.*--memory"):
            dimacs.read(tmp_path / name, memory=2**20)
        assert len(dimacs.read(tmp_path / name, memory=2**25).clauses) == 100_000


def test_the_writer_refuses_what_the_reader_would() -> None:
    with pytest.raises(BadInput, match=r"n = 1000001 variables: .* at most 1000000"):
        dimacs.format(CNF(dimacs.MAX_VARIABLES + 1, ()))


def outcome(data: bytes) -> tuple[CNF | None, str]:
    try:
        return dimacs.parse(data), ""
    except BadInput as error:
        return None, str(error)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_formula_or_bad_input(data: bytes) -> None:
    for prefix in (b"", b"p cnf 9 2\n", b"\x1f\x8b"):
        formula, message = outcome(prefix + data)
        assert (formula is None) == message.startswith("the text")


# files are written at once or not at all


def interrupted_write(path: Path) -> None:
    with atomic_write(path) as stream:
        stream.write(b"half of the new")
        raise KeyboardInterrupt


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "f.cnf"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        interrupted_write(path)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["f.cnf"]
    with atomic_write(path) as stream:
        stream.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["f.cnf"]
    (tmp_path / "other").write_bytes(b"")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "other").stat().st_mode)


def test_writing_follows_links_and_keeps_devices(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "real").write_bytes(b"old")
    with atomic_write(tmp_path / "link") as stream:
        stream.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"
    with atomic_write("/dev/null") as stream:
        stream.write(b"gone")
    assert not os.path.isfile("/dev/null")


def test_bad_places_to_write(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"cannot be written .No such file or directory"):
        dimacs.write(CNF(0, ()), tmp_path / "none" / "f.cnf")
    with pytest.raises(BadInput, match=r"cannot be written .Is a directory"):
        dimacs.write(CNF(0, ()), tmp_path)
    if os.path.exists("/dev/full"):
        with pytest.raises(BadInput, match=r"/dev/full cannot be written .No space left"):
            dimacs.write(CNF(0, ()), "/dev/full")


def test_through_a_real_pipe() -> None:
    code = "from instances import dimacs; dimacs.write(dimacs.read('-'), '-')"
    command = [sys.executable, "-c", code]
    root = Path(dimacs.__file__).parent.parent
    done = subprocess.run(command, input=b"p cnf 2 1\n1\n-2", capture_output=True, cwd=root, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"p cnf 2 1\n1 -2 0\n", b"")


# the examples and the real files


@pytest.mark.parametrize("row", manifest(EXAMPLES), ids=lambda row: row["file"])
def test_examples(row: dict[str, str]) -> None:
    formula = dimacs.read(EXAMPLES / row["file"])
    assert (formula.n, len(formula.clauses)) == (int(row["variables"]), int(row["clauses"]))
    assert satisfiable(formula) == (row["status"] == "SAT")
    if formula.n <= 12:
        assert any(map(formula.accepts, formula.witnesses())) == (row["status"] == "SAT")


def test_the_manifest_is_complete() -> None:
    rows = manifest(EXAMPLES)
    assert sorted(row["file"] for row in rows) == sorted(path.name for path in EXAMPLES.glob("*.cnf"))
    assert {row["status"] for row in rows} == {"SAT", "UNSAT"}
    assert len(rows) >= 25


def test_the_examples_have_the_shapes_they_are_named_for() -> None:
    texts = {path.name: path.read_bytes() for path in EXAMPLES.glob("*.cnf")}
    assert b"\n%\n0\n" in texts["percent-trailer.cnf"]
    assert b"\n%\n0\n" in texts["percent-trailer-unsat.cnf"]
    assert texts["windows.cnf"].count(b"\r\n") == texts["windows.cnf"].count(b"\n") > 0
    assert not texts["no-final-zero.cnf"].rstrip().endswith(b" 0")
    assert texts["last-clause-empty.cnf"].endswith(b"\n0")
    formulas = {name: dimacs.parse(text) for name, text in texts.items()}
    assert () in formulas["empty-clause.cnf"].clauses
    assert () in formulas["last-clause-empty.cnf"].clauses
    assert formulas["comments.cnf"].clauses == ((1, 2, -3), (-1, -2, 4), (3, -4), (-1, 2, -4))
    assert formulas["multi-line.cnf"].clauses == ((1, -2, 3), (-1, 4), (2, -5, 6), (-3, 7), (-4, -6, -7))
    for name in ("unused-variables.cnf", "header-beyond-use.cnf"):
        assert max(abs(literal) for clause in formulas[name].clauses for literal in clause) < formulas[name].n


def test_worked_examples() -> None:
    yes, no = dimacs.read(EXAMPLES / "worked-yes.cnf"), dimacs.read(EXAMPLES / "worked-no.cnf")
    models = ["".join(map(str, x)) for x in itertools.product((0, 1), repeat=4) if yes.accepts(x)]
    assert models == ["0100", "0101", "0111", "1001", "1010", "1011"]
    assert not any(map(no.accepts, no.witnesses()))


@pytest.mark.skipif("HARDLAB_CNF" not in os.environ, reason="HARDLAB_CNF names no folder of real CNF files")
def test_real_files() -> None:
    folder = Path(os.environ["HARDLAB_CNF"])
    rows = manifest(folder)
    assert rows, f"{folder} has an empty MANIFEST.csv"
    for row in rows:
        formula = dimacs.read(folder / row["file"])
        assert (formula.n, len(formula.clauses)) == (int(row["vars"]), int(row["clauses"])), row["file"]
        assert satisfiable(formula) == (row["status"] == "SAT"), row["file"]
        assert dimacs.parse(dimacs.format(formula)) == formula


@settings(max_examples=20)
@given(formulas())
def test_satisfiability_survives_the_round_trip(formula: CNF) -> None:
    assert satisfiable(dimacs.parse(dimacs.format(formula))) == any(map(formula.accepts, formula.witnesses()))


def test_the_public_reader_takes_paths_and_open_files(tmp_path: Path) -> None:
    text, formula = "p cnf 2 1\n1 -2 0\n", CNF(2, ((1, -2),))
    file = tmp_path / "f.cnf"
    file.write_text(text)
    assert read_dimacs(file) == read_dimacs(str(file)) == formula
    assert read_dimacs(io.StringIO(text)) == read_dimacs(io.BytesIO(gzip.compress(text.encode()))) == formula
    with open(file) as as_text, open(file, "rb") as as_bytes:
        assert read_dimacs(as_text) == read_dimacs(as_bytes) == formula


def test_the_public_reader_refuses_in_words(tmp_path: Path) -> None:
    packed = tmp_path / "f.cnf.gz"
    packed.write_bytes(gzip.compress(b"p cnf 1 1\n1 0\n"))
    closed = open(packed, "rb")  # noqa: SIM115
    closed.close()
    with open(packed) as as_text, open(tmp_path / "new", "wb") as for_writing:
        for wrong in (as_text, closed, for_writing):
            with pytest.raises(BadInput, match=r"cannot be read \(.*\): open it by open\(path, 'rb'\)"):
                read_dimacs(wrong)
    for nothing, says in ((42, "give a path"), (tmp_path / "none", "none"), (io.StringIO("p dnf"), "the file, line 1")):
        with pytest.raises(BadInput, match=says):
            read_dimacs(nothing)  # type: ignore[arg-type]
    with pytest.raises(Declined, match="memory budget"):
        read_dimacs(io.StringIO("p cnf 1 1\n" + 100 * "1 " + "0"), memory=1000)


@pytest.mark.parametrize("lenient", [False, True])
def test_a_carriage_return_alone_ends_no_remark(lenient: bool) -> None:
    """As in CaDiCaL, where it is a space: what stands behind it in a remark is no clause."""
    assert dimacs.parse("p cnf 2 1\n1 0 c foo\r-1 0\n", lenient=lenient).clauses == ((1,),)
    assert dimacs.parse("c a\rp cnf 9 9\np cnf 2 1\r\n1\r2\r0\r\n", lenient=lenient).clauses == ((1, 2),)
    with pytest.raises(BadInput, match="no header"):
        dimacs.parse("c old\rp cnf 1 1\r1 0\r", lenient=lenient)


def test_remarks_to_model_counters_are_told_behind_a_clause_too() -> None:
    with pytest.warns(Remark, match="a projection"):
        assert dimacs.parse("p cnf 2 1\n1 2 0 c p show 1 0\n").clauses == ((1, 2),)


def test_a_dos_end_mark_may_be_followed_by_zeros() -> None:
    assert dimacs.parse(b"p cnf 2 1\n1 2 0\n\x1a\0\0\0").clauses == ((1, 2),)


def test_nothing_is_overlooked_unless_that_is_asked_for(tmp_path: Path) -> None:
    """However it is read: a header that announces two clauses, and one that is there."""
    text = "p cnf 2 2\n1 2 0\n"
    (tmp_path / "two.cnf").write_text(text)
    readings: list[Callable[..., CNF]] = [
        lambda **how: dimacs.parse(text, **how),
        lambda **how: dimacs.read(tmp_path / "two.cnf", **how),
        lambda **how: read_dimacs(tmp_path / "two.cnf", **how),
        lambda **how: read_dimacs(io.StringIO(text), **how),
        lambda **how: dimacs.read_stream(io.BytesIO(text.encode()), "two", **how),
    ]
    for reading in readings:
        with pytest.warns(Remark):
            assert reading(lenient=True).clauses == ((1, 2),)
        with pytest.raises(BadInput, match="clauses"):
            reading()
