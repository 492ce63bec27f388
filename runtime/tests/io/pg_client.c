/* pg_client URL: the PostgreSQL functions against a real server; every check that fails is printed, the last line is the
 * number of failures. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "c_program.h"
#include "map.h"
#include "mesh_stdlib.h"
#include "scheduler.h"

static int failures;

static mesh_list *texts(mesh_ctx *ctx, int n, ...) {
    mesh_list *list = mesh_list_new(ctx, &mesh_type_string, (size_t)n);
    va_list args;
    va_start(args, n);
    for (int i = 0; i < n; i++) list = mesh_list_push(ctx, &mesh_type_string, list, mesh_of_ptr(c_string(ctx, va_arg(args, const char *))));
    va_end(args);
    return list;
}

static void *payload(mesh_obj *o) {
    return mesh_to_ptr(((mesh_data *)o)->slot[0]);
}

static void check(bool ok, const char *what, mesh_obj *result) {
    if (ok) return;
    failures++;
    printf("FAILED %s", what);
    if (result != NULL && result->tag == 1) printf(": %.*s", (int)((mesh_string *)payload(result))->len, ((mesh_string *)payload(result))->data);
    printf("\n");
}

static bool is_err(mesh_obj *r, const char *start) {
    if (r->tag != 1) return false;
    mesh_string *s = payload(r);
    return (size_t)s->len >= strlen(start) && memcmp(s->data, start, strlen(start)) == 0;
}

static mesh_obj *execute(mesh_ctx *ctx, int64_t pool, const char *sql, mesh_list *params) {
    return mesh_pool_execute(ctx, pool, c_string(ctx, sql), params);
}

static mesh_obj *rows_of(mesh_ctx *ctx, int64_t pool, const char *sql, mesh_list *params) {
    return mesh_pool_query(ctx, pool, c_string(ctx, sql), params);
}

static bool cell_is(mesh_obj *rows, int row, const char *column, const char *want) {
    if (rows->tag != 0) return false;
    mesh_list *list = payload(rows);
    mesh_value v;
    if (row >= list->len || !mesh_map_find_string(mesh_to_ptr(list->data[row]), column, strlen(column), &v)) return false;
    mesh_string *s = mesh_to_ptr(v);
    return (size_t)s->len == strlen(want) && memcmp(s->data, want, strlen(want)) == 0;
}

static int64_t the_pool;

static mesh_value insert_two(mesh_ctx *ctx, mesh_closure *self, mesh_value conn) {
    (void)self;
    mesh_obj *r = mesh_pg_execute(ctx, (int64_t)conn, c_string(ctx, "INSERT INTO t VALUES (2, 'two')"), texts(ctx, 0));
    return mesh_of_ptr(r);
}

static mesh_value insert_fail(mesh_ctx *ctx, mesh_closure *self, mesh_value conn) {
    insert_two(ctx, self, conn);
    return mesh_of_ptr(mesh_err_text(ctx, "no"));
}

static mesh_value insert_panic(mesh_ctx *ctx, mesh_closure *self, mesh_value conn) {
    insert_two(ctx, self, conn);
    mesh_panic(ctx, "in a transaction");
}

static mesh_value repo_body(mesh_ctx *ctx, mesh_closure *self, mesh_value conn) {
    (void)self, (void)conn;
    mesh_obj *r = execute(ctx, the_pool, "INSERT INTO t VALUES (3, 'three')", texts(ctx, 0));
    check(r->tag == 0, "Pool.execute inside Repo.transaction", r);
    return mesh_of_ptr(mesh_err_text(ctx, "undo"));
}

C_CLOSURE(insert_two_fn, insert_two);
C_CLOSURE(insert_fail_fn, insert_fail);
C_CLOSURE(insert_panic_fn, insert_panic);
C_CLOSURE(repo_fn, repo_body);

static _Atomic int finished;

static mesh_value query_loop(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    for (int i = 0; i < 20; i++) {
        mesh_obj *r = rows_of(ctx, the_pool, "SELECT pg_sleep(0.001), $1::int AS n", texts(ctx, 1, "7"));
        check(cell_is(r, 0, "n", "7"), "concurrent query", r);
        mesh_drop(ctx, r);
    }
    finished++;
    return 0;
}

static mesh_value die_holding(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    mesh_obj *c = mesh_pool_checkout(ctx, the_pool);
    mesh_pg_begin(ctx, (int64_t)((mesh_data *)c)->slot[0]);
    finished++;
    mesh_panic(ctx, "dies holding a connection");
}

static const mesh_actor_table loop_actor = {.name = "loop", .body = query_loop};
static const mesh_actor_table dying_actor = {.name = "dying", .body = die_holding};

static void wait_for(mesh_ctx *ctx, int n) {
    while (finished < n) mesh_sleep_ns(ctx, 5000000);
}

static mesh_value entry(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    const char *url = mesh_argv[1];
    mesh_list *none = texts(ctx, 0);
    mesh_obj *r = mesh_pg_connect(ctx, c_string(ctx, "mysql://x"));
    check(is_err(r, "URL must start with postgres:// or postgresql://"), "scheme", r);
    r = mesh_pg_connect(ctx, c_string(ctx, "postgres://u:p@localhost:abc/d"));
    check(is_err(r, "invalid port: abc"), "port", r);
    r = mesh_pool_open(ctx, c_string(ctx, "postgres://u:p@127.0.0.1:1/d"), 1, 2, 500);
    check(is_err(r, "pool open: connection failed: "), "refused", r);
    r = mesh_pool_open(ctx, c_string(ctx, "postgres://u:p@127.0.0.1:1/d"), 0, 2, 500);
    check(r->tag == 0, "lazy pool", r);
    mesh_obj *q = rows_of(ctx, (int64_t)((mesh_data *)r)->slot[0], "SELECT 1", none);
    check(is_err(q, "pool connect: connection failed: "), "lazy pool connects", q);

    r = mesh_pool_open(ctx, c_string(ctx, url), 1, 4, 2000);
    check(r->tag == 0, "pool", r);
    if (r->tag != 0) return 0;
    the_pool = (int64_t)((mesh_data *)r)->slot[0];
    r = execute(ctx, the_pool, "DROP TABLE IF EXISTS t", none);
    check(r->tag == 0 && ((mesh_data *)r)->slot[0] == 0, "drop", r);
    r = execute(ctx, the_pool, "CREATE TABLE t (id int PRIMARY KEY, name text)", none);
    check(r->tag == 0, "create", r);
    r = execute(ctx, the_pool, "INSERT INTO t VALUES ($1, $2)", texts(ctx, 2, "1", "one"));
    check(r->tag == 0 && ((mesh_data *)r)->slot[0] == 1, "insert", r);
    r = execute(ctx, the_pool, "INSERT INTO t VALUES ($1, $2)", texts(ctx, 2, "1", "one"));
    check(is_err(r, "23505\tt_pkey\tt\t\tduplicate key value"), "five fields", r);
    r = rows_of(ctx, the_pool, "SELECT id, name, NULL AS z, true AS b, 1 AS id2, 'last' AS id FROM t", none);
    check(cell_is(r, 0, "id", "last") && cell_is(r, 0, "name", "one") && cell_is(r, 0, "z", "") && cell_is(r, 0, "b", "t"), "row", r);
    r = rows_of(ctx, the_pool, "SELECT 1; SELECT 2", none);
    check(is_err(r, "42601\t"), "two statements", r);
    r = execute(ctx, the_pool, "", none);
    check(r->tag == 0 && ((mesh_data *)r)->slot[0] == 0, "empty", r);
    r = execute(ctx, the_pool, "SELECT * FROM t", none);
    check(r->tag == 0 && ((mesh_data *)r)->slot[0] == 1, "select count", r);
    r = execute(ctx, the_pool, "COPY t FROM STDIN", none);
    check(r->tag == 1, "copy in", r);
    r = execute(ctx, the_pool, "COPY (SELECT generate_series(1, 100000)) TO STDOUT", none);
    check(r->tag == 0, "copy out", r);
    r = mesh_pool_execute(ctx, the_pool, mesh_string_new(ctx, "a\0b", 3), none);
    check(is_err(r, "SQL contains null byte"), "nul", r);
    r = rows_of(ctx, the_pool, "SELECT count(*) AS n FROM t", none);
    check(cell_is(r, 0, "n", "1"), "after copies", r);

    r = mesh_pool_checkout(ctx, the_pool);
    check(r->tag == 0, "checkout", r);
    int64_t conn = (int64_t)((mesh_data *)r)->slot[0];
    r = mesh_pg_transaction(ctx, NULL, conn, &insert_fail_fn);
    check(is_err(r, "no"), "transaction Err", r);
    r = mesh_pg_transaction(ctx, NULL, conn, &insert_panic_fn);
    check(is_err(r, "transaction aborted: panic in callback"), "transaction panic", r);
    r = mesh_pg_transaction(ctx, NULL, conn, &insert_two_fn);
    check(r->tag == 0, "transaction Ok", r);
    mesh_pg_begin(ctx, conn);
    mesh_pg_execute(ctx, conn, c_string(ctx, "SELECT 1/0"), none);
    r = mesh_pg_commit(ctx, conn);
    check(is_err(r, "transaction was aborted"), "commit of a failed transaction", r);
    mesh_pg_begin(ctx, conn);
    mesh_pg_execute(ctx, conn, c_string(ctx, "DELETE FROM t"), none);
    mesh_pool_checkin(ctx, the_pool, conn); /* rolls back */
    r = rows_of(ctx, the_pool, "SELECT count(*) AS n FROM t", none);
    check(cell_is(r, 0, "n", "2"), "rows after transactions", r);
    r = mesh_repo_transaction(ctx, NULL, the_pool, &repo_fn);
    check(is_err(r, "undo"), "Repo.transaction", r);
    r = rows_of(ctx, the_pool, "SELECT count(*) AS n FROM t", none);
    check(cell_is(r, 0, "n", "2"), "rows after Repo.transaction", r);

    for (int i = 0; i < 30; i++) mesh_spawn(ctx, &loop_actor, NULL);
    wait_for(ctx, 30);
    for (int i = 0; i < 8; i++) mesh_spawn(ctx, &dying_actor, NULL);
    wait_for(ctx, 38);
    r = rows_of(ctx, the_pool, "SELECT count(*) AS n FROM t", none);
    check(cell_is(r, 0, "n", "2"), "connections of the dead come back", r);

    r = rows_of(ctx, the_pool, "SELECT pg_terminate_backend(pg_backend_pid())", none);
    check(is_err(r, "57P01\t"), "terminated", r);
    r = rows_of(ctx, the_pool, "SELECT 1 AS n", none);
    check(cell_is(r, 0, "n", "1"), "after a broken connection", r);

    int64_t held[4];
    for (int i = 0; i < 4; i++) {
        r = mesh_pool_checkout(ctx, the_pool);
        check(r->tag == 0, "hold", r);
        held[i] = (int64_t)((mesh_data *)r)->slot[0];
    }
    r = mesh_pool_checkout(ctx, the_pool);
    check(is_err(r, "pool checkout timeout"), "timeout", r);
    for (int i = 0; i < 4; i++) mesh_pool_checkin(ctx, the_pool, held[i]);
    mesh_pool_checkin(ctx, the_pool, held[0]);
    mesh_pool_close(ctx, the_pool);
    r = rows_of(ctx, the_pool, "SELECT 1", none);
    check(is_err(r, "pool is closed"), "closed pool", r);
    r = mesh_pg_execute(ctx, held[0], c_string(ctx, "SELECT 1"), none);
    check(is_err(r, "connection is closed"), "closed connection", r);
    printf("%d\n", failures);
    return 0;
}

const mesh_program mesh_program_table = {entry};
