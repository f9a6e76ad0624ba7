// Shows a mount's openapi.json in Swagger UI, with the token that the mount asks for. It is kept nowhere, and goes to
// this server alone.
// SPDX-License-Identifier: Apache-2.0
/* global SwaggerUIBundle */
"use strict";

const element = (id) => document.getElementById(id);

function withToken(request) {
    if (new URL(request.url, location.href).origin === location.origin) {
        request.headers.Authorization = `Bearer ${element("token").value.trim()}`;
    }
    return request;
}

element("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    SwaggerUIBundle({
        dom_id: "#viewer",
        url: `${element("mount").value}/openapi.json`,
        requestInterceptor: withToken,
        validatorUrl: null, // it would be asked elsewhere
    });
});
