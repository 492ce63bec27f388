/* Life of the program: start, what keeps it alive, the order in which it ends (actors.md 1.1 to 1.3, io.md 1.10). */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "process.h"

enum { GRACE_NS = 5 };
#define SECOND 1000000000LL

int mesh_argc;
char **mesh_argv;

static _Atomic bool main_returned, shutting_down, stopping;
static _Atomic int64_t holds;
static int stop_signal;

bool mesh_life_shutting_down(void) { return atomic_load(&shutting_down); }
bool mesh_stopping(void) { return atomic_load(&stopping); }

void mesh_life_exit(int status) {
    fflush(stdout);
    /* Other threads are running: no destructors. */
    _exit(status);
}

/* ---- pending work ---- */

/* When nothing is left to wait for, the workers must look again whether the program is at its end. */
static void look_again(void) {
    if (atomic_load(&main_returned)) mesh_worker_wake(mesh_worker_at(0));
}

void mesh_hold(void) { atomic_fetch_add(&holds, 1); }
void mesh_release(void) {
    if (atomic_fetch_sub(&holds, 1) == 1) look_again();
}

void mesh_life_main_returned(mesh_worker *w) {
    mesh_work_start(w);
    atomic_store(&main_returned, true);
}

static int64_t start_system_process(mesh_worker *w, void (*body)(mesh_ctx *)) {
    mesh_proc *p = mesh_proc_new(w, KIND_SYSTEM);
    if (p == NULL) mesh_fatal("out of memory");
    p->table = (const void *)body;
    p->internal = true;
    return mesh_proc_start(w, NULL, p, true);
}

/* ---- ending everything that waits ---- */

static bool is_service(const mesh_proc *q) { return q->kind == KIND_SERVICE; }

/* The process that ends the others, while it waits for one of them. Everything idle then means that this one waits for
 * ever: services that call each other in a circle, a terminate block that calls one of them. */
enum { ENDED, STUCK };
static _Atomic bool end_waits;
static mesh_ticket end_ticket;

/* Asks q to end and waits for it. Not at once: a service first serves what is in its mailbox, an actor takes the messages
 * that are there. false: it waits for ever. */
static bool end_and_wait(mesh_ctx *ctx, mesh_proc *q, bool at_once, int64_t deadline_ns) {
    mesh_proc *p = ctx->proc;
    mesh_ticket ticket = mesh_wait_begin(ctx);
    mesh_node *await = mesh_node_new(p->worker, NODE_AWAIT);
    await->from = p->pid;
    await->id = ticket.seq;
    if (!mesh_proc_push(p->worker, q, await)) {
        mesh_node_free(p->worker, await);
        return true;
    }
    if (is_service(q)) {
        mesh_node *n = mesh_node_new(p->worker, NODE_FINISH);
        n->object = mesh_reason_shutdown;
        if (!mesh_proc_push(p->worker, q, n)) mesh_node_discard(p->worker, n);
    } else if (at_once) {
        mesh_proc_signal_exit_forced(p->worker, q, mesh_reason_shutdown);
    } else {
        mesh_proc_signal_exit_when_idle(p->worker, q);
    }
    int64_t result = ENDED;
    end_ticket = ticket;
    atomic_store(&end_waits, true);
    mesh_wait(ctx, ticket, deadline_ns, &result);
    atomic_store(&end_waits, false);
    if (p->reply != NULL) {
        mesh_node_discard(p->worker, p->reply);
        p->reply = NULL;
        return true;
    }
    return result != STUCK;
}

/* All at once: a caller of one must not see it end and panic. */
static void force_services(mesh_ctx *ctx, int64_t newest) {
    for (int64_t pid = newest; pid > 0; pid--) {
        mesh_proc *q = mesh_proc_find(pid);
        if (q != NULL && is_service(q)) mesh_proc_signal_exit_forced(ctx->proc->worker, q, mesh_reason_shutdown);
    }
}

