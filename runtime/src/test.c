/* Tests of `*.test.mpl` files (toolchain reference 8): each runs as an actor of its own while main waits, failures are
 * recorded and told at the end. A file named by MESH_TEST_RESULT gets "PASSED FAILED" for the runner; with MESH_TEST_QUIET
 * only failures are told.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mesh_stdlib.h"
#include "process.h"

typedef struct failure {
    struct failure *next;
    int64_t test; /* which one, counted from 1 */
    char *label;
    char *text;
} failure;

/* Assertions may fail in any process of the test. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static failure *failures, **last = &failures;
static const char *current = "";
static bool current_failed;
static int expecting; /* depth of assert_raises: failures inside are what is wanted */
static int expected;
static int64_t passed, failed, started_ns;

static bool coloured(void) {
    const char *no = getenv("NO_COLOR");
    return isatty(1) && (no == NULL || *no == 0);
}

static bool quiet(void) {
    const char *text = getenv("MESH_TEST_QUIET");
    return text != NULL && *text != 0;
}

/* println writes past stdio, so the report does too. */
__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...) {
    va_list args;
    va_start(args, format);
    vdprintf(1, format, args);
    va_end(args);
}

static void paint(const char *code, const char *text) {
    if (coloured()) tell("\033[%sm%s\033[0m", code, text);
    else tell("%s", text);
}

/* Every line of a failure's text, indented. */
static void tell_text(const char *text) {
    while (*text != 0) {
        size_t len = strcspn(text, "\n");
        tell("    ");
        char *line = strndup(text, len);
        if (line != NULL) paint("31", line);
        free(line);
        tell("\n");
        text += len + (text[len] == '\n');
    }
}

/* One cross for a test, then the text of each of its failures. */
static void tell_failures(const failure *f) {
    for (int64_t test = 0; f != NULL; f = f->next) {
        if (f->test != test) {
            tell("  ");
            paint("31", "✗");
            tell(" %s\n", f->label);
        }
        test = f->test;
        tell_text(f->text);
    }
}

static void record(const char *text, size_t len) {
    pthread_mutex_lock(&lock);
    if (expecting > 0) {
        expected++;
    } else {
        failure *f = malloc(sizeof *f);
        if (f != NULL) {
            *f = (failure){NULL, passed + failed + 1, strdup(current), strndup(text, len)};
            *last = f;
            last = &f->next;
        }
        current_failed = true;
    }
    pthread_mutex_unlock(&lock);
}

void mesh_test_fail(mesh_ctx *ctx, const mesh_string *message) {
    (void)ctx;
    record(message->data, (size_t)message->len);
}

/* ---- the process of a test ---- */

typedef struct run {
    mesh_thunk thunk;
    _Atomic bool finished;
} run;

static void run_thunk(mesh_ctx *ctx, void *data) { ((run *)data)->thunk(ctx, NULL); }
static void run_closure(mesh_ctx *ctx, void *data) { mesh_call0(ctx, data); }

/* Calls body(data); a panic is a failure of the test. */
static void run_recording(mesh_ctx *ctx, void (*body)(mesh_ctx *, void *), void *data) {
    mesh_string *message = NULL;
    if (mesh_try(ctx, body, data, &message) == 0) return;
    record(message->data, (size_t)message->len);
    mesh_drop(ctx, message);
}

static mesh_value test_body(mesh_ctx *ctx, const mesh_value *args) {
    run *r = mesh_to_ptr(args[0]);
    run_recording(ctx, run_thunk, r);
    atomic_store(&r->finished, true);
    return 0;
}

/* Between setup and teardown: teardown follows however the body ends. */
void mesh_test_body(mesh_ctx *ctx, mesh_closure *body) { run_recording(ctx, run_closure, body); }

static void wait_for(mesh_ctx *ctx, int64_t pid) {
    mesh_proc *self = ctx->proc, *p = mesh_proc_find(pid);
    if (p == NULL) return;
    mesh_ticket ticket = mesh_wait_begin(ctx);
    mesh_node *n = mesh_node_new(self->worker, NODE_AWAIT);
    n->from = self->pid;
    n->id = ticket.seq;
    if (mesh_proc_push(self->worker, p, n)) mesh_wait(ctx, ticket, INT64_MAX, NULL);
    else mesh_node_free(self->worker, n);
}

