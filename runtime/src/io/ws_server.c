/* The WebSocket server (io.md 3): handshake, reading, heartbeat and closing on the loop; callbacks on the connection's
 * process, strictly one after the other: on_connect, on_message in order of arrival, on_close last.
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "broker.h"
#include "http_message.h"
#include "mesh_stdlib.h"
#include "ws_conn.h"
#include "ws_server.h"

enum ws_state {
    HANDSHAKE,
    OPEN,
    CLOSING,  /* our Close is sent or queued; the peer's is awaited */
    DRAINING, /* the peer's Close has come: the socket closes when it is answered and the output is written */
    LINGERING, /* a refused handshake: waits for the peer to take the reply */
    CLOSED,
};

enum {
    READ_SIZE = 4096,
    READ_SIZE_LARGE = 64 * 1024, /* inside a frame */
    HANDSHAKE_SECONDS = 5,
    PING_SECONDS = 30,
    PONG_SECONDS = 10,
    CLOSE_SECONDS = 5,
    STALL_SECONDS = 30,
};

typedef struct ws_app {
    mesh_closure *on_connect, *on_message, *on_close; /* immortal */
} ws_app;

enum task_kind { TASK_CONNECT, TASK_MESSAGE, TASK_FINISH };

typedef struct ws_task {
    mesh_task task;
    ws_conn *conn;
    enum task_kind kind;
    size_t len;
    char data[];
} ws_task;

static const ws_app *app_of(const ws_conn *c) {
    return c->net.server->app;
}

static void destroy(io_handle *h) {
    ws_conn *c = (ws_conn *)((char *)h - offsetof(ws_conn, handle));
    io_free(&c->in);
    ws_reader_free(&c->reader);
    pthread_mutex_destroy(&c->lock);
    pthread_mutex_destroy(&c->rooms_lock);
    free(c);
}

io_handle_table ws_connections = IO_HANDLE_TABLE(destroy);

void ws_notify(ws_conn *c, unsigned notes) {
    if (atomic_fetch_or(&c->notes, notes) == 0) {
        ws_retain(c);
        mesh_loop_post(c->net.worker, &c->wake);
    }
}

/* ---- callbacks: on the process ---------------------------------------------------------------------------------------- */

typedef struct ws_call {
    ws_conn *conn;
    mesh_string *text;
    const char *head; /* of the handshake */
    size_t head_len;
    int64_t result;
} ws_call;

static mesh_map *put_text(mesh_ctx *ctx, mesh_map *map, const char *name, size_t name_len, const char *value, size_t len) {
    mesh_string *k = mesh_string_new(ctx, name, name_len), *v = mesh_string_new(ctx, value, len);
    return mesh_map_put(ctx, &mesh_type_string, &mesh_type_string, map, mesh_of_ptr(k), mesh_of_ptr(v));
}

/* Every header under its own name and, when that is another one, in lower case. */
static mesh_map *headers_map(mesh_ctx *ctx, const char *data, const http_head *head) {
    mesh_map *map = mesh_map_new(ctx, &mesh_type_string, &mesh_type_string);
    for (unsigned i = 0; i < head->nheaders; i++) {
        const http_header *h = &head->header[i];
        const char *name = data + h->name.off, *value = data + h->value.off;
        char lower[HTTP_HEAD_MAX];
        bool differs = false;
        for (size_t k = 0; k < h->name.len; k++) {
            lower[k] = name[k];
            if (name[k] >= 'A' && name[k] <= 'Z') lower[k] = (char)(name[k] + 32), differs = true;
        }
        map = put_text(ctx, map, name, h->name.len, value, h->value.len);
        if (differs) map = put_text(ctx, map, lower, h->name.len, value, h->value.len);
    }
    return map;
}

static void call_connect(mesh_ctx *ctx, void *data) {
    ws_call *call = data;
    http_head head;
    size_t scanned = 0;
    http_split_head(call->head, call->head_len, &scanned, &head);
    mesh_map *headers = headers_map(ctx, call->head, &head);
    mesh_string *path = mesh_string_new(ctx, call->head + head.target.off, head.target.len);
    mesh_closure *on_connect = app_of(call->conn)->on_connect;
    call->result = (int64_t)mesh_call3(ctx, on_connect, (mesh_value)call->conn->handle.id, mesh_of_ptr(path), mesh_of_ptr(headers));
}

