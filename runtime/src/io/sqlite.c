/* SQLite (io.md 7). Every call runs on the pool of blocking threads, one at a time on a connection; the job owns what it
 * reads and writes, so the caller may end meanwhile. */
#define _POSIX_C_SOURCE 200809L
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "handles.h"
#include "io_buffer.h"
#include "io_turn.h"
#include "map.h"
#include "mesh_stdlib.h"
#include "utf8.h"

enum { BUSY_MS = 5000 };

typedef struct lite_conn {
    io_handle handle;
    io_turn turn;
    sqlite3 *db;
} lite_conn;

static void destroy(io_handle *h) {
    lite_conn *c = (lite_conn *)h;
    if (c->db != NULL) sqlite3_close_v2(c->db);
    io_turn_destroy(&c->turn);
    free(c);
}

static io_handle_table connections = IO_HANDLE_TABLE(destroy);

/* A job: one statement, or the opening of a file. Texts travel as (size_t length, bytes) pairs. */
typedef struct lite_job {
    lite_conn *conn; /* with a reference; gives the turn back when it ends */
    enum { LITE_OPEN, LITE_EXECUTE, LITE_QUERY } what;
    char *sql; /* or the path; NUL-terminated */
    io_buffer params;
    int nparams;
    sqlite3 *opened;
    int64_t changes;
    int columns, rows;
    io_buffer names, cells;
    char *error;
} lite_job;

static void put_text(io_buffer *b, const char *bytes, size_t len) {
    io_append(b, &len, sizeof len);
    io_append(b, bytes, len);
}

static const char *get_text(io_buffer *b, size_t *len) {
    memcpy(len, b->data + b->start, sizeof *len);
    const char *bytes = b->data + b->start + sizeof *len;
    b->start += sizeof *len + *len;
    return bytes;
}

static void job_free(void *data) {
    lite_job *j = data;
    if (j->conn != NULL) io_handle_release(&connections, &j->conn->handle);
    if (j->opened != NULL) sqlite3_close_v2(j->opened);
    free(j->sql);
    io_free(&j->params);
    io_free(&j->names);
    io_free(&j->cells);
    free(j->error);
    free(j);
}

static char *message(sqlite3 *db) {
    const char *m = db ? sqlite3_errmsg(db) : NULL;
    return strdup(m ? m : "unknown SQLite error");
}

/* The name as a path: a library that takes `file:` names for URIs everywhere must not see one. */
static char *path_of(char *name) {
    if (strncmp(name, "file:", 5) != 0) return name;
    size_t len = strlen(name);
    name = realloc(name, len + 3);
    if (name == NULL) abort();
    memmove(name + 2, name, len + 1);
    memcpy(name, "./", 2);
    return name;
}

