#include "http_message.h"

#include <stdio.h>

#include "mesh_stdlib.h"

/* ---- requests -----------------------------------------------------------------------------------------------------
 * Counted slots: the bytes of the head, the body, the captured parameters. Words: where things lie in the head. Headers
 * are looked up in the text: a head has at most 8 KiB, and most handlers look at one or two. */

enum { REQ_HEAD, REQ_BODY, REQ_PARAMS, REQ_PTRS, REQ_METHOD = REQ_PTRS, REQ_PATH, REQ_QUERY, REQ_HEADERS, REQ_SLOTS };

static mesh_value pack(http_slice s) {
    return (mesh_value)s.off << 32 | s.len;
}

static const mesh_string *string_at(const mesh_obj *o, unsigned slot) {
    return mesh_to_ptr(((const mesh_data *)o)->slot[slot]);
}

static mesh_string *part(mesh_ctx *ctx, const mesh_obj *request, unsigned slot) {
    mesh_value where = ((const mesh_data *)request)->slot[slot];
    return mesh_string_new(ctx, string_at(request, REQ_HEAD)->data + (where >> 32), (size_t)(uint32_t)where);
}

mesh_obj *http_request_new(mesh_ctx *ctx, const char *data, const http_head *head, const char *body, size_t body_len,
                           mesh_list *params) {
    mesh_string *text = mesh_string_new(ctx, data, head->size);
    mesh_string *content = mesh_string_new(ctx, body, body_len);
    mesh_data *r = mesh_data_new(ctx, 0, REQ_PTRS, REQ_SLOTS);
    r->slot[REQ_HEAD] = mesh_of_ptr(text);
    r->slot[REQ_BODY] = mesh_of_ptr(content);
    r->slot[REQ_PARAMS] = mesh_of_ptr(params ? (void *)params : (void *)&mesh_nullary[0]);
    r->slot[REQ_METHOD] = pack(head->method);
    r->slot[REQ_PATH] = pack(head->path);
    r->slot[REQ_QUERY] = pack(head->query);
    uint32_t headers = head->nheaders ? head->header[0].name.off : head->size;
    r->slot[REQ_HEADERS] = pack((http_slice){headers, head->size - headers});
    return &r->h;
}

mesh_string *mesh_http_request_method(mesh_ctx *ctx, mesh_obj *request) {
    return part(ctx, request, REQ_METHOD);
}

mesh_string *mesh_http_request_path(mesh_ctx *ctx, mesh_obj *request) {
    return part(ctx, request, REQ_PATH);
}

mesh_string *mesh_http_request_body(mesh_ctx *ctx, mesh_obj *request) {
    (void)ctx;
    return mesh_dup((mesh_string *)mesh_to_ptr(((mesh_data *)request)->slot[REQ_BODY]));
}

static bool same_name(const char *a, const char *b, size_t len) {
    for (size_t i = 0; i < len; i++) {
        char x = a[i], y = b[i];
        if (x >= 'A' && x <= 'Z') x += 32;
        if (y >= 'A' && y <= 'Z') y += 32;
        if (x != y) return false;
    }
    return true;
}

mesh_obj *mesh_http_request_header(mesh_ctx *ctx, mesh_obj *request, mesh_string *name) {
    mesh_value where = ((mesh_data *)request)->slot[REQ_HEADERS];
    const char *at = string_at(request, REQ_HEAD)->data + (where >> 32), *end = at + (uint32_t)where;
    const char *value = NULL, *value_end = NULL; /* of the last one found */
    size_t len = (size_t)name->len;
    while (at < end) { /* the lines were checked by the parser */
        const char *nl = memchr(at, '\n', (size_t)(end - at));
        if ((size_t)(nl - at) > len && at[len] == ':' && same_name(at, name->data, len)) {
            value = at + len + 1, value_end = nl;
        }
        at = nl + 1;
    }
    if (value == NULL) return mesh_none();
    while (value < value_end && (*value == ' ' || *value == '\t')) value++;
    while (value_end > value && (value_end[-1] == ' ' || value_end[-1] == '\t' || value_end[-1] == '\r')) value_end--;
    return mesh_some_ptr(ctx, mesh_string_new(ctx, value, (size_t)(value_end - value)));
}

