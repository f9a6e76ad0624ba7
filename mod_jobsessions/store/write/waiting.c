/* SPDX-License-Identifier: Apache-2.0 */
#include "write/waiting.h"

#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/ticks.h"

#define TICKS_TO_1970 (INT64_C(719162) * JSP_TICKS_DAY)
#define TICKS_MILLISECOND (JSP_TICKS_SECOND / 1000)

/* Room for whom it is. */
#define HOLDER_TEXT 128

static void describe(const jsp_turn_holder *holder, char text[HOLDER_TEXT])
{
    char when[JSP_TICKS_TEXT] = "";
    if (holder->since > 0) {
        (void)jsp_date_format(TICKS_TO_1970 + holder->since * TICKS_MILLISECOND, when);
    }
    const char *since = holder->since > 0 ? " since " : "";
    if (holder->process == 0) {
        (void)snprintf(text, HOLDER_TEXT, "another process is writing");
    } else if (holder->thread != 0) {
        (void)snprintf(text, HOLDER_TEXT, "thread %ld of this process has been writing%s%s",
                       (long)holder->thread, since, when);
    } else {
        (void)snprintf(text, HOLDER_TEXT, "process %ld has been writing%s%s", (long)holder->process,
                       since, when);
    }
}

js_result jsp_waiting_fail(js_database *database, jsp_turn_outcome outcome, js_error *error)
{
    jsp_turn_holder holder;
    char who[HOLDER_TEXT];
    if (outcome == JSP_TURN_OWN) {
        return jsp_fail(error, JS_MISUSE,
                        "%s: this thread has a transaction open already; write through that, or "
                        "end it first",
                        database->directory);
    }
    (void)jsp_turn_find_holder(&database->turn, database->env, &holder);
    describe(&holder, who);
    return outcome == JSP_TURN_LATE
               ? jsp_fail(
                   error, JS_BUSY,
                   "%s: %s, and the %u ms are over that this one waits; nothing was written; "
                   "try again",
                   database->directory, who, atomic_load(&database->turn.limit))
               : jsp_fail(error, JS_INTERRUPTED,
                          "%s: the wait was interrupted while %s; nothing was written",
                          database->directory, who);
}

bool js_others_write(js_database *database)
{
    jsp_turn_holder holder;
    return jsp_turn_find_holder(&database->turn, database->env, &holder);
}

void js_set_wait_limit(js_database *database, unsigned milliseconds)
{
    atomic_store(&database->turn.limit, milliseconds);
}

void js_interrupt(js_database *database)
{
    (void)atomic_fetch_add(&database->turn.interruptions, 1);
}
