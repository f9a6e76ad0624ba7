/* SPDX-License-Identifier: Apache-2.0 */
#include "request/page_links.h"

#include "apr_strings.h"

const char *page_links_member(apr_pool_t *pool, const struct page *page, const char *name,
                              const char *start, apr_uint64_t number, const char *rest)
{
    /* texts are copied at once: apr_psprintf() takes them byte by byte */
    const char *numbers =
        apr_psprintf(pool, "%" APR_UINT64_T_FMT "&limit=%" APR_INT64_T_FMT, number, page->limit);
    return apr_pstrcat(pool, "\"", name, "\":{\"href\":\"", page->url, "?", start, numbers, rest,
                       "\"}", NULL);
}

/* The link to another page, by its place or else its offset. */
static void add(apr_array_header_t *members, const struct page *page, const char *name,
                const struct page_place *place, apr_uint64_t offset)
{
    APR_ARRAY_PUSH(members, const char *) =
        place != NULL && place->parameter != NULL
            ? page_links_member(members->pool, page, name, place->parameter, place->value,
                                page->rest)
            : page_links_member(members->pool, page, name, "offset=", offset, page->rest);
}

const char *page_links(apr_pool_t *pool, const struct page *page)
{
    apr_array_header_t *members = apr_array_make(pool, 5, sizeof(const char *));
    apr_uint64_t offset = page->offset;
    const char *self =
        page->self.parameter != NULL
            ? page_links_member(pool, page, "self", page->self.parameter, page->self.value,
                                page->self_rest)
            : page_links_member(pool, page, "self", "offset=", offset, page->self_rest);
    if (page->limit <= 0 || page->total == 0) {
        return self;
    }
    apr_uint64_t limit = (apr_uint64_t)page->limit;
    apr_uint64_t last = (page->total - 1) / limit * limit;
    APR_ARRAY_PUSH(members, const char *) = self;
    add(members, page, "first", NULL, 0);
    if (offset > 0) {
        apr_uint64_t before = offset > limit ? offset - limit : 0;
        /* beyond the end the last page comes before */
        add(members, page, "prev", &page->prev, before < last ? before : last);
    }
    if (offset < page->total && page->total - offset > page->shown) {
        add(members, page, "next", &page->next, offset + page->shown);
    }
    add(members, page, "last", NULL, last);
    return apr_array_pstrcat(pool, members, ',');
}
