/* HTTP/1.1 requests (RFC 9112), parsed where they lie: every field is a slice of the connection's input buffer.
 *
 * Strict where leniency lets requests be smuggled: no folded headers, no whitespace before a colon, no message with two
 * framings, exact chunk lines. Bare LF line ends are accepted in the head, which has no body framing in it.
 */
#ifndef MESH_HTTP_PARSER_H
#define MESH_HTTP_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_HEAD_MAX = 8192, /* request line and headers, bytes */
    HTTP_HEADERS_MAX = 100,
    HTTP_TRAILERS_MAX = 8192,
    HTTP_BODY_MAX = 16 * 1024 * 1024,
};

typedef struct http_slice {
    uint32_t off; /* from the first byte of the request */
    uint32_t len;
} http_slice;

typedef struct http_header {
    http_slice name;
    http_slice value; /* trimmed */
} http_header;

typedef struct http_head {
    http_slice method;
    http_slice target; /* as sent */
    http_slice path;   /* target without scheme, authority and query */
    http_slice query;  /* behind the first '?'; len 0 when there is none */
    uint32_t size;     /* bytes of the head, the empty line included */
    uint16_t nheaders;
    uint8_t minor; /* of the version */
    bool keep_alive;
    bool chunked;
    bool expect_continue;
    uint64_t content_length; /* 0 when there is none */
    http_header header[HTTP_HEADERS_MAX];
} http_head;

/* Parses the head at the start of data. `scanned` remembers between calls how far the end was looked for (start with 0).
 * Returns 1: out is filled; 0: more bytes are needed; otherwise the negated status of the refusal (-400, -413, -414,
 * -431, -501, -505). */
int http_parse_head(const char *data, size_t len, size_t *scanned, http_head *out);

/* Only the splitting into request line and headers, without the framing rules of a body: the WebSocket handshake. */
int http_split_head(const char *data, size_t len, size_t *scanned, http_head *out);

/* The last header of that name (ASCII case ignored), or NULL; first: the first one. */
const http_header *http_find_header(const http_head *head, const char *data, const char *name, bool first);

/* Decoder of a chunked body. Decoded bytes are moved down to the start of the body, so they end up in one piece. */
typedef struct http_chunks {
    uint64_t left;     /* of the chunk being read */
    uint64_t total;    /* of all chunks announced so far */
    uint32_t line;     /* bytes of the line being read */
    uint32_t trailers; /* bytes of the trailer section so far */
    uint8_t state;
} http_chunks;

/* Reads data[*read..len), writes decoded bytes at data[*written..]; both advance. Returns 1 when the body is complete
 * (*read stands behind it), 0 for more, -400, -413 or -431. Start: *c zeroed, *read = *written = size of the head. */
int http_decode_chunks(http_chunks *c, char *data, size_t len, size_t *read, size_t *written, uint64_t max);

/* Token comparison in a comma list, ASCII case ignored. */
bool http_list_has(const char *value, size_t len, const char *token);
bool http_equal_nocase(const char *a, size_t len, const char *lower);

#endif
