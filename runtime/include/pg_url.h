/* Connection URLs of PostgreSQL (io.md 5.2). */
#ifndef MESH_PG_URL_H
#define MESH_PG_URL_H

#include <stdbool.h>
#include <stddef.h>

enum pg_sslmode { PG_SSL_DISABLE, PG_SSL_PREFER, PG_SSL_REQUIRE, PG_SSL_VERIFY_CA, PG_SSL_VERIFY_FULL };

typedef struct pg_url {
    char *user, *password, *host, *database; /* malloc'ed, decoded */
    char *socket_dir;                        /* of ?host=, else NULL */
    char *sslrootcert, *application_name;    /* NULL: not given */
    int port;
    int connect_timeout; /* seconds, 0: not given */
    enum pg_sslmode sslmode;
} pg_url;

/* 0, or -1 with the reason in error. Free with pg_url_free in both cases. */
int pg_url_parse(pg_url *url, const char *text, size_t len, char *error, size_t error_size);
void pg_url_free(pg_url *url);

#endif
