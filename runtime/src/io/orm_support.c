/* What the ORM modules, which are written in Mesh, need of C. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "map.h"
#include "mesh_stdlib.h"
#include "sql_lexer.h"

/* ---- opaque values ---- */

enum { FIRST_TAG = 1000 }; /* far from the tags of iterators and the like */

static const char *const kinds[] = {"an iterator", "a query", "an expression", "a changeset"};

mesh_obj *mesh_ptr_box(mesh_ctx *ctx, const mesh_type *A, int64_t kind, mesh_value value) {
    (void)A;
    mesh_data *box = mesh_data_new(ctx, (unsigned)(FIRST_TAG + kind), 1, 1);
    box->slot[0] = value;
    return &box->h;
}

mesh_value mesh_ptr_unbox(mesh_ctx *ctx, const mesh_type *A, int64_t kind, mesh_obj *boxed) {
    if (mesh_kind_of(boxed) != MESH_KIND_DATA || boxed->tag != FIRST_TAG + kind) mesh_panic(ctx, "expected %s", kinds[kind]);
    return mesh_dup_value(A, ((mesh_data *)boxed)->slot[0]);
}

mesh_string *mesh_atom_name(mesh_ctx *ctx, mesh_obj *atom) {
    (void)ctx;
    return (mesh_string *)mesh_dup_obj(atom);
}

bool mesh_is_identifier(mesh_ctx *ctx, mesh_string *text) {
    (void)ctx;
    for (int64_t i = 0; i < text->len; i++) {
        char c = text->data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9')) return false;
    }
    return text->len > 0;
}

mesh_list *mesh_sql_pieces(mesh_ctx *ctx, mesh_string *sql) {
    const mesh_type *text = &mesh_type_string;
    mesh_list *list = mesh_list_new(ctx, text, 4);
    size_t len = (size_t)sql->len, at = 0, done = 0;
    sql_placeholder p;
    bool numbered = false; /* then `?` is an operator */
    for (size_t i = 0; !numbered && sql_next_placeholder(sql->data, len, i, &p); i = p.to) numbered = p.number > 0;
    long next = 0;
    while (sql_next_placeholder(sql->data, len, at, &p)) {
        at = p.to;
        if (numbered ? p.number == 0 : p.number != 0) continue;
        list = mesh_list_push(ctx, text, list, mesh_of_ptr(mesh_string_new(ctx, sql->data + done, p.from - done)));
        list = mesh_list_push(ctx, text, list, mesh_of_ptr(mesh_string_format(ctx, "%ld", numbered ? p.number - 1 : next++)));
        done = p.to;
    }
    return mesh_list_push(ctx, text, list, mesh_of_ptr(mesh_string_new(ctx, sql->data + done, len - done)));
}

mesh_string *mesh_float_plain(mesh_ctx *ctx, double x) {
    if (isnan(x)) return mesh_string_from_c(ctx, "NaN");
    if (isinf(x)) return mesh_string_from_c(ctx, x < 0 ? "-inf" : "inf");
    char digits[40];
    int precision = 0;
    do snprintf(digits, sizeof digits, "%.*e", precision, x);
    while (strtod(digits, NULL) != x && ++precision < 17);
    int exponent = atoi(strchr(digits, 'e') + 1); /* then exactly the decimals that the shortest form has */
    char plain[400];
    snprintf(plain, sizeof plain, "%.*f", precision > exponent ? precision - exponent : 0, x);
    if (precision <= exponent) { /* a large integer: the shortest digits, then zeros */
        char *at = plain;
        if (digits[0] == '-') *at++ = '-';
        int n = 0;
        for (const char *d = digits; *d != 'e'; d++) {
            if (*d >= '0' && *d <= '9') *at++ = *d, n++;
        }
        while (n++ <= exponent) *at++ = '0';
        *at = 0;
    }
    return mesh_string_from_c(ctx, plain);
}

/* ---- rows as JSON, for preloading ---- */

enum { JSON_MARK = 1 };

mesh_string *mesh_json_mark(mesh_ctx *ctx) {
    static const char mark[] = {JSON_MARK};
    return mesh_string_new(ctx, mark, sizeof mark);
}

static mesh_string *put_raw(mesh_ctx *ctx, mesh_string *b, const char *text, size_t len) {
    return mesh_string_append(ctx, b, text, len);
}

static mesh_string *put_row(mesh_ctx *ctx, mesh_string *b, mesh_map *row) {
    const mesh_type *text = &mesh_type_string;
    mesh_list *order = mesh_json_map_order(ctx, (mesh_obj *)row);
    b = put_raw(ctx, b, "{", 1);
    for (int64_t i = 0; i < order->len; i++) {
        int64_t at = (int64_t)order->data[i];
        mesh_string *key = mesh_to_ptr(mesh_map_key_at(ctx, text, text, row, at));
        mesh_string *value = mesh_to_ptr(mesh_map_value_at(ctx, text, text, row, at));
        if (i > 0) b = put_raw(ctx, b, ",", 1);
        b = mesh_json_put_string(ctx, b, key);
        b = put_raw(ctx, b, ":", 1);
        if (value->len > 0 && value->data[0] == JSON_MARK) b = put_raw(ctx, b, value->data + 1, (size_t)value->len - 1);
        else b = mesh_json_put_string(ctx, b, value);
        mesh_drop(ctx, key);
        mesh_drop(ctx, value);
    }
    mesh_drop(ctx, order);
    return put_raw(ctx, b, "}", 1);
}

