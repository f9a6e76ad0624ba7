/* SPDX-License-Identifier: Apache-2.0 */
#include "lmdb/page_owners.h"

#include <errno.h>
#include <stdlib.h>

#include <lmdb.h>

#define SIZE_FIRST 512

struct jsp_page_owner {
    uint64_t page; /* 0, a meta page: the slot is empty */
    uint64_t owner;
};

/* The slot a page has, or would get. */
static struct jsp_page_owner *find(const jsp_page_owners *owners, uint64_t page)
{
    size_t at = (size_t)(page * UINT64_C(0x9e3779b97f4a7c15) >> 20);
    for (;; at++) {
        struct jsp_page_owner *slot = &owners->slots[at & (owners->size - 1)];
        if (slot->page == page || slot->page == 0) {
            return slot;
        }
    }
}

/* No more than half of the slots are ever taken. */
static bool grow(jsp_page_owners *owners)
{
    jsp_page_owners larger = {.size = owners->size == 0 ? SIZE_FIRST : 2 * owners->size,
                              .count = owners->count};
    larger.slots = calloc(larger.size, sizeof(*larger.slots));
    if (larger.slots == NULL) {
        return false;
    }
    for (size_t i = 0; owners->slots != NULL && i < owners->size; i++) {
        if (owners->slots[i].page != 0) {
            *find(&larger, owners->slots[i].page) = owners->slots[i];
        }
    }
    free(owners->slots);
    *owners = larger;
    return true;
}

int jsp_page_owners_enter(jsp_page_owners *owners, uint64_t page, uint64_t owner, bool *is_new)
{
    if (2 * owners->count >= owners->size && !grow(owners)) {
        return ENOMEM;
    }
    struct jsp_page_owner *slot = find(owners, page);
    *is_new = slot->page == 0;
    if (*is_new) {
        *slot = (struct jsp_page_owner){page, owner};
        owners->count++;
        return 0;
    }
    return slot->owner == owner && owner != JSP_OWNER_NOBODY ? 0 : MDB_CORRUPTED;
}

void jsp_page_owners_free(jsp_page_owners *owners)
{
    free(owners->slots);
    *owners = (jsp_page_owners){0};
}