static int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

size_t http_decode(char *out, const char *text, size_t len, bool plus_is_space) {
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '%' && i + 2 < len && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
            c = (char)(hex(text[i + 1]) << 4 | hex(text[i + 2]));
            i += 2;
        } else if (c == '+' && plus_is_space) c = ' ';
        out[n++] = c;
    }
    return n;
}

/* A decoded string: reserved at the input's length, filled in place. */
static mesh_string *decoded(mesh_ctx *ctx, const char *text, size_t len, bool plus_is_space) {
    char small[256], *room = len <= sizeof small ? small : malloc(len);
    if (room == NULL) mesh_panic(ctx, "out of memory");
    size_t n = http_decode(room, text, len, plus_is_space);
    mesh_string *s = mesh_string_new(ctx, room, n);
    if (room != small) free(room);
    return s;
}

/* Whether the encoded text decodes to the key. */
static bool decodes_to(const char *text, size_t len, const mesh_string *key) {
    size_t n = 0, want = (size_t)key->len;
    for (size_t i = 0; i < len; i++, n++) {
        char c = text[i];
        if (c == '%' && i + 2 < len && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
            c = (char)(hex(text[i + 1]) << 4 | hex(text[i + 2]));
            i += 2;
        } else if (c == '+') c = ' ';
        if (n >= want || key->data[n] != c) return false;
    }
    return n == want;
}

mesh_obj *mesh_http_request_query(mesh_ctx *ctx, mesh_obj *request, mesh_string *name) {
    mesh_value where = ((mesh_data *)request)->slot[REQ_QUERY];
    const char *at = string_at(request, REQ_HEAD)->data + (where >> 32), *end = at + (uint32_t)where;
    const char *value = NULL, *value_end = NULL;
    while (at < end) {
        const char *next = memchr(at, '&', (size_t)(end - at));
        const char *stop = next ? next : end;
        const char *eq = memchr(at, '=', (size_t)(stop - at));
        if (eq != NULL && decodes_to(at, (size_t)(eq - at), name)) value = eq + 1, value_end = stop;
        at = next ? next + 1 : end;
    }
    if (value == NULL) return mesh_none();
    return mesh_some_ptr(ctx, decoded(ctx, value, (size_t)(value_end - value), true));
}

mesh_obj *mesh_http_request_param(mesh_ctx *ctx, mesh_obj *request, mesh_string *name) {
    mesh_obj *params = mesh_to_ptr(((mesh_data *)request)->slot[REQ_PARAMS]);
    if (mesh_kind_of(params) != MESH_KIND_LIST) return mesh_none();
    mesh_list *list = (mesh_list *)params;
    for (int64_t i = list->len - 2; i >= 0; i -= 2) { /* the last segment of a name wins */
        if (mesh_string_eq(mesh_to_ptr(list->data[i]), name)) {
            return mesh_some_ptr(ctx, mesh_dup((mesh_string *)mesh_to_ptr(list->data[i + 1])));
        }
    }
    return mesh_none();
}

/* ---- responses ----------------------------------------------------------------------------------------------------- */

enum { RES_BODY, RES_HEADERS, RES_PTRS, RES_STATUS = RES_PTRS, RES_SLOTS };

static mesh_obj *response_new(mesh_ctx *ctx, int64_t status, mesh_string *body, mesh_obj *headers) {
    mesh_data *r = mesh_data_new(ctx, 0, RES_PTRS, RES_SLOTS);
    r->slot[RES_BODY] = mesh_of_ptr(mesh_dup(body));
    r->slot[RES_HEADERS] = mesh_of_ptr(mesh_dup_obj(headers));
    r->slot[RES_STATUS] = (mesh_value)status;
    return &r->h;
}

mesh_obj *mesh_http_response_new(mesh_ctx *ctx, int64_t status, mesh_string *body) {
    return response_new(ctx, status, body, &mesh_nullary[0]);
}

mesh_obj *mesh_http_response_with_headers(mesh_ctx *ctx, int64_t status, mesh_string *body, mesh_map *headers) {
    return response_new(ctx, status, body, (mesh_obj *)headers);
}

