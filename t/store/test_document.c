/* SPDX-License-Identifier: Apache-2.0 */
/* The document "Exporting Sessions List": its bytes, its length before the first of them, and what
 * becomes of it when bits have flipped on disk. */
#include "support.h"

#include <jansson.h>
#include <limits.h>

#include "format/counters.h"
#include "format/entry.h"
#include "format/record.h"

/* ---- Rendering ------------------------------------------------------------------------------ */

static void the_example_is_rendered_byte_for_byte_whatever_the_buffer(void **state)
{
    struct store *store = *state;
    static const size_t sizes[] = {1, 2, 3, 7, 64, 4096, 65536};
    size_t expected_length;
    js_links links;
    char *expected = read_file(DATA "export-example.json", &expected_length);
    char *text = malloc(expected_length + 65536);
    assert_non_null(text);
    import_file(store, DATA "sessions-example.ndjson");
    must(js_links_make(&links, BASE_URL, NULL, &store->error), &store->error);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        FREED js_document *document = malloc(js_document_size());
        js_result result = JS_OK;
        size_t length = 0;
        js_snapshot *snapshot = begin_snapshot(store);
        must(js_document_begin(document, snapshot, &links, NULL, NULL, &store->error),
             &store->error);
        assert_int_equal(js_document_length(document), expected_length);
        while (result == JS_OK) {
            size_t produced;
            result = js_document_read(document, text + length, sizes[i], &produced);
            assert_true(produced == sizes[i] || result == JS_END);
            length += produced;
            assert_true(length <= expected_length);
            assert_int_equal(js_document_produced(document), length);
        }
        assert_int_equal(result, JS_END);
        assert_int_equal(length, expected_length);
        assert_memory_equal(text, expected, expected_length);
        assert_int_equal(js_document_damaged(document), 0);

        /* and again from the beginning */
        js_document_rewind(document);
        assert_int_equal(js_document_produced(document), 0);
        assert_int_equal(js_document_read(document, text, expected_length, &length), JS_END);
        assert_int_equal(length, expected_length);
        assert_memory_equal(text, expected, expected_length);
        js_snapshot_end(snapshot);
    }
    free(text);
    free(expected);
}

/* The sessions of a snapshot by way of a source, of which those from one on have other links; after so many it fails. */
struct walked {
    js_snapshot *snapshot;
    js_document *document;
    const js_links *links;
    const js_links *others;
    unsigned handed_out;
    unsigned others_from;
    unsigned fails_after;
};

static js_result next_walked(void *walked_, js_session *session)
{
    struct walked *walked = walked_;
    if (walked->handed_out == walked->fails_after) {
        return JS_SYSTEM;
    }
    js_document_set_links(walked->document, walked->handed_out >= walked->others_from
                                                ? walked->others
                                                : walked->links);
    walked->handed_out++;
    return js_snapshot_next(walked->snapshot, session);
}

static void rewind_walked(void *walked_)
{
    struct walked *walked = walked_;
    js_snapshot_rewind(walked->snapshot);
    walked->handed_out = 0;
}

/* Returns what the end is; the text is ended by NUL. */
static js_result render_source(struct walked *walked, uint64_t count, size_t size, char *text,
                               size_t room)
{
    static const js_frame frame = {.format = JS_JSON, .head = "[", .tail = "]"};
    js_frame with_links = frame;
    const js_source source = {next_walked, rewind_walked, walked, count};
    js_result result = JS_OK;
    size_t length = 0;
    with_links.links = walked->links;
    js_document_begin_source(walked->document, &source, &with_links, NULL, NULL);
    assert_true(js_document_length(walked->document) == JS_NO_LENGTH);
    while (result == JS_OK) {
        size_t produced;
        assert_true(length + size < room);
        result = js_document_read(walked->document, text + length, size, &produced);
        length += produced;
    }
    text[length] = '\0';
    return result;
}

