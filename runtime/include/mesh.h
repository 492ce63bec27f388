/* The runtime of Mesh programs: what generated code and the C standard library see.
 *
 * Ownership: an object never leaves its process, so counts are plain integers. A function borrows its arguments unless
 * its line in meshpy/stdlib says `#@ owns NAME`; results are fresh references. Nothing keeps a borrowed reference.
 *
 * Panics leave by a jump to the nearest guard: nothing that must be released may be held across mesh_panic, except what
 * the heap lists (mesh_heap_on_exit). C that holds a lock returns an error code instead.
 */
#ifndef MESH_H
#define MESH_H

#include "mesh_abi.h"

/* ---- objects (heap.c) ------------------------------------------------------------------------------------------- */

mesh_obj *mesh_alloc(mesh_ctx *ctx, size_t bytes); /* uninitialised, header included in bytes; panics out of memory */
void *mesh_alloc_class(mesh_ctx *ctx, int64_t size_class); /* slow path of the inlined allocation */
void *mesh_alloc_large(mesh_ctx *ctx, int64_t bytes);
void mesh_free_object(mesh_ctx *ctx, mesh_obj *o); /* count reached 0: drops what it holds (worklist), frees it */
void mesh_free_memory(mesh_ctx *ctx, mesh_obj *o);  /* frees the block alone; its children were moved out */

static inline mesh_obj *mesh_dup_obj(mesh_obj *o) {
    if (o->rc != 0) o->rc++;
    return o;
}

static inline void mesh_drop_obj(mesh_ctx *ctx, mesh_obj *o) {
    if (o->rc > 1) o->rc--;
    else if (o->rc == 1) mesh_free_object(ctx, o);
}

#define mesh_dup(o) ((__typeof__(o))mesh_dup_obj((mesh_obj *)(o)))
#define mesh_drop(ctx, o) mesh_drop_obj((ctx), (mesh_obj *)(o))
static inline mesh_value mesh_of_ptr(const void *p) { return (mesh_value)(uintptr_t)p; }
static inline void *mesh_to_ptr(mesh_value v) { return (void *)(uintptr_t)v; }
static inline mesh_value mesh_of_float(double d) { union { double d; uint64_t u; } x; x.d = d; return x.u; }
static inline double mesh_to_float(mesh_value v) { union { double d; uint64_t u; } x; x.u = v; return x.d; }
static inline enum mesh_kind mesh_kind_of(const mesh_obj *o) { return (enum mesh_kind)(o->info & MESH_INFO_KIND); }
static inline bool mesh_is_ptr(const mesh_type *t) { return t->rep == MESH_REP_PTR; }
static inline mesh_value mesh_dup_value(const mesh_type *t, mesh_value v) {
    if (mesh_is_ptr(t)) mesh_dup_obj((mesh_obj *)mesh_to_ptr(v));
    return v;
}
static inline void mesh_drop_value(mesh_ctx *ctx, const mesh_type *t, mesh_value v) {
    if (mesh_is_ptr(t)) mesh_drop_obj(ctx, (mesh_obj *)mesh_to_ptr(v));
}

/* A data object; slots are to be filled by the caller, counted ones first. */
mesh_data *mesh_data_new(mesh_ctx *ctx, unsigned tag, unsigned ptrs, unsigned slots);

/* Option: Some is tag 0, None tag 1. Result: Ok 0, Err 1. Ordering: Less 0, Equal 1, Greater 2. They take the reference. */
mesh_obj *mesh_some_ptr(mesh_ctx *ctx, void *v);
mesh_obj *mesh_some_word(mesh_ctx *ctx, mesh_value v); /* Int, Float bits, Bool, unit */
mesh_obj *mesh_none(void);
mesh_obj *mesh_ok_ptr(mesh_ctx *ctx, void *v);
mesh_obj *mesh_ok_word(mesh_ctx *ctx, mesh_value v);
mesh_obj *mesh_err_ptr(mesh_ctx *ctx, void *v);
mesh_obj *mesh_err_text(mesh_ctx *ctx, const char *format, ...) __attribute__((format(printf, 2, 3)));
mesh_obj *mesh_pair(mesh_ctx *ctx, const mesh_type *a, mesh_value va, const mesh_type *b, mesh_value vb); /* tuple */
mesh_value mesh_pair_first(const mesh_obj *pair, const mesh_type *a, const mesh_type *b);
mesh_value mesh_pair_second(const mesh_obj *pair, const mesh_type *a, const mesh_type *b);

