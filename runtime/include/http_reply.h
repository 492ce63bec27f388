/* Heads of HTTP responses, for the client. Every field is a slice of the input. */
#ifndef MESH_HTTP_REPLY_H
#define MESH_HTTP_REPLY_H

#include "http_parser.h"

enum { HTTP_REPLY_HEAD_MAX = 64 * 1024, HTTP_REPLY_HEADERS_MAX = 256 };

typedef struct http_reply {
    int status;
    bool keep_alive;
    bool chunked;
    bool gzip;
    int64_t content_length; /* -1: none */
    uint32_t size;
    int nheaders;
    http_header header[HTTP_REPLY_HEADERS_MAX];
} http_reply;

/* 1: filled; 0: more bytes are needed; -1: not a response. */
int http_parse_reply(const char *data, size_t len, http_reply *out);

#endif
