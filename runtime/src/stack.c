/* Stacks of processes: equal slots of large reserved regions, without guard pages (a kernel allows some 65,000 mappings)
 * and without huge pages (a stack mostly uses one or two pages). Overflow is found by the check in every prologue. */
#include <stdlib.h>
#include <sys/mman.h>

#include "process.h"

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
