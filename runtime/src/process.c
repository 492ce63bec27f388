/* Processes: start, links and monitors, exit signals, the end. */
#include <stdlib.h>
#include <string.h>

#include "mesh_stdlib.h"
#include "process.h"

/* ---- exit reasons ---- */

#define CONSTANT_REASON(name, tag_, text_) \
    static mesh_reason name = {.tag = tag_, .constant = true, .len = sizeof(text_) - 1, .text = text_}
CONSTANT_REASON(normal, MESH_EXIT_NORMAL, "normal");
CONSTANT_REASON(killed, MESH_EXIT_KILLED, "killed");
CONSTANT_REASON(shut_down, MESH_EXIT_SHUTDOWN, "shutdown");
CONSTANT_REASON(noproc, MESH_EXIT_ERROR, "noproc");
CONSTANT_REASON(no_memory, MESH_EXIT_ERROR, "out of memory");
mesh_reason *const mesh_reason_normal = &normal, *const mesh_reason_killed = &killed, *const mesh_reason_shutdown = &shut_down,
    *const mesh_reason_noproc = &noproc, *const mesh_reason_out_of_memory = &no_memory;

mesh_reason *mesh_reason_new(int tag, int64_t pid, const char *text, size_t len) {
    mesh_reason *r = malloc(sizeof *r + len + 1);
    if (r == NULL) return mesh_reason_out_of_memory;
    char *copy = (char *)(r + 1);
    memcpy(copy, text, len);
    copy[len] = 0;
    *r = (mesh_reason){.tag = tag, .pid = pid, .len = len, .text = copy};
    atomic_store(&r->refs, 1);
    return r;
}

mesh_reason *mesh_reason_retain(mesh_reason *r) {
    if (!r->constant) atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
    return r;
}

void mesh_reason_release(mesh_reason *r) {
    if (r != NULL && !r->constant && atomic_fetch_sub(&r->refs, 1) == 1) free(r);
}

/* ---- making and starting ---- */

mesh_proc *mesh_proc_new(mesh_worker *w, int kind) {
    mesh_proc *p = mesh_pool_take(w, MESH_POOL_PROC);
    if (p == NULL) return NULL;
    memset((char *)p + offsetof(mesh_proc, pid), 0, offsetof(mesh_proc, root) - offsetof(mesh_proc, pid));
    atomic_store_explicit(&p->inbox, NULL, memory_order_relaxed);
    atomic_store_explicit(&p->ctx, &p->root, memory_order_relaxed);
    atomic_store_explicit(&p->signals, false, memory_order_relaxed);
    atomic_store_explicit(&p->supervised, false, memory_order_relaxed);
    atomic_store_explicit(&p->named, 0, memory_order_relaxed);
    p->kind = (uint8_t)kind;
    p->mail_end = &p->mail;
    p->work_end = &p->work;
    p->args = p->inline_args;
    p->deadline = INT64_MAX;
    p->timer.kind = TIMER_PROCESS;
    p->root.abi.site = NULL;
    p->root.proc = p;
    p->root.parent = NULL;
    mesh_heap_init(&p->root, p->first_heap, sizeof p->first_heap);
    return p;
}

int64_t mesh_proc_start(mesh_worker *w, mesh_proc *creator, mesh_proc *p, bool run) {
    if (!run) {
        p->wait = WAIT_WORK;
        atomic_store_explicit(&p->inbox, INBOX_WAITING, memory_order_relaxed);
    }
    if (creator != NULL && creator->kind == KIND_SUPERVISOR) {
        /* What a start closure spawns is linked at once: its exit reason is known even when it ends at once. */
        mesh_idmap_put(&p->links, creator->pid, 0);
        atomic_store(&p->supervised, true);
    }
    mesh_proc_publish(p);
    int64_t pid = p->pid;
    if (creator != NULL && creator->kind == KIND_SUPERVISOR) mesh_idmap_put(&creator->links, pid, LINK_BY_SPAWN);
    if (run) mesh_sched_ready(w, p, READY_SOON); /* p may have ended when this returns */
    return pid;
}

static mesh_value *args_space(mesh_proc *p, int64_t n) {
    if (n > (int64_t)(sizeof p->inline_args / sizeof *p->inline_args)) {
        p->args = malloc((size_t)n * sizeof *p->args);
        if (p->args == NULL) p->args = p->inline_args;
        else return p->args;
        return NULL;
    }
    return p->inline_args;
}

