/* Flat copies: values outside any heap, for messages, guards and globals.
 *
 * The objects reachable from the roots are laid out in breadth-first order, as in a copying collector (Cheney, 1970): the
 * first pass lists them and adds up their sizes, the second copies them and redirects their pointers. An object with
 * count 1 is reached once, so only shared ones are looked up in a table. Immortal objects are not copied. Nothing here recurses.
 */
#include "map.h"
#include "mesh_ctx.h"

#include <stdlib.h>
#include <string.h>

struct mesh_flat {
    size_t bytes;  /* of the objects, which follow the roots */
    size_t nroots;
    int64_t ptr_mask;
    bool external; /* holds counts of shared bytes or native objects */
    mesh_value root[];
};

static char *flat_objects(const mesh_flat *f) {
    return (char *)(uintptr_t)f + ((sizeof *f + f->nroots * sizeof(mesh_value) + 15) & ~(size_t)15);
}

/* Beyond 63 values bit 63 of the mask stands for all the rest. */
static bool is_root_ptr(int64_t ptr_mask, int64_t i) { return (uint64_t)ptr_mask >> (i < 63 ? i : 63) & 1; }

static size_t align16(size_t n) { return (n + 15) & ~(size_t)15; }

/* Size of the copy: spare capacity is left behind. */
static size_t flat_size(const mesh_obj *o) {
    switch (mesh_kind_of(o)) {
    case MESH_KIND_STRING:
        if (o->info & (MESH_STRING_SHARED | MESH_STRING_STATIC)) return sizeof(mesh_string);
        return align16(sizeof(mesh_string) + (size_t)((const mesh_string *)o)->len);
    case MESH_KIND_LIST: return align16(sizeof(mesh_list) + (size_t)((const mesh_list *)o)->len * sizeof(mesh_value));
    default: return align16(mesh_object_size(o));
    }
}

/* The counted children of an object: up to two runs of words with a stride, and which entries of a map live. */
typedef struct {
    mesh_value *word;
    size_t count, stride;
    const uint32_t *live; /* NULL: all; otherwise entry i is a hole when live[i] is 0 */
} children;

static int children_of(const mesh_obj *o, children run[2]) {
    switch (mesh_kind_of(o)) {
    case MESH_KIND_DATA: run[0] = (children){((mesh_data *)(uintptr_t)o)->slot, o->info >> 4 & 63, 1, NULL}; return 1;
    case MESH_KIND_CLOSURE:
        run[0] = (children){((mesh_closure *)(uintptr_t)o)->capture, o->info >> 4 & 63, 1, NULL};
        return 1;
    case MESH_KIND_BIGDATA: {
        mesh_value *words = ((mesh_data *)(uintptr_t)o)->slot;
        run[0] = (children){words + 1, words[0] & 0xffffffffu, 1, NULL};
        return 1;
    }
    case MESH_KIND_LIST:
        if (!(o->info & MESH_LIST_PTR)) return 0;
        run[0] = (children){((const mesh_list *)o)->data, (size_t)((const mesh_list *)o)->len, 1, NULL};
        return 1;
    case MESH_KIND_MAP:
    case MESH_KIND_SET: {
        const mesh_map *m = (const mesh_map *)o;
        mesh_value *slot = ((mesh_map *)(uintptr_t)o)->slot;
        bool map = mesh_kind_of(o) == MESH_KIND_MAP;
        int n = 0;
        if (o->info & (map ? MESH_MAP_PTR_KEYS : MESH_SET_PTR))
            run[n++] = (children){slot, m->used, mesh_map_width(m), mesh_map_hashes(m)};
        if (map && (o->info & MESH_MAP_PTR_VALUES)) run[n++] = (children){slot + 1, m->used, 2, mesh_map_hashes(m)};
        return n;
    }
    default: return 0;
    }
}

/* ---- flattening -------------------------------------------------------------------------------------------------- */

enum { LOCAL = 32 };

typedef struct {
    const mesh_obj **object;
    size_t *offset;
    size_t count, cap;
    size_t bytes;
    bool external;
    /* shared objects -> number, open addressing */
    const mesh_obj **key;
    size_t *number;
    size_t nkeys, key_cap;
    bool failed;
    const mesh_obj *local_object[LOCAL];
    size_t local_offset[LOCAL];
} collector;

