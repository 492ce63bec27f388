/* A runtime of one process for tests of the code generator: malloc, no scheduler, panics exit. `main` runs the program's
 * entry and prints its result and the number of objects that live. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mesh.h"

struct mesh_ctx {
    mesh_ctx_abi abi;
    int64_t live;
};

mesh_obj mesh_nullary[256];
const mesh_type mesh_type_int = {"Int", MESH_REP_INT, 0, 0, 0, 0, 0, 0, 0};

static size_t class_bytes(int64_t c) { return (size_t)(c + 1) * MESH_CLASS_GRAIN; }

void *mesh_alloc_class(mesh_ctx *ctx, int64_t c) {
    ctx->live++;
    return malloc(class_bytes(c));
}
void *mesh_alloc_large(mesh_ctx *ctx, int64_t bytes) {
    ctx->live++;
    return malloc((size_t)bytes);
}
void mesh_free_memory(mesh_ctx *ctx, mesh_obj *o) {
    ctx->live--;
    free(o);
}
void mesh_free_object(mesh_ctx *ctx, mesh_obj *o) {
    mesh_value *slot = NULL;
    uint64_t ptrs = 0;
    switch (mesh_kind_of(o)) {
    case MESH_KIND_DATA: slot = ((mesh_data *)o)->slot; ptrs = o->info >> 4 & 63; break;
    case MESH_KIND_BIGDATA: slot = ((mesh_data *)o)->slot + 1; ptrs = ((mesh_data *)o)->slot[0] & 0xffffffff; break;
    case MESH_KIND_CLOSURE: slot = ((mesh_closure *)o)->capture; ptrs = o->info >> 4 & 63; break;
    case MESH_KIND_LIST: slot = ((mesh_list *)o)->data; ptrs = o->info & MESH_LIST_PTR ? (uint64_t)((mesh_list *)o)->len : 0; break;
    default: break;
    }
    for (uint64_t i = 0; i < ptrs; i++) mesh_drop(ctx, mesh_to_ptr(slot[i]));
    mesh_free_memory(ctx, o);
}
void mesh_stack_check(mesh_ctx *ctx) {
    if (ctx->abi.stack_limit == UINTPTR_MAX) {
        printf("polled\n");
        ctx->abi.stack_limit = 0;
        return;
    }
    printf("stack overflow\n");
    exit(3);
}
void mesh_panic_at(mesh_ctx *ctx, const mesh_site *site, const mesh_string *message) {
    (void)ctx;
    printf("panic at %s:%ld in %s: %s\n", site->file, (long)site->line, site->function, message->data);
    exit(4);
}

/* Externs that the programs of the tests call. */
void test_print(mesh_ctx *ctx, int64_t n) { (void)ctx; printf("%ld\n", (long)n); }
void test_put(mesh_ctx *ctx, const mesh_string *s) { (void)ctx; printf("%.*s\n", (int)s->len, s->data); }
void test_float(mesh_ctx *ctx, double d) { (void)ctx; printf("%.17g\n", d); }
bool test_not(mesh_ctx *ctx, bool b) { (void)ctx; return !b; }
mesh_value test_apply(mesh_ctx *ctx, mesh_closure *f, mesh_value a) { return mesh_call1(ctx, f, a); }
int64_t test_sum(mesh_ctx *ctx, int64_t n, const mesh_value *args) {
    (void)ctx;
    int64_t total = 0;
    for (int64_t i = 0; i < n; i++) total += (int64_t)args[i];
    return total;
}
bool test_out(mesh_ctx *ctx, int64_t n, mesh_value *out) { (void)ctx; *out = (mesh_value)(n * 2); return n > 0; }
mesh_obj *test_box(mesh_ctx *ctx, mesh_value v) {
    mesh_data *d = mesh_alloc_class(ctx, 0);
    d->h = (mesh_obj){1, 0, MESH_DATA_INFO(0, 1)};
    d->slot[0] = v;
    return &d->h;
}
void test_fail(mesh_ctx *ctx) {
    const mesh_site *site = ctx->abi.site;
    printf("failed at %s:%ld\n", site->file, (long)site->line);
    exit(5);
}
void test_poison(mesh_ctx *ctx) { ctx->abi.stack_limit = UINTPTR_MAX; }
void test_limit(mesh_ctx *ctx) { ctx->abi.stack_limit = (uintptr_t)__builtin_frame_address(0) - 100000; }
int64_t test_thunk(mesh_ctx *ctx, int64_t thunk, int64_t a, double b) {
    mesh_value args[] = {(mesh_value)a, mesh_of_float(b)};
    return (int64_t)((mesh_thunk)(uintptr_t)thunk)(ctx, args);
}
int64_t test_table(mesh_ctx *ctx, const int64_t *table) { (void)ctx; return table[0] + (int64_t)strlen((const char *)(uintptr_t)table[1]); }
bool test_eq(mesh_ctx *ctx, const mesh_type *t, mesh_value a, mesh_value b) { return t->eq(ctx, a, b); }

int main(void) {
    mesh_ctx ctx;
    memset(&ctx, 0, sizeof ctx);
    for (int i = 0; i < 256; i++) mesh_nullary[i].tag = (uint16_t)i;
    int64_t result = (int64_t)mesh_program_table.entry(&ctx, NULL);
    for (int i = 0; i < MESH_CLASS_COUNT; i++)
        for (void *p = ctx.abi.free[i]; p != NULL; p = *(void **)p) ctx.live--;
    printf("result %ld, live %ld\n", (long)result, (long)ctx.live);
    return 0;
}
