/* The HTTP server. A connection's loop callbacks read and parse; a complete request becomes a task of the connection's
 * process, which runs the handler (and the pipelined requests behind it) and hands the replies back to the loop.
 *
 * While a task is out, the buffers belong to it; the loop touches the socket and the timer only.
 */
#include <errno.h>
#include <stdlib.h>

#include "http_message.h"
#include "mesh_stdlib.h"
#include "net.h"
#include "http_server.h"

enum {
    READ_SIZE = 4096,
    MAX_REQUESTS = 1000,         /* of one connection */
    PIPELINE_MAX = 32,           /* requests of one task: then the heap is emptied */
    OUTPUT_HIGH = 256 * 1024,    /* replies waiting: pipelined requests wait too */
    LINGER_BYTES = 64 * 1024,
    IDLE_SECONDS = 30,
    WRITE_SECONDS = 30,
    LINGER_SECONDS = 1,
};

typedef enum http_state { READING, HANDLING, WRITING, LINGERING, CLOSED } http_state;
typedef enum parse_result { INCOMPLETE, COMPLETE, REFUSED } parse_result;

typedef struct http_conn {
    net_conn net;
    http_state state;
    bool in_body;     /* the head of the request is parsed */
    bool close;       /* after the output */
    bool more;        /* a complete request waits in the input */
    bool has_process; /* not ended yet */
    int requests;
    io_buffer in, out;
    size_t scanned;       /* of the head */
    http_head *head;      /* of the current request; none on an idle connection */
    http_chunks chunks;
    size_t read, written; /* of a chunked body: from the start of the request */
    size_t lingered;
    int64_t pid;
    mesh_task task;
    mesh_post done;
    mesh_post ended;
} http_conn;

static void turn(http_conn *c);

static http_routes *routes_of(http_conn *c) {
    return c->net.server->app;
}

/* ---- parsing: on the loop, or on the process while a task is out ------------------------------------------------- */

static parse_result refuse(http_conn *c, int status) {
    http_write_fixed(&c->out, status, false, false);
    c->close = true;
    return REFUSED;
}

/* Size of the complete request, its body, both from the start of the request. */
static void body_range(const http_conn *c, size_t *from, size_t *len, size_t *total) {
    *from = c->head->size;
    if (c->head->chunked) *len = c->written - c->head->size, *total = c->read;
    else *len = (size_t)c->head->content_length, *total = *from + *len;
}

