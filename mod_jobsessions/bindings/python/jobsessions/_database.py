# SPDX-License-Identifier: Apache-2.0
"""A database, and a transaction of it."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import os
import threading
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Callable, Union

from ._errors import Error, Invalid, Misuse, NotFound, Result, check, new_error_memory
from ._library import ffi, lib, memory, text

Session = Union[Mapping[str, Any], str, bytes]
Item = Union[Mapping[str, Any], str, bytes]
Condition = Union[str, int, datetime.date, Iterable[str]]

_READ, _WRITE = 0, 1
_REMOVE_FINISHED, _REMOVE_ANY = 0, 1
_NO_LIMIT = 2**64 - 1
_SESSION_MAX = 1024 * 1024
_ID_TEXT = 37
_LONGEST_WAIT = 2**31 - 1  # milliseconds


def _lists() -> dict[str, int]:
    found: dict[str, int] = {}
    while (name := lib.js_item_list(len(found))) != ffi.NULL:
        found[text(name)] = len(found)
    return found


_LISTS = _lists()


def _encode_other(value: Any) -> Any:
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _encode(value: Session | Item) -> bytes:
    """JSON of what is to be written; an id that is a number becomes text, as sessions have it."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if isinstance(value.get("id"), int):
        value = {**value, "id": str(value["id"])}
    return json.dumps(dict(value), ensure_ascii=False, allow_nan=False, default=_encode_other).encode()


def _query(conditions: Mapping[str, Condition]) -> bytes:
    """Conditions as the library takes them. What is not known must not list everything."""
    pairs: dict[str, Any] = {}
    for name, value in conditions.items():
        if value is None:
            raise Invalid(f"{name}: is None; leave it out where any will do", Result.INVALID, name)
        is_time = isinstance(value, (datetime.datetime, datetime.date))
        values = [value.isoformat()] if is_time else [value] if isinstance(value, (str, int)) else [*value]
        pairs[name] = values or [""]
    return urllib.parse.urlencode(pairs, doseq=True).encode()


def _list(name: str) -> int:
    if name not in _LISTS:
        raise Invalid(f'there is no list "{name}"; there are {", ".join(_LISTS)}', Result.INVALID)
    return _LISTS[name]


@dataclasses.dataclass(frozen=True)
class StopRequest:
    """Who asks that a session be stopped, "" where nobody was named, and when: date and time in UTC."""

    user: str
    time: str


class _Writer:
    """What can be written, to a database or within a transaction: the calls differ in their names alone."""

    _calls: dict[str, Callable[..., int]]

    @contextlib.contextmanager
    def _use(self) -> Iterator[Any]:
        raise NotImplementedError

    def _call(self, name: str, *arguments: Any) -> None:
        error = new_error_memory()
        with self._use() as handle:
            check(self._calls[name](handle, *arguments, ffi.cast("js_error *", error)), error)

    def _number(self, id: int | str) -> int:
        """The number by which the library knows a session; UUIDs have one, too."""
        text_of = str(id).encode()
        number = ffi.new("uint64_t *")
        self._call("find_id", text_of, len(text_of), number)
        return int(number[0])

    def _text(self, number: int) -> str:
        raise NotImplementedError

    def put(self, session: Session) -> str:
        """Create a session, or change the one whose `id` it has. Returns the id: a number's text, or the UUID that it
        was created under."""
        return self._write("put", session)

    def update(self, session: Session) -> str:
        """Change the session whose `id` it has; where there is none, NotFound. Returns the id."""
        return self._write("update", session)

    def _write(self, name: str, session: Session) -> str:
        text_of = _encode(session)
        id = ffi.new("uint64_t *")
        self._call(name, text_of, len(text_of), id)
        return self._text(int(id[0]))

    def append(self, id: int | str, list: str, item: Item) -> None:
        """Append a line to a session's "log", or an item to its "protectedItems" or another of its lists."""
        text_of = _encode(item)
        self._call("append", self._number(id), _list(list), text_of, len(text_of))

    def remove(self, id: int | str, *, unfinished: bool = False) -> None:
        """Remove a session with its log and items; one that is not finished only if asked for, else Running."""
        self._call("remove", self._number(id), _REMOVE_ANY if unfinished else _REMOVE_FINISHED)


