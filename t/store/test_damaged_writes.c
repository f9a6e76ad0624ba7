/* SPDX-License-Identifier: Apache-2.0 */
/* Writing to a data.mdb damaged at random: it ends well or is refused, the process goes on, and no session that was
 * whole and is not written to becomes another. (Where a page that is in use is listed as free, that cannot be told:
 * see guard.h. It is verify that tells.) Run it with sanitizers, and with LMDB built with them, too: JOBSESSIONS_CASES
 * tells how long, JOBSESSIONS_SEED where to begin. */
#include "damage.h"

#define CASES 1500
#define HIGHEST (SESSIONS + 60)

/* What is known of a session: a sum over its JSON; 0: it is damaged, missing, or was written to. */
static uint32_t known[HIGHEST];
static bool is_written[HIGHEST];
static bool is_free_in_use;

static uint32_t sum_of(const js_session *session)
{
    uint32_t sum = 1;
    for (size_t i = 0; i < session->length; i++) {
        sum = sum * 31 + (unsigned char)session->json[i];
    }
    return sum | 1;
}

static void note_fault(void *unused, const char *text)
{
    (void)unused;
    is_free_in_use |= strstr(text, "listed as free and is in use") != NULL;
}

static bool look_at_sessions(const struct store *store, uint32_t sums[HIGHEST])
{
    js_database *database;
    js_snapshot *snapshot;
    js_session session;
    uint64_t faults;
    js_error error;
    memset(sums, 0, HIGHEST * sizeof(*sums));
    if (js_open(store->directory, JS_READ, &test_options, &database, &error) != JS_OK) {
        return false;
    }
    bool is_open = js_snapshot_begin(database, &snapshot, &error) == JS_OK;
    if (is_open) {
        for (uint64_t id = 1; id < HIGHEST; id++) {
            if (js_snapshot_get(snapshot, id, &session) == JS_OK && session.damage == NULL) {
                sums[id] = sum_of(&session);
            }
        }
        (void)!js_verify(snapshot, note_fault, NULL, &faults);
        js_snapshot_end(snapshot);
    }
    js_close(database);
    return is_open;
}

/* What a write may come to. */
static bool is_told(js_result result, const js_error *error)
{
    return result == JS_OK || error->message[0] != '\0';
}

static void put_one(js_transaction *transaction, uint64_t id)
{
    static char json[12000];
    js_error error = {0};
    int length = snprintf(
        json, sizeof(json),
        "{\"id\":\"%" PRIu64 "\",\"type\":\"T%" PRIu64
        "\",\"executionStartTime\":\"2020-02-%02" PRIu64 "T09:00:00Z\",\"padding\":\"%0*d\"}",
        id, chance(9), 1 + chance(4), (int)(chance(20) == 0 ? 9000 : chance(900)), 0);
    is_written[id] = true;
    assert_true(
        is_told(js_transaction_put(transaction, json, (size_t)length, NULL, &error), &error));
}

/* Some sessions in a row, so that pages are merged. */
static void remove_some(js_transaction *transaction)
{
    uint64_t first = 1 + chance(SESSIONS);
    js_error error = {0};
    uint64_t end = first + chance(60);
    for (uint64_t id = first; id < end && id < HIGHEST; id++) {
        is_written[id] = true;
        assert_true(is_told(js_transaction_remove(transaction, id, JS_REMOVE_ANY, &error), &error));
    }
}

static void append_some(js_transaction *transaction)
{
    static const char item[] = "{\"name\":\"another disk\"}";
    uint64_t id = chance(2) == 0 ? 7 : 1 + chance(SESSIONS);
    js_error error = {0};
    for (uint64_t times = chance(30); times > 0; times--) {
        assert_true(is_told(js_transaction_append(transaction, id, JS_PROTECTED_ITEMS, item,
                                                  sizeof(item) - 1, &error),
                            &error));
    }
}

static bool write_once(js_database *database)
{
    js_transaction *transaction;
    js_error error = {0};
    if (js_transaction_begin(database, &transaction, &error) != JS_OK) {
        assert_true(error.message[0] != '\0');
        return false;
    }
    for (uint64_t steps = 1 + chance(3); steps > 0; steps--) {
        switch (chance(4)) {
        case 0:
            remove_some(transaction);
            break;
        case 1:
            append_some(transaction);
            break;
        default:
            for (uint64_t times = 1 + chance(15); times > 0; times--) {
                put_one(transaction, 1 + chance(HIGHEST - 1));
            }
        }
    }
    js_result result = js_transaction_commit(transaction, &error);
    assert_true(is_told(result, &error));
    return result == JS_OK;
}

/* How many of a few transactions were committed. */
static unsigned write_some(const struct store *store)
{
    js_database *database;
    js_error error = {0};
    unsigned committed = 0;
    if (js_open(store->directory, JS_WRITE, &test_options, &database, &error) != JS_OK) {
        assert_true(error.message[0] != '\0');
        return 0;
    }
    for (uint64_t times = 4; times > 0; times--) {
        committed += write_once(database);
    }
    js_close(database);
    return committed;
}

static void check_the_others(const struct store *store, unsigned long number)
{
    static uint32_t now[HIGHEST];
    if (!look_at_sessions(store, now)) {
        fail_msg("case %lu: it cannot be read any more", number);
    }
    for (uint64_t id = 1; id < HIGHEST; id++) {
        if (!is_written[id] && known[id] != 0 && known[id] != now[id]) {
            fail_msg("case %lu: session %" PRIu64 " was whole, and is %s", number, id,
                     now[id] == 0 ? "damaged" : "another");
        }
    }
}

static void every_writing_survives(void **state)
{
    struct store *store = *state;
    const char *seed = getenv("JOBSESSIONS_SEED");
    unsigned long first = seed != NULL ? strtoul(seed, NULL, 10) : 0;
    unsigned long cases = cases_wanted(CASES);
    unsigned committed = 0;
    size_t length;
    fill_store(store);
    close_store(store);
    unsigned char *whole = (unsigned char *)read_file(path_in(store, "data.mdb"), &length);
    unsigned char *bytes = malloc(length);
    assert_non_null(bytes);
    for (unsigned long number = first; number < first + cases; number++) {
        state_of_chance = number;
        memcpy(bytes, whole, length);
        damage(bytes, length);
        write_file(store, bytes, length);
        memset(is_written, 0, sizeof(is_written));
        is_free_in_use = false;
        if (look_at_sessions(store, known)) {
            bool can_spread = is_free_in_use;
            committed += write_some(store);
            if (!can_spread) {
                check_the_others(store, number);
            }
        }
    }
    print_message("%u transactions of %lu were committed\n", committed, 4 * cases);
    assert_true(committed > cases);
    free(bytes);
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_writing_survives, make_store, remove_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
