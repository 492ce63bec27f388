/* Results of PostgreSQL as Mesh values. */
#include <stdlib.h>
#include <string.h>

#include "map.h"
#include "mesh_heap.h"
#include "pg_conn.h"

#include <libpq-fe.h> /* puts this file into the archive of libpq */
#include "utf8.h"

static mesh_obj *error_value(mesh_ctx *ctx, char *error) {
    mesh_string *s = mesh_string_from_c(ctx, error);
    free(error);
    return mesh_err_ptr(ctx, s);
}

static void clear_result(void *result) {
    PQclear(result);
}

/* Bytes that are no UTF-8 (a database in SQL_ASCII) become U+FFFD. */
static mesh_string *repaired(mesh_ctx *ctx, const char *bytes, size_t len) {
    mesh_string *s = mesh_string_reserve(ctx, len);
    for (size_t i = 0; i < len;) {
        size_t n = 1;
        while (n <= 4 && i + n <= len && !utf8_valid(bytes + i, n)) n++;
        if (n <= 4 && i + n <= len) s = mesh_string_append(ctx, s, bytes + i, n);
        else {
            s = mesh_string_append(ctx, s, "\xef\xbf\xbd", 3);
            n = 1;
        }
        i += n;
    }
    return s;
}

static mesh_string *value(mesh_ctx *ctx, const char *bytes, size_t len) {
    return utf8_valid(bytes, len) ? mesh_string_new(ctx, bytes, len) : repaired(ctx, bytes, len);
}

typedef struct columns {
    mesh_map *shape; /* every row is a copy of it with its own values */
    int *position;   /* column -> entry */
    mesh_resource *held; /* the positions */
    int count;
} columns;

/* The map that one row has: the columns' names in order, the last of two equal names counts. */
static void make_shape(mesh_ctx *ctx, const PGresult *r, columns *c) {
    const mesh_type *text = &mesh_type_string;
    c->count = PQnfields(r);
    c->position = malloc(((size_t)c->count + 1) * sizeof *c->position);
    if (c->position == NULL) mesh_panic(ctx, "out of memory");
    c->held = mesh_resource_add(ctx, free, c->position);
    mesh_string *empty = mesh_string_new(ctx, "", 0);
    c->shape = mesh_map_new(ctx, text, text);
    for (int i = 0; i < c->count; i++) {
        const char *name = PQfname(r, i);
        mesh_string *key = value(ctx, name, strlen(name));
        c->shape = mesh_map_put(ctx, text, text, c->shape, mesh_of_ptr(key), mesh_of_ptr(mesh_dup(empty)));
    }
    for (int i = 0; i < c->count; i++) {
        mesh_string *key = value(ctx, PQfname(r, i), strlen(PQfname(r, i)));
        for (int64_t at = 0; (at = mesh_map_next(ctx, text, text, c->shape, at)) >= 0; at++) {
            if (mesh_string_eq(mesh_to_ptr(c->shape->slot[2 * at]), key)) c->position[i] = (int)at;
        }
        mesh_drop(ctx, key);
    }
    mesh_drop(ctx, empty);
}

static mesh_map *make_row(mesh_ctx *ctx, const PGresult *r, int row, const columns *c) {
    size_t bytes = mesh_object_size(&c->shape->h);
    mesh_string *values[64], **own = values;
    if (c->count > 64) own = malloc((size_t)c->count * sizeof *own);
    if (own == NULL) mesh_panic(ctx, "out of memory");
    mesh_string *none = NULL;
    for (int i = 0; i < c->count; i++) {
        int len = PQgetlength(r, row, i);
        if (len > 0) own[i] = value(ctx, PQgetvalue(r, row, i), (size_t)len);
        else own[i] = none ? mesh_dup(none) : (none = mesh_string_new(ctx, "", 0));
    }
    mesh_map *map = (mesh_map *)mesh_alloc(ctx, bytes);
    memcpy(map, c->shape, bytes);
    map->h.rc = 1;
    for (int64_t at = 0; at < map->len; at++) mesh_dup((mesh_string *)mesh_to_ptr(map->slot[2 * at]));
    for (int64_t at = 0; at < map->len; at++) map->slot[2 * at + 1] = 0;
    for (int i = 0; i < c->count; i++) {
        mesh_value *slot = &map->slot[2 * c->position[i] + 1];
        if (*slot != 0) mesh_drop(ctx, (mesh_string *)mesh_to_ptr(*slot));
        *slot = mesh_of_ptr(own[i]);
    }
    if (own != values) free(own);
    return map;
}

mesh_obj *pg_rows(mesh_ctx *ctx, pg_answer *answer) {
    if (answer->error != NULL) return error_value(ctx, answer->error);
    PGresult *r = answer->result;
    mesh_resource *held = mesh_resource_add(ctx, clear_result, r);
    int rows = PQresultStatus(r) == PGRES_TUPLES_OK ? PQntuples(r) : 0;
    static const mesh_type row_type = {.name = "Map<String, String>", .rep = MESH_REP_PTR};
    mesh_list *list = mesh_list_new(ctx, &row_type, (size_t)rows);
    if (rows > 0) {
        columns c;
        make_shape(ctx, r, &c);
        for (int i = 0; i < rows; i++) list = mesh_list_push(ctx, &row_type, list, mesh_of_ptr(make_row(ctx, r, i, &c)));
        mesh_drop(ctx, c.shape);
        mesh_resource_remove(ctx, c.held);
        free(c.position);
    }
    mesh_resource_remove(ctx, held);
    PQclear(r);
    return mesh_ok_ptr(ctx, list);
}

mesh_obj *pg_count(mesh_ctx *ctx, pg_answer *answer) {
    if (answer->error != NULL) return error_value(ctx, answer->error);
    const char *tuples = PQcmdStatus(answer->result); /* its last word, when that is a number */
    const char *last = strrchr(tuples, ' ');
    int64_t n = 0;
    if (last != NULL) {
        for (last++; *last >= '0' && *last <= '9'; last++) n = n * 10 + (*last - '0');
        if (*last != 0) n = 0;
    }
    PQclear(answer->result);
    return mesh_ok_word(ctx, (mesh_value)n);
}

mesh_obj *pg_unit(mesh_ctx *ctx, char *error) {
    return error ? error_value(ctx, error) : mesh_ok_word(ctx, 0);
}
