/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file jobsessions.h
 * The job-session store: what backup workers link, and all they need.
 *
 * WHAT IT IS
 *
 * An appliance's jobs run as *sessions*. Every worker writes its sessions into one LMDB database, a
 * directory with the files data.mdb and lock.mdb. Readers (mod_jobsessions in httpd, the tool
 * `jobsessions`) send them on as JSON. All work with JSON is done when a session is written: it is
 * checked, brought to one canonical form and stored as the very bytes a reader will send. A read
 * parses nothing and allocates nothing.
 *
 * HOW TO START
 *
 *     js_error error;
 *     js_database *database;
 *     uint64_t id = 0;
 *     const char *session = "{\"type\":\"PolicyBackup\",\"status\":\"Running\","
 *                           "\"executionStartTime\":\"2026-11-23T08:00:00Z\"}";
 *
 *     if (js_open("/var/lib/jobsessions", JS_WRITE, NULL, &database, &error) != JS_OK
 *         || js_put(database, session, strlen(session), &id, &error) != JS_OK) {
 *         fprintf(stderr, "%s\n", error.message);
 *     }
 *
 * When js_put() has returned JS_OK the session is on disk; killing the process or the machine's
 * power does not lose it. worker/worker.c lives one session from start to finish.
 * Link with `pkg-config --libs jobsessions`.
 *
 * WHAT A SESSION IS
 *
 * A JSON object with the members of the document "Exporting Sessions List". No member is required.
 * Known members are checked:
 *
 *     id                    string, a decimal number 0 to 18446744073709551615, no leading zeros
 *     type                  string, 1 to 128 bytes; any text, a new type is no error
 *     localizedType         string, at most 256 bytes; made from the type when missing
 *     executionStartTime    string, ISO 8601 date and time with Z or an offset; stored in UTC with
 *                           a fraction of at most 7 digits
 *     executionStopTime     the same; a stop before the start is refused
 *     executionDuration     string, time-span [d.]hh:mm:ss[.fffffff]; derived when both times are
 *                           known and it is not given
 *     status                string: Canceled, Canceling, Error, Failed, NeverExecuted, Pending,
 *                           Running, RunningWithError, RunningWithWarning, Success, Unknown, Warning
 *     usn                   the store's own: ignored by js_put(), kept by js_transaction_import()
 *     backupJobInfo         object: policyId string <= 128, policyName string <= 1024,
 *                           protectedInstancesCount integer >= 0, policyRemoved boolean
 *     restoreJobInfo        object: reason string <= 65536, items array of objects
 *     fileLevelRestoreJobInfo
 *                           object: reason string <= 65536, vmId string <= 1024,
 *                           flrLink object: url string <= 8192, thumbprint string <= 256
 *     repositoryJobInfo     object: repositoryId integer, repositoryName string <= 1024,
 *                           repositoryRemoved boolean
 *     _links                ignored: the reader makes them
 *
 * Lengths are bytes of UTF-8. Other members are kept as they are, after the known ones, in the order
 * given. A member that is null is absent. One session is at most JS_SESSION_MAX bytes in canonical
 * form. The record that holds it is described byte by byte in FORMAT.md.
 *
 * CAVEATS, EACH WITH ITS FIX
 *
 * - Open a directory once per process, and share the js_database between threads. LMDB's locks are
 *   lost for the whole process when a second handle on the same files is closed. For the same reason
 *   never open() data.mdb or lock.mdb yourself.
 * - A js_database does not survive fork(). Open it in the child.
 * - A snapshot keeps the pages it sees from being used again, so the file grows while it lives. End
 *   it soon; never wait for a network with one in hand.
 * - A process that is killed leaves its slot in the reader table until the next js_open() of
 *   anybody; nothing else is left behind. All processes must share one PID namespace.
 * - Reading survives a data.mdb whose pages are damaged: it is checked page by page. Writing goes through
 *   LMDB, which trusts its pages and may end the process. js_verify() tells whether they are sound.
 * - Readers write to lock.mdb: they need write access to that file, and read access to data.mdb.
 *
 * ERRORS
 *
 * Every function that can fail returns a js_status and, where it takes one, fills a js_error with a
 * text for people: what happened, where, and what to do. js_error is the caller's; nothing in it
 * needs to be freed.
 */