const char *http_reason(int status) {
    switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 203: return "Non-Authoritative Information";
    case 204: return "No Content";
    case 205: return "Reset Content";
    case 206: return "Partial Content";
    case 207: return "Multi-Status";
    case 208: return "Already Reported";
    case 226: return "IM Used";
    case 300: return "Multiple Choices";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 305: return "Use Proxy";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 407: return "Proxy Authentication Required";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 423: return "Locked";
    case 424: return "Failed Dependency";
    case 425: return "Too Early";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 451: return "Unavailable For Legal Reasons";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 506: return "Variant Also Negotiates";
    case 507: return "Insufficient Storage";
    case 508: return "Loop Detected";
    case 511: return "Network Authentication Required";
    default: return "Unknown";
    }
}

static void decimal(io_buffer *out, uint64_t n) {
    char digits[20];
    size_t at = sizeof digits;
    do digits[--at] = (char)('0' + n % 10);
    while ((n /= 10) != 0);
    io_append(out, digits + at, sizeof digits - at);
}

static void status_line(io_buffer *out, int status) {
    if (status == 200) {
        io_literal(out, "HTTP/1.1 200 OK\r\n");
        return;
    }
    io_literal(out, "HTTP/1.1 ");
    decimal(out, (uint64_t)status);
    io_append(out, " ", 1);
    const char *reason = http_reason(status);
    io_append(out, reason, strlen(reason));
    io_literal(out, "\r\n");
}

static void connection_line(io_buffer *out, bool keep) {
    if (keep) io_literal(out, "Connection: keep-alive\r\n");
    else io_literal(out, "Connection: close\r\n");
}

#define JSON_TYPE "Content-Type: application/json; charset=utf-8\r\n"

void http_write_fixed(io_buffer *out, int status, bool head_request, bool keep) {
    const char *reason = http_reason(status);
    status_line(out, status);
    io_literal(out, JSON_TYPE "Content-Length: ");
    decimal(out, strlen(reason));
    io_literal(out, "\r\n");
    connection_line(out, keep);
    io_literal(out, "\r\n");
    if (!head_request) io_append(out, reason, strlen(reason));
}

/* Bytes of a header without those that would end its line. */
static void header_text(io_buffer *out, const char *text, size_t len) {
    size_t from = 0;
    for (size_t i = 0; i <= len; i++) {
        if (i == len || text[i] == '\r' || text[i] == '\n' || text[i] == 0) {
            io_append(out, text + from, i - from);
            from = i + 1;
        }
    }
}

static void header_line(io_buffer *out, const mesh_string *name, const char *value, size_t len) {
    header_text(out, name->data, (size_t)name->len);
    io_literal(out, ": ");
    header_text(out, value, len);
    io_literal(out, "\r\n");
}

/* The entry at or behind *at. The map keeps both alive. */
static bool next_entry(mesh_ctx *ctx, mesh_map *map, int64_t *at, const mesh_string **key, const mesh_string **value) {
    const mesh_type *text = &mesh_type_string;
    *at = mesh_map_next(ctx, text, text, map, *at);
    if (*at < 0) return false;
    mesh_string *k = mesh_to_ptr(mesh_map_key_at(ctx, text, text, map, *at));
    mesh_string *v = mesh_to_ptr(mesh_map_value_at(ctx, text, text, map, *at));
    mesh_drop(ctx, k);
    mesh_drop(ctx, v);
    *key = k, *value = v;
    return true;
}

