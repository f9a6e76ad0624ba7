/* SPDX-License-Identifier: Apache-2.0 */
#include "base/walk.h"

void jsp_json_begin(jsp_json_iterator *walk, jsp_slice container)
{
    walk->at = container.text + 1; /* behind the bracket */
    walk->end = container.text + container.length;
}

/* The end of the string that begins at `at`. */
static const char *after_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++) {
        at += *at == '\\';
    }
    return at < end ? at + 1 : end;
}

static const char *after_value(const char *at, const char *end)
{
    int depth = 0;
    while (at < end) {
        if (*at == '"') {
            at = after_string(at, end);
        } else if (*at == '{' || *at == '[') {
            depth++;
            at++;
        } else if (*at == '}' || *at == ']') {
            if (depth == 0) {
                return at; /* the container's */
            }
            depth--;
            at++;
        } else if (*at == ',' && depth == 0) {
            return at;
        } else {
            at++;
        }
    }
    return end;
}

bool jsp_json_next_element(jsp_json_iterator *walk, jsp_slice *value)
{
    if (walk->at < walk->end && *walk->at == ',') {
        walk->at++;
    }
    if (walk->at >= walk->end || *walk->at == ']' || *walk->at == '}') {
        return false;
    }
    value->text = walk->at;
    walk->at = after_value(walk->at, walk->end);
    value->length = (size_t)(walk->at - value->text);
    return *value->text != '"' || value->length >= 2; /* a lone quote is no string */
}

bool jsp_json_next_member(jsp_json_iterator *walk, jsp_slice *name, jsp_slice *value)
{
    if (walk->at < walk->end && *walk->at == ',') {
        walk->at++;
    }
    if (walk->at >= walk->end || *walk->at != '"') {
        return false;
    }
    name->text = walk->at + 1;
    walk->at = after_string(walk->at, walk->end);
    name->length = (size_t)(walk->at - name->text) - 1;
    walk->at += walk->at < walk->end; /* the colon */
    return jsp_json_next_element(walk, value);
}
