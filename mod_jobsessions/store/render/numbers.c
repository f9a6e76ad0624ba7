/* SPDX-License-Identifier: Apache-2.0 */
#include "render/numbers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/ticks.h"
#include "jobsessions_read.h"

#define TICKS_MILLISECOND (JSP_TICKS_SECOND / 1000)

/* JSON that is rewritten where it stands: what was written never catches up with what is read. */
struct rewriting {
    jsp_json_iterator walk;
    const char *kept; /* from here on it is yet to be copied */
    char *to;
    unsigned numbers;
};

static void copy_up_to(struct rewriting *rewriting, const char *end)
{
    size_t length = (size_t)(end - rewriting->kept);
    memmove(rewriting->to, rewriting->kept, length);
    rewriting->to += length;
    rewriting->kept = end;
}

/* A time before 1970 is negative; what is less than a millisecond is dropped. */
static int put_time(char text[JSP_TICKS_TEXT], int64_t ticks)
{
    return snprintf(text, JSP_TICKS_TEXT, "%" PRId64,
                    ticks / TICKS_MILLISECOND - JSP_TICKS_UNIX_EPOCH / TICKS_MILLISECOND);
}

static int put_duration(char text[JSP_TICKS_TEXT], int64_t ticks)
{
    int length = snprintf(text, JSP_TICKS_TEXT, "%" PRId64 ".%07" PRId64, ticks / JSP_TICKS_SECOND,
                          ticks % JSP_TICKS_SECOND);
    while (text[length - 1] == '0') {
        length--;
    }
    return text[length - 1] == '.' ? length - 1 : length;
}

/* What stands for a value; returns its length, 0: nothing does. */
static int number_of(const struct rewriting *rewriting, jsp_member_kind kind, jsp_slice value,
                     char text[JSP_TICKS_TEXT])
{
    int64_t ticks;
    const char *string = value.text + 1;
    size_t length = value.length - 2;
    if (value.length < 2 || value.text[0] != '"' || value.text[value.length - 1] != '"') {
        return 0;
    }
    switch (kind) {
    case JSP_MEMBER_START:
    case JSP_MEMBER_STOP:
    case JSP_MEMBER_DATE:
        return (rewriting->numbers & JS_TIMES_MILLISECONDS) != 0
                       && jsp_date_parse(string, length, &ticks) == NULL
                   ? put_time(text, ticks)
                   : 0;
    case JSP_MEMBER_DURATION:
        return (rewriting->numbers & JS_DURATIONS_SECONDS) != 0
                       && jsp_span_parse(string, length, &ticks) == NULL
                   ? put_duration(text, ticks)
                   : 0;
    default:
        return 0;
    }
}

static void tell_value(struct rewriting *rewriting, jsp_member_kind kind)
{
    char text[JSP_TICKS_TEXT];
    jsp_slice value;
    if (!jsp_json_next_element(&rewriting->walk, &value)) {
        return;
    }
    while (value.length > 0 && value.text[value.length - 1] == ' ') {
        value.length--; /* what a shape was filled up with */
    }
    size_t length = (size_t)number_of(rewriting, kind, value, text);
    if (length > 0 && length <= value.length) {
        copy_up_to(rewriting, value.text);
        memcpy(rewriting->to, text, length);
        rewriting->to += length;
        rewriting->kept = value.text + value.length;
    }
}

static void tell_object(struct rewriting *rewriting, const jsp_members *members);

static void tell_member(struct rewriting *rewriting, /* NOLINT(misc-no-recursion) */
                        const jsp_member *member)
{
    jsp_json_iterator *walk = &rewriting->walk;
    walk->at += jsp_member_key_length(member);
    if (member->members.count > 0 && walk->at < walk->end && *walk->at == '{') {
        tell_object(rewriting, &member->members);
    } else {
        tell_value(rewriting, member->kind);
    }
}

/* An object's members stand in the order of the table, those that no table has behind them. */
static void tell_object(struct rewriting *rewriting, /* NOLINT(misc-no-recursion) */
                        const jsp_members *members)
{
    jsp_json_iterator *walk = &rewriting->walk;
    jsp_slice name;
    jsp_slice value;
    size_t next = 0;
    for (walk->at++; walk->at < walk->end && *walk->at == '"';) {
        size_t at = jsp_members_match(members, next, walk->at, (size_t)(walk->end - walk->at));
        if (at < members->count) {
            tell_member(rewriting, &members->list[at]);
            next = at + 1;
        } else if (!jsp_json_next_member(walk, &name, &value)) {
            break;
        }
        walk->at += walk->at < walk->end && *walk->at == ',';
    }
    walk->at += walk->at < walk->end; /* the closing brace */
}

void jsp_numbers_tell(char *json, size_t length, const jsp_members *members, unsigned numbers)
{
    const char *end = json + length;
    struct rewriting rewriting = {
        .walk = {json, end}, .kept = json, .to = json, .numbers = numbers};
    tell_object(&rewriting, members);
    copy_up_to(&rewriting, end);
    memset(rewriting.to, ' ', (size_t)(end - rewriting.to));
}
