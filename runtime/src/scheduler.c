/* Workers and run queues: M:N scheduling with work stealing.
 *
 * A worker's own queue is the bounded ring of Go's scheduler (runtime/proc.go, runqput and runqgrab): the owner pushes at the
 * tail, everyone takes at the head, thieves take half. What does not fit, or comes from other threads, goes through one
 * locked queue. The next slot holds the process woken last: a message to a waiting process, a call and its reply are then
 * hand-offs on one worker. Thieves leave a fresh next slot alone.
 *
 * A sleeping worker blocks in its poll. At most one worker searches; whoever adds work while someone sleeps and nobody
 * searches wakes one.
 */
#define _GNU_SOURCE /* pthread_getattr_np */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "process.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

enum {
    RUNS_PER_POLL = 128,
    RUNS_PER_GLOBAL = 61, /* the common queue is looked at this often even when the own one is not empty */
    NEXT_IN_A_ROW = 64,   /* then the queue has its turn */
    GRAB = 64,            /* processes taken from the common queue at once */
    TICK_NS = 1000000,
    FRESH_NS = 50000,     /* thieves leave a next slot alone this long */
    FREE_BATCH = 32,
};

static mesh_worker *workers;
static int worker_count;
static __thread mesh_worker *this_worker;

static struct {
    pthread_mutex_t lock;
    mesh_proc *first, **end;
    _Atomic int64_t count;
} common = {.lock = PTHREAD_MUTEX_INITIALIZER, .end = &common.first};

static _Atomic int sleeping;
static _Atomic int searching;
static _Atomic bool next_wakes = true; /* false after a search that found only fresh next slots, until the next tick */
static _Atomic uint64_t epoch = 1;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    _Atomic bool asleep;
} ticker = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};

__attribute__((noinline)) mesh_worker *mesh_worker_here(void) {
    __asm__ volatile("");
    return this_worker;
}

int mesh_worker_count(void) { return worker_count; }
mesh_worker *mesh_worker_at(int index) { return &workers[index]; }
mesh_worker *mesh_worker_current(void) { return mesh_worker_here(); }
int mesh_worker_index(const mesh_worker *w) { return w->index; }

int64_t mesh_now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- run queues ---- */

static void common_push(mesh_proc *first, mesh_proc *last, int n) {
    last->next = NULL;
    pthread_mutex_lock(&common.lock);
    *common.end = first;
    common.end = &last->next;
    atomic_fetch_add(&common.count, n);
    pthread_mutex_unlock(&common.lock);
}

static void set_limit(mesh_ctx *ctx, uintptr_t limit) {
    atomic_store_explicit((_Atomic uintptr_t *)&ctx->abi.stack_limit, limit, memory_order_relaxed);
}

static void ask_to_yield(mesh_proc *p) {
    atomic_store(&p->preempt, true);
    set_limit(atomic_load(&p->ctx), UINTPTR_MAX);
}

static void queue_push(mesh_worker *w, mesh_proc *p) {
    uint32_t tail = atomic_load_explicit(&w->tail, memory_order_relaxed);
    for (;;) {
        uint32_t head = atomic_load_explicit(&w->head, memory_order_acquire);
        if (tail - head < RUN_QUEUE) {
            atomic_store_explicit(&w->queue[tail % RUN_QUEUE], p, memory_order_relaxed);
            atomic_store_explicit(&w->tail, tail + 1, memory_order_release);
            return;
        }
        /* Full: half of it and p go to the common queue. */
        mesh_proc *moved[RUN_QUEUE / 2 + 1];
        for (uint32_t i = 0; i < RUN_QUEUE / 2; i++)
            moved[i] = atomic_load_explicit(&w->queue[(head + i) % RUN_QUEUE], memory_order_relaxed);
        if (!atomic_compare_exchange_strong(&w->head, &head, head + RUN_QUEUE / 2)) continue;
        moved[RUN_QUEUE / 2] = p;
        for (int i = 0; i < RUN_QUEUE / 2; i++) moved[i]->next = moved[i + 1];
        common_push(moved[0], p, RUN_QUEUE / 2 + 1);
        /* Whoever makes so many runnable lets them run while they are in the cache. */
        mesh_proc *maker = atomic_load_explicit(&w->current, memory_order_relaxed);
        if (maker != NULL) ask_to_yield(maker);
        return;
    }
}

