"""Checks of kernels that are made up: which are run, when they end, what is expected and what was noticed."""

from collections.abc import Iterator, Sequence
from typing import Any
from unittest import SkipTest

import pytest

from hardlab.conformance import checking
from hardlab.conformance.checking import BASIC, LATE, READINGS, Check, checked, checks, names_of_checks
from hardlab.conformance.result import Result, Status
from hardlab.conformance.suffered import PATIENCE, Suffered
from hardlab.kernels.kernel import Offer
from hardlab.work.failure import Failure
from tests.support import kernels
from tests.support.kernels import InProcess


class Plain(InProcess):
    """A kernel of this offer."""

    given = Offer(("cross", "width"), watched=True)

    @property
    def offer(self) -> Offer:
        return self.given


def suffered(ends: int = 0, offer: Offer | None = None) -> Suffered:
    kernel = Plain(kernels.right)
    if offer is not None:
        object.__setattr__(kernel, "given", offer)
    found = Suffered(kernel, 7)
    found.__dict__["offer"] = kernel.offer
    found.ends = ends
    return found


def of(kernel: Suffered, name: str, *statuses: Status, late: int | None = None) -> Check:
    """A check with these results, of which one is late."""

    def run(asked: Any) -> Iterator[Result]:
        assert asked is kernel
        for place, status in enumerate(statuses):
            if place == late:
                kernel.late = Failure("timeout", "late")
            yield Result(f"{name}/{place}", status, f"why {place}")

    return Check(name, kernel, run)


def names(found: Sequence[Result]) -> list[str]:
    return [one.name for one in found]


def test_a_check_ends_with_the_first_call_that_is_late() -> None:
    kernel = suffered()
    assert names(list(of(kernel, "x", "passed", "wrong", "passed", late=1).results())) == ["x/0", "x/1"]
    assert names(list(of(kernel, "y", "passed", "wrong").results())) == ["y/0", "y/1"]
    assert kernel.late is None


@pytest.mark.parametrize(("ends", "asked"), [(0, 3), (PATIENCE - 1, 3), (PATIENCE, 0), (PATIENCE + 1, 0)])
def test_a_kernel_that_ended_so_often_is_not_asked(ends: int, asked: int) -> None:
    found = list(of(suffered(ends), "x", "passed", "passed", "passed").results())
    if asked:
        assert len(found) == asked
    else:
        assert found == [Result("x", "skipped", f"after {ends} calls that crashed or timed out")]


def test_patience_may_end_within_a_check() -> None:
    kernel = suffered(PATIENCE - 1)

    def run(asked: Any) -> Iterator[Result]:
        yield Result("x/0", "passed", "")
        kernel.ends += 1
        yield Result("x/1", "crashed", "")
        yield Result("x/2", "passed", "")

    assert names(list(Check("x", kernel, run).results())) == ["x/0", "x/1"]


def test_a_check_as_a_test() -> None:
    kernel = suffered()
    for statuses in (("passed", "skipped", "declined"), ("beyond",), ("skipped", "passed")):
        try:
            of(kernel, "x", *statuses)()
        except SkipTest as skipped:  # which would skip this test
            raise AssertionError(statuses) from skipped
    assert str(of(kernel, "x/y")) == "x/y"
    with pytest.raises(AssertionError) as caught:
        of(kernel, "x", "passed", "wrong", "declined", "crashed")()
    assert str(caught.value) == "x/1 is wrong: why 1; x/3 is crashed: why 3 (seed_of_check=7)"
    with pytest.raises(SkipTest, match=r"^why 0; why 1$"):
        of(kernel, "x", "skipped", "declined")()
    with pytest.raises(SkipTest, match=r"^$"):
        of(kernel, "x")()


def test_the_checks_in_their_order() -> None:
    found = [str(one) for one in checks(suffered(), (16, 64, 256))]
    count = len(READINGS)
    assert sorted(found[:count]) == sorted(READINGS)
    assert found[:count] != list(READINGS)
    rest = [*(one.__name__ for one in BASIC), "promises", *LATE, "replays", "burst"]
    assert found[count : count + len(rest)] == rest
    assert found[-1] == "library"
    rungs = found[count + len(rest) : -1]
    assert rungs
    assert all(name.startswith("decisions/") for name in rungs)
    assert [str(one) for one in checks(suffered(), (16, 64, 256))] == found
    assert sorted(names_of_checks((16, 64, 256))) == sorted(found)


def test_a_quick_check_leaves_out_what_is_large() -> None:
    whole, quick = ({str(one) for one in checks(suffered(), (16, 64, 256), quick=way)} for way in (False, True))
    assert quick < whole
    assert "fallback" in whole - quick
    left = {str(one) for one in checks(suffered(), (16, 64))}
    assert whole - quick == {"fallback"} | (whole - left)


