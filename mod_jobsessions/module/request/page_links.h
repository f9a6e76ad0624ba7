/* SPDX-License-Identifier: Apache-2.0 */
/* Links to the pages of a list, be it of sessions or of items: the members of its `_links`. */
#ifndef JOBSESSIONS_PAGE_LINKS_H
#define JOBSESSIONS_PAGE_LINKS_H

#include "httpd.h"

/* Where a page begins, when that is not an offset: a parameter with its equals sign, and its value. */
struct page_place {
    const char *parameter; /* NULL: by offset */
    apr_uint64_t value;
};

/* A page, and what the links to it and to the others go on with behind offset and limit: more of a query
 * string, beginning with an ampersand, or "". */
struct page {
    const char *url; /* of the list, without a query string */
    apr_uint64_t offset;
    apr_int64_t limit; /* as given, -1: all */
    apr_uint64_t total;
    apr_uint64_t shown; /* on the page */
    const char *self_rest;
    const char *rest; /* of the links to other pages */
    struct page_place self, prev, next;
};

/* self, and first, prev, next and last where they exist. */
const char *page_links(apr_pool_t *pool, const struct page *page);

/* One such member. `start` is the parameter that tells where the page begins, and its equals sign. */
const char *page_links_member(apr_pool_t *pool, const struct page *page, const char *name,
                              const char *start, apr_uint64_t number, const char *rest);

#endif
