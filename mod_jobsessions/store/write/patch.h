/* SPDX-License-Identifier: Apache-2.0 */
/* Updates of a stored session, as JSON merge patches. */
#ifndef JS_STORE_PATCH_H
#define JS_STORE_PATCH_H

#include <jansson.h>

#include "jobsessions.h"

/* Apply a merge patch (RFC 7396) to a session; what was derived from a member that changes is
 * dropped, to be derived anew. The patch loses its usn and _links. */
js_result jsp_patch(json_t *session, json_t *patch, js_error *error);

#endif