static mesh_proc *queue_take(mesh_worker *w) {
    uint32_t head = atomic_load_explicit(&w->head, memory_order_acquire);
    for (;;) {
        if (head == atomic_load_explicit(&w->tail, memory_order_relaxed)) return NULL;
        mesh_proc *p = atomic_load_explicit(&w->queue[head % RUN_QUEUE], memory_order_relaxed);
        if (atomic_compare_exchange_weak(&w->head, &head, head + 1)) return p;
    }
}

static mesh_proc *common_take(mesh_worker *w) {
    if (atomic_load_explicit(&common.count, memory_order_relaxed) == 0) return NULL;
    pthread_mutex_lock(&common.lock);
    int64_t n = atomic_load(&common.count), share = n / worker_count + 1;
    if (share > n) share = n;
    if (share > GRAB) share = GRAB;
    mesh_proc *p = common.first, *rest = NULL;
    if (p != NULL) {
        mesh_proc *last = p;
        for (int64_t i = 1; i < share; i++) last = last->next;
        common.first = last->next;
        if (common.first == NULL) common.end = &common.first;
        last->next = NULL;
        rest = p->next;
        atomic_fetch_sub(&common.count, share);
    }
    pthread_mutex_unlock(&common.lock);
    while (rest != NULL) {
        mesh_proc *next = rest->next;
        queue_push(w, rest);
        rest = next;
    }
    return p;
}

static mesh_proc *steal_half(mesh_worker *w, mesh_worker *victim) {
    uint32_t tail = atomic_load_explicit(&w->tail, memory_order_relaxed);
    for (;;) {
        uint32_t head = atomic_load_explicit(&victim->head, memory_order_acquire);
        uint32_t n = atomic_load_explicit(&victim->tail, memory_order_acquire) - head;
        n -= n / 2;
        if (n == 0) return NULL;
        if (n > RUN_QUEUE / 2) continue; /* head and tail of different moments */
        mesh_proc *first = atomic_load_explicit(&victim->queue[head % RUN_QUEUE], memory_order_relaxed);
        for (uint32_t i = 1; i < n; i++) {
            mesh_proc *p = atomic_load_explicit(&victim->queue[(head + i) % RUN_QUEUE], memory_order_relaxed);
            atomic_store_explicit(&w->queue[(tail + i - 1) % RUN_QUEUE], p, memory_order_relaxed);
        }
        if (!atomic_compare_exchange_strong(&victim->head, &head, head + n)) continue;
        atomic_store_explicit(&w->tail, tail + n - 1, memory_order_release);
        return first;
    }
}

static bool queue_empty(const mesh_worker *w) { return atomic_load(&w->head) == atomic_load(&w->tail); }

/* ---- waking ---- */

static void ticker_wake(void) {
    if (!atomic_load(&ticker.asleep)) return;
    pthread_mutex_lock(&ticker.lock);
    atomic_store(&ticker.asleep, false);
    pthread_cond_signal(&ticker.cond);
    pthread_mutex_unlock(&ticker.lock);
}

/* Wakes a sleeper to search; the searcher's place is already taken for it. */
static void wake_one(mesh_worker *w) {
    int none = 0;
    if (!atomic_compare_exchange_strong(&searching, &none, 1)) return;
    int start = w == NULL ? 0 : w->index;
    for (int i = 0; i < worker_count; i++) {
        mesh_worker *v = &workers[(start + i) % worker_count];
        bool yes = true;
        if (v != w && atomic_compare_exchange_strong(&v->asleep, &yes, false)) {
            mesh_worker_wake(v);
            return;
        }
    }
    atomic_fetch_sub(&searching, 1);
}

static void work_added(mesh_worker *w) {
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&sleeping, memory_order_relaxed) > 0 &&
        atomic_load_explicit(&searching, memory_order_relaxed) == 0)
        wake_one(w);
}

