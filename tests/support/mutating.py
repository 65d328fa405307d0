"""Changes of one place in Python code, of the kinds that people make by mistake."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

COMPARED: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"), ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="), ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is"), ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}  # fmt: skip
COMPUTED: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"), ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "//"), ast.Pow: ("**", "*"), ast.LShift: ("<<", ">>"), ast.RShift: (">>", "<<"), ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
}  # fmt: skip
CALLED = {
    "min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "any": "all", "all": "any", "log": "log1p",
    "log1p": "log",
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """The bytes from `start` to `stop` of a file replaced by `new`; `was` and `becomes` are the lines around them."""

    file: str
    line: int
    kind: str
    start: int
    stop: int
    new: str
    was: str
    becomes: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What stays as it is when lines are added elsewhere in the file."""
        return self.file, self.was, self.becomes

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.new.encode() + source[self.stop :]

    def compiles(self, source: bytes) -> bool:
        try:
            compile(self.applied(source), self.file, "exec")
        except SyntaxError:
            return False
        return True

    def __str__(self) -> str:
        return f"{self.file}:{self.line}  {self.kind}:  {self.was}  ->  {self.becomes}"


class Source:
    """Where the nodes of a file stand in it, in bytes."""

    def __init__(self, source: bytes) -> None:
        self.source, self.tree = source, ast.parse(source)
        self._lines = [0]
        for line in source.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def span(self, node: ast.expr) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._lines[node.lineno - 1] + node.col_offset, self._lines[node.end_lineno - 1] + node.end_col_offset

    def text(self, start: int, stop: int) -> str:
        return self.source[start:stop].decode()

    def between(self, left: ast.expr, right: ast.expr, old: str, new: str) -> Iterator[tuple[int, int, str]]:
        """The operator between two operands."""
        start, stop = self.span(left)[1], self.span(right)[0]
        at = self.text(start, stop).find(old)
        if at >= 0:
            start += len(self.text(start, stop)[:at].encode())
            yield start, start + len(old), new

    def mutant(self, file: str, kind: str, start: int, stop: int, new: str) -> Mutant:
        first, last = self.source.rfind(b"\n", 0, start) + 1, self.source.find(b"\n", stop)
        last = len(self.source) if last < 0 else last
        was, becomes = self.text(first, last), self.text(first, start) + new + self.text(stop, last)
        line = self.source[:start].count(b"\n") + 1
        return Mutant(file, line, kind, start, stop, new, *(" ".join(text.split()) for text in (was, becomes)))


def mutants_of(source: bytes, file: str) -> list[Mutant]:
    """All mutants of a file, also those that are no Python (`Mutant.compiles`). Docstrings, annotations, what is raised, what
    is asserted and what is said (f-strings) are left alone.
    """
    of = Source(source)
    left = {id(node) for part in _left_alone(of.tree) for node in ast.walk(part)}
    defaults = {id(node) for part in _defaults(of.tree) for node in ast.walk(part)}
    conditions = {id(node) for node in _conditions(of.tree)}
    found = []
    for node in ast.walk(of.tree):
        if not isinstance(node, ast.expr) or id(node) in left:
            continue
        for kind, start, stop, new in _changes(of, node, id(node) in defaults):
            found.append(of.mutant(file, kind, start, stop, new))
        if id(node) in conditions and not (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)):
            start, stop = of.span(node)
            found.append(of.mutant(file, "condition", start, stop, f"not ({of.text(start, stop)})"))
    return sorted(found, key=lambda mutant: (mutant.start, mutant.stop, mutant.new))


def _changes(of: Source, node: ast.expr, default: bool) -> Iterator[tuple[str, int, int, str]]:
    """(kind, start, stop, new) for every change at this node, but for the condition negated."""
    match node:
        case ast.Compare():
            for left, op, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
                for place in of.between(left, right, *COMPARED[type(op)]):
                    yield "comparison", *place
        case ast.BinOp() if type(node.op) in COMPUTED:
            for place in of.between(node.left, node.right, *COMPUTED[type(node.op)]):
                yield "arithmetic", *place
        case ast.BoolOp():
            old, new, idle = ("and", "or", "True") if isinstance(node.op, ast.And) else ("or", "and", "False")
            if len(node.values) == 2:
                for place in of.between(node.values[0], node.values[1], old, new):
                    yield "boolean", *place
            for value in node.values:
                yield "operand dropped", *of.span(value), idle
        case ast.UnaryOp() if isinstance(node.op, ast.Not):
            start, stop = of.span(node)
            yield "not dropped", start, start + len("not ") - (not of.text(start, stop).startswith("not ")), ""
        case ast.Constant() if type(node.value) in (int, float):
            yield "default" if default else "constant", *of.span(node), _other(node.value)
        case ast.Constant() if default and type(node.value) is bool:
            yield "default", *of.span(node), str(not node.value)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in CALLED:
            stop = of.span(node.func)[1]
            free = isinstance(node.func, ast.Name) and name.startswith("log")  # the other log may not be imported
            yield "function", stop - len(name), stop, f'__import__("math").{CALLED[name]}' if free else CALLED[name]


def _other(value: object) -> str:
    """Another number, of the same type."""
    if isinstance(value, int):
        return str(value + 1)
    assert isinstance(value, float)
    return repr(2 * value) if value and 2 * value != value else "1.0"


def _left_alone(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        match node:
            case ast.Raise() | ast.JoinedStr() | ast.Assert():
                yield node
            case ast.FunctionDef(returns=returns) | ast.AsyncFunctionDef(returns=returns) if returns is not None:
                yield returns
            case ast.arg(annotation=annotation) | ast.AnnAssign(annotation=annotation) if annotation is not None:
                yield annotation
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Compare(left=ast.Name(id="__name__"))):
                yield node
            case ast.Subscript(value=ast.Name(id="Literal" | "Callable" | "NDArray" | "tuple" | "dict" | "list")):
                yield node


def _defaults(tree: ast.Module) -> Iterator[ast.AST]:
    """Defaults of parameters, and of fields of classes."""
    for node in ast.walk(tree):
        match node:
            case ast.arguments():
                yield from (default for default in [*node.defaults, *node.kw_defaults] if default is not None)
            case ast.ClassDef():
                yield from (one.value for one in node.body if isinstance(one, ast.AnnAssign) and one.value is not None)


def _conditions(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        match node:
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                yield test
            case ast.comprehension(ifs=ifs):
                yield from ifs
