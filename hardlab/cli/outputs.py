"""Files that a verb is to write, checked before anything runs."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

from hardlab.cli.console import quiet_stdout
from hardlab.cli.progress import progress
from instances.faults import BadInput
from instances.files import writable

R = TypeVar("R")


def outputs(*, inputs: Sequence[str | None] = (), **written: str | None) -> None:
    """Errors: `BadInput` where a file cannot be written, is to be written twice, is an input, or belongs to one.

    What a database has beside it belongs to it, there or not, and stands where the file is that a link leads to.
    """
    files = [os.path.realpath(file) for file in inputs if file and os.path.isfile(file)]
    taken = {_identity(f"{file}{suffix}"): "an input" for file in files for suffix in ("", "-wal", "-shm", "-journal")}
    for option, file in written.items():
        if file is None or file == "-":
            continue
        if not file:
            raise BadInput(f"--{option} '' names no file")
        place = _identity(file)
        if place in taken:
            raise BadInput(f"--{option} {file} is {taken[place]}: name another file")
        taken[place] = "what another option writes"
        writable(file)


def _identity(file: str) -> object:
    """The same for all names of a file, links of both kinds among them."""
    with suppress(OSError):
        about = os.stat(file)
        return about.st_dev, about.st_ino
    return os.path.realpath(file)


def folder(directory: str, files: Iterable[str]) -> None:
    """Make the directory for counterexamples. Errors: `BadInput` where it, or a file that it may get, cannot be written."""
    try:
        os.makedirs(os.path.realpath(directory) if os.path.islink(directory) else directory, exist_ok=True)
    except FileExistsError:
        raise BadInput(f"--counterexamples {directory} is a file: give a directory") from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise BadInput(f"--counterexamples {directory!r} cannot be made ({reason}): give a directory of yours") from None
    for file in files:
        writable(os.path.join(directory, file))


def checked_records(output: str | None, json: bool) -> None:
    """Errors: `BadInput` where the records of a study cannot be written there."""
    if json and output == "-":
        raise BadInput("--json and -o - both want stdout: give -o a file")
    if output not in (None, "-"):
        writable(str(output))


def checked_figure(figure: str | None) -> None:
    """Errors: `BadInput` where the figure of a study cannot be drawn there."""
    from hardlab.study.drawing import drawing_is_installed, ending_of

    if figure is not None:
        ending_of(figure)
        drawing_is_installed()
        writable(figure)


def stored(from_: str | None, output: str | None, kind: type[R]) -> list[R] | None:
    """The records of that file; None where new ones are to be made. Errors: `BadInput`."""
    from hardlab.study.records import read

    if from_ is None:
        return None
    if output is not None:
        raise BadInput("--from takes records that are stored already: leave out -o, or leave out --from and make new ones")
    return read(from_, kind)


def kept(records: Iterator[R], count: int, output: str | None) -> list[R]:
    """The records, made one by one; those that there are are written whatever ends this, Ctrl-C too."""
    from hardlab.study.records import write

    found: list[R] = []
    try:
        with quiet_stdout():
            for record in progress(records, count, "records"):
                found.append(record)
    finally:
        if output is not None and found:
            write(found, output)
    return found
