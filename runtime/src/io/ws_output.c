/* The output of WebSocket connections: bounded queues of shared frames, written once a turn. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mesh_stdlib.h"
#include "ws_conn.h"

enum { IOV_COUNT = 64 };

ws_buffer *ws_buffer_new(int opcode, const char *data, size_t len) {
    char header[WS_HEADER_MAX];
    size_t hlen = ws_header(header, opcode, len);
    if (len > UINT32_MAX - WS_HEADER_MAX) return NULL;
    ws_buffer *b = malloc(sizeof *b + hlen + len);
    if (b == NULL) return NULL;
    atomic_init(&b->refs, 1);
    b->size = (uint32_t)(hlen + len);
    memcpy(b->bytes, header, hlen);
    memcpy(b->bytes + hlen, data, len);
    return b;
}

void ws_buffer_release(ws_buffer *b) {
    if (atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) == 1) free(b);
}

/* ---- the queue, under the lock -------------------------------------------------------------------------------------- */

static bool push(ws_conn *c, ws_buffer *b) {
    if (c->queue_count == c->queue_cap) {
        uint32_t cap = c->queue_cap ? c->queue_cap * 2 : 8;
        ws_buffer **grown = malloc(cap * sizeof *grown);
        if (grown == NULL) return false;
        for (uint32_t i = 0; i < c->queue_count; i++) grown[i] = c->queue[(c->queue_first + i) % c->queue_cap];
        free(c->queue);
        c->queue = grown, c->queue_cap = cap, c->queue_first = 0;
    }
    atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
    c->queue[(c->queue_first + c->queue_count++) % c->queue_cap] = b;
    c->queue_bytes += b->size;
    return true;
}

static void drop_queue(ws_conn *c) {
    for (uint32_t i = 0; i < c->queue_count; i++) ws_buffer_release(c->queue[(c->queue_first + i) % c->queue_cap]);
    free(c->queue);
    c->queue = NULL;
    c->queue_cap = c->queue_first = c->queue_count = 0;
    c->queue_bytes = c->sent = 0;
}

static void wake_waiter(ws_conn *c) {
    if (c->waiter.pid != 0) {
        mesh_wake(c->waiter, 0);
        c->waiter = (mesh_ticket){0};
    }
}

/* Writes until the queue is empty or the socket full. 0, or -1 when the socket is dead. */
static int flush_locked(ws_conn *c) {
    while (c->queue_count > 0 && !c->blocked && !c->gone) {
        struct iovec iov[IOV_COUNT];
        int n = 0;
        size_t offset = c->sent;
        for (uint32_t i = 0; i < c->queue_count && n < IOV_COUNT; i++) {
            ws_buffer *b = c->queue[(c->queue_first + i) % c->queue_cap];
            iov[n++] = (struct iovec){b->bytes + offset, b->size - offset};
            offset = 0;
        }
        ssize_t sent = net_writev(&c->net, iov, n);
        if (sent == -EAGAIN) {
            c->blocked = true;
            ws_notify(c, WS_BLOCKED);
            break;
        }
        if (sent < 0) return -1;
        c->progress_ns = mesh_now_ns();
        c->queue_bytes -= (size_t)sent;
        size_t left = (size_t)sent + c->sent;
        while (c->queue_count > 0 && left >= c->queue[c->queue_first]->size) {
            left -= c->queue[c->queue_first]->size;
            ws_buffer_release(c->queue[c->queue_first]);
            c->queue_first = (c->queue_first + 1) % c->queue_cap;
            c->queue_count--;
        }
        c->sent = left;
    }
    if (c->queue_bytes < WS_QUEUE_BYTES / 2 && c->queue_count < WS_QUEUE_FRAMES / 2) wake_waiter(c);
    if (c->queue_count == 0 && c->queue_cap > 64) { /* a burst is over */
        free(c->queue);
        c->queue = NULL;
        c->queue_cap = c->queue_first = 0;
    }
    return 0;
}

int ws_flush(ws_conn *c) {
    pthread_mutex_lock(&c->lock);
    c->blocked = false;
    int status = flush_locked(c);
    pthread_mutex_unlock(&c->lock);
    return status;
}

static void flush_post(mesh_post *post) {
    ws_conn *c = (ws_conn *)((char *)post - offsetof(ws_conn, flush));
    pthread_mutex_lock(&c->lock);
    c->flush_queued = false;
    flush_locked(c); /* a dead socket is found by the loop, which reads it */
    pthread_mutex_unlock(&c->lock);
    ws_release(c);
}

/* TLS belongs to the connection's loop; a plain socket is written by whoever has the turn. */
static bool may_write_here(const ws_conn *c) {
    return c->net.tls == NULL;
}

static void queue_flush(ws_conn *c) {
    if (c->flush_queued || c->blocked) return;
    c->flush_queued = true;
    ws_retain(c);
    c->flush.run = flush_post;
    mesh_worker *here = mesh_worker_current();
    if (here == c->net.worker || (here != NULL && may_write_here(c))) mesh_loop_defer(&c->flush);
    else mesh_loop_post(c->net.worker, &c->flush);
}

static bool full(const ws_conn *c, size_t mark_bytes, uint32_t mark_frames) {
    return c->queue_bytes >= mark_bytes || c->queue_count >= mark_frames;
}

static enum ws_sent enqueue_locked(ws_conn *c, ws_buffer *b, size_t mark_bytes, uint32_t mark_frames) {
    if (c->closing || c->gone) return WS_GONE;
    if (full(c, mark_bytes, mark_frames)) {
        if (may_write_here(c) && flush_locked(c) != 0) return WS_GONE;
        if (full(c, mark_bytes, mark_frames)) return WS_FULL;
    }
    if (c->queue_count == 0) c->progress_ns = mesh_now_ns();
    if (!push(c, b)) return WS_FULL;
    queue_flush(c);
    return WS_TAKEN;
}

