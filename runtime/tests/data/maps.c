#include "check.h"
#include "map.h"

static const mesh_type *const I = &mesh_type_int, *const S = &mesh_type_string, *const F = &mesh_type_float;

bool mesh_map_equal(mesh_ctx *ctx, const mesh_type *k, const mesh_type *v, mesh_map *a, mesh_map *b);

/* Random operations against an array of entries in order of insertion. */
static void test_model(mesh_ctx *ctx, bool text_keys, uint64_t range, int steps) {
    const mesh_type *k = text_keys ? S : I;
    int64_t *key = calloc((size_t)steps + 1, sizeof *key), *value = calloc((size_t)steps + 1, sizeof *value);
    size_t n = 0;
    uint64_t state = range + text_keys;
    mesh_map *map = mesh_map_new(ctx, k, I), *held = NULL;
    int64_t held_len = 0;
    for (int step = 0; step < steps; step++) {
        int64_t number = (int64_t)(next_random(&state) % range);
        mesh_value word = text_keys ? mesh_of_ptr(mesh_string_format(ctx, "key %lld", (long long)number)) : (mesh_value)number;
        size_t at = 0;
        while (at < n && key[at] != number) at++;
        CHECK(mesh_map_has_key(ctx, k, I, map, word) == (at < n));
        if (next_random(&state) % 3 != 0) {
            map = mesh_map_put(ctx, k, I, map, word, (mesh_value)step);
            if (at == n) key[n++] = number;
            value[at] = step;
        } else {
            map = mesh_map_delete(ctx, k, I, map, word);
            mesh_drop_value(ctx, k, word);
            if (at < n) {
                memmove(key + at, key + at + 1, (n - at) * sizeof *key);
                memmove(value + at, value + at + 1, (n - at) * sizeof *value);
                n--;
            }
        }
        if (next_random(&state) % 50 == 0) {
            if (held != NULL) {
                CHECK(held->len == held_len);
                mesh_drop(ctx, held);
            }
            held = mesh_dup(map);
            held_len = map->len;
        }
        CHECK(map->len == (int64_t)n);
    }
    size_t i = 0;
    bool right = true;
    for (int64_t pos = mesh_map_next(ctx, k, I, map, 0); pos >= 0; pos = mesh_map_next(ctx, k, I, map, pos + 1), i++)
        right &= i < n && mesh_map_value_at(ctx, k, I, map, pos) == (mesh_value)value[i];
    CHECK(right && i == n);
    mesh_map *copy = mesh_map_merge(ctx, k, I, mesh_map_new(ctx, k, I), map);
    CHECK(mesh_map_equal(ctx, k, I, map, copy));
    mesh_drop(ctx, copy);
    if (held != NULL) mesh_drop(ctx, held);
    mesh_drop(ctx, map);
    free(key), free(value);
}

static mesh_set *set_of(mesh_ctx *ctx, int n, const int64_t *members) {
    mesh_set *set = mesh_set_new(ctx, I);
    for (int i = 0; i < n; i++) set = mesh_set_add(ctx, I, set, (mesh_value)members[i]);
    return set;
}

static void check_members(mesh_ctx *ctx, mesh_set *set, const char *text) {
    char copy[256] = "";
    mesh_list *list = mesh_set_to_list(ctx, I, set);
    for (int64_t i = 0; i < list->len; i++) sprintf(copy + strlen(copy), i ? " %lld" : "%lld", (long long)list->data[i]);
    check_c_text(__FILE__, __LINE__, copy, text);
    mesh_drop(ctx, list);
    mesh_drop(ctx, set);
}

static int64_t hash_nothing(mesh_ctx *ctx, mesh_value v) { return (void)ctx, (void)v, 5; } /* every key collides */

void test_maps(void) {
    mesh_ctx *ctx = new_heap();
    test_model(ctx, false, 5, 2000);
    test_model(ctx, true, 12, 2000);
    test_model(ctx, false, 300, 6000);
    test_model(ctx, true, 2000, 6000);

    static const int64_t a[] = {3, 1, 3, 2}, b[] = {2, 9};
    mesh_set *left = set_of(ctx, 4, a), *right = set_of(ctx, 2, b);
    check_members(ctx, mesh_set_union(ctx, I, mesh_dup(left), right), "3 1 2 9");
    check_members(ctx, mesh_set_difference(ctx, I, left, right), "3 1");
    check_members(ctx, mesh_set_intersection(ctx, I, left, right), "2");
    check_members(ctx, mesh_set_remove(ctx, I, mesh_dup(left), 1), "3 2");
    check_members(ctx, left, "3 1 2");
    mesh_drop(ctx, right);

    /* -0.0 and 0.0 are one key, NaN equals itself */
    mesh_map *floats = mesh_map_new(ctx, F, I);
    floats = mesh_map_put(ctx, F, I, floats, mesh_of_float(-0.0), 1);
    floats = mesh_map_put(ctx, F, I, floats, mesh_of_float(0.0), 2);
    floats = mesh_map_put(ctx, F, I, floats, mesh_of_float(__builtin_nan("")), 3);
    floats = mesh_map_put(ctx, F, I, floats, mesh_of_float(-__builtin_nan("")), 4);
    CHECK(floats->len == 2 && mesh_map_get(ctx, F, I, floats, mesh_of_float(0.0)) == 2);
    mesh_drop(ctx, floats);

    /* an absent key by type of value */
    mesh_map *texts = mesh_map_new(ctx, I, S);
    mesh_string *none = mesh_to_ptr(mesh_map_get(ctx, I, S, texts, 1));
    CHECK_TEXT(none, "");
    mesh_type point = {.name = "Point", .rep = MESH_REP_PTR};
    PANICS(mesh_map_get(ctx, I, &point, texts, 1), "mesh_map_get: key not found");
    mesh_drop(ctx, texts);

    /* keys of another type, all colliding */
    mesh_type odd = mesh_type_string;
    odd.name = "Main.Odd", odd.hash = hash_nothing;
    mesh_map *others = mesh_map_new(ctx, &odd, I);
    for (int i = 0; i < 100; i++) others = mesh_map_put(ctx, &odd, I, others, mesh_of_ptr(mesh_string_format(ctx, "%d", i % 50)), (mesh_value)i);
    CHECK(others->len == 50);
    mesh_drop(ctx, others);

    /* first in, first out: linear though holes gather at the front */
    mesh_map *fifo = mesh_map_new(ctx, I, I);
    for (int64_t i = 0; i < 20000; i++) fifo = mesh_map_put(ctx, I, I, fifo, (mesh_value)i, 0);
    for (int64_t i = 0; i < 20000; i++) {
        int64_t pos = mesh_map_next(ctx, I, I, fifo, 0);
        CHECK(mesh_map_key_at(ctx, I, I, fifo, pos) == (mesh_value)i);
        fifo = mesh_map_delete(ctx, I, I, fifo, (mesh_value)i);
    }
    CHECK(fifo->len == 0 && fifo->cap < 64);
    mesh_drop(ctx, fifo);
    end_heap(ctx);
}
