/* Jobs: a process that runs a closure; its outcome stays in a record that takes the process's place in the table. */
#include <stdlib.h>

#include "mesh_stdlib.h"
#include "process.h"

/* Records kept beyond what somebody may still await for the first time: awaiting twice gives the same result. */
enum { KEPT = 65536 };

struct mesh_job {
    _Atomic int64_t refs;
    int64_t pid, creator;
    mesh_flat *closure; /* until it runs; one for all jobs of a Job.map is `shared` */
    struct shared_closure *shared;
    mesh_node argument;  /* of Job.map */
    mesh_node value;
    bool has_argument, result_ptr, argument_ptr, done;
    _Atomic bool awaited;
    mesh_reason *reason;
    mesh_job *next; /* of the ended ones, oldest first */
};

typedef struct shared_closure {
    _Atomic int64_t refs;
    mesh_flat *flat;
} shared_closure;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static mesh_job *ended, **ended_end = &ended;
static int64_t ended_count;

static void drop_closure(mesh_job *job) {
    if (job->closure != NULL) mesh_flat_free(job->closure);
    job->closure = NULL;
    if (job->shared != NULL && atomic_fetch_sub(&job->shared->refs, 1) == 1) {
        mesh_flat_free(job->shared->flat);
        free(job->shared);
    }
    job->shared = NULL;
    if (job->has_argument) mesh_node_drop_value(&job->argument);
    job->has_argument = false;
}

mesh_job *mesh_job_retain(mesh_job *job) {
    atomic_fetch_add_explicit(&job->refs, 1, memory_order_relaxed);
    return job;
}

void mesh_job_release(mesh_job *job) {
    if (atomic_fetch_sub(&job->refs, 1) > 1) return;
    drop_closure(job);
    if (job->done) mesh_node_drop_value(&job->value);
    mesh_reason_release(job->reason);
    free(job);
}

static mesh_job *job_new(mesh_ctx *ctx, const mesh_type *result) {
    mesh_job *job = calloc(1, sizeof *job);
    if (job == NULL) mesh_panic(ctx, "out of memory");
    atomic_store(&job->refs, 1);
    job->creator = ctx->proc->pid;
    job->result_ptr = mesh_is_ptr(result);
    return job;
}

static int64_t job_start(mesh_ctx *ctx, mesh_job *job) {
    mesh_proc *self = ctx->proc, *p = mesh_proc_new(self->worker, KIND_JOB);
    if (p == NULL) mesh_panic(ctx, "out of memory");
    p->job = job;
    return mesh_proc_start(self->worker, self, p, true);
}

int64_t mesh_job_async(mesh_ctx *ctx, const mesh_type *result, mesh_closure *f) {
    mesh_job *job = job_new(ctx, result);
    job->closure = mesh_flatten(ctx, mesh_of_ptr(f), true);
    if (job->closure == NULL) mesh_panic(ctx, "out of memory");
    return job_start(ctx, job);
}

void mesh_job_main(mesh_ctx *ctx, mesh_proc *p) {
    mesh_job *job = p->job;
    p->started = true;
    mesh_closure *f = mesh_to_ptr(mesh_unflatten(ctx, job->shared != NULL ? job->shared->flat : job->closure));
    bool with_argument = job->has_argument;
    mesh_value argument = with_argument ? mesh_node_copy(ctx, &job->argument) : 0;
    drop_closure(job);
    mesh_value v = with_argument ? mesh_call1(ctx, f, argument) : mesh_call0(ctx, f);
    mesh_drop(ctx, f);
    if (!mesh_node_put(ctx, &job->value, job->result_ptr, v)) mesh_panic(ctx, "out of memory");
    job->done = true;
    if (job->result_ptr) mesh_drop_obj(ctx, mesh_to_ptr(v));
}

/* Ended records are forgotten, oldest first, once they were awaited or nobody is left who made them. */
static void forget_old(mesh_worker *w) {
    for (int i = 0; i < 2; i++) {
        pthread_mutex_lock(&lock);
        mesh_job *job = NULL;
        if (ended_count > KEPT) {
            job = ended;
            ended = job->next;
            if (ended == NULL) ended_end = &ended;
            ended_count--;
            if (!atomic_load(&job->awaited) && mesh_proc_find(job->creator) != NULL) {
                job->next = NULL;
                *ended_end = job;
                ended_end = &job->next;
                ended_count++;
                job = NULL;
            }
        }
        pthread_mutex_unlock(&lock);
        if (job == NULL) continue;
        mesh_proc_forget_job(w, job->pid);
        mesh_job_release(job);
    }
}