/* Flat copies (messages, children of a guard, immortal globals): one block that belongs to no heap, made of objects with
 * rc 0 that can be read in place; sharing inside the value is kept; never recursive on the C stack. */
typedef struct mesh_flat mesh_flat;
mesh_flat *mesh_flatten(mesh_ctx *ctx, mesh_value v, bool ptr); /* NULL: out of memory */
mesh_value mesh_flat_value(const mesh_flat *f);                 /* root, readable in place (views must not escape) */
mesh_value mesh_unflatten(mesh_ctx *ctx, const mesh_flat *f);   /* fresh copy in this heap */
void mesh_flat_free(mesh_flat *f);
mesh_obj *mesh_immortal_copy(mesh_ctx *ctx, mesh_obj *o); /* for top-level lets: never freed, shared by all processes */

/* ---- strings (string.c) ------------------------------------------------------------------------------------------ */

mesh_string *mesh_string_new(mesh_ctx *ctx, const char *bytes, size_t len);
mesh_string *mesh_string_from_c(mesh_ctx *ctx, const char *nul_terminated);
mesh_string *mesh_string_format(mesh_ctx *ctx, const char *format, ...) __attribute__((format(printf, 2, 3)));
mesh_string *mesh_string_reserve(mesh_ctx *ctx, size_t cap); /* empty, unique, room for cap bytes */
mesh_string *mesh_string_append(mesh_ctx *ctx, mesh_string *owned, const char *bytes, size_t len); /* in place if unique */
static inline bool mesh_string_eq(const mesh_string *a, const mesh_string *b) {
    return a->len == b->len && __builtin_memcmp(a->data, b->data, (size_t)a->len) == 0;
}

/* ---- lists, maps, sets (list.c, map.c): generic over descriptors -------------------------------------------------- */

mesh_list *mesh_list_new(mesh_ctx *ctx, const mesh_type *elem, int64_t cap);
mesh_list *mesh_list_push(mesh_ctx *ctx, const mesh_type *elem, mesh_list *owned, mesh_value owned_value);
struct mesh_map; /* insertion-ordered hash map, defined in map.h */
typedef struct mesh_map mesh_map;
typedef struct mesh_map mesh_set;

extern const mesh_type mesh_type_int, mesh_type_float, mesh_type_bool, mesh_type_unit, mesh_type_string;

/* ---- panics and guards (panic.c) ---------------------------------------------------------------------------------- */

_Noreturn void mesh_panic_at(mesh_ctx *ctx, const mesh_site *site, const mesh_string *message);
_Noreturn void mesh_panic(mesh_ctx *ctx, const char *format, ...) __attribute__((format(printf, 2, 3))); /* at ctx site */
/* `again` called with the arguments in ctx->abi.spill: at once when only a yield was asked for, else on another stack. */
mesh_value mesh_deeper(mesh_ctx *ctx, mesh_thunk again);
void mesh_stack_check(mesh_ctx *ctx); /* slow path of the prologue: yields, or panics `stack overflow` */

/* Runs `body` in a child heap of the same process. On success 0 and *result is its result copied into this heap (by
 * ret_ptr); after a panic -1 and *message (may be NULL) is the panic's message. The child heap is gone in both cases. */
int mesh_guard(mesh_ctx *ctx, mesh_value (*body)(mesh_ctx *child, void *data), void *data, bool ret_ptr,
               mesh_value *result, mesh_string **message);

