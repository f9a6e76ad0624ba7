/* SPDX-License-Identifier: Apache-2.0 */
#include "request/request_state.h"

#include "server/config.h"

struct request_state *request_state(request_rec *r)
{
    struct request_state *state = ap_get_module_config(r->request_config, &jobsessions_module);
    if (state == NULL) {
        state = apr_pcalloc(r->pool, sizeof(*state));
        ap_set_module_config(r->request_config, &jobsessions_module, state);
    }
    return state;
}