static void args_free(mesh_proc *p) {
    if (p->args != p->inline_args) free(p->args);
    p->args = p->inline_args;
}

int64_t mesh_spawn(mesh_ctx *ctx, const mesh_actor_table *actor, const mesh_value *args) {
    mesh_proc *self = ctx->proc, *p = mesh_proc_new(self->worker, KIND_ACTOR);
    if (p == NULL || args_space(p, actor->nargs) == NULL) mesh_panic(ctx, "out of memory");
    p->table = actor;
    p->takes_messages = true;
    for (int64_t i = 0; i < actor->nargs; i++) {
        if ((actor->ptr_mask >> i & 1) == 0) {
            p->args[i] = args[i];
            continue;
        }
        mesh_flat *flat = mesh_flatten(ctx, args[i], true);
        if (flat == NULL) mesh_panic(ctx, "out of memory");
        p->args[i] = mesh_of_ptr(flat);
    }
    return mesh_proc_start(self->worker, self, p, true);
}

int64_t mesh_self(mesh_ctx *ctx) { return ctx->proc->pid; }

/* ---- what a process waits for ---- */

bool mesh_proc_ready(const mesh_proc *p) {
    switch (p->wait) {
    case WAIT_MESSAGE:
        return *p->cursor != NULL || p->timed_out;
    case WAIT_TICKET:
        return p->woken || p->timed_out;
    case WAIT_WORK:
        return p->work != NULL;
    default:
        return true;
    }
}

bool mesh_proc_has_last_words(const mesh_proc *p) {
    if (p->terminate_args != NULL || p->kind == KIND_SUPERVISOR) return true;
    return p->kind == KIND_ACTOR && !p->started && ((const mesh_actor_table *)p->table)->terminate != NULL;
}

/* ---- the inbox ---- */

static bool push(mesh_worker *w, mesh_proc *p, mesh_node *n, int when) {
    mesh_node *head = atomic_load_explicit(&p->inbox, memory_order_relaxed);
    do {
        if (head == INBOX_DEAD) return false;
        n->next = head == INBOX_WAITING ? NULL : head;
    } while (!atomic_compare_exchange_weak_explicit(&p->inbox, &head, n, memory_order_acq_rel, memory_order_relaxed));
    if (head == INBOX_WAITING) mesh_sched_ready(w, p, when);
    return true;
}

bool mesh_proc_push(mesh_worker *w, mesh_proc *p, mesh_node *n) { return push(w, p, n, READY_SOON); }

bool mesh_proc_push_next(mesh_worker *w, mesh_proc *p, mesh_node *n) { return push(w, p, n, READY_NEXT); }

static bool push_to(mesh_worker *w, int64_t pid, mesh_node *n) {
    mesh_proc *p = mesh_proc_find(pid);
    if (p != NULL && mesh_proc_push(w, p, n)) return true;
    mesh_node_discard(w, n);
    return false;
}

static mesh_node *signal_node(mesh_worker *w, int kind, int64_t from, uint64_t id, mesh_reason *r) {
    mesh_node *n = mesh_node_new(w, kind);
    n->from = from;
    n->id = id;
    n->object = r == NULL ? NULL : mesh_reason_retain(r);
    return n;
}

static void ask_to_look(mesh_proc *p) {
    atomic_store(&p->signals, true);
    mesh_ctx *ctx = atomic_load(&p->ctx);
    atomic_store_explicit((_Atomic uintptr_t *)&ctx->abi.stack_limit, UINTPTR_MAX, memory_order_relaxed);
}

static void signal_exit(mesh_worker *w, mesh_proc *p, int64_t from, mesh_reason *r, int shape) {
    mesh_node *n = signal_node(w, NODE_EXIT, from, 0, r);
    n->shape = (uint8_t)shape;
    if (mesh_proc_push(w, p, n)) ask_to_look(p);
    else mesh_node_discard(w, n);
}

void mesh_proc_signal_exit(mesh_worker *w, mesh_proc *p, int64_t from, mesh_reason *r) { signal_exit(w, p, from, r, 0); }

void mesh_proc_signal_exit_forced(mesh_worker *w, mesh_proc *p, mesh_reason *r) { signal_exit(w, p, 0, r, EXIT_FORCED); }

