# SPDX-License-Identifier: Apache-2.0
"""What the library refuses, as exceptions."""

from __future__ import annotations

import enum
from typing import Any

from ._library import ffi, lib, text


class Result(enum.IntEnum):
    """What a call of the library came to: its js_result."""

    OK = 0
    END = 1
    NOT_FOUND = 2
    INVALID = 3
    CONFLICT = 4
    NO_DATABASE = 5
    FORBIDDEN = 6
    FOREIGN = 7
    NEWER = 8
    FULL = 9
    BUSY = 10
    DAMAGED = 11
    SYSTEM = 12
    REMOVED = 13
    RUNNING = 14
    AHEAD = 15
    REPLACED = 16
    MISUSE = 17
    INTERRUPTED = 18
    FINISHED = 19


class Error(Exception):
    """The library refused something. The text is its sentence, `result` a Result, or the number of one that a later
    library has, and `member` the dotted path of the member that was refused, or ""."""

    def __init__(self, message: str, result: int, member: str = "") -> None:
        super().__init__(message)
        self.result = Result(result) if result in iter(Result) else result
        self.member = member

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), int(self.result), self.member)


class NotFound(Error):
    """There is no such session."""


class Invalid(Error):
    """The session or item was refused; nothing was changed."""


class Removed(Error):
    """The session was removed, and a put does not bring it back."""


class Running(Error):
    """The session is not finished, and was to be removed only if it is."""


class Finished(Error):
    """The session is finished, and there is nothing to stop."""


class Busy(Error):
    """Others write for longer than the limit of the wait, or the reader table is full; try again."""


class Interrupted(Error):
    """The wait for other writers was ended; nothing was written."""


class Misuse(Error):
    """The database is open already, or was inherited by a fork; or a transaction is another thread's, or was to be
    begun within another one, or has ended."""


_CLASSES = {
    Result.NOT_FOUND: NotFound,
    Result.INVALID: Invalid,
    Result.REMOVED: Removed,
    Result.RUNNING: Running,
    Result.FINISHED: Finished,
    Result.BUSY: Busy,
    Result.INTERRUPTED: Interrupted,
    Result.MISUSE: Misuse,
}


def new_error_memory() -> Any:
    """Memory for a js_error; it has to be kept as long as a call may fill it."""
    return ffi.new("char[]", lib.js_error_size())


def check(result: int, memory: Any) -> None:
    """Raise what a call has said."""
    if result != Result.OK:
        error = ffi.cast("js_error *", memory)
        kind = _CLASSES.get(result, Error)
        raise kind(text(lib.js_error_message(error)), result, text(lib.js_error_member(error)))
