"""Checks of any attention kernel, on inputs on which softmax is not flat; and of any reduction or solver, by its laws."""

from typing import TYPE_CHECKING

from instances.faces import face

if TYPE_CHECKING:
    from hardlab.conformance.checking import Check as Check
    from hardlab.conformance.checking import check_algorithm as check_algorithm
    from hardlab.conformance.laws.checking import LawCheck as LawCheck
    from hardlab.conformance.laws.checking import check_laws as check_laws
    from hardlab.kernels.kernel import Conventions as Conventions

face(__name__, {
    "hardlab.conformance.checking": ("Check", "check_algorithm"),
    "hardlab.conformance.laws.checking": ("LawCheck", "check_laws"),
    "hardlab.kernels.kernel": ("Conventions",),
})  # fmt: skip
