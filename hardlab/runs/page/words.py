"""Why the verdict is YES, NO or UNKNOWN, and why that may be believed, in words."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from hardlab.pages.text import counted, from_log10, line, number
from hardlab.runs.judging import alarm, found_without_it, rows_text

Record = Mapping[str, Any]

NEAR = "A row of A and a row of B are as near as was asked", "No row of A has a row of B as near as was asked"
QUESTIONS = {
    "cnf": (
        "The formula has a model: values for its variables that give every clause a true literal",
        "The formula has no model: whatever values its variables take, some clause is false",
    ),
    "ov": ("Some vector of A and some vector of B are nowhere both 1", "No vector of A is orthogonal to one of B"),
    "3ov": ("Three vectors, of A, of B and of C, are nowhere all 1", "No three vectors of A, B and C are orthogonal"),
    "hamming": NEAR,
    "balanced": NEAR,
    "far": ("A row of A and a row of B are as far apart as was asked", "No row of A has a row of B as far as was asked"),
    "product": ("Two vectors have as many ones in common as was asked", "No two vectors have as many ones in common"),
    "transformer": ("An entry reaches the upper threshold", "No entry reaches the upper threshold"),
    "tensor": ("An output reaches the upper threshold", "No output reaches the upper threshold"),
    "gradient": ("An entry reaches the upper threshold", "No entry reaches the upper threshold"),
    "attention": ("An output reaches the upper threshold", "No output reaches the upper threshold"),
}
"""YES and NO of each problem."""

PROVED = {
    "proved": "was promised before it ran, by a bound that is proved here",
    "plug-in": "was promised by the plug-in",
    "user": "was vouched for by the user",
}


def verdict(record: Record) -> Iterator[str]:
    """The verdict with its meaning and the reason that was given; then what the algorithm says by itself."""
    said, source = str(record["verdict"]), str(record["stages"][0]["problem"])
    yes, no = QUESTIONS.get(source, (f"The instance of {source} is YES", f"The instance of {source} is NO"))
    condition = ", if what was claimed is true" if record["claimed"] else ""
    meaning = {"yes": yes, "no": no + condition}.get(said, "Neither YES nor NO could be shown")
    yield f'<header class="verdict {escape(said)}"><h1>{escape(said.upper())}</h1><p>{escape(meaning)}.</p>'
    yield f'<p class="counts">{escape(line(record["reason"]))}</p></header>'
    yield from _alarm(record)


def _alarm(record: Record) -> Iterator[str]:
    """A line that cannot be missed where the algorithm answers wrongly."""
    own = record.get("own")
    if own is not None and own["wrong"]:
        wrong = alarm(record)
        said = f"{line(record['algorithm'])} answers wrongly: {line(rows_text(record))}{f'; {wrong}' if wrong else ''}."
        yield f'<p class="alarm" role="alert">{escape(said)}</p>'


def believed(record: Record) -> Iterator[str]:
    """Why the verdict may be believed, or what is missing for one; and who decided, the algorithm or the lab."""
    said = str(record["verdict"])
    head = f"Why this {said.upper()} may be believed" if said in ("yes", "no") else "What is missing, and what to do"
    yield f'<section class="panel"><h2>{head}</h2><ul>'
    yield from (f"<li>{reason}</li>" for reason in {"yes": _yes, "no": _no}.get(said, _unknown)(record))
    yield from _oracle(record)
    yield "</ul>"
    yield from _own(record)
    yield "</section>"


def _oracle(record: Record) -> Iterator[str]:
    """What the SAT solver says, where it is another than the one that decided."""
    oracle = record["oracle"]
    if oracle is None or record["algorithm"] == "cadical":
        return
    agrees = "; here it stays open" if record["verdict"] == "unknown" else ", the opposite: one of the two is wrong"
    said = f"says {escape(str(oracle).upper())}{', too' if oracle == record['verdict'] else agrees}"
    yield f"<li>CaDiCaL, a SAT solver that shares no code with this, {said}.</li>"


def _own(record: Record) -> Iterator[str]:
    """What the algorithm says by its answers alone, beside what the lab says."""
    own, who = record.get("own"), escape(line(record["algorithm"]))
    if own is None:
        return
    yield f"<h3>Did the algorithm decide, or the lab?</h3><p>By its own answers alone, held against low and high, {who} says "
    yield f"<b>{escape(str(own['verdict']).upper())}</b>; the lab says <b>{escape(str(record['verdict']).upper())}</b>: "
    yield f"{escape(line(rows_text(record)))}.</p>"
    found = found_without_it(record)
    if found is not None:
        yield f"<p><b>{escape(found[:1].upper() + found[1:])}</b>.</p>"


def _yes(record: Record) -> Iterator[str]:
    hops = len(record["stages"]) - 1
    yield "A YES rests on nobody’s promise: it comes with a witness, and anybody can check that."
    if hops:
        by_attention = record["own"] is not None
        first = "The row that decides was evaluated exactly" if by_attention else "The witness of the last instance was checked"
        yield f"{first} and led back through {counted(hops, 'reduction')}; at every stage it was checked from the definition."
    if record["model"] is not None:
        yield "At the end every clause was looked at: with these values it has a true literal. Below you can do the same."


def _no(record: Record) -> Iterator[str]:
    answers, members = record.get("answers"), record["members"]
    yield "A NO has no witness. It rests on what follows."
    if members is not None:
        yield f"Each of the {int(members['count']):,} members of the disjunction is NO; one of them is shown below."
    if answers is not None:
        where = "Of the member that is shown" if members is not None else "Of the last instance"
        yield f"{where} {counted(int(answers['of']), 'row')} answered, and every answer lies in the NO band."
    yield from _promised(record, "tells the two sides apart" + ("; the NO holds if that is true" if record["claimed"] else ""))
    if record["promise"] is None and answers is None and members is None:
        yield f"{escape(line(record['algorithm']))} decided the last instance by itself: {escape(line(record['reason']))}."
    if len(record["stages"]) > 1:
        yield "Each reduction keeps the answer: its theorem stands between the panels. So the first question is NO as well."


def _promised(record: Record, done: str) -> Iterator[str]:
    promise = record["promise"]
    if promise is None or promise["source"] is None:
        return
    error = f"{escape(number(promise['absolute']))} absolute and {escape(number(promise['relative']))} relative"
    whose = PROVED.get(str(promise["source"]), "was claimed")
    yield f"An error of at most {error} {whose}; {_demanded(record)} {done}."
    if promise["failure"]:
        yield f"The promise may fail with probability {escape(number(promise['failure']))}."


def _demanded(record: Record) -> str:
    demanded = record["demanded"]
    return "an error below " + escape(from_log10(demanded["log10"])) if demanded is not None else "a smaller one"


def _unknown(record: Record) -> Iterator[str]:
    promise, own = record["promise"], record["own"]
    if not record["fault"] and promise is not None and promise["source"] is None and own is not None:
        yield (
            "The algorithm promises no error. So a row that answers NO may be a YES that it overlooked: without a promise it "
            "can win YES and never NO. Its largest rows were tried exactly, and none of them is a witness."
        )
        yield (
            f"What to do: take an algorithm that promises {_demanded(record)} (hardlab list algorithms), or vouch for this one "
            "with --trust ERROR; the NO then rests on your word."
        )
    elif not record["fault"] and promise is not None and own is None:
        yield from _promised(record, "would be needed: the bands of YES and NO overlap, so nothing was computed")
        yield "What to do: an algorithm with a smaller error, or a wider margin between low and high (a larger R0)."
    else:
        yield f"{escape(line(record['reason']))}."
        yield (
            "What would decide it: a row that leads back to a witness (YES); or an error that is promised, and kept, below the "
            "one that is demanded, with every row in the NO band (NO)."
        )
