/* SPDX-License-Identifier: Apache-2.0 */
/* What a resource says of itself, and how one is answered.
 *
 * All are answered in the same order: the request is read, a format chosen, the front of the links made,
 * a snapshot begun; then what the path names is found or not (404), the request's conditions are applied
 * (304, 412), the document is begun, and sent. A step that fails ends the reading and gives the status.
 * A resource brings the parts that are its own. */
#ifndef JOBSESSIONS_RESOURCE_H
#define JOBSESSIONS_RESOURCE_H

#include "httpd.h"

#include "jobsessions_read.h"
#include "request/parameters.h"
#include "request/reading.h"
#include "resources/resources.h"
#include "response/stream.h"
#include "server/counters.h"

struct provided;

/* A request on its way to its answer. */
struct answer {
    request_rec *r;
    const struct resource *resource;
    const struct provided *provided; /* of it, by who has the sessions */
    const struct target *target;
    void *own; /* the resource's, made when the request is read */
    struct parameters parameters;
    unsigned formats; /* that are offered, as in accept.h */
    js_links links;
    struct reading reading;
    struct stream *stream; /* of the document */
    js_document *document;
    uint64_t id;    /* of the session that the path names, by resource_find_session() */
    js_frame frame; /* empty but for its format and the mount's shape until the document is begun */
    unsigned numbers;     /* for js_document_tell_numbers() */
    const char *followed; /* of a page of changes: what its follower remembers, or NULL */
    const char *database; /* and what it is told to */
    const char *
        of_resource; /* id of what listed sessions have protected, or lines of a log are of; or NULL */
    const char *asked; /* what of the request, beside format and links, its document depends on */
    const char *text;  /* of a document that is made as a whole */
    apr_uint64_t matching; /* sessions or items; of a whole export for the logs only */
    apr_uint64_t shown;    /* of them in the document, for the logs */
};

/* A resource as one of the two providers has it. */
struct provided {
    /* Look at what was read of the request. Returns what this provider lacks of that, as a sentence for the client:
     * 501. NULL: nothing; or a NULL function. */
    const char *(*lacks)(struct answer *answer);
    /* Find the session that the path names; NULL: it names none. Returns JS_OK, JS_NOT_FOUND, or what
     * the log shall say in error. */
    js_result (*find)(struct answer *answer, js_error *error);
    /* Begin the document. Returns as find does, or JS_INVALID: the order cannot be served. NULL: this provider has not
     * got the resource, 501. */
    js_result (*begin)(struct answer *answer, js_error *error);
};

struct resource {
    const char *name;
    enum counted_resource counted;
    const struct parameter_names *parameters; /* of the query string */
    unsigned formats;
    int is_conditional; /* has an entity tag */

    /* Answer the request without a snapshot: what follows is then not looked at. Returns what the handler returns. */
    int (*answer)(request_rec *r, const struct target *target);

    /* Read the body, when there is one. Returns OK or the status of an error. */
    int (*read_body)(struct answer *answer);
    /* Read the parameters; mistakes are noted. NULL: there are none. */
    void (*read_parameters)(struct answer *answer);
    struct provided by[PROVIDERS];
    /* Set what headers are the resource's own; NULL: none. */
    void (*set_headers)(struct answer *answer);
};

/* No parameter's name, for lists of them. */
extern const char *const resource_no_names[];

/* Find the number of the session that the path names. Returns JS_OK, JS_NOT_FOUND, or JS_DAMAGED with what the log shall
 * say. */
js_result resource_find_session(struct answer *answer, js_error *error);

/* Find the sessions that a query wants, in memory of the request, and count them. */
js_result resource_list(struct answer *answer, const js_query *query, js_list **list,
                        js_error *error);

/* A js_text_taker, whose baton is the answer: keeps the text with the request. */
bool resource_take_text(void *answer, const char *text, size_t length);

/* When the request came, as js_time_parse() has times. */
int64_t resource_now(const request_rec *r);
#define RESOURCE_TICKS_A_DAY APR_INT64_C(864000000000)

/* Frame a page of what matches: offset, limit and totalCount before it, the members of its `_links`
 * behind it, as far as the format has them. */
void resource_frame_page(struct answer *answer, apr_uint64_t offset, apr_int64_t limit,
                         const char *links);

#endif
