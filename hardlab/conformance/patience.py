"""A check ends at the first call that is not answered in time: a kernel that hangs costs each check one time limit."""

from collections.abc import Callable, Iterator
from functools import wraps

from hardlab.conformance.result import Result
from hardlab.kernels.kernel import Conventions, Failure, Kernel, Outcome
from instances.coded import Floats

Check = Callable[[Kernel], Iterator[Result]]


class Impatient:
    """A kernel that is not called again once it timed out: that failure is then every answer."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.late: Failure | None = None

    @property
    def name(self) -> str:
        return self._kernel.name

    @property
    def conventions(self) -> Conventions:
        return self._kernel.conventions

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        if self.late is not None:
            return self.late
        outcome = self._kernel(Q, K, V, scale)
        if isinstance(outcome, Failure) and outcome.kind == "timeout":
            self.late = outcome
        return outcome

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> float | None:
        return self._kernel.promise(Q, K, V, scale)


def until_late(check: Check) -> Check:
    """The check, ended after the result in which a call timed out."""

    @wraps(check)
    def ended(kernel: Kernel) -> Iterator[Result]:
        impatient = Impatient(kernel)
        for result in check(impatient):
            yield result
            if impatient.late is not None:
                return

    return ended
