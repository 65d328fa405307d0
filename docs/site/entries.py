"""What has an entry each in the reference: every verb, reduction, problem, algorithm, solver, family and claim."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from attention.ours import KNOWN
from docs.site import facts
from hardlab.claims import CLAIMS
from hardlab.claims.claim import Claim, Verdict
from hardlab.cli.main import VERBS
from hardlab.names import inventory
from hardlab.pages.glossary import explained
from hardlab.pages.markdown import said, table
from instances.ours import PROBLEMS
from reductions.ours import REDUCTIONS
from solvers.ours import SOLVERS

PAGES = Path(__file__).parents[1] / "pages"


def _nothing(key: str) -> str:
    return ""


class Kind(NamedTuple):
    """One kind of thing: a line about each by its key, what is computed of it under the title, and what at the end."""

    about: Mapping[str, str]
    facts: Callable[[str], str]
    closing: Callable[[str], str] = _nothing


def _fate(claim: Claim[Any]) -> str:
    """The statement of a claim, and whether it holds as printed."""
    holds = claim.recorded is Verdict.HOLDS
    return claim.statement if holds else f"{claim.recorded.value.capitalize()} as printed: {claim.statement}"


KINDS = {
    "verbs": Kind({name: about for name, (_, about) in VERBS.items()}, facts.command),
    "reductions": Kind({r.key: r.theorem.claim for r in REDUCTIONS}, facts.reduction, facts.reduction_closing),
    "problems": Kind({p.called: explained(p.called).says for p in PROBLEMS}, facts.problem),
    "algorithms": Kind({a.key: inventory.about(a) for a in KNOWN}, facts.algorithm, facts.algorithm_closing),
    "solvers": Kind({s.key: inventory.about(s) for s in SOLVERS}, facts.solver, facts.solver_closing),
    "families": Kind({f["name"]: f["about"] for f in inventory.families()}, facts.family),
    "claims": Kind({claim.id: _fate(claim) for claim in CLAIMS}, facts.claim, facts.claim_closing),
}
"""By the folder of its entries under docs/pages/reference."""


def faults(pages: Path = PAGES) -> list[str]:
    """What is wrong with the entries: one that is not there, one of nothing that exists, one with another title."""
    found = []
    for kind, (about, *_) in KINDS.items():
        folder = pages / "reference" / kind
        there = {page.name.removesuffix(".md"): page for page in folder.glob("*.md") if page.name != "index.md"}
        found += [f"there is no {folder / key}.md" for key in about if key not in there]
        if "<!-- entries -->" not in (folder / "index.md").read_text(encoding="utf-8"):
            found.append(f"{folder / 'index.md'} does not say where its entries are listed")
        for key, page in there.items():
            if key not in about:
                found.append(f"{page} is the entry of nothing that exists")
            elif not page.read_text(encoding="utf-8").startswith(f"# {key}\n"):
                found.append(f"{page} does not begin with the line: # {key}")
    return found


def filled(kind: str, key: str, text: str) -> str:
    """An entry with what is computed: under its title, and at its end."""
    title, _, rest = text.partition("\n")
    parts = [title, KINDS[kind].facts(key), rest.strip("\n"), KINDS[kind].closing(key)]
    return "\n\n".join(part for part in parts if part) + "\n"


def index(kind: str) -> str:
    """The table of all entries of a kind."""
    return "\n".join(table(("", ""), [(f"[`{key}`]({key}.md)", said(about)) for key, about in KINDS[kind].about.items()]))
