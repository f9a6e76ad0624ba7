/* SPDX-License-Identifier: Apache-2.0 */
/* Pages that were found sound within the last second, by one who writes often: whatever has been written there since
 * was written by LMDB, and a disk does not damage what has just been read. */
#ifndef JS_STORE_RECENT_PAGES_H
#define JS_STORE_RECENT_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define JSP_RECENT_PAGES 1024

/* `how` it was looked at is a part of it: as a page of what. */
typedef struct jsp_recent_pages {
    time_t second;
    struct {
        uint64_t page;
        uint64_t how;
    } found[JSP_RECENT_PAGES];
} jsp_recent_pages;

/* Forget those of an earlier second. */
static inline void jsp_recent_pages_begin(jsp_recent_pages *recent)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (recent->second != now.tv_sec) {
        memset(recent->found, 0, sizeof(recent->found));
        recent->second = now.tv_sec;
    }
}

static inline bool jsp_recent_pages_have(const jsp_recent_pages *recent, uint64_t page,
                                         uint64_t how)
{
    size_t at = page % JSP_RECENT_PAGES;
    return recent->found[at].page == page && recent->found[at].how == how;
}

static inline void jsp_recent_pages_enter(jsp_recent_pages *recent, uint64_t page, uint64_t how)
{
    recent->found[page % JSP_RECENT_PAGES].page = page;
    recent->found[page % JSP_RECENT_PAGES].how = how;
}

#endif