void mesh_proc_signal_exit_when_idle(mesh_worker *w, mesh_proc *p) {
    signal_exit(w, p, 0, mesh_reason_shutdown, EXIT_WHEN_IDLE);
}

static void append(mesh_node ***end, mesh_node *n) {
    n->next = NULL;
    **end = n;
    *end = &n->next;
}

static void end_with(mesh_proc *p, mesh_reason *r) { /* takes r */
    if (p->ending || p->terminating) {
        mesh_reason_release(r);
        return;
    }
    p->ending = true;
    p->reason = r;
}

static bool takes_system(const char *name, bool with_ref) {
    return strcmp(name, with_ref ? "(Atom, Int, Pid, String)" : "(Atom, Pid, String)") == 0;
}

/* (:down, ref, pid, reason) and (:exit, pid, reason): counted slots first. They enter a mailbox of exactly that type. */
static void system_message(mesh_proc *p, const char *atom, bool with_ref, uint64_t ref, int64_t pid, const mesh_reason *r) {
    const mesh_actor_table *actor = p->kind == KIND_ACTOR ? p->table : NULL;
    if (actor == NULL || actor->message == NULL || !takes_system(actor->message->name, with_ref)) return;
    mesh_ctx *ctx = atomic_load_explicit(&p->ctx, memory_order_relaxed);
    mesh_data *tuple = mesh_data_new(ctx, 0, 2, with_ref ? 4 : 3);
    tuple->slot[0] = mesh_of_ptr(mesh_string_from_c(ctx, atom));
    tuple->slot[1] = mesh_of_ptr(mesh_string_new(ctx, r->text, r->len));
    if (with_ref) tuple->slot[2] = ref;
    tuple->slot[with_ref ? 3 : 2] = (mesh_value)pid;
    mesh_node *n = mesh_node_new(p->worker, NODE_WORD);
    if (mesh_node_put(ctx, n, true, mesh_of_ptr(tuple))) {
        n->kind = (uint8_t)(NODE_WORD + n->shape);
        n->type = actor->message;
        append(&p->mail_end, n);
    }
    mesh_drop(ctx, tuple);
}

static void linked_exit(mesh_worker *w, mesh_proc *p, mesh_node *n) {
    mesh_reason *r = n->object;
    if (!mesh_idmap_remove(&p->links, n->from, NULL)) {
        mesh_node_discard(w, n); /* unlinked meanwhile */
        return;
    }
    if (p->kind == KIND_SUPERVISOR) {
        n->kind = NODE_CHILD_EXIT;
        append(&p->work_end, n);
        return;
    }
    if (p->trap_exit) system_message(p, "exit", false, 0, n->from, r);
    else if (mesh_reason_crashes(r) && p->kind != KIND_MAIN)
        end_with(p, mesh_reason_new(MESH_EXIT_LINKED, n->from, r->text, r->len));
    mesh_node_discard(w, n);
}

static void exit_signal(mesh_worker *w, mesh_proc *p, mesh_node *n) {
    mesh_reason *r = n->object;
    if (p->internal) {
        mesh_node_discard(w, n);
        return;
    }
    if (p->kind == KIND_SUPERVISOR && p->terminating && r->tag == MESH_EXIT_KILLED) {
        p->killed = true;
        p->woken = true; /* it waits for no child any more */
        mesh_node_discard(w, n);
        return;
    }
    if (p->kind == KIND_SUPERVISOR && r->tag != MESH_EXIT_KILLED) {
        n->kind = NODE_FINISH;
        append(&p->work_end, n);
        return;
    }
    if (n->shape == EXIT_WHEN_IDLE && p->kind == KIND_ACTOR && p->started && p->wait != WAIT_TICKET) p->last_messages = true;
    else if (p->trap_exit && r->tag != MESH_EXIT_KILLED && n->shape == 0) system_message(p, "exit", false, 0, n->from, r);
    else if (p->kind != KIND_MAIN) end_with(p, mesh_reason_retain(r));
    mesh_node_discard(w, n);
}

void mesh_proc_end_if_last(mesh_proc *p) {
    if (!p->last_messages || p->ending || p->terminating) return;
    if (p->wait != WAIT_MESSAGE && (p->wait != WAIT_TICKET || p->deadline == INT64_MAX)) return;
    p->ending = true;
    p->reason = mesh_reason_shutdown;
}