#ifndef JOBSESSIONS_H
#define JOBSESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JS_VERSION "0.1.0"

/** Version of the database's layout this library reads and writes. */
#define JS_FORMAT 1

/** Bytes one session may take in canonical JSON: 1 MiB. */
#define JS_SESSION_MAX (1024u * 1024u)

/** Bytes of a session's type. */
#define JS_TYPE_MAX 128

/** Where the API is mounted unless the caller says otherwise. */
#define JS_DEFAULT_MOUNT "/api/v1/jobSessions"

/** Marks what the shared library exports. */
#define JS_API __attribute__((visibility("default")))

typedef enum js_status {
    JS_OK = 0,
    JS_END,         /**< a walk has reached its end */
    JS_NOT_FOUND,   /**< no session has that id */
    JS_INVALID,     /**< the session was refused; error.member names the member */
    JS_CONFLICT,    /**< an imported usn belongs to another session */
    JS_NO_DATABASE, /**< the directory or the database in it does not exist */
    JS_FORBIDDEN,   /**< file permissions keep this process out */
    JS_FOREIGN,     /**< the directory holds something that is not a job-session database */
    JS_NEWER,       /**< the database was made by a later version of this library */
    JS_FULL,        /**< the map or the disk is full; nothing was changed */
    JS_BUSY,        /**< the reader table is full; try again */
    JS_DAMAGED,     /**< the file is damaged at a place this call cannot do without */
    JS_SYSTEM       /**< anything else: the message carries the cause */
} js_status;

typedef struct js_error {
    js_status status;
    char member[128];  /**< dotted path of the refused member, e.g. backupJobInfo.policyId, or "" */
    char message[896]; /**< one line: what, where, what to do */
} js_error;

typedef struct js_database js_database;
typedef struct js_snapshot js_snapshot;
typedef struct js_transaction js_transaction;

typedef enum js_mode {
    JS_READ, /**< existing databases only; data.mdb is opened read-only */
    JS_WRITE /**< makes the directory's last component and the database where they are missing */
} js_mode;

typedef struct js_options {
    /** The largest the database can grow to, in bytes; 0: 64 GiB. Twice as much address space is
     * reserved: one map for LMDB, one for reading with care. */
    size_t map_size;
} js_options;

/**
 * Open the database in a directory.
 * @param directory  path of the directory that holds data.mdb and lock.mdb
 * @param mode       JS_READ or JS_WRITE
 * @param options    NULL for the defaults
 * @param database   receives the handle; give it back with js_close()
 * @return JS_OK, JS_NO_DATABASE, JS_FORBIDDEN, JS_FOREIGN, JS_NEWER, JS_FULL, JS_BUSY, JS_DAMAGED
 * or JS_SYSTEM
 */
JS_API js_status js_open(const char *directory, js_mode mode, const js_options *options,
                         js_database **database, js_error *error);

/** Close a database. No snapshot and no transaction may be open. NULL is allowed. */
JS_API void js_close(js_database *database);

/* ---- Writing ------------------------------------------------------------------------------- */

/**
 * Write one session and make it durable.
 *
 * Without `id` the session is created under the next id. With an `id` that exists, the object is a
 * JSON merge patch (RFC 7396) on the stored session; with one that does not, the session is created
 * under it. When a patch changes a time and brings no executionDuration, the duration is derived
 * anew; likewise localizedType when the type changes.
 *
 * @param json    one JSON object, UTF-8, need not end in NUL
 * @param length  its bytes
 * @param id      receives the session's id; may be NULL
 * @return JS_OK; JS_INVALID: refused, nothing changed; JS_FULL, JS_DAMAGED, JS_SYSTEM
 */
JS_API js_status js_put(js_database *database, const char *json, size_t length, uint64_t *id,
                        js_error *error);

