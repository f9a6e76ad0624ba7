/* SPDX-License-Identifier: Apache-2.0 */
#include "response/stream_account.h"

#include "apr_strings.h"
#include "http_log.h"

#include "server/log.h"

APLOG_USE_MODULE(jobsessions);

void stream_account_log_chunk(request_rec *r, const struct stream_account *account,
                              apr_size_t length)
{
    ap_log_rerror(APLOG_MARK, APLOG_TRACE1, 0, r,
                  JSLOGNO(0420) "chunk %u: %" APR_SIZE_T_FMT " bytes, to byte %" APR_OFF_T_FMT
                                "; %" APR_UINT64_T_FMT " had reached the client before",
                  account->chunks, length, account->bytes, account->received);
}

/* Why the rest was spooled, and how; "" when it was not. */
static const char *describe_spool(apr_pool_t *pool, const struct stream_account *account)
{
    static const char *const limits[] = {
        [STREAM_POLICY_IN_ALL] = "in all",
        [STREAM_POLICY_IN_ALL_BUSY] = "in all while others commit",
        [STREAM_POLICY_AT_A_TIME_BUSY] = "at a time while others commit",
    };
    const struct stream_standing *standing = &account->standing;
    if (account->limit == STREAM_POLICY_NONE) {
        return "";
    }
    return apr_psprintf(pool,
                        "; spooled from byte %" APR_OFF_T_FMT " on (%s), %" APR_OFF_T_FMT
                        " bytes, as it had made us wait too long %s: %" APR_INT64_T_FMT
                        " us, of them %" APR_INT64_T_FMT " us at a time, %" APR_UINT64_T_FMT
                        " commits since the snapshot began",
                        account->spooled_from, account->is_joined ? "joined" : "filled",
                        account->bytes - account->spooled_from, limits[account->limit],
                        (apr_int64_t)(standing->waited + standing->waiting),
                        (apr_int64_t)standing->waiting, (apr_uint64_t)standing->commits);
}

void stream_account_log_end(request_rec *r, const struct stream_account *account, const char *end)
{
    if (!APLOGrdebug(r)) {
        return; /* before anything is formatted */
    }
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                  JSLOGNO(0422) "streamed: %" APR_OFF_T_FMT
                                " bytes, %u chunks, waited %" APR_INT64_T_FMT
                                " us for the client%s; %s",
                  account->bytes, account->chunks, (apr_int64_t)account->waited,
                  describe_spool(r->pool, account), end);
}
