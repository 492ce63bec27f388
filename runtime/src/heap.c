/* The heap of a process: see mesh_heap.h. */
#include "map.h"
#include "mesh_ctx.h"
#include "mesh_stdlib.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_BLOCK = 512,        /* an idle process should cost little */
    LARGEST_BLOCK = 64 * 1024, /* beyond this larger blocks save nothing */
    SMALL_MAX = MESH_CLASS_GRAIN * MESH_CLASS_COUNT,
    BATCH_MAX = 32, /* objects put on a free list at once */
};

struct mesh_heap_block {
    struct mesh_heap_block *next;
    uint64_t size;
};

/* Stands before every listed object. `link` is what points to this node. */
struct mesh_listed {
    struct mesh_listed *next;
    struct mesh_listed **link;
    uint64_t bytes; /* of the object */
    uint64_t unused;
};

struct mesh_resource {
    struct mesh_resource *next;
    struct mesh_resource **link;
    void (*release)(void *);
    void *data;
};

_Static_assert(sizeof(struct mesh_listed) % 16 == 0, "objects are aligned to 16 bytes");

#define NULLARY_1(n) {.rc = 0, .tag = (n), .info = MESH_DATA_INFO(0, 0)}
#define NULLARY_4(n) NULLARY_1(n), NULLARY_1((n) + 1), NULLARY_1((n) + 2), NULLARY_1((n) + 3)
#define NULLARY_16(n) NULLARY_4(n), NULLARY_4((n) + 4), NULLARY_4((n) + 8), NULLARY_4((n) + 12)
#define NULLARY_64(n) NULLARY_16(n), NULLARY_16((n) + 16), NULLARY_16((n) + 32), NULLARY_16((n) + 48)
mesh_obj mesh_nullary[256] = {NULLARY_64(0), NULLARY_64(64), NULLARY_64(128), NULLARY_64(192)};

/* ---- life of a heap ----------------------------------------------------------------------------------------------- */

void mesh_heap_init(mesh_ctx *ctx, void *first, size_t first_size) {
    memset(ctx->abi.free, 0, sizeof ctx->abi.free);
    ctx->heap = (mesh_heap){.next_block = FIRST_BLOCK};
    if (first != NULL) {
        uintptr_t start = ((uintptr_t)first + 15) & ~(uintptr_t)15;
        uintptr_t end = ((uintptr_t)first + first_size) & ~(uintptr_t)15;
        if (end > start) {
            ctx->heap.bump = (char *)start;
            ctx->heap.bump_end = (char *)end;
        }
    }
}

static void release_held(mesh_obj *o) {
    if (mesh_kind_of(o) == MESH_KIND_STRING && (o->info & MESH_STRING_SHARED))
        mesh_shared_release((mesh_shared *)(uintptr_t)((mesh_string *)o)->cap);
    else if (mesh_kind_of(o) == MESH_KIND_NATIVE && ((mesh_native *)o)->ops->release != NULL)
        ((mesh_native *)o)->ops->release(((mesh_native *)o)->data);
}

void mesh_heap_free(mesh_ctx *ctx) {
    mesh_heap *heap = &ctx->heap;
    while (heap->resources != NULL) {
        void (*release)(void *) = heap->resources->release;
        void *data = heap->resources->data;
        mesh_resource_remove(ctx, heap->resources); /* first: a release may remove other resources */
        release(data);
    }
    for (struct mesh_listed *l = heap->listed; l != NULL;) {
        struct mesh_listed *next = l->next;
        release_held((mesh_obj *)(l + 1));
        free(l);
        l = next;
    }
    for (struct mesh_heap_block *b = heap->blocks; b != NULL;) {
        struct mesh_heap_block *next = b->next;
        free(b);
        b = next;
    }
    mesh_heap_init(ctx, NULL, 0);
}

mesh_resource *mesh_resource_add(mesh_ctx *ctx, void (*release)(void *), void *data) {
    mesh_resource *r = malloc(sizeof *r);
    if (r == NULL) mesh_panic(ctx, "out of memory");
    *r = (mesh_resource){.next = ctx->heap.resources, .link = &ctx->heap.resources, .release = release, .data = data};
    if (r->next != NULL) r->next->link = &r->next;
    ctx->heap.resources = r;
    return r;
}

void mesh_resource_remove(mesh_ctx *ctx, mesh_resource *r) {
    (void)ctx;
    *r->link = r->next;
    if (r->next != NULL) r->next->link = r->link;
    free(r);
}

