/* SPDX-License-Identifier: Apache-2.0 */
#include "response/received.h"

#include <sys/ioctl.h>

#include "apr_portable.h"
#include "http_core.h"

apr_uint64_t received_of(request_rec *r, apr_uint64_t passed)
{
    conn_rec *connection = r->connection->master != NULL ? r->connection->master : r->connection;
    apr_socket_t *socket = ap_get_conn_socket(connection);
    apr_os_sock_t descriptor;
    int kept;
    if (socket == NULL || apr_os_sock_get(&descriptor, socket) != APR_SUCCESS
        || ioctl(descriptor, TIOCOUTQ, &kept) != 0) {
        return 0;
    }
    return (apr_uint64_t)kept < passed ? passed - (apr_uint64_t)kept : 0;
}
