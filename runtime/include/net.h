/* Listening sockets and the connections they accept: what the HTTP and the WebSocket server share.
 *
 * A listener accepts on the worker that opened it and hands connections to the workers in turn. A connection belongs to
 * one worker for its whole life: everything here that takes a net_conn runs on that worker's thread, unless it says so.
 */
#ifndef MESH_NET_H
#define MESH_NET_H

#include <stdatomic.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "scheduler.h"

enum {
    NET_MAX_CONNECTIONS = 10000, /* of one server; more wait in the listen backlog */
    NET_ADDRESS_MAX = 64,
};

struct net_server;

typedef struct net_conn {
    mesh_watch watch;
    mesh_timer timer;
    int64_t deadline_ns; /* the timer looks at it when it fires, so moving it costs nothing */
    struct net_server *server;
    struct net_conn *next; /* connections of the same server on the same worker */
    struct net_conn **link;
    mesh_worker *worker;
    mesh_post start;
    void *tls; /* NULL: plain */
    int fd;
} net_conn;

/* Transport of connections with TLS (tls_server.c); its calls may be made on a loop's stack only. */
typedef struct net_tls {
    int (*begin)(net_conn *conn, void *config); /* 0 or -1 */
    ssize_t (*read)(net_conn *conn, void *buf, size_t len);
    ssize_t (*writev)(net_conn *conn, const struct iovec *iov, int n);
    void (*resume)(net_conn *conn); /* reading is wanted again: decrypted bytes may wait */
    void (*shutdown)(net_conn *conn);
    void (*end)(net_conn *conn);
} net_tls;

typedef struct net_server_class {
    size_t conn_size;                          /* of the struct that begins with a net_conn */
    void (*opened)(net_conn *conn);            /* registered, watch not started */
    void (*ready)(net_conn *conn, int events);
    void (*expired)(net_conn *conn);           /* its deadline has passed */
    void (*stop)(net_conn *conn);              /* graceful stop: close when nothing is in flight */
} net_server_class;

typedef struct net_server {
    mesh_listener listener;
    const net_server_class *cls;
    void *app;              /* of the class */
    const net_tls *tls;     /* NULL: plain */
    void *tls_config;
    mesh_watch accept;
    mesh_timer retry;       /* after accept ran out of descriptors */
    mesh_post resume;
    mesh_worker *worker;    /* that accepts */
    _Atomic int connections;
    _Atomic bool full;      /* accepting is paused */
    _Atomic bool stopping;
    _Atomic bool reported; /* to the scheduler: everything is closed */
    int next_worker;
    struct net_worker_conns *conns; /* by worker */
} net_server;

/* Binds [::]:port for both families, 0.0.0.0:port where there is no IPv6, and listens. The descriptor, or -errno; `address`
 * is the text for messages (port 0 replaced by the one that was given out). */
int net_bind(int64_t port, char address[NET_ADDRESS_MAX]);

/* Starts accepting on the calling worker. Takes the descriptor. */
net_server *net_server_start(mesh_ctx *ctx, int fd, const net_server_class *cls, void *app, const net_tls *tls, void *tls_config);

/* As read and writev: bytes, 0 for the end of the stream, or -errno (-EAGAIN: wait for readiness). */
ssize_t net_read(net_conn *conn, void *buf, size_t len);
ssize_t net_writev(net_conn *conn, const struct iovec *iov, int n);
void net_shutdown(net_conn *conn); /* no more output */

void net_set_deadline(net_conn *conn, int64_t when_ns); /* INT64_MAX: none */
void net_watch(net_conn *conn, int events);             /* only when they change */

void net_close(net_conn *conn); /* closes the descriptor */

/* Nothing of the closed connection is left to do; the caller frees the struct. A graceful stop waits for this. */
void net_forget(net_conn *conn);

enum { NET_SECOND = 1000000000 };

#endif
