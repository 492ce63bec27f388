/* serve HTTP_PORT WS_PORT: the servers with handlers in C, for the tests that speak to them from outside. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "c_program.h"
#include "mesh_stdlib.h"
#include "scheduler.h"

static mesh_value text_reply(mesh_ctx *ctx, int status, mesh_string *body) {
    mesh_obj *r = mesh_http_response_new(ctx, status, body);
    mesh_drop(ctx, body);
    return mesh_of_ptr(r);
}

static mesh_value hello(mesh_ctx *ctx, mesh_closure *self, mesh_value request) {
    (void)self;
    mesh_drop(ctx, (mesh_obj *)mesh_to_ptr(request));
    return text_reply(ctx, 200, c_string(ctx, "Hello, world!"));
}

static mesh_value echo(mesh_ctx *ctx, mesh_closure *self, mesh_value request) {
    (void)self;
    mesh_obj *r = mesh_to_ptr(request);
    mesh_string *body = mesh_http_request_body(ctx, r);
    mesh_drop(ctx, r);
    return text_reply(ctx, 200, body);
}

static mesh_value option_reply(mesh_ctx *ctx, mesh_obj *option) {
    if (option->tag != 0) return text_reply(ctx, 400, c_string(ctx, "none"));
    mesh_string *s = mesh_dup((mesh_string *)mesh_to_ptr(((mesh_data *)option)->slot[0]));
    mesh_drop(ctx, option);
    return text_reply(ctx, 200, s);
}

/* /param/:name, /query?q=, /header with X-Test */
static mesh_value param(mesh_ctx *ctx, mesh_closure *self, mesh_value request) {
    (void)self;
    mesh_string *name = c_string(ctx, "name");
    mesh_obj *o = mesh_http_request_param(ctx, mesh_to_ptr(request), name);
    return option_reply(ctx, o);
}

static mesh_value query(mesh_ctx *ctx, mesh_closure *self, mesh_value request) {
    (void)self;
    mesh_string *name = c_string(ctx, "q");
    return option_reply(ctx, mesh_http_request_query(ctx, mesh_to_ptr(request), name));
}

static mesh_value header(mesh_ctx *ctx, mesh_closure *self, mesh_value request) {
    (void)self;
    mesh_string *name = c_string(ctx, "x-TEST");
    return option_reply(ctx, mesh_http_request_header(ctx, mesh_to_ptr(request), name));
}

static mesh_value panics(mesh_ctx *ctx, mesh_closure *self, mesh_value request) {
    (void)self, (void)request;
    mesh_panic(ctx, "handler panics");
}

static mesh_value slow(mesh_ctx *ctx, mesh_closure *self, mesh_value request) {
    (void)self, (void)request;
    mesh_sleep_ns(ctx, 200 * 1000000);
    return text_reply(ctx, 200, c_string(ctx, "slow"));
}

static mesh_value letter(mesh_ctx *ctx, const char *text) {
    return text_reply(ctx, 200, c_string(ctx, text));
}
static mesh_value answer_a(mesh_ctx *ctx, mesh_closure *self, mesh_value r) { (void)self, (void)r; return letter(ctx, "A"); }
static mesh_value answer_b(mesh_ctx *ctx, mesh_closure *self, mesh_value r) { (void)self, (void)r; return letter(ctx, "B"); }
static mesh_value answer_c(mesh_ctx *ctx, mesh_closure *self, mesh_value r) { (void)self, (void)r; return letter(ctx, "C"); }
static mesh_value answer_f(mesh_ctx *ctx, mesh_closure *self, mesh_value r) { (void)self, (void)r; return letter(ctx, "F"); }

C_CLOSURE(hello_fn, hello);
C_CLOSURE(echo_fn, echo);
C_CLOSURE(param_fn, param);
C_CLOSURE(query_fn, query);
C_CLOSURE(header_fn, header);
C_CLOSURE(panics_fn, panics);
C_CLOSURE(slow_fn, slow);
C_CLOSURE(a_fn, answer_a);
C_CLOSURE(b_fn, answer_b);
C_CLOSURE(c_fn, answer_c);
C_CLOSURE(f_fn, answer_f);

