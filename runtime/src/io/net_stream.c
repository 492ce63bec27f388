#define _GNU_SOURCE
#include "net_stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 16 * 1024, ADDRESSES_MAX = 16 };

__attribute__((format(printf, 2, 3))) static int failed(char **error, const char *format, ...) {
    va_list args;
    va_start(args, format);
    if (vasprintf(error, format, args) < 0) abort();
    va_end(args);
    return -1;
}

/* ---- names ----------------------------------------------------------------------------------------------------------- */

typedef struct resolve_job {
    char *host;
    int port;
    int status, error, count;
    struct sockaddr_storage address[ADDRESSES_MAX];
    socklen_t size[ADDRESSES_MAX];
} resolve_job;

static void resolve_free(void *data) {
    resolve_job *j = data;
    free(j->host);
    free(j);
}

static void resolve(resolve_job *j, int flags) {
    char port[8];
    snprintf(port, sizeof port, "%d", j->port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags}, *found = NULL;
    j->status = getaddrinfo(j->host, port, &hints, &found);
    j->error = errno;
    for (struct addrinfo *a = found; a != NULL && j->count < ADDRESSES_MAX; a = a->ai_next) {
        memcpy(&j->address[j->count], a->ai_addr, a->ai_addrlen);
        j->size[j->count++] = a->ai_addrlen;
    }
    if (found) freeaddrinfo(found);
}

static void resolve_run(void *data) {
    resolve(data, AI_ADDRCONFIG);
}

/* NULL: *error is set. */
static resolve_job *addresses_of(mesh_ctx *ctx, const http_url *url, char **error) {
    resolve_job *j = calloc(1, sizeof *j);
    if (j == NULL || (j->host = strdup(url->host)) == NULL) abort();
    j->port = url->port;
    resolve(j, AI_NUMERICHOST);
    if (j->status != 0) {
        j->status = 0;
        if (mesh_run_blocking(ctx, resolve_run, j, resolve_free) != 0) {
            failed(error, "interrupted");
            return NULL;
        }
    }
    if (j->status == 0 && j->count > 0) return j;
    failed(error, "DNS_FAILURE: %s: %s", url->host, j->status == EAI_SYSTEM ? strerror(j->error) : j->status ? gai_strerror(j->status) : "no address");
    resolve_free(j);
    return NULL;
}

/* ---- TLS: calls of OpenSSL on the worker's stack ------------------------------------------------------------------------ */

static SSL_CTX *client_context;

static void make_context(void) {
    SSL_CTX *c = SSL_CTX_new(TLS_client_method());
    if (c == NULL) return;
    SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_default_verify_paths(c); /* also SSL_CERT_FILE and SSL_CERT_DIR */
    client_context = c;
}

static void load_context(void *unused) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)unused;
    pthread_once(&once, make_context);
}

typedef struct ssl_step {
    enum { SSL_STEP_BEGIN, SSL_STEP_CONNECT, SSL_STEP_READ, SSL_STEP_WRITE, SSL_STEP_FREE } what;
    SSL *ssl;
    int fd;
    const char *host;
    char *buf;
    size_t len;
    ssize_t done; /* bytes; 1 for a finished handshake; 0 end of the stream */
    int events;   /* to wait for */
    char reason[256];
} ssl_step;

static void ssl_failed(ssl_step *s) {
    long verify = s->ssl ? SSL_get_verify_result(s->ssl) : X509_V_OK;
    unsigned long code = ERR_get_error();
    if (verify != X509_V_OK) snprintf(s->reason, sizeof s->reason, "%s", X509_verify_cert_error_string(verify));
    else if (code != 0) ERR_error_string_n(code, s->reason, sizeof s->reason);
    else snprintf(s->reason, sizeof s->reason, "connection closed");
    s->done = -1;
}

static void run_ssl(void *data) {
    ssl_step *s = data;
    s->events = 0;
    ERR_clear_error();
    int status = 0;
    switch (s->what) {
    case SSL_STEP_BEGIN: {
        unsigned char numeric[16];
        s->ssl = client_context ? SSL_new(client_context) : NULL;
        if (s->ssl == NULL || !SSL_set_fd(s->ssl, s->fd)) {
            ssl_failed(s);
            return;
        }
        bool is_address = inet_pton(AF_INET, s->host, numeric) == 1 || inet_pton(AF_INET6, s->host, numeric) == 1;
        if (is_address) X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(s->ssl), s->host);
        else {
            SSL_set1_host(s->ssl, s->host);
            SSL_set_tlsext_host_name(s->ssl, s->host);
        }
        s->what = SSL_STEP_CONNECT;
    }
        /* fall through */
    case SSL_STEP_CONNECT: status = SSL_connect(s->ssl); break;
    case SSL_STEP_READ: status = SSL_read(s->ssl, s->buf, (int)s->len); break;
    case SSL_STEP_WRITE: status = SSL_write(s->ssl, s->buf, (int)s->len); break;
    case SSL_STEP_FREE:
        SSL_shutdown(s->ssl);
        SSL_free(s->ssl);
        return;
    }
    s->done = status;
    if (status > 0) return;
    switch (SSL_get_error(s->ssl, status)) {
    case SSL_ERROR_WANT_READ: s->events = MESH_READ; break;
    case SSL_ERROR_WANT_WRITE: s->events = MESH_WRITE; break;
    case SSL_ERROR_ZERO_RETURN: s->done = 0; break;
    default: ssl_failed(s);
    }
}