void mesh_sched_ready(mesh_worker *w, mesh_proc *p, int when) {
    if (w == NULL) {
        common_push(p, p, 1);
        work_added(NULL);
        return;
    }
    if (when != READY_LAST) {
        p = atomic_exchange(&w->next_slot, p);
        w->made_several = p != NULL && when == READY_SOON;
        if (p == NULL) {
            if (atomic_load_explicit(&next_wakes, memory_order_relaxed) &&
                atomic_load_explicit(&w->current, memory_order_relaxed) != NULL)
                work_added(w);
            return;
        }
    }
    queue_push(w, p);
    work_added(w);
}

/* The last of several made ready is the last to run. It stayed in the next slot until now: what it was sent right after its
 * start has come before anyone could run it. */
static void keep_order(mesh_worker *w) {
    if (!w->made_several) return;
    w->made_several = false;
    mesh_proc *p = atomic_exchange(&w->next_slot, NULL);
    if (p != NULL) queue_push(w, p);
}

/* ---- reclamation ---- */

void mesh_retire(mesh_worker *w, mesh_retired *r) {
    r->next = NULL;
    *w->retired_end = r;
    w->retired_end = &r->next;
    w->retired_count++;
}

/* Stamps what was retired with the epoch that ends now; it may be freed once every worker has begun a turn in a later one. */
static void reclaim(mesh_worker *w) {
    uint64_t now = atomic_fetch_add(&epoch, 1);
    if (w->retired != NULL) {
        for (mesh_retired *r = w->retired; r != NULL; r = r->next) r->epoch = now;
        *w->stamped_end = w->retired;
        w->stamped_end = w->retired_end;
        w->retired = NULL;
        w->retired_end = &w->retired;
        w->retired_count = 0;
    }
    atomic_thread_fence(memory_order_seq_cst);
    uint64_t oldest = UINT64_MAX;
    for (int i = 0; i < worker_count; i++) {
        uint64_t seen = atomic_load(&workers[i].seen_epoch);
        if (&workers[i] != w && seen < oldest) oldest = seen;
    }
    while (w->stamped != NULL && w->stamped->epoch < oldest) {
        mesh_retired *r = w->stamped;
        w->stamped = r->next;
        if (w->stamped == NULL) w->stamped_end = &w->stamped;
        r->free(w, r);
    }
}

/* ---- running a process ---- */

static void give_stack_back(mesh_worker *w, mesh_proc *p) {
#if defined(__SANITIZE_THREAD__)
    __tsan_destroy_fiber(p->fiber);
#endif
#if defined(__SANITIZE_ADDRESS__)
    __asan_unpoison_memory_region(p->stack, MESH_STACK_SIZE);
#endif
    if (p->kind != KIND_MAIN) mesh_stack_give(w, p->stack);
    p->stack = NULL;
}

static bool take_stack(mesh_worker *w, mesh_proc *p) {
    size_t size = p->kind == KIND_MAIN ? MESH_MAIN_STACK_SIZE : MESH_STACK_SIZE;
    p->stack = p->kind == KIND_MAIN ? mesh_stack_main() : mesh_stack_take(w);
    if (p->stack == NULL) return false;
    p->limit = (uintptr_t)p->stack + MESH_STACK_RESERVE;
    /* Neighbouring stacks start at different offsets: the tops of 2^n-spaced stacks would all fall into the same cache
     * sets. */
    uintptr_t top = (uintptr_t)p->stack + size - ((uintptr_t)p->pid % 16) * 128;
    p->sp = mesh_stack_prepare((void *)top, mesh_proc_entry, p);
#if defined(__SANITIZE_THREAD__)
    p->fiber = __tsan_create_fiber(0);
#endif
#if defined(__SANITIZE_ADDRESS__)
    p->fake_stack = NULL;
#endif
    return true;
}

/* p is off its stack and wants to wait; it may run elsewhere before this returns. */
static void settle(mesh_worker *w, mesh_proc *p) {
    if (p->wait == WAIT_NOTHING) {
        mesh_sched_ready(w, p, READY_LAST);
        return;
    }
    for (;;) {
        mesh_node *empty = NULL;
        if (atomic_load_explicit(&p->inbox, memory_order_acquire) == NULL) mesh_proc_end_if_last(p);
        if (!p->ending && atomic_compare_exchange_strong(&p->inbox, &empty, INBOX_WAITING)) return;
        mesh_proc_drain(w, p);
        if (p->ending || mesh_proc_ready(p)) {
            mesh_sched_ready(w, p, READY_LAST);
            return;
        }
    }
}

