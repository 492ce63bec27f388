/* Lists: arrays with spare capacity at the end. A unique list is changed in place: elements are pushed at the end and cut off
 * at either end (`data` moves forward). What a shared list loses at its front is a slice of it. */
#include "mesh_ctx.h"
#include "mesh_stdlib.h"

#include <string.h>

#define KEEP_SLICE 8 /* shorter pieces of a shared list are copied, so that they do not keep it alive */

static mesh_obj *object(mesh_value v) { return mesh_to_ptr(v); }
static bool counted(const mesh_list *list) { return list->h.info & MESH_LIST_PTR; }
static bool is_slice(const mesh_list *list) { return list->h.info & MESH_LIST_SLICE; }
static bool in_place(const mesh_list *list) { return list->h.rc == 1 && !is_slice(list); }
static size_t front_room(const mesh_list *list) { return (size_t)(list->data - (const mesh_value *)(list + 1)); }

static mesh_list *allocate(mesh_ctx *ctx, bool ptr, size_t cap) {
    if (cap > SIZE_MAX / 16) mesh_panic(ctx, "out of memory");
    mesh_list *list = (mesh_list *)mesh_alloc(ctx, sizeof *list + cap * sizeof(mesh_value));
    *list = (mesh_list){.h = {.rc = 1, .info = (uint16_t)(MESH_KIND_LIST | (ptr ? MESH_LIST_PTR : 0))},
                        .data = (mesh_value *)(list + 1),
                        .cap = cap};
    return list;
}

mesh_list *mesh_list_new(mesh_ctx *ctx, const mesh_type *elem, int64_t cap) { return allocate(ctx, mesh_is_ptr(elem), (size_t)cap); }

static void dup_all(const mesh_list *list, const mesh_value *slot, size_t n) {
    if (counted(list))
        for (size_t i = 0; i < n; i++) mesh_dup_obj(object(slot[i]));
}

static void drop_all(mesh_ctx *ctx, const mesh_list *list, const mesh_value *slot, size_t n) {
    if (counted(list))
        for (size_t i = 0; i < n; i++) mesh_drop_obj(ctx, object(slot[i]));
}

/* A fresh list of [from, from + n) with room for cap elements; drops the source. */
static mesh_list *copy_part(mesh_ctx *ctx, const mesh_type *elem, mesh_list *owned, size_t from, size_t n, size_t cap) {
    mesh_list *list = allocate(ctx, mesh_is_ptr(elem), cap);
    if (n > 0) memcpy(list->data, owned->data + from, n * sizeof(mesh_value));
    list->len = (int64_t)n;
    dup_all(list, list->data, n);
    mesh_drop(ctx, owned);
    return list;
}

static size_t grown(size_t need) {
    size_t cap = need < 4 ? 4 : need < 65536 ? need * 2 : need + need / 2;
    size_t bytes = sizeof(mesh_list) + cap * sizeof(mesh_value);
    return cap + (-bytes & (MESH_CLASS_GRAIN - 1)) / sizeof(mesh_value);
}

/* Makes the list unique, with room for n more. */
static mesh_list *reserve(mesh_ctx *ctx, const mesh_type *elem, mesh_list *owned, size_t n) {
    size_t len = (size_t)owned->len, need = len + n;
    if (!in_place(owned)) return copy_part(ctx, elem, owned, 0, len, owned->h.rc == 1 || n == 1 ? grown(need) : need);
    if (owned->cap >= need) return owned;
    size_t front = front_room(owned);
    if (front >= len && front + owned->cap >= need) { /* a queue: as many were taken as remain */
        memcpy(owned + 1, owned->data, len * sizeof(mesh_value));
        owned->data -= front;
        owned->cap += front;
        return owned;
    }
    size_t cap = grown(need);
#ifndef MESH_CHECK
    if (front == 0 && mesh_object_size(&owned->h) > (size_t)MESH_CLASS_GRAIN * MESH_CLASS_COUNT) {
        owned = (mesh_list *)mesh_realloc_large(ctx, &owned->h, sizeof *owned + cap * sizeof(mesh_value));
        owned->data = (mesh_value *)(owned + 1);
        owned->cap = cap;
        return owned;
    }
#endif
    mesh_list *list = allocate(ctx, mesh_is_ptr(elem), cap);
    if (len > 0) memcpy(list->data, owned->data, len * sizeof(mesh_value));
    list->len = owned->len;
    mesh_free_memory(ctx, &owned->h);
    return list;
}

