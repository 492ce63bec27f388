/* The HTTP client (io.md 2): requests behind handles, redirects, kept-alive connections, streaming. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handles.h"
#include "http_reply.h"
#include "http_url.h"
#include "inflate.h"
#include "mesh_ctx.h"
#include "mesh_stdlib.h"
#include "net_stream.h"

enum {
    BODY_MAX = 64 * 1024 * 1024,
    REDIRECTS_MAX = 10,
    TIMEOUT_MS = 30000,
    IDLE_MAX = 64, /* connections that a client keeps */
    STREAM_CHUNK = 8192,
};
static const int64_t IDLE_NS = 60000000000, STREAM_LOOK_NS = 1000000000;

typedef struct http_field {
    char *name, *value;
    struct http_field *next;
} http_field;

typedef struct http_request {
    io_handle handle;
    pthread_mutex_t lock;
    char *method; /* upper case */
    char *url;
    http_field *fields, **last;
    char *body;
    size_t body_len;
    bool has_body, json, sent;
    int64_t timeout_ms;
} http_request;

typedef struct idle_stream {
    struct idle_stream *next;
    char *key;
    net_stream *stream;
    int64_t since_ns;
} idle_stream;

typedef struct http_client {
    io_handle handle;
    pthread_mutex_t lock;
    idle_stream *idle;
    int count;
    bool closed;
} http_client;

typedef struct http_stream {
    io_handle handle;
    _Atomic bool cancelled;
} http_stream;

static void free_request(io_handle *h) {
    http_request *r = (http_request *)h;
    for (http_field *f = r->fields, *next; f != NULL; f = next) {
        next = f->next;
        free(f->name);
        free(f->value);
        free(f);
    }
    pthread_mutex_destroy(&r->lock);
    free(r->method);
    free(r->url);
    free(r->body);
    free(r);
}

static void free_idle(idle_stream *i) {
    net_stream_close(i->stream);
    free(i->key);
    free(i);
}

static void free_client(io_handle *h) {
    http_client *c = (http_client *)h;
    for (idle_stream *i = c->idle, *next; i != NULL; i = next) {
        next = i->next;
        free_idle(i);
    }
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static void free_stream(io_handle *h) {
    free(h);
}

static io_handle_table requests = IO_HANDLE_TABLE(free_request);
static io_handle_table clients = IO_HANDLE_TABLE(free_client);
static io_handle_table streams = IO_HANDLE_TABLE(free_stream);

static void *zeroed(size_t size) {
    void *p = calloc(1, size);
    if (p == NULL) abort();
    return p;
}

static char *copy(const char *bytes, size_t len) {
    char *out = malloc(len + 1);
    if (out == NULL) abort();
    memcpy(out, bytes, len);
    out[len] = 0;
    return out;
}

/* Without what would end a header line. */
static char *header_text(const char *bytes, size_t len) {
    char *out = copy(bytes, len);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (out[i] != '\r' && out[i] != '\n' && out[i] != 0) out[n++] = out[i];
    }
    out[n] = 0;
    return out;
}

/* ---- building ------------------------------------------------------------------------------------------------------------ */

static http_request *new_request(const char *method, size_t method_len, const char *url, size_t url_len) {
    http_request *r = zeroed(sizeof *r);
    pthread_mutex_init(&r->lock, NULL);
    r->method = header_text(method, method_len);
    for (char *c = r->method; *c; c++) {
        if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 32);
        if (*c <= ' ' || *c == 0x7f) *c = '_';
    }
    r->url = copy(url, url_len);
    r->last = &r->fields;
    r->timeout_ms = TIMEOUT_MS;
    return r;
}

static void add_field(http_request *r, char *name, char *value) {
    http_field *f = zeroed(sizeof *f);
    f->name = name, f->value = value;
    *r->last = f;
    r->last = &f->next;
}

static void set_body(http_request *r, const char *bytes, size_t len) {
    free(r->body);
    r->body = copy(bytes, len);
    r->body_len = len;
    r->has_body = true;
}

/* The request behind a handle, locked; NULL when there is none. */
static http_request *edit(int64_t request) {
    http_request *r = io_handle_find(&requests, request);
    if (r != NULL) pthread_mutex_lock(&r->lock);
    return r;
}

static int64_t edited(http_request *r, int64_t request) {
    if (r != NULL) {
        pthread_mutex_unlock(&r->lock);
        io_handle_release(&requests, &r->handle);
    }
    return request;
}

