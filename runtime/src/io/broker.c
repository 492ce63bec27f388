/* The connection to the broker. A process of its own resolves and connects; then a watch on one worker's loop reads and
 * writes. Broadcasts are queued while it is up and dropped while it is down: local delivery never waits for it.
 *
 * A message: 16 bytes that name the sending process, the length of the room's name (4 bytes, little endian), the name,
 * the text.
 */
#define _GNU_SOURCE
#include "broker.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scheduler.h"
#include "utf8.h"
#include "ws_rooms.h"

enum { ID_BYTES = 16, HEAD_BYTES = ID_BYTES + 4, READ_SIZE = 16 * 1024, QUEUE_MAX = 16 * 1024 * 1024, ADDRESSES_MAX = 8 };
static const int64_t RETRY_FIRST_NS = 100000000, RETRY_LAST_NS = 5000000000, CONNECT_NS = 5000000000;

typedef struct broker {
    broker_url url;
    char subject[128];
    char id[ID_BYTES];
    mesh_worker *worker; /* whose loop has the connection */
    int64_t pid;
    mesh_task connect;
    mesh_post opened, kick;
    mesh_timer retry;
    int64_t wait_ns;
    mesh_watch watch;
    int fd;
    io_buffer in, out;

    pthread_mutex_t lock;
    bool up;
    bool kicked;
    io_buffer queue;
} broker;