bool http_write_response(mesh_ctx *ctx, io_buffer *out, const mesh_obj *response, bool head_request, bool keep) {
    const mesh_data *r = (const mesh_data *)response;
    int64_t status = (int64_t)r->slot[RES_STATUS];
    if (status < 200 || status > 599) {
        fprintf(stderr, "[mesh-rt] HTTP response with invalid status %lld\n", (long long)status);
        http_write_fixed(out, 500, head_request, keep);
        return keep;
    }
    const mesh_string *body = string_at(response, RES_BODY);
    mesh_map *headers = NULL;
    const mesh_string *name, *text;
    mesh_obj *h = mesh_to_ptr(r->slot[RES_HEADERS]);
    bool typed = false;
    if (mesh_kind_of(h) == MESH_KIND_MAP) {
        headers = (mesh_map *)h;
        for (int64_t at = 0; next_entry(ctx, headers, &at, &name, &text); at++) {
            if (http_equal_nocase(name->data, (size_t)name->len, "content-type")) typed = true;
            if (http_equal_nocase(name->data, (size_t)name->len, "connection") && http_list_has(text->data, (size_t)text->len, "close")) keep = false;
        }
    }
    bool bodyless = status == 204 || status == 304;
    status_line(out, (int)status);
    if (!bodyless) {
        if (!typed) io_literal(out, JSON_TYPE);
        io_literal(out, "Content-Length: ");
        decimal(out, (uint64_t)body->len);
        io_literal(out, "\r\n");
    }
    connection_line(out, keep);
    if (headers != NULL) {
        for (int64_t at = 0; next_entry(ctx, headers, &at, &name, &text); at++) {
            size_t nlen = (size_t)name->len;
            if (http_equal_nocase(name->data, nlen, "content-length") || http_equal_nocase(name->data, nlen, "transfer-encoding") ||
                http_equal_nocase(name->data, nlen, "connection") || (bodyless && http_equal_nocase(name->data, nlen, "content-type"))) continue;
            const char *from = text->data, *end = from + text->len;
            if (http_equal_nocase(name->data, nlen, "set-cookie")) { /* one header for each line */
                const char *nl;
                while ((nl = memchr(from, '\n', (size_t)(end - from))) != NULL) {
                    header_line(out, name, from, (size_t)(nl - from));
                    from = nl + 1;
                }
            }
            header_line(out, name, from, (size_t)(end - from));
        }
    }
    io_literal(out, "\r\n");
    if (!bodyless && !head_request) io_append(out, body->data, (size_t)body->len);
    return keep;
}

/* ---- routers --------------------------------------------------------------------------------------------------------
 * A router is a chain: every builder call adds a link in front, so building is linear and earlier routers stay as they
 * are. Tag 0: the empty router; ROUTE: earlier, pattern, method, handler; LAYER: earlier, layer, unmatched. */

enum { LINK_ROUTE = 1, LINK_LAYER = 2 };

mesh_obj *mesh_http_router(mesh_ctx *ctx) {
    (void)ctx;
    return &mesh_nullary[0];
}

static mesh_obj *add_route(mesh_ctx *ctx, mesh_obj *router, mesh_string *pattern, const char *method, mesh_closure *handler) {
    mesh_string *name = mesh_string_from_c(ctx, method);
    mesh_data *link = mesh_data_new(ctx, LINK_ROUTE, 4, 4);
    link->slot[0] = mesh_of_ptr(mesh_dup_obj(router));
    link->slot[1] = mesh_of_ptr(mesh_dup(pattern));
    link->slot[2] = mesh_of_ptr(name);
    link->slot[3] = mesh_of_ptr(mesh_dup(handler));
    return &link->h;
}

mesh_obj *mesh_http_route(mesh_ctx *ctx, mesh_obj *router, mesh_string *pattern, mesh_closure *handler) {
    return add_route(ctx, router, pattern, "", handler);
}

mesh_obj *mesh_http_route_get(mesh_ctx *ctx, mesh_obj *router, mesh_string *pattern, mesh_closure *handler) {
    return add_route(ctx, router, pattern, "GET", handler);
}

mesh_obj *mesh_http_route_post(mesh_ctx *ctx, mesh_obj *router, mesh_string *pattern, mesh_closure *handler) {
    return add_route(ctx, router, pattern, "POST", handler);
}

mesh_obj *mesh_http_route_put(mesh_ctx *ctx, mesh_obj *router, mesh_string *pattern, mesh_closure *handler) {
    return add_route(ctx, router, pattern, "PUT", handler);
}

mesh_obj *mesh_http_route_delete(mesh_ctx *ctx, mesh_obj *router, mesh_string *pattern, mesh_closure *handler) {
    return add_route(ctx, router, pattern, "DELETE", handler);
}

