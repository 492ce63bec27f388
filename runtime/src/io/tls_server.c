/* The servers with TLS. Handshake, reading and writing happen on the loop of the connection's worker. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_server.h"
#include "mesh_stdlib.h"
#include "ws_server.h"

/* The TLS side of a connection. OpenSSL may hold decrypted bytes that the socket does not show: then `again` asks the
 * connection to read once more. */
typedef struct tls_conn {
    SSL *ssl;
    net_conn *conn; /* NULL: it has ended */
    mesh_post again;
    bool queued;
} tls_conn;

static void read_again(mesh_post *post) {
    tls_conn *t = (tls_conn *)((char *)post - offsetof(tls_conn, again));
    t->queued = false;
    net_conn *conn = t->conn;
    if (conn == NULL) free(t);
    else if (conn->watch.events & MESH_READ) conn->server->cls->ready(conn, MESH_READ);
}

static int tls_begin(net_conn *conn, void *config) {
    tls_conn *t = calloc(1, sizeof *t);
    if (t == NULL) return -1;
    t->ssl = SSL_new(config);
    if (t->ssl == NULL || !SSL_set_fd(t->ssl, conn->fd)) {
        SSL_free(t->ssl);
        free(t);
        return -1;
    }
    SSL_set_accept_state(t->ssl);
    t->conn = conn;
    t->again.run = read_again;
    conn->tls = t;
    return 0;
}

static void tls_resume(net_conn *conn) {
    tls_conn *t = conn->tls;
    if (t->queued || SSL_pending(t->ssl) == 0) return;
    t->queued = true;
    mesh_loop_post(conn->worker, &t->again);
}

static ssize_t failure(tls_conn *t, int status) {
    switch (SSL_get_error(t->ssl, status)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return -EAGAIN;
    case SSL_ERROR_ZERO_RETURN: return 0;
    default: return -EPROTO;
    }
}

static ssize_t tls_read(net_conn *conn, void *buf, size_t len) {
    tls_conn *t = conn->tls;
    ERR_clear_error();
    int n = SSL_read(t->ssl, buf, len > INT32_MAX ? INT32_MAX : (int)len);
    if (n <= 0) return failure(t, n);
    tls_resume(conn);
    return n;
}

static ssize_t tls_writev(net_conn *conn, const struct iovec *iov, int count) {
    tls_conn *t = conn->tls;
    ssize_t total = 0;
    for (int i = 0; i < count; i++) {
        if (iov[i].iov_len == 0) continue;
        ERR_clear_error();
        int n = SSL_write(t->ssl, iov[i].iov_base, iov[i].iov_len > INT32_MAX ? INT32_MAX : (int)iov[i].iov_len);
        if (n <= 0) {
            ssize_t error = failure(t, n);
            return total > 0 ? total : error == 0 ? -EPIPE : error;
        }
        total += n;
        if ((size_t)n < iov[i].iov_len) break;
    }
    return total;
}

static void tls_shutdown(net_conn *conn) {
    ERR_clear_error();
    SSL_shutdown(((tls_conn *)conn->tls)->ssl);
}

static void tls_end(net_conn *conn) {
    tls_conn *t = conn->tls;
    conn->tls = NULL;
    SSL_free(t->ssl);
    t->ssl = NULL;
    t->conn = NULL;
    if (!t->queued) free(t);
}

static const net_tls transport = {
    .begin = tls_begin,
    .read = tls_read,
    .writev = tls_writev,
    .resume = tls_resume,
    .shutdown = tls_shutdown,
    .end = tls_end,
};

/* ---- certificates ------------------------------------------------------------------------------------------------------ */

typedef struct load_job {
    char *cert, *key;
    SSL_CTX *context;
    char reason[400];
} load_job;

static void reason(load_job *j, const char *what) {
    char text[256];
    unsigned long code = ERR_get_error();
    if (code != 0) ERR_error_string_n(code, text, sizeof text);
    else snprintf(text, sizeof text, "unknown error");
    snprintf(j->reason, sizeof j->reason, "%s: %s", what, text);
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in, unsigned in_len, void *arg) {
    static const unsigned char http11[] = "\x08http/1.1";
    (void)ssl, (void)arg;
    return SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_len, http11, sizeof http11 - 1, in, in_len) == OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

static void load(void *data) {
    load_job *j = data;
    ERR_clear_error();
    FILE *file = fopen(j->cert, "r");
    if (file == NULL) {
        snprintf(j->reason, sizeof j->reason, "open cert file: %s", strerror(errno));
        return;
    }
    fclose(file);
    SSL_CTX *c = SSL_CTX_new(TLS_server_method());
    if (c == NULL) reason(j, "TLS config");
    else if (SSL_CTX_use_certificate_chain_file(c, j->cert) != 1) reason(j, "parse certs");
    else if (SSL_CTX_use_PrivateKey_file(c, j->key, SSL_FILETYPE_PEM) != 1) reason(j, "load key");
    else if (SSL_CTX_check_private_key(c) != 1 || SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) != 1) reason(j, "TLS config");
    else {
        SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
        SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
        SSL_CTX_set_alpn_select_cb(c, choose_protocol, NULL);
        j->context = c;
        return;
    }
    SSL_CTX_free(c);
}

static void load_free(void *data) {
    load_job *j = data;
    free(j->cert);
    free(j->key);
    free(j);
}

static char *c_text(const mesh_string *s) {
    char *text = malloc((size_t)s->len + 1);
    if (text == NULL) abort();
    memcpy(text, s->data, (size_t)s->len);
    text[s->len] = 0;
    return text;
}

/* NULL: reported on stderr. */
static SSL_CTX *load_certificates(mesh_ctx *ctx, const mesh_string *cert, const mesh_string *key) {
    load_job *j = calloc(1, sizeof *j);
    if (j == NULL) abort();
    j->cert = c_text(cert);
    j->key = c_text(key);
    if (mesh_run_blocking(ctx, load, j, load_free) != 0) return NULL;
    SSL_CTX *context = j->context;
    if (context == NULL) fprintf(stderr, "[mesh-rt] Failed to load TLS certificates: %s\n", j->reason);
    load_free(j);
    return context;
}

void mesh_http_serve_tls(mesh_ctx *ctx, mesh_obj *router, int64_t port, mesh_string *cert_path, mesh_string *key_path) {
    SSL_CTX *context = load_certificates(ctx, cert_path, key_path);
    if (context == NULL) return;
    char address[NET_ADDRESS_MAX];
    int fd = net_bind(port, address);
    if (fd < 0) {
        fprintf(stderr, "[mesh-rt] Failed to bind %s: %s\n", address, strerror(-fd));
        SSL_CTX_free(context);
        return;
    }
    fprintf(stderr, "[mesh-rt] HTTPS server listening on %s\n", address);
    http_serve(ctx, router, fd, &transport, context);
}

void mesh_ws_serve_tls(mesh_ctx *ctx, mesh_closure *on_connect, mesh_closure *on_message, mesh_closure *on_close, int64_t port, mesh_string *cert_path,
                       mesh_string *key_path) {
    SSL_CTX *context = load_certificates(ctx, cert_path, key_path);
    if (context == NULL) return;
    char address[NET_ADDRESS_MAX];
    int fd = net_bind(port, address);
    if (fd < 0) {
        fprintf(stderr, "[mesh-rt] Failed to start WebSocket TLS server on %s: %s\n", address, strerror(-fd));
        SSL_CTX_free(context);
        return;
    }
    ws_serve(ctx, on_connect, on_message, on_close, fd, &transport, context);
    fprintf(stderr, "[mesh-rt] WebSocket TLS server listening on %s\n", address);
}
