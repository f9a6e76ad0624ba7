/* SPDX-License-Identifier: Apache-2.0 */
#include "input/sniff.h"

#include <stdbool.h>
#include <string.h>

/* Where `results` must have begun; in a document of ours it does after some 50 bytes. */
#define LOOK_AHEAD ((size_t)64 << 10)

/* What the beginning has told so far. */
enum finding {
    FOUND_LINES = SNIFFED_LINES,
    FOUND_DOCUMENT = SNIFFED_DOCUMENT,
    FOUND_ARRAY = SNIFFED_ARRAY,
    FOUND_NOTHING
};

/* The end of the string whose quote is at `at`, or `end`. */
static const char *string_end(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++) {
        at += *at == '\\';
    }
    return at < end ? at : end;
}

/* A member that sessions have and documents do not. */
static bool is_session_member(const char *name, size_t length)
{
    static const char *const names[] = {
        "id",
        "type",
        "localizedType",
        "executionStartTime",
        "executionStopTime",
        "executionDuration",
        "status",
        "usn",
        "backupJobInfo",
        "healthCheckJobInfo",
        "restoreJobInfo",
        "fileLevelRestoreJobInfo",
        "fileShareFileLevelRestoreJobInfo",
        "repositoryJobInfo",
        "restorePointDataRetrievalJobInfo",
        "retentionJobInfo",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0) {
            return true;
        }
    }
    return false;
}

/* What a string of the outermost object says, its closing quote being at `quote`. */
static enum finding look_at_string(const char *name, const char *quote, const char *end)
{
    size_t length = (size_t)(quote - name);
    const char *next = quote + 1;
    next += strspn(next, " \t\r\n");
    if (next == end || *next != ':') {
        return FOUND_NOTHING;
    }
    if (length == 7 && memcmp(name, "results", length) == 0) {
        return FOUND_DOCUMENT;
    }
    return is_session_member(name, length) ? FOUND_LINES : FOUND_NOTHING;
}

static enum finding look(const char *at, const char *end)
{
    int depth = 0;
    for (; at < end; at++) {
        if (*at == '"') {
            const char *name = at + 1;
            at = string_end(at, end);
            if (at == end) {
                return FOUND_NOTHING;
            }
            enum finding found = depth == 1 ? look_at_string(name, at, end) : FOUND_NOTHING;
            if (found != FOUND_NOTHING) {
                return found;
            }
        } else if (depth == 0 && *at != '{' && strchr(" \t\r\n", *at) == NULL) {
            return *at == '[' ? FOUND_ARRAY : FOUND_LINES;
        } else {
            depth += *at == '{' || *at == '[';
            depth -= *at == '}' || *at == ']';
            if (depth == 0 && *at == '}') {
                return FOUND_LINES;
            }
        }
    }
    return FOUND_NOTHING;
}

enum sniffed sniff(struct input *input)
{
    size_t length;
    do {
        const char *text = input_buffered(input, &length);
        enum finding found = look(text, text + length);
        if (found != FOUND_NOTHING) {
            return (enum sniffed)found;
        }
    } while (length < LOOK_AHEAD && input_fill(input));
    return SNIFFED_LINES;
}
