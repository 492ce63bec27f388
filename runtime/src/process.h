/* Processes and workers: the private header of the scheduler's files.
 *
 * Everything that reaches a process from outside (messages, requests, replies, signals, wake-ups) is a node pushed on its
 * inbox, a lock-free stack that only the process takes from. The inbox word also says whether the process waits (then
 * whoever pushes puts it on a run queue) or has ended (then the push fails), so no wake-up can be lost and nothing can be
 * delivered to the dead.
 *
 * Memory: a mesh_proc found by mesh_proc_find stays valid until the calling worker's next quiescent point, the top of its
 * loop (quiescent-state-based reclamation: McKenney, Slingwine, 1998). Process and context blocks are only ever reused as
 * such, so the ticker may poison a stack limit without knowing whether its process still runs.
 */
#ifndef MESH_PROCESS_H
#define MESH_PROCESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "mesh_ctx.h"
#include "scheduler.h"

typedef struct mesh_proc mesh_proc;
struct mesh_deep;
typedef struct mesh_node mesh_node;
typedef struct mesh_reason mesh_reason;
typedef struct mesh_job mesh_job;

/* ---- switching (switch.S) ------------------------------------------------------------------------------------------- */

typedef struct mesh_jump {
    void *regs[22];
} mesh_jump;

void mesh_switch(void **save_sp, void *to_sp);
void *mesh_stack_prepare(void *top, void (*entry)(void *), void *arg); /* stack pointer to switch to */
int mesh_jump_set(mesh_jump *jump) __attribute__((returns_twice));
_Noreturn void mesh_jump_to(mesh_jump *jump);
void mesh_call_on_stack(void *sp, void (*fn)(void *), void *arg);

/* ---- stacks (stack.c) ------------------------------------------------------------------------------------------------ */

enum {
    MESH_STACK_RESERVE = 32 << 10, /* below the limit, for C leaves */
    MESH_STACK_SIZE = (512 << 10) + (64 << 10),
    MESH_MAIN_STACK_SIZE = (8 << 20) + (64 << 10),
    MESH_STACK_CACHE = 32, /* a worker's own free stacks */
};

/* Further stacks of a process that walks a deep value, each twice as large as the one before. */
bool mesh_stack_deeper(mesh_ctx *ctx, void (*fn)(void *), void *data); /* calls fn on one; false: there are no more */
void mesh_stack_back(mesh_ctx *ctx, struct mesh_deep *deep); /* after a jump onto `deep` (NULL: the first stack) */
bool mesh_stack_holds(const mesh_proc *p, uintptr_t frame);  /* a frame lies on one of the stacks of p */
void *mesh_stack_low(const mesh_proc *p, size_t *bytes);     /* the stack that p runs on */

void *mesh_stack_take(mesh_worker *w); /* lowest address; NULL: none can be reserved */
void mesh_stack_give(mesh_worker *w, void *base);
void *mesh_stack_main(void);

/* ---- pools of equal blocks (pool.c) ----------------------------------------------------------------------------------- */

enum { MESH_POOL_NODE, MESH_POOL_PROC, MESH_POOL_CTX, MESH_POOL_COUNT };

typedef struct mesh_pool_list {
    void *first;
    unsigned count;
} mesh_pool_list;

/* A block; w may be NULL (threads that are no workers). NULL: out of memory. */
void *mesh_pool_take(mesh_worker *w, int pool);
void mesh_pool_give(mesh_worker *w, int pool, void *block);

/* ---- exit reasons (process.c) ------------------------------------------------------------------------------------------ */

enum { MESH_EXIT_NORMAL, MESH_EXIT_ERROR, MESH_EXIT_KILLED, MESH_EXIT_LINKED, MESH_EXIT_SHUTDOWN, MESH_EXIT_CUSTOM,
       MESH_EXIT_NOCONNECTION };

struct mesh_reason {
    _Atomic int64_t refs; /* of the constant ones: never counted */
    int tag;
    bool constant;
    int64_t pid; /* LINKED */
    size_t len;
    const char *text; /* NUL-terminated, behind the record unless constant; of LINKED: the inner reason's */
};

extern mesh_reason *const mesh_reason_normal, *const mesh_reason_killed, *const mesh_reason_shutdown,
    *const mesh_reason_noproc, *const mesh_reason_out_of_memory;
