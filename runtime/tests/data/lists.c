#include "check.h"

static const mesh_type *const I = &mesh_type_int, *const S = &mesh_type_string;

static mesh_value compare_keys(mesh_ctx *ctx, mesh_value a, mesh_value b) { /* the thousands: equal keys show stability */
    (void)ctx;
    return (mesh_value)((int64_t)(a / 1000) - (int64_t)(b / 1000));
}

static void test_sort(mesh_ctx *ctx) {
    mesh_closure order = {.h = {.info = MESH_KIND_CLOSURE}, .code = (void *)compare_keys};
    uint64_t state = 7;
    for (size_t n = 0; n < 200; n++) {
        mesh_list *list = mesh_list_new(ctx, I, 0);
        for (size_t i = 0; i < n; i++) list = mesh_list_push(ctx, I, list, next_random(&state) % 20 * 1000 + i);
        mesh_list *kept = n % 2 ? mesh_dup(list) : NULL; /* a shared list is copied */
        mesh_list *sorted = mesh_list_sort(ctx, I, list, &order);
        bool right = sorted->len == (int64_t)n;
        for (size_t i = 1; i < n; i++) right &= sorted->data[i - 1] < sorted->data[i];
        CHECK(right);
        if (kept != NULL && n > 1) CHECK(kept != sorted);
        if (kept != NULL) mesh_drop(ctx, kept);
        mesh_drop(ctx, sorted);
    }
}

/* Random operations on lists that are sometimes shared, against a plain array. */
static void test_model(mesh_ctx *ctx) {
    enum { MAX = 4000 };
    static int64_t model[MAX];
    uint64_t state = 99;
    for (int round = 0; round < 300; round++) {
        mesh_list *list = mesh_list_new(ctx, S, 0), *held = NULL, *held2 = NULL;
        size_t n = 0;
        for (int step = 0; step < 200; step++) {
            switch (next_random(&state) % 8) {
            case 0: case 1: case 2:
                for (int i = 0; i < 10 && n < MAX; i++) {
                    int64_t v = (int64_t)(next_random(&state) % 100000);
                    model[n++] = v;
                    list = mesh_list_push(ctx, S, list, mesh_of_ptr(mesh_string_format(ctx, "v%lld", (long long)v)));
                }
                break;
            case 3: case 4: {
                size_t drop = next_random(&state) % 12;
                list = mesh_list_drop(ctx, S, list, (int64_t)drop);
                if (drop > n) drop = n;
                memmove(model, model + drop, (n - drop) * sizeof *model);
                n -= drop;
                break;
            }
            case 5: {
                size_t keep = n - (n ? next_random(&state) % (n / 4 + 1) : 0);
                list = mesh_list_take(ctx, S, list, (int64_t)keep);
                n = keep;
                break;
            }
            case 6:
                if (held != NULL) mesh_drop(ctx, held);
                held = held2;
                held2 = mesh_dup(list);
                break;
            default:
                list = mesh_list_reverse(ctx, S, list);
                for (size_t i = 0; i < n / 2; i++) {
                    int64_t v = model[i];
                    model[i] = model[n - 1 - i];
                    model[n - 1 - i] = v;
                }
            }
            CHECK(list->len == (int64_t)n);
        }
        bool right = true;
        for (size_t i = 0; i < n; i++) {
            mesh_string *expected = mesh_string_format(ctx, "v%lld", (long long)model[i]);
            right &= mesh_string_eq(expected, mesh_to_ptr(list->data[i]));
            mesh_drop(ctx, expected);
        }
        CHECK(right);
        if (held2 != NULL) {
            list = mesh_list_concat(ctx, S, list, held2);
            CHECK(list->len == (int64_t)n + held2->len);
        }
        if (held != NULL) mesh_drop(ctx, held);
        if (held2 != NULL) mesh_drop(ctx, held2);
        mesh_drop(ctx, list);
    }
}

void test_lists(void) {
    mesh_ctx *ctx = new_heap();
    test_model(ctx);
    test_sort(ctx);
    /* a queue: pushes and pops take no more memory than its length needs */
    mesh_list *queue = mesh_list_new(ctx, I, 0);
    for (int64_t i = 0; i < 100000; i++) {
        queue = mesh_list_push(ctx, I, queue, (mesh_value)i);
        if (i >= 10) queue = mesh_list_tail(ctx, I, queue);
    }
    CHECK(queue->len == 10 && queue->data[0] == 99990 && queue->cap < 64);
    mesh_drop(ctx, queue);
    mesh_list *empty = mesh_list_new(ctx, I, 0);
    PANICS(mesh_list_head(ctx, I, empty), "mesh_list_head: empty list");
    PANICS(mesh_list_last(ctx, I, empty), "mesh_list_last: empty list");
    PANICS(mesh_list_tail(ctx, I, empty), "mesh_list_tail: empty list");
    PANICS(mesh_list_get(ctx, I, empty, -1), "mesh_list_get: index -1 out of bounds (len 0)");
    mesh_drop(ctx, empty);
    /* a deep structure is dropped without recursion */
    mesh_obj *chain = mesh_none();
    for (int i = 0; i < 1000000; i++) chain = mesh_some_ptr(ctx, chain);
    mesh_drop(ctx, chain);
    end_heap(ctx);
}
