/* Services: a loop over requests, which holds no stack between them. A call costs two nodes and two hand-offs through the
 * next slot of the worker. */
#include <stdlib.h>

#include "process.h"

enum { MAX_ARGS = 63 };

int64_t mesh_service_start(mesh_ctx *ctx, const mesh_service_table *service, const mesh_value *args) {
    mesh_value copy[MAX_ARGS + 1], state = 0;
    if (service->init != NULL) {
        for (int64_t i = 0; i < service->nargs; i++) {
            copy[i] = args[i];
            if (service->ptr_mask >> i & 1) mesh_dup_obj(mesh_to_ptr(copy[i]));
        }
        state = service->init(ctx, copy);
    }
    if (service->state_ptr) {
        mesh_flat *flat = mesh_flatten(ctx, state, true);
        mesh_drop_obj(ctx, mesh_to_ptr(state));
        if (flat == NULL) mesh_panic(ctx, "out of memory");
        state = mesh_of_ptr(flat);
    }
    mesh_proc *self = ctx->proc, *p = mesh_proc_new(self->worker, KIND_SERVICE);
    if (p == NULL) mesh_panic(ctx, "out of memory");
    p->table = service;
    p->args[0] = state;
    return mesh_proc_start(self->worker, self, p, false);
}

/* ---- requests ---- */

static const mesh_handler_table *handler_of(const mesh_node *n) {
    return &((const mesh_service_table *)n->object)->handlers[n->handler];
}

static mesh_value *args_of(mesh_node *n) { return n->nargs > MESH_INLINE_WORDS ? mesh_to_ptr(n->word[0]) : n->word; }

void mesh_service_drop_args(mesh_node *n) {
    const mesh_handler_table *handler = handler_of(n);
    mesh_value *words = args_of(n);
    for (uint32_t i = 0; i < n->nargs; i++)
        if (handler->ptr_mask >> i & 1) mesh_flat_free(mesh_to_ptr(words[i]));
    if (n->nargs > MESH_INLINE_WORDS) free(words);
    n->nargs = 0;
}

static mesh_node *request(mesh_ctx *ctx, int kind, const mesh_service_table *service, int64_t number,
                          const mesh_value *args) {
    const mesh_handler_table *handler = &service->handlers[number];
    mesh_node *n = mesh_node_new(ctx->proc->worker, kind);
    n->object = (void *)service;
    n->handler = (uint16_t)number;
    n->from = ctx->proc->pid;
    n->id = ctx->proc->ticket;
    mesh_value *words = n->word;
    bool room = true;
    if (handler->nargs > MESH_INLINE_WORDS) {
        words = malloc((size_t)handler->nargs * sizeof *words);
        n->word[0] = mesh_of_ptr(words);
        room = words != NULL;
    }
    for (int64_t i = 0; room && i < handler->nargs; i++) {
        words[i] = args[i];
        if (handler->ptr_mask >> i & 1) {
            mesh_flat *flat = mesh_flatten(ctx, args[i], true);
            words[i] = mesh_of_ptr(flat);
            room = flat != NULL;
        }
        if (room) n->nargs++;
    }
    if (room) return n;
    if (words != NULL) mesh_service_drop_args(n);
    mesh_node_free(ctx->proc->worker, n);
    mesh_panic(ctx, "out of memory");
}

mesh_value mesh_service_call(mesh_ctx *ctx, int64_t pid, const mesh_service_table *service, int64_t handler,
                             const mesh_value *args) {
    mesh_proc *p = ctx->proc, *target = pid == 0 ? NULL : mesh_proc_find(pid);
    long long number = (long long)pid;
    if (target == NULL) mesh_panic(ctx, "service call to dead process <0.%lld>", number);
    if (target->kind != KIND_SERVICE || target->table != service)
        mesh_panic(ctx, "service call to <0.%lld>: wrong service", number);
    if (target == p) mesh_panic(ctx, "service <0.%lld> called itself", number);
    mesh_ticket ticket = mesh_wait_begin(ctx);
    mesh_node *n = request(ctx, NODE_CALL, service, handler, args);
    if (!mesh_proc_push_next(p->worker, target, n)) {
        mesh_node_discard(p->worker, n);
        mesh_panic(ctx, "service call to dead process <0.%lld>", number);
    }
    if (mesh_wait(ctx, ticket, INT64_MAX, NULL) != 0) mesh_leave_if_ending(ctx);
    mesh_node *reply = p->reply;
    p->reply = NULL;
    if (reply->shape != SHAPE_FAILED) {
        mesh_value v = mesh_node_take(ctx, reply);
        mesh_node_free(p->worker, reply);
        return v;
    }
    mesh_reason *r = reply->object;
    mesh_string *text = mesh_string_new(ctx, r->text, r->len);
    mesh_node_discard(p->worker, reply);
    mesh_leave_if_ending(ctx); /* both of them end: this one was asked to */
    mesh_panic(ctx, "service process <0.%lld> terminated: %.*s", number, (int)text->len, text->data);
}

