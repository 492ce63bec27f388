/* Math, Int, Float. */
#include "mesh_stdlib.h"

#include <math.h>

double mesh_int_to_float(mesh_ctx *ctx, int64_t n) { return (void)ctx, (double)n; }

int64_t mesh_float_to_int(mesh_ctx *ctx, double x) {
    (void)ctx;
    if (x != x) return 0;
    if (x >= 9223372036854775808.0) return INT64_MAX;
    if (x < -9223372036854775808.0) return INT64_MIN;
    return (int64_t)x;
}

mesh_value mesh_math_abs(mesh_ctx *ctx, const mesh_type *t, mesh_value v) {
    (void)ctx;
    if (t->rep == MESH_REP_FLOAT) return v & ~((uint64_t)1 << 63);
    return (int64_t)v < 0 ? 0 - v : v; /* the smallest Int is its own */
}

mesh_value mesh_math_min(mesh_ctx *ctx, const mesh_type *t, mesh_value a, mesh_value b) {
    (void)ctx;
    if (t->rep == MESH_REP_FLOAT) return mesh_of_float(fmin(mesh_to_float(a), mesh_to_float(b)));
    return (int64_t)a < (int64_t)b ? a : b;
}

mesh_value mesh_math_max(mesh_ctx *ctx, const mesh_type *t, mesh_value a, mesh_value b) {
    (void)ctx;
    if (t->rep == MESH_REP_FLOAT) return mesh_of_float(fmax(mesh_to_float(a), mesh_to_float(b)));
    return (int64_t)a > (int64_t)b ? a : b;
}

double mesh_math_pow(mesh_ctx *ctx, double base, double exponent) { return (void)ctx, pow(base, exponent); }
double mesh_math_sqrt(mesh_ctx *ctx, double x) { return (void)ctx, sqrt(x); }
int64_t mesh_math_floor(mesh_ctx *ctx, double x) { return mesh_float_to_int(ctx, floor(x)); }
int64_t mesh_math_ceil(mesh_ctx *ctx, double x) { return mesh_float_to_int(ctx, ceil(x)); }
int64_t mesh_math_round(mesh_ctx *ctx, double x) { return mesh_float_to_int(ctx, round(x)); }