static void take_node(mesh_worker *w, mesh_proc *p, mesh_node *n) {
    switch (n->kind) {
    case NODE_WORD:
    case NODE_OBJECT:
    case NODE_FLAT:
        append(&p->mail_end, n);
        return;
    case NODE_CALL:
    case NODE_CAST:
    case NODE_TASK:
    case NODE_FINISH:
    case NODE_CHILD_EXIT:
        append(&p->work_end, n);
        return;
    case NODE_WAKE:
        if (n->id == p->ticket && !p->woken) {
            p->woken = true;
            p->wake_result = (int64_t)n->word[0];
        }
        break;
    case NODE_REPLY:
    case NODE_JOB:
        if (n->id == p->ticket && !p->woken) {
            p->woken = true;
            p->reply = n;
            return;
        }
        mesh_node_discard(w, n);
        return;
    case NODE_TIMEOUT:
        if (n->id == p->ticket) p->timed_out = true;
        break;
    case NODE_LINK:
        mesh_idmap_put(&p->links, n->from, 0);
        break;
    case NODE_UNLINK:
        mesh_idmap_remove(&p->links, n->from, NULL);
        break;
    case NODE_LINK_EXIT:
        linked_exit(w, p, n);
        return;
    case NODE_EXIT:
        exit_signal(w, p, n);
        return;
    case NODE_MONITOR:
        mesh_idmap_put(&p->watchers, (int64_t)n->id, n->from);
        break;
    case NODE_DEMONITOR:
        mesh_idmap_remove(&p->watchers, (int64_t)n->id, NULL);
        break;
    case NODE_DOWN:
        if (mesh_idmap_remove(&p->monitors, (int64_t)n->id, NULL)) system_message(p, "down", true, n->id, n->from, n->object);
        mesh_node_discard(w, n);
        return;
    case NODE_AWAIT:
        n->next = p->awaiting;
        p->awaiting = n;
        return;
    }
    mesh_node_free(w, n);
}

void mesh_proc_drain(mesh_worker *w, mesh_proc *p) {
    mesh_node *list = atomic_exchange_explicit(&p->inbox, NULL, memory_order_acq_rel), *in_order = NULL;
    p->worker = w;
    if (list != NULL && list->next == NULL) {
        take_node(w, p, list);
    } else {
        while (list != NULL) {
            mesh_node *next = list->next;
            list->next = in_order;
            in_order = list;
            list = next;
        }
        while (in_order != NULL) {
            mesh_node *n = in_order;
            in_order = n->next;
            take_node(w, p, n);
        }
    }
    /* A signal that comes now poisons the limit again. */
    atomic_store_explicit(&p->signals, p->ending, memory_order_relaxed);
}

/* ---- life on the stack ---- */

static void load_args(mesh_ctx *ctx, mesh_proc *p, const mesh_actor_table *actor) {
    for (int64_t i = 0; i < actor->nargs; i++) {
        if ((actor->ptr_mask >> i & 1) == 0) continue;
        mesh_flat *flat = mesh_to_ptr(p->args[i]);
        p->args[i] = mesh_unflatten(ctx, flat);
        mesh_flat_free(flat);
    }
    p->started = true;
}

void mesh_actor_set_args(mesh_ctx *ctx, const mesh_value *args) {
    mesh_proc *p = ctx->proc;
    const mesh_actor_table *actor = p->table;
    if (p->kind != KIND_ACTOR || actor->terminate == NULL) return;
    size_t n = (size_t)actor->nargs;
    mesh_value *old = p->terminate_args;
    mesh_value *kept = old != NULL ? old : malloc((n + 1) * sizeof *kept);
    if (kept == NULL) mesh_panic(ctx, "out of memory");
    p->terminate_args = kept;
    for (size_t i = 0; i < n; i++) {
        bool counted = actor->ptr_mask >> i & 1;
        mesh_value before = old != NULL ? old[i] : 0;
        if (counted) mesh_dup_obj(mesh_to_ptr(args[i]));
        kept[i] = args[i];
        if (counted && old != NULL) mesh_drop_obj(ctx, mesh_to_ptr(before));
    }
}

