/* SPDX-License-Identifier: Apache-2.0 */
/* What stands under a usn: whose it is, and whether it is what is left of a removed session. */
#ifndef JS_STORE_CHANGE_H
#define JS_STORE_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#define JSP_CHANGE_SIZE 16

void jsp_change_pack(unsigned char bytes[JSP_CHANGE_SIZE], uint64_t id, bool deletion);
uint64_t jsp_change_id(const unsigned char bytes[JSP_CHANGE_SIZE]);
bool jsp_change_is_deletion(const unsigned char bytes[JSP_CHANGE_SIZE]);

#endif