static void a_source_is_rendered_with_the_links_that_it_sets(void **state)
{
    static char text[1 << 18];
    static char in_pieces[1 << 18];
    static const size_t sizes[] = {1, 7, 4096};
    struct store *store = *state;
    js_links links;
    js_links others;
    js_totals totals;
    FREED js_document *document = malloc(js_document_size());
    import_file(store, DATA "sessions-example.ndjson");
    must(js_links_make(&links, BASE_URL, NULL, &store->error), &store->error);
    must(js_links_make(&others, BASE_URL, "/x/a \xc3\xa9", &store->error), &store->error);
    js_snapshot *snapshot = begin_snapshot(store);
    must(js_snapshot_totals(snapshot, &totals, &store->error), &store->error);
    struct walked walked = {snapshot, document, &links, &others, 0, 2, UINT_MAX};
    assert_int_equal(render_source(&walked, totals.count, 65536, text, sizeof(text)), JS_END);
    json_t *results = json_loads(text, 0, NULL);
    assert_int_equal(json_array_size(results), totals.count);
    for (size_t i = 0; i < json_array_size(results); i++) {
        const char *self;
        assert_int_equal(json_unpack(json_array_get(results, i), "{s:{s:{s:s}}}", "_links", "self",
                                     "href", &self),
                         0);
        assert_true((strstr(self, "/x/a%20%C3%A9/") != NULL) == (i >= 2));
    }
    json_decref(results);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        assert_int_equal(
            render_source(&walked, totals.count, sizes[i], in_pieces, sizeof(in_pieces)), JS_END);
        assert_string_equal(in_pieces, text);
    }
    walked.fails_after = (unsigned)totals.count - 1;
    assert_int_equal(render_source(&walked, totals.count, 65536, text, sizeof(text)), JS_DAMAGED);
    assert_null(strstr(text, "}]"));
    js_snapshot_end(snapshot);
}

/* A list of everything in a form, rendered a buffer of that size at a time; returns its length. */
static size_t render_form(struct store *store, js_format format, js_shape shape, size_t size,
                          char *text)
{
    FREED js_document *document = malloc(js_document_size());
    js_links links;
    js_query query;
    js_frame frame = {.links = &links, .head = "", .tail = "", .format = format};
    js_result result = JS_OK;
    size_t length = 0;
    frame.shape = shape;
    js_query_all(&query);
    FREED js_list *list = malloc(js_list_size(&query));
    js_snapshot *snapshot = begin_snapshot(store);
    must(js_links_make(&links, BASE_URL, NULL, &store->error), &store->error);
    must(js_list_begin(list, snapshot, &query, &store->error), &store->error);
    js_document_begin_list(document, list, &frame, NULL, NULL);
    while (result == JS_OK) {
        size_t produced;
        result = js_document_read(document, text + length, size, &produced);
        length += produced;
    }
    assert_int_equal(result, JS_END);
    js_document_end(document);
    js_snapshot_end(snapshot);
    return length;
}

/* Where there is room a session is rendered straight into the buffer. */
static void every_form_is_the_same_whatever_the_buffer(void **state)
{
    struct store *store = *state;
    static const size_t sizes[] = {1, 7, 300, 4096, 20000};
    static char whole[65536];
    static char text[2 * sizeof(whole)];
    import_file(store, DATA "sessions-example.ndjson");
    for (unsigned n = 0; n < 20; n++) {
        (void)put_session(store, "{\"status\":\"Error\",\"restoreJobInfo\":{\"reason\":"
                                 "\"a, \\\"b\\\" <c> & \\n\"},\"own\":{\"1\":[1,{}]}}");
    }
    for (js_format format = JS_JSON; format <= JS_XML; format++) {
        size_t stored = render_form(store, format, JS_SHAPE_STORED, sizeof(whole), whole);
        for (js_shape shape = JS_SHAPE_STORED; shape <= JS_SHAPE_V8_1; shape++) {
            size_t length = render_form(store, format, shape, sizeof(whole), whole);
            assert_true(length == stored && length < sizeof(whole));
            whole[length] = '\0';
            assert_int_equal(strstr(whole, "own") == NULL,
                             format >= JS_CSV ? format != JS_XML : shape == JS_SHAPE_V8_1);
            for (size_t i = 0; i < COUNT(sizes); i++) {
                assert_int_equal(render_form(store, format, shape, sizes[i], text), length);
                assert_memory_equal(text, whole, length);
            }
        }
    }
}

