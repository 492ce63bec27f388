#define _GNU_SOURCE
#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct net_worker_conns {
    net_conn *first;
    net_server *server;
    mesh_post stop;
} net_worker_conns;

enum { BACKLOG = 4096, ACCEPTS_PER_TURN = 64, ACCEPT_RETRY_NS = 50 * 1000 * 1000 };

static int bind_family(int family, int port) {
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    int one = 1, zero = 0, status;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (family == AF_INET6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
        struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_addr = in6addr_any, .sin6_port = htons((uint16_t)port)};
        status = bind(fd, (struct sockaddr *)&a, sizeof a);
    } else {
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY), .sin_port = htons((uint16_t)port)};
        status = bind(fd, (struct sockaddr *)&a, sizeof a);
    }
    if (status != 0 || listen(fd, BACKLOG) != 0) {
        int e = errno;
        close(fd);
        return -e;
    }
    return fd;
}

/* Thousands of connections need more descriptors than the usual soft limit. */
static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int net_bind(int64_t port, char address[NET_ADDRESS_MAX]) {
    const char *host = "[::]";
    snprintf(address, NET_ADDRESS_MAX, "%s:%lld", host, (long long)port);
    if (port < 0 || port > 65535) return -EINVAL;
    raise_descriptor_limit();
    int fd = bind_family(AF_INET6, (int)port);
    if (fd == -EAFNOSUPPORT || fd == -EADDRNOTAVAIL) {
        host = "0.0.0.0";
        fd = bind_family(AF_INET, (int)port);
    }
    if (fd >= 0 && port == 0) {
        struct sockaddr_storage a;
        socklen_t len = sizeof a;
        getsockname(fd, (struct sockaddr *)&a, &len);
        port = ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port : ((struct sockaddr_in *)&a)->sin_port);
    }
    snprintf(address, NET_ADDRESS_MAX, "%s:%lld", host, (long long)port);
    return fd;
}

static net_worker_conns *conns_of(net_conn *conn) {
    return &conn->server->conns[mesh_worker_index(conn->worker)];
}

static void maybe_stopped(net_server *s) {
    if (atomic_load(&s->stopping) && atomic_load(&s->connections) == 0) {
        if (!atomic_exchange(&s->reported, true)) mesh_listener_stopped(&s->listener);
    }
}

void net_forget(net_conn *conn) {
    net_server *s = conn->server;
    int left = atomic_fetch_sub(&s->connections, 1) - 1;
    if (atomic_load(&s->stopping)) maybe_stopped(s);
    else if (left < NET_MAX_CONNECTIONS && atomic_load(&s->full)) {
        bool expected = true;
        if (atomic_compare_exchange_strong(&s->full, &expected, false)) mesh_loop_post(s->worker, &s->resume);
    }
}

static void conn_ready(mesh_watch *watch, int events) {
    net_conn *conn = (net_conn *)watch;
    conn->server->cls->ready(conn, events);
}

static void conn_timer(mesh_timer *timer) {
    net_conn *conn = (net_conn *)((char *)timer - offsetof(net_conn, timer));
    if (conn->deadline_ns == INT64_MAX) return;
    if (mesh_now_ns() < conn->deadline_ns) mesh_timer_start(timer, conn->deadline_ns);
    else conn->server->cls->expired(conn);
}

static void conn_start(mesh_post *post) {
    net_conn *conn = (net_conn *)((char *)post - offsetof(net_conn, start));
    net_server *s = conn->server;
    net_worker_conns *all = conns_of(conn);
    conn->next = all->first;
    if (conn->next) conn->next->link = &conn->next;
    conn->link = &all->first;
    all->first = conn;
    conn->watch.ready = conn_ready;
    conn->timer.fire = conn_timer;
    conn->deadline_ns = INT64_MAX;
    if (s->tls != NULL && s->tls->begin(conn, s->tls_config) != 0) {
        net_close(conn);
        net_forget(conn);
        free(conn);
        return;
    }
    if (mesh_watch_start(&conn->watch, conn->fd, MESH_READ) != 0) {
        net_close(conn);
        net_forget(conn);
        free(conn);
        return;
    }
    s->cls->opened(conn);
    if (atomic_load(&s->stopping)) s->cls->stop(conn);
}

