/* The pool of PostgreSQL connections (io.md 6). Idle connections are a stack, waiters a queue; a connection that comes back
 * goes straight to the first waiter, so nobody overtakes. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io_buffer.h"
#include "mesh_ctx.h"
#include "mesh_stdlib.h"
#include "pg_conn.h"

#include <libpq-fe.h> /* puts this file into the archive of libpq */

typedef struct pool_waiter {
    mesh_ticket ticket;
    struct pool_waiter *next;
    pg_conn *conn; /* given */
    bool slot;     /* may make a connection */
    bool done;     /* no longer queued */
} pool_waiter;

typedef struct pg_pool {
    io_handle handle;
    pthread_mutex_t lock;
    char *url;
    size_t url_len;
    int64_t max, total; /* connections: allowed, existing or being made */
    int64_t timeout_ns;
    pg_conn *idle;      /* most recently used first */
    pg_conn *transactions; /* of Repo.transaction */
    pool_waiter *first, **last;
    bool closed;
} pg_pool;

/* What a heap holds for a connection that was checked out. */
typedef struct pg_lease {
    pg_conn *conn;
    uint64_t number;
    mesh_resource *resource;
} pg_lease;

enum { TIMEOUT_MIN_MS = 100 };
static const int64_t TRUSTED_NS = 1000000000; /* a connection used more recently is not checked */

static void destroy(io_handle *h) {
    pg_pool *p = (pg_pool *)h;
    pthread_mutex_destroy(&p->lock);
    free(p->url);
    free(p);
}

static io_handle_table pools = IO_HANDLE_TABLE(destroy);

static void unref_pool(pg_pool *p) {
    io_handle_release(&pools, &p->handle);
}

static void unref(pg_conn *c) {
    io_handle_release(&pg_connections, &c->handle);
}

/* ---- giving back -------------------------------------------------------------------------------------------------------- */

static pool_waiter *pop_waiter(pg_pool *p) {
    pool_waiter *w = p->first;
    if (w == NULL) return NULL;
    p->first = w->next;
    if (p->first == NULL) p->last = &p->first;
    w->done = true;
    return w;
}

static void wake(pool_waiter *w) {
    mesh_wake(w->ticket, 0);
}

/* A connection is gone: its place goes to the first waiter. */
static void free_slot(pg_pool *p) {
    pthread_mutex_lock(&p->lock);
    pool_waiter *w = pop_waiter(p);
    if (w != NULL) {
        w->slot = true;
        wake(w);
    } else p->total--;
    pthread_mutex_unlock(&p->lock);
}

static void discard(pg_pool *p, pg_conn *c) {
    pg_shut(c);
    io_handle_remove(&pg_connections, c->handle.id);
    free_slot(p);
    unref_pool(p);
}

/* A clean connection that nobody holds. */
static void put_back(pg_pool *p, pg_conn *c) {
    pthread_mutex_lock(&p->lock);
    if (!p->closed && pg_alive(c)) {
        pool_waiter *w = pop_waiter(p);
        if (w != NULL) {
            w->conn = c;
            wake(w);
        } else {
            c->next = p->idle;
            p->idle = c;
        }
        pthread_mutex_unlock(&p->lock);
        return;
    }
    pthread_mutex_unlock(&p->lock);
    discard(p, c);
}

static void recovered(mesh_ctx *ctx, pg_conn *c) {
    (void)ctx;
    put_back(c->pool, c);
}

/* Claims a connection from whoever holds it. False: it was not (or no longer) checked out by that lease. */
static bool claim(pg_pool *p, pg_conn *c, uint64_t lease) {
    pthread_mutex_lock(&p->lock);
    bool mine = c->checked_out && (lease == 0 || c->lease == lease);
    if (mine) {
        c->checked_out = false;
        if (c->repo_transaction) {
            c->repo_transaction = false;
            for (pg_conn **at = &p->transactions; *at != NULL; at = &(*at)->next) {
                if (*at == c) {
                    *at = c->next;
                    break;
                }
            }
        }
    }
    pthread_mutex_unlock(&p->lock);
    return mine;
}