static void call_message(mesh_ctx *ctx, void *data) {
    ws_call *call = data;
    mesh_call2(ctx, app_of(call->conn)->on_message, (mesh_value)call->conn->handle.id, mesh_of_ptr(call->text));
}

static void call_close(mesh_ctx *ctx, void *data) {
    ws_conn *c = ((ws_call *)data)->conn;
    char reason[WS_CONTROL_MAX];
    pthread_mutex_lock(&c->lock);
    int code = c->close_code;
    size_t len = c->close_reason_len;
    memcpy(reason, c->close_reason, len);
    pthread_mutex_unlock(&c->lock);
    mesh_string *text = mesh_string_new(ctx, reason, len);
    mesh_call3(ctx, app_of(c)->on_close, (mesh_value)c->handle.id, (mesh_value)(int64_t)code, mesh_of_ptr(text));
}

static void set_reason(ws_conn *c, int code, const char *reason, size_t len, bool replace) {
    pthread_mutex_lock(&c->lock);
    if (c->close_code == 0 || replace) {
        len = utf8_cut(reason, len, WS_CONTROL_MAX - 2);
        c->close_code = code;
        memcpy(c->close_reason, reason, len);
        c->close_reason_len = len;
    }
    pthread_mutex_unlock(&c->lock);
}

static void crash(ws_conn *c) {
    c->crashed = true;
    ws_leave_all(c);
    set_reason(c, WS_INTERNAL, "internal error", 14, true);
    ws_notify(c, WS_CRASHED);
}

static void run_connect(mesh_ctx *ctx, ws_task *t) {
    ws_call call = {.conn = t->conn, .head = t->data, .head_len = t->len};
    ws_conn *c = t->conn;
    /* The task's bytes must go with the heap when an exit signal abandons the callback. */
    mesh_resource *keep = mesh_resource_add(ctx, free, t);
    int status = mesh_try(ctx, call_connect, &call, NULL);
    mesh_resource_remove(ctx, keep);
    free(t);
    if (status != 0) {
        c->closed = true; /* it was never accepted */
        crash(c);
    } else if (call.result == 0) {
        c->closed = true;
        ws_notify(c, WS_REJECT);
    } else {
        c->accepted = true;
        ws_notify(c, WS_CONNECTED);
    }
}

static void took_message(ws_conn *c, size_t len) {
    int64_t bytes = atomic_fetch_sub(&c->inbox_bytes, (int64_t)len) - (int64_t)len;
    int64_t count = atomic_fetch_sub(&c->inbox_count, 1) - 1;
    if ((bytes < WS_INBOX_BYTES / 2 && bytes + (int64_t)len >= WS_INBOX_BYTES / 2) || count == WS_INBOX_COUNT / 2) ws_notify(c, WS_RESUME);
}

static void run_message(mesh_ctx *ctx, ws_task *t) {
    ws_conn *c = t->conn;
    size_t len = t->len;
    ws_call call = {.conn = c};
    bool skip = !c->accepted || c->crashed || c->closed;
    if (!skip) call.text = mesh_string_new(ctx, t->data, len);
    free(t);
    took_message(c, len);
    if (!skip && mesh_try(ctx, call_message, &call, NULL) != 0) crash(c);
}

/* Answers the peer's Close: behind what the callbacks of the messages before it have sent. */
static void answer_close(ws_conn *c) {
    pthread_mutex_lock(&c->lock);
    int code = c->close_code;
    pthread_mutex_unlock(&c->lock);
    bool internal = code == WS_INTERNAL && c->crashed;
    ws_enqueue_close(c, code, internal ? "internal error" : "", internal ? 14 : 0);
}

static void run_finish(mesh_ctx *ctx, ws_task *t) {
    ws_conn *c = t->conn;
    free(t);
    ws_leave_all(c);
    if (c->peer_closed) {
        answer_close(c);
        ws_notify(c, WS_ANSWERED);
    }
    if (c->accepted && !c->closed) {
        c->closed = true;
        ws_call call = {.conn = c};
        mesh_try(ctx, call_close, &call, NULL);
    }
    ws_notify(c, WS_FINISHED);
}

static void run_task(mesh_ctx *ctx, mesh_task *task) {
    ws_task *t = (ws_task *)task;
    if (t->kind == TASK_CONNECT) run_connect(ctx, t);
    else if (t->kind == TASK_MESSAGE) run_message(ctx, t);
    else run_finish(ctx, t);
}