static void run(mesh_worker *w, mesh_proc *p) {
    if (atomic_load_explicit(&p->inbox, memory_order_relaxed) != NULL) mesh_proc_drain(w, p);
    if (!p->ending && !mesh_proc_ready(p)) {
        settle(w, p);
        return;
    }
    if (p->stack == NULL) {
        if (p->ending && !mesh_proc_has_last_words(p)) {
            mesh_proc_finish(w, p);
            return;
        }
        if (!take_stack(w, p)) {
            mesh_panic_report(&p->root, NULL, "out of memory", 13);
            p->reason = mesh_reason_out_of_memory;
            mesh_proc_finish(w, p);
            return;
        }
    }
    p->worker = w;
    p->next = NULL;
    p->wait = WAIT_NOTHING; /* or a yield in its first task would count as the wait for work that preceded it */
    atomic_store_explicit(&p->preempt, false, memory_order_relaxed);
    set_limit(atomic_load_explicit(&p->ctx, memory_order_relaxed),
              atomic_load_explicit(&p->signals, memory_order_relaxed) ? UINTPTR_MAX : p->limit);
    atomic_store_explicit(&w->current, p, memory_order_release); /* the ticker looks into p */
    atomic_store_explicit(&w->runs, atomic_load_explicit(&w->runs, memory_order_relaxed) + 1, memory_order_relaxed);
#if defined(__SANITIZE_ADDRESS__)
    size_t stack_bytes;
    void *stack_low = mesh_stack_low(p, &stack_bytes);
    __sanitizer_start_switch_fiber(&w->fake_stack, stack_low, stack_bytes);
#endif
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(p->fiber, 0);
#endif
    mesh_switch(&w->sp, p->sp);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(w->fake_stack, NULL, NULL);
#endif
    atomic_store_explicit(&w->current, NULL, memory_order_relaxed);
    keep_order(w);
    switch (w->after) {
    case AFTER_YIELD:
        /* Behind everything that waits, also in the common queue. */
        if (atomic_load_explicit(&common.count, memory_order_relaxed) > 0) common_push(p, p, 1);
        else queue_push(w, p);
        break;
    case AFTER_PARK:
        settle(w, p);
        break;
    case AFTER_PARK_STACKLESS:
        give_stack_back(w, p);
        settle(w, p);
        break;
    case AFTER_END:
        give_stack_back(w, p);
        mesh_proc_finish(w, p);
        break;
    }
}

/* From the process's stack to its worker's loop; returns when the process runs again. */
static void leave_to_loop(mesh_proc *p, int after) {
    mesh_worker *w = p->worker;
    w->after = after;
#if defined(__SANITIZE_ADDRESS__)
    bool gone = after == AFTER_END || after == AFTER_PARK_STACKLESS;
    __sanitizer_start_switch_fiber(gone ? NULL : &p->fake_stack, w->stack_low, w->stack_bytes);
#endif
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(w->fiber, 0);
#endif
    mesh_switch(&p->sp, w->sp);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(p->fake_stack, NULL, NULL);
#endif
}

void mesh_yield(mesh_proc *p) { leave_to_loop(p, AFTER_YIELD); }

static void begin_wait(mesh_proc *p, int wait, int64_t deadline_ns) {
    p->wait = (uint8_t)wait;
    p->timed_out = false;
    if (deadline_ns != INT64_MAX) mesh_timer_process(p->worker, p, deadline_ns);
}

void mesh_park(mesh_proc *p, int wait, int64_t deadline_ns) {
    if (atomic_load_explicit(&p->inbox, memory_order_relaxed) != NULL) mesh_proc_drain(p->worker, p);
    begin_wait(p, wait, deadline_ns);
    if (!p->ending && !mesh_proc_ready(p)) leave_to_loop(p, AFTER_PARK);
    p->wait = WAIT_NOTHING;
}

