"""The glossary: every name that is shown has an entry, the page in docs is made from it, and pages take what they show."""

import re
from collections.abc import Iterable
from typing import Any, get_args

import pytest

from docs.site.words import PAGE
from hardlab.conformance.checking import names_of_checks
from hardlab.conformance.ladder import CHAINS, Drawn
from hardlab.conformance.laws.checking import LAWS
from hardlab.conformance.laws.results import WORST
from hardlab.conformance.report.page import page_of_checks
from hardlab.conformance.result import Status, Verdict
from hardlab.kernels.call import FEATURES, OF_SUMS
from hardlab.kernels.conventions import CONVENTIONS
from hardlab.pages.glossary import definitions, explained, folded, glossary, of, page
from instances.faults import BadInput
from instances.ours import PROBLEMS
from instances.problem import Size
from instances.visibility import Corner
from reductions.edges.cnf_cubes import CnfCubes
from reductions.edges.cnf_sparse import CnfSparse
from reductions.edges.product_softmax import ProductSoftmax
from reductions.ours import REDUCTIONS
from reductions.pricing import bounds
from reductions.reduction import AnyReduction
from tests.support.calling import Caller

SIZES: dict[str, Size] = {
    "cnf": {"n": 20, "m": 85, "k": 3},
    "ov": {"n": 64, "m": 64, "d": 20},
    "hamming": {"n": 71, "m": 24, "d": 59, "t": 8, "t2": 10},
    "balanced": {"n": 71, "m": 24, "d": 118, "t": 16, "t2": 20},
    "product": {"n": 64, "m": 64, "d": 20, "t": 10},
    "far": {"n": 64, "m": 64, "d": 60, "t": 40, "t2": 38},
    "3ov": {"n": 64, "m": 128, "l": 128, "d": 85},
    "attention": {"n": 71, "m": 29, "d": 81, "rows": 71},
}

GIVEN: dict[type[AnyReduction], list[dict[str, Any]]] = {
    CnfCubes: [{"fix": 4}],
    CnfSparse: [{}, {"thresholds": (3, 9)}],
    ProductSoftmax: [{"gamma": 0.1}],
}
"""Parameters, where a reduction has none of its own or gives other constants by others."""


def steps() -> Iterable[AnyReduction]:
    return (kind(**given) for kind in REDUCTIONS for given in GIVEN.get(kind, [{}]))


def shown() -> set[str]:
    """The names that records and reports give: sizes, constants, problems, figures, checks, verdicts."""
    names = {problem.called for problem in PROBLEMS} | {problem.__name__ for problem in PROBLEMS} | {"AnyOf"}
    for step in steps():
        size = SIZES[step.source.called]
        names |= {*size, *step.size(size), *step.constants(size)}
    from hardlab.names.chains import chain

    names |= {name for figures in bounds(chain("auto"), SIZES["cnf"]) for name in figures}
    names |= (
        {name.partition("/")[0] for name in (*names_of_checks(), *names_of_checks(sums=True))}
        | set(CHAINS)
        | set(get_args(Drawn))
    )
    names |= {*FEATURES, *OF_SUMS, *CONVENTIONS, *get_args(Corner), "honesty", "diagnosis", "seed_of_check", "planted call"}
    names |= {*LAWS, *WORST, "referee"}
    return (names | set(get_args(Status)) | set(get_args(Verdict))) - {"bytes"}


def missing(names: Iterable[str]) -> set[str]:
    return set(names) - {spelling for word in glossary() for spelling in word.spellings}


def test_every_name_that_is_shown_has_an_entry() -> None:
    assert len(shown()) > 80
    assert missing(shown()) == set()
    assert missing({"low", "zeta"}) == {"zeta"}


def test_every_word_of_a_run_has_an_entry() -> None:
    of_answers = {
        "own verdict",
        "right",
        "wrong",
        "between",
        "missed",
        "tried",
        "sampled",
        "witness",
        "oracle",
        "YES",
        "UNKNOWN",
    }
    of_errors = {"demanded", "promised", "delivered", "bands", "trust", "claim", "ball arithmetic", "declined", "low", "high"}
    of_chains = {"hop", "coded", "gap", "pad", "dummy key", "SETH", "OVH", "T5", "T6", "rung", "beyond", "conformant"}
    assert missing(of_answers | of_errors | of_chains) == set()


def test_a_spelling_has_one_entry_of_few_sentences() -> None:
    spellings = [spelling for word in glossary() for spelling in word.spellings]
    assert len(spellings) == len(set(spellings))
    for word in glossary():
        assert 1 <= len(re.findall(r"[.?](?= [A-Z`]|$)", word.says)) <= 3, word.term
        assert word.says.endswith((".", "?")), word.term


def test_the_page_is_made_from_it() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "docs/pages/reference/words.md is stale: make drawn"


def test_html_is_escaped_and_takes_what_is_asked_for() -> None:
    text = "\n".join(definitions(of(["low", "t2", "low"])))
    assert text.index("<dt>t2</dt>") < text.index("<dt>low, high</dt>")
    assert "t2 &gt; t; for far" in text
    assert "<code>hamming-attention</code>" in "".join(definitions(of(["T5"])))
    assert list(folded(["<script>", "nothing"])) == []
    assert len(of(word for spelling in ("t", "t2", "B") for word in [spelling])) == 3


def test_a_page_of_checks_explains_its_words() -> None:
    check = {"name": "decisions/T5/worst/n=16", "status": "beyond", "demanded": 1.0, "axes": {"n": 16, "construction": "T5"}}
    text = page_of_checks([{"target": "k", "verdict": "conformant", "checks": [check]}])
    told = re.findall("<dt>([^<]*)</dt><dd>", text)
    assert {"T5", "beyond", "conformant", "R0", "B", "demanded", "ladder"} <= set(told)
    assert "lemma-4.7" not in told
    assert "fallback" not in told
    assert "features" not in told
    record = {
        "checks": [{"name": "windows/n=13", "status": "wrong"}],
        "features": {"checked": ["gqa"]},
        "not_offered": {"alibi": ""},
    }
    told = re.findall("<dt>([^<]*)</dt><dd>", page_of_checks([record]))
    assert {"windows", "features", "planted call", "masks, alibi, together"} <= set(told)


def test_the_words_are_listed(call: Caller) -> None:
    assert len(call("list", "words", "-q").out.splitlines()) == len(glossary())
    assert "The threshold of a NO row." in call("list", "words", "t2").out
    record = call("list", "words", "LN_LOW", "--json").json
    assert [word["name"] for word in record["words"]] == ["low, high"]
    assert "did you mean gamma?" in call("list", "words", "Gammma").refusal()
    assert "did you mean words?" in call("list", "wrods").refusal()
    assert [one["name"] for one in call("list", "solvers", "cadical", "--json").json["solvers"]] == ["cadical"]
    assert "did you mean softmax?" in call("list", "algorithms", "softmx").refusal()


def test_case_tells_letters_apart() -> None:
    assert explained("T").term != explained("t").term
    assert explained("gAMMA").term in ("Gamma", "mu, rho")
    with pytest.raises(BadInput):
        explained("zzzzz")