static broker the_broker = {.fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- connecting: on the process --------------------------------------------------------------------------------------- */

typedef struct addresses {
    char host[256], port[8];
    int count;
    struct sockaddr_storage address[ADDRESSES_MAX];
    socklen_t size[ADDRESSES_MAX];
} addresses;

static void resolve(void *data) {
    addresses *a = data;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    if (getaddrinfo(a->host, a->port, &hints, &found) != 0) return;
    for (struct addrinfo *i = found; i != NULL && a->count < ADDRESSES_MAX; i = i->ai_next) {
        memcpy(&a->address[a->count], i->ai_addr, i->ai_addrlen);
        a->size[a->count++] = i->ai_addrlen;
    }
    freeaddrinfo(found);
}

static int connect_to(mesh_ctx *ctx, const addresses *a, int i) {
    int fd = socket(a->address[i].ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1, problem = 0;
    socklen_t size = sizeof problem;
    if (fd < 0) return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    if (connect(fd, (const struct sockaddr *)&a->address[i], a->size[i]) != 0) {
        problem = errno;
        if (problem == EINPROGRESS && mesh_wait_fd(ctx, fd, MESH_WRITE, mesh_now_ns() + CONNECT_NS) > 0) {
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size);
        }
    }
    if (problem == 0) return fd;
    close(fd);
    return -1;
}

static void run_connect(mesh_ctx *ctx, mesh_task *task) {
    (void)task;
    addresses *a = calloc(1, sizeof *a);
    if (a == NULL) return;
    memcpy(a->host, the_broker.url.host, sizeof a->host);
    memcpy(a->port, the_broker.url.port, sizeof a->port);
    if (mesh_run_blocking(ctx, resolve, a, free) != 0) return;
    int fd = -1;
    for (int i = 0; i < a->count && fd < 0; i++) fd = connect_to(ctx, a, i);
    free(a);
    the_broker.fd = fd;
    mesh_loop_post(the_broker.worker, &the_broker.opened);
}

/* ---- on the loop ------------------------------------------------------------------------------------------------------------ */

static void connection_lost(broker *b) {
    if (b->watch.worker != NULL) mesh_watch_stop(&b->watch);
    if (b->fd >= 0) close(b->fd);
    b->fd = -1;
    io_free(&b->in);
    io_free(&b->out);
    pthread_mutex_lock(&b->lock);
    bool was_up = b->up;
    b->up = false;
    io_free(&b->queue);
    pthread_mutex_unlock(&b->lock);
    if (was_up) fprintf(stderr, "[mesh-rt] broker connection lost\n");
    mesh_timer_start(&b->retry, mesh_now_ns() + b->wait_ns);
    b->wait_ns = b->wait_ns * 2 < RETRY_LAST_NS ? b->wait_ns * 2 : RETRY_LAST_NS;
}

static void retry(mesh_timer *timer) {
    (void)timer;
    mesh_native_post(the_broker.pid, &the_broker.connect);
}

static void flush(broker *b) {
    while (io_size(&b->out) > 0) {
        ssize_t n = send(b->fd, b->out.data + b->out.start, io_size(&b->out), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
        if (n < 0) {
            connection_lost(b);
            return;
        }
        io_consume(&b->out, (size_t)n);
    }
    if (io_size(&b->out) == 0) io_free(&b->out);
    mesh_watch_update(&b->watch, MESH_READ | (io_size(&b->out) > 0 ? MESH_WRITE : 0));
}

static void deliver(const broker *b, const char *message, size_t len) {
    if (len < HEAD_BYTES || memcmp(message, b->id, ID_BYTES) == 0) return; /* our own comes back from Redis */
    const unsigned char *size = (const unsigned char *)message + ID_BYTES;
    size_t room = size[0] | (size_t)size[1] << 8 | (size_t)size[2] << 16 | (size_t)size[3] << 24;
    if (room > len - HEAD_BYTES) return;
    const char *text = message + HEAD_BYTES + room;
    size_t text_len = len - HEAD_BYTES - room;
    if (utf8_valid(text, text_len)) ws_deliver(message + HEAD_BYTES, room, text, text_len, 0);
}

static void ready(mesh_watch *watch, int events) {
    broker *b = (broker *)((char *)watch - offsetof(broker, watch));
    if (events & MESH_READ) {
        char *room = io_reserve(&b->in, READ_SIZE);
        ssize_t n = room ? recv(b->fd, room, b->in.cap - b->in.end, 0) : 0;
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (n <= 0) {
            connection_lost(b);
            return;
        }
        b->in.end += (size_t)n;
        while (io_size(&b->in) > 0) {
            const char *message;
            size_t len;
            long used = broker_read(b->url.kind, b->in.data + b->in.start, io_size(&b->in), &message, &len, &b->out);
            if (used < 0) {
                const char *line = b->in.data + b->in.start, *end = memchr(line, '\r', io_size(&b->in));
                int shown = end && end - line < 200 ? (int)(end - line) : 0;
                fprintf(stderr, "[mesh-rt] broker: unexpected answer: %.*s\n", shown, line);
                connection_lost(b);
                return;
            }
            if (used == 0) break;
            b->wait_ns = RETRY_FIRST_NS;
            if (message != NULL) deliver(b, message, len);
            io_consume(&b->in, (size_t)used);
        }
        if (io_size(&b->in) == 0) io_free(&b->in);
    }
    flush(b);
}

static void opened(mesh_post *post) {
    broker *b = (broker *)((char *)post - offsetof(broker, opened));
    if (b->fd < 0 || mesh_watch_start(&b->watch, b->fd, MESH_READ) != 0) {
        connection_lost(b);
        return;
    }
    broker_greet(&b->url, b->subject, &b->out);
    pthread_mutex_lock(&b->lock);
    b->up = true;
    pthread_mutex_unlock(&b->lock);
    fprintf(stderr, "[mesh-rt] broker connected: %s:%s\n", b->url.host, b->url.port);
    flush(b);
}

static void kick(mesh_post *post) {
    broker *b = (broker *)((char *)post - offsetof(broker, kick));
    pthread_mutex_lock(&b->lock);
    b->kicked = false;
    if (b->up) io_append(&b->out, b->queue.data ? b->queue.data + b->queue.start : "", io_size(&b->queue));
    io_free(&b->queue);
    bool up = b->up;
    pthread_mutex_unlock(&b->lock);
    if (up) flush(b);
}

/* ---- from any thread ------------------------------------------------------------------------------------------------------------ */

static void publish(const char *room, size_t room_len, const char *text, size_t len) {
    broker *b = &the_broker;
    io_buffer message = {0};
    if (room_len > UINT32_MAX) return;
    char size[4] = {(char)room_len, (char)(room_len >> 8), (char)(room_len >> 16), (char)(room_len >> 24)};
    pthread_mutex_lock(&b->lock);
    if (b->up && io_size(&b->queue) < QUEUE_MAX) {
        io_append(&message, b->id, ID_BYTES);
        io_append(&message, size, sizeof size);
        io_append(&message, room, room_len);
        io_append(&message, text, len);
        broker_publish(b->url.kind, b->subject, message.data, io_size(&message), &b->queue);
        io_free(&message);
        if (!b->kicked) {
            b->kicked = true;
            mesh_loop_post(b->worker, &b->kick);
        }
    }
    pthread_mutex_unlock(&b->lock);
}

static void process_ended(void *data, bool crashed) {
    (void)data, (void)crashed;
}

/* Processes of one program share a subject: the name of the executable, reduced to what every broker accepts. */
static void choose_subject(broker *b) {
    const char *name = mesh_argc > 0 ? mesh_argv[0] : "mesh", *slash = strrchr(name, '/');
    if (slash != NULL) name = slash + 1;
    size_t n = (size_t)snprintf(b->subject, sizeof b->subject, "mesh.rooms.");
    for (; *name && n + 1 < sizeof b->subject; name++) {
        char c = *name;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        b->subject[n++] = plain ? c : '_';
    }
    b->subject[n] = 0;
}

void broker_start(void) {
    static const mesh_native_class cls = {.name = "broker", .ended = process_ended};
    static _Atomic bool started;
    const char *url = getenv("MESH_BROKER_URL");
    if (url == NULL || url[0] == 0 || started) return;
    started = true;
    broker *b = &the_broker;
    if (!broker_parse_url(url, &b->url)) {
        fprintf(stderr, "[mesh-rt] MESH_BROKER_URL is neither nats://HOST:PORT nor redis://HOST:PORT: rooms stay local\n");
        return;
    }
    if (getrandom(b->id, ID_BYTES, 0) != ID_BYTES) {
        int64_t parts[2] = {mesh_now_ns(), getpid()};
        memcpy(b->id, parts, ID_BYTES);
    }
    choose_subject(b);
    b->worker = mesh_worker_current();
    b->watch.ready = ready;
    b->opened.run = opened;
    b->kick.run = kick;
    b->retry.fire = retry;
    b->wait_ns = RETRY_FIRST_NS;
    b->connect.run = run_connect;
    b->pid = mesh_native_spawn(&cls, b);
    ws_publish = publish;
    mesh_native_post(b->pid, &b->connect);
}