/* Calls of closures from C: arguments are consumed, the closure is borrowed. Emitted into every program. */
mesh_value mesh_call0(mesh_ctx *ctx, mesh_closure *f);
mesh_value mesh_call1(mesh_ctx *ctx, mesh_closure *f, mesh_value a);
mesh_value mesh_call2(mesh_ctx *ctx, mesh_closure *f, mesh_value a, mesh_value b);
mesh_value mesh_call3(mesh_ctx *ctx, mesh_closure *f, mesh_value a, mesh_value b, mesh_value c);
mesh_value mesh_call4(mesh_ctx *ctx, mesh_closure *f, mesh_value a, mesh_value b, mesh_value c, mesh_value d);

/* ---- the program's tables (emitted by the compiler) ---------------------------------------------------------------- */

typedef struct mesh_program {
    mesh_thunk entry; /* no arguments: evaluates top-level lets, runs main */
} mesh_program;
extern const mesh_program mesh_program_table;

/* An actor. Its arguments travel as words; bit i of ptr_mask: argument i is counted. `body` consumes them and returns when
 * the actor ends; a stackless wait leaves through mesh_wait_stackless. */
typedef struct mesh_actor_table {
    const char *name;
    mesh_thunk body;
    mesh_thunk terminate; /* same arguments; NULL: none (then the runtime keeps no copy of the arguments) */
    int64_t nargs;
    int64_t ptr_mask;
    const mesh_type *message; /* M; NULL: never receives, or accepts anything */
} mesh_actor_table;

/* One handler. Arguments of `thunk`: the state, then the request's. A call's result is a tuple (state, reply), slots by
 * rep (counted first); a cast's result is the state. */
typedef struct mesh_handler_table {
    const char *name;
    mesh_thunk thunk;
    int64_t is_call;
    int64_t nargs;
    int64_t ptr_mask;
    int64_t reply_ptr;
} mesh_handler_table;

typedef struct mesh_service_table {
    const char *name;
    mesh_thunk init; /* NULL: state is the Int 0 */
    int64_t nargs;
    int64_t ptr_mask;
    int64_t state_ptr;
    int64_t nhandlers;
    const mesh_handler_table *handlers; /* array */
} mesh_service_table;

enum { MESH_ONE_FOR_ONE, MESH_ONE_FOR_ALL, MESH_REST_FOR_ONE, MESH_SIMPLE_ONE_FOR_ONE };
enum { MESH_PERMANENT, MESH_TRANSIENT, MESH_TEMPORARY };

typedef struct mesh_child_table {
    const char *name;
    mesh_thunk start; /* no arguments, returns a pid */
    int64_t restart;
    int64_t shutdown; /* milliseconds, -1 brutal_kill */
} mesh_child_table;

typedef struct mesh_supervisor_table {
    const char *name;
    int64_t strategy;
    int64_t max_restarts;
    int64_t max_seconds;
    int64_t nchildren;
    const mesh_child_table *children; /* array */
} mesh_supervisor_table;

/* ---- processes (process.c, scheduler.c, service.c, supervisor.c) ----------------------------------------------------- */

int64_t mesh_spawn(mesh_ctx *ctx, const mesh_actor_table *actor, const mesh_value *args); /* copies args, borrows them */
int64_t mesh_self(mesh_ctx *ctx);
mesh_string *mesh_pid_to_string(mesh_ctx *ctx, int64_t pid); /* <0.42> */

/* An actor with a terminate block starts its loop again with these arguments: the block sees them. Copies, borrows. */
void mesh_actor_set_args(mesh_ctx *ctx, const mesh_value *args);
void mesh_send(mesh_ctx *ctx, int64_t pid, const mesh_type *type, mesh_value message); /* copies, borrows */
void mesh_link(mesh_ctx *ctx, int64_t pid);

/* Selective receive. mesh_receive_begin(timeout ms, -1 none); then mesh_receive_next gives the next candidate as a view
 * (readable in place, rc 0, must not escape) or waits; false: timed out. mesh_receive_take removes that candidate and
 * gives it as a fresh value of this heap. Messages of another type than `type` are discarded as actors.md 7.4 says. */
