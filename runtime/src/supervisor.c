/* Supervisors (actors.md 16): the strategies, restart intensity and shutdown order of OTP's supervisor. The supervisor is
 * linked to its children from their birth; their exits arrive as work. */
#include <stdio.h>
#include <stdlib.h>

#include "process.h"

typedef struct child {
    const mesh_child_table *table;
    int64_t pid; /* 0: not running */
    bool removed; /* a temporary child that has ended */
} child;

typedef struct supervisor {
    const mesh_supervisor_table *table;
    int64_t started; /* children that were started at least once are 0 .. started-1 */
    int64_t *restarts; /* times, a ring of max_restarts */
    int64_t restart_count;
    child children[];
} supervisor;

int64_t mesh_supervisor_start(mesh_ctx *ctx, const mesh_supervisor_table *table) {
    mesh_proc *self = ctx->proc, *p = mesh_proc_new(self->worker, KIND_SUPERVISOR);
    supervisor *s = calloc(1, sizeof *s + (size_t)table->nchildren * sizeof *s->children);
    if (p == NULL || s == NULL) mesh_panic(ctx, "out of memory");
    s->table = table;
    for (int64_t i = 0; i < table->nchildren; i++) s->children[i].table = &table->children[i];
    if (table->max_restarts > 0) {
        s->restarts = calloc((size_t)table->max_restarts, sizeof *s->restarts);
        if (s->restarts == NULL) mesh_panic(ctx, "out of memory");
    }
    p->table = table;
    p->data = s;
    return mesh_proc_start(self->worker, self, p, true);
}

void mesh_supervisor_free(mesh_proc *p) {
    supervisor *s = p->data;
    free(s->restarts);
    free(s);
}

static void fail(mesh_proc *p, const char *text) {
    size_t len = 0;
    while (text[len] != 0) len++;
    p->reason = mesh_reason_new(MESH_EXIT_ERROR, 0, text, len);
}

/* ---- starting ---- */

static mesh_value run_start(mesh_ctx *ctx, void *data) { return ((const mesh_child_table *)data)->start(ctx, NULL); }

/* Of what the closure spawned only the child itself stays linked. */
static void keep_only(mesh_proc *p, int64_t pid) {
    for (;;) {
        int64_t other = 0;
        for (uint32_t i = 0; i < p->links.cap && other == 0; i++) {
            struct mesh_identry *e = &p->links.entries[i];
            if (e->key == INT64_MIN || e->value != LINK_BY_SPAWN) continue;
            if (e->key == pid) e->value = 0;
            else other = e->key;
        }
        if (other == 0) return;
        mesh_proc_unlink(p, other);
        mesh_proc *q = mesh_proc_find(other);
        if (q != NULL) atomic_store(&q->supervised, false);
    }
}

static bool exit_is_queued(mesh_proc *p, int64_t pid) {
    for (mesh_node *n = p->work; n != NULL; n = n->next)
        if (n->kind == NODE_CHILD_EXIT && n->from == pid) return true;
    return false;
}

static bool start_child(mesh_ctx *ctx, mesh_proc *p, child *c) {
    mesh_value pid = 0;
    mesh_string *message = NULL;
    if (mesh_guard(ctx, run_start, (void *)c->table, false, &pid, &message) != 0) {
        char text[512];
        snprintf(text, sizeof text, "child '%s' failed to start: %.*s", c->table->name, (int)message->len, message->data);
        mesh_drop(ctx, message);
        keep_only(p, 0);
        fail(p, text);
        return false;
    }
    mesh_leave_if_ending(ctx);
    c->pid = (int64_t)pid;
    keep_only(p, c->pid);
    if (mesh_idmap_get(&p->links, c->pid) == NULL) {
        mesh_proc *q = mesh_proc_find(c->pid);
        if (q != NULL && c->pid != 0) {
            atomic_store(&q->supervised, true);
            mesh_link(ctx, c->pid);
        }
        if (mesh_idmap_get(&p->links, c->pid) == NULL && !exit_is_queued(p, c->pid)) {
            mesh_node *n = mesh_node_new(p->worker, NODE_CHILD_EXIT); /* it was gone before it could be linked */
            n->from = c->pid;
            n->object = mesh_reason_noproc;
            n->next = NULL;
            *p->work_end = n;
            p->work_end = &n->next;
        }
    }
    mesh_yield(p); /* the child's first lines run before the next child starts */
    mesh_leave_if_ending(ctx);
    return true;
}

static bool start_from(mesh_ctx *ctx, mesh_proc *p, supervisor *s, int64_t first) {
    for (int64_t i = first; i < s->table->nchildren; i++) {
        if (s->children[i].removed) continue;
        if (!start_child(ctx, p, &s->children[i])) return false;
    }
    return true;
}

/* ---- ending ---- */

/* Who is killed does not wait for its children: they are killed with it. */
static bool kill_without_waiting(mesh_proc *p, int64_t pid) {
    mesh_proc *target = mesh_proc_find(pid);
    if (target != NULL) mesh_proc_signal_exit(p->worker, target, p->pid, mesh_reason_killed);
    return true;
}

