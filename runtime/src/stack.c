/* Stacks of processes: equal slots of large reserved regions, without guard pages (a kernel allows some 65,000 mappings)
 * and without huge pages (a stack mostly uses one or two pages). Overflow is found by the check in every prologue. */
#include <stdlib.h>
#include <sys/mman.h>

#include "process.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

/* One region holds 2,048 slots. Page tables cost more than the reservation. */
enum { SLOTS_PER_REGION = 2048, KEEP_TOUCHED = 512 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *region, *region_end; /* what is left of the newest region */
static void **free_slots;         /* given back; the first `touched_from` are without memory */
static size_t free_count, free_cap, touched;

static void *reserve(size_t bytes) {
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return NULL;
#ifdef MADV_NOHUGEPAGE
    madvise(p, bytes, MADV_NOHUGEPAGE);
#endif
    return p;
}

void *mesh_stack_main(void) { return reserve(MESH_MAIN_STACK_SIZE); }

static void *take_slow(mesh_worker *w) {
    void *slot = NULL;
    pthread_mutex_lock(&lock);
    if (free_count > 0) {
        slot = free_slots[--free_count];
        if (touched > 0) touched--;
        while (w->stack_count < MESH_STACK_CACHE / 2 && touched > 0) {
            w->stacks[w->stack_count++] = free_slots[--free_count];
            touched--;
        }
    } else {
        if (region == region_end) {
            /* Smaller regions where the address space is limited (ulimit -v). */
            for (size_t slots = SLOTS_PER_REGION; slots > 0; slots /= 8) {
                region = reserve(slots * MESH_STACK_SIZE);
                region_end = region == NULL ? NULL : region + slots * MESH_STACK_SIZE;
                if (region != NULL) break;
            }
        }
        if (region != NULL && region != region_end) {
            slot = region;
            region += MESH_STACK_SIZE;
        }
    }
    pthread_mutex_unlock(&lock);
    return slot;
}

void *mesh_stack_take(mesh_worker *w) {
    if (w->stack_count > 0) return w->stacks[--w->stack_count];
    return take_slow(w);
}

void mesh_stack_give(mesh_worker *w, void *base) {
    if (w->stack_count < MESH_STACK_CACHE) {
        w->stacks[w->stack_count++] = base;
        return;
    }
    pthread_mutex_lock(&lock);
    if (free_count == free_cap) {
        size_t cap = free_cap == 0 ? 1024 : free_cap * 2;
        void **grown = realloc(free_slots, cap * sizeof *grown);
        if (grown == NULL) { /* lose the address, not the memory */
            pthread_mutex_unlock(&lock);
            madvise(base, MESH_STACK_SIZE, MADV_DONTNEED);
            return;
        }
        free_slots = grown;
        free_cap = cap;
    }
    /* Touched slots lie on top of untouched ones; past KEEP_TOUCHED the memory goes back to the system at once. */
    bool keep = touched < KEEP_TOUCHED;
    if (!keep) {
        madvise(base, MESH_STACK_SIZE, MADV_DONTNEED);
        free_slots[free_count] = free_slots[free_count - touched];
        free_slots[free_count - touched] = base;
        free_count++;
    } else {
        free_slots[free_count++] = base;
        touched++;
    }
    pthread_mutex_unlock(&lock);
}

/* ---- further stacks ------------------------------------------------------------------------------------------------------- */

enum { DEEP_FIRST = 16 << 20, DEEP_LAST = 512 << 20 };

/* At the low end of its own memory. Inner ones are kept until the outermost call is back, so that a walk that goes up and
 * down across the end of a stack does not map and unmap one each time. */
typedef struct mesh_deep {
    struct mesh_deep *outer, *inner;
    size_t bytes;
    uintptr_t outer_limit;
} mesh_deep;

static void *low_of(const mesh_proc *p, mesh_deep *deep, size_t *bytes) {
    *bytes = deep != NULL ? deep->bytes : p->kind == KIND_MAIN ? MESH_MAIN_STACK_SIZE : MESH_STACK_SIZE;
    return deep != NULL ? deep : p->stack;
}

void *mesh_stack_low(const mesh_proc *p, size_t *bytes) { return low_of(p, p->deep, bytes); }

static bool within(uintptr_t frame, const void *low, size_t bytes) {
    return low != NULL && frame >= (uintptr_t)low && frame + 2 * sizeof(uintptr_t) <= (uintptr_t)low + bytes;
}

bool mesh_stack_holds(const mesh_proc *p, uintptr_t frame) {
    size_t bytes;
    for (mesh_deep *d = p->deep; d != NULL; d = d->outer)
        if (within(frame, d, d->bytes)) return true;
    void *low = low_of(p, NULL, &bytes);
    return within(frame, low, bytes);
}

static void set_limit(mesh_ctx *ctx, uintptr_t limit) {
    mesh_proc *p = ctx->proc;
    _Atomic uintptr_t *checked = (_Atomic uintptr_t *)&ctx->abi.stack_limit;
    p->limit = limit;
    atomic_store(checked, limit);
    if (atomic_load(&p->signals)) atomic_store(checked, UINTPTR_MAX); /* a poison may have been overwritten */
}

static mesh_deep *inner_of(mesh_deep *outer) {
    if (outer != NULL && outer->inner != NULL) return outer->inner;
    size_t bytes = outer == NULL ? DEEP_FIRST : outer->bytes * 2;
    mesh_deep *d = bytes > DEEP_LAST ? NULL : reserve(bytes);
    if (d == NULL) return NULL;
    *d = (mesh_deep){outer, NULL, bytes, 0};
    if (outer != NULL) outer->inner = d;
    return d;
}

static void leave_deep(mesh_proc *p) {
    mesh_deep *d = p->deep;
    p->deep = d->outer;
    p->limit = d->outer_limit;
    if (d->outer != NULL) return;
    for (mesh_deep *next; d != NULL; d = next) {
        next = d->inner;
        munmap(d, d->bytes);
    }
}

#if defined(__SANITIZE_ADDRESS__)
typedef struct deep_call {
    void (*fn)(void *);
    void *data;
    mesh_deep *deep;
    mesh_proc *proc;
} deep_call;

static void deep_trampoline(void *arg) {
    deep_call *call = arg;
    __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
    call->fn(call->data);
    size_t bytes;
    void *low = low_of(call->proc, call->deep->outer, &bytes);
    __sanitizer_start_switch_fiber(NULL, low, bytes);
}
#endif

bool mesh_stack_deeper(mesh_ctx *ctx, void (*fn)(void *), void *data) {
    mesh_proc *p = ctx->proc;
    mesh_deep *d = inner_of(p->deep);
    if (d == NULL) return false;
    d->outer_limit = p->limit;
    p->deep = d;
    set_limit(ctx, (uintptr_t)d + sizeof *d + MESH_STACK_RESERVE);
    char *top = (char *)d + d->bytes;
#if defined(__SANITIZE_ADDRESS__)
    deep_call call = {fn, data, d, p};
    void *fake = NULL;
    __sanitizer_start_switch_fiber(&fake, d, d->bytes);
    mesh_call_on_stack(top, deep_trampoline, &call);
    __sanitizer_finish_switch_fiber(fake, NULL, NULL);
#else
    mesh_call_on_stack(top, fn, data);
#endif
    leave_deep(p);
    set_limit(ctx, p->limit);
    return true;
}

void mesh_stack_back(mesh_ctx *ctx, mesh_deep *deep) {
    mesh_proc *p = ctx->proc;
    if (p->deep == deep) return;
    while (p->deep != deep) leave_deep(p);
    set_limit(ctx, p->limit);
#if defined(__SANITIZE_ADDRESS__)
    size_t bytes;
    void *low = mesh_stack_low(p, &bytes);
    __sanitizer_start_switch_fiber(NULL, low, bytes); /* only says where the stack is */
    __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
#endif
}
