/* SPDX-License-Identifier: Apache-2.0 */
/* What httpd's expressions may ask of us. %{JOBSESSIONS_TIME} is the time at which a request came, in seconds
 * since 1970: httpd itself has dates and times of the day alone, and a token's exp and nbf count seconds. It is
 * no header or environment that a client could send or a configuration forget: where nobody knows the
 * variable, httpd does not start. */
#ifndef JOBSESSIONS_EXPRESSION_H
#define JOBSESSIONS_EXPRESSION_H

/* Let them ask; to be called when hooks are registered. */
void expression_register(void);

#endif
