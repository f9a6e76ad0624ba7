/* SPDX-License-Identifier: Apache-2.0 */
/* What a program in another language cannot take from the header: the version, results as texts, what is in a
 * js_error. */
#include "jobsessions.h"

const char *js_version(void)
{
    return JS_VERSION;
}

const char *js_result_text(js_result result)
{
    static const char *const texts[] = {
        [JS_OK] = "done",
        [JS_END] = "a walk has reached its end",
        [JS_NOT_FOUND] = "there is no such session",
        [JS_INVALID] = "the session was refused",
        [JS_CONFLICT] = "the id or usn belongs to another session",
        [JS_NO_DATABASE] = "there is no database",
        [JS_FORBIDDEN] = "permissions, or a mount, keep this process out",
        [JS_FOREIGN] = "not a job-session database",
        [JS_NEWER] = "the database was made by a later version",
        [JS_FULL] = "the map or the disk is full",
        [JS_BUSY] = "others are in the way; try again",
        [JS_DAMAGED] = "the file is damaged",
        [JS_SYSTEM] = "the system refused",
        [JS_REMOVED] = "the session was removed",
        [JS_RUNNING] = "the session is not finished",
        [JS_AHEAD] = "the usn was never given here",
        [JS_REPLACED] = "the database was replaced; open it again",
        [JS_MISUSE] = "the call is not for this process, thread or moment",
        [JS_INTERRUPTED] = "the wait was interrupted",
        [JS_FINISHED] = "the session is finished",
        [JS_NOT_COUNTED] = "there are no counts yet",
    };
    return (unsigned)result < sizeof(texts) / sizeof(texts[0]) ? texts[result] : "unknown result";
}

size_t js_error_size(void)
{
    return sizeof(js_error);
}

const char *js_error_message(const js_error *error)
{
    return error->message;
}

const char *js_error_member(const js_error *error)
{
    return error->member;
}
