/* SPDX-License-Identifier: Apache-2.0 */
#include "response/stream_policy.h"

/* Figures are of the commits that chose the numbers, most of them from t/bench/bench.pl.
 *
 * CHUNK_HEADS  128 bytes   what httpd puts before a chunk, so that both together are whole pages
 * CHUNK_WHOLE  64 KiB      a document that fits is one chunk: one list or session, one pass
 * CHUNK_SMALL  16 KiB      the first chunks; one waits in memory while its client lags, 50 slow clients cost
 *                          less than 1 MiB. Export of 100,000 to one client, times httpd's static file:
 *                          1.04 with 8 KiB, 1.25 with 16 KiB: small ones cost changes of threads
 * CHUNK_LARGE  512 KiB     the last ones. httpd's allocator keeps 2 MiB (MaxMemFree) and gives the rest back,
 *                          to be mapped and faulted in anew
 * CHUNK_LARGE_OF_TWO  256 KiB  in HTTP/2 the same has to do for two chunks at a time: with larger ones 43 MB
 *                          of an export of 53 MB were mapped anew
 * CHUNK_GROWTH 4           times from size to size: memory of one size is not used again for another, so there
 *                          are few
 * CHUNK_PART   16          a chunk is no more than this part of what was received, so that what waits is small
 *                          beside what the client has shown to take; chosen, not measured
 * MAY_BE_SLOW_UNTIL  1 MiB  what the kernel takes for a client that takes nothing is not counted as received,
 *                          so that a client beyond has read by itself. Where the kernel took 4 MiB for a client
 *                          (loopback) and this was judged by bytes passed, httpd kept four more chunks
 * KEPT_BACK    4 KiB       up to that httpd waits until it has looked for the next request and written its
 *                          log, without a flush
 * SPOOL_WHOLE  64 MiB      rendering that much again takes some 40 ms (53 MB: 33 ms), and fifty clients that
 *                          lag behind on an export share one file instead of filling fifty
 * WAIT_MAX     0.7 s       with the time that spooling takes it stays below the second that is promised. While
 *                          nobody writes, an old snapshot costs nothing
 * WAIT_BUSY_MAX  50 ms     while others commit it keeps their old pages from being used again; slowness shows in
 *                          one wait rather than in the sum of many: who takes a gigabyte a second waits, too
 * WAIT_BUSY_ONCE  25 ms    who has shown that it reads may be held up by the machine for a while
 * WAIT_BUSY_FIRST  2 ms    who may be slow may turn out to take nothing at all. Growth of a database with 50
 *                          slow clients and 4 workers is judged by this one (bench)
 * COMMITS_BUSY  4          as many commits cost few pages; chosen, not measured
 * SPOOL_RATE   256 bytes a µs  that a file takes at best. Who takes as many is no slower than a spool would
 *                          be, and gets the longest document from the map: without it an export of 10,000,000
 *                          was broken off after 0.7 s of small waits
 */
#define CHUNK_HEADS 128
#define CHUNK_WHOLE ((size_t)64 * 1024 - CHUNK_HEADS)
#define CHUNK_SMALL ((size_t)16 * 1024 - CHUNK_HEADS)
#define CHUNK_LARGE ((size_t)512 * 1024 - CHUNK_HEADS)
#define CHUNK_LARGE_OF_TWO ((size_t)256 * 1024 - CHUNK_HEADS)
#define CHUNK_GROWTH 4
#define CHUNK_PART 16
#define MAY_BE_SLOW_UNTIL ((uint64_t)1024 * 1024)
#define KEPT_BACK ((uint64_t)4 * 1024)
#define SPOOL_WHOLE ((uint64_t)64 * 1024 * 1024)
#define WAIT_MAX ((int64_t)700 * 1000)
#define WAIT_BUSY_MAX ((int64_t)50 * 1000)
#define WAIT_BUSY_ONCE ((int64_t)25 * 1000)
#define WAIT_BUSY_FIRST ((int64_t)2 * 1000)
#define COMMITS_BUSY 4
#define SPOOL_RATE 256

static size_t largest_chunk(uint64_t length, uint64_t received, bool is_multiplexed)
{
    size_t large = is_multiplexed ? CHUNK_LARGE_OF_TWO : CHUNK_LARGE;
    size_t size = CHUNK_SMALL;
    if (length <= CHUNK_WHOLE) {
        return CHUNK_WHOLE;
    }
    while (size < large && CHUNK_GROWTH * size <= received / CHUNK_PART) {
        size *= CHUNK_GROWTH;
    }
    return size < large ? size : large;
}

size_t stream_policy_chunk(uint64_t length, uint64_t produced, uint64_t received,
                           bool is_multiplexed)
{
    uint64_t left = length - produced;
    size_t largest = largest_chunk(length, received, is_multiplexed);
    return left < largest ? (size_t)left : largest;
}

bool stream_policy_may_be_slow(uint64_t received)
{
    return received < MAY_BE_SLOW_UNTIL;
}

enum stream_policy_limit stream_policy_limit(const struct stream_standing *standing)
{
    int64_t in_all = standing->waited + standing->waiting;
    int64_t allowed = (int64_t)(standing->produced / SPOOL_RATE);
    int64_t once = stream_policy_may_be_slow(standing->received) ? WAIT_BUSY_FIRST : WAIT_BUSY_ONCE;
    if (in_all > WAIT_MAX + allowed) {
        return STREAM_POLICY_IN_ALL;
    }
    if (standing->commits <= COMMITS_BUSY) {
        return STREAM_POLICY_NONE;
    }
    if (in_all > WAIT_BUSY_MAX + allowed) {
        return STREAM_POLICY_IN_ALL_BUSY;
    }
    return standing->waiting > once ? STREAM_POLICY_AT_A_TIME_BUSY : STREAM_POLICY_NONE;
}

bool stream_policy_spool_whole(uint64_t sent)
{
    return sent <= SPOOL_WHOLE;
}

bool stream_policy_kept_back(uint64_t length)
{
    return length <= KEPT_BACK;
}