static void end_all(mesh_ctx *ctx, bool at_once, int64_t deadline_ns) {
    atomic_store(&shutting_down, true);
    int64_t stuck = 0;
    for (int services = 0; services <= 1; services++) {
        for (int64_t pid = mesh_proc_last_pid(); pid > 0; pid--) {
            mesh_proc *q = mesh_proc_find(pid);
            if (q == NULL || q->internal || is_service(q) != (services == 1)) continue;
            /* Children are ended by their supervisor, in its order. */
            if (services == 0 && atomic_load(&q->supervised)) continue;
            if (end_and_wait(ctx, q, at_once || pid == stuck, deadline_ns) || pid == stuck) continue;
            if (services == 1) force_services(ctx, pid);
            stuck = pid++; /* this one again */
        }
    }
}

static void drained(mesh_ctx *ctx) {
    end_all(ctx, false, INT64_MAX);
    mesh_life_exit(0);
}

bool mesh_life_all_idle(mesh_worker *w) {
    if (!atomic_load(&main_returned) || atomic_load(&stopping)) return false;
    if (atomic_load(&holds) != 0) return false;
    for (int i = 0; i < mesh_worker_count(); i++) {
        mesh_worker *v = mesh_worker_at(i);
        if (atomic_load(&v->next_slot) != NULL || atomic_load(&v->posts) != NULL || mesh_timers_pending(v)) return false;
    }
    if (atomic_exchange(&shutting_down, true)) {
        if (!atomic_exchange(&end_waits, false)) return false;
        mesh_wake_from(w, end_ticket, STUCK);
        return true;
    }
    start_system_process(w, drained);
    return true;
}

/* ---- listeners and the graceful stop ---- */

static pthread_mutex_t listeners_lock = PTHREAD_MUTEX_INITIALIZER;
static mesh_listener *listeners;
static bool stop_waits;
static mesh_ticket stop_ticket; /* of the process that waits for the listeners */

void mesh_listener_open(mesh_listener *listener) {
    mesh_hold();
    listener->worker = mesh_worker_here();
    mesh_work_start(listener->worker);
    pthread_mutex_lock(&listeners_lock);
    if (listeners == NULL) mesh_signals_catch(true);
    listener->next = listeners;
    listeners = listener;
    pthread_mutex_unlock(&listeners_lock);
}

void mesh_listener_stopped(mesh_listener *listener) {
    pthread_mutex_lock(&listeners_lock);
    mesh_listener **at = &listeners;
    while (*at != NULL && *at != listener) at = &(*at)->next;
    bool found = *at != NULL, wake = false;
    mesh_ticket ticket = stop_ticket;
    if (found) *at = listener->next;
    if (listeners == NULL) {
        if (!atomic_load(&stopping)) mesh_signals_catch(false);
        wake = stop_waits;
        stop_waits = false;
    }
    pthread_mutex_unlock(&listeners_lock);
    if (wake) mesh_wake(ticket, 0);
    if (found) mesh_release();
}

static void run_stop(mesh_post *post) {
    mesh_listener *listener = (mesh_listener *)((char *)post - offsetof(mesh_listener, post));
    listener->stop(listener);
}

static void stop_gracefully(mesh_ctx *ctx) {
    int64_t deadline = mesh_now_ns() + GRACE_NS * SECOND;
    mesh_ticket ticket = mesh_wait_begin(ctx);
    pthread_mutex_lock(&listeners_lock);
    stop_ticket = ticket;
    stop_waits = listeners != NULL;
    bool wait = stop_waits;
    for (mesh_listener *l = listeners; l != NULL; l = l->next) {
        l->deadline_ns = deadline;
        l->post.run = run_stop;
        mesh_loop_post(l->worker, &l->post);
    }
    pthread_mutex_unlock(&listeners_lock);
    if (wait) mesh_wait(ctx, ticket, deadline, NULL);
    end_all(ctx, true, mesh_now_ns() + GRACE_NS * SECOND);
    mesh_life_exit(stop_signal == SIGINT ? 130 : 0);
}

void mesh_life_stop(int signal_number) {
    if (atomic_exchange(&stopping, true)) return;
    stop_signal = signal_number;
    start_system_process(mesh_worker_here(), stop_gracefully);
}

/* ---- start ---- */

int main(int argc, char **argv) {
    mesh_argc = argc;
    mesh_argv = argv;
    mesh_signals_init();
    mesh_proc *p = mesh_proc_new(NULL, KIND_MAIN);
    if (p == NULL) mesh_fatal("out of memory");
    p->table = (const void *)mesh_program_table.entry;
    mesh_proc_publish(p);
    mesh_sched_run(p);
}