mesh_reason *mesh_reason_new(int tag, int64_t pid, const char *text, size_t len);
mesh_reason *mesh_reason_retain(mesh_reason *r);
void mesh_reason_release(mesh_reason *r);
static inline bool mesh_reason_crashes(const mesh_reason *r) {
    return r->tag != MESH_EXIT_NORMAL && r->tag != MESH_EXIT_SHUTDOWN;
}

/* ---- maps of 64-bit keys (idmap.c): links, monitors ---------------------------------------------------------------------- */

typedef struct mesh_idmap {
    struct mesh_identry { int64_t key, value; } *entries; /* open addressing; key INT64_MIN free */
    uint32_t count, cap;
} mesh_idmap;
int64_t *mesh_idmap_get(mesh_idmap *m, int64_t key); /* NULL: absent */
void mesh_idmap_put(mesh_idmap *m, int64_t key, int64_t value);
bool mesh_idmap_remove(mesh_idmap *m, int64_t key, int64_t *value);
void mesh_idmap_free(mesh_idmap *m);

/* ---- nodes: what is pushed on an inbox --------------------------------------------------------------------------------- */

enum mesh_node_kind {
    /* user messages: stay in the mailbox */
    NODE_WORD,   /* word[0] is the value */
    NODE_OBJECT, /* the value is an object that lies in `word` */
    NODE_FLAT,   /* word[0] is a mesh_flat * */
    /* work of services and native processes: kept in order in `work` */
    NODE_CALL,
    NODE_CAST,
    NODE_TASK,   /* word[0] is a mesh_task * */
    NODE_FINISH, /* end with reason `object` when it is its turn */
    NODE_CHILD_EXIT, /* to a supervisor: a linked process ended */
    /* handled when taken from the inbox */
    NODE_WAKE,   /* id: ticket; word[0] result */
    NODE_REPLY,  /* id: ticket; the value as in user messages by `shape`; or, with FAILED, object is the reason */
    NODE_JOB,    /* id: ticket; object: mesh_job * */
    NODE_TIMEOUT, /* id: ticket */
    NODE_LINK,
    NODE_UNLINK,
    NODE_EXIT,   /* an exit signal: object reason */
    NODE_LINK_EXIT, /* the linked process `from` ended: object reason */
    NODE_MONITOR, /* id: reference */
    NODE_DEMONITOR,
    NODE_DOWN,   /* id: reference; object reason */
    NODE_AWAIT,  /* id: ticket of the waiting process: wake it when this one has ended */
};

enum { LINK_BY_SPAWN = 1 }; /* value in `links` of a supervisor */
/* Shapes of NODE_EXIT: the program ends, it cannot be trapped; or the same after the messages that are there already. */
enum { EXIT_FORCED = 1, EXIT_WHEN_IDLE = 2 };
enum { SHAPE_WORD, SHAPE_OBJECT, SHAPE_FLAT, SHAPE_FAILED };
enum { MESH_INLINE_BYTES = 48, MESH_INLINE_WORDS = 6 };

struct mesh_node {
    mesh_node *next;
    uint8_t kind;
    uint8_t shape;
    uint16_t handler;
    uint32_t nargs;
    int64_t from; /* pid of the sender, where it matters */
    uint64_t id;
    union {
        const mesh_type *type;
        void *object;
    };
    mesh_value word[MESH_INLINE_WORDS];
};

/* ---- reclamation: freed once every worker has passed a quiescent point (scheduler.c) ------------------------------------- */

typedef struct mesh_retired {
    struct mesh_retired *next;
    uint64_t epoch;
    void (*free)(mesh_worker *w, struct mesh_retired *r);
} mesh_retired;
void mesh_retire(mesh_worker *w, mesh_retired *r);

/* ---- processes ------------------------------------------------------------------------------------------------------------ */

enum { KIND_MAIN, KIND_ACTOR, KIND_JOB, KIND_SERVICE, KIND_SUPERVISOR, KIND_NATIVE, KIND_SYSTEM };

/* What a waiting process waits for. */
enum { WAIT_NOTHING, WAIT_MESSAGE, WAIT_TICKET, WAIT_WORK };

struct mesh_guard_frame {
    mesh_jump jump;
    struct mesh_guard_frame *outer;
    mesh_ctx *ctx;
    mesh_reason *reason; /* of the panic that jumped here */
    struct mesh_deep *deep; /* that the guard stands on */
};

