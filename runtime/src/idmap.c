/* Hash maps of 64-bit keys: links and monitors of a process. Linear probing, backward-shift deletion (Knuth, TAOCP 3,
 * 6.4, algorithm R). Empty maps hold no memory. */
#include <stdlib.h>

#include "process.h"

#define FREE_KEY INT64_MIN

static uint32_t slot_of(const mesh_idmap *m, int64_t key) {
    return (uint32_t)(((uint64_t)key * 0x9e3779b97f4a7c15u) >> 32) & (m->cap - 1);
}

int64_t *mesh_idmap_get(mesh_idmap *m, int64_t key) {
    if (m->count == 0) return NULL;
    for (uint32_t i = slot_of(m, key);; i = (i + 1) & (m->cap - 1)) {
        if (m->entries[i].key == key) return &m->entries[i].value;
        if (m->entries[i].key == FREE_KEY) return NULL;
    }
}

static void insert(mesh_idmap *m, int64_t key, int64_t value) {
    uint32_t i = slot_of(m, key);
    while (m->entries[i].key != FREE_KEY) i = (i + 1) & (m->cap - 1);
    m->entries[i].key = key;
    m->entries[i].value = value;
    m->count++;
}

void mesh_idmap_put(mesh_idmap *m, int64_t key, int64_t value) {
    int64_t *found = mesh_idmap_get(m, key);
    if (found != NULL) {
        *found = value;
        return;
    }
    if ((m->count + 1) * 4 > m->cap * 3) {
        mesh_idmap old = *m;
        uint32_t cap = old.cap == 0 ? 4 : old.cap * 2;
        struct mesh_identry *entries = malloc(cap * sizeof *entries);
        if (entries == NULL) mesh_fatal("out of memory");
        for (uint32_t i = 0; i < cap; i++) entries[i].key = FREE_KEY;
        *m = (mesh_idmap){entries, 0, cap};
        for (uint32_t i = 0; i < old.cap; i++)
            if (old.entries[i].key != FREE_KEY) insert(m, old.entries[i].key, old.entries[i].value);
        free(old.entries);
    }
    insert(m, key, value);
}

bool mesh_idmap_remove(mesh_idmap *m, int64_t key, int64_t *value) {
    if (m->count == 0) return false;
    uint32_t mask = m->cap - 1, hole = slot_of(m, key);
    for (; m->entries[hole].key != key; hole = (hole + 1) & mask)
        if (m->entries[hole].key == FREE_KEY) return false;
    if (value != NULL) *value = m->entries[hole].value;
    for (uint32_t i = (hole + 1) & mask; m->entries[i].key != FREE_KEY; i = (i + 1) & mask) {
        uint32_t home = slot_of(m, m->entries[i].key);
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            m->entries[hole] = m->entries[i];
            hole = i;
        }
    }
    m->entries[hole].key = FREE_KEY;
    m->count--;
    return true;
}

void mesh_idmap_free(mesh_idmap *m) {
    free(m->entries);
    *m = (mesh_idmap){NULL, 0, 0};
}
