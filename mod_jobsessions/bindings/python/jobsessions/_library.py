# SPDX-License-Identifier: Apache-2.0
"""libjobsessions as cffi sees it: those of its calls that the package makes."""

from __future__ import annotations

from typing import Any

import cffi

SONAME = "libjobsessions.so.0"

# A js_error is memory of a size that the library tells. The structures are those of the library's soname.
_DECLARATIONS = """
    typedef struct js_database js_database;
    typedef struct js_transaction js_transaction;
    typedef struct js_snapshot js_snapshot;
    typedef struct js_items js_items;
    typedef struct js_sessions js_sessions;
    typedef struct js_error js_error;
    typedef struct { size_t map_size; } js_options;
    typedef struct {
        uint64_t id; const char *json; size_t length; const char *damage; uint64_t deleted_usn;
    } js_session;

    typedef struct { char user[256]; char time[40]; } js_stop_request;

    const char *js_version(void);
    size_t js_error_size(void);
    const char *js_error_message(const js_error *);
    const char *js_error_member(const js_error *);
    const char *js_item_list(int);

    int js_open(const char *, int, const js_options *, js_database **, js_error *);
    void js_close(js_database *);
    void js_set_wait_limit(js_database *, unsigned);
    void js_interrupt(js_database *);
    int js_set_worker(js_database *, long, js_error *);
    int js_put(js_database *, const char *, size_t, uint64_t *, js_error *);
    int js_update(js_database *, const char *, size_t, uint64_t *, js_error *);
    int js_append(js_database *, uint64_t, int, const char *, size_t, js_error *);
    int js_remove(js_database *, uint64_t, int, js_error *);
    int js_get(js_database *, uint64_t, char *, size_t, size_t *, js_error *);
    int js_find_id(js_database *, const char *, size_t, uint64_t *, js_error *);
    void js_id_text(js_database *, uint64_t, char *);
    int js_stop_ask(js_database *, const char *, uint64_t, const char *, js_error *);
    int js_stop_requested(js_database *, const char *, uint64_t, js_stop_request *, js_error *);
    int js_stop_take(js_database *, const char *, uint64_t, js_stop_request *, js_error *);

    int js_sessions_begin(js_database *, const char *, js_sessions **, js_error *);
    int js_sessions_next(js_sessions *, const char **, size_t *, js_error *);
    void js_sessions_end(js_sessions *);
    int js_sessions_count(js_database *, const char *, uint64_t *, js_error *);

    int js_transaction_begin(js_database *, js_transaction **, js_error *);
    int js_transaction_put(js_transaction *, const char *, size_t, uint64_t *, js_error *);
    int js_transaction_update(js_transaction *, const char *, size_t, uint64_t *, js_error *);
    int js_transaction_append(js_transaction *, uint64_t, int, const char *, size_t, js_error *);
    int js_transaction_remove(js_transaction *, uint64_t, int, js_error *);
    int js_transaction_find_id(js_transaction *, const char *, size_t, uint64_t *, js_error *);
    int js_transaction_id_text(js_transaction *, uint64_t, char *, js_error *);
    int js_transaction_commit(js_transaction *, js_error *);
    void js_transaction_abort(js_transaction *);

    int js_snapshot_begin(js_database *, js_snapshot **, js_error *);
    void js_snapshot_end(js_snapshot *);
    size_t js_items_size(void);
    int js_items_begin(js_items *, js_snapshot *, uint64_t, int, const char *, uint64_t, uint64_t, js_error *);
    int js_items_next(js_items *, js_session *);
"""

ffi = cffi.FFI()
ffi.cdef(_DECLARATIONS)


def _load() -> Any:
    try:
        return ffi.dlopen(SONAME)
    except OSError as error:
        raise ImportError(
            f"{SONAME} is not found: install it (make -f Makefile.apxs install-lib), and have ldconfig or "
            f"LD_LIBRARY_PATH lead to it ({error})"
        ) from error


lib = _load()


def text(pointer: Any) -> str:
    """What a C string says."""
    return ffi.string(pointer).decode("utf-8", "replace")


def version() -> str:
    """The version of the library that this process runs with."""
    return text(lib.js_version())


def memory(size: int) -> tuple[Any, Any]:
    """Memory that is aligned for any type: who keeps it, and where it begins."""
    alignment = 16
    owner = ffi.new("char[]", size + alignment)
    address = int(ffi.cast("uintptr_t", owner))
    return owner, owner + -address % alignment
