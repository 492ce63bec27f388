/* A growable byte buffer for input and output outside the heaps. Memory is malloc'ed; an empty buffer holds none. */
#ifndef MESH_IO_BUFFER_H
#define MESH_IO_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct io_buffer {
    char *data;
    size_t start; /* bytes in front of it were consumed */
    size_t end;
    size_t cap;
    bool failed; /* memory ran out: the content is incomplete */
} io_buffer;

static inline size_t io_size(const io_buffer *b) {
    return b->end - b->start;
}

static inline void io_free(io_buffer *b) {
    free(b->data);
    *b = (io_buffer){0};
}

/* Room for n more bytes behind `end`; NULL and failed when memory ran out. */
static inline char *io_reserve(io_buffer *b, size_t n) {
    if (b->cap - b->end < n && b->start > 0) {
        memmove(b->data, b->data + b->start, io_size(b));
        b->end -= b->start, b->start = 0;
    }
    if (b->cap - b->end < n) {
        size_t cap = b->cap ? b->cap * 2 : 1024;
        while (cap - b->end < n) cap *= 2;
        char *grown = realloc(b->data, cap);
        if (grown == NULL) {
            b->failed = true;
            return NULL;
        }
        b->data = grown, b->cap = cap;
    }
    return b->data + b->end;
}

static inline void io_append(io_buffer *b, const void *bytes, size_t n) {
    char *to = io_reserve(b, n);
    if (to == NULL || n == 0) return;
    memcpy(to, bytes, n);
    b->end += n;
}

#define io_literal(b, text) io_append((b), "" text, sizeof text - 1)

static inline void io_consume(io_buffer *b, size_t n) {
    b->start += n;
    if (b->start == b->end) b->start = b->end = 0;
}

#endif