static void run_terminate(mesh_ctx *ctx, void *data) {
    mesh_proc *p = data;
    const mesh_actor_table *actor = p->table;
    mesh_value *args = p->terminate_args;
    p->terminate_args = NULL;
    mesh_value copy[64];
    for (int64_t i = 0; i < actor->nargs && i < 64; i++) copy[i] = args[i];
    free(args);
    actor->terminate(ctx, copy);
}

static void actor_main(mesh_ctx *ctx, mesh_proc *p) {
    const mesh_actor_table *actor = p->table;
    mesh_value copy[64], *args = p->args;
    if (p->resume != NULL) {
        mesh_thunk resume = p->resume;
        p->resume = NULL;
        mesh_leave_if_ending(ctx);
        /* The frame may be refilled by the next wait: the thunk reads its words first of all, as every thunk does. */
        resume(ctx, args);
        return;
    }
    load_args(ctx, p, actor);
    if (actor->terminate != NULL) mesh_actor_set_args(ctx, args);
    if (p->ending) return;
    int64_t n = actor->nargs < 64 ? actor->nargs : 64;
    if (args != p->inline_args && actor->nargs <= 64) {
        memcpy(copy, args, (size_t)n * sizeof *copy);
        args_free(p);
        args = copy;
    }
    actor->body(ctx, args);
}

static void work(mesh_ctx *ctx, mesh_proc *p) {
    switch (p->kind) {
    case KIND_MAIN:
        ((mesh_thunk)p->table)(ctx, NULL);
        return;
    case KIND_ACTOR:
        actor_main(ctx, p);
        return;
    case KIND_JOB:
        mesh_job_main(ctx, p);
        return;
    case KIND_SERVICE:
        mesh_service_main(ctx, p);
        return;
    case KIND_SUPERVISOR:
        mesh_supervisor_main(ctx, p);
        return;
    case KIND_NATIVE:
        mesh_native_main(ctx, p);
        return;
    case KIND_SYSTEM:
        ((void (*)(mesh_ctx *))p->table)(ctx);
        return;
    }
}

void mesh_proc_body(mesh_proc *p) {
    mesh_jump base;
    mesh_ctx *ctx = &p->root;
    p->base = &base;
    if (mesh_jump_set(&base) == 0) work(ctx, p);
    else mesh_stack_back(ctx, NULL);
    if (p->reason == NULL) p->reason = mesh_reason_normal;
    if (p->kind == KIND_MAIN) {
        if (p->reason->tag == MESH_EXIT_ERROR) mesh_life_exit(134);
        p->terminating = true;
        return;
    }
    p->terminating = true;
    if (p->kind == KIND_SUPERVISOR) mesh_supervisor_end(ctx, p);
    if (p->terminate_args != NULL) {
        mesh_reason *reason = p->reason;
        bool ending = p->ending;
        p->ending = false;
        mesh_try(ctx, run_terminate, p, NULL);
        p->ending = ending;
        p->reason = reason;
    }
}

/* Frees the contexts of guards that are left, down to `until`. */
static void leave_guards(mesh_proc *p, mesh_ctx *until) {
    for (;;) {
        mesh_ctx *c = atomic_load_explicit(&p->ctx, memory_order_relaxed);
        if (c == until) return;
        atomic_store_explicit(&p->ctx, c->parent, memory_order_relaxed);
        mesh_heap_free(c);
        mesh_pool_give(p->worker, MESH_POOL_CTX, c);
    }
}

struct leaving {
    mesh_proc *p;
    mesh_ctx *until;
};

static void leave_guards_call(void *data) {
    struct leaving *l = data;
    leave_guards(l->p, l->until);
}

void mesh_proc_unwind(mesh_proc *p, mesh_ctx *until) {
    if (atomic_load_explicit(&p->ctx, memory_order_relaxed) == until) return;
    struct leaving l = {p, until};
    mesh_on_big_stack(until, leave_guards_call, &l); /* resources may need room, and a stack may have overflowed */
}

void mesh_proc_leave(mesh_proc *p) {
    p->guard = NULL;
    p->terminating = true;
    mesh_proc_unwind(p, &p->root);
    mesh_jump_to(p->base);
}

void mesh_leave_if_ending(mesh_ctx *ctx) {
    mesh_proc *p = ctx->proc;
    if (atomic_load_explicit(&p->signals, memory_order_relaxed) && !p->ending) mesh_proc_drain(p->worker, p);
    if (p->ending && !p->terminating) mesh_proc_leave(p);
}

