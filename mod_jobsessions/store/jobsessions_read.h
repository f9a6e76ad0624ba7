/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file jobsessions_read.h
 * Reading a job-session database: what httpd's module and the tool `jobsessions` are made of. Workers need
 * jobsessions.h alone.
 *
 * HOW TO START
 *
 *     js_snapshot *snapshot;
 *     js_session session;
 *
 *     if (js_snapshot_begin(database, &snapshot, &error) == JS_OK) {
 *         while (js_snapshot_next(snapshot, &session) == JS_OK) {
 *             if (session.damage == NULL) {
 *                 printf("%.*s\n", (int)session.length, session.json);
 *             }
 *         }
 *         js_snapshot_end(snapshot);
 *     }
 *
 * MEMORY
 *
 * A snapshot is the library's, as is a dump. A list, a page of items and a document live in memory of the caller's, of
 * the size that js_list_size(), js_items_size() or js_document_size() tells, aligned for any type: from
 * malloc(), or from the pool of a request. They hold no resources but what js_document_end() gives back.
 * What one is made from must outlive it: the database its snapshots, the snapshot its lists and items,
 * those their documents.
 */
#ifndef JOBSESSIONS_READ_H
#define JOBSESSIONS_READ_H

#include "jobsessions.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where the API is mounted unless the caller says otherwise. */
#define JS_DEFAULT_MOUNT "/api/v1/jobSessions"

typedef struct js_snapshot js_snapshot;

/** One session as a snapshot sees it. Pointers hold until the snapshot ends. */
typedef struct js_session {
    uint64_t id;          /**< its number; js_snapshot_id_text() tells its text */
    const char *json;     /**< canonical JSON without _links, not ended by NUL; NULL when damaged */
    size_t length;        /**< bytes of json; for a damaged record the bytes it was stored with */
    const char *damage;   /**< NULL, or what is wrong with the record on disk */
    uint64_t deleted_usn; /**< in a list of changes: not 0, the usn of the session's removal */
} js_session;

/** What is known before the first record is read. */
typedef struct js_totals {
    uint64_t count;      /**< sessions */
    uint64_t json_bytes; /**< canonical JSON of all sessions */
    uint64_t id_digits;  /**< bytes of the texts of all ids */
    uint64_t usn;        /**< the last usn given */
    uint64_t highest_id; /**< the highest id ever given; UINT64_MAX when that is not known */
    uint64_t items;      /**< of all logs and lists, as far as LMDB counts them */
    uint64_t removed;    /**< sessions that left a tombstone, likewise */
} js_totals;

/** Room for js_snapshot_version(), its NUL included. */
#define JS_VERSION_TEXT 64

/**
 * Begin a snapshot: the database as it is now, whatever is written meanwhile. A snapshot is used by
 * one thread at a time, not always the same. Ended snapshots are kept for the next caller, so
 * that in the steady state nothing is allocated.
 * @return JS_OK, JS_BUSY, JS_DAMAGED, JS_MISUSE or JS_SYSTEM
 */
JS_API JS_MUST_CHECK js_result js_snapshot_begin(js_database *database, js_snapshot **snapshot,
                                                 js_error *error);

/** End a snapshot. NULL is allowed. In a child that has inherited it this leaves the parent's as it is. */
JS_API void js_snapshot_end(js_snapshot *snapshot);

/** How many transactions have been committed since the snapshot began: while there are none, keeping it
 * costs nothing. May be called while another thread uses the snapshot. */
JS_API uint64_t js_snapshot_age(const js_snapshot *snapshot);

/** @return JS_OK; JS_DAMAGED when neither the counters nor the index can be read; JS_MISUSE */
JS_API JS_MUST_CHECK js_result js_snapshot_totals(js_snapshot *snapshot, js_totals *totals,
                                                  js_error *error);

/** The format of the database: JS_FORMAT, or an earlier one, which js_upgrade_begin() makes it. */
JS_API unsigned js_snapshot_format(const js_snapshot *snapshot);

/**
 * A text that changes whenever anything in the database does, and that no other database has: for
 * entity tags. @return false when the counters are damaged
 */
JS_API JS_MUST_CHECK bool js_snapshot_version(const js_snapshot *snapshot,
                                              char text[JS_VERSION_TEXT]);

/** Room for js_snapshot_identity(), its NUL included. */
#define JS_IDENTITY_TEXT 33

/** Room for js_snapshot_history(), its NUL included. */
#define JS_HISTORY_TEXT (JS_IDENTITY_TEXT + 21)

/** What who follows changes from nothing has to remember beside its usn, and to give to js_list_begin_changes(): the
 * identity, and once removals were forgotten, up to which usn they are. @return false when the counters are damaged */
JS_API JS_MUST_CHECK bool js_snapshot_history(const js_snapshot *snapshot,
                                              char text[JS_HISTORY_TEXT]);

/** Whether a text is one that js_snapshot_history() gives, of any database; hexadecimal digits in any case. */
JS_API JS_MUST_CHECK bool js_history_is_valid(const char *text);

/** The usn up to which removals may be forgotten, by js_transaction_forget(); 0: none is. */
JS_API uint64_t js_snapshot_forgotten(const js_snapshot *snapshot);

