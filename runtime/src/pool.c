/* Pools of equal blocks: a list for each worker, and a depot that evens out workers that only take and workers that only
 * give (Bonwick and Adams, "Magazines and Vmem", 2001, with lists instead of arrays). Nodes go back to malloc when many are
 * free; process and context blocks never do, since the ticker may still write to one (process.h). */
#include <stdlib.h>
#include <string.h>

#include "process.h"

enum { BATCH = 64, DEPOT_NODES = 1024 /* batches */, SLAB_BYTES = 60 << 10 };

typedef struct block {
    struct block *next;
    struct block *next_batch; /* in the depot, of the first of a batch */
} block;

/* The link lies behind what a late writer may still touch: a process's context pointer, a context's stack limit. */
static const struct {
    size_t size, link;
    bool keep;
} kinds[MESH_POOL_COUNT] = {
    [MESH_POOL_NODE] = {sizeof(mesh_node), 0, false},
    [MESH_POOL_PROC] = {sizeof(mesh_proc), offsetof(mesh_proc, pid), true},
    [MESH_POOL_CTX] = {sizeof(mesh_ctx), offsetof(mesh_ctx, heap), true},
};

typedef struct depot {
    pthread_mutex_t lock;
    block *batches;
    unsigned count;
    char *slab;
    size_t slab_left;
} depot;

static depot depots[MESH_POOL_COUNT] = {
    {.lock = PTHREAD_MUTEX_INITIALIZER}, {.lock = PTHREAD_MUTEX_INITIALIZER}, {.lock = PTHREAD_MUTEX_INITIALIZER}};

static block *link_of(int pool, void *p) { return (block *)((char *)p + kinds[pool].link); }
static void *of_link(int pool, block *b) { return (char *)b - kinds[pool].link; }

/* Blocks that are kept are cut off slabs. The depot's lock is held. */
static void *cut(int pool) {
    size_t size = (kinds[pool].size + 63) & ~(size_t)63;
    if (depots[pool].slab_left < size) {
        void *slab = NULL;
        if (posix_memalign(&slab, 64, SLAB_BYTES) != 0) return NULL;
        memset(slab, 0, SLAB_BYTES);
        depots[pool].slab = slab;
        depots[pool].slab_left = SLAB_BYTES;
    }
    void *p = depots[pool].slab;
    depots[pool].slab += size;
    depots[pool].slab_left -= size;
    return p;
}

static void *fresh(int pool) {
    if (!kinds[pool].keep) return malloc(kinds[pool].size);
    pthread_mutex_lock(&depots[pool].lock);
    void *p = cut(pool);
    pthread_mutex_unlock(&depots[pool].lock);
    return p;
}

void *mesh_pool_take(mesh_worker *w, int pool) {
    if (w == NULL) return fresh(pool);
    mesh_pool_list *list = &w->pools[pool];
    if (list->first == NULL) {
#ifdef MESH_CHECK
        if (!kinds[pool].keep) return fresh(pool);
#endif
        pthread_mutex_lock(&depots[pool].lock);
        block *batch = depots[pool].batches;
        if (batch != NULL) {
            depots[pool].batches = batch->next_batch;
            depots[pool].count--;
        }
        pthread_mutex_unlock(&depots[pool].lock);
        if (batch == NULL) return fresh(pool);
        list->first = batch;
        list->count = BATCH;
    }
    block *b = list->first;
    list->first = b->next;
    list->count--;
    return of_link(pool, b);
}

static void give_batch(mesh_pool_list *list, int pool) {
    block *batch = list->first, *last = batch;
    for (int i = 1; i < BATCH; i++) last = last->next;
    list->first = last->next;
    list->count -= BATCH;
    last->next = NULL;
    pthread_mutex_lock(&depots[pool].lock);
    bool full = !kinds[pool].keep && depots[pool].count >= DEPOT_NODES;
    if (!full) {
        batch->next_batch = depots[pool].batches;
        depots[pool].batches = batch;
        depots[pool].count++;
    }
    pthread_mutex_unlock(&depots[pool].lock);
    if (!full) return;
    while (batch != NULL) {
        block *next = batch->next;
        free(of_link(pool, batch));
        batch = next;
    }
}

void mesh_pool_give(mesh_worker *w, int pool, void *p) {
#ifdef MESH_CHECK
    if (!kinds[pool].keep) {
        free(p);
        return;
    }
#endif
    if (w == NULL) {
        if (!kinds[pool].keep) {
            free(p);
            return;
        }
        abort(); /* process and context blocks are only given back by workers */
    }
    mesh_pool_list *list = &w->pools[pool];
    block *b = link_of(pool, p);
    b->next = list->first;
    list->first = b;
    if (++list->count >= 2 * BATCH) give_batch(list, pool);
}