static int wait_ready(mesh_ctx *ctx, int fd, int events, int64_t deadline, const char *doing, char **error) {
    int status = mesh_wait_fd(ctx, fd, events, deadline);
    if (status > 0) return 0;
    return status == 0 ? failed(error, "TIMEOUT: %s timed out", doing) : failed(error, "interrupted");
}

/* Repeats a step until it is done. Its bytes, or -1. */
static ssize_t ssl_run(mesh_ctx *ctx, ssl_step *s, int64_t deadline, const char *doing, char **error) {
    for (;;) {
        mesh_on_big_stack(ctx, run_ssl, s);
        if (s->events == 0) break;
        if (wait_ready(ctx, s->fd, s->events, deadline, doing, error) != 0) return -1;
    }
    if (s->done < 0) return failed(error, "TLS_ERROR: %s", s->reason);
    return s->done;
}

/* ---- connections ------------------------------------------------------------------------------------------------------------ */

void net_stream_close(void *stream) {
    net_stream *s = stream;
    if (s->ssl != NULL) {
        ssl_step step = {.what = SSL_STEP_FREE, .ssl = s->ssl};
        run_ssl(&step); /* a heap may end on any stack: closing needs little of it */
    }
    if (s->fd >= 0) close(s->fd);
    io_free(&s->in);
    free(s);
}

/* Tries one address: the descriptor, or -errno; -1 with *error after a timeout. */
static int connect_to(mesh_ctx *ctx, const resolve_job *j, int i, int64_t deadline, char **error) {
    int fd = socket(j->address[i].ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1, problem = 0;
    socklen_t size = sizeof problem;
    if (fd < 0) return -errno;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (const struct sockaddr *)&j->address[i], j->size[i]) != 0) {
        problem = errno;
        if (problem == EINPROGRESS) {
            if (wait_ready(ctx, fd, MESH_WRITE, deadline, "connect", error) != 0) {
                close(fd);
                return -1;
            }
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size);
        }
    }
    if (problem == 0) return fd;
    close(fd);
    return -problem;
}

net_stream *net_stream_connect(mesh_ctx *ctx, const http_url *url, int64_t deadline, char **error) {
    *error = NULL;
    if (url->https && client_context == NULL && mesh_run_blocking(ctx, load_context, NULL, NULL) != 0) {
        failed(error, "interrupted");
        return NULL;
    }
    resolve_job *j = addresses_of(ctx, url, error);
    if (j == NULL) return NULL;
    int fd = -1;
    for (int i = 0; i < j->count && fd < 0 && *error == NULL; i++) fd = connect_to(ctx, j, i, deadline, error);
    resolve_free(j);
    if (fd < 0) {
        if (*error == NULL) failed(error, fd == -ETIMEDOUT ? "TIMEOUT: %s" : "%s", strerror(-fd));
        return NULL;
    }
    net_stream *s = calloc(1, sizeof *s);
    if (s == NULL) abort();
    s->fd = fd;
    if (url->https) {
        ssl_step step = {.what = SSL_STEP_BEGIN, .fd = fd, .host = url->host};
        ssize_t done = ssl_run(ctx, &step, deadline, "TLS handshake", error);
        s->ssl = step.ssl;
        if (done <= 0) {
            if (*error == NULL) failed(error, "TLS_ERROR: connection closed");
            net_stream_close(s);
            return NULL;
        }
    }
    return s;
}

int net_stream_write(mesh_ctx *ctx, net_stream *s, const char *data, size_t len, int64_t deadline, char **error) {
    while (len > 0) {
        ssize_t n;
        if (s->ssl != NULL) {
            ssl_step step = {.what = SSL_STEP_WRITE, .ssl = s->ssl, .fd = s->fd, .buf = (char *)(uintptr_t)data, .len = len > 1 << 20 ? 1 << 20 : len};
            n = ssl_run(ctx, &step, deadline, "write", error);
            if (n == 0) return failed(error, "TLS_ERROR: connection closed");
        } else {
            n = send(s->fd, data, len, MSG_NOSIGNAL);
            if (n < 0 && errno == EINTR) continue;
            if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
                if (wait_ready(ctx, s->fd, MESH_WRITE, deadline, "write", error) != 0) return -1;
                continue;
            }
            if (n < 0) return failed(error, "%s", strerror(errno));
        }
        if (n < 0) return -1;
        data += n, len -= (size_t)n;
    }
    return 0;
}

ssize_t net_stream_read(mesh_ctx *ctx, net_stream *s, int64_t deadline, char **error) {
    char *room = io_reserve(&s->in, READ_SIZE);
    if (room == NULL) return failed(error, "out of memory");
    size_t len = s->in.cap - s->in.end;
    ssize_t n;
    if (s->ssl != NULL) {
        ssl_step step = {.what = SSL_STEP_READ, .ssl = s->ssl, .fd = s->fd, .buf = room, .len = len > 1 << 20 ? 1 << 20 : len};
        n = ssl_run(ctx, &step, deadline, "read", error);
    } else {
        for (;;) {
            n = recv(s->fd, room, len, 0);
            if (n >= 0) break;
            if (errno == EINTR) continue;
            if (errno != EAGAIN && errno != EWOULDBLOCK) return failed(error, "%s", strerror(errno));
            if (wait_ready(ctx, s->fd, MESH_READ, deadline, "read", error) != 0) return -1;
        }
    }
    if (n > 0) s->in.end += (size_t)n;
    return n;
}

bool net_stream_idle(net_stream *s) {
    char byte;
    if (io_size(&s->in) > 0) return false;
    ssize_t n = recv(s->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}
