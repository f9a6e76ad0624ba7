/* SPDX-License-Identifier: Apache-2.0 */
/* Ids as texts: decimal numbers, and universally unique identifiers (RFC 9562). What users write is read by
 * js_id_parse() and js_uuid_parse() of jobsessions_read.h. */
#ifndef JS_STORE_ID_H
#define JS_STORE_ID_H

#include <stdint.h>

/* Bytes of a uuid. */
#define JSP_UUID_SIZE 16

/* A uuid as text: 8-4-4-4-12 hexadecimal digits. */
#define JSP_UUID_TEXT 36
void jsp_uuid_format(const uint8_t uuid[JSP_UUID_SIZE], char text[JSP_UUID_TEXT]);

/* Decimal digits of the longest id. */
#define JSP_ID_DIGITS_MAX 20

/* Decimal digits of an id, and its text (not ended by NUL; returns its length). */
unsigned jsp_id_digits(uint64_t id);
unsigned jsp_id_format(uint64_t id, char text[JSP_ID_DIGITS_MAX]);

#endif
