/* SPDX-License-Identifier: Apache-2.0 */
/* What cannot be put into a database any more, as lines of JSON that can be read, mended and imported. */
#ifndef JS_STORE_REMAINS_H
#define JS_STORE_REMAINS_H

#include "base/text.h"
#include "jobsessions_read.h"
#include "salvage/item_walk.h"

typedef struct jsp_remains {
    js_fault_report *report; /* is told of each line */
    void *baton;
    jsp_text text;
} jsp_remains;

/* A session of an id, with what is stored of it; NULL: nothing can be read. */
void jsp_remains_session(jsp_remains *remains, const char *id, const char *why,
                         const MDB_val *stored);

/* An item: one that is damaged, or that is whole and whose session is lost. */
void jsp_remains_item(jsp_remains *remains, const char *session, const jsp_found_item *item);

void jsp_remains_free(jsp_remains *remains);

#endif
