/* SPDX-License-Identifier: Apache-2.0 */
#include "request/expression.h"

#include "ap_expr.h"
#include "apr_strings.h"

/* An expression may be asked before there is a request, of a connection. */
static const char *time_of_request(ap_expr_eval_ctx_t *context, const void *data)
{
    (void)data;
    apr_time_t time = context->r != NULL ? context->r->request_time : apr_time_now();
    return apr_psprintf(context->p, "%" APR_TIME_T_FMT, apr_time_sec(time));
}

static int lookup(ap_expr_lookup_parms *parameters)
{
    if (parameters->type != AP_EXPR_FUNC_VAR
        || ap_cstr_casecmp(parameters->name, "JOBSESSIONS_TIME") != 0) {
        return DECLINED;
    }
    *parameters->func = (const void *)time_of_request;
    *parameters->data = NULL;
    return OK;
}

void expression_register(void)
{
    ap_hook_expr_lookup(lookup, NULL, NULL, APR_HOOK_MIDDLE);
}
