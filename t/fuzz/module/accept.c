/* SPDX-License-Identifier: Apache-2.0 */
/* Accept headers. Upper case and blanks make no difference; what a client asks for first it gets, or
 * something it likes as well; what it rules out first it never gets. Where there is JSON alone, everybody gets it. */
#include "mod_fuzz.h"

#include "apr_lib.h"
#include "apr_strings.h"

#include "request/accept.h"

#include "../store/fuzz.h"

#define HEAD "GET /api/v1/jobSessions HTTP/1.1\r\nHost: a\r\n\r\n"
#define NONE (-1)

/* All formats, in the order of the server's own preference. */
static const struct {
    js_format format;
    const char *type;
} formats[] = {
    {JS_JSON, "application/json"},
    {JS_CSV, "text/csv"},
    {JS_XML, "application/xml"},
    {JS_NDJSON, "application/x-ndjson"},
    {JS_SHEET, "text/csv;profile=spreadsheet"},
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static const unsigned offers[] = {ACCEPT_LINES, ACCEPT_ALL};

#define OFFERS (sizeof(offers) / sizeof(offers[0]))

/* The place of what is chosen, or NONE. */
static int choose(request_rec *r, const char *header, unsigned offered)
{
    js_format format;
    apr_table_setn(r->headers_in, "Accept", header);
    int status = accept_choose(r, offered, &format);
    if (status != OK) {
        must(status == HTTP_NOT_ACCEPTABLE);
        return NONE;
    }
    must((offered >> format & 1) != 0);
    for (int i = 0; i < (int)FORMATS; i++) {
        if (formats[i].format == format) {
            must(strncmp(accept_type(format), formats[i].type, strcspn(formats[i].type, ";")) == 0);
            return i;
        }
    }
    must(!"a format of the list");
    return NONE;
}

/* In upper case, with blanks around every separator; but where a backslash or a comment, which no media
 * range has, may give blanks a meaning. */
static const char *spread(request_rec *r, const char *header)
{
    if (strpbrk(header, "\\(") != NULL) {
        return header;
    }
    char *text = apr_palloc(r->pool, 3 * strlen(header) + 3);
    char *to = text;
    *to++ = '\t';
    for (; *header != '\0'; header++) {
        int separates = strchr(",;=", *header) != NULL;
        if (separates) {
            *to++ = ' ';
        }
        *to++ = (char)apr_toupper(*header);
        if (separates) {
            *to++ = '\t';
        }
    }
    *to++ = ' ';
    *to = '\0';
    return text;
}

/* A client that names a format first of all, or rules it out. */
static void check_first(request_rec *r, const char *header, unsigned offered, int format)
{
    const char *first = apr_pstrcat(r->pool, formats[format].type, ",", header, NULL);
    const char *never = apr_pstrcat(r->pool, formats[format].type, ";q=0,", header, NULL);
    if ((offered >> formats[format].format & 1) != 0) {
        int best = choose(r, first, offered);
        must(best != NONE && best <= format);
    }
    must(choose(r, never, offered) != format);
}

void fuzz_accept(const char *data, apr_size_t size)
{
    request_rec *r = fuzz_request(HEAD, NULL, 0);
    const char *header = apr_pstrmemdup(r->pool, data, strnlen(data, size));
    unsigned offered = offers[size % OFFERS];
    int all = choose(r, header, ACCEPT_ALL);
    int chosen = choose(r, header, offered);
    must(choose(r, header, ACCEPT_JSON) == 0);
    must(chosen == NONE || all != NONE);
    must(all == NONE || (offered >> formats[all].format & 1) == 0 || chosen == all);
    must(*header == '\0' || choose(r, spread(r, header), ACCEPT_ALL) == all);
    check_first(r, header, offered, (int)(size / OFFERS % FORMATS));
    if (all == NONE) {
        fuzz_refuse(r, HTTP_NOT_ACCEPTABLE);
    }
    fuzz_end(r);
}
