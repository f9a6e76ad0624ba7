/* SPDX-License-Identifier: Apache-2.0 */
/* Which sessions a query wants, decided on index entries and record headers; on JSON only where they are to have
 * protected a resource. */
#ifndef JS_STORE_FILTER_H
#define JS_STORE_FILTER_H

#include "database/snapshot.h"
#include "format/entry.h"

/* A js_filter made ready for one snapshot. */
typedef struct jsp_matcher {
    js_filter filter;
    const char *resource;     /* or NULL */
    bool everything;          /* the filter is empty but for its highest id */
    uint32_t policy;          /* what entries hold of the policy */
    uint8_t types[65536 / 8]; /* a bit for each wanted code */
} jsp_matcher;

/* Resolve names to the codes of this snapshot; returns 0 or an error of LMDB. `resource`: the id of what a wanted
 * session has protected, or NULL. */
int jsp_matcher_make(jsp_matcher *matcher, const js_snapshot *snapshot, const js_filter *filter,
                     const char *resource);

/* Whether a session is wanted. Reads its record only when the filter names a policy or its name, and its items for a
 * resource, when all else holds. */
bool jsp_matcher_wants(const jsp_matcher *matcher, js_snapshot *snapshot, const jsp_entry *entry);

#endif
