"""`hardlab list` and `hardlab graph`: what is installed, and how it hangs together."""

from typing import Annotated

import typer

from hardlab.cli.console import emit_json, quiet_stdout
from hardlab.cli.options import Json, PlugInPath, Quiet, With
from instances.faults import BadInput, unknown
from instances.files import atomic_write


def list_(
    part: Annotated[
        str | None,
        typer.Argument(help="algorithms, solvers, families, problems, reductions, claims or words.", show_default=False),
    ] = None,
    name: Annotated[str | None, typer.Argument(help="One of them, by its name.", show_default=False)] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """List what is installed: ours, and the plug-ins with the distribution that each comes from; or the words, explained.

    Examples: hardlab list algorithms

    hardlab list words t2
    """
    from hardlab.names.inventory import PARTS
    from hardlab.names.text import listing_text

    if part == "words":
        return _words_explained(name, json, quiet)
    if part is not None and part not in PARTS:
        raise unknown("part", part, [*PARTS, "words"])
    with quiet_stdout():
        record = {of: make() for of, make in PARTS.items() if part in (None, of)}
    if name is not None:
        (items,) = record.values()  # a name comes after a part
        record = {str(part): [item for item in items if item["name"] == name]}
        if not record[str(part)]:
            raise unknown(f"name of {part}", name, [item["name"] for item in items])
    if json:
        emit_json(record)
    elif quiet:
        typer.echo("\n".join(item["name"] for items in record.values() for item in items))
    else:
        typer.echo(listing_text(record))
    return 0


def _words_explained(name: str | None, json: bool, quiet: bool) -> int:
    from hardlab.pages.glossary import explained, glossary, plain

    words = glossary() if name is None else (explained(name),)
    if json:
        emit_json({"words": [{"name": w.term, "also": w.also, "part": w.part, "about": w.says} for w in words]})
    else:
        typer.echo("\n".join(word.term for word in words) if quiet else plain(words))
    return 0


def graph(
    dot_: Annotated[bool, typer.Option("--dot", help="Graphviz text on stdout.")] = False,
    svg_: Annotated[str | None, typer.Option("--svg", help="Draw the graph into this file, - for stdout.")] = None,
    with_: With = None,
    path: PlugInPath = None,
    json: Json = False,
) -> int:
    """Show the reduction graph: problems are nodes, reductions are edges.

    Examples: hardlab graph --svg reductions.svg

    hardlab graph --with cover.py:CoverToIndependent
    """
    from hardlab.names.inventory import named_reductions, problems, reductions
    from hardlab.names.text import graph_text
    from hardlab.pages.graph import Edge, dot, nodes, svg

    if dot_ + json + (svg_ == "-") > 1:
        raise BadInput("--dot, --json and --svg - all want stdout: give one of them, or --svg FILE")
    with quiet_stdout():
        found = [*reductions(), *named_reductions(with_ or (), path)]
        known = problems()
    records = [record for record in found if "claim" in record]
    edges = [Edge(r["source"], r["target"], r["name"], r["claim"], r["disjunction"]) for r in records]
    for record in (record for record in [*found, *known] if record["problem"]):
        typer.echo(f"hardlab: {record['name']} of {record['from']}: {record['problem']}", err=True)
    names = {record["name"]: record["title"] for record in known if record["title"] != record["name"]}
    alone = [record["name"] for record in known if not record["problem"]]
    if svg_ is not None:
        with atomic_write(svg_) as stream:
            stream.write(svg(edges, names, others=alone).encode())
    if json:
        emit_json({"nodes": nodes(edges, alone), "edges": records})
    elif dot_:
        typer.echo(dot(edges, names, alone), nl=False)
    elif svg_ is None:
        typer.echo(graph_text(records))
    return 0
