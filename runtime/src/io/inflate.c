#include "inflate.h"

#include <zlib.h>

enum { PIECE = 64 * 1024 };

int io_inflate(const io_buffer *in, io_buffer *out, size_t max) {
    z_stream z = {0};
    if (inflateInit2(&z, 15 + 32) != Z_OK) return -1; /* +32: gzip or zlib by its header */
    z.next_in = (unsigned char *)in->data + in->start;
    z.avail_in = (unsigned)io_size(in);
    int status = Z_OK, result = 0;
    while (result == 0 && status != Z_STREAM_END) {
        char *room = io_reserve(out, PIECE);
        if (room == NULL) {
            result = -1;
            break;
        }
        z.next_out = (unsigned char *)room;
        z.avail_out = PIECE;
        status = inflate(&z, Z_NO_FLUSH);
        out->end += PIECE - z.avail_out;
        if (status != Z_OK && status != Z_STREAM_END) result = -1;
        else if (io_size(out) > max) result = -2;
        else if (status == Z_STREAM_END && z.avail_in > 0) { /* the next member of a gzip file */
            if (inflateReset(&z) != Z_OK) result = -1;
            status = Z_OK;
        }
    }
    inflateEnd(&z);
    return result;
}