static size_t slot_of(const collector *c, const mesh_obj *o) {
    size_t i = (size_t)(((uintptr_t)o >> 4) * 0x9e3779b97f4a7c15u >> 20) & (c->key_cap - 1);
    while (c->key[i] != NULL && c->key[i] != o) i = (i + 1) & (c->key_cap - 1);
    return i;
}

static void add_object(collector *c, const mesh_obj *o) {
    if (c->count == c->cap) {
        size_t cap = c->cap * 2;
        bool local = c->object == c->local_object;
        const mesh_obj **object = realloc(local ? NULL : c->object, cap * sizeof *object);
        if (object == NULL) {
            c->failed = true;
            return;
        }
        if (local) memcpy(object, c->local_object, sizeof c->local_object);
        c->object = object;
        size_t *offset = realloc(local ? NULL : c->offset, cap * sizeof *offset);
        if (offset == NULL) {
            c->offset = local ? NULL : c->offset;
            c->failed = true;
            return;
        }
        if (local) memcpy(offset, c->local_offset, sizeof c->local_offset);
        c->offset = offset;
        c->cap = cap;
    }
    c->object[c->count] = o;
    c->offset[c->count++] = c->bytes;
    c->bytes += flat_size(o);
    if (mesh_kind_of(o) == MESH_KIND_NATIVE || (mesh_kind_of(o) == MESH_KIND_STRING && (o->info & MESH_STRING_SHARED)))
        c->external = true;
}

static void grow_table(collector *c) {
    size_t old_cap = c->key_cap;
    const mesh_obj **old_key = c->key;
    size_t *old_number = c->number;
    c->key_cap = old_cap ? old_cap * 2 : 64;
    c->key = calloc(c->key_cap, sizeof *c->key);
    c->number = calloc(c->key_cap, sizeof *c->number);
    if (c->key == NULL || c->number == NULL) {
        c->failed = true;
    } else {
        for (size_t i = 0; i < old_cap; i++) {
            if (old_key[i] == NULL) continue;
            size_t j = slot_of(c, old_key[i]);
            c->key[j] = old_key[i];
            c->number[j] = old_number[i];
        }
    }
    free(old_key);
    free(old_number);
}

static void visit(collector *c, const mesh_obj *o) {
    if (o->rc == 0) return; /* immortal */
    if (o->rc > 1) {
        if (c->nkeys * 2 >= c->key_cap) grow_table(c);
        if (c->failed) return;
        size_t i = slot_of(c, o);
        if (c->key[i] != NULL) return;
        c->key[i] = o;
        c->number[i] = c->count;
        c->nkeys++;
    }
    add_object(c, o);
}

/* Where the copy of a child stands. `next` is the number of the first object not yet met in this pass. */
static mesh_value redirect(const collector *c, size_t *next, char *base, mesh_value v) {
    const mesh_obj *o = mesh_to_ptr(v);
    if (o->rc == 0) return v;
    size_t number = *next;
    if (o->rc > 1) number = c->number[slot_of(c, o)];
    if (number == *next) ++*next;
    return mesh_of_ptr(base + c->offset[number]);
}

static void copy_object(const mesh_obj *o, char *to) {
    mesh_obj *copy = (mesh_obj *)to;
    switch (mesh_kind_of(o)) {
    case MESH_KIND_STRING: {
        mesh_string *s = (mesh_string *)to;
        const mesh_string *from = (const mesh_string *)o;
        *s = *from;
        if (o->info & MESH_STRING_SHARED) {
            mesh_shared_retain((mesh_shared *)(uintptr_t)s->cap);
        } else if (!(o->info & MESH_STRING_STATIC)) {
            s->data = (const char *)(s + 1);
            s->cap = align16((size_t)from->len);
            memcpy(s + 1, from->data, (size_t)from->len);
        }
        break;
    }
    case MESH_KIND_LIST: {
        mesh_list *list = (mesh_list *)to;
        const mesh_list *from = (const mesh_list *)o;
        *list = *from;
        list->h.info &= (uint16_t)~MESH_LIST_SLICE;
        list->data = (mesh_value *)(list + 1);
        list->cap = (flat_size(o) - sizeof *list) / sizeof(mesh_value);
        memcpy(list->data, from->data, (size_t)from->len * sizeof(mesh_value));
        break;
    }
    case MESH_KIND_NATIVE: {
        mesh_native *n = (mesh_native *)to;
        *n = *(const mesh_native *)o;
        n->data = n->ops->share(n->data);
        break;
    }
    default: memcpy(to, o, mesh_object_size(o));
    }
    copy->rc = 0;
}

