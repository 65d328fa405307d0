"""The baselines without a guarantee: they estimate what they should, promise nothing, and fail on reduced instances."""

from typing import Any

import numpy as np
import pytest

from attention.algorithm import Algorithm, answers, promised
from attention.exact.softmax import Softmax
from attention.sampling.hyper_attention import HyperAttention
from attention.sampling.kdeformer import KDEformer
from attention.sampling.random_features import RandomFeatures, directions
from attention.sampling.sort_lsh import SortedBlocks, gray_rank
from instances.bits import BitMatrix
from instances.coded import Coded, Floats
from instances.families import planted_hamming
from instances.faults import BadInput
from instances.task import Attention
from reductions.edges.hamming_attention import HammingAttention

SAMPLERS: tuple[Any, ...] = (KDEformer, HyperAttention)
BASELINES: tuple[Any, ...] = (RandomFeatures, *SAMPLERS)
SMALL = (RandomFeatures(features=7), KDEformer(block=3, samples=5), HyperAttention(block=3, samples=5))
every = pytest.mark.parametrize("kind", BASELINES)
sampler = pytest.mark.parametrize("kind", SAMPLERS)


def plain(n: int, m: int, d: int, B: float = 1.0, scale: float = 0.125, v: int = 2) -> Attention:
    rng = np.random.default_rng(np.random.SeedSequence((n, m, d)))
    return Attention(rng.uniform(-B, B, (n, d)), rng.uniform(-B, B, (m, d)), rng.uniform(-3, 3, (m, v)), scale)


def dense(inputs: Attention) -> tuple[Floats, Floats]:
    return inputs.queries(slice(0, inputs.n)), inputs.keys(slice(0, inputs.m))


def error(algorithm: Algorithm, inputs: Attention) -> float:
    return float(np.max(np.abs(answers(algorithm, inputs) - Softmax()(inputs))))


@pytest.mark.slow
@every
@pytest.mark.parametrize("scale", [0.3, -0.3])
def test_the_error_falls_with_the_effort(kind: Any, scale: float) -> None:
    inputs = plain(150, 700, 8, scale=scale)

    def median(effort: int) -> float:
        given = {"features": effort} if kind is RandomFeatures else {"samples": effort, "block": 16}
        return float(np.median([error(kind(**given, seed=seed), inputs) for seed in range(9)]))

    assert median(4096) < 0.3 * median(64) < 1.0  # 1/8 is the rate of independent samples
    assert median(4096) < 0.1


@sampler
@pytest.mark.parametrize("shape", [(90, 90, 5), (1, 90, 5), (90, 1, 5), (37, 90, 1)])
def test_one_block_is_exact(kind: Any, shape: tuple[int, int, int]) -> None:
    assert error(kind(block=90, samples=3), plain(*shape, B=4.0)) < 1e-10


