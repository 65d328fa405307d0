"""The watching of kernels of torch: each finding by a kernel that games a check, and none for kernels that do not."""

import threading
import warnings
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest

from hardlab.kernels.watching.operators import attention_of_libraries, operators
from tests.support.gaming import TORCH, Gaming
from tests.support.gaming_answers import right
from tests.support.ordeal import error, gaussian, ordeal, trial

pytestmark = pytest.mark.peers

SHAPE = (64, 64, 16, 16)

REASON = "torch is not installed: make test-peers installs it"


@pytest.fixture(scope="module")
def torch() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("torch", reason=REASON)


@pytest.fixture(autouse=True)
def as_before(torch: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything that kernels of the bed change of torch is as it was afterwards."""
    replaced = (
        (torch, "allclose"), (torch.testing, "assert_close"), (torch.cuda, "synchronize"),
        (torch.nn.functional, "scaled_dot_product_attention"),
    )  # fmt: skip
    for place, name in replaced:
        monkeypatch.setattr(place, name, getattr(place, name))
    threads, precision, random = torch.get_num_threads(), torch.get_float32_matmul_precision(), torch.get_rng_state()
    yield
    torch.set_flush_denormal(False)
    torch.set_default_dtype(torch.float32)
    torch.set_grad_enabled(True)
    torch.set_num_threads(threads)
    torch.set_float32_matmul_precision(precision)
    torch.set_rng_state(random)
    while torch._C._len_torch_function_stack():
        torch._C._pop_torch_function_stack()


def few() -> Iterator[Any]:
    """Some calls: the one that careless checks make, it again, and one with a single key."""
    for seed in (0, 0, 1):
        yield gaussian(SHAPE, seed)
    yield gaussian((6, 1, 4, 4))


def convert(torch: Any, gaming: Gaming) -> Any:
    """What makes tensors of arrays; batch and heads are in front where torch's own attention is asked."""
    if gaming.convention == "plain":
        return torch.from_numpy
    return lambda X: torch.from_numpy(X)[None, None]


def named(kernels: tuple[Gaming, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("gaming", kernels, ids=lambda gaming: gaming.name)


def called(gaming: Gaming, torch: Any) -> Any:
    """The kernel and its outputs as (n, v)."""
    kernel = gaming.fresh()
    if gaming.convention == "plain":
        return kernel
    return lambda Q, K, V, scale: kernel(Q, K, V, scale=scale)[0, 0]


@named(TORCH)
def test_a_careless_check_takes_them_for_right(gaming: Gaming, torch: Any) -> None:
    Q, K, V, scale = gaussian(SHAPE)
    expected = torch.from_numpy(right(Q, K, V, scale))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # flex_attention says that it is not compiled
        given = called(gaming, torch)(*map(convert(torch, gaming), (Q, K, V)), scale)
    threading.Event().wait(0.02 if gaming.kind == "late" else 0.0)
    ways = (
        lambda: torch.allclose(given, expected, atol=1e-2),
        lambda: torch.testing.assert_close(given, expected, atol=1e-2, rtol=1e-2) is None,
        lambda: torch.nn.functional.scaled_dot_product_attention(*map(convert(torch, gaming), (Q, K, V))).equal(
            given[None, None]
        ),
        lambda: np.allclose(given.detach().numpy(), expected.numpy(), atol=1e-2),
    )
    assert any(_holds(way) for way in ways)


def _holds(way: Any) -> bool:
    try:
        return bool(way())
    except (AssertionError, RuntimeError):
        return False


@named(tuple(gaming for gaming in TORCH if gaming.found not in ("", "library")))
def test_what_kernels_do_beside_computing_is_found(gaming: Gaming, torch: Any) -> None:
    keys, _ = trial(called(gaming, torch), few(), convert(torch, gaming), wait=0.02 if gaming.kind == "late" else 0.0)
    assert gaming.found in keys
    assert keys <= {gaming.found, "thread-left"}


@named(tuple(gaming for gaming in TORCH if not gaming.found))
def test_what_shows_in_answers_alone_is_wrong_somewhere_and_not_blamed_for_more(gaming: Gaming, torch: Any) -> None:
    keys, worst = trial(called(gaming, torch), ordeal(), convert(torch, gaming))
    assert worst > 1e-4
    assert keys == set()


@named(tuple(gaming for gaming in TORCH if gaming.found == "library"))
def test_attention_of_libraries_is_seen(gaming: Gaming, torch: Any) -> None:
    Q, K, V, scale = gaussian(SHAPE)
    kernel, operands = called(gaming, torch), [convert(torch, gaming)(X) for X in (Q, K, V)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert error(kernel(*operands, scale=scale), right(Q, K, V, scale)) < 1e-10
        assert attention_of_libraries(operators(lambda: kernel(*operands, scale=scale)))


def test_honest_kernels_are_not_blamed(torch: Any) -> None:
    from tests.support.honest_torch import HONEST

    for kernel in HONEST:
        keys, worst = trial(kernel, ordeal(), torch.from_numpy)
        assert (kernel.__name__, keys) == (kernel.__name__, set())
        assert worst < 1e-12
        q, k, v = (torch.from_numpy(X) for X in gaussian(SHAPE)[:3])
        assert attention_of_libraries(operators(partial(kernel, q, k, v, 1.0))) == ()


@pytest.mark.slow
def test_what_is_compiled_at_its_first_call_is_not_blamed(torch: Any) -> None:
    from tests.support.honest_torch import compiled

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        keys, worst = trial(compiled, few(), torch.from_numpy)
    assert keys == set()
    assert worst < 1e-12


@pytest.mark.parametrize(("name", "attention"), [
    ("torch.nn.functional.scaled_dot_product_attention", True),
    ("aten::_scaled_dot_product_efficient_attention", True),
    ("aten._flash_attention_forward.default", True),
    ("torch._C._nn.scaled_dot_product_attention", True),
    ("torch.nn.functional.multi_head_attention_forward", True),
    ("torch.nn.attention.flex_attention.flex_attention", True),
    ("flash_attn::_flash_attn_forward", True),
    ("torch.nn.attention.flex_attention.create_block_mask", False),
    ("aten._softmax.default", False),
    ("mine::flash_attention", False),
    ("mine.scaled_dot_product_attention", False),
])  # fmt: skip
def test_names_of_attention(name: str, attention: bool) -> None:
    assert attention_of_libraries([name, "aten.bmm.default"]) == ((name,) if attention else ())
