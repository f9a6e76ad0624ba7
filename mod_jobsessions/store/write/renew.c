/* SPDX-License-Identifier: Apache-2.0 */
/* What a database is given that came from elsewhere: an identity of its own. Who wrote its sessions is no longer known. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/error.h"
#include "write/workers.h"

js_result js_transaction_renew(js_transaction *transaction, js_error *error)
{
    uint8_t identity[sizeof(transaction->counters.identity)];
    js_result result = jsp_transaction_check(transaction, error);
    if (result != JS_OK) {
        return result;
    }
    if (getrandom(identity, sizeof(identity), 0) != (ssize_t)sizeof(identity)) {
        return jsp_fail(error, JS_SYSTEM, "%s: make an identity: %s",
                        transaction->database->directory, strerror(errno));
    }
    int rc = jsp_workers_forget_all(transaction);
    if (rc != 0) {
        return jsp_transaction_break(transaction, error, rc, "forget the workers");
    }
    memcpy(transaction->counters.identity, identity, sizeof(identity));
    transaction->counters.revision++;
    return JS_OK;
}