struct mesh_proc {
    _Atomic(mesh_node *) inbox;
    _Atomic(mesh_ctx *) ctx; /* the context that runs: `root`, or of the innermost guard */
    _Atomic bool preempt;    /* asked to yield */
    _Atomic bool signals;    /* an exit signal may be in the inbox */
    _Atomic bool supervised; /* its supervisor ends it */
    _Atomic int named;       /* NAMES_: has names, or may have none any more (registry.c) */
    /* from here on cleared for each new process */
    int64_t pid;
    mesh_proc *next; /* in a queue */
    mesh_retired retired;
    void *sp;        /* saved stack pointer */
    void *stack;     /* NULL: holds none */
    uintptr_t limit; /* the true stack limit */
    struct mesh_deep *deep; /* the further stack that runs; NULL: `stack` */
    mesh_worker *worker; /* that runs it */

    uint8_t kind;
    uint8_t wait;
    bool started;
    bool trap_exit;
    bool ending;       /* `reason` is set, the process leaves at its next safe point */
    bool last_messages; /* ends when it would wait for a message or for a time */
    bool terminating;  /* past the point where signals count */
    bool timed_out;
    bool killed;       /* a supervisor that was killed while it ends */
    bool takes_messages;
    bool internal;       /* not to be shut down: it is what shuts down */
    int32_t expects_panic; /* depth of assert_raises: panics are not reported */

    /* mailbox: messages in order; `cursor` is the link to the next candidate of the current receive */
    mesh_node *mail;
    mesh_node **mail_end;
    mesh_node **cursor;
    mesh_node *candidate;     /* given by the last mesh_receive_next; is *cursor */
    int64_t receive_deadline; /* INT64_MAX: none */
    mesh_node *work;        /* services, native processes, supervisors */
    mesh_node **work_end;

    uint64_t ticket;        /* last ticket given */
    bool woken;             /* the ticket's wake-up has come */
    int64_t wake_result;
    mesh_node *reply;       /* NODE_REPLY or NODE_JOB for the ticket */

    mesh_timer timer;       /* timeout of the current wait; under the lock of its worker's timers */
    int64_t deadline;       /* of the current wait (same lock); INT64_MAX: none */
    uint64_t deadline_ticket;

    const void *table;      /* by kind: mesh_actor_table, mesh_service_table, mesh_supervisor_table, mesh_native_class */
    mesh_thunk resume;      /* stackless wait: what runs next */
    mesh_value *args;       /* arguments of the start or the frame of `resume`: `inline_args` or malloc'ed */
    mesh_value *terminate_args; /* own references for the terminate block; NULL: none */
    mesh_value inline_args[4];
    union {
        mesh_value state;   /* service */
        void *data;         /* native: its data; supervisor: its children */
        mesh_job *job;
    };
    mesh_node *serving;     /* the request or task that runs */
    mesh_reason *reason;
    struct mesh_guard_frame *guard;
    mesh_jump *base;        /* where an exit leaves to */
    mesh_idmap links;
    mesh_idmap monitors;    /* own: reference -> pid */
    mesh_idmap watchers;    /* of this process: reference -> pid */
    mesh_node *awaiting;    /* NODE_AWAIT nodes */
    struct mesh_name *names; /* registered for it (under the registry's lock) */
#if defined(__SANITIZE_ADDRESS__)
    void *fake_stack;
#endif
#if defined(__SANITIZE_THREAD__)
    void *fiber;
#endif
    mesh_ctx root;
    char first_heap[256] __attribute__((aligned(16)));
};

#define INBOX_WAITING ((mesh_node *)1)
#define INBOX_DEAD ((mesh_node *)2)

mesh_node *mesh_node_new(mesh_worker *w, int kind);
void mesh_node_free(mesh_worker *w, mesh_node *n);      /* the node alone */
void mesh_node_discard(mesh_worker *w, mesh_node *n);   /* with what it carries */

/* Takes the node; false (node not taken): the process has ended. Wakes the process when it waits. */
bool mesh_proc_push(mesh_worker *w, mesh_proc *p, mesh_node *n);
bool mesh_proc_push_next(mesh_worker *w, mesh_proc *p, mesh_node *n); /* by a process that waits for p right afterwards */

mesh_proc *mesh_proc_find(int64_t pid);
mesh_proc *mesh_proc_new(mesh_worker *w, int kind); /* panics of the caller: NULL when out of memory */
void mesh_proc_publish(mesh_proc *p);               /* gives it a pid, in the table */
void mesh_proc_unpublish(mesh_worker *w, int64_t pid);
int64_t mesh_proc_start(mesh_worker *w, mesh_proc *creator, mesh_proc *p, bool run); /* publish; run: put on a run
                                                                queue, otherwise it waits for work; its pid */
