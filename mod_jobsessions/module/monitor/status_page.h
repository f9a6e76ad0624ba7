/* SPDX-License-Identifier: Apache-2.0 */
/* The section of mod_status: as a table, and with ?auto as lines for programs. */
#ifndef JOBSESSIONS_STATUS_PAGE_H
#define JOBSESSIONS_STATUS_PAGE_H

/* When httpd starts; without mod_status nothing comes of it. */
void status_page_register(void);

#endif
