/* Waiting inside a process: tickets, stackless waits, native processes. */
#include <stdlib.h>
#include <string.h>

#include "process.h"

/* ---- tickets ---- */

mesh_ticket mesh_wait_begin(mesh_ctx *ctx) {
    mesh_proc *p = ctx->proc;
    p->ticket++;
    p->woken = false;
    p->timed_out = false;
    return (mesh_ticket){p->pid, p->ticket};
}

int mesh_wait(mesh_ctx *ctx, mesh_ticket ticket, int64_t deadline_ns, int64_t *result) {
    mesh_proc *p = ctx->proc;
    (void)ticket;
    if (!p->woken) mesh_park(p, WAIT_TICKET, deadline_ns);
    if (p->woken) {
        if (result != NULL) *result = p->wake_result;
        return 0;
    }
    if (p->ending && !p->terminating) return -1;
    /* In a terminate block signals no longer count: wait on. */
    while (!p->woken && !p->timed_out) mesh_park(p, WAIT_TICKET, deadline_ns);
    if (!p->woken) return 1;
    if (result != NULL) *result = p->wake_result;
    return 0;
}

void mesh_wake_from(mesh_worker *w, mesh_ticket ticket, int64_t result) {
    mesh_proc *p = mesh_proc_find(ticket.pid);
    if (p == NULL) return;
    mesh_node *n = mesh_node_new(w, NODE_WAKE);
    n->id = ticket.seq;
    n->word[0] = (mesh_value)result;
    if (!mesh_proc_push(w, p, n)) mesh_node_free(w, n);
}

typedef struct wake_post {
    mesh_post post;
    mesh_ticket ticket;
    int64_t result;
} wake_post;

static void run_wake(mesh_post *post) {
    wake_post *wake = (wake_post *)post;
    mesh_wake_from(mesh_worker_here(), wake->ticket, wake->result);
    free(wake);
}

void mesh_wake(mesh_ticket ticket, int64_t result) {
    mesh_worker *w = mesh_worker_here();
    if (w != NULL) {
        mesh_wake_from(w, ticket, result);
        return;
    }
    /* Only workers may look into the table. */
    wake_post *wake = malloc(sizeof *wake);
    if (wake == NULL) mesh_fatal("out of memory");
    *wake = (wake_post){{NULL, run_wake}, ticket, result};
    mesh_loop_post(mesh_worker_at((int)(ticket.pid % mesh_worker_count())), &wake->post);
}

void mesh_wait_for_ever(mesh_ctx *ctx) {
    for (;;) {
        mesh_wait(ctx, mesh_wait_begin(ctx), INT64_MAX, NULL);
        mesh_leave_if_ending(ctx);
    }
}

/* ---- waits that keep no stack ---- */

static void keep_frame(mesh_ctx *ctx, mesh_thunk resume, const mesh_value *frame, int64_t words) {
    mesh_proc *p = ctx->proc;
    size_t bytes = (size_t)words * sizeof *frame;
    if (words > (int64_t)(sizeof p->inline_args / sizeof *p->inline_args)) {
        /* The old frame was read when its thunk started. */
        mesh_value *grown = realloc(p->args == p->inline_args ? NULL : p->args, bytes);
        if (grown == NULL) mesh_panic(ctx, "out of memory");
        p->args = grown;
    } else if (p->args != p->inline_args) {
        free(p->args);
        p->args = p->inline_args;
    }
    if (bytes > 0) memcpy(p->args, frame, bytes);
    p->resume = resume;
}

bool mesh_can_wait_stackless(mesh_ctx *ctx) {
    mesh_proc *p = ctx->proc;
    return p->kind == KIND_ACTOR && p->guard == NULL && ctx == &p->root && !p->terminating;
}