void mesh_proc_drain(mesh_worker *w, mesh_proc *p); /* takes the inbox: sorts nodes, handles signals */
bool mesh_proc_ready(const mesh_proc *p);           /* what it waits for has come */
void mesh_proc_entry(void *proc);                   /* first function on its stack */
void mesh_proc_body(mesh_proc *p);                  /* its work up to its end, terminate block included */
bool mesh_proc_has_last_words(const mesh_proc *p);  /* something of it must run before it ends */
void mesh_proc_finish(mesh_worker *w, mesh_proc *p); /* after its code has ended, on the worker's stack */
int64_t mesh_proc_last_pid(void);
void mesh_proc_signal_exit(mesh_worker *w, mesh_proc *p, int64_t from, mesh_reason *r); /* borrows r */
void mesh_proc_signal_exit_forced(mesh_worker *w, mesh_proc *p, mesh_reason *r); /* cannot be trapped */
void mesh_proc_signal_exit_when_idle(mesh_worker *w, mesh_proc *p); /* shutdown, once it would wait for a message or time */
void mesh_proc_end_if_last(mesh_proc *p); /* it is about to wait */
void mesh_proc_set_job_record(int64_t pid, mesh_job *job);
mesh_job *mesh_proc_job_record(int64_t pid); /* of an ended job, retained; NULL: none (any more) */
void mesh_proc_forget_job(mesh_worker *w, int64_t pid);
void mesh_proc_unlink(mesh_proc *p, int64_t pid);
void mesh_proc_unwind(mesh_proc *p, mesh_ctx *until); /* leaves the guards inside `until` */

/* Parks the running process until mesh_proc_ready, the deadline or an exit signal (`ending`: the caller sees to it). */
void mesh_park(mesh_proc *p, int wait, int64_t deadline_ns);
_Noreturn void mesh_park_stackless(mesh_proc *p, int wait, int64_t deadline_ns);
_Noreturn void mesh_proc_leave(mesh_proc *p); /* jump to the base: `reason` is set */
void mesh_yield(mesh_proc *p);

/* Messages as values of a node (mailbox.c). */
bool mesh_node_put(mesh_ctx *ctx, mesh_node *n, bool ptr, mesh_value v); /* copies into the node: shape; false: no memory */
mesh_value mesh_node_copy(mesh_ctx *ctx, const mesh_node *n);             /* a fresh value */
mesh_value mesh_node_take(mesh_ctx *ctx, mesh_node *n);                   /* the same; what the node held is released */
mesh_node *mesh_work_take(mesh_proc *p);
bool mesh_wait_work(mesh_proc *p);
mesh_value mesh_node_view(const mesh_node *n);
void mesh_node_drop_value(mesh_node *n);
mesh_node *mesh_message_node(mesh_ctx *ctx, const mesh_type *type, mesh_value v); /* a user message; copies v */
int64_t mesh_deadline_after_ms(int64_t ms);

/* By kind. */
void mesh_service_main(mesh_ctx *ctx, mesh_proc *p);
void mesh_service_drop_args(mesh_node *request);
void mesh_service_fail(mesh_worker *w, mesh_node *request, mesh_proc *service); /* the service has ended: answer, free */
void mesh_supervisor_main(mesh_ctx *ctx, mesh_proc *p);
void mesh_supervisor_end(mesh_ctx *ctx, mesh_proc *p); /* ends its children */
void mesh_supervisor_free(mesh_proc *p);
void mesh_native_main(mesh_ctx *ctx, mesh_proc *p);
void mesh_native_ended(mesh_proc *p);
void mesh_job_main(mesh_ctx *ctx, mesh_proc *p);
void mesh_job_ended(mesh_worker *w, mesh_proc *p);
mesh_job *mesh_job_retain(mesh_job *job);
void mesh_job_release(mesh_job *job);
void mesh_registry_release(mesh_proc *p);

/* ---- workers ---------------------------------------------------------------------------------------------------------------- */

enum { RUN_QUEUE = 256, TIMER_NATIVE = 0, TIMER_PROCESS, TIMER_SEND, POLL_BATCH = 128 };
enum { AFTER_NOTHING, AFTER_YIELD, AFTER_PARK, AFTER_PARK_STACKLESS, AFTER_END };