enum ws_sent ws_enqueue(ws_conn *c, ws_buffer *b, size_t mark_bytes, uint32_t mark_frames) {
    pthread_mutex_lock(&c->lock);
    enum ws_sent result = enqueue_locked(c, b, mark_bytes, mark_frames);
    pthread_mutex_unlock(&c->lock);
    return result;
}

static void control_locked(ws_conn *c, int opcode, const char *data, size_t len) {
    ws_buffer *b = ws_buffer_new(opcode, data, len);
    if (b == NULL || c->gone) {
        if (b) ws_buffer_release(b);
        return;
    }
    if (c->queue_count == 0) c->progress_ns = mesh_now_ns();
    push(c, b);
    ws_buffer_release(b);
    queue_flush(c);
}

void ws_enqueue_control(ws_conn *c, int opcode, const char *data, size_t len) {
    pthread_mutex_lock(&c->lock);
    if (!c->closing) control_locked(c, opcode, data, len);
    pthread_mutex_unlock(&c->lock);
}

void ws_enqueue_close(ws_conn *c, int code, const char *reason, size_t len) {
    char payload[WS_CONTROL_MAX];
    pthread_mutex_lock(&c->lock);
    if (!c->closing) {
        size_t size = 0;
        if (code != WS_NO_CODE) {
            len = utf8_cut(reason, len, WS_CONTROL_MAX - 2);
            payload[0] = (char)(code >> 8), payload[1] = (char)code;
            memcpy(payload + 2, reason, len);
            size = len + 2;
        }
        control_locked(c, WS_CLOSE, payload, size);
        c->closing = true;
        wake_waiter(c);
    }
    pthread_mutex_unlock(&c->lock);
}

void ws_enqueue_raw(ws_conn *c, const char *bytes, size_t len) {
    ws_buffer *b = malloc(sizeof *b + len);
    if (b == NULL) return;
    atomic_init(&b->refs, 1);
    b->size = (uint32_t)len;
    memcpy(b->bytes, bytes, len);
    pthread_mutex_lock(&c->lock);
    if (push(c, b)) queue_flush(c);
    pthread_mutex_unlock(&c->lock);
    ws_buffer_release(b);
}

bool ws_output_blocked(ws_conn *c, int64_t *progress_ns) {
    pthread_mutex_lock(&c->lock);
    bool blocked = c->blocked;
    *progress_ns = c->progress_ns;
    pthread_mutex_unlock(&c->lock);
    return blocked;
}

bool ws_output_empty(ws_conn *c) {
    pthread_mutex_lock(&c->lock);
    bool empty = c->queue_count == 0;
    pthread_mutex_unlock(&c->lock);
    return empty;
}

void ws_output_close(ws_conn *c) {
    pthread_mutex_lock(&c->lock);
    c->closing = c->gone = true;
    drop_queue(c);
    wake_waiter(c);
    pthread_mutex_unlock(&c->lock);
}

/* ---- Ws.send and its kin --------------------------------------------------------------------------------------------- */

/* The connection's own callback waits for room; everybody else is refused. */
static int64_t send_waiting(mesh_ctx *ctx, ws_conn *c, ws_buffer *b) {
    for (;;) {
        pthread_mutex_lock(&c->lock);
        enum ws_sent result = enqueue_locked(c, b, WS_QUEUE_BYTES, WS_QUEUE_FRAMES);
        if (result != WS_FULL || c->pid != mesh_self(ctx)) {
            pthread_mutex_unlock(&c->lock);
            return result == WS_TAKEN ? 0 : -1;
        }
        mesh_ticket ticket = mesh_wait_begin(ctx);
        c->waiter = ticket;
        if (!c->blocked) queue_flush(c);
        pthread_mutex_unlock(&c->lock);
        int64_t unused;
        if (mesh_wait(ctx, ticket, INT64_MAX, &unused) < 0) return -1;
    }
}

static int64_t send_frame(mesh_ctx *ctx, int64_t conn, int opcode, mesh_string *data) {
    if (opcode == WS_TEXT && !utf8_valid(data->data, (size_t)data->len)) return -1;
    ws_conn *c = ws_find(conn);
    if (c == NULL) return -1;
    ws_buffer *b = ws_buffer_new(opcode, data->data, (size_t)data->len);
    int64_t result = b ? send_waiting(ctx, c, b) : -1;
    if (b) ws_buffer_release(b);
    ws_release(c);
    mesh_leave_if_ending(ctx);
    return result;
}

int64_t mesh_ws_send(mesh_ctx *ctx, int64_t conn, mesh_string *text) {
    return send_frame(ctx, conn, WS_TEXT, text);
}

int64_t mesh_ws_send_binary(mesh_ctx *ctx, int64_t conn, mesh_string *data) {
    return send_frame(ctx, conn, WS_BINARY, data);
}

int64_t mesh_ws_try_send(mesh_ctx *ctx, int64_t conn, mesh_string *text) {
    (void)ctx;
    if (!utf8_valid(text->data, (size_t)text->len)) return -1;
    ws_conn *c = ws_find(conn);
    if (c == NULL) return -1;
    ws_buffer *b = ws_buffer_new(WS_TEXT, text->data, (size_t)text->len);
    int64_t result = b ? ws_enqueue(c, b, WS_TRY_BYTES, UINT32_MAX) : -1;
    if (b) ws_buffer_release(b);
    ws_release(c);
    return result;
}