mesh_list *mesh_list_push(mesh_ctx *ctx, const mesh_type *elem, mesh_list *owned, mesh_value value) {
    if (!in_place(owned) || (uint64_t)owned->len == owned->cap) owned = reserve(ctx, elem, owned, 1);
    owned->data[owned->len++] = value;
    return owned;
}

int64_t mesh_list_length(mesh_ctx *ctx, const mesh_type *elem, mesh_list *list) { return (void)ctx, (void)elem, list->len; }

mesh_value mesh_list_at(mesh_ctx *ctx, const mesh_type *elem, mesh_list *list, int64_t index) {
    (void)ctx;
    return mesh_dup_value(elem, list->data[index]);
}

mesh_value mesh_list_get(mesh_ctx *ctx, const mesh_type *elem, mesh_list *list, int64_t index) {
    if ((uint64_t)index >= (uint64_t)list->len)
        mesh_panic(ctx, "mesh_list_get: index %lld out of bounds (len %lld)", (long long)index, (long long)list->len);
    return mesh_dup_value(elem, list->data[index]);
}

mesh_value mesh_list_head(mesh_ctx *ctx, const mesh_type *elem, mesh_list *list) {
    if (list->len == 0) mesh_panic(ctx, "mesh_list_head: empty list");
    return mesh_dup_value(elem, list->data[0]);
}

mesh_value mesh_list_last(mesh_ctx *ctx, const mesh_type *elem, mesh_list *list) {
    if (list->len == 0) mesh_panic(ctx, "mesh_list_last: empty list");
    return mesh_dup_value(elem, list->data[list->len - 1]);
}

mesh_value mesh_list_front(mesh_ctx *ctx, const mesh_type *elem, mesh_list *list, mesh_string *message) {
    if (list->len == 0) mesh_panic(ctx, "%.*s", (int)message->len, message->data);
    return mesh_dup_value(elem, list->data[0]);
}

/* ---- pieces ---------------------------------------------------------------------------------------------------------- */

static mesh_list *slice(mesh_ctx *ctx, mesh_list *owned, size_t from, size_t n) {
    mesh_list *part = allocate(ctx, counted(owned), 0);
    part->h.info |= MESH_LIST_SLICE;
    part->len = (int64_t)n;
    part->data = owned->data + from;
    if (is_slice(owned)) {
        part->cap = owned->cap;
        mesh_dup_obj(object(owned->cap));
        mesh_drop(ctx, owned);
    } else {
        part->cap = mesh_of_ptr(owned); /* takes the reference */
    }
    return part;
}

mesh_list *mesh_list_drop(mesh_ctx *ctx, const mesh_type *elem, mesh_list *owned, int64_t count) {
    if (count <= 0) return owned;
    size_t n = count < owned->len ? (size_t)count : (size_t)owned->len, rest = (size_t)owned->len - n;
    if (in_place(owned)) {
        mesh_value *gone = owned->data;
        owned->data += n;
        owned->len -= (int64_t)n;
        owned->cap -= n;
        drop_all(ctx, owned, gone, n);
        return owned;
    }
    if (rest < KEEP_SLICE) return copy_part(ctx, elem, owned, n, rest, rest);
    if (owned->h.rc == 1) { /* a slice that nobody else holds moves on */
        owned->data += n;
        owned->len -= (int64_t)n;
        return owned;
    }
    return slice(ctx, owned, n, rest);
}

mesh_list *mesh_list_tail(mesh_ctx *ctx, const mesh_type *elem, mesh_list *owned) {
    if (owned->len == 0) mesh_panic(ctx, "mesh_list_tail: empty list");
    return mesh_list_drop(ctx, elem, owned, 1);
}

mesh_list *mesh_list_take(mesh_ctx *ctx, const mesh_type *elem, mesh_list *owned, int64_t count) {
    if (count >= owned->len) return owned;
    size_t n = count > 0 ? (size_t)count : 0;
    if (in_place(owned)) {
        size_t cut = (size_t)owned->len - n;
        owned->len = (int64_t)n;
        drop_all(ctx, owned, owned->data + n, cut);
        return owned;
    }
    if (n < KEEP_SLICE || n < (size_t)owned->len / 2) return copy_part(ctx, elem, owned, 0, n, n);
    if (owned->h.rc == 1) {
        owned->len = (int64_t)n;
        return owned;
    }
    return slice(ctx, owned, 0, n);
}

