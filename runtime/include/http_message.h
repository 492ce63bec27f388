/* Requests, responses and routers as Mesh values, and what the server does with them: matching and the bytes of replies.
 * They are ordinary data objects, so they are captured, sent and copied like any value.
 */
#ifndef MESH_HTTP_MESSAGE_H
#define MESH_HTTP_MESSAGE_H

#include "http_parser.h"
#include "io_buffer.h"
#include "mesh.h"

/* Builds the Request of a parsed head. `params`: names and values of the captured segments, alternating, or NULL. */
mesh_obj *http_request_new(mesh_ctx *ctx, const char *data, const http_head *head, const char *body, size_t body_len,
                           mesh_list *params);

/* Appends the reply to out. Returns whether the connection stays open: `keep` unless the response says close. */
bool http_write_response(mesh_ctx *ctx, io_buffer *out, const mesh_obj *response, bool head_request, bool keep);

/* A reply of the server itself: the status' reason phrase is the body. */
void http_write_fixed(io_buffer *out, int status, bool head_request, bool keep);

const char *http_reason(int status);

/* Percent-decoding into out (as long as the input suffices); invalid escapes stay. Returns the length. */
size_t http_decode(char *out, const char *text, size_t len, bool plus_is_space);

/* A router made ready for serving: immortal handlers with the middleware around them. */
typedef struct http_routes http_routes;

http_routes *http_routes_compile(mesh_ctx *ctx, mesh_obj *router);

typedef struct http_match {
    mesh_closure *handler; /* NULL: no route and no middleware */
    const struct http_route *route; /* NULL: no route matched */
} http_match;

/* HEAD falls back to GET. */
http_match http_routes_match(const http_routes *routes, const char *data, const http_head *head);

/* The captured segments of a match, as alternating names and values; NULL when there are none. */
mesh_list *http_match_params(mesh_ctx *ctx, const http_match *match, const char *data, const http_head *head);

#endif
