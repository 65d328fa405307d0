"""What the site says of each thing and can compute: put under the title of its entry, so that no page repeats the program."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

import typer

from attention import laws as attention_laws
from attention.ours import KNOWN
from hardlab.claims import CLAIMS
from hardlab.claims.claim import Claim
from hardlab.claims.examining import Outcome, examined
from hardlab.claims.replaying import text_of
from hardlab.cli.main import verb
from hardlab.names import inventory
from hardlab.pages.markdown import said, table
from hardlab.pages.text import counted
from instances.ours import PROBLEMS
from reductions import laws as reduction_laws
from reductions.ours import REDUCTIONS
from solvers import laws as solver_laws
from solvers.ours import SOLVERS
from solvers.solver import takes


def first_paragraph(documented: object) -> str:
    """The first paragraph of a docstring on one line, as markdown."""
    return said((inspect.getdoc(documented) or "").split("\n\n")[0])


def linked(kind: str, key: str) -> str:
    """A link to an entry from another entry."""
    return f"[`{key}`](../{kind}/{key}.md)"


def _listed(rows: Iterable[tuple[str, str]]) -> str:
    return "\n".join(table(("", ""), [(f"**{name}**", value) for name, value in rows if value]))


def _joined(links: Iterable[str]) -> str:
    return ", ".join(links) or "none"


def _parameters(given: Sequence[inventory.ParameterRecord]) -> str:
    """Names with their defaults."""
    return ", ".join(f"`{p['name']}`" + ("" if p["required"] else f" = `{p['default']!r}`") for p in given)


def _laws(why: str, *laws: Callable[..., object]) -> str:
    rows = [(f"`{law.__module__}.{law.__name__}`", first_paragraph(law)) for law in laws]
    return "\n".join(["## Laws", "", why, "", *table(("law", "what it demands"), rows)])


def reduction(key: str) -> str:
    of = next(r for r in REDUCTIONS if r.key == key)
    found = inventory.of_reduction(of)
    into = [linked("reductions", r.key) for r in REDUCTIONS if r.target is of.source and r is not of]
    out = [linked("reductions", r.key) for r in REDUCTIONS if r.source is of.target and r is not of]
    ends = f"{linked('problems', of.source.called)} to {linked('problems', of.target.called)}"
    return _listed([
        ("arrow", ends + (", a disjunction of many" if of.disjunction else "")),
        ("statement", said(found["claim"])),
        ("source", said(found["theorem"])),
        ("idea", said(of.theorem.idea)),
        ("parameters", _parameters(found["parameters"])),
        ("size", "an upper bound: the edge filters" if of.bound else "exact, in every letter"),
        ("comes after", _joined(into)),
        ("goes on with", _joined(out)),
        ("in Python", f"[`reductions.{of.__name__}`][{of.__module__}.{of.__name__}]"),
    ])  # fmt: skip


def reduction_closing(key: str) -> str:
    of = next(r for r in REDUCTIONS if r.key == key)
    why = "Checked on exhaustive families of tiny instances, YES and NO, each law with planted faults that it catches."
    size = reduction_laws.size_is_bounded if of.bound else reduction_laws.size_is_exact
    return _laws(why, reduction_laws.promise_is_kept, reduction_laws.complete, reduction_laws.sound, size)


def problem(name: str) -> str:
    of = next(p for p in PROBLEMS if p.called == name)
    return _listed([
        ("reached by", _joined(linked("reductions", r.key) for r in REDUCTIONS if r.target is of)),
        ("leads on by", _joined(linked("reductions", r.key) for r in REDUCTIONS if r.source is of)),
        ("decided by", _joined(linked("solvers", s.key) for s in SOLVERS if takes(s, of))),
        ("made by", _joined(linked("families", f["name"]) for f in inventory.families() if f["makes"] == name)),
        ("in Python", f"[`{of.__name__}`][{of.__module__}.{of.__name__}]"),
    ])  # fmt: skip


def algorithm(key: str) -> str:
    of = next(a for a in KNOWN if a.key == key)
    defaults = [f"`{f.name}` = `{getattr(of, f.name)!r}`" for f in fields(of)]  # type: ignore[arg-type]
    return _listed([
        ("guarantee", first_paragraph(type(of))),
        ("answers in", "logarithms" if of.logarithmic else "numbers as they are"),
        ("parameters", ", ".join(defaults)),
        ("in Python", f"[`attention.{type(of).__name__}`][{type(of).__module__}.{type(of).__name__}]"),
    ])  # fmt: skip


def algorithm_closing(key: str) -> str:
    why = "Checked on random, degenerate and adversarial inputs; what promises nothing is held to nothing, and says no NO."
    return _laws(why, attention_laws.keeps_its_promise, solver_laws.answers_every_row)


def solver(key: str) -> str:
    of = next(s for s in SOLVERS if s.key == key)
    return _listed([
        ("guarantee", first_paragraph(type(of))),
        ("decides", _joined(linked("problems", p.called) for p in PROBLEMS if takes(of, p))),
        ("in Python", f"[`solvers.{type(of).__name__}`][{type(of).__module__}.{type(of).__name__}]"),
    ])  # fmt: skip


def solver_closing(key: str) -> str:
    return _laws("Checked on exhaustive families of tiny instances, YES and NO.", solver_laws.agrees_with_exhaustion)


def family(name: str) -> str:
    (found,) = (f for f in inventory.families() if f["name"] == name)
    return _listed([
        ("makes", linked("problems", found["makes"])),
        ("what", said(found["about"])),
        ("parameters", _parameters(found["parameters"])),
    ])  # fmt: skip


def command(name: str) -> str:
    found = verb(name)
    parts = [_command(f"hardlab {name}", found)]
    for sub, inner in getattr(found, "commands", {}).items():
        parts += [f"## hardlab {name} {sub}", _command(f"hardlab {name} {sub}", inner)]
    return "\n\n".join(parts)


def _command(path: str, found: Any) -> str:
    """What `--help` says: the words, the usage, the options."""
    context = typer.Context(found, info_name=path)
    usage = found.get_usage(context).removeprefix("Usage: ")
    about, _, rest = found.help.partition("\n\nExample")
    words = "\n\n".join(said(part) for part in about.split("\n\n"))
    examples = [" ".join(part.split()) for part in rest.partition(": ")[2].split("\n\n") if part]
    rows = [
        (f"`{name}`", said(about)) for p in found.params for name, about in [p.get_help_record(context) or ("", "")] if name
    ]
    parts = [words, f"```text\n{usage}\n```", "\n".join(table(("option or argument", ""), rows)) if rows else ""]
    parts += ["```sh\n" + "\n".join(examples) + "\n```" if examples else ""]
    return "\n\n".join(part for part in parts if part)


@cache
def _examined(name: str) -> tuple[Claim[Any], Outcome]:
    (of,) = (claim for claim in CLAIMS if claim.id == name)
    return of, examined(of)


def claim(name: str) -> str:
    """A claim, run now: as printed and as corrected, on how many cases, and where it fails.

    Errors: `RuntimeError` where it does not fare as recorded.
    """
    of, outcome = _examined(name)
    if outcome.report is None or not outcome.agrees:
        raise RuntimeError(f"the claim {name} does not fare as recorded: {outcome.error or 'hardlab verify says more'}")
    printed, corrected = outcome.report.printed, outcome.report.corrected
    return "[All claims](index.md)\n\n" + _listed([
        ("source", said(of.source)),
        ("as printed", f"**{printed.verdict.value}**, checked on {counted(printed.inside, 'case')}"),
        ("as corrected", f"**{corrected.verdict.value}**, checked on {counted(corrected.inside, 'case')}"),
        ("statement", said(of.statement)),
        ("what is wrong", said(of.wrong)),
        ("correction", said(of.correction)),
        ("proof", said(of.proof)),
    ])  # fmt: skip


def claim_closing(name: str) -> str:
    """The counterexample to what is printed, to be pasted."""
    _, outcome = _examined(name)
    report = outcome.report
    if report is None or report.printed.counterexample is None or outcome.counterexample is None:
        return f"## Check it\n\n```sh\nhardlab verify {name}\n```"
    return f"""## Counterexample

Found: {said(report.printed.counterexample.finding.detail)}. `hardlab verify {name} --counterexamples DIRECTORY` writes it, and
`hardlab replay DIRECTORY/{name}.json` checks it from scratch:

```json
{text_of(outcome.counterexample)}```"""