/* What a part comes to, rendered a buffer of that size at a time. */
static void check_part(js_document *document, const char *whole, size_t first, size_t length,
                       size_t size)
{
    char buffer[64];
    size_t had = 0;
    js_result result = JS_OK;
    js_document_part(document, first, length);
    for (unsigned round = 0; round < 2; round++) { /* and once more from its beginning */
        js_document_rewind(document);
        assert_int_equal(js_document_length(document), length);
        for (had = 0, result = JS_OK; result == JS_OK; had += size) {
            size_t produced;
            assert_int_equal(js_document_produced(document), had);
            result = js_document_read(document, buffer, size, &produced);
            assert_int_equal(produced, length - had < size ? length - had : size);
            assert_memory_equal(buffer, whole + first + had, produced);
        }
        assert_int_equal(result, JS_END);
        assert_int_equal(js_document_produced(document), length);
    }
}

static void every_part_has_the_bytes_of_the_whole(void **state)
{
    struct store *store = *state;
    size_t length;
    js_links links;
    FREED js_document *document = malloc(js_document_size());
    (void)put_session(store, "{\"id\":\"7\",\"status\":\"Success\",\"type\":\"A\"}");
    (void)put_session(store, "{\"id\":\"8\",\"status\":\"Success\",\"type\":\"B\"}");
    char *whole = export_document(store, &length);
    must(js_links_make(&links, BASE_URL, NULL, &store->error), &store->error);
    js_snapshot *snapshot = begin_snapshot(store);
    must(js_document_begin(document, snapshot, &links, NULL, NULL, &store->error), &store->error);
    for (size_t first = 0; first < length; first++) {
        for (size_t last = first; last < length; last += 1 + (length - last) / 16) {
            check_part(document, whole, first, last - first + 1, 1 + (first + last) % 64);
        }
    }
    js_snapshot_end(snapshot);
    free(whole);
}

static void an_empty_database_is_a_valid_document(void **state)
{
    struct store *store = *state;
    size_t length;
    char *text = export_document(store, &length);
    assert_string_equal(text, "{\"offset\":0,\"limit\":-1,\"totalCount\":0,\"results\":[],"
                              "\"_links\":{\"self\":{\"href\":"
                              "\"https://abc.ukwest.cloudapp.azure.com:443/api/v1/jobSessions"
                              "?offset=0&limit=-1&display=Full\"}}}");
    free(text);
}

static void ids_of_every_length_are_counted(void **state)
{
    struct store *store = *state;
    size_t length;
    uint64_t id = 0;
    for (int digits = 0; digits <= 20; digits++) {
        char json[64];
        (void)snprintf(json, sizeof(json), "{\"id\":\"%" PRIu64 "\"}", id);
        store_as_before(store, json);
        id = digits < 19 ? id * 10 + 1 : UINT64_MAX;
    }
    char *text = export_document(store, &length);
    json_t *document = json_loads(text, 0, NULL);
    assert_non_null(document);
    assert_int_equal(json_array_size(json_object_get(document, "results")), 21);
    json_decref(document);
    free(text);
}

