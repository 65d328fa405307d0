"""The page of other libraries' kernels, docs/pages/reference/libraries.md: `make drawn` makes it from stored records.

python -m docs.site.libraries RECORD.json ...    keeps what the page needs of these records, and makes it
"""

import json
import sys
from pathlib import Path
from typing import Any

from hardlab.conformance.report.matrix import markdown_rows
from hardlab.conformance.report.rows import row_of
from hardlab.conformance.report.words import explained, offered
from hardlab.pages.markdown import harmless

PAGE = Path(__file__).parents[1] / "pages" / "reference" / "libraries.md"
RECORDS = PAGE.parents[1] / "assets" / "libraries.json"

KEPT = ("target", "conventions", "verdict", "versions", "features", "not_offered", "diagnosis", "command", "calls", "left_out")

HEAD = """# Kernels of libraries

What `hardlab check --quick` finds of attention in other libraries, on a CPU. Each row is one stored record;
`hardlab check --all` makes them anew for what is installed. A cell is the worst of what was found in a group of checks, with
how many of those asked failed; an empty one was not asked. Kernels on a GPU are not in this table:
`python -m benchmarks.accelerator_kernels` checks torch's CUDA kernels and compiled flex_attention on a machine that has one.
"""


def compact(record: dict[str, Any]) -> dict[str, Any]:
    """What the page needs: of the checks their names, statuses, and why they were skipped."""
    checks = [
        {"name": check["name"].partition("/")[0], "status": check["status"]}
        | ({"reason": check["reason"]} if check["status"] == "skipped" or check["name"] == "library" else {})
        for check in record["checks"]
    ]
    return {name: record[name] for name in KEPT if name in record} | {"checks": checks}


def page(records: list[dict[str, Any]]) -> str:
    parts = [HEAD, *markdown_rows([row_of(record) for record in records]), ""]
    for record in records:
        row = row_of(record)
        libraries = {name: record["versions"][name] for name in LIBRARIES if name in record["versions"]}
        parts += [f"## {harmless(row.target)} in {harmless(row.dtype)}: {harmless(row.verdict)}", ""]
        parts += [", ".join(f"{name} {version}" for name, version in libraries.items()), ""]
        parts += [f"- {harmless(sentence)} ({harmless(of)})" for sentence, of in explained(record)]
        parts += [f"- {harmless(said)}" for said in offered(record)]
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


LIBRARIES = ("torch", "jax", "onnxruntime", "onnx", "tinygrad")

if __name__ == "__main__":
    if sys.argv[1:]:
        kept = [compact(json.loads(Path(name).read_text(encoding="utf-8"))) for name in sys.argv[1:]]
        RECORDS.write_text(json.dumps(kept, indent=0) + "\n", encoding="utf-8")
    PAGE.write_text(page(json.loads(RECORDS.read_text(encoding="utf-8"))), encoding="utf-8")
