"""Records of chains, of what is installed and of the graph as text for people: as it was, and part by part."""

from typing import Any

from hardlab.names.chains import chain
from hardlab.names.text import chains_text, graph_text, listing_text
from instances.families import random_ksat
from reductions.graph import graph
from reductions.pricing import priced
from tests.support.kept import Keeper

FORMULAS = [random_ksat(7, 20, 3, seed=seed) for seed in range(3)]
CHAINS = [
    chain(name) for name in ("auto", "cnf-cubes[fix=2],auto", "cnf-hamming,hamming-balanced,balanced-attention", "cnf-ov")
]


def test_chains(kept: Keeper) -> None:
    lines = []
    size = FORMULAS[0].size
    for formulas, of, memory in (
        (FORMULAS, size, 2**30), (FORMULAS[:1], None, 2**30), ([], {"n": 40, "m": 160, "k": 3}, 2**30), ([], None, 2**30),
        (FORMULAS, size, 8),
    ):  # fmt: skip
        paths = priced(CHAINS, of, formulas, memory)
        lines.append(chains_text({"seeds": list(range(len(formulas))), "paths": paths}))
    kept("\n".join(lines))


def item(name: str, **given: Any) -> dict[str, Any]:
    parameters = [{"name": "n", "required": True, "default": None}, {"name": "seed", "required": False, "default": 0}]
    return {"name": name, "from": "here", "about": "about it", "parameters": parameters, **given}


def test_listings(kept: Keeper) -> None:
    """What decides, what makes, what is wrong with a plug-in, and an edge that has no claim."""
    edge = {"source": "a", "target": "b", "claim": "it is so", "theorem": "somebody"}
    kept(listing_text({
        "solvers": [item("one", decides=["a", "b"]), item("two", decides=[]), item("three"), item("four", problem="it is odd")],
        "families": [item("one", makes="a"), item("two", makes="b", parameters=[])],
        "reductions": [item("one", disjunction=True, **edge), item("two", disjunction=False, **edge),
                       item("three", problem="no")],
        "problems": [],
    }))  # fmt: skip


def test_graphs(kept: Keeper) -> None:
    edges = [
        {
            "name": key,
            "source": a.called,
            "target": b.called,
            "disjunction": of["disjunction"],
            "claim": of["reduction"].theorem.claim,
        }
        for a, b, key, of in graph().edges(keys=True, data=True)
    ]
    kept(graph_text(edges))
