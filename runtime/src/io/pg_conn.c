#define _GNU_SOURCE
#include "pg_conn.h"

#include <libpq-fe.h> /* puts this file into the archive of libpq */

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pg_url.h"
#include "utf8.h"

enum { CONNECT_SECONDS = 10 };

static const int64_t SECOND = 1000000000;

static void destroy(io_handle *h) {
    pg_conn *c = (pg_conn *)h;
    if (c->pq != NULL) PQfinish(c->pq);
    pthread_mutex_destroy(&c->lock);
    io_turn_destroy(&c->turn);
    free(c);
}

io_handle_table pg_connections = IO_HANDLE_TABLE(destroy);

__attribute__((format(printf, 1, 2))) static char *text(const char *format, ...) {
    char *out = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&out, format, args) < 0) abort();
    va_end(args);
    return out;
}

static void ignore_notice(void *arg, const PGresult *result) {
    (void)arg;
    (void)result;
}

/* ---- calls of libpq, on the worker's stack --------------------------------------------------------------------------- */

typedef struct pg_step {
    enum { STEP_START, STEP_POLL, STEP_SEND, STEP_SEND_SIMPLE, STEP_FLUSH, STEP_READ, STEP_FINISH } what;
    PGconn *pq;
    const char *const *keys, *const *values; /* START */
    const char *sql;
    int nparams;
    const char *const *params;
    int events;       /* what to wait for; 0: done */
    bool failed;
    PGresult *result; /* READ: the first one, or the first error */
} pg_step;

static void keep_result(pg_step *s, PGresult *r) {
    ExecStatusType status = PQresultStatus(r);
    if (status == PGRES_COPY_IN) PQputCopyEnd(s->pq, "COPY is not supported");
    else if (status == PGRES_COPY_OUT) {
        char *row;
        while (PQgetCopyData(s->pq, &row, 1) > 0) PQfreemem(row);
    } else if (status == PGRES_COPY_BOTH) s->failed = true;
    bool wins = s->result == NULL || PQresultStatus(s->result) == PGRES_COPY_IN || PQresultStatus(s->result) == PGRES_COPY_OUT ||
                (status == PGRES_FATAL_ERROR && PQresultStatus(s->result) != PGRES_FATAL_ERROR);
    if (wins) {
        PQclear(s->result);
        s->result = r;
    } else PQclear(r);
}

static void read_results(pg_step *s) {
    if (!PQconsumeInput(s->pq)) {
        s->failed = true;
        return;
    }
    if (PQflush(s->pq) == 1) s->events |= MESH_WRITE;
    for (;;) {
        if (PQisBusy(s->pq)) {
            s->events |= MESH_READ;
            return;
        }
        PGresult *r = PQgetResult(s->pq);
        if (r == NULL) return;
        bool copy_out = PQresultStatus(r) == PGRES_COPY_OUT;
        keep_result(s, r);
        if (s->failed) return;
        if (copy_out) { /* wait for more of its data */
            char *row;
            int n = PQgetCopyData(s->pq, &row, 1);
            if (n > 0) PQfreemem(row);
            if (n == 0) {
                s->events |= MESH_READ;
                return;
            }
        }
        if (PQflush(s->pq) == 1) s->events |= MESH_WRITE;
    }
}

