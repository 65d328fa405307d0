"""The page of a run: every chain has one, it says what its record holds and nothing else, and foreign texts stay texts."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from attention import PlainFunction, Softmax
from hardlab.names.chains import chain
from hardlab.pages.json import plain
from hardlab.pages.text import number
from hardlab.runs.page.page import page_of_run
from hardlab.runs.page.stored import is_run, page_of_stored
from hardlab.runs.running import run
from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.families import random_ksat
from instances.faults import BadInput
from instances.problem import Problem, Size, Witness
from instances.vectors import OrthogonalVectors
from reductions.chain import Chain
from reductions.ours import REDUCTIONS
from reductions.reduction import Reduction, Theorem
from solvers import Sat
from tests.support.paths import PATHS, TO_GRADIENTS, TO_TENSORS
from tests.support.reports import HOSTILE, Page
from tests.support.runs import NO, RECORDS, YES, Record, constant, exact, noise, recorded

LARGEST = 300_000
"""Bytes of a record, whatever its instance."""

CHAINS = [*PATHS, *(steps for steps in TO_GRADIENTS if len(steps.steps) == 2), *TO_TENSORS]

LOOPS = [
    "cnf-cubes[fix=2],cnf-hamming,hamming-sink",
    "cnf-sparse[thresholds=1],cnf-ov,ov-attention",
    "cnf-ov,ov-tiles[rows=3,columns=2],ov-hamming,hamming-attention",
    "cnf-hamming,hamming-tiles[rows=1,columns=2],hamming-attention",
    "cnf-cubes[fix=1],cnf-ov,ov-gap[code=projective],hamming-attention",
]
"""Edges that are on no path from formulas to attention, which lead from a problem to itself."""


UNTARGETED = ":root:not(:has(.spot:target))"
"""When no row was chosen."""


def rules(html: str, row: int) -> str:
    """The rules of the style by which this row is lit."""
    return "\n".join(line for line in html.splitlines() if f"#row-{row}:target" in line)


def sound(record: Record) -> Page:
    """The page of a record, whose links lead somewhere and whose rows all can be lit."""
    html = page_of_run(record)
    page = Page(html)
    ids = {attributes.get("id") for _, attributes in page.elements}
    links = {str(attributes["href"]) for tag, attributes in page.elements if tag == "a"}
    assert {link[1:] for link in links} <= ids
    assert "script" not in page.tags
    told = set(re.findall(r'class="of r(\d+)"', html))
    assert all(".of.r" in rules(html, int(row)) for row in told)
    first = [line for line in html.splitlines() if UNTARGETED in line and ".of.r" in line]
    assert len(first) == bool(told)
    assert page.text.count(record["verdict"].upper()) >= 1
    assert page_of_run(json.loads(json.dumps(record))) == html  # the same bytes from what is stored
    return page


@pytest.mark.parametrize("keys", [*(steps.keys for steps in CHAINS), *LOOPS])
@pytest.mark.parametrize("formula", [YES, NO], ids=["yes", "no"])
@pytest.mark.slow
def test_every_chain_has_a_page(keys: str, formula: CNF) -> None:
    record = recorded(formula, keys)
    assert record["verdict"] == ("yes" if formula is YES else "no")
    page = sound(record)
    for stage in record["stages"][1:]:
        assert stage["theorem"]["source"] in page.text
        assert stage["theorem"]["idea"] in page.text
        assert stage["theorem"]["idea"]


def test_all_reductions_are_among_them() -> None:
    keys = {step.key for steps in [*CHAINS, *map(chain, LOOPS)] for step in steps.steps}
    assert keys == {reduction.key for reduction in REDUCTIONS}


@pytest.mark.parametrize("name", RECORDS)
def test_each_kind_of_page(name: str) -> None:
    record = RECORDS[name]()
    page = sound(record)
    assert page.text.startswith(f"{record['verdict'].upper()}: ")
    for stage in record["stages"]:
        for letter, value in stage["picture"].get("size", stage["size"]).items():
            assert f"{letter} = {number(value)}" in page.text
    alarmed = any(attributes.get("class") == "alarm" for _, attributes in page.elements)
    assert alarmed == bool(record["own"] and record["own"]["wrong"])


SAID = {
    "yes": ["Why this YES may be believed", "every clause has a true literal", "CaDiCaL"],
    "no": ["Why this NO may be believed", "lies in the NO band", "by a bound that is proved here", "is NO as well"],
    "no promise": ["What is missing", "promises no error", "--trust", "says NO ; the lab says UNKNOWN"],
    "wrong": [
        "constant answers wrongly",
        "by its own answers your algorithm says NO, the answer is YES",
        "says nothing for the algorithm",
    ],
    "weak": ["What is missing", "nothing was computed", "What to do"],
    "disjunction": ["A disjunction of 4 instances", "Shown here: member"],
    "two disjunctions": ["A disjunction of 2 instances", ", in it member "],
    "all members NO": ["Each of the 2 members of the disjunction is NO"],
}


@pytest.mark.parametrize("name", SAID)
def test_why_is_said_in_words(name: str) -> None:
    text = sound(RECORDS[name]()).text
    assert [words for words in SAID[name] if words not in text] == []


def test_the_deciding_row_is_lit_without_a_target_and_others_by_links() -> None:
    record = recorded(YES, "auto")
    html = page_of_run(record)
    row = record["route"][-1]["witness"][0]
    i, j = record["route"][1]["witness"]
    assert f":is(:root:has(#row-{row}:target), {UNTARGETED})" in rules(html, row)
    for other in map(int, record["stages"][1]["picture"]["pairs"]):
        assert f'href="#row-{other}"' in html
        assert (UNTARGETED in rules(html, other)) == (other == row)
    for mark in (f".a{i}", f".b{j}", f".q{row}", f".k{record['route'][2]['key']}"):
        assert re.search(re.escape(mark) + r"\b", rules(html, row)), mark
    for literal in record["model"]:
        assert re.search(rf"\.{'p' if literal > 0 else 'n'}{abs(literal)}\b", rules(html, row))


def test_a_solver_and_a_chain_without_steps() -> None:
    for keys, steps in (("", Chain(())), ("cnf-ov", chain("cnf-ov"))):
        solver: Any = Sat() if not keys else _exhaustive()
        record = plain(dict(run(YES, steps, solver, picture=True).record))
        assert "answers" not in record
        assert "every clause has a true literal" in sound(record).text
        no = plain(dict(run(NO, steps, solver, picture=True).record))
        assert "decided the last instance by itself" in sound(no).text


def _exhaustive() -> Any:
    from solvers import ExhaustiveOrthogonal

    return ExhaustiveOrthogonal()


LARGE: list[tuple[CNF, str]] = [
    (random_ksat(40, 170, 3, seed=1), "auto"),
    (random_ksat(20, 85, 3, seed=1), "cnf-ov,ov-hamming,hamming-balanced,balanced-attention"),
    (random_ksat(16, 1500, 8, seed=1), "cnf-ov,ov-attention"),
    (CNF(3000, tuple((v,) for v in range(1, 3000, 31))), "cnf-cubes[fix=2],auto"),
    (CNF(120, (tuple(range(1, 121)),) * 600 + tuple((-v,) for v in range(1, 120))), "cnf-cubes[fix=1],auto"),
]


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(("formula", "keys"), LARGE, ids=["v40", "lemma-4.7", "wide", "unused", "wider"])
def test_records_are_bounded(formula: CNF, keys: str) -> None:
    record = recorded(formula, keys, None)
    size = len(json.dumps(record, indent=2))
    assert size <= LARGEST, size
    sound(record)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of everything in a record."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        if not isinstance(key, int) or key < 2:  # of lists the first two
            yield from leaves(one, (*path, key))


def planted(record: Record, path: tuple[Any, ...], value: Any) -> Record:
    changed = copy.deepcopy(record)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


FOREIGN: tuple[Any, ...] = (HOSTILE, [HOSTILE], {HOSTILE: HOSTILE}, None, -1, 10**40, 1e308, [], {}, "９９")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["yes", "disjunction"])
def test_foreign_values_are_shown_as_texts_or_refused(name: str) -> None:
    record = RECORDS[name]()
    paths = [path for path in leaves(record) if path]
    shown = 0
    for k, path in enumerate(paths):
        for value in (FOREIGN[0], FOREIGN[1 + k % (len(FOREIGN) - 1)]):
            try:
                html = page_of_stored(planted(record, path, value), "r.json")
            except BadInput:
                continue
            shown += 1
            assert "<script" not in html, path
            assert "<img" not in html, path
            assert Page(html).tags.count("style") == 1, path
    assert shown > 50


def test_keys_of_a_record_are_texts_too() -> None:
    record = copy.deepcopy(recorded(YES, "auto"))
    record["versions"] = {HOSTILE: HOSTILE}
    record["stages"][1]["size"][HOSTILE] = 3
    record["stages"][2]["constants"] = {HOSTILE: 0.5}
    record["stages"][1]["picture"]["names"] = [[4, HOSTILE]]
    html = page_of_stored(record, "r.json")
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 4


def test_what_is_no_run_is_told_so() -> None:
    record = recorded(YES, "auto")
    assert is_run(record)
    assert not any(map(is_run, ({}, [], None, {"stages": []}, {"kernels": []})))
    with pytest.raises(BadInput, match="without pictures"):
        page_of_stored(json.loads(json.dumps(dict(run(YES, chain("auto"), Softmax()).record))), "r.json")


# ------------------------------------------------------------------------------------------------- planted faults

Plant = Callable[[Record], Any]


def lies(record: Record, formula: CNF) -> list[str]:
    """What the page of a run through `auto` says that is not so, found by reading it beside the formula."""
    text = Page(page_of_run(record)).text
    found = []
    for row, given in re.findall(r"Row (\d+) is the assignment ((?:x\d+=[01] ?)+)", text):
        true = {int(v) if bit == "1" else -int(v) for v, bit in re.findall(r"x(\d+)=([01])", given)}
        model = all(true & set(clause) for clause in formula.clauses)
        said = re.search(rf"Row {row} is the assignment [^:]*: ([^.]*)\.", text)
        if said is None or ("this is a model" in said[1]) != model:
            found.append(f"row {row} is a model")
        pair = re.search(rf"Row {row} : a \d+ and its best partner b \d+ differ in (\d+) places \(marked\): ([^.]*)\.", text)
        if pair is None or ("YES" in pair[2]) != model or (int(pair[1]) <= record["stages"][1]["size"]["t"]) != model:
            found.append(f"row {row} is near")
        answer = re.search(
            rf"Row {row} answers (\S+), exactly (\S+): by that, (YES|NO|neither[^.]*)\.( This answer is wrong)?", text
        )
        if answer is None or (answer[3] == "YES") != model or (float(answer[1]) > 0) != model or answer[4]:
            found.append(f"row {row} answers")
    return found


def flip_answer(record: Record) -> None:
    record["answers"]["given"][0] *= -1


def swap_partner(record: Record) -> None:
    pair = next(iter(record["stages"][1]["picture"]["pairs"].values()))
    pair[2] += 2


def flip_value(record: Record) -> None:
    values = record["stages"][0]["picture"]["values"]
    row = record["route"][-1]["witness"][0]
    values[str(row)] = "1111"


def hide_false(record: Record) -> None:
    false = record["stages"][0]["picture"]["false"]
    for row in false:
        false[row] = {"count": 0, "clauses": []}


def move_t(record: Record) -> None:
    record["stages"][1]["size"]["t"] -= 1


@pytest.mark.parametrize("formula", [YES, random_ksat(14, 62, 3, seed=2)], ids=["4", "14"])
def test_a_page_says_what_is_so(formula: CNF) -> None:
    assert lies(recorded(formula, "auto"), formula) == []


@pytest.mark.parametrize("plant", [flip_answer, swap_partner, flip_value, hide_false, move_t])
def test_planted_lies_are_found(plant: Plant) -> None:
    record = copy.deepcopy(recorded(YES, "auto"))
    plant(record)
    assert lies(record, YES)


def test_wrong_answers_are_marked_in_the_drawing() -> None:
    formula = random_ksat(14, 62, 3, seed=2)
    for function in (exact, constant, noise):
        record = recorded(formula, "auto", PlainFunction(function, function.__name__))
        wrong = record["own"]["wrong"]
        assert page_of_run(record).count('class="cross"') == (wrong + 1 if wrong else 0)  # one is the sign of the legend
        assert bool(wrong) == (function is not exact)
        assert bool(record["own"]["between"]) == (function is noise)


# ------------------------------------------------------------------------------------- other people's problems and words


@dataclass(frozen=True)
class Weight(Problem):
    """Somebody's problem: is the sum of `values` positive? The witness is their number."""

    called: ClassVar[str] = "<b>weight</b>"
    values: tuple[int, ...]

    @property
    def size(self) -> Size:
        return {"<i>w</i>": len(self.values)}

    def accepts(self, witness: Witness) -> bool:
        return witness == (len(self.values),) and sum(self.values) > 0

    def witnesses(self) -> Iterator[Witness]:
        yield (len(self.values),)

    @classmethod
    def memory(cls, size: Size) -> int:
        return 1

    @property
    def identity(self) -> str:
        return str(self.values)


