"""Every numbered statement of the two papers as a claim that can be run, as printed and as corrected."""

from typing import TYPE_CHECKING

from instances.faces import face

if TYPE_CHECKING:
    from hardlab.claims.claim import Claim as Claim
    from hardlab.claims.ours import CLAIMS as CLAIMS
    from hardlab.claims.ours import FAMILIES as FAMILIES

face(__name__, {
    "hardlab.claims.claim": ("Claim",),
    "hardlab.claims.ours": ("CLAIMS", "FAMILIES"),
})  # fmt: skip
