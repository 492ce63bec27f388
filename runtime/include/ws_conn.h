/* A WebSocket connection: shared by the server (ws_server.c), its output (ws_output.c) and the rooms (ws_rooms.c).
 *
 * Three parties touch it. The loop of its worker owns the socket, the reader and the timer. Its process runs the
 * callbacks. Senders, on any thread, append to the output queue, which has a lock; whoever ends a turn flushes it.
 */
#ifndef MESH_WS_CONN_H
#define MESH_WS_CONN_H

#include <pthread.h>

#include "handles.h"
#include "io_buffer.h"
#include "net.h"
#include "ws_frame.h"

enum {
    WS_QUEUE_BYTES = 1024 * 1024, /* high-water mark of the output queue */
    WS_QUEUE_FRAMES = 1024,
    WS_TRY_BYTES = 256 * 1024,    /* mark of Ws.try_send */
    WS_INBOX_BYTES = 1024 * 1024, /* messages waiting for the callback: beyond, the socket is not read */
    WS_INBOX_COUNT = 1024,
};

/* An encoded frame, shared by the queues of all its receivers. */
typedef struct ws_buffer {
    _Atomic int32_t refs;
    uint32_t size;
    char bytes[];
} ws_buffer;

ws_buffer *ws_buffer_new(int opcode, const char *data, size_t len); /* NULL: out of memory */
void ws_buffer_release(ws_buffer *b);

struct ws_member;

typedef struct ws_conn {
    net_conn net;
    io_handle handle; /* in the table until on_close has returned */

    /* the loop's */
    int state;
    io_buffer in;
    size_t scanned;
    ws_reader reader;
    bool paused;      /* too many messages wait for the callback */
    bool discard;     /* after a violation: what still comes is not read as frames */
    bool want_write;  /* the socket is full */
    bool has_process; /* not ended yet */
    bool finishing;   /* the task that runs on_close is queued */
    bool finished;    /* it ran */
    bool peer_closed; /* the peer's Close stands behind the messages that came before it */
    bool answered;    /* and has been answered */
    int64_t pid;
    int64_t read_ns;  /* when the peer last sent something */
    int64_t next_ping, pong_due, close_due; /* 0: none */
    char ping[4];
    mesh_post wake;
    _Atomic unsigned notes; /* to the loop; see ws_notify */

    /* the process's */
    bool accepted;
    bool crashed;
    bool closed; /* on_close ran, or must not */

    _Atomic int64_t inbox_bytes;
    _Atomic int64_t inbox_count;

    /* how it ended, for on_close; under `lock` */
    int close_code; /* 0: not yet */
    char close_reason[WS_CONTROL_MAX];
    size_t close_reason_len;

    /* output: under `lock` */
    pthread_mutex_t lock;
    ws_buffer **queue; /* ring */
    uint32_t queue_cap, queue_first, queue_count;
    size_t queue_bytes; /* not yet taken by the socket */
    size_t sent;        /* of the first frame */
    bool closing;       /* no more data frames */
    bool gone;          /* the socket is closed */
    bool blocked;       /* the socket is full: the loop waits for it */
    bool flush_queued;
    int64_t progress_ns; /* when the socket last took something */
    mesh_post flush;
    mesh_ticket waiter; /* the connection's own process waits for room; pid 0: nobody */

    /* rooms: under `rooms_lock` */
    pthread_mutex_t rooms_lock;
    struct ws_member *rooms;
    bool dead; /* joins no room any more */
} ws_conn;

extern io_handle_table ws_connections;

static inline ws_conn *ws_find(int64_t id) { /* with a reference */
    io_handle *h = io_handle_find(&ws_connections, id);
    return h ? (ws_conn *)((char *)h - offsetof(ws_conn, handle)) : NULL;
}
static inline void ws_retain(ws_conn *c) { io_handle_retain(&c->handle); }
static inline void ws_release(ws_conn *c) { io_handle_release(&ws_connections, &c->handle); }

/* Wakes the loop with a set of notes; from any thread. */
enum { WS_CONNECTED = 1, WS_REJECT = 2, WS_CRASHED = 4, WS_FINISHED = 8, WS_ENDED = 16, WS_BLOCKED = 32, WS_RESUME = 64, WS_ANSWERED = 128 };
void ws_notify(ws_conn *c, unsigned notes);

/* ---- output ---- */

enum ws_sent { WS_TAKEN = 0, WS_FULL = 1, WS_GONE = -1 };

/* Queues a data frame (one more reference is taken); `mark_bytes` and `mark_frames`: it is refused at these. */
enum ws_sent ws_enqueue(ws_conn *c, ws_buffer *b, size_t mark_bytes, uint32_t mark_frames);

/* Queues bytes that are no frame: the reply to the handshake. */
void ws_enqueue_raw(ws_conn *c, const char *bytes, size_t len);

/* Queues a control frame, whatever the queue holds. A Close frame ends the output: nothing is queued behind it. */
void ws_enqueue_control(ws_conn *c, int opcode, const char *data, size_t len);
void ws_enqueue_close(ws_conn *c, int code, const char *reason, size_t len);

/* Sends what the socket takes; on the worker's thread. -1: the socket is dead. */
int ws_flush(ws_conn *c);
bool ws_output_empty(ws_conn *c);
bool ws_output_blocked(ws_conn *c, int64_t *progress_ns); /* the socket is full, since then */
void ws_output_close(ws_conn *c); /* the socket is gone: drops the queue, wakes who waits */

/* ---- rooms ---- */

void ws_leave_all(ws_conn *c); /* and joins no more */

#endif
