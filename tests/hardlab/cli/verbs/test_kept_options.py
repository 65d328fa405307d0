"""The options of every verb, and what they are where nobody gives them, are what they were."""

from collections.abc import Iterator
from typing import Any

import pytest

from hardlab.cli.main import VERBS, app, verb
from tests.support.kept import Keeper


def options(name: str, command: Any) -> Iterator[str]:
    """A line for each, also those of the commands of a group."""
    for of in command.params:
        words = [*of.opts, *of.secondary_opts]
        yield f"{name} {of.name} {words} {of.default!r} {of.nargs} {of.required} {of.multiple} {of.is_eager}"
    for inner, one in getattr(command, "commands", {}).items():
        yield from options(f"{name} {inner}", one)


@pytest.mark.parametrize("name", VERBS)
def test_options(name: str, kept: Keeper) -> None:
    kept("\n".join(options(name, verb(name))))


def test_options_of_the_command_itself(kept: Keeper) -> None:
    from typer.main import get_command

    command = get_command(app)
    kept("\n".join([*options("hardlab", command), *(f"{one.name} {one.help}" for one in command.commands.values())]))  # type: ignore[attr-defined]