class Transaction(_Writer):
    """Many changes, one commit, by the `with` of Database.transaction(). It stays in the thread that began it. After
    Invalid, Removed and NotFound it can go on; after any other error nothing of it is kept."""

    _calls = {
        "put": lib.js_transaction_put,
        "update": lib.js_transaction_update,
        "append": lib.js_transaction_append,
        "remove": lib.js_transaction_remove,
        "find_id": lib.js_transaction_find_id,
        "id_text": lib.js_transaction_id_text,
    }

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stack = contextlib.ExitStack()
        self._handle: Any = None
        self._owner = (0, 0)

    def __enter__(self) -> Transaction:
        if self._handle is not None:
            raise Misuse("the transaction has begun already", Result.MISUSE)
        error = new_error_memory()
        begun = ffi.new("js_transaction **")
        with contextlib.ExitStack() as stack:
            handle = stack.enter_context(self._database._use())
            check(lib.js_transaction_begin(handle, begun, ffi.cast("js_error *", error)), error)
            self._stack = stack.pop_all()
        self._handle = begun[0]
        self._owner = (os.getpid(), threading.get_ident())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is None:
            return
        if self._owner != (os.getpid(), threading.get_ident()):
            raise Misuse("the transaction is another thread's or process's, which has to end it", Result.MISUSE)
        handle, self._handle = self._handle, None
        with self._stack:
            if kind is None:
                memory_of = new_error_memory()
                check(lib.js_transaction_commit(handle, ffi.cast("js_error *", memory_of)), memory_of)
            else:
                lib.js_transaction_abort(handle)

    def _text(self, number: int) -> str:
        room = ffi.new("char[]", _ID_TEXT)
        self._call("id_text", number, room)
        return text(room)

    @contextlib.contextmanager
    def _use(self) -> Iterator[Any]:
        if self._handle is None:
            raise Misuse("the transaction has ended, or was not begun by a with", Result.MISUSE)
        yield self._handle