/* `layer` wraps a handler into the middleware; `unmatched` is the innermost handler of requests without a route. */
mesh_obj *mesh_http_add_layer(mesh_ctx *ctx, mesh_obj *router, mesh_closure *layer, mesh_closure *unmatched) {
    mesh_data *link = mesh_data_new(ctx, LINK_LAYER, 3, 3);
    link->slot[0] = mesh_of_ptr(mesh_dup_obj(router));
    link->slot[1] = mesh_of_ptr(mesh_dup(layer));
    link->slot[2] = mesh_of_ptr(mesh_dup(unmatched));
    return &link->h;
}

/* ---- compiled routes ------------------------------------------------------------------------------------------------ */

typedef struct http_route {
    mesh_closure *handler; /* with the middleware around it; immortal */
    char *pattern;
    size_t len;
    char *method; /* "" for any */
    size_t method_len;
    int nsegments; /* of a parameterised pattern, without a trailing star */
    bool rest;     /* a parameterised pattern with a trailing star */
    http_slice *segment;
} http_route;

enum { EXACT, PARAMS, PARAMS_REST, WILDCARD, CLASSES };

struct http_routes {
    http_route *routes[CLASSES];
    int count[CLASSES];
    mesh_closure *unmatched; /* NULL: no middleware */
};

static char *copy_text(const mesh_string *s, size_t *len) {
    char *copy = malloc((size_t)s->len + 1);
    if (copy == NULL) abort();
    memcpy(copy, s->data, (size_t)s->len);
    copy[s->len] = 0;
    *len = (size_t)s->len;
    return copy;
}

static int route_class(http_route *r) {
    bool has_param = false;
    size_t max = 1;
    for (size_t i = 0; i < r->len; i++) {
        if (r->pattern[i] == '/') max++;
        if (r->pattern[i] == ':' && (i == 0 || r->pattern[i - 1] == '/')) has_param = true;
    }
    bool star = r->len >= 2 && memcmp(r->pattern + r->len - 2, "/*", 2) == 0;
    if (!has_param) return star ? WILDCARD : EXACT;
    r->rest = star;
    r->segment = malloc(max * sizeof *r->segment);
    if (r->segment == NULL) abort();
    size_t end = star ? r->len - 1 : r->len;
    for (size_t i = 0; i < end;) {
        size_t from = i;
        while (i < end && r->pattern[i] != '/') i++;
        if (i > from) r->segment[r->nsegments++] = (http_slice){(uint32_t)from, (uint32_t)(i - from)};
        i++;
    }
    return star ? PARAMS_REST : PARAMS;
}

/* Middleware applies to every route, wherever HTTP.use stands among the calls; the first one is the outermost. */
static mesh_closure *wrapped(mesh_ctx *ctx, mesh_closure *handler, mesh_obj *router) {
    mesh_dup(handler);
    for (mesh_obj *at = router; at->tag != 0; at = mesh_to_ptr(((mesh_data *)at)->slot[0])) {
        if (at->tag == LINK_LAYER) { /* newest first, so the innermost first */
            handler = mesh_to_ptr(mesh_call1(ctx, mesh_to_ptr(((mesh_data *)at)->slot[1]), mesh_of_ptr(handler)));
        }
    }
    mesh_closure *kept = (mesh_closure *)mesh_immortal_copy(ctx, &handler->h);
    mesh_drop(ctx, handler);
    return kept;
}

http_routes *http_routes_compile(mesh_ctx *ctx, mesh_obj *router) {
    http_routes *out = calloc(1, sizeof *out);
    int total = 0;
    for (mesh_obj *at = router; at->tag != 0; at = mesh_to_ptr(((mesh_data *)at)->slot[0])) total += at->tag == LINK_ROUTE;
    mesh_data **links = malloc(((size_t)total + 1) * sizeof *links);
    for (int c = 0; out && c < CLASSES; c++) out->routes[c] = calloc((size_t)total + 1, sizeof *out->routes[c]);
    if (out == NULL || links == NULL || out->routes[WILDCARD] == NULL) abort();
    int n = total;
    mesh_obj *layer = NULL;
    for (mesh_obj *at = router; at->tag != 0; at = mesh_to_ptr(((mesh_data *)at)->slot[0])) {
        if (at->tag == LINK_ROUTE) links[--n] = (mesh_data *)at;
        else layer = at;
    }
    for (int i = 0; i < total; i++) {
        http_route r = {0};
        r.pattern = copy_text(mesh_to_ptr(links[i]->slot[1]), &r.len);
        r.method = copy_text(mesh_to_ptr(links[i]->slot[2]), &r.method_len);
        r.handler = wrapped(ctx, mesh_to_ptr(links[i]->slot[3]), router);
        int c = route_class(&r);
        out->routes[c][out->count[c]++] = r;
    }
    if (layer != NULL) out->unmatched = wrapped(ctx, mesh_to_ptr(((mesh_data *)layer)->slot[2]), router);
    free(links);
    return out;
}