static void drop_task(mesh_task *task) {
    ws_task *t = (ws_task *)task;
    if (t->kind == TASK_MESSAGE) took_message(t->conn, t->len);
    free(t);
}

static void process_ended(void *data, bool crashed) {
    (void)crashed;
    ws_notify(data, WS_ENDED);
}

static const mesh_native_class process_class = {.name = "websocket_connection", .ended = process_ended};

/* ---- the loop ----------------------------------------------------------------------------------------------------------- */

static bool post_task(ws_conn *c, enum task_kind kind, const char *data, size_t len) {
    ws_task *t = malloc(sizeof *t + len);
    if (t == NULL) return false;
    *t = (ws_task){.task = {.run = run_task, .drop = drop_task}, .conn = c, .kind = kind, .len = len};
    if (len > 0) memcpy(t->data, data, len);
    if (kind == TASK_MESSAGE) {
        atomic_fetch_add(&c->inbox_bytes, (int64_t)len);
        atomic_fetch_add(&c->inbox_count, 1);
    }
    if (c->has_process && mesh_native_post(c->pid, &t->task)) return true;
    drop_task(&t->task); /* an exit signal came: WS_ENDED follows */
    return false;
}

static void set_timer(ws_conn *c) {
    int64_t due = INT64_MAX, since;
    if (c->state == OPEN) {
        if (c->next_ping != 0) due = c->next_ping;
        if (c->pong_due != 0 && c->pong_due < due) due = c->pong_due;
        if (ws_output_blocked(c, &since)) {
            int64_t stall = since + (int64_t)STALL_SECONDS * NET_SECOND;
            if (stall < due) due = stall;
        }
        if ((c->reader.in_frame || io_size(&c->in) > 0) && !c->paused) {
            int64_t stall = c->read_ns + (int64_t)STALL_SECONDS * NET_SECOND;
            if (stall < due) due = stall;
        }
    } else due = c->close_due;
    net_set_deadline(&c->net, due);
}

static void update_watch(ws_conn *c) {
    net_watch(&c->net, (c->paused ? 0 : MESH_READ) | (c->want_write ? MESH_WRITE : 0));
}

static void finish_later(ws_conn *c) {
    if (c->finishing || !c->has_process) return;
    c->finishing = post_task(c, TASK_FINISH, NULL, 0);
}

/* The end of the life of the connection: no socket, no process, on_close has run. */
static void maybe_release(ws_conn *c) {
    if (c->state != CLOSED || c->has_process) return;
    net_forget(&c->net);
    ws_release(c);
}

static void close_socket(ws_conn *c) {
    if (c->state == CLOSED) return;
    bool was_handshake = c->state == HANDSHAKE || c->state == LINGERING;
    set_reason(c, WS_ABNORMAL, "", 0, false);
    ws_output_close(c);
    pthread_mutex_lock(&c->lock); /* nobody is in the middle of a write */
    net_close(&c->net);
    pthread_mutex_unlock(&c->lock);
    c->state = CLOSED;
    io_free(&c->in);
    ws_reader_free(&c->reader);
    if (!was_handshake) finish_later(c);
    maybe_release(c);
}

static void flushed(ws_conn *c) {
    int64_t since;
    c->want_write = ws_output_blocked(c, &since);
    update_watch(c);
}

/* Writes what can be written now; false: the socket is dead and closed. */
static bool flush_now(ws_conn *c) {
    if (ws_flush(c) != 0) {
        close_socket(c);
        return false;
    }
    flushed(c);
    return true;
}

/* We close: the Close frame goes out, on_close is queued behind what arrived before. */
static void begin_close(ws_conn *c, int code, const char *reason) {
    if (c->state != OPEN) return;
    set_reason(c, code, reason, strlen(reason), false);
    ws_enqueue_close(c, code, reason, strlen(reason));
    c->state = CLOSING;
    c->paused = false;
    c->close_due = mesh_now_ns() + (int64_t)CLOSE_SECONDS * NET_SECOND;
    finish_later(c);
    if (flush_now(c)) set_timer(c);
}

static void violation(ws_conn *c, const ws_event *event) {
    char reason[WS_CONTROL_MAX];
    size_t len = event->len < sizeof reason ? event->len : sizeof reason - 1;
    memcpy(reason, event->data, len);
    reason[len] = 0;
    c->discard = true;
    if (c->state == CLOSING) {
        close_socket(c);
        return;
    }
    begin_close(c, event->code, reason);
    if (c->state == CLOSING && ws_output_empty(c)) net_shutdown(&c->net); /* lets the peer close at once */
}