/**
 * Begin a transaction: many sessions, one commit. Waits for the transaction of any other process to
 * end. It belongs to the calling thread. Readers are not held up by it and see nothing of it
 * before js_transaction_commit().
 * @return JS_OK, JS_FULL, JS_DAMAGED or JS_SYSTEM
 */
JS_API js_status js_transaction_begin(js_database *database, js_transaction **transaction,
                                      js_error *error);

/**
 * js_put() within a transaction. After JS_INVALID the transaction goes on as if the call had not
 * been made; after any other error only js_transaction_abort() is left.
 */
JS_API js_status js_transaction_put(js_transaction *transaction, const char *json, size_t length,
                                    uint64_t *id, js_error *error);

/**
 * Load a session as it was exported: `id` and `usn` are kept, a session that has the same id is
 * replaced. A missing id or usn is given by the store. For restoring and moving databases.
 * @return as js_transaction_put(); JS_CONFLICT: the usn belongs to another session, nothing changed
 */
JS_API js_status js_transaction_import(js_transaction *transaction, const char *json, size_t length,
                                       uint64_t *id, js_error *error);

/**
 * Make everything the transaction did durable and visible, and end it, whatever the result.
 * @return JS_OK; JS_FULL or JS_SYSTEM: nothing of it was kept
 */
JS_API js_status js_transaction_commit(js_transaction *transaction, js_error *error);

/**
 * Remove a session with its log and items. Its id stays used and a tombstone with a usn of its own
 * stays for those who follow changes.
 * @return JS_OK; JS_NOT_FOUND: nothing changed; else as js_transaction_put()
 */
JS_API js_status js_transaction_remove(js_transaction *transaction, uint64_t id, js_error *error);

/** What a session has a list of, beside its own members. */
typedef enum js_item_kind {
    JS_LOG, /**< objects with logTime, status, message, executionStartTime, executionDuration */
    JS_PROTECTED_ITEMS, /**< this and the following: objects with a name, and what else is known */
    JS_DELETED_ITEMS,
    JS_RESTORED_ITEMS,
    JS_FILE_LEVEL_RESTORED_ITEMS,
    JS_ITEM_KINDS
} js_item_kind;

/**
 * Append an item to one of a session's lists. Items stay in the order they came, and updates of the
 * session leave them alone.
 * @return JS_OK; JS_NOT_FOUND: there is no such session; JS_INVALID: the item was refused; else as
 *         js_transaction_put()
 */
JS_API js_status js_transaction_append(js_transaction *transaction, uint64_t id, js_item_kind kind,
                                       const char *json, size_t length, js_error *error);

/** js_transaction_remove() and js_transaction_append() with a transaction of their own. */
JS_API js_status js_remove(js_database *database, uint64_t id, js_error *error);
JS_API js_status js_append(js_database *database, uint64_t id, js_item_kind kind, const char *json,
                           size_t length, js_error *error);

/** End a transaction and forget what it did. NULL is allowed. */
JS_API void js_transaction_abort(js_transaction *transaction);

/* ---- Reading ------------------------------------------------------------------------------- */

/** One session as a snapshot sees it. Pointers hold until the snapshot ends. */
typedef struct js_session {
    uint64_t id;
    const char *json;     /**< canonical JSON without _links, not ended by NUL; NULL when damaged */
    size_t length;        /**< bytes of json; for a damaged record the bytes it was stored with */
    const char *damage;   /**< NULL, or what is wrong with the record on disk */
    uint64_t deleted_usn; /**< in a list of changes: not 0, the usn of the session's removal */
} js_session;

/** What is known before the first record is read. */
typedef struct js_totals {
    uint64_t count;      /**< sessions */
    uint64_t json_bytes; /**< canonical JSON of all sessions */
    uint64_t id_digits;  /**< decimal digits of all ids */
    uint64_t usn;        /**< the last usn given */
    uint64_t highest_id; /**< the highest id ever given; UINT64_MAX when that is not known */
} js_totals;

/** Room for js_snapshot_version(), its NUL included. */
#define JS_VERSION_TEXT 64

