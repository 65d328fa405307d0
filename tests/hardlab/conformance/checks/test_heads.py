"""Each kind of heads is asked once, as far as it is offered."""

from hardlab.conformance.checks.heads import KINDS, heads
from hardlab.conformance.drawing import Draw
from hardlab.kernels.call import FEATURES
from hardlab.kernels.kernel import Offer


def test_each_kind_of_heads_comes_once() -> None:
    for offer in (Offer(tuple(FEATURES)), Offer(("batch", "cross")), Offer(("heads",)), Offer()):
        for seed in range(20):
            found = [case.shape for case in heads(Draw(seed, "heads", offer), offer)]
            kinds = [(shape.b, shape.H, shape.G) for shape in found]
            fit = [Draw(seed, "heads", offer).fit(shape) for shape in found]
            assert fit == found
            assert len(set(kinds)) == len(kinds)
            assert all(8 <= size < 40 for shape in found for size in (shape.n, shape.m))
            if len(offer.features) == len(FEATURES):
                assert kinds == list(KINDS)
