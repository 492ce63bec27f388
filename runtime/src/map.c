/* Maps and sets: see map.h. */
#include "map.h"
#include "mesh_ctx.h"
#include "mesh_stdlib.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

/* ---- hashing ---------------------------------------------------------------------------------------------------------
 * Keys come from outside (headers, JSON, query strings), so the hash is seeded for every run: nobody can prepare collisions.
 * Multiplication folded to 64 bits, as in wyhash (Wang Yi, 2019). */

static uint64_t seed;

__attribute__((constructor)) static void choose_seed(void) {
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed) seed = (uint64_t)time(NULL) * 0x9e3779b97f4a7c15u;
}

static uint64_t fold(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load(const char *p, size_t n) {
    uint64_t word = 0;
    memcpy(&word, p, n);
    return word;
}

static uint64_t hash_bytes(const char *p, size_t len) {
    uint64_t h = seed ^ (len * 0x9e3779b97f4a7c15u);
    for (; len > 8; p += 8, len -= 8) h = fold(h ^ load(p, 8), 0xe7037ed1a0b428dbu);
    return fold(h ^ load(p, len), 0xa0761d6478bd642fu ^ seed);
}

/* The live bit tells entries from holes. */
static uint32_t finish(uint64_t h) { return (uint32_t)(h ^ h >> 32) | 0x80000000u; }

static mesh_value plain_float(mesh_value v) { /* equal keys have equal bits */
    double x = mesh_to_float(v);
    if (x != x) return mesh_of_float(__builtin_nan(""));
    return x == 0 ? 0 : v;
}

static uint32_t hash_key(mesh_ctx *ctx, enum mesh_key_kind kind, const mesh_type *k, mesh_value key) {
    switch (kind) {
    case MESH_KEY_WORD: return finish(fold(key ^ seed, 0xa0761d6478bd642fu));
    case MESH_KEY_FLOAT: return finish(fold(plain_float(key) ^ seed, 0xa0761d6478bd642fu));
    case MESH_KEY_STRING: {
        const mesh_string *s = mesh_to_ptr(key);
        return finish(hash_bytes(s->data, (size_t)s->len));
    }
    case MESH_KEY_OTHER: break;
    }
    return finish(fold((uint64_t)k->hash(ctx, key) ^ seed, 0xa0761d6478bd642fu));
}

static enum mesh_key_kind key_kind(const mesh_type *k) {
    if (k == &mesh_type_string) return MESH_KEY_STRING;
    if (k->rep == MESH_REP_FLOAT) return MESH_KEY_FLOAT;
    if (k->rep != MESH_REP_PTR) return MESH_KEY_WORD;
    if (strcmp(k->name, "String") == 0 || strcmp(k->name, "Atom") == 0 || strcmp(k->name, "Json") == 0) return MESH_KEY_STRING;
    return MESH_KEY_OTHER;
}

static bool same_key(mesh_ctx *ctx, const mesh_map *m, const mesh_type *k, mesh_value a, mesh_value b) {
    switch ((enum mesh_key_kind)m->h.tag) {
    case MESH_KEY_WORD: return a == b;
    case MESH_KEY_FLOAT: return plain_float(a) == plain_float(b);
    case MESH_KEY_STRING: return a == b || mesh_string_eq(mesh_to_ptr(a), mesh_to_ptr(b));
    case MESH_KEY_OTHER: break;
    }
    return a == b || k->eq(ctx, a, b);
}

/* ---- storage ------------------------------------------------------------------------------------------------------------ */

static bool keys_counted(const mesh_map *m) {
    return m->h.info & (mesh_kind_of(&m->h) == MESH_KIND_SET ? (unsigned)MESH_SET_PTR : (unsigned)MESH_MAP_PTR_KEYS);
}

static bool values_counted(const mesh_map *m) {
    return mesh_kind_of(&m->h) == MESH_KIND_MAP && (m->h.info & MESH_MAP_PTR_VALUES);
}

static mesh_obj *object(mesh_value v) { return mesh_to_ptr(v); }

static mesh_map *allocate(mesh_ctx *ctx, uint16_t info, uint16_t kind, size_t cap) {
    size_t index = 0;
    if (cap > MESH_MAP_SCAN) {
        if (cap > UINT32_MAX / 4) mesh_panic(ctx, "out of memory");
        for (index = 4 * MESH_MAP_SCAN; index < 2 * cap;) index *= 2;
    }
    size_t width = (info & MESH_INFO_KIND) == MESH_KIND_SET ? 1 : 2;
    mesh_map *m = (mesh_map *)mesh_alloc(ctx, mesh_map_bytes(width, cap, index));
    *m = (mesh_map){.h = {.rc = 1, .tag = kind, .info = info}, .cap = (uint32_t)cap, .index_size = (uint32_t)index};
    memset(mesh_map_index(m), 0, index * sizeof(uint32_t));
    return m;
}

static void put_index(mesh_map *m, uint32_t hash, uint32_t entry) {
    if (m->index_size == 0) return;
    uint32_t *index = mesh_map_index(m), mask = m->index_size - 1, i = hash & mask;
    while (index[i] != 0) i = (i + 1) & mask;
    index[i] = (hash & ~mask) | (entry + 1);
}

/* A map of the living entries with room for cap; takes over their references when `move`. */
static mesh_map *rebuilt(mesh_ctx *ctx, mesh_map *m, size_t cap, bool move) {
    mesh_map *to = allocate(ctx, m->h.info, m->h.tag, cap);
    size_t width = mesh_map_width(m);
    const uint32_t *hashes = mesh_map_hashes(m);
    uint32_t *new_hashes = mesh_map_hashes(to), n = 0;
    bool keys = !move && keys_counted(m), values = !move && values_counted(m);
    for (uint32_t i = m->first; i < m->used; i++) {
        if (hashes[i] == 0) continue;
        mesh_value *slot = to->slot + n * width;
        memcpy(slot, m->slot + i * width, width * sizeof *slot);
        if (keys) mesh_dup_obj(object(slot[0]));
        if (values) mesh_dup_obj(object(slot[1]));
        new_hashes[n] = hashes[i];
        put_index(to, hashes[i], n++);
    }
    to->len = m->len;
    to->used = n;
    if (move) mesh_free_memory(ctx, &m->h);
    return to;
}

/* Makes the map unique. */
static mesh_map *own(mesh_ctx *ctx, mesh_map *owned, size_t more) {
    if (owned->h.rc == 1) return owned;
    mesh_map *copy = rebuilt(ctx, owned, (size_t)owned->len + more, false);
    mesh_drop(ctx, owned);
    return copy;
}

/* The entry of a key, or -1. */
static int64_t find(mesh_ctx *ctx, const mesh_map *m, const mesh_type *k, mesh_value key, uint32_t hash) {
    const uint32_t *hashes = mesh_map_hashes(m);
    size_t width = mesh_map_width(m);
    if (m->index_size == 0) {
        for (uint32_t i = m->first; i < m->used; i++)
            if (hashes[i] == hash && same_key(ctx, m, k, m->slot[i * width], key)) return i;
        return -1;
    }
    const uint32_t *index = mesh_map_index(m);
    uint32_t mask = m->index_size - 1;
    for (uint32_t i = hash & mask; index[i] != 0; i = (i + 1) & mask) {
        if ((index[i] ^ hash) & ~mask) continue;
        uint32_t entry = (index[i] & mask) - 1;
        if (hashes[entry] == hash && same_key(ctx, m, k, m->slot[entry * width], key)) return entry;
    }
    return -1;
}

static int64_t find_key(mesh_ctx *ctx, const mesh_map *m, const mesh_type *k, mesh_value key) {
    if (m->len == 0) return -1;
    return find(ctx, m, k, key, hash_key(ctx, (enum mesh_key_kind)m->h.tag, k, key));
}

bool mesh_map_find_string(const mesh_map *m, const char *key, size_t len, mesh_value *value) {
    if (m->len == 0) return false;
    const mesh_string probe = {.h = {.info = MESH_KIND_STRING | MESH_STRING_STATIC}, .len = (int64_t)len, .data = key};
    int64_t i = find(NULL, m, &mesh_type_string, mesh_of_ptr(&probe), finish(hash_bytes(key, len)));
    if (i >= 0) *value = m->slot[i * 2 + 1];
    return i >= 0;
}

/* A new entry of a unique map at its end. */
static mesh_map *add_entry(mesh_ctx *ctx, mesh_map *m, uint32_t hash, mesh_value key, mesh_value value) {
    if (m->used == m->cap) {
        size_t cap = (size_t)m->len < m->cap / 2 ? m->cap : m->cap == 0 ? 4 : (size_t)m->cap * 2;
        m = rebuilt(ctx, m, cap, true);
    }
    size_t width = mesh_map_width(m);
    m->slot[m->used * width] = key;
    if (width == 2) m->slot[m->used * width + 1] = value;
    mesh_map_hashes(m)[m->used] = hash;
    put_index(m, hash, m->used++);
    m->len++;
    return m;
}

static mesh_map *remove_entry(mesh_ctx *ctx, mesh_map *m, uint32_t entry) {
    size_t width = mesh_map_width(m);
    uint32_t *hashes = mesh_map_hashes(m);
    mesh_value key = m->slot[entry * width], value = width == 2 ? m->slot[entry * width + 1] : 0;
    hashes[entry] = 0;
    m->len--;
    while (m->first < m->used && hashes[m->first] == 0) m->first++;
    if (keys_counted(m)) mesh_drop_obj(ctx, object(key));
    if (values_counted(m)) mesh_drop_obj(ctx, object(value));
    if ((int64_t)m->used > 2 * m->len + MESH_MAP_SCAN) {
        size_t cap = (size_t)m->len + (size_t)m->len / 2;
        m = rebuilt(ctx, m, cap < 4 ? 4 : cap, true);
    }
    return m;
}

/* ---- Map ------------------------------------------------------------------------------------------------------------------ */

mesh_map *mesh_map_new(mesh_ctx *ctx, const mesh_type *k, const mesh_type *v) {
    unsigned info = MESH_KIND_MAP | (mesh_is_ptr(k) ? MESH_MAP_PTR_KEYS : 0u) | (mesh_is_ptr(v) ? MESH_MAP_PTR_VALUES : 0u);
    return allocate(ctx, (uint16_t)info, (uint16_t)key_kind(k), 0);
}

mesh_map *mesh_map_put(mesh_ctx *ctx, const mesh_type *k, const mesh_type *v, mesh_map *owned, mesh_value key, mesh_value value) {
    uint32_t hash = hash_key(ctx, (enum mesh_key_kind)owned->h.tag, k, key);
    owned = own(ctx, owned, 4);
    int64_t entry = find(ctx, owned, k, key, hash);
    if (entry < 0) return add_entry(ctx, owned, hash, key, value);
    mesh_value old = owned->slot[entry * 2 + 1];
    owned->slot[entry * 2 + 1] = value;
    mesh_drop_value(ctx, v, old);
    mesh_drop_value(ctx, k, key);
    return owned;
}

static bool named(const mesh_type *t, const char *prefix) { return strncmp(t->name, prefix, strlen(prefix)) == 0; }

/* What Map.get gives for an absent key (stdlib.md section 9). */
static mesh_value absent(mesh_ctx *ctx, const mesh_type *v) {
    if (!mesh_is_ptr(v)) return 0;
    if (strcmp(v->name, "String") == 0 || strcmp(v->name, "Atom") == 0) return mesh_of_ptr(mesh_string_new(ctx, "", 0));
    if (named(v, "Option<")) return mesh_of_ptr(mesh_none());
    bool ptr = v->nargs < 1 || mesh_is_ptr(v->args[0]), ptr2 = v->nargs < 2 || mesh_is_ptr(v->args[1]);
    if (named(v, "List<")) {
        mesh_list *list = (mesh_list *)mesh_alloc(ctx, sizeof *list);
        *list = (mesh_list){.h = {.rc = 1, .info = (uint16_t)(MESH_KIND_LIST | (ptr ? MESH_LIST_PTR : 0))},
                            .data = (mesh_value *)(list + 1)};
        return mesh_of_ptr(list);
    }
    if (named(v, "Map<") && v->nargs == 2) {
        unsigned info = MESH_KIND_MAP | (ptr ? MESH_MAP_PTR_KEYS : 0u) | (ptr2 ? MESH_MAP_PTR_VALUES : 0u);
        return mesh_of_ptr(allocate(ctx, (uint16_t)info, (uint16_t)key_kind(v->args[0]), 0));
    }
    if (named(v, "Set<") && v->nargs == 1)
        return mesh_of_ptr(allocate(ctx, (uint16_t)(MESH_KIND_SET | (ptr ? MESH_SET_PTR : 0)), (uint16_t)key_kind(v->args[0]), 0));
    if (named(v, "Queue<")) { /* a struct of one list */
        mesh_list *list = (mesh_list *)mesh_alloc(ctx, sizeof *list);
        *list = (mesh_list){.h = {.rc = 1, .info = (uint16_t)(MESH_KIND_LIST | (ptr ? MESH_LIST_PTR : 0))},
                            .data = (mesh_value *)(list + 1)};
        mesh_data *queue = mesh_data_new(ctx, 0, 1, 1);
        queue->slot[0] = mesh_of_ptr(list);
        return mesh_of_ptr(queue);
    }
    mesh_panic(ctx, "mesh_map_get: key not found");
}

mesh_value mesh_map_get(mesh_ctx *ctx, const mesh_type *k, const mesh_type *v, mesh_map *m, mesh_value key) {
    int64_t entry = find_key(ctx, m, k, key);
    return entry < 0 ? absent(ctx, v) : mesh_dup_value(v, m->slot[entry * 2 + 1]);
}

/* The same when nothing happens to the map before mesh_map_put of this key: the value of a map that nobody else holds is
 * moved out, so that it is unique when it was, and a stand-in stays. */
mesh_value mesh_map_take(mesh_ctx *ctx, const mesh_type *k, const mesh_type *v, mesh_map *m, mesh_value key) {
    int64_t entry = find_key(ctx, m, k, key);
    if (entry < 0) return absent(ctx, v);
    mesh_value *slot = &m->slot[entry * 2 + 1], value = *slot;
    if (m->h.rc != 1) return mesh_dup_value(v, value);
    *slot = mesh_of_ptr(&mesh_nullary[0]);
    return value;
}

bool mesh_map_has_key(mesh_ctx *ctx, const mesh_type *k, const mesh_type *v, mesh_map *m, mesh_value key) {
    (void)v;
    return find_key(ctx, m, k, key) >= 0;
}

mesh_map *mesh_map_delete(mesh_ctx *ctx, const mesh_type *k, const mesh_type *v, mesh_map *owned, mesh_value key) {
    (void)v;
    int64_t entry = find_key(ctx, owned, k, key);
    if (entry < 0) return owned;
    if (owned->h.rc != 1) {
        uint32_t hash = mesh_map_hashes(owned)[entry];
        owned = own(ctx, owned, 0);
        entry = find(ctx, owned, k, key, hash);
    }
    return remove_entry(ctx, owned, (uint32_t)entry);
}

int64_t mesh_map_size(mesh_ctx *ctx, const mesh_type *k, const mesh_type *v, mesh_map *m) {
    return (void)ctx, (void)k, (void)v, m->len;
}

static int64_t next_entry(const mesh_map *m, int64_t pos) {
    const uint32_t *hashes = mesh_map_hashes(m);
    uint32_t i = pos > (int64_t)m->first ? (uint32_t)pos : m->first;
    while (i < m->used && hashes[i] == 0) i++;
    return i < m->used ? (int64_t)i : -1;
}

int64_t mesh_map_next(mesh_ctx *ctx, const mesh_type *k, const mesh_type *v, mesh_map *m, int64_t pos) {
    (void)ctx, (void)k, (void)v;
    return next_entry(m, pos);
}

mesh_value mesh_map_key_at(mesh_ctx *ctx, const mesh_type *k, const mesh_type *v, mesh_map *m, int64_t pos) {
    (void)ctx, (void)v;
    return mesh_dup_value(k, m->slot[pos * 2]);
}

mesh_value mesh_map_value_at(mesh_ctx *ctx, const mesh_type *k, const mesh_type *v, mesh_map *m, int64_t pos) {
    (void)ctx, (void)k;
    return mesh_dup_value(v, m->slot[pos * 2 + 1]);
}

/* The keys (offset 0), the values (offset 1) or the members of a set. */
static mesh_list *column(mesh_ctx *ctx, const mesh_type *t, const mesh_map *m, size_t offset) {
    mesh_list *list = mesh_list_new(ctx, t, m->len);
    const uint32_t *hashes = mesh_map_hashes(m);
    size_t width = mesh_map_width(m);
    for (uint32_t i = m->first; i < m->used; i++)
        if (hashes[i] != 0) list->data[list->len++] = mesh_dup_value(t, m->slot[i * width + offset]);
    return list;
}

mesh_list *mesh_map_keys(mesh_ctx *ctx, const mesh_type *k, const mesh_type *v, mesh_map *m) {
    return (void)v, column(ctx, k, m, 0);
}

mesh_list *mesh_map_values(mesh_ctx *ctx, const mesh_type *k, const mesh_type *v, mesh_map *m) {
    return (void)k, column(ctx, v, m, 1);
}

mesh_map *mesh_map_merge(mesh_ctx *ctx, const mesh_type *k, const mesh_type *v, mesh_map *owned, mesh_map *b) {
    for (int64_t i = next_entry(b, 0); i >= 0; i = next_entry(b, i + 1))
        owned = mesh_map_put(ctx, k, v, owned, mesh_dup_value(k, b->slot[i * 2]), mesh_dup_value(v, b->slot[i * 2 + 1]));
    return owned;
}

bool mesh_map_equal(mesh_ctx *ctx, const mesh_type *k, const mesh_type *v, mesh_map *a, mesh_map *b) {
    if (a->len != b->len) return false;
    const uint32_t *hashes = mesh_map_hashes(a);
    for (uint32_t i = a->first; i < a->used; i++) {
        if (hashes[i] == 0) continue;
        int64_t entry = find(ctx, b, k, a->slot[i * 2], hashes[i]);
        if (entry < 0 || !v->eq(ctx, a->slot[i * 2 + 1], b->slot[entry * 2 + 1])) return false;
    }
    return true;
}

/* ---- Set ------------------------------------------------------------------------------------------------------------------ */

mesh_set *mesh_set_new(mesh_ctx *ctx, const mesh_type *t) {
    return allocate(ctx, (uint16_t)(MESH_KIND_SET | (mesh_is_ptr(t) ? MESH_SET_PTR : 0)), (uint16_t)key_kind(t), 0);
}

mesh_set *mesh_set_add(mesh_ctx *ctx, const mesh_type *t, mesh_set *owned, mesh_value x) {
    uint32_t hash = hash_key(ctx, (enum mesh_key_kind)owned->h.tag, t, x);
    if (find(ctx, owned, t, x, hash) >= 0) {
        mesh_drop_value(ctx, t, x);
        return owned;
    }
    return add_entry(ctx, own(ctx, owned, 4), hash, x, 0);
}

mesh_set *mesh_set_remove(mesh_ctx *ctx, const mesh_type *t, mesh_set *owned, mesh_value x) {
    return mesh_map_delete(ctx, t, t, owned, x);
}

bool mesh_set_contains(mesh_ctx *ctx, const mesh_type *t, mesh_set *s, mesh_value x) { return find_key(ctx, s, t, x) >= 0; }

int64_t mesh_set_size(mesh_ctx *ctx, const mesh_type *t, mesh_set *s) { return (void)ctx, (void)t, s->len; }

int64_t mesh_set_next(mesh_ctx *ctx, const mesh_type *t, mesh_set *s, int64_t pos) {
    (void)ctx, (void)t;
    return next_entry(s, pos);
}

mesh_value mesh_set_at(mesh_ctx *ctx, const mesh_type *t, mesh_set *s, int64_t pos) {
    (void)ctx;
    return mesh_dup_value(t, s->slot[pos]);
}

mesh_set *mesh_set_union(mesh_ctx *ctx, const mesh_type *t, mesh_set *owned, mesh_set *b) {
    for (int64_t i = next_entry(b, 0); i >= 0; i = next_entry(b, i + 1))
        owned = mesh_set_add(ctx, t, owned, mesh_dup_value(t, b->slot[i]));
    return owned;
}

static mesh_set *chosen(mesh_ctx *ctx, const mesh_type *t, mesh_set *a, mesh_set *b, bool inside) {
    mesh_set *out = mesh_set_new(ctx, t);
    const uint32_t *hashes = mesh_map_hashes(a);
    for (uint32_t i = a->first; i < a->used; i++)
        if (hashes[i] != 0 && (find(ctx, b, t, a->slot[i], hashes[i]) >= 0) == inside)
            out = add_entry(ctx, out, hashes[i], mesh_dup_value(t, a->slot[i]), 0);
    return out;
}

mesh_set *mesh_set_intersection(mesh_ctx *ctx, const mesh_type *t, mesh_set *a, mesh_set *b) { return chosen(ctx, t, a, b, true); }
mesh_set *mesh_set_difference(mesh_ctx *ctx, const mesh_type *t, mesh_set *a, mesh_set *b) { return chosen(ctx, t, a, b, false); }
mesh_list *mesh_set_to_list(mesh_ctx *ctx, const mesh_type *t, mesh_set *s) { return column(ctx, t, s, 0); }

mesh_set *mesh_set_from_list(mesh_ctx *ctx, const mesh_type *t, mesh_list *list) {
    mesh_set *out = mesh_set_new(ctx, t);
    for (int64_t i = 0; i < list->len; i++) out = mesh_set_add(ctx, t, out, mesh_dup_value(t, list->data[i]));
    return out;
}

bool mesh_set_equal(mesh_ctx *ctx, const mesh_type *t, mesh_set *a, mesh_set *b) {
    if (a->len != b->len) return false;
    const uint32_t *hashes = mesh_map_hashes(a);
    for (uint32_t i = a->first; i < a->used; i++)
        if (hashes[i] != 0 && find(ctx, b, t, a->slot[i], hashes[i]) < 0) return false;
    return true;
}
