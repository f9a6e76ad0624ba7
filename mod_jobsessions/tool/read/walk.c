/* SPDX-License-Identifier: Apache-2.0 */
#include "read/walk.h"

#include <stdlib.h>

#include "base/complain.h"
#include "base/memory.h"

/* The first page is waited for, and has one session; each other one has so many times as many, up to the most; and bytes
 * of output after which one ends early. */
#define PAGE_GROWS 32
#define PAGE 200000
#define PAGE_BYTES ((off_t)16 << 20)

/* A page on its way. */
struct page {
    uint64_t limit;
    uint64_t handed;
    bool more; /* there may be another one */
    char *text;
    size_t length;
    FILE *out;
};

/* False when nothing can lie behind it. */
static bool go_on_behind(struct walk *walk, const js_session *session)
{
    walk->query.filter.highest_id = session->id - 1;
    return session->id > 0;
}

static enum exit_code take_rows(struct walk *walk, js_list *list, struct page *page)
{
    js_session session;
    js_result result = JS_OK;
    enum exit_code code = EXIT_DONE;
    page->handed = 0;
    page->more = true;
    while (code == EXIT_DONE && ftello(page->out) < PAGE_BYTES && page->handed < page->limit
           && (result = js_list_next(list, &session)) == JS_OK) {
        code = walk->row(walk->baton, page->out, &session);
        page->more = go_on_behind(walk, &session) && page->more;
        page->handed++;
    }
    page->more = page->more && result != JS_END;
    if (result == JS_DAMAGED) {
        complain("%s: the index is damaged; run `jobsessions verify`", walk->options->directory);
        return EXIT_DATABASE;
    }
    return code;
}

static enum exit_code take_page(struct walk *walk, js_list *list, struct page *page)
{
    js_error error;
    if (js_snapshot_begin(walk->database, &walk->snapshot, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    enum exit_code code = EXIT_DATABASE;
    if (js_list_begin_walk(list, walk->snapshot, &walk->query.filter, &error) == JS_OK) {
        code = take_rows(walk, list, page);
    } else {
        complain("%s", error.message);
    }
    js_snapshot_end(walk->snapshot);
    walk->snapshot = NULL;
    return code;
}

/* What a page has printed, once its snapshot has ended. */
static enum exit_code pass_on(struct page *page)
{
    if (fclose(page->out) != 0) {
        complain("out of memory");
        return EXIT_DATABASE;
    }
    if (fwrite(page->text, 1, page->length, stdout) != page->length || fflush(stdout) != 0) {
        return EXIT_DATABASE; /* which output_finish() tells */
    }
    return EXIT_DONE;
}

static enum exit_code run_page(struct walk *walk, js_list *list, struct page *page)
{
    page->out = open_memstream(&page->text, &page->length);
    if (page->out == NULL) {
        complain("out of memory");
        return EXIT_DATABASE;
    }
    enum exit_code code = take_page(walk, list, page);
    code = exit_code_worse(code, pass_on(page));
    free(page->text);
    return code;
}

/* Nothing is counted beforehand, so that a page costs what is looked at from where the one before has ended. */
enum exit_code walk_run(struct walk *walk)
{
    uint64_t left = walk->query.limit;
    uint64_t next = 1;
    struct page page = {.more = left > 0};
    enum exit_code code = EXIT_DONE;
    walk->query.limit = JS_NO_LIMIT;
    js_list *list = memory_take(js_list_size(&walk->query));
    if (list == NULL) {
        return EXIT_DATABASE;
    }
    while (code == EXIT_DONE && page.more && left > 0) {
        page.limit = next < left ? next : left;
        code = run_page(walk, list, &page);
        left -= left == JS_NO_LIMIT ? 0 : page.handed;
        next = next < PAGE / PAGE_GROWS ? next * PAGE_GROWS : PAGE;
    }
    free(list);
    return code;
}
