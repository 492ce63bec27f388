/* Outgoing connections, plain or TLS, for code of a process: only the process waits. */
#ifndef MESH_NET_STREAM_H
#define MESH_NET_STREAM_H

#include "http_url.h"
#include "io_buffer.h"
#include "scheduler.h"

typedef struct net_stream {
    int fd;
    void *ssl;    /* NULL: plain */
    io_buffer in; /* what was read and not used yet */
} net_stream;

/* Every failure is -1 or NULL with *error a malloc'ed text for users (TIMEOUT:, DNS_FAILURE:, TLS_ERROR:, or bare). */
net_stream *net_stream_connect(mesh_ctx *ctx, const http_url *url, int64_t deadline_ns, char **error);
int net_stream_write(mesh_ctx *ctx, net_stream *s, const char *data, size_t len, int64_t deadline_ns, char **error);

/* Reads more into s->in: bytes read, 0 at the end of the stream. */
ssize_t net_stream_read(mesh_ctx *ctx, net_stream *s, int64_t deadline_ns, char **error);

bool net_stream_idle(net_stream *s); /* open, and nothing came that was not asked for */
void net_stream_close(void *stream); /* of net_stream *; usable as release of a mesh_resource */

#endif
