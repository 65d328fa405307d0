"""What every verb shares: one JSON object on stdout or text for people, one line for an error, and the exit codes."""

import contextlib
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import typer

from hardlab.pages.json import plain
from instances.faults import BadInput, Declined, PlugInFault, Remark, one_line

OK, FAULT, BAD, INTERRUPTED = 0, 1, 2, 130

CommandLineError: type[Exception] = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")
"""What typer raises for a wrong command line; reached through its subclass, since typer has its own copy of click."""


class Interrupted(Exception):
    """Ctrl-C came, and what was reached is kept; the message says so, and how to go on."""


class Told:
    """Says a line on stderr, to be called with it and with the seconds for which it waits, if it does: then one a minute."""

    def __init__(self) -> None:
        self._minute = -1

    def __call__(self, text: str, waited: float = 0.0) -> None:
        minute = int(waited // 60) if waited else -1
        if not waited or minute != self._minute:
            typer.echo(f"hardlab: {text}", err=True)
        self._minute = minute


@contextlib.contextmanager
def quiet_stdout() -> Iterator[None]:
    """While this lasts, whatever anybody prints to stdout (file descriptor 1 included) goes to stderr."""
    sys.stdout.flush()
    try:
        saved = os.dup(1)
        os.dup2(2, 1)
    except OSError:
        saved = None
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
            sys.stderr.flush()
    finally:
        if saved is not None:
            os.dup2(saved, 1)
            os.close(saved)


def emit_json(record: Any) -> None:
    """The record as one JSON object on stdout; numbers that JSON has no words for become null."""
    typer.echo(json.dumps(plain(record), indent=2, allow_nan=False))


def guarded(main: Callable[[], Any], as_json: bool) -> int:
    """The exit code of `main`; errors of the user's making become one line on stderr (and a JSON object, if asked), and what
    is remarked upon another.
    """
    try:
        with _remarked():
            result = main()
        sys.stdout.flush()
        if result == INTERRUPTED:  # typer's answer to Ctrl-C
            raise KeyboardInterrupt
        return result if isinstance(result, int) else OK
    except typer.Exit as stop:
        return stop.exit_code
    except CommandLineError as error:
        return _failed(f"{_of_command_line(error).rstrip('.')}; see hardlab --help", as_json, BAD)
    except (BadInput, Declined) as error:
        return _failed(str(error), as_json, BAD)
    except PlugInFault as fault:
        return _failed(str(fault), as_json, FAULT)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return BAD
    except OSError as error:
        return _failed(f"{error.filename or 'input/output'}: {error.strerror or error}", as_json, BAD)
    except MemoryError as error:
        return _failed(f"out of memory: {one_line(error)}; take a smaller instance or a smaller --memory", as_json, BAD)
    except Interrupted as stop:
        return _failed(str(stop), False, INTERRUPTED)
    except (KeyboardInterrupt, typer.Abort):
        return _failed("interrupted", as_json, INTERRUPTED)


@contextlib.contextmanager
def _remarked() -> Iterator[None]:
    """While this lasts, a `Remark` is one line on stderr, said once; other warnings are shown as ever."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", Remark)
        shown, said = warnings.showwarning, set[str]()

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: Any = None,
            line: str | None = None,
        ) -> None:
            if not issubclass(category, Remark):
                shown(message, category, filename, lineno, file, line)
            elif str(message) not in said:
                said.add(str(message))
                with contextlib.suppress(OSError):
                    sys.stderr.write(f"hardlab: {' '.join(str(message).split())}\n")

        warnings.showwarning = show
        yield


def _of_command_line(error: Exception) -> str:
    """The message with the option that it is about, which `str` leaves out."""
    return str(error.format_message()) if hasattr(error, "format_message") else str(error)


def _failed(message: str, as_json: bool, code: int) -> int:
    """Say it on one line on stderr (and as JSON, if asked), where there is still somebody to say it to."""
    line = " ".join(message.split())
    with contextlib.suppress(OSError):
        sys.stderr.write(f"hardlab: {line}\n")
        if as_json:
            emit_json({"error": line})
    return code