/** What is left of a session that was removed. */
typedef struct js_removed {
    uint64_t usn;
    uint64_t id;  /**< the number */
    int64_t time; /**< of the removal, as from js_time_parse(); JS_NO_TIME: not known */
} js_removed;

/** Find the removal of the lowest usn above `after`. @return JS_OK; JS_END: there is none; JS_DAMAGED */
JS_API JS_MUST_CHECK js_result js_snapshot_next_removal(js_snapshot *snapshot, uint64_t after,
                                                        js_removed *removed);

/** The database's identity, in hexadecimal digits: made with the database, and made anew when it is restored, so
 * that who follows its changes can tell. @return false when the counters are damaged */
JS_API JS_MUST_CHECK bool js_snapshot_identity(const js_snapshot *snapshot,
                                               char text[JS_IDENTITY_TEXT]);

/** What the database takes in its file. */
typedef struct js_space {
    uint64_t page_size;  /**< bytes */
    uint64_t pages;      /**< of the file, as far as LMDB has used it */
    uint64_t free_pages; /**< of them: what is written next goes there first */
    uint64_t map_size;   /**< bytes the file may grow to, for this process */
} js_space;

/** Count the pages of a snapshot. @return JS_OK; JS_DAMAGED: the list of free pages cannot be read; JS_MISUSE */
JS_API JS_MUST_CHECK js_result js_snapshot_space(const js_snapshot *snapshot, js_space *space,
                                                 js_error *error);

/** A slot of the reader table that a process has taken. */
typedef struct js_reader {
    int process;  /**< its id */
    bool reading; /**< it has a snapshot now; else the slot is kept for the next one */
    uint64_t age; /**< of its snapshot: transactions that were committed since it began */
} js_reader;

/** Is told of a reader; baton is the caller's. */
typedef void js_reader_report(void *baton, const js_reader *reader);

/**
 * Tell of all readers, as they are now; those of killed processes stay in the table until somebody opens the database.
 * @return JS_OK, JS_MISUSE or JS_SYSTEM
 */
JS_API JS_MUST_CHECK js_result js_readers(js_database *database, js_reader_report *report,
                                          void *baton, js_error *error);

/** Look one session up. @return JS_OK (look at session->damage), JS_NOT_FOUND, JS_DAMAGED or JS_MISUSE */
JS_API JS_MUST_CHECK js_result js_snapshot_get(js_snapshot *snapshot, uint64_t id,
                                               js_session *session);

/** Whether a session has protected a resource, as js_list_begin_of() says. @return JS_OK, JS_NOT_FOUND: it has not, or
 * there is no such session; or JS_MISUSE */
JS_API JS_MUST_CHECK js_result js_snapshot_find_resource(js_snapshot *snapshot, uint64_t id,
                                                         const char *resource, js_error *error);

/**
 * Walk all sessions, newest (highest id) first; js_snapshot_rewind() starts the walk again. A
 * damaged record is handed out as such, with its id and length, and the walk goes on.
 * @return JS_OK, JS_END, or JS_DAMAGED: neither the sessions nor the index lead any further
 */
JS_API JS_MUST_CHECK js_result js_snapshot_next(js_snapshot *snapshot, js_session *session);
JS_API void js_snapshot_rewind(js_snapshot *snapshot);

/**
 * Go on with the walk behind a session, as if it and those before it that were not handed out yet had been.
 * @param count  of those
 * @param last   its id
 */
JS_API void js_snapshot_pass(js_snapshot *snapshot, uint64_t count, uint64_t last);

/** The id that the walk has handed out last; not to be asked before it has. */
JS_API uint64_t js_snapshot_last(const js_snapshot *snapshot);

/* ---- Ranges -------------------------------------------------------------------------------- */

/** Ids in a range: from a multiple of it on. */
#define JS_RANGE_IDS 4096

/** The sessions that a snapshot has in a range of ids. */
typedef struct js_range {
    uint64_t number; /**< of the range: its first id by JS_RANGE_IDS */
    uint64_t count;  /**< sessions, at least one */
    uint64_t last;   /**< the lowest id of them */
    uint64_t
        hash; /**< in the same database another one when any of them was added, removed or written */
} js_range;

/** A walk over ranges, by the index alone. It is in the way of a list of the same snapshot. */
typedef struct js_ranges js_ranges;

/** Bytes of memory that a walk over ranges needs. */
JS_API size_t js_ranges_size(void);

/** Begin with the highest ids. Allocates nothing. @param ranges  memory of js_ranges_size() bytes */
JS_API void js_ranges_begin(js_ranges *ranges, js_snapshot *snapshot);

/** The next range that has sessions. @return JS_OK, JS_END or JS_DAMAGED: the index leads no further */
JS_API JS_MUST_CHECK js_result js_ranges_next(js_ranges *ranges, js_range *range);

/** The checksum by which records are sealed, CRC-32C; of nothing it is 0. */
JS_API uint32_t js_checksum(const void *bytes, size_t length);

/* ---- Stopping ------------------------------------------------------------------------------ */

