/* SPDX-License-Identifier: Apache-2.0 */
/* hold_snapshots DIRECTORY [COUNT]
 *
 * Holds snapshots of a database, so many or as many as the reader table has room for; prints how many
 * it holds, and lets go of them when its input ends. */
#include <stdio.h>
#include <stdlib.h>

#include "jobsessions_read.h"

#define SNAPSHOTS_MAX 5000

int main(int argc, char **argv)
{
    static js_snapshot *held[SNAPSHOTS_MAX];
    js_database *database;
    js_error error;
    size_t most = argc > 2 ? strtoul(argv[2], NULL, 10) : SNAPSHOTS_MAX;
    size_t count = 0;
    js_result result = js_open(argv[1], JS_READ, NULL, &database, &error);
    if (result != JS_OK) {
        (void)fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    while (result == JS_OK && count < most && count < SNAPSHOTS_MAX) {
        result = js_snapshot_begin(database, &held[count], &error);
        count += result == JS_OK;
    }
    (void)printf("%zu\n", count);
    (void)fflush(stdout);
    while (getchar() != EOF) {
    }
    while (count > 0) {
        js_snapshot_end(held[--count]);
    }
    js_close(database);
    return EXIT_SUCCESS;
}