static void drain(ws_conn *c) {
    c->answered = true;
    c->close_due = mesh_now_ns() + (int64_t)CLOSE_SECONDS * NET_SECOND;
    if (!flush_now(c)) return;
    if (ws_output_empty(c)) close_socket(c);
    else set_timer(c);
}

static void peer_closed(ws_conn *c, const ws_event *event) {
    bool ours_first = c->state != OPEN;
    c->state = DRAINING;
    c->discard = true;
    if (ours_first) {
        drain(c);
        return;
    }
    set_reason(c, event->code, event->data, event->len, false);
    c->peer_closed = true;
    c->close_due = mesh_now_ns() + (int64_t)CLOSE_SECONDS * NET_SECOND;
    finish_later(c);
    set_timer(c);
}

static void handle_event(ws_conn *c, const ws_event *event) {
    switch (event->opcode) {
    case WS_TEXT:
    case WS_BINARY:
        if (c->state == OPEN) {
            post_task(c, TASK_MESSAGE, event->data, event->len);
            if (atomic_load(&c->inbox_bytes) >= WS_INBOX_BYTES || atomic_load(&c->inbox_count) >= WS_INBOX_COUNT) c->paused = true;
        }
        break;
    case WS_PING:
        ws_enqueue_control(c, WS_PONG, event->data, event->len);
        break;
    case WS_PONG:
        if (c->pong_due != 0 && event->len == sizeof c->ping && memcmp(event->data, c->ping, sizeof c->ping) == 0) c->pong_due = 0;
        break;
    default: peer_closed(c, event);
    }
}

static void read_frames(ws_conn *c) {
    size_t used = c->in.start;
    while (c->state != CLOSED && !c->discard && !c->paused) {
        ws_event event;
        int status = ws_read(&c->reader, c->in.data, c->in.end, &used, &event);
        if (status == 0) break;
        if (status < 0) violation(c, &event);
        else handle_event(c, &event);
    }
    if (c->state == CLOSED) return;
    if (c->discard) c->in.start = c->in.end = 0;
    else io_consume(&c->in, used - c->in.start);
    if (io_size(&c->in) == 0) io_free(&c->in);
    update_watch(c);
    if (c->state == OPEN && (c->reader.in_frame || io_size(&c->in) > 0)) set_timer(c);
}

/* ---- handshake ------------------------------------------------------------------------------------------------------------ */

static void linger(ws_conn *c) {
    c->state = LINGERING;
    c->discard = true;
    net_shutdown(&c->net);
    c->close_due = mesh_now_ns() + NET_SECOND;
    set_timer(c);
}

static void refuse(ws_conn *c, int status, const char *reason, const char *extra) {
    char body[128], reply[512];
    int body_len = snprintf(body, sizeof body, "%s: %s", http_reason(status), reason);
    int len = snprintf(reply, sizeof reply,
                       "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n%sConnection: close\r\n\r\n%s",
                       status, http_reason(status), body_len, extra, body);
    fprintf(stderr, "[mesh-rt] WS upgrade failed: %s\n", reason);
    ws_enqueue_raw(c, reply, (size_t)len);
    if (ws_flush(c) != 0) close_socket(c);
    else linger(c);
}

static bool contains_nocase(const char *text, size_t len, const char *word) {
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= len; i++) {
        size_t k = 0;
        while (k < n && ((text[i + k] >= 'A' && text[i + k] <= 'Z') ? text[i + k] + 32 : text[i + k]) == word[k]) k++;
        if (k == n) return true;
    }
    return false;
}

static bool header_contains(const http_head *head, const char *data, const char *name, const char *word) {
    const http_header *h = http_find_header(head, data, name, true);
    return h != NULL && contains_nocase(data + h->value.off, h->value.len, word);
}

