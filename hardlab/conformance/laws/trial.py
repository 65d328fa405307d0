"""A trial: steps of foreign code on one instance of a stream after the other, each failure kept once and shrunk."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

from hardlab.conformance.laws.found import Fault, Tally, form_of, plain_witness, shown
from hardlab.conformance.laws.guard import in_time, said, where
from hardlab.conformance.laws.shrinking import shrunk
from hardlab.conformance.laws.stream import Kind, made, stream
from instances import codec
from instances.faults import BadInput, Declined, Late
from instances.law import LawBroken
from instances.problem import Problem

LATE = 3
"""Steps that took too long after which no more instances are tried."""

NOTHING_NEW = 200, 1.0
"""Instances one after the other that were there before, and seconds, after which there are no others."""

AFTER = 0.15
"""The part of the time that is given to other failures after a decisive one."""

DECISIVE = ("unsound", "incomplete", "wrong YES", "wrong NO")
"""Faults after which nothing worse is to be found. A way back that is wrong, or a crash, may hide that a rule is unsound."""

ALSO = {"wrong way back": "unsound", "wrong way forth": "incomplete"}
"""What such a fault may turn out to be on a smaller instance, of which all witnesses are known."""

OF = {"changed its input": "pure", "wrong witness": "witnesses"}
"""The law that such a fault breaks, whichever was being tried."""

END: tuple[None, None] = (None, None)
"""In place of an instance, where there are no more."""


class Trial(ABC):
    """`seconds` for all, `timeout` for a step. `tell` is called with what is being done, for whoever has to end it.

    `faults` are what speaks against it, `beyond` what was found on odd instances, which may be none.
    """

    def __init__(self, seconds: float, seed: int, timeout: float, tell: Callable[[str], None]) -> None:
        self.seconds, self.seed, self.timeout, self.tell = seconds, seed, timeout, tell
        self.tally, self.faults = Tally(), dict[str, Fault]()
        self.beyond = dict[str, Fault]()
        self._kept = self.faults
        self._start, self._late, self._first = monotonic(), 0, 1.0
        self._long = False  # whether something on this instance took too long, after which nothing more is asked of it
        self._shrinking = max(2.0, seconds / 6)
        self._until = monotonic() + self._shrinking  # for all that fails on one instance

    @property
    @abstractmethod
    def problems(self) -> tuple[Kind, ...]:
        """The problems whose instances it is about."""

    @property
    @abstractmethod
    def about(self) -> dict[str, Any]:
        """What it is about, in plain values: its kind, the problems, the laws."""

    @abstractmethod
    def one(self, problem: Problem) -> None:
        """All that is asked about one instance."""

    @abstractmethod
    def ends(self) -> None:
        """What can be said at the end alone."""

    @property
    def searching(self) -> bool:
        """Whether what takes long is our search for witnesses, of many calls, and not one call of foreign code."""
        return False

    @property
    def sample(self) -> list[Any]:
        """Instances and what came of them, for another process to compare."""
        return []

    def otherwise(self, sample: list[Any]) -> Any:
        """The first of another process that comes out in another way here; None where there is none."""
        return None

    def spent(self) -> float:
        """The part of the time that is over."""
        return self._elapsed / self.seconds

    @property
    def _elapsed(self) -> float:
        return monotonic() - self._start

    def run(self) -> Iterator[None]:
        """It yields after each instance."""
        self._start = monotonic()
        for number, problem in enumerate(self.problems):
            yield from self._of(problem, self.spent(), (number + 1) / len(self.problems))
        self.ends()

    def _of(self, kind: Kind, begin: float, end: float) -> Iterator[None]:
        """The instances of one problem, between these parts of the time."""

        def spent() -> float:
            return (self.spent() - begin) / max(end - begin, 1e-9)

        instances = stream(kind, self.seed, spent)
        repeats, since = 0, monotonic()
        while spent() < 1 and self._late < LATE and self.spent() < self._first + AFTER:
            self.tell(f"asking {kind.__name__} for instances")
            try:
                problem, is_odd = in_time(lambda: next(instances, END), self.timeout)
            except Late as error:
                self.failed("instances", "timed out", f"{where(error)} gave no instance in {self.timeout:g} seconds")
                return
            except Exception as error:
                self.failed("instances", "crashed", said(error))
                return
            if is_odd is None:
                return
            self._until, self._long = monotonic() + self._shrinking, False
            if problem is None:
                repeats += not is_odd
                if repeats > NOTHING_NEW[0] and monotonic() > since + NOTHING_NEW[1]:
                    return
            elif is_odd:
                self._odd(problem)
            else:
                self.one(problem)
                repeats, since = 0, monotonic()
            if any(fault in self.faults for fault in DECISIVE):
                self._first = min(self._first, self.spent())
            yield

    def _odd(self, problem: Problem) -> None:
        """The same about one that may be no instance: it is not counted, and what is found is kept apart."""
        counted, self.tally, self._kept = self.tally, Tally(), self.beyond
        try:
            self.one(problem)
        finally:
            self.tally, self._kept = counted, self.faults

    def tried(self, law: str, problem: Problem, run: Callable[[Problem], Any]) -> bool:
        """Whether `run` of it ended without a failure, which is kept otherwise."""
        self.tell(f"{law} on {shown(problem)}")
        try:
            in_time(lambda: run(problem), self.timeout)
        except Declined:
            self.tally.declined += 1
        except Late as error:
            self._long = True
            if self.searching:
                self.tally.undecided += 1
            else:
                self._late += self._kept is self.faults
                self.failed(law, "timed out", f"{where(error)} did not end in {self.timeout:g} seconds", problem)
        except LawBroken as broken:
            known = self._kept.get(broken.fault)
            before = broken.facts.pop("before", problem)
            if known is None or _is_smaller(before, known):
                self._broken(law, before, broken, run)
        except (Exception, SystemExit) as error:
            if "crashed" not in self._kept:
                kind = type(error)
                smallest = self._shrunk(problem, lambda other: isinstance(self._error(run, other), kind))
                self.failed(law, "crashed", said(self._error(run, smallest) or error), smallest)
        else:
            return True
        return False

    def repeated(self, law: str, fault: str, name: str, form: Any) -> tuple[bool, str]:
        """Whether the law fails in that way on the instance of this form, and what is said. Errors: `BadInput` without one."""
        kind = next((one for one in self.problems if one.__name__ == name), None)
        problem = None if kind is None else made(kind, form)
        if problem is None:
            raise BadInput(f"the counterexample has no instance of {', '.join(one.__name__ for one in self.problems)}")
        self._odd(problem)  # as it is, and not made smaller
        found = self.beyond.get(fault)
        if found is None or found.law != law:
            state = "; what hangs on the process, or on calls before, does not show here"
            return False, f"nothing of {law} is {fault} on {shown(problem)}{state if fault == 'not deterministic' else ''}"
        return True, f"{fault}; should be: {found.should or 'an answer'}; is: {found.found}; on {shown(problem)}"

    def failed(self, law: str, fault: str, words: str, problem: Problem | None = None) -> None:
        """Keep a failure that is no law."""
        if fault in self._kept:
            return
        source, written, name = (
            (None, "", "") if problem is None else (form_of(problem), shown(problem), type(problem).__name__)
        )
        sentence = f"{words}, on {written}" if written else words
        self._kept[fault] = Fault(law, fault, sentence, name, source, written, found=words,
            instances=self.tally.instances, seconds=self._elapsed)  # fmt: skip

    def _broken(self, law: str, problem: Problem, broken: LawBroken, run: Callable[[Problem], Any]) -> None:
        names = (broken.fault, ALSO.get(broken.fault))

        def breaks(other: Problem) -> bool:
            error = self._error(run, other)
            return isinstance(error, LawBroken) and error.fault in names

        smallest = self._shrunk(problem, breaks)
        form, written = form_of(smallest), shown(smallest)
        again = self._error(run, smallest)
        last = again if isinstance(again, LawBroken) else broken
        facts, known = last.facts, self._kept.get(last.fault)
        if known is not None and not _is_smaller(smallest, known):
            return
        self._kept[last.fault] = Fault(
            OF.get(last.fault, law), last.fault, str(last)[:500], type(smallest).__name__, form, written,
            instances=self.tally.instances, seconds=self._elapsed,
            witness=plain_witness(facts.get("witness")),
            **{name: facts[name] for name in ("target", "should", "found") if name in facts},
        )  # fmt: skip

    def _error(self, run: Callable[[Problem], Any], problem: Problem) -> BaseException | None:
        """What it raises on a copy of that instance."""
        try:
            given = copy.deepcopy(problem)
            in_time(lambda: run(given), self.timeout)
        except (Exception, SystemExit, Late) as error:
            return error
        return None

    def _shrunk(self, problem: Problem, fails: Callable[[Problem], bool]) -> Problem:
        if self._kept is self.beyond:
            return problem
        self.tell(f"making {shown(problem)} smaller")
        try:
            return shrunk(problem, fails, max(0.0, self._until - monotonic()))
        except Exception:  # of its JSON, which it need not have
            return problem


def _is_smaller(problem: Problem, known: Fault) -> bool:
    """Whether the instance is smaller than that on which the fault was found."""
    form = form_of(problem)
    return form is not None and known.source is not None and codec.measure(form) < codec.measure(known.source)
