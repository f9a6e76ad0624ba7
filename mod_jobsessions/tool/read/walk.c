/* SPDX-License-Identifier: Apache-2.0 */
#include "read/walk.h"

#include <stdlib.h>

#include "base/complain.h"
#include "base/memory.h"

/* Sessions on the first page, which is waited for, and on the others; bytes after which one ends early. */
#define PAGE_FIRST 100
#define PAGE 10000
#define PAGE_BYTES ((size_t)4 << 20)

/* A page on its way. */
struct page {
    uint64_t limit;
    uint64_t handed;
    char *text;
    size_t length;
    FILE *out;
};

static void go_on_behind(struct walk *walk, const js_session *session)
{
    walk->query.place = JS_PLACE_BEFORE_ID;
    walk->query.place_id = session->id;
}

static enum exit_code take_rows(struct walk *walk, js_list *list, struct page *page)
{
    js_session session;
    js_result result = JS_OK;
    enum exit_code code = EXIT_DONE;
    size_t bytes = 0;
    while (code == EXIT_DONE && bytes < PAGE_BYTES
           && (result = js_list_next(list, &session)) == JS_OK) {
        code = walk->row(walk->baton, page->out, &session);
        go_on_behind(walk, &session);
        page->handed++;
        bytes += session.length;
    }
    if (result == JS_DAMAGED) {
        complain("%s: the index is damaged; run `jobsessions verify`", walk->options->directory);
        return EXIT_DATABASE;
    }
    return code;
}

static enum exit_code take_page(struct walk *walk, js_list *list, struct page *page)
{
    js_error error;
    js_snapshot *snapshot;
    js_query query = walk->query;
    query.limit = page->limit;
    if (js_snapshot_begin(walk->database, &snapshot, &error) != JS_OK) {
        complain("%s", error.message);
        return EXIT_DATABASE;
    }
    enum exit_code code = EXIT_DATABASE;
    if (js_list_begin(list, snapshot, &query, &error) == JS_OK) {
        code = take_rows(walk, list, page);
    } else {
        complain("%s", error.message);
    }
    js_snapshot_end(snapshot);
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

enum exit_code walk_run(struct walk *walk)
{
    js_query largest = walk->query;
    uint64_t left = walk->query.limit;
    struct page page = {.limit = PAGE_FIRST};
    enum exit_code code = EXIT_DONE;
    largest.limit = PAGE;
    js_list *list = memory_take(js_list_size(&largest));
    if (list == NULL) {
        return EXIT_DATABASE;
    }
    do {
        page.limit = page.limit < left ? page.limit : left;
        page.handed = 0;
        code = page.limit > 0 ? run_page(walk, list, &page) : EXIT_DONE;
        left -= left == JS_NO_LIMIT ? 0 : page.handed;
        page.limit = PAGE;
    } while (code == EXIT_DONE && page.handed > 0);
    free(list);
    return code;
}