bool mesh_is_ending(mesh_ctx *ctx) {
    mesh_proc *p = ctx->proc;
    if (atomic_load_explicit(&p->signals, memory_order_relaxed) && !p->ending) mesh_proc_drain(p->worker, p);
    return p->ending && !p->terminating;
}

/* The stack limit may be poisoned: somebody has asked for a yield or for the end. */
static void heed_limit(mesh_ctx *ctx) {
    mesh_proc *p = ctx->proc;
    _Atomic uintptr_t *limit = (_Atomic uintptr_t *)&ctx->abi.stack_limit;
    if (atomic_load_explicit(limit, memory_order_relaxed) == UINTPTR_MAX) {
        atomic_store_explicit(limit, p->limit, memory_order_relaxed);
        if (!p->terminating) mesh_leave_if_ending(ctx);
        if (atomic_load_explicit(&p->preempt, memory_order_relaxed)) {
            const mesh_site *site = ctx->abi.site;
            mesh_yield(p);
            ctx->abi.site = site;
            mesh_leave_if_ending(ctx);
        }
    }
}

/* The slow path of every prologue and back-edge: the stack limit is poisoned, or truly passed. */
void mesh_stack_check(mesh_ctx *ctx) {
    mesh_proc *p = ctx->proc;
    heed_limit(ctx);
    /* Room for the frame that asked: generated frames larger than a page compare their own end. */
    if ((uintptr_t)__builtin_frame_address(0) < p->limit) mesh_panic_text(ctx, NULL, "stack overflow", 14);
}

typedef struct deeper_call {
    mesh_ctx *ctx;
    mesh_thunk again;
    mesh_value args[8], result;
} deeper_call;

static void call_deeper(void *data) {
    deeper_call *call = data;
    call->result = call->again(call->ctx, call->args);
}

/* The prologue of a function that follows the structure of a value, when the limit is passed or poisoned. */
mesh_value mesh_deeper(mesh_ctx *ctx, mesh_thunk again) {
    deeper_call call = {ctx, again, {0}, 0};
    memcpy(call.args, ctx->abi.spill, sizeof call.args);
    heed_limit(ctx);
    if ((uintptr_t)__builtin_frame_address(0) >= ctx->proc->limit) return again(ctx, call.args); /* it was poisoned */
    if (!mesh_stack_deeper(ctx, call_deeper, &call)) mesh_panic_text(ctx, NULL, "stack overflow", 14);
    return call.result;
}

/* ---- the end ---- */

static void proc_free(mesh_worker *w, mesh_retired *r) {
    mesh_pool_give(w, MESH_POOL_PROC, (char *)r - offsetof(mesh_proc, retired));
}

static void tell_link(mesh_worker *w, mesh_proc *p, int64_t pid) {
    push_to(w, pid, signal_node(w, NODE_LINK_EXIT, p->pid, 0, p->reason));
}

static void tell_watcher(mesh_worker *w, mesh_proc *p, int64_t pid, uint64_t ref) {
    push_to(w, pid, signal_node(w, NODE_DOWN, p->pid, ref, p->reason));
}

static void tell_awaiting(mesh_worker *w, mesh_proc *p, mesh_node *n) {
    if (p->kind == KIND_JOB) {
        n->kind = NODE_JOB;
        n->object = mesh_job_retain(p->job);
    } else {
        n->kind = NODE_WAKE;
        n->object = NULL;
    }
    n->word[0] = 0;
    push_to(w, n->from, n);
}

static void refuse(mesh_worker *w, mesh_proc *p, mesh_node *n) {
    switch (n->kind) {
    case NODE_LINK:
        tell_link(w, p, n->from);
        break;
    case NODE_MONITOR:
        tell_watcher(w, p, n->from, n->id);
        break;
    case NODE_AWAIT:
        tell_awaiting(w, p, n);
        return;
    case NODE_CALL:
        mesh_service_fail(w, n, p);
        return;
    }
    mesh_node_discard(w, n);
}

static void check_leaks(mesh_proc *p) {
#ifdef MESH_CHECK
    if (p->reason->tag != MESH_EXIT_NORMAL || mesh_heap_live(&p->root) == 0) return;
    fprintf(stderr, "[mesh-check] process <0.%lld>: %lld objects left\n", (long long)p->pid,
            (long long)mesh_heap_live(&p->root));
    mesh_heap_report(&p->root);
#else
    (void)p;
#endif
}

