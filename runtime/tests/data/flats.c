#include "check.h"
#include "map.h"

static int native_references;
static void release_native(void *data) { (void)data, native_references--; }
static void *share_native(void *data) { return native_references++, data; }
static const mesh_native_ops native_ops = {"test", release_native, share_native};

static int released;
static void release(void *data) { released = released * 10 + *(int *)data; }

void test_flat(void) {
    mesh_ctx *a = new_heap(), *b = new_heap();
    const mesh_type *I = &mesh_type_int, *S = &mesh_type_string;

    /* a value with sharing, long shared bytes, a slice, a map and a native object */
    mesh_string *longer = mesh_string_reserve(a, 1000);
    for (int i = 0; i < 1000; i++) longer = mesh_string_append(a, longer, "x", 1);
    mesh_string *shorter = mesh_string_from_c(a, "short text");
    mesh_list *list = mesh_list_new(a, S, 0);
    for (int i = 0; i < 20; i++) list = mesh_list_push(a, S, list, mesh_of_ptr(mesh_dup(i % 2 ? longer : shorter)));
    mesh_list *slice = mesh_list_drop(a, S, mesh_dup(list), 3);
    mesh_map *map = mesh_map_new(a, S, I);
    for (int i = 0; i < 50; i++) map = mesh_map_put(a, S, I, map, mesh_of_ptr(mesh_string_format(a, "k%d", i)), (mesh_value)i);
    for (int i = 0; i < 50; i += 2) {
        mesh_string *key = mesh_string_format(a, "k%d", i);
        map = mesh_map_delete(a, S, I, map, mesh_of_ptr(key));
        mesh_drop(a, key);
    }
    native_references = 1;
    mesh_native *native = mesh_native_new(a, &native_ops, &native_references);
    mesh_data *root = mesh_data_new(a, 3, 6, 7);
    root->slot[0] = mesh_of_ptr(list), root->slot[1] = mesh_of_ptr(slice), root->slot[2] = mesh_of_ptr(map);
    root->slot[3] = mesh_of_ptr(native), root->slot[4] = mesh_of_ptr(longer), root->slot[5] = mesh_of_ptr(shorter);
    root->slot[6] = 12345;

    mesh_flat *flat = mesh_flatten(a, mesh_of_ptr(root), true);
    CHECK(native_references == 2);
    mesh_drop(a, root);
    end_heap(a);
    CHECK(native_references == 1);
    for (int round = 0; round < 2; round++) { /* a flat copy serves often */
        mesh_data *copy = mesh_to_ptr(mesh_unflatten(b, flat));
        CHECK(copy->h.tag == 3 && copy->slot[6] == 12345);
        mesh_list *l = mesh_to_ptr(copy->slot[0]), *sl = mesh_to_ptr(copy->slot[1]);
        CHECK(l->len == 20 && sl->len == 17 && l->data[0] == copy->slot[5] && l->data[1] == copy->slot[4]);
        CHECK(sl->data[0] == l->data[3] && ((mesh_string *)mesh_to_ptr(copy->slot[4]))->len == 1000);
        CHECK(((mesh_obj *)mesh_to_ptr(copy->slot[4]))->rc == 20);
        mesh_map *m = mesh_to_ptr(copy->slot[2]);
        mesh_string *key = mesh_string_from_c(b, "k7");
        CHECK(m->len == 25 && mesh_map_get(b, S, I, m, mesh_of_ptr(key)) == 7);
        mesh_drop(b, key);
        l = mesh_list_push(b, S, l, mesh_of_ptr(mesh_string_from_c(b, "more"))); /* copies are ordinary objects */
        copy->slot[0] = mesh_of_ptr(l);
        CHECK(native_references == 2);
        mesh_drop(b, copy);
    }
    mesh_flat_free(flat);
    CHECK(native_references == 0);

    /* several values at once share what they share; words stay words, even when they look like addresses */
    mesh_string *text = mesh_string_from_c(b, "both");
    mesh_value values[3] = {mesh_of_ptr(text), 0, mesh_of_ptr(text)};
    mesh_dup(text);
    flat = mesh_flatten_args(b, values, 3, 5);
    mesh_value out[3];
    mesh_unflatten_args(b, flat, out);
    CHECK(out[0] == out[2] && out[1] == 0 && ((mesh_obj *)mesh_to_ptr(out[0]))->rc == 2);
    mesh_drop(b, (mesh_obj *)mesh_to_ptr(out[0])), mesh_drop(b, (mesh_obj *)mesh_to_ptr(out[2]));
    mesh_drop(b, text), mesh_drop(b, text);
    mesh_flat_free(flat);

    /* many shared objects: the table grows */
    mesh_list *many = mesh_list_new(b, S, 0);
    for (int i = 0; i < 5000; i++) {
        mesh_string *entry = mesh_string_format(b, "entry %d", i);
        many = mesh_list_push(b, S, many, mesh_of_ptr(mesh_dup(entry)));
        many = mesh_list_push(b, S, many, mesh_of_ptr(entry));
    }
    flat = mesh_flatten(b, mesh_of_ptr(many), true);
    mesh_list *again = mesh_to_ptr(mesh_unflatten(b, flat));
    bool same = again->len == 10000;
    for (int i = 0; same && i < 10000; i++)
        same = mesh_string_eq(mesh_to_ptr(again->data[i]), mesh_to_ptr(many->data[i])) && again->data[i] == again->data[i ^ 1];
    CHECK(same);
    mesh_flat_free(flat);
    mesh_drop(b, many), mesh_drop(b, again);

    /* a deep value is flattened without recursion */
    mesh_obj *chain = mesh_none();
    for (int i = 0; i < 300000; i++) chain = mesh_some_ptr(b, chain);
    flat = mesh_flatten(b, mesh_of_ptr(chain), true);
    mesh_drop(b, chain);
    chain = mesh_to_ptr(mesh_unflatten(b, flat));
    mesh_flat_free(flat);
    mesh_drop(b, chain);
    end_heap(b);

    /* the end of a heap releases what it lists, newest first; what lives then goes with it */
    mesh_ctx *c = new_heap();
    static int one = 1, two = 2, three = 3;
    mesh_resource_add(c, release, &one);
    mesh_resource *removed = mesh_resource_add(c, release, &two);
    mesh_resource_add(c, release, &three);
    mesh_resource_remove(c, removed);
    native_references = 1;
    mesh_native_new(c, &native_ops, NULL);
    mesh_string_reserve(c, 5000);
    mesh_string_from_c(c, "abandoned by a panic");
    mesh_heap_free(c);
    CHECK(released == 31 && native_references == 0);
    free(c);
}