static void open_file(lite_job *j) {
    j->sql = path_of(j->sql);
    if (sqlite3_open_v2(j->sql, &j->opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, NULL) != SQLITE_OK) {
        j->error = message(j->opened);
        sqlite3_close_v2(j->opened);
        j->opened = NULL;
        return;
    }
    sqlite3_busy_timeout(j->opened, BUSY_MS);
    sqlite3_db_config(j->opened, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
}

/* Only blanks, semicolons and comments? */
static bool nothing_more(const char *at) {
    for (;;) {
        at += strspn(at, " \t\r\n\f;");
        if (at[0] == '-' && at[1] == '-') at += strcspn(at, "\n");
        else if (at[0] == '/' && at[1] == '*') {
            const char *end = strstr(at + 2, "*/");
            if (end == NULL) return true;
            at = end + 2;
        } else return at[0] == 0;
    }
}

static bool counts_changes(const char *sql) {
    static const char *const words[] = {"insert", "update", "delete", "replace", "with"};
    for (;;) {
        sql += strspn(sql, " \t\r\n\f;");
        if (sql[0] == '-' && sql[1] == '-') sql += strcspn(sql, "\n");
        else if (sql[0] == '/' && sql[1] == '*') {
            const char *end = strstr(sql + 2, "*/");
            if (end == NULL) return false;
            sql = end + 2;
        } else break;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (sqlite3_strnicmp(sql, words[i], (int)strlen(words[i])) == 0) return true;
    }
    return false;
}

static void collect_names(lite_job *j, sqlite3_stmt *stmt) {
    j->columns = sqlite3_column_count(stmt);
    for (int i = 0; i < j->columns; i++) {
        const char *name = sqlite3_column_name(stmt, i);
        char fallback[32];
        if (name == NULL) {
            sqlite3_snprintf(sizeof fallback, fallback, "column%d", i);
            name = fallback;
        }
        put_text(&j->names, name, strlen(name));
    }
}

static void collect_row(lite_job *j, sqlite3_stmt *stmt) {
    for (int i = 0; i < j->columns; i++) {
        /* text before bytes: the conversion decides the length */
        bool blob = sqlite3_column_type(stmt, i) == SQLITE_BLOB;
        const char *bytes = blob ? sqlite3_column_blob(stmt, i) : (const char *)sqlite3_column_text(stmt, i);
        put_text(&j->cells, bytes ? bytes : "", (size_t)sqlite3_column_bytes(stmt, i));
    }
    j->rows++;
}

static void run_statement(lite_job *j) {
    sqlite3 *db = j->conn->db;
    if (db == NULL) {
        j->error = strdup("connection is closed");
        return;
    }
    sqlite3_stmt *stmt = NULL;
    const char *tail = j->sql;
    if (sqlite3_prepare_v2(db, j->sql, -1, &stmt, &tail) != SQLITE_OK) {
        j->error = message(db);
        return;
    }
    if (!nothing_more(tail)) {
        sqlite3_finalize(stmt);
        j->error = strdup("multiple statements are not supported");
        return;
    }
    if (stmt == NULL) return; /* nothing but blanks */
    for (int i = 1; i <= j->nparams; i++) {
        size_t len;
        const char *bytes = get_text(&j->params, &len);
        if (sqlite3_bind_text64(stmt, i, bytes, len, SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK) {
            j->error = message(db);
            sqlite3_finalize(stmt);
            return;
        }
    }
    collect_names(j, stmt);
    int status;
    while ((status = sqlite3_step(stmt)) == SQLITE_ROW) {
        if (j->what == LITE_QUERY) collect_row(j, stmt);
    }
    if (status != SQLITE_DONE) j->error = message(db);
    else if (counts_changes(j->sql) && !sqlite3_stmt_readonly(stmt)) j->changes = sqlite3_changes64(db);
    sqlite3_finalize(stmt);
}

static void run_job(void *data) {
    lite_job *j = data;
    if (j->what == LITE_OPEN) open_file(j);
    else {
        run_statement(j);
        io_turn_give(&j->conn->turn);
    }
}

/* Runs the job. NULL: the process was asked to end (the job is gone or will go by itself). */
static lite_job *run(mesh_ctx *ctx, lite_job *j) {
    if (j->conn != NULL && !io_turn_take(ctx, &j->conn->turn)) {
        job_free(j);
        return NULL;
    }
    return mesh_run_blocking(ctx, run_job, j, job_free) == 0 ? j : NULL;
}

static mesh_obj *interrupted(mesh_ctx *ctx) {
    mesh_leave_if_ending(ctx);
    return mesh_err_text(ctx, "interrupted");
}

static mesh_obj *take_error(mesh_ctx *ctx, lite_job *j) {
    mesh_string *text = mesh_string_from_c(ctx, j->error);
    job_free(j);
    return mesh_err_ptr(ctx, text);
}

static char *c_text(const mesh_string *s) {
    char *text = malloc((size_t)s->len + 1);
    if (text == NULL) abort();
    memcpy(text, s->data, (size_t)s->len);
    text[s->len] = 0;
    return text;
}

static bool has_nul(const mesh_string *s) {
    return memchr(s->data, 0, (size_t)s->len) != NULL;
}

static lite_job *new_job(void) {
    lite_job *j = calloc(1, sizeof *j);
    if (j == NULL) abort();
    return j;
}

mesh_obj *mesh_sqlite_open(mesh_ctx *ctx, mesh_string *path) {
    if (has_nul(path)) return mesh_err_text(ctx, "path contains null byte");
    lite_job *j = new_job();
    j->what = LITE_OPEN;
    j->sql = c_text(path);
    if ((j = run(ctx, j)) == NULL) return interrupted(ctx);
    if (j->error != NULL) return take_error(ctx, j);
    lite_conn *c = calloc(1, sizeof *c);
    if (c == NULL) abort();
    io_turn_init(&c->turn);
    c->db = j->opened;
    j->opened = NULL;
    job_free(j);
    return mesh_ok_word(ctx, (mesh_value)io_handle_add(&connections, &c->handle));
}

static void close_job(void *data) {
    lite_conn *c = ((lite_job *)data)->conn;
    sqlite3_close_v2(c->db);
    c->db = NULL;
    io_turn_give(&c->turn);
}

void mesh_sqlite_close(mesh_ctx *ctx, int64_t conn) {
    lite_conn *c = io_handle_find(&connections, conn);
    if (c == NULL) return;
    if (!io_handle_remove(&connections, conn) || !io_turn_take(ctx, &c->turn)) {
        io_handle_release(&connections, &c->handle);
        return;
    }
    lite_job *j = new_job();
    j->conn = c;
    if (mesh_run_blocking(ctx, close_job, j, job_free) == 0) job_free(j);
}

/* A finished job, or NULL with *failure set. */
static lite_job *statement(mesh_ctx *ctx, int64_t conn, bool query, const mesh_string *sql, const mesh_list *params, mesh_obj **failure) {
    *failure = NULL;
    if (has_nul(sql)) *failure = mesh_err_text(ctx, "SQL contains null byte");
    for (int64_t i = 0; *failure == NULL && i < params->len; i++) {
        if (has_nul(mesh_to_ptr(params->data[i]))) *failure = mesh_err_text(ctx, "parameter contains null byte");
    }
    lite_conn *c = *failure ? NULL : io_handle_find(&connections, conn);
    if (*failure == NULL && c == NULL) *failure = mesh_err_text(ctx, "connection is closed");
    if (*failure != NULL) return NULL;
    lite_job *j = new_job();
    j->conn = c;
    j->what = query ? LITE_QUERY : LITE_EXECUTE;
    j->sql = c_text(sql);
    j->nparams = (int)params->len;
    for (int64_t i = 0; i < params->len; i++) {
        const mesh_string *p = mesh_to_ptr(params->data[i]);
        put_text(&j->params, p->data, (size_t)p->len);
    }
    j = run(ctx, j);
    if (j == NULL) *failure = interrupted(ctx);
    else if (j->error != NULL) {
        *failure = take_error(ctx, j);
        j = NULL;
    }
    return j;
}

mesh_obj *mesh_sqlite_execute(mesh_ctx *ctx, int64_t conn, mesh_string *sql, mesh_list *params) {
    mesh_obj *failure;
    lite_job *j = statement(ctx, conn, false, sql, params, &failure);
    if (j == NULL) return failure;
    int64_t changes = j->changes;
    job_free(j);
    return mesh_ok_word(ctx, (mesh_value)changes);
}

mesh_obj *mesh_sqlite_query(mesh_ctx *ctx, int64_t conn, mesh_string *sql, mesh_list *params) {
    static const mesh_type row_type = {.name = "Map<String, String>", .rep = MESH_REP_PTR};
    const mesh_type *text = &mesh_type_string;
    mesh_obj *failure;
    lite_job *j = statement(ctx, conn, true, sql, params, &failure);
    if (j == NULL) return failure;
    mesh_resource *held = mesh_resource_add(ctx, job_free, j);
    mesh_list *names = mesh_list_new(ctx, text, j->columns), *list = mesh_list_new(ctx, &row_type, j->rows);
    size_t len;
    for (int i = 0; i < j->columns; i++) {
        const char *name = get_text(&j->names, &len);
        names = mesh_list_push(ctx, text, names, mesh_of_ptr(mesh_string_new(ctx, name, len)));
    }
    for (int row = 0; row < j->rows; row++) {
        mesh_map *map = mesh_map_new(ctx, text, text);
        for (int i = 0; i < j->columns; i++) {
            const char *bytes = get_text(&j->cells, &len);
            mesh_string *value = mesh_string_new(ctx, bytes, len);
            map = mesh_map_put(ctx, text, text, map, mesh_of_ptr(mesh_dup((mesh_string *)mesh_to_ptr(names->data[i]))), mesh_of_ptr(value));
        }
        list = mesh_list_push(ctx, &row_type, list, mesh_of_ptr(map));
    }
    mesh_drop(ctx, names);
    mesh_resource_remove(ctx, held);
    job_free(j);
    return mesh_ok_ptr(ctx, list);
}

static mesh_obj *command(mesh_ctx *ctx, int64_t conn, const char *sql) {
    static const mesh_type *text = &mesh_type_string;
    mesh_string *statement_text = mesh_string_from_c(ctx, sql);
    mesh_list *none = mesh_list_new(ctx, text, 0);
    mesh_obj *r = mesh_sqlite_execute(ctx, conn, statement_text, none);
    mesh_drop(ctx, statement_text);
    mesh_drop(ctx, none);
    if (r->tag != 0) return r;
    mesh_drop(ctx, r);
    return mesh_ok_word(ctx, 0);
}

mesh_obj *mesh_sqlite_begin(mesh_ctx *ctx, int64_t conn) {
    return command(ctx, conn, "BEGIN");
}

mesh_obj *mesh_sqlite_commit(mesh_ctx *ctx, int64_t conn) {
    return command(ctx, conn, "COMMIT");
}

mesh_obj *mesh_sqlite_rollback(mesh_ctx *ctx, int64_t conn) {
    return command(ctx, conn, "ROLLBACK");
}
