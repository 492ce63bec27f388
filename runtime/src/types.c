/* Descriptors of the built-in types, their hashes, and tuples by index. */
#include "mesh_stdlib.h"

/* FNV-1a, 64 bits (Fowler, Noll, Vo): the numbers are part of the language (stdlib.md 4.2). */
static const uint64_t fnv_basis = 0xcbf29ce484222325u, fnv_prime = 0x100000001b3u;

static uint64_t fnv_word(uint64_t h, uint64_t word) {
    for (int i = 0; i < 8; i++, word >>= 8) h = (h ^ (word & 0xff)) * fnv_prime;
    return h;
}

int64_t mesh_hash_int(mesh_ctx *ctx, int64_t n) { return (void)ctx, (int64_t)fnv_word(fnv_basis, (uint64_t)n); }

int64_t mesh_hash_float(mesh_ctx *ctx, double x) { /* equal values have equal hashes: -0.0 is 0.0 */
    return (void)ctx, (int64_t)fnv_word(fnv_basis, x == 0 ? 0 : mesh_of_float(x));
}

int64_t mesh_hash_bool(mesh_ctx *ctx, bool b) { return (void)ctx, (int64_t)((fnv_basis ^ b) * fnv_prime); }

int64_t mesh_hash_string(mesh_ctx *ctx, mesh_string *s) {
    (void)ctx;
    uint64_t h = fnv_basis;
    for (int64_t i = 0; i < s->len; i++) h = (h ^ (unsigned char)s->data[i]) * fnv_prime;
    return (int64_t)h;
}

/* Continues from h over the bytes of the next hash. */
int64_t mesh_hash_combine(mesh_ctx *ctx, int64_t h, int64_t next) {
    return (void)ctx, (int64_t)fnv_word((uint64_t)h, (uint64_t)next);
}

/* ---- descriptors -------------------------------------------------------------------------------------------------------- */

mesh_string *mesh_float_to_string(mesh_ctx *ctx, double x); /* string.c */
mesh_string *mesh_bool_to_string(mesh_ctx *ctx, bool b);
int64_t mesh_string_compare(mesh_ctx *ctx, mesh_string *a, mesh_string *b);

static int64_t order_of(bool less, bool greater) { return greater - less; }

static bool eq_word(mesh_ctx *ctx, mesh_value a, mesh_value b) { return (void)ctx, a == b; }
static int64_t compare_int(mesh_ctx *ctx, mesh_value a, mesh_value b) {
    return (void)ctx, order_of((int64_t)a < (int64_t)b, (int64_t)a > (int64_t)b);
}
static int64_t hash_int(mesh_ctx *ctx, mesh_value v) { return mesh_hash_int(ctx, (int64_t)v); }
static mesh_string *show_int(mesh_ctx *ctx, mesh_value v) { return mesh_int_to_string(ctx, (int64_t)v); }
static mesh_obj *json_int(mesh_ctx *ctx, mesh_value v) { return &mesh_json_encode_int(ctx, (int64_t)v)->h; }

static bool eq_float(mesh_ctx *ctx, mesh_value a, mesh_value b) { return (void)ctx, mesh_to_float(a) == mesh_to_float(b); }
static int64_t compare_float(mesh_ctx *ctx, mesh_value a, mesh_value b) { /* stdlib.md 2.5: NaN is greater */
    double x = mesh_to_float(a), y = mesh_to_float(b);
    return (void)ctx, order_of(x < y, !(x < y) && !(x == y));
}
static int64_t hash_float(mesh_ctx *ctx, mesh_value v) { return mesh_hash_float(ctx, mesh_to_float(v)); }
static mesh_string *show_float(mesh_ctx *ctx, mesh_value v) { return mesh_float_to_string(ctx, mesh_to_float(v)); }
static mesh_obj *json_float(mesh_ctx *ctx, mesh_value v) { return mesh_json_from_float(ctx, mesh_to_float(v)); }

