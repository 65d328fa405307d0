"""BLAS has one thread while anybody asks for that, and afterwards what it had before."""

from collections.abc import Iterator

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController

from attention.blas import ONE_BLAS_THREAD


@pytest.fixture
def of_two_threads() -> Iterator[ThreadpoolController]:
    np.ones((2, 2)) @ np.ones((2, 2))
    controller = ThreadpoolController().select(user_api="blas")
    with controller.limit(limits=2):
        if set(threads(controller)) != {2}:
            pytest.skip("this BLAS has no two threads")
        yield controller


def threads(controller: ThreadpoolController) -> list[int]:
    return [library.num_threads for library in controller.lib_controllers]


def test_one_within_another_ends_with_the_outer(of_two_threads: ThreadpoolController) -> None:
    with ONE_BLAS_THREAD:
        assert set(threads(of_two_threads)) == {1}
        with ONE_BLAS_THREAD:
            assert set(threads(of_two_threads)) == {1}
        assert set(threads(of_two_threads)) == {1}
    assert set(threads(of_two_threads)) == {2}


def test_what_raises_within_ends_it(of_two_threads: ThreadpoolController) -> None:
    with pytest.raises(ZeroDivisionError), ONE_BLAS_THREAD:
        raise ZeroDivisionError
    assert set(threads(of_two_threads)) == {2}
    with ONE_BLAS_THREAD:
        assert set(threads(of_two_threads)) == {1}
    assert set(threads(of_two_threads)) == {2}
