/* SPDX-License-Identifier: Apache-2.0 */
#include "render/csv.h"

#include <string.h>

#include "base/unescape.h"

#define COLUMNS                                                                                    \
    X("id", "")                                                                                    \
    X("type", ",")                                                                                 \
    X("localizedType", ",")                                                                        \
    X("executionStartTime", ",")                                                                   \
    X("executionStopTime", ",")                                                                    \
    X("executionDuration", ",")                                                                    \
    X("status", ",")                                                                               \
    X("usn", ",")                                                                                  \
    X("backupJobInfo.policyId", ",")                                                               \
    X("backupJobInfo.policyName", ",")                                                             \
    X("backupJobInfo.protectedInstancesCount", ",")                                                \
    X("backupJobInfo.policyRemoved", ",")                                                          \
    X("restoreJobInfo.reason", ",")                                                                \
    X("restoreJobInfo.items", ",")                                                                 \
    X("fileLevelRestoreJobInfo.reason", ",")                                                       \
    X("fileLevelRestoreJobInfo.flrLink.url", ",")                                                  \
    X("fileLevelRestoreJobInfo.flrLink.thumbprint", ",")                                           \
    X("fileLevelRestoreJobInfo.vmId", ",")                                                         \
    X("repositoryJobInfo.repositoryId", ",")                                                       \
    X("repositoryJobInfo.repositoryName", ",")                                                     \
    X("repositoryJobInfo.repositoryRemoved", ",")

#define X(name, separator) separator name
const char jsp_csv_header[] = COLUMNS "\r\n";
#undef X

#define X(name, separator) name,
static const char *const columns[] = {COLUMNS};
#undef X

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))
#define PATH_MAX_LENGTH 64

/* The values of a row, by column. */
struct row {
    jsp_slice values[COLUMN_COUNT];
    size_t next; /* the column after the last that was found: canonical order is theirs */
};

static void found(struct row *row, const char *path, jsp_slice value)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        size_t column = (row->next + i) % COLUMN_COUNT;
        if (strcmp(columns[column], path) == 0) {
            row->values[column] = value;
            row->next = column + 1;
            return;
        }
    }
}

static void collect(struct row *row, jsp_slice object, char *path, size_t length)
{
    jsp_json_iterator walk;
    jsp_slice name;
    jsp_slice value;
    jsp_json_begin(&walk, object);
    while (jsp_json_next_member(&walk, &name, &value)) {
        if (length + name.length + 2 > PATH_MAX_LENGTH
            || memchr(name.text, '.', name.length) != NULL) {
            continue; /* no column has such a name; the dots of paths are ours */
        }
        memcpy(path + length, name.text, name.length);
        path[length + name.length] = '\0';
        if (value.text[0] == '{') {
            path[length + name.length] = '.';
            collect(row, value, path, length + name.length + 1);
        } else {
            found(row, path, value);
        }
    }
}

static void put_quoted(jsp_text *text, const char *bytes, size_t length)
{
    const char *end = bytes + length;
    jsp_text_bytes(text, "\"", 1);
    while (bytes < end) {
        const char *quote = memchr(bytes, '"', (size_t)(end - bytes));
        size_t plain = quote != NULL ? (size_t)(quote - bytes) + 1 : (size_t)(end - bytes);
        jsp_text_bytes(text, bytes, plain);
        jsp_text_bytes(text, "\"", quote != NULL);
        bytes += plain;
    }
    jsp_text_bytes(text, "\"", 1);
}

/* A cell's text, unescaped where it stands: at the end of `text`, which it is then cut from. */
static void put_string(jsp_text *text, jsp_slice string)
{
    jsp_text plain = {0};
    jsp_text_bytes(&plain, "'", 1);
    jsp_json_unescape(&plain, (jsp_slice){string.text + 1, string.length - 2});
    if (plain.failed) {
        text->failed = true;
    } else {
        const char *cell = plain.data + 1;
        size_t length = plain.length - 1;
        bool formula = length > 0 && memchr("=+-@\t\r", cell[0], 6) != NULL;
        bool quoted = false;
        for (size_t i = 0; i < length && !quoted; i++) {
            quoted = memchr("\",\r\n", cell[i], 4) != NULL;
        }
        if (formula) {
            cell--;
            length++;
        }
        if (quoted) {
            put_quoted(text, cell, length);
        } else {
            jsp_text_bytes(text, cell, length);
        }
    }
    jsp_text_free(&plain);
}

void jsp_csv_row(jsp_text *text, jsp_slice session)
{
    struct row row = {0};
    char path[PATH_MAX_LENGTH];
    collect(&row, session, path, 0);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        jsp_text_bytes(text, ",", i > 0);
        if (row.values[i].length == 0) {
            continue;
        }
        if (row.values[i].text[0] == '"') {
            put_string(text, row.values[i]);
        } else if (row.values[i].text[0] == '[') {
            put_quoted(text, row.values[i].text, row.values[i].length);
        } else {
            jsp_text_bytes(text, row.values[i].text, row.values[i].length);
        }
    }
    jsp_text_bytes(text, "\r\n", 2);
}
