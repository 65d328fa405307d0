"""Items on a Dask cluster: its workers are asked whether they can load what is to run before anything is distributed.

Every wait has an end: the scheduler must answer within `SILENCE` seconds, there must be a worker that runs at least every
`ALONE` seconds, and a worker must load what it is asked to within `ASKING` seconds.
"""

import logging
import re
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, wait
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import Any

from hardlab.work.handing import TICK, Again, Lost, Results, WorkersLost
from hardlab.work.limits import LOADING
from hardlab.work.messages import Unknown, answered, keep, message, name_of, packed, unpacked
from instances.faults import BadInput, one_line

CONNECTING = 10
"""Seconds in which a Dask scheduler must answer at first."""

SILENCE = 30
"""Seconds in which it must answer later."""

ALONE = 60
"""Seconds in which a cluster without a worker that runs must get one."""

ASKING = 2 * LOADING
"""Seconds in which a worker must have loaded what is to run, in a process of its own too."""

AHEAD = 4
"""Items for each thread of a worker, so that it has the next one when it is done."""


class Cluster:
    """A cluster that applies a function to items. Errors: `BadInput` where there is none, or a worker cannot load it."""

    def __init__(self, address: str, function: Callable[[Any], Any], items: Sequence[Any]) -> None:
        self._address, self._items = address, items
        self._function = packed(function, "what is to run")
        self._name = name_of(self._function)
        self.results: Results = SimpleQueue()
        self._again: set[int] = set()
        self._since: float | None = None
        self._client = _client(address)
        try:
            self.threads = self._threads()
            self._executor = self._client.get_executor(pure=False)
            self.asked(keep, self._function)
        except BaseException:
            self.close()
            raise
        self.most = AHEAD * max(2, self.threads)

    def hand(self, i: int) -> None:
        content = message(self._name, self._function if i in self._again else None, self._items[i])
        self._submitted(content).add_done_callback(partial(self._heard, i))

    def look(self) -> None:
        """Errors: `WorkersLost` where the scheduler does not answer, or there has been no worker for some time."""
        if self._running():
            self._since = None
            return
        self._since = self._since or time.monotonic()
        if time.monotonic() - self._since > ALONE:
            raise WorkersLost(f"the Dask cluster at {self._address} has had no worker that runs for {ALONE} seconds")

    def asked(self, question: Callable[[Any], Any], about: Any) -> None:
        """Ask every worker, and raise what one of them raises. Errors: `BadInput`, with the worker; `WorkersLost`."""
        asking = packed(partial(_silently, question), "a question")
        content = message(name_of(asking), asking, about)
        asked = {self._submitted(content, workers=[worker], allow_other_workers=False): worker for worker in self._running()}
        left, until = set(asked), time.monotonic() + ASKING
        while left:
            left = wait(left, TICK).not_done
            there = self._running() if left else {}
            left = {future for future in left if asked[future] in there}  # what comes in the place of others is not asked
            if left and time.monotonic() > until:
                worker = asked[left.pop()]
                why = f"has not loaded what is to run in {ASKING:g} seconds"
                raise BadInput(f"the worker {worker} of the Dask cluster {why}: is it stopped, or busy with other work?")
        for future, worker in asked.items():
            if future.done():
                self._said(future, worker)

    def close(self) -> None:
        before = logging.root.manager.disable
        logging.disable()  # what Dask would say of what is given up
        try:
            with suppress(Exception):
                self._client.close(timeout=CONNECTING)
        finally:
            logging.disable(before)

    def _submitted(self, content: bytes, **where: Any) -> "Future[bytes]":
        """Errors: `WorkersLost` where the scheduler takes nothing any more."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the size of what is sent
                future: Future[bytes] = self._executor.submit(answered, content, **where)
        except Exception as error:
            why = one_line(error) or type(error).__name__
            raise WorkersLost(f"the scheduler of the Dask cluster at {self._address} takes nothing more ({why})") from None
        return future

    def _said(self, future: "Future[bytes]", worker: str) -> None:
        try:
            unpacked(future.result())
        except (Lost, CancelledError, _killed()):
            return  # it has gone away
        except BadInput as error:
            raise BadInput(f"{worker} of the Dask cluster: {error}") from None
        except Exception as error:  # hardlab itself, or its version
            raise BadInput(f"{worker} of the Dask cluster: {_cannot(error)}") from None

    def _heard(self, i: int, future: "Future[bytes]") -> None:
        """Called by Dask in a thread of its own."""
        result: Any = None
        error: BaseException | None = None
        try:
            content = future.result()
        except CancelledError:
            error = WorkersLost(f"the scheduler of the Dask cluster at {self._address} has gone, and what it had with it")
        except _killed() as killed:
            error = WorkersLost(f"what runs there ends its worker, again and again ({one_line(killed)})")
        except BaseException as fault:  # Dask's own: once it may be of a worker that ended while its result was fetched
            twice = i in self._again
            self._again.add(i)
            said = f"a worker of the Dask cluster: {_cannot(fault)}"
            error = BadInput(said) if twice else Again(said)
        else:
            try:
                result = unpacked(content)
            except Unknown as unknown:  # a worker that has come later: the function goes with the item
                self._again.add(i)
                error = Again(str(unknown))
            except BaseException as fault:
                error = fault
        self.results.put((i, result, error))

    def _running(self) -> dict[str, int]:
        """The threads of each worker that runs. Errors: `WorkersLost` where the scheduler does not answer."""
        try:
            about = self._client.sync(self._client.scheduler.identity, callback_timeout=SILENCE)["workers"]
        except Exception as error:
            why = one_line(error) or type(error).__name__
            raise WorkersLost(f"the scheduler of the Dask cluster at {self._address} does not answer ({why})") from None
        return {name: worker["nthreads"] for name, worker in about.items() if worker["status"] == "running"}

    def _threads(self) -> int:
        """Of all workers, once there is one. Errors: `BadInput` where there is none."""
        until = time.monotonic() + CONNECTING
        while not (found := sum(self._running().values())):
            if time.monotonic() > until:
                raise BadInput(f"the Dask cluster at {self._address} has no worker that runs: start at least one")
            time.sleep(0.1)
        return found


def _silently(question: Callable[[Any], Any], about: Any) -> None:
    """What comes of it may be nothing that can be sent."""
    question(about)


def _killed() -> type[Exception]:
    """What Dask raises for the loss of workers."""
    from distributed import KilledWorker

    found: type[Exception] = KilledWorker
    return found


def _cannot(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return f"it cannot run what it is given ({type(error).__name__}: {one_line(error)}): has it this version of hardlab?"


def _client(address: str) -> Any:
    """A client of the cluster at that address. Errors: `BadInput`."""
    if not re.search(r":\d+/?$", address):
        raise BadInput(f"dask={address}: give the address of a scheduler with its port, such as tcp://127.0.0.1:8786")
    try:
        import distributed
    except ImportError:
        raise BadInput("dask=ADDRESS needs the package distributed: install the extra cluster") from None
    try:
        client: Any = distributed.Client
        return client(address, timeout=CONNECTING, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise BadInput(f"there is no Dask scheduler at {address}: {one_line(error)}") from None
