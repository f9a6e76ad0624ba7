/* SPDX-License-Identifier: Apache-2.0 */
#include "write/localized.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The types whose name is known not to be their words with spaces between. */
static const struct {
    const char *type;
    const char *name;
} exceptions[] = {
    {"RepositoryCreation", "Create Repository"},
    {"InvalidSnapshotRetention", "Invalid Snapshot Deletion"},
};

static bool is_upper(char character)
{
    return character >= 'A' && character <= 'Z';
}

static bool is_lower(char character)
{
    return character >= 'a' && character <= 'z';
}

/* A word begins at a capital that follows a small letter or digit, or precedes a small letter. */
static bool begins_word(const char *type, size_t at)
{
    if (at == 0 || !is_upper(type[at])) {
        return false;
    }
    char before = type[at - 1];
    return is_lower(before) || (before >= '0' && before <= '9')
           || (is_upper(before) && is_lower(type[at + 1]));
}

size_t jsp_localized_type(const char *type, char text[JSP_LOCALIZED_TEXT])
{
    size_t length = 0;
    for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++) {
        if (strcmp(type, exceptions[i].type) == 0) {
            return (size_t)snprintf(text, JSP_LOCALIZED_TEXT, "%s", exceptions[i].name);
        }
    }
    for (size_t at = 0; type[at] != '\0' && length + 2 < JSP_LOCALIZED_TEXT; at++) {
        if (begins_word(type, at)) {
            text[length++] = ' ';
        }
        text[length++] = type[at];
    }
    return length;
}