static bool await_end(mesh_ctx *ctx, mesh_proc *p, int64_t pid, mesh_reason *reason, int64_t deadline_ns) {
    if (p->killed) return kill_without_waiting(p, pid);
    mesh_proc *target = mesh_proc_find(pid);
    if (target == NULL) return true;
    mesh_ticket ticket = mesh_wait_begin(ctx);
    mesh_node *n = mesh_node_new(p->worker, NODE_AWAIT);
    n->from = p->pid;
    n->id = ticket.seq;
    if (!mesh_proc_push(p->worker, target, n)) {
        mesh_node_free(p->worker, n);
        return true;
    }
    mesh_proc_signal_exit(p->worker, target, p->pid, reason);
    int status = mesh_wait(ctx, ticket, deadline_ns, NULL);
    if (status < 0) mesh_leave_if_ending(ctx);
    if (p->killed) return kill_without_waiting(p, pid);
    if (p->reply != NULL) { /* of a job */
        mesh_node_discard(p->worker, p->reply);
        p->reply = NULL;
    }
    return status == 0;
}

static void end_child(mesh_ctx *ctx, mesh_proc *p, child *c) {
    if (c->pid == 0) return;
    bool ended = false;
    if (c->table->shutdown >= 0)
        ended = await_end(ctx, p, c->pid, mesh_reason_shutdown, mesh_deadline_after_ms(c->table->shutdown));
    if (!ended) await_end(ctx, p, c->pid, mesh_reason_killed, INT64_MAX);
    c->pid = 0;
}

static void end_from(mesh_ctx *ctx, mesh_proc *p, supervisor *s, int64_t first) {
    for (int64_t i = s->table->nchildren - 1; i >= first; i--) end_child(ctx, p, &s->children[i]);
}

void mesh_supervisor_end(mesh_ctx *ctx, mesh_proc *p) {
    supervisor *s = p->data;
    p->killed = p->reason->tag == MESH_EXIT_KILLED;
    end_from(ctx, p, s, 0);
    if (!p->killed) return;
    mesh_reason_release(p->reason);
    p->reason = mesh_reason_killed;
}

/* ---- restarting ---- */

static bool may_restart(supervisor *s) {
    int64_t now = mesh_now_ns(), max = s->table->max_restarts;
    if (max <= 0) return false;
    if (s->restart_count >= max && s->restarts[s->restart_count % max] > now - s->table->max_seconds * 1000000000)
        return false; /* the oldest of the last `max` lies inside the window */
    s->restarts[s->restart_count++ % max] = now;
    return true;
}

/* false: the supervisor ends, its reason is set. */
static bool child_exited(mesh_ctx *ctx, mesh_proc *p, supervisor *s, int64_t pid, bool crashed) {
    int64_t i = 0, n = s->table->nchildren;
    while (i < n && s->children[i].pid != pid) i++;
    if (i == n || pid == 0) return true;
    child *c = &s->children[i];
    c->pid = 0;
    if (c->table->restart == MESH_TEMPORARY) c->removed = true;
    bool restart = c->table->restart == MESH_PERMANENT || (c->table->restart == MESH_TRANSIENT && crashed);
    if (!restart || mesh_life_shutting_down()) return true;
    if (!may_restart(s)) {
        char text[128];
        snprintf(text, sizeof text, "restart limit exceeded: %lld restarts in %lld seconds",
                 (long long)s->table->max_restarts, (long long)s->table->max_seconds);
        fprintf(stderr, "[mesh-rt] supervisor <0.%lld> (%s): %s\n", (long long)p->pid, s->table->name, text);
        fail(p, text);
        return false;
    }
    switch (s->table->strategy) {
    case MESH_ONE_FOR_ALL:
        end_from(ctx, p, s, 0);
        return start_from(ctx, p, s, 0);
    case MESH_REST_FOR_ONE:
        end_from(ctx, p, s, i + 1);
        return start_from(ctx, p, s, i);
    default:
        return start_child(ctx, p, c);
    }
}

void mesh_supervisor_main(mesh_ctx *ctx, mesh_proc *p) {
    supervisor *s = p->data;
    if (!p->started) {
        p->started = true;
        if (!start_from(ctx, p, s, 0)) return;
    }
    for (;;) {
        if (p->work == NULL && atomic_load_explicit(&p->inbox, memory_order_relaxed) != NULL)
            mesh_proc_drain(p->worker, p);
        mesh_leave_if_ending(ctx);
        if (p->work == NULL && !mesh_wait_work(p)) continue;
        mesh_node *n = mesh_work_take(p);
        bool goes_on = true;
        if (n->kind == NODE_FINISH) {
            p->reason = mesh_reason_retain(n->object);
            goes_on = false;
        } else if (n->kind == NODE_CHILD_EXIT) {
            int64_t pid = n->from;
            bool crashed = mesh_reason_crashes(n->object);
            mesh_node_discard(p->worker, n);
            n = NULL;
            goes_on = child_exited(ctx, p, s, pid, crashed);
        }
        if (n != NULL) mesh_node_discard(p->worker, n);
        if (!goes_on) return;
    }
}
