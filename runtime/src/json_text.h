/* The parsed form of a JSON text: a tape of two words a value, in document order. Private to the json files.
 *
 * word 0: bits 0..3 kind, bit 4 a string with escapes, bits 8.. bytes of a string or number of elements or members
 * word 1: string: offset of its first byte in the text; int: the value; float: its bits; array, object: the position behind it
 *
 * An object's members follow it as key, value, key, value.
 */
#ifndef MESH_JSON_TEXT_H
#define MESH_JSON_TEXT_H

#include "mesh.h"

enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_INT, JSON_FLOAT, JSON_STRING, JSON_ARRAY, JSON_OBJECT };
enum { JSON_KIND_MASK = 15, JSON_ESCAPED = 16, JSON_SIZE_SHIFT = 8, JSON_VALUE_WORDS = 2 };
enum { JSON_DEPTH_MAX = 127 };

typedef struct json_view {
    const char *text;
    const mesh_value *tape;
} json_view;

static inline enum json_kind json_kind_at(json_view v, int64_t pos) { return (enum json_kind)(v.tape[pos] & JSON_KIND_MASK); }
static inline size_t json_size_at(json_view v, int64_t pos) { return (size_t)(v.tape[pos] >> JSON_SIZE_SHIFT); }
static inline int64_t json_after_at(json_view v, int64_t pos) {
    return json_kind_at(v, pos) >= JSON_ARRAY ? (int64_t)v.tape[pos + 1] : pos + JSON_VALUE_WORDS;
}

/* Parses a text (RFC 8259, strict, at most 127 levels). The tape is a fresh list of words; NULL and *error (fresh) when the text
 * is no JSON. */
mesh_list *json_parse(mesh_ctx *ctx, const char *text, size_t len, mesh_string **error);

/* Writes the content of an escaped string (bytes of the text between its quotes, valid) to `to`, which has room for len bytes; gives
 * the number of bytes written. */
size_t json_unescape(const char *from, size_t len, char *to);

/* Appends the canonical text of the value at pos. */
mesh_string *json_canonical(mesh_ctx *ctx, mesh_string *owned, json_view v, int64_t pos);

/* The last member of that name: the position of its value, or -1. */
int64_t json_find(mesh_ctx *ctx, json_view v, int64_t object, const char *key, size_t len);

/* A fresh string of the string at pos. `source` is the object that the text belongs to, or NULL. */
mesh_string *json_string_at(mesh_ctx *ctx, json_view v, int64_t pos, mesh_string *source);

typedef struct json_key {
    const char *name;
    size_t len;
    int64_t pos;
} json_key;

/* Sorts by bytes, stable. `spare` has room for n. */
void json_sort_keys(json_key *keys, json_key *spare, size_t n);

#endif
