"""What the tests of verbs share: stored instances, and claims that are toys."""

from pathlib import Path

import pytest

from hardlab.names.chains import chain as chain_named
from instances.dimacs import read
from instances.storage import save
from reductions.chain import Chain
from tests.support.claims import TOYS, Use
from tests.support.places import EXAMPLES


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Instances of every problem: for YES and NO, from OV to attention."""
    folder = tmp_path_factory.mktemp("stored")
    steps = chain_named("cnf-ov,ov-hamming,hamming-balanced,balanced-attention").steps
    for verdict, file in (("yes", EXAMPLES / "worked-yes.cnf"), ("no", EXAMPLES / "worked-no.cnf")):
        trace = Chain(steps).trace(read(file))
        for stage, name in zip(trace[1:], ("ov", "hamming", "balanced", "attention"), strict=True):
            save(stage.problem, folder / f"{name}-{verdict}{'.safetensors' if name == 'attention' else '.npz'}")
    return folder


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Use:
    """Makes these the only claims."""
    return lambda *claims: monkeypatch.setattr("hardlab.claims.CLAIMS", claims)


@pytest.fixture
def toys(use: Use) -> None:
    use(*TOYS)