static void the_longest_links_fit(void **state)
{
    struct store *store = *state;
    char url[JS_LINK_MAX];
    js_links links;
    FREED js_document *document = malloc(js_document_size());
    char text[16384];
    size_t produced;
    int front = snprintf(url, sizeof(url), "https://h:8443/");
    memset(url + front, 'x', sizeof(url) - (size_t)front);
    url[JS_LINK_MAX - 1 - strlen(JS_DEFAULT_MOUNT)] = '\0';
    store_as_before(store, "{\"id\":\"18446744073709551615\"}");
    must(js_links_make(&links, url, NULL, &store->error), &store->error);
    js_snapshot *snapshot = begin_snapshot(store);
    must(js_document_begin(document, snapshot, &links, NULL, NULL, &store->error), &store->error);
    assert_int_equal(js_document_read(document, text, sizeof(text), &produced), JS_END);
    assert_int_equal(produced, js_document_length(document));
    js_snapshot_end(snapshot);
    json_t *parsed = json_loadb(text, produced, 0, NULL);
    assert_non_null(parsed);
    json_decref(parsed);
}

static void a_session_alone_is_a_document(void **state)
{
    struct store *store = *state;
    static const char expected[] =
        "{\"id\":\"7\",\"type\":\"PolicyBackup\",\"localizedType\":\"Policy "
        "Backup\",\"status\":\"Success\",\"usn\":1,"
        "\"_links\":{\"self\":{\"href\":"
        "\"https://abc.ukwest.cloudapp.azure.com/api/v1/jobSessions/7\"},\"log\":{\"href\":"
        "\"https://abc.ukwest.cloudapp.azure.com/api/v1/jobSessions/7/log\"}}}";
    js_links links;
    const js_frame frame = {.format = JS_JSON, .links = &links, .head = "", .tail = ""};
    js_session session;
    FREED js_document *document = malloc(js_document_size());
    char text[1024];
    size_t produced;
    (void)put_session(store, "{\"status\":\"Success\",\"id\":\"7\",\"type\":\"PolicyBackup\"}");
    must(js_links_make(&links, BASE_URL, NULL, &store->error), &store->error);
    js_snapshot *snapshot = begin_snapshot(store);
    assert_int_equal(js_snapshot_get(snapshot, 8, &session), JS_NOT_FOUND);
    must(js_snapshot_get(snapshot, 7, &session), &store->error);
    js_document_begin_session(document, &session, &frame, NULL, NULL);
    memset(&session, 0, sizeof(session)); /* it was copied */
    for (int round = 0; round < 2; round++) {
        assert_int_equal(js_document_length(document), sizeof(expected) - 1);
        assert_int_equal(js_document_read(document, text, sizeof(text), &produced), JS_END);
        assert_int_equal(produced, sizeof(expected) - 1);
        assert_memory_equal(text, expected, produced);
        js_document_rewind(document);
    }
    js_document_end(document);
    js_snapshot_end(snapshot);
}

static uint32_t random_below(uint32_t limit)
{
    static uint32_t state = 20201123;
    state = state * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)state * limit >> 32);
}

static void random_sessions_have_the_length_that_was_announced(void **state)
{
    struct store *store = *state;
    static const char *const letters[] = {"a", "ü", "東", "💾", "\\n", "\\u0000", "\\\"", " "};
    js_transaction *transaction;
    char *json = malloc((size_t)2 << 20);
    assert_non_null(json);
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (int i = 0; i < 500; i++) {
        int length = sprintf(json, "{\"status\":\"Success\",\"x\":\"");
        for (uint32_t left = random_below(1u << random_below(14)); left > 0; left--) {
            length += sprintf(json + length, "%s", letters[random_below(COUNT(letters))]);
        }
        length += sprintf(json + length, "\"}");
        must(js_transaction_put(transaction, json, (size_t)length, NULL, &store->error),
             &store->error);
    }
    /* and one of 1 MiB among them */
    int around = (int)strlen("{\"id\":\"250\",\"status\":\"Success\",\"usn\":501,\"x\":\"\"}");
    int length = sprintf(json, "{\"status\":\"Success\",\"id\":\"250\",\"x\":\"%0*d\"}",
                         (int)JS_SESSION_MAX - around, 0);
    must(js_transaction_put(transaction, json, (size_t)length, NULL, &store->error), &store->error);
    must(js_transaction_commit(transaction, &store->error), &store->error);
    free(json);

    size_t bytes;
    char *text = export_document(store, &bytes);
    json_t *document = json_loadb(text, bytes, JSON_ALLOW_NUL, NULL);
    assert_non_null(document);
    const json_t *results = json_object_get(document, "results");
    assert_int_equal(json_integer_value(json_object_get(document, "totalCount")), 500);
    assert_int_equal(json_array_size(results), 500);
    for (size_t i = 0; i < 500; i++) {
        char id[16];
        const json_t *session = json_array_get(results, i);
        (void)snprintf(id, sizeof(id), "%zu", 500 - i);
        assert_string_equal(json_string_value(json_object_get(session, "id")), id);
    }
    json_decref(document);
    free(text);
}