@sampler
@pytest.mark.parametrize(("n", "m"), [(24, 24), (10, 23), (23, 10), (1, 30), (30, 1)])
def test_blocks_and_sample_are_one_weighted_softmax(kind: Any, n: int, m: int) -> None:
    """Without hyperplanes the order is that of the rows, so the weight of every pair is known."""
    inputs = plain(n, m, 4, B=2.0)
    (Q, K), count = dense(inputs), -(-max(n, m) // 4)
    P = np.linalg.norm(inputs.V, axis=1) / np.linalg.norm(inputs.V, 2) + 1 / m if kind is KDEformer else np.ones(m)
    P /= P.sum()
    rng = np.random.default_rng(np.random.SeedSequence(5))
    drawn = rng.choice(m, 9, p=P) if kind is KDEformer else rng.integers(m, size=9)
    weights = np.tile(np.bincount(drawn, minlength=m) / (9 * P), (n, 1))
    same = np.floor((np.arange(n) + 0.5) * count / n)[:, None] == np.floor((np.arange(m) + 0.5) * count / m)
    weights[same] = 1
    A = weights * np.exp(inputs.scale * Q @ K.T)
    expected = A @ inputs.V / A.sum(axis=1, keepdims=True)
    assert np.allclose(kind(block=4, samples=9, hyperplanes=0, seed=5)(inputs), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("n", "m", "block"), [(100, 100, 32), (7, 100, 16), (100, 7, 16), (1, 50, 8), (64, 64, 32)])
def test_blocks_partition_both_lists(n: int, m: int, block: int) -> None:
    blocks = SortedBlocks.of(plain(n, m, 6), block, 7, np.random.default_rng(0)).blocks
    assert len(blocks) == -(-max(n, m) // block)
    for part, size in enumerate((n, m)):
        assert sorted(np.concatenate([pair[part] for pair in blocks])) == list(range(size))
        assert max(len(pair[part]) for pair in blocks) <= block


def test_neighbouring_ranks_differ_in_one_sign() -> None:
    signs = (np.arange(32)[:, None] >> np.arange(5) & 1).astype(np.bool_)
    ranks = gray_rank(signs)
    assert sorted(ranks) == list(range(32))
    assert (np.diff(signs[np.argsort(ranks)].astype(int), axis=0) != 0).sum(axis=1).tolist() == [1] * 31


@sampler
@pytest.mark.parametrize("sign", [1, -1])
def test_the_hash_brings_heavy_pairs_together(kind: Any, sign: int) -> None:
    """32 directions of 8 queries and 8 keys each, far apart: the order of the rows finds none of them."""
    rng = np.random.default_rng(1)
    centres = 4 * rng.normal(size=(32, 8))
    Q, K = (centres[rng.permutation(256) % 32] for _ in range(2))
    inputs = Attention(sign * Q, K, rng.normal(size=(256, 1)), sign * 0.5)
    means = [np.abs(kind(32, 8, h)(inputs) - Softmax()(inputs)).mean() for h in (7, 0)]
    assert means[0] < 0.6 * means[1]


@pytest.mark.slow
@pytest.mark.parametrize("orthogonal", [True, False])
@pytest.mark.parametrize("d", [1, 3])
def test_features_estimate_the_kernel(orthogonal: bool, d: int) -> None:
    x, y = np.full(d, 0.5), np.linspace(0.2, 0.8, d)
    W = directions(d, 100_000, orthogonal, seed=3)
    kernels = np.exp(W @ x - x @ x / 2) * np.exp(W @ y - y @ y / 2)
    assert abs(kernels.mean() - np.exp(x @ y)) < 5 * kernels.std() / np.sqrt(len(W))
    assert abs((W**2).mean() - 1) < 0.05
    assert np.abs(W.mean(axis=0)).max() < 0.02


def test_orthogonal_features_are_orthogonal() -> None:
    group = np.arange(50) // 20
    pairs = (group[:, None] == group) & ~np.eye(50, dtype=np.bool_)
    for orthogonal in (True, False):
        W = directions(20, 50, orthogonal, seed=0)
        assert (np.abs((W @ W.T)[pairs]).max() < 1e-12) == orthogonal


def test_random_features_are_the_quotient_of_the_formula() -> None:
    """Several blocks of queries and of keys; mild, so that nothing needs stabilising."""
    inputs = plain(600, 2100, 5, B=2.0, scale=-0.4)
    W, (Q, K) = directions(5, 33, True, seed=2), (np.sqrt(0.4) * part for part in dense(inputs))
    phi = [np.exp(x @ W.T - (x**2).sum(axis=1, keepdims=True) / 2) for x in (-Q, K)]
    expected = phi[0] @ (phi[1].T @ inputs.V) / (phi[0] @ phi[1].sum(axis=0))[:, None]
    assert np.allclose(RandomFeatures(33, seed=2)(inputs), expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("algorithm", SMALL, ids=lambda algorithm: algorithm.key)
@pytest.mark.parametrize("scale", [0.7, -0.7, 0.0])
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 20, 2), (20, 1, 2), (10, 11, 1), (25, 7, 3), (7, 25, 3), (0, 5, 2)])
def test_any_shape(algorithm: Algorithm, scale: float, shape: tuple[int, int, int]) -> None:
    """Every answer is a mean of V with weights >= 0, and nothing is promised of it."""
    for v in (0, 1, 3):
        inputs = plain(*shape, scale=scale, v=v)
        given = answers(algorithm, inputs)
        assert not promised(algorithm, inputs).made
        assert (given <= inputs.V.max(axis=0) + 1e-12).all()
        assert (given >= inputs.V.min(axis=0) - 1e-12).all()
        if inputs.m == 1 or (scale == 0 and algorithm.key == "performer"):
            assert np.allclose(given, inputs.V.mean(axis=0), rtol=0, atol=1e-12)


@every
def test_coded_inputs_are_their_dense_form(kind: Any) -> None:
    rng = np.random.default_rng(3)
    blocks = [Coded(BitMatrix.of(rng.random((n, 20)) < 0.5), rng.normal(size=20), rng.normal(size=20)) for n in (40, 30, 60)]
    coded = Attention(tuple(blocks[:1]), tuple(blocks[1:]), rng.normal(size=(90, 2)), 0.05)
    flat = Attention(*dense(coded), coded.V, coded.scale)
    assert np.array_equal(kind()(coded), kind()(flat))


