"""The graph of reductions as the site shows it: every problem and every key a link to its entry."""

from hardlab.pages.graph import Edge, spaced, svg
from instances.ours import PROBLEMS
from reductions.ours import REDUCTIONS


def drawn() -> str:
    """For the page of all reductions."""
    edges = [Edge(r.source.called, r.target.called, r.key, r.theorem.claim, r.disjunction) for r in REDUCTIONS]
    names = {problem.called: spaced(problem.__name__) for problem in PROBLEMS}

    def entry(kind: str, key: str) -> str:
        return f"{key}.html" if kind == "reductions" else f"../{kind}/{key}.html"

    return f'<div class="graph">\n{svg(edges, names, entry)}</div>'