/* ---- Damage --------------------------------------------------------------------------------- */

#define SESSIONS 24
#define VICTIM 12
#define LARGE 18 /* the id of a session that LMDB keeps on pages of its own */
#define PAGE 4096
#define PAGE_HEADER 16

/* A database on disk, closed, whose bytes can be flipped: what it holds and how it looked. */
struct patient {
    struct store *store;
    char *bytes; /* of data.mdb, whole */
    size_t length;
    json_t *whole; /* its document */
    uint64_t victim;
    unsigned char record[8192]; /* of the victim */
    size_t record_length;
    unsigned char key[8];                /* of the victim */
    unsigned char entry[JSP_ENTRY_SIZE]; /* of the victim */
};

/* Remember the bytes of the session that is to be damaged. */
static void choose_victim(struct patient *patient, uint64_t victim)
{
    open_store(patient->store);
    js_session session;
    js_snapshot *snapshot = begin_snapshot(patient->store);
    assert_int_equal(js_snapshot_get(snapshot, victim, &session), JS_OK);
    patient->victim = victim;
    patient->record_length = JSP_RECORD_HEADER + session.length;
    assert_true(patient->record_length <= sizeof(patient->record));
    memcpy(patient->record, session.json - JSP_RECORD_HEADER, patient->record_length);
    js_snapshot_end(snapshot);

    jsp_facts facts;
    jsp_entry entry;
    jsp_put_be64(patient->key, victim);
    jsp_record_facts(patient->record, &facts);
    jsp_entry_make(&entry, &facts, patient->record_length - JSP_RECORD_HEADER);
    entry.seal = jsp_record_get_seal(patient->record);
    jsp_entry_pack(patient->entry, &entry);
    close_store(patient->store);
}

/* One transaction, so that every page stands in the file once. */
static struct patient make_patient(struct store *store)
{
    struct patient patient = {.store = store};
    js_transaction *transaction;
    must(js_transaction_begin(store->database, &transaction, &store->error), &store->error);
    for (int i = 1; i <= SESSIONS; i++) {
        char json[8192];
        int bytes = snprintf(json, sizeof(json),
                             "{\"type\":\"Type%d\",\"status\":\"Success\",\"x\":\"%0*d\","
                             "\"executionStartTime\":\"2020-01-%02dT00:00:00Z\"}",
                             i, i == LARGE ? 5000 : 1, 0, i);
        must(js_transaction_put(transaction, json, (size_t)bytes, NULL, &store->error),
             &store->error);
    }
    must(js_transaction_commit(transaction, &store->error), &store->error);
    size_t length;
    char *text = export_document(store, &length);
    patient.whole = json_loads(text, 0, NULL);
    assert_non_null(patient.whole);
    free(text);
    close_store(store);
    choose_victim(&patient, VICTIM);
    patient.bytes = read_file(path_in(store, "data.mdb"), &patient.length);
    return patient;
}

static void release(struct patient *patient)
{
    json_decref(patient->whole);
    free(patient->bytes);
}