void mesh_receive_stackless(mesh_ctx *ctx, mesh_thunk resume, const mesh_value *frame, int64_t words) {
    mesh_proc *p = ctx->proc;
    mesh_leave_if_ending(ctx);
    keep_frame(ctx, resume, frame, words);
    p->ticket++;
    p->timed_out = false;
    mesh_park_stackless(p, WAIT_MESSAGE, p->receive_deadline);
}

void mesh_sleep_stackless(mesh_ctx *ctx, int64_t ms, mesh_thunk resume, const mesh_value *frame, int64_t words) {
    mesh_proc *p = ctx->proc;
    mesh_leave_if_ending(ctx);
    keep_frame(ctx, resume, frame, words);
    mesh_wait_begin(ctx);
    if (ms > 0) mesh_park_stackless(p, WAIT_TICKET, mesh_deadline_after_ms(ms));
    mesh_park_stackless(p, WAIT_NOTHING, INT64_MAX);
}

/* ---- native processes ---- */

int64_t mesh_native_spawn(const mesh_native_class *cls, void *data) {
    mesh_worker *w = mesh_worker_here();
    mesh_proc *p = mesh_proc_new(w, KIND_NATIVE);
    if (p == NULL) mesh_fatal("out of memory");
    p->table = cls;
    p->data = data;
    p->wait = WAIT_WORK;
    atomic_store(&p->inbox, INBOX_WAITING);
    mesh_proc_publish(p);
    return p->pid;
}

static bool native_push(int64_t pid, int kind, mesh_task *task) {
    mesh_worker *w = mesh_worker_here();
    mesh_proc *p = mesh_proc_find(pid);
    if (p == NULL || p->kind != KIND_NATIVE) return false;
    mesh_node *n = mesh_node_new(w, kind);
    n->word[0] = mesh_of_ptr(task);
    if (kind == NODE_FINISH) n->object = mesh_reason_normal;
    if (mesh_proc_push(w, p, n)) return true;
    mesh_node_free(w, n);
    return false;
}

bool mesh_native_post(int64_t pid, mesh_task *task) { return native_push(pid, NODE_TASK, task); }
void mesh_native_finish(int64_t pid) { native_push(pid, NODE_FINISH, NULL); }

/* Waits for work without a stack: does not return. false: under ThreadSanitizer, which makes stacks dear, it has waited. */
bool mesh_wait_work(mesh_proc *p) {
#if defined(__SANITIZE_THREAD__)
    mesh_park(p, WAIT_WORK, INT64_MAX);
    return false;
#else
    mesh_park_stackless(p, WAIT_WORK, INT64_MAX);
#endif
}

mesh_node *mesh_work_take(mesh_proc *p) {
    mesh_node *n = p->work;
    p->work = n->next;
    if (p->work == NULL) p->work_end = &p->work;
    return n;
}

void mesh_native_main(mesh_ctx *ctx, mesh_proc *p) {
    p->started = true;
    for (;;) {
        if (p->work == NULL && atomic_load_explicit(&p->inbox, memory_order_relaxed) != NULL)
            mesh_proc_drain(p->worker, p);
        if (p->ending) return;
        if (p->work == NULL && !mesh_wait_work(p)) continue;
        mesh_node *n = mesh_work_take(p);
        if (n->kind == NODE_FINISH) {
            p->reason = n->object;
            mesh_node_free(p->worker, n);
            return;
        }
        if (n->kind != NODE_TASK) {
            mesh_node_discard(p->worker, n);
            continue;
        }
        mesh_task *task = mesh_to_ptr(n->word[0]);
        p->serving = n;
        task->run(ctx, task);
        p->serving = NULL;
        mesh_node_free(p->worker, n);
        mesh_heap_free(ctx);
        mesh_heap_init(ctx, p->first_heap, sizeof p->first_heap);
    }
}

void mesh_native_ended(mesh_proc *p) {
    const mesh_native_class *cls = p->table;
    if (cls->ended != NULL) cls->ended(p->data, mesh_reason_crashes(p->reason));
}
