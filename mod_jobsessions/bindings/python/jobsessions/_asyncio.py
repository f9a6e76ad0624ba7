# SPDX-License-Identifier: Apache-2.0
"""A database for asyncio. The library has a transaction stay in its thread, and waits in it for other writers: so what
is written is written in one thread of the database's own, call by call, and a transaction is one call."""

from __future__ import annotations

import asyncio
import concurrent.futures
import itertools
import os
import threading
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Callable, TypeVar

from ._database import Condition, Database, Item, Session, StopRequest, Transaction
from ._errors import Interrupted, Misuse, Result

T = TypeVar("T")

# Without a limit, a wait for another process would not notice that it is interrupted.
_LONG = float(2**31 // 1000)
_POLL = 0.01

# Sessions that a thread reads at a time.
_BATCH = 100


class AsyncDatabase:
    """A database that is opened and closed by `async with`; the parameters are those of Database.

    A task that is cancelled while it waits for other writers has written nothing. What has its turn is completed before
    the cancellation goes on."""

    def __init__(self, directory: str | os.PathLike[str], *, read_only: bool = False, map_size: int = 0) -> None:
        self._open = lambda: Database(directory, read_only=read_only, map_size=map_size)
        self._database: Database | None = None
        self._writer: concurrent.futures.ThreadPoolExecutor | None = None

    async def __aenter__(self) -> AsyncDatabase:
        self._database = await asyncio.to_thread(self._open)
        self._database.set_wait_limit(_LONG)
        self._writer = concurrent.futures.ThreadPoolExecutor(1, "jobsessions")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        database, self._database = self._opened(), None
        if self._writer is not None:
            await asyncio.to_thread(self._writer.shutdown)
        database.close()

    def _opened(self) -> Database:
        if self._database is None:
            raise Misuse("the database is not open: async with", Result.MISUSE)
        return self._database

    def set_wait_limit(self, seconds: float | None) -> None:
        """As Database.set_wait_limit(). asyncio.timeout() does the same for one call."""
        self._opened().set_wait_limit(_LONG if seconds is None else seconds)

    async def set_worker(self, process: int | None) -> None:
        """As Database.set_worker()."""
        await self._write(self._opened().set_worker, process)

    async def put(self, session: Session) -> str:
        """As Database.put()."""
        return await self._write(self._opened().put, session)

    async def update(self, session: Session) -> str:
        """As Database.update()."""
        return await self._write(self._opened().update, session)

    async def append(self, id: int | str, list: str, item: Item) -> None:
        """As Database.append()."""
        await self._write(self._opened().append, id, list, item)

    async def remove(self, id: int | str, *, unfinished: bool = False) -> None:
        """As Database.remove()."""
        database = self._opened()
        await self._write(lambda: database.remove(id, unfinished=unfinished))

    async def transaction(self, work: Callable[[Transaction], T]) -> T:
        """Call a function with a transaction, in the database's thread, and commit what it did; where it raises,
        nothing is kept. It cannot await, as other writers of the machine would wait for that. Returns what it does."""
        database = self._opened()

        def run() -> T:
            with database.transaction() as transaction:
                return work(transaction)

        return await self._write(run)

    async def ask_to_stop(self, directory: str | os.PathLike[str], id: int | str, user: str = "") -> None:
        """As Database.ask_to_stop()."""
        await asyncio.to_thread(self._opened().ask_to_stop, directory, id, user)

    async def stop_requested(self, directory: str | os.PathLike[str], id: int | str) -> StopRequest | None:
        """As Database.stop_requested()."""
        return await asyncio.to_thread(self._opened().stop_requested, directory, id)

    async def stop_take(self, directory: str | os.PathLike[str], id: int | str) -> StopRequest | None:
        """As Database.stop_take()."""
        return await self._write(self._opened().stop_take, directory, id)

    async def get(self, id: int | str) -> dict[str, Any]:
        """As Database.get()."""
        return await asyncio.to_thread(self._opened().get, id)

    async def items(self, id: int | str, list: str) -> list[dict[str, Any]]:
        """As Database.items()."""
        return await asyncio.to_thread(self._opened().items, id, list)

    async def sessions(self, **conditions: Condition) -> AsyncIterator[dict[str, Any]]:
        """As Database.sessions(): `async for session in database.sessions(status="Running")`."""
        found = await asyncio.to_thread(lambda: self._opened().sessions(**conditions))
        while batch := await asyncio.to_thread(lambda: [*itertools.islice(found, _BATCH)]):
            for session in batch:
                yield session

    async def count(self, **conditions: Condition) -> int:
        """As Database.count()."""
        return await asyncio.to_thread(lambda: self._opened().count(**conditions))

    async def _write(self, call: Callable[..., T], *arguments: Any) -> T:
        database = self._opened()
        assert self._writer is not None
        cancelled = threading.Event()
        turn = self._writer.submit(_in_turn, cancelled, call, *arguments)
        outcome = asyncio.wrap_future(turn)
        try:
            await asyncio.wait([outcome])
        except asyncio.CancelledError:
            cancelled.set()
            outcome.add_done_callback(_look_at)
            while not turn.cancel() and not turn.done():
                database.interrupt()
                await asyncio.sleep(_POLL)
            raise
        return outcome.result()


def _look_at(outcome: asyncio.Future[Any]) -> None:
    """What nobody waits for any more is no error that was forgotten."""
    if not outcome.cancelled():
        outcome.exception()


def _in_turn(cancelled: threading.Event, call: Callable[..., T], *arguments: Any) -> T:
    """An interruption that was meant for the call before has written nothing, and the wait goes on."""
    while True:
        try:
            return call(*arguments)
        except Interrupted:
            if cancelled.is_set():
                raise