/* ---- allocation ----------------------------------------------------------------------------------------------------- */

static _Noreturn void out_of_memory(mesh_ctx *ctx) { mesh_panic(ctx, "out of memory"); }

void *mesh_alloc_large(mesh_ctx *ctx, int64_t bytes) {
    struct mesh_listed *l = malloc(sizeof *l + (size_t)bytes);
    if (l == NULL) out_of_memory(ctx);
    *l = (struct mesh_listed){.next = ctx->heap.listed, .link = &ctx->heap.listed, .bytes = (uint64_t)bytes};
    if (l->next != NULL) l->next->link = &l->next;
    ctx->heap.listed = l;
    ctx->heap.bytes += sizeof *l + (size_t)bytes;
#ifdef MESH_CHECK
    ctx->heap.live++;
#endif
    return l + 1;
}

static void free_listed(mesh_ctx *ctx, mesh_obj *o) {
    struct mesh_listed *l = (struct mesh_listed *)o - 1;
    *l->link = l->next;
    if (l->next != NULL) l->next->link = l->link;
    ctx->heap.bytes -= sizeof *l + l->bytes;
#ifdef MESH_CHECK
    ctx->heap.live--;
#endif
    free(l);
}

mesh_obj *mesh_realloc_large(mesh_ctx *ctx, mesh_obj *o, size_t bytes) {
    struct mesh_listed *l = (struct mesh_listed *)o - 1, *moved = realloc(l, sizeof *l + bytes);
    if (moved == NULL) out_of_memory(ctx);
    *moved->link = moved;
    if (moved->next != NULL) moved->next->link = &moved->next;
    ctx->heap.bytes += bytes - moved->bytes;
    moved->bytes = bytes;
    return (mesh_obj *)(moved + 1);
}

#ifdef MESH_CHECK

/* Every object is an allocation of its own, so that the sanitizers see each one. */
void *mesh_alloc_class(mesh_ctx *ctx, int64_t size_class) {
    return mesh_alloc_large(ctx, (size_class + 1) * MESH_CLASS_GRAIN);
}

mesh_obj *mesh_alloc(mesh_ctx *ctx, size_t bytes) { return mesh_alloc_large(ctx, (int64_t)(bytes < 16 ? 16 : bytes)); }

static bool is_listed(const mesh_obj *o) { return (void)o, true; }
static void free_small(mesh_ctx *ctx, mesh_obj *o, size_t size) { (void)ctx, (void)o, (void)size; }

int64_t mesh_heap_live(const mesh_ctx *ctx) { return ctx->heap.live; }

void mesh_heap_report(const mesh_ctx *ctx) {
    static const char *const kinds[] = {"data", "big data", "closure", "string", "list", "map", "set", "native", "free"};
    for (const struct mesh_listed *l = ctx->heap.listed; l != NULL; l = l->next) {
        const mesh_obj *o = (const mesh_obj *)(l + 1);
        fprintf(stderr, "  live: %s, tag %u, rc %" PRIu32, kinds[mesh_kind_of(o) <= 8 ? mesh_kind_of(o) : 8], o->tag, o->rc);
        if (mesh_kind_of(o) == MESH_KIND_STRING)
            fprintf(stderr, " \"%.*s\"", (int)(((const mesh_string *)o)->len > 40 ? 40 : ((const mesh_string *)o)->len),
                    ((const mesh_string *)o)->data);
        fputc('\n', stderr);
    }
}

#else

/* Cuts objects of one class from the newest block and puts all but one on the free list. */
void *mesh_alloc_class(mesh_ctx *ctx, int64_t size_class) {
    mesh_heap *heap = &ctx->heap;
    size_t size = ((size_t)size_class + 1) * MESH_CLASS_GRAIN;
    size_t left = (size_t)(heap->bump_end - heap->bump);
    if (left < size) {
        if (left > 0) { /* a multiple of the grain, smaller than the largest class */
            void **rest = (void **)heap->bump;
            *rest = ctx->abi.free[left / MESH_CLASS_GRAIN - 1];
            ctx->abi.free[left / MESH_CLASS_GRAIN - 1] = rest;
        }
        size_t bytes = heap->next_block;
        struct mesh_heap_block *block = malloc(bytes);
        if (block == NULL) {
            heap->bump = heap->bump_end = NULL;
            out_of_memory(ctx);
        }
        *block = (struct mesh_heap_block){.next = heap->blocks, .size = bytes};
        heap->blocks = block;
        heap->bytes += bytes;
        if (heap->next_block < LARGEST_BLOCK) heap->next_block *= 2;
        heap->bump = (char *)(block + 1);
        left = bytes - sizeof *block;
        heap->bump_end = heap->bump + left;
    }
    /* A small heap takes one object at a time, a large one up to a kilobyte. */
    size_t batch = 1 + (heap->bytes >> 6) / size;
    if (batch > BATCH_MAX) batch = BATCH_MAX;
    if (batch > left / size) batch = left / size;
    char *first = heap->bump;
    heap->bump += batch * size;
    for (size_t i = 1; i < batch; i++) *(void **)(first + i * size) = i + 1 < batch ? first + (i + 1) * size : NULL;
    /* The list was empty when generated code came here; C may come with a filled one. */
    if (batch > 1) {
        *(void **)(first + (batch - 1) * size) = ctx->abi.free[size_class];
        ctx->abi.free[size_class] = first + size;
    }
    return first;
}

