"""Parameters in brackets after a name: `hamming-attention[R0=4]`, `polynomial[error=1e-3]`."""

from dataclasses import fields
from typing import Any, get_type_hints

from hardlab.names.installed import unknown
from instances.problem import BadInput


def parameters_of(kind: type[Any], key: str, text: str) -> dict[str, Any]:
    """The fields of the dataclass `kind` that `text` spells, as in name=value,name=value. Errors: `BadInput`."""
    hints = get_type_hints(kind)
    names = [f.name for f in fields(kind)]
    given: dict[str, Any] = {}
    for assignment in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = (part.strip() for part in assignment.partition("="))
        if not equals:
            raise BadInput(f"{key}[{text}]: write parameters as name=value")
        if name not in names:
            raise unknown(f"parameter of {key}", name, names or ["(none)"])
        if name in given:
            raise BadInput(f"{key}[{text}]: {name} is given twice")
        given[name] = _value(value, hints[name], f"{key}[{name}={value}]")
    return given


def _value(text: str, hint: Any, where: str) -> Any:
    """The value of a parameter, by its annotation: numbers, truth values, tuples of ints, and text, which its class checks."""
    if hint is bool:
        if text not in ("true", "false"):
            raise BadInput(f"{where}: the value must be true or false")
        return text == "true"
    try:
        if "tuple[int" in str(hint):
            return tuple(int(part) for part in text.split(":") if part)
        if hint is int:
            return int(text)
        if hint is float:
            return float(text)
    except ValueError:
        kind = {int: "a whole number", float: "a number"}.get(hint, "whole numbers joined by colons")
        raise BadInput(f"{where}: the value must be {kind}") from None
    return text
