/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mod_jansson_tree.c
 * The export as it is usually written, in the module's place: parse every session with jansson, hang
 * it into one tree, dump the tree. A peer of the bench, and nothing else: it serves everybody.
 *
 *     JanssonTreeDatabase DIR
 *     SetHandler jansson-tree
 */
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>
#include <lmdb.h>

#include "httpd.h"

#include "apr_strings.h"
#include "http_config.h"
#include "http_core.h"
#include "http_log.h"
#include "http_protocol.h"

/* Bytes of a record in front of its JSON. */
#define RECORD_HEADER 80

module AP_MODULE_DECLARE_DATA jansson_tree_module;
APLOG_USE_MODULE(jansson_tree);

static const char *directory;
static MDB_env *env;
static MDB_dbi sessions;

static const char *set_directory(cmd_parms *cmd, void *dummy, const char *path)
{
    (void)cmd;
    (void)dummy;
    directory = path;
    return NULL;
}

static void child_init(apr_pool_t *pool, server_rec *server)
{
    MDB_txn *txn;
    int rc = mdb_env_create(&env);
    (void)pool;
    rc = rc == 0 ? mdb_env_set_maxdbs(env, 16) : rc;
    rc = rc == 0 ? mdb_env_open(env, directory, MDB_RDONLY | MDB_NOTLS, 0) : rc;
    rc = rc == 0 ? mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) : rc;
    rc = rc == 0 ? mdb_dbi_open(txn, "sessions", 0, &sessions) : rc;
    rc = rc == 0 ? mdb_txn_commit(txn) : rc;
    if (rc != 0) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, server, "%s: %s", directory, mdb_strerror(rc));
        env = NULL;
    }
}

static json_t *link_to(const char *url)
{
    return json_pack("{s:s}", "href", url);
}

static json_t *session_of(apr_pool_t *pool, const char *front, const MDB_val *key,
                          const MDB_val *value)
{
    json_t *session = json_loadb((const char *)value->mv_data + RECORD_HEADER,
                                 value->mv_size - RECORD_HEADER, 0, NULL);
    uint64_t id;
    memcpy(&id, key->mv_data, sizeof(id));
    const char *self = apr_psprintf(pool, "%s/%" PRIu64, front, be64toh(id));
    json_object_set_new(session, "_links",
                        json_pack("{s:o,s:o}", "self", link_to(self), "log",
                                  link_to(apr_pstrcat(pool, self, "/log", NULL))));
    return session;
}

static json_t *all_sessions(request_rec *r, const char *front)
{
    json_t *results = json_array();
    apr_pool_t *pool;
    MDB_txn *txn;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    apr_pool_create(&pool, r->pool);
    if (mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) != 0) {
        return results;
    }
    if (mdb_cursor_open(txn, sessions, &cursor) == 0) {
        for (int rc = mdb_cursor_get(cursor, &key, &value, MDB_LAST); rc == 0;
             rc = mdb_cursor_get(cursor, &key, &value, MDB_PREV)) {
            json_array_append_new(results, session_of(pool, front, &key, &value));
            apr_pool_clear(pool);
        }
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(txn);
    return results;
}

static int handler(request_rec *r)
{
    if (r->handler == NULL || strcmp(r->handler, "jansson-tree") != 0 || env == NULL) {
        return DECLINED;
    }
    const char *host = apr_table_get(r->headers_in, "Host");
    const char *front = apr_psprintf(r->pool, "http://%s/api/v1/jobSessions", host);
    json_t *results = all_sessions(r, front);
    json_t *document =
        json_pack("{s:i,s:i,s:I,s:o,s:{s:o}}", "offset", 0, "limit", -1, "totalCount",
                  (json_int_t)json_array_size(results), "results", results, "_links", "self",
                  link_to(apr_pstrcat(r->pool, front, "?offset=0&limit=-1&display=Full", NULL)));
    char *text = json_dumps(document, JSON_COMPACT);
    json_decref(document);
    if (text == NULL) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    apr_size_t length = strlen(text);
    ap_set_content_type(r, "application/json; charset=utf-8");
    ap_set_content_length(r, (apr_off_t)length);
    (void)ap_rwrite(text, (int)length, r);
    free(text);
    return OK;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
}

static const command_rec directives[] = {
    AP_INIT_TAKE1("JanssonTreeDatabase", set_directory, NULL, RSRC_CONF, "the database to export"),
    {NULL}};

module AP_MODULE_DECLARE_DATA jansson_tree_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, directives, register_hooks,
    AP_MODULE_FLAG_NONE,
};
