/* Strings, for C code of the runtime: what mesh.h does not show. */
#ifndef MESH_TEXT_H
#define MESH_TEXT_H

#include "mesh.h"

enum {
    /* Bytes kept in the object itself; longer texts live in a mesh_shared block, so that sending them copies nothing. */
    MESH_STRING_OWN_MAX = MESH_CLASS_GRAIN * MESH_CLASS_COUNT - sizeof(mesh_string),
    /* Info bit of a string: all bytes are below 0x80. Not set means not known. */
    MESH_STRING_ASCII = 1 << 6,
};

extern mesh_string mesh_empty_string; /* immortal */

/* The string at [from, from + len) of s: shares bytes where that pays. */
mesh_string *mesh_string_part(mesh_ctx *ctx, mesh_string *s, size_t from, size_t len);

/* Room for n more bytes behind the text of a string that becomes unique; *room points there. The caller writes at most n bytes
 * and adds what it wrote to len. */
mesh_string *mesh_string_extend(mesh_ctx *ctx, mesh_string *owned, size_t n, char **room);

int64_t mesh_hash_string(mesh_ctx *ctx, mesh_string *s); /* FNV-1a, the language's hash */

/* The same when there is room already, inline; falls back to mesh_string_extend. */
static inline mesh_string *mesh_string_room(mesh_ctx *ctx, mesh_string *owned, size_t n, char **room) {
    if (owned->h.rc != 1 || (owned->h.info & ~MESH_STRING_ASCII) != MESH_KIND_STRING || owned->cap - (size_t)owned->len < n)
        return mesh_string_extend(ctx, owned, n, room);
    owned->h.info = MESH_KIND_STRING;
    *room = (char *)(uintptr_t)owned->data + owned->len;
    return owned;
}

/* Decodes the code point at *at and moves on; invalid bytes give U+FFFD one by one. */
uint32_t mesh_utf8_next(const char *text, size_t len, size_t *at);
size_t mesh_utf8_write(char *to, uint32_t code); /* 1 to 4 bytes */

/* Number of bytes of Unicode white space at the start and at the end of a text (which is not all white space twice). */
void mesh_trimmed(const char **text, size_t *len);

#endif
