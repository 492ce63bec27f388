/* Timers: one 4-ary heap for each worker, behind a lock, since a process may leave the worker whose heap holds its timeout.
 * Timers of one target (send_after) live on one worker, so that their order holds. */
#include <stdlib.h>

#include "mesh_stdlib.h"
#include "process.h"

typedef struct send_timer {
    mesh_timer timer;
    int64_t pid;
    mesh_node *node;
} send_timer;

static _Atomic uint64_t next_order;

void mesh_timers_init(mesh_timers *t) {
    pthread_mutex_init(&t->lock, NULL);
    atomic_store(&t->earliest, INT64_MAX);
}

int64_t mesh_timers_earliest(mesh_worker *w) { return atomic_load_explicit(&w->timers.earliest, memory_order_relaxed); }

int64_t mesh_deadline_after_ms(int64_t ms) {
    int64_t now = mesh_now_ns();
    return ms >= (INT64_MAX - now) / 1000000 ? INT64_MAX - 1 : now + ms * 1000000;
}

/* ---- the heap; every function is called with the lock held ---- */

static bool before(const mesh_timer *a, const mesh_timer *b) {
    return a->when_ns != b->when_ns ? a->when_ns < b->when_ns : a->order < b->order;
}

static void put_at(mesh_timers *t, int32_t i, mesh_timer *timer) {
    t->heap[i] = timer;
    timer->index = i + 1;
}

static void sift_up(mesh_timers *t, int32_t i, mesh_timer *timer) {
    while (i > 0) {
        int32_t parent = (i - 1) / 4;
        if (!before(timer, t->heap[parent])) break;
        put_at(t, i, t->heap[parent]);
        i = parent;
    }
    put_at(t, i, timer);
}

static void sift_down(mesh_timers *t, int32_t i, mesh_timer *timer) {
    for (;;) {
        int32_t best = 4 * i + 1;
        if (best >= t->count) break;
        for (int32_t c = best + 1; c < t->count && c <= 4 * i + 4; c++)
            if (before(t->heap[c], t->heap[best])) best = c;
        if (!before(t->heap[best], timer)) break;
        put_at(t, i, t->heap[best]);
        i = best;
    }
    put_at(t, i, timer);
}

static void set_earliest(mesh_timers *t) { atomic_store(&t->earliest, t->count == 0 ? INT64_MAX : t->heap[0]->when_ns); }

static void insert(mesh_timers *t, mesh_timer *timer) {
    if (t->count == t->cap) {
        int32_t cap = t->cap == 0 ? 64 : t->cap * 2;
        mesh_timer **heap = realloc(t->heap, (size_t)cap * sizeof *heap);
        if (heap == NULL) mesh_fatal("out of memory");
        t->heap = heap;
        t->cap = cap;
    }
    timer->order = atomic_fetch_add_explicit(&next_order, 1, memory_order_relaxed);
    sift_up(t, t->count++, timer);
    set_earliest(t);
}

static void take_out(mesh_timers *t, mesh_timer *timer) {
    int32_t i = timer->index - 1;
    timer->index = 0;
    mesh_timer *last = t->heap[--t->count];
    if (last != timer) {
        if (i > 0 && before(last, t->heap[(i - 1) / 4])) sift_up(t, i, last);
        else sift_down(t, i, last);
    }
    set_earliest(t);
}

/* ---- timers of loops ---- */

void mesh_timer_start(mesh_timer *timer, int64_t when_ns) {
    mesh_worker *w = mesh_worker_here();
    pthread_mutex_lock(&w->timers.lock);
    if (timer->index != 0) take_out(&w->timers, timer);
    timer->when_ns = when_ns;
    timer->worker = (int16_t)w->index;
    timer->kind = TIMER_NATIVE;
    insert(&w->timers, timer);
    pthread_mutex_unlock(&w->timers.lock);
}

void mesh_timer_stop(mesh_timer *timer) {
    mesh_worker *w = mesh_worker_here();
    pthread_mutex_lock(&w->timers.lock);
    if (timer->index != 0) take_out(&w->timers, timer);
    pthread_mutex_unlock(&w->timers.lock);
}

/* ---- timeouts of processes ---- */

/* A timer that fires too early moves itself, so a process that waits again and again rarely touches the heap. */
void mesh_timer_process(mesh_worker *w, mesh_proc *p, int64_t deadline_ns) {
    mesh_timers *t = &mesh_worker_at(p->timer.worker)->timers;
    pthread_mutex_lock(&t->lock);
    p->deadline = deadline_ns;
    p->deadline_ticket = p->ticket;
    if (p->timer.index != 0) {
        if (p->timer.when_ns <= deadline_ns) {
            pthread_mutex_unlock(&t->lock);
            return;
        }
        take_out(t, &p->timer);
    }
    pthread_mutex_unlock(&t->lock);
    t = &w->timers;
    pthread_mutex_lock(&t->lock);
    p->timer.worker = (int16_t)w->index;
    p->timer.when_ns = deadline_ns;
    insert(t, &p->timer);
    pthread_mutex_unlock(&t->lock);
}

