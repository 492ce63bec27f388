/* The insertion-ordered hash map behind Map and Set (map.c).
 *
 * One object: the fixed part, then `cap` entries in order of insertion (key and value, or the member of a set), then their
 * hashes (0: deleted), then an open-addressing index (linear probing, a power of two, at most half full). A word of the index is 0 or
 * an entry's number plus one in the bits that the index size needs, and above them the same bits of the hash: most misses are seen
 * without another access. Maps of up to MESH_MAP_SCAN entries have no index and are searched by their hashes. Deleting leaves a hole; holes are squeezed out
 * when they outnumber the entries, so that iteration stays linear.
 */
#ifndef MESH_MAP_H
#define MESH_MAP_H

#include "mesh.h"

enum { MESH_MAP_SCAN = 8 };

/* How keys are hashed and compared; in the header's tag. */
enum mesh_key_kind { MESH_KEY_WORD, MESH_KEY_FLOAT, MESH_KEY_STRING, MESH_KEY_OTHER };

struct mesh_map {
    mesh_obj h;
    int64_t len;   /* entries */
    uint32_t used; /* entries and holes */
    uint32_t cap;
    uint32_t index_size; /* 0: no index */
    uint32_t first; /* all entries in front of it are holes */
    mesh_value slot[];
};

static inline size_t mesh_map_width(const mesh_map *m) { return mesh_kind_of(&m->h) == MESH_KIND_SET ? 1 : 2; }
static inline uint32_t *mesh_map_hashes(const mesh_map *m) {
    return (uint32_t *)(uintptr_t)(m->slot + (size_t)m->cap * mesh_map_width(m));
}
static inline uint32_t *mesh_map_index(const mesh_map *m) { return mesh_map_hashes(m) + m->cap; }
static inline size_t mesh_map_bytes(size_t width, size_t cap, size_t index_size) {
    return sizeof(mesh_map) + cap * (width * sizeof(mesh_value) + sizeof(uint32_t)) + index_size * sizeof(uint32_t);
}

/* C code that builds Map<String, String> and the like. put takes all references. */
mesh_map *mesh_map_new(mesh_ctx *ctx, const mesh_type *k, const mesh_type *v);
mesh_map *mesh_map_put(mesh_ctx *ctx, const mesh_type *k, const mesh_type *v, mesh_map *owned, mesh_value key, mesh_value value);
/* The borrowed value of a String key, or false. */
bool mesh_map_find_string(const mesh_map *m, const char *key, size_t len, mesh_value *value);
/* The first position in use from `pos` on, or -1; positions stay valid while the map is not changed. */
int64_t mesh_map_next(mesh_ctx *ctx, const mesh_type *k, const mesh_type *v, mesh_map *m, int64_t pos);

#endif
