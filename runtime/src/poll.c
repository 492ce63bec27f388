/* The event loop of a worker: epoll. What the rest needs from it is mesh_poll, mesh_worker_wake and the watches of
 * scheduler.h; a kqueue version would replace this file. */
#define _GNU_SOURCE /* epoll_pwait2 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "process.h"

bool mesh_poll_init(mesh_worker *w) {
    w->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    w->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (w->poll_fd < 0 || w->wake_fd < 0) return false;
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
    return epoll_ctl(w->poll_fd, EPOLL_CTL_ADD, w->wake_fd, &e) == 0;
}

void mesh_worker_wake(mesh_worker *w) {
    if (atomic_exchange(&w->wake_written, true)) return;
    uint64_t one = 1;
    ssize_t unused = write(w->wake_fd, &one, sizeof one); /* fails only when it is set already */
    (void)unused;
}

static int wait_for(mesh_worker *w, struct epoll_event *events, int64_t timeout_ns) {
    if (timeout_ns > 0) {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 35)
        static _Atomic bool missing; /* kernels before 5.11 */
        if (!atomic_load_explicit(&missing, memory_order_relaxed)) {
            struct timespec t = {timeout_ns / 1000000000, timeout_ns % 1000000000};
            int n = epoll_pwait2(w->poll_fd, events, POLL_BATCH, &t, NULL);
            if (n >= 0 || errno != ENOSYS) return n;
            atomic_store(&missing, true);
        }
#endif
        int64_t ms = (timeout_ns + 999999) / 1000000;
        return epoll_wait(w->poll_fd, events, POLL_BATCH, ms > 1000000 ? 1000000 : (int)ms);
    }
    return epoll_wait(w->poll_fd, events, POLL_BATCH, timeout_ns < 0 ? -1 : 0);
}

int mesh_poll(mesh_worker *w, int64_t timeout_ns) {
    struct epoll_event events[POLL_BATCH];
    int n = wait_for(w, events, timeout_ns), handled = 0;
    if (n <= 0) return 0;
    w->events = events;
    w->event_count = n;
    for (w->event_at = 0; w->event_at < n; w->event_at++) {
        struct epoll_event *e = &events[w->event_at];
        if (e->data.ptr == NULL) {
            if (e->events == 0) continue; /* its watch was stopped */
            uint64_t count;
            ssize_t unused = read(w->wake_fd, &count, sizeof count);
            (void)unused;
            atomic_store(&w->wake_written, false);
            continue;
        }
        mesh_watch *watch = e->data.ptr;
        int ready = 0;
        if (e->events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) ready |= MESH_READ;
        if (e->events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) ready |= MESH_WRITE;
        handled++;
        watch->ready(watch, ready);
    }
    w->events = NULL;
    return handled;
}

static uint32_t mask_of(int events) {
    return (events & MESH_READ ? EPOLLIN | EPOLLRDHUP : 0) | (events & MESH_WRITE ? EPOLLOUT : 0) |
           (events & MESH_EDGE ? EPOLLET : 0);
}

static int control(mesh_watch *watch, int operation, int events) {
    struct epoll_event e = {.events = mask_of(events), .data.ptr = watch};
    return epoll_ctl(watch->worker->poll_fd, operation, watch->fd, &e) == 0 ? 0 : -errno;
}

int mesh_watch_start(mesh_watch *watch, int fd, int events) {
    watch->fd = fd;
    watch->events = events;
    watch->worker = mesh_worker_here();
    if (events == 0) return 0;
    int error = control(watch, EPOLL_CTL_ADD, events);
    if (error != 0) watch->worker = NULL;
    return error;
}

void mesh_watch_update(mesh_watch *watch, int events) {
    if (watch->worker == NULL || events == watch->events) return;
    /* A paused descriptor leaves the set: epoll reports hang-ups even of an empty mask. */
    if (events == 0) control(watch, EPOLL_CTL_DEL, 0);
    else control(watch, watch->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, events);
    watch->events = events;
}

void mesh_watch_stop(mesh_watch *watch) {
    mesh_worker *w = watch->worker;
    if (w == NULL) return;
    if (watch->events != 0) control(watch, EPOLL_CTL_DEL, 0);
    watch->events = 0;
    watch->worker = NULL;
    struct epoll_event *events = w->events;
    if (events == NULL) return;
    for (int i = w->event_at + 1; i < w->event_count; i++) {
        if (events[i].data.ptr != watch) continue;
        events[i].data.ptr = NULL;
        events[i].events = 0;
    }
}

/* ---- a process waits for a descriptor ---- */

/* The loop's callback and the process (when it gives up) race for `state`; the winner takes the descriptor out of the set,
 * and the process does not return before that is done, since the descriptor may be closed right after. */
enum { WATCHING, FIRING, FIRED, CANCELLED };

typedef struct fd_wait {
    mesh_watch watch;
    mesh_ticket ticket;
    mesh_post free_post;
    _Atomic int state;
} fd_wait;

static void fd_ready(mesh_watch *watch, int events) {
    fd_wait *f = (fd_wait *)watch;
    int expected = WATCHING;
    if (!atomic_compare_exchange_strong(&f->state, &expected, FIRING)) return; /* cancelled: freed by the post */
    mesh_watch_stop(watch);
    mesh_ticket ticket = f->ticket;
    atomic_store(&f->state, FIRED);
    mesh_wake(ticket, events);
}

static void fd_free(mesh_post *post) { free((char *)post - offsetof(fd_wait, free_post)); }

int mesh_wait_fd(mesh_ctx *ctx, int fd, int events, int64_t deadline_ns) {
    fd_wait *f = calloc(1, sizeof *f);
    if (f == NULL) return events; /* the caller's system call will tell */
    f->watch.ready = fd_ready;
    f->ticket = mesh_wait_begin(ctx);
    f->free_post.run = fd_free;
    if (mesh_watch_start(&f->watch, fd, events) != 0) { /* a regular file: always ready */
        free(f);
        return events;
    }
    mesh_worker *owner = f->watch.worker;
    mesh_hold();
    int64_t ready = 0;
    int status = mesh_wait(ctx, f->ticket, deadline_ns, &ready);
    mesh_release();
    if (status == 0) {
        while (atomic_load(&f->state) == FIRING) {}
        /* The callback may still be inside mesh_wake only, which does not touch f. */
        free(f);
        return (int)ready & (events | MESH_READ | MESH_WRITE);
    }
    int expected = WATCHING;
    if (atomic_compare_exchange_strong(&f->state, &expected, CANCELLED)) {
        epoll_ctl(owner->poll_fd, EPOLL_CTL_DEL, fd, NULL);
        mesh_loop_post(owner, &f->free_post);
    } else {
        while (atomic_load(&f->state) != FIRED) {}
        free(f);
    }
    return status == 1 ? 0 : -1;
}