mesh_flat *mesh_flatten_args(mesh_ctx *ctx, const mesh_value *values, int64_t n, int64_t ptr_mask) {
    (void)ctx;
    collector c = {.cap = LOCAL};
    c.object = c.local_object;
    c.offset = c.local_offset;
    for (int64_t i = 0; i < n; i++)
        if (is_root_ptr(ptr_mask, i)) visit(&c, mesh_to_ptr(values[i]));
    children run[2];
    for (size_t i = 0; i < c.count && !c.failed; i++) {
        int runs = children_of(c.object[i], run);
        for (int r = 0; r < runs; r++)
            for (size_t k = 0; k < run[r].count; k++)
                if (run[r].live == NULL || run[r].live[k] != 0) visit(&c, mesh_to_ptr(run[r].word[k * run[r].stride]));
    }
    mesh_flat *f = NULL;
    if (!c.failed) f = malloc(sizeof *f + (size_t)n * sizeof(mesh_value) + 16 + c.bytes);
    if (f != NULL) {
        f->bytes = c.bytes;
        f->nroots = (size_t)n;
        f->ptr_mask = ptr_mask;
        f->external = c.external;
        char *base = flat_objects(f);
        size_t next = 0;
        for (int64_t i = 0; i < n; i++)
            f->root[i] = is_root_ptr(ptr_mask, i) ? redirect(&c, &next, base, values[i]) : values[i];
        for (size_t i = 0; i < c.count; i++) {
            copy_object(c.object[i], base + c.offset[i]);
            int runs = children_of((mesh_obj *)(base + c.offset[i]), run);
            for (int r = 0; r < runs; r++)
                for (size_t k = 0; k < run[r].count; k++)
                    if (run[r].live == NULL || run[r].live[k] != 0) {
                        mesh_value *word = &run[r].word[k * run[r].stride];
                        *word = redirect(&c, &next, base, *word);
                    }
        }
    }
    if (c.object != c.local_object) free(c.object);
    if (c.offset != c.local_offset) free(c.offset);
    free(c.key);
    free(c.number);
    return f;
}

mesh_flat *mesh_flatten(mesh_ctx *ctx, mesh_value v, bool ptr) { return mesh_flatten_args(ctx, &v, 1, ptr); }

mesh_value mesh_flat_value(const mesh_flat *f) { return f->root[0]; }
const mesh_value *mesh_flat_values(const mesh_flat *f) { return f->root; }
size_t mesh_flat_bytes(const mesh_flat *f) { return (size_t)(flat_objects(f) - (char *)(uintptr_t)f) + f->bytes; }

void mesh_flat_free(mesh_flat *f) {
    if (f == NULL) return;
    if (f->external) {
        char *base = flat_objects(f);
        for (size_t at = 0; at < f->bytes;) {
            mesh_obj *o = (mesh_obj *)(base + at);
            if (mesh_kind_of(o) == MESH_KIND_STRING && (o->info & MESH_STRING_SHARED))
                mesh_shared_release((mesh_shared *)(uintptr_t)((mesh_string *)o)->cap);
            else if (mesh_kind_of(o) == MESH_KIND_NATIVE && ((mesh_native *)o)->ops->release != NULL)
                ((mesh_native *)o)->ops->release(((mesh_native *)o)->data);
            at += flat_size(o);
        }
    }
    free(f);
}

mesh_obj *mesh_immortal_copy(mesh_ctx *ctx, mesh_obj *o) {
    if (o->rc == 0) return o;
    mesh_flat *f = mesh_flatten(ctx, mesh_of_ptr(o), true);
    if (f == NULL) mesh_panic(ctx, "out of memory");
    return mesh_to_ptr(f->root[0]); /* the block is never freed */
}

/* ---- unflattening ---------------------------------------------------------------------------------------------------- */

