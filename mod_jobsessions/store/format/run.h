/* SPDX-License-Identifier: Apache-2.0 */
/* The runs of a policy, in the order of their start, as bytes (FORMAT.md). Those of each status have a key. */
#ifndef JS_STORE_POLICY_RUN_H
#define JS_STORE_POLICY_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

/* What a policy is known by: a letter that tells ids from names, and the text of either, escaped; of a long one its
 * beginning and a checksum. */
#define JSP_RUN_POLICY_ID 'i'
#define JSP_RUN_POLICY_NAME 'n'
#define JSP_RUN_TEXT_MAX 400

/* The key has one byte more, its status. */
#define JSP_RUN_KEY_MAX (JSP_RUN_TEXT_MAX + 2)

#define JSP_RUN_BYTES 24

/* How many of them, from the first, tell its place among the others. */
#define JSP_RUN_PLACE 16

typedef struct jsp_run_key {
    size_t length; /* with the status; 0: the session is no run of a policy */
    unsigned char bytes[JSP_RUN_KEY_MAX];
} jsp_run_key;

typedef struct jsp_run {
    int64_t start; /* ticks, or JSP_TICKS_NONE, which comes first */
    uint64_t id;
    int64_t duration;
} jsp_run;

/* The key of a session that has a status, from its JSON as it is stored. */
void jsp_run_key_make(jsp_run_key *key, jsp_slice session, unsigned status);

/* Whether two keys, with their status or without, are of the same policy. */
bool jsp_run_same_policy(const unsigned char *one, size_t one_length, const unsigned char *other,
                         size_t other_length);

void jsp_run_pack(unsigned char bytes[JSP_RUN_BYTES], const jsp_run *run);
void jsp_run_unpack(const unsigned char bytes[JSP_RUN_BYTES], jsp_run *run);

#endif
