/* SPDX-License-Identifier: Apache-2.0 */
#include "http_source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Seconds for a connection; and without a byte, after which a request is given up. */
#define CONNECT_PATIENCE 5L
#define SILENCE_PATIENCE 10L

/* The longest line: a session, its links, and what either may take when escaped. */
#define LINE_MAX_BYTES ((size_t)JS_SESSION_MAX + 16384)

/* How much of an answer that is an error is read for its text. */
#define ERROR_SIZE 4096

#define URL_SIZE 4096
#define TOKEN_SIZE 16384

/* An answer on its way. */
struct answer {
    CURL *curl;
    struct rows *rows;
    struct page *page;
    char *line; /* LINE_MAX_BYTES: the beginning of one whose end has not come */
    size_t length;
    size_t count;
    char error[ERROR_SIZE];
    size_t error_length;
    char tag[SOURCE_TAG];
    bool full;  /* there are enough rows: the rest is for the next request */
    bool wrong; /* a line is too long, or none of a session */
};

static long status_of(CURL *curl)
{
    long status = 0;
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* What stands behind a name of ours in a header's line; the text's length, 0: it is another one. */
static size_t header_value(const char *line, size_t length, const char *name, char *value,
                           size_t size)
{
    size_t skip = strlen(name);
    if (length < skip || strncasecmp(line, name, skip) != 0) {
        return 0;
    }
    while (skip < length && line[skip] == ' ') {
        skip++;
    }
    while (length > skip && (line[length - 1] == '\r' || line[length - 1] == '\n')) {
        length--;
    }
    if (length - skip >= size) {
        return 0;
    }
    memcpy(value, line + skip, length - skip);
    value[length - skip] = '\0';
    return length - skip;
}

static size_t take_header(char *line, size_t size, size_t count, void *baton)
{
    struct answer *answer = baton;
    (void)header_value(line, size * count, "JobSessions-Database:", answer->page->identity,
                       sizeof(answer->page->identity));
    (void)header_value(line, size * count, "ETag:", answer->tag, sizeof(answer->tag));
    return size * count;
}

/* The session without its links, which are the last member of a line. */
static size_t length_without_links(const char *line, size_t length)
{
    static const char links[] = ",\"_links\":{";
    for (size_t at = length; at-- > 0;) {
        if (length - at >= sizeof(links) && memcmp(line + at, links, sizeof(links) - 1) == 0) {
            return at;
        }
    }
    return length;
}

/* The placeholder of a damaged record is filled up with spaces. */
static bool says_true(const js_session *session, const char *member)
{
    char text[8];
    return js_session_text(session, member, text, sizeof(text)) > 0 && strspn(text, "true") == 4
           && strspn(text, "true ") == strlen(text);
}

/* The number of a session: its id, or what the link to its place has. Who was removed under a uuid has none. */
static bool find_number(js_session *session, const char *id, const char *links, size_t length)
{
    static const char query[] = "?maxId=";
    size_t digits = strlen(id);
    if (js_id_parse(id, digits, &session->id)) {
        return true;
    }
    const char *place = memmem(links, length, query, sizeof(query) - 1);
    if (place != NULL) {
        session->id = strtoull(place + sizeof(query) - 1, NULL, 10);
    }
    return js_id_is_valid(id, digits);
}

/* A line as a list of changes hands a session out. `line` has room for one byte more. */
static void take_line(struct answer *answer, char *line, size_t length)
{
    char text[24];
    char id[JS_ID_TEXT];
    js_session session = {.json = line, .length = length_without_links(line, length)};
    size_t rest = length - session.length;
    if (rest > 0) {
        line[session.length++] = '}';
    }
    (void)js_session_text(&session, "id", id, sizeof(id));
    if (!find_number(&session, id, line + session.length, rest > 0 ? rest - 1 : 0)) {
        answer->wrong = true;
        return;
    }
    bool has_usn = js_session_text(&session, "usn", text, sizeof(text)) > 0;
    if (says_true(&session, "damaged")) {
        session.damage = "so says its appliance";
    } else if (!has_usn) {
        answer->wrong = true;
        return;
    } else if (says_true(&session, "deleted")) {
        session.deleted_usn = strtoull(text, NULL, 10);
    }
    answer->page->usn = rows_add(answer->rows, &session, id, answer->page->usn);
    answer->count++;
    answer->full = answer->rows->length >= answer->rows->enough;
}

/* Bytes up to the end of a line, or as many as there are. */
static void take_piece(struct answer *answer, const char *bytes, size_t length, bool ends)
{
    if (length >= LINE_MAX_BYTES - answer->length) {
        answer->wrong = true;
        return;
    }
    memcpy(answer->line + answer->length, bytes, length);
    answer->length += length;
    if (ends && answer->length > 0) {
        take_line(answer, answer->line, answer->length);
    }
    answer->length = ends ? 0 : answer->length;
}

static void take_error(struct answer *answer, const char *bytes, size_t length)
{
    size_t room = sizeof(answer->error) - answer->error_length;
    length = length < room ? length : room;
    memcpy(answer->error + answer->error_length, bytes, length);
    answer->error_length += length;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *baton)
{
    struct answer *answer = baton;
    size_t length = size * count;
    if (status_of(answer->curl) != 200) {
        take_error(answer, bytes, length);
        return length;
    }
    for (size_t at = 0; at < length && !answer->wrong && !answer->full;) {
        const char *end = memchr(bytes + at, '\n', length - at);
        size_t piece = end != NULL ? (size_t)(end - bytes) - at : length - at;
        take_piece(answer, bytes + at, piece, end != NULL);
        at += piece + (end != NULL);
    }
    return answer->wrong || answer->full ? 0 : length;
}

/* The token as it is now: whoever renews it writes the file anew. False: there is none, which was said. */
static bool read_token(struct source *source, char token[TOKEN_SIZE])
{
    char path[URL_SIZE];
    (void)snprintf(path, sizeof(path), "%s/%s", source->access->tokens, source->name);
    FILE *file = fopen(path, "re");
    bool is_read = file != NULL && fgets(token, TOKEN_SIZE, file) != NULL;
    if (file != NULL) {
        (void)fclose(file);
    }
    if (!is_read) {
        (void)source_fail(source, "%s cannot be read: %m", path);
        return false;
    }
    token[strcspn(token, "\r\n")] = '\0';
    return true;
}

/* One more header; what there is already is given back where there is no memory. */
static struct curl_slist *add_header(struct curl_slist *headers, const char *name,
                                     const char *value)
{
    char text[TOKEN_SIZE + 64];
    (void)snprintf(text, sizeof(text), "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(headers, text);
    if (longer == NULL) {
        curl_slist_free_all(headers);
    }
    return longer;
}

static struct curl_slist *make_headers(struct source *source, const char *tag)
{
    char token[sizeof("Bearer ") + TOKEN_SIZE] = "Bearer ";
    if (source->access->tokens != NULL && !read_token(source, token + strlen(token))) {
        return NULL;
    }
    struct curl_slist *headers = add_header(NULL, "Accept", "application/x-ndjson");
    if (headers != NULL && source->access->tokens != NULL) {
        headers = add_header(headers, "Authorization", token);
    }
    if (headers != NULL && tag[0] != '\0') {
        headers = add_header(headers, "If-None-Match", tag);
    }
    if (headers == NULL) {
        (void)source_fail(source, "out of memory");
    }
    return headers;
}

/* Called once a second, and for each piece that comes. */
static int note_end(void *baton, curl_off_t download, curl_off_t downloaded, curl_off_t upload,
                    curl_off_t uploaded)
{
    const struct source *source = baton;
    (void)download;
    (void)downloaded;
    (void)upload;
    (void)uploaded;
    return atomic_load(source->access->end);
}

/* A handle with all that does not change between requests. */
static bool prepare(struct source *source)
{
    if (source->curl != NULL) {
        return true;
    }
    source->curl = curl_easy_init();
    if (source->curl == NULL) {
        return false;
    }
    (void)curl_easy_setopt(source->curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(source->curl, CURLOPT_ACCEPT_ENCODING, "");
    (void)curl_easy_setopt(source->curl, CURLOPT_CONNECTTIMEOUT, CONNECT_PATIENCE);
    (void)curl_easy_setopt(source->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    (void)curl_easy_setopt(source->curl, CURLOPT_LOW_SPEED_TIME, SILENCE_PATIENCE);
    (void)curl_easy_setopt(source->curl, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(source->curl, CURLOPT_XFERINFOFUNCTION, note_end);
    (void)curl_easy_setopt(source->curl, CURLOPT_XFERINFODATA, source);
    (void)curl_easy_setopt(source->curl, CURLOPT_HEADERFUNCTION, take_header);
    (void)curl_easy_setopt(source->curl, CURLOPT_WRITEFUNCTION, take_body);
    if (source->access->ca != NULL) {
        (void)curl_easy_setopt(source->curl, CURLOPT_CAINFO, source->access->ca);
    }
    return true;
}

/* Of a certificate curl knows more than the name of the error, on more than one line. */
static enum exit_code unanswered(struct source *source, const char *url, CURLcode code,
                                 char detail[CURL_ERROR_SIZE])
{
    detail[strcspn(detail, "\r\n")] = '\0';
    switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
        return EXIT_DATABASE;
    case CURLE_PEER_FAILED_VERIFICATION:
        return source_fail(source,
                           "%s: its certificate is refused: %s (it has to be for that host, by an "
                           "authority that the system knows, or the file of --ca)",
                           url, detail);
    case CURLE_SSL_CACERT_BADFILE:
        return source_fail(source, "%s: --ca %s cannot be used", url, source->access->ca);
    default:
        return source_fail(source, "%s: %s", url, curl_easy_strerror(code));
    }
}

/* Ask for a URL. False: it failed, which was said; a page that is full ends its transfer, and well. */
static bool ask(struct source *source, const char *url, const char *tag, struct answer *answer)
{
    struct curl_slist *headers = make_headers(source, tag);
    if (headers == NULL) {
        return false;
    }
    char detail[CURL_ERROR_SIZE] = "";
    answer->curl = source->curl;
    (void)curl_easy_setopt(source->curl, CURLOPT_ERRORBUFFER, detail);
    (void)curl_easy_setopt(source->curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(source->curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(source->curl, CURLOPT_HEADERDATA, answer);
    (void)curl_easy_setopt(source->curl, CURLOPT_WRITEDATA, answer);
    CURLcode code = curl_easy_perform(source->curl);
    curl_slist_free_all(headers);
    (void)curl_easy_setopt(source->curl, CURLOPT_ERRORBUFFER, NULL);
    if (answer->wrong) {
        (void)source_fail(
            source,
            "%s: that is no page of job sessions with their usn, which a mount of v8.1 leaves out",
            url);
        return false;
    }
    if (code != CURLE_OK && !answer->full) {
        (void)unanswered(source, url, code, detail);
        return false;
    }
    return true;
}

/* What a problem document says. */
static enum exit_code refused(struct source *source, const char *url, struct answer *answer)
{
    char detail[1024];
    js_session problem = {.json = answer->error, .length = answer->error_length};
    if (answer->error_length == 0 || answer->error[0] != '{'
        || js_session_text(&problem, "detail", detail, sizeof(detail)) == 0) {
        detail[0] = '\0';
    }
    return source_fail(source, "%s: %ld %s", url, status_of(source->curl), detail);
}

/* The last usn that a session has, before the first page is read. */
static enum exit_code ask_last_usn(struct source *source, struct rows *rows, struct answer *answer)
{
    char url[URL_SIZE];
    (void)snprintf(url, sizeof(url), "%s?Sort=UsnDesc&Limit=1", source->where);
    if (!ask(source, url, "", answer)) {
        return EXIT_DATABASE;
    }
    if (status_of(source->curl) != 200) {
        return refused(source, url, answer);
    }
    answer->page->last_usn = answer->page->usn;
    answer->page->usn = 0;
    answer->count = 0;
    rows_clear(rows);
    return EXIT_DONE;
}

static enum exit_code ask_changes(struct source *source, const struct place *from, size_t limit,
                                  struct answer *answer)
{
    char url[URL_SIZE];
    const char *tag = source->tag_usn == from->usn ? source->tag : "";
    (void)snprintf(url, sizeof(url), "%s?SinceUsn=%" PRIu64 "&Limit=%zu%s%s", source->where,
                   from->usn, limit, from->identity[0] != '\0' ? "&Database=" : "", from->identity);
    if (!ask(source, url, tag, answer)) {
        return EXIT_DATABASE;
    }
    long status = status_of(source->curl);
    answer->page->foreign = status == 410;
    if (status != 200 && status != 304 && status != 410) {
        return refused(source, url, answer);
    }
    answer->page->more = answer->full || answer->count == limit;
    source->tag_usn = answer->page->usn;
    (void)snprintf(source->tag, sizeof(source->tag), "%s", answer->count == 0 ? answer->tag : "");
    return EXIT_DONE;
}

/* Of another history nothing was read yet, but whose it is. */
static enum exit_code ask_page(struct source *source, const struct place *from, struct rows *rows,
                               struct answer *answer)
{
    static const struct place none;
    enum exit_code code = EXIT_DONE;
    if (from->identity[0] != '\0') {
        code = ask_changes(source, from, SOURCE_PAGE_SESSIONS, answer);
    }
    if (code == EXIT_DONE && (from->identity[0] == '\0' || answer->page->foreign)) {
        bool foreign = answer->page->foreign;
        code = ask_last_usn(source, rows, answer);
        if (code == EXIT_DONE) {
            code = ask_changes(source, &none, 1, answer);
        }
        answer->page->foreign = foreign;
    }
    return code;
}

enum exit_code http_source_read(struct source *source, const struct place *from, struct rows *rows,
                                struct page *page)
{
    struct answer *answer = memory_take(sizeof(*answer));
    char *line = memory_take(LINE_MAX_BYTES);
    enum exit_code code = EXIT_DATABASE;
    if (answer != NULL && line != NULL && prepare(source)) {
        answer->rows = rows;
        answer->page = page;
        answer->line = line;
        code = ask_page(source, from, rows, answer);
        if (code == EXIT_DONE && page->identity[0] == '\0' && status_of(source->curl) != 304) {
            code = source_fail(source, "%s: no JobSessions-Database in the answer", source->where);
        }
    }
    free(line);
    free(answer);
    return code;
}

void http_source_close(struct source *source)
{
    curl_easy_cleanup(source->curl);
    source->curl = NULL;
}
