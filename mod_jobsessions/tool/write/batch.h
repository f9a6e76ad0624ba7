/* SPDX-License-Identifier: Apache-2.0 */
/* Many sessions or items, one commit: what the verbs that write do it through. Ids are printed, where
 * wanted, only when they are durable. */
#ifndef JS_TOOL_BATCH_H
#define JS_TOOL_BATCH_H

#include "base/exit_code.h"
#include "base/options.h"
#include "jobsessions.h"

#define BATCH_MAX 10000

/* How the verbs that write differ. */
struct writing {
    js_result (*write)(js_transaction *transaction, const struct writing *writing, const char *json,
                       size_t length, uint64_t *id, js_error *error);
    /* Of one alone, which the library commits together with those of other processes; NULL: there is no such call */
    js_result (*write_one)(js_database *database, const char *json, size_t length, uint64_t *id,
                           js_error *error);
    bool print_ids;
    int patience;        /* milliseconds that the next line may keep a commit waiting */
    size_t most;         /* writes in one commit, at most BATCH_MAX */
    const char *session; /* whose items are written */
    js_item_kind kind;
    js_import_mode mode;
    uint64_t *replaced; /* counts sessions that took the place of stored ones */
};

/* What is written and not committed yet: kept, as all of it has to be written again when the database is
 * replaced before the commit. */
struct batch_entry {
    size_t offset; /* of its JSON in the batch's text */
    size_t length;
    char id[JS_ID_TEXT]; /* where ids are printed */
    char place[40];
};

/* Begins as zeros, with `options` and `writing` set. */
struct batch {
    const struct options *options;
    const struct writing *writing;
    js_database *database;
    js_transaction
        *transaction; /* NULL: nothing waits for its commit, or one that may stay alone */
    struct batch_entry entries[BATCH_MAX];
    size_t count; /* of them */
    char *text;
    size_t bytes; /* of text in use */
    size_t room;
    bool given_up; /* nothing more can be written */
    uint64_t committed;
    uint64_t refused;
};

/* Open the database of the options. EXIT_DONE or EXIT_DATABASE. */
enum exit_code batch_open(struct batch *batch);

/* Write one; place says where it stood ("line 3") in complaints. A refused one is counted and
 * complained about. Returns EXIT_DONE, or EXIT_DATABASE when nothing more can be written. */
enum exit_code batch_add(struct batch *batch, const char *json, size_t length, const char *place);

/* Count one as refused that did not even come to batch_add(). */
void batch_refuse(struct batch *batch, const char *place, const char *why);

/* Commit and print; EXIT_DONE or EXIT_DATABASE. When the database was replaced, as by a restore, it is opened
 * again, and what was not committed is written to the one that is in place. */
enum exit_code batch_flush(struct batch *batch);

/* Close the database and give the memory back. */
void batch_close(struct batch *batch);

#endif