/**
 * Ask that a session be stopped, of the worker that looks by js_stop_requested(). The request is a file, on disk when
 * this returns; asking again changes nothing, nor does asking of a session that is Canceling. What is left of
 * sessions that are finished or were removed is thrown away by the way, and after a day what is another database's.
 * @param database   in either mode; it is not written to
 * @param directory  where requests are put; it has to be there
 * @param user       who asks; control characters become question marks; "": nobody
 * @return JS_OK; JS_NOT_FOUND: no session has that id; JS_FINISHED: it has ended; JS_FORBIDDEN, JS_FULL or JS_SYSTEM:
 *         the file cannot be made; JS_DAMAGED: the session cannot be looked up; else as
 *         js_snapshot_begin()
 */
JS_API JS_MUST_CHECK js_result js_stop_ask(js_database *database, const char *directory,
                                           uint64_t id, const char *user, js_error *error);

/* ---- Workers ------------------------------------------------------------------------------- */

/**
 * What is known of the worker of a session that is not finished: as the snapshot has it, and processes are now.
 * @return JS_OK; JS_FINISHED: it is finished; JS_NOT_FOUND: there is no such session; JS_DAMAGED; JS_MISUSE
 */
JS_API JS_MUST_CHECK js_result js_snapshot_worker(js_snapshot *snapshot, uint64_t id,
                                                  js_worker *worker);

/**
 * The first id from one on whose worker is noted, though its session is finished or gone: what an earlier version has
 * left, for js_transaction_sweep() to remove.
 * @return JS_OK; JS_END: there is none; JS_DAMAGED; JS_MISUSE
 */
JS_API JS_MUST_CHECK js_result js_snapshot_left_worker(js_snapshot *snapshot, uint64_t from,
                                                       uint64_t *id);

/* ---- Copies -------------------------------------------------------------------------------- */

/**
 * Copy all of a database as a snapshot has it: sessions, logs, items, removals, counters and identity. Free pages are
 * left out, and what was removed. Each page is checked before it is followed; what it holds is not, which
 * js_verify() does.
 * @param directory  an existing one; data.mdb is made in it, for its owner alone, and is on disk afterwards
 * @return JS_OK; JS_DAMAGED, JS_FULL, JS_FORBIDDEN, JS_MISUSE or JS_SYSTEM: no data.mdb was made
 */
JS_API JS_MUST_CHECK js_result js_copy(const js_snapshot *snapshot, const char *directory,
                                       js_error *error);

/* ---- Dumps --------------------------------------------------------------------------------- */

/** What a dump has. */
typedef struct js_dump_totals {
    uint64_t types; /**< of sessions, those that no session has any more included */
    uint64_t sessions;
    uint64_t items; /**< of all logs and lists */
    uint64_t removed;
    uint64_t damaged;                /**< what was said of damage when it was made, and left out */
    char identity[JS_IDENTITY_TEXT]; /**< of the database it is of */
} js_dump_totals;

/** Is told of a fault in a database; text is one line. */
typedef void js_fault_report(void *baton, const char *text);

/**
 * All that a snapshot has, as text: a header, a line of JSON for each record, in the order of ids, and an end
 * that tells a dump that is whole from one that is not. FORMAT.md has the lines.
 */
typedef struct js_dump js_dump;

/**
 * Begin a dump. It takes memory for a line and for the names of types, however many sessions there are.
 * @param report  called for each record that is damaged, and left out
 * @param dump    receives it; give it back with js_dump_end()
 * @return JS_OK; JS_DAMAGED: the counters are, so that it is not known which ids were given; JS_MISUSE; JS_SYSTEM:
 *         there is too little memory
 */
JS_API JS_MUST_CHECK js_result js_dump_begin(js_snapshot *snapshot, js_fault_report *report,
                                             void *baton, js_dump **dump, js_error *error);

/**
 * The next line, without a line feed; it holds until the next call.
 * @return JS_OK; JS_END: the dump is complete; JS_DAMAGED: the index leads no further; JS_SYSTEM: there is too
 *         little memory. Without JS_END it has no end, and js_load_end() refuses it
 */
JS_API JS_MUST_CHECK js_result js_dump_next(js_dump *dump, const char **line, size_t *length);

/** What has been handed out so far. */
JS_API const js_dump_totals *js_dump_get_totals(const js_dump *dump);

/** End a dump, before its snapshot. NULL is allowed. */
JS_API void js_dump_end(js_dump *dump);

/** A dump on its way into a new database. */
typedef struct js_load js_load;

/**
 * Begin to load a dump. What is loaded is committed as it comes: a database that was not loaded to its end is none,
 * and has to be thrown away. It gets an identity of its own.
 * @param database  one that was just made, opened with JS_WRITE; nobody else may write to it
 * @param load      receives it; give it back with js_load_end() or js_load_abort()
 * @return JS_OK; JS_CONFLICT: the database is not empty; else as js_transaction_begin()
 */
JS_API JS_MUST_CHECK js_result js_load_begin(js_database *database, js_load **load,
                                             js_error *error);

/**
 * Take a line of a dump. Every record has to be to the byte what js_dump_next() makes of it.
 * @param line  without a line feed
 * @return JS_OK; JS_INVALID: it was refused; else as js_transaction_put() and js_transaction_commit(). After any
 *         error only js_load_abort() is left
 */
JS_API JS_MUST_CHECK js_result js_load_line(js_load *load, const char *line, size_t length,
                                            js_error *error);

