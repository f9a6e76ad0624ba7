/* SPDX-License-Identifier: Apache-2.0 */
#include "read/tally.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct counted {
    uint64_t count;
    const char *text; /* that of the one looked for; of one in the tree it stands behind */
};

static int compare(const void *one_, const void *other_)
{
    const struct counted *one = one_;
    const struct counted *other = other_;
    return strcmp(one->text, other->text);
}

static struct counted *add(struct tally *tally, const char *text)
{
    size_t size = strlen(text) + 1;
    struct counted *made = malloc(sizeof(*made) + size);
    if (made == NULL) {
        return NULL;
    }
    *made = (struct counted){.text = (char *)(made + 1)};
    memcpy(made + 1, text, size);
    if (tsearch(made, &tally->texts, compare) == NULL) {
        free(made);
        return NULL;
    }
    return made;
}

bool tally_count(struct tally *tally, const char *text)
{
    const struct counted wanted = {.text = text};
    void *node = tfind(&wanted, &tally->texts, compare);
    struct counted *counted = node != NULL ? *(struct counted **)node : add(tally, text);
    if (counted != NULL) {
        counted->count++;
    }
    return counted != NULL;
}

/* Who is told. */
struct visiting {
    tally_visit *visit;
    void *baton;
};

static void pass_on(const void *node, VISIT visit, void *baton)
{
    const struct visiting *visiting = baton;
    if (visit == postorder || visit == leaf) {
        const struct counted *counted = *(const struct counted *const *)node;
        visiting->visit(visiting->baton, counted->text, counted->count);
    }
}

void tally_walk(const struct tally *tally, tally_visit *visit, void *baton)
{
    struct visiting visiting = {visit, baton};
    twalk_r(tally->texts, pass_on, &visiting);
}

void tally_free(struct tally *tally)
{
    tdestroy(tally->texts, free);
    tally->texts = NULL;
}
