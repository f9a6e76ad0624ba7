/* SPDX-License-Identifier: Apache-2.0 */
#include "response/stream_policy.h"

/* Figures are of the commits that chose the numbers, most of them from t/bench/bench.pl; where none is named,
 * none is recorded.
 *
 * CHUNK_HEADS  128 bytes   what httpd puts before a chunk, so that both together are whole pages
 * CHUNK_WHOLE  64 KiB      a document that fits is one chunk
 * CHUNK_SMALL  16 KiB      the first chunks: one waits in memory while its client lags. Small ones cost changes
 *                          of threads: export of 100,000 to one client, times httpd's static file, 1.04 with
 *                          8 KiB and 1.25 with 16 KiB
 * CHUNK_LARGE  512 KiB     the last ones. httpd's allocator keeps 2 MiB (MaxMemFree) and gives the rest back,
 *                          to be mapped and faulted in anew
 * CHUNK_LARGE_OF_TWO  256 KiB  in HTTP/2 the same has to do for two chunks at a time: otherwise 43 MB of an
 *                          export of 53 MB were mapped anew
 * CHUNK_GROWTH 4           times from size to size: memory of one size is not used again for another, so there
 *                          are few
 * CHUNK_PART   16          a chunk is no more than this part of what was received, so that what waits is small
 *                          beside what the client has shown to take
 * MAY_BE_SLOW_UNTIL  1 MiB  received, not passed: for a client whose kernel buffers took 4 MiB httpd kept four
 *                          more chunks
 * KEPT_BACK    4 KiB       without a flush such a response waits until httpd has looked for the next request
 *                          and written its log
 * SPOOL_WHOLE  64 MiB      rendering that much again is cheap (33 ms for 53 MB in the design's prototype), and
 *                          fifty clients that lag behind on an export share one file instead of filling fifty
 * WAIT_MAX     0.7 s       with the time that spooling takes it stays below the second that is promised. While
 *                          nobody writes, an old snapshot costs nothing
 * WAIT_END     1 s         the second that is promised: who is slow has what is left of it for its turn and for
 *                          the disk that its rest is written to
 * WAIT_BUSY_MAX  50 ms     while others commit it keeps their old pages from being used again
 * WAIT_BUSY_ONCE  25 ms    slowness shows in one wait rather than in the sum of many: who takes a gigabyte a
 *                          second waits, too, a little at a time; the machine may hold up who has shown to read
 * WAIT_BUSY_FIRST  2 ms    who may be slow may turn out to take nothing at all; see the bench's growth of a
 *                          database with 50 slow clients and 4 workers
 * COMMITS_BUSY  4          as many commits are too few to matter
 * SPOOL_RATE   256 bytes a us  that a file takes at best. Who takes as many is no slower than a spool would
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
#define WAIT_END ((int64_t)1000 * 1000 * RENDERING_SLOWNESS)
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

bool stream_policy_is_short(uint64_t length)
{
    return length <= CHUNK_WHOLE;
}

bool stream_policy_may_be_slow(uint64_t received)
{
    return received < MAY_BE_SLOW_UNTIL;
}

/* What who takes everything as fast as a file would may have waited by now. */
static int64_t allowance(const struct stream_standing *standing)
{
    return (int64_t)(standing->produced / SPOOL_RATE);
}

int64_t stream_policy_wait_left(const struct stream_standing *standing)
{
    return WAIT_END + allowance(standing) - standing->waited - standing->waiting;
}

enum stream_policy_limit stream_policy_limit(const struct stream_standing *standing)
{
    int64_t in_all = standing->waited + standing->waiting;
    int64_t allowed = allowance(standing);
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
