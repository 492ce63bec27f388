/* What native parts of the runtime (servers, clients, pools) build on: event loops, timers, native processes, waiting.
 *
 * Threads. A worker is a thread with an event loop; it runs processes and, between them, the callbacks of its loop. A loop
 * callback (watch, timer, post) runs on the worker's own thread and stack: it must not wait, must not panic, and has no
 * mesh_ctx. Code of a process runs on the process's stack, on any worker, and may be on another one after every call that
 * can wait: it keeps no worker pointer and no address of a thread-local across such a call.
 *
 * Typical server: the connection is a C struct with a watch, owned by one worker; its loop callbacks parse. A complete
 * request becomes a mesh_task posted to the connection's native process, which runs the Mesh callback on a stack
 * (mesh_try), and posts the answer back to the connection's loop (mesh_loop_post).
 */
#ifndef MESH_SCHEDULER_H
#define MESH_SCHEDULER_H

#include "mesh.h"

typedef struct mesh_worker mesh_worker;

extern int mesh_argc; /* the program's arguments */
extern char **mesh_argv;

/* ---- workers ------------------------------------------------------------------------------------------------------ */

int mesh_worker_count(void);
mesh_worker *mesh_worker_at(int index);   /* 0 <= index < mesh_worker_count() */
mesh_worker *mesh_worker_current(void);   /* of the calling thread; NULL on other threads */
int mesh_worker_index(const mesh_worker *w);

/* ---- loop: posts, readiness, timers --------------------------------------------------------------------------------
 * All structs belong to the caller, who embeds them; zero-initialise. */

/* Runs `run` once on the worker's loop. From any thread; the post must stay until it runs. Posts of one thread to one
 * worker run in order. While it is queued the program does not end. */
typedef struct mesh_post {
    struct mesh_post *next;
    void (*run)(struct mesh_post *post);
} mesh_post;
void mesh_loop_post(mesh_worker *w, mesh_post *post);

/* Runs `run` when the current turn of the calling worker's loop ends (before it polls again): the place to flush what
 * the turn has written. Only on a worker's thread. Not to be queued twice. */
void mesh_loop_defer(mesh_post *post);

/* Readiness of a descriptor. Level-triggered unless MESH_EDGE. Only on the thread of the worker it was started on; start
 * attaches it to the calling worker. A callback may stop, restart and free any watch of its worker, its own included.
 * `events` in the callback: MESH_READ, MESH_WRITE; errors and hang-ups set both. Watches are not pending work. */
enum { MESH_EDGE = 4 };
typedef struct mesh_watch {
    int fd;
    int events;                                       /* set by start and update; 0: not started or paused */
    mesh_worker *worker;                              /* set by start; NULL after stop */
    void (*ready)(struct mesh_watch *watch, int events); /* set by the caller */
} mesh_watch;
int mesh_watch_start(mesh_watch *watch, int fd, int events); /* 0, or -errno */
void mesh_watch_update(mesh_watch *watch, int events);       /* 0 pauses it */
void mesh_watch_stop(mesh_watch *watch);                     /* before the descriptor is closed */

/* A timer of the calling worker (start: again = moved). Fires once, not before `when_ns` (mesh_now_ns), some ms late at
 * most. Stop only on the thread of the same worker. Timers of the loop are not pending work. */
typedef struct mesh_timer {
    int64_t when_ns;
    uint64_t order;     /* ties fire in order of starting */
    int32_t index;      /* position in the heap + 1; 0: not running */
    int16_t worker;
    int16_t kind;       /* the runtime's */
    void (*fire)(struct mesh_timer *timer); /* set by the caller */
} mesh_timer;
void mesh_timer_start(mesh_timer *timer, int64_t when_ns);
void mesh_timer_stop(mesh_timer *timer);

/* ---- native processes -----------------------------------------------------------------------------------------------
 * A process whose work arrives as tasks, run one after the other on a stack given for the task; in between it holds a few
 * hundred bytes. It has a pid, can be linked, killed and named like any other; user messages to it are dropped. Its heap
 * is emptied after every task. */

