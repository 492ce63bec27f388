/* The table of processes, two levels: pid -> process. Pids are never used again, so blocks become empty and are freed. An
 * ended job leaves its record in its place. */
#include <stdlib.h>
#include <sys/mman.h>

#include "process.h"

enum { BLOCK_BITS = 12, BLOCK_SIZE = 1 << BLOCK_BITS };
#define DIRECTORY_SIZE ((size_t)1 << (40 - BLOCK_BITS))

typedef struct block {
    mesh_retired retired;
    _Atomic int32_t left; /* slots that have not been given up */
    _Atomic uintptr_t slot[BLOCK_SIZE]; /* 0; a mesh_proc *; a mesh_job * + 1 of an ended job */
} block;

static _Atomic(block *) *directory;
static size_t directory_size;
static _Atomic int64_t next_pid;
static pthread_mutex_t jobs_lock = PTHREAD_MUTEX_INITIALIZER;

static void directory_init(void) {
    for (directory_size = DIRECTORY_SIZE; directory_size >= 1024; directory_size /= 4) {
        directory = mmap(NULL, directory_size * sizeof *directory, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (directory != MAP_FAILED) return;
    }
    mesh_fatal("out of memory");
}

static block *block_of(int64_t pid) {
    uint64_t i = (uint64_t)pid >> BLOCK_BITS;
    if (directory == NULL || i >= directory_size) return NULL;
    return atomic_load_explicit(&directory[i], memory_order_acquire);
}

static block *block_make(int64_t pid) {
    uint64_t i = (uint64_t)pid >> BLOCK_BITS;
    if (i >= directory_size) mesh_fatal("process ids are used up");
    block *b = atomic_load_explicit(&directory[i], memory_order_acquire), *none = NULL;
    if (b != NULL) return b;
    b = calloc(1, sizeof *b);
    if (b == NULL) mesh_fatal("out of memory");
    atomic_store(&b->left, BLOCK_SIZE);
    if (atomic_compare_exchange_strong(&directory[i], &none, b)) return b;
    free(b);
    return none;
}

static void block_free(mesh_worker *w, mesh_retired *r) {
    (void)w;
    free(r);
}

void mesh_proc_unpublish(mesh_worker *w, int64_t pid) {
    block *b = block_of(pid);
    atomic_store_explicit(&b->slot[pid % BLOCK_SIZE], 0, memory_order_release);
    if (atomic_fetch_sub(&b->left, 1) > 1) return;
    atomic_store(&directory[(uint64_t)pid >> BLOCK_BITS], NULL);
    b->retired.free = block_free;
    mesh_retire(w, &b->retired);
}

mesh_proc *mesh_proc_find(int64_t pid) {
    block *b = block_of(pid);
    if (b == NULL) return NULL;
    uintptr_t v = atomic_load_explicit(&b->slot[pid % BLOCK_SIZE], memory_order_acquire);
    return v & 1 ? NULL : (mesh_proc *)v;
}

int64_t mesh_proc_last_pid(void) { return atomic_load(&next_pid) - 1; }

void mesh_proc_publish(mesh_proc *p) {
    if (directory == NULL) directory_init();
    p->pid = atomic_fetch_add(&next_pid, 1);
    atomic_store_explicit(&block_make(p->pid)->slot[p->pid % BLOCK_SIZE], (uintptr_t)p, memory_order_release);
}

/* An ended job leaves its record in its slot until it is forgotten. */
void mesh_proc_set_job_record(int64_t pid, mesh_job *job) {
    atomic_store_explicit(&block_of(pid)->slot[pid % BLOCK_SIZE], (uintptr_t)job + 1, memory_order_release);
}

mesh_job *mesh_proc_job_record(int64_t pid) {
    block *b = block_of(pid);
    if (b == NULL) return NULL;
    pthread_mutex_lock(&jobs_lock);
    uintptr_t v = atomic_load_explicit(&b->slot[pid % BLOCK_SIZE], memory_order_acquire);
    mesh_job *job = v & 1 ? (mesh_job *)(v - 1) : NULL;
    if (job != NULL) mesh_job_retain(job);
    pthread_mutex_unlock(&jobs_lock);
    return job;
}

void mesh_proc_forget_job(mesh_worker *w, int64_t pid) {
    pthread_mutex_lock(&jobs_lock);
    mesh_proc_unpublish(w, pid);
    pthread_mutex_unlock(&jobs_lock);
}