int64_t mesh_http_build(mesh_ctx *ctx, mesh_obj *method, mesh_string *url) {
    (void)ctx;
    const mesh_string *name = (mesh_string *)method;
    http_request *r = new_request(name->data, (size_t)name->len, url->data, (size_t)url->len);
    return io_handle_add(&requests, &r->handle);
}

int64_t mesh_http_header(mesh_ctx *ctx, int64_t request, mesh_string *name, mesh_string *value) {
    (void)ctx;
    http_request *r = edit(request);
    if (r != NULL) add_field(r, header_text(name->data, (size_t)name->len), header_text(value->data, (size_t)value->len));
    return edited(r, request);
}

int64_t mesh_http_body(mesh_ctx *ctx, int64_t request, mesh_string *text) {
    (void)ctx;
    http_request *r = edit(request);
    if (r != NULL) set_body(r, text->data, (size_t)text->len);
    return edited(r, request);
}

int64_t mesh_http_json(mesh_ctx *ctx, int64_t request, mesh_string *text) {
    (void)ctx;
    http_request *r = edit(request);
    if (r != NULL) {
        set_body(r, text->data, (size_t)text->len);
        r->json = true;
    }
    return edited(r, request);
}

static void percent_encode(io_buffer *out, const mesh_string *s) {
    static const char digits[] = "0123456789ABCDEF";
    for (int64_t i = 0; i < s->len; i++) {
        unsigned char c = (unsigned char)s->data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
        char escaped[3] = {'%', digits[c >> 4], digits[c & 15]};
        if (plain) io_append(out, &c, 1);
        else io_append(out, escaped, 3);
    }
}

int64_t mesh_http_query(mesh_ctx *ctx, int64_t request, mesh_string *key, mesh_string *value) {
    (void)ctx;
    http_request *r = edit(request);
    if (r != NULL) {
        io_buffer url = {0};
        size_t end = strcspn(r->url, "#");
        io_append(&url, r->url, end);
        io_append(&url, memchr(r->url, '?', end) ? "&" : "?", 1);
        percent_encode(&url, key);
        io_literal(&url, "=");
        percent_encode(&url, value);
        io_append(&url, "", 1);
        free(r->url);
        r->url = url.data;
    }
    return edited(r, request);
}

int64_t mesh_http_timeout(mesh_ctx *ctx, int64_t request, int64_t milliseconds) {
    (void)ctx;
    http_request *r = edit(request);
    if (r != NULL) r->timeout_ms = milliseconds < 1 ? 1 : milliseconds > INT64_MAX / 2000000 ? INT64_MAX / 2000000 : milliseconds;
    return edited(r, request);
}

/* ---- kept-alive connections ------------------------------------------------------------------------------------------------ */

static net_stream *take_idle(http_client *c, const char *key) {
    idle_stream *found = NULL, *dead = NULL;
    int64_t now = mesh_now_ns();
    pthread_mutex_lock(&c->lock);
    for (idle_stream **at = &c->idle; *at != NULL && found == NULL;) {
        idle_stream *i = *at;
        if (now - i->since_ns > IDLE_NS || !net_stream_idle(i->stream)) {
            *at = i->next;
            i->next = dead;
            dead = i;
            c->count--;
        } else if (strcmp(i->key, key) == 0) {
            *at = i->next;
            found = i;
            c->count--;
        } else at = &i->next;
    }
    pthread_mutex_unlock(&c->lock);
    for (idle_stream *next; dead != NULL; dead = next) {
        next = dead->next;
        free_idle(dead);
    }
    if (found == NULL) return NULL;
    net_stream *s = found->stream;
    free(found->key);
    free(found);
    return s;
}

static void give_idle(http_client *c, const char *key, net_stream *s) {
    pthread_mutex_lock(&c->lock);
    bool keep = !c->closed && c->count < IDLE_MAX;
    if (keep) {
        idle_stream *i = zeroed(sizeof *i);
        *i = (idle_stream){c->idle, copy(key, strlen(key)), s, mesh_now_ns()};
        c->idle = i;
        c->count++;
    }
    pthread_mutex_unlock(&c->lock);
    if (!keep) net_stream_close(s);
}

/* ---- one exchange -------------------------------------------------------------------------------------------------------------- */

