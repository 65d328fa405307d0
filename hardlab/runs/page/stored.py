"""Records of runs, read from the files of `hardlab run --json` and `hardlab decide --json`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from hardlab.runs.page.figure import figure_of_run
from hardlab.runs.page.page import page_of_run
from instances.faults import BadInput, one_line
from instances.files import AnyPath, shown

GIVE = "give a file of hardlab run --json or decide --json"


def is_run(given: Any) -> bool:
    """Whether this is the record of a run, with pictures or without."""
    return isinstance(given, Mapping) and isinstance(given.get("stages"), list) and "decide_seconds" in given


def page_of_stored(record: Mapping[str, Any], file: AnyPath) -> str:
    """The page of a stored run. Errors: `BadInput` where it is not what records hold."""
    with _such_as_ours(record, file):
        if any("picture" not in stage for stage in record["stages"]):
            raise BadInput(f"{shown(file)} is a run without pictures: {GIVE}")
        return page_of_run(record)


def figure_of_stored(record: Mapping[str, Any], file: AnyPath) -> str:
    """The figure of its answers. Errors: `BadInput` where it has none, or is not what records hold."""
    with _such_as_ours(record, file):
        if record.get("answers") is None:
            raise BadInput(f"{shown(file)} has no answers to draw: give a run that an attention algorithm answered row by row")
        return figure_of_run(record)


@contextmanager
def _such_as_ours(record: Mapping[str, Any], file: AnyPath) -> Iterator[None]:
    """Errors: `BadInput` where the record that is drawn in here is not such as ours."""
    try:
        for name, known in (("verdict", ("yes", "no", "unknown")), ("oracle", (None, "yes", "no", "unknown"))):
            if record[name] not in known:
                raise BadInput(f"{shown(file)} has the {name} {one_line(record[name])}, which is none: {GIVE}")
        yield
    except BadInput:
        raise
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as error:
        raise BadInput(f"{shown(file)}: not all is what records hold ({one_line(error)}): {GIVE}") from None