mesh_obj *mesh_alloc(mesh_ctx *ctx, size_t bytes) {
    if (bytes > SMALL_MAX) return mesh_alloc_large(ctx, (int64_t)bytes);
    size_t size_class = (bytes + MESH_CLASS_GRAIN - 1) / MESH_CLASS_GRAIN - 1;
    void **head = ctx->abi.free[size_class];
    if (head == NULL) return mesh_alloc_class(ctx, (int64_t)size_class);
    ctx->abi.free[size_class] = *head;
    return (mesh_obj *)head;
}

static bool is_listed(const mesh_obj *o) {
    return (mesh_kind_of(o) == MESH_KIND_STRING && (o->info & MESH_STRING_SHARED)) || mesh_kind_of(o) == MESH_KIND_NATIVE;
}

static void free_small(mesh_ctx *ctx, mesh_obj *o, size_t size) {
    size_t size_class = (size + MESH_CLASS_GRAIN - 1) / MESH_CLASS_GRAIN - 1;
    *(void **)o = ctx->abi.free[size_class];
    ctx->abi.free[size_class] = o;
}

int64_t mesh_heap_live(const mesh_ctx *ctx) { return (void)ctx, 0; }
void mesh_heap_report(const mesh_ctx *ctx) { (void)ctx; }

#endif

void mesh_free_memory(mesh_ctx *ctx, mesh_obj *o) {
    size_t size;
    if (is_listed(o) || (size = mesh_object_size(o)) > SMALL_MAX) free_listed(ctx, o);
    else free_small(ctx, o, size);
}

/* ---- dropping -------------------------------------------------------------------------------------------------------- */

/* Dead objects wait in a list that runs through their headers: the 48 bits of count and tag hold the address of the next. */
static inline void push_dead(mesh_obj **dead, mesh_obj *o) {
    uint64_t word = (uint64_t)o->info << 48 | (uint64_t)(uintptr_t)*dead;
    memcpy(o, &word, sizeof word);
    *dead = o;
}

static inline mesh_obj *pop_dead(mesh_obj **dead) {
    mesh_obj *o = *dead;
    uint64_t word;
    memcpy(&word, o, sizeof word);
    *dead = (mesh_obj *)(uintptr_t)(word & 0xffffffffffffu);
    return o;
}

static inline void drop_child(mesh_obj **dead, mesh_value v) {
    mesh_obj *o = mesh_to_ptr(v);
    if (o->rc > 1) o->rc--;
    else if (o->rc == 1) push_dead(dead, o);
}

static inline void drop_children(mesh_obj **dead, const mesh_value *slot, size_t n) {
    for (size_t i = 0; i < n; i++) drop_child(dead, slot[i]);
}

static void drop_entries(mesh_obj **dead, mesh_map *m, bool keys, bool values) {
    const uint32_t *hashes = mesh_map_hashes(m);
    size_t width = mesh_map_width(m);
    for (uint32_t i = 0; i < m->used; i++) {
        if (hashes[i] == 0) continue;
        if (keys) drop_child(dead, m->slot[i * width]);
        if (values) drop_child(dead, m->slot[i * width + 1]);
    }
}

/* Frees the memory of a small object whose size is known. */
static inline void free_sized(mesh_ctx *ctx, mesh_obj *o, size_t size) {
#ifndef MESH_CHECK
    if (size <= SMALL_MAX) {
        free_small(ctx, o, size);
        return;
    }
#endif
    (void)size;
    free_listed(ctx, o);
}