/* What is sent to one URL. `fields` are the program's; Authorization is left out when `foreign`. */
typedef struct exchange {
    const http_request *request;
    const char *method;
    http_url url;
    bool with_body, foreign, streaming;
    http_client *client;
    int64_t deadline;
    char key[600];
    net_stream *stream;
    http_reply *reply;
} exchange;

static bool has_field(const http_request *r, const char *name) {
    for (const http_field *f = r->fields; f != NULL; f = f->next) {
        if (http_equal_nocase(f->name, strlen(f->name), name)) return true;
    }
    return false;
}

static void field_line(io_buffer *out, const char *name, const char *value) {
    io_append(out, name, strlen(name));
    io_literal(out, ": ");
    io_append(out, value, strlen(value));
    io_literal(out, "\r\n");
}

static void write_head(const exchange *x, io_buffer *out) {
    const http_request *r = x->request;
    char authority[512], length[32];
    http_url_authority(&x->url, authority, sizeof authority);
    io_append(out, x->method, strlen(x->method));
    io_literal(out, " ");
    io_append(out, x->url.target, strlen(x->url.target));
    io_literal(out, " HTTP/1.1\r\n");
    if (!has_field(r, "host")) field_line(out, "Host", authority);
    if (!has_field(r, "user-agent")) field_line(out, "User-Agent", "mesh");
    if (!has_field(r, "accept")) field_line(out, "Accept", "*/*");
    if (!x->streaming && !has_field(r, "accept-encoding")) field_line(out, "Accept-Encoding", "gzip");
    if (x->client == NULL) field_line(out, "Connection", "close");
    bool bodied = strcmp(x->method, "POST") == 0 || strcmp(x->method, "PUT") == 0 || strcmp(x->method, "PATCH") == 0;
    if (x->with_body || bodied) {
        snprintf(length, sizeof length, "%zu", x->with_body ? r->body_len : 0);
        field_line(out, "Content-Length", length);
    }
    if (x->with_body && r->json && !has_field(r, "content-type")) field_line(out, "Content-Type", "application/json");
    for (const http_field *f = r->fields; f != NULL; f = f->next) {
        size_t n = strlen(f->name);
        bool ours = http_equal_nocase(f->name, n, "content-length") || http_equal_nocase(f->name, n, "transfer-encoding") ||
                    http_equal_nocase(f->name, n, "connection");
        bool secret = x->foreign && (http_equal_nocase(f->name, n, "authorization") || http_equal_nocase(f->name, n, "cookie"));
        bool stale = x->foreign && http_equal_nocase(f->name, n, "host");
        bool idle = !x->with_body && !bodied && http_equal_nocase(f->name, n, "content-type");
        if (!ours && !secret && !stale && !idle) field_line(out, f->name, f->value);
    }
    io_literal(out, "\r\n");
}

/* Reads the head of the final response; those of 1xx are skipped. 0, or -1 with *error; *untouched: the peer sent nothing. */
static int read_head(mesh_ctx *ctx, exchange *x, bool *untouched, char **error) {
    net_stream *s = x->stream;
    *untouched = io_size(&s->in) == 0;
    for (;;) {
        int status = http_parse_reply(s->in.data ? s->in.data + s->in.start : "", io_size(&s->in), x->reply);
        if (status == 1 && x->reply->status >= 200) return 0;
        if (status == 1) {
            if (x->reply->status == 101) status = -1; /* nobody asked for another protocol */
            else io_consume(&s->in, x->reply->size);
        }
        if (status == 1) continue;
        if (status < 0) {
            *error = copy("invalid HTTP response", 21);
            return -1;
        }
        ssize_t n = net_stream_read(ctx, s, x->deadline, error);
        if (n > 0) *untouched = false;
        if (n == 0) *error = copy("connection closed before the response", 37);
        if (n <= 0) return -1;
    }
}

static void drop_stream(exchange *x) {
    if (x->stream != NULL) net_stream_close(x->stream);
    x->stream = NULL;
}

