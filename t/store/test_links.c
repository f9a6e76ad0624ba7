/* SPDX-License-Identifier: Apache-2.0 */
/* The front of links: what a base URL may look like and what becomes of it. */
#include "support.h"

static void assert_links(const char *base_url, const char *mount, const char *collection,
                         const char *collection_port)
{
    js_links links;
    js_error error;
    must(js_links_make(&links, base_url, mount, &error), &error);
    assert_string_equal(links.collection, collection);
    assert_string_equal(links.collection_port, collection_port);
}

static void items_drop_the_default_port_and_the_collection_shows_it(void **state)
{
    (void)state;
    assert_links("https://h", NULL, "https://h/api/v1/jobSessions",
                 "https://h:443/api/v1/jobSessions");
    assert_links("https://h:443", NULL, "https://h/api/v1/jobSessions",
                 "https://h:443/api/v1/jobSessions");
    assert_links("http://h", "/s", "http://h/s", "http://h:80/s");
    assert_links("http://h:80", "/s", "http://h/s", "http://h:80/s");
    assert_links("https://h:80", "/s", "https://h:80/s", "https://h:80/s");
    assert_links("https://h:8443", "/s", "https://h:8443/s", "https://h:8443/s");
    assert_links("https://h:65535", "/s", "https://h:65535/s", "https://h:65535/s");
    assert_links("HTTPS://Console.Example", "/s", "https://Console.Example/s",
                 "https://Console.Example:443/s");
}

static void ipv6_addresses_keep_their_brackets(void **state)
{
    (void)state;
    assert_links("https://[::1]", "/s", "https://[::1]/s", "https://[::1]:443/s");
    assert_links("https://[2001:db8::1]:8443", "/s", "https://[2001:db8::1]:8443/s",
                 "https://[2001:db8::1]:8443/s");
    assert_links("http://[fe80::1%25eth0]:80", "/s", "http://[fe80::1%25eth0]/s",
                 "http://[fe80::1%25eth0]:80/s");
}

static void a_path_before_the_mount_stays_in_front_of_it(void **state)
{
    (void)state;
    assert_links("https://h/", "/s", "https://h/s", "https://h:443/s");
    assert_links("https://h///", "/s", "https://h/s", "https://h:443/s");
    assert_links("https://h/backup", "/s", "https://h/backup/s", "https://h:443/backup/s");
    assert_links("https://h:444/a/b/", "/api/v8.1/jobSessions",
                 "https://h:444/a/b/api/v8.1/jobSessions",
                 "https://h:444/a/b/api/v8.1/jobSessions");
}

static void what_could_break_json_or_a_url_is_encoded(void **state)
{
    (void)state;
    assert_links("https://h/a b", "/s", "https://h/a%20b/s", "https://h:443/a%20b/s");
    assert_links("https://h/\"\\<>", "/s", "https://h/%22%5C%3C%3E/s",
                 "https://h:443/%22%5C%3C%3E/s");
    assert_links("https://h/\r\n\x01\x7f", "/s", "https://h/%0D%0A%01%7F/s",
                 "https://h:443/%0D%0A%01%7F/s");
    assert_links("https://h/ü", "/s", "https://h/%C3%BC/s", "https://h:443/%C3%BC/s");
    /* a URL is encoded already, a mount is not */
    assert_links("https://h/a%20b", "/c%20d", "https://h/a%20b/c%2520d",
                 "https://h:443/a%20b/c%2520d");
    assert_links("https://h", "/\"sessions\" ?#", "https://h/%22sessions%22%20%3F%23",
                 "https://h:443/%22sessions%22%20%3F%23");
}

static void what_is_no_base_url_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        const char *why;
    } refusals[] = {
        {"", "does not begin with http:// or https://"},
        {"console.example", "does not begin with http:// or https://"},
        {"//console.example", "does not begin with http:// or https://"},
        {"ftp://console.example", "does not begin with http:// or https://"},
        {"https:/console.example", "does not begin with http:// or https://"},
        {" https://console.example", "does not begin with http:// or https://"},
        {"https://", "names no host"},
        {"https:///path", "names no host"},
        {"https://:443", "names no host"},
        {"https://h:", "has a port that is not a number from 1 to 65535"},
        {"https://h:0", "has a port that is not a number from 1 to 65535"},
        {"https://h:65536", "has a port that is not a number from 1 to 65535"},
        {"https://h:99999999999999999999", "has a port that is not a number from 1 to 65535"},
        {"https://h:https", "has a port that is not a number from 1 to 65535"},
        {"https://h:-1", "has a port that is not a number from 1 to 65535"},
        {"https://h: 80", "has a character in its host that no host has"},
        {"https://user@h", "has a character in its host that no host has"},
        {"https://user:secret@h", "has a character in its host that no host has"},
        {"https://h\"", "has a character in its host that no host has"},
        {"https://h\\", "has a character in its host that no host has"},
        {"https://h\r\nX: y", "has a character in its host that no host has"},
        {"https://h<script>", "has a character in its host that no host has"},
        {"https://münchen.example", "has a character in its host that no host has"},
        {"https://h?x=1", "has a query or a fragment"},
        {"https://h/path?x=1", "has a query or a fragment"},
        {"https://h/path#x", "has a query or a fragment"},
    };
    for (size_t i = 0; i < COUNT(refusals); i++) {
        js_links links;
        js_error error;
        assert_int_equal(js_links_make(&links, refusals[i].url, NULL, &error), JS_INVALID);
        assert_int_equal(error.result, JS_INVALID);
        if (strstr(error.message, refusals[i].why) == NULL) {
            fail_msg("\"%s\": %s", refusals[i].url, error.message);
        }
        /* and the message says what to write */
        assert_non_null(strstr(error.message, "write it as https://console.example"));
        assert_int_equal(js_links_make(&links, refusals[i].url, NULL, NULL), JS_INVALID);
    }
}

/* A base URL whose collection takes exactly `length` bytes with its port. */
static char *url_of(size_t length)
{
    size_t front = strlen("https://h:443/");
    char *url = calloc(1, length);
    assert_non_null(url);
    memcpy(url, "https://h:443/", front);
    memset(url + front, 'x', length - front - strlen("/s"));
    return url;
}

static void a_link_may_be_as_long_as_its_room(void **state)
{
    (void)state;
    js_links links;
    js_error error;
    char *url = url_of(JS_LINK_MAX - 1);
    must(js_links_make(&links, url, "/s", &error), &error);
    assert_int_equal(strlen(links.collection_port), JS_LINK_MAX - 1);
    assert_int_equal(strlen(links.collection), JS_LINK_MAX - 5);
    free(url);

    url = url_of(JS_LINK_MAX);
    assert_int_equal(js_links_make(&links, url, "/s", &error), JS_INVALID);
    assert_string_equal(error.message,
                        "base URL and mount take 2048 bytes, at most 2047 are allowed");
    free(url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_drop_the_default_port_and_the_collection_shows_it),
        cmocka_unit_test(ipv6_addresses_keep_their_brackets),
        cmocka_unit_test(a_path_before_the_mount_stays_in_front_of_it),
        cmocka_unit_test(what_could_break_json_or_a_url_is_encoded),
        cmocka_unit_test(what_is_no_base_url_is_refused),
        cmocka_unit_test(a_link_may_be_as_long_as_its_room),
    };
    return cmocka_run_group_tests_name("links", tests, NULL, NULL);
}