static parse_result parse(http_conn *c) {
    char *data = c->in.data + c->in.start;
    size_t len = io_size(&c->in);
    if (!c->in_body) {
        if (len == 0) return INCOMPLETE;
        if (c->head == NULL && (c->head = malloc(sizeof *c->head)) == NULL) return refuse(c, 503);
        int status = http_parse_head(data, len, &c->scanned, c->head);
        if (status == 0) return INCOMPLETE;
        if (status < 0) return refuse(c, -status);
        c->in_body = true;
        c->chunks = (http_chunks){0};
        c->read = c->written = c->head->size;
        bool body = c->head->chunked || c->head->content_length > 0;
        if (c->head->expect_continue && body) io_literal(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
    }
    if (c->head->chunked) {
        int status = http_decode_chunks(&c->chunks, data, len, &c->read, &c->written, HTTP_BODY_MAX);
        if (status == 0) { /* what was decoded closes up with what was not */
            memmove(data + c->written, data + c->read, len - c->read);
            c->in.end -= c->read - c->written;
            c->read = c->written;
            return INCOMPLETE;
        }
        return status < 0 ? refuse(c, -status) : COMPLETE;
    }
    return len - c->head->size >= c->head->content_length ? COMPLETE : INCOMPLETE;
}

static void next_request(http_conn *c) {
    size_t from, len, total;
    body_range(c, &from, &len, &total);
    io_consume(&c->in, total);
    c->in_body = false;
    c->scanned = 0;
}

/* ---- on the process ------------------------------------------------------------------------------------------------- */

typedef struct http_call {
    http_conn *conn;
    http_match match;
    mesh_obj *response;
} http_call;

static void call_handler(mesh_ctx *ctx, void *data) {
    http_call *call = data;
    http_conn *c = call->conn;
    const char *at = c->in.data + c->in.start;
    size_t from, len, total;
    body_range(c, &from, &len, &total);
    mesh_list *params = http_match_params(ctx, &call->match, at, c->head);
    mesh_obj *request = http_request_new(ctx, at, c->head, at + from, len, params);
    call->response = mesh_to_ptr(mesh_call1(ctx, call->match.handler, mesh_of_ptr(request)));
}

/* Answers the request at the start of the input and removes it. */
static void answer(mesh_ctx *ctx, http_conn *c) {
    const char *at = c->in.data + c->in.start;
    bool head_request = c->head->method.len == 4 && memcmp(at + c->head->method.off, "HEAD", 4) == 0;
    bool keep = c->head->keep_alive && ++c->requests < MAX_REQUESTS && !mesh_stopping();
    http_call call = {.conn = c, .match = http_routes_match(routes_of(c), at, c->head)};
    if (call.match.handler == NULL) http_write_fixed(&c->out, 404, head_request, keep);
    else if (mesh_try(ctx, call_handler, &call, NULL) != 0) http_write_fixed(&c->out, 500, head_request, keep);
    else {
        keep = http_write_response(ctx, &c->out, call.response, head_request, keep);
        mesh_drop(ctx, call.response);
    }
    c->close = !keep;
    next_request(c);
}

static void run_task(mesh_ctx *ctx, mesh_task *task) {
    http_conn *c = (http_conn *)((char *)task - offsetof(http_conn, task));
    c->more = false;
    for (int n = 0;; n++) {
        answer(ctx, c);
        if (c->close || parse(c) != COMPLETE) break;
        if (n == PIPELINE_MAX || io_size(&c->out) >= OUTPUT_HIGH) {
            c->more = true;
            break;
        }
    }
    mesh_worker *here = mesh_worker_current();
    if (here == c->net.worker && c->net.tls == NULL) {
        c->state = WRITING;
        turn(c);
    } else mesh_loop_post(c->net.worker, &c->done);
}

static void process_ended(void *data, bool crashed) {
    (void)crashed;
    http_conn *c = data;
    mesh_loop_post(c->net.worker, &c->ended);
}

static const mesh_native_class process_class = {.name = "http_connection", .ended = process_ended};

/* ---- on the loop ---------------------------------------------------------------------------------------------------- */

static void release(http_conn *c) {
    if (c->state != CLOSED || c->has_process) return;
    net_forget(&c->net);
    io_free(&c->in);
    io_free(&c->out);
    free(c->head);
    free(c);
}

static void close_now(http_conn *c) {
    if (c->state == CLOSED) return;
    c->state = CLOSED;
    net_close(&c->net);
    if (c->has_process) mesh_native_finish(c->pid);
    release(c);
}

static void deadline_in(http_conn *c, int64_t seconds) {
    net_set_deadline(&c->net, mesh_now_ns() + seconds * NET_SECOND);
}

/* Sends what is queued. 1: all of it; 0: the socket is full; -1: the connection is dead. */
static int flush(http_conn *c) {
    while (io_size(&c->out) > 0) {
        struct iovec part = {c->out.data + c->out.start, io_size(&c->out)};
        ssize_t n = net_writev(&c->net, &part, 1);
        if (n == -EAGAIN) return 0;
        if (n < 0) return -1;
        io_consume(&c->out, (size_t)n);
        if (io_size(&c->out) > 0) deadline_in(c, WRITE_SECONDS);
    }
    return 1;
}

static void start_task(http_conn *c) {
    c->state = HANDLING;
    net_set_deadline(&c->net, INT64_MAX);
    if (!c->has_process) {
        c->pid = mesh_native_spawn(&process_class, c);
        c->has_process = true;
    }
    mesh_native_post(c->pid, &c->task); /* refused: an exit signal ended it, and process_ended, on its way, answers 500 */
}

/* One-way close: no more output, then wait briefly for the peer, so that a reset does not destroy the reply. */
static void linger(http_conn *c) {
    c->state = LINGERING;
    io_free(&c->in);
    net_shutdown(&c->net);
    deadline_in(c, LINGER_SECONDS);
    net_watch(&c->net, MESH_READ);
}

/* Nothing is being handled: writes what there is, then goes on reading, handling or closing. */
static void turn(http_conn *c) {
    if (c->out.failed || c->in.failed) {
        close_now(c);
        return;
    }
    int flushed = flush(c);
    if (flushed < 0) {
        close_now(c);
        return;
    }
    if (flushed == 0) {
        if (c->state != WRITING) deadline_in(c, WRITE_SECONDS);
        c->state = WRITING;
        net_watch(&c->net, MESH_WRITE);
        return;
    }
    if (c->close) {
        linger(c);
        return;
    }
    if (c->more) {
        start_task(c);
        return;
    }
    if (atomic_load(&c->net.server->stopping) && io_size(&c->in) == 0) {
        close_now(c);
        return;
    }
    c->state = READING;
    if (io_size(&c->in) == 0) { /* idle: hold no buffers */
        io_free(&c->in);
        free(c->head);
        c->head = NULL;
    }
    if (c->out.cap > 0) io_free(&c->out);
    deadline_in(c, IDLE_SECONDS);
    net_watch(&c->net, MESH_READ);
}

static void task_done(mesh_post *post) {
    http_conn *c = (http_conn *)((char *)post - offsetof(http_conn, done));
    if (c->state == CLOSED) {
        release(c);
        return;
    }
    c->state = WRITING;
    turn(c);
}

static void ended_post(mesh_post *post) {
    http_conn *c = (http_conn *)((char *)post - offsetof(http_conn, ended));
    c->has_process = false;
    if (c->state == CLOSED) {
        release(c);
        return;
    }
    if (c->state == HANDLING) { /* an exit signal took the handler */
        bool head_request = c->head->method.len == 4 && memcmp(c->in.data + c->in.start + c->head->method.off, "HEAD", 4) == 0;
        http_write_fixed(&c->out, 500, head_request, false);
        c->close = true;
        c->state = WRITING;
        turn(c);
    }
}

static void readable(http_conn *c) {
    char *room = io_reserve(&c->in, READ_SIZE);
    if (room == NULL) {
        close_now(c);
        return;
    }
    ssize_t n = net_read(&c->net, room, c->in.cap - c->in.end);
    if (n == -EAGAIN) return;
    if (n <= 0) {
        close_now(c); /* also inside a request: nobody waits for a reply to half of it */
        return;
    }
    c->in.end += (size_t)n;
    switch (parse(c)) {
    case COMPLETE:
        if (io_size(&c->out) > 0 && flush(c) < 0) { /* 100 Continue of a request that came whole */
            close_now(c);
            return;
        }
        start_task(c);
        return;
    case REFUSED:
        turn(c);
        return;
    default:
        if (io_size(&c->out) > 0) turn(c);
        else deadline_in(c, IDLE_SECONDS);
    }
}

static void drain(http_conn *c) {
    char waste[4096];
    ssize_t n = net_read(&c->net, waste, sizeof waste);
    if (n == -EAGAIN) return;
    if (n > 0) c->lingered += (size_t)n;
    if (n <= 0 || c->lingered >= LINGER_BYTES) close_now(c);
}

static void conn_opened(net_conn *net) {
    http_conn *c = (http_conn *)net;
    c->task.run = run_task;
    c->done.run = task_done;
    c->ended.run = ended_post;
    c->state = READING;
    deadline_in(c, IDLE_SECONDS);
}

static void conn_ready(net_conn *net, int events) {
    http_conn *c = (http_conn *)net;
    (void)events;
    switch (c->state) {
    case READING: readable(c); break;
    case WRITING: turn(c); break;
    case LINGERING: drain(c); break;
    case HANDLING: net_watch(net, 0); break; /* the next request waits until this one is answered */
    case CLOSED: break;
    }
}

static void conn_expired(net_conn *net) {
    http_conn *c = (http_conn *)net;
    if (c->state == READING && (c->in_body || io_size(&c->in) > 0)) {
        refuse(c, 408);
        turn(c);
    } else if (c->state != HANDLING) close_now(c);
}

static void conn_stop(net_conn *net) {
    http_conn *c = (http_conn *)net;
    if (c->state == READING && !c->in_body && io_size(&c->in) == 0) close_now(c);
}

static const net_server_class server_class = {
    .conn_size = sizeof(http_conn),
    .opened = conn_opened,
    .ready = conn_ready,
    .expired = conn_expired,
    .stop = conn_stop,
};

void http_serve(mesh_ctx *ctx, mesh_obj *router, int fd, const net_tls *tls, void *tls_config) {
    http_routes *routes = http_routes_compile(ctx, router);
    net_server_start(ctx, fd, &server_class, routes, tls, tls_config);
    mesh_wait_for_ever(ctx);
}

void mesh_http_serve(mesh_ctx *ctx, mesh_obj *router, int64_t port) {
    char address[NET_ADDRESS_MAX];
    int fd = net_bind(port, address);
    if (fd < 0) {
        fprintf(stderr, "[mesh-rt] Failed to start HTTP server on %s: %s\n", address, strerror(-fd));
        return;
    }
    fprintf(stderr, "[mesh-rt] HTTP server listening on %s\n", address);
    http_serve(ctx, router, fd, NULL, NULL);
}
