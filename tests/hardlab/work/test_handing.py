"""Items handed out by a place that is made up: how many at a time, in which order, and what losses come to."""

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Event
from typing import Any

import pytest

from hardlab.work import handing
from hardlab.work.handing import LOST, Again, Lost, Results, Threads, WorkersLost, handed_out
from instances.faults import BadInput


class Told:
    """A place that answers an item with the next thing that is told of it: a result, or an error."""

    def __init__(self, most: int, answer: Callable[[int, int], Any] = lambda i, time: i * 10) -> None:
        self.most, self.answer = most, answer
        self.results: Results = SimpleQueue()
        self.handed: list[int] = []
        self.out = self.highest = self.looks = 0

    def hand(self, i: int) -> None:
        self.handed.append(i)
        self.out += 1
        self.highest = max(self.highest, self.out)
        given = self.answer(i, self.handed.count(i))
        if given is not None:
            error = isinstance(given, BaseException)
            self.results.put((i, None if error else given, given if error else None))

    def look(self) -> None:
        self.looks += 1
        raise WorkersLost("nobody is there")


def all_of(place: Told, count: int) -> list[tuple[int, Any]]:
    found = []
    for one in handed_out(place, count):
        place.out -= 1
        found.append(one)
    return found


@pytest.mark.parametrize(("most", "count", "highest"), [(3, 10, 3), (5, 5, 5), (9, 4, 4), (1, 3, 1), (2, 0, 0)])
def test_so_many_are_handed_out_at_a_time(most: int, count: int, highest: int) -> None:
    place = Told(most)
    assert all_of(place, count) == [(i, 10 * i) for i in range(count)]
    assert place.handed == list(range(count))
    assert place.highest == highest
    assert not place.looks


@pytest.mark.parametrize("kind", [Lost, Again])
def test_what_was_lost_is_handed_out_next(kind: type[Exception]) -> None:
    place = Told(1, lambda i, time: kind("gone") if i == 1 and time < 3 else i)
    assert all_of(place, 4) == [(i, i) for i in range(4)]
    assert place.handed == [0, 1, 1, 1, 2, 3]


@pytest.mark.parametrize("most", [2, LOST + 4])
def test_losses_in_a_row_end_it(most: int) -> None:
    allowed = max(LOST, most)
    assert all_of(Told(most, lambda i, time: Lost("gone") if time <= allowed else i), 1) == [(0, 0)]
    with pytest.raises(WorkersLost) as caught:
        all_of(Told(most, lambda i, time: Lost("gone")), 1)
    assert str(caught.value) == f"workers were lost {allowed + 1} times in a row (gone): take fewer of them, or smaller items"


def test_a_result_between_losses_starts_the_count_again() -> None:
    """Every item is lost as often as may be, and then given."""
    assert all_of(Told(1, lambda i, time: Lost("gone") if time <= LOST else i), 5) == [(i, i) for i in range(5)]


def test_asking_again_is_no_loss() -> None:
    assert all_of(Told(1, lambda i, time: Again("once more") if time <= 10 * LOST else i), 2) == [(0, 0), (1, 1)]


def test_errors_of_items_are_raised() -> None:
    with pytest.raises(BadInput, match="three"):
        all_of(Told(1, lambda i, time: BadInput("three") if i == 3 else i), 9)
    given = handed_out(Told(1, lambda i, time: KeyboardInterrupt() if i == 2 else i), 9)
    assert [next(given), next(given)] == [(0, 0), (1, 1)]
    with pytest.raises(KeyboardInterrupt):
        next(given)


def test_while_nothing_comes_the_place_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing, "TICK", 0.01)
    place = Told(1, lambda i, time: None if i else 0)
    with pytest.raises(WorkersLost, match="nobody is there"):
        all_of(place, 2)
    assert place.looks == 1


def given_by(threads: Threads, count: int) -> list[tuple[int, Any, BaseException | None]]:
    return sorted((threads.results.get(timeout=10) for _ in range(count)), key=lambda one: one[0])


def test_threads_call_with_every_number() -> None:
    fault = ValueError("two")

    def call(i: int) -> int:
        if i == 2:
            raise fault
        return i * i

    threads = Threads(call, 3)
    assert threads.most == 6
    assert len(threads.threads) == 3
    assert all(thread.daemon for thread in threads.threads)
    for i in range(5):
        threads.hand(i)
    assert given_by(threads, 5) == [(0, 0, None), (1, 1, None), (2, None, fault), (3, 9, None), (4, 16, None)]
    threads.look()
    assert not threads.ended(0.01)
    threads.close()
    assert threads.ended(10)


def test_what_has_not_begun_is_not_done_any_more() -> None:
    go, begun = Event(), Event()
    done: list[int] = []

    def call(i: int) -> None:
        begun.set()
        go.wait(10)
        done.append(i)

    threads = Threads(call, 1)
    for i in range(4):
        threads.hand(i)
    assert begun.wait(10)
    threads.close()
    go.set()
    assert threads.ended(10)
    assert done == [0]


def test_a_thread_that_has_ended_is_a_loss_once_its_results_are_taken() -> None:
    threads = Threads(lambda i: i, 2)
    threads.hand(7)
    results: Sequence[Any] = given_by(threads, 1)
    assert results == [(7, 7, None)]
    threads._handed.put(None)
    for _ in range(1000):
        if not all(thread.is_alive() for thread in threads.threads):
            break
        threads.threads[0].join(0.01)
    threads.results.put((0, 0, None))
    threads.look()
    threads.results.get()
    with pytest.raises(WorkersLost, match="a thread that waits for a worker has ended"):
        threads.look()
    assert not threads.ended(0.01)
    threads.close()
