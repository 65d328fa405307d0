"""`hardlab list` and `hardlab graph` through the real command line."""

from pathlib import Path

import pytest

from reductions.ours import REDUCTIONS
from tests.support.calling import Caller

# ------------------------------------------------------------------------------------------------------- list


def test_list_has_everything(call: Caller) -> None:
    record = call("list", "--json").json
    assert set(record) == {"algorithms", "solvers", "families", "problems", "reductions", "claims"}
    assert {"softmax", "softmax32", "logspace", "certified"} <= {item["name"] for item in record["algorithms"]}
    assert {"cadical", "exhaustive-ov", "exhaustive-hamming", "hamming-balls"} <= {item["name"] for item in record["solvers"]}
    assert [item["name"] for item in record["reductions"]][: len(REDUCTIONS)] == [reduction.key for reduction in REDUCTIONS]
    families = {item["name"]: item for item in record["families"]}
    assert [p["name"] for p in families["random-ksat"]["parameters"]] == ["n", "m", "k", "seed", "unique"]
    assert families["random-ksat"]["parameters"][4] == {"name": "unique", "type": "bool", "required": False, "default": False}
    assert families["random-ov"]["makes"] == "ov"
    for item in record["reductions"]:
        assert item["claim"]
        assert item["theorem"]
        assert item["problem"] is None
    assert {"hardness-lab"} <= {item["from"] for item in record["algorithms"]}


@pytest.mark.parametrize("part", ["algorithms", "solvers", "families", "problems", "reductions"])
def test_list_one_part(call: Caller, part: str) -> None:
    record = call("list", part, "--json").json
    assert list(record) == [part]
    names = [item["name"] for item in record[part]]
    assert call("list", part, "-q").out.splitlines() == names
    out = call("list", part).out
    assert out.startswith(part)
    assert all(name in out for name in names)


# ------------------------------------------------------------------------------------------------------- graph


def test_the_graph_in_each_of_its_forms(call: Caller, tmp_path: Path) -> None:
    """As JSON, as Graphviz text, as a drawing and as a table; each alone on stdout."""
    record = call("graph", "--json").json
    assert set(record) == {"nodes", "edges"}
    assert [edge["name"] for edge in record["edges"]][: len(REDUCTIONS)] == [reduction.key for reduction in REDUCTIONS]
    assert all(edge["claim"] for edge in record["edges"])
    dot = call("graph", "--dot").out
    assert dot.startswith("digraph")
    assert all(f'label="{reduction.key}"' in dot for reduction in REDUCTIONS)
    drawn = call("graph", "--svg", "-").out
    assert drawn.lstrip().startswith(("<?xml", "<svg"))
    text = call("graph").out
    assert all(reduction.key in text for reduction in REDUCTIONS)
    file = tmp_path / "graph.svg"
    silent = call("graph", "--svg", file)
    assert (silent.code, silent.out, file.read_text()) == (0, "", drawn)
    assert call("graph", "--svg", file, "--json").json == record
    assert call("graph", "--svg", file, "--dot").out == dot


@pytest.mark.parametrize("words", [("--dot", "--json"), ("--json", "--svg", "-"), ("--dot", "--svg", "-")])
def test_one_form_on_stdout(call: Caller, words: tuple[str, ...]) -> None:
    answer = call("graph", *words)
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "all want stdout: give one of them, or --svg FILE" in answer.err