/**
 * Begin a snapshot: the database as it is now, whatever is written meanwhile. A snapshot is used by
 * one thread at a time, not always the same. Ended snapshots are kept for the next caller, so
 * that in the steady state nothing is allocated.
 * @return JS_OK, JS_BUSY, JS_DAMAGED or JS_SYSTEM
 */
JS_API js_status js_snapshot_begin(js_database *database, js_snapshot **snapshot, js_error *error);

/** End a snapshot. NULL is allowed. */
JS_API void js_snapshot_end(js_snapshot *snapshot);

/** How many transactions have been committed since the snapshot began: while there are none, keeping it
 * costs nothing. May be called while another thread uses the snapshot. */
JS_API uint64_t js_snapshot_age(const js_snapshot *snapshot);

/** @return JS_OK, or JS_DAMAGED when neither the counters nor the index can be read */
JS_API js_status js_snapshot_totals(js_snapshot *snapshot, js_totals *totals, js_error *error);

/**
 * A text that changes whenever anything in the database does, and that no other database has: for
 * entity tags. @return false when the counters are damaged
 */
JS_API bool js_snapshot_version(const js_snapshot *snapshot, char text[JS_VERSION_TEXT]);

/** Look one session up. @return JS_OK (look at session->damage), JS_NOT_FOUND or JS_DAMAGED */
JS_API js_status js_snapshot_get(js_snapshot *snapshot, uint64_t id, js_session *session);

/**
 * Walk all sessions, newest (highest id) first; js_snapshot_rewind() starts the walk again. A
 * damaged record is handed out as such, with its id and length, and the walk goes on.
 * @return JS_OK, JS_END, or JS_DAMAGED: neither the sessions nor the index lead any further
 */
JS_API js_status js_snapshot_next(js_snapshot *snapshot, js_session *session);
JS_API void js_snapshot_rewind(js_snapshot *snapshot);

/* ---- Lists --------------------------------------------------------------------------------- */

typedef enum js_sort {
    JS_SORT_ID,
    JS_SORT_START_TIME,
    JS_SORT_STOP_TIME,
    JS_SORT_STATUS,
    JS_SORT_TYPE,
    JS_SORT_DURATION,
    JS_SORT_POLICY_NAME,
    JS_SORT_USN
} js_sort;

/** How far down an order other than by id can be listed. */
#define JS_SORT_MAX 100000

/** The limit of a query that wants all. */
#define JS_NO_LIMIT UINT64_MAX

/** No time. */
#define JS_NO_TIME INT64_C(-1)

/** Which sessions are wanted; start from js_query_all(). All that is given must hold. */
typedef struct js_filter {
    const uint64_t *ids; /**< ascending, each once; or NULL */
    size_t id_count;
    const char *const *types; /**< or NULL */
    size_t type_count;
    uint32_t statuses;       /**< bits from js_status_bit(); 0: any */
    const uint8_t *policy;   /**< 16 bytes of a uuid, or NULL */
    const char *policy_name; /**< pattern from js_pattern_make(), or NULL */
    int64_t from, to;        /**< start time, both included, from js_time_parse(); or JS_NO_TIME */
    uint64_t highest_id;     /**< no session above it; UINT64_MAX: any */
} js_filter;

/** A filter, an order and a page of it. */
typedef struct js_query {
    js_filter filter;
    js_sort sort;
    bool ascending;
    uint64_t offset;
    uint64_t limit; /**< or JS_NO_LIMIT */
    bool changes;   /**< instead: what changed after the usn `since`, oldest change first, removals
                         included; filter, sort and offset are not looked at */
    uint64_t since;
} js_query;

/** What is known of a list before its first session is handed out. */
typedef struct js_page {
    uint64_t total;      /**< sessions that match */
    uint64_t count;      /**< of them on the page */
    uint64_t json_bytes; /**< of those */
    uint64_t id_digits;
    uint64_t tombstones;       /**< removals on the page, of a list of changes */
    uint64_t tombstone_digits; /**< of their ids and usns */
    uint64_t last_usn;         /**< of the last change on the page */
} js_page;

typedef struct js_list js_list;

/** Everything, newest first. */
JS_API void js_query_all(js_query *query);

