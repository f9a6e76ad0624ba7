/* SPDX-License-Identifier: Apache-2.0 */
/* How a list is made, and what it keeps meanwhile.
 *
 * A list is made in two passes over the same snapshot. The first counts what matches and adds up the
 * page, so that the length of the response is known; the second hands the page out. There are three
 * plans: list_scan.c goes through the index in the order of ids and keeps nothing; list_select.c, for
 * orders that no index serves, keeps the best rows in a heap of bounded size; list_changes.c goes
 * through the index of usns. list.c chooses among them. */
#ifndef JS_STORE_PLAN_H
#define JS_STORE_PLAN_H

#include "database/scan.h"
#include "database/snapshot.h"
#include "read/filter.h"

typedef enum jsp_plan {
    JSP_PLAN_SCAN,
    JSP_PLAN_SELECT,
    JSP_PLAN_CHANGES
} jsp_plan;

/* A candidate of SELECT: by text or number, then by id. */
typedef struct jsp_row {
    const char *text; /* escaped, as it is stored; never NULL */
    size_t length;
    uint64_t number;
    uint64_t id;
    uint32_t json_length; /* 0: the index has not been asked */
    bool has_uuid;        /* likewise */
    uint8_t status;       /* likewise */
} jsp_row;

struct js_list {
    js_snapshot *snapshot;
    js_query query;
    jsp_plan plan;
    js_list_totals totals;
    uint64_t places; /* of a page of changes: sessions under a uuid, and their numbers' digits */
    uint64_t place_digits;
    uint64_t unstated; /* sessions on the page that have no status, unless all are on it */
    bool is_all;
    bool uncounted; /* nothing is known of it beforehand: it is walked to its end */
    uint64_t handed;
    bool ascending;  /* how ids are gone through at the moment */
    uint64_t passed; /* matches on the other side of the query's place */
    /* SCAN */
    jsp_scan scan;
    const unsigned char *entries;
    size_t entry_count;
    size_t next_entry;
    uint64_t to_skip;
    uint64_t above; /* ids above the highest wanted one, in its own bucket */
    /* SELECT: a heap with the worst row on top, then in order */
    jsp_row *rows;
    size_t row_count;
    size_t rows_most;
    uint16_t *ranks; /* of type codes, in the order of names */
    /* CHANGES */
    uint64_t usn;
    jsp_matcher matcher; /* large, so last: js_list_begin() leaves it to jsp_matcher_make() */
};

jsp_plan jsp_plan_for(const js_query *query);

/* How many matches from the first on the page reaches. */
uint64_t jsp_plan_reach(const js_query *query);

/* Whether a filter has a range of start times. */
bool jsp_plan_has_range(const js_query *query);

/* Whether the page lies before its place: it is found by going through the order from its end. */
bool jsp_plan_is_backward(const js_query *query);

/* Whether an id lies on the page's side of its place. */
bool jsp_plan_is_on_side(const js_query *query, uint64_t id);

/* How many rows would have to be kept, and how many rows and ranks of types SELECT keeps. */
uint64_t jsp_plan_rows_wanted(const js_query *query);
size_t jsp_plan_rows(const js_query *query);
size_t jsp_plan_ranks(const js_query *query);

/* Count a match into the page. */
void jsp_plan_count(js_list *list, const jsp_entry *entry);

#endif