/**
 * End a load, whatever the result: the database has what the other one had, and goes on with ids and usns where that
 * stood. js_verify() tells whether it is sound: a dump is not, whose database was not.
 * @param totals  receives what was loaded; may be NULL
 * @return JS_OK; JS_INVALID: the dump's end is missing; else as js_transaction_commit()
 */
JS_API JS_MUST_CHECK js_result js_load_end(js_load *load, js_dump_totals *totals, js_error *error);

/** Give a load up. NULL is allowed. */
JS_API void js_load_abort(js_load *load);

/** What js_transaction_renumber() has changed. */
typedef struct js_renumbered {
    uint64_t ids;  /**< sessions that got another id, their logs and items with them */
    uint64_t usns; /**< changes, removals among them, that got another usn */
} js_renumbered;

/** Is told of each session that gets another id; baton is the caller's. */
typedef void js_renumber_report(void *baton, uint64_t before, uint64_t after);

/**
 * Mend a database in which one wrong number ends writing for everybody, as earlier versions took any: sessions with
 * an id above JS_GIVEN_ID_MAX get the ids behind the highest of the others, changes with a usn above 2^52, which no
 * database counts up to, the usns behind the others', in their order. The database gets another identity, as who
 * follows its changes has to begin anew. Nothing is changed where there are no such numbers.
 * @return JS_OK; JS_CONFLICT: there are no ids behind the others; JS_DAMAGED: a session that is to be changed, or one
 *         of its items, is damaged; else as js_transaction_put(). After any error only js_transaction_abort() is left
 */
JS_API JS_MUST_CHECK js_result js_transaction_renumber(js_transaction *transaction,
                                                       js_renumber_report *report, void *baton,
                                                       js_renumbered *done, js_error *error);

/* ---- Repair -------------------------------------------------------------------------------- */

/**
 * What can be saved of a snapshot that is damaged, as lines of a dump that js_load_line() takes: all sessions and items
 * whose seals fit, wherever one of the tables leads to them, and the removals that one of the two tables of them
 * knows. Index, counters, types and the order of start times are made anew by who loads it. A session that is known and
 * not whole is among the removed, so that its id stays used; an import brings it back.
 */
typedef struct js_salvage js_salvage;

/**
 * Copy the data.mdb of a directory that is so damaged that it cannot be opened, to one that can be, for
 * js_salvage_begin(): pages that are missing are zeros, and one of the two meta pages, which say where everything is,
 * stands for both. Nobody may write to it meanwhile.
 * @param to    a directory without a data.mdb
 * @param back  0: as the newest meta page has it that is whole; 1: as the one before, by a commit, where the newest
 *              leads nowhere
 * @return JS_OK; JS_DAMAGED: there is no such meta page; JS_SYSTEM: a file cannot be read or written. What was made of
 *         the copy is left in `to`
 */
JS_API JS_MUST_CHECK js_result js_salvage_copy(const char *directory, const char *to, unsigned back,
                                               js_error *error);

/**
 * Look at everything, and begin. It takes some 70 bytes of memory a session.
 * @param report     called for each fault
 * @param set_aside  called with a line of JSON for each session or item that cannot be saved, and for each item of such
 *                   a session: {"session":"7","why":…,"text":…}, {"session":"7","list":"log","number":3,"item":{…}}.
 *                   text is the JSON as it can be read; bytes, in hexadecimal digits, all that is stored where that is
 *                   no text
 * @param salvage    receives it; give it back with js_salvage_end()
 * @return JS_OK; JS_MISUSE; JS_SYSTEM: there is too little memory
 */
JS_API JS_MUST_CHECK js_result js_salvage_begin(js_snapshot *snapshot, js_fault_report *report,
                                                js_fault_report *set_aside, void *baton,
                                                js_salvage **salvage, js_error *error);

/** The next line, as js_dump_next(). JS_DAMAGED: what could be read before no longer can. */
JS_API JS_MUST_CHECK js_result js_salvage_next(js_salvage *salvage, const char **line,
                                               size_t *length);

/** What has been handed out so far; damaged is how many faults were told. */
JS_API const js_dump_totals *js_salvage_get_totals(const js_salvage *salvage);

/** End it, before its snapshot. NULL is allowed. */
JS_API void js_salvage_end(js_salvage *salvage);

/* ---- Upgrades ------------------------------------------------------------------------------ */

/** Whether a database has all that this version makes of one, or has begun to: false is what js_upgrade_begin() is for. */
JS_API bool js_snapshot_is_upgraded(const js_snapshot *snapshot);

/**
 * Make a database of an earlier format, or one without counts, one that has all of FORMAT.md, but for what
 * js_upgrade_step() does. It is for a copy that nobody else has open, and that takes the place of the database while
 * writers wait: earlier libraries look at what they may write to when they open one, and not again.
 * @param database  opened with JS_WRITE
 * @return JS_OK, also where it has all of that already; else as js_transaction_begin() and js_transaction_commit()
 */
JS_API JS_MUST_CHECK js_result js_upgrade_begin(js_database *database, js_error *error);

/**
 * Do some more of an upgrade that was begun, in a transaction of its own; others read and write in between. Whoever
 * was killed goes on where the last one that was JS_OK has come to.
 * @param database  opened with JS_WRITE
 * @return JS_OK: there is more to do; JS_END: there is nothing to do any more; else as js_transaction_begin() and
 *         js_transaction_commit()
 */