/* WebSocket: joins the room of the path; echoes; "!crash", "!room TEXT", "!except TEXT", "!big" are commands. */
static mesh_value on_connect(mesh_ctx *ctx, mesh_closure *self, mesh_value conn, mesh_value path, mesh_value headers) {
    (void)self, (void)headers;
    mesh_string *p = mesh_to_ptr(path);
    if (p->len >= 7 && memcmp(p->data, "/reject", 7) == 0) return 0;
    if (p->len >= 6 && memcmp(p->data, "/crash", 6) == 0) mesh_panic(ctx, "on_connect panics");
    mesh_ws_join(ctx, (int64_t)conn, p);
    return conn;
}

static mesh_value on_message(mesh_ctx *ctx, mesh_closure *self, mesh_value conn, mesh_value message) {
    (void)self;
    mesh_string *m = mesh_to_ptr(message);
    if (m->len >= 6 && memcmp(m->data, "!crash", 6) == 0) mesh_panic(ctx, "on_message panics");
    if (m->len >= 5 && memcmp(m->data, "!slow", 5) == 0) mesh_sleep_ns(ctx, 300 * 1000000);
    if (m->len >= 6 && memcmp(m->data, "!room ", 6) == 0) {
        mesh_string *room = c_string(ctx, "/room"), *text = mesh_string_new(ctx, m->data + 6, (size_t)m->len - 6);
        mesh_ws_broadcast(ctx, room, text);
    } else if (m->len >= 8 && memcmp(m->data, "!except ", 8) == 0) {
        mesh_string *room = c_string(ctx, "/room"), *text = mesh_string_new(ctx, m->data + 8, (size_t)m->len - 8);
        mesh_ws_broadcast_except(ctx, room, text, (int64_t)conn);
    } else {
        mesh_ws_send(ctx, (int64_t)conn, m);
    }
    mesh_drop(ctx, m);
    return 0;
}

static mesh_value on_close(mesh_ctx *ctx, mesh_closure *self, mesh_value conn, mesh_value code, mesh_value reason) {
    (void)self;
    mesh_string *r = mesh_to_ptr(reason);
    mesh_string *late = c_string(ctx, "late");
    printf("closed %lld %.*s %lld\n", (long long)code, (int)r->len, r->data, (long long)mesh_ws_send(ctx, (int64_t)conn, late));
    fflush(stdout);
    return 0;
}

C_CLOSURE(connect_fn, on_connect);
C_CLOSURE(message_fn, on_message);
C_CLOSURE(close_fn, on_close);

typedef mesh_obj *(*add)(mesh_ctx *, mesh_obj *, mesh_string *, mesh_closure *);

static mesh_value entry(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    struct { add how; const char *pattern; mesh_closure *handler; } routes[] = {
        {mesh_http_route, "/*", &f_fn},
        {mesh_http_route_get, "/hello", &hello_fn},
        {mesh_http_route_post, "/echo", &echo_fn},
        {mesh_http_route_get, "/param/:name", &param_fn},
        {mesh_http_route_get, "/query", &query_fn},
        {mesh_http_route_get, "/header", &header_fn},
        {mesh_http_route_get, "/panic", &panics_fn},
        {mesh_http_route_get, "/slow", &slow_fn},
        {mesh_http_route_get, "/u/:id", &b_fn},
        {mesh_http_route_get, "/u/me", &a_fn},
        {mesh_http_route_post, "/d", &c_fn},
    };
    mesh_ws_serve(ctx, &connect_fn, &message_fn, &close_fn, mesh_argc > 2 ? atoi(mesh_argv[2]) : 8091);
    mesh_obj *router = mesh_http_router(ctx);
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        router = routes[i].how(ctx, router, c_string(ctx, routes[i].pattern), routes[i].handler);
    }
    mesh_http_serve(ctx, router, mesh_argc > 1 ? atoi(mesh_argv[1]) : 8090);
    return 0;
}

const mesh_program mesh_program_table = {entry};