void mesh_park_stackless(mesh_proc *p, int wait, int64_t deadline_ns) {
    begin_wait(p, wait, deadline_ns);
    leave_to_loop(p, AFTER_PARK_STACKLESS);
    __builtin_unreachable();
}

void mesh_proc_entry(void *arg) {
    mesh_proc *p = arg;
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
#endif
    mesh_proc_body(p);
    leave_to_loop(p, AFTER_END);
    __builtin_unreachable();
}

struct on_stack_call {
    void (*fn)(void *);
    void *data;
    mesh_proc *proc;
};

#if defined(__SANITIZE_ADDRESS__)
static void on_stack_trampoline(void *arg) {
    struct on_stack_call *call = arg;
    __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
    call->fn(call->data);
    size_t bytes;
    void *low = mesh_stack_low(call->proc, &bytes);
    __sanitizer_start_switch_fiber(NULL, low, bytes);
}
#endif

void mesh_on_big_stack(mesh_ctx *ctx, void (*fn)(void *), void *data) {
    mesh_proc *p = ctx->proc;
    mesh_worker *w = p->worker;
    if (w->on_own_stack || atomic_load_explicit(&w->current, memory_order_relaxed) != p) {
        fn(data);
        return;
    }
    w->on_own_stack = true;
#if defined(__SANITIZE_ADDRESS__)
    struct on_stack_call call = {fn, data, p};
    void *fake = NULL;
    __sanitizer_start_switch_fiber(&fake, w->stack_low, w->stack_bytes);
    mesh_call_on_stack(w->sp, on_stack_trampoline, &call);
    __sanitizer_finish_switch_fiber(fake, NULL, NULL);
#else
    mesh_call_on_stack(w->sp, fn, data);
#endif
    w->on_own_stack = false;
}

/* ---- the loop ---- */

void mesh_loop_post(mesh_worker *w, mesh_post *post) {
    mesh_post *head = atomic_load_explicit(&w->posts, memory_order_relaxed);
    do post->next = head;
    while (!atomic_compare_exchange_weak(&w->posts, &head, post));
    atomic_store_explicit(&w->poll_due, true, memory_order_relaxed);
    if (w != mesh_worker_here() && atomic_load(&w->asleep)) mesh_worker_wake(w);
}

void mesh_loop_defer(mesh_post *post) {
    mesh_worker *w = mesh_worker_here();
    post->next = NULL;
    *w->deferred_end = post;
    w->deferred_end = &post->next;
}

static int run_posts(mesh_worker *w) {
    if (atomic_load_explicit(&w->posts, memory_order_relaxed) == NULL) return 0;
    mesh_post *list = atomic_exchange(&w->posts, NULL), *in_order = NULL;
    while (list != NULL) {
        mesh_post *next = list->next;
        list->next = in_order;
        in_order = list;
        list = next;
    }
    int n = 0;
    while (in_order != NULL) {
        mesh_post *post = in_order;
        in_order = post->next;
        post->run(post);
        n++;
    }
    return n;
}

static void run_deferred(mesh_worker *w) {
    while (w->deferred != NULL) {
        mesh_post *list = w->deferred;
        w->deferred = NULL;
        w->deferred_end = &w->deferred;
        while (list != NULL) {
            mesh_post *post = list;
            list = post->next;
            post->run(post);
        }
    }
}

static int turn(mesh_worker *w) {
    w->since_poll = 0;
    atomic_store_explicit(&w->poll_due, false, memory_order_relaxed);
    run_deferred(w);
    int n = mesh_poll(w, 0);
    n += run_posts(w);
    if (mesh_timers_earliest(w) != INT64_MAX) n += mesh_timers_fire(w, mesh_now_ns());
    run_deferred(w);
    int signal_number = w->index == 0 ? mesh_signal_taken() : 0;
    if (signal_number != 0) {
        mesh_life_stop(signal_number);
        n++;
    }
    if (w->retired_count >= FREE_BATCH) reclaim(w);
    return n;
}