JS_API JS_MUST_CHECK js_result js_upgrade_step(js_database *database, js_error *error);

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
    const char *const *types; /**< in any case, as js_types_order() leaves them; or NULL */
    size_t type_count;
    uint32_t statuses; /**< bits from js_status_bit(); 0: any */
    bool
        other_types; /**< with `types`: and those that the vendor's v8.1 does not have, which are Unknown there */
    const uint8_t *policy;   /**< 16 bytes of a uuid, or NULL */
    const char *policy_name; /**< pattern from js_pattern_make(), or NULL */
    int64_t from, to;        /**< start time, both included, from js_time_parse(); or JS_NO_TIME */
    uint64_t highest_id;     /**< no session above it; UINT64_MAX: any */
} js_filter;

/** A place in the order of ids: it stays where it is, whatever comes, goes or changes before it. */
typedef enum js_place {
    JS_PLACE_NONE,
    JS_PLACE_BEFORE_ID, /**< the page has only ids below place_id */
    JS_PLACE_AFTER_ID   /**< only ids above it */
} js_place;

/** A filter, an order and a page of it. */
typedef struct js_query {
    js_filter filter;
    js_sort sort;
    bool ascending;
    uint64_t offset;
    uint64_t limit; /**< or JS_NO_LIMIT */
    js_place
        place; /**< of an order by id, instead of the offset: the page is next to this place, behind it
                         or, where what it names comes earlier in the order, before it */
    uint64_t place_id;
    bool changes; /**< instead: what changed after the usn `since`, oldest change first, removals
                         included; filter, sort and offset are not looked at */
    uint64_t since;
} js_query;

/** What is known of a list, and of the page of it, before the first session is handed out. */
typedef struct js_list_totals {
    uint64_t total;    /**< sessions that match */
    uint64_t count;    /**< of them on the page */
    uint64_t before;   /**< of them before the page: its offset */
    uint64_t first_id; /**< the first and the last on the page; not known when all are on it */
    uint64_t last_id;
    uint64_t json_bytes; /**< of those */
    uint64_t id_digits;
    uint64_t tombstones;       /**< removals on the page, of a list of changes */
    uint64_t tombstone_digits; /**< of their ids and usns */
    uint64_t last_usn;         /**< of the last change on the page */
} js_list_totals;

typedef struct js_list js_list;

/** Everything, newest first. */
JS_API void js_query_all(js_query *query);

/** The bit of a status's name, in any case; 0 when there is no such status. */
JS_API uint32_t js_status_bit(const char *name);

/** The bit of those that have none. */
#define JS_STATUS_NONE_BIT UINT32_C(1)

/** The bits of all statuses with which JS_REMOVE_FINISHED removes a session, and that of sessions without one. */
JS_API uint32_t js_statuses_finished(void);

/** Whether the vendor's v8.1 has a type. */
JS_API bool js_type_is_of_v8_1(const char *type);

/** Put the names of types in the order that js_filter wants. */
JS_API void js_types_order(const char **types, size_t count);

/**
 * Read a date and time, as sessions have it or as users write it: a day alone is its beginning, seconds may be left
 * out, and what has no zone is in UTC. A blank before an offset was a plus sign in a query string.
 * @return NULL, or what is wrong with it
 */
JS_API const char *js_time_parse(const char *text, size_t length, int64_t *time);

/** Read a uuid. @return false when it is none */
JS_API JS_MUST_CHECK bool js_uuid_parse(const char *text, size_t length, uint8_t uuid[16]);

/** Bytes js_pattern_make() needs for a text of a length. */
#define JS_PATTERN_SIZE(length) (6 * (length) + 1)

/** Make a pattern that policy names can be held against: `*` stands for any text. */
JS_API void js_pattern_make(char *pattern, const char *text, size_t length);

/** Bytes of memory that a list for a query needs. */
JS_API size_t js_list_size(const js_query *query);

/**
 * Find the sessions a query wants. Allocates nothing.
 * @param list  memory of js_list_size() bytes
 * @return JS_OK; JS_INVALID: an order other than by id goes on beyond JS_SORT_MAX; JS_AHEAD: changes are wanted
 *         that follow a usn which was never given here, as after a restore, or behind which removals are forgotten:
 *         start again from 0; JS_DAMAGED; JS_MISUSE
 */
JS_API JS_MUST_CHECK js_result js_list_begin(js_list *list, js_snapshot *snapshot,
                                             const js_query *query, js_error *error);

/**
 * js_list_begin() of all that match, newest first, for who does not wait to know how many there are: nothing is counted,
 * the totals stay 0, and the list ends where js_list_next() finds no more. The sooner the newest match, the sooner it is
 * there.
 * @param list  memory of js_list_size() bytes for a query as js_query_all() leaves it
 * @return JS_OK; JS_DAMAGED; JS_MISUSE
 */
JS_API JS_MUST_CHECK js_result js_list_begin_walk(js_list *list, js_snapshot *snapshot,
                                                  const js_filter *filter, js_error *error);

/**
 * js_list_begin() of changes, for who remembers what js_snapshot_history() was when it began from nothing: it is told
 * when the database is another, and needs no removals that were forgotten before.
 * @param history  that text; NULL or empty: nobody remembers
 * @return as js_list_begin(); JS_AHEAD also where the database was restored or replaced since; JS_INVALID: the text
 *         is none
 */
