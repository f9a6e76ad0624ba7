/* SPDX-License-Identifier: Apache-2.0 */
#include "write/reversal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/unnamed.h"
#include "jobsessions_read.h"

/* Each text stands between two of these, so that the file can be read from either end. */
struct mark {
    uint64_t length;
};

static enum exit_code failed(void)
{
    complain("the document cannot be kept in TMPDIR: %s", strerror(errno));
    return EXIT_DATABASE;
}

enum exit_code reversal_begin(struct reversal *reversal)
{
    memset(reversal, 0, sizeof(*reversal));
    reversal->file = unnamed_open();
    return reversal->file != NULL ? EXIT_DONE : EXIT_DATABASE;
}

/* The number that a session has for its id, in its front, where exports have it; 0: there is none. */
static uint64_t id_of(const char *text, size_t length)
{
    static const char front[] = "{\"id\":\"";
    uint64_t id = 0;
    if (length <= sizeof(front) || memcmp(text, front, sizeof(front) - 1) != 0) {
        return 0;
    }
    const char *digits = text + sizeof(front) - 1;
    const char *quote = memchr(digits, '"', length - (sizeof(front) - 1));
    return quote != NULL && js_id_parse(digits, (size_t)(quote - digits), &id) ? id : 0;
}

/* Whether a text may tell of a removal. One that does not, and is taken for it, does no harm. */
static bool tells_of_a_removal(const char *text, size_t length)
{
    static const char name[] = "\"deleted\"";
    return memmem(text, length, name, sizeof(name) - 1) != NULL;
}

enum exit_code reversal_add(struct reversal *reversal, const char *text, size_t length)
{
    struct mark mark = {length};
    if (fwrite(&mark, sizeof(mark), 1, reversal->file) != 1
        || fwrite(text, 1, length, reversal->file) != length
        || fwrite(&mark, sizeof(mark), 1, reversal->file) != 1) {
        return failed();
    }
    reversal->has_removals = reversal->has_removals || tells_of_a_removal(text, length);
    uint64_t id = id_of(text, length);
    if (id != 0) { /* uuids have no order */
        reversal->last_id = id;
        reversal->first_id = reversal->first_id == 0 ? id : reversal->first_id;
    }
    reversal->count++;
    return EXIT_DONE;
}

/* Read the text whose mark is at `offset`, or ends there when `backwards`; moves it over the text. */
static bool read_text(FILE *file, off_t *offset, bool backwards, char **text, struct mark *mark)
{
    off_t at = backwards ? *offset - (off_t)sizeof(*mark) : *offset;
    if (fseeko(file, at, SEEK_SET) != 0 || fread(mark, sizeof(*mark), 1, file) != 1) {
        return false;
    }
    off_t begin = backwards ? at - (off_t)mark->length : at + (off_t)sizeof(*mark);
    *offset =
        backwards ? begin - (off_t)sizeof(*mark) : begin + (off_t)(mark->length + sizeof(*mark));
    char *larger = realloc(*text, mark->length + 1);
    if (larger == NULL) {
        return false;
    }
    *text = larger;
    return fseeko(file, begin, SEEK_SET) == 0
           && fread(*text, 1, mark->length, file) == mark->length;
}

enum exit_code reversal_take(struct reversal *reversal,
                             enum exit_code (*take)(void *baton, const char *text, size_t length,
                                                    uint64_t number),
                             void *baton)
{
    bool backwards = reversal->first_id >= reversal->last_id && !reversal->has_removals;
    char *text = NULL;
    enum exit_code code = fflush(reversal->file) == 0 ? EXIT_DONE : failed();
    off_t offset = backwards ? ftello(reversal->file) : 0;
    for (uint64_t i = 0; i < reversal->count && code == EXIT_DONE; i++) {
        struct mark mark;
        code = read_text(reversal->file, &offset, backwards, &text, &mark)
                   ? take(baton, text, mark.length, backwards ? reversal->count - i : i + 1)
                   : failed();
    }
    free(text);
    return code;
}

void reversal_end(struct reversal *reversal)
{
    if (reversal->file != NULL) {
        (void)fclose(reversal->file);
        reversal->file = NULL;
    }
}
