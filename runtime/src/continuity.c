/* Records of clustered work (actors.md 18.3) in one process: there are no other nodes, so nothing is ever mirrored. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mesh_stdlib.h"
#include "process.h"

/* Texts in the order of the counted slots of ContinuityRecord. */
enum { KEY, HASH, ATTEMPT, PHASE, RESULT, INGRESS, OWNER, REPLICA, REPLICA_STATUS, ROLE, HEALTH, EXECUTION, ERROR, TEXTS };

typedef struct record {
    struct record *next;
    char *text[TEXTS];
    int64_t replication_count, promotion_epoch;
    bool routed_remotely, fell_back_locally;
} record;

static const char STANDALONE[] = "standalone@local"; /* the name of this node while there are no others */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static record **buckets;
static size_t count, cap;

static const char *role(void) {
    const char *value = getenv("MESH_CONTINUITY_ROLE");
    return value != NULL && strcmp(value, "standby") == 0 ? "standby" : "primary";
}

static int64_t promotion_epoch(void) {
    const char *value = getenv("MESH_CONTINUITY_PROMOTION_EPOCH");
    if (value == NULL || *value == 0) return 0;
    char *end;
    long long n = strtoll(value, &end, 10);
    return *end == 0 && n >= 0 ? n : 0;
}

/* ---- the table; every function is called with the lock held ---- */

static uint64_t hash_of(const char *text) { /* FNV-1a */
    uint64_t h = 0xcbf29ce484222325u;
    for (; *text != 0; text++) h = (h ^ (unsigned char)*text) * 0x100000001b3u;
    return h;
}

static record *find(const char *key) {
    if (cap == 0) return NULL;
    record *r = buckets[hash_of(key) & (cap - 1)];
    while (r != NULL && strcmp(r->text[KEY], key) != 0) r = r->next;
    return r;
}

static void insert(record *r) {
    if (count == cap) {
        size_t grown_cap = cap == 0 ? 64 : cap * 2;
        record **grown = calloc(grown_cap, sizeof *grown);
        if (grown == NULL) mesh_fatal("out of memory");
        for (size_t i = 0; i < cap; i++) {
            for (record *old = buckets[i], *next; old != NULL; old = next) {
                next = old->next;
                record **at = &grown[hash_of(old->text[KEY]) & (grown_cap - 1)];
                old->next = *at;
                *at = old;
            }
        }
        free(buckets);
        buckets = grown;
        cap = grown_cap;
    }
    record **at = &buckets[hash_of(r->text[KEY]) & (cap - 1)];
    r->next = *at;
    *at = r;
    count++;
}

static void set(record *r, int field, const char *text) {
    free(r->text[field]);
    r->text[field] = strdup(text);
    if (r->text[field] == NULL) mesh_fatal("out of memory");
}

/* ---- values of Mesh ---- */

/* A copy that the caller makes into a value once the lock is free: making values may panic. */
static record *snapshot(const record *r) {
    record *copy = malloc(sizeof *copy);
    if (copy == NULL) mesh_fatal("out of memory");
    *copy = *r;
    for (int i = 0; i < TEXTS; i++) {
        copy->text[i] = strdup(r->text[i]);
        if (copy->text[i] == NULL) mesh_fatal("out of memory");
    }
    return copy;
}

static void free_record(void *data) {
    record *r = data;
    for (int i = 0; i < TEXTS; i++) free(r->text[i]);
    free(r);
}

static mesh_data *value_of(mesh_ctx *ctx, record *owned) {
    mesh_resource *held = mesh_resource_add(ctx, free_record, owned);
    mesh_data *value = mesh_data_new(ctx, 0, TEXTS, TEXTS + 4);
    for (int i = 0; i < TEXTS; i++) value->slot[i] = mesh_of_ptr(mesh_string_from_c(ctx, owned->text[i]));
    value->slot[TEXTS] = (mesh_value)owned->replication_count;
    value->slot[TEXTS + 1] = (mesh_value)owned->promotion_epoch;
    value->slot[TEXTS + 2] = owned->routed_remotely;
    value->slot[TEXTS + 3] = owned->fell_back_locally;
    mesh_resource_remove(ctx, held);
    free_record(owned);
    return value;
}

