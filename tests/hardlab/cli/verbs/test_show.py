"""`hardlab list` through the real command line."""

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
