/* SPDX-License-Identifier: Apache-2.0 */
/* The uuids that sessions of a damaged database have, by all that tells of them: put in as they are met, then in order,
 * each uuid and each number once. */
#ifndef JS_STORE_NAME_LIST_H
#define JS_STORE_NAME_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"

typedef struct jsp_named {
    uint64_t id;
    uint8_t uuid[JSP_UUID_SIZE];
    unsigned trust; /* of who tells so: where they differ the higher sum counts */
} jsp_named;

/* What a table tells, which nothing seals; and a record that is whole, which the two tables do not outweigh. */
#define JSP_TRUST_TABLE 1
#define JSP_TRUST_RECORD 4

/* Begins as zeros. */
typedef struct jsp_name_list {
    jsp_named *names;
    size_t count;
    size_t room;
    bool failed; /* memory ran out; what was added since is lost */
} jsp_name_list;

void jsp_name_list_add(jsp_name_list *list, uint64_t id, const uint8_t uuid[JSP_UUID_SIZE],
                       unsigned trust);

/* Put them in order; of those that differ one is left. */
void jsp_name_list_order(jsp_name_list *list);

/* The uuid of a number, in a list that is in order; NULL: it has none. */
const uint8_t *jsp_name_list_find(const jsp_name_list *list, uint64_t id);

/* How many of a list that is in order one table alone tells, so that they may be damaged. */
size_t jsp_name_list_doubtful(const jsp_name_list *list);

void jsp_name_list_free(jsp_name_list *list);

#endif