static mesh_obj *decision(mesh_ctx *ctx, const char *outcome, const char *reason, record *owned) {
    mesh_data *r = value_of(ctx, owned), *value = mesh_data_new(ctx, 0, 3, 3);
    value->slot[0] = mesh_of_ptr(mesh_string_from_c(ctx, outcome));
    value->slot[1] = mesh_of_ptr(mesh_string_from_c(ctx, reason));
    value->slot[2] = mesh_of_ptr(r);
    return mesh_ok_ptr(ctx, value);
}

/* ---- functions of Mesh ---- */

static char *owned_text(const mesh_string *s) {
    char *text = strndup(s->data, (size_t)s->len);
    if (text == NULL) mesh_fatal("out of memory");
    return text;
}

typedef struct request {
    mesh_string *key, *hash, *ingress, *owner, *replica;
    int64_t required;
    bool routed_remotely, fell_back_locally;
} request;

static bool is_empty(const mesh_string *s) { return s->len == 0; }

/* The decision, or what is wrong with the request. `created`: the record is new and to be worked on; NULL: not asked. */
static mesh_obj *submit(mesh_ctx *ctx, const request *q, bool *created) {
    if (is_empty(q->key)) return mesh_err_text(ctx, "request_key_missing");
    if (is_empty(q->hash)) return mesh_err_text(ctx, "payload_hash_missing");
    if (is_empty(q->owner)) return mesh_err_text(ctx, "owner_node_missing");
    if (q->required < 0) return mesh_err_text(ctx, "invalid_required_replica_count");
    if (!is_empty(q->replica) && mesh_string_eq(q->replica, q->owner)) return mesh_err_text(ctx, "replica_matches_owner");
    record *r = calloc(1, sizeof *r);
    if (r == NULL) mesh_fatal("out of memory");
    r->text[KEY] = owned_text(q->key);
    r->text[HASH] = owned_text(q->hash);
    r->text[INGRESS] = owned_text(q->ingress);
    r->text[OWNER] = owned_text(q->owner);
    r->text[REPLICA] = owned_text(q->replica);
    r->replication_count = q->required + 1;
    r->promotion_epoch = promotion_epoch();
    r->routed_remotely = q->routed_remotely;
    r->fell_back_locally = q->fell_back_locally;
    set(r, ATTEMPT, "attempt-1");
    set(r, EXECUTION, "");
    set(r, ROLE, role());
    char error[64] = "";
    if (q->required > 1) snprintf(error, sizeof error, "unsupported_replication_count:%lld", (long long)q->required + 1);
    else if (q->required == 1)
        snprintf(error, sizeof error, is_empty(q->replica) ? "replica_required_unavailable" : "replica_prepare_timeout");
    bool rejected = error[0] != 0;
    set(r, PHASE, rejected ? "rejected" : "submitted");
    set(r, RESULT, rejected ? "rejected" : "pending");
    set(r, REPLICA_STATUS, rejected ? "rejected" : "unassigned");
    set(r, HEALTH, rejected ? "unavailable" : "local_only");
    set(r, ERROR, error);

    const char *outcome = rejected ? "rejected" : "created", *reason = "";
    pthread_mutex_lock(&lock);
    record *known = find(r->text[KEY]), *shown;
    if (known != NULL) {
        bool same = strcmp(known->text[HASH], r->text[HASH]) == 0;
        outcome = same ? "duplicate" : "conflict";
        reason = same ? "" : "request_key_conflict";
        shown = snapshot(known);
        free_record(r);
    } else {
        shown = snapshot(r);
        insert(r);
    }
    pthread_mutex_unlock(&lock);
    if (created != NULL) *created = known == NULL && !rejected;
    return decision(ctx, outcome, reason, shown);
}

mesh_obj *mesh_continuity_submit_with_durability(mesh_ctx *ctx, mesh_string *request_key, mesh_string *payload_hash,
                                                 mesh_string *ingress_node, mesh_string *owner_node, mesh_string *replica_node,
                                                 int64_t required_replica_count, bool routed_remotely, bool fell_back_locally) {
    request q = {request_key, payload_hash, ingress_node, owner_node, replica_node, required_replica_count,
                 routed_remotely, fell_back_locally};
    return submit(ctx, &q, NULL);
}

