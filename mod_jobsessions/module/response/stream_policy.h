/* SPDX-License-Identifier: Apache-2.0 */
/* How much of a document its client gets at a time, and how long the client may make us wait for it.
 *
 * The policy of a stream is arithmetic. It knows neither httpd nor the store, keeps nothing, and may be
 * asked by any thread; what each number is and where it comes from stands in stream_policy.c. Sizes are
 * bytes, times microseconds. */
#ifndef JOBSESSIONS_STREAM_POLICY_H
#define JOBSESSIONS_STREAM_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many times longer rendering takes than it may otherwise: ThreadSanitizer looks at every byte. */
#if defined(__SANITIZE_THREAD__)
#define RENDERING_SLOWNESS 5
#else
#define RENDERING_SLOWNESS 1
#endif

/* The length of a document that is not known yet: longer than any. */
#define STREAM_POLICY_NO_LENGTH UINT64_MAX

/* Where a document on its way to a client stands. */
struct stream_standing {
    uint64_t produced; /* bytes rendered */
    uint64_t received; /* bytes that had reached the client before the chunk at hand */
    int64_t waited;    /* for the client, with all chunks that have been passed */
    int64_t waiting;   /* for it now, with the chunk that is being passed; 0: none is */
    uint64_t commits;  /* since the document's snapshot began */
};

/* Which limit a client has gone beyond. */
enum stream_policy_limit {
    STREAM_POLICY_NONE,
    STREAM_POLICY_IN_ALL,        /* it has made us wait too long in all */
    STREAM_POLICY_IN_ALL_BUSY,   /* that, while others commit */
    STREAM_POLICY_AT_A_TIME_BUSY /* too long with one chunk, while others commit */
};

/* Bytes of the next chunk of a document; STREAM_POLICY_NO_LENGTH when its length is not known. is_multiplexed:
 * the connection has several responses under way, as HTTP/2's. */
size_t stream_policy_chunk(uint64_t length, uint64_t produced, uint64_t received,
                           bool is_multiplexed);

/* Whether a document of that length is passed at once, so that nobody waits for its client. */
bool stream_policy_is_short(uint64_t length);

/* Whether a client that has received so much may yet turn out to be slow. */
bool stream_policy_may_be_slow(uint64_t received);

/* The limit that the client has gone beyond, so that it may hold its snapshot no longer. */
enum stream_policy_limit stream_policy_limit(const struct stream_standing *standing);

/* For how long a snapshot may still be kept for anything but rendering: its client, its turn, the disk. Below
 * 0 the document is broken off. */
int64_t stream_policy_wait_left(const struct stream_standing *standing);

/* Whether a document of which so much was sent is spooled from its beginning, for others to share. */
bool stream_policy_spool_whole(uint64_t sent);

/* Whether httpd keeps a response of that length back, for more to come. */
bool stream_policy_kept_back(uint64_t length);

#endif
