#ifndef MESH_INFLATE_H
#define MESH_INFLATE_H

#include "io_buffer.h"

/* Decompresses gzip or zlib data into out. 0; -1: invalid; -2: more than `max` bytes. */
int io_inflate(const io_buffer *in, io_buffer *out, size_t max);

#endif
