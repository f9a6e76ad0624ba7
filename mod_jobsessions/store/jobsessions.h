/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file jobsessions.h
 * The job-session store: what backup workers link, and all they need. Reading is a header of its own,
 * jobsessions_read.h.
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
 * A JSON object with the members of the document "Exporting Sessions List". A status is required of what is stored,
 * and names in another case than here are refused; so are objects that say `deleted` or `damaged`, but for imports.
 * A byte-order mark before the object is passed over, UTF-16 refused. Known members are checked:
 *
 *     id                    string, a decimal number 0 to 18446744073709551615, no leading zeros; of a new session
 *                           at most JS_GIVEN_ID_MAX; or a uuid (RFC 9562: 8-4-4-4-12 hexadecimal digits), stored in
 *                           lower case, of a worker's own: who does not know whether a session was written, writes
 *                           it once more under the same one
 *     type                  string, 1 to 128 bytes; any text, a new type is no error
 *     localizedType         string, at most 256 bytes; made from the type when missing
 *     executionStartTime    string, date and time, see below; stored in UTC with a fraction of at most 7 digits
 *     executionStopTime     the same; one before the start, as a clock that was set back leaves it, is
 *                           stored, and the duration that is derived is 00:00:00
 *     executionDuration     string, time-span [d.]hh:mm:ss[.fffffff]; derived when both times are
 *                           known and it is not given; a negative one is stored as 00:00:00
 *     status                string: Canceled, Canceling, Error, Failed, NeverExecuted, Pending,
 *                           Running, RunningWithError, RunningWithWarning, Success, Unknown, Warning
 *     usn                   the store's own: ignored by js_put(), kept by js_transaction_import(), which takes
 *                           JS_GIVEN_USN_MAX at most
 *     backupJobInfo         object: policyId string <= 128, policyName string <= 1024, policyType one of
 *                           VirtualMachines, AzureSql, FileShares, Unknown, CosmosDb, ProtectionVmPolicy, Vnet,
 *                           protectedInstancesCount integer >= 0, policyRemoved boolean
 *     healthCheckJobInfo    object: policyId uuid, policyName string <= 1024, checkedInstancesCount count,
 *                           policyRemoved boolean
 *     restoreJobInfo        object: reason string <= 65536, items array of objects,
 *                           backupPolicyDisplayName string <= 1024
 *     fileLevelRestoreJobInfo
 *                           object: reason string <= 65536, initiator, vmId, vmName and backupPolicyDisplayName
 *                           string <= 1024, restorePointCreatedDateUtc date and time, isFlrSessionReady boolean,
 *                           flrLink object: url string <= 8192, thumbprint string <= 256
 *     fileShareFileLevelRestoreJobInfo
 *                           object: the same, with fileShareId and fileShareName in place of vmId and vmName,
 *                           and without isFlrSessionReady
 *     repositoryJobInfo     object: repositoryId integer, or string <= 128; repositoryName string <= 1024,
 *                           repositoryRemoved boolean. An id that is no integer of 64 bits is stored as
 *                           repositoryUid, as v1's repositoryId is a number; a put of one replaces the other
 *     restorePointDataRetrievalJobInfo
 *                           object: restorePointId, sqlRestorePointId and cosmosDbRestorePointId uuid, initiator
 *                           and instanceName string <= 1024, daysToKeep count,
 *                           dataRetrievalPriority one of Normal, High, Unknown
 *     retentionJobInfo      object: deletedRestorePointsCount count
 *     _links                ignored: the reader makes them
 *
 * Lengths are bytes of UTF-8; a uuid is a string, a count an integer from 0 to 2147483647. Other members are kept as they are, after the known ones, in the order
 * given. A member that is null is absent. One session is at most JS_SESSION_MAX bytes in canonical
 * form. The record that holds it is described byte by byte in FORMAT.md.
 *
 * DATES AND TIMES
 *
 * These forms are taken, which the formatters of languages print; all else is refused with what is wrong with it:
 *
 *     2026-11-23T08:00:00Z                  RFC 3339, JavaScript's toISOString(), Java's Instant, Go
 *     2026-11-23t08:00:00z                  in small letters
 *     2026-11-23T08:00:00+01:00             an offset: Python's isoformat() of an aware time, Go, .NET
 *     2026-11-23T08:00:00+0100 and +01      without the colon (strftime %z), or of whole hours
 *     2026-11-23 08:00:00+01:00             a blank for the T (RFC 3339, section 5.6): Python's str()
 *     2026-11-23T08:00Z                     no seconds: Java's OffsetDateTime leaves them out when they are 0
 *     2026-11-23T08:00:00.123456789Z        a fraction of any length, what is beyond 7 digits cut off
 *     2026-11-23T08:00:00,5Z                with a comma (ISO 8601)
 *     2026-12-31T23:59:60Z                  a leap second, at the end of a day in UTC: the second after it
 *     2026-11-23T24:00:00Z                  the end of a day (ISO 8601): the beginning of the next
 *     0001-01-01T00:00:00Z                  no time, as if the member were absent: Go's zero time and .NET's
 *                                           DateTime.MinValue, the latter with any offset, or none
 *     1900-01-01T00:00:00Z                  no time as the stop of a session that runs; likewise 1970-01-01
 *
 * Not taken: a time without a zone (Python's naive isoformat(), MySQL), as nobody knows whose it is; the name of a
 * zone behind the offset ([Europe/Berlin], of Java's ZonedDateTime: toOffsetDateTime()); a space before the offset
 * (date --rfc-email and Ruby's to_s); seconds since 1970.
 *
 * CAVEATS, EACH WITH ITS FIX
 *
 * - Open a directory once per process, and share the js_database between threads. LMDB's locks are
 *   lost for the whole process when a second handle on the same files is closed: js_open() refuses to make one
 *   (JS_MISUSE), by whatever path it comes. What it cannot see is another LMDB in the process (py-lmdb say), a second
 *   copy of this library, or an open() of data.mdb, lock.mdb or put.queue: leave these files to the one handle.
 * - A database can be restored or moved while it is open. A reader sees the old one until it is opened again; a
 *   writer gets JS_REPLACED, and has to close the database, open it, and write again what was not JS_OK.
 * - A js_database does not survive fork(): in the child every call with it, or with a snapshot or transaction of
 *   it, returns JS_MISUSE, but js_snapshot_next(), js_list_next(), js_items_next() and js_document_read(), which do
 *   not look. Open it in the child. Closing and ending there what was inherited frees memory and leaves the parent's
 *   alone. (A child made by clone() or _Fork() is not noticed.)
 * - A snapshot keeps the pages it sees from being used again, so the file grows while it lives. End
 *   it soon; never wait for a network with one in hand.
 * - A process that is killed leaves its slot in the reader table until the next js_open() of
 *   anybody; nothing else is left behind. All processes must share one PID namespace: docker run
 *   --pid=container:NAME, podman pod create --share +pid, shareProcessNamespace: true in Kubernetes.
 * - Reading survives a data.mdb whose pages are damaged: it is checked page by page. So does writing: a
 *   transaction checks the pages it is about to change and gives JS_DAMAGED before it writes to one that is
 *   damaged. js_verify() tells whether all are sound, also those that nobody is about to change.
 * - Readers write to lock.mdb: they need write access to that file, and read access to data.mdb. Whoever makes a file
 *   gives it data.mdb's owner and group, or the directory's, as far as it may, and the mode 0660 whatever the umask.
 *   A directory that is mounted read-only while its file system is not is refused, for readers as well.
 *
 * ERRORS
 *
 * Every function that can fail returns a js_result and, where it takes one, fills a js_error with a
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

/** Version of the database's layout this library makes. It reads and writes those of earlier ones, too, as they are:
 * `jobsessions upgrade` makes one of them this. */
#define JS_FORMAT 2

/** Bytes one session may take in canonical JSON: 1 MiB. */
#define JS_SESSION_MAX (1024u * 1024u)

/** Bytes of a session's type. */
#define JS_TYPE_MAX 128

/** Room for the text of an id, its NUL included: of a number or a uuid. */
#define JS_ID_TEXT 37

/** The highest id that a caller can give to a session which is not stored yet: 2^63 - 1. */
#define JS_GIVEN_ID_MAX UINT64_C(9223372036854775807)

/** The highest usn that an import can bring: 2^53 - 1, as far as JavaScript and others who read numbers as doubles
 * tell them apart. */
#define JS_GIVEN_USN_MAX UINT64_C(9007199254740991)

/** Marks what the shared library exports. */
#define JS_API __attribute__((visibility("default")))

/** Marks functions whose result must not be ignored: it says whether anything was done. */
#define JS_MUST_CHECK __attribute__((warn_unused_result))

typedef enum js_result {
    JS_OK = 0,
    JS_END,         /**< a walk has reached its end */
    JS_NOT_FOUND,   /**< no session has that id */
    JS_INVALID,     /**< the session was refused; error.member names the member */
    JS_CONFLICT,    /**< an imported id or usn belongs to another session */
    JS_NO_DATABASE, /**< the directory or the database in it does not exist */
    JS_FORBIDDEN,   /**< file permissions, or a mount, keep this process out */
    JS_FOREIGN,     /**< the directory holds something that is not a job-session database */
    JS_NEWER,       /**< the database was made by a later version of this library */
    JS_FULL,        /**< the map or the disk is full; nothing was changed */
    JS_BUSY, /**< the reader table is full, its locks are destroyed, or others write for longer than
                        js_set_wait_limit() lets this one wait; try again */
    JS_DAMAGED, /**< the file is damaged at a place this call cannot do without */
    JS_SYSTEM,  /**< anything else: the message carries the cause */
    JS_REMOVED, /**< the session was removed, and a put does not bring it back */
    JS_RUNNING, /**< the session is not finished, and was to be removed only if it is */
    JS_AHEAD, /**< the usn was never given here, or removals behind it are forgotten: start from 0 */
    JS_REPLACED, /**< other files are in the database's place; close it, open it, write again */
    JS_MISUSE, /**< another process opened the database, and this one inherited it by fork(); or this one has it
                        open already; or a transaction is used by another thread, or begun within another one */
    JS_INTERRUPTED, /**< js_interrupt() has ended the wait for other writers; nothing was written */
    JS_FINISHED, /**< the session is finished, and there is nothing to stop, to sweep or to be alive for */
    JS_NOT_COUNTED /**< the database has no tables of counts yet: `jobsessions upgrade` makes them */
} js_result;

typedef struct js_error {
    js_result result;
    char member[128];  /**< dotted path of the refused member, e.g. backupJobInfo.policyId, or "" */
    char message[896]; /**< one line: what, where, what to do */
} js_error;

/** The version of the library that the program runs with, which may be a later one than JS_VERSION it was made with. */
JS_API const char *js_version(void);

/** A few words for a result, for who has no js_error; "unknown result" for one of a later version. */
JS_API const char *js_result_text(js_result result);

/** What languages need that do not read this header: the bytes of a js_error, for memory of the caller's, and its texts
 * once a call has filled it. */
JS_API size_t js_error_size(void);
JS_API const char *js_error_message(const js_error *error);
JS_API const char *js_error_member(const js_error *error);

typedef struct js_database js_database;
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
 * @return JS_OK; JS_NO_DATABASE, JS_FORBIDDEN, JS_FOREIGN, JS_NEWER, JS_FULL, JS_DAMAGED; JS_BUSY: all reader slots
 *         are in use, or another program keeps a lock file open whose locks are destroyed; JS_REPLACED:
 *         the files were exchanged for others again and again while they were opened; JS_MISUSE: this process has
 *         the database open already, by this path or another; JS_SYSTEM: also where
 *         there is too little address space, a process of another PID namespace has the same id, or a process has
 *         the database open by an LMDB with locks of another format
 */
JS_API JS_MUST_CHECK js_result js_open(const char *directory, js_mode mode,
                                       const js_options *options, js_database **database,
                                       js_error *error);

/**
 * Close a database. No snapshot and no transaction may be open. A transaction of this thread that is open all the same is
 * given up, as it would keep all writers waiting, and what is called with it returns JS_MISUSE; while another thread has
 * one open nothing is closed. NULL is allowed. In a child that has inherited it this frees memory and no more.
 */
JS_API void js_close(js_database *database);

/** The name of the file system below a directory where that is one of several machines, or a program's, on which LMDB's
 * locks and maps are not to be relied on: "NFS"; else, or where that cannot be told, NULL. */
JS_API const char *js_distant_file_system(const char *directory);

/**
 * Limit how long writers that use this handle wait for the transactions of others, threads and processes, to end.
 * Without a limit, as at first, they wait as long as it takes, since a killed writer's turn ends with it; one that was
 * stopped (SIGSTOP, a debugger) keeps it. A wait that is over gives JS_BUSY, and the message says which process or
 * thread has been writing, and since when, where that is known. Other programs than this library's that write to the
 * file (mdb_load) are waited for without a limit.
 * @param milliseconds  0: no limit. Holds for waits that begin later
 */
JS_API void js_set_wait_limit(js_database *database, unsigned milliseconds);

/** Whether another process, or another thread, has its turn to write at this moment. Who has much to write, in many
 * transactions, and can wait, begins the next when nobody has: then nobody stands in the queue. */
JS_API bool js_others_write(js_database *database);

/**
 * End all waits for other writers that are under way by this handle: each returns JS_INTERRUPTED within 20 ms. May be
 * called by any thread, and in a signal handler. A wait for another process that has no limit notices it only when
 * its thread gets a signal whose handler was installed without SA_RESTART: set a limit, a long one will do, where
 * another thread is to interrupt. A writer that has its turn already goes on.
 */
JS_API void js_interrupt(js_database *database);

/* ---- Writing ------------------------------------------------------------------------------- */

/**
 * Write one session and make it durable.
 *
 * Without `id` the session is created under the next id. With an `id` that exists, the object is a
 * JSON merge patch (RFC 7396) on the stored session; with one that does not, the session is created
 * under it, unless one was removed that had it. When a patch changes a time and brings no executionDuration, the duration is derived
 * anew; likewise localizedType when the type changes.
 *
 * Calls of many processes and threads that wait for each other are committed together, by whoever has the turn, and each
 * returns when its own session is on disk: sixteen that write without a pause reach several times the rate of one. For
 * that they leave sessions of up to 8000 bytes in the file put.queue beside data.mdb (FORMAT.md); where it cannot be
 * made, each commits its own. js_update() likewise. A wait whose limit is over, or that was interrupted, while somebody
 * is committing the session goes on until that is done.
 *
 * @param json    one JSON object, UTF-8, need not end in NUL
 * @param length  its bytes
 * @param id      receives the session's id, or under a uuid its number (js_id_text()); may be NULL
 * @return JS_OK; JS_INVALID: refused, nothing changed; JS_REMOVED: the session with that id was removed,
 *         nothing changed; JS_FORBIDDEN: opened with JS_READ; JS_BUSY, JS_INTERRUPTED: it was not its turn;
 *         JS_FULL, JS_DAMAGED, JS_REPLACED, JS_MISUSE; JS_SYSTEM: also where it is not known whether the session is
 *         stored, as the message says then: who was committing it has died, and the database or put.queue was
 *         replaced by hand or by an earlier version before anybody looked
 */
JS_API JS_MUST_CHECK js_result js_put(js_database *database, const char *json, size_t length,
                                      uint64_t *id, js_error *error);

/**
 * Update a session that is there, and make that durable: js_put() for whoever knows that the session was begun. A
 * late finish after a removal, or an id that was misread as 0, makes no session of what is an update.
 * @param json  one JSON object with the session's `id`
 * @param id    receives it; may be NULL
 * @return JS_OK; JS_NOT_FOUND: there is no session with that id, or it was removed; JS_INVALID: refused, also where
 *         there is no `id`; nothing changed either way; else as js_put()
 */
JS_API JS_MUST_CHECK js_result js_update(js_database *database, const char *json, size_t length,
                                         uint64_t *id, js_error *error);

/**
 * Begin a transaction: many sessions, one commit. Waits for the transaction of any other thread or process to
 * end (js_set_wait_limit()). It belongs to the calling thread: in another one every call with it returns JS_MISUSE and leaves it open,
 * and js_transaction_abort() does nothing. A second one, or js_put(), js_remove() or js_append(), in a thread that
 * has one open returns JS_MISUSE at once, as it would wait for itself. Readers are not held up by it and see nothing
 * of it before js_transaction_commit(). A thread that ends gives up what it has not ended; js_transaction_abort() of
 * any thread frees what is left of that then.
 * @return JS_OK; JS_BUSY: the limit of the wait is over, JS_INTERRUPTED: js_interrupt() has ended it; JS_FORBIDDEN:
 *         the database was opened with JS_READ; JS_FULL, JS_DAMAGED; JS_REPLACED: the files
 *         that are open are no longer those the directory leads to, open it again; JS_MISUSE or JS_SYSTEM
 */
JS_API JS_MUST_CHECK js_result js_transaction_begin(js_database *database,
                                                    js_transaction **transaction, js_error *error);

/**
 * js_put() within a transaction. After JS_INVALID and JS_REMOVED the transaction goes on as if the call had not
 * been made; after any other error only js_transaction_abort() is left. That the database was replaced
 * shows in js_transaction_commit().
 */
JS_API JS_MUST_CHECK js_result js_transaction_put(js_transaction *transaction, const char *json,
                                                  size_t length, uint64_t *id, js_error *error);

/** js_update() within a transaction, which goes on after JS_INVALID and JS_NOT_FOUND. */
JS_API JS_MUST_CHECK js_result js_transaction_update(js_transaction *transaction, const char *json,
                                                     size_t length, uint64_t *id, js_error *error);

/**
 * The number by which other calls know a session: that of a number is itself, that of a uuid is the next id, which it
 * took when it was created, so that the order of numbers is that of creation.
 * @param text  a number or a uuid in any case, as sessions have it
 * @return JS_OK, also for a session that was removed; JS_NOT_FOUND: no session has or had that uuid, or the one that
 *         has the number is named by a uuid; JS_INVALID: it is no id; JS_DAMAGED, JS_MISUSE, JS_SYSTEM
 */
JS_API JS_MUST_CHECK js_result js_transaction_find_id(js_transaction *transaction, const char *text,
                                                      size_t length, uint64_t *id, js_error *error);

/** The other way round: the text that names the session of a number, ended by NUL. @return as js_transaction_find_id()
 */
JS_API JS_MUST_CHECK js_result js_transaction_id_text(js_transaction *transaction, uint64_t id,
                                                      char text[JS_ID_TEXT], js_error *error);

/** What becomes of an imported session whose id is taken. */
typedef enum js_import_mode {
    JS_IMPORT_SAME, /**< the same session takes the place of what is stored: one that has the same type
                           and start time, or whose stored record is damaged; another one is refused */
    JS_IMPORT_MERGE,  /**< it takes the place of any, whose log and items go */
    JS_IMPORT_NEW_IDS /**< every session gets the next id and usn, as if it had been put */
} js_import_mode;

/**
 * Load a session as it was exported: `id` and `usn` are kept; a missing one is given by the store. For
 * restoring and moving databases. What stands in an export in the place of a damaged record is refused. An
 * element of a list of changes that says `deleted` is taken as what it says: the session is removed, under the usn
 * it gives or, where that is another's or older than what is stored, under the next one. A session without a status,
 * as earlier versions stored them, is taken when it brings both id and usn.
 * @param replaced  receives whether a stored session was replaced; may be NULL
 * @return as js_transaction_put(), but for JS_REMOVED: an import brings a removed session back;
 *         JS_CONFLICT: the id or the usn belongs to another session, nothing changed
 */
JS_API JS_MUST_CHECK js_result js_transaction_import(js_transaction *transaction, const char *json,
                                                     size_t length, js_import_mode mode,
                                                     bool *replaced, uint64_t *id, js_error *error);

/**
 * Make everything the transaction did durable and visible, and end it, whatever the result.
 * @return JS_OK; JS_FULL, JS_SYSTEM or JS_DAMAGED: nothing of it was kept; JS_REPLACED: a restore or a move has put
 *         other files in the database's place, and what was written is not in those; JS_MISUSE: it is the
 *         parent's, which goes on with it, or another thread's, in which it stays open
 */
JS_API JS_MUST_CHECK js_result js_transaction_commit(js_transaction *transaction, js_error *error);

/** Which sessions may be removed. */
typedef enum js_removal {
    JS_REMOVE_FINISHED, /**< not one whose worker will write to it again: of the status Pending, Running,
                             RunningWithError, RunningWithWarning or Canceling */
    JS_REMOVE_ANY
} js_removal;

/**
 * Remove a session with its log and items. Its id stays used and a tombstone with a usn of its own
 * stays for those who follow changes.
 * @return JS_OK; JS_NOT_FOUND, JS_RUNNING: nothing changed; else as js_transaction_put()
 */
JS_API JS_MUST_CHECK js_result js_transaction_remove(js_transaction *transaction, uint64_t id,
                                                     js_removal removal, js_error *error);

/**
 * Take away what is left of a removed session. Who follows changes and has not come as far as its usn is told to start
 * again from 0 from then on (JS_AHEAD), unless it began from nothing later (js_list_begin_changes()). To be called in the
 * order of usns, for those that are old: js_snapshot_next_removal() finds them.
 * @param usn  of the removal
 * @return JS_OK; JS_NOT_FOUND: no removal has that usn; JS_INVALID: the database has to be renumbered first; in both
 *         cases nothing changed; else as js_transaction_put()
 */
JS_API JS_MUST_CHECK js_result js_transaction_forget(js_transaction *transaction, uint64_t usn,
                                                     js_error *error);

/** What a session has a list of, beside its own members; js_item_list() is what each is called. */
typedef enum js_item_kind {
    JS_LOG, /**< objects with logTime, status, message, resourceHashId (string <= 1024), executionStartTime,
                 executionDuration */
    JS_PROTECTED_ITEMS, /**< this and the following: objects with a name, or else a resource.displayName or a
                             filePath, and what else is known */
    JS_DELETED_ITEMS,
    JS_RESTORED_ITEMS,
    JS_FILE_LEVEL_RESTORED_ITEMS,
    JS_CHECKED_ITEMS, /**< by a health check */
    JS_RESTORED_DATABASES,
    JS_FILE_LEVEL_RESTORED_FILE_SHARE_ITEMS,
    JS_VNET_RESTORED_ITEMS, /**< of a virtual network */
    JS_RESTORED_COSMOS_DB_ACCOUNTS,
    JS_ITEM_KINDS
} js_item_kind;

/** The name of a list, such as "protectedItems": as paths and dumps have it; NULL: there is no such list. */
JS_API const char *js_item_list(js_item_kind kind);

/**
 * Append an item to one of a session's lists. Items stay in the order they came, and updates of the
 * session leave them alone.
 * @return JS_OK; JS_NOT_FOUND: there is no such session; JS_INVALID: the item was refused, or there is no such
 *         list; else as js_transaction_put()
 */
JS_API JS_MUST_CHECK js_result js_transaction_append(js_transaction *transaction, uint64_t id,
                                                     js_item_kind kind, const char *json,
                                                     size_t length, js_error *error);

/** js_transaction_remove() and js_transaction_append() with a transaction of their own. */
JS_API JS_MUST_CHECK js_result js_remove(js_database *database, uint64_t id, js_removal removal,
                                         js_error *error);
JS_API JS_MUST_CHECK js_result js_append(js_database *database, uint64_t id, js_item_kind kind,
                                         const char *json, size_t length, js_error *error);

/**
 * Give the database a new identity: it was restored, and who follows its changes has to begin anew.
 * @return JS_OK or JS_SYSTEM
 */
JS_API JS_MUST_CHECK js_result js_transaction_renew(js_transaction *transaction, js_error *error);

/** End a transaction and forget what it did, in the thread that began it: in others it stays open. NULL is allowed. */
JS_API void js_transaction_abort(js_transaction *transaction);

/* ---- Stopping ------------------------------------------------------------------------------ */

/** Bytes of the name of who asks that a session be stopped, its NUL included; what is longer is cut off. */
#define JS_STOP_USER_MAX 256

/** Who asks that a session be stopped, and when. */
typedef struct js_stop_request {
    char user[JS_STOP_USER_MAX]; /**< UTF-8 on one line; "": nobody was named */
    char time[40];               /**< date and time, in UTC */
} js_stop_request;

/**
 * See whether somebody asks that a session be stopped. Requests are files in a directory beside the database, where
 * httpd puts them (JobSessionsStopRequests), as it never writes to the database itself; they are those to this
 * database alone, and to none that was restored in its place. Costs a few system calls: once a second for each of
 * thousands of sessions is no load. Does not write to the database; a request to a session that is finished, or was
 * removed, is thrown away.
 * @param database   opened in either mode
 * @param directory  that of the requests
 * @param request    receives who asks, and when
 * @return JS_OK: it is to be stopped; JS_NOT_FOUND: nobody asks that; JS_FORBIDDEN or JS_SYSTEM: the directory, or a
 *         file in it, cannot be used; else as js_get()
 */
JS_API JS_MUST_CHECK js_result js_stop_requested(js_database *database, const char *directory,
                                                 uint64_t id, js_stop_request *request,
                                                 js_error *error);

/**
 * js_stop_requested(), and take up what is asked: the session's status becomes Canceling and its log gets a line that
 * says who asked, in one transaction; then the request is gone. The worker goes on to stop, and writes Canceled when it
 * has. Whoever is killed in between finds the request, or the status Canceling, when it looks again.
 * @return as js_stop_requested() and js_put(). After JS_NOT_FOUND nothing was written
 */
JS_API JS_MUST_CHECK js_result js_stop_take(js_database *database, const char *directory,
                                            uint64_t id, js_stop_request *request, js_error *error);

/* ---- Whose worker is gone ------------------------------------------------------------------ */

/*
 * A worker that is killed leaves its session Running. So each put and append to a session that is not finished notes
 * who made it: the process that has the database open, by its id, when it began, its namespaces and the boot of the
 * machine. `jobsessions sweep` closes the sessions of those that are gone, and never one whose process lives. An import
 * notes nobody, and a restored database has forgotten all: their workers are of another life.
 *
 * A program that ends after each change, as scripts have it, is no worker: let it call js_set_worker() with 0, or with
 * the id of the process that lives as long as the session runs. The tool notes nobody unless it is told (--worker).
 *
 * A session that was swept is finished. Its worker can only write to it then if it was quiet for as long as somebody
 * told `sweep --quiet-for`, and nobody could see it. What it writes is taken as any other change, so nothing is lost:
 * a status takes the place of that of the sweep, whose line stays in the log.
 */

/** For js_set_worker(): the process that has the database open. */
#define JS_WORKER_SELF (-1L)

/**
 * Say who writes by this handle, from the next change on. To be called before other threads write by it.
 * @param process  JS_WORKER_SELF, as at first; 0: nobody is noted; else the id of another process, such as the script
 *                 that called this one
 * @return JS_OK; JS_NOT_FOUND: there is no such process, or /proc does not tell, and nobody is noted; JS_MISUSE
 */
JS_API JS_MUST_CHECK js_result js_set_worker(js_database *database, long process, js_error *error);

/**
 * Say that the worker of a session lives, though it has had nothing to write for long: for who is in another PID
 * namespace, or not noted, as `sweep --quiet-for` goes by time there. Changes nothing that readers see, and costs a
 * commit; when the worker was heard of in the last ten seconds, not even that. Once a minute is enough.
 * @return JS_OK; JS_NOT_FOUND: there is no such session; JS_FINISHED: it is finished, or was swept; else as js_put()
 */
JS_API JS_MUST_CHECK js_result js_heartbeat(js_database *database, uint64_t id, js_error *error);

/** What is known of a session's worker. */
typedef enum js_worker_state {
    JS_WORKER_UNKNOWN, /**< nobody has told who writes the session */
    JS_WORKER_LIVES,
    JS_WORKER_GONE,
    JS_WORKER_HIDDEN /**< it is of another PID or time namespace: whether it lives cannot be told from here */
} js_worker_state;

typedef struct js_worker {
    js_worker_state state;
    long process;   /**< its id; 0: unknown */
    char heard[40]; /**< when it was last heard of, date and time in UTC; "": never */
    char what[112]; /**< a few words on it, such as "process 17 has ended" */
} js_worker;

/** Which sessions are swept, and what becomes of them. */
typedef struct js_sweep {
    const char *status; /**< a status of what is finished, in any case; NULL: Failed */
    int64_t
        quiet_for; /**< seconds after which also those are swept of whose worker nothing is known, or which is
                             hidden; negative: never */
} js_sweep;

/**
 * Close a session whose worker is gone, as it is found within the transaction: it gets the status, for its
 * executionStopTime the moment its worker was last heard of, and a line in its log that says why. A session of which
 * nobody knows who writes it is noted where it was not yet: it has been quiet since then.
 * @param worker  receives what is known of its worker; may be NULL
 * @return JS_OK: it was closed; JS_RUNNING: it is left as it is, since its worker lives, or may; JS_FINISHED: it is
 *         finished, and a note that an earlier version has left was removed; JS_NOT_FOUND: likewise, and there is no such
 *         session; the transaction goes on after all of these. JS_INVALID: no status of what is finished; else as
 *         js_transaction_put()
 */
JS_API JS_MUST_CHECK js_result js_transaction_sweep(js_transaction *transaction, uint64_t id,
                                                    const js_sweep *sweep, js_worker *worker,
                                                    js_error *error);

/* ---- Reading one session ------------------------------------------------------------------- */

/**
 * Copy a session as it is stored now, by a handle of either mode. Within a transaction of one's own this does not see
 * what that has written. jobsessions_read.h has the rest of reading.
 * @param json    receives canonical JSON, ended by NUL, when all of it fits
 * @param size    bytes of json; JS_SESSION_MAX + 1 are enough for any session
 * @param length  receives the session's bytes without the NUL, also where there is too little room; may be NULL
 * @return JS_OK; JS_NOT_FOUND; JS_INVALID: too little room; JS_DAMAGED: the record, or the way to it; JS_BUSY, JS_MISUSE
 *         or JS_SYSTEM
 */
JS_API JS_MUST_CHECK js_result js_get(js_database *database, uint64_t id, char *json, size_t size,
                                      size_t *length, js_error *error);

/** js_transaction_find_id() for who has no transaction, by a handle of either mode. @return as that, and as js_get() */
JS_API JS_MUST_CHECK js_result js_find_id(js_database *database, const char *text, size_t length,
                                          uint64_t *id, js_error *error);

/** The text that names the session of a number, such as js_put() gives, ended by NUL: its uuid where it has one. Where
 * that cannot be looked up it is the number's, as what was written is no failure for that. */
JS_API void js_id_text(js_database *database, uint64_t id, char text[JS_ID_TEXT]);

/* ---- Reading many -------------------------------------------------------------------------- */

/*
 * Which sessions is said by a text, as in the query string of the API, such as "status=Running,Warning&limit=10". All
 * that is given must hold; NULL and "" are all sessions. Names are taken in any case, each once but for the first two:
 *
 *     status      one or several, with commas between
 *     types       likewise
 *     policyId    uuid of the backup policy
 *     filter      its name, where * stands for any text
 *     fromUtc     start time, this one and later: a date and time; a day alone is its beginning
 *     toUtc       start time, this one and earlier
 *     resourceId  of what a session has protected
 *     limit       at most so many
 *
 * Values are UTF-8, in which & + and % have to be percent-encoded, and anything else may be; a + is a blank. What else is
 * named, or has no value, is refused, and error.member tells which.
 */

/** Sessions that a query has found. */
typedef struct js_sessions js_sessions;

/**
 * Begin to read the sessions that a query wants, newest first, by a handle of either mode: as they are stored, and
 * without what an open transaction of one's own has written. They are copied by some thousands at a time, so that who
 * reads slowly, or never goes on, does not keep the database from using its space again; a session that changes
 * meanwhile is met at most once, and one that is there and matches throughout is met.
 * @param query     see above; NULL: all
 * @param sessions  receives them, NULL after an error; give them back with js_sessions_end(). Used by one thread at a
 *                  time
 * @return JS_OK; JS_INVALID: the query was refused; JS_DAMAGED: the index is; JS_BUSY, JS_MISUSE or JS_SYSTEM
 */
JS_API JS_MUST_CHECK js_result js_sessions_begin(js_database *database, const char *query,
                                                 js_sessions **sessions, js_error *error);

/**
 * The next one. In the place of one that is damaged on disk comes {"id":"7","damaged":true}. Not to be called when the
 * database was closed.
 * @param json    receives its canonical JSON, ended by NUL, which holds until the next call
 * @param length  receives its bytes without the NUL
 * @return JS_OK; JS_END: there are no more; else as js_sessions_begin(), and another call tries again
 */
JS_API JS_MUST_CHECK js_result js_sessions_next(js_sessions *sessions, const char **json,
                                                size_t *length, js_error *error);

/** Give back what js_sessions_begin() has given, also after the database was closed. NULL is allowed. */
JS_API void js_sessions_end(js_sessions *sessions);

/**
 * Count the sessions that js_sessions_next() would hand out.
 * @param count  receives it; 0 after an error
 * @return as js_sessions_begin()
 */
JS_API JS_MUST_CHECK js_result js_sessions_count(js_database *database, const char *query,
                                                 uint64_t *count, js_error *error);

#ifdef __cplusplus
}
#endif

#endif