/* Connects, sends, reads the head. */
static int perform(mesh_ctx *ctx, exchange *x, char **error) {
    char authority[512];
    http_url_authority(&x->url, authority, sizeof authority);
    snprintf(x->key, sizeof x->key, "%s://%s:%d", x->url.https ? "https" : "http", authority, x->url.port);
    bool repeatable = strcmp(x->method, "POST") != 0 && strcmp(x->method, "PATCH") != 0;
    for (int attempt = 0;; attempt++) {
        bool reused = false, untouched = true;
        if (x->client != NULL && attempt == 0) x->stream = take_idle(x->client, x->key);
        if (x->stream != NULL) reused = true;
        else if ((x->stream = net_stream_connect(ctx, &x->url, x->deadline, error)) == NULL) return -1;
        io_buffer head = {0};
        write_head(x, &head);
        if (x->with_body) io_append(&head, x->request->body, x->request->body_len);
        int status = net_stream_write(ctx, x->stream, head.data, io_size(&head), x->deadline, error);
        io_free(&head);
        if (status == 0) status = read_head(ctx, x, &untouched, error);
        if (status == 0) return 0;
        drop_stream(x);
        if (!(reused && untouched && repeatable) || mesh_is_ending(ctx)) return -1;
        free(*error); /* the server had closed a connection that was kept: once more on a fresh one */
        *error = NULL;
    }
}

/* Reading of a body, piece by piece. */
typedef struct body_reader {
    http_chunks chunks;
    int64_t left; /* of a body with a length; -1: chunked; -2: until the end of the stream */
    bool done;
} body_reader;

static body_reader body_begin(const exchange *x) {
    const http_reply *r = x->reply;
    body_reader b = {.left = r->chunked ? -1 : r->content_length >= 0 ? r->content_length : -2};
    b.done = strcmp(x->method, "HEAD") == 0 || r->status == 204 || r->status == 304 || b.left == 0;
    return b;
}

/* Moves body bytes from the connection to out. Reads once when nothing is there. 0, or -1 with *error. */
static int body_more(mesh_ctx *ctx, exchange *x, body_reader *b, io_buffer *out, char **error) {
    net_stream *s = x->stream;
    if (io_size(&s->in) == 0) {
        ssize_t n = net_stream_read(ctx, s, x->deadline, error);
        if (n < 0) return -1;
        if (n == 0) {
            b->done = true;
            if (b->left == -2) return 0;
            *error = copy("connection closed inside the response", 37);
            return -1;
        }
    }
    char *data = s->in.data + s->in.start;
    size_t have = io_size(&s->in);
    if (b->left == -1) {
        size_t read = 0, written = 0;
        int status = http_decode_chunks(&b->chunks, data, have, &read, &written, INT64_MAX);
        io_append(out, data, written);
        io_consume(&s->in, read);
        if (status < 0) {
            *error = copy("invalid chunked response", 24);
            return -1;
        }
        b->done = status == 1;
    } else {
        size_t n = b->left >= 0 && (uint64_t)b->left < have ? (size_t)b->left : have;
        io_append(out, data, n);
        io_consume(&s->in, n);
        if (b->left >= 0 && (b->left -= (int64_t)n) == 0) b->done = true;
    }
    return 0;
}

/* The connection is kept when the response was read whole and nobody wants it closed. */
static void finish(exchange *x, const body_reader *b) {
    if (x->client != NULL && b->done && x->reply->keep_alive && b->left != -2 && io_size(&x->stream->in) == 0) {
        io_free(&x->stream->in);
        give_idle(x->client, x->key, x->stream);
        x->stream = NULL;
    } else drop_stream(x);
}

static int read_body(mesh_ctx *ctx, exchange *x, io_buffer *body, char **error) {
    body_reader b = body_begin(x);
    while (!b.done) {
        if (body_more(ctx, x, &b, body, error) != 0) {
            drop_stream(x);
            return -1;
        }
        if (io_size(body) > BODY_MAX || body->failed) {
            *error = copy("response body too large", 23);
            drop_stream(x);
            return -1;
        }
    }
    finish(x, &b);
    if (x->reply->gzip && io_size(body) > 0) {
        io_buffer plain = {0};
        int status = io_inflate(body, &plain, BODY_MAX);
        io_free(body);
        *body = plain;
        if (status != 0) {
            *error = status == -2 ? copy("response body too large", 23) : copy("invalid gzip response", 21);
            return -1;
        }
    }
    return 0;
}

/* ---- redirects --------------------------------------------------------------------------------------------------------------------- */

