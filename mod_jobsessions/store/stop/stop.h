/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of a session, found by the database it is in. */
#ifndef JS_STORE_STOP_H
#define JS_STORE_STOP_H

#include "stop/stop_file.h"

/* js_stop_requested(), in a directory that is open; name receives that of the file. */
js_result jsp_stop_find(js_database *database, const jsp_stop_directory *directory, uint64_t id,
                        char name[JSP_STOP_NAME], js_stop_request *request, js_error *error);

#endif
