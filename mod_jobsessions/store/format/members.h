/* SPDX-License-Identifier: Apache-2.0 */
/* The members of sessions and items, in the order of the document "Exporting Sessions List" and, for what that
 * has not, of the vendor's v8.1: what is checked when one is written, and what a table of them has for columns. */
#ifndef JS_STORE_MEMBERS_H
#define JS_STORE_MEMBERS_H

#include <stddef.h>

/* How a member is checked and written. */
typedef enum jsp_member_kind {
    JSP_MEMBER_ID,
    JSP_MEMBER_TYPE,
    JSP_MEMBER_LOCALIZED_TYPE,
    JSP_MEMBER_START,
    JSP_MEMBER_STOP,
    JSP_MEMBER_DURATION,
    JSP_MEMBER_DATE,
    JSP_MEMBER_STATUS,
    JSP_MEMBER_USN,
    JSP_MEMBER_TEXT,
    JSP_MEMBER_NAME, /* a text that must not be missing */
    JSP_MEMBER_UUID,
    JSP_MEMBER_POLICY_ID,
    JSP_MEMBER_POLICY_UUID,
    JSP_MEMBER_POLICY_NAME,
    JSP_MEMBER_POLICY_TYPE,
    JSP_MEMBER_PRIORITY,
    JSP_MEMBER_REPOSITORY_ID,  /* v1's, a number */
    JSP_MEMBER_REPOSITORY_UID, /* v8.1's, under a name of its own where it is none */
    JSP_MEMBER_INTEGER,
    JSP_MEMBER_COUNT,
    JSP_MEMBER_BOOLEAN,
    JSP_MEMBER_OBJECT,
    JSP_MEMBER_OBJECTS
} jsp_member_kind;

typedef struct jsp_member jsp_member;

typedef struct jsp_members {
    const jsp_member *list;
    size_t count;
} jsp_members;

/* Bytes that every member's key fits. */
#define JSP_MEMBER_KEY 40

struct jsp_member {
    char key[JSP_MEMBER_KEY]; /* "name": as canonical JSON has it */
    const char *name;
    size_t name_length;
    jsp_member_kind kind;
    size_t most;         /* bytes of a text; a count, 0: any */
    jsp_members members; /* of an object */
};

extern const jsp_members jsp_members_of_session;
extern const jsp_members jsp_members_of_log;
extern const jsp_members jsp_members_of_item;

/* The words that a kind allows, ended by NULL; NULL: it is no such kind. */
const char *const *jsp_member_words(jsp_member_kind kind);

/* The place of a member in its list from `first` on, or the list's count. */
size_t jsp_members_find(const jsp_members *members, size_t first, const char *name, size_t length);

/* The place, likewise, of the member whose key the text begins with. */
size_t jsp_members_match(const jsp_members *members, size_t first, const char *text, size_t length);

/* Bytes of a member's key. */
static inline size_t jsp_member_key_length(const jsp_member *member)
{
    return member->name_length + sizeof("\"\":") - 1;
}

#endif