mesh_obj *mesh_continuity_status(mesh_ctx *ctx, mesh_string *request_key) {
    if (is_empty(request_key)) return mesh_err_text(ctx, "request_key_missing");
    char *key = owned_text(request_key);
    pthread_mutex_lock(&lock);
    record *r = find(key), *shown = r == NULL ? NULL : snapshot(r);
    pthread_mutex_unlock(&lock);
    free(key);
    return shown == NULL ? mesh_err_text(ctx, "request_key_not_found") : mesh_ok_ptr(ctx, value_of(ctx, shown));
}

mesh_obj *mesh_continuity_authority_status(mesh_ctx *ctx) {
    mesh_data *value = mesh_data_new(ctx, 0, 2, 3); /* cluster_role, replication_health; promotion_epoch */
    value->slot[0] = mesh_of_ptr(mesh_string_from_c(ctx, role()));
    value->slot[1] = mesh_of_ptr(mesh_string_from_c(ctx, "local_only"));
    value->slot[2] = (mesh_value)promotion_epoch();
    return mesh_ok_ptr(ctx, value);
}

mesh_obj *mesh_continuity_mark_completed(mesh_ctx *ctx, mesh_string *request_key, mesh_string *attempt_id,
                                         mesh_string *execution_node) {
    if (is_empty(request_key)) return mesh_err_text(ctx, "request_key_missing");
    if (is_empty(attempt_id)) return mesh_err_text(ctx, "attempt_id_missing");
    if (is_empty(execution_node)) return mesh_err_text(ctx, "execution_node_missing");
    char *key = owned_text(request_key), *attempt = owned_text(attempt_id), *node = owned_text(execution_node);
    const char *error = NULL;
    record *shown = NULL;
    pthread_mutex_lock(&lock);
    record *r = find(key);
    if (r == NULL) error = "request_key_not_found";
    else if (strcmp(r->text[ATTEMPT], attempt) != 0) error = "attempt_id_mismatch";
    else if (strcmp(r->text[PHASE], "rejected") == 0) error = "transition_rejected:phase";
    else if (strcmp(r->text[PHASE], "completed") == 0 && strcmp(r->text[EXECUTION], node) != 0)
        error = "transition_rejected:already_completed";
    if (error == NULL) {
        set(r, PHASE, "completed");
        set(r, RESULT, "succeeded");
        set(r, EXECUTION, node);
        shown = snapshot(r);
    }
    pthread_mutex_unlock(&lock);
    free(key), free(attempt), free(node);
    return error != NULL ? mesh_err_text(ctx, "%s", error) : mesh_ok_ptr(ctx, value_of(ctx, shown));
}

mesh_obj *mesh_continuity_acknowledge_replica(mesh_ctx *ctx, mesh_string *request_key, mesh_string *attempt_id) {
    if (is_empty(request_key)) return mesh_err_text(ctx, "request_key_missing");
    if (is_empty(attempt_id)) return mesh_err_text(ctx, "attempt_id_missing");
    char *key = owned_text(request_key), *attempt = owned_text(attempt_id);
    const char *error = NULL;
    record *shown = NULL;
    pthread_mutex_lock(&lock);
    record *r = find(key);
    if (r == NULL) error = "request_key_not_found";
    else if (strcmp(r->text[ATTEMPT], attempt) != 0) error = "attempt_id_mismatch";
    else if (r->text[REPLICA][0] == 0) error = "replica_node_missing";
    else if (strcmp(r->text[PHASE], "submitted") != 0) error = "transition_rejected:phase";
    if (error == NULL) {
        set(r, REPLICA_STATUS, "mirrored");
        set(r, HEALTH, "healthy");
        shown = snapshot(r);
    }
    pthread_mutex_unlock(&lock);
    free(key), free(attempt);
    return error != NULL ? mesh_err_text(ctx, "%s", error) : mesh_ok_ptr(ctx, value_of(ctx, shown));
}

/* ---- work that is declared with @cluster, run here (actors.md 18.2, standalone): once at the start, and when submitted ---- */

typedef struct work {
    struct work *next;
    mesh_thunk thunk;
    int64_t nargs;
    char name[];
} work;

/* One request for a work item; belongs to the process that runs it. */
typedef struct task {
    const work *work;
    bool at_start; /* submitted by the runtime: nobody has made its record yet */
    char key[];
} task;

static work *declared, **declared_end = &declared;
static _Atomic bool started;

static void report(const char *transition, const char *name) {
    fprintf(stderr, "[mesh-rt startup] transition=%s runtime_name=%s request_key=startup::%s\n", transition, name, name);
}

