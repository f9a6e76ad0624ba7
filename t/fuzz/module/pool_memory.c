/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of pools that AddressSanitizer can watch. A pool hands out pieces of larger blocks, so that to
 * run over the end of one is to run into the next, unseen. In builds with sanitizers the linker leads
 * what the module allocates here (--defsym), where every piece has bounds of its own and ends with its pool. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "apr_pools.h"
#include "apr_strings.h"

#include "../store/fuzz.h"

void *watched_palloc(apr_pool_t *pool, apr_size_t size);
char *watched_pstrdup(apr_pool_t *pool, const char *text);
char *watched_pstrmemdup(apr_pool_t *pool, const char *text, apr_size_t length);
char *watched_psprintf(apr_pool_t *pool, const char *format, ...);

static apr_status_t give_back(void *memory)
{
    free(memory);
    return APR_SUCCESS;
}

void *watched_palloc(apr_pool_t *pool, apr_size_t size)
{
    void *memory = malloc(size);
    must(memory != NULL);
    memset(memory, 0xa5, size); /* nobody may count on zeros */
    apr_pool_cleanup_register(pool, memory, give_back, apr_pool_cleanup_null);
    return memory;
}

char *watched_pstrmemdup(apr_pool_t *pool, const char *text, apr_size_t length)
{
    char *copy = watched_palloc(pool, length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *watched_pstrdup(apr_pool_t *pool, const char *text)
{
    return text != NULL ? watched_pstrmemdup(pool, text, strlen(text)) : NULL;
}

char *watched_psprintf(apr_pool_t *pool, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    char *text = watched_pstrdup(pool, apr_pvsprintf(pool, format, values));
    va_end(values);
    return text;
}
