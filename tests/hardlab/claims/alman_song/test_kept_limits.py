"""The limits that modules of `hardlab.claims.alman_song` and `hardlab.claims.alman_song.lemma_4_7` name are what they were."""

from tests.support.kept import Keeper, limits


def test_limits(kept: Keeper) -> None:
    kept("\n".join(map(limits, ("hardlab.claims.alman_song.", "hardlab.claims.alman_song.lemma_4_7."))))