JS_API JS_MUST_CHECK js_result js_list_begin_changes(js_list *list, js_snapshot *snapshot,
                                                     const js_query *query, const char *history,
                                                     js_error *error);

/**
 * js_list_begin() of those sessions alone that have protected a resource: one of their protected items has its id as
 * `resource.id` or `id`. No index knows that: the items are read of each session for which the query's filter holds.
 * @param resource  the id, ended by NUL, which must outlive the list; NULL: any
 */
JS_API JS_MUST_CHECK js_result js_list_begin_of(js_list *list, js_snapshot *snapshot,
                                                const js_query *query, const char *resource,
                                                js_error *error);

JS_API const js_list_totals *js_list_get_totals(const js_list *list);

/** How many sessions of a page of changes have a uuid for their id, and how many digits their numbers have together. */
JS_API uint64_t js_list_places(const js_list *list, uint64_t *digits);

/**
 * How many sessions on the page have no status, as only earlier versions took them; the walk over the page begins anew.
 * @return false: the database is damaged, so that it cannot be told
 */
JS_API bool js_list_unstated(js_list *list, uint64_t *count);

/** What it was made from. */
JS_API const js_snapshot *js_list_snapshot(const js_list *list);

/** Hand the page out, session by session. @return JS_OK, JS_END or JS_DAMAGED */
JS_API JS_MUST_CHECK js_result js_list_next(js_list *list, js_session *session);
JS_API void js_list_rewind(js_list *list);

/** A page of one of a session's lists of items. */
typedef struct js_items js_items;

/** What is known of it before the first item is handed out. */
typedef struct js_items_totals {
    uint64_t total;      /**< items that match */
    uint64_t count;      /**< of them on the page */
    uint64_t json_bytes; /**< of those */
} js_items_totals;

/** Bytes of memory that a page of items needs. */
JS_API size_t js_items_size(void);

/**
 * Find items of a session. Allocates nothing.
 * @param items    memory of js_items_size() bytes
 * @param pattern  from js_pattern_make(), for the items' names; or NULL: all
 * @param limit    or JS_NO_LIMIT
 * @return JS_OK, JS_NOT_FOUND: there is no such session, JS_INVALID: no such list, JS_DAMAGED or JS_MISUSE
 */
JS_API JS_MUST_CHECK js_result js_items_begin(js_items *items, js_snapshot *snapshot,
                                              uint64_t session, js_item_kind kind,
                                              const char *pattern, uint64_t offset, uint64_t limit,
                                              js_error *error);

/**
 * js_items_begin() of those items alone that are of a resource: a log's have its id as `resourceHashId`, others as
 * `resource.id` or `id`.
 * @param resource  the id, ended by NUL, which must outlive the items; NULL: any
 */
JS_API JS_MUST_CHECK js_result js_items_begin_of(js_items *items, js_snapshot *snapshot,
                                                 uint64_t session, js_item_kind kind,
                                                 const char *pattern, const char *resource,
                                                 uint64_t offset, uint64_t limit, js_error *error);

JS_API const js_items_totals *js_items_get_totals(const js_items *items);

/** Hand the page out; item->id is the item's place in the list, from 1. @return as js_list_next() */
JS_API JS_MUST_CHECK js_result js_items_next(js_items *items, js_session *item);
JS_API void js_items_rewind(js_items *items);

/**
 * Check everything in a snapshot against everything else: every page of LMDB's trees; records and items
 * against their seals; the index, the order of start times, the changes and the types against the records;
 * the counters against their sums. LMDB's trees are checked by a thread of its own, so that two processors halve the
 * time; it has ended when the call returns.
 * @param report  called for each fault, by either thread, one at a time
 * @param faults  receives how many there are
 * @return JS_OK, also when there are faults; JS_DAMAGED: a table cannot be read to its end, which was
 *         reported, too; JS_MISUSE
 */
JS_API JS_MUST_CHECK js_result js_verify(js_snapshot *snapshot, js_fault_report *report,
                                         void *baton, uint64_t *faults);

/**
 * Read an id as sessions and URLs write it: decimal, 0 to 18446744073709551615, no leading zeros.
 * @return false when the text is no id
 */
JS_API JS_MUST_CHECK bool js_id_parse(const char *text, size_t length, uint64_t *id);

/** Whether a text is an id: as for js_id_parse(), or a uuid. */
JS_API JS_MUST_CHECK bool js_id_is_valid(const char *text, size_t length);

/**
 * Find the session that a text names, a number or a uuid in any case. Also one that was removed, and for numbers any at
 * all: whether it is there tells js_snapshot_get().
 * @param id  receives the number by which all other calls know it
 * @return JS_OK; JS_INVALID: the text is no id; JS_NOT_FOUND: no session has or had that uuid, or the one that has the
 *         number is named by a uuid; JS_DAMAGED
 */
JS_API JS_MUST_CHECK js_result js_snapshot_find_id(const js_snapshot *snapshot, const char *text,
                                                   size_t length, uint64_t *id);

/** The text that names a session, ended by NUL: its uuid where it has one. */
JS_API void js_snapshot_id_text(const js_snapshot *snapshot, uint64_t id, char text[JS_ID_TEXT]);