static bool redirects(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static const http_header *reply_header(const exchange *x, const char *name) {
    const char *data = x->stream->in.data + x->stream->in.start;
    for (int i = 0; i < x->reply->nheaders; i++) {
        const http_header *h = &x->reply->header[i];
        if (http_equal_nocase(data + h->name.off, h->name.len, name)) return h;
    }
    return NULL;
}

static void exchange_end(exchange *x) {
    drop_stream(x);
    http_url_free(&x->url);
    free(x->reply);
}

/* Runs a request up to the head of the response that is no redirect (it lies at the start of x->stream->in). */
static int run_request(mesh_ctx *ctx, exchange *x, char **error) {
    *error = NULL;
    x->reply = zeroed(sizeof *x->reply);
    x->method = x->request->method;
    x->with_body = x->request->has_body;
    x->deadline = mesh_now_ns() + x->request->timeout_ms * 1000000;
    if (http_url_parse(&x->url, x->request->url, strlen(x->request->url)) != 0) {
        size_t room = strlen(x->request->url) + 32;
        *error = malloc(room);
        if (*error != NULL) snprintf(*error, room, "invalid URL: %s", x->request->url);
        return -1;
    }
    for (int hops = 0;; hops++) {
        if (perform(ctx, x, error) != 0) return -1;
        const http_header *location = redirects(x->reply->status) ? reply_header(x, "location") : NULL;
        if (location == NULL) return 0;
        if (hops == REDIRECTS_MAX) {
            *error = copy("too many redirects", 18);
            return -1;
        }
        int status = x->reply->status;
        if (status >= 307 && x->with_body) {
            *error = copy("redirect failed", 15);
            return -1;
        }
        if (status < 307 && strcmp(x->method, "HEAD") != 0) x->method = "GET", x->with_body = false;
        char *target = http_url_resolve(&x->url, x->stream->in.data + x->stream->in.start + location->value.off, location->value.len);
        http_url next;
        int parsed = http_url_parse(&next, target, strlen(target));
        io_buffer ignored = {0};
        io_consume(&x->stream->in, x->reply->size);
        if (x->client == NULL) drop_stream(x);
        else if (read_body(ctx, x, &ignored, error) != 0) { /* so that the connection can be kept */
            free(*error);
            *error = NULL;
        }
        io_free(&ignored);
        if (parsed != 0) {
            size_t room = strlen(target) + 32;
            *error = malloc(room);
            if (*error != NULL) snprintf(*error, room, "invalid URL: %s", target);
            free(target);
            http_url_free(&next);
            return -1;
        }
        free(target);
        if (strcmp(next.host, x->url.host) != 0 || next.port != x->url.port || next.https != x->url.https) x->foreign = true;
        http_url_free(&x->url);
        x->url = next;
    }
}

/* ---- results --------------------------------------------------------------------------------------------------------------------------- */

static mesh_obj *error_result(mesh_ctx *ctx, char *error) {
    mesh_leave_if_ending(ctx);
    mesh_string *s = mesh_string_from_c(ctx, error ? error : "out of memory");
    free(error);
    return mesh_err_ptr(ctx, s);
}

/* Names in lower case; repeated ones are joined, of Set-Cookie the last counts. */
static mesh_map *header_map(mesh_ctx *ctx, const exchange *x) {
    const mesh_type *text = &mesh_type_string;
    const char *data = x->stream->in.data + x->stream->in.start;
    mesh_map *map = mesh_map_new(ctx, text, text);
    for (int i = 0; i < x->reply->nheaders; i++) {
        const http_header *h = &x->reply->header[i];
        mesh_string *value = mesh_string_new(ctx, data + h->value.off, h->value.len);
        mesh_string *raw = mesh_string_new(ctx, data + h->name.off, h->name.len), *name = mesh_string_to_lower(ctx, raw);
        mesh_drop(ctx, raw);
        bool cookie = name->len == 10 && memcmp(name->data, "set-cookie", 10) == 0;
        if (!cookie && mesh_map_has_key(ctx, text, text, map, mesh_of_ptr(name))) {
            mesh_string *before = mesh_to_ptr(mesh_map_get(ctx, text, text, map, mesh_of_ptr(name)));
            mesh_string *joined = mesh_string_format(ctx, "%.*s, %.*s", (int)before->len, before->data, (int)value->len, value->data);
            mesh_drop(ctx, before);
            mesh_drop(ctx, value);
            value = joined;
        }
        map = mesh_map_put(ctx, text, text, map, mesh_of_ptr(name), mesh_of_ptr(value));
    }
    return map;
}

/* Takes the request out of its table: it is sent once. NULL with the failure. */
static http_request *consume(mesh_ctx *ctx, int64_t request, mesh_obj **failure) {
    http_request *r = edit(request);
    bool sent = r != NULL && r->sent;
    if (r != NULL) {
        r->sent = true;
        pthread_mutex_unlock(&r->lock);
    }
    *failure = r == NULL ? mesh_err_text(ctx, "invalid request handle") : sent ? mesh_err_text(ctx, "request already sent") : NULL;
    if (sent) io_handle_release(&requests, &r->handle);
    return *failure ? NULL : r;
}

static mesh_obj *send_request(mesh_ctx *ctx, http_client *client, int64_t request) {
    mesh_obj *result;
    http_request *r = consume(ctx, request, &result);
    if (r == NULL) return result;
    char *error;
    exchange x = {.request = r, .client = client};
    mesh_map *headers = NULL;
    io_buffer body = {0};
    int status = run_request(ctx, &x, &error);
    if (status == 0) {
        headers = header_map(ctx, &x);
        io_consume(&x.stream->in, x.reply->size);
        status = read_body(ctx, &x, &body, &error);
    }
    int64_t code = x.reply->status;
    exchange_end(&x);
    io_handle_release(&requests, &r->handle);
    if (status != 0) {
        io_free(&body);
        return error_result(ctx, error);
    }
    /* HttpResponse: counted slots first, in order of declaration */
    mesh_string *text = mesh_string_new(ctx, body.data ? body.data + body.start : "", io_size(&body));
    io_free(&body);
    mesh_data *response = mesh_data_new(ctx, 0, 2, 3);
    response->slot[0] = mesh_of_ptr(text);
    response->slot[1] = mesh_of_ptr(headers);
    response->slot[2] = (mesh_value)code;
    return mesh_ok_ptr(ctx, response);
}

mesh_obj *mesh_http_send(mesh_ctx *ctx, int64_t request) {
    return send_request(ctx, NULL, request);
}

int64_t mesh_http_client(mesh_ctx *ctx) {
    (void)ctx;
    http_client *c = zeroed(sizeof *c);
    pthread_mutex_init(&c->lock, NULL);
    return io_handle_add(&clients, &c->handle);
}

mesh_obj *mesh_http_send_with(mesh_ctx *ctx, int64_t client, int64_t request) {
    http_client *c = io_handle_find(&clients, client);
    if (c == NULL) return mesh_err_text(ctx, "client is closed");
    mesh_obj *result = send_request(ctx, c, request);
    io_handle_release(&clients, &c->handle);
    return result;
}

void mesh_http_client_close(mesh_ctx *ctx, int64_t client) {
    (void)ctx;
    http_client *c = io_handle_find(&clients, client);
    if (c == NULL) return;
    pthread_mutex_lock(&c->lock);
    c->closed = true;
    pthread_mutex_unlock(&c->lock);
    io_handle_remove(&clients, client);
    io_handle_release(&clients, &c->handle);
}

/* HTTP.get and HTTP.post: the body of a 2xx. */
static mesh_obj *simple(mesh_ctx *ctx, http_request *r) {
    char *error;
    exchange x = {.request = r};
    io_buffer body = {0};
    int status = run_request(ctx, &x, &error);
    int code = x.reply->status;
    if (status == 0) {
        io_consume(&x.stream->in, x.reply->size);
        if (code >= 200 && code <= 299) status = read_body(ctx, &x, &body, &error);
    }
    exchange_end(&x);
    free_request(&r->handle);
    mesh_obj *result;
    if (status != 0) result = error_result(ctx, error);
    else if (code < 200 || code > 299) result = mesh_err_text(ctx, "http status: %d", code);
    else result = mesh_ok_ptr(ctx, mesh_string_new(ctx, body.data ? body.data + body.start : "", io_size(&body)));
    io_free(&body);
    return result;
}

mesh_obj *mesh_http_get(mesh_ctx *ctx, mesh_string *url) {
    return simple(ctx, new_request("GET", 3, url->data, (size_t)url->len));
}

mesh_obj *mesh_http_post(mesh_ctx *ctx, mesh_string *url, mesh_string *body) {
    http_request *r = new_request("POST", 4, url->data, (size_t)url->len);
    set_body(r, body->data, (size_t)body->len);
    r->json = true;
    return simple(ctx, r);
}

/* ---- streaming: a process of its own reads and calls --------------------------------------------------------------------------------- */

typedef struct streaming {
    mesh_task task;
    int64_t pid;
    io_buffer piece; /* of the body, decoded, not delivered yet */
    http_stream *handle;
    http_request *request;
    mesh_flat *each;
    exchange x;
} streaming;

static void streaming_ended(void *data, bool crashed) {
    (void)crashed;
    streaming *s = data;
    exchange_end(&s->x);
    io_free(&s->piece);
    mesh_flat_free(s->each);
    io_handle_remove(&streams, s->handle->handle.id);
    io_handle_release(&streams, &s->handle->handle);
    io_handle_release(&requests, &s->request->handle);
    free(s);
}

static bool wants_stop(mesh_ctx *ctx, streaming *s, mesh_closure *each, mesh_string *chunk) {
    if (atomic_load(&s->handle->cancelled)) return true;
    mesh_string *answer = mesh_to_ptr(mesh_call1(ctx, each, mesh_of_ptr(chunk)));
    bool stop = answer->len == 4 && memcmp(answer->data, "stop", 4) == 0;
    mesh_drop(ctx, answer);
    return stop;
}

static void streaming_body(mesh_ctx *ctx, void *data) {
    streaming *s = data;
    mesh_closure *each = mesh_to_ptr(mesh_unflatten(ctx, s->each));
    body_reader b = body_begin(&s->x);
    bool stop = false;
    char *error = NULL;
    while (!b.done && !stop && !atomic_load(&s->handle->cancelled)) {
        s->x.deadline = mesh_now_ns() + STREAM_LOOK_NS;
        if (body_more(ctx, &s->x, &b, &s->piece, &error) != 0) {
            if (strncmp(error, "TIMEOUT", 7) != 0) break;
            free(error); /* nothing came: look whether it was cancelled, then wait on */
            error = NULL;
        }
        while (io_size(&s->piece) > 0 && !stop) {
            size_t n = io_size(&s->piece) < STREAM_CHUNK ? io_size(&s->piece) : STREAM_CHUNK;
            mesh_string *chunk = mesh_string_new(ctx, s->piece.data + s->piece.start, n);
            io_consume(&s->piece, n);
            stop = wants_stop(ctx, s, each, chunk);
        }
    }
    if (error != NULL) fprintf(stderr, "[mesh-rt] HTTP stream: %s\n", error);
    free(error);
}

static void run_streaming(mesh_ctx *ctx, mesh_task *task) {
    streaming *s = (streaming *)task;
    mesh_try(ctx, streaming_body, s, NULL);
    mesh_native_finish(s->pid);
}

static const mesh_native_class streaming_class = {.name = "http_stream", .ended = streaming_ended};

int64_t mesh_http_stream(mesh_ctx *ctx, int64_t request, mesh_closure *each) {
    mesh_obj *failure;
    http_request *r = consume(ctx, request, &failure);
    if (r == NULL) {
        mesh_drop(ctx, failure);
        return 0;
    }
    streaming *s = zeroed(sizeof *s);
    char *error;
    s->x = (exchange){.request = r, .streaming = true};
    s->each = mesh_flatten(ctx, mesh_of_ptr(each), true);
    if (s->each == NULL || run_request(ctx, &s->x, &error) != 0) {
        if (s->each != NULL) {
            fprintf(stderr, "[mesh-rt] HTTP stream: %s\n", error);
            free(error);
        }
        exchange_end(&s->x);
        mesh_flat_free(s->each);
        free(s);
        io_handle_release(&requests, &r->handle);
        return 0;
    }
    io_consume(&s->x.stream->in, s->x.reply->size);
    s->request = r;
    s->handle = zeroed(sizeof *s->handle);
    io_handle_retain(&s->handle->handle);
    int64_t id = io_handle_add(&streams, &s->handle->handle);
    s->task.run = run_streaming;
    s->pid = mesh_native_spawn(&streaming_class, s);
    mesh_native_post(s->pid, &s->task);
    return id;
}

int64_t mesh_http_stream_bytes(mesh_ctx *ctx, int64_t request, mesh_closure *each) {
    return mesh_http_stream(ctx, request, each);
}

void mesh_http_cancel(mesh_ctx *ctx, int64_t stream) {
    (void)ctx;
    http_stream *s = io_handle_find(&streams, stream);
    if (s == NULL) return;
    atomic_store(&s->cancelled, true);
    io_handle_release(&streams, &s->handle);
}
