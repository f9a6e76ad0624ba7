/* SPDX-License-Identifier: Apache-2.0 */
/* Which place leads to which page, of the pages that have been met: two places that lead to one page are
 * damage, and no look at either of them would tell. */
#ifndef JS_STORE_PAGE_OWNERS_H
#define JS_STORE_PAGE_OWNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct jsp_page_owners {
    struct jsp_page_owner *slots; /* NULL: no page has been met */
    size_t size;                  /* a power of two */
    size_t count;
} jsp_page_owners;

/* An entry of a branch or leaf. Below it are places that are none: */
#define JSP_OWNER_ENTRY(page, at) ((page) << 16 | (at))
enum {
    JSP_OWNER_META_FREE, /* where a meta page has the roots of the two trees */
    JSP_OWNER_META_MAIN,
    JSP_OWNER_NOBODY /* the page is listed as free */
};

/* Note what leads to a page. 0; MDB_CORRUPTED: another place does, or a second list of free pages; ENOMEM. */
int jsp_page_owners_enter(jsp_page_owners *owners, uint64_t page, uint64_t owner, bool *is_new);

void jsp_page_owners_free(jsp_page_owners *owners);

#endif
