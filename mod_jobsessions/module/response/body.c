/* SPDX-License-Identifier: Apache-2.0 */
#include "response/body.h"

js_result body_read(struct body *body, char *buffer, apr_size_t size, apr_size_t *produced)
{
    return body->encoder != NULL ? encoder_read(body->encoder, buffer, size, produced)
                                 : js_document_read(body->document, buffer, size, produced);
}

apr_uint64_t body_length(const struct body *body)
{
    if (body->whole != NULL) {
        return (apr_uint64_t)whole_length(body->whole);
    }
    return body->encoder != NULL ? JS_NO_LENGTH : js_document_length(body->document);
}

apr_uint64_t body_produced(const struct body *body)
{
    return body->encoder != NULL ? encoder_produced(body->encoder)
                                 : js_document_produced(body->document);
}

apr_uint64_t body_damaged(const struct body *body)
{
    return js_document_damaged(body->document);
}

void body_rewind(struct body *body)
{
    if (body->encoder != NULL) {
        encoder_rewind(body->encoder);
    } else {
        js_document_rewind(body->document);
    }
}