/* The owner's heap has ended. */
static void lease_ended(void *data) {
    pg_lease *l = data;
    pg_conn *c = l->conn;
    if (claim(c->pool, c, l->number)) {
        if (pg_alive(c) && pg_in_transaction(c)) pg_recover(c, recovered);
        else put_back(c->pool, c);
    }
    unref(c);
    free(l);
}

static mesh_ctx *root(mesh_ctx *ctx) {
    while (ctx->parent != NULL) ctx = ctx->parent;
    return ctx;
}

static void check_in(mesh_ctx *ctx, pg_pool *p, pg_conn *c) {
    bool own = c->owner == mesh_self(ctx);
    pg_lease *l = c->held;
    if (!claim(p, c, 0)) return;
    if (own) { /* another process cannot touch the owner's heap: its lease is void by its number */
        mesh_resource_remove(root(ctx), l->resource);
        unref(c);
        free(l);
    }
    if (pg_alive(c) && pg_in_transaction(c)) {
        char *error = pg_command(ctx, c, "ROLLBACK");
        if (error != NULL) pg_shut(c);
        free(error);
    }
    c->depth = 0;
    put_back(p, c);
}

/* ---- taking ----------------------------------------------------------------------------------------------------------------- */

static pg_conn *lend(mesh_ctx *ctx, pg_pool *p, pg_conn *c) {
    pg_lease *l = malloc(sizeof *l);
    if (l == NULL) {
        put_back(p, c);
        mesh_panic(ctx, "out of memory");
    }
    pthread_mutex_lock(&p->lock);
    c->checked_out = true;
    c->lease++;
    c->owner = mesh_self(ctx);
    c->held = l;
    pthread_mutex_unlock(&p->lock);
    io_handle_retain(&c->handle);
    *l = (pg_lease){c, c->lease, NULL};
    l->resource = mesh_resource_add(root(ctx), lease_ended, l);
    return c;
}

/* Makes a connection in a slot that is already counted. */
static pg_conn *make(mesh_ctx *ctx, pg_pool *p, char **error) {
    pg_conn *c = pg_connect(ctx, p->url, p->url_len, error);
    if (c == NULL) {
        free_slot(p);
        return NULL;
    }
    c->pool = p;
    io_handle_retain(&p->handle);
    return c;
}

static char *prefixed(const char *prefix, char *error) {
    size_t n = strlen(prefix), m = strlen(error);
    char *out = malloc(n + m + 1);
    if (out == NULL) abort();
    memcpy(out, prefix, n);
    memcpy(out + n, error, m + 1);
    free(error);
    return out;
}

static bool healthy(mesh_ctx *ctx, pg_conn *c) {
    if (!pg_alive(c)) return false;
    if (mesh_now_ns() - c->used_ns < TRUSTED_NS) return true;
    char *error = pg_command(ctx, c, "SELECT 1");
    bool ok = error == NULL;
    free(error);
    return ok;
}

/* A connection for the caller, or NULL and the malloc'ed error. */
static pg_conn *check_out(mesh_ctx *ctx, pg_pool *p, char **error) {
    for (;;) {
        pthread_mutex_lock(&p->lock);
        if (p->closed) {
            pthread_mutex_unlock(&p->lock);
            *error = strdup("pool is closed");
            return NULL;
        }
        pg_conn *c = p->idle;
        if (c != NULL) {
            p->idle = c->next;
            pthread_mutex_unlock(&p->lock);
            if (healthy(ctx, c)) return lend(ctx, p, c);
            discard(p, c);
            if (!mesh_is_ending(ctx)) continue;
            *error = strdup("pool checkout interrupted");
            return NULL;
        }
        bool slot = p->total < p->max;
        if (slot) {
            p->total++;
            pthread_mutex_unlock(&p->lock);
        } else {
            pool_waiter w = {.ticket = mesh_wait_begin(ctx)};
            *p->last = &w;
            p->last = &w.next;
            pthread_mutex_unlock(&p->lock);
            int64_t unused;
            mesh_hold(); /* the answer of a database call will come, or the timeout */
            int status = mesh_wait(ctx, w.ticket, mesh_now_ns() + p->timeout_ns, &unused);
            mesh_release();
            pthread_mutex_lock(&p->lock);
            if (!w.done) {
                for (pool_waiter **at = &p->first; *at != NULL; at = &(*at)->next) {
                    if (*at == &w) {
                        *at = w.next;
                        if (p->last == &w.next) p->last = at;
                        break;
                    }
                }
            }
            pthread_mutex_unlock(&p->lock);
            if (status < 0) { /* asked to end: what was given goes on */
                if (w.conn != NULL) put_back(p, w.conn);
                else if (w.slot) free_slot(p);
                *error = strdup("pool checkout interrupted");
                return NULL;
            }
            if (w.conn != NULL) return lend(ctx, p, w.conn);
            slot = w.slot;
            if (!slot) {
                *error = strdup(p->closed ? "pool is closed" : "pool checkout timeout");
                return NULL;
            }
        }
        c = make(ctx, p, error);
        if (c == NULL) {
            *error = prefixed("pool connect: ", *error);
            return NULL;
        }
        return lend(ctx, p, c);
    }
}