static void handshake(ws_conn *c) {
    char *data = c->in.data + c->in.start;
    http_head head;
    int status = http_split_head(data, io_size(&c->in), &c->scanned, &head);
    if (status == 0) return;
    if (status < 0) {
        if (status == -400 || status == -505) refuse(c, 400, "malformed request line", "");
        else refuse(c, -status, "header section exceeds 8KB limit", "");
        return;
    }
    const http_header *key = http_find_header(&head, data, "sec-websocket-key", true);
    const http_header *version = http_find_header(&head, data, "sec-websocket-version", true);
    const char *wrong = NULL, *extra = "";
    if (!http_equal_nocase(data + head.method.off, head.method.len, "get")) wrong = "method must be GET";
    else if (!header_contains(&head, data, "upgrade", "websocket")) wrong = "missing or invalid Upgrade header";
    else if (!header_contains(&head, data, "connection", "upgrade")) wrong = "missing or invalid Connection header";
    else if (key == NULL) wrong = "missing Sec-WebSocket-Key header";
    else if (version == NULL || version->value.len != 2 || memcmp(data + version->value.off, "13", 2) != 0) {
        wrong = "missing or invalid Sec-WebSocket-Version (must be 13)";
        extra = "Sec-WebSocket-Version: 13\r\n";
    }
    if (wrong != NULL) {
        refuse(c, 400, wrong, extra);
        return;
    }
    char accept[WS_ACCEPT_LEN], reply[160];
    ws_accept(data + key->value.off, key->value.len, accept);
    int len = snprintf(reply, sizeof reply,
                       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Accept: %.*s\r\n\r\n", (int)sizeof accept, accept);
    ws_enqueue_raw(c, reply, (size_t)len);
    io_handle_add(&ws_connections, &c->handle);
    c->pid = mesh_native_spawn(&process_class, c);
    c->has_process = true;
    c->state = OPEN;
    post_task(c, TASK_CONNECT, data, head.size);
    io_consume(&c->in, head.size);
    net_set_deadline(&c->net, INT64_MAX);
    read_frames(c);
}

/* ---- events ---------------------------------------------------------------------------------------------------------------- */

static void readable(ws_conn *c) {
    char *room = io_reserve(&c->in, c->reader.in_frame ? READ_SIZE_LARGE : READ_SIZE);
    if (room == NULL) {
        close_socket(c);
        return;
    }
    ssize_t n = net_read(&c->net, room, c->in.cap - c->in.end);
    if (n == -EAGAIN) return;
    if (n <= 0) {
        if (c->state == HANDSHAKE && io_size(&c->in) > 0) fprintf(stderr, "[mesh-rt] WS upgrade failed: connection closed\n");
        close_socket(c);
        return;
    }
    if (c->discard) return;
    c->in.end += (size_t)n;
    c->read_ns = mesh_now_ns();
    if (c->state == HANDSHAKE) {
        handshake(c);
        if (c->state == HANDSHAKE) net_set_deadline(&c->net, c->read_ns + (int64_t)HANDSHAKE_SECONDS * NET_SECOND);
    } else read_frames(c);
}

static void writable(ws_conn *c) {
    if (!flush_now(c)) return;
    if (c->state == DRAINING && c->answered && ws_output_empty(c)) close_socket(c);
    else set_timer(c);
}

static void conn_ready(net_conn *net, int events) {
    ws_conn *c = (ws_conn *)net;
    ws_retain(c);
    if (events & MESH_WRITE && c->want_write) writable(c);
    if (events & MESH_READ && c->state != CLOSED && !c->paused) readable(c);
    ws_release(c);
}

static void heartbeat(ws_conn *c, int64_t now) {
    if (c->pong_due == 0) {
        if (getrandom(c->ping, sizeof c->ping, GRND_NONBLOCK) != (ssize_t)sizeof c->ping) memcpy(c->ping, &now, sizeof c->ping);
        ws_enqueue_control(c, WS_PING, c->ping, sizeof c->ping);
        c->pong_due = now + (int64_t)PONG_SECONDS * NET_SECOND;
    }
    c->next_ping = now + (int64_t)PING_SECONDS * NET_SECOND;
}

static void conn_expired(net_conn *net) {
    ws_conn *c = (ws_conn *)net;
    int64_t now = mesh_now_ns(), since;
    if (c->state != OPEN) {
        if (c->state == HANDSHAKE) fprintf(stderr, "[mesh-rt] WS upgrade failed: timed out\n");
        if (c->state == DRAINING && !c->answered) { /* a callback takes its time */
            answer_close(c);
            drain(c);
        } else close_socket(c);
        return;
    }
    if (c->pong_due != 0 && now >= c->pong_due) {
        if (!c->paused) { /* a paused connection cannot show its pong */
            begin_close(c, WS_GOING_AWAY, "pong timeout");
            return;
        }
        c->pong_due = now + (int64_t)PONG_SECONDS * NET_SECOND;
    }
    if (ws_output_blocked(c, &since) && now >= since + (int64_t)STALL_SECONDS * NET_SECOND) {
        begin_close(c, WS_GOING_AWAY, "slow consumer");
        return;
    }
    if ((c->reader.in_frame || io_size(&c->in) > 0) && !c->paused && now >= c->read_ns + (int64_t)STALL_SECONDS * NET_SECOND) {
        close_socket(c);
        return;
    }
    if (c->next_ping != 0 && now >= c->next_ping) heartbeat(c, now);
    set_timer(c);
}

/* An exit signal took the process: another one runs on_close. */
static void process_gone(ws_conn *c) {
    c->has_process = false;
    if (!c->finished) {
        c->pid = mesh_native_spawn(&process_class, c);
        c->has_process = true;
        bool again = c->finishing;
        c->finishing = false;
        begin_close(c, WS_GOING_AWAY, "");
        if (again || c->state != OPEN) finish_later(c);
        return;
    }
    maybe_release(c);
}

static void wake_post(mesh_post *post) {
    ws_conn *c = (ws_conn *)((char *)post - offsetof(ws_conn, wake));
    unsigned notes = atomic_exchange(&c->notes, 0);
    if (notes & WS_CONNECTED && c->state == OPEN) {
        c->next_ping = mesh_now_ns() + (int64_t)PING_SECONDS * NET_SECOND;
        set_timer(c);
    }
    if (notes & WS_ANSWERED && c->state == DRAINING) drain(c);
    if (notes & WS_REJECT) begin_close(c, WS_REJECTED, "rejected");
    if (notes & WS_CRASHED) begin_close(c, WS_INTERNAL, "internal error");
    if (notes & WS_BLOCKED && c->state != CLOSED) {
        int64_t since;
        if (ws_output_blocked(c, &since)) {
            c->want_write = true;
            update_watch(c);
            set_timer(c);
        }
    }
    if (notes & WS_RESUME && c->paused && c->state == OPEN) {
        c->paused = false;
        c->read_ns = mesh_now_ns();
        read_frames(c);
    }
    if (notes & WS_FINISHED) {
        c->finished = true;
        io_handle_remove(&ws_connections, c->handle.id);
        mesh_native_finish(c->pid);
    }
    if (notes & WS_ENDED) process_gone(c);
    ws_release(c);
}

static void conn_opened(net_conn *net) {
    ws_conn *c = (ws_conn *)net;
    pthread_mutex_init(&c->lock, NULL);
    pthread_mutex_init(&c->rooms_lock, NULL);
    c->wake.run = wake_post;
    c->state = HANDSHAKE;
    ws_retain(c); /* the loop's; see maybe_release */
    net_set_deadline(net, mesh_now_ns() + (int64_t)HANDSHAKE_SECONDS * NET_SECOND);
}

static void conn_stop(net_conn *net) {
    ws_conn *c = (ws_conn *)net;
    if (c->state == HANDSHAKE) close_socket(c);
    else begin_close(c, WS_GOING_AWAY, "");
}

static const net_server_class server_class = {
    .conn_size = sizeof(ws_conn),
    .opened = conn_opened,
    .ready = conn_ready,
    .expired = conn_expired,
    .stop = conn_stop,
};

void ws_serve(mesh_ctx *ctx, mesh_closure *on_connect, mesh_closure *on_message, mesh_closure *on_close, int fd, const net_tls *tls, void *tls_config) {
    ws_app *app = malloc(sizeof *app);
    if (app == NULL) abort();
    app->on_connect = (mesh_closure *)mesh_immortal_copy(ctx, &on_connect->h);
    app->on_message = (mesh_closure *)mesh_immortal_copy(ctx, &on_message->h);
    app->on_close = (mesh_closure *)mesh_immortal_copy(ctx, &on_close->h);
    broker_start();
    net_server_start(ctx, fd, &server_class, app, tls, tls_config);
}

void mesh_ws_serve(mesh_ctx *ctx, mesh_closure *on_connect, mesh_closure *on_message, mesh_closure *on_close, int64_t port) {
    char address[NET_ADDRESS_MAX];
    int fd = net_bind(port, address);
    if (fd < 0) {
        fprintf(stderr, "[mesh-rt] Failed to start WebSocket server on %s: %s\n", address, strerror(-fd));
        return;
    }
    ws_serve(ctx, on_connect, on_message, on_close, fd, NULL, NULL);
    fprintf(stderr, "[mesh-rt] WebSocket server listening on %s\n", address);
}
