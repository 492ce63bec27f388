/* Tests of `*.test.mpl` files (toolchain reference 8): each body runs under a guard in the main process, failures are
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

static void tell_failed(const failure *f) {
    tell("  ");
    paint("31", "✗");
    tell(" %s\n", f->label);
    tell_text(f->text);
}

static void record(const char *text, size_t len) {
    pthread_mutex_lock(&lock);
    if (expecting > 0) {
        expected++;
    } else {
        failure *f = malloc(sizeof *f);
        if (f != NULL) {
            *f = (failure){NULL, strdup(current), strndup(text, len)};
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

static void run_thunk(mesh_ctx *ctx, void *data) { ((mesh_thunk)data)(ctx, NULL); }

/* What a test left in the mailbox is not for the next one. */
static void empty_mailbox(mesh_ctx *ctx) {
    mesh_value view;
    mesh_receive_begin(ctx, 0);
    while (mesh_receive_next(ctx, NULL, &view)) {
        mesh_receive_drop(ctx);
        mesh_receive_begin(ctx, 0);
    }
}

void mesh_test_run(mesh_ctx *ctx, const mesh_string *label, int64_t thunk) {
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
    mesh_string *message = NULL;
    if (mesh_try(ctx, run_thunk, (void *)(uintptr_t)thunk, &message) != 0) {
        record(message->data, (size_t)message->len);
        mesh_drop(ctx, message);
    }
    empty_mailbox(ctx);
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
    for (const failure *f = *mine; bad && f != NULL; f = f->next) tell_failed(f);
}

static void run_closure(mesh_ctx *ctx, void *data) { mesh_call0(ctx, data); }

bool mesh_test_raises(mesh_ctx *ctx, mesh_closure *body) {
    pthread_mutex_lock(&lock);
    int before = expected;
    expecting++;
    pthread_mutex_unlock(&lock);
    mesh_string *message = NULL;
    bool raised = mesh_try(ctx, run_closure, body, &message) != 0;
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
        for (const failure *f = failures; f != NULL; f = f->next) tell_failed(f);
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
    if (failed > 0) mesh_life_exit(1);
}