static void accept_ready(mesh_watch *watch, int events) {
    (void)events;
    net_server *s = (net_server *)((char *)watch - offsetof(net_server, accept));
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        if (atomic_load(&s->connections) >= NET_MAX_CONNECTIONS) {
            mesh_watch_update(&s->accept, 0);
            atomic_store(&s->full, true);
            if (atomic_load(&s->connections) < NET_MAX_CONNECTIONS) { /* one ended meanwhile and saw no flag */
                atomic_store(&s->full, false);
                mesh_watch_update(&s->accept, MESH_READ);
            }
            return;
        }
        int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EAGAIN || errno == EWOULDBLOCK) return;
            if (errno == EINTR || errno == ECONNABORTED) continue;
            fprintf(stderr, "[mesh-rt] accept error: %s\n", strerror(errno));
            mesh_watch_update(&s->accept, 0);
            mesh_timer_start(&s->retry, mesh_now_ns() + ACCEPT_RETRY_NS);
            return;
        }
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        net_conn *conn = calloc(1, s->cls->conn_size);
        if (conn == NULL) {
            close(fd);
            continue;
        }
        conn->fd = fd;
        conn->server = s;
        conn->worker = mesh_worker_at(s->next_worker);
        conn->start.run = conn_start;
        s->next_worker = (s->next_worker + 1) % mesh_worker_count();
        atomic_fetch_add(&s->connections, 1);
        if (conn->worker == s->worker) conn_start(&conn->start);
        else mesh_loop_post(conn->worker, &conn->start);
    }
}

static void resume_accepting(net_server *s) {
    if (!atomic_load(&s->stopping)) mesh_watch_update(&s->accept, MESH_READ);
}

static void resume_post(mesh_post *post) {
    resume_accepting((net_server *)((char *)post - offsetof(net_server, resume)));
}

static void retry_timer(mesh_timer *timer) {
    resume_accepting((net_server *)((char *)timer - offsetof(net_server, retry)));
}

static void stop_worker(mesh_post *post) {
    net_worker_conns *all = (net_worker_conns *)((char *)post - offsetof(net_worker_conns, stop));
    for (net_conn *c = all->first; c != NULL;) {
        net_conn *next = c->next; /* stop may close c, and only c */
        all->server->cls->stop(c);
        c = next;
    }
}

static void server_stop(mesh_listener *listener) {
    net_server *s = (net_server *)listener;
    mesh_watch_stop(&s->accept);
    close(s->accept.fd);
    mesh_timer_stop(&s->retry);
    atomic_store(&s->stopping, true);
    for (int i = 0; i < mesh_worker_count(); i++) {
        s->conns[i].stop.run = stop_worker;
        mesh_loop_post(mesh_worker_at(i), &s->conns[i].stop);
    }
    maybe_stopped(s);
}

net_server *net_server_start(mesh_ctx *ctx, int fd, const net_server_class *cls, void *app, const net_tls *tls, void *tls_config) {
    (void)ctx;
    net_server *s = calloc(1, sizeof *s);
    net_worker_conns *conns = calloc((size_t)mesh_worker_count(), sizeof *conns);
    if (s == NULL || conns == NULL) abort();
    for (int i = 0; i < mesh_worker_count(); i++) conns[i].server = s;
    s->cls = cls, s->app = app, s->tls = tls, s->tls_config = tls_config, s->conns = conns;
    s->accept.ready = accept_ready;
    s->retry.fire = retry_timer;
    s->resume.run = resume_post;
    s->listener.stop = server_stop;
    s->worker = mesh_worker_current();
    mesh_listener_open(&s->listener);
    mesh_watch_start(&s->accept, fd, MESH_READ);
    return s;
}

ssize_t net_read(net_conn *conn, void *buf, size_t len) {
    if (conn->tls != NULL) return conn->server->tls->read(conn, buf, len);
    ssize_t n;
    do n = recv(conn->fd, buf, len, 0);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

ssize_t net_writev(net_conn *conn, const struct iovec *iov, int n) {
    if (conn->tls != NULL) return conn->server->tls->writev(conn, iov, n);
    struct msghdr msg = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = (size_t)n};
    ssize_t sent;
    do sent = sendmsg(conn->fd, &msg, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

void net_shutdown(net_conn *conn) {
    if (conn->tls != NULL) conn->server->tls->shutdown(conn);
    shutdown(conn->fd, SHUT_WR);
}

void net_set_deadline(net_conn *conn, int64_t when_ns) {
    conn->deadline_ns = when_ns;
    if (when_ns == INT64_MAX) return;
    /* A running timer fires too early at most; it is moved only when it would fire too late. */
    if (conn->timer.index == 0 || conn->timer.when_ns > when_ns) mesh_timer_start(&conn->timer, when_ns);
}

void net_watch(net_conn *conn, int events) {
    bool reads = events & MESH_READ && !(conn->watch.events & MESH_READ);
    if (conn->watch.events != events) mesh_watch_update(&conn->watch, events);
    if (reads && conn->tls != NULL) conn->server->tls->resume(conn);
}

void net_close(net_conn *conn) {
    if (conn->fd < 0) return;
    if (conn->tls != NULL) conn->server->tls->end(conn);
    if (conn->watch.worker != NULL) mesh_watch_stop(&conn->watch);
    mesh_timer_stop(&conn->timer);
    close(conn->fd);
    conn->fd = -1;
    *conn->link = conn->next;
    if (conn->next) conn->next->link = conn->link;
}
