"""All calls of a check, asked of a kernel that keeps them: what is asked does not depend on what comes back."""

from itertools import islice

from hardlab.conformance.checking import checks, names_of_checks
from hardlab.conformance.meaning import probes
from hardlab.conformance.suffered import Suffered
from hardlab.kernels.sending import Sending
from instances.faults import BadInput

GO_ON = ("invariances", "fallback", "replays")
"""Checks that ask further only where a call was answered."""


def ask_all(kernel: Sending) -> None:
    """Every call that the check may ask, whatever is answered. Errors: as `Sending`; `BadInput` where no check is chosen."""
    asked = kernel.asked
    suffered = Suffered(kernel, asked.seed_of_check)
    chosen = list(checks(suffered, asked.sizes, asked.only, asked.quick))
    if not chosen:
        names = ", ".join(dict.fromkeys(name.partition("/")[0] for name in names_of_checks(asked.sizes)))
        raise BadInput(f"--only {asked.only!r} matches no check: the first part of a name is one of {names}")
    if "causal" not in suffered.offer.features and suffered.offer.always is None:  # the first probe is asked by now
        for planted in islice(probes(kernel.conventions, kernel.offer, asked.seed_of_check), len(kernel.calls), None):
            kernel.call(planted.call)
    for check in chosen:
        kernel.answering = check.name in GO_ON
        for _ in check.results():
            pass