@dataclass(frozen=True)
class WeightOv(Reduction[Weight, OrthogonalVectors]):
    """Somebody's reduction, whose way back takes nothing but what is accepted."""

    key: ClassVar[str] = "weight-ov"
    theorem: ClassVar[Theorem] = Theorem("<i>nobody</i> knows", HOSTILE)

    def size(self, of: Size) -> Size:
        return {"n": 2, "m": 1, "d": 1}

    def apply(self, problem: Weight) -> OrthogonalVectors:
        return OrthogonalVectors(BitMatrix.of(["1", "0" if sum(problem.values) > 0 else "1"]), BitMatrix.of(["1"]))

    def forth(self, problem: Weight, witness: Witness) -> Witness:
        return (1, 0)

    def back(self, problem: Weight, witness: Witness) -> Witness:
        if witness != (1, 0) or sum(problem.values) <= 0:
            raise RuntimeError("no witness")
        return (len(problem.values),)


@pytest.mark.parametrize(("values", "verdict"), [((3, 4), "yes"), ((-3, 2), "no")])
def test_somebody_elses_problem_has_a_page_of_its_size(values: tuple[int, ...], verdict: str) -> None:
    steps = Chain((WeightOv(), *chain("ov-attention").steps))
    record = plain(dict(run(Weight(values), steps, Softmax(), picture=True).record))
    assert record["verdict"] == verdict
    page = sound(record)
    assert "This problem is somebody else’s" in page.text
    assert "<b>weight</b>" in page.text  # as a text
    assert "b" in page.tags
    assert "<i>w</i> = 2" in page.text
    assert ("leads back to the witness (2)" in page.text) == (verdict == "yes")
    assert ("if what was claimed is true" in page.text) == (verdict == "no")  # the NO rests on somebody's reduction