void mesh_service_cast(mesh_ctx *ctx, int64_t pid, const mesh_service_table *service, int64_t handler,
                       const mesh_value *args) {
    mesh_proc *p = ctx->proc, *target = pid == 0 ? NULL : mesh_proc_find(pid);
    if (target == NULL || target->kind != KIND_SERVICE || target->table != service) return;
    mesh_node *n = request(ctx, NODE_CAST, service, handler, args);
    if (!mesh_proc_push(p->worker, target, n)) mesh_node_discard(p->worker, n);
}

void mesh_service_fail(mesh_worker *w, mesh_node *n, mesh_proc *service) {
    mesh_proc *caller = n->kind == NODE_CALL ? mesh_proc_find(n->from) : NULL;
    mesh_service_drop_args(n);
    n->kind = NODE_REPLY;
    n->shape = SHAPE_FAILED;
    n->object = mesh_reason_retain(service->reason);
    if (caller == NULL || !mesh_proc_push(w, caller, n)) mesh_node_discard(w, n);
}

/* ---- the service's side ---- */

static void serve(mesh_ctx *ctx, mesh_proc *p, mesh_node *n) {
    const mesh_service_table *service = p->table;
    const mesh_handler_table *handler = handler_of(n);
    mesh_value values[MAX_ARGS + 1], *words = args_of(n);
    p->serving = n;
    values[0] = p->state;
    for (uint32_t i = 0; i < n->nargs; i++)
        values[i + 1] = handler->ptr_mask >> i & 1 ? mesh_unflatten(ctx, mesh_to_ptr(words[i])) : words[i];
    mesh_service_drop_args(n);
    mesh_value result = handler->thunk(ctx, values);
    if (!handler->is_call) {
        p->state = result;
        p->serving = NULL;
        mesh_node_free(p->worker, n);
        return;
    }
    /* (state, reply), counted slots first. */
    mesh_data *pair = mesh_to_ptr(result);
    int reply_slot = handler->reply_ptr && !service->state_ptr ? 0 : 1;
    mesh_value reply = pair->slot[reply_slot], state = pair->slot[1 - reply_slot];
    if (service->state_ptr) mesh_dup_obj(mesh_to_ptr(state));
    p->state = state;
    if (!mesh_node_put(ctx, n, handler->reply_ptr != 0, reply)) mesh_panic(ctx, "out of memory");
    mesh_drop(ctx, pair);
    n->kind = NODE_REPLY;
    p->serving = NULL;
    mesh_proc *caller = mesh_proc_find(n->from);
    if (caller == NULL || !mesh_proc_push(p->worker, caller, n)) mesh_node_discard(p->worker, n);
}

void mesh_service_main(mesh_ctx *ctx, mesh_proc *p) {
    if (!p->started) {
        p->started = true;
        p->state = p->args[0];
        if (((const mesh_service_table *)p->table)->state_ptr) {
            mesh_flat *flat = mesh_to_ptr(p->args[0]);
            p->state = mesh_unflatten(ctx, flat);
            mesh_flat_free(flat);
        }
    }
    for (;;) {
        if (p->work == NULL && atomic_load_explicit(&p->inbox, memory_order_relaxed) != NULL)
            mesh_proc_drain(p->worker, p);
        if (p->ending) break;
        if (p->work == NULL && !mesh_wait_work(p)) continue;
        mesh_node *n = mesh_work_take(p);
        if (n->kind == NODE_FINISH) {
            p->reason = n->object;
            mesh_node_free(p->worker, n);
            break;
        }
        if (n->kind == NODE_CALL || n->kind == NODE_CAST) serve(ctx, p, n);
        else mesh_node_discard(p->worker, n);
        mesh_leave_if_ending(ctx);
    }
#ifdef MESH_CHECK
    if (((const mesh_service_table *)p->table)->state_ptr) mesh_drop_obj(ctx, mesh_to_ptr(p->state));
#endif
}
