/* Fuzz target for what reads text from outside: JSON, numbers, dates, Base64, Hex, patterns of regular expressions.
 * The first byte chooses; anything accepted must satisfy the law of its function. */
#include "mesh_ctx.h"
#include "mesh_stdlib.h"
#include "regex_engine.h"
#include "utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void mesh_panic(mesh_ctx *ctx, const char *format, ...) {
    (void)ctx;
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    abort();
}

mesh_value mesh_call2(mesh_ctx *ctx, mesh_closure *f, mesh_value a, mesh_value b) { return (void)ctx, (void)f, (void)a, (void)b, 0; }

#define REQUIRE(condition) do { if (!(condition)) abort(); } while (0)

static mesh_string *payload(mesh_obj *o) { return mesh_to_ptr(((mesh_data *)o)->slot[0]); }

static void json(mesh_ctx *ctx, mesh_string *text) {
    mesh_obj *first = mesh_json_parse(ctx, text);
    if (first->tag == 0) { /* canonical text is a fixed point */
        mesh_obj *second = mesh_json_parse(ctx, payload(first));
        REQUIRE(second->tag == 0 && mesh_string_eq(payload(first), payload(second)));
        mesh_string *key = mesh_string_from_c(ctx, "a"), *member = mesh_json_get(ctx, text, key), *same = mesh_json_get(ctx, payload(first), key);
        REQUIRE(mesh_string_eq(member, same));
        mesh_drop(ctx, key), mesh_drop(ctx, member), mesh_drop(ctx, same), mesh_drop(ctx, second);
    }
    mesh_drop(ctx, first);
}

static void moment(mesh_ctx *ctx, mesh_string *text) {
    mesh_obj *parsed = mesh_datetime_from_iso8601(ctx, text);
    if (parsed->tag == 0) {
        int64_t time = (int64_t)((mesh_data *)parsed)->slot[0];
        mesh_string *again = mesh_datetime_to_iso8601(ctx, time);
        mesh_obj *second = mesh_datetime_from_iso8601(ctx, again);
        if (again->len == 24) REQUIRE(second->tag == 0 && (int64_t)((mesh_data *)second)->slot[0] == time);
        mesh_drop(ctx, again), mesh_drop(ctx, second);
    }
    mesh_drop(ctx, parsed);
}

static void base64(mesh_ctx *ctx, mesh_string *text) {
    mesh_obj *decoded = mesh_base64_decode_url(ctx, text);
    if (decoded->tag == 0) {
        mesh_string *again = mesh_base64_encode_url(ctx, payload(decoded));
        REQUIRE(mesh_string_eq(again, text));
        mesh_drop(ctx, again);
    }
    mesh_drop(ctx, decoded);
    mesh_drop(ctx, mesh_base64_decode(ctx, text));
    mesh_drop(ctx, mesh_hex_decode(ctx, text));
}

static void text_functions(mesh_ctx *ctx, mesh_string *text) {
    mesh_string *upper = mesh_string_to_upper(ctx, text), *lower = mesh_string_to_lower(ctx, text), *trimmed = mesh_string_trim(ctx, text);
    REQUIRE(utf8_valid(upper->data, (size_t)upper->len) && utf8_valid(lower->data, (size_t)lower->len));
    mesh_string *empty = mesh_string_from_c(ctx, "");
    mesh_list *parts = mesh_string_split(ctx, text, empty);
    REQUIRE(parts->len == mesh_string_length(ctx, text) + 2);
    mesh_drop(ctx, parts);
    mesh_drop(ctx, mesh_string_to_int(ctx, text));
    mesh_drop(ctx, mesh_string_to_float(ctx, text));
    mesh_drop(ctx, upper), mesh_drop(ctx, lower), mesh_drop(ctx, trimmed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    const char *bytes = (const char *)data + 1;
    size_t len = size - 1;
    bool valid = utf8_valid(bytes, len);
    mesh_ctx *ctx = calloc(1, sizeof *ctx);
    mesh_heap_init(ctx, NULL, 0);
    mesh_string *text = mesh_string_new(ctx, bytes, len);
    switch (*data % 5) {
    case 0: json(ctx, text); break;
    case 1: moment(ctx, text); break;
    case 2: base64(ctx, text); break;
    case 3: if (valid) text_functions(ctx, text); break;
    default:
        if (valid) {
            const char *error;
            free(mesh_rx_translate(bytes, len, &error));
        }
    }
    mesh_drop(ctx, text);
    REQUIRE(mesh_heap_live(ctx) == 0);
    mesh_heap_free(ctx);
    free(ctx);
    return 0;
}