mesh_string *mesh_rows_to_json(mesh_ctx *ctx, mesh_list *rows, bool many) {
    if (!many && rows->len == 0) return mesh_string_from_c(ctx, "null");
    mesh_string *b = mesh_json_buffer(ctx);
    if (many) b = put_raw(ctx, b, "[", 1);
    for (int64_t i = 0; i < rows->len && (many || i == 0); i++) {
        if (i > 0) b = put_raw(ctx, b, ",", 1);
        b = put_row(ctx, b, mesh_to_ptr(rows->data[i]));
    }
    return many ? put_raw(ctx, b, "]", 1) : b;
}

mesh_map *mesh_rows_group_json(mesh_ctx *ctx, mesh_list *rows, mesh_string *column, bool many) {
    const mesh_type *text = &mesh_type_string;
    mesh_map *number = mesh_map_new(ctx, text, &mesh_type_int); /* group by value of the column */
    mesh_list *texts = mesh_list_new(ctx, text, 0);             /* of the groups */
    for (int64_t i = 0; i < rows->len; i++) {
        mesh_map *row = mesh_to_ptr(rows->data[i]);
        mesh_value found, group;
        if (!mesh_map_find_string(row, column->data, (size_t)column->len, &found)) continue;
        mesh_string *key = mesh_to_ptr(found);
        if (mesh_map_find_string(number, key->data, (size_t)key->len, &group)) {
            if (!many) continue;
            mesh_string *b = mesh_to_ptr(texts->data[group]); /* taken out of the list, so it stays unique */
            b = put_raw(ctx, b, ",", 1);
            texts->data[group] = mesh_of_ptr(put_row(ctx, b, row));
        } else {
            number = mesh_map_put(ctx, text, &mesh_type_int, number, mesh_of_ptr(mesh_dup(key)), (mesh_value)texts->len);
            mesh_string *b = mesh_json_buffer(ctx);
            if (many) b = put_raw(ctx, b, "[", 1);
            texts = mesh_list_push(ctx, text, texts, mesh_of_ptr(put_row(ctx, b, row)));
        }
    }
    mesh_map *out = mesh_map_new(ctx, text, text);
    int64_t at = 0;
    for (int64_t i = 0; i < texts->len; i++, at++) { /* groups are numbered in the map's order */
        at = mesh_map_next(ctx, text, &mesh_type_int, number, at);
        mesh_string *b = mesh_to_ptr(texts->data[i]);
        texts->data[i] = mesh_of_ptr(&mesh_nullary[0]);
        if (many) b = put_raw(ctx, b, "]", 1);
        out = mesh_map_put(ctx, text, text, out, mesh_map_key_at(ctx, text, &mesh_type_int, number, at), mesh_of_ptr(b));
    }
    mesh_drop(ctx, texts);
    mesh_drop(ctx, number);
    return out;
}

static mesh_map *take_row(mesh_ctx *ctx, mesh_obj *doc, int64_t pos) {
    const mesh_type *text = &mesh_type_string;
    mesh_map *row = mesh_map_new(ctx, text, text);
    int64_t n = mesh_json_object(ctx, doc, pos), at = mesh_json_first(ctx, doc, pos);
    for (int64_t i = 0; i < n; i++) {
        mesh_string *key = mesh_json_key(ctx, doc, at);
        int64_t member = mesh_json_member(ctx, doc, at);
        mesh_string *raw = mesh_json_value(ctx, doc, member), *value;
        if (raw->len > 0 && raw->data[0] == '"') value = mesh_json_take_string(ctx, doc, member);
        else {
            value = mesh_string_reserve(ctx, (size_t)raw->len + 1);
            value = mesh_string_append(ctx, value, "\x01", 1);
            value = mesh_string_append(ctx, value, raw->data, (size_t)raw->len);
        }
        mesh_drop(ctx, raw);
        row = mesh_map_put(ctx, text, text, row, mesh_of_ptr(key), mesh_of_ptr(value));
        at = mesh_json_after(ctx, doc, member);
    }
    return row;
}

mesh_list *mesh_rows_from_json(mesh_ctx *ctx, mesh_string *json) {
    static const mesh_type row_type = {.name = "Map<String, String>", .rep = MESH_REP_PTR};
    mesh_list *rows = mesh_list_new(ctx, &row_type, 0);
    mesh_obj *doc = mesh_json_open(ctx, json);
    if (!mesh_json_failed(ctx, doc) && !mesh_json_is_null(ctx, doc, 0)) {
        if (json->data[0] == '[') {
            int64_t n = mesh_json_array(ctx, doc, 0), at = mesh_json_first(ctx, doc, 0);
            for (int64_t i = 0; i < n; i++, at = mesh_json_after(ctx, doc, at)) {
                rows = mesh_list_push(ctx, &row_type, rows, mesh_of_ptr(take_row(ctx, doc, at)));
            }
        } else rows = mesh_list_push(ctx, &row_type, rows, mesh_of_ptr(take_row(ctx, doc, 0)));
    }
    mesh_drop(ctx, doc);
    return rows;
}
