/* Panics and guards. A panic is reported where it happens and leaves by a jump to the nearest guard, or ends the process. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define BEFORE_JUMP() __asan_handle_no_return()
#else
#define BEFORE_JUMP() ((void)0)
#endif

void mesh_fatal(const char *text) {
    char line[256];
    int n = snprintf(line, sizeof line, "[mesh-rt] %s\n", text);
    if (write(2, line, (size_t)n) < 0) _exit(134);
    _exit(134);
}

/* ---- the report: one buffer, one write, so that reports of several processes do not mix ---- */

typedef struct report {
    char *text;
    size_t len, cap;
} report;

static void add(report *r, const char *bytes, size_t len) {
    if (len == 0) return;
    if (r->len + len > r->cap) {
        size_t cap = (r->len + len) * 2 + 256;
        char *grown = realloc(r->text, cap);
        if (grown == NULL) return;
        r->text = grown;
        r->cap = cap;
    }
    memcpy(r->text + r->len, bytes, len);
    r->len += len;
}

static void add_format(report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_format(report *r, const char *format, ...) {
    char line[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n > 0) add(r, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

/* ---- backtrace: frame pointers give the addresses, libbacktrace (part of gcc) their functions and lines ---- */

enum { MAX_FRAMES = 4096, MAX_LINES = 50 };

typedef struct trace {
    report *out;
    int lines, more;
    char first[512]; /* FILE:LINE of the innermost Mesh frame */
} trace;

/* Weak: a program that is linked without libbacktrace reports the panicking function alone. */
struct backtrace_state;
typedef void (*error_callback)(void *data, const char *message, int number);
typedef int (*frame_callback)(void *data, uintptr_t pc, const char *file, int line, const char *function);
extern struct backtrace_state *backtrace_create_state(const char *, int, error_callback, void *) __attribute__((weak));
extern int backtrace_pcinfo(struct backtrace_state *, uintptr_t, frame_callback, error_callback, void *)
    __attribute__((weak));

/* libbacktrace reads the debug information of every loaded library, which takes a quarter of a second where that of libc
 * is installed. Programs are linked with --wrap=dl_iterate_phdr, so that it sees the program alone. */
struct dl_phdr_info;
typedef int (*phdr_callback)(struct dl_phdr_info *info, size_t size, void *data);
extern int __real_dl_iterate_phdr(phdr_callback callback, void *data) __attribute__((weak));
int __wrap_dl_iterate_phdr(phdr_callback callback, void *data);
static __thread bool only_program;

typedef struct first_object {
    phdr_callback callback;
    void *data;
    bool seen;
} first_object;

static int call_first(struct dl_phdr_info *info, size_t size, void *data) {
    first_object *first = data;
    if (first->seen) return 0;
    first->seen = true;
    return first->callback(info, size, first->data);
}

int __wrap_dl_iterate_phdr(phdr_callback callback, void *data) {
    if (!only_program) return __real_dl_iterate_phdr(callback, data);
    first_object first = {callback, data, false};
    return __real_dl_iterate_phdr(call_first, &first);
}

static void ignore_error(void *data, const char *message, int number) {
    (void)data;
    (void)message;
    (void)number;
}

static bool is_mesh_file(const char *file) {
    size_t n = file == NULL ? 0 : strlen(file);
    return n > 4 && strcmp(file + n - 4, ".mpl") == 0;
}

static int add_frame(void *data, uintptr_t pc, const char *file, int line, const char *function) {
    trace *t = data;
    (void)pc;
    if (!is_mesh_file(file)) return 0;
    if (t->lines == 0) snprintf(t->first, sizeof t->first, "%s:%d", file, line);
    if (t->lines++ >= MAX_LINES) t->more++;
    else add_format(t->out, "  at %s (%s:%d)\n", function == NULL ? "?" : function, file, line);
    return 0;
}

static void look_up(trace *t, uintptr_t pc) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct backtrace_state *state;
    if (backtrace_create_state == NULL || backtrace_pcinfo == NULL) return;
    pthread_mutex_lock(&lock);
    only_program = true;
    if (state == NULL) state = backtrace_create_state(NULL, 1, ignore_error, NULL);
    if (state != NULL) backtrace_pcinfo(state, pc, add_frame, ignore_error, t);
    only_program = false;
    pthread_mutex_unlock(&lock);
}

typedef struct report_call {
    const mesh_site *site;
    const char *text;
    size_t len;
    uintptr_t frame;
    const mesh_proc *proc;
} report_call;

static void write_all(const report *r) {
    for (size_t done = 0; done < r->len;) {
        ssize_t n = write(2, r->text + done, r->len - done);
        if (n <= 0) break;
        done += (size_t)n;
    }
}

static void write_report(void *data) {
    report_call *call = data;
    report frames = {NULL, 0, 0}, r = {NULL, 0, 0};
    trace t = {.out = &frames};
    uintptr_t frame = call->frame, recent[4] = {0};
    for (size_t i = 0; (i < MAX_FRAMES || t.first[0] == 0) && frame % 8 == 0 && mesh_stack_holds(call->proc, frame); i++) {
        const uintptr_t *words = (const uintptr_t *)frame;
        uintptr_t pc = words[1];
        if (pc == 0) break;
        bool seen = t.first[0] == 0 && (pc == recent[0] || pc == recent[1] || pc == recent[2] || pc == recent[3]);
        if (!seen) look_up(&t, pc - 1); /* what walks a deep value without a line is looked up once */
        recent[i % 4] = pc;
        if (words[0] == frame) break;
        frame = words[0];
    }
    if (t.more > 0) add_format(&frames, "  ... and %d more\n", t.more);
    if (t.lines == 0 && call->site != NULL && call->site->function != NULL)
        add_format(&frames, "  at %s (%s:%lld)\n", call->site->function, call->site->file, (long long)call->site->line);
    if (call->site != NULL) add_format(&r, "Mesh panic at %s:%lld: ", call->site->file, (long long)call->site->line);
    else if (t.first[0] != 0) add_format(&r, "Mesh panic at %s: ", t.first);
    add(&r, call->text, call->len);
    add(&r, "\n", 1);
    add(&r, frames.text, frames.len);
    write_all(&r);
    free(frames.text);
    free(r.text);
}

void mesh_panic_report(mesh_ctx *ctx, const mesh_site *site, const char *text, size_t len) {
    mesh_proc *p = ctx->proc;
    if (p->expects_panic > 0) return;
    report_call call = {site, text, len, (uintptr_t)__builtin_frame_address(0), p};
    if (p->stack == NULL || p->worker == NULL) write_report(&call);
    else mesh_on_big_stack(ctx, write_report, &call);
}

/* ---- leaving ---- */

_Noreturn static void leave(mesh_ctx *ctx, mesh_reason *reason) {
    mesh_proc *p = ctx->proc;
    struct mesh_guard_frame *guard = p->guard;
    BEFORE_JUMP();
    if (guard != NULL) {
        p->guard = guard->outer;
        guard->reason = reason;
        mesh_proc_unwind(p, guard->ctx);
        mesh_jump_to(&guard->jump);
    }
    if (p->terminating) mesh_fatal("panic while a process ends"); /* a defect of the runtime */
    if (p->reason != NULL) mesh_reason_release(p->reason);
    p->ending = true;
    p->reason = reason;
    mesh_proc_leave(p);
}

void mesh_panic_text(mesh_ctx *ctx, const mesh_site *site, const char *text, size_t len) {
    if (ctx->proc->kind == KIND_MAIN && ctx->proc->guard == NULL) fflush(stdout);
    mesh_panic_report(ctx, site, text, len);
    leave(ctx, mesh_reason_new(MESH_EXIT_ERROR, 0, text, len));
}

void mesh_panic_at(mesh_ctx *ctx, const mesh_site *site, const mesh_string *message) {
    mesh_panic_text(ctx, site, message->data, (size_t)message->len);
}

void mesh_panic(mesh_ctx *ctx, const char *format, ...) {
    char line[512], *text = line;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n >= (int)sizeof line) {
        char *longer = malloc((size_t)n + 1);
        if (longer != NULL) {
            va_start(args, format);
            vsnprintf(longer, (size_t)n + 1, format, args);
            va_end(args);
            text = longer;
        } else {
            n = sizeof line - 1;
        }
    }
    mesh_reason *reason = mesh_reason_new(MESH_EXIT_ERROR, 0, text, (size_t)n);
    if (text != line) free(text);
    if (ctx->proc->kind == KIND_MAIN && ctx->proc->guard == NULL) fflush(stdout);
    mesh_panic_report(ctx, ctx->abi.site, reason->text, reason->len);
    leave(ctx, reason);
}

/* ---- guards ---- */

static void message_of(mesh_ctx *ctx, struct mesh_guard_frame *guard, mesh_string **message) {
    mesh_reason *reason = guard->reason;
    if (message != NULL) *message = mesh_string_new(ctx, reason->text, reason->len);
    mesh_reason_release(reason);
}

int mesh_try(mesh_ctx *ctx, void (*body)(mesh_ctx *ctx, void *data), void *data, mesh_string **message) {
    mesh_proc *p = ctx->proc;
    struct mesh_guard_frame guard = {.outer = p->guard, .ctx = ctx, .deep = p->deep};
    const mesh_site *site = ctx->abi.site;
    if (mesh_jump_set(&guard.jump) == 0) {
        p->guard = &guard;
        body(ctx, data);
        p->guard = guard.outer;
        return 0;
    }
    mesh_stack_back(ctx, guard.deep);
    ctx->abi.site = site;
    message_of(ctx, &guard, message);
    return -1;
}

int mesh_guard(mesh_ctx *ctx, mesh_value (*body)(mesh_ctx *child, void *data), void *data, bool ret_ptr,
               mesh_value *result, mesh_string **message) {
    mesh_proc *p = ctx->proc;
    mesh_ctx *child = mesh_pool_take(p->worker, MESH_POOL_CTX);
    if (child == NULL) mesh_panic(ctx, "out of memory");
    mesh_heap_init(child, NULL, 0);
    child->abi.site = ctx->abi.site;
    child->proc = p;
    child->parent = ctx;
    atomic_store_explicit((_Atomic uintptr_t *)&child->abi.stack_limit, p->limit, memory_order_relaxed);
    struct mesh_guard_frame guard = {.outer = p->guard, .ctx = ctx, .deep = p->deep};
    if (mesh_jump_set(&guard.jump) == 0) {
        p->guard = &guard;
        atomic_store_explicit(&p->ctx, child, memory_order_release);
        mesh_value v = body(child, data);
        mesh_flat *flat = NULL;
        if (ret_ptr) {
            flat = mesh_flatten(child, v, true);
            if (flat == NULL) mesh_panic(child, "out of memory");
        }
        p->guard = guard.outer;
        mesh_proc_unwind(p, ctx);
        atomic_store_explicit((_Atomic uintptr_t *)&ctx->abi.stack_limit, p->limit, memory_order_relaxed);
        if (flat != NULL) {
            v = mesh_unflatten(ctx, flat);
            mesh_flat_free(flat);
        }
        if (result != NULL) *result = v;
        return 0;
    }
    mesh_stack_back(ctx, guard.deep);
    message_of(ctx, &guard, message);
    return -1;
}
