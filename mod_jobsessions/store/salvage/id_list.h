/* SPDX-License-Identifier: Apache-2.0 */
/* Many ids, or usns: put in as they are met, then in order, each once. */
#ifndef JS_STORE_ID_LIST_H
#define JS_STORE_ID_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Begins as zeros. */
typedef struct jsp_id_list {
    uint64_t *ids;
    size_t count;
    size_t room;
    bool failed; /* memory ran out; what was added since is lost */
} jsp_id_list;

void jsp_id_list_add(jsp_id_list *list, uint64_t id);

/* Put them in order; those that are there twice are there once. */
void jsp_id_list_order(jsp_id_list *list);

/* Whether it is in a list that is in order. */
bool jsp_id_list_has(const jsp_id_list *list, uint64_t id);

void jsp_id_list_free(jsp_id_list *list);

#endif