void mesh_free_object(mesh_ctx *ctx, mesh_obj *o) {
    mesh_obj *dead = NULL;
    for (;; o = pop_dead(&dead)) {
        switch (mesh_kind_of(o)) {
        case MESH_KIND_DATA:
            drop_children(&dead, ((mesh_data *)o)->slot, o->info >> 4 & 63);
            free_sized(ctx, o, sizeof(mesh_obj) + (size_t)(o->info >> 10) * sizeof(mesh_value));
            break;
        case MESH_KIND_STRING:
            if (!(o->info & (MESH_STRING_SHARED | MESH_STRING_STATIC))) {
                mesh_string *s = (mesh_string *)o;
                free_sized(ctx, o, (size_t)(s->data - (const char *)o) + s->cap);
                break;
            }
            release_held(o);
            mesh_free_memory(ctx, o);
            break;
        case MESH_KIND_CLOSURE:
            drop_children(&dead, ((mesh_closure *)o)->capture, o->info >> 4 & 63);
            free_sized(ctx, o, sizeof(mesh_closure) + (size_t)(o->info >> 10) * sizeof(mesh_value));
            break;
        case MESH_KIND_BIGDATA: {
            mesh_value *words = ((mesh_data *)o)->slot;
            drop_children(&dead, words + 1, words[0] & 0xffffffffu);
            mesh_free_memory(ctx, o);
            break;
        }
        case MESH_KIND_LIST: {
            mesh_list *list = (mesh_list *)o;
            if (o->info & MESH_LIST_SLICE) drop_child(&dead, list->cap);
            else if (o->info & MESH_LIST_PTR) drop_children(&dead, list->data, (size_t)list->len);
            mesh_free_memory(ctx, o);
            break;
        }
        case MESH_KIND_MAP:
            if (o->info & (MESH_MAP_PTR_KEYS | MESH_MAP_PTR_VALUES))
                drop_entries(&dead, (mesh_map *)o, o->info & MESH_MAP_PTR_KEYS, o->info & MESH_MAP_PTR_VALUES);
            mesh_free_memory(ctx, o);
            break;
        case MESH_KIND_SET:
            if (o->info & MESH_SET_PTR) drop_entries(&dead, (mesh_map *)o, true, false);
            mesh_free_memory(ctx, o);
            break;
        case MESH_KIND_NATIVE:
            release_held(o);
            mesh_free_memory(ctx, o);
            break;
        case MESH_KIND_FREE: break;
        }
        if (dead == NULL) return;
    }
}

/* ---- sizes and constructors ------------------------------------------------------------------------------------------ */

size_t mesh_object_size(const mesh_obj *o) {
    switch (mesh_kind_of(o)) {
    case MESH_KIND_DATA: return sizeof(mesh_obj) + (size_t)(o->info >> 10) * sizeof(mesh_value);
    case MESH_KIND_CLOSURE: return sizeof(mesh_closure) + (size_t)(o->info >> 10) * sizeof(mesh_value);
    case MESH_KIND_BIGDATA: return 2 * sizeof(mesh_obj) + (size_t)(((const mesh_data *)o)->slot[0] >> 32) * sizeof(mesh_value);
    case MESH_KIND_STRING: {
        const mesh_string *s = (const mesh_string *)o;
        if (o->info & (MESH_STRING_SHARED | MESH_STRING_STATIC)) return sizeof *s;
        return (size_t)(s->data - (const char *)o) + s->cap;
    }
    case MESH_KIND_LIST: {
        const mesh_list *list = (const mesh_list *)o;
        if (o->info & MESH_LIST_SLICE) return sizeof *list;
        return (size_t)((const char *)list->data - (const char *)o) + list->cap * sizeof(mesh_value);
    }
    case MESH_KIND_MAP:
    case MESH_KIND_SET: {
        const mesh_map *m = (const mesh_map *)o;
        return mesh_map_bytes(mesh_map_width(m), m->cap, m->index_size);
    }
    case MESH_KIND_NATIVE: return sizeof(mesh_native);
    case MESH_KIND_FREE: break;
    }
    return sizeof(mesh_obj);
}

