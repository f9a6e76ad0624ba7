/* SPDX-License-Identifier: Apache-2.0 */
/* Another process that writes: it says a line when it has its turn in the database, and keeps it until its input ends. */
#include <stdio.h>
#include <stdlib.h>

#include <jobsessions.h>

int main(int argc, char **argv)
{
    js_error error;
    js_database *database;
    js_transaction *transaction;
    if (argc != 2 || js_open(argv[1], JS_WRITE, NULL, &database, &error) != JS_OK
        || js_transaction_begin(database, &transaction, &error) != JS_OK) {
        return EXIT_FAILURE;
    }
    (void)puts("writing");
    (void)fflush(stdout);
    while (getchar() != EOF) {
    }
    js_transaction_abort(transaction);
    js_close(database);
    return EXIT_SUCCESS;
}
