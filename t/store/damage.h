/* SPDX-License-Identifier: Apache-2.0 */
/* A small database that has a page of every kind, and what disks do to its data.mdb. */
#ifndef JSP_TEST_DAMAGE_H
#define JSP_TEST_DAMAGE_H

#include "support.h"

#define SESSIONS 150
#define PAGE 4096
#define SECTOR 512

static uint64_t state_of_chance;

static inline uint64_t chance(uint64_t below)
{
    state_of_chance =
        state_of_chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (state_of_chance >> 33) % below;
}

static inline void fill_store(struct store *store)
{
    static const char item[] = "{\"name\":\"a disk\",\"size\":1}";
    static char json[12000];
    for (uint64_t id = 1; id <= SESSIONS; id++) {
        int padding = id == 20 ? 9000 : (int)(id % 50);
        int length =
            snprintf(json, sizeof(json),
                     "{\"id\":\"%" PRIu64 "\",\"type\":\"T%" PRIu64
                     "\",\"executionStartTime\":\"2020-02-%02" PRIu64
                     "T08:00:00Z\",\"status\":\"Success\",\"backupJobInfo\":{\"policyName\":"
                     "\"policy %" PRIu64 "\"},\"padding\":\"%0*d\"}",
                     id, id % 7, 1 + id % 3, id, padding + 1, 0);
        must(js_put(store->database, json, (size_t)length, NULL, &store->error), &store->error);
    }
    for (int i = 0; i < 120; i++) {
        must(js_append(store->database, 7, JS_PROTECTED_ITEMS, item, sizeof(item) - 1,
                       &store->error),
             &store->error);
    }
    must(js_remove(store->database, 9, JS_REMOVE_ANY, &store->error), &store->error);
}

/* One of the things that disks do. */
static inline void damage(unsigned char *bytes, size_t length)
{
    size_t pages = length / PAGE;
    size_t at = chance(length);
    switch (chance(8)) {
    case 0:
    case 1:
    case 2:
        bytes[at] ^= (unsigned char)(1U << chance(8));
        break;
    case 3:
    case 4: /* where LMDB keeps what it trusts */
        bytes[at - at % PAGE + chance(64)] ^= (unsigned char)(1U << chance(8));
        break;
    case 5:
        memset(bytes + at - at % SECTOR, 0, SECTOR);
        break;
    case 6:
        for (size_t i = 0; i < SECTOR; i++) {
            bytes[at - at % SECTOR + i] = (unsigned char)chance(256);
        }
        break;
    default:
        memmove(bytes + chance(pages) * PAGE, bytes + chance(pages) * PAGE, PAGE);
    }
}

static inline void write_file(const struct store *store, const unsigned char *bytes, size_t length)
{
    (void)unlink(path_in(store, "lock.mdb"));
    (void)unlink(path_in(store, "data.mdb"));
    FILE *file = fopen(path_in(store, "data.mdb"), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* How many cases to try: so many unless the environment tells. */
static inline unsigned long cases_wanted(unsigned long quick)
{
    const char *wanted = getenv("JOBSESSIONS_CASES");
    return wanted != NULL ? strtoul(wanted, NULL, 10) : quick;
}

#endif