mesh_data *mesh_data_new(mesh_ctx *ctx, unsigned tag, unsigned ptrs, unsigned slots) {
    mesh_data *d;
    if (slots > MESH_MAX_HEADER_SLOTS) {
        d = (mesh_data *)mesh_alloc(ctx, 2 * sizeof(mesh_obj) + slots * sizeof(mesh_value));
        d->h = (mesh_obj){.rc = 1, .tag = (uint16_t)tag, .info = MESH_KIND_BIGDATA};
        d->slot[0] = (uint64_t)slots << 32 | ptrs;
        return d;
    }
    d = (mesh_data *)mesh_alloc(ctx, sizeof(mesh_obj) + slots * sizeof(mesh_value));
    d->h = (mesh_obj){.rc = 1, .tag = (uint16_t)tag, .info = MESH_DATA_INFO(ptrs, slots)};
    return d;
}

static mesh_obj *box(mesh_ctx *ctx, unsigned tag, bool ptr, mesh_value v) {
    mesh_data *d = mesh_data_new(ctx, tag, ptr, 1);
    d->slot[0] = v;
    return &d->h;
}

mesh_obj *mesh_some_ptr(mesh_ctx *ctx, void *v) { return box(ctx, 0, true, mesh_of_ptr(v)); }
mesh_obj *mesh_some_word(mesh_ctx *ctx, mesh_value v) { return box(ctx, 0, false, v); }
mesh_obj *mesh_none(void) { return &mesh_nullary[1]; }
mesh_obj *mesh_ok_ptr(mesh_ctx *ctx, void *v) { return box(ctx, 0, true, mesh_of_ptr(v)); }
mesh_obj *mesh_ok_word(mesh_ctx *ctx, mesh_value v) { return box(ctx, 0, false, v); }
mesh_obj *mesh_err_ptr(mesh_ctx *ctx, void *v) { return box(ctx, 1, true, mesh_of_ptr(v)); }

mesh_obj *mesh_pair(mesh_ctx *ctx, const mesh_type *a, mesh_value va, const mesh_type *b, mesh_value vb) {
    mesh_data *d = mesh_data_new(ctx, 0, (unsigned)mesh_is_ptr(a) + (unsigned)mesh_is_ptr(b), 2);
    bool swapped = !mesh_is_ptr(a) && mesh_is_ptr(b); /* counted slots first */
    d->slot[swapped] = va;
    d->slot[!swapped] = vb;
    return &d->h;
}

mesh_value mesh_pair_first(const mesh_obj *pair, const mesh_type *a, const mesh_type *b) {
    return ((const mesh_data *)pair)->slot[!mesh_is_ptr(a) && mesh_is_ptr(b)];
}

mesh_value mesh_pair_second(const mesh_obj *pair, const mesh_type *a, const mesh_type *b) {
    return ((const mesh_data *)pair)->slot[!(!mesh_is_ptr(a) && mesh_is_ptr(b))];
}

mesh_native *mesh_native_new(mesh_ctx *ctx, const mesh_native_ops *ops, void *data) {
    mesh_native *n = mesh_alloc_large(ctx, sizeof *n);
    *n = (mesh_native){.h = {.rc = 1, .info = MESH_KIND_NATIVE}, .ops = ops, .data = data};
    return n;
}

/* A cell is a data object of one slot that is written in place: the position of an iterator. */
mesh_obj *mesh_cell_new(mesh_ctx *ctx, const mesh_type *a, mesh_value value) {
    return box(ctx, 0, mesh_is_ptr(a), mesh_dup_value(a, value));
}

mesh_value mesh_cell_get(mesh_ctx *ctx, const mesh_type *a, mesh_obj *cell) {
    (void)ctx;
    return mesh_dup_value(a, ((mesh_data *)cell)->slot[0]);
}

void mesh_cell_set(mesh_ctx *ctx, const mesh_type *a, mesh_obj *cell, mesh_value value) {
    mesh_value old = ((mesh_data *)cell)->slot[0];
    ((mesh_data *)cell)->slot[0] = mesh_dup_value(a, value);
    mesh_drop_value(ctx, a, old);
}

/* ---- shared bytes ------------------------------------------------------------------------------------------------------ */

mesh_shared *mesh_shared_new(size_t cap) {
    mesh_shared *s = malloc(sizeof *s + cap);
    if (s == NULL) return NULL;
    atomic_init(&s->count, 1);
    s->cap = cap;
    return s;
}

void mesh_shared_retain(mesh_shared *s) { atomic_fetch_add_explicit(&s->count, 1, memory_order_relaxed); }

void mesh_shared_release(mesh_shared *s) {
    if (atomic_fetch_sub_explicit(&s->count, 1, memory_order_release) == 1) {
        atomic_thread_fence(memory_order_acquire);
        free(s);
    }
}