static void run_step(void *data) {
    pg_step *s = data;
    s->events = 0;
    switch (s->what) {
    case STEP_START:
        s->pq = PQconnectStartParams(s->keys, s->values, 0);
        s->failed = s->pq == NULL || PQstatus(s->pq) == CONNECTION_BAD;
        if (s->pq != NULL) PQsetNoticeReceiver(s->pq, ignore_notice, NULL);
        s->events = MESH_WRITE;
        break;
    case STEP_POLL:
        switch (PQconnectPoll(s->pq)) {
        case PGRES_POLLING_READING: s->events = MESH_READ; break;
        case PGRES_POLLING_WRITING: s->events = MESH_WRITE; break;
        case PGRES_POLLING_OK: PQsetnonblocking(s->pq, 1); break;
        default: s->failed = true;
        }
        break;
    case STEP_SEND:
        s->failed = !PQsendQueryParams(s->pq, s->sql, s->nparams, NULL, s->params, NULL, NULL, 0);
        if (!s->failed) s->what = STEP_FLUSH;
        else break;
        goto flush;
    case STEP_SEND_SIMPLE:
        s->failed = !PQsendQuery(s->pq, s->sql);
        if (!s->failed) s->what = STEP_FLUSH;
        else break;
        goto flush;
    case STEP_FLUSH:
        PQconsumeInput(s->pq); /* the server may not read on before we do */
    flush:
        switch (PQflush(s->pq)) {
        case 0:
            s->what = STEP_READ;
            s->events = MESH_READ;
            break;
        case 1: s->events = MESH_READ | MESH_WRITE; break;
        default: s->failed = true;
        }
        break;
    case STEP_READ: read_results(s); break;
    case STEP_FINISH: PQfinish(s->pq); break;
    }
}

static void step(mesh_ctx *ctx, pg_step *s) {
    mesh_on_big_stack(ctx, run_step, s);
}

/* ---- names -------------------------------------------------------------------------------------------------------------- */

typedef struct resolve_job {
    char *host;
    char (*addresses)[64];
    int count;
    int status;
    int error;
} resolve_job;

static void resolve_free(void *data) {
    resolve_job *job = data;
    free(job->host);
    free(job->addresses);
    free(job);
}

static void resolve_run(void *data) {
    resolve_job *job = data;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG}, *found = NULL;
    job->status = getaddrinfo(job->host, NULL, &hints, &found);
    job->error = errno;
    int n = 0;
    for (struct addrinfo *a = found; a != NULL; a = a->ai_next) n++;
    job->addresses = calloc((size_t)n + 1, sizeof *job->addresses);
    for (struct addrinfo *a = found; a != NULL && job->addresses != NULL; a = a->ai_next) {
        if (getnameinfo(a->ai_addr, a->ai_addrlen, job->addresses[job->count], sizeof job->addresses[0], NULL, 0, NI_NUMERICHOST) == 0) job->count++;
    }
    if (found) freeaddrinfo(found);
}

static bool is_numeric(const char *host) {
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *found = NULL;
    bool numeric = getaddrinfo(host, NULL, &hints, &found) == 0;
    if (found) freeaddrinfo(found);
    return numeric;
}

/* ---- connecting ----------------------------------------------------------------------------------------------------------- */

/* libpq's text of a failed connection: the server's message alone, or what went wrong behind a word of ours. */
static char *connect_error(const char *message) {
    const char *fatal = NULL;
    for (const char *at = message; (at = strstr(at, "FATAL:  ")) != NULL; at += 8) fatal = at + 8;
    if (fatal != NULL) return text("%.*s", (int)strcspn(fatal, "\n"), fatal);
    const char *at = message, *failed = strstr(message, " failed: ");
    if (strncmp(message, "connection to server ", 21) == 0 && failed != NULL) at = failed + 9;
    int len = (int)strcspn(at, "\n");
    if (strncmp(at, "server does not support SSL", 27) == 0) return text("TLS: server does not support SSL");
    if (strstr(at, "sslmode value") != NULL && strstr(at, "SSL support is not compiled in") != NULL) return text("TLS: this program's libpq has no TLS");
    if (strncmp(at, "SSL", 3) == 0 || strstr(at, "certificate") != NULL) return text("TLS: %.*s", len, at);
    return text("connection failed: %.*s", len, at);
}

