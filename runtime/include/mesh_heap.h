/* The heap of a process (or of a guarded callback): runtime-private, behind mesh_alloc and friends of mesh.h.
 *
 * Small objects (up to 256 bytes) come from free lists by size class, filled by cutting up blocks that grow from 512 bytes
 * to 64 KiB. Larger objects, strings whose bytes are shared between processes, and native objects are listed one by
 * one, so that the end of the heap can release what they hold. Ending a heap costs its blocks and its listed objects, not
 * its objects.
 */
#ifndef MESH_HEAP_H
#define MESH_HEAP_H

#include "mesh.h"

struct mesh_heap_block;
struct mesh_listed;

typedef struct mesh_heap {
    char *bump; /* the rest of the newest block */
    char *bump_end;
    struct mesh_heap_block *blocks;
    struct mesh_listed *listed;
    mesh_resource *resources;
    uint64_t bytes;      /* memory taken from the system */
    uint64_t next_block; /* size of the next block */
#ifdef MESH_CHECK
    int64_t live; /* objects that were not freed */
#endif
} mesh_heap;

/* Makes ctx's heap empty. `first` (may be NULL) is memory for the first small objects, owned by the caller. */
void mesh_heap_init(mesh_ctx *ctx, void *first, size_t first_size);

/* Releases the resources (newest first), then everything. The heap is empty and usable again, without `first`. */
void mesh_heap_free(mesh_ctx *ctx);

/* Checking build: number of objects that live. Otherwise 0. */
int64_t mesh_heap_live(const mesh_ctx *ctx);
void mesh_heap_report(const mesh_ctx *ctx); /* checking build: the living objects, on stderr */

/* The bytes of long strings: immutable while shared, owned by whoever holds a count. */
typedef struct mesh_shared {
    _Atomic int64_t count;
    uint64_t cap;
    char bytes[];
} mesh_shared;

mesh_shared *mesh_shared_new(size_t cap); /* count 1; NULL: out of memory */
void mesh_shared_retain(mesh_shared *s);
void mesh_shared_release(mesh_shared *s);

/* A string over bytes of a shared block; takes the caller's count. */
mesh_string *mesh_string_of_shared(mesh_ctx *ctx, mesh_shared *s, const char *data, size_t len);

/* Gives the bytes of a string to code outside the heap: the shared block with one more count, or NULL when the string is
 * short or constant (copy it then). */
mesh_shared *mesh_string_share(mesh_string *s);

/* An object of the runtime itself, with its own table of operations. `data` is released when the object is dropped or its
 * heap ends. share: one more reference for another process, or a copy (called on the process that holds it). */
typedef struct mesh_native_ops {
    const char *name;
    void (*release)(void *data);
    void *(*share)(void *data);
} mesh_native_ops;

typedef struct mesh_native {
    mesh_obj h;
    const mesh_native_ops *ops;
    void *data;
} mesh_native;

mesh_native *mesh_native_new(mesh_ctx *ctx, const mesh_native_ops *ops, void *data);

/* Changes the size of a unique listed object (one larger than 256 bytes), which may move. */
mesh_obj *mesh_realloc_large(mesh_ctx *ctx, mesh_obj *o, size_t bytes);

/* Bytes of the object's memory, header included. */
size_t mesh_object_size(const mesh_obj *o);

/* Flat copies of several values at once; bit i of ptr_mask: value i is a pointer. NULL: out of memory. Unflattening does
 * not change the flat copy, so it can be done often, from several processes. */
mesh_flat *mesh_flatten_args(mesh_ctx *ctx, const mesh_value *values, int64_t n, int64_t ptr_mask);
void mesh_unflatten_args(mesh_ctx *ctx, const mesh_flat *f, mesh_value *values);
const mesh_value *mesh_flat_values(const mesh_flat *f); /* readable in place */
size_t mesh_flat_bytes(const mesh_flat *f);             /* size of the block */

#endif
