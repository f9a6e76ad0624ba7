/* SPDX-License-Identifier: Apache-2.0 */
/* The front of every link: scheme, host, port and mount, fit to stand in JSON as it is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "jobsessions_read.h"

/* Where a character may stand as it is: in a host, bracketed IPv6 addresses included (RFC 3986, section
 * 3.2.2), and in a path (section 3.3); `%` is kept in a URL, escaped in a mount. */
enum {
    IN_HOST = 1,
    IN_PATH = 2,
    IN_BOTH = IN_HOST | IN_PATH
};
static const unsigned char places[256] = {
    ['a' ... 'z'] = IN_BOTH, ['A' ... 'Z'] = IN_BOTH, ['0' ... '9'] = IN_BOTH, ['-'] = IN_BOTH,
    ['.'] = IN_BOTH,         ['_'] = IN_BOTH,         ['~'] = IN_BOTH,         ['!'] = IN_BOTH,
    ['$'] = IN_BOTH,         ['&'] = IN_BOTH,         ['\''] = IN_BOTH,        ['('] = IN_BOTH,
    [')'] = IN_BOTH,         ['*'] = IN_BOTH,         ['+'] = IN_BOTH,         [','] = IN_BOTH,
    [';'] = IN_BOTH,         ['='] = IN_BOTH,         [':'] = IN_BOTH,         ['%'] = IN_HOST,
    ['['] = IN_HOST,         [']'] = IN_HOST,         ['@'] = IN_PATH,         ['/'] = IN_PATH,
};

/* How many of the first `length` characters may all stand there. */
static size_t span(const char *text, size_t length, unsigned place)
{
    size_t at = 0;
    while (at < length && (places[(unsigned char)text[at]] & place) != 0) {
        at++;
    }
    return at;
}

/* A URL's parts, each a slice of it. */
struct url {
    bool tls;
    const char *host;
    size_t host_length;
    const char *port; /* NULL: the scheme's own */
    size_t port_length;
    const char *path;
    size_t path_length;
};

static bool refuse_url(js_error *error, const char *url, const char *why)
{
    (void)jsp_fail(error, JS_INVALID, "base URL \"%.200s\" %s; write it as https://console.example",
                   url, why);
    return false;
}

static const char *read_scheme(const char *text, struct url *url)
{
    if (strncasecmp(text, "https://", 8) == 0) {
        url->tls = true;
        return text + 8;
    }
    if (strncasecmp(text, "http://", 7) == 0) {
        url->tls = false;
        return text + 7;
    }
    return NULL;
}

/* A name or IPv4 address, or an IPv6 address in its brackets. */
static bool is_host(const char *host, size_t length)
{
    if (host[0] == '[') {
        return length > 2 && memchr(host, ']', length) == host + length - 1;
    }
    return memchr(host, ':', length) == NULL && memchr(host, '[', length) == NULL
           && memchr(host, ']', length) == NULL;
}

static bool parse(const char *text, struct url *url, js_error *error)
{
    memset(url, 0, sizeof(*url));
    const char *authority = read_scheme(text, url);
    if (authority == NULL) {
        return refuse_url(error, text, "does not begin with http:// or https://");
    }
    size_t length = strcspn(authority, "/?#");
    const char *end = authority + length;
    if (span(authority, length, IN_HOST) < length) {
        return refuse_url(error, text, "has a character in its host that no host has");
    }
    if (strcspn(end, "?#") < strlen(end)) {
        return refuse_url(error, text, "has a query or a fragment");
    }
    url->host = authority;
    url->host_length = length;
    for (const char *at = end; at > authority && at[-1] != ']'; at--) {
        if (at[-1] == ':') {
            url->port = at;
            url->port_length = (size_t)(end - at);
            url->host_length = (size_t)(at - 1 - authority);
            break;
        }
    }
    if (url->host_length == 0) {
        return refuse_url(error, text, "names no host");
    }
    if (!is_host(url->host, url->host_length)) {
        return refuse_url(error, text, "has a host that is neither a name nor an address");
    }
    if (url->port != NULL) {
        long port = strtol(url->port, NULL, 10);
        if (url->port_length == 0 || url->port_length > 5
            || strspn(url->port, "0123456789") < url->port_length || port < 1 || port > 65535) {
            return refuse_url(error, text, "has a port that is not a number from 1 to 65535");
        }
    }
    url->path = end;
    url->path_length = strlen(end);
    while (url->path_length > 0 && end[url->path_length - 1] == '/') {
        url->path_length--;
    }
    return true;
}

/* A link that is being put together; too long is remembered. */
struct link {
    char *text;
    size_t length;
};

static void append(struct link *link, const char *bytes, size_t length)
{
    if (link->length + length < JS_LINK_MAX) {
        memcpy(link->text + link->length, bytes, length);
        link->text[link->length + length] = '\0';
    }
    link->length += length;
}

static void append_path(struct link *link, const char *path, size_t length, bool encoded)
{
    char escape[4];
    while (length > 0) {
        size_t plain = span(path, length, IN_PATH);
        append(link, path, plain);
        path += plain;
        length -= plain;
        if (length > 0) {
            bool stays = encoded && *path == '%';
            (void)snprintf(escape, sizeof(escape), "%%%02X", (unsigned char)*path);
            append(link, stays ? path : escape, stays ? 1 : 3);
            path++;
            length--;
        }
    }
}

static const char *own_port(const struct url *url)
{
    return url->tls ? "443" : "80";
}

static bool has_own_port(const struct url *url)
{
    const char *own = own_port(url);
    return url->port == NULL
           || (url->port_length == strlen(own) && memcmp(url->port, own, url->port_length) == 0);
}

static size_t put_together(char *text, const struct url *url, bool with_port, const char *mount)
{
    struct link link = {text, 0};
    append(&link, url->tls ? "https://" : "http://", url->tls ? 8 : 7);
    append(&link, url->host, url->host_length);
    if (with_port) {
        const char *port = url->port != NULL ? url->port : own_port(url);
        append(&link, ":", 1);
        append(&link, port, url->port != NULL ? url->port_length : strlen(port));
    }
    append_path(&link, url->path, url->path_length, true);
    append_path(&link, mount, strlen(mount), false);
    return link.length;
}

js_result js_links_make(js_links *links, const char *base_url, const char *mount, js_error *error)
{
    struct url url;
    if (!parse(base_url, &url, error)) {
        return JS_INVALID;
    }
    mount = mount != NULL ? mount : JS_DEFAULT_MOUNT;
    size_t length = put_together(links->collection_port, &url, true, mount);
    if (length >= JS_LINK_MAX) {
        return jsp_fail(error, JS_INVALID,
                        "base URL and mount take %zu bytes, at most %d are allowed", length,
                        JS_LINK_MAX - 1);
    }
    if (has_own_port(&url)) {
        (void)put_together(links->collection, &url, false, mount);
    } else {
        memcpy(links->collection, links->collection_port, length + 1);
    }
    return JS_OK;
}
