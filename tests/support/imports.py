"""Which modules import which: from the text of a tree, without running any of it."""

import ast
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import takewhile
from pathlib import Path


class Imports:
    """The modules of these packages in the tree at `root`, and what they import of each other."""

    def __init__(self, root: Path, packages: Sequence[str]) -> None:
        files = sorted(file.relative_to(root) for package in packages for file in (root / package).rglob("*.py"))
        self.files = {self.module(str(file)): str(file) for file in files}
        self._trees = {module: ast.parse((root / file).read_bytes()) for module, file in self.files.items()}

    @staticmethod
    def module(file: str) -> str:
        return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def of(self) -> dict[str, set[str]]:
        """What each module imports, anywhere in it, and what it names in texts: "package.module", all of it by "package.", or a
        script of a room of its own by "script.py".
        A name that a face gives counts as one of the module it comes from.
        """
        return {module: {found for found in self._imported(module) if found != module} for module in self._trees}

    @cached_property
    def by(self) -> dict[str, set[str]]:
        """By which modules each is imported."""
        found: dict[str, set[str]] = {module: set() for module in self.of}
        for module, imported in self.of.items():
            for one in imported:
                found[one].add(module)
        return found

    def reaching(self, module: str) -> list[str]:
        """The files that import this module, then those that import these, and so on; where they are as near, those with
        more words of its name, then those of its rooms, then those that import least.
        """
        seen, ring, found = {module}, {module}, []
        while ring:
            ring = {other for one in ring for other in self.by.get(one, ())} - seen
            seen |= ring
            found += sorted(ring, key=lambda one: (*_unlike(one, module), len(self.of[one]), one))
        return [self.files[one] for one in found]

    def compiled(self, module: str) -> bool:
        """Whether the module, or one that imports it, has kernels that numba compiles."""
        return any(self._compiles(one) for one in {module, *self.by.get(module, ())} if not one.startswith("tests"))

    def _compiles(self, module: str) -> bool:
        return any(name.partition(".")[0] == "numba" for name, _ in _named(self._trees[module])) or any(
            name == "instances.compiling" for name in self.of[module]
        )

    def _imported(self, module: str) -> Iterator[str]:
        for name, given in _named(self._trees[module]):
            if given is None:
                yield from [name] if name in self._trees else []
            else:
                yield from self._resolved(name, given)

        for text in [] if self._face(module) else _texts(self._trees[module]):
            if text in self._trees:
                yield text
            elif text.endswith(".") and text[:-1] in self._trees:
                yield from (one for one in self._trees if one.rpartition(".")[0] == text[:-1])
            elif text.endswith(".py"):
                room = f"{module.rpartition('.')[0]}."
                yield from (one for one in self._trees if one.startswith(room) and one.endswith(f".{text[:-3]}"))

    def _resolved(self, module: str, name: str) -> Iterator[str]:
        """Where `from module import name` has it from."""
        if f"{module}.{name}" in self._trees:
            yield f"{module}.{name}"
        elif module in self._trees:
            through = [at for at, given in _named(self._trees[module]) if given == name] if self._face(module) else []
            yield from through if through and through[0] in self._trees else [module]

    def _face(self, module: str) -> bool:
        return self.files[module].endswith("__init__.py")


def _named(tree: ast.Module) -> Iterator[tuple[str, str | None]]:
    """(module, None) for `import module`, (module, name) for every name of `from module import name`."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((one.name, None) for one in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from ((module, one.name) for one in names)


def _texts(tree: ast.Module) -> Iterator[str]:
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))


def _unlike(one: str, other: str) -> tuple[int, int]:
    """How few words their names have in common, and how few rooms from the left."""
    rooms, others = one.removeprefix("tests.").split("."), other.split(".")
    same = takewhile(lambda pair: pair[0] == pair[1], zip(rooms, others, strict=False))
    return -len(set(rooms[-1].split("_")) & set(others[-1].split("_"))), -len(list(same))
