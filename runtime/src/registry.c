/* Names of processes: two tables (Process and Global) behind one lock. A name disappears with its process. */
#include <stdlib.h>
#include <string.h>

#include "mesh_stdlib.h"
#include "process.h"

typedef struct mesh_name {
    struct mesh_name *next;       /* in its bucket */
    struct mesh_name *next_owned; /* of its process */
    struct registry *registry;
    int64_t pid;
    uint64_t hash;
    size_t len;
    char text[];
} name;

typedef struct registry {
    name **buckets;
    size_t count, cap;
} registry;

enum { NAMES_NONE, NAMES_SOME, NAMES_RELEASED };

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static registry local, global;

static uint64_t hash_of(const char *text, size_t len) { /* FNV-1a */
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < len; i++) h = (h ^ (unsigned char)text[i]) * 0x100000001b3u;
    return h;
}

static name **find(registry *r, const char *text, size_t len, uint64_t hash) {
    name **at = &r->buckets[hash & (r->cap - 1)];
    while (*at != NULL && ((*at)->hash != hash || (*at)->len != len || memcmp((*at)->text, text, len) != 0))
        at = &(*at)->next;
    return at;
}

static bool grow(registry *r) {
    size_t cap = r->cap == 0 ? 64 : r->cap * 2;
    name **buckets = calloc(cap, sizeof *buckets);
    if (buckets == NULL) return false;
    for (size_t i = 0; i < r->cap; i++) {
        for (name *n = r->buckets[i], *next; n != NULL; n = next) {
            next = n->next;
            n->next = buckets[n->hash & (cap - 1)];
            buckets[n->hash & (cap - 1)] = n;
        }
    }
    free(r->buckets);
    r->buckets = buckets;
    r->cap = cap;
    return true;
}

static bool may_be_named(mesh_proc *p) {
    int state = NAMES_NONE;
    return atomic_compare_exchange_strong(&p->named, &state, NAMES_SOME) || state == NAMES_SOME;
}

static int64_t add(registry *r, mesh_string *text, int64_t pid) {
    size_t len = (size_t)text->len;
    uint64_t hash = hash_of(text->data, len);
    int64_t status = 1;
    pthread_rwlock_wrlock(&lock);
    mesh_proc *p = pid == 0 ? NULL : mesh_proc_find(pid);
    if (p != NULL && may_be_named(p) && (r->count < r->cap || grow(r))) {
        name **at = find(r, text->data, len, hash);
        name *n = *at == NULL ? malloc(sizeof *n + len) : NULL;
        if (n != NULL) {
            *n = (name){NULL, p->names, r, pid, hash, len};
            memcpy(n->text, text->data, len);
            *at = n;
            p->names = n;
            r->count++;
            status = 0;
        }
    }
    pthread_rwlock_unlock(&lock);
    return status;
}

static int64_t look_up(registry *r, mesh_string *text) {
    uint64_t hash = hash_of(text->data, (size_t)text->len);
    pthread_rwlock_rdlock(&lock);
    name *n = r->cap == 0 ? NULL : *find(r, text->data, (size_t)text->len, hash);
    int64_t pid = n == NULL ? 0 : n->pid;
    pthread_rwlock_unlock(&lock);
    return pid;
}

static int64_t take_away(registry *r, mesh_string *text) {
    uint64_t hash = hash_of(text->data, (size_t)text->len);
    int64_t status = 1;
    pthread_rwlock_wrlock(&lock);
    name **at = r->cap == 0 ? NULL : find(r, text->data, (size_t)text->len, hash), *n = at == NULL ? NULL : *at;
    mesh_proc *p = n == NULL ? NULL : mesh_proc_find(n->pid);
    if (p != NULL) { /* a name never outlives its process */
        name **owned = &p->names;
        while (*owned != n) owned = &(*owned)->next_owned;
        *owned = n->next_owned;
        *at = n->next;
        r->count--;
        free(n);
        status = 0;
    }
    pthread_rwlock_unlock(&lock);
    return status;
}

void mesh_registry_release(mesh_proc *p) {
    int state = NAMES_NONE;
    if (atomic_compare_exchange_strong(&p->named, &state, NAMES_RELEASED)) return; /* the common case needs no lock */
    pthread_rwlock_wrlock(&lock);
    atomic_store(&p->named, NAMES_RELEASED);
    while (p->names != NULL) {
        name *n = p->names, **at = &n->registry->buckets[n->hash & (n->registry->cap - 1)];
        p->names = n->next_owned;
        while (*at != n) at = &(*at)->next;
        *at = n->next;
        n->registry->count--;
        free(n);
    }
    pthread_rwlock_unlock(&lock);
}

int64_t mesh_process_register(mesh_ctx *ctx, mesh_string *text, int64_t pid) {
    (void)ctx;
    return add(&local, text, pid);
}

int64_t mesh_process_whereis(mesh_ctx *ctx, mesh_string *text) {
    (void)ctx;
    return look_up(&local, text);
}

int64_t mesh_process_unregister(mesh_ctx *ctx, mesh_string *text) {
    (void)ctx;
    return take_away(&local, text);
}

int64_t mesh_global_register(mesh_ctx *ctx, mesh_string *text, int64_t pid) {
    (void)ctx;
    return text->len == 0 ? 1 : add(&global, text, pid);
}

int64_t mesh_global_whereis(mesh_ctx *ctx, mesh_string *text) {
    (void)ctx;
    return look_up(&global, text);
}

int64_t mesh_global_unregister(mesh_ctx *ctx, mesh_string *text) {
    (void)ctx;
    return take_away(&global, text);
}