/* The connection of the caller's Repo.transaction on this pool, or NULL. */
static pg_conn *transaction_of(mesh_ctx *ctx, pg_pool *p) {
    int64_t self = mesh_self(ctx);
    pthread_mutex_lock(&p->lock);
    pg_conn *c = p->transactions;
    while (c != NULL && c->owner != self) c = c->next;
    pthread_mutex_unlock(&p->lock);
    return c;
}

/* ---- module Pool -------------------------------------------------------------------------------------------------------------- */

static void close_pool(pg_pool *p) {
    pthread_mutex_lock(&p->lock);
    p->closed = true;
    pg_conn *idle = p->idle;
    p->idle = NULL;
    for (pool_waiter *w; (w = pop_waiter(p)) != NULL;) wake(w);
    pthread_mutex_unlock(&p->lock);
    for (pg_conn *next; idle != NULL; idle = next) {
        next = idle->next;
        discard(p, idle);
    }
}

mesh_obj *mesh_pool_open(mesh_ctx *ctx, mesh_string *url, int64_t min, int64_t max, int64_t timeout) {
    pg_pool *p = calloc(1, sizeof *p);
    if (p == NULL || (p->url = malloc((size_t)url->len + 1)) == NULL) mesh_panic(ctx, "out of memory");
    pthread_mutex_init(&p->lock, NULL);
    memcpy(p->url, url->data, (size_t)url->len);
    p->url_len = (size_t)url->len;
    if (min < 0) min = 0;
    if (max < 1) max = 1;
    p->max = max < min ? min : max;
    if (timeout < TIMEOUT_MIN_MS) timeout = TIMEOUT_MIN_MS;
    p->timeout_ns = timeout > INT64_MAX / 4000000 ? INT64_MAX / 4 : timeout * 1000000;
    p->last = &p->first;
    io_handle_add(&pools, &p->handle);
    int64_t id = p->handle.id;
    for (int64_t i = 0; i < min; i++) {
        char *error;
        p->total++;
        pg_conn *c = make(ctx, p, &error);
        if (c == NULL) {
            close_pool(p);
            io_handle_remove(&pools, id);
            return pg_unit(ctx, prefixed("pool open: ", error));
        }
        put_back(p, c);
    }
    return mesh_ok_word(ctx, (mesh_value)id);
}

void mesh_pool_close(mesh_ctx *ctx, int64_t pool) {
    (void)ctx;
    pg_pool *p = io_handle_find(&pools, pool);
    if (p == NULL) return;
    close_pool(p);
    io_handle_remove(&pools, pool);
    unref_pool(p);
}

static mesh_obj *pool_closed(mesh_ctx *ctx) {
    return mesh_err_text(ctx, "pool is closed");
}

mesh_obj *mesh_pool_checkout(mesh_ctx *ctx, int64_t pool) {
    pg_pool *p = io_handle_find(&pools, pool);
    if (p == NULL) return pool_closed(ctx);
    char *error = NULL;
    pg_conn *c = transaction_of(ctx, p);
    if (c == NULL) c = check_out(ctx, p, &error);
    unref_pool(p);
    return c ? mesh_ok_word(ctx, (mesh_value)c->handle.id) : pg_unit(ctx, error);
}

