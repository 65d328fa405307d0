"""A linear code together with a code that contains its products: what the protocol computes in.

Letters: C = [L, k]_q; C' = [L, k']_q contains the coordinatewise product of any two words of C; every nonzero word of C'
has weight at least D'.
"""

from dataclasses import dataclass

from instances.faults import BadInput
from reductions.codes.field import Field
from reductions.codes.linear import LinearCode


@dataclass(frozen=True, eq=False)
class MultiplicationCode:
    """`code` C, `product` C', `distance` D', a lower bound on C''s minimum distance that the family proves (the designed
    distance); `product.minimum_distance` is the exact one, where C' is small enough to enumerate.

    Errors: `BadInput` unless C' contains the products and 1 <= D' <= L.
    """

    code: LinearCode
    product: LinearCode
    distance: int

    def __post_init__(self) -> None:
        C = self.code
        if not self.product.contains(C.field.times(C.generator[:, None], C.generator)):
            raise BadInput("the product code misses a product of two codewords: take code.squared()")
        if not 1 <= self.distance <= C.L:
            raise BadInput(f"D' = {self.distance} with L = {C.L}: a code with products needs 1 <= D' <= L; lower its dimension")

    @property
    def field(self) -> Field:
        return self.code.field

    @property
    def k(self) -> int:
        return self.code.k

    @property
    def L(self) -> int:
        return self.code.L

    @property
    def exponent(self) -> int:
        """k' - k, the dimension of the words of C' that vanish on C's information set (C' has any values there)."""
        return self.product.k - self.code.k
