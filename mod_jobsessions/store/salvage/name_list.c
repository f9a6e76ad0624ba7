/* SPDX-License-Identifier: Apache-2.0 */
#include "salvage/name_list.h"

#include <stdlib.h>
#include <string.h>

static int compare_numbers(uint64_t one, uint64_t other)
{
    return (one > other) - (one < other);
}

static int compare_uuids(const jsp_named *one, const jsp_named *other)
{
    return memcmp(one->uuid, other->uuid, JSP_UUID_SIZE);
}

static int by_uuid(const void *one_, const void *other_)
{
    const jsp_named *one = one_;
    const jsp_named *other = other_;
    int order = compare_uuids(one, other);
    return order != 0 ? order : compare_numbers(one->id, other->id);
}

static int by_id(const void *one_, const void *other_)
{
    const jsp_named *one = one_;
    const jsp_named *other = other_;
    return compare_numbers(one->id, other->id);
}

void jsp_name_list_add(jsp_name_list *list, uint64_t id, const uint8_t uuid[JSP_UUID_SIZE],
                       unsigned trust)
{
    if (list->count == list->room) {
        size_t room = 2 * list->room + 1024;
        jsp_named *names = realloc(list->names, room * sizeof(*names));
        if (names == NULL) {
            list->failed = true;
            return;
        }
        list->names = names;
        list->room = room;
    }
    jsp_named *name = &list->names[list->count++];
    *name = (jsp_named){.id = id, .trust = trust};
    memcpy(name->uuid, uuid, JSP_UUID_SIZE);
}

/* Whoever tells the same adds his trust. */
static void add_up(jsp_name_list *list)
{
    size_t kept = 0;
    for (size_t i = 1; i < list->count; i++) {
        if (by_uuid(&list->names[kept], &list->names[i]) == 0) {
            list->names[kept].trust += list->names[i].trust;
        } else {
            list->names[++kept] = list->names[i];
        }
    }
    list->count = kept + 1;
}

/* Of neighbours that a comparison takes for equal the one that is trusted most. */
static void choose(jsp_name_list *list, bool by_their_uuids)
{
    size_t kept = 0;
    for (size_t i = 1; i < list->count; i++) {
        const jsp_named *next = &list->names[i];
        jsp_named *last = &list->names[kept];
        bool is_rival = by_their_uuids ? compare_uuids(last, next) == 0 : last->id == next->id;
        if (!is_rival) {
            list->names[++kept] = *next;
        } else if (next->trust > last->trust) {
            *last = *next;
        }
    }
    list->count = kept + 1;
}

void jsp_name_list_order(jsp_name_list *list)
{
    if (list->count == 0) {
        return;
    }
    qsort(list->names, list->count, sizeof(*list->names), by_uuid);
    add_up(list);
    choose(list, true);
    qsort(list->names, list->count, sizeof(*list->names), by_id);
    choose(list, false);
}

const uint8_t *jsp_name_list_find(const jsp_name_list *list, uint64_t id)
{
    jsp_named wanted = {.id = id};
    const jsp_named *found =
        list->count > 0 ? bsearch(&wanted, list->names, list->count, sizeof(*list->names), by_id)
                        : NULL;
    return found != NULL ? found->uuid : NULL;
}

size_t jsp_name_list_doubtful(const jsp_name_list *list)
{
    size_t doubtful = 0;
    for (size_t i = 0; i < list->count; i++) {
        doubtful += list->names[i].trust == JSP_TRUST_TABLE;
    }
    return doubtful;
}

void jsp_name_list_free(jsp_name_list *list)
{
    free(list->names);
    *list = (jsp_name_list){0};
}
