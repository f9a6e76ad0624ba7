/* SPDX-License-Identifier: Apache-2.0 */
/* How often each of many texts was met. */
#ifndef JS_TOOL_TALLY_H
#define JS_TOOL_TALLY_H

#include <stdbool.h>
#include <stdint.h>

/* Begins as zeros. */
struct tally {
    void *texts; /* a tree of tsearch()'s */
};

/* Count one; false: there is no memory. */
bool tally_count(struct tally *tally, const char *text);

/* Is told of each text, in their order; baton is the caller's. */
typedef void tally_visit(void *baton, const char *text, uint64_t count);
void tally_walk(const struct tally *tally, tally_visit *visit, void *baton);

void tally_free(struct tally *tally);

#endif