static int64_t hash_bool(mesh_ctx *ctx, mesh_value v) { return mesh_hash_bool(ctx, v & 1); }
static mesh_string *show_bool(mesh_ctx *ctx, mesh_value v) { return mesh_bool_to_string(ctx, v & 1); }
static mesh_obj *json_bool(mesh_ctx *ctx, mesh_value v) { return &mesh_bool_to_string(ctx, v & 1)->h; }

static mesh_string *show_unit(mesh_ctx *ctx, mesh_value v) { return (void)v, mesh_string_from_c(ctx, "()"); }
static mesh_obj *json_unit(mesh_ctx *ctx, mesh_value v) { return (void)v, &mesh_string_from_c(ctx, "null")->h; }

static bool eq_string(mesh_ctx *ctx, mesh_value a, mesh_value b) {
    return (void)ctx, a == b || mesh_string_eq(mesh_to_ptr(a), mesh_to_ptr(b));
}
static int64_t compare_string(mesh_ctx *ctx, mesh_value a, mesh_value b) {
    return mesh_string_compare(ctx, mesh_to_ptr(a), mesh_to_ptr(b));
}
static int64_t hash_string(mesh_ctx *ctx, mesh_value v) { return mesh_hash_string(ctx, mesh_to_ptr(v)); }
static mesh_string *show_string(mesh_ctx *ctx, mesh_value v) { return (void)ctx, mesh_dup((mesh_string *)mesh_to_ptr(v)); }
static mesh_obj *json_string(mesh_ctx *ctx, mesh_value v) { return &mesh_json_encode_string(ctx, mesh_to_ptr(v))->h; }

const mesh_type mesh_type_int = {"Int", MESH_REP_INT, eq_word, compare_int, hash_int, show_int, json_int, NULL, 0};
const mesh_type mesh_type_float = {"Float", MESH_REP_FLOAT, eq_float, compare_float, hash_float, show_float, json_float, NULL, 0};
const mesh_type mesh_type_bool = {"Bool", MESH_REP_BOOL, eq_word, compare_int, hash_bool, show_bool, json_bool, NULL, 0};
const mesh_type mesh_type_unit = {"()", MESH_REP_INT, eq_word, compare_int, hash_int, show_unit, json_unit, NULL, 0};
const mesh_type mesh_type_string = {"String", MESH_REP_PTR, eq_string, compare_string, hash_string, show_string, json_string, NULL, 0};

/* ---- tuples: counted components first, each group in order ------------------------------------------------------------------ */

mesh_value mesh_tuple_nth(mesh_ctx *ctx, const mesh_type *t, const mesh_type *a, mesh_value tuple, int64_t index) {
    if ((uint64_t)index >= (uint64_t)t->nargs)
        mesh_panic(ctx, "mesh_tuple_nth: index %lld out of bounds (len %lld)", (long long)index, (long long)t->nargs);
    bool ptr = mesh_is_ptr(t->args[index]);
    int64_t slot = 0;
    for (int64_t i = 0; i < t->nargs; i++) slot += i < index ? mesh_is_ptr(t->args[i]) == ptr : !ptr && mesh_is_ptr(t->args[i]);
    return mesh_dup_value(a, ((mesh_data *)mesh_to_ptr(tuple))->slot[slot]);
}

mesh_value mesh_tuple_first(mesh_ctx *ctx, const mesh_type *t, const mesh_type *a, mesh_value tuple) {
    return mesh_tuple_nth(ctx, t, a, tuple, 0);
}

mesh_value mesh_tuple_second(mesh_ctx *ctx, const mesh_type *t, const mesh_type *a, mesh_value tuple) {
    return mesh_tuple_nth(ctx, t, a, tuple, 1);
}

/* Of the type `Tuple`, which says nothing of its components, the header is asked. */
int64_t mesh_tuple_size(mesh_ctx *ctx, const mesh_type *t, mesh_value tuple) {
    (void)ctx;
    if (t->nargs > 0 || tuple == 0) return t->nargs;
    const mesh_data *data = mesh_to_ptr(tuple);
    unsigned info = data->h.info;
    return (info & MESH_INFO_KIND) == MESH_KIND_DATA ? (int64_t)(info >> 10) : (int64_t)(data->slot[0] >> 32);
}
