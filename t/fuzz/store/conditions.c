/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions of a list in text: they are applied as a whole, or refused with what is wrong. */
#include <string.h>

#include "fuzz.h"
#include "read/conditions.h"

static void check_query(const jsp_conditions *conditions)
{
    const js_filter *filter = &conditions->query.filter;
    must(filter->type_count <= JSP_CONDITION_TYPES);
    must((filter->types == NULL) == (filter->type_count == 0));
    for (size_t i = 0; i < filter->type_count; i++) {
        must(*filter->types[i] != '\0');
        must(js_utf8_is_valid(filter->types[i], strlen(filter->types[i])));
    }
    must(filter->policy_name == NULL || *filter->policy_name != '\0');
    must(conditions->resource == NULL || *conditions->resource != '\0');
    must(conditions->query.sort == JS_SORT_ID && !conditions->query.changes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jsp_conditions conditions;
    js_error error = {0};
    char *text = strndup((const char *)data, size);
    must(text != NULL);
    js_result result = jsp_conditions_read(&conditions, text, &error);
    if (result == JS_OK) {
        check_query(&conditions);
    } else {
        must(result == JS_INVALID && error.result == JS_INVALID && *error.message != '\0');
    }
    jsp_conditions_free(&conditions);
    free(text);
    return 0;
}
