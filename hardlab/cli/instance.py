"""Where an instance comes from on the command line: a file, standard input, or a seeded family."""

from dataclasses import dataclass, field
from typing import get_type_hints

from hardlab.names.problems import known_among
from instances.cnf import CNF
from instances.families import FAMILIES, family_named, make
from instances.faults import BadInput
from instances.problem import Problem
from instances.storage import Named, load

WORDS = {"n": "--vars", "m": "--clauses", "ratio": "--ratio"}
"""The options for the parameters of formulas."""

GIVE = {"n": "--vars", "m": "--clauses or --ratio", "k": "--k", "seed": "--seed"}
"""The options that give a parameter; for those of vectors and graphs it is --set."""


@dataclass(frozen=True)
class FamilyChoice:
    """The options that name an instance of a family; None where the option was not given."""

    family: str | None = None
    vars: int | None = None
    clauses: int | None = None
    ratio: float | None = None
    k: int | None = None
    seed: int | None = None
    unique: bool = False
    others: list[str] = field(default_factory=list)

    @property
    def given(self) -> bool:
        return self != FamilyChoice()

    @property
    def seed_used(self) -> int | None:
        """The seed: 0 where a family takes one and none was given; None without a family that takes one."""
        return 0 if self.seed is None and "seed" in _hints(self.family) else self.seed

    def parameters(self) -> dict[str, float | bool]:
        """The parameters by the family's names, complete. Errors: `BadInput`, also for a family that there is not."""
        options = {"n": self.vars, "m": self.clauses, "ratio": self.ratio, "k": self.k, "seed": self.seed}
        named = {name: value for name, value in options.items() if value is not None}
        unique = {"unique": True} if self.unique else {}
        given: dict[str, float | bool] = family_named(self.family or "").arguments({**named, **unique}, WORDS)
        for assignment in self.others:
            name, equals, value = assignment.partition("=")
            if not equals or not name:
                raise BadInput(f"--set {assignment!r}: write name=value")
            given[name] = _typed(self.family, name, value)
        return given


def instance(file: str | None, choice: FamilyChoice, memory: int, lenient: bool = False, named: Named | None = None) -> Problem:
    """The instance in `file`, or of the chosen family. `named` is of `storage.load`: ours and installed problems, unless given.

    Errors: `BadInput` where both or neither is given.
    """
    if (file is None) == (choice.family is None):
        raise BadInput("give a FILE (- for standard input) or --family NAME, one of the two")
    if file is not None:
        if choice.given:
            raise BadInput("--vars, --clauses, --ratio, --k, --seed, --unique and --set go with --family, not with a FILE")
        return load(file, memory=memory, lenient=lenient, named=named or known_among(()))
    assert choice.family is not None
    parameters, family = choice.parameters(), family_named(choice.family)
    missing = [name for name in family.required if name not in parameters]
    if missing and parameters.keys() <= family.parameters.keys():
        ours = GIVE if _hints(choice.family)["return"] is CNF else {"seed": GIVE["seed"]}
        how = " and ".join(ours.get(name, f"--set {name}=VALUE") for name in missing)
        raise BadInput(f"{choice.family} needs {' and '.join(missing)}: give {how}")
    return make(choice.family, **parameters)


def _hints(family: str | None) -> dict[str, type]:
    return next((get_type_hints(known.build) for known in FAMILIES if known.name == family), {})


def _typed(family: str | None, name: str, value: str) -> float | bool:
    """The value of --set by the parameter's type; text that does not fit is left to `make` to refuse."""
    kind = _hints(family).get(name, float)
    try:
        if kind is bool:
            return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[value.lower()]
        return int(value) if kind is int else float(value)
    except (ValueError, KeyError):
        raise BadInput(f"--set {name}={value}: write {'true or false' if kind is bool else 'a number'}") from None
