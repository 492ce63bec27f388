/* PostgreSQL connections over libpq's asynchronous calls. Only the calling process waits; libpq runs on the worker's
 * large stack. Calls on one connection are served one after the other, in order of arrival.
 */
#ifndef MESH_PG_CONN_H
#define MESH_PG_CONN_H

#include <libpq-fe.h>
#include <pthread.h>

#include "handles.h"
#include "io_turn.h"
#include "scheduler.h"

struct pg_pool;

typedef struct pg_conn {
    io_handle handle;
    PGconn *pq;     /* NULL: closed */
    io_turn turn;   /* of the calls */
    pthread_mutex_t lock;
    bool busy;      /* a call is in progress: `pq` is its */
    bool doomed;    /* closed when the call ends */
    int depth;      /* of Pg.transaction */

    /* of the pool's (pg_pool.c), under its lock */
    struct pg_pool *pool;
    struct pg_conn *next; /* idle, or of the open transactions */
    bool checked_out;
    uint64_t lease;  /* counts check-outs: an old one cannot give the connection back */
    int64_t owner;   /* pid */
    struct pg_lease *held; /* by the owner's heap */
    bool repo_transaction; /* of the owner: its calls of the pool use this connection */

    int64_t used_ns; /* when it last answered */
} pg_conn;

extern io_handle_table pg_connections;

/* Connects. NULL: *error is a malloc'ed text. */
pg_conn *pg_connect(mesh_ctx *ctx, const char *url, size_t len, char **error);

/* What a statement gave. Exactly one of `result` and `error` is set. */
typedef struct pg_answer {
    PGresult *result; /* clear it */
    char *error;      /* malloc'ed; five TAB-separated fields, or the bare message when `simple` */
} pg_answer;

enum { PG_MAX_PARAMS = 65535 };

/* Runs one statement with text parameters; simple: without parameters, by the simple protocol, for BEGIN and its kind.
 * `name` stands in the text of an I/O error. */
pg_answer pg_run(mesh_ctx *ctx, pg_conn *c, const mesh_string *sql, const mesh_list *params, const char *name);
pg_answer pg_run_simple(mesh_ctx *ctx, pg_conn *c, const char *sql);

/* Runs a simple statement for its effect: NULL, or the malloc'ed error. */
char *pg_command(mesh_ctx *ctx, pg_conn *c, const char *sql);

bool pg_alive(pg_conn *c);
bool pg_in_transaction(pg_conn *c); /* also a failed one */
void pg_shut(pg_conn *c);           /* closes; from any thread, also while a call runs */

/* Results as Mesh values. They clear the answer. */
mesh_obj *pg_rows(mesh_ctx *ctx, pg_answer *answer);  /* Result<List<Map<String, String>>, String> */
mesh_obj *pg_count(mesh_ctx *ctx, pg_answer *answer); /* Result<Int, String> */
mesh_obj *pg_unit(mesh_ctx *ctx, char *error);        /* Result<(), String>; frees the error */

/* Runs body(conn) between BEGIN and COMMIT, or savepoints when a transaction of pg_transaction is open. The texts are
 * formats for the errors of BEGIN and COMMIT. */
typedef struct pg_transaction_texts {
    const char *begin_failed, *commit_failed;
} pg_transaction_texts;
mesh_obj *pg_transaction(mesh_ctx *ctx, pg_conn *c, mesh_closure *body, const pg_transaction_texts *texts);

/* Ends a transaction that nobody else will: on a process of its own, then `done` (may be NULL). */
void pg_recover(pg_conn *c, void (*done)(mesh_ctx *ctx, pg_conn *c));

#endif
