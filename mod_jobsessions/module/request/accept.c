/* SPDX-License-Identifier: Apache-2.0 */
#include "request/accept.h"

#include "apr_lib.h"
#include "apr_strings.h"

#include "request/problem.h"

/* In the order of our own preference. */
static const struct {
    js_format format;
    bool is_sheet; /* a range has to ask for it by its profile, which stands for no other CSV */
    const char *type;
    const char *content_type;
    const char *suffix;
} formats[] = {
    {JS_JSON, false, "application/json", "application/json; charset=utf-8", "json"},
    {JS_CSV, false, "text/csv", "text/csv; charset=utf-8; header=present", "csv"},
    {JS_XML, false, "application/xml", "application/xml; charset=utf-8", "xml"},
    {JS_NDJSON, false, "application/x-ndjson", "application/x-ndjson; charset=utf-8", "ndjson"},
    {JS_SHEET, true, "text/csv", "text/csv; charset=utf-8; header=present; profile=spreadsheet",
     "sheet.csv"},
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

/* What else clients call them. */
static const struct {
    const char *range;
    js_format format;
} aliases[] = {
    {"text/json", JS_JSON},
    {"application/hal+json", JS_JSON},     /* there are links in it */
    {"application/octet-stream", JS_JSON}, /* all that v8.1 of the API declares of an export */
    {"text/xml", JS_XML},
    {"application/ndjson", JS_NDJSON},
};

/* What the header says of each format: q in thousandths, by the most specific range that names it. */
struct wish {
    int q;
    int precision; /* 0: not named, 1: by * / *, 2: by type / *, 3: by an alias, 4: exactly */
};

static int is_alias(const char *range, js_format format)
{
    for (unsigned i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        if (aliases[i].format == format && strcmp(range, aliases[i].range) == 0) {
            return 1;
        }
    }
    return 0;
}

/* How exactly a media range names a format: as wish.precision. Java's own client writes `*` for everything. */
static int precision_of(const char *range, js_format format, const char *type)
{
    apr_size_t major = strcspn(type, "/") + 1;
    if (strcmp(range, "*/*") == 0 || strcmp(range, "*") == 0) {
        return 1;
    }
    if (strncmp(range, type, major) == 0 && strcmp(range + major, "*") == 0) {
        return 2;
    }
    return strcmp(range, type) == 0 ? 4 : is_alias(range, format) ? 3 : 0;
}

/* "0.5" and ".5" as 500, digits beyond the third left out; -1 when it is no quality. */
static int quality(const char *text)
{
    int q = 0;
    int scale = 1000;
    if (*text == '0' || *text == '1') {
        q = (*text++ - '0') * 1000;
    } else if (text[0] != '.' || !apr_isdigit(text[1])) {
        return -1;
    }
    if (*text != '\0' && *text++ != '.') {
        return -1;
    }
    for (; *text != '\0'; text++) {
        if (!apr_isdigit(*text)) {
            return -1;
        }
        scale /= 10;
        q += (*text - '0') * scale;
    }
    return q <= 1000 ? q : -1;
}

/* The q among the parameters of a range, of which no other counts; 1 unless it is given. */
static int quality_of(apr_pool_t *pool, const char *parameters)
{
    int q = 1000;
    while (*parameters == ';') {
        parameters++;
        const char *parameter = ap_get_token(pool, &parameters, 0);
        if (strncmp(parameter, "q=", 2) == 0) {
            q = quality(parameter + 2);
        }
    }
    return q;
}

/* Whether the parameters of a range say that a spreadsheet is going to open the file. */
static bool is_for_sheet(apr_pool_t *pool, const char *parameters)
{
    bool found = false;
    while (*parameters == ';') {
        parameters++;
        const char *parameter = ap_get_token(pool, &parameters, 0);
        found = found || strcasecmp(parameter, "profile=spreadsheet") == 0
                || strcasecmp(parameter, "profile=\"spreadsheet\"") == 0;
    }
    return found;
}

/* One element of the header, as ap_get_list_item() gives it: in lower case, without blanks. */
static void read_element(apr_pool_t *pool, const char *element, struct wish wishes[FORMATS])
{
    const char *range = ap_get_token(pool, &element, 0);
    int q = quality_of(pool, element);
    bool sheet = is_for_sheet(pool, element);
    for (unsigned i = 0; i < FORMATS && q >= 0; i++) {
        bool is_meant = formats[i].is_sheet ? sheet : !sheet || formats[i].format != JS_CSV;
        int precision = is_meant ? precision_of(range, formats[i].format, formats[i].type) : 0;
        if (precision > wishes[i].precision) {
            wishes[i].precision = precision;
            wishes[i].q = q;
        }
    }
}

static int none_acceptable(request_rec *r, unsigned offered)
{
    const char *names = "";
    for (unsigned i = 0; i < FORMATS; i++) {
        if ((offered >> formats[i].format & 1) != 0 && !formats[i].is_sheet) {
            names = apr_pstrcat(r->pool, names, *names != '\0' ? ", " : "", formats[i].type, NULL);
        }
    }
    return problem_set(r, HTTP_NOT_ACCEPTABLE,
                       apr_pstrcat(r->pool, "The resource is available as ", names, ".", NULL));
}

int accept_choose(request_rec *r, unsigned offered, js_format *format)
{
    struct wish wishes[FORMATS] = {{0, 0}};
    const char *header = apr_table_get(r->headers_in, "Accept");
    const char *element;
    int best = -1;
    *format = JS_JSON;
    if (offered == ACCEPT_JSON) {
        return OK; /* there is no choice, and the field may be disregarded */
    }
    apr_table_mergen(r->headers_out, "Vary", "Accept");
    if (header == NULL || *header == '\0') {
        return OK;
    }
    while ((element = ap_get_list_item(r->pool, &header)) != NULL) {
        read_element(r->pool, element, wishes);
    }
    for (unsigned i = 0; i < FORMATS; i++) {
        if ((offered >> formats[i].format & 1) != 0 && wishes[i].q > 0
            && (best < 0 || wishes[i].q > wishes[best].q)) {
            best = (int)i;
        }
    }
    if (best < 0) {
        return none_acceptable(r, offered);
    }
    *format = formats[best].format;
    return OK;
}

int accept_quality(request_rec *r, const char *type)
{
    const char *header = apr_table_get(r->headers_in, "Accept");
    const char *element;
    int best = 0;
    while (header != NULL && (element = ap_get_list_item(r->pool, &header)) != NULL) {
        const char *range = ap_get_token(r->pool, &element, 0);
        int q = strcmp(range, type) == 0 ? quality_of(r->pool, element) : 0;
        best = q > best ? q : best;
    }
    return best;
}

static unsigned index_of(js_format format)
{
    unsigned i = 0;
    while (formats[i].format != format) {
        i++;
    }
    return i;
}

const char *accept_type(js_format format)
{
    return formats[index_of(format)].content_type;
}

const char *accept_suffix(js_format format)
{
    return formats[index_of(format)].suffix;
}

/* Whether a coding is gzip, under either of its names (RFC 9110, section 8.4.1.3). */
static bool is_gzip(const char *coding)
{
    return strcmp(coding, "gzip") == 0 || strcmp(coding, "x-gzip") == 0;
}

int accept_gzip(request_rec *r)
{
    const char *header = apr_table_get(r->headers_in, "Accept-Encoding");
    const char *element;
    int gzip = -1;
    int any = 0;
    int identity = 0;
    while (header != NULL && (element = ap_get_list_item(r->pool, &header)) != NULL) {
        const char *coding = ap_get_token(r->pool, &element, 0);
        int q = quality_of(r->pool, element);
        if (is_gzip(coding)) {
            gzip = q;
        } else if (strcmp(coding, "*") == 0) {
            any = q;
        } else if (strcmp(coding, "identity") == 0) {
            identity = q;
        }
    }
    gzip = gzip >= 0 ? gzip : any;
    return gzip > 0 && gzip >= identity;
}