/* Where bytes stand in the file, which they do once. */
static size_t place_of(const struct patient *patient, const void *bytes, size_t length)
{
    const char *found = find_bytes(patient->bytes, patient->length, bytes, length);
    assert_non_null(found);
    size_t place = (size_t)(found - patient->bytes);
    assert_null(find_bytes(found + 1, patient->length - place - 1, bytes, length));
    return place;
}

static void write_byte(const struct patient *patient, size_t place, char byte)
{
    FILE *file = fopen(path_in(patient->store, "data.mdb"), "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, (long)place, SEEK_SET), 0);
    assert_int_equal(fputc((unsigned char)byte, file), (unsigned char)byte);
    assert_int_equal(fclose(file), 0);
}

static void flip(const struct patient *patient, size_t place, unsigned bit)
{
    write_byte(patient, place, (char)(patient->bytes[place] ^ (1 << bit)));
}

static void heal(const struct patient *patient, size_t place)
{
    write_byte(patient, place, patient->bytes[place]);
}

struct reports {
    unsigned count;
    uint64_t id;
    char damage[64];
};

static void note(void *baton, const js_session *session)
{
    struct reports *reports = baton;
    reports->count++;
    reports->id = session->id;
    assert_null(session->json);
    (void)snprintf(reports->damage, sizeof(reports->damage), "%s", session->damage);
}

/* Render what is left: JS_END with a valid document of the length announced, or JS_DAMAGED with less,
 * so that a client sees it was broken off. Anything else fails the test. */
static js_result render_patient(const struct patient *patient, struct reports *reports,
                                json_t **parsed)
{
    struct store *store = patient->store;
    js_links links;
    size_t produced = 0;
    memset(reports, 0, sizeof(*reports));
    *parsed = NULL;
    js_result result =
        js_open(store->directory, JS_READ, &test_options, &store->database, &store->error);
    if (result != JS_OK) {
        return result;
    }
    js_snapshot *snapshot = begin_snapshot(store);
    must(js_links_make(&links, BASE_URL, NULL, &store->error), &store->error);
    js_document *document = malloc(js_document_size());
    assert_non_null(document);
    result = js_document_begin(document, snapshot, &links, note, reports, &store->error);
    if (result == JS_OK) {
        char *text = malloc(1 << 20);
        assert_non_null(text);
        result = js_document_read(document, text, 1 << 20, &produced);
        assert_true(result == JS_END ? produced == js_document_length(document)
                                     : produced < js_document_length(document));
        assert_int_equal(js_document_produced(document), produced);
        if (result == JS_END) {
            assert_int_equal(js_document_damaged(document), reports->count);
            *parsed = json_loadb(text, produced, JSON_REJECT_DUPLICATES, NULL);
            assert_non_null(*parsed);
        }
        free(text);
    }
    free(document);
    js_snapshot_end(snapshot);
    close_store(store);
    return result;
}

/* The document is complete, and only the victim is replaced, by an object with its id and links. */
static void assert_only_the_victim_is_lost(const struct patient *patient, const json_t *parsed)
{
    char id[24];
    const json_t *before = json_object_get(patient->whole, "results");
    const json_t *after = json_object_get(parsed, "results");
    assert_int_equal(json_integer_value(json_object_get(parsed, "totalCount")), SESSIONS);
    assert_int_equal(json_array_size(after), SESSIONS);
    for (size_t i = 0; i < SESSIONS; i++) {
        const json_t *was = json_array_get(before, i);
        const json_t *is = json_array_get(after, i);
        if (i != SESSIONS - patient->victim) {
            assert_true(json_equal(was, is));
            continue;
        }
        (void)snprintf(id, sizeof(id), "%" PRIu64, patient->victim);
        assert_string_equal(json_string_value(json_object_get(is, "id")), id);
        assert_string_equal(json_string_value(json_object_get(is, "status")), "Unknown");
        assert_string_equal(json_string_value(json_object_get(is, "localizedType")),
                            "Damaged Record");
        assert_true(json_equal(json_object_get(was, "_links"), json_object_get(is, "_links")));
    }
}

static void a_flipped_bit_in_a_record_costs_that_record_only(void **state)
{
    struct reports reports;
    struct patient patient = make_patient(*state);
    size_t place = place_of(&patient, patient.record, patient.record_length);
    for (size_t i = 0; i < patient.record_length; i++) {
        json_t *parsed;
        flip(&patient, place + i, (unsigned)i % 8);
        assert_int_equal(render_patient(&patient, &reports, &parsed), JS_END);
        assert_only_the_victim_is_lost(&patient, parsed);
        assert_int_equal(reports.count, 1);
        assert_int_equal(reports.id, VICTIM);
        assert_string_equal(reports.damage, i >= 8 && i < 12
                                                ? "its length is not the one it was stored with"
                                                : "its checksum does not match");
        json_decref(parsed);
        heal(&patient, place + i);
    }
    json_t *parsed;
    assert_int_equal(render_patient(&patient, &reports, &parsed), JS_END);
    assert_true(json_equal(parsed, patient.whole));
    assert_int_equal(reports.count, 0);
    json_decref(parsed);
    release(&patient);
}

/* Flip every bit of `length` bytes at `place`, one at a time: it costs the victim only. */
static void assert_every_flip_costs_the_victim(const struct patient *patient, size_t place,
                                               size_t length)
{
    for (size_t i = 0; i < 8 * length; i++) {
        struct reports reports;
        json_t *parsed;
        flip(patient, place + i / 8, (unsigned)i % 8);
        assert_int_equal(render_patient(patient, &reports, &parsed), JS_END);
        assert_only_the_victim_is_lost(patient, parsed);
        assert_int_equal(reports.count, 1);
        assert_int_equal(reports.id, patient->victim);
        json_decref(parsed);
        heal(patient, place + i / 8);
    }
}

/* In the leaf page the key stands before its value. A wrong one disturbs the order that searches
 * rely on, so every session has its turn. */
static void a_flipped_bit_in_a_records_key_costs_that_record_only(void **state)
{
    struct patient patient = make_patient(*state);
    for (uint64_t victim = 1; victim <= SESSIONS; victim++) {
        if (victim == LARGE) {
            continue;
        }
        choose_victim(&patient, victim);
        size_t place =
            place_of(&patient, patient.record, patient.record_length) - sizeof(patient.key);
        assert_memory_equal(patient.bytes + place, patient.key, sizeof(patient.key));
        assert_every_flip_costs_the_victim(&patient, place, sizeof(patient.key));
    }
    release(&patient);
}

/* The leaf page holds the number of the page on which a large record begins. */
static void a_flipped_bit_in_a_large_records_page_number_costs_that_record_only(void **state)
{
    struct patient patient = make_patient(*state);
    unsigned char node[16];
    choose_victim(&patient, LARGE);
    size_t record = place_of(&patient, patient.record, patient.record_length);
    assert_int_equal(record % PAGE, PAGE_HEADER);
    memcpy(node, patient.key, 8);
    jsp_put_le64(node + 8, record / PAGE);
    assert_every_flip_costs_the_victim(&patient, place_of(&patient, node, sizeof(node)),
                                       sizeof(node));
    release(&patient);
}

/* The counters can be added up from the index. */
static void a_flipped_bit_in_the_counters_costs_nothing(void **state)
{
    struct reports reports;
    struct patient patient = make_patient(*state);
    static const char name[] = "counters";
    const char *found = find_bytes(patient.bytes, patient.length, name, strlen(name));
    assert_non_null(found);
    size_t place = (size_t)(found - patient.bytes);
    for (size_t i = 0; i < strlen(name) + JSP_COUNTERS_SIZE; i++) {
        json_t *parsed;
        flip(&patient, place + i, (unsigned)i % 8);
        assert_int_equal(render_patient(&patient, &reports, &parsed), JS_END);
        assert_true(json_equal(parsed, patient.whole));
        json_decref(parsed);
        heal(&patient, place + i);
    }
    release(&patient);
}

/* The index is not read as long as the records and the counters are whole. */
static void a_flipped_bit_in_the_index_costs_nothing(void **state)
{
    struct reports reports;
    struct patient patient = make_patient(*state);
    size_t place = place_of(&patient, patient.entry, sizeof(patient.entry));
    for (size_t i = 0; i < 8 * sizeof(patient.entry); i++) {
        json_t *parsed;
        flip(&patient, place + i / 8, (unsigned)i % 8);
        assert_int_equal(render_patient(&patient, &reports, &parsed), JS_END);
        assert_true(json_equal(parsed, patient.whole));
        json_decref(parsed);
        heal(&patient, place + i / 8);
    }
    release(&patient);
}

/* A valid document, or one that is seen to be broken off: never as many bytes as announced. */
static void two_damages_never_make_a_malformed_document(void **state)
{
    struct reports reports;
    struct patient patient = make_patient(*state);
    size_t record = place_of(&patient, patient.record, patient.record_length);
    size_t entry = place_of(&patient, patient.entry, sizeof(patient.entry));
    const char *found = find_bytes(patient.bytes, patient.length, "counters", 8);
    assert_non_null(found);
    size_t counters = (size_t)(found - patient.bytes) + 8;
    const size_t others[] = {record, record - sizeof(patient.key), counters};
    for (size_t other = 0; other < COUNT(others); other++) {
        flip(&patient, others[other] + 7, 5);
        for (size_t i = 0; i < 8 * sizeof(patient.entry); i++) {
            json_t *parsed;
            flip(&patient, entry + i / 8, (unsigned)i % 8);
            js_result result = render_patient(&patient, &reports, &parsed);
            assert_true(result == JS_END || result == JS_DAMAGED);
            if (result == JS_END) {
                assert_int_equal(json_array_size(json_object_get(parsed, "results")),
                                 json_integer_value(json_object_get(parsed, "totalCount")));
            }
            json_decref(parsed);
            heal(&patient, entry + i / 8);
        }
        heal(&patient, others[other] + 7);
    }
    release(&patient);
}

int main(void)
{
#define IN_A_DATABASE(test) cmocka_unit_test_setup_teardown(test, make_store, remove_store)
    const struct CMUnitTest tests[] = {
        IN_A_DATABASE(the_example_is_rendered_byte_for_byte_whatever_the_buffer),
        IN_A_DATABASE(a_source_is_rendered_with_the_links_that_it_sets),
        IN_A_DATABASE(every_form_is_the_same_whatever_the_buffer),
        IN_A_DATABASE(every_part_has_the_bytes_of_the_whole),
        IN_A_DATABASE(an_empty_database_is_a_valid_document),
        IN_A_DATABASE(ids_of_every_length_are_counted),
        IN_A_DATABASE(the_longest_links_fit),
        IN_A_DATABASE(a_session_alone_is_a_document),
        IN_A_DATABASE(random_sessions_have_the_length_that_was_announced),
        IN_A_DATABASE(a_flipped_bit_in_a_record_costs_that_record_only),
        IN_A_DATABASE(a_flipped_bit_in_a_records_key_costs_that_record_only),
        IN_A_DATABASE(a_flipped_bit_in_a_large_records_page_number_costs_that_record_only),
        IN_A_DATABASE(a_flipped_bit_in_the_counters_costs_nothing),
        IN_A_DATABASE(a_flipped_bit_in_the_index_costs_nothing),
        IN_A_DATABASE(two_damages_never_make_a_malformed_document),
    };
    return cmocka_run_group_tests_name("document", tests, NULL, NULL);
}