static mesh_proc *pick(mesh_worker *w) {
    mesh_proc *p;
    if (w->since_poll % RUNS_PER_GLOBAL == RUNS_PER_GLOBAL - 1 && (p = common_take(w)) != NULL) return p;
    if (w->since_next < NEXT_IN_A_ROW || queue_empty(w)) {
        if (atomic_load_explicit(&w->next_slot, memory_order_relaxed) != NULL &&
            (p = atomic_exchange(&w->next_slot, NULL)) != NULL) {
            w->since_next++;
            return p;
        }
    }
    w->since_next = 0;
    if ((p = queue_take(w)) != NULL) return p;
    return common_take(w);
}

static mesh_proc *search_once(mesh_worker *w, bool *fresh) {
    mesh_proc *p = common_take(w);
    if (p != NULL) return p;
    for (int i = 1; i < worker_count; i++) {
        mesh_worker *v = &workers[(w->index + i) % worker_count];
        if ((p = steal_half(w, v)) != NULL) return p;
        if (atomic_load(&v->next_slot) != NULL) *fresh = true;
    }
    return NULL;
}

/* Looks for work of others. What lies in a next slot is taken only when its worker has stayed with one process meanwhile. */
static mesh_proc *search(mesh_worker *w) {
    bool fresh = false;
    mesh_proc *p = search_once(w, &fresh);
    if (p != NULL || !fresh) return p;
    for (int i = 1; i < worker_count; i++) {
        mesh_worker *v = &workers[(w->index + i) % worker_count];
        mesh_proc *slot = atomic_load(&v->next_slot);
        if (slot == NULL) continue;
        uint64_t runs = atomic_load(&v->runs);
        mesh_poll(w, FRESH_NS);
        if (atomic_load(&v->runs) != runs) continue;
        if (atomic_compare_exchange_strong(&v->next_slot, &slot, NULL)) return slot;
    }
    fresh = false;
    p = search_once(w, &fresh);
    if (p == NULL && fresh) atomic_store(&next_wakes, false);
    return p;
}

static bool anything_queued(mesh_worker *w) {
    if (atomic_load(&common.count) != 0) return true;
    for (int i = 0; i < worker_count; i++)
        if (!queue_empty(&workers[i])) return true;
    return atomic_load(&w->next_slot) != NULL || atomic_load(&w->posts) != NULL || w->deferred != NULL;
}

static void stop_searching(mesh_worker *w) {
    atomic_fetch_sub(&searching, 1);
    if (atomic_load(&common.count) != 0 || !queue_empty(w)) work_added(w);
}

/* Sleeps until there is something to do. true: woken to search. */
static bool sleep_until_woken(mesh_worker *w) {
    atomic_store(&w->asleep, true);
    int now_asleep = atomic_fetch_add(&sleeping, 1) + 1;
    atomic_thread_fence(memory_order_seq_cst);
    if (!anything_queued(w)) {
        if (w->retired != NULL || w->stamped != NULL) reclaim(w);
        if (now_asleep < worker_count || !mesh_life_all_idle(w)) {
            atomic_store(&w->seen_epoch, UINT64_MAX);
            int64_t earliest = mesh_timers_earliest(w), wait = -1;
            if (earliest != INT64_MAX) {
                wait = earliest - mesh_now_ns();
                if (wait < 0) wait = 0;
            }
            mesh_poll(w, wait);
        }
        atomic_store(&w->seen_epoch, atomic_load(&epoch));
        atomic_thread_fence(memory_order_seq_cst);
    }
    atomic_fetch_sub(&sleeping, 1);
    bool to_search = !atomic_exchange(&w->asleep, false);
    ticker_wake();
    return to_search;
}

static void loop(mesh_worker *w) {
    bool token = false; /* holds the searcher's place */
    for (;;) {
        uint64_t now = atomic_load_explicit(&epoch, memory_order_acquire);
        if (now != atomic_load_explicit(&w->seen_epoch, memory_order_relaxed))
            atomic_store_explicit(&w->seen_epoch, now, memory_order_release);
        mesh_proc *p = pick(w);
        if (p != NULL) {
            if (token) {
                token = false;
                stop_searching(w);
            }
            run(w, p);
            if (++w->since_poll >= RUNS_PER_POLL || atomic_load_explicit(&w->poll_due, memory_order_relaxed)) turn(w);
            continue;
        }
        if (turn(w) > 0) continue;
        int none = 0;
        if (!token) token = atomic_compare_exchange_strong(&searching, &none, 1);
        if (token) {
            p = search(w);
            token = false;
            stop_searching(w);
            if (p != NULL) {
                run(w, p);
                continue;
            }
        }
        token = sleep_until_woken(w);
    }
}