/** Whether there is a session that has a uuid for its id, or was one: whoever shows ids makes room for it. */
JS_API bool js_snapshot_has_uuids(const js_snapshot *snapshot);

/** Whether bytes are UTF-8 by RFC 3629: no surrogates, nothing above U+10FFFF, no character longer than it has to be. */
JS_API JS_MUST_CHECK bool js_utf8_is_valid(const char *text, size_t length);

/**
 * Copy what a member of a session says: a string's text, or another value's JSON.
 * @param session  one that was handed out, of a snapshot that has not ended
 * @param path     a name, or several with dots between: backupJobInfo.policyName
 * @param text     receives it, ended by NUL, and cut off behind its last whole character where there is too little room
 * @param size     bytes of text, at least 1
 * @return bytes copied, without the NUL; 0 also where there is no such member, or the session is damaged or removed
 */
JS_API size_t js_session_text(const js_session *session, const char *path, char *text, size_t size);

/** Whether a name is one of the members that every session may have, not those of its inner objects. */
JS_API bool js_session_has_member(const char *name, size_t length);

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
JS_API JS_MUST_CHECK js_result js_links_make(js_links *links, const char *base_url,
                                             const char *mount, js_error *error);

/** Is told of every damaged record a document meets; baton is the caller's. */
typedef void js_damage_report(void *baton, const js_session *session);

/** The forms a document can have. Only the length of the first two is known beforehand. */
typedef enum js_format {
    JS_JSON,   /**< application/json */
    JS_NDJSON, /**< application/x-ndjson: a session a line, nothing around them */
    JS_CSV,    /**< text/csv, RFC 4180: a row a session, the document's members as dotted columns */
    JS_XML,    /**< application/xml */
    JS_SHEET /**< text/csv for spreadsheets that open it by themselves: a byte-order mark, texts as formulas */
} js_format;

/** Whose words and types a session, or a line of a log, is told in. */
typedef enum js_shape {
    JS_SHAPE_STORED, /**< as it is stored: as v1's document has it, with all that was given beside */
    JS_SHAPE_V8_1 /**< of JSON and NDJSON: what the vendor's v8.1 describes and no more, filled up with spaces to
                        what is stored: a type that it does not have is Unknown, as is the status of what has none, Failed is Error,
                        repositoryId a text; the usn, restoreJobInfo.items and members of others are left out, and what is no
                        uuid where one belongs. With it JSON allocates for a session that no buffer holds whole */
} js_shape;

/** What stands around the sessions or items of a document. */
typedef struct js_frame {
    js_format format;
    js_shape
        shape; /**< with links of sessions, without of lines of a log; other items are as they are stored */
    const js_links *links; /**< to add to every session; NULL: none, as for items */
    const char *head; /**< JSON: up to and with the opening bracket; XML: the root's attributes */
    const char *tail; /**< JSON: from the closing bracket on */
} js_frame;

/** How times and durations are told, where not as the texts that are stored: any of these, added up. */
typedef enum js_numbers {
    JS_DURATIONS_SECONDS =
        1, /**< seconds, with up to seven digits behind the point: 985 for 00:16:25 */
    JS_TIMES_MILLISECONDS =
        2 /**< whole milliseconds since 1970-01-01T00:00:00Z, less before that */
} js_numbers;

/** The length of a document that is not known. */
#define JS_NO_LENGTH UINT64_MAX

/**
 * A document on its way to a client. It renders a buffer at a time. What it is made from, and the frame's
 * texts, must outlive it. In the place of a damaged record stands an object with its id, the status
 * Unknown and "damaged":true, as far as there is room for them, filled up with spaces to the bytes the record had, so that the document keeps its length.
 */
typedef struct js_document js_document;

/** Bytes of memory that a document needs. */
JS_API size_t js_document_size(void);

/**
 * Begin to render all sessions of a snapshot: the document "Exporting Sessions List".
 * @param document  memory of js_document_size() bytes
 * @param report    called for each damaged record, or NULL
 * @return JS_OK; JS_MISUSE; JS_DAMAGED: how many sessions there are cannot be told
 */
JS_API JS_MUST_CHECK js_result js_document_begin(js_document *document, js_snapshot *snapshot,
                                                 const js_links *links, js_damage_report *report,
                                                 void *baton, js_error *error);

/**
 * Begin to render the same document of the sessions of a list that begins with the first one and has no limit, in any
 * form and shape. The frame is copied; its head and tail are made.
 * @param frame  with links
 */
JS_API void js_document_begin_export(js_document *document, js_list *list, const js_frame *frame,
                                     js_damage_report *report, void *baton);

/** Begin to render one session, as js_snapshot_get() has found it. It and the frame are copied. */
JS_API void js_document_begin_session(js_document *document, const js_session *session,
                                      const js_frame *frame, js_damage_report *report, void *baton);

/** The same of one that is of a snapshot, which knows its uuid even where it is damaged. The snapshot may be NULL. */
JS_API void js_document_begin_found(js_document *document, const js_snapshot *snapshot,
                                    const js_session *session, const js_frame *frame,
                                    js_damage_report *report, void *baton);

