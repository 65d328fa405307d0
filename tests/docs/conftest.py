"""Shared by the tests of the site: the site as it is built."""

from pathlib import Path

import pytest

from tests.support.sites import SITE, built, copied


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = copied(tmp_path_factory.mktemp("site"))
    done = built(root)
    assert done.returncode == 0, done.stderr
    return root / SITE