/* Every millisecond while anyone works: asks processes that run since the last tick to yield, and workers to poll. */
static void *tick(void *unused) {
    (void)unused;
    uint64_t *last = calloc((size_t)worker_count, sizeof *last);
    int idle_ticks = 0;
    for (;;) {
        if (atomic_load(&sleeping) == worker_count && ++idle_ticks > 2) {
            pthread_mutex_lock(&ticker.lock);
            atomic_store(&ticker.asleep, true);
            if (atomic_load(&sleeping) != worker_count) atomic_store(&ticker.asleep, false);
            while (atomic_load(&ticker.asleep)) pthread_cond_wait(&ticker.cond, &ticker.lock);
            pthread_mutex_unlock(&ticker.lock);
            idle_ticks = 0;
        }
        nanosleep(&(struct timespec){0, TICK_NS}, NULL);
        atomic_store(&next_wakes, true);
        for (int i = 0; i < worker_count; i++) {
            mesh_worker *w = &workers[i];
            uint64_t runs = atomic_load(&w->runs);
            mesh_proc *p = atomic_load(&w->current);
            if (p != NULL && runs == last[i]) {
                idle_ticks = 0;
                ask_to_yield(p);
                if (atomic_load(&w->next_slot) != NULL || !queue_empty(w)) work_added(NULL);
            }
            last[i] = runs;
            atomic_store_explicit(&w->poll_due, true, memory_order_relaxed);
        }
    }
    return NULL;
}

static void thread_begin(mesh_worker *w) {
    this_worker = w;
#if defined(__SANITIZE_THREAD__)
    w->fiber = __tsan_get_current_fiber();
#endif
#if defined(__linux__)
    pthread_attr_t attr;
    if (pthread_getattr_np(pthread_self(), &attr) == 0) {
        pthread_attr_getstack(&attr, &w->stack_low, &w->stack_bytes);
        pthread_attr_destroy(&attr);
    }
#endif
}

static void *worker_thread(void *arg) {
    thread_begin(arg);
    loop(arg);
    return NULL;
}

/* Of the machine, or those that this program may use (taskset, containers). */
static long available_cores(void) {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
    return sysconf(_SC_NPROCESSORS_ONLN);
}

void mesh_sched_run(mesh_proc *main_process) {
    const char *wanted = getenv("MESH_WORKERS");
    long n = wanted != NULL ? atol(wanted) : available_cores();
    worker_count = n < 1 ? 1 : n > 1024 ? 1024 : (int)n;
    if (posix_memalign((void **)&workers, 64, sizeof *workers * (size_t)worker_count) != 0) mesh_fatal("out of memory");
    memset(workers, 0, sizeof *workers * (size_t)worker_count);
    for (int i = 0; i < worker_count; i++) {
        mesh_worker *w = &workers[i];
        w->index = i;
        w->deferred_end = &w->deferred;
        w->retired_end = &w->retired;
        w->stamped_end = &w->stamped;
        atomic_store(&w->seen_epoch, 1);
        mesh_timers_init(&w->timers);
        if (!mesh_poll_init(w)) mesh_fatal("cannot create an event queue");
    }
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 8 << 20); /* deep C runs here: mesh_on_big_stack */
    for (int i = 1; i < worker_count; i++) {
        if (pthread_create(&workers[i].thread, &attr, worker_thread, &workers[i]) != 0) {
            if (i == 1) mesh_fatal("cannot start threads");
            mesh_fatal("cannot start a thread for every core");
        }
        pthread_detach(workers[i].thread);
    }
    pthread_t thread;
    pthread_attr_setstacksize(&attr, 64 << 10);
    if (pthread_create(&thread, &attr, tick, NULL) != 0) mesh_fatal("cannot start threads");
    pthread_detach(thread);
    pthread_attr_destroy(&attr);
    thread_begin(&workers[0]);
    mesh_sched_ready(&workers[0], main_process, READY_NEXT);
    loop(&workers[0]);
}
