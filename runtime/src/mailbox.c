/* Messages: values in nodes, sending, selective receive. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "process.h"

mesh_node *mesh_node_new(mesh_worker *w, int kind) {
    mesh_node *n = mesh_pool_take(w, MESH_POOL_NODE);
    if (n == NULL) mesh_fatal("out of memory");
    n->kind = (uint8_t)kind;
    n->shape = 0;
    n->from = 0;
    n->id = 0;
    n->object = NULL;
    n->nargs = 0;
    return n;
}

void mesh_node_free(mesh_worker *w, mesh_node *n) { mesh_pool_give(w, MESH_POOL_NODE, n); }

void mesh_node_drop_value(mesh_node *n) {
    if (n->shape == SHAPE_FLAT) mesh_flat_free(mesh_to_ptr(n->word[0]));
}

void mesh_node_discard(mesh_worker *w, mesh_node *n) {
    switch (n->kind) {
    case NODE_WORD:
    case NODE_OBJECT:
    case NODE_FLAT:
        mesh_node_drop_value(n);
        break;
    case NODE_REPLY:
        if (n->shape == SHAPE_FAILED) mesh_reason_release(n->object);
        else mesh_node_drop_value(n);
        break;
    case NODE_JOB:
        mesh_job_release(n->object);
        break;
    case NODE_CALL:
    case NODE_CAST:
        mesh_service_drop_args(n);
        break;
    case NODE_EXIT:
    case NODE_LINK_EXIT:
    case NODE_CHILD_EXIT:
    case NODE_DOWN:
    case NODE_FINISH:
        mesh_reason_release(n->object);
        break;
    }
    mesh_node_free(w, n);
}

/* ---- values ---- */

static bool is_nullary(const mesh_obj *o) { return o >= mesh_nullary && o < mesh_nullary + 256; }

bool mesh_node_put(mesh_ctx *ctx, mesh_node *n, bool ptr, mesh_value v) {
    mesh_obj *o = ptr ? mesh_to_ptr(v) : NULL;
    n->shape = SHAPE_WORD;
    n->word[0] = v;
    if (!ptr || is_nullary(o)) return true;
    enum mesh_kind kind = mesh_kind_of(o);
    if (kind == MESH_KIND_DATA && (o->info >> 4 & 63) == 0 && (o->info >> 10) < MESH_INLINE_WORDS) {
        mesh_obj *copy = (void *)n->word;
        memcpy(copy, o, sizeof *o + (size_t)(o->info >> 10) * sizeof(mesh_value));
        copy->rc = 0;
        n->shape = SHAPE_OBJECT;
        return true;
    }
    if (kind == MESH_KIND_STRING) {
        mesh_string *s = (mesh_string *)o, *copy = (mesh_string *)n->word;
        if (o->info & MESH_STRING_STATIC) {
            *copy = *s;
            copy->h.rc = 0;
            n->shape = SHAPE_OBJECT;
            return true;
        }
        if (s->len <= (int64_t)(MESH_INLINE_BYTES - sizeof *s)) {
            char *bytes = (char *)(copy + 1);
            *copy = (mesh_string){{0, 0, MESH_KIND_STRING}, s->len, bytes, (uint64_t)s->len};
            memcpy(bytes, s->data, (size_t)s->len);
            n->shape = SHAPE_OBJECT;
            return true;
        }
    }
    mesh_flat *flat = mesh_flatten(ctx, v, true);
    if (flat == NULL) return false;
    n->word[0] = mesh_of_ptr(flat);
    n->shape = SHAPE_FLAT;
    return true;
}

mesh_value mesh_node_view(const mesh_node *n) {
    if (n->shape == SHAPE_OBJECT) return mesh_of_ptr(n->word);
    if (n->shape == SHAPE_FLAT) return mesh_flat_value(mesh_to_ptr(n->word[0]));
    return n->word[0];
}

mesh_value mesh_node_take(mesh_ctx *ctx, mesh_node *n) {
    mesh_value v = mesh_node_copy(ctx, n);
    mesh_node_drop_value(n);
    n->shape = SHAPE_WORD;
    return v;
}

mesh_value mesh_node_copy(mesh_ctx *ctx, const mesh_node *n) {
    if (n->shape == SHAPE_WORD) return n->word[0];
    if (n->shape == SHAPE_FLAT) return mesh_unflatten(ctx, mesh_to_ptr(n->word[0]));
    const mesh_obj *o = (const mesh_obj *)n->word;
    if (mesh_kind_of(o) == MESH_KIND_STRING && !(o->info & MESH_STRING_STATIC))
        return mesh_of_ptr(mesh_string_new(ctx, ((mesh_string *)o)->data, (size_t)((mesh_string *)o)->len));
    size_t size = mesh_kind_of(o) == MESH_KIND_STRING ? sizeof(mesh_string)
                                                      : sizeof *o + (size_t)(o->info >> 10) * sizeof(mesh_value);
    mesh_obj *copy = mesh_alloc(ctx, size);
    memcpy(copy, o, size);
    copy->rc = 1;
    return mesh_of_ptr(copy);
}

