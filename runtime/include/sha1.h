/* SHA-1 (FIPS 180-4): only for the WebSocket handshake, so that it needs no cryptography library. */
#ifndef MESH_SHA1_H
#define MESH_SHA1_H

#include <stddef.h>
#include <stdint.h>

typedef struct sha1_state {
    uint32_t h[5];
    uint64_t bytes;
    unsigned char block[64];
} sha1_state;

void sha1_start(sha1_state *s);
void sha1_add(sha1_state *s, const void *data, size_t len);
void sha1_end(sha1_state *s, unsigned char digest[20]);

#endif
