/* The functions of module Pg that talk to a server. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mesh_stdlib.h"
#include "pg_conn.h"

#include <libpq-fe.h> /* puts this file into the archive of libpq */

static mesh_obj *closed(mesh_ctx *ctx) {
    return mesh_err_text(ctx, "connection is closed");
}

static pg_conn *find(int64_t conn) {
    return io_handle_find(&pg_connections, conn);
}

static void unref(pg_conn *c) {
    io_handle_release(&pg_connections, &c->handle);
}

mesh_obj *mesh_pg_connect(mesh_ctx *ctx, mesh_string *url) {
    char *error;
    pg_conn *c = pg_connect(ctx, url->data, (size_t)url->len, &error);
    if (c == NULL) return pg_unit(ctx, error);
    return mesh_ok_word(ctx, (mesh_value)c->handle.id);
}

void mesh_pg_close(mesh_ctx *ctx, int64_t conn) {
    (void)ctx;
    pg_conn *c = find(conn);
    if (c == NULL) return;
    pg_shut(c);
    if (c->pool == NULL) io_handle_remove(&pg_connections, conn); /* the pool takes its own back */
    unref(c);
}

mesh_obj *mesh_pg_execute(mesh_ctx *ctx, int64_t conn, mesh_string *sql, mesh_list *params) {
    pg_conn *c = find(conn);
    if (c == NULL) return closed(ctx);
    pg_answer a = pg_run(ctx, c, sql, params, "execute");
    unref(c);
    mesh_leave_if_ending(ctx);
    return pg_count(ctx, &a);
}

mesh_obj *mesh_pg_query(mesh_ctx *ctx, int64_t conn, mesh_string *sql, mesh_list *params) {
    pg_conn *c = find(conn);
    if (c == NULL) return closed(ctx);
    pg_answer a = pg_run(ctx, c, sql, params, "query");
    unref(c);
    mesh_leave_if_ending(ctx);
    return pg_rows(ctx, &a);
}

static mesh_obj *command(mesh_ctx *ctx, int64_t conn, char *(*run)(mesh_ctx *, pg_conn *)) {
    pg_conn *c = find(conn);
    if (c == NULL) return closed(ctx);
    char *error = run(ctx, c);
    unref(c);
    return pg_unit(ctx, error);
}

static char *begin(mesh_ctx *ctx, pg_conn *c) {
    return pg_command(ctx, c, "BEGIN");
}

/* The server ends a failed transaction by a rollback, and says so in the tag only. */
static char *commit(mesh_ctx *ctx, pg_conn *c) {
    pg_answer a = pg_run_simple(ctx, c, "COMMIT");
    if (a.error != NULL) return a.error;
    bool rolled_back = strcmp(PQcmdStatus(a.result), "ROLLBACK") == 0;
    PQclear(a.result);
    return rolled_back ? strdup("transaction was aborted") : NULL;
}

static char *rollback(mesh_ctx *ctx, pg_conn *c) {
    return pg_command(ctx, c, "ROLLBACK");
}

mesh_obj *mesh_pg_begin(mesh_ctx *ctx, int64_t conn) {
    return command(ctx, conn, begin);
}

mesh_obj *mesh_pg_commit(mesh_ctx *ctx, int64_t conn) {
    return command(ctx, conn, commit);
}

mesh_obj *mesh_pg_rollback(mesh_ctx *ctx, int64_t conn) {
    return command(ctx, conn, rollback);
}

/* ---- transactions ------------------------------------------------------------------------------------------------------ */

typedef struct recovery {
    mesh_task task;
    pg_conn *conn;
    int64_t pid;
    void (*done)(mesh_ctx *, pg_conn *);
} recovery;

static void recover_run(mesh_ctx *ctx, mesh_task *task) {
    recovery *r = (recovery *)task;
    char *error = pg_command(ctx, r->conn, "ROLLBACK");
    r->conn->depth = 0;
    if (error != NULL) pg_shut(r->conn);
    free(error);
    if (r->done) r->done(ctx, r->conn);
    unref(r->conn);
    r->conn = NULL;
    mesh_native_finish(r->pid);
}

