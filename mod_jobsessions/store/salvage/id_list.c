/* SPDX-License-Identifier: Apache-2.0 */
#include "salvage/id_list.h"

#include <stdlib.h>

static int compare(const void *one_, const void *other_)
{
    const uint64_t *one = one_;
    const uint64_t *other = other_;
    return (*one > *other) - (*one < *other);
}

void jsp_id_list_add(jsp_id_list *list, uint64_t id)
{
    if (list->count > 0 && list->ids[list->count - 1] == id) {
        return;
    }
    if (list->count == list->room) {
        size_t room = 2 * list->room + 1024;
        uint64_t *ids = realloc(list->ids, room * sizeof(*ids));
        if (ids == NULL) {
            list->failed = true;
            return;
        }
        list->ids = ids;
        list->room = room;
    }
    list->ids[list->count++] = id;
}

void jsp_id_list_order(jsp_id_list *list)
{
    size_t kept = 0;
    if (list->count == 0) {
        return;
    }
    qsort(list->ids, list->count, sizeof(*list->ids), compare);
    for (size_t i = 1; i < list->count; i++) {
        if (list->ids[i] != list->ids[kept]) {
            list->ids[++kept] = list->ids[i];
        }
    }
    list->count = kept + 1;
}

bool jsp_id_list_has(const jsp_id_list *list, uint64_t id)
{
    return list->count > 0
           && bsearch(&id, list->ids, list->count, sizeof(*list->ids), compare) != NULL;
}

void jsp_id_list_free(jsp_id_list *list)
{
    free(list->ids);
    *list = (jsp_id_list){0};
}