def test_some_checks_by_a_pattern() -> None:
    assert [str(one) for one in checks(suffered(), (16,), only="burst")] == ["burst"]
    assert [str(one) for one in checks(suffered(), (16,), only="keys/n=5")] == ["keys"]
    assert [str(one) for one in checks(suffered(), (16,), only="none")] == []


def test_what_is_about_kernels_in_which_every_query_sees_every_key() -> None:
    always = suffered(offer=Offer(("cross", "width"), always="top-left"))
    for name in ("definition", "promises"):
        [check] = checks(always, (16,), only=name)
        assert list(check.results()) == [Result(name, "skipped", "it is about kernels in which every query sees every key")]
    rung = next(one for one in checks(always, (16,)) if one.name.startswith("decisions/"))
    assert next(rung.results()).status == "skipped"


def test_what_is_drawn_for_a_check_is_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, int, bool]] = []

    def replays(kernel: Any, draw: Any) -> Iterator[Result]:
        seen.append((draw.check, draw.seed_of_check, draw.quick))
        return iter(())

    def library(kernel: Any, draw: Any, forbidden: bool) -> Iterator[Result]:
        seen.append((f"{draw.check} {forbidden}", draw.seed_of_check, draw.quick))
        return iter(())

    monkeypatch.setattr(checking, "replays", replays)
    monkeypatch.setattr(checking, "library", library)
    for name in ("replays", "library"):
        for quick in (True, False):
            [check] = checks(suffered(), (16,), only=name, quick=quick, forbid_library=quick)
            assert list(check.results()) == []
    assert seen == [("replays", 7, True), ("replays", 7, False), ("library True", 7, True), ("library False", 7, False)]


def test_results_have_the_command_that_repeats_them() -> None:
    kernel = suffered()
    found = list(checked([of(kernel, "x", "passed", "wrong"), of(kernel, "y z", "passed")], command="hardlab check"))
    assert [one.repeat for one in found] == [
        "hardlab check --only x/0", "hardlab check --only x/1", "hardlab check --only 'y z/0'",
    ]  # fmt: skip
    assert [one.repeat for one in checked([of(kernel, "x", "passed")])] == ["--only x/0"]
    assert names(list(checked([of(kernel, "x", "passed", "wrong")], only="x/1"))) == ["x/1"]
    assert names(list(checked([of(kernel, "x", "passed", "wrong")], only="y"))) == []


def test_expected_failures_are_skipped() -> None:
    kernel = suffered()
    found = list(checked([of(kernel, "x", "wrong", "passed")], expected=[("x/*", "known"), ("x/0", "other"), ("y", "no")]))
    assert [(one.name, one.status, one.reason) for one in found] == [
        ("x/0", "skipped", "expected (known): wrong: why 0"), ("x/1", "passed", "why 1"),
    ]  # fmt: skip


def test_what_was_expected_to_fail_and_did_not_is_wrong() -> None:
    kernel = suffered()
    *_, last = checked([of(kernel, "x", "passed", "beyond")], expected=[("x/?", "known")], command="c")
    assert last == Result(
        "expected/x/?", "wrong", "expected to fail (known), and nothing of it failed", repeat="c --only 'x/?'"
    )
    tired = suffered(PATIENCE)
    assert names(list(checked([of(tired, "x", "passed")], expected=[("x", "known")]))) == ["x"]
    both = [of(kernel, "x", "passed"), of(tired, "x", "passed")]
    assert names(list(checked(both, expected=[("x", "known")]))) == ["x/0", "x"]


def test_what_was_noticed_is_a_result_for_each_kind() -> None:
    kernel = suffered()
    kernel.noticed, kernel.calls, kernel.answers = {"threads: it changed them": 3, "clock: it was replaced": 5}, 9, 9
    found = list(checked([of(kernel, "x", "passed")], command="c"))[1:]
    assert found == [
        Result("honesty/threads", "wrong", "it changed them, first seen in call 3 of 9", repeat="c"),
        Result("honesty/clock", "wrong", "it was replaced, first seen in call 5 of 9", repeat="c"),
    ]
    assert names(list(checked([of(kernel, "x", "passed")], only="honesty/clock"))) == ["honesty/clock"]
    assert names(list(checked([of(kernel, "x", "passed")], only="honesty"))) == ["honesty/threads", "honesty/clock"]


def test_a_process_that_was_left_as_it_was() -> None:
    kernel = suffered()
    kernel.calls = kernel.answers = 4
    check = [of(kernel, "x", "passed")]
    assert list(checked(check))[-1] == Result("honesty", "passed", "4 calls left the process as it was")
    assert names(list(checked(check, only="x"))) == ["x/0"]
    kernel.answers = 0
    assert names(list(checked(check))) == ["x/0"]
    unwatched = suffered(offer=Offer(watched=False))
    unwatched.calls = unwatched.answers = 4
    assert names(list(checked([of(unwatched, "x", "passed")]))) == ["x/0"]
    assert list(checked([])) == []
