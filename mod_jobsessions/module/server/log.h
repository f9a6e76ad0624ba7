/* SPDX-License-Identifier: Apache-2.0 */
/* A number for each log line, so that it can be looked up and searched for, as httpd's own modules have. */
#ifndef JOBSESSIONS_LOG_H
#define JOBSESSIONS_LOG_H

#define JSLOGNO(number) "JS" #number ": "

#endif