/* A literal segment matches by its bytes, or decoded. */
static bool literal_matches(const char *want, size_t want_len, const char *text, size_t len) {
    if (want_len == len && memcmp(want, text, len) == 0) return true;
    if (memchr(text, '%', len) == NULL || len > HTTP_HEAD_MAX) return false;
    char room[HTTP_HEAD_MAX];
    size_t n = http_decode(room, text, len, false);
    return n == want_len && memcmp(room, want, n) == 0;
}

static bool params_match(const http_route *r, const char *path, size_t len) {
    int k = 0;
    for (size_t i = 0; i < len;) {
        size_t from = i;
        while (i < len && path[i] != '/') i++;
        if (i > from) {
            if (k == r->nsegments) return r->rest;
            const char *want = r->pattern + r->segment[k].off;
            if (want[0] != ':' && !literal_matches(want, r->segment[k].len, path + from, i - from)) return false;
            k++;
        }
        i++;
    }
    return k == r->nsegments;
}

static bool route_matches(const http_route *r, int cls, const char *path, size_t len) {
    switch (cls) {
    case EXACT: return r->len == len && memcmp(r->pattern, path, len) == 0;
    case WILDCARD:
        return (len >= r->len - 1 && memcmp(path, r->pattern, r->len - 1) == 0) ||
               (len == r->len - 2 && memcmp(path, r->pattern, len) == 0);
    default: return params_match(r, path, len);
    }
}

static const http_route *find_route(const http_routes *routes, const char *path, size_t len, const char *method, size_t method_len) {
    for (int c = 0; c < CLASSES; c++) {
        for (int i = 0; i < routes->count[c]; i++) {
            const http_route *r = &routes->routes[c][i];
            if (r->method_len != 0 && (r->method_len != method_len || memcmp(r->method, method, method_len) != 0)) continue;
            if (route_matches(r, c, path, len)) return r;
        }
    }
    return NULL;
}

http_match http_routes_match(const http_routes *routes, const char *data, const http_head *head) {
    const char *path = data + head->path.off, *method = data + head->method.off;
    const http_route *r = find_route(routes, path, head->path.len, method, head->method.len);
    if (r == NULL && head->method.len == 4 && memcmp(method, "HEAD", 4) == 0) r = find_route(routes, path, head->path.len, "GET", 3);
    return (http_match){r ? r->handler : routes->unmatched, r};
}

mesh_list *http_match_params(mesh_ctx *ctx, const http_match *match, const char *data, const http_head *head) {
    const http_route *r = match->route;
    if (r == NULL || r->nsegments == 0) return NULL;
    mesh_list *list = mesh_list_new(ctx, &mesh_type_string, (size_t)r->nsegments * 2);
    const char *path = data + head->path.off;
    size_t len = head->path.len;
    int k = 0;
    for (size_t i = 0; i < len && k < r->nsegments;) {
        size_t from = i;
        while (i < len && path[i] != '/') i++;
        if (i > from) {
            const char *want = r->pattern + r->segment[k].off;
            if (want[0] == ':') {
                mesh_string *name = mesh_string_new(ctx, want + 1, r->segment[k].len - 1);
                list = mesh_list_push(ctx, &mesh_type_string, list, mesh_of_ptr(name));
                list = mesh_list_push(ctx, &mesh_type_string, list, mesh_of_ptr(decoded(ctx, path + from, i - from, false)));
            }
            k++;
        }
        i++;
    }
    return list;
}
