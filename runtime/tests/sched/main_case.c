#include "cases.h"

#include <stdarg.h>
#include <unistd.h>

const mesh_type down_type = {.name = "(Atom, Int, Pid, String)", .rep = MESH_REP_PTR};
const mesh_type exit_type = {.name = "(Atom, Pid, String)", .rep = MESH_REP_PTR};

typedef mesh_value (*code0)(mesh_ctx *, mesh_closure *);
typedef mesh_value (*code1)(mesh_ctx *, mesh_closure *, mesh_value);
typedef mesh_value (*code2)(mesh_ctx *, mesh_closure *, mesh_value, mesh_value);
typedef mesh_value (*code3)(mesh_ctx *, mesh_closure *, mesh_value, mesh_value, mesh_value);
typedef mesh_value (*code4)(mesh_ctx *, mesh_closure *, mesh_value, mesh_value, mesh_value, mesh_value);
mesh_value mesh_call0(mesh_ctx *c, mesh_closure *f) { return ((code0)f->code)(c, f); }
mesh_value mesh_call1(mesh_ctx *c, mesh_closure *f, mesh_value x) { return ((code1)f->code)(c, f, x); }
mesh_value mesh_call2(mesh_ctx *c, mesh_closure *f, mesh_value x, mesh_value y) { return ((code2)f->code)(c, f, x, y); }
mesh_value mesh_call3(mesh_ctx *c, mesh_closure *f, mesh_value x, mesh_value y, mesh_value z) {
    return ((code3)f->code)(c, f, x, y, z);
}
mesh_value mesh_call4(mesh_ctx *c, mesh_closure *f, mesh_value x, mesh_value y, mesh_value z, mesh_value u) {
    return ((code4)f->code)(c, f, x, y, z, u);
}

void say(const char *format, ...) {
    char line[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line - 1, format, args);
    va_end(args);
    line[n] = '\n';
    if (write(1, line, (size_t)n + 1) < 0) _exit(3);
}

int64_t spawn0(mesh_ctx *ctx, const mesh_actor_table *actor) { return mesh_spawn(ctx, actor, NULL); }
int64_t spawn1(mesh_ctx *ctx, const mesh_actor_table *actor, mesh_value a) { return mesh_spawn(ctx, actor, &a); }
void send_int(mesh_ctx *ctx, int64_t pid, int64_t n) { mesh_send(ctx, pid, &mesh_type_int, (mesh_value)n); }

int64_t receive_int(mesh_ctx *ctx) {
    mesh_value view;
    mesh_receive_begin(ctx, -1);
    mesh_receive_next(ctx, &mesh_type_int, &view);
    return (int64_t)mesh_receive_take(ctx);
}

void panic_here(mesh_ctx *ctx, const char *text) {
    static const mesh_site site = {"test.mpl", 7, "panic_here"};
    mesh_panic_text(ctx, &site, text, strlen(text));
}

mesh_closure *closure(mesh_ctx *ctx, void *code, int64_t n, const mesh_value *captures) {
    mesh_closure *f = (mesh_closure *)mesh_alloc(ctx, sizeof *f + (size_t)n * sizeof *captures);
    f->h = (mesh_obj){1, 0, (uint16_t)(MESH_KIND_CLOSURE | n << 10)};
    f->code = code;
    if (n > 0) memcpy(f->capture, captures, (size_t)n * sizeof *captures);
    return f;
}

static const test_case *const groups[] = {process_cases, service_cases, native_cases};

static const test_case *find(const char *name) {
    for (int g = 0; g < 3; g++)
        for (const test_case *t = groups[g]; t->name != NULL; t++)
            if (strcmp(t->name, name) == 0) return t;
    fprintf(stderr, "no case %s\n", name);
    _exit(2);
}

/* Arguments: none (the names), NAME (runs it), `output NAME`, `status NAME`, `stderr NAME` (what is expected). */
static mesh_value entry(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    if (mesh_argc < 2) {
        for (int g = 0; g < 3; g++)
            for (const test_case *t = groups[g]; t->name != NULL; t++) say("%s", t->name);
    } else if (mesh_argc == 2) {
        find(mesh_argv[1])->run(ctx);
    } else {
        const test_case *t = find(mesh_argv[2]);
        if (strcmp(mesh_argv[1], "output") == 0) fputs(t->output, stdout);
        else if (strcmp(mesh_argv[1], "status") == 0) printf("%d", t->status);
        else fputs(t->stderr_part == NULL ? "" : t->stderr_part, stdout);
    }
    return 0;
}

const mesh_program mesh_program_table = {entry};