/** The bit of a status's name, 0 when there is no such status. */
JS_API uint32_t js_status_bit(const char *name);

/** Read a date and time as sessions have it. @return NULL, or what is wrong with it */
JS_API const char *js_time_parse(const char *text, size_t length, int64_t *time);

/** Read a uuid. @return false when it is none */
JS_API bool js_uuid_parse(const char *text, size_t length, uint8_t uuid[16]);

/** Bytes js_pattern_make() needs for a text of a length. */
#define JS_PATTERN_SIZE(length) (6 * (length) + 1)

/** Make a pattern that policy names can be held against: `*` stands for any text. */
JS_API void js_pattern_make(char *pattern, const char *text, size_t length);

/** Bytes of memory that js_list_begin() needs for a query. */
JS_API size_t js_list_size(const js_query *query);

/**
 * Find the sessions a query wants. Allocates nothing.
 * @param memory  js_list_size() bytes, aligned for any type; it is the list
 * @return JS_OK; JS_INVALID: an order other than by id goes on beyond JS_SORT_MAX; JS_DAMAGED
 */
JS_API js_status js_list_begin(void *memory, js_snapshot *snapshot, const js_query *query,
                               js_list **list, js_error *error);

JS_API const js_page *js_list_page(const js_list *list);

/** Hand the page out, session by session. @return JS_OK, JS_END or JS_DAMAGED */
JS_API js_status js_list_next(js_list *list, js_session *session);
JS_API void js_list_rewind(js_list *list);

/** A page of one of a session's lists of items; the caller's memory, the library's members. */
typedef struct js_items {
    uint64_t total;      /**< items that match */
    uint64_t count;      /**< of them on the page */
    uint64_t json_bytes; /**< of those */
    /* what follows is the library's own */
    js_snapshot *snapshot;
    const char *pattern;
    uint64_t session, offset, limit, next, met, handed;
    js_item_kind kind;
} js_items;

/**
 * Find items of a session.
 * @param pattern  from js_pattern_make(), for the items' names; or NULL: all
 * @param limit    or JS_NO_LIMIT
 * @return JS_OK, JS_NOT_FOUND: there is no such session, or JS_DAMAGED
 */
JS_API js_status js_items_begin(js_items *items, js_snapshot *snapshot, uint64_t session,
                                js_item_kind kind, const char *pattern, uint64_t offset,
                                uint64_t limit, js_error *error);

/** Hand the page out; item->id is the item's place in the list, from 1. @return as js_list_next() */
JS_API js_status js_items_next(js_items *items, js_session *item);
JS_API void js_items_rewind(js_items *items);

/** Is told of every fault js_verify() finds; text is one line. */
typedef void js_fault_report(void *baton, const char *text);

/**
 * Check everything in a snapshot against everything else: every page of LMDB's trees; records and items
 * against their seals; the index, the order of start times, the changes and the types against the records;
 * the counters against their sums.
 * @param faults  receives how many there are
 * @return JS_OK, also when there are faults; JS_DAMAGED: a table cannot be read to its end, which was
 *         reported, too
 */
JS_API js_status js_verify(js_snapshot *snapshot, js_fault_report *report, void *baton,
                           uint64_t *faults);

/**
 * Read an id as sessions and URLs write it: decimal, 0 to 18446744073709551615, no leading zeros.
 * @return false when the text is no id
 */
JS_API bool js_parse_id(const char *text, size_t length, uint64_t *id);

/* ---- The document -------------------------------------------------------------------------- */

/** Bytes that the front of all links may take, percent-encoding included. */
#define JS_LINK_MAX 2048

/** The front of every link; fill with js_links_make(). */
typedef struct js_links {
    char collection[JS_LINK_MAX];      /**< scheme://host[:port]/mount, no default port */
    char collection_port[JS_LINK_MAX]; /**< the same, always with the port */
} js_links;

/**
 * Make the front of links.
 * @param base_url  http or https URL without query: what stands before the mount
 * @param mount     absolute path of the API, not encoded; NULL: JS_DEFAULT_MOUNT
 * @return JS_OK, or JS_INVALID with what is wrong with the URL
 */