static PGconn *connect_to(mesh_ctx *ctx, const pg_url *url, const char *address, char **error) {
    static const char *const modes[] = {"disable", "prefer", "require", "verify-ca", "verify-full"};
    const char *keys[20], *values[20];
    int n = 0;
    char port[8];
    snprintf(port, sizeof port, "%d", url->port);
    /* Everything that libpq would otherwise take from the environment or from files of the user. */
    const char *nowhere = "/nonexistent/mesh", *roots = "/etc/ssl/certs/ca-certificates.crt";
    bool verify = url->sslmode >= PG_SSL_VERIFY_CA;
    const char *pairs[][2] = {
        {"host", url->socket_dir ? url->socket_dir : url->host},
        {"hostaddr", url->socket_dir ? NULL : address},
        {"port", port},
        {"user", url->user},
        {"password", url->password},
        {"passfile", nowhere},
        {"dbname", url->database},
        {"sslmode", modes[url->sslmode]},
        {"sslrootcert", url->sslrootcert ? url->sslrootcert : verify && access(roots, R_OK) == 0 ? roots : nowhere},
        {"sslcert", nowhere},
        {"sslkey", nowhere},
        {"sslcrl", nowhere},
        {"gssencmode", "disable"},
        {"client_encoding", "UTF8"},
        {"application_name", url->application_name},
        {"options", getenv("PGOPTIONS") ? " " : NULL},
        {"target_session_attrs", "any"},
        {"channel_binding", "prefer"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (pairs[i][1] != NULL && pairs[i][1][0] != 0) keys[n] = pairs[i][0], values[n++] = pairs[i][1];
    }
    keys[n] = values[n] = NULL;
    int64_t deadline = mesh_now_ns() + (url->connect_timeout ? url->connect_timeout : CONNECT_SECONDS) * SECOND;
    pg_step s = {.what = STEP_START, .keys = keys, .values = values};
    step(ctx, &s);
    while (!s.failed && s.events != 0) {
        int status = mesh_wait_fd(ctx, PQsocket(s.pq), s.events, deadline);
        if (status <= 0) {
            *error = text(status == 0 ? "connection failed: connection timed out" : "connection failed: interrupted");
            s.what = STEP_FINISH;
            step(ctx, &s);
            return NULL;
        }
        s.what = STEP_POLL;
        step(ctx, &s);
    }
    if (s.failed) {
        *error = s.pq ? connect_error(PQerrorMessage(s.pq)) : text("connection failed: out of memory");
        if (s.pq) {
            s.what = STEP_FINISH;
            step(ctx, &s);
        }
        return NULL;
    }
    return s.pq;
}

static pg_conn *conn_new(PGconn *pq) {
    pg_conn *c = calloc(1, sizeof *c);
    if (c == NULL) abort();
    c->pq = pq;
    c->used_ns = mesh_now_ns();
    pthread_mutex_init(&c->lock, NULL);
    io_turn_init(&c->turn);
    io_handle_add(&pg_connections, &c->handle);
    return c;
}

pg_conn *pg_connect(mesh_ctx *ctx, const char *url_text, size_t len, char **error) {
    char reason[256];
    pg_url url;
    *error = NULL;
    if (pg_url_parse(&url, url_text, len, reason, sizeof reason) != 0) {
        pg_url_free(&url);
        *error = strdup(reason);
        return NULL;
    }
    PGconn *pq = NULL;
    if (url.socket_dir != NULL || is_numeric(url.host)) pq = connect_to(ctx, &url, url.host, error);
    else {
        resolve_job *job = calloc(1, sizeof *job);
        if (job == NULL || (job->host = strdup(url.host)) == NULL) abort();
        if (mesh_run_blocking(ctx, resolve_run, job, resolve_free) != 0) {
            pg_url_free(&url);
            *error = text("connection failed: interrupted");
            return NULL;
        }
        if (job->status != 0) {
            *error = text("DNS resolution failed: %s", job->status == EAI_SYSTEM ? strerror(job->error) : gai_strerror(job->status));
        } else if (job->count == 0) *error = text("could not resolve host");
        for (int i = 0; i < job->count && pq == NULL && !mesh_is_ending(ctx); i++) {
            free(*error);
            *error = NULL;
            pq = connect_to(ctx, &url, job->addresses[i], error);
        }
        resolve_free(job);
    }
    pg_url_free(&url);
    if (pq == NULL) {
        if (*error == NULL) *error = text("connection failed: interrupted");
        return NULL;
    }
    return conn_new(pq);
}

/* ---- one call at a time ------------------------------------------------------------------------------------------------------ */

static void close_pq(void *data) {
    pg_conn *c = data;
    if (c->pq != NULL) PQfinish(c->pq);
    c->pq = NULL;
}

/* Waits for the connection. False: it is closed, or the process was asked to end. */
static bool acquire(mesh_ctx *ctx, pg_conn *c) {
    if (!io_turn_take(ctx, &c->turn)) return false;
    pthread_mutex_lock(&c->lock);
    c->busy = c->pq != NULL && !c->doomed && PQstatus(c->pq) == CONNECTION_OK;
    pthread_mutex_unlock(&c->lock);
    if (!c->busy) io_turn_give(&c->turn);
    return c->busy;
}

static void release(mesh_ctx *ctx, pg_conn *c) {
    pthread_mutex_lock(&c->lock);
    c->busy = false;
    bool close = c->doomed;
    pthread_mutex_unlock(&c->lock);
    if (close) mesh_on_big_stack(ctx, close_pq, c);
    io_turn_give(&c->turn);
}

void pg_shut(pg_conn *c) {
    pthread_mutex_lock(&c->lock);
    if (c->busy) c->doomed = true;
    else close_pq(c);
    pthread_mutex_unlock(&c->lock);
}

bool pg_alive(pg_conn *c) {
    pthread_mutex_lock(&c->lock);
    bool alive = !c->doomed && c->pq != NULL && PQstatus(c->pq) == CONNECTION_OK;
    pthread_mutex_unlock(&c->lock);
    return alive;
}

bool pg_in_transaction(pg_conn *c) {
    pthread_mutex_lock(&c->lock);
    bool open = c->pq != NULL && PQtransactionStatus(c->pq) != PQTRANS_IDLE;
    pthread_mutex_unlock(&c->lock);
    return open;
}

/* ---- statements ---------------------------------------------------------------------------------------------------------------- */

static const char *field(const PGresult *r, int code) {
    const char *f = PQresultErrorField(r, code);
    return f ? f : "";
}

static char *sql_error(const PGresult *r, bool simple) {
    const char *message = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    if (message == NULL) message = "unknown PostgreSQL error";
    if (simple) return strdup(message);
    return text("%s\t%s\t%s\t%s\t%s", field(r, PG_DIAG_SQLSTATE), field(r, PG_DIAG_CONSTRAINT_NAME), field(r, PG_DIAG_TABLE_NAME),
                field(r, PG_DIAG_COLUMN_NAME), message);
}

static pg_answer answer_of(pg_step *s, bool simple, bool interrupted, bool sending, const char *name) {
    if (interrupted || s->failed || PQstatus(s->pq) == CONNECTION_BAD) {
        const char *e = interrupted ? "interrupted" : PQerrorMessage(s->pq);
        char *error = text("%s %s: %.*s", sending ? "send" : "read", name, (int)strcspn(e, "\n"), e);
        bool server = !interrupted && s->result != NULL && PQresultErrorField(s->result, PG_DIAG_SQLSTATE) != NULL;
        if (server) { /* it said why it closes the connection */
            free(error);
            error = sql_error(s->result, simple);
        }
        PQclear(s->result);
        return (pg_answer){.error = error};
    }
    if (s->result == NULL) return (pg_answer){.error = text("read %s: no result", name)};
    switch (PQresultStatus(s->result)) {
    case PGRES_FATAL_ERROR:
    case PGRES_NONFATAL_ERROR:
    case PGRES_BAD_RESPONSE: {
        char *error = sql_error(s->result, simple);
        PQclear(s->result);
        return (pg_answer){.error = error};
    }
    default: return (pg_answer){.result = s->result};
    }
}

/* Asks the server to stop a statement whose caller has gone: on a process of its own, since it takes a connection. */
typedef struct cancellation {
    mesh_task task;
    int64_t pid;
    PGcancel *cancel;
} cancellation;

static void cancel_job(void *data) {
    char unused[256];
    PQcancel(data, unused, sizeof unused);
    PQfreeCancel(data);
}

static void cancel_free(void *data) {
    PQfreeCancel(data);
}

static void cancel_run(mesh_ctx *ctx, mesh_task *task) {
    cancellation *c = (cancellation *)task;
    PGcancel *cancel = c->cancel;
    c->cancel = NULL;
    mesh_run_blocking(ctx, cancel_job, cancel, cancel_free);
    mesh_native_finish(c->pid);
}

static void cancel_ended(void *data, bool crashed) {
    cancellation *c = data;
    (void)crashed;
    if (c->cancel != NULL) PQfreeCancel(c->cancel);
    free(c);
}

static void cancel_statement(PGconn *pq) {
    static const mesh_native_class cls = {.name = "postgres_cancel", .ended = cancel_ended};
    cancellation *c = calloc(1, sizeof *c);
    if (c == NULL || (c->cancel = PQgetCancel(pq)) == NULL) {
        free(c);
        return;
    }
    c->task.run = cancel_run;
    c->pid = mesh_native_spawn(&cls, c);
    mesh_native_post(c->pid, &c->task);
}

static pg_answer run(mesh_ctx *ctx, pg_conn *c, pg_step *s, const char *name) {
    if (!acquire(ctx, c)) return (pg_answer){.error = text("connection is closed")};
    bool simple = s->what == STEP_SEND_SIMPLE, interrupted = false, sending = true;
    s->pq = c->pq;
    step(ctx, s);
    while (!s->failed && s->events != 0) {
        sending = s->what == STEP_FLUSH;
        if (mesh_wait_fd(ctx, PQsocket(c->pq), s->events, INT64_MAX) < 0) { /* asked to end: nobody will read the rest of the answer */
            interrupted = true;
            cancel_statement(c->pq);
            break;
        }
        step(ctx, s);
    }
    pg_answer a = answer_of(s, simple, interrupted, sending, name);
    c->used_ns = mesh_now_ns();
    if (interrupted || s->failed || PQstatus(c->pq) == CONNECTION_BAD) c->doomed = true;
    release(ctx, c);
    return a;
}

static bool has_nul(const mesh_string *s) {
    return memchr(s->data, 0, (size_t)s->len) != NULL;
}

pg_answer pg_run(mesh_ctx *ctx, pg_conn *c, const mesh_string *sql, const mesh_list *params, const char *name) {
    if (has_nul(sql)) return (pg_answer){.error = strdup("SQL contains null byte")};
    if (params->len > PG_MAX_PARAMS) return (pg_answer){.error = strdup("too many parameters")};
    size_t n = (size_t)params->len, bytes = (size_t)sql->len + 1;
    for (size_t i = 0; i < n; i++) {
        const mesh_string *p = mesh_to_ptr(params->data[i]);
        if (has_nul(p)) return (pg_answer){.error = strdup("parameter contains null byte")};
        bytes += (size_t)p->len + 1;
    }
    /* One block: pointers, then the NUL-terminated texts. */
    char *block = malloc((n + 1) * sizeof(char *) + bytes);
    if (block == NULL) return (pg_answer){.error = strdup("out of memory")};
    const char **values = (const char **)block;
    char *at = block + (n + 1) * sizeof(char *);
    const char *statement = at;
    memcpy(at, sql->data, (size_t)sql->len);
    at[sql->len] = 0;
    at += sql->len + 1;
    for (size_t i = 0; i < n; i++) {
        const mesh_string *p = mesh_to_ptr(params->data[i]);
        values[i] = at;
        memcpy(at, p->data, (size_t)p->len);
        at[p->len] = 0;
        at += p->len + 1;
    }
    pg_step s = {.what = STEP_SEND, .sql = statement, .nparams = (int)n, .params = values};
    pg_answer a = run(ctx, c, &s, name);
    free(block);
    return a;
}

pg_answer pg_run_simple(mesh_ctx *ctx, pg_conn *c, const char *sql) {
    char name[16];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(sql, " "), sql);
    pg_step s = {.what = STEP_SEND_SIMPLE, .sql = sql};
    return run(ctx, c, &s, name);
}

char *pg_command(mesh_ctx *ctx, pg_conn *c, const char *sql) {
    pg_answer a = pg_run_simple(ctx, c, sql);
    PQclear(a.result);
    return a.error;
}