/* ---- mock actors end with the test that made them ---- */

enum { MAX_MOCKS = 1024 };
static int64_t mocks[MAX_MOCKS];
static int mock_count;

void mesh_test_adopt(mesh_ctx *ctx, int64_t pid) {
    pthread_mutex_lock(&lock);
    bool room = mock_count < MAX_MOCKS;
    if (room) mocks[mock_count++] = pid;
    pthread_mutex_unlock(&lock);
    if (!room) mesh_panic(ctx, "more than %d mock actors in one test", MAX_MOCKS);
}

static void end_mocks(mesh_ctx *ctx) {
    pthread_mutex_lock(&lock);
    int count = mock_count;
    mock_count = 0;
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < count; i++) {
        mesh_proc *p = mesh_proc_find(mocks[i]);
        if (p == NULL) continue;
        mesh_proc_signal_exit_forced(ctx->proc->worker, p, mesh_reason_killed);
        wait_for(ctx, mocks[i]);
    }
}

/* ---- running ---- */

void mesh_test_run(mesh_ctx *ctx, const mesh_string *label, mesh_thunk thunk, const mesh_type *message) {
    if (started_ns == 0) started_ns = mesh_now_ns();
    char *name = strndup(label->data, (size_t)label->len);
    pthread_mutex_lock(&lock);
    current = name != NULL ? name : "";
    current_failed = false;
    failure **mine = last;
    pthread_mutex_unlock(&lock);
    bool overwrite = isatty(1) && !quiet();
    if (overwrite) {
        tell("  ");
        paint("2", "running: ");
        paint("2", current);
    }
    /* One at a time: the process that used the table before has ended. */
    static mesh_actor_table table = {"test", test_body, NULL, 1, 0, NULL};
    table.message = message;
    run r = {thunk, false};
    mesh_value arg = mesh_of_ptr(&r);
    wait_for(ctx, mesh_spawn(ctx, &table, &arg));
    static const char ended[] = "the process of the test was ended by another one";
    if (!atomic_load(&r.finished)) record(ended, sizeof ended - 1);
    end_mocks(ctx);
    pthread_mutex_lock(&lock);
    bool bad = current_failed;
    pthread_mutex_unlock(&lock);
    *(bad ? &failed : &passed) += 1;
    if (overwrite) tell("\r\033[K");
    if (quiet()) return;
    if (!bad) {
        tell("  ");
        paint("32", "✓");
        tell(" %s\n", current);
    }
    if (bad) tell_failures(*mine);
}

bool mesh_test_raises(mesh_ctx *ctx, mesh_closure *body) {
    pthread_mutex_lock(&lock);
    int before = expected;
    expecting++;
    pthread_mutex_unlock(&lock);
    mesh_string *message = NULL;
    ctx->proc->expects_panic++;
    bool raised = mesh_try(ctx, run_closure, body, &message) != 0;
    ctx->proc->expects_panic--;
    if (message != NULL) mesh_drop(ctx, message);
    pthread_mutex_lock(&lock);
    expecting--;
    raised = raised || expected > before;
    pthread_mutex_unlock(&lock);
    return raised;
}

static void write_result(void) {
    const char *path = getenv("MESH_TEST_RESULT");
    if (path == NULL || *path == 0) return;
    FILE *file = fopen(path, "w");
    if (file == NULL) return;
    fprintf(file, "%lld %lld\n", (long long)passed, (long long)failed);
    fclose(file);
}

void mesh_test_finish(mesh_ctx *ctx) {
    (void)ctx;
    write_result();
    if (failures != NULL) {
        tell("\n");
        paint("1", "Failures:");
        tell("\n");
        tell_failures(failures);
    }
    if (!quiet()) {
        double seconds = started_ns == 0 ? 0 : (double)(mesh_now_ns() - started_ns) / 1e9;
        char line[96];
        if (failed > 0) snprintf(line, sizeof line, "%lld failed, %lld passed in %.2fs", (long long)failed, (long long)passed, seconds);
        else snprintf(line, sizeof line, "%lld passed in %.2fs", (long long)passed, seconds);
        tell("\n");
        paint(failed > 0 ? "1;31" : "1;32", line);
        tell("\n");
    }
    mesh_life_exit(failed > 0 ? 1 : 0);
}
