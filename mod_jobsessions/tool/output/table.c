/* SPDX-License-Identifier: Apache-2.0 */
#include "output/table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Characters between two columns. */
#define GAP 2

static unsigned terminal_width(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static bool colours_are_wanted(void)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return (no_colour == NULL || *no_colour == '\0') && terminal != NULL
           && strcmp(terminal, "dumb") != 0;
}

void table_begin(struct table *table, const struct column *columns, unsigned count)
{
    bool is_terminal = isatty(STDOUT_FILENO) == 1;
    table->columns = columns;
    table->count = count;
    table->most = is_terminal ? terminal_width() : 0;
    table->coloured = is_terminal && colours_are_wanted();
}

/* Bytes of the character at `at`, which stands in valid UTF-8 but for its end. */
static size_t character_bytes(const char *at)
{
    size_t bytes = 1;
    while (((unsigned char)at[bytes] & 0xc0) == 0x80) {
        bytes++;
    }
    return bytes;
}

/* Also those above ASCII, U+0080 to U+009F. */
static bool is_control(const char *at)
{
    unsigned char first = (unsigned char)at[0];
    return first < 0x20 || first == 0x7f || (first == 0xc2 && (unsigned char)at[1] < 0xa0);
}

unsigned table_text(FILE *out, const char *text, unsigned most)
{
    unsigned count = 0;
    while (*text != '\0' && count < most) {
        size_t bytes = character_bytes(text);
        if (is_control(text)) {
            (void)fputc('?', out);
        } else {
            (void)fwrite(text, 1, bytes, out);
        }
        text += bytes;
        count++;
    }
    return count;
}

static void put_spaces(FILE *out, unsigned count)
{
    (void)fprintf(out, "%*s", (int)count, "");
}

void table_row(const struct table *table, FILE *out, const char *const *cells, unsigned coloured,
               const char *colour)
{
    unsigned at = 0;
    unsigned most = table->most == 0 ? ~0U : table->most;
    for (unsigned i = 0; i < table->count && at < most; i++) {
        bool shines = table->coloured && i == coloured && colour != NULL;
        unsigned width = table->columns[i].width;
        (void)fprintf(out, shines ? "\033[%sm" : "", colour);
        unsigned put = table_text(out, cells[i], most - at);
        (void)fputs(shines ? "\033[0m" : "", out);
        at += put;
        if (i + 1 < table->count) {
            unsigned spaces = (put < width ? width - put : 0) + GAP;
            spaces = spaces < most - at ? spaces : most - at;
            put_spaces(out, spaces);
            at += spaces;
        }
    }
    (void)fputc('\n', out);
}

void table_head(const struct table *table, FILE *out)
{
    const char *names[16];
    for (unsigned i = 0; i < table->count; i++) {
        names[i] = table->columns[i].name;
    }
    table_row(table, out, names, 0, NULL);
}