/* ---- whole lists ------------------------------------------------------------------------------------------------------- */

mesh_list *mesh_list_concat(mesh_ctx *ctx, const mesh_type *elem, mesh_list *owned, mesh_list *b) {
    size_t n = (size_t)b->len;
    if (n == 0) return owned;
    if (owned->len == 0) {
        mesh_drop(ctx, owned);
        return mesh_dup(b);
    }
    owned = reserve(ctx, elem, owned, n);
    memcpy(owned->data + owned->len, b->data, n * sizeof(mesh_value));
    dup_all(owned, owned->data + owned->len, n);
    owned->len += (int64_t)n;
    return owned;
}

mesh_list *mesh_list_reverse(mesh_ctx *ctx, const mesh_type *elem, mesh_list *owned) {
    if (!in_place(owned)) owned = copy_part(ctx, elem, owned, 0, (size_t)owned->len, (size_t)owned->len);
    for (int64_t i = 0, j = owned->len - 1; i < j; i++, j--) {
        mesh_value v = owned->data[i];
        owned->data[i] = owned->data[j];
        owned->data[j] = v;
    }
    return owned;
}

static bool in_order(mesh_ctx *ctx, const mesh_type *elem, mesh_closure *order, mesh_value a, mesh_value b) {
    return (int64_t)mesh_call2(ctx, order, mesh_dup_value(elem, a), mesh_dup_value(elem, b)) <= 0;
}

/* Bottom-up merge sort (Knuth, TAOCP 3, 5.2.4): stable, O(n log n) calls, n - 1 when the list is sorted. */
mesh_list *mesh_list_sort(mesh_ctx *ctx, const mesh_type *elem, mesh_list *owned, mesh_closure *order) {
    size_t n = (size_t)owned->len;
    if (n < 2) return owned;
    if (!in_place(owned)) owned = copy_part(ctx, elem, owned, 0, n, n);
    mesh_list *spare = allocate(ctx, false, n); /* its elements are not counted: every one is in `owned` as well */
    mesh_value *from = owned->data, *to = spare->data;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t low = 0; low < n; low += 2 * width) {
            size_t middle = low + width < n ? low + width : n, high = low + 2 * width < n ? low + 2 * width : n;
            size_t i = low, j = middle, k = low;
            if (j < high && !in_order(ctx, elem, order, from[j - 1], from[j]))
                while (i < middle && j < high) to[k++] = in_order(ctx, elem, order, from[i], from[j]) ? from[i++] : from[j++];
            memcpy(to + k, from + i, (middle - i) * sizeof(mesh_value));
            k += middle - i;
            memcpy(to + k, from + j, (high - j) * sizeof(mesh_value));
        }
        mesh_value *swap = from;
        from = to;
        to = swap;
    }
    if (from != owned->data) memcpy(owned->data, from, n * sizeof(mesh_value));
    mesh_drop(ctx, spare);
    return owned;
}

/* ---- by the operations of the element type ------------------------------------------------------------------------------- */

bool mesh_list_equal(mesh_ctx *ctx, const mesh_type *elem, mesh_list *a, mesh_list *b) {
    if (a == b && elem->rep != MESH_REP_FLOAT) return true;
    if (a->len != b->len) return false;
    if (elem->rep == MESH_REP_INT || elem->rep == MESH_REP_BOOL)
        return a->len == 0 || memcmp(a->data, b->data, (size_t)a->len * sizeof(mesh_value)) == 0;
    for (int64_t i = 0; i < a->len; i++)
        if (!elem->eq(ctx, a->data[i], b->data[i])) return false;
    return true;
}

int64_t mesh_list_compare(mesh_ctx *ctx, const mesh_type *elem, mesh_list *a, mesh_list *b) {
    for (int64_t i = 0; i < a->len && i < b->len; i++) {
        int64_t order = elem->compare(ctx, a->data[i], b->data[i]);
        if (order != 0) return order;
    }
    return (a->len > b->len) - (a->len < b->len);
}

