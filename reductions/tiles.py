"""The block plan of an n x m table of pairs: tiles of `rows` x `columns`, smaller at the ends, row block after row block."""

from dataclasses import dataclass

from instances.problem import BadInput, Witness


def checked_blocks(key: str, rows: int, columns: int) -> None:
    """Errors: `BadInput` unless both are at least 1."""
    if rows < 1 or columns < 1:
        raise BadInput(f"{key}[rows={rows},columns={columns}]: a tile needs at least one row and one column")


@dataclass(frozen=True)
class Tiles:
    """Every pair (i, j), 0 <= i < n, 0 <= j < m, lies in exactly one tile."""

    n: int
    m: int
    rows: int
    columns: int

    @property
    def across(self) -> int:
        """Tiles side by side."""
        return -(-self.m // self.columns)

    @property
    def count(self) -> int:
        return -(-self.n // self.rows) * self.across

    def slices(self, index: int) -> tuple[slice, slice]:
        """The rows and the columns of a tile."""
        down, right = divmod(index, self.across)
        top, left = down * self.rows, right * self.columns
        return slice(top, min(top + self.rows, self.n)), slice(left, min(left + self.columns, self.m))

    def inner(self, i: int, j: int) -> Witness:
        """(tile, row in the tile, column in the tile) of a pair."""
        return i // self.rows * self.across + j // self.columns, i % self.rows, j % self.columns

    def outer(self, index: int, i: int, j: int) -> Witness:
        """The pair that is (i, j) in a tile."""
        rows, columns = self.slices(index)
        return rows.start + i, columns.start + j