void mesh_timer_process_end(mesh_proc *p) {
    if (p->deadline == INT64_MAX) return; /* never had one */
    mesh_timers *t = &mesh_worker_at(p->timer.worker)->timers;
    pthread_mutex_lock(&t->lock);
    if (p->timer.index != 0) take_out(t, &p->timer);
    pthread_mutex_unlock(&t->lock);
}

/* ---- firing ---- */

int mesh_timers_fire(mesh_worker *w, int64_t now) {
    mesh_timers *t = &w->timers;
    int fired = 0;
    while (atomic_load_explicit(&t->earliest, memory_order_relaxed) <= now) {
        pthread_mutex_lock(&t->lock);
        mesh_timer *timer = t->count > 0 ? t->heap[0] : NULL;
        if (timer == NULL || timer->when_ns > now) {
            pthread_mutex_unlock(&t->lock);
            break;
        }
        take_out(t, timer);
        if (timer->kind == TIMER_PROCESS) {
            mesh_proc *p = (mesh_proc *)((char *)timer - offsetof(mesh_proc, timer));
            uint64_t ticket = p->deadline_ticket;
            if (p->deadline > now) {
                timer->when_ns = p->deadline;
                insert(t, timer);
                pthread_mutex_unlock(&t->lock);
                continue;
            }
            pthread_mutex_unlock(&t->lock);
            mesh_node *n = mesh_node_new(w, NODE_TIMEOUT);
            n->id = ticket;
            if (!mesh_proc_push(w, p, n)) mesh_node_free(w, n);
        } else {
            pthread_mutex_unlock(&t->lock);
            if (timer->kind == TIMER_NATIVE) {
                timer->fire(timer);
            } else {
                send_timer *s = (send_timer *)timer;
                mesh_proc *p = mesh_proc_find(s->pid);
                if (p == NULL || !mesh_proc_push(w, p, s->node)) mesh_node_discard(w, s->node);
                free(s);
            }
        }
        fired++;
    }
    return fired;
}

/* actors.md 1.2 b, c, e: someone sleeps, waits with a timeout, or will get a message. Called when every worker is idle. */
bool mesh_timers_pending(mesh_worker *w) {
    mesh_timers *t = &w->timers;
    bool pending = false;
    pthread_mutex_lock(&t->lock);
    for (int32_t i = 0; i < t->count && !pending; i++) {
        mesh_timer *timer = t->heap[i];
        if (timer->kind == TIMER_SEND) {
            mesh_proc *p = mesh_proc_find(((send_timer *)timer)->pid);
            pending = p != NULL && p->takes_messages;
        } else if (timer->kind == TIMER_PROCESS) {
            mesh_proc *p = (mesh_proc *)((char *)timer - offsetof(mesh_proc, timer));
            pending = p->wait != WAIT_NOTHING && p->deadline_ticket == p->ticket;
        }
    }
    pthread_mutex_unlock(&t->lock);
    return pending;
}

/* ---- functions of Mesh ---- */

void mesh_sleep_ns(mesh_ctx *ctx, int64_t ns) {
    if (ns <= 0) return;
    int64_t now = mesh_now_ns(), deadline = ns > INT64_MAX - 1 - now ? INT64_MAX - 1 : now + ns;
    mesh_ticket ticket = mesh_wait_begin(ctx);
    mesh_wait(ctx, ticket, deadline, NULL);
    mesh_leave_if_ending(ctx);
}

void mesh_timer_sleep(mesh_ctx *ctx, int64_t ms) {
    if (ms > 0) mesh_sleep_ns(ctx, ms > INT64_MAX / 1000000 ? INT64_MAX : ms * 1000000);
}

void mesh_timer_send_after(mesh_ctx *ctx, const mesh_type *type, int64_t pid, int64_t ms, mesh_value message) {
    mesh_proc *target = mesh_proc_find(pid);
    if (target == NULL || !target->takes_messages) return;
    send_timer *s = calloc(1, sizeof *s);
    if (s == NULL) mesh_panic(ctx, "out of memory");
    s->pid = pid;
    s->node = mesh_message_node(ctx, type, message);
    mesh_worker *w = mesh_worker_at((int)(pid % mesh_worker_count()));
    s->timer.kind = TIMER_SEND;
    s->timer.worker = (int16_t)w->index;
    s->timer.when_ns = ms <= 0 ? mesh_now_ns() : mesh_deadline_after_ms(ms);
    pthread_mutex_lock(&w->timers.lock);
    insert(&w->timers, &s->timer);
    bool first = w->timers.heap[0] == &s->timer;
    pthread_mutex_unlock(&w->timers.lock);
    atomic_thread_fence(memory_order_seq_cst);
    if (first && atomic_load(&w->asleep)) mesh_worker_wake(w);
    else if (first && ms <= 0) atomic_store_explicit(&w->poll_due, true, memory_order_relaxed);
}
