/* A program for tests of the runtime without a compiler: closures are C functions of the C convention. */
#ifndef C_PROGRAM_H
#define C_PROGRAM_H

#include "mesh.h"

typedef mesh_value (*c_fn0)(mesh_ctx *, mesh_closure *);
typedef mesh_value (*c_fn1)(mesh_ctx *, mesh_closure *, mesh_value);
typedef mesh_value (*c_fn2)(mesh_ctx *, mesh_closure *, mesh_value, mesh_value);
typedef mesh_value (*c_fn3)(mesh_ctx *, mesh_closure *, mesh_value, mesh_value, mesh_value);
typedef mesh_value (*c_fn4)(mesh_ctx *, mesh_closure *, mesh_value, mesh_value, mesh_value, mesh_value);

mesh_value mesh_call0(mesh_ctx *ctx, mesh_closure *f) { return ((c_fn0)f->code)(ctx, f); }
mesh_value mesh_call1(mesh_ctx *ctx, mesh_closure *f, mesh_value a) { return ((c_fn1)f->code)(ctx, f, a); }
mesh_value mesh_call2(mesh_ctx *ctx, mesh_closure *f, mesh_value a, mesh_value b) { return ((c_fn2)f->code)(ctx, f, a, b); }
mesh_value mesh_call3(mesh_ctx *ctx, mesh_closure *f, mesh_value a, mesh_value b, mesh_value c) { return ((c_fn3)f->code)(ctx, f, a, b, c); }
mesh_value mesh_call4(mesh_ctx *ctx, mesh_closure *f, mesh_value a, mesh_value b, mesh_value c, mesh_value d) {
    return ((c_fn4)f->code)(ctx, f, a, b, c, d);
}

/* An immortal closure without captures. */
#define C_CLOSURE(name, fn) static mesh_closure name = {{0, 0, MESH_KIND_CLOSURE}, (void *)(fn)}

static mesh_string *c_string(mesh_ctx *ctx, const char *text) { return mesh_string_from_c(ctx, text); }

#endif
