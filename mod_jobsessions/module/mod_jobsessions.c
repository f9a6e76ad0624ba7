/* SPDX-License-Identifier: Apache-2.0 */
/* mod_jobsessions: what httpd sees. A request goes from route by access to a resource such as
 * the export, then from a reading through a stream to the client; errors go through problem. */
#include "httpd.h"

#include <stdlib.h>

#include "http_config.h"
#include "http_core.h"
#include "http_log.h"
#include "http_protocol.h"
#include "http_request.h"

#include "monitor/health.h"
#include "monitor/metrics.h"
#include "monitor/status_page.h"
#include "request/expression.h"
#include "request/outcome.h"
#include "request/problem.h"
#include "response/representation.h"
#include "response/spool.h"
#include "response/spool_budget.h"
#include "response/watchdog.h"
#include "route.h"
#include "server/announce.h"
#include "server/check.h"
#include "server/config.h"
#include "server/counters.h"
#include "server/databases.h"
#include "server/log.h"

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server)
{
    (void)pconf;
    (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK; /* it is read once more */
    }
    apr_status_t status = spool_budget_create(server->process->pool);
    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, status, server,
                     JSLOGNO(0111) "no memory is shared: JobSessionsSpoolLimit is each process's");
    }
    status = counters_create(ptemp, server);
    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, status, server,
                     JSLOGNO(0118) "no memory is shared: each process counts for itself what the "
                                   "metrics and mod_status tell");
    }
    announce_start(ptemp, server);
    return OK;
}

static void child_init(apr_pool_t *pchild, server_rec *server)
{
    /* Locks, conditions and the thread are not the child's pool's to destroy: prefork does that from a
     * signal handler, and pthread_cond_destroy() waits for whom the signal has interrupted. */
    apr_pool_t *lasting;
    if (apr_pool_create_unmanaged_ex(&lasting, NULL, NULL) != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, APR_ENOMEM, server,
                     JSLOGNO(0110) "a new child has no memory");
        exit(APEXIT_CHILDSICK);
    }
    databases_child_init(pchild, lasting, server);
    watchdog_child_init(pchild, lasting, server);
    spool_child_init(pchild,
                     lasting); /* ends before the watchdog, which waits for its own filling */
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    expression_register();
    problem_register();
    representation_register();
    status_page_register();
    ap_hook_check_config(check_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_test_config(announce_warnings, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_translate_name(route_translate, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(route_handle, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(metrics_handle, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(health_handle, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_log_transaction(outcome_log, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_insert_error_filter(problem_insert_filter, NULL, NULL, APR_HOOK_LAST);
}

AP_DECLARE_MODULE(jobsessions) = {
    STANDARD20_MODULE_STUFF, config_create_location, config_merge_location, config_create_server,
    config_merge_server,     config_directives,      register_hooks,
#if defined(AP_MODULE_FLAG_NONE)
    AP_MODULE_FLAG_NONE
#endif
};