void mesh_receive_begin(mesh_ctx *ctx, int64_t timeout_ms);
bool mesh_receive_next(mesh_ctx *ctx, const mesh_type *type, mesh_value *view);
mesh_value mesh_receive_take(mesh_ctx *ctx);
void mesh_receive_drop(mesh_ctx *ctx); /* instead of take: removes the candidate, of which nothing is needed */

/* Waiting without a stack. An actor's body that waits in a place where nothing of its C stack is needed any more may give
 * the stack back: `frame` (words, copied; counted values in it stay owned by the actor) is what `resume` gets when the
 * wait is over. These functions do not return; resume runs like a body: it returns when the actor ends, or waits again.
 * Only where mesh_can_wait_stackless, which is false inside guards and terminate blocks and for other kinds of process;
 * there, and elsewhere, the ordinary waits serve.
 *
 *   receive:  mesh_receive_begin(ctx, timeout);
 *     again:  mesh_receive_poll(ctx, type, &view): 1 a candidate, as mesh_receive_next gives it; 0 timed out;
 *             -1 none yet: mesh_receive_stackless(ctx, resume, frame, words), and resume goes on at `again`.
 *   sleep:    mesh_sleep_stackless(ctx, ms, resume, frame, words). */
bool mesh_can_wait_stackless(mesh_ctx *ctx);
int64_t mesh_receive_poll(mesh_ctx *ctx, const mesh_type *type, mesh_value *view);
_Noreturn void mesh_receive_stackless(mesh_ctx *ctx, mesh_thunk resume, const mesh_value *frame, int64_t words);
_Noreturn void mesh_sleep_stackless(mesh_ctx *ctx, int64_t ms, mesh_thunk resume, const mesh_value *frame, int64_t words);

int64_t mesh_service_start(mesh_ctx *ctx, const mesh_service_table *service, const mesh_value *args);
mesh_value mesh_service_call(mesh_ctx *ctx, int64_t pid, const mesh_service_table *service, int64_t handler,
                             const mesh_value *args); /* reply: a fresh value; panics as actors.md 14 says */
void mesh_service_cast(mesh_ctx *ctx, int64_t pid, const mesh_service_table *service, int64_t handler, const mesh_value *args);
int64_t mesh_supervisor_start(mesh_ctx *ctx, const mesh_supervisor_table *supervisor);

/* A function declared with @cluster, before main runs: started once main has returned or a listener is open. nargs 0, or 2:
 * request key and attempt. */
void mesh_work_declare(mesh_ctx *ctx, const mesh_string *name, mesh_thunk thunk, int64_t copies, int64_t nargs);

/* ---- waiting, for C that blocks (scheduler.h has the rest) ---------------------------------------------------------- */

enum { MESH_READ = 1, MESH_WRITE = 2 };

/* Parks the process until fd is ready for `events`, the deadline (monotonic ns, INT64_MAX none) passes (0), or it is asked
 * to end (-1). Otherwise the ready events. */
int mesh_wait_fd(mesh_ctx *ctx, int fd, int events, int64_t deadline_ns);

/* Runs job(data) on the pool of blocking threads and parks the process until it is done. `data` must not point into the
 * process's heap or stack when the process can be killed meanwhile: pass malloc'ed memory, freed by `destroy` if the
 * caller is gone. Returns 0, or -1 when the caller was asked to end. */
int mesh_run_blocking(mesh_ctx *ctx, void (*job)(void *), void *data, void (*destroy)(void *));

/* What the heap holds outside itself: released (newest first) when the heap ends, however it ends. */
typedef struct mesh_resource mesh_resource;
mesh_resource *mesh_resource_add(mesh_ctx *ctx, void (*release)(void *), void *data);
void mesh_resource_remove(mesh_ctx *ctx, mesh_resource *r); /* without releasing */

int64_t mesh_now_ns(void); /* monotonic */

#endif