typedef struct mesh_task {
    struct mesh_task *next;
    void (*run)(mesh_ctx *ctx, struct mesh_task *task);
    void (*drop)(struct mesh_task *task); /* instead of run, when the process ends first; on any thread; may be NULL */
} mesh_task;

typedef struct mesh_native_class {
    const char *name;
    /* The process has ended: the last call for `data`, on any worker's thread, after the queued tasks were dropped. A
     * task that was running when an exit signal came is abandoned where it stood (its drop is not called; what it holds
     * outside the heap must be a mesh_resource). `crashed`: the reason was neither normal nor shutdown. */
    void (*ended)(void *data, bool crashed);
} mesh_native_class;

int64_t mesh_native_spawn(const mesh_native_class *cls, void *data); /* pid; from any thread of a worker */
bool mesh_native_post(int64_t pid, mesh_task *task); /* false: the process is gone, the caller keeps the task */
void mesh_native_finish(int64_t pid);                /* ends it normally after the tasks queued so far */

/* Runs `body` in the current heap. 0; -1 after a panic, which has been reported on stderr (*message, when not NULL: a
 * fresh string of this heap). What the body allocated before a panic stays until the heap ends. */
int mesh_try(mesh_ctx *ctx, void (*body)(mesh_ctx *ctx, void *data), void *data, mesh_string **message);

/* ---- waiting inside a process ----------------------------------------------------------------------------------------
 * mesh_wait_begin makes a ticket; give it to whoever wakes; then mesh_wait. A wake before the wait is not lost; a wake
 * with an old ticket is ignored. mesh_wait returns 0 woken (*result what the waker gave), 1 deadline passed, -1 the
 * process was asked to end: then the caller releases what it holds and returns; the process leaves at its next check, or
 * at mesh_leave_if_ending. */
typedef struct mesh_ticket {
    int64_t pid;
    uint64_t seq;
} mesh_ticket;
mesh_ticket mesh_wait_begin(mesh_ctx *ctx);
int mesh_wait(mesh_ctx *ctx, mesh_ticket ticket, int64_t deadline_ns, int64_t *result);
void mesh_wake(mesh_ticket ticket, int64_t result); /* from any thread */
void mesh_leave_if_ending(mesh_ctx *ctx);
bool mesh_is_ending(mesh_ctx *ctx); /* an exit signal is pending */
void mesh_sleep_ns(mesh_ctx *ctx, int64_t ns);

/* Waits until the program ends (the accept loop of HTTP.serve has nothing to do on its process). */
_Noreturn void mesh_wait_for_ever(mesh_ctx *ctx);

/* Runs fn(data) on the worker's own large stack: for C that needs more than the 32 KiB every Mesh stack has left below
 * its limit (libpq, OpenSSL, RE2, SQLite). It must not wait, panic, or call Mesh. */
void mesh_on_big_stack(mesh_ctx *ctx, void (*fn)(void *), void *data);

/* ---- pending work, listeners, the graceful stop (actors.md 1.2, io.md 1.10) -------------------------------------------
 * mesh_hold/mesh_release: something outside the scheduler will wake a process; the program does not end meanwhile. A
 * waiting process is not pending work by itself; mesh_wait_fd and mesh_run_blocking hold while they wait. */
void mesh_hold(void);
void mesh_release(void);

/* An open listener keeps the program alive. On SIGTERM or SIGINT `stop` runs on the loop of the worker that opened it
 * (`deadline_ns`: 5 s later): it stops accepting and starts closing what is idle; once everything is answered and closed,
 * the server calls mesh_listener_stopped. After all have, or at the deadline, terminate blocks run and the program ends. */
typedef struct mesh_listener {
    struct mesh_listener *next;
    mesh_post post;
    mesh_worker *worker;
    int64_t deadline_ns;
    int state;
    void (*stop)(struct mesh_listener *listener); /* set by the caller */
} mesh_listener;
void mesh_listener_open(mesh_listener *listener);    /* on a worker's thread */
void mesh_listener_stopped(mesh_listener *listener); /* from any thread; also when it closes by itself; then free it */
bool mesh_stopping(void);                            /* a graceful stop has begun */

#endif