static void drop_native(mesh_worker *w, mesh_proc *p, mesh_node *n) {
    (void)p;
    mesh_task *task = mesh_to_ptr(n->word[0]);
    if (task->drop != NULL) task->drop(task);
    mesh_node_free(w, n);
}

/* Arguments of a process that ended before it ran. */
static void drop_args(mesh_proc *p) {
    uint64_t flats = 0;
    if (p->kind == KIND_ACTOR) flats = (uint64_t)((const mesh_actor_table *)p->table)->ptr_mask;
    if (p->kind == KIND_SERVICE) flats = ((const mesh_service_table *)p->table)->state_ptr != 0;
    if (p->kind == KIND_JOB) return; /* its record has them */
    for (int i = 0; flats != 0; i++, flats >>= 1)
        if (flats & 1) mesh_flat_free(mesh_to_ptr(p->args[i]));
}

void mesh_proc_finish(mesh_worker *w, mesh_proc *p) {
    p->worker = w;
    p->terminating = true;
    leave_guards(p, &p->root);
    if (!p->started) drop_args(p);
    args_free(p);
    mesh_timer_process_end(p);
    mesh_registry_release(p);
    check_leaks(p);
    mesh_heap_free(&p->root);
    if (p->kind == KIND_SUPERVISOR) mesh_supervisor_free(p);
    if (p->kind == KIND_JOB) mesh_job_ended(w, p); /* the result can be found before the inbox refuses */
    else mesh_proc_unpublish(w, p->pid);

    mesh_node *list = atomic_exchange_explicit(&p->inbox, INBOX_DEAD, memory_order_acq_rel);
    if (list == INBOX_WAITING) list = NULL;
    mesh_node *in_order = NULL;
    while (list != NULL) {
        mesh_node *next = list->next;
        list->next = in_order;
        in_order = list;
        list = next;
    }
    if (p->serving != NULL) {
        if (p->kind == KIND_SERVICE) mesh_service_fail(w, p->serving, p);
        else mesh_node_free(w, p->serving); /* a task that was abandoned */
    }
    for (mesh_node *n = p->work, *next; n != NULL; n = next) {
        next = n->next;
        if (n->kind == NODE_TASK) drop_native(w, p, n);
        else refuse(w, p, n);
    }
    while (in_order != NULL) {
        mesh_node *n = in_order;
        in_order = n->next;
        /* A link asked for before an unlink of the same process is undone by it. */
        if (n->kind == NODE_UNLINK) mesh_idmap_remove(&p->links, n->from, NULL);
        if (n->kind == NODE_LINK) {
            mesh_idmap_put(&p->links, n->from, 0);
            mesh_node_free(w, n);
        } else if (n->kind == NODE_TASK) {
            drop_native(w, p, n);
        } else {
            refuse(w, p, n);
        }
    }
    for (mesh_node *n = p->mail, *next; n != NULL; n = next) {
        next = n->next;
        mesh_node_discard(w, n);
    }
    if (p->reply != NULL) mesh_node_discard(w, p->reply);
    for (mesh_node *n = p->awaiting, *next; n != NULL; n = next) {
        next = n->next;
        tell_awaiting(w, p, n);
    }
    for (uint32_t i = 0; i < p->links.cap; i++)
        if (p->links.entries[i].key != INT64_MIN) tell_link(w, p, p->links.entries[i].key);
    for (uint32_t i = 0; i < p->watchers.cap; i++)
        if (p->watchers.entries[i].key != INT64_MIN)
            tell_watcher(w, p, p->watchers.entries[i].value, (uint64_t)p->watchers.entries[i].key);
    for (uint32_t i = 0; i < p->monitors.cap; i++) {
        if (p->monitors.entries[i].key == INT64_MIN) continue;
        mesh_proc *watched = mesh_proc_find(p->monitors.entries[i].value);
        mesh_node *n = signal_node(w, NODE_DEMONITOR, p->pid, (uint64_t)p->monitors.entries[i].key, NULL);
        if (watched == NULL || !mesh_proc_push(w, watched, n)) mesh_node_free(w, n);
    }
    mesh_idmap_free(&p->links);
    mesh_idmap_free(&p->watchers);
    mesh_idmap_free(&p->monitors);
    if (p->kind == KIND_NATIVE) mesh_native_ended(p);
    if (p->kind == KIND_JOB) mesh_job_release(p->job);
    bool was_main = p->kind == KIND_MAIN;
    mesh_reason_release(p->reason);
    p->retired.free = proc_free;
    mesh_retire(w, &p->retired);
    if (was_main) mesh_life_main_returned(w);
}