void mesh_work_declare(mesh_ctx *ctx, const mesh_string *name, mesh_thunk thunk, int64_t copies, int64_t nargs) {
    (void)ctx;
    (void)copies; /* without other nodes there is one */
    work *one = calloc(1, sizeof *one + (size_t)name->len + 1);
    if (one == NULL) mesh_fatal("out of memory");
    one->thunk = thunk;
    one->nargs = nargs;
    memcpy(one->name, name->data, (size_t)name->len);
    *declared_end = one;
    declared_end = &one->next;
    report("startup_registered", one->name);
}

static mesh_value call_work(mesh_ctx *ctx, void *data) {
    const task *one = data;
    mesh_value args[2] = {0, 0};
    if (one->work->nargs == 2) {
        args[0] = mesh_of_ptr(mesh_string_from_c(ctx, one->key));
        args[1] = mesh_of_ptr(mesh_string_from_c(ctx, "attempt-1"));
    }
    return one->work->thunk(ctx, args); /* the result goes with the guard's heap */
}

static void run_task(mesh_ctx *ctx) {
    task *one = ctx->proc->data;
    mesh_resource *held = mesh_resource_add(ctx, free, one);
    mesh_string *key = mesh_string_from_c(ctx, one->key), *node = mesh_string_from_c(ctx, STANDALONE);
    mesh_string *attempt = mesh_string_from_c(ctx, "attempt-1");
    if (one->at_start) {
        mesh_string *hash = mesh_string_format(ctx, "startup-payload::%s", one->work->name), *none = mesh_string_from_c(ctx, "");
        request q = {key, hash, node, node, none, 0, false, false};
        mesh_drop(ctx, submit(ctx, &q, NULL));
        mesh_drop(ctx, hash);
        mesh_drop(ctx, none);
    }
    if (mesh_guard(ctx, call_work, one, false, NULL, NULL) == 0) {
        mesh_drop(ctx, mesh_continuity_mark_completed(ctx, key, attempt, node));
        if (one->at_start) report("startup_completed", one->work->name);
    }
    mesh_drop(ctx, key);
    mesh_drop(ctx, node);
    mesh_drop(ctx, attempt);
    mesh_resource_remove(ctx, held);
    free(one);
}

static void start_task(mesh_worker *w, const work *work, const char *key, bool at_start) {
    task *one = malloc(sizeof *one + strlen(key) + 1);
    mesh_proc *p = mesh_proc_new(w, KIND_SYSTEM);
    if (one == NULL || p == NULL) mesh_fatal("out of memory");
    one->work = work;
    one->at_start = at_start;
    strcpy(one->key, key);
    p->table = (const void *)run_task;
    p->data = one;
    mesh_proc_start(w, NULL, p, true);
}

void mesh_work_start(mesh_worker *w) {
    if (declared == NULL || atomic_exchange(&started, true)) return;
    for (work *one = declared; one != NULL; one = one->next) {
        report("startup_trigger", one->name);
        char *key = malloc(strlen(one->name) + sizeof "startup::");
        if (key == NULL) mesh_fatal("out of memory");
        sprintf(key, "startup::%s", one->name);
        start_task(w, one, key, true);
        free(key);
    }
}

/* Without other nodes nothing can be replicated, so no replica is waited for. */
mesh_obj *mesh_continuity_submit_declared_work(mesh_ctx *ctx, mesh_string *runtime_name, mesh_string *request_key,
                                               mesh_string *payload_hash, int64_t required_replica_count) {
    if (required_replica_count < 0) return mesh_err_text(ctx, "invalid_required_replica_count");
    char *name = owned_text(runtime_name);
    const work *found = declared;
    while (found != NULL && strcmp(found->name, name) != 0) found = found->next;
    free(name);
    if (found == NULL) return mesh_err_text(ctx, "declared_handler_not_registered:%.*s", (int)runtime_name->len, runtime_name->data);
    mesh_string *node = mesh_string_from_c(ctx, STANDALONE), *none = mesh_string_from_c(ctx, "");
    request q = {request_key, payload_hash, node, node, none, 0, false, false};
    bool created = false;
    mesh_obj *outcome = submit(ctx, &q, &created);
    mesh_drop(ctx, node);
    mesh_drop(ctx, none);
    if (created) {
        char *key = owned_text(request_key);
        start_task(ctx->proc->worker, found, key, false);
        free(key);
    }
    return outcome;
}
