#include "check.h"

#include <stdarg.h>

int failures, checks;
jmp_buf panic_jump;
char panic_text[512];

void check_c_text(const char *file, int line, const char *actual, const char *expected) {
    checks++;
    if (strcmp(actual, expected) == 0) return;
    failures++;
    printf("%s:%d: found    %s\n%*s expected %s\n", file, line, actual, (int)strlen(file) + 4, "", expected);
}

/* What the scheduler and generated code bring. */
_Noreturn void mesh_panic(mesh_ctx *ctx, const char *format, ...) {
    (void)ctx;
    va_list args;
    va_start(args, format);
    vsnprintf(panic_text, sizeof panic_text, format, args);
    va_end(args);
    longjmp(panic_jump, 1);
}

mesh_value mesh_call2(mesh_ctx *ctx, mesh_closure *f, mesh_value a, mesh_value b) {
    return ((mesh_value(*)(mesh_ctx *, mesh_value, mesh_value))f->code)(ctx, a, b);
}

mesh_ctx *new_heap(void) {
    mesh_ctx *ctx = calloc(1, sizeof *ctx);
    mesh_heap_init(ctx, NULL, 0);
    return ctx;
}

void end_heap(mesh_ctx *ctx) {
    CHECK(mesh_heap_live(ctx) == 0);
    if (mesh_heap_live(ctx) != 0) mesh_heap_report(ctx);
    mesh_heap_free(ctx);
    free(ctx);
}

int main(void) {
    test_numbers();
    test_strings();
    test_lists();
    test_maps();
    test_flat();
    test_json();
    printf("%d checks, %d failed\n", checks, failures);
    return failures != 0;
}
