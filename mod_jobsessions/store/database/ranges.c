/* SPDX-License-Identifier: Apache-2.0 */
/* The index, a key at a time, from the highest ids down. */
#include "base/bytes.h"
#include "database/range.h"
#include "database/scan.h"
#include "format/entry.h"

_Static_assert(JS_RANGE_IDS == 1 << JSP_ENTRY_BUCKET_BITS, "a range is what has one key");

struct js_ranges {
    js_snapshot *snapshot;
    jsp_scan scan;
    const unsigned char *entries; /* the page that comes next, */
    size_t count;                 /* 0: none does, */
    int rc;                       /* or could be read */
};

size_t js_ranges_size(void)
{
    return sizeof(struct js_ranges);
}

static void read_page(js_ranges *ranges)
{
    ranges->rc = jsp_scan_leaf(&ranges->scan, &ranges->entries, &ranges->count);
    ranges->count = ranges->rc == 0 ? ranges->count : 0;
}

void js_ranges_begin(js_ranges *ranges, js_snapshot *snapshot)
{
    ranges->snapshot = snapshot;
    jsp_scan_begin(&ranges->scan, &snapshot->cursors[JSP_CURSOR_SCAN], false, UINT64_MAX);
    read_page(ranges);
}

static uint64_t id_at(const js_ranges *ranges, size_t place)
{
    return jsp_get_be64(ranges->entries + place * JSP_ENTRY_SIZE);
}

static void add_page(js_ranges *ranges, js_range *range)
{
    for (size_t i = ranges->count; i > 0; i--) {
        range->hash = jsp_range_add(ranges->snapshot, range->hash,
                                    ranges->entries + (i - 1) * JSP_ENTRY_SIZE);
    }
    range->count += ranges->count;
    range->last = id_at(ranges, 0);
}

js_result js_ranges_next(js_ranges *ranges, js_range *range)
{
    if (ranges->count == 0) {
        return ranges->rc == MDB_NOTFOUND ? JS_END : JS_DAMAGED;
    }
    *range = (js_range){.number = jsp_entry_bucket(id_at(ranges, 0))};
    do {
        add_page(ranges, range);
        read_page(ranges);
    } while (ranges->count > 0 && jsp_entry_bucket(id_at(ranges, 0)) == range->number);
    return ranges->count > 0 || ranges->rc == MDB_NOTFOUND ? JS_OK : JS_DAMAGED;
}