/* ---- links, monitors, exits: the functions of Mesh ---- */

void mesh_link(mesh_ctx *ctx, int64_t pid) {
    mesh_proc *p = ctx->proc;
    if (pid == p->pid || mesh_idmap_get(&p->links, pid) != NULL) return;
    mesh_proc *other = mesh_proc_find(pid);
    if (other == NULL) return;
    mesh_idmap_put(&p->links, pid, 0);
    mesh_node *n = signal_node(p->worker, NODE_LINK, p->pid, 0, NULL);
    if (!mesh_proc_push(p->worker, other, n)) {
        mesh_idmap_remove(&p->links, pid, NULL);
        mesh_node_free(p->worker, n);
    }
}

void mesh_proc_unlink(mesh_proc *p, int64_t pid) {
    if (!mesh_idmap_remove(&p->links, pid, NULL)) return;
    push_to(p->worker, pid, signal_node(p->worker, NODE_UNLINK, p->pid, 0, NULL));
}

static _Atomic int64_t next_monitor = 1;

int64_t mesh_process_monitor(mesh_ctx *ctx, const mesh_type *type, mesh_value watched) {
    (void)type;
    mesh_proc *p = ctx->proc;
    int64_t pid = (int64_t)watched;
    int64_t ref = atomic_fetch_add(&next_monitor, 1);
    mesh_idmap_put(&p->monitors, ref, pid);
    mesh_proc *other = mesh_proc_find(pid);
    if (pid == 0 && other != NULL && !other->takes_messages) other = NULL; /* 0 is what nothing was found for */
    mesh_node *n = signal_node(p->worker, NODE_MONITOR, p->pid, (uint64_t)ref, NULL);
    if (other == NULL || !mesh_proc_push(p->worker, other, n)) {
        mesh_node_free(p->worker, n);
        n = signal_node(p->worker, NODE_DOWN, pid, (uint64_t)ref, mesh_reason_noproc);
        if (!mesh_proc_push(p->worker, p, n)) mesh_node_discard(p->worker, n);
    }
    return ref;
}

int64_t mesh_process_demonitor(mesh_ctx *ctx, int64_t ref) {
    mesh_proc *p = ctx->proc;
    int64_t pid;
    if (!mesh_idmap_remove(&p->monitors, ref, &pid)) return 1;
    push_to(p->worker, pid, signal_node(p->worker, NODE_DEMONITOR, p->pid, (uint64_t)ref, NULL));
    return 0;
}

void mesh_process_trap_exit(mesh_ctx *ctx, bool on) { ctx->proc->trap_exit = on; }

void mesh_process_exit(mesh_ctx *ctx, int64_t pid, mesh_string *text) {
    mesh_proc *p = ctx->proc, *other = mesh_proc_find(pid);
    if (other == NULL) return;
    mesh_reason *r;
    if (text->len == 4 && memcmp(text->data, "kill", 4) == 0) r = mesh_reason_killed;
    else if (text->len == 6 && memcmp(text->data, "normal", 6) == 0) r = mesh_reason_normal;
    else if (text->len == 8 && memcmp(text->data, "shutdown", 8) == 0) r = mesh_reason_shutdown;
    else r = mesh_reason_new(MESH_EXIT_CUSTOM, 0, text->data, (size_t)text->len);
    mesh_proc_signal_exit(p->worker, other, p->pid, r);
    mesh_reason_release(r);
    if (other == p) mesh_leave_if_ending(ctx);
}

mesh_string *mesh_pid_to_string(mesh_ctx *ctx, int64_t pid) {
    uint64_t v = (uint64_t)pid, node = v >> 48, creation = v >> 40 & 0xff, local = v & (((uint64_t)1 << 40) - 1);
    if (node == 0 && creation == 0) return mesh_string_format(ctx, "<0.%llu>", (unsigned long long)local);
    return mesh_string_format(ctx, "<%llu.%llu.%llu>", (unsigned long long)node, (unsigned long long)local,
                              (unsigned long long)creation);
}