void mesh_pool_checkin(mesh_ctx *ctx, int64_t pool, int64_t conn) {
    pg_conn *c = io_handle_find(&pg_connections, conn);
    if (c == NULL) return;
    /* A closed pool is gone from the table, but its connections still know it; one of a transaction stays out. */
    if (c->pool != NULL && c->pool->handle.id == pool && !c->repo_transaction) check_in(ctx, c->pool, c);
    unref(c);
}

/* MESH_SQL_LOG: the statements of pools on stderr, before they run. */
static void log_statement(const mesh_string *sql, const mesh_list *params) {
    static _Atomic int wanted = -1;
    if (wanted < 0) {
        const char *value = getenv("MESH_SQL_LOG");
        wanted = value != NULL && value[0] != 0;
    }
    if (!wanted) return;
    io_buffer line = {0};
    io_literal(&line, "[mesh-rt] sql: ");
    io_append(&line, sql->data, (size_t)sql->len);
    for (int64_t i = 0; i < params->len; i++) {
        const mesh_string *p = mesh_to_ptr(params->data[i]);
        if (i == 0) io_literal(&line, " | ");
        else io_literal(&line, ", ");
        io_append(&line, p->data, (size_t)p->len);
    }
    io_literal(&line, "\n");
    fwrite(line.data + line.start, 1, io_size(&line), stderr);
    io_free(&line);
}

/* Runs `statement` on the caller's transaction or on a connection of its own. */
static pg_answer pool_run(mesh_ctx *ctx, int64_t pool, const mesh_string *sql, const mesh_list *params, const char *name) {
    pg_answer a = {0};
    log_statement(sql, params);
    pg_pool *p = io_handle_find(&pools, pool);
    if (p == NULL) {
        a.error = strdup("pool is closed");
        return a;
    }
    pg_conn *own = transaction_of(ctx, p);
    if (own != NULL) a = pg_run(ctx, own, sql, params, name);
    else {
        pg_conn *c = check_out(ctx, p, &a.error);
        if (c != NULL) {
            a = pg_run(ctx, c, sql, params, name);
            check_in(ctx, p, c);
        }
    }
    unref_pool(p);
    return a;
}

static void leave(mesh_ctx *ctx, pg_answer *a) {
    if (!mesh_is_ending(ctx)) return;
    PQclear(a->result);
    free(a->error);
    *a = (pg_answer){.error = NULL};
    mesh_leave_if_ending(ctx);
    a->error = strdup("interrupted");
}

mesh_obj *mesh_pool_query(mesh_ctx *ctx, int64_t pool, mesh_string *sql, mesh_list *params) {
    pg_answer a = pool_run(ctx, pool, sql, params, "query");
    leave(ctx, &a);
    return pg_rows(ctx, &a);
}

mesh_obj *mesh_pool_execute(mesh_ctx *ctx, int64_t pool, mesh_string *sql, mesh_list *params) {
    pg_answer a = pool_run(ctx, pool, sql, params, "execute");
    leave(ctx, &a);
    return pg_count(ctx, &a);
}

/* ---- Repo.transaction ------------------------------------------------------------------------------------------------------------ */

mesh_obj *mesh_repo_transaction(mesh_ctx *ctx, const mesh_type *A, int64_t pool, mesh_closure *body) {
    static const pg_transaction_texts texts = {"%s", "transaction: COMMIT failed"};
    (void)A;
    pg_pool *p = io_handle_find(&pools, pool);
    if (p == NULL) return pool_closed(ctx);
    mesh_obj *result;
    pg_conn *c = transaction_of(ctx, p);
    if (c != NULL) result = pg_transaction(ctx, c, body, &texts);
    else {
        char *error = NULL;
        c = check_out(ctx, p, &error);
        if (c == NULL) {
            unref_pool(p);
            return pg_unit(ctx, error);
        }
        pthread_mutex_lock(&p->lock);
        c->repo_transaction = true;
        c->next = p->transactions;
        p->transactions = c;
        pthread_mutex_unlock(&p->lock);
        result = pg_transaction(ctx, c, body, &texts);
        check_in(ctx, p, c);
    }
    unref_pool(p);
    return result;
}
