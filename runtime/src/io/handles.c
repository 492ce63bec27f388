#include "handles.h"

#include <stdlib.h>

static struct io_handle_shard *shard_of(io_handle_table *t, int64_t id) {
    return &t->shard[(uint64_t)id % IO_HANDLE_SHARDS];
}

static io_handle **bucket(struct io_handle_shard *s, int64_t id) {
    return &s->buckets[((uint64_t)id / IO_HANDLE_SHARDS) & (uint64_t)s->mask];
}

static void grow(struct io_handle_shard *s) {
    int64_t old_size = s->buckets ? s->mask + 1 : 0, size = old_size ? old_size * 2 : 16;
    io_handle **old = s->buckets, **fresh = calloc((size_t)size, sizeof *fresh);
    if (fresh == NULL) {
        if (old == NULL) abort();
        return; /* longer chains */
    }
    s->buckets = fresh, s->mask = size - 1;
    for (int64_t i = 0; i < old_size; i++) {
        for (io_handle *h = old[i], *next; h != NULL; h = next) {
            next = h->next;
            io_handle **to = bucket(s, h->id);
            h->next = *to;
            *to = h;
        }
    }
    free(old);
}

int64_t io_handle_add(io_handle_table *t, io_handle *h) {
    int64_t id = atomic_fetch_add(&t->last, 1) + 1;
    h->id = id;
    io_handle_retain(h);
    struct io_handle_shard *s = shard_of(t, id);
    pthread_mutex_lock(&s->lock);
    if (s->buckets == NULL || s->count > s->mask) grow(s);
    s->count++;
    io_handle **to = bucket(s, id);
    h->next = *to;
    *to = h;
    pthread_mutex_unlock(&s->lock);
    return id;
}

void *io_handle_find(io_handle_table *t, int64_t id) {
    if (id <= 0) return NULL;
    struct io_handle_shard *s = shard_of(t, id);
    pthread_mutex_lock(&s->lock);
    io_handle *h = s->buckets ? *bucket(s, id) : NULL;
    while (h != NULL && h->id != id) h = h->next;
    if (h != NULL) io_handle_retain(h);
    pthread_mutex_unlock(&s->lock);
    return h;
}

bool io_handle_remove(io_handle_table *t, int64_t id) {
    if (id <= 0) return false;
    struct io_handle_shard *s = shard_of(t, id);
    io_handle *found = NULL;
    pthread_mutex_lock(&s->lock);
    if (s->buckets != NULL) {
        for (io_handle **at = bucket(s, id); *at != NULL; at = &(*at)->next) {
            if ((*at)->id == id) {
                found = *at;
                *at = found->next;
                s->count--;
                break;
            }
        }
    }
    pthread_mutex_unlock(&s->lock);
    if (found != NULL) io_handle_release(t, found);
    return found != NULL;
}

void io_handle_retain(io_handle *h) {
    atomic_fetch_add_explicit(&h->refs, 1, memory_order_relaxed);
}

void io_handle_release(io_handle_table *t, io_handle *h) {
    if (atomic_fetch_sub_explicit(&h->refs, 1, memory_order_acq_rel) == 1) t->destroy(h);
}
