/* SPDX-License-Identifier: Apache-2.0 */
/* The description of all that a mount serves, in the form of OpenAPI 3.1.
 *
 * It is written in description.json, which is linked into the module: both versions' sessions, and paths below a mount.
 * Of a request it takes the mount and its version. */
#ifndef JOBSESSIONS_DESCRIPTION_H
#define JOBSESSIONS_DESCRIPTION_H

#include "httpd.h"

#include "jobsessions_read.h"

/* The description for a request whose links are made, of the request's memory; *length receives its bytes. NULL: there
 * is too little memory. */
const char *description_make(request_rec *r, const js_links *links, apr_size_t *length);

#endif