void mesh_job_ended(mesh_worker *w, mesh_proc *p) {
    mesh_job *job = p->job;
    job->pid = p->pid;
    job->reason = mesh_reason_retain(p->reason);
    mesh_job_retain(job); /* the table's */
    mesh_proc_set_job_record(p->pid, job);
    pthread_mutex_lock(&lock);
    job->next = NULL;
    *ended_end = job;
    ended_end = &job->next;
    ended_count++;
    pthread_mutex_unlock(&lock);
    forget_old(w);
}

/* ---- awaiting ---- */

static mesh_obj *outcome(mesh_ctx *ctx, mesh_job *job) {
    atomic_store(&job->awaited, true);
    if (job->done) {
        mesh_value v = mesh_node_copy(ctx, &job->value);
        return job->result_ptr ? mesh_ok_ptr(ctx, mesh_to_ptr(v)) : mesh_ok_word(ctx, v);
    }
    if (job->reason->tag == MESH_EXIT_LINKED) return mesh_err_text(ctx, "job crashed");
    return mesh_err_ptr(ctx, mesh_string_new(ctx, job->reason->text, job->reason->len));
}

static mesh_obj *await(mesh_ctx *ctx, int64_t pid, int64_t deadline_ns) {
    mesh_proc *p = ctx->proc, *target = mesh_proc_find(pid);
    if (target != NULL) {
        if (target->kind != KIND_JOB) return mesh_err_text(ctx, "not a job");
        if (deadline_ns == 0) return mesh_err_text(ctx, "timeout");
        mesh_ticket ticket = mesh_wait_begin(ctx);
        mesh_node *n = mesh_node_new(p->worker, NODE_AWAIT);
        n->from = p->pid;
        n->id = ticket.seq;
        if (mesh_proc_push(p->worker, target, n)) {
            int status = mesh_wait(ctx, ticket, deadline_ns, NULL);
            if (status < 0) mesh_leave_if_ending(ctx);
            if (status == 1) return mesh_err_text(ctx, "timeout");
            mesh_node *reply = p->reply;
            p->reply = NULL;
            mesh_obj *result = outcome(ctx, reply->object);
            mesh_node_discard(p->worker, reply);
            return result;
        }
        mesh_node_free(p->worker, n);
    }
    mesh_job *job = mesh_proc_job_record(pid);
    if (job == NULL) return mesh_err_text(ctx, "not a job");
    mesh_obj *result = outcome(ctx, job);
    mesh_job_release(job);
    return result;
}

mesh_obj *mesh_job_await(mesh_ctx *ctx, const mesh_type *result, int64_t job) {
    (void)result;
    return await(ctx, job, INT64_MAX);
}

mesh_obj *mesh_job_await_timeout(mesh_ctx *ctx, const mesh_type *result, int64_t job, int64_t ms) {
    (void)result;
    return await(ctx, job, ms <= 0 ? 0 : mesh_deadline_after_ms(ms));
}

mesh_list *mesh_job_map(mesh_ctx *ctx, const mesh_type *a, const mesh_type *b, mesh_list *list, mesh_closure *f) {
    static const mesh_type element = {.name = "Result", .rep = MESH_REP_PTR};
    int64_t n = list->len;
    mesh_list *results = mesh_list_new(ctx, &element, (size_t)n);
    if (n == 0) return results;
    shared_closure *shared = calloc(1, sizeof *shared);
    if (shared != NULL) shared->flat = mesh_flatten(ctx, mesh_of_ptr(f), true);
    int64_t *pids = malloc((size_t)n * sizeof *pids);
    if (shared == NULL || shared->flat == NULL || pids == NULL) {
        free(pids);
        mesh_panic(ctx, "out of memory");
    }
    mesh_resource *held = mesh_resource_add(ctx, free, pids);
    atomic_store(&shared->refs, n);
    for (int64_t i = 0; i < n; i++) {
        mesh_job *job = job_new(ctx, b);
        job->shared = shared;
        job->has_argument = true;
        if (!mesh_node_put(ctx, &job->argument, mesh_is_ptr(a), list->data[i])) mesh_panic(ctx, "out of memory");
        pids[i] = job_start(ctx, job);
    }
    for (int64_t i = 0; i < n; i++)
        results = mesh_list_push(ctx, &element, results, mesh_of_ptr(await(ctx, pids[i], INT64_MAX)));
    mesh_resource_remove(ctx, held);
    free(pids);
    return results;
}
