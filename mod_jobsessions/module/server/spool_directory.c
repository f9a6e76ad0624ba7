/* SPDX-License-Identifier: Apache-2.0 */
#include "server/spool_directory.h"

#include <stdlib.h>

#include "apr_strings.h"

/* For files that are large, or outlive a restart of the machine (FHS 3.0, 5.15). */
#define LARGE_FILES "/var/tmp"

/* What may become large is not for /tmp, which may be memory; who sets TMPDIR knows better. */
const char *spool_directory_default(apr_pool_t *pool)
{
    apr_finfo_t finfo;
    const char *directory = getenv("TMPDIR");
    if ((directory == NULL || directory[0] == '\0')
        && apr_stat(&finfo, LARGE_FILES, APR_FINFO_TYPE, pool) == APR_SUCCESS
        && finfo.filetype == APR_DIR) {
        return LARGE_FILES;
    }
    return apr_temp_dir_get(&directory, pool) == APR_SUCCESS ? directory : NULL;
}

apr_status_t spool_directory_file(const char *directory, apr_file_t **file, apr_pool_t *pool)
{
    if (directory == NULL) {
        return APR_ENOENT;
    }
    char *path = apr_pstrcat(pool, directory, "/jobsessions.XXXXXX", NULL);
    apr_status_t status = apr_file_mktemp(
        file, path, APR_FOPEN_CREATE | APR_FOPEN_READ | APR_FOPEN_WRITE | APR_FOPEN_EXCL, pool);
    return status == APR_SUCCESS ? apr_file_remove(path, pool) : status;
}