class Database(_Writer):
    """An open database, which threads share. Open a directory once in a process, after any fork.

    directory  it and the database are made where they are missing, unless read_only
    map_size   the largest the database can grow to, in bytes; 0: 64 GiB
    """

    _calls = {
        "put": lib.js_put,
        "update": lib.js_update,
        "append": lib.js_append,
        "remove": lib.js_remove,
        "get": lib.js_get,
        "find_id": lib.js_find_id,
        "sessions_begin": lib.js_sessions_begin,
        "sessions_count": lib.js_sessions_count,
        "set_worker": lib.js_set_worker,
        "stop_ask": lib.js_stop_ask,
        "stop_requested": lib.js_stop_requested,
        "stop_take": lib.js_stop_take,
    }

    def __init__(self, directory: str | os.PathLike[str], *, read_only: bool = False, map_size: int = 0) -> None:
        error = new_error_memory()
        opened = ffi.new("js_database **")
        options = ffi.new("js_options *", {"map_size": map_size})
        mode = _READ if read_only else _WRITE
        path = os.fsencode(directory)
        check(lib.js_open(path, mode, options, opened, ffi.cast("js_error *", error)), error)
        self._handle: Any = ffi.gc(opened[0], lib.js_close)
        self._lock = threading.Lock()
        self._users = 0

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close it, once; Misuse where a call of another thread or a transaction is under way."""
        with self._lock:
            if self._users > 0:
                raise Misuse("the database is in use: end its transactions and calls first", Result.MISUSE)
            handle, self._handle = self._handle, None
        if handle is not None:
            ffi.release(handle)

    # The library's memory goes with close(), so nobody may be within a call then.
    @contextlib.contextmanager
    def _use(self) -> Iterator[Any]:
        with self._lock:
            if self._handle is None:
                raise Misuse("the database was closed", Result.MISUSE)
            self._users += 1
            handle = self._handle
        try:
            yield handle
        finally:
            with self._lock:
                self._users -= 1

    def set_wait_limit(self, seconds: float | None) -> None:
        """Limit how long writes wait for other writers: Busy then, with who has been writing. None: no limit."""
        milliseconds = 0 if seconds is None else max(1, min(round(seconds * 1000), _LONGEST_WAIT))
        with self._use() as handle:
            lib.js_set_wait_limit(handle, milliseconds)

    def interrupt(self) -> None:
        """End the waits for other writers that are under way: Interrupted. By any thread; set a limit, a long one will
        do, where another process may be the one that is waited for."""
        with self._use() as handle:
            lib.js_interrupt(handle)

    def set_worker(self, process: int | None) -> None:
        """Say who writes from now on, before other threads write. None: nobody, which a program that ends after each
        change has to say, as `jobsessions sweep` would take its end for its worker's death; else the id of the process
        that lives as long as the session runs, at first os.getpid(). NotFound: there is no such process, and nobody is
        noted."""
        self._call("set_worker", process or 0)

    def transaction(self) -> Transaction:
        """Many changes, one commit: `with database.transaction() as transaction:`. Waits for other writers; an
        exception that leaves it leaves nothing of it."""
        return Transaction(self)

    def _text(self, number: int) -> str:
        room = ffi.new("char[]", _ID_TEXT)
        with self._use() as handle:
            lib.js_id_text(handle, number, room)
        return text(room)

    def ask_to_stop(self, directory: str | os.PathLike[str], id: int | str, user: str = "") -> None:
        """Ask a session's worker to stop it, by a file in the directory of requests. Finished, NotFound."""
        self._call("stop_ask", os.fsencode(directory), self._number(id), user.encode())

    def stop_requested(self, directory: str | os.PathLike[str], id: int | str) -> StopRequest | None:
        """Who asks that a session be stopped; None: nobody does. Cheap enough for once a second."""
        return self._look("stop_requested", directory, id)

    def stop_take(self, directory: str | os.PathLike[str], id: int | str) -> StopRequest | None:
        """The same, and take up what is asked: the session is Canceling, and its log says who asked. The worker writes
        Canceled once it has stopped."""
        return self._look("stop_take", directory, id)

    def _look(self, name: str, directory: str | os.PathLike[str], id: int | str) -> StopRequest | None:
        request = ffi.new("js_stop_request *")
        number = self._number(id)
        try:
            self._call(name, os.fsencode(directory), number, request)
        except NotFound:
            return None
        return StopRequest(text(request.user), text(request.time))

    def get(self, id: int | str) -> dict[str, Any]:
        """A session as it is stored now; NotFound. What an open transaction has written is not seen."""
        room = ffi.new("char[]", _SESSION_MAX + 1)
        length = ffi.new("size_t *")
        self._call("get", self._number(id), room, _SESSION_MAX + 1, length)
        return json.loads(ffi.buffer(room, length[0])[:])

    def items(self, id: int | str, list: str) -> list[dict[str, Any]]:
        """What is in one of a session's lists, in the order it came; NotFound."""
        error = new_error_memory()
        number, kind = self._number(id), _list(list)
        snapshot = ffi.new("js_snapshot **")
        with self._use() as handle:
            check(lib.js_snapshot_begin(handle, snapshot, ffi.cast("js_error *", error)), error)
            try:
                return _items(snapshot[0], number, kind)
            finally:
                lib.js_snapshot_end(snapshot[0])

    def sessions(self, **conditions: Condition) -> Iterator[dict[str, Any]]:
        """Sessions, newest first: `for session in database.sessions(status=["Running", "Warning"], limit=10)`. All
        conditions must hold; none: all sessions.

        status, types      one or several
        policyId, filter   a policy's UUID; its name, where * stands for any text
        fromUtc, toUtc     start time, both included: a datetime, a date or text
        resourceId         of what a session has protected
        limit              at most so many

        Any other is refused, as is one that is None or empty: Invalid. They are read as one goes on, and no snapshot is
        held meanwhile; one that is damaged on disk is {"id": …, "damaged": True}."""
        begun = ffi.new("js_sessions **")
        self._call("sessions_begin", _query(conditions), begun)
        return self._each(ffi.gc(begun[0], lib.js_sessions_end))

    def _each(self, sessions: Any) -> Iterator[dict[str, Any]]:
        error = new_error_memory()
        found = ffi.new("const char **")
        length = ffi.new("size_t *")
        while True:
            with self._use():
                result = lib.js_sessions_next(sessions, found, length, ffi.cast("js_error *", error))
                if result == Result.END:
                    return
                check(result, error)
                session = json.loads(ffi.buffer(found[0], length[0])[:])
            yield session

    def count(self, **conditions: Condition) -> int:
        """How many sessions there are, with the conditions of sessions()."""
        found = ffi.new("uint64_t *")
        self._call("sessions_count", _query(conditions), found)
        return int(found[0])


def _items(snapshot: Any, id: int, kind: int) -> list[dict[str, Any]]:
    error = new_error_memory()
    owner, room = memory(lib.js_items_size())
    page = ffi.cast("js_items *", room)
    begun = lib.js_items_begin(page, snapshot, id, kind, ffi.NULL, 0, _NO_LIMIT, ffi.cast("js_error *", error))
    check(begun, error)
    item = ffi.new("js_session *")
    found = []
    while (result := lib.js_items_next(page, item)) == Result.OK and item.json != ffi.NULL:
        found.append(json.loads(ffi.buffer(item.json, item.length)[:]))
    if result != Result.END:
        raise Error("an item of the session is damaged", Result.DAMAGED)
    del owner
    return found