JS_API js_status js_links_make(js_links *links, const char *base_url, const char *mount,
                               js_error *error);

/** Is told of every damaged record a document meets; baton is the caller's. */
typedef void js_damage_report(void *baton, const js_session *session);

/** The forms a document can have. Only the length of the first two is known beforehand. */
typedef enum js_format {
    JS_JSON,   /**< application/json */
    JS_NDJSON, /**< application/x-ndjson: a session a line, nothing around them */
    JS_CSV,    /**< text/csv, RFC 4180: a row a session, the document's members as dotted columns */
    JS_XML     /**< application/xml */
} js_format;

/** What stands around the sessions or items of a document. */
typedef struct js_frame {
    js_format format;
    const js_links *links; /**< to add to every session; NULL: none, as for items */
    const char *head; /**< JSON: up to and with the opening bracket; XML: the root's attributes */
    const char *tail; /**< JSON: from the closing bracket on */
} js_frame;

/** The length of a document that is not known. */
#define JS_NO_LENGTH UINT64_MAX

/** Pieces of text that can wait to be copied. */
#define JS_DOCUMENT_PIECES 12

/**
 * A document on its way to a client: the caller's memory, the library's members. It renders a buffer
 * at a time. What it is made from, and the frame's texts, must outlive it. In the place of a damaged
 * record stands an object with its id and the status Unknown, filled up with spaces to the bytes the
 * record had, so that the document keeps its length.
 */
typedef struct js_document {
    uint64_t length;   /**< bytes of the whole document, or JS_NO_LENGTH */
    uint64_t produced; /**< bytes rendered so far */
    uint64_t damaged;  /**< damaged records met so far */
    /* what follows is the library's own */
    js_status (*next)(void *source, js_session *element);
    void (*rewind)(void *source);
    void *source;
    js_damage_report *report;
    void *baton;
    js_frame frame;
    uint64_t count, rendered;
    struct {
        const char *text;
        size_t length;
    } pieces[JS_DOCUMENT_PIECES], link[3];
    unsigned piece_count, next_piece;
    size_t tail_length;
    int stage;
    char head[96], tail[2 * JS_LINK_MAX], links[2 * JS_LINK_MAX + 96], digits[20], placeholder[128];
    char *converted; /* a session in a form other than JSON */
    size_t converted_room;
    js_session session; /* the only one */
} js_document;

/**
 * Begin to render all sessions of a snapshot: the document "Exporting Sessions List".
 * @param report  called for each damaged record, or NULL
 * @return JS_OK: document->length is known; JS_DAMAGED
 */
JS_API js_status js_document_begin(js_document *document, js_snapshot *snapshot,
                                   const js_links *links, js_damage_report *report, void *baton,
                                   js_error *error);

/** Begin to render one session, as js_snapshot_get() has found it. It and the frame are copied. */
JS_API void js_document_begin_session(js_document *document, const js_session *session,
                                      const js_frame *frame, js_damage_report *report, void *baton);

/** Begin to render the page of a list, or of a session's items. The frame is copied. */
JS_API void js_document_begin_list(js_document *document, js_list *list, const js_frame *frame,
                                   js_damage_report *report, void *baton);
JS_API void js_document_begin_items(js_document *document, js_items *items, const js_frame *frame,
                                    js_damage_report *report, void *baton);

/** Go back to the document's first byte. */
JS_API void js_document_rewind(js_document *document);

/** Give back what forms other than JSON need. May be called more than once. */
JS_API void js_document_end(js_document *document);

/**
 * Render the next bytes. JSON allocates nothing.
 * @param buffer    receives them
 * @param size      bytes the buffer has room for
 * @param produced  receives how many were written; less than size only at the document's end
 * @return JS_OK: there is more; JS_END: the document is complete; JS_DAMAGED: it cannot be
 * completed with the length that was announced, so the response must be broken off
 */
JS_API js_status js_document_read(js_document *document, char *buffer, size_t size,
                                  size_t *produced);

#ifdef __cplusplus
}
#endif

#endif