typedef struct mesh_timers {
    pthread_mutex_t lock;
    mesh_timer **heap; /* 4-ary, by (when_ns, order) */
    int32_t count, cap;
    _Atomic int64_t earliest; /* INT64_MAX: none */
} mesh_timers;

struct mesh_worker {
    /* read by others */
    _Atomic uint32_t head, tail; /* run queue: owner pushes at tail; owner and thieves take at head */
    _Atomic(mesh_proc *) queue[RUN_QUEUE];
    _Atomic(mesh_proc *) next_slot;
    _Atomic(mesh_proc *) current;
    _Atomic uint64_t runs;       /* processes run so far */
    _Atomic uint64_t seen_epoch; /* UINT64_MAX while asleep */
    _Atomic bool asleep;
    _Atomic bool poll_due;
    _Atomic bool wake_written;
    _Atomic(mesh_post *) posts; /* newest first */
    mesh_timers timers;
    int index;
    int poll_fd, wake_fd;
    pthread_t thread;

    /* its own */
    void *sp; /* of the loop, while a process runs */
    bool on_own_stack; /* the process has lent itself this stack: mesh_on_big_stack */
    int after;
    unsigned since_poll;
    unsigned since_next; /* runs out of the next slot in a row */
    bool made_several;   /* the next slot holds the last of several that this run made ready */
    uint64_t last_victim;
    mesh_post *deferred, **deferred_end;
    mesh_pool_list pools[MESH_POOL_COUNT];
    void *stacks[MESH_STACK_CACHE];
    int stack_count;
    mesh_retired *retired, **retired_end; /* not yet stamped with an epoch */
    mesh_retired *stamped, **stamped_end; /* oldest first */
    unsigned retired_count;
    void *events; /* the poll batch being dispatched */
    int event_count, event_at;
    void *stack_low; /* of the thread */
    size_t stack_bytes;
#if defined(__SANITIZE_ADDRESS__)
    void *fake_stack;
#endif
#if defined(__SANITIZE_THREAD__)
    void *fiber;
#endif
};

mesh_worker *mesh_worker_here(void); /* of this thread, or NULL; never inlined: its address must not outlive a switch */

/* Puts a process on a run queue; w may be NULL. READY_SOON: those that one process makes ready run in that order.
 * READY_NEXT: the running process is about to wait for it. */
enum { READY_SOON, READY_NEXT, READY_LAST };
void mesh_sched_ready(mesh_worker *w, mesh_proc *p, int when);
void mesh_worker_wake(mesh_worker *w);                          /* makes it leave its poll */
void mesh_sched_run(mesh_proc *main_process);                   /* starts the workers; the calling thread is worker 0 */

bool mesh_poll_init(mesh_worker *w);
int mesh_poll(mesh_worker *w, int64_t timeout_ns); /* dispatches; number of events; timeout -1: none */
void mesh_timers_init(mesh_timers *t);
int mesh_timers_fire(mesh_worker *w, int64_t now);
int64_t mesh_timers_earliest(mesh_worker *w);
bool mesh_timers_pending(mesh_worker *w);
void mesh_timer_process(mesh_worker *w, mesh_proc *p, int64_t deadline_ns);
void mesh_timer_process_end(mesh_proc *p);
void mesh_wake_from(mesh_worker *w, mesh_ticket ticket, int64_t result); /* on w's own thread */

/* Program life (main.c, signal.c). */
void mesh_life_main_returned(mesh_worker *w);
void mesh_work_start(mesh_worker *w); /* clustered work, the first time */
bool mesh_life_all_idle(mesh_worker *w); /* every worker found nothing to do; true: now there is */
bool mesh_life_shutting_down(void);
_Noreturn void mesh_life_exit(int status);
void mesh_life_stop(int signal_number); /* begins the graceful stop */
void mesh_signals_init(void);
void mesh_signals_catch(bool on);
int mesh_signal_taken(void); /* a signal that asks for the graceful stop, once; 0: none */

/* Reports a panic on stderr: the line of actors.md 11.4, then the backtrace. */
void mesh_panic_report(mesh_ctx *ctx, const mesh_site *site, const char *text, size_t len);
_Noreturn void mesh_panic_text(mesh_ctx *ctx, const mesh_site *site, const char *text, size_t len);
void mesh_fatal(const char *text) __attribute__((noreturn)); /* before any process runs, or without memory for one */

#endif
