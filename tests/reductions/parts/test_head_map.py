"""Which keys a head reads, decoded from signs: the right map, every wrong one, of keys, of values and of both."""

from collections.abc import Callable

import numpy as np
import pytest

from attention import Boolean, Softmax
from instances.bits import BitMatrix, Ints
from instances.coded import Floats
from instances.faults import BadInput
from instances.task import AttentionTask
from reductions.parts.head_map import HeadMap
from reductions.parts.headed import Heads, headed
from reductions.parts.matched import matched, with_thresholds
from tests.support.fixtures import fixture, floats

Map = Callable[[int, int, int, int, int], tuple[int, int]]
"""(member, head of keys) that head (x, h) reads, given (x, h, b, H, G)."""

MAPS: dict[str, Map] = {
    "right": lambda x, h, b, H, G: (x, h // (H // G)),
    "interleaved": lambda x, h, b, H, G: (x, h % G),
    "offset h+1": lambda x, h, b, H, G: (x, (h + 1) % H // (H // G)),
    "rotated group": lambda x, h, b, H, G: (x, (h // (H // G) + 1) % G),
    "head 0": lambda x, h, b, H, G: (x, 0),
    "reversed": lambda x, h, b, H, G: (x, G - 1 - h // (H // G)),
    "batch 0 for all": lambda x, h, b, H, G: (0, h // (H // G)),
    "batch+1": lambda x, h, b, H, G: ((x + 1) % b, h // (H // G)),
}

SHAPES = [(1, 4, 2), (2, 4, 2), (2, 6, 3), (3, 8, 4), (1, 1, 1), (2, 3, 1), (3, 2, 2)]


def blocks_of(name: str, heads: Heads) -> Ints:
    """The block that each head reads by the map."""
    b, H, G = heads
    read = (MAPS[name](x, h, b, H, G) for x in range(b) for h in range(H))
    return np.array([member * G + head for member, head in read])


def kernel(task: AttentionTask, heads: Heads, of_keys: Ints, of_values: Ints) -> Floats:
    """Attention in which each head takes the keys and the values of the blocks it is told."""
    b, H, G = heads
    Q, K = (rows.reshape(count, -1, task.inputs.d) for rows, count in (
        (task.inputs.queries(slice(None)), b * H), (task.inputs.keys(slice(None)), b * G)))  # fmt: skip
    V = task.inputs.V.reshape(b * G, -1, task.inputs.V.shape[1])
    weights = np.exp(task.inputs.scale * np.einsum("hid,hjd->hij", Q, K[of_keys]))
    found: Floats = np.einsum("hij,hjv->hiv", weights, V[of_values]) / weights.sum(axis=2, keepdims=True)
    return found.reshape(-1, V.shape[2])


@pytest.mark.parametrize("heads", SHAPES, ids=str)
@pytest.mark.parametrize("name", MAPS)
def test_the_map_is_read_off_the_answers(heads: Heads, name: str) -> None:
    """Of keys and of values, together and one without the other, for every map."""
    of, wrong = HeadMap(heads), blocks_of(name, heads)
    task = of.read_out()
    assert task.promised()
    for of_keys, of_values in ((wrong, wrong), (wrong, of.right), (of.right, wrong)):
        keys, values = of.blocks_read(kernel(task, heads, of_keys, of_values))
        assert (keys == of_keys).all()
        assert (values == of_values).all()
    assert (of.right == blocks_of("right", heads)).all()


def test_our_algorithms_read_the_right_heads() -> None:
    of = HeadMap((2, 6, 3), keys=5, t=2, t2=4, seed=3)
    for algorithm in (Softmax(), Softmax("float32"), Boolean()):
        for found in of.blocks_read(algorithm(of.read_out().inputs)):
            assert (found == of.right).all()


@pytest.mark.parametrize("heads", SHAPES[:3], ids=str)
@pytest.mark.parametrize("name", MAPS)
def test_the_answer_flips_where_a_head_reads_other_keys(heads: Heads, name: str) -> None:
    """Loss and gain of every head under every map: YES and NO by the right one, the other answer iff that head is wrong."""
    of, read = HeadMap(heads, seed=1), blocks_of(name, heads)
    for head in range(len(of.right)):
        for task, answer in ((of.loss(head), True), (of.gain(head), False)):
            assert bool((kernel(task, heads, of.right, of.right)[:, 0] > 0).any()) is answer
            flipped = bool((kernel(task, heads, read, read)[:, 0] > 0).any()) is not answer
            assert flipped == (read[head] != of.right[head])


def test_losses_and_gains_keep_their_promise() -> None:
    of = HeadMap((1, 4, 2), keys=2)
    for head in range(4):
        for task, count in ((of.loss(head), 1), (of.gain(head), 0)):
            assert task.promised()
            assert sum(task.reaches((row,)) for row in task.counted) == count


@pytest.mark.parametrize(
    ("heads", "wrong"),
    [
        ((1, 4, 2), (2, 2, 4, 2, 0)), ((2, 4, 2), (4, 4, 8, 4, 8)), ((2, 6, 3), (8, 6, 12, 8, 12)),
        ((3, 8, 4), (18, 12, 24, 18, 24)),
    ],
)  # fmt: skip
def test_on_how_many_heads_a_wrong_map_shows(heads: Heads, wrong: tuple[int, ...]) -> None:
    names = ("interleaved", "offset h+1", "rotated group", "head 0", "batch+1")
    right = blocks_of("right", heads)
    assert tuple(int((blocks_of(name, heads) != right).sum()) for name in names) == wrong


@pytest.mark.parametrize("heads", [(2, 4, 4), (2, 4, 1)])
def test_interleaved_is_right_where_it_is_the_same_map(heads: Heads) -> None:
    assert (blocks_of("interleaved", heads) == blocks_of("right", heads)).all()


def test_rows_that_name_no_block() -> None:
    """A kernel that mixes heads, that answers YES or NO everywhere, that gives no numbers, that mixes values."""
    heads: Heads = (1, 4, 2)
    of = HeadMap(heads)
    right = kernel(of.read_out(), heads, of.right, of.right)
    for answers in (np.ones_like(right), -np.ones_like(right), np.full_like(right, np.nan)):
        assert (of.blocks_read(answers)[0] == -1).all()
    mixed = right.copy()
    mixed[1, 1] *= -1
    keys, values = of.blocks_read(mixed)
    assert (keys == of.right).all()
    assert values.tolist() == [-1, 0, 1, 1]
    beyond = HeadMap((1, 3, 3))
    answers = kernel(beyond.read_out(), (1, 3, 3), beyond.right, beyond.right)
    answers[:, 1:] = -answers[:, :1]  # names block 3 of 0, 1, 2
    assert (beyond.blocks_read(answers)[1] == -1).all()


def test_a_dropped_dummy_shows_in_every_row_that_is_no() -> None:
    """M = 1: without it a row answers +B, so no head has one YES row alone."""
    heads: Heads = (2, 4, 2)
    of = HeadMap(heads)
    task = of.read_out()
    Q, K = (rows.reshape(count, -1, task.inputs.d) for rows, count in (
        (task.inputs.queries(slice(None)), 8), (task.inputs.keys(slice(None)), 4)))  # fmt: skip
    V = task.inputs.V.reshape(4, -1, task.inputs.V.shape[1])[:, :-1]
    weights = np.exp(task.inputs.scale * np.einsum("hid,hjd->hij", Q, K[of.right][:, :-1]))
    answers = np.einsum("hij,hjv->hiv", weights, V[of.right]) / weights.sum(axis=2, keepdims=True)
    assert (of.blocks_read(answers.reshape(-1, V.shape[2]))[0] == -1).all()


def test_the_read_out_of_a_second_implementation() -> None:
    """By `generate_extensions.py`: answers of every map, b = 2, four heads of queries and two of keys."""
    given, expected = fixture("c2_map_readout")
    heads, constants = (2, 4, 2), given["constants"]
    size = {name: constants[name] for name in ("d", "t", "t2", "m")}
    ours = with_thresholds(matched(size, constants["m"], float(constants["R0"]), constants["M"]))
    for name in ("p", "eta", "beta", "B", "Gamma"):
        assert ours[name] == pytest.approx(float(constants[name]), rel=1e-15)
    rows, keys = np.tile(given["A"], (8, 1)), np.array(given["blocks"]).reshape(-1, 6)
    task = headed(BitMatrix.of(rows), BitMatrix.of(keys), heads, ours, float(constants["R0"]), 2)
    right = blocks_of("right", heads)
    for name, found in expected["by_map"].items():
        read = blocks_of(name, heads)
        answers = kernel(task, heads, read, read)
        np.testing.assert_allclose(answers[:, 0], floats(found["values"]).reshape(-1), rtol=0, atol=1e-13)
        keys_read, values_read = HeadMap(heads).blocks_read(answers)
        assert keys_read.tolist() == values_read.tolist() == np.array(found["decoded_block"]).reshape(-1).tolist()
    for name, found in expected["sign_bits_of_V"].items():
        of_keys, of_values = (blocks_of(part.split()[1], heads) for part in name.split(", "))
        signs = 1.0 - 2 * (right[:, None] >> np.arange(2) & 1)
        answers = kernel(task, heads, of_keys, of_values).reshape(8, 4, 3)[..., 1:] * signs[:, None]
        np.testing.assert_allclose(answers.reshape(-1), floats(found["signed_columns"]).reshape(-1), rtol=0, atol=1e-13)
        disagree = np.array(found["columns_disagree_in_heads"]).reshape(-1)
        should = np.arange(4) == right[:, None]  # the row of the right block, and the columns like each other
        assert (disagree == ((answers > 0) != should[..., None]).any(axis=(1, 2))).all()


def test_losses_and_gains_of_a_second_implementation() -> None:
    """By `generate_extensions.py`: the answer of each instance under each map."""
    given, expected = fixture("faults_c3_overall")
    heads = (2, 4, 2)
    size = {name: given["constants"][name] for name in ("d", "t", "t2", "m")}
    constants = with_thresholds(matched(size, size["m"], 16.0, 1))
    for name, instance in given["instances"].items():
        rows, keys = (np.array(instance[side]).reshape(-1, 6) for side in ("asked_by_head", "keys_of_block"))
        task = headed(BitMatrix.of(rows), BitMatrix.of(keys), heads, constants, 16.0)
        for which, answer in expected["answers"][name].items():
            read = blocks_of(which, heads)
            assert bool((kernel(task, heads, read, read) > 0).any()) == (answer == "YES"), (name, which)


def test_what_is_refused() -> None:
    for heads in ((1, 4, 3), (0, 1, 1)):
        with pytest.raises(BadInput, match="divide those of queries"):
            HeadMap(heads)
    with pytest.raises(BadInput, match="0 <= t < t2"):
        HeadMap((1, 1, 1), t=3)
    with pytest.raises(BadInput, match="numbers 0 to 3"):
        HeadMap((1, 4, 2)).loss(4)
    constants = with_thresholds(matched({"d": 4, "t": 0, "t2": 1}, 2, 16.0, 1))
    with pytest.raises(BadInput, match="as many in each"):
        headed(BitMatrix.zeros(2, 4), BitMatrix.zeros(3, 4), (1, 2, 2), constants, 16.0)


@pytest.mark.parametrize(("t", "t2", "fine"), [(0, 1, True), (0, 3, True), (1, 1, False), (-1, 1, False), (2, 1, False)])
def test_the_limits_of_distances(t: int, t2: int, fine: bool) -> None:
    if fine:
        assert HeadMap((1, 2, 1), t=t, t2=t2).t == t
        return
    with pytest.raises(BadInput, match="they must satisfy 0 <= t < t2"):
        HeadMap((1, 2, 1), t=t, t2=t2)
