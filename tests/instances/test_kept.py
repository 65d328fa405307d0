"""What functions keep, and that it can be forgotten."""

from instances.kept import forget, kept


def test_what_is_kept_is_computed_once_until_it_is_forgotten() -> None:
    computed = []

    @kept(2)
    def square(x: int) -> int:
        computed.append(x)
        return x * x

    assert [square(3), square(3), square(4), square(3)] == [9, 9, 16, 9]
    assert computed == [3, 4]
    forget()
    assert square(3) == 9
    assert computed == [3, 4, 3]
