/* peer URL CONNECTIONS SECONDS FOLDER KEY: what Mesher's database work for accepted events costs a plain C program: the
 * same statements (read from FOLDER, as Mesher sends them), over as many connections. Prints events per second. */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 50, COLUMNS = 6 };

static const char *url, *key;
static char *auth, *upsert, *count, *insert;
static _Atomic int stop;
static _Atomic long accepted;

static char *read_file(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.sql", folder, name);
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        perror(path);
        exit(2);
    }
    char *text = calloc(1, 1 << 20);
    if (fread(text, 1, (1 << 20) - 1, f) == 0) exit(2);
    fclose(f);
    return text;
}

static PGresult *run(PGconn *c, const char *sql, int n, const char *const *params) {
    PGresult *r = PQexecParams(c, sql, n, NULL, params, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(r);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        fprintf(stderr, "%s", PQerrorMessage(c));
        exit(1);
    }
    return r;
}

static void *work(void *arg) {
    long thread = (long)arg, n = 0;
    PGconn *c = PQconnectdb(url);
    if (PQstatus(c) != CONNECTION_OK) {
        fprintf(stderr, "%s", PQerrorMessage(c));
        exit(1);
    }
    char *rows[BATCH * COLUMNS];
    int waiting = 0;
    while (!atomic_load(&stop)) {
        char fingerprint[64], id[64], json[256];
        snprintf(fingerprint, sizeof fingerprint, "msg:event %ld", (n * 10 + thread) % 1000);
        PGresult *r = run(c, auth, 1, (const char *[]){key});
        char *project = strdup(PQgetvalue(r, 0, 0));
        PQclear(r);
        r = run(c, upsert, 4, (const char *[]){project, fingerprint, fingerprint + 4, "error"});
        snprintf(id, sizeof id, "%08lx-0000-4000-8000-%012lx", thread, n);
        snprintf(json, sizeof json, "{\"message\":\"%s\",\"level\":\"error\",\"environment\":\"bench\"}", fingerprint + 4);
        char **row = rows + waiting++ * COLUMNS;
        row[0] = strdup(id);
        row[1] = strdup(project);
        row[2] = strdup(PQgetvalue(r, 0, 0));
        row[3] = strdup(fingerprint);
        row[4] = strdup(PQgetvalue(r, 0, 2));
        row[5] = strdup(json);
        PQclear(r);
        PQclear(run(c, count, 1, (const char *[]){project}));
        free(project);
        atomic_fetch_add(&accepted, 1);
        n++;
        if (waiting == BATCH) {
            PQclear(run(c, insert, BATCH * COLUMNS, (const char *const *)rows));
            for (int i = 0; i < BATCH * COLUMNS; i++) free(rows[i]);
            waiting = 0;
        }
    }
    PQfinish(c);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    url = argv[1];
    key = argv[5];
    long connections = atol(argv[2]);
    auth = read_file(argv[4], "auth");
    upsert = read_file(argv[4], "upsert");
    count = read_file(argv[4], "count");
    insert = read_file(argv[4], "insert");
    pthread_t threads[64];
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (long i = 0; i < connections; i++) pthread_create(&threads[i], NULL, work, (void *)i);
    sleep((unsigned)atoi(argv[3]));
    atomic_store(&stop, 1);
    for (long i = 0; i < connections; i++) pthread_join(threads[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%.0f\n", (double)accepted / ((double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9));
}
