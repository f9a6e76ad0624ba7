/* SPDX-License-Identifier: Apache-2.0 */
#include "request/description.h"

#include "apr_lib.h"
#include "apr_strings.h"

#include "request/pool_json.h"
#include "server/config.h"

/* description.json, as it stands, and a NUL. The path is that of the make rule, from the top of the checkout. */
__asm__(".pushsection .rodata\n"
        ".global description_text\n"
        ".hidden description_text\n"
        "description_text:\n"
        ".incbin \"mod_jobsessions/module/request/description.json\"\n"
        ".byte 0\n"
        ".popsection\n");
extern const char description_text[];

/* A description on its way to one of a mount. */
struct description {
    apr_pool_t *pool;
    json_t *root;
    const char *segment; /* the mount's last, with the slash before it */
    const char *version;
    int has_stop; /* sessions can be stopped here */
};

/* Of a schema that both versions have the mount's, under a name without the version. */
static int choose_schema(const struct description *description, const char *name)
{
    json_t *schemas = json_object_get(json_object_get(description->root, "components"), "schemas");
    const char *v1 = apr_pstrcat(description->pool, name, "V1", NULL);
    const char *later = apr_pstrcat(description->pool, name, "V8.1", NULL);
    int is_v1 = strcmp(description->version, "v1") == 0;
    int failed = json_object_set(schemas, name, json_object_get(schemas, is_v1 ? v1 : later)) != 0;
    (void)json_object_del(schemas, v1);
    (void)json_object_del(schemas, later);
    return failed;
}

/* Members of an object in the place of those of that name, but for objects, of which members are. */
static int replace_members(json_t *properties, json_t *others)
{
    const char *name;
    json_t *value;
    int failed = 0;
    json_object_foreach(others, name, value)
    {
        json_t *inner = json_object_get(value, "properties");
        failed |= inner == NULL
                      ? json_object_set(properties, name, value) != 0
                      : replace_members(
                          json_object_get(json_object_get(properties, name), "properties"), inner);
    }
    return failed;
}

/* A schema as it is written, with all else that another one has: who reads by a description leaves out what it does not
 * name. */
static int derive_schema(const struct description *description, const char *name, const char *model)
{
    json_t *schemas = json_object_get(json_object_get(description->root, "components"), "schemas");
    json_t *written = json_object_get(schemas, name);
    json_t *whole =
        pool_json_bind(description->pool, json_deep_copy(json_object_get(schemas, model)));
    json_t *properties = json_object_get(whole, "properties");
    return replace_members(properties, json_object_get(written, "properties"))
           || json_object_set(written, "properties", properties) != 0
           || json_object_update_missing(written, whole) != 0;
}

static int choose_schemas(const struct description *description)
{
    static const char *const names[] = {"Session", "LogLine", "CountOfStatus", "Run", "Problem"};
    int failed = derive_schema(description, "StoredSession", "SessionV1");
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        failed |= choose_schema(description, names[i]);
    }
    return failed || derive_schema(description, "SessionInNumbers", "Session");
}

/* A path of one of the lists of items, which all look the same. */
static int add_items(const struct description *description, json_t *paths, const json_t *model,
                     js_item_kind kind)
{
    const char *list = js_item_list(kind);
    char *id = apr_pstrcat(description->pool, "get_", list, NULL);
    json_t *path = json_deep_copy(model);
    json_t *get = json_object_get(path, "get");
    id[4] = (char)apr_toupper(id[4]);
    memmove(id + 3, id + 4, strlen(id + 4) + 1);
    return json_object_set_new(get, "operationId", json_string(id)) != 0
           || json_object_set_new(
                  get, "summary",
                  json_string(apr_pstrcat(description->pool,
                                          json_string_value(json_object_get(get, "summary")), list,
                                          NULL)))
                  != 0
           || json_object_set_new(
                  paths, apr_pstrcat(description->pool, description->segment, "/{id}/", list, NULL),
                  path)
                  != 0;
}

/* Paths begin with the mount's last segment, as no path of OpenAPI is empty. */
static int set_paths(const struct description *description)
{
    static const char items[] = "/{id}/{items}";
    static const char stop[] = "/{id}/stop";
    json_t *paths = pool_json_bind(description->pool, json_object());
    json_t *below = json_object_get(description->root, "paths");
    const char *path;
    json_t *value;
    int failed = 0;
    json_object_foreach(below, path, value)
    {
        if (strcmp(path, items) != 0 && (description->has_stop || strcmp(path, stop) != 0)) {
            const char *whole = apr_pstrcat(description->pool, description->segment, path, NULL);
            failed |= json_object_set(paths, whole, value) != 0;
        }
    }
    for (js_item_kind kind = JS_PROTECTED_ITEMS; kind < JS_ITEM_KINDS; kind++) {
        failed |= add_items(description, paths, json_object_get(below, items), kind);
    }
    return failed || json_object_set(description->root, "paths", paths) != 0;
}

static int set_head(const struct description *description, const char *server)
{
    json_t *servers = json_array();
    json_t *first = json_object();
    json_t *info = json_object_get(description->root, "info");
    return json_object_set_new(description->root, "servers", servers) != 0
           || json_array_append_new(servers, first) != 0
           || json_object_set_new(first, "url", json_string(server)) != 0
           || json_object_set_new(info, "version", json_string(description->version)) != 0;
}

const char *description_make(request_rec *r, const js_links *links, apr_size_t *length)
{
    const char *last = strrchr(links->collection, '/');
    const struct description description = {
        .pool = r->pool,
        .root = pool_json_bind(r->pool, json_loads(description_text, 0, NULL)),
        .segment = last,
        .version = config_shape(config_of_request(r)) == JS_SHAPE_V8_1 ? "v8.1" : "v1",
        .has_stop = config_of_server(r->server)->stop_directory != NULL,
    };
    const char *server =
        apr_pstrmemdup(r->pool, links->collection, (apr_size_t)(last - links->collection));
    if (description.root == NULL || set_head(&description, server) || set_paths(&description)
        || choose_schemas(&description)) {
        return NULL;
    }
    *length = json_dumpb(description.root, NULL, 0, JSON_COMPACT);
    char *text = apr_palloc(r->pool, *length);
    return json_dumpb(description.root, text, *length, JSON_COMPACT) == *length ? text : NULL;
}
