"""The graph of reductions as the site shows it: every problem and every key a link to its entry."""

from hardlab.pages.graph import Edge, svg
from instances.ours import PROBLEMS
from reductions.ours import REDUCTIONS


def graph() -> str:
    """For the page of all reductions."""
    edges = [Edge(r.source.called, r.target.called, r.key, r.theorem.claim, r.disjunction) for r in REDUCTIONS]

    def entry(kind: str, key: str) -> str:
        return f"{key}.html" if kind == "reductions" else f"../{kind}/{key}.html"

    return f'<div class="graph">\n{svg(edges, {p.called: p.__name__ for p in PROBLEMS}, entry)}</div>'
