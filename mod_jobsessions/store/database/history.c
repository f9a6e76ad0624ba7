/* SPDX-License-Identifier: Apache-2.0 */
#include "database/history.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "database/snapshot.h"

static int digit_of(char letter)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = letter != '\0' ? strchr(digits, letter) : NULL;
    return at != NULL ? (int)(at - digits) % 16 : -1;
}

bool jsp_history_parse(const char *text, jsp_history *history)
{
    for (size_t i = 0; i < sizeof(history->identity); i++) {
        int high = digit_of(text[0]);
        int low = high >= 0 ? digit_of(text[1]) : -1;
        if (low < 0) {
            return false;
        }
        history->identity[i] = (uint8_t)(16 * high + low);
        text += 2;
    }
    history->began = 0;
    return *text == '\0'
           || (*text == '-' && js_id_parse(text + 1, strlen(text + 1), &history->began));
}

bool js_history_is_valid(const char *text)
{
    jsp_history history;
    return jsp_history_parse(text, &history);
}

bool js_snapshot_history(const js_snapshot *snapshot, char text[JS_HISTORY_TEXT])
{
    if (!js_snapshot_identity(snapshot, text)) {
        return false;
    }
    if (snapshot->forgotten > 0) {
        (void)snprintf(text + JS_IDENTITY_TEXT - 1, JS_HISTORY_TEXT - JS_IDENTITY_TEXT + 1,
                       "-%" PRIu64, snapshot->forgotten);
    }
    return true;
}

uint64_t js_snapshot_forgotten(const js_snapshot *snapshot)
{
    return snapshot->forgotten;
}