static void recover_ended(void *data, bool crashed) {
    (void)crashed;
    recovery *r = data;
    if (r->conn != NULL) { /* it could not run */
        pg_shut(r->conn);
        unref(r->conn);
    }
    free(r);
}

void pg_recover(pg_conn *c, void (*done)(mesh_ctx *, pg_conn *)) {
    static const mesh_native_class cls = {.name = "postgres_rollback", .ended = recover_ended};
    recovery *r = calloc(1, sizeof *r);
    if (r == NULL) {
        pg_shut(c);
        return;
    }
    io_handle_retain(&c->handle);
    r->conn = c;
    r->done = done;
    r->task.run = recover_run;
    r->pid = mesh_native_spawn(&cls, r);
    mesh_native_post(r->pid, &r->task);
}

typedef struct transaction {
    pg_conn *conn;
    mesh_flat *body;
    bool open; /* the heap that holds this ends before the transaction did: roll back */
} transaction;

static void transaction_abandoned(void *data) {
    transaction *t = data;
    if (t->open) pg_recover(t->conn, NULL);
    mesh_flat_free(t->body);
    unref(t->conn);
    free(t);
}

static mesh_value call_body(mesh_ctx *ctx, void *data) {
    transaction *t = data;
    mesh_closure *body = mesh_to_ptr(mesh_flat_value(t->body));
    return mesh_call1(ctx, body, (mesh_value)t->conn->handle.id);
}

mesh_obj *pg_transaction(mesh_ctx *ctx, pg_conn *c, mesh_closure *body, const pg_transaction_texts *texts) {
    char sql[64];
    int depth = c->depth;
    if (depth == 0) snprintf(sql, sizeof sql, "BEGIN");
    else snprintf(sql, sizeof sql, "SAVEPOINT mesh_%d", depth);
    char *error = pg_command(ctx, c, sql);
    if (error != NULL) {
        mesh_obj *result = mesh_err_text(ctx, texts->begin_failed, error);
        free(error);
        return result;
    }
    transaction *t = malloc(sizeof *t);
    mesh_flat *flat = t ? mesh_flatten(ctx, mesh_of_ptr(body), true) : NULL;
    if (flat == NULL) {
        free(t);
        mesh_panic(ctx, "out of memory");
    }
    io_handle_retain(&c->handle);
    *t = (transaction){c, flat, true};
    mesh_resource *held = mesh_resource_add(ctx, transaction_abandoned, t);
    c->depth = depth + 1;
    mesh_value value;
    int status = mesh_guard(ctx, call_body, t, true, &value, NULL);
    c->depth = depth;
    t->open = false;
    mesh_obj *result = status == 0 ? mesh_to_ptr(value) : NULL;
    if (result != NULL && result->tag == 0) {
        if (depth == 0) error = commit(ctx, c);
        else {
            snprintf(sql, sizeof sql, "RELEASE SAVEPOINT mesh_%d", depth);
            error = pg_command(ctx, c, sql);
        }
        if (error != NULL) {
            mesh_drop(ctx, result);
            result = mesh_err_text(ctx, texts->commit_failed, error);
            free(error);
            status = -2;
        }
    } else status = status == 0 ? -2 : -1;
    if (status != 0) {
        if (depth == 0) snprintf(sql, sizeof sql, "ROLLBACK");
        else snprintf(sql, sizeof sql, "ROLLBACK TO SAVEPOINT mesh_%d", depth);
        free(pg_command(ctx, c, sql));
    }
    if (result == NULL) result = mesh_err_text(ctx, "transaction aborted: panic in callback");
    mesh_resource_remove(ctx, held);
    transaction_abandoned(t);
    return result;
}

mesh_obj *mesh_pg_transaction(mesh_ctx *ctx, const mesh_type *A, int64_t conn, mesh_closure *body) {
    static const pg_transaction_texts texts = {"BEGIN: %s", "COMMIT: %s"};
    (void)A;
    pg_conn *c = find(conn);
    if (c == NULL) return mesh_err_text(ctx, "BEGIN: connection is closed");
    mesh_obj *result = pg_transaction(ctx, c, body, &texts);
    unref(c);
    return result;
}