/** Sessions that come from elsewhere than a snapshot, such as from another database. */
typedef struct js_source {
    /** The next one: JS_OK, with canonical JSON that holds until the next call; else the document is broken off. */
    js_result (*next)(void *baton, js_session *session);
    /** Begin again with the first. */
    void (*rewind)(void *baton);
    void *baton;
    uint64_t count; /**< how many next() has */
} js_source;

/** Begin to render sessions of a source, as a list. The length of the document is not known. Source and frame are
 * copied. */
JS_API void js_document_begin_source(js_document *document, const js_source *source,
                                     const js_frame *frame, js_damage_report *report, void *baton);

/** Make links by another front from the session on that next() of a source is about to hand out; NULL: by none. They must outlive
 * the document. */
JS_API void js_document_set_links(js_document *document, const js_links *links);

/** Begin to render the page of a list, or of a session's items. The frame is copied. */
JS_API void js_document_begin_list(js_document *document, js_list *list, const js_frame *frame,
                                   js_damage_report *report, void *baton);
JS_API void js_document_begin_items(js_document *document, js_items *items, const js_frame *frame,
                                    js_damage_report *report, void *baton);

/** Begin to hand out a text that has been made as a whole. It must outlive the document. */
JS_API void js_document_begin_text(js_document *document, const char *text);

/**
 * Of a document that has just begun, and has a known length, hand out a part only: so many bytes from that
 * one on. All that is said of bytes below is then said of the part. What stands before it is rendered with
 * its first bytes, and forgotten; what stands behind it is not rendered.
 */
JS_API void js_document_part(js_document *document, uint64_t first, uint64_t length);

/**
 * Of a document that has just begun, tell times and durations as numbers, in any form and shape, wherever a member of a
 * session, or of a line of a log, is known to be one. JSON gets spaces behind a session's last member, so that the
 * length stays; with this it allocates for a session that no buffer holds whole.
 * @param numbers  of js_numbers, added up; 0: as texts
 */
JS_API void js_document_tell_numbers(js_document *document, unsigned numbers);

/**
 * Hand out no element behind so many for now, nor the document's tail: js_document_read() returns JS_OK then with less
 * than there is room for. js_document_rewind() lifts it, as UINT64_MAX does.
 */
JS_API void js_document_halt(js_document *document, uint64_t elements);

/**
 * Of a document of all sessions, as js_document_begin() makes it, pass the next ones over, which somebody has already
 * and are counted as if they had been read. The last one that was read has to have been read to its end.
 * @param elements  how many
 * @param bytes     that they come to
 * @param last      the id of the last of them
 */
JS_API void js_document_pass(js_document *document, uint64_t elements, uint64_t bytes,
                             uint64_t last);

/** Bytes of the whole document, or JS_NO_LENGTH. */
JS_API uint64_t js_document_length(const js_document *document);

/** Bytes rendered, and damaged records met, so far. */
JS_API uint64_t js_document_produced(const js_document *document);
JS_API uint64_t js_document_damaged(const js_document *document);

/** Go back to the first byte. */
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
JS_API JS_MUST_CHECK js_result js_document_read(js_document *document, char *buffer, size_t size,
                                                size_t *produced);

/* ---- Counts -------------------------------------------------------------------------------- */

/** Is given a document that has been made, as a whole; what it needs of it, it copies. False: it could not. */
typedef bool js_text_taker(void *baton, const char *text, size_t length);

/** Which days a summary is of: those of two times, and all between, in UTC. As js_time_parse() has them. */
typedef struct js_summary_query {
    int64_t from;
    int64_t to;
    js_shape shape;
    const js_links *links;
} js_summary_query;

/** Most days of a summary, and of the window of the policies. */
#define JS_DAYS_MAX 366

/**
 * How many sessions there are, by status and by type: of the database, of those that began on the days that are asked for,
 * and of each of these. Made from counts that are kept with each write.
 * @return JS_OK; JS_MISUSE; JS_NOT_COUNTED; JS_BUSY: an upgrade is under way that counts them; JS_DAMAGED: the counts
 *         are not those of the sessions; JS_SYSTEM: there is no memory, or the taker has said so
 */
JS_API JS_MUST_CHECK js_result js_snapshot_summary(js_snapshot *snapshot,
                                                   const js_summary_query *query,
                                                   js_text_taker *take, void *baton,
                                                   js_error *error);

/** Which policies, and how they are told. */
typedef struct js_policies_query {
    uint64_t offset; /**< this many of them are passed over */
    uint64_t limit;
    int64_t now;   /**< when it is, as js_time_parse() has it; ages are as of that */
    unsigned days; /**< runs that began in so many days of 24 hours before that are counted */
    js_shape shape;
    const js_links *links;
} js_policies_query;

typedef struct js_policies_totals {
    uint64_t total; /**< policies there are */
    uint64_t count; /**< of them on the page */
} js_policies_totals;

/**
 * What became of the runs of policies: the sessions whose backupJobInfo has a policyId, or else a policyName. The elements
 * of a JSON array without its brackets, in the order of the ids, then of the names of those without.
 * @return as js_snapshot_summary()
 */
JS_API JS_MUST_CHECK js_result js_snapshot_policies(js_snapshot *snapshot,
                                                    const js_policies_query *query,
                                                    js_text_taker *take, void *baton,
                                                    js_policies_totals *totals, js_error *error);

#ifdef __cplusplus
}
#endif

#endif