/* ---- sending ---- */

mesh_node *mesh_message_node(mesh_ctx *ctx, const mesh_type *type, mesh_value v) {
    mesh_node *n = mesh_node_new(ctx->proc->worker, NODE_WORD);
    if (!mesh_node_put(ctx, n, mesh_is_ptr(type), v)) {
        mesh_node_free(ctx->proc->worker, n);
        mesh_panic(ctx, "out of memory");
    }
    n->kind = (uint8_t)(NODE_WORD + n->shape);
    n->type = type;
    return n;
}

void mesh_send(mesh_ctx *ctx, int64_t pid, const mesh_type *type, mesh_value message) {
    mesh_proc *p = mesh_proc_find(pid);
    if (p == NULL || !p->takes_messages) return;
    mesh_node *n = mesh_message_node(ctx, type, message);
    mesh_worker *w = ctx->proc->worker;
    if (!mesh_proc_push(w, p, n)) mesh_node_discard(w, n);
}

/* ---- selective receive ---- */

static void unlink_at(mesh_proc *p, mesh_node **at) {
    mesh_node *n = *at;
    *at = n->next;
    if (p->mail_end == &n->next) p->mail_end = at;
}

void mesh_receive_begin(mesh_ctx *ctx, int64_t timeout_ms) {
    mesh_proc *p = ctx->proc;
    p->cursor = &p->mail;
    p->candidate = NULL;
    p->timed_out = false;
    if (timeout_ms < 0) p->receive_deadline = INT64_MAX;
    else if (timeout_ms == 0) p->receive_deadline = 0;
    else p->receive_deadline = mesh_deadline_after_ms(timeout_ms);
}

static bool same_type(const mesh_type *a, const mesh_type *b) {
    return a == b || a == NULL || b == NULL || strcmp(a->name, b->name) == 0;
}

/* The next candidate, or NULL when the mailbox has no further one now. */
static mesh_node *next_candidate(mesh_ctx *ctx, const mesh_type *type) {
    mesh_proc *p = ctx->proc;
    if (p->candidate != NULL) {
        p->cursor = &p->candidate->next;
        p->candidate = NULL;
    }
    for (;;) {
        mesh_node *n = *p->cursor;
        if (n == NULL) {
            if (atomic_load_explicit(&p->inbox, memory_order_relaxed) == NULL) return NULL;
            mesh_proc_drain(p->worker, p);
            if (p->ending) mesh_leave_if_ending(ctx);
            n = *p->cursor;
            if (n == NULL) return NULL;
        }
        if (same_type(type, n->type)) return p->candidate = n;
        fprintf(stderr, "[mesh-rt] actor <0.%lld>: discarded message of unexpected type\n", (long long)p->pid);
        unlink_at(p, p->cursor);
        mesh_node_discard(p->worker, n);
    }
}

int64_t mesh_receive_poll(mesh_ctx *ctx, const mesh_type *type, mesh_value *view) {
    mesh_proc *p = ctx->proc;
    mesh_node *n = next_candidate(ctx, type);
    if (n != NULL) {
        *view = mesh_node_view(n);
        return 1;
    }
    if (p->receive_deadline == INT64_MAX) return -1;
    return p->receive_deadline == 0 || p->timed_out || mesh_now_ns() >= p->receive_deadline ? 0 : -1;
}

bool mesh_receive_next(mesh_ctx *ctx, const mesh_type *type, mesh_value *view) {
    mesh_proc *p = ctx->proc;
    p->timed_out = false;
    for (;;) {
        int64_t got = mesh_receive_poll(ctx, type, view);
        if (got >= 0) return got == 1;
        p->ticket++;
        mesh_park(p, WAIT_MESSAGE, p->receive_deadline);
        mesh_leave_if_ending(ctx);
    }
}

void mesh_receive_drop(mesh_ctx *ctx) {
    mesh_proc *p = ctx->proc;
    mesh_node *n = p->candidate;
    p->candidate = NULL;
    unlink_at(p, p->cursor);
    mesh_node_free(p->worker, n);
}

mesh_value mesh_receive_take(mesh_ctx *ctx) {
    mesh_proc *p = ctx->proc;
    mesh_node *n = p->candidate;
    p->candidate = NULL;
    unlink_at(p, p->cursor);
    mesh_value v = mesh_node_take(ctx, n);
    mesh_node_free(p->worker, n);
    return v;
}
