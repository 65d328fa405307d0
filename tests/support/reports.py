"""Records of checks to report, and a page that is read."""

from html.parser import HTMLParser
from typing import Any

Record = dict[str, Any]


VOID = {"meta", "br", "hr", "img", "input", "link"}
HOSTILE = (
    "<script>alert(1)</script>\"'&<img src=http://evil.example/x.png onerror=x>\x00\x1b[31m\ud800\u202e](http://evil.example)`|"
)


def check(name: str, status: str = "passed", **others: Any) -> Record:
    repeat = f"hardlab check mymodule:kernel --only '{name}'"
    fields: Record = {
        "reason": "",
        "demanded": None,
        "delivered": None,
        "axes": {},
        "counterexample": None,
    }
    return {"name": name, "status": status, "repeat": repeat, **fields, **others}


def rung(n: float, B: float, R0: float, demanded: Any, delivered: Any, status: str = "passed", **axes: Any) -> Record:
    placed = {"construction": "T5", "family": "worst", "n": n, "B": B, "R0": R0, **axes}
    name = f"decisions/{placed['construction']}/{placed['family']}/n={n}/B={B}/R0={R0}"
    return check(name, status, reason=f"{status} here", demanded=demanded, delivered=delivered, axes=placed)


def record(*checks: Record, **others: Any) -> Record:
    return {
        "target": "mymodule:kernel",
        "conventions": {"scale": "argument", "layout": "nd", "dtype": "float32", "seed": None},
        "verdict": "conformant",
        "seconds": 41.2,
        "versions": {"python": "3.11.7", "hardness-lab": "0.1.0", "numpy": "2.4.6"},
        "machine": "Linux x86_64, 2 cores",
        "command": "hardlab check mymodule:kernel --dtype float32",
        "checks": list(checks),
        "ends": [{"construction": "T5", "R0": 4.0, "n": 64, "B": 2.1}],
        "chains": [CHAIN],
        **others,
    }


CHAIN: Record = {
    "name": "T5",
    "stages": [
        {"problem": "cnf", "size": {"n": 20, "m": 85, "k": 3}},
        {"problem": "hamming", "size": {"n": 71, "m": 24, "d": 59, "t": 8, "t2": 10}, "eps": 0.25},
        {"problem": "attention", "size": {"n": 71, "m": 29, "d": 81, "rows": 71}, "B": 9.4, "margin": 5.6},
    ],
    "edges": ["cnf-hamming", "hamming-attention"],
}


LADDER = [
    rung(n, B, R0, 0.1 * B * R0, 1e-4 * B**4, "beyond" if B > 5 and R0 < 2 else "passed")
    for n in (16, 64, 256)
    for R0 in (1.05, 1.5, 2.0, 4.0, 16.0)
    for B in (1.4 * R0**0.1, 2.7 * R0**0.1, 5.4 * R0**0.1)
]


FAILING = record(
    check("shapes/n=1"),
    check(
        "definition/steep", "inaccurate", reason="row 3, column 0: error 2.1e-3, at most 4e-6", demanded=4e-6, delivered=2.1e-3
    ),
    *LADDER,
    rung(64, 10.0, 4.0, 0.4, 0.9, "wrong"),
    check("extremes/large", "crashed", reason="killed by SIGSEGV"),
    verdict="crashed",
)


class Page(HTMLParser):
    """Elements of a page with their attributes; an element that is not closed in its place is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


RECORDS: dict[str, list[Record]] = {
    "failing": [FAILING],
    "conformant": [record(*LADDER[:2])],
    "empty": [{}],
    "no-checks": [record(ends=[], chains=[], versions={}, conventions={}, command="", machine="", seconds=None)],
    "nothing": [dict.fromkeys(record())],
    "several": [FAILING, record(*LADDER), {}],
    "none": [],
    "hostile": [
        record(
            *(check(HOSTILE, status, reason=HOSTILE, repeat=HOSTILE) for status in ("wrong", "beyond", "passed", HOSTILE)),
            rung(64, 2.0, 4.0, 0.1, 0.2, HOSTILE, construction=HOSTILE, family=HOSTILE),
            target=HOSTILE,
            verdict=HOSTILE,
            command=HOSTILE,
            machine=HOSTILE,
            versions={HOSTILE: HOSTILE},
            conventions={HOSTILE: HOSTILE, "dtype": HOSTILE},
            ends=[{"construction": HOSTILE, "R0": HOSTILE, "n": HOSTILE, "B": None, "rungs": 3, "fails": HOSTILE}],
            chains=[{"name": HOSTILE, "stages": [{"problem": HOSTILE, "size": {HOSTILE: HOSTILE}}] * 2, "edges": [HOSTILE]}],
        )
    ]
    * 2,
}