@pytest.mark.parametrize("algorithm", [RandomFeatures(), *SMALL[1:]], ids=lambda algorithm: algorithm.key)
def test_the_seed_decides(algorithm: Any) -> None:
    inputs = plain(60, 80, 6, B=2.0)
    first = algorithm(inputs)
    np.random.seed(7)
    assert np.array_equal(algorithm(inputs), first)
    assert not np.allclose(type(algorithm)(**{**vars(algorithm), "seed": 1})(inputs), first)


@pytest.mark.slow
@every
def test_they_fail_on_reduced_instances(kind: Any) -> None:
    """One near pair among 200 x 2000 rows: the YES row is answered NO, by more than the tolerated error."""
    problem = planted_hamming(200, 2000, 96, 12, 24, seed=1)
    task, gamma = HammingAttention().apply(problem), HammingAttention().constants(problem.size)["Gamma"]
    exact = Softmax()(task.inputs)[:, 0]
    assert (exact >= task.high).sum() == 1
    given = [kind(seed=seed)(task.inputs)[:, 0] for seed in range(10)]
    assert sum(np.max(np.abs(answer - exact)) > gamma for answer in given) >= 7
    assert sum(answer[exact.argmax()] < task.low for answer in given) >= 7
    if kind is not RandomFeatures:  # it is the sample that is too small
        assert error(kind(samples=20_000), task.inputs) < gamma


def test_short_inputs_are_exact_only_where_asked() -> None:
    inputs = plain(64, 64, 4, B=4.0, scale=1.0)
    short = HyperAttention(block=8, samples=4)
    assert error(short, inputs) > 0.1
    assert error(HyperAttention(block=8, samples=4, exact_below=64), inputs) > 0.1
    assert error(HyperAttention(block=8, samples=4, exact_below=65), inputs) == 0


@pytest.mark.parametrize("algorithm", SMALL, ids=lambda algorithm: algorithm.key)
def test_large_scores_are_finite(algorithm: Algorithm) -> None:
    inputs = plain(30, 40, 3, B=100.0, scale=1.0)
    Q, K = dense(inputs)
    assert np.abs(Q @ K.T).max() > 1e4
    assert np.isfinite(answers(algorithm, inputs)).all()


@sampler
def test_values_of_any_size(kind: Any) -> None:
    for size in (0.0, 1e-308, 5e307):
        inputs = Attention(np.ones((9, 2)), np.ones((12, 2)), np.full((12, 1), size), 1.0)
        assert np.allclose(kind(block=2, samples=5)(inputs), size, rtol=1e-12, atol=0)


def test_features_beyond_floats_are_nan() -> None:
    assert np.isnan(RandomFeatures()(Attention(np.ones((2, 1)), np.full((3, 1), 1e200), np.ones((3, 1)), 1.0))).all()
    assert np.isnan(RandomFeatures()(Attention(np.full((2, 2), 1e308), np.ones((3, 2)), np.ones((3, 1)), 1.0))).all()


@pytest.mark.parametrize("wrong", [{"block": 0}, {"samples": 0}, {"hyperplanes": 63}, {"seed": -1}, {"exact_below": -1}])
def test_bad_parameters_are_refused(wrong: dict[str, int]) -> None:
    for kind in SAMPLERS if "exact_below" not in wrong else (HyperAttention,):
        with pytest.raises(BadInput, match="at least"):
            kind(**wrong)
    with pytest.raises(BadInput, match="features = 0"):
        RandomFeatures(features=0)


@pytest.mark.peers
def test_as_accurate_as_performer_pytorch() -> None:
    """Another implementation of random features errs as much, up to a factor of 2, at the scale 1/sqrt(d) that it has."""
    reason = "performer-pytorch and torch are not installed"
    torch, performer = pytest.importorskip("torch", reason=reason), pytest.importorskip("performer_pytorch", reason=reason)
    inputs = plain(64, 64, 16, B=1.5, scale=0.25)
    parts = [torch.tensor(part)[None, None] for part in (*dense(inputs), inputs.V)]
    theirs = []
    for seed in range(9):
        torch.manual_seed(seed)
        attend = performer.FastAttention(dim_heads=16, nb_features=256).double()
        theirs.append(np.abs(attend(*parts)[0, 0].numpy() - Softmax()(inputs)).mean())
    ours = [np.abs(RandomFeatures(seed=seed)(inputs) - Softmax()(inputs)).mean() for seed in range(9)]
    assert 0.5 < np.median(ours) / np.median(theirs) < 2