/* A copy of one flat object in the heap, its children not yet redirected. */
static mesh_obj *materialise(mesh_ctx *ctx, const mesh_obj *o) {
    mesh_obj *copy;
    switch (mesh_kind_of(o)) {
    case MESH_KIND_STRING: {
        const mesh_string *s = (const mesh_string *)o;
        if (o->info & MESH_STRING_SHARED) {
            mesh_shared *shared = (mesh_shared *)(uintptr_t)s->cap;
            mesh_shared_retain(shared);
            return &mesh_string_of_shared(ctx, shared, s->data, (size_t)s->len)->h;
        }
        if (!(o->info & MESH_STRING_STATIC)) return &mesh_string_new(ctx, s->data, (size_t)s->len)->h;
        copy = mesh_alloc(ctx, sizeof *s);
        memcpy(copy, o, sizeof *s);
        break;
    }
    case MESH_KIND_LIST: {
        const mesh_list *from = (const mesh_list *)o;
        mesh_list *list = (mesh_list *)mesh_alloc(ctx, sizeof *list + from->cap * sizeof(mesh_value));
        *list = *from;
        list->data = (mesh_value *)(list + 1);
        memcpy(list->data, from->data, (size_t)from->len * sizeof(mesh_value));
        copy = &list->h;
        break;
    }
    case MESH_KIND_NATIVE: {
        const mesh_native *n = (const mesh_native *)o;
        copy = &mesh_native_new(ctx, n->ops, NULL)->h; /* allocated first: it may panic */
        ((mesh_native *)copy)->data = n->ops->share(n->data);
        return copy;
    }
    default: {
        size_t size = mesh_object_size(o);
        copy = mesh_alloc(ctx, size);
        memcpy(copy, o, size);
    }
    }
    copy->rc = 1;
    return copy;
}

/* The new reference that stands for a pointer of the flat copy. */
static mesh_value move(mesh_ctx *ctx, const mesh_flat *f, char *base, mesh_value *moved, mesh_value v) {
    uintptr_t offset = (uintptr_t)v - (uintptr_t)base;
    if (offset >= f->bytes) return v; /* immortal */
    mesh_value *to = &moved[offset / 16];
    if (*to == 0) *to = mesh_of_ptr(materialise(ctx, (mesh_obj *)(base + offset)));
    else ((mesh_obj *)mesh_to_ptr(*to))->rc++;
    return *to;
}

void mesh_unflatten_args(mesh_ctx *ctx, const mesh_flat *f, mesh_value *values) {
    if (f->bytes == 0) {
        memcpy(values, f->root, f->nroots * sizeof(mesh_value));
        return;
    }
    /* New addresses by offset. A larger table is an object of the heap: a panic out of memory leaves nothing behind. */
    char *base = flat_objects(f);
    mesh_value local[128];
    size_t words = f->bytes / 16;
    mesh_obj *table = NULL;
    mesh_value *moved = local;
    if (words > sizeof local / sizeof local[0]) {
        mesh_list *list = (mesh_list *)mesh_alloc(ctx, sizeof *list + words * sizeof(mesh_value));
        *list = (mesh_list){.h = {.rc = 1, .info = MESH_KIND_LIST}, .data = (mesh_value *)(list + 1), .cap = words};
        table = &list->h;
        moved = list->data;
    }
    memset(moved, 0, words * sizeof *moved);

    for (size_t i = 0; i < f->nroots; i++)
        values[i] = is_root_ptr(f->ptr_mask, (int64_t)i) ? move(ctx, f, base, moved, f->root[i]) : f->root[i];
    children run[2];
    for (size_t at = 0; at < f->bytes;) { /* an object stands behind one that holds it, so it has moved already */
        int runs = children_of(mesh_to_ptr(moved[at / 16]), run);
        for (int r = 0; r < runs; r++)
            for (size_t k = 0; k < run[r].count; k++)
                if (run[r].live == NULL || run[r].live[k] != 0) {
                    mesh_value *word = &run[r].word[k * run[r].stride];
                    *word = move(ctx, f, base, moved, *word);
                }
        at += flat_size((mesh_obj *)(base + at));
    }
    if (table != NULL) mesh_free_memory(ctx, table);
}

mesh_value mesh_unflatten(mesh_ctx *ctx, const mesh_flat *f) {
    mesh_value value;
    mesh_unflatten_args(ctx, f, &value);
    return value;
}
